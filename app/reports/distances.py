"""How far parties are from agreement on single points: gaps, and distances between quantities."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.reports.scale import SILENCE
from app.reports.stances import Point, Position, StanceTable

#: How a point leaves the table. Points that were settled, or whose process ended, stay on it.
_OFF = frozenset({"superseded", "withdrawn", "lapsed"})
#: A gap of at most this size needs no move: everyone accepts at least in part or on conditions.
NEAR = 0.25


@dataclass(frozen=True, slots=True)
class PointGap:
    """The gap of one point, and the answers that it follows from."""

    point: Point
    answers: Mapping[str, Position]
    low: float | None
    high: float | None
    reason: str | None

    @property
    def objecting(self) -> set[str]:
        return {party for party, said in self.answers.items() if said.score is not None and said.score < 0}

    @property
    def movers(self) -> list[str]:
        """The parties that would have to accept at least in part for a gap of `NEAR`."""
        return sorted(party for party, said in self.answers.items() if said.score is None or said.score < 1)


def gap_of(table: StanceTable, point: Point, parties: set[str] | None = None) -> PointGap:
    """The gap of a point: the largest (2 − score) / 4 of the identifiable parties whose answer counts or is awaited. Silence
    is read as acceptance (`low`) and as rejection (`high`). `parties`: only their answers."""
    counted: dict[str, Position] = {}
    moot = False
    for party, said in table.positions[0].get(point.slug, {}).items():
        if table.parties[party][1] == "unspecified_group" or (parties is not None and party not in parties):
            continue
        if said.word in ("supported", "opposed"):
            # The party has no answer that counts. If it was asked, its answer is awaited.
            if not said.may_owe:
                continue
            said = Position("silent", True)
        if said.word == "declared_moot":
            moot = True
        else:
            counted[party] = said
    if not counted:
        return PointGap(point, counted, None, None, "declared_moot" if moot else "nobody_asked")
    known = [(2 - said.score) / 4 for said in counted.values() if said.score is not None]
    is_silent = any(said.word in SILENCE for said in counted.values())
    low = max(known, default=0.0)
    return PointGap(point, counted, low, 1.0 if is_silent else low, None)


def leaving_days(points: Iterable[Point], today: date) -> dict[str, date | None]:
    """The day on which each of the points leaves the table, by slug: it is superseded, withdrawn or lapsed, or a claimant tables
    a later proposal with a point of the same primary issue. None = it stays. `points`: all points of some primary issues."""
    points = list(points)
    tabled: dict[tuple[str, str], set[date]] = {}
    for point in points:
        if point.primary is not None:
            for claimant in point.claimants:
                tabled.setdefault((claimant, point.primary), set()).add(point.sort_on)
    ordered = {key: sorted(days) for key, days in tabled.items()}
    found: dict[str, date | None] = {}
    for point in points:
        # A closing without a day counts only today and later.
        days = [on or today for on, how in point.closings if how in _OFF]
        if point.primary is not None:
            for claimant in point.claimants:
                of = ordered[claimant, point.primary]
                days += of[bisect_right(of, point.sort_on) :][:1]
        found[point.slug] = min(days, default=None)
    return found


def on_table(points: Sequence[Point], day: date, today: date) -> set[str]:
    """The slugs of those of the points that are on the table on a day; see `leaving_days`."""
    leaving = leaving_days(points, today)
    return {
        point.slug for point in points if point.sort_on <= day and ((left := leaving[point.slug]) is None or day < left)
    }


def best_of(gaps: Iterable[PointGap]) -> list[PointGap]:
    """The points with the smallest `high`, and of these the smallest `low`."""
    known = [(gap.high, gap.low, gap) for gap in gaps if gap.high is not None and gap.low is not None]
    smallest = min(((high, low) for high, low, _ in known), default=None)
    return [gap for high, low, gap in known if (high, low) == smallest]


def moves(gaps: Iterable[PointGap]) -> list[dict[str, Any]]:
    """The smallest sets of parties that would have to move on one point; empty if a gap is small enough already."""
    needed = [(gap.point.slug, gap.movers) for gap in gaps if gap.high is not None]
    fewest = min((len(parties) for _, parties in needed), default=0)
    return [{"demand": slug, "parties": parties} for slug, parties in needed if 0 < len(parties) == fewest]


def compare_quantities(points: Sequence[Point]) -> list[dict[str, Any]]:
    """The quantities that can be compared: those of the same unit, subject, party and period, in points of different
    claimants."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for point in points:
        for quantity in point.quantities:
            found = range_of(quantity)
            if found is not None:
                key = tuple(quantity.get(name) for name in ("unit", "of", "by", "per", "baseline", "period"))
                low, high = found
                groups.setdefault(key, []).append(
                    {"demand": point.slug, "claimants": sorted(point.claimants), "low": low, "high": high,
                     "is_about": quantity.get("bound") == "about"}
                )  # fmt: skip
    return [
        {"unit": unit, "of": of, "by": by, "stated": stated, **_common(stated)}
        for (unit, of, by, *_), stated in sorted(groups.items(), key=lambda item: [str(part) for part in item[0]])
        if len({tuple(one["claimants"]) for one in stated}) > 1
    ]


def range_of(quantity: Mapping[str, Any]) -> tuple[float | None, float | None] | None:
    """The numbers that a quantity allows; None if it has no number. `min` and `max` beside a text are two reported values,
    not a range."""
    value, low, high = (quantity.get(name) for name in ("value", "min", "max"))
    if value is None:
        if (low is None and high is None) or (low is not None and high is not None and quantity.get("text")):
            return None
        return low, high
    match quantity.get("bound"):
        case "at_least":
            return value, None
        case "at_most":
            return None, value
        case _:
            return value, value


def _common(stated: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    low = max((one["low"] for one in stated if one["low"] is not None), default=None)
    high = min((one["high"] for one in stated if one["high"] is not None), default=None)
    if low is not None and high is not None and low > high:
        return {"common_low": None, "common_high": None, "distance": low - high}
    return {"common_low": low, "common_high": high, "distance": 0.0}
