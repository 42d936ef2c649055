"""The small world, and sessions beside the application, as psql has them."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import httpx
import pytest

from app.history.webhooks import courier
from app.history.webhooks.courier import Courier
from tests.conftest import Client, application
from tests.history.receiver import Receiver, receiving

Session: TypeAlias = asyncpg.Connection


@pytest.fixture
async def url(world_client: Client) -> str:
    """The address of the database under the small world."""
    return str(world_client.state.ledger.url)


@pytest.fixture
async def psql(url: str) -> AsyncIterator[Session]:
    """A session that knows nothing of Parley."""
    session = await asyncpg.connect(url)
    yield session
    await session.close()


async def head(session: Session) -> int:
    found: int = await session.fetchval("SELECT revision FROM head")
    return found


@pytest.fixture
async def loaded_psql(loaded_url: str) -> AsyncIterator[Session]:
    """The same over the bundled dossiers that `client` reads."""
    session = await asyncpg.connect(loaded_url)
    yield session
    await session.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def hooks(world_client: httpx.AsyncClient, url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client to a server that delivers to this machine, and tries again soon."""
    monkeypatch.setattr(courier, "_FIRST", 0.05)
    async with application(url, webhooks_private=True, webhook_timeout_seconds=0.5) as client:
        client.headers.update(world_client.headers)
        async with client.state.part(Courier).working():
            yield client
