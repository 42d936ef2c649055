"""Which tables keep their history, and to which record a row inside one leads: read from the models.

The history itself is written by the database (migrations/versions, `history.keep`), so that no client can leave it
out. A test compares what is declared here with what the database does.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column

from app.db.base import Base, Entry, Record
from app.db.tables import metadata, models_by_table


@dataclass(frozen=True, slots=True)
class VersionedTable:
    """A table whose superseded and deleted rows are kept, as `history.keep` takes it."""

    table: str
    #: Of a table of records: their collection.
    collection: str | None
    #: Of rows inside a record: the column that leads to it, and the table in which it ends (`entry` = any record's).
    inside: str | None
    owner: str | None
    #: Whether triggers make its rows of those of other tables.
    is_derived: bool


def versioned_tables() -> list[VersionedTable]:
    """All tables that keep their history, those of records after those that others lean on."""
    models = models_by_table()
    found = []
    for table in metadata.sorted_tables:
        model = models[table.name]
        if model.__is_kept__:
            collection = model.__collection__ if issubclass(model, Record) else None
            inside = model.__inside__
            owner = _record_at(table.columns[inside], models) if inside else None
            found.append(VersionedTable(table.name, collection, inside, owner, model.__is_derived__))
    return found


def _record_at(column: Column[Any], models: dict[str, type[Base]]) -> str:
    """The table of records in which the foreign keys that begin at this column end."""
    for key in column.foreign_keys:
        model = models[key.column.table.name]
        if key.column.name == "id" and issubclass(model, Record | Entry):
            return str(key.column.table.name)
    for key in column.foreign_keys:
        if key.column.table is not column.table:
            return _record_at(key.column, models)
    raise TypeError(f"{column} leads to no record")
