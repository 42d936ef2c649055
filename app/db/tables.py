"""All tables, in one import: `Base.metadata` is complete once this module is loaded."""

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


#: The collections by plural name: `RECORDS["talks"] is Talk`.
RECORDS = _records()


def models_by_table() -> dict[str, type[Base]]:
    """The class of each table, by the table's name."""
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
