"""Parses and adds ISO 8601 durations: `P30D`, `PT72H`, `P14M`, `P1Y`.

Durations are stored as written: 72 hours are not converted to 3 days, and 14 months are not converted to a year and two
months. Calendar months and years have no fixed length in days, so months and seconds are counted separately.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from app.errors import quoted

PATTERN = (
    r"^P(?=[0-9T])([0-9]{1,6}Y)?([0-9]{1,6}M)?([0-9]{1,6}W)?([0-9]{1,6}D)?"
    r"(T(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}S)?)?$"
)
"""The accepted format, as a regular expression for both JSON Schema and Python."""

_COMPILED = re.compile(PATTERN)
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration in calendar `months` and in `seconds`. Neither can be converted into the other."""

    months: int
    seconds: int

    def is_longer_than(self, other: "Duration") -> bool:
        """Return True only if the duration is longer, whatever lengths the months have."""
        if self.months >= other.months and self.seconds >= other.seconds:
            return self != other
        shortest = self.months * 28 * _SECONDS_A_DAY + self.seconds
        longest = other.months * 31 * _SECONDS_A_DAY + other.seconds
        return shortest > longest


def parse_duration(text: str) -> Duration:
    """Parse a positive ISO 8601 duration in whole numbers. Raise ValueError with a message that explains the error."""
    # fullmatch, because `$` also matches before a final line break.
    match = _COMPILED.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{quoted(text, 40)} is not a duration: write P, then whole numbers with units, "
            "such as P30D, P2W, P14M, P1Y, PT72H or P1DT12H"
        )
    years, months, weeks, days, _, hours, minutes, seconds = (
        int(part[:-1]) if part and part[0] != "T" else 0 for part in match.groups()
    )
    duration = Duration(
        months=years * 12 + months,
        seconds=(weeks * 7 + days) * _SECONDS_A_DAY + hours * 3600 + minutes * 60 + seconds,
    )
    if duration == Duration(0, 0):
        raise ValueError(f"{quoted(text)} is not a valid duration: it must be longer than zero, such as P1D")
    return duration


def add_duration(day: date, duration: Duration) -> date | None:
    """Return the day that is `duration` after `day`, or None if it cannot be determined.

    Months are added first, and the day is limited to the end of the month: 31 January + P1M is the last day of February.
    Hours must add up to whole days, because the time of day is unknown: PT72H is three days, but PT36H may end on
    either of two days. The result is also None after the year 9999.
    """
    if duration.seconds % _SECONDS_A_DAY:
        return None
    years, month = divmod(day.month - 1 + duration.months, 12)
    year = day.year + years
    if year > date.max.year:
        return None
    moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    try:
        return moved + timedelta(days=duration.seconds // _SECONDS_A_DAY)
    except OverflowError:
        return None
