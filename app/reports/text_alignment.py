"""Alignment of two texts: which point of one corresponds to which point of the other.

This is an algorithm over two sequences of words and therefore runs in Python: SQL reads the points and links, and nothing of
the result is stored. `app.reports.comparison` limits the number of points and characters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import Indel

from app.db.vocabulary import LinkKind
from app.reports.compared_words import WordCodes, Words, split_words
from app.reports.lineage import CONTINUING

#: Links that say that a text no longer has the point of the other.
REMOVING = frozenset({LinkKind.STRIKES_OUT, LinkKind.WITHDRAWS})
#: Links by which one point continues another.
ALIGNING = frozenset(CONTINUING) - REMOVING
#: Links between points that exclude each other.
OPPOSING = frozenset({LinkKind.CONTRADICTS, LinkKind.COUNTERS})
#: The smallest similarity of words at which points are aligned.
LIKELY = 0.6
#: Less than the difference of two similarities of the longest texts. Without it, a rounding error excludes 6/10.
_ROUNDING = 1e-6


class Basis(StrEnum):
    """Why two points are aligned."""

    RECORD = "record"
    LINK = "link"
    NUMBER = "number"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class TextPoint:
    """A point of a text."""

    slug: str
    number: str | None
    text: str
    act: str
    text_status: str | None
    issue: str | None
    quantities: list[dict[str, Any]]
    timing: dict[str, Any] | None
    words: Words

    @property
    def place(self) -> str | None:
        """The number in the form in which numbers are compared; None = the point has no number."""
        return (self.number or "").strip().rstrip(".):").casefold() or None


def read_point(row: Mapping[str, Any]) -> TextPoint:
    """A point from a row of the statement."""
    return TextPoint(**row, words=split_words(row["text"]))


@dataclass(frozen=True, slots=True)
class PointLink:
    """A link between a point of the left text and a point of the right one, as their places in the texts."""

    left: int
    right: int
    kind: str
    note: str | None
    #: Whether the point of the right text has the link.
    is_from_right: bool


@dataclass(slots=True)
class Group:
    """Points of both texts that belong together, as places in the texts; or one point that belongs to none."""

    left: list[int]
    right: list[int]
    by: Basis | None = None
    links: list[PointLink] = field(default_factory=list)

    @property
    def pair(self) -> tuple[int, int] | None:
        """The two points of a pair; None if there are more or fewer."""
        return (self.left[0], self.right[0]) if len(self.left) == len(self.right) == 1 else None


def links_between(
    left: Sequence[TextPoint], right: Sequence[TextPoint], links: Iterable[Mapping[str, Any]]
) -> list[PointLink]:
    """The links between two texts, in either direction. A point that both texts contain has none: it is aligned with itself."""
    former, later = ({point.slug: place for place, point in enumerate(points)} for points in (left, right))
    common = former.keys() & later.keys()
    found: list[PointLink] = []
    for link in links:
        origin, target = link["origin"], link["target"]
        if origin in common or target in common:
            continue
        if target in former and origin in later:
            found.append(PointLink(former[target], later[origin], link["kind"], link["note"], True))
        elif origin in former and target in later:
            found.append(PointLink(former[origin], later[target], link["kind"], link["note"], False))
    return found


def has_shared_numbers(
    left: Sequence[TextPoint], right: Sequence[TextPoint], links: Iterable[PointLink], *, is_one_proposal: bool
) -> bool:
    """Whether the links confirm that equal numbers in the two texts are the same points.

    No link connects different numbers. The texts are accounts of one proposal, or the links connect at least half of the
    numbers that both texts have."""
    pairs = {(left[link.left].place, right[link.right].place) for link in links if link.kind in ALIGNING | REMOVING}
    numbered = {(one, other) for one, other in pairs if one is not None and other is not None}
    if any(one != other for one, other in numbered):
        return False
    common = {point.place for point in left} & {point.place for point in right} - {None}
    return is_one_proposal or 2 * len(numbered) >= len(common) > 0


class Alignment:
    """Aligns the points of two texts, step by step; each step considers the points that the former steps left over."""

    def __init__(
        self,
        left: Sequence[TextPoint],
        right: Sequence[TextPoint],
        links: Sequence[PointLink],
        *,
        shares_numbers: bool,
        compares_words: bool,
    ) -> None:
        self._left, self._right = left, right
        self.groups: list[Group] = []
        self._used_left: set[int] = set()
        self._used_right: set[int] = set()
        self._by_record()
        self._by_link(links)
        if shares_numbers:
            self._by_number()
        if compares_words:
            self._by_words()
        self.groups += [Group([place], []) for place in self._open_left()]
        self.groups.sort(key=lambda group: (min(group.left), group.right))
        self.groups += [Group([], [place]) for place in self._open_right()]

    def _open_left(self) -> list[int]:
        return [place for place in range(len(self._left)) if place not in self._used_left]

    def _open_right(self) -> list[int]:
        return [place for place in range(len(self._right)) if place not in self._used_right]

    def _add(self, group: Group) -> None:
        self.groups.append(group)
        self._used_left |= set(group.left)
        self._used_right |= set(group.right)

    def _by_record(self) -> None:
        places = {point.slug: place for place, point in enumerate(self._right)}
        for place, point in enumerate(self._left):
            if point.slug in places:
                self._add(Group([place], [places[point.slug]], Basis.RECORD))

    def _by_link(self, links: Sequence[PointLink]) -> None:
        """Pairs of points that exclude each other or of which one strikes out the other, and groups of points that links
        connect."""
        pairs: dict[tuple[int, int], list[PointLink]] = {}
        for link in links:
            if link.kind in ALIGNING | REMOVING | OPPOSING:
                pairs.setdefault((link.left, link.right), []).append(link)
        special = {pair: found for pair, found in pairs.items() if any(link.kind not in ALIGNING for link in found)}
        for (left, right), found in special.items():
            self._add(Group([left], [right], Basis.LINK, found))
        for group in _connected({pair: found for pair, found in pairs.items() if pair not in special}):
            self._add(group)

    def _by_number(self) -> None:
        former, later = _by_place(self._left, self._open_left()), _by_place(self._right, self._open_right())
        for number in former.keys() & later.keys():
            if min(len(former[number]), len(later[number])) == 1:
                self._add(Group(former[number], later[number], Basis.NUMBER))

    def _by_words(self) -> None:
        left, right = self._open_left(), self._open_right()
        codes = WordCodes()
        former = [codes.encode(self._left[place].words.forms) for place in left]
        later = [codes.encode(self._right[place].words.forms) for place in right]
        for row, column in _monotone(former, later):
            self._add(Group([left[row]], [right[column]], Basis.WORDS))


def _by_place(points: Sequence[TextPoint], places: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place in places:
        if (number := points[place].place) is not None:
            found.setdefault(number, []).append(place)
    return found


def _connected(pairs: Mapping[tuple[int, int], list[PointLink]]) -> list[Group]:
    """The groups of points that links connect."""
    of_left: dict[int, list[int]] = {}
    of_right: dict[int, list[int]] = {}
    for left, right in pairs:
        of_left.setdefault(left, []).append(right)
        of_right.setdefault(right, []).append(left)
    found: list[Group] = []
    seen: set[int] = set()
    for start in of_left:
        if start in seen:
            continue
        lefts, rights, todo = {start}, set(of_left[start]), list(of_left[start])
        while todo:
            for left in of_right[todo.pop()]:
                if left not in lefts:
                    lefts.add(left)
                    todo += [right for right in of_left[left] if right not in rights]
                    rights |= set(of_left[left])
        seen |= lefts
        links = [link for left in sorted(lefts) for right in sorted(of_left[left]) for link in pairs[left, right]]
        found.append(Group(sorted(lefts), sorted(rights), Basis.LINK, links))
    return found


def _monotone(former: Sequence[str], later: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs in the order of both texts whose similarities, each at least `LIKELY`, have the greatest sum; if several
    assignments have this sum, one of them."""
    scores = [
        {place: score for _, score, place in process.extract(one, later, scorer=Indel.normalized_similarity, processor=None,
                                                             score_cutoff=LIKELY - _ROUNDING, limit=None)}
        if one else {}
        for one in former
    ]  # fmt: skip
    best = [[0.0] * (len(later) + 1) for _ in range(len(former) + 1)]
    for row in range(len(former) - 1, -1, -1):
        below, here, found = best[row + 1], best[row], scores[row]
        for column in range(len(later) - 1, -1, -1):
            value = max(below[column], here[column + 1])
            if column in found:
                value = max(value, below[column + 1] + found[column])
            here[column] = value
    pairs: list[tuple[int, int]] = []
    row = column = 0
    while row < len(former) and column < len(later):
        if column in scores[row] and best[row][column] == best[row + 1][column + 1] + scores[row][column]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            row += 1
    return pairs


def moved_pairs(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """The pairs outside the largest set of pairs that are in the same order in both texts. Of several such sets, the one with
    the earliest points of the left text is used."""
    ordered = sorted(pairs)
    longest = [1] * len(ordered)
    for here in range(len(ordered) - 1, -1, -1):
        following = [longest[other] for other in range(here + 1, len(ordered)) if ordered[other][1] > ordered[here][1]]
        longest[here] = 1 + max(following, default=0)
    in_order: set[tuple[int, int]] = set()
    left, last = max(longest, default=0), -1
    for pair, length in zip(ordered, longest, strict=True):
        if length == left and pair[1] > last:
            in_order.add(pair)
            left, last = left - 1, pair[1]
    return set(ordered) - in_order
