"""Parses EDTF dates (ISO 8601-2, Levels 0 and 1) into ranges of days.

A date is stored as the original text, the range `[earliest, latest]` and a precision, so that filters by date can use
an index. Where EDTF leaves a choice, Parley decides as follows:

- `~`, `?` and `%` do not widen the range. "About June 2025" matches whatever June 2025 matches; any margin in days would
  be arbitrary.
- A season is a season of the northern hemisphere, and belongs to the year in which it begins: `2018-24` is December
  2018 to the end of February 2019.
- An interval with an open end (`2013/..`) or an unknown end (`2013/`) extends to 9999-12-31, and one with an open or
  unknown start begins on 0001-01-01. Only the text distinguishes open from unknown.
- `..` alone is the end date of an event that is still going on. The range is the single day 9999-12-31, so that
  filters by end date do not match.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NoReturn

from edtf import parse_edtf as parse_by_library

from app.db.term import Term
from app.errors import quoted

LONGEST = 32
"""Maximum number of characters; `2025-06-02~/2025-06-02~` has 23."""

EXAMPLES = "2025-06-02, 2025-06 or 2025-06~"
WINTER = "24"
YEAR_FIRST = "year, month and day must be in this order, separated by '-'"

_PLAIN = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_SHAPE = re.compile(
    r"(?P<year>[0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(?:-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX))?)?[~?%]?"
)


class DatePrecision(Term):
    """The kind of range that a date denotes."""

    DAY = "day", "one day"
    MONTH = "month", "one calendar month, or an unknown day in it"
    SEASON = "season", "three months: spring, summer, autumn or winter"
    YEAR = "year", "one calendar year, or an unknown month or day in it"
    DECADE = "decade", "ten years, such as 201X"
    CENTURY = "century", "a hundred years, such as 20XX"
    INTERVAL = "interval", "from one date to another"
    OPEN = "open", "an interval with an open or unknown start or end, or `..` (still going on)"


@dataclass(frozen=True, slots=True)
class Span:
    """The text of a date and its range of days, `earliest` to `latest` inclusive."""

    text: str
    earliest: date
    latest: date
    precision: str


@lru_cache(maxsize=4096)
def parse_edtf(text: str) -> Span:
    """Parse an EDTF date of Level 0 or 1 with a year from 0001 to 9999.

    Raise only ValueError, with a message that says what is wrong and what a valid date looks like.
    """
    if len(text) > LONGEST:
        raise ValueError(
            f"{quoted(text, LONGEST)} is not a date: it is {len(text)} characters long; "
            f"write an EDTF date such as {EXAMPLES}"
        )
    try:
        return _parse(text)
    except _NotADateError as violation:
        # `from None`, because the message is for users, who do not need the internal traceback.
        raise ValueError(f"{quoted(text)} is not a date: {violation}; write an EDTF date such as {EXAMPLES}") from None


def possible_days(text: str) -> tuple[date | None, date | None]:
    """Return the first and the last possible day of a date, or None for a side that is open or unknown. `2013/..` has
    no last day, and `..` (still going on) has neither day.
    """
    span = parse_edtf(text)
    if span.precision != DatePrecision.OPEN:
        return span.earliest, span.latest
    bounds = (date.min, date.max)
    return (
        None if span.earliest in bounds else span.earliest,
        None if span.latest in bounds else span.latest,
    )


class _NotADateError(Exception):
    """Raised with the reason only. `parse_edtf` adds the value and an example."""


def _parse(text: str) -> Span:
    if text == "..":
        return Span(text, date.max, date.max, DatePrecision.OPEN)
    if "/" not in text:
        return _parse_single(text)
    if re.fullmatch(r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}", text):
        raise _NotADateError(YEAR_FIRST)
    if text.count("/") > 1:
        raise _NotADateError("an interval has one '/' between two dates")
    first, last = text.split("/")
    if first in ("", "..") and last in ("", ".."):
        raise _NotADateError("an interval needs a date on at least one side of '/'")
    earliest, latest = date.min, date.max
    precision = DatePrecision.OPEN if {first, last} & {"", ".."} else DatePrecision.INTERVAL
    if first not in ("", ".."):
        earliest = _parse_single(first).earliest
    if last not in ("", ".."):
        latest = _parse_single(last).latest
    if latest < earliest:
        raise _NotADateError("the interval ends before it begins")
    return Span(text, earliest, latest, precision)


def _parse_single(text: str) -> Span:
    """Parse a date without '/'. Plain dates are parsed here, all others with the library."""
    if plain := _PLAIN.fullmatch(text):
        year, month, day = plain.groups()
        if month is None or month <= "12":
            return _plain(text, year, month, day)
    return _by_library(text)


def _plain(text: str, year: str, month: str | None, day: str | None) -> Span:
    _check(year, month, day)
    number = int(year)
    if month is None:
        return Span(text, date(number, 1, 1), date(number, 12, 31), DatePrecision.YEAR)
    if day is None:
        last = monthrange(number, int(month))[1]
        return Span(text, date(number, int(month), 1), date(number, int(month), last), DatePrecision.MONTH)
    only = date(number, int(month), int(day))
    return Span(text, only, only, DatePrecision.DAY)


def _by_library(text: str) -> Span:
    """Parse qualified dates, unspecified digits and seasons with the library.

    The library accepts much more than Level 1 (Level 2, years before 1, long years), and its run time grows with the
    length of the text, so only texts that match the expected pattern are passed to the library. Only the strict bounds
    are used, because the fuzzy bounds add arbitrary margins.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        _explain(text)
    year, month, day = shape.group("year", "month", "day")
    _check(year, month, day)
    # The qualifier does not change the range, and the library rejects it after a season.
    parsed = parse_by_library(text.rstrip("~?%"))
    earliest, latest = date(*parsed.lower_strict()[:3]), date(*parsed.upper_strict()[:3])
    if month == WINTER:
        # The library lets a winter end on 31 December.
        latest = date(int(year) + 1, 2, monthrange(int(year) + 1, 2)[1]) if year != "9999" else date.max
    return Span(text, earliest, latest, _precision(year, month, day))


