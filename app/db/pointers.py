"""What leads to a record: every foreign key that ends at its table or its entry, read from the tables themselves."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint

from app.db.base import Record
from app.db.tables import metadata, models_by_table


@dataclass(frozen=True, slots=True)
class Pointer:
    """A column that holds the id of a record."""

    table: Table
    column: str
    #: Whether the rows that bear it are records of their own (a delegation of its party).
    is_of_records: bool
    #: Whether the rows that bear it stand inside the record to which it leads (a name).
    is_inside: bool
    #: For each rule that forbids two alike among those that lead to one record: the other columns that make them so.
    alike: tuple[tuple[str, ...], ...]


@lru_cache(maxsize=64)
def pointers_at(table: Table) -> tuple[Pointer, ...]:
    """The columns that lead to a table of records, or to the entries of records of any. Raises TypeError where a key of
    several columns does: its values cannot be moved one by one."""
    for other in metadata.sorted_tables:
        for key in other.foreign_key_constraints:
            if key.referred_table is table and len(key.elements) > 1:
                raise TypeError(f"{other.name}: a key of several columns leads to {table.name}; merging cannot move it")
    return every_pointer_at(table)


@lru_cache(maxsize=64)
def every_pointer_at(table: Table) -> tuple[Pointer, ...]:
    """The same for any table: of a key of several columns the one that holds the record's id."""
    models = models_by_table()
    found = []
    for other in metadata.sorted_tables:
        model = models[other.name]
        for key in other.foreign_key_constraints:
            column = next((one.parent.name for one in key.elements if one.column.name == "id"), None)
            # A record and its entry are one: both go, or both stay.
            is_its_own = issubclass(model, Record) and column == "id"
            if column is None or key.referred_table.name not in (table.name, "entry") or is_its_own:
                continue
            found.append(
                Pointer(other, column, issubclass(model, Record), model.__inside__ == column, _alike(other, column))
            )
    return tuple(found)


def _alike(table: Table, column: str) -> tuple[tuple[str, ...], ...]:
    rules: list[Any] = [*table.constraints, *(index for index in table.indexes if index.unique)]
    unique = [rule for rule in rules if isinstance(rule, PrimaryKeyConstraint | UniqueConstraint | Index)]
    named = sorted(tuple(one.name for one in rule.columns) for rule in unique)
    return tuple(tuple(name for name in names if name != column) for names in named if column in names)
