"""JSON-LD datatypes for dates and instants, derived from the types in the read schemas."""

from datetime import date, datetime
from typing import Final, get_args

from pydantic.fields import FieldInfo

from app.domain.types import Edtf
from app.reading.selection import marker_of

#: The datatype of EDTF dates, as the Library of Congress publishes it.
EDTF: Final = "http://id.loc.gov/datatypes/edtf/EDTF"
INSTANT: Final = "xsd:dateTime"
DAY: Final = "xsd:date"
JSON: Final = "@json"


def datatype_of(info: FieldInfo) -> str | None:
    """The datatype of a field; None for plain values."""
    if marker_of(info, Edtf):
        return EDTF
    types = _types(info.annotation)
    if datetime in types:
        return INSTANT
    if date in types:
        return DAY
    # The keys of a plain object are not terms. For example, the keys of `coded_from` are field names.
    return JSON if dict in types else None


def _types(annotation: object) -> set[object]:
    found = {annotation, getattr(annotation, "__origin__", None)}
    for argument in get_args(annotation):
        found |= _types(argument) if isinstance(argument, type) or get_args(argument) else set()
    return found
