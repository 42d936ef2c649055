"""The bundled dossiers as plain dictionaries, for computations that share no code with the application."""

from typing import Any

import httpx

from tests.demands import oracle
from tests.dossier_rows import SHIPPED, every

COLLECTIONS = (
    "processes", "parties", "people", "talks", "delegations", "proposals", "demands", "responses", "agreements", "assessments",
    "sources", "citations",
)  # fmt: skip
RECORDS = {collection: every(collection, *SHIPPED) for collection in COLLECTIONS}
WORLD = oracle.World(RECORDS)


async def report(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """The answer of a report, which must be a success."""
    got = await client.get(address)
    assert got.status_code == 200, got.text
    return dict(got.json())


async def rows(client: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    """All rows of a report."""
    separator = "&" if "?" in address else "?"
    found = await report(client, address)
    if "page" not in found:
        return list(found["data"])
    return list((await report(client, f"{address}{separator}limit=500"))["data"])
