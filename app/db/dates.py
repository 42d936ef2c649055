"""Parses EDTF dates (ISO 8601-2, Levels 0 and 1, and the sets of Level 2) into ranges of days.

A date is stored as the original text, the range `[earliest, latest]` and a precision, so that filters by date can use
an index. Where EDTF leaves a choice, Parley decides as follows:

- `~`, `?` and `%` do not widen the range. "About June 2025" matches whatever June 2025 matches; any margin in days would
  be arbitrary.
- A season is a season of the northern hemisphere, and belongs to the year in which it begins: `2018-24` is December
  2018 to the end of February 2019.
- An interval with an open end (`2013/..`) or an unknown end (`2013/`) extends to 9999-12-31, and one with an open or
  unknown start begins on 0001-01-01 or, if it ends before, on -4712-01-01. Only the text distinguishes open from
  unknown.
- A set, one of several dates (`[1814-11-01,1815-06-09]`) or all of them (`{1960,1961-12}`), extends from the first day of
  its members to the last. `[..1983]` and `{1984..}` are open on one side.
- Years are those of ISO 8601: 0000 is the year 1 before the common era, and -0043 is 44 BC. Years before -4712 are not
  accepted, because PostgreSQL cannot store them.
- `..` alone is the end date of an event that is still going on. The range is the single day 9999-12-31, so that
  filters by end date do not match.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from edtf import parse_edtf as parse_by_library

from app.db.date_errors import YEAR_FIRST, NotADateError, explain
from app.db.days import EARLIEST, FIRST_YEAR, LAST_YEAR, Day, days_of_month, make_day
from app.db.term import Term
from app.errors import quoted

LONGEST = 200
"""Maximum number of characters; `2025-06-02~/2025-06-02~` has 23, and a set may have many members."""

EXAMPLES = "2025-06-02, 2025-06 or 2025-06~"
WINTER = "24"

_PLAIN = re.compile(r"(-?[0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_SHAPE = re.compile(
    r"(?P<year>-?(?:[0-9]{4}|[0-9]{3}X|[0-9]{2}XX))(?:-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX))?)?[~?%]?"
)
#: The brackets of a set: one of the dates, or all of them.
_SETS = {"[": "]", "{": "}"}


class DatePrecision(Term):
    """The kind of range that a date denotes."""

    DAY = "day", "one day"
    MONTH = "month", "one calendar month, or an unknown day in it"
    SEASON = "season", "three months: spring, summer, autumn or winter"
    YEAR = "year", "one calendar year, or an unknown month or day in it"
    DECADE = "decade", "ten years, such as 201X"
    CENTURY = "century", "a hundred years, such as 20XX"
    INTERVAL = "interval", "from one date to another, or a set of dates"
    OPEN = "open", "an interval or a set with an open or unknown start or end, or `..` (still going on)"


@dataclass(frozen=True, slots=True)
class Span:
    """The text of a date and its range of days, `earliest` to `latest` inclusive."""

    text: str
    earliest: Day
    latest: Day
    precision: str


@lru_cache(maxsize=4096)
def parse_edtf(text: str) -> Span:
    """Parse an EDTF date of Level 0 or 1, or a set of such dates, with years from -4712 to 9999.

    Raise only ValueError, with a message that says what is wrong and what a valid date looks like.
    """
    if len(text) > LONGEST:
        raise ValueError(
            f"{quoted(text, 32)} is not a date: it is {len(text)} characters long; "
            f"write an EDTF date such as {EXAMPLES}"
        )
    try:
        return _parse(text)
    except NotADateError as violation:
        # `from None`, because the message is for users, who do not need the internal traceback.
        raise ValueError(f"{quoted(text)} is not a date: {violation}; write an EDTF date such as {EXAMPLES}") from None


def possible_days(text: str) -> tuple[Day | None, Day | None]:
    """Return the first and the last possible day of a date, or None for a side that is open or unknown. `2013/..` has
    no last day, and `..` (still going on) has neither day.
    """
    span = parse_edtf(text)
    if span.precision != DatePrecision.OPEN:
        return span.earliest, span.latest
    bounds = (EARLIEST, date.min, date.max)
    return (
        None if span.earliest in bounds else span.earliest,
        None if span.latest in bounds else span.latest,
    )


def _parse(text: str) -> Span:
    if text == "..":
        return Span(text, date.max, date.max, DatePrecision.OPEN)
    if text[:1] in _SETS:
        return _parse_set(text)
    if "/" not in text:
        return _parse_single(text)
    if re.fullmatch(r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}", text):
        raise NotADateError(YEAR_FIRST)
    if text.count("/") > 1:
        raise NotADateError("an interval has one '/' between two dates")
    first, last = text.split("/")
    if first in ("", "..") and last in ("", ".."):
        raise NotADateError("an interval needs a date on at least one side of '/'")
    earliest = None if first in ("", "..") else _parse_single(first).earliest
    latest = None if last in ("", "..") else _parse_single(last).latest
    if earliest is not None and latest is not None and latest < earliest:
        raise NotADateError("the interval ends before it begins")
    return _between(text, earliest, latest)


def _between(text: str, earliest: Day | None, latest: Day | None) -> Span:
    """The range of an interval or a set; None = open or unknown on that side."""
    precision = DatePrecision.OPEN if earliest is None or latest is None else DatePrecision.INTERVAL
    last = date.max if latest is None else latest
    if earliest is None:
        earliest = date.min if last >= date.min else EARLIEST
    return Span(text, earliest, last, precision)


def _parse_set(text: str) -> Span:
    if text[-1] != _SETS[text[0]] or len(text) == 1:
        hint = "; ~, ? and % belong to its members" if text[-1] in "~?%" else ""
        raise NotADateError(f"a set that begins with '{text[0]}' must end with '{_SETS[text[0]]}'{hint}")
    members = text[1:-1].split(",")
    if members == [""]:
        raise NotADateError("the set is empty")
    firsts, lasts = zip(*(_parse_member(one, place, len(members)) for place, one in enumerate(members)), strict=True)
    return _between(text, _least(firsts), _greatest(lasts))


def _parse_member(text: str, place: int, count: int) -> tuple[Day | None, Day | None]:
    """The first and last day of a member of a set: a date, or a range such as `1670..1672`. None = open on that side."""
    if any(sign in text for sign in "/[]{}"):
        raise NotADateError(f"a member of a set is a date or a range such as 1670..1672, and {quoted(text)} is not")
    first, dots, last = text.partition("..")
    if not dots:
        span = _parse_single(text)
        return span.earliest, span.latest
    if not first and not last:
        raise NotADateError("'..' in a set needs a date before or after it")
    if not first and place > 0:
        raise NotADateError(f"{quoted(text)} must be the first member of the set")
    if not last and place < count - 1:
        raise NotADateError(f"{quoted(text)} must be the last member of the set")
    earliest = _parse_single(first).earliest if first else None
    latest = _parse_single(last).latest if last else None
    if earliest is not None and latest is not None and latest < earliest:
        raise NotADateError(f"the range {quoted(text)} ends before it begins")
    return earliest, latest


def _least(days: Iterable[Day | None]) -> Day | None:
    known = list(days)
    return None if None in known else min(day for day in known if day is not None)


def _greatest(days: Iterable[Day | None]) -> Day | None:
    known = list(days)
    return None if None in known else max(day for day in known if day is not None)


def _parse_single(text: str) -> Span:
    """Parse a date without '/'. Plain dates are parsed here, all others with the library."""
    if plain := _PLAIN.fullmatch(text):
        year, month, day = plain.groups()
        if year != "-0000" and (month is None or month <= "12"):
            return _plain(text, year, month, day)
    return _by_library(text)


def _plain(text: str, year: str, month: str | None, day: str | None) -> Span:
    _check(year, month, day)
    number = int(year)
    if month is None:
        return Span(text, make_day(number, 1, 1), make_day(number, 12, 31), DatePrecision.YEAR)
    if day is None:
        last = days_of_month(number, int(month))
        return Span(text, make_day(number, int(month), 1), make_day(number, int(month), last), DatePrecision.MONTH)
    only = make_day(number, int(month), int(day))
    return Span(text, only, only, DatePrecision.DAY)


def _by_library(text: str) -> Span:
    """Parse qualified dates and unspecified digits here; leave decades, centuries and seasons to the library.

    The library accepts much more than Level 1 (Level 2, long years), and its run time grows with the length of the text,
    so only texts that match the expected pattern are passed to the library. Only the strict bounds are used, because the
    fuzzy bounds add arbitrary margins.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        explain(text)
    year, month, day = shape.group("year", "month", "day")
    _check(year, month, day)
    if "X" not in year and (month is None or month <= "12" or month == "XX"):
        # The library reads the unknown day of a month before the year 1 as the days in the wrong order.
        return _plain(text, year, None if month == "XX" else month, None if day == "XX" else day)
    # The qualifier does not change the range, and the library rejects it after a season.
    parsed = parse_by_library(text.rstrip("~?%"))
    earliest, latest = make_day(*parsed.lower_strict()[:3]), make_day(*parsed.upper_strict()[:3])
    if month == WINTER:
        # The library lets a winter end on 31 December.
        following = int(year) + 1
        latest = make_day(following, 2, days_of_month(following, 2)) if following <= LAST_YEAR else date.max
    return Span(text, earliest, latest, _precision(year))


