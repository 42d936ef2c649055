"""Compare stored records with the records as a dry run would write them, before anything is written."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from sqlalchemy import Table

from app.db.base import Entry
from app.db.tables import table_of
from app.db.vocabulary import Action
from app.writing.batch import Batch, Draft, Values, grouped
from app.writing.row_changes import primary_key
from app.writing.stored_bodies import bodies_of

#: Maximum number of records of one write that are compared.
MOST_COMPARED = 1_000


async def compare_bodies(batch: Batch) -> None:
    """Set `bodies` of the drafts that change a stored record: the body as stored, and as it would be stored.

    Must be called before the changes are stored. Only the first `MOST_COMPARED` drafts are compared.
    """
    planned = _PlannedRows(batch)
    changing = [draft for draft in batch.drafts if draft.action in (Action.CHANGE, Action.RESTORE)][:MOST_COMPARED]
    by_collection: dict[str, list[Draft]] = {}
    for draft in changing:
        by_collection.setdefault(draft.kind.collection, []).append(draft)
    for drafts in by_collection.values():
        kind, ids = drafts[0].kind, [draft.id for draft in drafts]
        before = await bodies_of(batch.select, batch.kinds, kind, ids)
        after = await bodies_of(planned.select, batch.kinds, kind, ids)
        for draft, *bodies in zip(drafts, before, after, strict=True):
            draft.bodies = (bodies[0], bodies[1])


class _PlannedRows:
    """The rows of all tables as they will be after the write of a batch."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._records: dict[Table, dict[UUID, Values]] = {}
        entries = self._records.setdefault(table_of(Entry), {})
        for draft in batch.drafts:
            values = {**(draft.found or {}), **draft.values, "id": draft.id, "slug": draft.slug}
            self._records.setdefault(draft.plan.table, {})[draft.id] = values
            entries[draft.id] = {"id": draft.id, "collection": draft.kind.collection, "slug": draft.slug}
        self._inserted: dict[tuple[Table, str], dict[object, list[Values]]] = {}

    async def select(self, table: Table, column: str, wanted: Iterable[object]) -> list[Values]:
        """The rows of `table` whose `column` is among `wanted`, as `Batch.select` returns the stored ones."""
        wanted = set(wanted)
        key = partial(_key, table)
        changes = self._batch.changes_of(table)
        written = {key(row): row for row in (*self._records.get(table, {}).values(), *changes.updates)}
        gone = {key(row) for row in changes.deletes}
        rows = {key(row): row for row in await self._batch.select(table, column, wanted)}
        rows |= {place: row for place, row in written.items() if place in rows or row.get(column) in wanted}
        return [
            *(row for place, row in rows.items() if place not in gone),
            *(row for value in wanted for row in self._inserts(table, column).get(value, ())),
        ]

    def _inserts(self, table: Table, column: str) -> dict[object, list[Values]]:
        found = self._inserted.get((table, column))
        if found is None:
            found = self._inserted[table, column] = grouped(self._batch.changes_of(table).inserts, column)
        return found


def _key(table: Table, row: Values) -> tuple[object, ...]:
    return tuple(primary_key(table, row).values())
