"""Reads while others are slow: dear reads that are given up, a full queue, a pool without a free connection, clients that do
not read, and a key that ends.

A statement is made slow by a lock on the table that it reads; nobody has to wait longer than the test wants.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.vocabulary import Scope
from app.runtime import api_keys
from app.web import streaming
from app.web.request_classes import RequestClass
from app.writing.api_keys import change_key, revoke_key, rotate_key
from tests.asgi import Exchange
from tests.conftest import ADMIN_SECRET, Client, Opened, application, bearer, key_for

DEAR, CHEAP = "q=ukraine&facets=kind", "/v1/issues?limit=1"


@asynccontextmanager
async def locked(url: str, table: str) -> AsyncIterator[None]:
    """Nobody can read the table inside this context."""
    session = await asyncpg.connect(url)
    try:
        async with session.transaction():
            await session.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await session.close()


async def waiting_statements(url: str) -> int:
    """The statements of the reader that run now."""
    session = await asyncpg.connect(url)
    try:
        found: int = await session.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name = 'parley reader' AND state <> 'idle'"
        )
        return found
    finally:
        await session.close()


async def timed_get(client: httpx.AsyncClient, path: str) -> tuple[int, float]:
    started = time.monotonic()
    got = await client.get(path)
    return got.status_code, time.monotonic() - started


async def test_abandoned_dear_reads_delay_nobody_and_end_on_the_server(
    own_loaded_url: str, open_client: Opened
) -> None:
    async with open_client(own_loaded_url, pool_size=4, cache_bytes=1 << 20, cache_staleness_ms=0) as client:
        for warm in (CHEAP, "/v1/parties/ukraine"):
            assert (await client.get(warm)).status_code == 200
        async with locked(own_loaded_url, "party"):
            dear = [Exchange(client.app, "/v1/parties", DEAR, address=f"192.0.2.{n % 8}") for n in range(60)]
            running = [asyncio.create_task(one()) for one in dear]
            await asyncio.sleep(0.3)
            assert await waiting_statements(own_loaded_url) == 1
            cheap = await timed_get(client, "/v1/issues?limit=2")
            cached = await timed_get(client, CHEAP)
            assert (cheap[0], cached[0]) == (200, 200)
            assert cheap[1] < 1 and cached[1] < 1
            assert (await timed_get(client, "/readyz"))[0] == 200
            assert (await timed_get(client, "/healthz"))[1] < 0.25
            for one in dear:
                one.leave.set()
            await asyncio.wait_for(asyncio.gather(*running), 3)
            assert await waiting_statements(own_loaded_url) == 0
        refused = [one for one in dear if one.status is not None]
        # Some found no place in the queue; nobody else got a response.
        assert {one.status for one in refused} == {503}
        assert (await client.get(f"/v1/parties?{DEAR}")).status_code == 200


async def test_beyond_its_queue_a_class_answers_503_in_time(own_loaded_url: str, open_client: Opened) -> None:
    settings = {"searches_at_once": 1, "queue_places": 1, "queue_seconds": 0.4, "address_share": 1.0}
    async with open_client(own_loaded_url, **settings) as client:
        async with locked(own_loaded_url, "party"):
            first, second = (asyncio.create_task(timed_get(client, f"/v1/parties?{DEAR}")) for _ in range(2))
            await asyncio.sleep(0.2)
            full = await client.get(f"/v1/parties?{DEAR}")
            assert (full.status_code, full.headers["retry-after"]) == (503, "1")
            assert full.headers["content-type"] == "application/problem+json"
            status, seconds = await second
            assert status == 503 and seconds < 1.5
        assert (await first)[0] == 200


async def test_a_read_waits_for_a_connection_only_so_long(own_loaded_url: str, open_client: Opened) -> None:
    async with open_client(own_loaded_url, pool_size=1, pool_wait_ms=200) as client:
        async with locked(own_loaded_url, "party"):
            slow = asyncio.create_task(client.get("/v1/parties?limit=1"))
            await asyncio.sleep(0.2)
            status, seconds = await timed_get(client, CHEAP)
            assert status == 503 and seconds < 1.5
        assert (await slow).status_code == 200
        assert (await client.get(CHEAP)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/demands", "/v1/dossiers/all"])
async def test_a_client_that_does_not_read_loses_its_place_and_its_snapshot(
    loaded_url: str, open_client: Opened, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_client(loaded_url, pool_size=2, exports_at_once=1, send_seconds=0.3) as client:
        idle = Exchange(client.app, path, "format=csv" if path == "/v1/demands" else "", headers=bearer(ADMIN_SECRET))
        idle.accepts.clear()
        await asyncio.wait_for(idle(), 5)
        assert idle.status == 200 and not idle.is_complete
        state = client.state
        assert not state.reader.connections.streams.locked() and not state.export_places.are_taken
        assert await open_transactions(loaded_url) == 0
        assert (await client.get(f"{path}?limit=1" if path == "/v1/demands" else path)).status_code == 200


async def open_transactions(url: str) -> int:
    session = await asyncpg.connect(url)
    try:
        found: int = await session.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        )
        return found
    finally:
        await session.close()


async def test_the_followers_of_one_address_leave_places_to_others(loaded_url: str, open_client: Opened) -> None:
    async with open_client(loaded_url, followers_at_once=3, followers_per_address=2) as client:
        head = (await client.get("/v1/changes?limit=1")).json()["page"]["head"]
        query = f"after={head}&format=events"
        here = [Exchange(client.app, "/v1/changes", query) for _ in range(2)]
        running = [asyncio.create_task(one()) for one in here]
        await asyncio.gather(*(one.began.wait() for one in here))
        third = Exchange(client.app, "/v1/changes", query)
        await third()
        assert (third.status, "your address" in third.text) == (503, True)
        elsewhere = Exchange(client.app, "/v1/changes", query, address="198.51.100.1")
        running.append(asyncio.create_task(elsewhere()))
        await elsewhere.began.wait()
        assert elsewhere.status == 200
        for one in (*here, elsewhere):
            one.leave.set()
        await asyncio.wait_for(asyncio.gather(*running), 3)
        again = Exchange(client.app, "/v1/changes", query)
        task = asyncio.create_task(again())
        await again.began.wait()
        again.leave.set()
        await task
        assert again.status == 200


@pytest.mark.parametrize("ending", ["revoked", "rotated", "expired"])
async def test_the_stream_of_a_key_ends_with_the_key_before_the_next_event(
    world_client: Client, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(api_keys, "KEY_SECONDS", 0.0)
    monkeypatch.setattr(streaming, "CHECK_SECONDS", 0.0)
    url = world_client.state.ledger.url
    async with application(url, read_access="key") as client:
        engine = client.state.ledger.engine
        headers = await key_for(engine, Scope.READ)
        name = (await client.get("/v1/me", headers=headers)).json()["name"]
        head = (await client.get("/v1/changes?limit=1", headers=headers)).json()["page"]["head"]
        stream = Exchange(client.app, "/v1/changes", f"after={head}&format=events", headers=headers)
        wait = asyncio.create_task(client.get(f"/v1/changes?after={head}&wait=20", headers=headers))
        running = asyncio.create_task(stream())
        await stream.began.wait()
        await end_key(engine, name, ending)
        changed = await client.patch("/v1/parties/alba", json={"summary": "secret"}, headers=bearer(ADMIN_SECRET))
        assert changed.status_code == 200
        await asyncio.wait_for(running, 5)
        assert "secret" not in stream.text and not stream.is_complete
        assert (await wait).status_code == 401


async def end_key(engine: AsyncEngine, name: str, ending: str) -> None:
    """Make the secret of a key invalid in one of three ways."""
    if ending == "revoked":
        await revoke_key(engine, name)
    elif ending == "rotated":
        await rotate_key(engine, name, b"another".ljust(32))
    else:
        await change_key(engine, name, {"expires_at": datetime.now(UTC)})


def test_the_expensive_classes_are_those_that_may_read_a_table() -> None:
    assert [one for one in RequestClass if one.is_expensive] == ["search", "report", "export"]
