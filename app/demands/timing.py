"""Resolves the timing of a demand to a calendar date, if the source gives a start day for the calculation."""

import re
from datetime import date

from app.db.durations import add_duration, parse_duration
from app.db.vocabulary_values import ResolvedBasis, TimingRelation
from app.schemas.timing import ResolvedOnWrite, TimingWrite

_FULL_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def resolve_timing(timing: TimingWrite) -> ResolvedOnWrite | None:
    """Return the calendar date of `timing`, or None if it cannot be determined.

    - `by_date` and `from_date`: the date `at`, which the text states.
    - `within_after_trigger`: the deadline, computed as the trigger's day plus `duration_max`.
    - `duration_from_trigger`: the end of the period, computed as the trigger's day plus the duration; an interval if
      `duration_min` and `duration_max` differ.

    Only full days without `~`, `?` or `%` are resolved: "about 2 June" plus 30 days is not a calendar day. There is no
    result for a period with only a minimum duration, for hours that are not whole days, or for dates after 9999.
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
    # If one bound is in months and the other in days ("P1M" to "P30D"), the bounds may cross. Then no interval is
    # valid.
    if first is None or last is None or first > last:
        return None
    return last.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"
