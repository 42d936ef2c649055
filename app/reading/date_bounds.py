"""The first and last possible day beside each date of a record: `start_min` and `start_max` beside `start`.

They follow from the schemas: every field that is an `EdtfText` gets them, wherever it stands. They are only read: a record
that is sent back with them is taken without.
"""

from datetime import date
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sqlalchemy import ColumnElement, and_, case, literal_column

from app.db.dates import DatePrecision, possible_days
from app.domain.types import Edtf
from app.reading.markers import DayOf
from app.reading.selection import marker_of, model_in

End = Literal["min", "max"]
ENDS: Final[tuple[End, ...]] = ("min", "max")
_CALLED = {"min": "First", "max": "Last"}


def add_days(schema: type[BaseModel]) -> None:
    """Give a schema the days of its dates, each pair right after its date."""
    fields: dict[str, FieldInfo] = {}
    for name, info in schema.__pydantic_fields__.items():
        if marker_of(info, DayOf):
            continue
        fields[name] = info
        marker = marker_of(info, Edtf)
        if marker and marker.is_stored:
            fields |= {f"{name}_{end}": _day_field(name, info, end) for end in ENDS}
    if list(fields) != list(schema.__pydantic_fields__):
        schema.__pydantic_fields__.clear()
        schema.__pydantic_fields__.update(fields)
        schema.model_rebuild(force=True)


def _day_field(name: str, info: FieldInfo, end: End) -> FieldInfo:
    (text,) = info.examples or (None,)
    first, last = possible_days(text) if text else (None, None)
    day = first if end == "min" else last
    field = FieldInfo(
        annotation=date | None,
        default=None,
        description=f"{_CALLED[end]} possible day of `{name}`; null = unknown, or open on that side.",
        examples=[day and day.isoformat()],
    )
    field.metadata.append(DayOf(name, end))
    return field


def stored_day(alias: Any, name: str, end: str) -> ColumnElement[Any]:
    """The first or last possible day of a date column of this record; null where that side is open or unknown."""
    stored, precision = getattr(alias, f"{name}_{end}"), getattr(alias, f"{name}_precision")
    is_open = precision == literal_column(f"'{DatePrecision.OPEN}'")
    # How an open or unknown side is stored, and the day of a lone `..`.
    bounds: list[ColumnElement[date]] = [literal_column(f"DATE '{day.isoformat()}'") for day in (date.min, date.max)]
    return case((and_(is_open, stored.in_(bounds)), None), else_=stored)


def without_days(schema: type[BaseModel] | None, value: Any) -> Any:
    """A record, or what stands in one, without the days that only repeat its dates."""
    if schema is None:
        return value
    if isinstance(value, list):
        return [without_days(schema, one) for one in value]
    if not isinstance(value, dict):
        return value
    fields = schema.model_fields
    return {
        name: without_days(model_in(fields[name].annotation), one) if name in fields else one
        for name, one in value.items()
        if name not in fields or not marker_of(fields[name], DayOf)
    }
