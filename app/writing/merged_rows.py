"""The rows of two records that are merged: combine rows that stand for the same fact, and move the others.

In SQL, `gone` are the rows of the duplicate, and `own` those of the remaining record.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select, text

from app.db.columns import is_generated
from app.db.pointers import Pointer
from app.db.tables import models_by_table
from app.writing.batch import Batch, Values


def columns_of(names: Iterable[str], of: str, sep: str = ", ") -> str:
    """A list of columns, for SQL."""
    return sep.join(f'{of}."{name}"' for name in names)


async def combine_rows(batch: Batch, pointer: Pointer, duplicate: Values, target: Values) -> set[UUID]:
    """Combine rows of the two records that together would violate a unique constraint (two seats in one delegation).

    The row of the remaining record stays, and its empty columns are filled from the duplicate's row. Rows that are
    unique by `key` are combined only if their contents agree (`__same_if__`); otherwise the duplicate's row gets a new key.
    Returns the ids of the records in which a row without a key got one.
    """
    ids = {"duplicate": duplicate["id"], "target": target["id"]}
    named: set[UUID] = set()
    for others in pointer.alike:
        table = f'"{pointer.table.name}"'
        met = " AND ".join(_equal(pointer.table, name) for name in others)
        here = f'gone."{pointer.column}" = :duplicate AND own."{pointer.column}" = :target'
        if not pointer.is_of_records:
            columns = _content_columns(pointer, others)
            agree = ""
            if "key" in others:
                agree = _agree_clause(pointer.table, columns)
                await _move_inner_rows(batch, pointer.table, f"{here} AND {met}{agree}", ids)
                agree += _empty_clause(pointer.table)
            removed = f"DELETE FROM {table} AS gone USING {table} AS own WHERE {here} AND {met}{agree}"  # noqa: S608
            if assignments := _fill_clause(pointer.table, columns):
                removed = (
                    f"WITH gone AS ({removed} RETURNING gone.*) UPDATE {table} AS own SET {assignments} FROM gone"  # noqa: S608
                    f' WHERE own."{pointer.column}" = :target AND {met}'
                )
            await batch.connection.execute(text(removed), ids)
        if "key" in others:
            model = models_by_table()[pointer.table.name]
            other_key = (
                f"UPDATE {table} AS gone SET key = coalesce(gone.key || :ending, :slug) FROM {table} AS own"  # noqa: S608
                f' WHERE {here} AND {met} RETURNING gone."{model.__inside__ or "id"}", gone.key'
            )
            slug = duplicate["slug"]
            changed = await batch.connection.execute(text(other_key), {**ids, "ending": f"-{slug}", "slug": slug})
            named |= {owner for owner, key in changed if key == slug}
    return named


def _agree_clause(table: Table, columns: list[str]) -> str:
    """The condition that the contents of the two rows agree. The columns in `__same_if__` are compared as a whole, because
    two dates of different rows would make a wrong period."""
    if not (whole := models_by_table()[table.name].__same_if__):
        return "".join(f' AND (gone."{name}" = own."{name}") IS NOT FALSE' for name in columns)
    gone, own = columns_of(whole, "gone"), columns_of(whole, "own")
    return f" AND (0 IN (num_nonnulls({gone}), num_nonnulls({own})) OR ROW({gone}) IS NOT DISTINCT FROM ROW({own}))"


def _inner_keys(table: Table) -> list[tuple[str, str, str]]:
    """The tables whose rows belong to rows of this table, with the two columns of the reference."""
    return [
        (other.name, key.elements[0].parent.name, key.elements[0].column.name)
        for other in table.metadata.sorted_tables
        for key in other.foreign_key_constraints
        if key.referred_table is table and key.elements[0].column.name == "id"
    ]


async def _move_inner_rows(batch: Batch, table: Table, condition: str, ids: Values) -> None:
    """Move the rows inside rows that will be combined, if the remaining row has none."""
    for name, column, own in _inner_keys(table):
        moved = f"""
            UPDATE "{name}" AS below SET "{column}" = own."{own}" FROM "{table.name}" AS gone, "{table.name}" AS own
            WHERE below."{column}" = gone."{own}" AND {condition}
            AND NOT EXISTS (SELECT FROM "{name}" AS other WHERE other."{column}" = own."{own}")
        """  # noqa: S608 - names from the models
        await batch.connection.execute(text(moved), ids)


def _empty_clause(table: Table) -> str:
    """The condition that the duplicate's row contains no rows of other tables, which would lose their owner."""
    return "".join(
        f' AND NOT EXISTS (SELECT FROM "{name}" AS below WHERE below."{column}" = gone."{own}")'
        for name, column, own in _inner_keys(table)
    )


def _equal(table: Table, name: str) -> str:
    """The condition that the two rows have the same value; of nullable columns, also that both are null."""
    return f'gone."{name}" ' + ("IS NOT DISTINCT FROM" if table.c[name].nullable else "=") + f' own."{name}"'


def _content_columns(pointer: Pointer, others: tuple[str, ...]) -> list[str]:
    """The content columns of a row: all but its keys, the unique columns and the position."""
    keys = {*pointer.table.primary_key.columns.keys(), *others, pointer.column, "position"}
    return [column.name for column in pointer.table.columns if column.name not in keys and not is_generated(column)]


def _fill_clause(table: Table, columns: list[str]) -> str:
    """The SET clause that completes a row from its duplicate: it fills empty columns, and copies a role that exists
    only once (the head).
    """
    only: dict[str, Any] = dict(index.info["only"] for index in table.indexes if "only" in index.info)
    assignments = []
    for name in columns:
        if name in only and isinstance(only[name], str):
            # The term comes from the declaration of the index, never from a request.
            assignments.append(f"\"{name}\" = CASE gone.\"{name}\" WHEN '{only[name]}' THEN gone.\"{name}\""
                          f' ELSE coalesce(own."{name}", gone."{name}") END')  # fmt: skip
        elif table.c[name].nullable:
            assignments.append(f'"{name}" = coalesce(own."{name}", gone."{name}")')
    return ", ".join(assignments)


async def move_rows(batch: Batch, pointer: Pointer, duplicate: UUID, target: UUID) -> None:
    table, ids = pointer.table, {"duplicate": duplicate, "target": target}
    placed = ""
    if pointer.is_inside and "position" in table.c:
        # Append the moved rows to the existing list.
        last = select(func.coalesce(func.max(table.c.position), 0)).where(table.c[pointer.column] == target)
        placed = ", position = position + :after"
        ids["after"] = (await batch.connection.execute(last)).scalar_one()
    moved = f'UPDATE "{table.name}" SET "{pointer.column}" = :target{placed} WHERE "{pointer.column}" = :duplicate'  # noqa: S608
    await batch.connection.execute(text(moved), ids)
