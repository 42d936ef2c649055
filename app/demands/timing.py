"""From a timing to a calendar date: only where the material gives a day to count from."""

import re
from datetime import date

from app.db.durations import add_duration, parse_duration
from app.db.vocabulary_values import ResolvedBasis, TimingRelation
from app.schemas.values import ResolvedOnWrite, TimingWrite

_FULL_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def resolve(timing: TimingWrite) -> ResolvedOnWrite | None:
    """The date to which `timing` leads, or None where none can be told without inventing one.

    `by_date` and `from_date` lead to `at`, a day that the text states; `within_after_trigger` to the deadline,
    the trigger's day plus `duration_max`; `duration_from_trigger` to the end of the period, the trigger's day
    plus its length (as an interval where `duration_min` and `duration_max` lead to different days): these two
    are computed. A day is a full one,
    without `~`, `?` or `%`: "about 2 June" plus 30 days is no day of the calendar. A period known only to
    last *at least* so long has no end, hours that make no whole days lead to no one day, and dates after
    9999 do not exist.
    """
    found: str | None = None
    if timing.relation in (TimingRelation.BY_DATE, TimingRelation.FROM_DATE):
        day = _full_day(timing.at)
        return ResolvedOnWrite(date=day.isoformat(), basis=ResolvedBasis.STATED) if day else None
    if timing.trigger is not None and (start := _full_day(timing.trigger.on)):
        if timing.relation is TimingRelation.WITHIN_AFTER_TRIGGER:
            found = _reached(start, timing.duration_max, timing.duration_max)
        elif timing.relation is TimingRelation.DURATION_FROM_TRIGGER:
            found = _reached(start, timing.duration_min or timing.duration_max, timing.duration_max)
    return ResolvedOnWrite(date=found, basis=ResolvedBasis.COMPUTED) if found else None


def _full_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text and _FULL_DAY.fullmatch(text) else None


def _reached(start: date, shortest: str | None, longest: str | None) -> str | None:
    if shortest is None or longest is None:
        return None
    first, last = (add_duration(start, parse_duration(text)) for text in (shortest, longest))
    # The two may cross where months are compared with days ("P1M" to "P30D"): then there is no range to tell.
    if first is None or last is None or first > last:
        return None
    return last.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"
