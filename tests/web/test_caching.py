"""Kept answers, conditional requests, codings: seen from outside, over the bundled negotiations."""

import gzip
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.db.vocabulary import Scope
from app.web.compression import negotiate_coding
from tests.conftest import Opened, Statements, application, key_for

CACHE = 1 << 24
LIST = "/v1/demands?limit=20"
#: No reading runs out by itself while a test lasts.
LONG = {"cache_bytes": CACHE, "cache_staleness_ms": 60_000}


def headers(**more: str) -> dict[str, str]:
    return {"Accept-Encoding": "identity", **{name.replace("_", "-"): value for name, value in more.items()}}


async def warm(client: httpx.AsyncClient, address: str = LIST, **more: str) -> httpx.Response:
    """Ask twice: the second answer is kept, and the head is known."""
    await client.get(address, headers=headers(**more))
    return await client.get(address, headers=headers(**more))


async def until(seen: Callable[[], Any]) -> None:
    """Wait until an awaited question is answered with yes; the test's own timeout is the deadline."""
    while not await seen():
        pass


async def test_a_kept_answer_needs_no_sql_and_is_the_same(loaded_url: str, statements: Statements) -> None:
    async with application(loaded_url, **LONG) as client:
        first = await client.get(LIST, headers=headers())
        await client.get(LIST, headers=headers())
        # The watcher doubts once, when it begins to listen, which may be now.
        for _ in range(10):
            statements.clear()
            again = await client.get(LIST, headers=headers())
            head = await client.head(LIST, headers=headers())
            if not statements:
                break
        assert not statements
        assert again.content == first.content and head.content == b""
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
        volatile = {"x-request-id"}
        for other in (again, head):
            assert {k: v for k, v in other.headers.items() if k not in volatile} == {
                k: v for k, v in first.headers.items() if k not in volatile
            }


async def test_a_header_on_two_lines_is_one_list(loaded_url: str) -> None:
    async with application(loaded_url, **LONG) as client:
        both = [("Accept", "text/csv"), ("Accept", "application/json"), ("Accept-Encoding", "identity")]
        joined = await client.get(LIST, headers=both)
        plain = await client.get(LIST, headers={"Accept": "application/json", "Accept-Encoding": "identity"})
        assert joined.headers["content-type"] == plain.headers["content-type"] == "application/json"
        assert joined.headers["etag"] != plain.headers["etag"]
        tags = [*both, ("If-None-Match", '"x"'), ("If-None-Match", joined.headers["etag"])]
        assert (await client.get(LIST, headers=tags)).status_code == 304
        assert (
            await client.get(LIST, headers=[("Parley-Revision", "1"), ("Parley-Revision", "999")])
        ).status_code == 422


async def test_a_tag_without_coding_fits_the_kept_answer_in_a_coding(loaded_url: str) -> None:
    async with application(loaded_url, **LONG) as client:
        zipped = {"Accept-Encoding": "gzip"}
        first = await client.get(LIST, headers=zipped)
        await client.get(LIST, headers=zipped)
        bare = first.headers["etag"].replace("-gzip", "")
        assert first.headers["vary"].lower().count("accept-encoding") == 1
        assert (await client.get(LIST, headers={**zipped, "If-None-Match": bare})).status_code == 304


async def test_a_write_of_the_same_process_is_seen_at_once(own_loaded_url: str, own_admin: dict[str, str]) -> None:
    async with application(own_loaded_url, **LONG) as client:
        before = await warm(client, "/v1/parties?limit=500&fields=slug")
        made = await client.post(
            "/v1/parties", json={"slug": "alba", "name": "Alba", "kind": "state"}, headers=own_admin
        )
        assert made.status_code == 201 and made.headers["cache-control"] == "no-store"
        after = await client.get("/v1/parties?limit=500&fields=slug", headers=headers())
        assert "alba" in after.text and "alba" not in before.text
        assert after.headers["etag"] != before.headers["etag"]


async def test_who_sends_back_a_revision_sees_it_at_another_server(
    own_loaded_url: str, own_admin: dict[str, str]
) -> None:
    async with application(own_loaded_url, **LONG) as one, application(own_loaded_url, **LONG) as other:
        await warm(other, "/v1/parties?limit=500&fields=slug")
        made = await one.post("/v1/parties", json={"slug": "alba", "name": "Alba", "kind": "state"}, headers=own_admin)
        number = made.headers["parley-revision"]
        seen = await other.get("/v1/parties?limit=500&fields=slug", headers=headers(parley_revision=number))
        assert "alba" in seen.text
        ahead = await other.get(LIST, headers=headers(parley_revision=str(int(number) + 1)))
        assert ahead.status_code == 422 and ahead.json()["errors"][0]["parameter"] == "Parley-Revision"
        assert (await other.get(LIST, headers=headers(parley_revision="x"))).status_code == 422


