"""The versioned tables, and the records to which their rows belong, as declared by the models.

Triggers write the history (migrations/versions, `history.keep`), so that no client can bypass it. A test compares these
declarations with the triggers (tests/history/test_keeping.py).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column

from app.db.base import Base, Entry, Record
from app.db.tables import metadata, models_by_table


@dataclass(frozen=True, slots=True)
class VersionedTable:
    """A versioned table, as registered with `history.keep`."""

    table: str
    #: For a table of records: the collection of the records.
    collection: str | None
    #: For rows inside a record: the column that refers to the record, and the record's table (`entry` for any record).
    inside: str | None
    owner: str | None
    #: Whether triggers derive the rows of the table from other tables.
    is_derived: bool


def versioned_tables() -> list[VersionedTable]:
    """Return all versioned tables, each after the tables that its foreign keys refer to."""
    models = models_by_table()
    versioned = []
    for table in metadata.sorted_tables:
        model = models[table.name]
        if model.__is_versioned__:
            collection = model.__collection__ if issubclass(model, Record) else None
            inside = model.__inside__
            owner = _record_at(table.columns[inside], models) if inside else None
            versioned.append(VersionedTable(table.name, collection, inside, owner, model.__is_derived__))
    return versioned


def _record_at(column: Column[Any], models: dict[str, type[Base]]) -> str:
    """Follow the foreign keys from this column to a table of records, and return the name of that table."""
    for key in column.foreign_keys:
        model = models[key.column.table.name]
        if key.column.name == "id" and issubclass(model, Record | Entry):
            return str(key.column.table.name)
    for key in column.foreign_keys:
        if key.column.table is not column.table:
            return _record_at(key.column, models)
    raise TypeError(f"{column} does not refer to a record")
