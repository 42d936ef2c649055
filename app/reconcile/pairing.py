"""Finds pairs of records that merit a comparison: those that share a blocking key.

10,000 parties have 50 million pairs, too many to compare. Instead, keys are derived from each name, PostgreSQL groups
the records by key, and all pairs within a group are compared. The keys are phonetic: they consist of consonants only,
and similar consonants count as equal, so that Umerov, Umierov and Umyerow have the same key. A key that too many
records share, such as "government" or "front", is ignored (`RARE`, `LARGEST`), unless it is a whole name or an
identifier.

Names in other scripts are transliterated in Python, by the rules for slugs, and passed to the statement.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.reading.reader import Reader
from app.reconcile.names import PreparedNames, names_of
from app.reconcile.pairing_statements import (
    NAME_STATEMENTS,
    NEWEST_STATEMENT,
    PAIR_STATEMENTS,
    TOGETHER_STATEMENTS,
)

#: Timeout in seconds of the statement that reads all names in a collection. It runs at most once per revision.
SECONDS = 120


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """The records of a collection, oldest first, and the pairs that share a key.

    A pair consists of two indexes into `ids` and `names`, the older record first, and a flag. The flag is true if the
    key is sure, so that the pair is compared even if the names differ."""

    ids: list[str]
    names: list[PreparedNames]
    pairs: list[tuple[int, int, bool]]


async def find_pairs(reader: Reader, collection: str) -> CandidatePairs:
    """Find the pairs of a collection that share a key."""
    statement = PAIR_STATEMENTS[collection]
    async with (
        reader.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
        # Grouping by hash on disk would take three times as long; JIT compilation takes longer than the statement itself.
        await connection.execute("SET LOCAL work_mem = '64MB'")
        await connection.execute("SET LOCAL jit = off")
        records = await connection.fetch(NAME_STATEMENTS[collection], timeout=SECONDS)
        ids = [row["id"] for row in records]
        names = await asyncio.to_thread(lambda: [names_of(row["names"]) for row in records])
        foreign = [
            (identifier, text)
            for identifier, known in zip(ids, names, strict=True)
            for folded, text in zip(known.folded, known.latin, strict=True)
            if not folded.isascii()
        ]
        latinized = [one for one, _ in foreign], [text for _, text in foreign]
        # The default timeout of the pool is meant for statements that read a page.
        rows = await connection.fetch(statement, *latinized, timeout=SECONDS + 5)
    return CandidatePairs(ids, names, [(row["one"] - 1, row["other"] - 1, row["is_sure"]) for row in rows])


async def find_together(
    reader: Reader, collection: str, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """For each pair of ids, return the slug of a talk in which both records took part, if there is one."""
    if collection not in TOGETHER_STATEMENTS or not pairs:
        return {}
    async with reader.connection() as connection:
        rows = await connection.fetch(
            TOGETHER_STATEMENTS[collection], [one for one, _ in pairs], [other for _, other in pairs]
        )
    return {(row["l"], row["r"]): row["slug"] for row in rows if row["slug"] is not None}


async def newest(reader: Reader, since: int, collections: Sequence[str]) -> tuple[int, bool]:
    """Return the newest revision, and whether a revision after `since` touched a record in these collections."""
    async with reader.connection() as connection:
        row = await connection.fetchrow(NEWEST_STATEMENT, since, list(collections))
    return row["revision"], row["is_touched"]
