"""The history of one record: the revisions that touched the record, each with the changed fields."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.types import instant
from app.history.statements import fetch_touching
from app.reading.as_of import Snapshot
from app.reading.date_bounds import without_days
from app.reading.query import DetailQuery
from app.reading.reader import Reader
from app.reading.single_records import fetch_record
from app.resources.differences import Difference, differences

#: Fields that change with every write. They are left out of the differences.
_ALWAYS = ("row_version", "updated_at")


@dataclass(frozen=True, slots=True)
class Touch:
    """A revision that touched the record, with the differences between the record before and after it."""

    row: Mapping[str, Any]
    changes: list[Difference]


@dataclass(frozen=True, slots=True)
class History:
    """A page of revisions of a record, newest first, and the head at the time of the read. `is_whole` is true if no
    older revisions follow.
    """

    touches: list[Touch]
    head: Mapping[str, Any]
    is_whole: bool


async def fetch_history(
    reader: Reader, name: str, record: UUID, query: DetailQuery, before: int | None, limit: int
) -> History:
    """The newest `limit` revisions that touched the record and have numbers below `before`."""
    rows = await fetch_touching(reader, record, before, limit + 1)
    found = [row for row in rows if row["number"] is not None]
    touches = [Touch(row, await _changes(reader, name, record, query, row)) for row in found[:limit]]
    return History(touches, rows[0], len(found) <= limit)


async def _changes(
    reader: Reader, name: str, record: UUID, query: DetailQuery, row: Mapping[str, Any]
) -> list[Difference]:
    # Read both states for the same day, because a value that changes only as time passes was not changed by this
    # revision.
    was = await _state(reader.at_snapshot(Snapshot(row["number"] - 1, row["at"], True)), name, record, query)
    becomes = await _state(reader.at_snapshot(Snapshot(row["number"], row["at"], True)), name, record, query)
    if was is None and becomes is None:
        return []
    if was is None or becomes is None:
        return [Difference("add" if was is None else "remove", (), was, becomes)]
    schema = reader.collections[name].detail
    return list(differences(without_days(schema, was), without_days(schema, becomes)))


async def _state(reader: Reader, name: str, record: UUID, query: DetailQuery) -> Mapping[str, object] | None:
    row = await fetch_record(reader, name, str(record), query)
    if row["body"] is None:
        return None
    state: dict[str, Any] = json.loads(row["body"])
    at = row["withdrawn_at"]
    state |= {"withdrawn_at": at and instant(at), "withdrawn_reason": row["withdrawn_reason"]}
    return {name: value for name, value in state.items() if name not in _ALWAYS}
