"""Pairs of records that may be one, the likeliest first: found, compared, and remembered until something changes.

To find them all names of a collection are read and every pair that shares a key is compared: seconds for 10,000 records. What
was found is kept in the memory of the process, pair by pair without its reasons, until a revision touches what it was made
of. The reasons of a page are worked out again when it is asked for.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from app.reading.reader import Reader
from app.reconcile.comparing import LEAST, Alike, Reason, alike, compare, may_be_alike
from app.reconcile.entities import Entity
from app.reconcile.pairing import PAIRINGS, Paired, find_pairs, find_together, names_of, newest
from app.reconcile.statements import facts_of

T = TypeVar("T")
#: The collections of which duplicates are looked for.
RESOURCES = tuple(PAIRINGS)
#: What their records are compared by stands in records of these.
_TOUCHED_BY = {
    "people": ("delegations", "parties"),
    "parties": ("delegations",),
    "agreements": ("processes", "parties"),
}
#: Names less alike make no pair without an identifier or an address that both have.
NAMES_AT_LEAST = 75.0
#: Records of which the facts are read at once, so that no statement takes long.
_AT_ONCE = 2_000


class Candidate(NamedTuple):
    """Two records that may be one, by their ids, the older first."""

    score: float
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate with what there is to be shown of it."""

    collection: str
    score: float
    left: Entity
    right: Entity
    #: Ids.
    left_id: str
    right_id: str
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class _Found:
    revision: int
    candidates: list[Candidate]


class Duplicates:
    """The candidates of a ledger, as one process knows them."""

    def __init__(self) -> None:
        self._found: dict[str, _Found] = {}
        # Whoever asks meanwhile waits for what is being found.
        self._finding = asyncio.Lock()

    async def candidates(self, reader: Reader, collection: str) -> list[Candidate]:
        """All pairs of a collection that score `LEAST` or more, the likeliest first."""
        async with self._finding:
            found = self._found.get(collection)
            since = found.revision if found else 0
            revision, is_touched = await newest(reader, since, (collection, *_TOUCHED_BY.get(collection, ())))
            if found is None or revision < since or is_touched:
                # Found after the revision was read: what was written meanwhile is looked for again.
                found = _Found(revision, await _find(reader, collection))
            self._found[collection] = _Found(revision, found.candidates)
            return found.candidates


async def _find(reader: Reader, collection: str) -> list[Candidate]:
    paired = await find_pairs(reader, collection)
    near = await asyncio.to_thread(_near, paired)
    compared = await _compared(reader, collection, near)
    found = [Candidate(one.score, one.left_id, one.right_id) for one in compared if one.score >= LEAST]
    return sorted(found, key=lambda one: (-one.score, one.left, one.right))


def _near(paired: Paired) -> list[tuple[str, str, Alike]]:
    """The pairs that are worth reading all that is known of them, with how alike their names are."""
    ids, names = paired.ids, paired.names
    found = []
    for left, right, is_sure in paired.pairs:
        if not (is_sure or may_be_alike(names[left], names[right])):
            continue
        likeness = alike(names[left], names[right])
        if is_sure or likeness.score >= NAMES_AT_LEAST:
            found.append((ids[left], ids[right], likeness))
    return found


async def _compared(reader: Reader, collection: str, near: Sequence[tuple[str, str, Alike]]) -> list[Compared]:
    known: dict[str, Entity] = {}
    for ids in _batches(sorted({one for left, right, _ in near for one in (left, right)})):
        known |= await facts_of(reader, collection, ids)
    compared = []
    for some in _batches(near):
        together = await find_together(reader, collection, [(left, right) for left, right, _ in some])
        for left, right, names in some:
            # One that was withdrawn or merged a moment ago has no facts.
            if left in known and right in known:
                score, reasons = compare(known[left], known[right], together.get((left, right)), names)
                compared.append(Compared(collection, score, known[left], known[right], left, right, reasons))
        await asyncio.sleep(0)
    return compared


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


async def describe(reader: Reader, collection: str, candidates: Sequence[Candidate]) -> list[Compared]:
    """The candidates with their facts and reasons, those of records that are still there, in the same order."""
    known = await facts_of(reader, collection, sorted({one for pair in candidates for one in (pair.left, pair.right)}))
    names = {identifier: names_of(entity.names) for identifier, entity in known.items()}
    near = [
        (one.left, one.right, alike(names[one.left], names[one.right]))
        for one in candidates
        if one.left in names and one.right in names
    ]
    return await _compared(reader, collection, near)
