"""Slices of time: the days for which positions are computed."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.errors import ApiError, ProblemType, Violation, count_errors
from app.reports import stances_statements as sql
from app.reports.stances import StanceTable, read_answer_days

#: Maximum number of slices of one answer.
MAX_SLICES = 120


class SliceKind(StrEnum):
    NONE = "none"
    TALK = "talk"
    PROPOSAL = "proposal"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of time, and its last day."""

    key: str
    title: str | None
    on: date


async def read_slices(
    connection: sql.Connection, table: StanceTable, kind: SliceKind, on: date
) -> tuple[list[Slice], list[str]]:
    """The slices up to a day, in the order of their last days, and the talks or proposals whose last day is unknown.

    Talks and proposals have a slice if points were tabled at them or in them; months and years, if a point was tabled or
    answered in them."""
    without_day: list[str] = []
    match kind:
        case SliceKind.NONE:
            return [Slice(on.isoformat(), None, on)], []
        case SliceKind.TALK:
            talks = {t.talk: (t.talk_title, t.talk_last_on) for p in table.points if (t := p.text).talk is not None}
            found, without_day = _named(talks, on)
        case SliceKind.PROPOSAL:
            found, without_day = _named({p.proposal: (p.text.title, p.text.last_on) for p in table.points}, on)
        case _:
            answered = await read_answer_days(connection, table, on)
            days = {*(point.sort_on for point in table.points), *(row["day"] for row in answered)}
            found = _periods((day for day in days if date.min < day <= on), kind, on)
    if len(found) > MAX_SLICES:
        message = f"There are {len(found)} slices; at most {MAX_SLICES} are allowed."
        hint = "Use `slice=year`, or an earlier `on`."
        violation = Violation(message, parameter="slice", hint=hint)
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
    return found, without_day


def _named(ends: dict[str, tuple[str | None, date | None]], on: date) -> tuple[list[Slice], list[str]]:
    without_day = sorted(key for key, (_, day) in ends.items() if day is None or day == date.max)
    found = [Slice(key, title, day) for key, (title, day) in ends.items() if day is not None and day <= on]
    return sorted(found, key=lambda one: (one.on, one.key)), without_day


def _periods(days: Iterable[date], kind: SliceKind, on: date) -> list[Slice]:
    found: dict[str, Slice] = {}
    for day in days:
        is_month = kind is SliceKind.MONTH
        key = day.isoformat()[:7] if is_month else day.isoformat()[:4]
        last = date(day.year, day.month, monthrange(day.year, day.month)[1]) if is_month else date(day.year, 12, 31)
        found[key] = Slice(key, None, min(last, on))
    return sorted(found.values(), key=lambda one: one.on)
