"""The made-up dossiers of tests/material/any_negotiation, and databases that contain one of them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import Client, Server, Templates, keyed

_FOLDER = Path(__file__).parent / "material" / "any_negotiation"


def dossier(name: str) -> dict[str, Any]:
    """The dossier of a file, such as `votes`."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return found


@asynccontextmanager
async def loaded(server: Server, templates: Templates, body: dict[str, Any]) -> AsyncIterator[Client]:
    """A client of a new database that contains only this dossier."""
    async with keyed(server, templates.empty) as client:
        made = await client.post("/v1/dossiers", json=body)
        assert made.status_code == 200, made.text
        yield client


async def read(client: httpx.AsyncClient, address: str, **query: Any) -> Any:
    """The answer to a request that succeeds."""
    got = await client.get(f"/v1/{address}", params=query or None)
    assert got.status_code == 200, got.text
    return got.json()


async def slugs(client: httpx.AsyncClient, address: str) -> set[str]:
    """The slugs of the records of a list."""
    return {row["slug"] for row in (await read(client, address))["data"]}
