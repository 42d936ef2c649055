"""The schema of a collection's rows in lists: the summary, and each further field of the record, which comes when it is asked."""

from copy import copy
from functools import cache
from types import NoneType
from typing import Any

from pydantic import BaseModel, create_model
from pydantic_core import PydanticUndefined

from app.reading.markers import Asked


@cache
def row_of(summary: type[BaseModel], detail: type[BaseModel]) -> type[BaseModel]:
    """What `fields=` and `include=` of a list reach: all that the summary has as it has it, and what only the record read
    alone shows (`quantities`, `links`, `notes` …) as that shows it. It bears the summary's name: in the documentation it
    stands for it."""
    added: dict[str, Any] = {}
    for name, info in detail.model_fields.items():
        if name not in summary.model_fields:
            only_asked = copy(info)
            only_asked.metadata = [*info.metadata, Asked()]
            only_asked.default, only_asked.default_factory = PydanticUndefined, NoneType
            only_asked.description = f"{info.description} Only with `include=` or `fields=`."
            added[name] = (info.annotation, only_asked)
    return create_model(
        summary.__name__, __base__=summary, __doc__=summary.__doc__, __module__=summary.__module__, **added
    )
