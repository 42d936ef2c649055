"""Timings: the material's words, days and hours as our relation, ISO durations and triggers."""

from typing import Any

from app.demands.timing import resolve_timing
from app.schemas.timing import TimingWrite
from tests.material.book import Book
from tests.material.fields import Fields, Raw

RELATIONS = {
    "rolling_duration": "duration_from_trigger",
    "sequence": "step",
    "start_on": "from_date",
    "start_on_day": "within_after_trigger",
}
STEPS = {"rm-III-1": 1, "rm-III-2": 2, "rm-III-3": 3}
EDGES = {
    "o1-ceasefire": "start",
    "rm-II-2-9": "completion",
    "rm-III-5": "start",
    "rm-II-1": "start",
    "g-3": "acceptance",
    "g-4": "acceptance",
    "g-5": "completion",
    "g-7": "acceptance",
    "ph-1": "acceptance",
    "ph-2": "completion",
    "jan-7": "start",
    "jc-7": "adoption",
    "jc-8": "adoption",
    "um-8": "acceptance",
    **{f"jan-{number}": "entry_into_force" for number in range(1, 7)},
    **{f"jpoa-{number}": "start" for number in range(1, 9)},
    **{f"par-{number}": "start" for number in (1, 2, 3, 4, 5, 6, 8)},
    "jc-2": "start",
}
TRIGGER_DAYS = {
    "uni-1": "2015-07-20",
    "ph-2": "2025-10-10",
    **{f"jpoa-{number}": "2014-01-20" for number in range(1, 9)},
}
"""Days that the material gives in the trigger's words only."""

AT_LEAST = {"par-2", "par-5", "par-8", "um-8"}
"""Periods that the texts call shortest ones."""

UNITS_IN_WORDS = {"f611-1": "P1Y"}
"""Where the text names another unit than the material's count of days."""

TRIGGER_DEMANDS = {"jan-7": "jan-1", "rm-II-1": "rm-III-5", "um-8": "um-1"}
"""Triggers that are a listed demand although the material says so in words only."""

TRIGGER_RECORDS = {
    **{f"jan-{number}": ("agreement", "gaza-agreement-2025-01") for number in range(1, 7)},
    **{f"jpoa-{number}": ("agreement", "joint-plan-of-action-2013") for number in range(1, 9)},
    **{f"par-{number}": ("agreement", "joint-comprehensive-plan-of-action-2015") for number in (1, 2, 3, 4, 5, 6, 8)},
    "jc-2": ("agreement", "joint-comprehensive-plan-of-action-2015"),
    "g-3": ("proposal", "us-20-point-plan-gaza-2025"),
    "g-4": ("proposal", "us-20-point-plan-gaza-2025"),
    "g-7": ("proposal", "us-20-point-plan-gaza-2025"),
}
"""Triggers that are an agreement or a proposal although the material says so in words only. The `adoption` of the final text
on Iran's programme is none of them: the material does not say that it was the day of the agreement."""

COUNTED_DAYS = ("start_on_day",)
"""Relations whose number is that of a day, the first being day 1: by day n is n − 1 days after the first."""


def convert_timing(book: Book, file: str, demand: str, raw: Raw | None) -> tuple[Raw | None, str | None]:
    """The timing as it is written, and the material's word for the relation where ours is another."""
    if raw is None:
        return None, None
    with Fields(raw, f"{file}/{demand}/timing") as timing:
        words, text = timing.take("relation"), timing.take("trigger")
        trigger_demand = timing.take("trigger_demand") or TRIGGER_DEMANDS.get(demand)
        shortest, longest = _durations(demand, timing, first_is_one=words in COUNTED_DAYS)
        day, renewable = timing.take("date"), timing.take("renewable")
        first, last = timing.take("date_from"), timing.take("date_to")
    relation = RELATIONS.get(words, words)
    result: dict[str, Any] = {"relation": relation}
    trigger: dict[str, Any] = {"text": text}
    if relation in ("by_date", "from_date"):
        result["at"] = day or text
    elif first:
        result["at"] = f"{first}/{last}"
    else:
        trigger["on"] = day or TRIGGER_DAYS.get(demand)
    if relation == "within_after_trigger":
        shortest = None
    elif demand in AT_LEAST:
        longest = None
    result |= {"duration_min": shortest, "duration_max": longest, "is_renewable": renewable}
    if words == "rolling_duration":
        result["every"] = shortest
    result["step"] = STEPS.get(demand)
    if trigger_demand:
        trigger["demand"] = book.slug(file, "demands", trigger_demand)
    if demand in TRIGGER_RECORDS:
        kind, slug = TRIGGER_RECORDS[demand]
        trigger[kind] = slug
    trigger["edge"] = EDGES.get(demand)
    if relation != "from_date":
        result["trigger"] = {key: value for key, value in trigger.items() if value}
    result = {key: value for key, value in result.items() if value is not None}
    if resolved := resolve_timing(TimingWrite.model_validate(result)):
        result["resolved_on"] = {"date": resolved.date, "basis": str(resolved.basis)}
    return result, words if relation != words else None


def _durations(demand: str, timing: Fields, *, first_is_one: bool) -> tuple[str | None, str | None]:
    """The shortest and the longest length; hours win over days, because both stand for the same."""
    days, days_min = timing.take("days"), timing.take("days_min")
    if first_is_one:
        assert days_min is None
        days -= 1
    hours = timing.take("hours")
    hours_min, hours_max = timing.take("hours_min", hours), timing.take("hours_max", hours)
    months, years = timing.take("months"), timing.take("years")
    if demand in UNITS_IN_WORDS:
        return UNITS_IN_WORDS[demand], UNITS_IN_WORDS[demand]
    if hours_max:
        return f"PT{hours_min}H", f"PT{hours_max}H"
    for count, letter in ((years, "Y"), (months, "M")):
        if count:
            return f"P{count}{letter}", f"P{count}{letter}"
    if days:
        return f"P{days_min or days}D", f"P{days}D"
    return None, None
