"""The tables of this layer, in one import. A package may declare tables of its own in a module `tables`: they are known
once `app.registry` is imported, so `metadata` and `RECORDS` are read when they are used, never while modules are imported."""

from dataclasses import dataclass

from sqlalchemy import Table

from app.db import (
    actors,
    agreements,
    data_set_statements,
    demand_states,
    demands,
    dismissals,
    dossiers,
    history,
    idempotency,
    known_by,
    proposals,
    references,
    releases,
    responses,
    talks,
    webhooks,
)
from app.db.base import RECORDS, Base

metadata = Base.metadata


@dataclass(frozen=True, slots=True)
class Membership:
    """How the records of a table belong to a process: by a column `process_id`, of their own or of the record to which
    `through` leads."""

    table: str
    #: The column that leads to another record, and the table of that record.
    through: tuple[str, str] | None = None


def process_memberships() -> dict[str, Membership]:
    """The tables whose records belong to a process, by collection. Not the processes themselves, nor what speaks of records
    of any type: citations and assessments."""
    found = {}
    for collection, model in RECORDS.items():
        table = metadata.tables[model.__tablename__]
        if "process_id" in table.columns:
            found[collection] = Membership(table.name)
        elif column := model.__belongs_through__:
            (key,) = table.columns[column].foreign_keys
            found[collection] = Membership(table.name, (column, key.column.table.name))
    return found


def table_of(model: type[Base]) -> Table:
    """The table of a model."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def models_by_table() -> dict[str, type[Base]]:
    """Return the models by table name."""
    return {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}  # type: ignore[attr-defined]


__all__ = [
    "RECORDS",
    "Membership",
    "actors",
    "agreements",
    "data_set_statements",
    "demand_states",
    "demands",
    "dismissals",
    "dossiers",
    "history",
    "idempotency",
    "known_by",
    "metadata",
    "models_by_table",
    "process_memberships",
    "proposals",
    "references",
    "releases",
    "responses",
    "table_of",
    "talks",
    "webhooks",
]
