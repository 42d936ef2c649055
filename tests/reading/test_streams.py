"""Lists in other forms: the same question, the same rows, no cap, one snapshot, and no connection that is lost."""

import json
import logging

import httpx
import pytest

from app.reading.streams import open_stream
from app.registry import RESOURCES
from app.resources.negotiation import preferred
from app.resources.resource import Resource
from tests.conftest import Opened

EVERY = pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)


@EVERY
async def test_a_stream_has_the_rows_of_all_pages_in_their_order(
    client: httpx.AsyncClient, collection: Resource
) -> None:
    whole = await client.get(f"/v1/{collection.name}?format=ndjson")
    # A page has the very lines of the whole, to the last space.
    some = await client.get(f"/v1/{collection.name}?format=ndjson&limit=20")
    assert some.text.splitlines() == whole.text.splitlines()[:20]
    rows: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"limit": "500", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(f"/v1/{collection.name}", params=asked)).json()
        rows += [row["slug"] for row in page["data"]]
        cursor = page["page"]["next"]
    assert [json.loads(line)["slug"] for line in whole.text.splitlines()] == rows


async def test_limit_and_filters_hold_in_every_form(client: httpx.AsyncClient) -> None:
    asked = "issue=DETN&claimant=ukraine&sort=slug"
    page = (await client.get(f"/v1/demands?{asked}&limit=3&fields=slug")).json()
    lines = (await client.get(f"/v1/demands?{asked}&limit=3&fields=slug&format=ndjson")).text.splitlines()
    assert lines == [f'{{"slug":"{row["slug"]}"}}' for row in page["data"]]


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/v1/talks?format=exe", "format"),
        ("/v1/demands?format=ics", "format"),
        ("/v1/people?format=geojson", "format"),
        ("/v1/talks?format=csv,ndjson", "format"),
        ("/v1/talks?format=ics&fields=slug", "fields"),
        ("/v1/responses?format=atom&include=citations", "include"),
        ("/v1/talks?format=csv&count=exact", "count"),
        ("/v1/talks?format=csv&facets=year", "facets"),
        ("/v1/talks?format=csv&cursor=forged", "cursor"),
        ("/v1/talks?format=csv&process=nowhere", "process"),
        ("/v1/talks/istanbul-2025-06-02?format=exe", "format"),
        ("/v1/processes?format=csv&include=talks.proposals.demands", "include"),
    ],
)
async def test_what_a_form_cannot_be_is_refused_before_the_first_byte(
    client: httpx.AsyncClient, address: str, parameter: str
) -> None:
    got = await client.get(address)
    assert (got.status_code, got.headers["content-type"]) == (422, "application/problem+json"), got.text[:200]
    assert {violation["parameter"] for violation in got.json()["errors"]} == {parameter}


async def test_one_record_has_the_forms_of_its_list(client: httpx.AsyncClient) -> None:
    """Also a point of an account that lists leave out, and one that is withdrawn or unknown answers as ever."""
    told = await client.get("/v1/demands/article-2025-06-02-1-1?format=ndjson&fields=slug")
    assert told.text == '{"slug":"article-2025-06-02-1-1"}\n'
    assert (await client.get("/v1/demands/nothing?format=csv")).status_code == 404


async def test_the_same_word_asks_for_direct_talks_and_for_csv(client: httpx.AsyncClient) -> None:
    direct = (await client.get("/v1/talks?format=direct&limit=500&fields=slug")).json()["data"]
    lines = (await client.get("/v1/talks?format=direct,ndjson&fields=slug")).text.splitlines()
    assert len(lines) == len(direct) > 1
    assert (await client.get("/v1/talks?format=direct&format=ndjson&fields=slug")).text.splitlines() == lines


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/x-ndjson;q=0.5, text/csv;q=0.4", "application/x-ndjson"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("application/*", "application/json"),
        ("*/*;q=0.1, application/geo+json", "application/geo+json"),
        ("", "application/json"),
    ],
)
async def test_accept_chooses_the_form(client: httpx.AsyncClient, accept: str, media_type: str) -> None:
    got = await client.get("/v1/places", headers={"Accept": accept})
    assert (got.status_code, got.headers["content-type"]) == (200, media_type)


async def test_a_form_that_is_not_there_is_406_and_format_beats_accept(client: httpx.AsyncClient) -> None:
    refused = await client.get("/v1/people", headers={"Accept": "application/geo+json"})
    assert refused.status_code == 406
    assert "text/csv" in refused.json()["detail"]
    got = await client.get("/v1/people?format=csv", headers={"Accept": "application/geo+json"})
    assert got.headers["content-type"].startswith("text/csv")


