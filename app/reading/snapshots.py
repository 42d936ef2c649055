"""Read-only transactions of the SQLAlchemy engine at one snapshot and `known_by` day."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.history import Head
from app.reading.as_of import SNAPSHOT_PATH, Snapshot, session_settings
from app.reading.known_by import BOTH_PATH, BOTH_TO_PATH, KNOWN_BY_PATH, KNOWN_TO_PATH, KnownTo

# Set the values for the transaction only (`true`), because writers use the same connections.
_SET_SNAPSHOT = text("SELECT set_config('parley.as_of', :revision, true), set_config('parley.as_of_day', :day, true)")
_SET_KNOWN_BY = text("SELECT set_config('parley.known_by', :known_by, true)")
_SET_KNOWN_TO = text(
    "SELECT set_config('parley.known_to', :party, true), set_config('parley.known_to_slug', :slug, true)"
)
_SET_PATH = text("SELECT set_config('search_path', :path, true)")


@asynccontextmanager
async def snapshot(
    engine: AsyncEngine,
    moment: Snapshot | None = None,
    known_by: date | None = None,
    known_to: KnownTo | None = None,
) -> AsyncIterator[AsyncConnection]:
    """Open a read-only connection in one transaction, so that all its statements read the same state of the database.

    `moment`: the snapshot to read, or None for the newest revision; `known_by`: read only what was public on this day or,
    with `known_to`, what this party could know by then.
    """
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with connection.begin():
            if moment is not None:
                await connection.execute(_SET_SNAPSHOT, session_settings(moment))
                await connection.execute(_SET_PATH, {"path": SNAPSHOT_PATH})
            if known_by is not None:
                await connection.execute(_SET_KNOWN_BY, {"known_by": known_by.isoformat()})
                path = KNOWN_BY_PATH if moment is None else BOTH_PATH
                if known_to is not None:
                    party, slug = known_to.settings
                    await connection.execute(_SET_KNOWN_TO, {"party": party, "slug": slug})
                    path = KNOWN_TO_PATH if moment is None else BOTH_TO_PATH
                await connection.execute(_SET_PATH, {"path": path})
            yield connection


async def fetch_head(connection: AsyncConnection) -> tuple[int, datetime]:
    """Number and instant of the newest revision that the connection sees."""
    number, at = (await connection.execute(select(Head.revision, Head.at))).one()
    return number, at