def _precision(year: str, month: str | None, day: str | None) -> DatePrecision:
    if year.endswith("X"):
        return DatePrecision.CENTURY if year.endswith("XX") else DatePrecision.DECADE
    if month is None or month == "XX":
        return DatePrecision.YEAR
    if month > "12":
        return DatePrecision.SEASON
    return DatePrecision.MONTH if day in (None, "XX") else DatePrecision.DAY


def _check(year: str, month: str | None, day: str | None) -> None:
    """Reject texts that match the pattern but are not dates."""
    if year in ("0000", "000X", "00XX"):
        raise _NotADateError(f"years are 0001 to 9999, and {year} includes the year 0")
    if month is None:
        return
    if "X" in year:
        raise _NotADateError(f"a month cannot follow the unspecified year {year}")
    if month == "XX":
        if day not in (None, "XX"):
            raise _NotADateError("a day cannot follow an unspecified month")
        return
    if not ("01" <= month <= "12" or "21" <= month <= WINTER):
        raise _NotADateError(f"there is no month {month}")
    if day is None or (day == "XX" and month <= "12"):
        return
    if month > "12":
        raise _NotADateError(f"a day cannot follow the season {month}")
    if not 1 <= int(day) <= monthrange(int(year), int(month))[1]:
        raise _NotADateError(f"there is no day {day} in {year}-{month}")


def _explain(text: str) -> NoReturn:
    """Raise an error that explains why a text does not match the pattern, with a specific reason for each common
    mistake."""
    reason = "it does not match the pattern of a date"
    if not text:
        reason = "it is empty"
    elif any(sign.isspace() for sign in text):
        reason = "it contains white space"
    elif not text.isascii():
        reason = "it contains characters other than the digits 0 to 9 and - / . ~ ? % X"
    elif re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", text):
        reason = "a date has no time of day"
    elif re.match(r"-|Y|[0-9]{5,}(-|$)", text):
        reason = "a year must have four digits, 0001 to 9999, with '-' before the month"
    elif text[0] in "~?%" or re.search(r"[~?%].", text):
        reason = "~, ? or % is allowed only at the end"
    elif text in ("open", "unknown"):
        reason = "an open end must be '..', and an unknown end must be empty"
    elif re.search(r"[0-9-][xu]", text):
        reason = "an unspecified digit must be a capital X"
    elif re.match(r"[0-9]{1,2}[.-][0-9]{1,2}[.-]|[0-9]{4}[.]", text):
        reason = YEAR_FIRST
    elif re.match(r"[0-9]{4}-([0-9]-|[0-9]$|[0-9]{2}-[0-9]$)", text):
        reason = "month and day must have two digits"
    elif re.match(r"X", text):
        reason = "the first two digits of the year must be known"
    raise _NotADateError(reason)
