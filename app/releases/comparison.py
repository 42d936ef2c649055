"""Compares two revisions: which records were added, withdrawn, merged or changed, and which values changed.

Only records that were written between the two revisions are compared. Both states of a record are compared as bodies
that `PUT` accepts, so values that belong to other records (the name of a party, the state of a demand) do not appear.
A change that was reverted in between does not appear either, and a reference to a record that was only renamed is
treated as unchanged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.reading.as_of import Snapshot
from app.reading.snapshots import snapshot
from app.releases.statements import Connection, fetch_counts, fetch_merge_targets, fetch_renames, fetch_touched
from app.resources.differences import NAMING_IN_BODIES, differences
from app.writing.batch import select_rows
from app.writing.constraint_errors import translated
from app.writing.mentions import node_of, rewritten
from app.writing.plan import plan_of
from app.writing.stored_bodies import bodies_of, normalized_body
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer

#: The smallest id. A page after this id starts with the first record.
START = UUID(int=0)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """A page of changed records, ordered by id. `next` is the last record that was compared, or None on the last page."""

    changes: list[dict[str, Any]]
    next: UUID | None


class Comparison:
    """Comparison of an older revision with a newer one."""

    def __init__(self, writer: Writer, older: Snapshot, newer: Snapshot, collections: Sequence[str] | None) -> None:
        self._writer = writer
        self._older, self._newer = older, newer
        self._collections = list(collections) if collections else None
        self._renames: dict[tuple[str, str], str] | None = None

    async def counts(self) -> dict[str, dict[str, int]]:
        """Counts by collection: `added`, `withdrawn`, `merged`, and `touched` (written in between, even if the two
        states are equal).
        """
        names = [name for name in self._writer.kinds if self._collections is None or name in self._collections]
        with translated():
            async with snapshot(self._writer.engine) as connection:
                return await fetch_counts(connection, self._older.revision, self._newer.revision, names)

    async def page(self, after: UUID, limit: int) -> ComparisonPage:
        """Compare the next `limit` records that were written between the two revisions."""
        with translated():
            async with (
                snapshot(self._writer.engine, self._older) as then,
                snapshot(self._writer.engine, self._newer) as now,
            ):
                bounds = (self._older.revision, self._newer.revision)
                if self._renames is None:
                    self._renames = await fetch_renames(now, *bounds)
                touched = await fetch_touched(now, *bounds, after, self._collections, limit)
                found: dict[UUID, dict[str, Any]] = {}
                for name in dict.fromkeys(row["collection"] for row in touched):
                    rows = {row["record_id"]: row["is_merged"] for row in touched if row["collection"] == name}
                    found |= await self._compare(self._writer.kinds[name], rows, then, now)
        changes = [found[row["record_id"]] for row in touched if row["record_id"] in found]
        return ComparisonPage(changes, touched[-1]["record_id"] if len(touched) == limit else None)

    async def _compare(
        self, kind: WriteSpec, touched: Mapping[UUID, bool], then: Connection, now: Connection
    ) -> dict[UUID, dict[str, Any]]:
        """The differences between the two states of records of one collection, by id. Equal records are left out."""
        table = plan_of(kind.model, kind.schema).table
        was = {row["id"]: row for row in await select_rows(then, table, "id", touched)}
        becomes = {row["id"]: row for row in await select_rows(now, table, "id", touched)}
        both = [key for key in touched if _is_live(was.get(key)) and _is_live(becomes.get(key))]
        added = [key for key in touched if not _is_live(was.get(key)) and _is_live(becomes.get(key))]
        gone = [key for key in touched if _is_live(was.get(key)) and not _is_live(becomes.get(key))]
        before = await self._bodies(then, kind, both)
        after = await self._bodies(now, kind, [*both, *added])
        merged = {key: becomes.get(key, was[key])["slug"] for key in gone if touched[key]}
        into = await fetch_merge_targets(now, kind.collection, merged) if merged else {}
        found = {}
        for key in both:
            changes = [
                one.to_dict()
                for one in differences(self._renamed(kind, before[key]), after[key], naming=NAMING_IN_BODIES)
            ]
            if changes:
                found[key] = _record_change(kind, "changed", becomes[key], was[key], changes=changes)
        for key in added:
            found[key] = _record_change(kind, "added", becomes[key], None, record=after[key])
        for key in gone:
            row = becomes.get(key, was[key])
            change = "merged" if key in into else "withdrawn"
            found[key] = _record_change(kind, change, row, was[key], into=into.get(key), reason=row["withdrawn_reason"])
        return found

    async def _bodies(self, connection: Connection, kind: WriteSpec, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        if not ids:
            return {}

        async def select(table: Any, column: str, wanted: Iterable[Any]) -> list[dict[str, Any]]:
            return await select_rows(connection, table, column, wanted)

        bodies = await bodies_of(select, self._writer.kinds, kind, ids)
        return dict(zip(ids, bodies, strict=True))

    def _renamed(self, kind: WriteSpec, body: Mapping[str, object]) -> Any:
        """The body in which each slug is replaced by the slug of the same record at the newer revision."""
        renames = self._renames
        if not renames:
            return body
        named = rewritten(node_of(kind.schema), body, lambda collection, key: renames.get((collection, key), key))
        # Unordered lists are sorted by slug, and some slugs have just been replaced.
        return normalized_body(plan_of(kind.model, kind.schema), named)


def _is_live(row: Row | None) -> bool:
    return row is not None and row["withdrawn_at"] is None


def _record_change(
    kind: WriteSpec,
    change: str,
    row: Row,
    was: Row | None,
    *,
    changes: Sequence[Mapping[str, object]] | None = None,
    record: Mapping[str, object] | None = None,
    into: str | None = None,
    reason: str | None = None,
) -> dict[str, object]:
    return {
        "change": change,
        "collection": kind.collection,
        "id": str(row["id"]),
        "slug": row["slug"],
        "former_slug": was["slug"] if was is not None and was["slug"] != row["slug"] else None,
        "changes": changes or [],
        "record": record,
        "into": into,
        "reason": reason,
    }
