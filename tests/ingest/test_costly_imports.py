"""Imports that cost the server more than their sender: content that nothing can be read from, bodies that stall, clients
that leave."""

import asyncio
import contextlib
import gzip
import json
import time
from collections.abc import AsyncIterator

import pytest

from app.errors import ApiError
from app.ingest.bibliographies.bibtex_entries import split_bibtex
from app.ingest.bibliographies.json_entries import split_json
from app.ingest.csv_rows import join_lines
from app.ingest.items import blocks_of
from app.web.upload_stream import read_lines
from tests.asgi import Exchange
from tests.conftest import ADMIN_SECRET, Opened, bearer
from tests.reading.test_load import locked

LONGEST = 1 << 20
HEADERS = {**bearer(ADMIN_SECRET), "Content-Type": "application/x-ndjson"}
PARTY = json.dumps({"collection": "parties", "slug": "late", "name": "Late", "kind": "state"}).encode() + b"\n"


async def arriving(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 262_144):
        yield content[at : at + 262_144]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("csv", b"\n" * 300_000),
        ("csv", b",\n" * 150_000),
        ("bibtex", b"\n" * 300_000),
        ("bibtex", b"@a{b}" * 40_000),
        ("bibtex", b" " * 900_000 + b"x"),
        ("csljson", b"[" + b"{}," * 100_000),
    ],
    ids=["blank lines", "commas", "blank lines of BibTeX", "a line of entries", "a line of blanks", "empty objects"],
)
async def test_other_requests_run_while_degenerate_content_is_read(kind: str, content: bytes) -> None:
    async def read() -> None:
        # That the content holds nothing is found at its end.
        with contextlib.suppress(ApiError):
            if kind == "csv":
                lines = join_lines(read_lines(arriving(content), LONGEST), LONGEST)
                _ = [one async for one in blocks_of(lines, 1_000)]
            else:
                split = split_bibtex if kind == "bibtex" else split_json
                _ = [one async for one in split(arriving(content), LONGEST)]

    task, worst = asyncio.create_task(read()), 0.0
    started = time.monotonic()
    while not task.done():
        before = time.monotonic()
        await asyncio.sleep(0.001)
        worst = max(worst, time.monotonic() - before)
    await task
    # Milliseconds on an idle machine; each of these was one block of more than a second, or of minutes.
    assert worst < 0.5
    assert time.monotonic() - started < 10


async def test_a_body_that_is_almost_nothing_compressed_is_refused(own_loaded_url: str, open_client: Opened) -> None:
    async with open_client(own_loaded_url) as client:
        body = gzip.compress(b" " * 3_000_000)
        got = await client.post("/v1/imports", content=body, headers={**HEADERS, "Content-Encoding": "gzip"})
        assert (got.status_code, "1/100" in got.text) == (413, True)


async def test_an_import_takes_its_place_first_and_gives_it_back_when_its_client_leaves(
    own_loaded_url: str, open_client: Opened
) -> None:
    async with open_client(own_loaded_url, imports_at_once=1) as client:
        stalled = Exchange(client.app, "/v1/imports", method="POST", headers=HEADERS, body=PARTY, stalls=True)
        running = asyncio.create_task(stalled())
        await asyncio.sleep(0.2)
        second = Exchange(client.app, "/v1/imports", method="POST", headers=HEADERS, body=PARTY, stalls=True)
        await asyncio.wait_for(second(), 2)
        assert second.status == 503
        stalled.leave.set()
        await asyncio.wait_for(running, 2)
        assert not client.state.import_places.are_taken

        async with locked(own_loaded_url, "party"):
            written = Exchange(client.app, "/v1/imports", method="POST", headers=HEADERS, body=PARTY)
            running = asyncio.create_task(written())
            await asyncio.sleep(0.3)
            assert client.state.import_places.are_taken and written.status is None
            written.leave.set()
            await asyncio.wait_for(running, 2)
            assert not client.state.import_places.are_taken
        assert (await client.get("/v1/parties/late")).status_code == 404
        assert (await client.post("/v1/imports", content=PARTY, headers=HEADERS)).status_code == 200
        assert (await client.get("/v1/parties/late")).status_code == 200