def _precision(year: str) -> DatePrecision:
    """The precision of a decade, a century or a season."""
    if year.endswith("X"):
        return DatePrecision.CENTURY if year.endswith("XX") else DatePrecision.DECADE
    return DatePrecision.SEASON


def _check(year: str, month: str | None, day: str | None) -> None:
    """Reject texts that match the pattern but are not dates."""
    if year == "-0000":
        raise NotADateError("the year 0000 has no sign")
    if int(year.replace("X", "9" if year[0] == "-" else "0")) < FIRST_YEAR:
        raise NotADateError(f"years are {FIRST_YEAR} to {LAST_YEAR}, and {year} is or includes an earlier one")
    if month is None:
        return
    if "X" in year:
        raise NotADateError(f"a month cannot follow the unspecified year {year}")
    if month == "XX":
        if day not in (None, "XX"):
            raise NotADateError("a day cannot follow an unspecified month")
        return
    if not ("01" <= month <= "12" or "21" <= month <= WINTER):
        raise NotADateError(f"there is no month {month}")
    if day is None or (day == "XX" and month <= "12"):
        return
    if month > "12":
        raise NotADateError(f"a day cannot follow the season {month}")
    if not 1 <= int(day) <= days_of_month(int(year), int(month)):
        raise NotADateError(f"there is no day {day} in {year}-{month}")
