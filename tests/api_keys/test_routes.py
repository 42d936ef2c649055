"""API keys over HTTP: their life, who may manage them, what is recorded, and that secrets are nowhere but in one answer."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.vocabulary import Scope
from app.runtime import api_keys
from tests.conftest import ADMIN_SECRET, Client, Server, Templates, bearer, key_for, keyed

FAR = "2999-12-31T00:00:00+00:00"


@pytest.fixture(scope="module")
async def client(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """An empty ledger of the module's own; the client has a key that may do everything."""
    async with keyed(server, templates.empty) as client:
        yield client


@pytest.fixture(autouse=True)
def uncached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request looks its key up."""
    monkeypatch.setattr(api_keys, "KEY_SECONDS", 0.0)


async def execute(client: Client, statement: str) -> None:
    connection = await asyncpg.connect(client.state.ledger.url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def me(client: Client, secret: str) -> httpx.Response:
    return await client.get("/v1/me", headers=bearer(secret))


async def test_the_life_of_a_key(client: Client) -> None:
    body = {"name": "Inés", "scopes": ["write", "write"], "expires_at": "2999-12-31T01:00:00+01:00", "note": "imports"}
    made = await client.post("/v1/keys", json=body, headers={"X-Request-Id": "request-of-creation"})
    assert made.status_code == 201 and made.headers["cache-control"] == "no-store", made.text
    first = made.json().pop("secret")
    path = made.headers["location"]
    stored = (await client.get("/v1/keys/In%C3%A9s")).json()
    assert stored == {**made.json(), "secret": None} == (await client.get(path)).json()
    assert {name: stored[name] for name in ("scopes", "note", "is_valid", "expires_at", "last_used_at")} == {
        "scopes": ["write"], "note": "imports", "is_valid": True, "expires_at": FAR, "last_used_at": None,
    }  # fmt: skip
    assert stored in (await client.get("/v1/keys")).json()["data"]
    own = (await me(client, first)).json()
    assert own == {
        "name": "Inés", "scopes": ["write"], "may_read": True, "may_write": True, "created_at": stored["created_at"],
        "expires_at": FAR, "last_used_at": None,
    }  # fmt: skip

    again = await client.post("/v1/keys", json={"name": "Inés", "scopes": ["read"]})
    assert (again.status_code, "another name" in again.json()["detail"]) == (409, True)

    turned = (await client.post(f"{path}/rotate?overlap_hours=24")).json()
    second = turned["secret"]
    assert turned["former_secret_until"] and {(await me(client, one)).status_code for one in (first, second)} == {200}
    assert (await client.post(f"{path}/rotate?overlap_hours=1")).status_code == 409
    third = (await client.post(f"{path}/rotate")).json()["secret"]
    told = await me(client, second)
    assert (told.status_code, "was replaced" in told.json()["detail"]) == (401, True)
    for _ in range(500):  # written in the background
        await asyncio.sleep(0.02)
        if (used := (await me(client, third)).json()["last_used_at"]) is not None:
            break
    assert used is not None

    await execute(client, "UPDATE api_key SET expires_at = now() WHERE name = 'Inés'")
    told = await me(client, third)
    assert (told.status_code, "has expired" in told.json()["detail"]) == (401, True)
    assert 'error="invalid_token"' in told.headers["www-authenticate"]
    assert (await client.get(path)).json()["is_valid"] is False
    assert (await client.post(f"{path}/rotate")).status_code == 409
    changed = await client.patch(path, json={"expires_at": None})
    assert (changed.status_code, changed.json()["expires_at"]) == (200, None)
    assert (await me(client, third)).json()["expires_at"] is None
    assert (await client.patch(path, json={})).json()["note"] == "imports"

    assert [(await client.delete(path)).status_code for _ in range(2)] == [204, 204]
    assert (await me(client, third)).status_code == 401
    assert (await client.patch(path, json={"note": None})).status_code == 409
    assert (await client.get(path)).json()["is_valid"] is False
    assert [(await client.request(method, "/v1/keys/nobody")).status_code for method in ("GET", "DELETE")] == [404, 404]

    events = (await client.get("/v1/keys/events?key=In%C3%A9s")).json()
    assert [one["action"] for one in events["data"]] == ["revoke_key", "change_key", *["rotate_key"] * 2, "create_key"]
    admin = await client.get("/v1/me")
    assert {(one["key"], one["actor"]) for one in events["data"]} == {("Inés", admin.json()["name"])}
    creation = events["data"][-1]
    assert (creation["request_id"], creation["details"]) == (
        "request-of-creation",
        {"scopes": ["write"], "expires_at": FAR},
    )
    page = (await client.get("/v1/keys/events?key=In%C3%A9s&limit=2")).json()
    rest = (await client.get(f"/v1/keys/events?key=In%C3%A9s&limit=2&before={page['next']}")).json()
    assert page["data"] + rest["data"] == events["data"][:4]
    assert (await client.get("/v1/keys/events?key=nobody")).status_code == 404


async def test_secrets_are_in_one_answer_and_nowhere_else(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        made = await client.post("/v1/keys", json={"name": "secret", "scopes": ["admin"]})
        turned = await client.post("/v1/keys/secret/rotate?overlap_hours=1")
        for path, body in (("/v1/keys", {"name": "once", "scopes": ["read"]}), ("/v1/keys/secret/rotate", None)):
            once = await client.post(path, json=body, headers={"Idempotency-Key": "once"})
            assert once.status_code == 422, once.text
            assert once.json()["errors"][0]["parameter"] == "Idempotency-Key"
    assert (await client.get("/v1/keys/once")).status_code == 404
    secrets = [answer.json()["secret"] for answer in (made, turned)]
    others = [
        (await client.get(path)).text for path in ("/v1/keys", "/v1/keys/secret", "/v1/keys/events", "/v1/changes")
    ]
    connection = await asyncpg.connect(client.state.ledger.url)
    tables = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|information_)'"
    )
    rows = [str(await connection.fetch(f"SELECT t::text FROM {name} t")) for (name,) in tables]
    await connection.close()
    assert len(rows) > 50 and any("secret" in row for row in rows)
    for secret in secrets:
        for form in (secret, secret.encode().hex()):
            assert not any(form in text for text in (*others, *rows, caplog.text))


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"name": "a/b", "scopes": [], "expires_at": "2020-01-01T00:00:00Z"}, "/name /scopes /expires_at"),
        ({"scopes": ["read"]}, "/name"),
        ({"name": "a/b", "scopes": ["read"]}, "/name"),
        ({"name": ADMIN_SECRET, "scopes": ["read"]}, "/name"),
        ({"name": "a", "scopes": []}, "/scopes"),
        ({"name": "a", "scopes": ["owner"]}, "/scopes/0"),
        ({"name": "a", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "a", "scopes": ["read"], "expires_at": "2999-01-01T00:00:00"}, "/expires_at"),
        ({"name": "a", "scopes": ["read"], "expires_at": 32503680000}, "/expires_at"),
        ({"name": "a", "scopes": ["read"], "expires_at": "9999-12-31T23:00:00-14:00"}, "/expires_at"),
        ({"name": "a", "scopes": ["read"], "digest": "x"}, "/digest"),
    ],
)
async def test_an_invalid_key_is_refused_with_its_place(client: Client, body: dict[str, Any], pointers: str) -> None:
    got = await client.post("/v1/keys", json=body)
    assert (got.status_code, [error["pointer"] for error in got.json()["errors"]]) == (422, pointers.split()), got.text


async def test_only_administrators_manage_keys_and_refused_attempts_are_logged(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    headers = await key_for(client.state.ledger.engine, Scope.WRITE)
    writer = (await client.get("/v1/me", headers=headers)).json()["name"]
    key_id = (await client.get(f"/v1/keys/{writer}")).json()["id"]
    before = (await client.get("/v1/keys/events")).json()
    with caplog.at_level(logging.INFO, "parley.access"):
        for method, path in (("GET", ""), ("POST", ""), ("GET", "/events"), ("GET", "/x"), ("PATCH", "/x"), ("DELETE", "/x"),
                             ("POST", "/x/rotate")):  # fmt: skip
            got = await client.request(
                method, f"/v1/keys{path}", headers={**headers, "X-Request-Id": f"refused{path}/"}
            )
            assert got.status_code == 403, (method, path, got.text)
            assert got.headers["x-request-id"] in caplog.messages[-1] and f"key={key_id}" in caplog.messages[-1]
    assert (await client.get("/v1/keys/events")).json() == before