async def test_a_write_from_anywhere_is_seen_within_the_bound(own_loaded_url: str) -> None:
    async with application(own_loaded_url, cache_bytes=CACHE, cache_staleness_ms=50) as client:
        before = await warm(client)
        connection = await asyncpg.connect(own_loaded_url)
        await connection.execute("UPDATE head SET revision = revision + 1")
        await connection.close()

        async def is_newer() -> bool:
            now = await client.get(LIST, headers=headers())
            return int(now.headers["parley-revision"]) == int(before.headers["parley-revision"]) + 1

        await until(is_newer)


async def test_a_watcher_that_was_cut_listens_again(own_loaded_url: str, own_admin: dict[str, str]) -> None:
    async with application(own_loaded_url, **LONG) as client, application(own_loaded_url) as other:
        await warm(client)
        connection = await asyncpg.connect(own_loaded_url)
        # Both servers have a watcher; all are cut, and all must be back.
        listening = (
            "SELECT coalesce(array_agg(pid), '{}') FROM pg_stat_activity WHERE application_name = 'parley watcher'"
            " AND datname = current_database() AND query LIKE 'LISTEN%'"
        )

        async def are_listening() -> bool:
            return len(await connection.fetchval(listening)) == 2

        await until(are_listening)
        cut = set(await connection.fetchval(listening))
        for pid in cut:
            await connection.execute("SELECT pg_terminate_backend($1)", pid)

        async def is_another() -> bool:
            found = set(await connection.fetchval(listening))
            return len(found) == 2 and not found & cut

        await until(is_another)
        await connection.close()
        await client.get(LIST, headers=headers())
        body = {"slug": "alba", "name": "Alba", "kind": "state"}
        made = await other.post("/v1/parties", json=body, headers=own_admin)

        async def is_seen() -> bool:
            now = await client.get(LIST, headers=headers())
            return now.headers["parley-revision"] == made.headers["parley-revision"]

        await until(is_seen)


async def test_a_known_answer_is_304_without_its_statement(loaded_url: str, statements: Statements) -> None:
    async with application(loaded_url, **LONG) as client:
        known = (await client.get(LIST, headers=headers())).headers["etag"]
    async with application(loaded_url) as cold:
        statements.clear()
        again = await cold.get(LIST, headers=headers(if_none_match=f'"other", W/{known}'))
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == known
        assert list(statements) == ["SELECT revision FROM head"]


