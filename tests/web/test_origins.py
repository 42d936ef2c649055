"""Pages of other web origins: all may read, those that are named may write, and what is refused is not executed."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

GOOD, EVIL = "https://app.example", "https://evil.example"
Opened = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
PARTY = {"slug": "eria", "name": "Eria", "kind": "state"}
WRITES: list[tuple[str, str, Any]] = [
    ("POST", "/v1/parties", PARTY),
    ("PUT", "/v1/parties/eria", PARTY),
    ("PATCH", "/v1/parties/eria", {"name": "E"}),
    ("DELETE", "/v1/parties/eria?reason=x", None),
    ("POST", "/v1/imports", None),
    ("POST", "/v1/dossiers", {}),
]


async def preflight(client: httpx.AsyncClient, address: str, origin: str, method: str) -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "if-match"}
    return await client.options(address, headers=headers)


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://[", f"{GOOD}.evil.example", "https://parley.test.evil.example"]
)
async def test_a_write_for_a_page_of_an_origin_that_is_not_named_is_refused_before_it_is_executed(
    open_client: Opened, database_url: str, admin: dict[str, str], origin: str
) -> None:
    async with open_client(database_url, cors_origins=("*", GOOD)) as client:
        for method, address, body in WRITES:
            for site in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
                headers = {**admin, "Origin": origin, **site}
                refused = await client.request(method, address, json=body, headers=headers)
                assert (refused.status_code, refused.json()["type"]) == (403, "/problems/cross-origin")
                # The page may read why.
                assert refused.headers["access-control-allow-origin"] == "*"
            asked = await preflight(client, address.partition("?")[0], origin, method)
            assert method not in asked.headers["access-control-allow-methods"]
        assert (await client.get("/v1/revisions?limit=1")).json()["head"] == 0
        read = await client.get("/v1/parties", headers={"Origin": origin})
        assert (read.status_code, read.headers["access-control-allow-origin"]) == (200, "*")


@pytest.mark.parametrize("configured", [(GOOD,), ("*", GOOD)])
async def test_pages_of_a_named_origin_write(
    open_client: Opened, database_url: str, admin: dict[str, str], configured: tuple[str, ...]
) -> None:
    async with open_client(database_url, cors_origins=configured) as client:
        for method, address, body in WRITES[:4]:
            asked = await preflight(client, address.partition("?")[0], GOOD, method)
            assert method in asked.headers["access-control-allow-methods"]
            assert asked.headers["access-control-allow-origin"] in (GOOD, "*")
            sent = asked.headers["access-control-allow-headers"]
            assert {"If-Match", "Idempotency-Key", "Authorization", "Content-Type"} <= set(sent.split(", "))
            done = await client.request(method, address, json=body, headers={**admin, "Origin": GOOD})
            assert done.status_code < 300, done.text
            assert done.headers["access-control-allow-origin"] == GOOD
            assert "Origin" in done.headers["vary"]
            exposed = set(done.headers["access-control-expose-headers"].split(", "))
            assert {"ETag", "Location", "Parley-Revision", "Idempotency-Replayed", "Content-Disposition"} <= exposed
        refused = await client.get("/v1/parties", headers={"Origin": EVIL})
        assert refused.headers.get("access-control-allow-origin") == ("*" if "*" in configured else None)


@pytest.mark.parametrize(
    ("headers", "public_url"),
    [
        ({}, None),
        ({"Origin": "http://parley.test"}, None),
        # A proxy that ends TLS, and one that asks for another host.
        ({"Origin": "https://parley.test"}, None),
        ({"Origin": "https://data.example"}, "https://data.example"),
        ({"Origin": "https://data.example", "Sec-Fetch-Site": "same-origin"}, None),
        # Same-origin forms of pages with `Referrer-Policy: no-referrer` send this.
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, None),
    ],
)
async def test_programs_and_pages_of_the_server_itself_write(
    open_client: Opened, database_url: str, admin: dict[str, str], headers: dict[str, str], public_url: str | None
) -> None:
    async with open_client(database_url, public_url=public_url) as client:
        done = await client.post("/v1/parties", json=PARTY, headers={**admin, **headers})
        assert done.status_code == 201, done.text
