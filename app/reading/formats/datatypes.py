"""Datatypes of dates and instants, read from the read schemas: a new date needs no list to stand in."""

from datetime import date, datetime
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo

from app.domain.types import Edtf
from app.reading.selection import marker_of

#: The datatype of EDTF dates, as the Library of Congress publishes it.
EDTF: Final = "http://id.loc.gov/datatypes/edtf/EDTF"
INSTANT: Final = "xsd:dateTime"
DAY: Final = "xsd:date"
JSON: Final = "@json"


def datatype_of(info: FieldInfo) -> str | None:
    """The datatype of a field's text; None where it has none of its own."""
    if marker_of(info, Edtf):
        return EDTF
    types = _types(info.annotation)
    if datetime in types:
        return INSTANT
    if date in types:
        return DAY
    # The keys of an object are no terms: `coded_from` has names of fields as keys, and words of the material as values.
    return JSON if dict in types else None


def _types(annotation: Any) -> set[Any]:
    found = {annotation, getattr(annotation, "__origin__", None)}
    for argument in get_args(annotation):
        found |= _types(argument) if isinstance(argument, type) or get_args(argument) else set()
    return found
