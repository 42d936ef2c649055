"""Finds possible duplicates in a collection and caches them per process.

The search reads all names in a collection, and compares all pairs of records that share a key. It takes seconds for
10,000 records. The candidates are cached without their reasons until a revision touches a collection on which they
depend. The reasons are computed for each requested page.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from app.reading.reader import Reader
from app.reconcile.comparing import LEAST, NameSimilarity, Reason, compare, compare_names, may_be_similar
from app.reconcile.entities import Entity
from app.reconcile.names import names_of
from app.reconcile.pairing import CandidatePairs, find_pairs, find_together, newest
from app.reconcile.statements import fetch_facts_of

T = TypeVar("T")
#: Other collections whose records contribute facts to the comparison.
_TOUCHED_BY = {
    "people": ("delegations", "parties"),
    "parties": ("delegations",),
    "agreements": ("processes", "parties"),
}
#: Minimum similarity of names for a candidate without a shared identifier or address.
NAMES_AT_LEAST = 75.0
#: Number of records whose facts one statement reads, so that no statement takes long.
_AT_ONCE = 2_000


class CandidatePair(NamedTuple):
    """The ids of two records that may be the same, the older record first."""

    score: float
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate with the facts of both records and the reasons for its score."""

    collection: str
    score: float
    left: Entity
    right: Entity
    #: Ids of the two records.
    left_id: str
    right_id: str
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class _CacheEntry:
    revision: int
    candidates: list[CandidatePair]


class Duplicates:
    """The candidates of all collections, cached in this process."""

    def __init__(self) -> None:
        self._found: dict[str, _CacheEntry] = {}
        # Concurrent requests wait for one computation instead of starting their own.
        self._lock = asyncio.Lock()

    async def candidates(self, reader: Reader, collection: str) -> list[CandidatePair]:
        """Return all pairs of a collection with a score of at least `LEAST`, most likely first."""
        async with self._lock:
            found = self._found.get(collection)
            since = found.revision if found else 0
            revision, is_touched = await newest(reader, since, (collection, *_TOUCHED_BY.get(collection, ())))
            if found is None or revision < since or is_touched:
                # The revision was read before the search, so that a write during the search makes the next call search
                # again.
                found = _CacheEntry(revision, await _find(reader, collection))
            self._found[collection] = _CacheEntry(revision, found.candidates)
            return found.candidates


async def _find(reader: Reader, collection: str) -> list[CandidatePair]:
    paired = await find_pairs(reader, collection)
    near = await asyncio.to_thread(_similar_pairs, paired)
    compared = await _compared(reader, collection, near)
    found = [CandidatePair(one.score, one.left_id, one.right_id) for one in compared if one.score >= LEAST]
    return sorted(found, key=lambda one: (-one.score, one.left, one.right))


def _similar_pairs(paired: CandidatePairs) -> list[tuple[str, str, NameSimilarity]]:
    """Return the pairs that merit a comparison of all facts, with the similarity of their names."""
    ids, names = paired.ids, paired.names
    found = []
    for left, right, is_sure in paired.pairs:
        if not (is_sure or may_be_similar(names[left], names[right])):
            continue
        likeness = compare_names(names[left], names[right])
        if is_sure or likeness.score >= NAMES_AT_LEAST:
            found.append((ids[left], ids[right], likeness))
    return found


async def _compared(reader: Reader, collection: str, near: Sequence[tuple[str, str, NameSimilarity]]) -> list[Compared]:
    known: dict[str, Entity] = {}
    for ids in _batches(sorted({one for left, right, _ in near for one in (left, right)})):
        known |= await fetch_facts_of(reader, collection, ids)
    compared = []
    for some in _batches(near):
        together = await find_together(reader, collection, [(left, right) for left, right, _ in some])
        for left, right, names in some:
            # A record that was withdrawn or merged in the meantime has no facts.
            if left in known and right in known:
                score, reasons = compare(known[left], known[right], together.get((left, right)), names)
                compared.append(Compared(collection, score, known[left], known[right], left, right, reasons))
        await asyncio.sleep(0)
    return compared


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


async def describe_pairs(reader: Reader, collection: str, candidates: Sequence[CandidatePair]) -> list[Compared]:
    """Return the candidates with their facts and reasons, in the same order. Candidates whose records no longer exist
    are left out."""
    known = await fetch_facts_of(
        reader, collection, sorted({one for pair in candidates for one in (pair.left, pair.right)})
    )
    names = {identifier: names_of(entity.names) for identifier, entity in known.items()}
    near = [
        (one.left, one.right, compare_names(names[one.left], names[one.right]))
        for one in candidates
        if one.left in names and one.right in names
    ]
    return await _compared(reader, collection, near)
