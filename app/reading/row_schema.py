"""The schema of a collection's rows in lists: the summary, and on request every other field of the record."""

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
    """The schema of a row: the fields of the summary, and the fields that only a single record has (`quantities`, `links`,
    `notes` …), which `fields=` and `include=` can add. The schema has the name of the summary, because the
    documentation shows it instead of the summary."""
    further: dict[str, Any] = {
        name: (info.annotation, info) for name, info in detail.model_fields.items() if name not in summary.model_fields
    }
    row = create_model(
        summary.__name__, __base__=summary, __doc__=summary.__doc__, __module__=summary.__module__, **further
    )
    # This runs after the model is created, because creating it adds the possible days of dates
    # (`app.reading.date_bounds`).
    for name, info in row.__pydantic_fields__.items():
        if name not in summary.model_fields:
            row.__pydantic_fields__[name] = _on_request(info)
    row.model_rebuild(force=True)
    return row


def _on_request(info: FieldInfo) -> FieldInfo:
    field = copy(info)
    field.metadata = [*info.metadata, OnRequest()]
    field.default, field.default_factory = PydanticUndefined, NoneType
    field.description = f"{info.description} Only with `include=` or `fields=`."
    return field
