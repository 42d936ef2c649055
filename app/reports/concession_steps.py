"""Steps between two statements of a party on one thread, and whether each softens or hardens its position."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from app.reports.scale import SCALE
from app.reports.stances import Point, StanceTable

Direction = Literal["soft", "hard", "none", "unordered"]

#: The steps of links from a later own point to an earlier own point; None = the link has no order.
_OWN_LINKS: Mapping[str, float | None] = {
    "withdraws": 2,
    "strikes_out": 2,
    "narrows": 1,
    "repeats": 0,
    "widens": -1,
    "amends": None,
}
#: The step of a party that strikes out a point of others.
_STRIKES_OUT_OF_OTHERS = -1
_INTERIM = frozenset({"under_study", "deferred"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a party."""

    party: str
    #: The day of the later statement: of an answer, the last possible one; of a text, the first possible one.
    on: date
    #: The first and the last possible day of the later statement; None = unknown, or open on that side.
    on_min: date | None
    on_max: date | None
    #: `answer`: two answers to the same point, part or proposal. `link`: two own points.
    kind: Literal["answer", "link"]
    #: The point, part or proposal that the party answered, or its earlier point, as `collection/slug`.
    thread: str
    part: str | None
    before: str
    after: str
    #: The records of the two statements, as `collection/slug`.
    before_record: str
    after_record: str
    size: float | None
    from_interim: bool
    #: The key of the statement: steps in one statement count once.
    statement: str

    @property
    def direction(self) -> Direction:
        if self.size is None:
            return "unordered"
        return "soft" if self.size > 0 else "hard" if self.size < 0 else "none"


def answer_steps(table: StanceTable, statements: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
    """The steps between the answers of a party to the same point, part or proposal of others, on two days. Of several
    answers on one day, the last is used. `statements`: the rows of the statement STATEMENTS, in order."""
    owners = {point.slug: point.owners for point in table.points}
    former: dict[tuple[str, str, str | None], list[Mapping[str, Any]]] = {}
    for row in statements:
        for thread, part in _threads(row, owners):
            said = former.setdefault((row["party"], thread, part), [])
            if said and said[-1]["day"] == row["day"]:
                said[-1] = row
            else:
                said.append(row)
    for (party, thread, part), said in former.items():
        for before, after in pairwise(said):
            scores = SCALE[before["stance"]], SCALE[after["stance"]]
            yield Step(
                party, after["day"], after["first_day"], after["day"], "answer", thread, part, before["stance"], after["stance"],
                f"responses/{before['slug']}", f"responses/{after['slug']}",
                None if scores[0] is None or scores[1] is None else scores[1] - scores[0],
                before["stance"] in _INTERIM, after["statement"] or after["slug"],
            )  # fmt: skip


def _threads(row: Mapping[str, Any], owners: Mapping[str, set[str]]) -> Iterator[tuple[str, str | None]]:
    """What an answer is about: points of others, else a part or the whole of a proposal of others."""
    if row["is_scoped"] or row["demand"] is not None:
        for slug in row["scope_demands"] if row["is_scoped"] else [row["demand"]]:
            if slug in owners and row["party"] not in owners[slug]:
                yield f"demands/{slug}", None
    elif not row["is_author"]:
        yield f"proposals/{row['proposal']}", row["part"]


def link_steps(table: StanceTable, links: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
    """The steps that links between points record. The later point is in another proposal, on a later day."""
    points = {point.slug: point for point in table.points}
    stated = _stated(table.points)
    for link in links:
        later, earlier, kind = points[link["slug"]], points[link["target"]], link["kind"]
        shared = later.claimants & earlier.claimants
        if later.proposal == earlier.proposal or later.sort_on <= earlier.sort_on:
            continue
        if shared and kind in _OWN_LINKS:
            size = _OWN_LINKS[kind]
            for party in sorted(shared):
                yield _link_step(
                    party, later, earlier, kind, _ordered(stated, party, later, earlier) if size is None else size
                )
        elif not shared and kind == "strikes_out":
            for party in sorted(later.claimants):
                yield _link_step(party, later, earlier, kind, _STRIKES_OUT_OF_OTHERS)


def _link_step(party: str, later: Point, earlier: Point, kind: str, size: float | None) -> Step:
    return Step(
        party, later.sort_on, later.sort_on, later.text.last_on, "link", f"demands/{earlier.slug}", None, earlier.slug, kind,
        f"demands/{earlier.slug}", f"demands/{later.slug}", size, False, f"{later.slug} {kind} {earlier.slug}",
    )  # fmt: skip


#: What a quantity measures, and the primary issue of its point.
_Measure = tuple[str | None, tuple[Any, ...]]


def _stated(points: Iterable[Point]) -> dict[_Measure, list[tuple[date, str, float, set[str]]]]:
    """The numbers that were stated for each measure in the order of time: day, point, number, and whose point it is."""
    found: dict[_Measure, list[tuple[date, str, float, set[str]]]] = {}
    for point in points:
        for key, number in _numbers(point.quantities).items():
            found.setdefault((point.primary, key), []).append((point.sort_on, point.slug, number, point.owners))
    return {measure: sorted(of, key=lambda one: one[:3]) for measure, of in found.items()}


def _ordered(
    stated: Mapping[_Measure, Sequence[tuple[date, str, float, set[str]]]], party: str, later: Point, earlier: Point
) -> float | None:
    """The share of the distance to the other side that the party gave up in a quantity. None if the two points have no
    such quantity, or the other side has none, or there was no distance."""
    old_numbers = _numbers(earlier.quantities)
    for key, new in _numbers(later.quantities).items():
        old = old_numbers.get(key)
        others = (
            number
            for day, _, number, owners in reversed(stated.get((earlier.primary, key), ()))
            if day < later.sort_on and party not in owners
        )
        other = next(others, None)
        if old is not None and other is not None and old != other:
            return round((abs(old - other) - abs(new - other)) / abs(old - other), 6)
    return None


def _numbers(quantities: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], float]:
    """The quantities that are one number, by what they measure."""
    return {
        tuple(one.get(name) for name in ("unit", "of", "by", "per", "baseline", "period")): one["value"]
        for one in quantities
        if one.get("value") is not None
    }
