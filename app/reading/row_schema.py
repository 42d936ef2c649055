"""The schema of a collection's rows in lists: the summary, and each further field of the record, which comes when it is asked."""

from copy import copy
from functools import cache
from types import NoneType
from typing import Any

from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from app.reading.markers import OnRequest


@cache
def row_of(summary: type[BaseModel], detail: type[BaseModel]) -> type[BaseModel]:
    """What `fields=` and `include=` of a list reach: all that the summary has as it has it, and what only the record read
    alone shows (`quantities`, `links`, `notes` …) as that shows it. It bears the summary's name: in the documentation it
    stands for it."""
    further: dict[str, Any] = {
        name: (info.annotation, info) for name, info in detail.model_fields.items() if name not in summary.model_fields
    }
    row = create_model(
        summary.__name__, __base__=summary, __doc__=summary.__doc__, __module__=summary.__module__, **further
    )
    # Marked when the model is made, which adds the days of dates (`app.reading.date_bounds`).
    for name, info in row.__pydantic_fields__.items():
        if name not in summary.model_fields:
            row.__pydantic_fields__[name] = _on_request(info)
    row.model_rebuild(force=True)
    return row


def _on_request(info: FieldInfo) -> FieldInfo:
    asked = copy(info)
    asked.metadata = [*info.metadata, OnRequest()]
    asked.default, asked.default_factory = PydanticUndefined, NoneType
    asked.description = f"{info.description} Only with `include=` or `fields=`."
    return asked
