"""The day of a filter such as `post_on=`, and whether a period may include the day."""

from typing import Annotated

from pydantic import AfterValidator
from sqlalchemy import ColumnElement, Date, and_, cast, func, literal_column

from app.db.alias import Expression
from app.reading.known_by import KnownBy, day_of

FilterDay = Annotated[KnownBy, AfterValidator(lambda text: day_of(text).isoformat())]
"""A day; a month or a year, meaning its last day."""

_FIRST, _LAST = literal_column("DATE '-infinity'", Date), literal_column("DATE 'infinity'", Date)


def may_include(value: Expression, first: list[Expression], last: list[Expression]) -> ColumnElement[bool]:
    """Whether a period may include the day of a filter.

    `first` and `last`: the first possible first day and the last possible last day. The first non-null expression is used;
    if all are null, that side is open."""
    day = cast(value, Date)
    return and_(func.coalesce(*first, _FIRST) <= day, func.coalesce(*last, _LAST) >= day)
