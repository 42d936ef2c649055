"""Periods of two EDTF dates, and whether two periods certainly share a day.

Both dates are uncertain: a person who left in 1815-02 left on an unknown day of this month. Two periods certainly overlap if
they share a day whatever the unknown days are. The function `parley_certainly_overlap` of the database has the same rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

from app.db.dates import parse_edtf
from app.db.days import FIRST_YEAR, Day, EarlyDay

#: They stand for the open sides of a period.
BEGINNING: Final[Day] = EarlyDay(FIRST_YEAR, 1, 1)
END: Final[Day] = date.max


@dataclass(frozen=True, slots=True)
class Period:
    """The latest day on which the period can begin, and the earliest day on which it can end."""

    last_start: Day
    first_end: Day

    @classmethod
    def of_texts(cls, valid_from: str | None, valid_to: str | None) -> Self:
        """The period between two EDTF dates. Without a date, that side is open."""
        return cls._of(*_days(valid_from), *_days(valid_to))

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The period of a row with the columns of `valid_from` and `valid_to`."""
        return cls._of(row["valid_from_min"], row["valid_from_max"], row["valid_to_min"], row["valid_to_max"])

    @classmethod
    def _of(cls, start_min: Day | None, start_max: Day | None, end_min: Day | None, end_max: Day | None) -> Self:
        return cls(
            BEGINNING if start_max is None else min(start_max, end_max or END),
            END if end_min is None else max(end_min, start_min or BEGINNING),
        )

    def certainly_overlaps(self, other: Self) -> bool:
        """Whether the two periods share a day, whatever the unknown days are."""
        return self.last_start <= other.first_end and other.last_start <= self.first_end


def _days(text: str | None) -> tuple[Day | None, Day | None]:
    if text is None:
        return None, None
    span = parse_edtf(text)
    return span.earliest, span.latest


def shared_days(one: Period, other: Period) -> str:
    """The days that two overlapping periods certainly share, as a phrase for messages: `on 1815-02-03`."""
    first, last = max(one.last_start, other.last_start), min(one.first_end, other.first_end)
    if first > last:
        return "on a day that is not known exactly"
    if first == last:
        return f"on {first}"
    if first == BEGINNING:
        return "on all days" if last == END else f"until {last}"
    return f"from {first} on" if last == END else f"from {first} to {last}"
