"""Execute the changes of a batch: for each table one DELETE, UPDATE and INSERT of many rows.

The database assigns the revision number and stores superseded versions (`app.db.history`). The writer passes the editor
and the message to the database, and reads at the end whether a revision was made, that is, whether anything changed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateTable, Index

from app.db.base import Entry
from app.db.columns import is_generated
from app.db.history import Head
from app.db.references import SlugAlias
from app.db.tables import table_of
from app.db.vocabulary import Action
from app.writing.batch import Batch, RowChanges, Values
from app.writing.copying import COPY_THRESHOLD, copy

_SET_CONTEXT = text(
    "SELECT set_config('parley.editor', :editor, true), set_config('parley.message', :message, true),"
    " set_config('parley.key', :key, true)"
)
_BEGIN = text("SELECT revision, at FROM history.begin()")


async def begin(
    connection: AsyncConnection, *, editor: str, message: str | None, key_id: UUID | None
) -> tuple[int, datetime]:
    """Pass the editor and the message to the database, and wait for the write lock.

    Returns the revision number and the timestamp of this write.
    """
    await connection.execute(_SET_CONTEXT, {"editor": editor, "message": message or "", "key": str(key_id or "")})
    row = (await connection.execute(_BEGIN)).one()
    return row.revision, row.at


async def store(batch: Batch) -> None:
    """Write all rows of the batch. Constraints are deferred, so the tables may be written in any order."""
    await _rename(batch)
    new = [draft for draft in batch.drafts if draft.action is Action.CREATE]
    await _insert(batch, table_of(Entry), [{"id": d.id, "collection": d.kind.collection, "slug": d.slug} for d in new])
    for draft in new:
        batch.changes_of(draft.plan.table).inserts.append({**draft.values, "id": draft.id, "slug": draft.slug})
    for draft in batch.drafts:
        if draft.action not in (None, Action.CREATE):
            assert draft.found is not None
            values = {**draft.found, **draft.values, "slug": draft.slug}
            batch.changes_of(draft.plan.table).updates.append(values)
    for table, changes in batch.changes.items():
        await _write(batch, table, changes)


async def _rename(batch: Batch) -> None:
    """Rename records: change the slug of the entry, and make the old slug an alias. The foreign key updates the
    record's slug.
    """
    entries, aliases = table_of(Entry), table_of(SlugAlias)
    for draft, old in batch.renamed:
        collection = draft.kind.collection
        await batch.connection.execute(
            delete(aliases).where(aliases.c.collection == collection, aliases.c.slug == draft.slug)
        )
        await batch.connection.execute(update(entries).where(entries.c.id == draft.id).values(slug=draft.slug))
        alias = insert_or_update(aliases).values(collection=collection, slug=old, record_id=draft.id)
        await batch.connection.execute(
            alias.on_conflict_do_update(index_elements=["collection", "slug"], set_={"record_id": draft.id})
        )


async def _write(batch: Batch, table: Table, changes: RowChanges) -> None:
    if changes.deletes:
        rule = [table.c[name] == bindparam(f"key_{name}") for name in changes.deletes[0]]
        rows = [{f"key_{name}": value for name, value in row.items()} for row in changes.deletes]
        await batch.connection.execute(delete(table).where(*rule), rows)
    # A value that may occur only once (the head, the reference account) is released by one row before another row gets it.
    for rows in _in_order(table, changes.updates):
        await _update(batch, table, rows)
    await _insert(batch, table, changes.inserts)


def _in_order(table: Table, rows: list[Values]) -> list[list[Values]]:
    takes: list[tuple[str, Any]] = [index.info["only"] for index in _indexes(table) if "only" in index.info]
    taking = [row for row in rows if any(row[column] == value for column, value in takes)]
    giving = [row for row in rows if not any(row is other for other in taking)] if taking else rows
    return [part for part in (giving, taking) if part]


def _indexes(table: Table) -> Iterable[Index]:
    return table.indexes


async def _update(batch: Batch, table: Table, rows: list[Values]) -> None:
    keys = [column.name for column in table.primary_key.columns]
    # The slug of a record is updated by its foreign key (ON UPDATE CASCADE) from the entry's slug.
    others = [c.name for c in table.columns if c.name not in keys and not is_generated(c) and c.name != "slug"]
    if "entry" not in {key.referred_table.name for key in table.foreign_key_constraints} and "slug" in table.c:
        others.append("slug")
    if not others:
        return
    if len(rows) >= COPY_THRESHOLD:
        await _update_many(batch, table, keys, others, rows)
        return
    statement = (
        update(table)
        .where(*(table.c[name] == bindparam(f"key_{name}") for name in keys))
        .values({name: bindparam(f"new_{name}") for name in others})
    )
    await batch.connection.execute(
        statement,
        [
            {**{f"key_{name}": row[name] for name in keys}, **{f"new_{name}": row[name] for name in others}}
            for row in rows
        ],
    )


async def _update_many(batch: Batch, table: Table, keys: list[str], others: list[str], rows: list[Values]) -> None:
    """Update many rows with one statement, from a temporary table that is filled with COPY."""
    names = (*keys, *others)
    # The temporary table has only the columns, without the constraints of the table.
    staging = Table(
        f"parley_aside_{table.name}",
        MetaData(),
        *(Column(name, table.c[name].type) for name in names),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DELETE ROWS",
    )
    await batch.connection.execute(CreateTable(staging, if_not_exists=True))
    # PostgreSQL resolves an unqualified name to a temporary table first.
    await copy(batch.connection, table, [{name: row[name] for name in names} for row in rows], into=staging.name)
    statement = update(table).where(*(table.c[name] == staging.c[name] for name in keys))
    await batch.connection.execute(statement.values({name: staging.c[name] for name in others}))
    await batch.connection.execute(delete(staging))


async def _insert(batch: Batch, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows, with one statement for all rows that have the same columns; the database fills the other columns."""
    groups: dict[tuple[str, ...], list[Values]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    for group in groups.values():
        if len(group) < COPY_THRESHOLD:
            await batch.connection.execute(insert(table), group)
        else:
            await copy(batch.connection, table, group)


async def revision_of(batch: Batch) -> int | None:
    """The revision that the database made for the write; None if nothing changed."""
    found = await batch.connection.execute(select(Head.revision).where(Head.revision == batch.revision))
    return found.scalar_one_or_none()


CHECK_NOW = text("SET CONSTRAINTS ALL IMMEDIATE")
CHECK_LATER = text("SET CONSTRAINTS ALL DEFERRED")
