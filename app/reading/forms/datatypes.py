"""Datatypes of dates and instants, read from the tables and the read schemas: a new date needs no list to stand in."""

from datetime import datetime
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo
from sqlalchemy import inspect

from app.db.base import Base
from app.reading.markers import From
from app.reading.selection import marker_of
from app.scalars import Edtf

#: The datatype of EDTF dates, as the Library of Congress publishes it.
EDTF: Final = "http://id.loc.gov/datatypes/edtf/EDTF"
INSTANT: Final = "xsd:dateTime"
JSON: Final = "@json"

Model = type[Base] | None


def datatype_of(name: str, info: FieldInfo, model: Model) -> str | None:
    """The datatype of a field's text; None where it has none of its own. `model`: the table of which the schema is a
    view, None where it is none's."""
    if marker_of(info, Edtf):
        return EDTF
    types = _types(info.annotation)
    if datetime in types:
        return INSTANT
    if dict in types:
        # Its keys are no terms: `coded_from` has names of fields as keys, and words of the material as values.
        return JSON
    owner, column = _at(model, _path(name, info))
    return EDTF if owner is not None and column in owner.__dated__ else None


def model_of(name: str, info: FieldInfo, model: Model) -> Model:
    """The table whose rows a nested field shows; None where it shows none's."""
    owner, step = _at(model, _path(name, info))
    return _beyond(owner, step)


def _path(name: str, info: FieldInfo) -> list[str]:
    source = marker_of(info, From)
    return source.path.split(".") if source else [name]


def _at(model: Model, path: list[str]) -> tuple[Model, str]:
    """The table at which a path ends, and its last step."""
    *steps, last = path
    for step in steps:
        model = _beyond(model, step)
    return model, last


def _beyond(model: Model, step: str) -> Model:
    relation = inspect(model).relationships.get(step) if model is not None else None
    return relation.entity.class_ if relation is not None else None


def _types(annotation: Any) -> set[Any]:
    found = {annotation, getattr(annotation, "__origin__", None)}
    for argument in get_args(annotation):
        found |= _types(argument) if isinstance(argument, type) or get_args(argument) else set()
    return found
