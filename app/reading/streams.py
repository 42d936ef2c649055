"""Streams: all records that match a query, in batches, with constant memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import BaseModel

from app.errors import ApiError, ProblemType
from app.reading.hidden_records import count_hidden
from app.reading.preparation import Prepared, prepare_list
from app.reading.query import ListQuery
from app.reading.reader import Reader
from app.reading.statements import select_opening, select_stream
from app.reading.unknown_names import reject_unknown_names

#: Number of rows in the first batch, and maximum number of rows in later batches.
FIRST_ROWS, MAX_ROWS = 50, 500
#: Approximate maximum number of characters in a batch, so that a client that never reads cannot occupy much memory.
#: Very large rows lead to smaller batches.
MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class RecordStream:
    """All records that match, each a JSON object as text. Read `batches` to the end, or call `close`."""

    revision: int
    at: datetime
    batches: AsyncIterator[list[str]]
    close: Callable[[], Awaitable[None]]
    #: How many matching records are hidden because no dated source makes them public; None = without `known_by`.
    hidden: int | None = None


async def open_stream(reader: Reader, name: str, query: ListQuery, schema: type[BaseModel]) -> RecordStream:
    """Stream all records that match, from one snapshot. Raises ApiError with all errors of the query, before the first
    row; 503 if too many streams are open."""
    collection = reader.collections[name]
    prepared = prepare_list(collection, query, reader.summary, reader.secret, reader.bounds, schema=schema)
    if reader.connections.streams.locked():
        raise ApiError(
            ProblemType.UNAVAILABLE, "Too many streams are open. Try again later.", headers={"Retry-After": "5"}
        )
    # Check the names before the stream takes its connection. Otherwise, with a pool of one connection, the check would
    # wait forever.
    await reject_unknown_names(reader, query, {**await reader.fetch_row(prepared, select_opening), "found": True})
    hidden = await count_hidden(reader, prepared)
    rows = _rows(reader, prepared)
    opening = await anext(rows)
    if not opening["found"]:
        await rows.aclose()
        await reject_unknown_names(reader, query, opening)
    return RecordStream(opening["revision"], opening["revised_at"], rows, rows.aclose, hidden)


async def _rows(reader: Reader, prepared: Prepared) -> AsyncGenerator[Any, None]:
    """Yield first the row of `select_opening`, then the records in batches."""
    opening = await reader.statements.get(prepared, select_opening)
    rows = await reader.statements.get(prepared, select_stream)
    # In one transaction, both statements read the same snapshot. The cursor needs a transaction too.
    async with (
        reader.connections.streams,
        reader.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        row = await connection.fetchrow(opening.sql, *opening.arguments(prepared.bound))
        cursor = await connection.cursor(rows.sql, *rows.arguments(prepared.bound))
        with reader.timed(prepared.statement_key):
            batch = await cursor.fetch(FIRST_ROWS)
        yield {**row, "found": len(batch)}
        requested = FIRST_ROWS
        while batch:
            is_last, requested = len(batch) < requested, _batch_size(batch)
            # Fetch the next batch while this one is written: 1.5 times as many rows per second.
            fetching = None if is_last else asyncio.create_task(cursor.fetch(requested))
            await asyncio.sleep(0)
            try:
                yield [one[0] for one in batch]
                batch = await fetching if fetching else []
            finally:
                if fetching and not fetching.done():
                    fetching.cancel()
                    await asyncio.wait([fetching])


def _batch_size(batch: list[asyncpg.Record]) -> int:
    """The number of rows to fetch next, from the average size of the rows in this batch."""
    size = sum(len(row[0]) for row in batch) // len(batch)
    return max(1, min(MAX_ROWS, MAX_CHARACTERS // max(size, 1)))
