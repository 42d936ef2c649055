"""Two releases of the small world, and all the work between them; made once, for reading."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.db.vocabulary import Scope
from app.runtime.bootstrap import engine_at
from tests.conftest import Client, Server, Templates, application, key_for

ORDER: dict[str, Any] = {
    "name": "2026.1",
    "licence": "CC-BY-4.0",
    "creators": [
        {"name": "Nosova, Ana", "orcid": "0000-0002-1825-0097", "affiliation": "Institute for Talks"},
        {"name": "The Talks Archive {& Sons}"},
    ],
    "publisher": "The Talks Archive",
    "note": "After the review.",
}
RAW = {"Accept-Encoding": "identity"}


async def made(client: httpx.AsyncClient, **order: Any) -> dict[str, Any]:
    """Make a release; gives what is told of it."""
    got = await client.post("/v1/releases", json={**ORDER, **order})
    assert got.status_code == 201, got.text
    told: dict[str, Any] = got.json()
    return told


async def raw(client: httpx.AsyncClient, url: str, **headers: str) -> bytes:
    """The bytes of an address, unpacked."""
    got = await client.get(url, headers={**RAW, **headers})
    assert got.status_code == 200, got.text
    return got.content


@dataclass
class Released:
    """A ledger with the releases 2026.1 and 2026.2. `told`: what the first said of itself, and `before`: its files and
    bundles by their addresses, when nothing had been written after it."""

    client: Client
    told: dict[str, Any]
    before: dict[str, bytes]


@pytest.fixture(scope="session")
async def released(server: Server, templates: Templates) -> AsyncIterator[Released]:
    """Nobody may write in it."""
    async with server.cloned(templates.world) as url:
        async with engine_at(url) as engine:
            headers = await key_for(engine, Scope.ADMIN)
        async with application(url) as client:
            client.headers.update(headers)
            told = await made(client)
            addresses = [file["url"] for file in told["files"]]
            addresses += [address for name, address in told["links"].items() if name.startswith("bundle")]
            before = {address: await raw(client, address) for address in addresses}
            await _work(client)
            await made(client, name="2026.2")
            await client.patch("/v1/parties/eria", json={"name": "Too late"})
            yield Released(client, told, before)


async def _work(client: Client) -> None:
    async def sent(method: str, address: str, **body: Any) -> None:
        got = await client.request(method, f"/v1/{address}", json=body or None)
        assert got.status_code < 300, got.text

    # What comes and goes in between.
    await sent("PATCH", "talks/round-1", title="Else")
    await sent("PATCH", "talks/round-1", title="First round")
    await sent("POST", "parties", slug="brief", name="Brief", kind="state")
    await sent("DELETE", "parties/brief?reason=never+was")
    # What is another, is there, is gone. The parties of plan-5 are the same, though one bears another name.
    await sent("PATCH", "parties/alba", slug="zalba", name="Zalba")
    await sent("PATCH", "demands/plan-1", text="Boria withdraws at once", addressees=["boria", "friends"])
    await sent("PATCH", "demands/plan-5", title="The line")
    members = [{"person": "bela"}, {"person": "boris", "function": "head"}]
    await sent("PATCH", "delegations/round-1-boria", members=members, size=2)
    await sent("POST", "parties", slug="eria", name="Eria", kind="state")
    await sent("DELETE", "demands/plan-7?reason=coded+twice")
    await sent("POST", "people", slug="anna", name="Anna")
    await sent("POST", "people/ana/merge", into="anna")
    async with client.state.ledger.engine.begin() as connection:
        of = "(SELECT id FROM demand WHERE slug = 'plan-6')"
        await connection.exec_driver_sql(f"DELETE FROM demand_party WHERE demand_id = {of}")
        await connection.exec_driver_sql("DELETE FROM demand WHERE slug = 'plan-6'")
