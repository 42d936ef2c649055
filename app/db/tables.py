"""Imports all tables of this layer. A package may declare tables of its own in a module `tables`, which are known only
after `app.registry` is imported. Read `metadata` and `RECORDS` therefore when they are used, never while modules are
imported.
"""

from dataclasses import dataclass

from sqlalchemy import Table

from app.db import (
    actors,
    admin_events,
    agreements,
    data_set_statements,
    delegations,
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
    """How the records of a table belong to a process: by their own column `process_id`, or by the `process_id` of the
    record to which `through` refers.
    """

    table: str
    #: The column that refers to another record, and the table of that record.
    through: tuple[str, str] | None = None


def process_memberships() -> dict[str, Membership]:
    """The tables whose records belong to a process, by collection. Processes are not included, and neither are
    citations and assessments, because these refer to records of any type.
    """
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
    "admin_events",
    "agreements",
    "data_set_statements",
    "delegations",
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
