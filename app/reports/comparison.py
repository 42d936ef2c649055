"""Comparison of texts: which point of one corresponds to which point of another, what changed in it, and how much the texts share.

The statements read the points and links. The comparison itself is an algorithm over words and runs in Python, in a thread, because
it may take some time; the number of points and characters of a text is therefore limited."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.reports.compared_values import compare_quantities, compare_timings, values_differ
from app.reports.compared_words import shared_passages, shingles, similarity, word_difference
from app.reports.comparison_schemas import ComparedRow, ComparisonQuery, ComparisonRest, PairReason, PointChange
from app.reports.comparison_texts import Text, read_texts
from app.reports.options import COLLECTIONS
from app.reports.text_alignment import (
    OPPOSING,
    REMOVING,
    Alignment,
    Basis,
    Group,
    TextPoint,
    has_shared_numbers,
    links_between,
    moved_pairs,
)
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import cited
from app.resources.report import Report, ReportRequest, ReportRows

#: Links that say that the content is the same, also if the languages differ.
_SAME_CONTENT = frozenset({"repeats", "reports", "incorporated_in"})


async def _comparison(request: ReportRequest) -> ReportRows:
    query = request.query
    named = [("left", query.left), ("right", query.right), *(("others", key) for key in query.others or ())]
    found = await read_texts(request.reader, named)
    left, *others = found.texts
    comparisons = [_Comparison(left, right, found.links, query.numbers) for right in others]
    answers = await asyncio.to_thread(lambda: [one.compare() for one in comparisons])
    rows = [row for rows, _ in answers for row in rows]
    return ReportRows(
        rows,
        found.revision,
        found.at,
        extra={"texts": [text.row() for text in found.texts], "pairs": [whole for _, whole in answers]},
    )


@dataclass(slots=True)
class _Pair:
    """Two points that belong together, and how their values differ."""

    left: TextPoint
    right: TextPoint
    quantities: list[dict[str, Any]]
    timing: list[dict[str, Any]]

    @classmethod
    def of(cls, left: TextPoint, right: TextPoint) -> "_Pair":
        return cls(
            left,
            right,
            compare_quantities(left.quantities, right.quantities),
            compare_timings(left.timing, right.timing),
        )

    @property
    def has_same_values(self) -> bool:
        return not values_differ(self.quantities, self.timing)


class _Comparison:
    """Compares the right text with the left one."""

    def __init__(self, left: Text, right: Text, links: Sequence[Mapping[str, Any]], numbers: str) -> None:
        self._left, self._right = left, right
        between = links_between(left.points, right.points, links)
        is_one = left.proposal == right.proposal
        follows = is_one or left.proposal in right.follows or right.proposal in left.follows
        # A text whose language is not recorded is compared with every other: words of different languages are not similar.
        self._compares_words = not left.languages or not right.languages or bool(left.languages & right.languages)
        is_confirmed = follows and has_shared_numbers(left.points, right.points, between, is_one_proposal=is_one)
        # Across languages, it could not be said whether points with one number are the same.
        self._shares_numbers = self._compares_words and (numbers == "shared" or (numbers == "derived" and is_confirmed))
        self._links = between

    def compare(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The rows, and the row of `pairs`."""
        rows = self._all_rows()
        return rows, self._whole(rows)

    def _all_rows(self) -> list[dict[str, Any]]:
        alignment = Alignment(
            self._left.points,
            self._right.points,
            self._links,
            shares_numbers=self._shares_numbers,
            compares_words=self._compares_words,
        )
        ordered = [
            group.pair
            for group in alignment.groups
            if group.pair and not any(link.kind in OPPOSING | REMOVING for link in group.links)
        ]
        moved = moved_pairs(ordered)
        in_order = set(ordered) - moved
        return [
            self._row(group, None if group.pair not in moved | in_order else group.pair in moved)
            for group in alignment.groups
        ]

    def _row(self, group: Group, is_moved: bool | None) -> dict[str, Any]:
        left = [self._left.points[place] for place in group.left]
        right = [self._right.points[place] for place in group.right]
        pair = _Pair.of(left[0], right[0]) if group.pair else None
        compares_words = pair is not None and self._compares_words
        change = self._pair_change(group, pair, bool(is_moved)) if pair else self._change(group)
        has_words = compares_words and change in (PointChange.REWORDED, PointChange.CONTRADICTS)
        return {
            "left_text": self._left.name,
            "right_text": self._right.name,
            "change": change,
            "by": group.by,
            "is_likely": group.by is Basis.WORDS,
            "is_moved": is_moved,
            "similarity": round(similarity(left[0].words, right[0].words), 3) if compares_words else None,
            "left": [_point(point) for point in left],
            "right": [_point(point) for point in right],
            "links": self._link_rows(group),
            "words": word_difference(left[0].words, right[0].words) if has_words else [],
            "quantities": pair.quantities if pair else [],
            "timing": pair.timing if pair else [],
            "same_issue": [] if left and right else self._same_issue(*left, *right, is_left=bool(left)),
        }

    def _pair_change(self, group: Group, pair: _Pair, is_moved: bool) -> PointChange:
        kinds = {link.kind for link in group.links}
        if kinds & OPPOSING:
            return PointChange.CONTRADICTS
        for link in group.links:
            if link.kind in REMOVING:
                return PointChange.DROPPED if link.is_from_right else PointChange.ADDED
        is_left_out = [point.act == "not_demanded" for point in (pair.left, pair.right)]
        if is_left_out[0] != is_left_out[1]:
            return PointChange.ADDED if is_left_out[0] else PointChange.DROPPED
        if self._compares_words or group.by is Basis.RECORD:
            is_same = pair.left.words.forms == pair.right.words.forms
        else:
            is_same = kinds <= _SAME_CONTENT and bool(kinds)
        if not is_same or not pair.has_same_values:
            return PointChange.REWORDED
        return PointChange.MOVED if is_moved else PointChange.SAME

    def _change(self, group: Group) -> PointChange:
        """The change of several points, or of a single one. Across languages, a point without a link may still have a counterpart."""
        if not group.left or not group.right:
            other = self._left if not group.left else self._right
            if not other.is_complete or not self._compares_words:
                return PointChange.NOT_RECORDED
            return PointChange.DROPPED if group.left else PointChange.ADDED
        if len(group.left) == len(group.right):
            return PointChange.REWORDED
        return PointChange.SPLIT if len(group.left) < len(group.right) else PointChange.MERGED

    def _link_rows(self, group: Group) -> list[dict[str, Any]]:
        found = []
        for link in group.links:
            slugs = self._left.points[link.left].slug, self._right.points[link.right].slug
            origin, target = reversed(slugs) if link.is_from_right else slugs
            found.append({"origin": origin, "kind": link.kind, "target": target, "note": link.note})
        return found

    def _same_issue(self, point: TextPoint, *, is_left: bool) -> list[str]:
        other = self._right if is_left else self._left
        return [one.slug for one in other.points if point.issue is not None and one.issue == point.issue]

    def _whole(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        changes = Counter(row["change"] for row in rows)
        left, right = ([point.words for point in text.points] for text in (self._left, self._right))
        row: dict[str, Any] = {
            "left": self._left.name,
            "right": self._right.name,
            "counts": {str(change): changes[change] for change in PointChange},
            "likely": sum(row["is_likely"] for row in rows),
            "has_shared_numbers": self._shares_numbers,
            "has_compared_words": self._compares_words,
            "shingles": None,
            "shared_shingles": None,
            "jaccard": None,
            "passages": [],
            "reason": self._reason(rows),
        }
        if self._compares_words:
            former, later = shingles(left), shingles(right)
            every, common = len(former | later), len(former & later)
            passages = [
                {**one, "left": self._left.points[one["left"]].slug, "right": self._right.points[one["right"]].slug}
                for one in shared_passages(left, right)
            ]
            jaccard = round(common / every, 6) if every else None
            row |= {"shingles": every, "shared_shingles": common, "jaccard": jaccard, "passages": passages}
        return row

    def _reason(self, rows: Sequence[Mapping[str, Any]]) -> PairReason | None:
        if not rows:
            return PairReason.NO_POINTS
        return None if self._compares_words else PairReason.LANGUAGES_DIFFER


def _point(point: TextPoint) -> dict[str, Any]:
    return {name: getattr(point, name) for name in ("slug", "number", "text", "act", "issue")}


def _behind(row: Mapping[str, Any]) -> list[str]:
    """The points on both sides."""
    return [f"demands/{point['slug']}" for point in (*row["left"], *row["right"])]


COMPARISON = Report(
    name="Comparison",
    operation="compareTexts",
    path="/reports/comparison",
    tag="reports",
    summary="Compare texts point by point",
    about="Aligns the points of two texts by links between them, by their printed numbers, or by similar words, and says of each whether it"
    " is the same, reworded, moved, split, merged, added or dropped. Quantities and timings are compared as values. `pairs` compares"
    " the texts as wholes. The guide `reports` has the definition.",
    example="/v1/reports/comparison?left=us-28-point-plan-2025&right=e3-counter-proposal-2025",
    query=ComparisonQuery,
    row=cited(ComparedRow),
    fetch=_comparison,
    extra=ComparisonRest,
    records=_behind,
    causes=Causes((), NoRows.NO_POINTS),
    collections=COLLECTIONS,
    data="The points in the order of the left text, then those that only the right text has.",
)
