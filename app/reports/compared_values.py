"""Quantities and timings of two points, compared as values and not as words."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from app.db.dates import parse_edtf
from app.db.durations import parse_duration
from app.reports.distances import range_of

Range = tuple[float, float]


class ValueChange(StrEnum):
    """How a value of the right text differs from that of the left text."""

    SAME = "same"
    HIGHER = "higher"
    LOWER = "lower"
    NARROWER = "narrower"
    WIDER = "wider"
    DIFFERENT = "different"
    ADDED = "added"
    REMOVED = "removed"
    INCOMPARABLE = "incomparable"


#: Changes of values that both texts state.
_BOTH_STATED = frozenset(
    {ValueChange.HIGHER, ValueChange.LOWER, ValueChange.NARROWER, ValueChange.WIDER, ValueChange.DIFFERENT}
)
_KEY = ("unit", "of", "by", "per", "baseline", "period")
#: Without `of`, of which two texts give different descriptions.
_LOOSE_KEY = ("unit", "by", "per", "baseline", "period")
_TIMING = ("relation", "at", "duration_min", "duration_max", "every", "is_renewable", "step")
_TRIGGER = ("edge", "on")


def values_differ(*compared: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a value that both points state differs."""
    return any(one["change"] in _BOTH_STATED for rows in compared for one in rows)


def compare_quantities(left: Sequence[Mapping[str, Any]], right: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Compare the quantities with the same unit, subject, party and period, then those that differ only in the description of the
    subject, if there is one of these on each side. The others are `removed` or `added`."""
    former, later = list(left), list(right)
    found: list[dict[str, Any]] = []
    for names in (_KEY, _LOOSE_KEY):
        for one in list(former):
            of_key = [[row for row in rows if _key(row, names) == _key(one, names)] for rows in (former, later)]
            if len(of_key[0]) == len(of_key[1]) == 1 and one.get("unit") is not None:
                found.append(_quantity(one, of_key[1][0]))
                former.remove(one)
                later.remove(of_key[1][0])
    # Equal quantities without a unit, or several with one key.
    for one in list(former):
        if one in later:
            found.append(_quantity(one, one))
            former.remove(one)
            later.remove(one)
    return found + [_quantity(one, None) for one in former] + [_quantity(None, one) for one in later]


def _key(quantity: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(quantity.get(name) for name in names)


def _quantity(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> dict[str, Any]:
    known = left or right or {}
    row: dict[str, Any] = {"unit": known.get("unit"), "by": known.get("by"), "change": _change(left, right)}
    for side, quantity in (("left", left), ("right", right)):
        low, high = (quantity and range_of(quantity)) or (None, None)
        row |= {
            f"{side}_of": quantity and quantity.get("of"),
            f"{side}_low": low,
            f"{side}_high": high,
            f"{side}_bound": quantity and quantity.get("bound"),
            f"{side}_text": quantity and quantity.get("text"),
        }
    return row


def _change(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> ValueChange:
    if left is None or right is None:
        if range_of(left or right or {}) is None:
            # Words without a number, such as "no figures given", do not say that the other text has less.
            return ValueChange.INCOMPARABLE
        return ValueChange.ADDED if left is None else ValueChange.REMOVED
    if left == right:
        return ValueChange.SAME
    former, later = range_of(left), range_of(right)
    if former is None or later is None or "other" in (left.get("bound"), right.get("bound")):
        return ValueChange.INCOMPARABLE
    change = _order(_closed(former), _closed(later))
    is_about = [quantity.get("bound") == "about" for quantity in (left, right)]
    if change is ValueChange.SAME and is_about[0] != is_about[1]:
        return ValueChange.NARROWER if is_about[0] else ValueChange.WIDER
    return change


def _closed(ends: tuple[float | None, float | None]) -> Range:
    low, high = ends
    return -math.inf if low is None else low, math.inf if high is None else high


def _order(former: Range, later: Range) -> ValueChange:
    """How a range differs from an earlier one. Open ends are infinite.

    If both ranges are open on the same sides, the ends are compared: a ceiling of 800,000 is higher than one of 600,000.
    Otherwise the sets are compared: exactly 800,000 is narrower than at most 800,000, and higher than at most 600,000."""
    if former == later:
        return ValueChange.SAME
    rises, falls = (
        later[0] - former[0] if later[0] != former[0] else 0,
        later[1] - former[1] if later[1] != former[1] else 0,
    )
    is_alike = [math.isinf(end) for end in former] == [math.isinf(end) for end in later]
    if (is_alike and rises >= 0 <= falls) or later[0] > former[1]:
        return ValueChange.HIGHER
    if (is_alike and rises <= 0 >= falls) or later[1] < former[0]:
        return ValueChange.LOWER
    if rises >= 0 >= falls:
        return ValueChange.NARROWER
    return ValueChange.WIDER if rises <= 0 <= falls else ValueChange.DIFFERENT


def compare_timings(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Compare the values of two timings, field by field. The words of the trigger are not compared."""
    rows: list[dict[str, Any]] = []
    fields = [(name, (name,)) for name in _TIMING] + [(f"trigger.{name}", ("trigger", name)) for name in _TRIGGER]
    for name, path in fields:
        former, later = _at(left, path), _at(right, path)
        if former is not None or later is not None:
            rows.append(
                {"field": name, "left": _text(former), "right": _text(later), "change": _timing_change(name, former, later)}
            )  # fmt: skip
    return rows


def _at(timing: Mapping[str, Any] | None, path: Sequence[str]) -> Any:
    value: Any = timing
    for name in path:
        value = value and value.get(name)
    return value


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _timing_change(name: str, former: Any, later: Any) -> ValueChange:
    if former is None or later is None:
        return ValueChange.ADDED if former is None else ValueChange.REMOVED
    if former == later:
        return ValueChange.SAME
    if name in ("duration_min", "duration_max", "every"):
        first, second = parse_duration(former), parse_duration(later)
        if first == second:
            return ValueChange.SAME
        if first.is_longer_than(second) or second.is_longer_than(first):
            return ValueChange.LOWER if first.is_longer_than(second) else ValueChange.HIGHER
    if name in ("at", "trigger.on"):
        spans = [parse_edtf(former), parse_edtf(later)]
        return _order(*[(float(span.earliest.toordinal()), float(span.latest.toordinal())) for span in spans])
    return ValueChange.DIFFERENT
