"""A message of a webhook is the same bytes at every attempt, and what is wanted lies in one of them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.writing.deliveries import note_pending
from tests.conftest import Client
from tests.history.conftest import Session, head
from tests.history.receiver import Receiver
from tests.history.test_webhooks import BY_HAND, become, log, made, waits


async def written(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> None:
    got = await client.request(method, path, json=body)
    assert got.status_code < 300, got.text


async def test_what_changes_between_two_attempts_changes_no_message_and_loses_no_change(
    hooks: httpx.AsyncClient, receiver: Receiver, psql: Session
) -> None:
    for slug in ("upper", "lower"):
        await written(hooks, "POST", "/v1/processes", slug=slug, title=slug, kind="peace")
    hook = await made(hooks, receiver, processes=["upper"], batch=7, is_active=False)
    before = await head(psql)
    await written(hooks, "PATCH", "/v1/processes/lower", title="Not wanted yet")
    await written(hooks, "PATCH", "/v1/processes/upper", title="Wanted")
    receiver.answer = lambda _: "500 No\r\nRetry-After: 3600\r\n\r\n"
    await written(hooks, "PATCH", f"/v1/webhooks/{hook['id']}", is_active=True)
    await become(hooks, hook, waits)
    # Today's tree has the lower one's change in it, before the wanted one; and the head has moved.
    await written(hooks, "PATCH", "/v1/processes/lower", parent="upper")
    await psql.execute(BY_HAND, "another head")
    receiver.answer = lambda _: "204 No Content\r\n\r\n"
    (pending,) = await log(hooks, hook)
    again = f"/v1/webhooks/{hook['id']}/deliveries/{pending['id']}/redeliver"
    await written(hooks, "POST", again)
    await become(hooks, hook, lambda now: not now["revisions_behind"])
    first, second = {one.headers["webhook-id"]: one for one in receiver.messages}.values()
    assert [change["revision"] for one in (first, second) for change in one.data["data"]] == [before + 2, before + 3]
    assert first.data["page"] == {"limit": 7, "next": str(before + 2), "more": False, "head": before + 2}
    # Once more when it was taken long ago, and everything is otherwise.
    await written(hooks, "PATCH", f"/v1/webhooks/{hook['id']}", processes=None, batch=1)
    await written(hooks, "POST", again)
    assert receiver.messages[-1].headers["webhook-id"] == first.headers["webhook-id"]
    assert {one.body for one in receiver.messages} == {first.body, second.body}


async def test_who_has_lost_its_lease_puts_nothing_into_the_log(hooks: Client, receiver: Receiver) -> None:
    """The webhook was set to another position meanwhile: what was put together before would move it away from there."""
    hook = await made(hooks, receiver, is_active=False)
    values = {"after": "1", "next": "2", "change_count": 1, "created_at": datetime.now(UTC), "body": b""}
    engine = hooks.state.writer.engine
    assert await note_pending(engine, UUID(hook["id"]), uuid4(), values) is None
    assert await log(hooks, hook) == []
