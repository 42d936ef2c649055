"""Lengths of time in ISO 8601, as they were written: `P30D`, `PT72H`, `P14M`, `P1Y`.

The unit is kept: 72 hours are not turned into 3 days, nor 14 months into a year and two. Calendar months and
years have no fixed length in days, so months and seconds are counted apart.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

PATTERN = (
    r"^P(?=[0-9T])([0-9]{1,6}Y)?([0-9]{1,6}M)?([0-9]{1,6}W)?([0-9]{1,6}D)?"
    r"(T(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}S)?)?$"
)
"""What is accepted, in the dialect that JSON Schema and Python share."""

_COMPILED = re.compile(PATTERN)
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: calendar `months` and `seconds`, neither of which can be turned into the other."""

    months: int
    seconds: int

    def is_longer_than(self, other: "Duration") -> bool:
        """True only if it is longer in every calendar; False where that depends on the months."""
        if self.months >= other.months and self.seconds >= other.seconds:
            return self != other
        shortest = self.months * 28 * _SECONDS_A_DAY + self.seconds
        longest = other.months * 31 * _SECONDS_A_DAY + other.seconds
        return shortest > longest


def parse_duration(text: str) -> Duration:
    """Read a positive ISO 8601 duration of whole numbers; ValueError, with one plain sentence, otherwise."""
    # fullmatch, because `$` alone would let a final line break pass.
    match = _COMPILED.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text[:40]!r} is not a duration: write P, then whole numbers with their units, "
            "as in P30D, P2W, P14M, P1Y, PT72H or P1DT12H"
        )
    years, months, weeks, days, _, hours, minutes, seconds = (
        int(part[:-1]) if part and part[0] != "T" else 0 for part in match.groups()
    )
    duration = Duration(
        months=years * 12 + months,
        seconds=(weeks * 7 + days) * _SECONDS_A_DAY + hours * 3600 + minutes * 60 + seconds,
    )
    if duration == Duration(0, 0):
        raise ValueError(f"{text!r} is not a duration: it must be longer than nothing, as P1D is")
    return duration


def add_duration(day: date, duration: Duration) -> date | None:
    """The day that lies `duration` after `day`, or None where no one day can be told.

    Months come first and stay in the calendar: 31 January + P1M is the last day of February. Hours count only
    in whole days, for the hour at which `day` began to count is not known: PT72H leads to the third day
    whatever the hour, PT36H to either of two. A result after the year 9999 is None as well.
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
