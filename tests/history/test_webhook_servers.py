"""Several server processes share the webhooks, and a kill loses nothing."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.test_cli import Parley
from tests.history.conftest import Session, head
from tests.history.receiver import Receiver, receiving

#: How often a server is killed; more are for a run by hand.
KILLS = int(os.environ.get("HOOKS_KILLS", "1"))
Servers = list[Parley]


@pytest.fixture
def servers(url: str, tmp_path: Path) -> Iterator[Servers]:
    """Two servers over the small world."""
    running: Servers = [started(url, tmp_path / str(number)) for number in (1, 2)]
    yield running
    for one in running:
        one.process.kill()
        one.process.wait()


def started(url: str, folder: Path) -> Parley:
    return Parley(folder, "serve", "--port", "0", DATABASE_URL=url, PARLEY_WEBHOOKS_PRIVATE="true")


async def is_up(server: Parley) -> None:
    """Wait until the server has an address."""
    await asyncio.to_thread(lambda: server.base)


def told(receiver: Receiver) -> list[str]:
    return [position for message in receiver.messages for position in message.positions]


def is_told(receiver: Receiver, position: str) -> bool:
    return position in told(receiver)


async def test_each_change_is_delivered_once_by_several_servers_and_by_one_that_is_left(
    servers: Servers, world_client: httpx.AsyncClient, url: str, psql: Session, tmp_path: Path
) -> None:
    before, draw = await head(psql), random.Random(1)  # noqa: S311 - the same in every run
    async with receiving() as receiver:
        receiver.pause = 0.03
        for one in servers:
            await is_up(one)
        async with httpx.AsyncClient(base_url=servers[0].base, headers=world_client.headers) as client:
            hook: dict[str, Any] = (await client.post("/v1/webhooks", json={"url": receiver.url, "batch": 2})).json()
        await writes(psql, 12)
        await receiver.wait_for(lambda: len(told(receiver)) >= 12)
        assert told(receiver) == await positions(psql, before), "each once, and in order"
        for number in range(KILLS):
            receiver.pause = 0.3
            await psql.execute("UPDATE party SET summary = 'before the kill' || $1::int WHERE slug = 'boria'", number)
            await asyncio.sleep(draw.uniform(0.05, 0.3))
            place = number % 2
            servers[place].process.send_signal(signal.SIGKILL)
            await writes(psql, 6)
            receiver.pause = 0.0
            wanted = await positions(psql, before)
            # Of who was killed in the middle of a delivery, the lease runs out first.
            await receiver.wait_for(partial(is_told, receiver, wanted[-1]), 40)
            if number + 1 < KILLS:
                servers[place] = started(url, tmp_path / f"again-{number}")
                await is_up(servers[place])
        # Without repetitions it is the feed; and a repetition is the same message.
        assert list(dict.fromkeys(told(receiver))) == await positions(psql, before)
        messages: dict[str, set[bytes]] = {}
        for message in receiver.messages:
            messages.setdefault(message.headers["webhook-id"], set()).add(message.body)
        assert all(len(same) == 1 for same in messages.values())
        assert len(receiver.messages) - len(messages) <= KILLS
        await psql.execute("DELETE FROM webhook WHERE id = $1", hook["id"])


async def writes(psql: Session, number: int) -> None:
    for place in range(number):
        await psql.execute(
            "UPDATE party SET summary = $1 WHERE slug = 'alba'", f"{place} of {number} {os.urandom(4)!r}"
        )
        await asyncio.sleep(0.01)


async def positions(psql: Session, after: int) -> list[str]:
    found = "SELECT revision || '.' || record_id FROM revision_change WHERE revision > $1 ORDER BY revision, record_id"
    return [row[0] for row in await psql.fetch(found, after)]
