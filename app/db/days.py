"""Days of the proleptic Gregorian calendar, also before the year 1.

Years are numbered as in ISO 8601 and EDTF: 0000 is the year 1 before the common era, -0001 is the year 2. Python's `date`
has no year before 1, so such days are `EarlyDay`, which can be compared with dates. PostgreSQL stores both as `date`.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import total_ordering
from typing import Final

#: The calendar repeats itself after this many years and days.
_YEARS, _DAYS = 400, 146_097

#: The years of dates. PostgreSQL has no year before -4712 (4713 before the common era).
FIRST_YEAR: Final = -4712
LAST_YEAR: Final = 9999


@total_ordering
class EarlyDay:
    """A day before 0001-01-01. `toordinal()` continues that of `date`, so it is 0 or negative."""

    __slots__ = ("_ordinal", "day", "month", "year")

    def __init__(self, year: int, month: int, day: int) -> None:
        cycles = -(year // _YEARS) + 1
        self._ordinal = date(year + cycles * _YEARS, month, day).toordinal() - cycles * _DAYS
        self.year, self.month, self.day = year, month, day

    def toordinal(self) -> int:
        return self._ordinal

    def isoformat(self) -> str:
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04}-{self.month:02}-{self.day:02}"

    __str__ = isoformat

    def __repr__(self) -> str:
        return f"EarlyDay({self.year}, {self.month}, {self.day})"

    def __hash__(self) -> int:
        return hash(self._ordinal)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EarlyDay) and self._ordinal == other._ordinal

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, EarlyDay | date):
            return NotImplemented
        return self._ordinal < other.toordinal()

    def __sub__(self, other: Day) -> timedelta:
        return timedelta(days=self._ordinal - other.toordinal())

    def __rsub__(self, other: date) -> timedelta:
        return timedelta(days=other.toordinal() - self._ordinal)


Day = date | EarlyDay

EARLIEST: Final = EarlyDay(FIRST_YEAR, 1, 1)
"""The first day of all dates."""


def make_day(year: int, month: int, day: int) -> Day:
    return date(year, month, day) if year >= 1 else EarlyDay(year, month, day)


def day_from_ordinal(number: int) -> Day:
    """The day with this number; 1 is 0001-01-01."""
    if number >= 1:
        return date.fromordinal(number)
    cycles = -number // _DAYS + 1
    found = date.fromordinal(number + cycles * _DAYS)
    return EarlyDay(found.year - cycles * _YEARS, found.month, found.day)


def days_of_month(year: int, month: int) -> int:
    return monthrange(year % _YEARS + _YEARS, month)[1]
