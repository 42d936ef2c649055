"""`Idempotency-Key`: the same request again gets the first answer again, and is done once."""

import asyncio
import json
from typing import Any

import httpx
from sqlalchemy import text

from app.registry import RESOURCES
from tests.conftest import Client
from tests.document import openapi_document, resolved

ALBA = {"slug": "alba", "name": "Alba", "kind": "state"}


async def post(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    key: str,
    body: Any = ALBA,
    path: str = "/v1/parties",
    **query: Any,
) -> httpx.Response:
    return await client.post(path, json=body, params=query, headers={**headers, "Idempotency-Key": key})


async def head(client: httpx.AsyncClient) -> int:
    return int((await client.get("/v1/revisions?limit=1")).json()["head"])


async def sql(client: Client, statement: str) -> None:
    async with client.state.ledger.engine.begin() as connection:
        await connection.execute(text(statement))


async def test_the_same_request_again_gets_the_first_answer_again(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    first = await post(empty_client, admin, "k-1")
    assert first.status_code == 201
    await empty_client.patch("/v1/parties/alba", json={"name": "Changed"}, headers=admin)
    again = await post(empty_client, admin, "k-1", dict(reversed(ALBA.items())))
    assert (again.status_code, again.content) == (201, first.content)
    for name in ("location", "etag", "parley-revision", "content-type", "content-location"):
        assert again.headers[name] == first.headers[name], name
    assert again.headers["idempotency-replayed"] == "true"
    assert await head(empty_client) == 2


async def test_a_key_is_good_for_one_request_alone(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    await post(empty_client, admin, "k-1")
    for other in (
        await post(empty_client, admin, "k-1", {**ALBA, "slug": "boria"}),
        await post(empty_client, admin, "k-1", path="/v1/people"),
        await post(empty_client, admin, "k-1", message="why"),
    ):
        assert other.status_code == 422
        assert other.json()["errors"][0]["parameter"] == "Idempotency-Key"


async def test_what_was_refused_is_not_kept(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    assert (await post(empty_client, admin, "k-1", {**ALBA, "kind": "planet"})).status_code == 422
    assert (await post(empty_client, admin, "k-1", dry_run=True)).status_code == 200
    assert (await post(empty_client, admin, "k-1")).status_code == 201


async def test_ten_at_once_are_done_once(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    body = {"name": "Alba", "kind": "state"}
    got = await asyncio.gather(*(post(empty_client, admin, "k-1", body) for _ in range(10)))
    assert {one.status_code for one in got} == {201}
    assert len({one.content for one in got}) == 1
    assert await head(empty_client) == 1


async def test_an_answer_that_was_lost_is_made_anew(empty_client: Client, admin: dict[str, str]) -> None:
    """A server that is killed after the COMMIT and before the answer leaves a receipt without one."""
    first = await post(empty_client, admin, "k-1")
    await sql(empty_client, "UPDATE receipt SET status = NULL, headers = NULL, body = NULL")
    again = await post(empty_client, admin, "k-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == "/v1/parties/alba"
    assert await head(empty_client) == 1


async def test_a_write_that_fails_leaves_no_receipt(empty_client: Client, admin: dict[str, str]) -> None:
    await sql(empty_client, "ALTER TABLE receipt ADD CONSTRAINT ck_receipt_odd CHECK (key <> 'k-1')")
    assert (await post(empty_client, admin, "k-1")).status_code == 422
    assert (await empty_client.get("/v1/parties/alba")).status_code == 404
    assert (await post(empty_client, admin, "k-2")).status_code == 201


async def test_an_expired_key_is_forgotten_and_swept_away(empty_client: Client, admin: dict[str, str]) -> None:
    await post(empty_client, admin, "k-1")
    await sql(empty_client, "UPDATE receipt SET expires_at = now() - interval '1 hour'")
    assert (await post(empty_client, admin, "k-1")).status_code == 409
    assert (await post(empty_client, admin, "k-2", {**ALBA, "slug": "boria"})).status_code == 201
    async with empty_client.state.ledger.engine.connect() as connection:
        assert list((await connection.execute(text("SELECT key FROM receipt"))).scalars()) == ["k-2"]


async def test_what_is_no_key_is_refused(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    for key in ("", " ", "a b", "x" * 256, "ключ".encode()):
        headers: Any = {**admin, "Idempotency-Key": key}
        got = await empty_client.post("/v1/parties", json=ALBA, headers=headers)
        assert got.status_code == 422, key
        assert got.json()["errors"][0]["parameter"] == "Idempotency-Key", key


async def test_two_keys_in_one_request_are_refused(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    headers = [*admin.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert (await empty_client.post("/v1/parties", json=ALBA, headers=headers)).status_code == 422


async def test_an_import_is_done_once_and_its_summary_told_again(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    async def send(body: bytes, key: str = "k-1", accept: str = "*/*") -> httpx.Response:
        kind = {"Content-Type": "application/x-ndjson", "Idempotency-Key": key, "Accept": accept}
        return await empty_client.post("/v1/imports", content=body, headers={**admin, **kind})

    body = json.dumps({"collection": "parties", **ALBA}).encode()
    first = await send(body)
    await empty_client.patch("/v1/parties/alba", json={"name": "Changed"}, headers=admin)
    again = await send(body)
    assert again.text.splitlines()[-1] == first.text.splitlines()[-1]
    assert again.headers["idempotency-replayed"] == "true"
    assert (await send(body, accept="application/json")).json() == json.loads(first.text.splitlines()[-1])
    assert (await empty_client.get("/v1/parties/alba")).json()["name"] == "Changed"
    assert (await send(body + b"\n")).status_code == 422
    assert (await post(empty_client, admin, "k-1")).status_code == 422


async def test_every_way_of_writing_a_record_is_done_once(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    ways: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", "created", {"json": ALBA, "headers": {"If-None-Match": "*"}}),
        ("PATCH", "changed", {"json": {"name": "Alva"}, "headers": {"If-Match": '"v1"'}}),
        ("DELETE", "withdrawn", {"params": {"reason": "coded twice"}, "headers": {"If-Match": '"v2"'}}),
    ]
    for number, (method, key, sent) in enumerate(ways, 1):
        headers = {**admin, **sent.pop("headers"), "Idempotency-Key": key}
        first, again = [
            await empty_client.request(method, "/v1/parties/alba", headers=headers, **sent) for _ in range(2)
        ]
        assert first.is_success, first.text
        assert (again.status_code, again.content) == (first.status_code, first.content), method
        assert again.headers["parley-revision"] == first.headers["parley-revision"] == str(number)
        assert again.headers["idempotency-replayed"] == "true"
        assert await head(empty_client) == number


async def test_every_write_of_a_record_takes_a_key() -> None:
    document = openapi_document()
    for collection in RESOURCES:
        addresses = (f"/v1/{collection.name}", f"/v1/{collection.name}/{{key}}")
        written = [
            (path, method) for path in addresses for method in document["paths"][path] if method not in ("get", "head")
        ]
        assert len(written) == 4, collection.name
        for path, method in [*written, ("/v1/imports", "post"), ("/v1/dossiers", "post")]:
            names = {resolved(document, one)["name"] for one in document["paths"][path][method]["parameters"]}
            assert "Idempotency-Key" in names, (method, path)
