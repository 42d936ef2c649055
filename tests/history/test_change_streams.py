"""The streams of `/v1/changes`, from a server as users have it."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.history import streams
from app.history.changes import Feed, parse_position
from app.history.followers import Followers
from tests.cli.test_cli import Parley
from tests.conftest import Client, application
from tests.history.conftest import Session, head

BY_HAND = "UPDATE party SET summary = $2 WHERE slug = $1"


@pytest.fixture
def workers() -> list[str]:
    return []


@pytest.fixture
def parley(url: str, tmp_path: Path, workers: list[str]) -> Iterator[Parley]:
    """A server over the small world that is told to stop in the end."""
    running = Parley(tmp_path, "serve", "--port", "0", *workers, DATABASE_URL=url)
    yield running
    if running.process.poll() is None:
        running.end()


@pytest.fixture
async def outside(parley: Parley) -> AsyncIterator[httpx.AsyncClient]:
    base = await asyncio.to_thread(lambda: parley.base)
    async with httpx.AsyncClient(base_url=base, timeout=20) as client:
        yield client


async def events(got: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """The events of a stream, each a field by its name; a sign of life has an `id` at the most."""
    event: dict[str, str] = {}
    async for line in got.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        else:
            yield event
            event = {}


async def next_change(told: AsyncIterator[dict[str, str]]) -> tuple[str, dict[str, Any]]:
    """The position and the data of the next event that a browser would hand on."""
    async for event in told:
        if "data" in event:
            assert event["event"] == "change"
            return event["id"], json.loads(event["data"])
    raise AssertionError("the stream has ended")


async def test_a_browser_that_comes_back_misses_nothing(outside: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip, zstd"}
    async with outside.stream("GET", f"/v1/changes?after={before}", headers=headers) as got:
        assert got.headers["content-type"].partition(";")[0] == "text/event-stream"
        assert got.headers["cache-control"] == "no-store" and "content-encoding" not in got.headers
        told = events(got)
        assert await anext(told) == {"retry": "2000"}
        assert await anext(told) == {"id": str(before)}
        await psql.execute(BY_HAND, "alba", "seen")
        last, change = await asyncio.wait_for(next_change(told), 5)
        assert (change["slug"], change["record"]["summary"], last) == ("alba", "seen", change["position"])
    # While nobody listens:
    await psql.execute(BY_HAND, "boria", "missed")
    headers["Last-Event-ID"] = last
    async with outside.stream("GET", f"/v1/changes?after={before}", headers=headers) as got:
        _, change = await asyncio.wait_for(next_change(events(got)), 5)
        assert (change["slug"], change["record"]["summary"]) == ("boria", "missed")


@pytest.mark.parametrize("workers", [["--workers", "2"]], ids=["2"])
async def test_a_stop_of_the_server_ends_streams_and_waits_at_once(
    parley: Parley, outside: httpx.AsyncClient, psql: Session
) -> None:
    before = await head(psql)
    waiting = [asyncio.create_task(outside.get(f"/v1/changes?after={before}&wait=19")) for _ in range(4)]
    async with outside.stream("GET", f"/v1/changes?after={before}&format=events") as got:
        told = events(got)
        await anext(told)
        started = time.monotonic()
        parley.process.send_signal(signal.SIGTERM)
        # Ended, not cut: a body that is cut raises here.
        assert [event async for event in told] == [{"id": str(before)}]
    assert [answer.json()["data"] for answer in await asyncio.gather(*waiting)] == [[]] * 4
    assert await asyncio.to_thread(parley.process.wait, 15) == 0
    assert time.monotonic() - started < 9, "the server has waited until its patience ended"


async def test_ndjson_is_all_pages_a_change_a_line_and_ends(world_client: httpx.AsyncClient) -> None:
    whole = (await world_client.get("/v1/changes?limit=500")).json()
    assert len(whole["data"]) < 500 and not whole["page"]["more"]
    got = await world_client.get("/v1/changes?format=ndjson")
    assert got.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in got.text.splitlines()] == whole["data"]
    some = await world_client.get("/v1/changes?format=ndjson&limit=3&collection=parties")
    wanted = [change for change in whole["data"] if change["collection"] == "parties"][:3]
    assert [json.loads(line) for line in some.text.splitlines()] == wanted


async def test_ndjson_of_many_pages_does_not_run_after_its_writers(
    world_client: Client, psql: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BATCH", 3)
    feed, before = Feed(world_client.state.reader), await head(psql)
    told: list[dict[str, Any]] = []
    async for piece in streams.change_lines(feed, await feed.page(parse_position("0"), 3), None):
        told += [json.loads(line) for line in piece.decode().splitlines()]
        await psql.execute(BY_HAND, "alba", f"after {len(told)}")
    assert len(told) == await psql.fetchval("SELECT count(*) FROM revision_change WHERE revision <= $1", before)
    assert {change["revision"] for change in told} == set(range(1, before + 1))


async def test_what_is_silent_gives_signs_of_life_and_what_is_old_ends(
    world_client: Client, psql: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_SILENT", 0.05)
    monkeypatch.setattr(streams, "_LONGEST", 0.5)
    state, before = world_client.state, await head(psql)
    feed = Feed(state.reader)
    page = await feed.page(parse_position(str(before)), 1)
    told = [piece async for piece in streams.event_stream(feed, page, None, state.ledger.watch, state.part(Followers))]
    assert told[:2] == [b"retry: 2000\n\n", f"id: {before}\n\n".encode()]
    assert 2 < len(told[2:]) < 15 and set(told[2:]) == {b": nothing new\n\n"}


async def test_more_than_can_wait_are_told_to_come_back(url: str, psql: Session) -> None:
    before = await head(psql)
    async with application(url, followers_at_once=2) as client:
        waiting = [asyncio.create_task(client.get(f"/v1/changes?after={before}&wait=2")) for _ in range(2)]
        await asyncio.sleep(0.3)
        got = await client.get(f"/v1/changes?after={before}&wait=2")
        assert (got.status_code, got.headers["retry-after"]) == (503, "10")
        assert (await client.get(f"/v1/changes?after={before}")).status_code == 200
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}
        assert (await client.get(f"/v1/changes?after={before}&wait=1")).status_code == 200


async def test_news_is_heard_after_the_listening_connection_was_cut(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    before = await head(psql)
    waiting = asyncio.create_task(world_client.get(f"/v1/changes?after={before}&wait=20"))
    await asyncio.sleep(0.3)
    cut = await psql.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'parley watcher' AND datname = current_database()"
    )
    assert cut == 1
    await psql.execute(BY_HAND, "alba", "unheard")
    got = await asyncio.wait_for(waiting, 8)
    assert [change["slug"] for change in got.json()["data"]] == ["alba"]


async def test_a_write_that_waits_for_another_is_told_after_it(world_client: httpx.AsyncClient, url: str) -> None:
    slow, quick = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        before = await head(slow)
        changing = slow.transaction()
        await changing.start()
        await slow.execute(BY_HAND, "alba", "slow")
        second = asyncio.create_task(quick.execute(BY_HAND, "boria", "quick"))
        await asyncio.sleep(0.2)
        assert (await world_client.get(f"/v1/changes?after={before}")).json()["data"] == []
        await changing.commit()
        await second
        told = (await world_client.get(f"/v1/changes?after={before}")).json()["data"]
        assert [(one["revision"], one["slug"]) for one in told] == [(before + 1, "alba"), (before + 2, "boria")]
    finally:
        await slow.close()
        await quick.close()
