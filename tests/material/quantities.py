"""Numbers: from the material's own fields, and from texts where a number stands only there."""

from typing import Any

Quantities = list[dict[str, Any]]

PERSON = "person"


def _of(value: float | None, unit: str, what: str, by: str | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "of": what, "by": by} | more


NUMBERS: dict[str, dict[str, Any]] = {
    "each_side": {"unit": PERSON, "of": "prisoners"},
    "each_side_min": {"unit": PERSON, "of": "prisoners", "bound": "at_least"},
    "total": {"unit": PERSON, "of": "prisoners", "text": "both sides together"},
    "bodies": {"unit": "body", "of": "remains of soldiers", "by": "russia"},
    "children": {"unit": PERSON, "of": "children on the list", "by": "russia"},
    "hostages": {"unit": PERSON, "of": "hostages", "by": "hamas"},
    "days": {"unit": "day", "of": "first stage", "text": "in the first 42 days"},
    "no_pct": {"unit": "percent", "of": "votes against"},
    "yes_pct": {"unit": "percent", "of": "votes in favour"},
    "life": {"unit": PERSON, "of": "prisoners serving life terms", "by": "israel"},
    "others": {"unit": PERSON, "of": "Gazans held since 7 October 2023", "by": "israel"},
    "bodies_ratio": {"unit": "body", "of": "bodies for each dead hostage", "by": "israel"},
}
"""The keys of `numbers` in outcomes and demands, and what they count."""


def from_numbers(numbers: dict[str, float] | None) -> Quantities:
    return [{"value": value} | NUMBERS[key] for key, value in (numbers or {}).items()]


PARAMETERS: dict[str, dict[str, Any]] = {
    "distance: to be agreed": {"of": "distance", "by": "ukraine", "text": "to be agreed"},
    "no figures given": {"of": "size and structure of the forces", "by": "ukraine", "text": "no figures given"},
}
"""Open parameters of demands."""

_UKRAINE, _IRAN = "ukraine", "iran"
DEMANDS: dict[str, Quantities] = {
    "us28-6": [_of(600_000, PERSON, "military personnel", _UKRAINE, bound="at_most")],
    "e3-2": [_of(800_000, PERSON, "military personnel in peacetime", _UKRAINE, bound="at_most")],
    "p20-4": [_of(800_000, PERSON, "military personnel in peacetime", _UKRAINE)],
    "us28-14": [_of(100_000_000_000, "USD", "frozen Russian assets for reconstruction", bound="about")],
    "p20-8": [_of(800_000_000_000, "USD", "recovery funds", bound="at_most")],
    "rm-II-1": [{"of": "distance from Russia's borders", "by": _UKRAINE, "text": "to be agreed"}],
    "rm-II-2-1": [{"of": "distance from the borders", "by": _UKRAINE, "text": "to be agreed"}],
    "rm-III-3": [_of(6_000, "body", "remains of soldiers", "russia")],
    "r3-1": [_of(3, "group", "online working groups")],
    "ru26-1": [_of(20, "percent", "Donetsk region", _UKRAINE, bound="about")],
    "f12-a": [_of(141, PERSON, "members of the assembly")],
    "jpoa-1": [_of(5, "percent", "enrichment of uranium", _IRAN, bound="at_most")],
    "jpoa-8": [_of(4_200_000_000, "USD", "oil revenue", "p5-plus-1")],
    "par-1": [
        _of(6_104, "centrifuge", "installed centrifuges", _IRAN, text="from about 19,000"),
        _of(5_060, "centrifuge", "enriching centrifuges", _IRAN, text="for 10 years"),
    ],
    "par-2": [_of(3.67, "percent", "enrichment of uranium", _IRAN, bound="at_most")],
    "par-3": [_of(300, "kg", "low-enriched uranium", _IRAN, text="from about 10,000 kg")],
    "par-8": [_of(1, "year", "breakout time", _IRAN, bound="at_least")],
    "jc-1": [_of(6_104, "centrifuge", "centrifuges", _IRAN, text="from almost 20,000; half of the number in use")],
    "jc-2": [_of(300, "kg", "low-enriched uranium", _IRAN, text="from about five tonnes")],
    "jan-2": [_of(33, PERSON, "hostages", "hamas")],
    "jan-4": [{"unit": PERSON, "of": "Palestinian prisoners", "by": "israel", "text": "hundreds"}],
}
"""By the material's id of the demand. A number without a word on how it is meant has no bound."""

_TRUCE = {"of": "local truce"}
OUTCOMES: dict[tuple[str, str], Quantities] = {
    ("r2", "Local ceasefire of 2–3 days on parts of the front to collect bodies"): [
        {"min": 2, "max": 3, "unit": "day"} | _TRUCE
    ],
    ("r3", "Short truces of 24–48 hours along the line for wounded and bodies"): [
        {"min": 24, "max": 48, "unit": "hour"} | _TRUCE
    ],
    ("r3", "Three online working groups: political, humanitarian, military"): DEMANDS["r3-1"],
    ("vi15", "Joint Comprehensive Plan of Action, 159 pages"): [_of(159, "page", "text of the agreement")],
}
"""By the material's id of the talk and the text of the outcome."""
