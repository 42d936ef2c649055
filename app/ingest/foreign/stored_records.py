"""Reads the stored records that a file may change."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from app.writing.batch import Batch
from app.writing.plan import plan_of
from app.writing.stored_bodies import bodies_of


class StoredRecord(NamedTuple):
    """A stored record. `withdrawn` is the reason for the withdrawal; None = the record is in use."""

    body: dict[str, Any]
    version: int
    withdrawn: str | None


async def read_stored(batch: Batch, records: Iterable[tuple[str, UUID]]) -> dict[UUID, StoredRecord]:
    """Read stored records by (collection, id). Records that do not exist are missing from the result."""
    by_collection: dict[str, list[UUID]] = {}
    for collection, known in records:
        by_collection.setdefault(collection, []).append(known)
    read: dict[UUID, StoredRecord] = {}
    for collection, ids in by_collection.items():
        kind = batch.kinds[collection]
        rows = {row["id"]: row for row in await batch.select(plan_of(kind.model, kind.schema).table, "id", ids)}
        present = [known for known in ids if known in rows]
        bodies = await bodies_of(batch.select, batch.kinds, kind, present)
        for known, body in zip(present, bodies, strict=True):
            row = rows[known]
            reason = row["withdrawn_reason"] if row["withdrawn_at"] is not None else None
            read[known] = StoredRecord(body, row["row_version"], reason)
    return read
