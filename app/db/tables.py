"""Imports all tables, so that `Base.metadata` is complete."""

from app.db import (
    actors,
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
    talks,
    webhooks,
)
from app.db.base import Base, Record

metadata = Base.metadata


def _records() -> dict[str, type[Record]]:
    found = {cls.__collection__: cls for cls in Record.__subclasses__()}
    return dict(sorted(found.items()))


#: The models of records by collection: `RECORDS["talks"] is Talk`.
RECORDS = _records()


def models_by_table() -> dict[str, type[Base]]:
    """Return the models by table name."""
    return {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}  # type: ignore[attr-defined]


__all__ = [
    "RECORDS",
    "actors",
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
    "proposals",
    "references",
    "releases",
    "talks",
    "webhooks",
]
