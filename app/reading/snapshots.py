"""Connections of the writer's engine on which all statements see the ledger as it was at one moment, or as far as it was
known on a day."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.history import Head
from app.reading.as_of import PAST_PATH, Moment, turned
from app.reading.known_by import BOTH_PATH, KNOWN_PATH

# For the transaction alone: the connection goes back to those who write.
_TURN = text("SELECT set_config('parley.as_of', :revision, true), set_config('parley.as_of_day', :day, true)")
_TURN_KNOWN = text("SELECT set_config('parley.known_by', :known_by, true)")
_PATH = text("SELECT set_config('search_path', :path, true)")


@asynccontextmanager
async def snapshot(
    engine: AsyncEngine, moment: Moment | None = None, known_by: date | None = None
) -> AsyncIterator[AsyncConnection]:
    """A connection on which all statements see the ledger as it is now, or as it was at a moment, or no more
    of it than was known on a day; and none writes."""
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with connection.begin():
            if moment is not None:
                await connection.execute(_TURN, turned(moment))
                await connection.execute(_PATH, {"path": PAST_PATH})
            if known_by is not None:
                await connection.execute(_TURN_KNOWN, {"known_by": known_by.isoformat()})
                await connection.execute(_PATH, {"path": KNOWN_PATH if moment is None else BOTH_PATH})
            yield connection


async def fetch_head(connection: AsyncConnection) -> tuple[int, datetime]:
    """Number and instant of the newest revision that the connection sees."""
    number, at = (await connection.execute(select(Head.revision, Head.at))).one()
    return number, at
