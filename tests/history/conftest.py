"""The small world, and sessions beside the application, as psql has them."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

Session = asyncpg.Connection


@pytest.fixture
async def url(world_client: httpx.AsyncClient) -> str:
    """The address of the database under the small world."""
    return str(world_client.app.state.ledger.url)  # type: ignore[attr-defined]


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