def test_accept_of_any_kind_is_read() -> None:
    offers = ["application/json", "text/csv"]
    assert preferred("text/csv;q=0, */*", offers) == "application/json"
    assert preferred("text/csv;q=nonsense", offers) is None
    assert preferred(";;;,,/", offers) is None


async def test_too_many_streams_at_once_are_told_to_come_back(loaded_url: str, open_client: Opened) -> None:
    async with open_client(loaded_url, pool_size=2) as client:
        reader = client.state.reader
        query = reader.collections["demands"].query()
        held = await open_stream(reader, "demands", query, reader.summary("demands"))
        refused = await client.get("/v1/talks?format=csv")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert (await client.get("/v1/talks?limit=1")).status_code == 200
        await held.close()
        assert (await client.get("/v1/talks?format=csv")).status_code == 200


async def test_a_refused_or_empty_stream_needs_one_connection_alone(loaded_url: str, open_client: Opened) -> None:
    async with open_client(loaded_url, pool_size=1) as client:
        for address in ("?format=csv&process=nowhere", "?format=csv&process=nowhere,russia-ukraine"):
            assert (await client.get(f"/v1/talks{address}")).status_code == 422
        assert (await client.get("/v1/demands?format=csv&account=nowhere")).status_code == 422
        nothing = await client.get("/v1/talks?format=ndjson&start_from=2999-01-01")
        assert (nothing.status_code, nothing.text) == (200, "")


async def test_a_stream_that_nobody_reads_gives_its_connection_back(loaded_url: str, open_client: Opened) -> None:
    async with open_client(loaded_url, pool_size=2) as client:
        for _ in range(5):
            assert (await client.head("/v1/demands?format=csv")).status_code == 200
            first = await client.get("/v1/demands?format=csv")
            again = await client.get("/v1/demands?format=csv", headers={"If-None-Match": first.headers["etag"]})
            assert again.status_code == 304
        reader = client.state.reader
        assert not reader.connections.streams.locked()


async def test_a_slow_statement_is_logged_by_its_shape_and_without_a_value(
    loaded_url: str, open_client: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "parley.slow"):
        async with open_client(loaded_url, slow_ms=1) as client:
            await client.get("/v1/demands?q=neutrality&claimant=russia&include=state&limit=500")
    told = next(record.getMessage() for record in caplog.records if "list=demands" in record.getMessage())
    assert "claimant_slugs" in told
    assert "include=state" in told
    assert "neutrality" not in told
    assert "russia" not in told


@pytest.mark.parametrize("asked", ["demands?format=csv", "talks?format=parquet", "demands?rows=issue&format=ndjson"])
async def test_a_table_can_be_read_in_parts(client: httpx.AsyncClient, asked: str) -> None:
    """As Polars and DuckDB do: the length first, then some of the bytes. A kept answer must not stand in their place."""
    address, plain = f"/v1/{asked}", {"Accept-Encoding": "identity"}
    whole = await client.get(address, headers=plain)
    for _ in range(2):
        told = await client.head(address, headers=plain)
        assert (told.headers["accept-ranges"], told.headers["content-length"]) == ("bytes", str(len(whole.content)))
        part = await client.get(address, headers={**plain, "Range": "bytes=-9", "If-Range": whole.headers["etag"]})
        assert (part.status_code, part.content) == (206, whole.content[-9:])
        assert part.headers["etag"] == told.headers["etag"] == whole.headers["etag"]
    part = await client.get(address, headers={"Range": "bytes=3-40"})
    assert (part.status_code, part.content) == (206, whole.content[3:41])
    other = await client.get(address, headers={**plain, "Range": "bytes=3-40", "If-Range": '"else"'})
    assert (other.status_code, other.content) == (200, whole.content)
    beyond = await client.get(address, headers={"Range": "bytes=99999999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")


async def test_a_table_that_is_too_long_to_be_held_is_streamed(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.byte_ranges.MAX_BUFFERED", 1000)
    address, headers = "/v1/demands?format=csv&sort=slug", {"Accept-Encoding": "identity"}
    whole = (await client.get(address, headers=headers)).content
    told = await client.head(address, headers=headers)
    assert told.status_code == 200 and "content-length" not in told.headers
    part = await client.get(address, headers={**headers, "Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (200, whole)
