"""The first and last possible day of each date in an answer: `start_min` and `start_max` for `start`.

Every date (`Edtf`) of a read schema gets these two fields. For a date column, the two days are stored in columns too;
for a date inside a JSON value (`timing.at`), they are computed on reading. The two fields are read-only: when a client
sends a record back, they are ignored.
"""

from copy import copy
from datetime import date
from functools import cache
from itertools import chain
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sqlalchemy import Boolean, ColumnElement, Text, and_, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSON, JSONB, aggregate_order_by

from app.db.alias import Columns, Expression
from app.db.dates import DatePrecision, possible_days
from app.db.days import EARLIEST, Day
from app.domain.types import CalendarDay, Edtf
from app.reading.markers import DayOf
from app.reading.selection import is_list, marker_of, model_in

End = Literal["min", "max"]
ENDS: Final[tuple[End, ...]] = ("min", "max")
_ORDINALS = {"min": "First", "max": "Last"}


class Dated(BaseModel):
    """Base of read schemas: adds the first and last possible day of each date."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        add_days(cls)


def field_of(schema: type[BaseModel], name: str) -> Any:
    """Return a copy of a write schema's field, for a read schema that changes the type of this field."""
    return copy(schema.__pydantic_fields__[name])


def add_days(schema: type[BaseModel]) -> None:
    """Add the two days of each date to a schema, directly after the date."""
    fields: dict[str, FieldInfo] = {}
    for name, info in schema.__pydantic_fields__.items():
        if marker_of(info, DayOf):
            continue
        fields[name] = info
        if (edtf := marker_of(info, Edtf)) and not edtf.is_day:
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
        annotation=CalendarDay | None,
        default=None,
        description=f"{_ORDINALS[end]} possible day of `{name}`; null = unknown, or open on that side.",
        examples=[day and day.isoformat()],
        json_schema_extra={"readOnly": True},
    )
    field.metadata.append(DayOf(name, end))
    return field


def stored_day(alias: Columns, name: str, end: str) -> Expression:
    """The first or last possible day of a date column; null if that side is open or unknown."""
    stored, precision = getattr(alias, f"{name}_{end}"), getattr(alias, f"{name}_precision")
    is_open = precision == literal_column(f"'{DatePrecision.OPEN}'")
    # `EARLIEST`, `date.min` or `date.max` is stored for an open or unknown side, and for the date `..`.
    bounds: list[ColumnElement[date]] = [literal_column(f"DATE '{day.isoformat()}'") for day in (date.min, date.max)]
    bounds.append(literal_column(f"make_date({EARLIEST.year - 1}, {EARLIEST.month}, {EARLIEST.day})"))
    return case((and_(is_open, stored.in_(bounds)), None), else_=stored)


def json_day(day: Expression) -> Expression:
    """The JSON of a day, also before the year 1."""
    return func.parley_json_day(day, type_=JSON)


def possible_day(text: Expression, end: str) -> Expression:
    """The first or last possible day of an EDTF date inside a JSON value."""
    return func.parley_possible_day(text, literal_column("true" if end == "max" else "false"), type_=Text)


def days_of_date(name: str, text: str | None) -> dict[str, Day | None]:
    """The first and last possible day of a date, keyed by field name."""
    days = possible_days(text) if text else (None, None)
    return {f"{name}_{end}": day for end, day in zip(ENDS, days, strict=True)}


def with_days(value: Expression, annotation: object) -> Expression:
    """Add the possible days of each date to a stored JSON value (JSONB). `annotation`: the type of the field in the
    read schema."""
    schema = model_in(annotation)
    names = _dated(schema) if schema else ()
    if schema is None or not names:
        return value
    if not is_list(annotation):
        return _object_with_days(value, schema, names)
    each = func.jsonb_array_elements(value).table_valued("value", with_ordinality="place", name="each").render_derived()
    with_possible_days = _object_with_days(each.c.value, schema, names)
    rows = (
        select(func.jsonb_agg(aggregate_order_by(with_possible_days, each.c.place))).select_from(each).scalar_subquery()
    )
    return case((func.jsonb_array_length(value) > literal_column("0"), rows), else_=value)


@cache
def _dated(schema: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a schema that are dates with possible days, or contain such dates."""
    fields = schema.model_fields
    dates = {day.date for info in fields.values() if (day := marker_of(info, DayOf))}
    nested = {name: model_in(info.annotation) for name, info in fields.items()}
    return tuple(name for name in fields if name in dates or ((below := nested[name]) and _dated(below)))


def _object_with_days(value: Expression, schema: type[BaseModel], names: tuple[str, ...]) -> Expression:
    # The names come from a schema, so they are safe in SQL. Absent fields are skipped, because fields without a value
    # are omitted from the JSON. Most values contain no date at all.
    with_possible_days = value
    for name in names:
        field: ColumnElement[str] = literal_column(f"'{name}'")
        annotation = schema.model_fields[name].annotation
        if model_in(annotation) is None:
            text = value.op("->>", return_type=Text())(field)
            days: list[tuple[Expression, Expression]] = [
                (literal_column(f"'{name}_{end}'"), possible_day(text, end)) for end in ENDS
            ]
            added = func.jsonb_build_object(*chain.from_iterable(days))
        else:
            inside = value.op("->", return_type=JSONB())(field)
            added = func.jsonb_build_object(field, with_days(inside, annotation))
        has_it = value.op("?", return_type=Boolean())(field)
        with_possible_days = with_possible_days.op("||", return_type=JSONB())(
            case((has_it, added), else_=literal_column("'{}'::jsonb"))
        )
    has_any = value.op("?|", return_type=Boolean())(literal_column(f"'{{{','.join(names)}}}'::text[]"))
    return case((has_any, with_possible_days), else_=value)


def without_days(schema: type[BaseModel] | None, value: object) -> object:
    """Return a record, or a value inside it, without the possible days of its dates."""
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