@pytest.fixture
async def client(loaded_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Parley itself: the `client` of this folder is that of a small application."""
    async with application(loaded_url) as opened:
        yield opened


@pytest.mark.parametrize(
    "address", ["/v1/demands/nothing-here", "/v1/demands?limit=0", "/v1/nothing", "/v1/talks?limit=20"]
)
async def test_a_tag_of_another_address_is_never_304(client: httpx.AsyncClient, address: str) -> None:
    known = (await client.get(LIST, headers=headers())).headers["etag"]
    assert (await client.get(address, headers=headers(if_none_match=known))).status_code != 304


async def test_tags_differ_by_address_form_coding_and_data_set(
    client: httpx.AsyncClient, own_loaded_url: str, open_client: Opened
) -> None:
    tags = [
        (await client.get(LIST, headers=headers())).headers["etag"],
        (await client.get(f"{LIST}&sort=slug", headers=headers())).headers["etag"],
        (await client.get(LIST, headers=headers(accept="text/csv"))).headers["etag"],
        (await client.get(LIST, headers={"Accept-Encoding": "gzip"})).headers["etag"],
        (await client.get(LIST, headers={"Accept-Encoding": "zstd"})).headers["etag"],
    ]
    async with open_client(own_loaded_url) as other:
        tags.append((await other.get(LIST, headers=headers())).headers["etag"])
    assert len(set(tags)) == len(tags)


async def test_codings_say_the_same_and_have_tags_of_their_own(client: httpx.AsyncClient) -> None:
    plain = await client.get(LIST, headers=headers())
    for coding, unpacked in (("gzip", gzip.decompress), ("zstd", zstandard.ZstdDecompressor().decompress)):
        async with client.stream("GET", LIST, headers={"Accept-Encoding": coding}) as got:
            packed = b"".join([part async for part in got.aiter_raw()])
        assert got.headers["content-encoding"] == coding and int(got.headers["content-length"]) == len(packed)
        assert unpacked(packed) == plain.content and len(packed) < len(plain.content) / 2
        known = {"Accept-Encoding": coding, "If-None-Match": got.headers["etag"]}
        assert (await client.get(LIST, headers=known)).status_code == 304
        assert (await client.get(LIST, headers={**known, "Accept-Encoding": "identity"})).status_code == 200
    small = await client.get("/v1/demands?limit=1&fields=slug", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers


async def test_a_streamed_answer_is_compressed_as_a_stream(client: httpx.AsyncClient) -> None:
    plain = await client.get("/v1/demands?format=csv", headers=headers())
    for coding in ("gzip", "zstd"):
        packed = await client.get("/v1/demands?format=csv", headers={"Accept-Encoding": coding})
        assert packed.headers["content-encoding"] == coding and packed.text == plain.text
        head = await client.head("/v1/demands?format=csv", headers={"Accept-Encoding": coding})
        assert head.headers["etag"] == packed.headers["etag"] and head.headers["content-encoding"] == coding


async def test_keys_and_the_public_never_share_an_answer(loaded_url: str, own_loaded_url: str) -> None:
    async with application(loaded_url, **LONG) as client:
        kept = await warm(client)
        assert kept.headers["cache-control"] == "public, no-cache"
        assert (await client.get(LIST, headers=headers(x_api_key="parley_wrong"))).status_code == 401
        assert (await client.get(LIST, headers=headers(authorization="Bearer x"))).status_code == 401
    async with application(own_loaded_url, read_access="key", **LONG) as closed:
        tag = {"If-None-Match": kept.headers["etag"]}
        assert (await closed.get(LIST, headers=tag)).status_code == 401
        assert len(closed.state.response_cache) == 0
        # Only who may read learns from a revision of the future which one is the newest.
        future = {"Parley-Revision": "999999"}
        nobody = await closed.get(LIST, headers=future)
        assert nobody.status_code == 401 and "revision" not in nobody.text
        reader = await closed.get(LIST, headers=future | await key_for(closed.state.writer.engine, Scope.READ))
        assert reader.status_code == 422 and "The newest revision is" in reader.text


async def test_the_memory_of_kept_answers_is_bounded(loaded_url: str) -> None:
    async with application(loaded_url, cache_bytes=200_000) as client:
        kept = client.state.response_cache
        for limit in range(1, 40):
            await client.get(f"/v1/parties?limit={limit}&fields=slug,name", headers=headers())
            await client.get(f"/v1/demands?limit={limit}&fields=slug,text", headers=headers())
        assert 0 < kept.bytes <= 200_000 and 0 < len(kept) < 78


async def test_a_cdn_is_told_what_it_may_do(loaded_url: str) -> None:
    async with application(loaded_url, cache_shared_seconds=60, cache_stale_seconds=30) as client:
        got = await client.get(LIST)
        assert got.headers["cache-control"] == "public, max-age=0, s-maxage=60, stale-while-revalidate=30"
        assert got.headers["surrogate-key"].split() == ["parley", "demands"]
        assert {"Accept", "Accept-Encoding", "Parley-Revision"} <= set(got.headers["vary"].split(", "))
        assert (await client.get("/v1/demands?limit=-1")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("gzip;q=0", ""),
        ("*", "zstd"),
        ("*;q=0", ""),
        ("zstd;q=0, *", "gzip"),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("X-GZIP", "gzip"),
        ("gzip;q=nonsense", ""),
    ],
)
def test_the_coding_that_is_liked_best_is_taken(accepted: str, coding: str) -> None:
    assert negotiate_coding(accepted) == coding


@given(st.dictionaries(st.sampled_from(["gzip", "zstd", "identity", "br"]), st.integers(0, 1000)))
def test_no_coding_is_taken_that_another_beats(weights: dict[str, int]) -> None:
    taken = negotiate_coding(", ".join(f"{name};q={weight / 1000:.3f}" for name, weight in weights.items()))
    if taken:
        assert weights[taken] > 0
        assert weights[taken] == max(weights.get(name, 0) for name in ("gzip", "zstd", "identity"))
