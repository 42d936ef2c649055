"""The schema of a collection's rows in lists: the summary, and each further field of the record, which comes when it is asked."""

from copy import copy
from functools import cache
from typing import Any

from pydantic import BaseModel, create_model

from app.reading.markers import Asked


@cache
def row_of(summary: type[BaseModel], detail: type[BaseModel]) -> type[BaseModel]:
    """What `fields=` and `include=` of a list reach: all that the summary has as it has it, and what only the record read
    alone shows (`quantities`, `links`, `notes` …) as that shows it."""
    added: dict[str, Any] = {}
    for name, info in detail.model_fields.items():
        if name not in summary.model_fields:
            only_asked = copy(info)
            only_asked.metadata = [*info.metadata, Asked()]
            added[name] = (info.annotation, only_asked)
    name = summary.__name__.removesuffix("Summary")
    return create_model(f"{name}Row", __base__=summary, __doc__=summary.__doc__, __module__=summary.__module__, **added)
