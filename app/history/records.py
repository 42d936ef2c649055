"""The history of one record: the revisions that touched it, each with what it changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.history.differences import Difference, differences
from app.reading.past import Moment
from app.reading.query import DetailQuery
from app.reading.reader import Reader

#: They move with each change and tell nothing of it.
_ALWAYS = ("row_version", "updated_at")

# A citation is a record of its own and stands in the record that it speaks of: its revisions are of both. Of the past
# and of the present, since one that was erased by hand was there once.
_TOUCHING = """
WITH touching AS (
  SELECT revision, max(action) FILTER (WHERE record_id = $1) AS action, max(slug) FILTER (WHERE record_id = $1) AS slug
  FROM revision_change
  WHERE record_id = $1 OR record_id IN (
    SELECT id FROM public.citation WHERE target_id = $1 UNION ALL SELECT id FROM history.citation WHERE target_id = $1
  )
  GROUP BY revision
)
SELECT head.revision AS head, head.at AS head_at, number, revision.at, editor, message,
  coalesce(touching.action, 'change') AS action, slug
FROM head LEFT JOIN (touching JOIN revision ON number = touching.revision) ON $2::bigint IS NULL OR number < $2
ORDER BY number DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Touch:
    """A revision that touched the record. `slug`: the record's then, where the revision noted it."""

    row: asyncpg.Record
    changes: list[Difference]


@dataclass(frozen=True, slots=True)
class History:
    """Some revisions of a record, newest first, and the head that the answer saw."""

    touches: list[Touch]
    head: asyncpg.Record
    is_whole: bool


async def fetch_history(
    reader: Reader, name: str, record: UUID, query: DetailQuery, before: int | None, limit: int
) -> History:
    """The newest `limit` revisions before a number that touched a record of this collection."""
    async with reader.connection() as connection:
        rows = await connection.fetch(_TOUCHING, record, before, limit + 1)
    found = [row for row in rows if row["number"] is not None]
    touches = [Touch(row, await _changes(reader, name, record, query, row)) for row in found[:limit]]
    return History(touches, rows[0], len(found) <= limit)


async def _changes(
    reader: Reader, name: str, record: UUID, query: DetailQuery, row: asyncpg.Record
) -> list[Difference]:
    # Both states are told for one day: what only time changes is no change of this revision.
    was = await _state(reader.then(Moment(row["number"] - 1, row["at"], True)), name, record, query)
    becomes = await _state(reader.then(Moment(row["number"], row["at"], True)), name, record, query)
    if was is None and becomes is None:
        return []
    if was is None or becomes is None:
        return [Difference("add" if was is None else "remove", (), was, becomes)]
    return list(differences(was, becomes))


async def _state(reader: Reader, name: str, record: UUID, query: DetailQuery) -> Mapping[str, Any] | None:
    row = await reader.record(name, str(record), query)
    if row["body"] is None:
        return None
    state: dict[str, Any] = json.loads(row["body"])
    at = row["withdrawn_at"]
    state |= {"withdrawn_at": at and at.isoformat(), "withdrawn_reason": row["withdrawn_reason"]}
    return {name: value for name, value in state.items() if name not in _ALWAYS}
