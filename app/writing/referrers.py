"""Find the records that refer to given records, with SQL generated from the foreign keys to their tables."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ARRAY, Table, TextClause, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.base import Record
from app.db.pointers import Pointer, every_pointer_at
from app.db.tables import metadata, models_by_table
from app.writing.intents import Holders


def referring(pointer: Pointer) -> TextClause | None:
    """Return a statement that selects pairs: a record of `:ids`, and a record in use that refers to it through this
    column.

    Records in `:going` are excluded, because they are withdrawn too. Returns None if the rows of the table are
    part of the record that they refer to. The SQL is built from table and column names of the models only.
    """
    inside = models_by_table()[pointer.table.name].__inside__
    if pointer.is_inside:
        return None
    name, column = pointer.table.name, pointer.column
    if pointer.is_of_records:
        holder, joined = "one", ""
    elif inside is not None and (owner := _owner_of(inside, name)) is not None:
        holder, joined = "owner", f'JOIN "{owner}" AS owner ON owner.id = one."{inside}"'
    else:
        return None
    return text(f"""
        SELECT DISTINCT one."{column}", {holder}.id FROM "{name}" AS one {joined}
        WHERE one."{column}" = ANY (:ids) AND {holder}.withdrawn_at IS NULL AND {holder}.id <> ALL (:going)
            AND {holder}.id <> one."{column}"
    """).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("going", type_=ARRAY(Uuid)))  # noqa: S608 - names from the models


def _owner_of(column: str, table: str) -> str | None:
    """The table of records that owns the rows of `table`, if `column` refers to it directly."""
    models = models_by_table()
    for key in metadata.tables[table].columns[column].foreign_keys:
        other = key.column.table.name
        if issubclass(models[other], Record):
            return str(other)
    return None


BROUGHT_BY_DOSSIERS = text("""
    SELECT DISTINCT record_id FROM dossier_content WHERE record_id = ANY (:ids) AND until IS NULL
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))

_HOLDERS = text("""
    SELECT collection, count(*), (array_agg(slug ORDER BY slug))[1:5] FROM entry WHERE id = ANY (:ids)
    GROUP BY collection ORDER BY collection
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def holders_of(connection: AsyncConnection, going: Mapping[Table, list[UUID]]) -> tuple[Holders, ...]:
    """Return the records in use that refer to records to be withdrawn, by collection. `going`: ids to be withdrawn, by
    table.
    """
    every = [one for several in going.values() for one in several]
    found: set[UUID] = set()
    for table, ids in going.items():
        for pointer in every_pointer_at(table):
            if (statement := referring(pointer)) is not None:
                found |= {holder for _, holder in await connection.execute(statement, {"ids": ids, "going": every})}
    rows = await connection.execute(_HOLDERS, {"ids": list(found)}) if found else ()
    return tuple(Holders(collection, count, tuple(slugs)) for collection, count, slugs in rows)
