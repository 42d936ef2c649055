"""The foreign keys that refer to the table of a record or to its entry, as the tables declare them."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint

from app.db.base import Record
from app.db.tables import metadata, models_by_table


@dataclass(frozen=True, slots=True)
class Pointer:
    """A foreign key column with the id of a record."""

    table: Table
    column: str
    #: Whether the rows with this column are records themselves, such as a delegation, which refers to its party.
    is_of_records: bool
    #: Whether the rows with this column are part of the record that the column refers to, such as a name.
    is_inside: bool
    #: For each unique constraint that includes the column: the other columns of the constraint.
    alike: tuple[tuple[str, ...], ...]


@lru_cache(maxsize=64)
def pointers_at(table: Table) -> tuple[Pointer, ...]:
    """Return the columns that refer to a table of records, or to the entries of all records. Raise TypeError if a
    composite foreign key refers to the table, because a merge cannot update such a key.
    """
    for other in metadata.sorted_tables:
        for key in other.foreign_key_constraints:
            if key.referred_table is table and len(key.elements) > 1:
                raise TypeError(
                    f"{other.name}: a foreign key of several columns refers to {table.name}, which a merge cannot update"
                )
    return every_pointer_at(table)


@lru_cache(maxsize=64)
def every_pointer_at(table: Table) -> tuple[Pointer, ...]:
    """Like `pointers_at`, but for any table. For a composite foreign key, return the column that contains the record's
    id.
    """
    models = models_by_table()
    found = []
    for other in metadata.sorted_tables:
        model = models[other.name]
        for key in other.foreign_key_constraints:
            column = next((one.parent.name for one in key.elements if one.column.name == "id"), None)
            # Skip the key from a record to its own entry, because the two are moved or kept together.
            is_its_own = issubclass(model, Record) and column == "id"
            if column is None or key.referred_table.name not in (table.name, "entry") or is_its_own:
                continue
            found.append(
                Pointer(other, column, issubclass(model, Record), model.__inside__ == column, _alike(other, column))
            )
    return tuple(found)


def _alike(table: Table, column: str) -> tuple[tuple[str, ...], ...]:
    rules: list[object] = [*table.constraints, *(index for index in table.indexes if index.unique)]
    unique = [rule for rule in rules if isinstance(rule, PrimaryKeyConstraint | UniqueConstraint | Index)]
    named = sorted(tuple(one.name for one in rule.columns) for rule in unique)
    return tuple(tuple(name for name in names if name != column) for names in named if column in names)
