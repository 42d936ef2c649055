"""Webhooks: what a receiver gets, whatever it answers."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from app.db.vocabulary import Scope
from app.history.webhooks import courier
from app.history.webhooks.sender import Sender
from app.history.webhooks.signatures import signature_headers
from tests.conftest import Client, key_for
from tests.guide import GUIDES
from tests.history.conftest import Session, head
from tests.history.receiver import Receiver, receiving

BY_HAND = "UPDATE party SET summary = $1 WHERE slug = 'alba'"
GUIDE = (GUIDES / "changes.md").read_text("utf-8")


def _verifier() -> Any:
    """The one of the guide, which shares no code with the server."""
    names: dict[str, Any] = {}
    (program,) = re.findall(r"```python\n(import base64.*?)```", GUIDE, re.DOTALL)
    exec(program, names)  # noqa: S102 - it is our own
    return names["is_from_parley"]


is_from_parley = _verifier()


async def made(client: httpx.AsyncClient, receiver: Receiver, **more: Any) -> dict[str, Any]:
    got = await client.post("/v1/webhooks", json={"url": receiver.url, **more})
    assert got.status_code == 201, got.text
    hook: dict[str, Any] = got.json()
    assert got.headers["location"] == f"/v1/webhooks/{hook['id']}"
    return hook


async def log(client: httpx.AsyncClient, hook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    got = await client.get(f"/v1/webhooks/{hook['id']}/deliveries?{query}")
    assert got.status_code == 200, got.text
    found: list[dict[str, Any]] = got.json()["data"]
    return found


async def shown(client: httpx.AsyncClient, hook: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/webhooks/{hook['id']}")).json()
    return found


async def become(
    client: httpx.AsyncClient, hook: dict[str, Any], ready: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """The webhook as it is shown, once it is so."""
    for _ in range(1_000):
        if ready(now := await shown(client, hook)):
            return now
        await asyncio.sleep(0.02)
    raise AssertionError(now)


def waits(now: dict[str, Any]) -> bool:
    """Whether the webhook is not tried again for a while, as its receiver has asked."""
    again = now["next_try_at"] and datetime.fromisoformat(now["next_try_at"])
    return bool(again and (again - datetime.now(again.tzinfo)).total_seconds() > 600)


def test_the_signature_is_that_of_the_specification() -> None:
    """Its published test vector."""
    headers = signature_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_receiver_gets_the_pages_of_the_feed_signed_and_in_order(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session
) -> None:
    wanted = {"collections": ["talks", "parties"], "processes": ["alba-boria"], "actions": ["create", "change"]}
    all_, some = await made(hooks, receiver, after="0", batch=7), await made(hooks, receiver, after="0", **wanted)
    assert all_["secret"].startswith("whsec_") and (await shown(hooks, all_))["secret"] is None
    last = await head(psql)
    for hook in (all_, some):
        await become(hooks, hook, lambda now: now["after"] == str(last))
    whole = (await hooks.get("/v1/changes?limit=500")).json()["data"]
    got = [one for one in receiver.messages if is_from_parley(one.headers, one.body, all_["secret"])]
    assert [change for one in got for change in one.data["data"]] == whole
    assert all(len(one.data["data"]) <= 7 for one in got)
    # What goes in between is told at once, and only to whom it concerns.
    await psql.execute(BY_HAND, "seen")
    await receiver.wait_for(lambda: receiver.messages[-1].positions[-1].startswith(f"{last + 1}."))
    asked = {"collection": "talks,parties", "process": "alba-boria", "action": "create,change", "limit": "500"}
    feed = (await hooks.get("/v1/changes", params=asked)).json()["data"]
    others = [one for one in receiver.messages if is_from_parley(one.headers, one.body, some["secret"])]
    assert [change for one in others for change in one.data["data"]] == feed
    assert len(feed) == 2 and {change["collection"] for change in feed} == {"talks"}
    assert {one.headers["content-type"] for one in receiver.messages} == {"application/json"}
    assert all(not is_from_parley(one.headers, one.body + b" ", all_["secret"]) for one in got)


async def test_what_is_not_taken_is_sent_again_the_same_and_what_follows_waits(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session
) -> None:
    answers = [
        "500 No\r\n\r\nnot today",
        "302 Found\r\nLocation: /elsewhere\r\n\r\n",
        "503 No\r\nRetry-After: 1\r\n\r\n",
    ]
    receiver.answer = lambda _: answers.pop(0) if answers else "200 OK\r\n\r\nthanks"
    hook = await made(hooks, receiver)
    await psql.execute(BY_HAND, "first")
    await receiver.wait_for(lambda: len(receiver.messages) >= 1)
    await psql.execute(BY_HAND, "second")
    await receiver.wait_for(lambda: len(receiver.messages) >= 5)
    *tries, last = receiver.messages
    assert len({one.headers["webhook-id"] for one in tries}) == 1 and len({str(one.positions) for one in tries}) == 1
    assert tries[3].at - tries[2].at >= 1, "the receiver had asked for a second"
    assert last.headers["webhook-id"] != tries[0].headers["webhook-id"]
    assert [one.data["data"][0]["record"]["summary"] for one in (tries[0], last)] == ["first", "second"]
    await become(hooks, hook, lambda now: not now["revisions_behind"])
    newest, first = await log(hooks, hook)
    assert (first["attempts"], first["status"], first["status_code"], first["answer"]) == (
        4,
        "delivered",
        200,
        "thanks",
    )
    assert (newest["attempts"], newest["after"], first["error"]) == (1, first["next"], None)
    (again,) = await log(hooks, hook, f"before={newest['id']}&limit=1&status=delivered")
    assert again == first


async def test_while_a_secret_changes_both_sign(hooks: httpx.AsyncClient, receiver: Receiver) -> None:
    hook = await made(hooks, receiver, secret="whsec_" + "QUFB" * 8)
    assert hook["secret"] is None, "the client has it"
    address = f"/v1/webhooks/{hook['id']}"
    changed = (await hooks.patch(address, json={"secret": "new"})).json()
    assert changed["secret"].startswith("whsec_") and changed["former_secret_until"]
    said = await hooks.post(f"{address}/ping")
    assert (said.status_code, said.json()["status_code"], said.json()["status"]) == (200, 204, "ping")
    one = receiver.messages[-1]
    assert (one.data["type"], one.data["data"]) == ("ping", [])
    assert all(is_from_parley(one.headers, one.body, secret) for secret in ("whsec_" + "QUFB" * 8, changed["secret"]))
    await hooks.patch(address, json={"secret": "new", "overlap_hours": 0})
    await hooks.post(f"{address}/ping")
    assert not is_from_parley(receiver.messages[-1].headers, receiver.messages[-1].body, changed["secret"])


async def test_a_secret_of_before_can_be_ended_alone_and_not_brought_back(
    hooks: httpx.AsyncClient, receiver: Receiver
) -> None:
    hook = await made(hooks, receiver)
    address = f"/v1/webhooks/{hook['id']}"
    await hooks.patch(address, json={"secret": "new"})

    async def signs() -> bool:
        await hooks.post(f"{address}/ping")
        return bool(is_from_parley(receiver.messages[-1].headers, receiver.messages[-1].body, hook["secret"]))

    longer = (await hooks.patch(address, json={"overlap_hours": 48})).json()["former_secret_until"]
    until = datetime.fromisoformat(longer)
    assert (until - datetime.now(until.tzinfo)).total_seconds() > 47 * 3600 and await signs()
    ended = await hooks.patch(address, json={"overlap_hours": 0})
    assert ended.json()["former_secret_until"] is None and not await signs()
    refused = await hooks.patch(address, json={"overlap_hours": 1})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/overlap_hours")
    assert not await signs()


async def test_who_resumes_or_gives_another_address_does_not_wait(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session
) -> None:
    hook = await made(hooks, receiver)
    receiver.answer = lambda _: "500 No\r\nRetry-After: 3600\r\n\r\n"
    await psql.execute(BY_HAND, "waits")
    await become(hooks, hook, waits)
    number = len(receiver.messages)
    now = (await hooks.patch(f"/v1/webhooks/{hook['id']}", json={"is_active": True})).json()
    assert (now["failures"], now["failing_since"]) == (0, None)
    await receiver.wait_for(lambda: len(receiver.messages) > number)
    await become(hooks, hook, waits)
    async with receiving() as other:
        await hooks.patch(f"/v1/webhooks/{hook['id']}", json={"url": other.url})
        await other.wait_for(lambda: len(other.messages) == 1)
        await become(hooks, hook, lambda now: not now["revisions_behind"])
    assert other.messages[0].body == receiver.messages[0].body


async def test_a_pause_loses_nothing_and_410_is_one(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session
) -> None:
    hook = await made(hooks, receiver)
    address = f"/v1/webhooks/{hook['id']}"
    paused = (await hooks.patch(address, json={"is_active": False})).json()
    assert (paused["is_active"], paused["pause_reason"]) == (False, "asked")
    await psql.execute(BY_HAND, "while it was paused")
    await asyncio.sleep(0.3)
    assert receiver.messages == []
    receiver.answer = lambda _: "410 Gone\r\n\r\n"
    await hooks.patch(address, json={"is_active": True})
    await receiver.wait_for(lambda: len(receiver.messages) == 1)
    await become(hooks, hook, lambda now: now["pause_reason"] == "gone")
    (one,) = await log(hooks, hook)
    assert (one["status"], one["status_code"], one["next_try_at"]) == ("pending", 410, None)
    # By hand it can be tried at once, and moves on though the webhook stays paused.
    receiver.answer = lambda _: "200 OK\r\n\r\n"
    sent = (await hooks.post(f"{address}/deliveries/{one['id']}/redeliver")).json()
    assert (sent["status"], sent["attempts"]) == ("delivered", 2)
    now = await shown(hooks, hook)
    assert (now["revisions_behind"], now["is_active"]) == (0, False)
    again = (await hooks.post(f"{address}/deliveries/{one['id']}/redeliver")).json()
    assert (again["attempts"], len(receiver.messages)) == (3, 3)
    assert len({(one.headers["webhook-id"], one.body) for one in receiver.messages}) == 1


async def test_who_fails_for_too_long_is_paused_and_goes_on_where_it_stood(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session
) -> None:
    hook = await made(hooks, receiver)
    receiver.answer = lambda _: "500 No\r\n\r\n"
    await psql.execute(BY_HAND, "lost?")
    await receiver.wait_for(lambda: len(receiver.messages) > 0)
    # As if that were two days ago.
    await psql.execute("UPDATE webhook SET failing_since = now() - interval '49 hours'")
    now = await become(hooks, hook, lambda now: not now["is_active"])
    assert (now["pause_reason"], now["next_try_at"], now["revisions_behind"]) == ("failing", None, 1)
    receiver.answer, number = lambda _: "200 OK\r\n\r\n", len(receiver.messages)
    await hooks.patch(f"/v1/webhooks/{hook['id']}", json={"is_active": True})
    await receiver.wait_for(lambda: len(receiver.messages) > number)
    assert receiver.messages[-1].data["data"][0]["record"]["summary"] == "lost?"


async def test_slow_long_and_broken_answers(hooks: httpx.AsyncClient, receiver: Receiver) -> None:
    hook = await made(hooks, receiver)
    ping = f"/v1/webhooks/{hook['id']}/ping"
    receiver.answer = lambda _: "200 OK\r\n\r\n" + "x\0" * 1_000_000
    said = (await hooks.post(ping)).json()
    assert (said["status_code"], said["error"], len(said["answer"])) == (200, None, 1_000)
    # What had come when the time was over is kept, and the status counts.
    receiver.hold, receiver.answer = 2, lambda _: "200 OK\r\nContent-Length: 100\r\n\r\nstored, and"
    said = (await hooks.post(ping)).json()
    assert (said["status_code"], said["error"], said["answer"]) == (200, None, "stored, and")
    receiver.hold, receiver.answer = 0, lambda _: "nonsense"
    said = (await hooks.post(ping)).json()
    assert said["status_code"] is None and said["error"]
    receiver.pause = 2
    said = (await hooks.post(ping)).json()
    assert (said["status_code"], said["error"]) == (None, "The receiver did not respond within 0.5 seconds.")
    assert 450 <= said["duration_ms"] < 1_500


async def test_every_failure_is_counted_and_shown(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = await hooks.post("/v1/webhooks", json={"url": "https://xn--localhost-/"})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/url")
    hook = await made(hooks, receiver)
    # As a version before stored it.
    await psql.execute("UPDATE webhook SET url = 'https://xn--localhost-/'")
    said = await hooks.post(f"/v1/webhooks/{hook['id']}/ping")
    assert said.status_code == 200 and "xn--localhost-" in said.json()["error"]
    await psql.execute(BY_HAND, "to nowhere")
    now = await become(hooks, hook, lambda now: now["failures"])
    assert now["next_try_at"] and "xn--localhost-" in (await log(hooks, hook))[0]["error"]
    # A fault of the courier itself, before and after there is a delivery.
    monkeypatch.setattr(Sender, "_request", broken)
    await hooks.patch(f"/v1/webhooks/{hook['id']}", json={"url": receiver.url})
    await become(hooks, hook, lambda now: now["failures"] == 1)
    assert (await log(hooks, hook))[0]["error"] == "The message could not be sent: RuntimeError."
    monkeypatch.setattr(courier, "delivery_values", broken)
    await hooks.patch(f"/v1/webhooks/{hook['id']}", json={"after": str(await head(psql) - 1)})
    now = await become(hooks, hook, lambda now: now["failures"] == 1)
    assert now["failing_since"] and now["next_try_at"] and receiver.messages == []


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("a fault of the program")


async def test_another_position_drops_what_is_pending(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session
) -> None:
    hook = await made(hooks, receiver)
    address = f"/v1/webhooks/{hook['id']}"
    receiver.answer = lambda _: "500 No\r\nRetry-After: 60\r\n\r\n"
    await psql.execute(BY_HAND, "not wanted")
    await receiver.wait_for(lambda: len(receiver.messages) == 1)
    tried = datetime.fromisoformat((await become(hooks, hook, lambda now: now["failures"]))["next_try_at"])
    assert (tried - datetime.now(tried.tzinfo)).total_seconds() > 50
    receiver.answer = lambda _: "200 OK\r\n\r\n"
    newest = await head(psql)
    late = await hooks.patch(address, json={"after": str(newest + 1)})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/after")
    moved = (await hooks.patch(address, json={"after": str(newest)})).json()
    assert (moved["after"], moved["failures"]) == (str(newest), 0)
    await psql.execute(BY_HAND, "wanted")
    await receiver.wait_for(lambda: len(receiver.messages) == 2)
    assert receiver.messages[1].data["data"][0]["record"]["summary"] == "wanted"
    assert [one["status"] for one in await log(hooks, hook)][-1] == "dropped"


async def test_webhooks_are_for_administrators_and_say_all_that_is_wrong(
    hooks: httpx.AsyncClient, receiver: Receiver, world_client: Client
) -> None:
    wrong = {
        "url": "http://127.0.0.1/x#y", "collections": ["talk"], "processes": ["alba-borea"], "secret": "short",
        "batch": 0, "nonsense": 1,
    }  # fmt: skip
    got = await hooks.post("/v1/webhooks", json=wrong)
    told = {violation["pointer"]: violation.get("hint", "") for violation in got.json()["errors"]}
    assert set(told) == {"/secret", "/batch", "/nonsense", "/url", "/collections/0", "/processes/0"}
    assert "talks" in told["/collections/0"] and "alba-boria" in told["/processes/0"]
    # What is missing, or of another kind, is told once.
    got = await hooks.post("/v1/webhooks", json={"processes": "alba-borea", "collections": ["talk"]})
    assert [violation["pointer"] for violation in got.json()["errors"]] == ["/url", "/processes", "/collections/0"]
    # Where private addresses are not allowed, and nobody has said so:
    refused = await world_client.post("/v1/webhooks", json={"url": "http://169.254.169.254/latest"})
    assert "https://" in refused.json()["errors"][0]["message"]
    writer = await key_for(world_client.state.writer.engine, Scope.WRITE)
    hook = await made(hooks, receiver)
    address = f"/v1/webhooks/{hook['id']}"
    for method, path in (
        ("GET", "/v1/webhooks"), ("POST", "/v1/webhooks"), ("GET", address), ("PATCH", address), ("DELETE", address),
        ("POST", f"{address}/ping"), ("GET", f"{address}/deliveries"),
    ):  # fmt: skip
        assert (await hooks.request(method, path, headers=writer)).status_code == 403, path
        del hooks.headers["authorization"]
        assert (await hooks.request(method, path)).status_code == 401, path
        hooks.headers.update(world_client.headers)
    assert (await hooks.delete(address)).status_code == 204
    assert (await hooks.get(address)).status_code == 404
    assert (await hooks.get("/v1/webhooks")).json() == {"data": []}


async def test_a_repeated_request_makes_one_webhook_and_keeps_its_secret(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session
) -> None:
    once = {"Idempotency-Key": "a-webhook"}
    two = await asyncio.gather(
        *(hooks.post("/v1/webhooks", json={"url": receiver.url}, headers=once) for _ in range(2))
    )
    assert [one.status_code for one in two] == [201, 201]
    first, again = sorted(two, key=lambda got: "idempotency-replayed" in got.headers)
    assert first.json() == {**again.json(), "secret": await psql.fetchval("SELECT secret FROM webhook")}
    assert again.json()["secret"] is None and first.headers["location"] == again.headers["location"]
    assert "whsec_" not in str(await psql.fetchval("SELECT body FROM receipt"))
    assert len((await hooks.get("/v1/webhooks")).json()["data"]) == 1
