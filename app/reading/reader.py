"""The reader: a query model in, bytes out. One statement an answer; compiled once a shape.

    query → shape → cached SQL text → one statement on the driver → JSON bytes, untouched

A second statement runs only where the answer is a refusal: to say which named record does not exist and which one
was perhaps meant, or whether a slug is an old one.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
from pydantic import BaseModel

from app.errors import ApiError, ProblemType
from app.reading.as_of import Moment, Past
from app.reading.binding import Context
from app.reading.compiler import Compiled, compiled
from app.reading.cursor import seal
from app.reading.known_by import Known, day_of
from app.reading.preparation import Bounds, Prepared, prepare_list, prepare_one
from app.reading.query import CountMode, DetailQuery, ListQuery
from app.reading.read_spec import ReadSpec
from app.reading.statements import (
    COUNTED,
    HIDDEN,
    select_one,
    select_opening,
    select_page,
    select_stream,
    select_undated,
)
from app.reading.unknown_keys import refuse_unknown, slug_since

#: Compiled statements kept; a shape costs about 6 ms to compile and a few kilobytes to keep. They depend on the
#: declarations alone, so all readers of a process share them.
SHAPES = 2_000
_COMPILED: dict[Any, Compiled] = {}

slow_log = logging.getLogger("parley.slow")

#: Rows of a stream that are fetched, ended and sent together: so many at the most, fewer at the beginning, and fewer
#: where they are so large that a reader who never reads would hold more than about so many characters.
BATCH, FIRST, CHARACTERS = 500, 50, 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes of a page, with what its headers say."""

    body: bytes
    revision: int
    at: datetime
    next: str | None
    #: How many records that match are hidden because nothing dated makes them known; None = nothing is to be hidden.
    hidden: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Bytes of one record, with what its headers say."""

    body: bytes
    revision: int
    at: datetime
    slug: str
    row_version: int


@dataclass(frozen=True, slots=True)
class Stream:
    """All rows of a question, each a JSON object as text, batch by batch; read to the end or closed."""

    revision: int
    at: datetime
    batches: AsyncIterator[list[str]]
    close: Callable[[], Awaitable[None]]
    #: As in a page.
    hidden: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The record has this slug now."""

    slug: str


class Reader:
    """Answers every read. Holds the pool, the collections and the cache of compiled statements."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        collections: Mapping[str, ReadSpec],
        secret: bytes,
        bounds: Bounds | None = None,
        past: Past | None = None,
        known: Known | None = None,
        schemes: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.pool = pool
        self.collections = collections
        self.secret = secret
        self.bounds = bounds or Bounds()
        self.streams = asyncio.Semaphore(self.bounds.streams)
        self._compiling = asyncio.Lock()
        self.past = past
        self.known = known
        #: Schemes of identifiers that are known besides those that records have.
        self.schemes = schemes
        #: The revision that is read; None = the newest.
        self.moment: Moment | None = None
        #: The day whose knowledge is read; None = all that is stored.
        self.known_by: date | None = None
        #: The one connection that it reads on; None = any of the pool.
        self._held: Any = None

    async def at(self, as_of: str | None, known_by: str | None = None) -> "Reader":
        """The reader of a moment and of what was known on a day: every question to it is answered so; of None, this one.
        Raises ApiError where there was no revision."""
        if known_by is not None:
            assert self.known is not None
            knowing = copy(self)
            knowing.known_by, knowing.streams = day_of(known_by), self.known.streams
            return await knowing.at(as_of)
        if as_of is None:
            return self
        assert self.past is not None
        moment = self.past.known(as_of)
        if moment is None:
            async with self.plain().connection() as connection:
                moment = await self.past.find(connection, as_of)
        return self.then(moment)

    def then(self, moment: Moment) -> "Reader":
        """The reader of a moment that is known."""
        assert self.past is not None
        then = copy(self)
        then.moment = moment
        if self.known_by is None:
            then.streams = self.past.streams
        return then

    @asynccontextmanager
    async def held(self, moment: Moment) -> AsyncIterator["Reader"]:
        """The reader of all of a moment, one question after the other on one connection and from one snapshot."""
        assert self.past is not None
        async with self.past.held(moment) as connection:
            held = self.then(moment)
            held._held = connection
            # A place of its own among the streams: whoever reads for minutes is not to be refused in the middle.
            held.streams = asyncio.Semaphore(1)
            yield held

    def plain(self) -> "Reader":
        """The reader of all that is stored, known or not, of the same moment."""
        plain = copy(self)
        plain.known_by = None
        return plain

    def now(self) -> "Reader":
        """The reader of the newest revision."""
        now = copy(self)
        now.moment = now._held = None
        return now

    @property
    def is_settled(self) -> bool:
        """Whether its answers are the same for ever."""
        return self.moment is not None and self.moment.is_settled

    def summary(self, collection: str) -> type[BaseModel]:
        """The schema of the collection's rows in lists."""
        return self.collections[collection].row

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection of the pool. What the database cannot do now is a 503 and says when to come back."""
        try:
            async with self._acquired() as connection:
                yield connection
        except asyncpg.QueryCanceledError:
            raise ApiError(
                ProblemType.UNAVAILABLE,
                "The answer took longer than the server may spend on it; ask for less at once.",
                headers={"Retry-After": "1"},
            ) from None
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
            raise ApiError(
                ProblemType.UNAVAILABLE, "The database is out of reach.", headers={"Retry-After": "5"}
            ) from error

    def _acquired(self) -> AbstractAsyncContextManager[Any]:
        if self._held is not None:
            return nullcontext(self._held)
        if self.known_by is not None and self.known is not None:
            return self.known.connection(self.known_by, self.moment)
        if self.moment is not None and self.past is not None:
            return self.past.connection(self.moment)
        present: AbstractAsyncContextManager[Any] = self.pool.acquire()
        return present

    # --- the two questions

    async def page(self, name: str, query: ListQuery, schema: type[BaseModel] | None = None) -> Answer:
        """One page of a collection, in its summary form or another. Raises ApiError with all that is wrong."""
        collection = self.collections[name]
        prepared = prepare_list(collection, query, self.summary, self.secret, self.bounds, schema, query.limit)
        row = await self._run(prepared, select_page)
        await refuse_unknown(self, query, row)
        # Without records (`limit=0`) there is no page after this one.
        goes_on = 0 < query.limit < row["found"]
        end = seal(self.secret, prepared.question, json.loads(row["last"])) if goes_on else None
        hidden = await self._undated(prepared)
        body = _envelope(collection, query, row, end, self._clock(hidden))
        return Answer(body, row["revision"], row["revised_at"], end, hidden)

    async def _undated(self, prepared: Prepared) -> int | None:
        """How many of the records that match are hidden because nothing dated makes them known; None = nothing is asked
        to be hidden. Looked up beside what is known: there they are not."""
        if self.known_by is None:
            return None
        if not self.collections[prepared.shape.collection].model.__is_claim__:
            return 0
        row = await self.plain()._run(prepared, select_undated)
        return int(row["undated"])

    def _clock(self, hidden: int | None) -> dict[str, Any]:
        if self.known_by is None or hidden is None:
            return {}
        return {"known_by": self.known_by.isoformat(), "hidden_undated": counted(hidden)}

    def clocks(self, revision: int) -> str:
        """What an address ends in that leads to the same past and the same knowledge."""
        asked = {"as_of": revision if self.moment else None, "known_by": self.known_by}
        told = "&".join(f"{name}={value}" for name, value in asked.items() if value is not None)
        return f"?{told}" if told else ""

    def told(self, hidden: int | None) -> dict[str, str]:
        """The headers of an answer of what was known."""
        if self.known_by is None or hidden is None:
            return {}
        number = f"{HIDDEN}+" if hidden > HIDDEN else str(hidden)
        return {"Parley-Known-By": self.known_by.isoformat(), "Parley-Hidden-Undated": number}

    async def one(self, name: str, key: str, query: DetailQuery) -> Found | Moved:
        """One record by slug, id or external id. Raises ApiError: unknown, or withdrawn."""
        row = await self.record(name, key, query)
        if row["alike"] and row["alike"] > 1:
            raise ApiError(
                ProblemType.CONFLICT, f"'{key}' stands for {row['alike']} records of {name}; name one by its slug.", []
            )
        if row["slug"] is None:
            await self._refuse_withdrawn(name, key)
            return Moved(await slug_since(self, name, key))
        if row["withdrawn_at"] is not None:
            raise withdrawn(name, row["slug"], row["withdrawn_at"], row["withdrawn_reason"])
        return Found(row["body"].encode(), row["revision"], row["revised_at"], row["slug"], row["row_version"])

    async def _refuse_withdrawn(self, name: str, key: str) -> None:
        """What is withdrawn is never known, but whoever asks for it is told why."""
        if self.known_by is None:
            return
        row = await self.plain().record(name, key, DetailQuery(fields=["slug"]))
        if row["withdrawn_at"] is not None:
            raise withdrawn(name, row["slug"], row["withdrawn_at"], row["withdrawn_reason"])

    async def record(self, name: str, key: str, query: DetailQuery) -> asyncpg.Record:
        """What `select_one` says of a key: also of one that leads nowhere, and of what was withdrawn."""
        prepared = prepare_one(self.collections[name], key, query, self.summary, self.bounds)
        return await self._run(prepared, select_one)

    async def stream(self, name: str, query: ListQuery, schema: type[BaseModel]) -> Stream:
        """All records that match, from one snapshot: memory stays flat, and nothing is sent
        before the question is known to be a good one. Raises ApiError as `page` does."""
        prepared = prepare_list(self.collections[name], query, self.summary, self.secret, self.bounds, schema=schema)
        if self.streams.locked():
            raise ApiError(
                ProblemType.UNAVAILABLE, "Too many streams at once; come back soon.", headers={"Retry-After": "5"}
            )
        # What is refused is looked up while no connection is held: a pool of one would wait for itself.
        await refuse_unknown(self, query, {**await self._run(prepared, select_opening), "found": True})
        hidden = await self._undated(prepared)
        rows = self._rows(prepared)
        opening = await anext(rows)
        if not opening["found"]:
            await rows.aclose()
            await refuse_unknown(self, query, opening)
        return Stream(opening["revision"], opening["revised_at"], rows, rows.aclose, hidden)

    async def _rows(self, prepared: Prepared) -> AsyncGenerator[Any, None]:
        """First what `select_opening` says, then the rows in batches."""
        opening = await self.statement_of(prepared, select_opening)
        rows = await self.statement_of(prepared, select_stream)
        # Both statements see one snapshot, and the cursor lives as long as the transaction.
        async with (
            self.streams,
            self.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(opening.sql, *opening.arguments(prepared.bound))
            cursor = await connection.cursor(rows.sql, *rows.arguments(prepared.bound))
            with self.timed(prepared.shape):
                batch = await cursor.fetch(FIRST)
            yield {**row, "found": len(batch)}
            asked = FIRST
            while batch:
                is_last, asked = len(batch) < asked, _fitting(batch)
                # PostgreSQL makes the next rows while these become CSV: 1.5 times as many a second.
                coming = None if is_last else asyncio.create_task(cursor.fetch(asked))
                await asyncio.sleep(0)
                try:
                    yield [one[0] for one in batch]
                    batch = await coming if coming else []
                finally:
                    if coming and not coming.done():
                        coming.cancel()
                        await asyncio.wait([coming])

    async def statement_of(self, prepared: Prepared, build: Any) -> Compiled:
        """The statement of a prepared question, from the cache or compiled now: in a thread, since a search through all
        collections takes half a second, and one at a time, so that many new shapes leave the loop its turn."""
        key = (prepared.shape, build)
        if found := _COMPILED.get(key):
            return found
        async with self._compiling:
            found = _COMPILED.get(key)
            return found if found is not None else await asyncio.to_thread(self.compiled, prepared, build)

    def compiled(self, prepared: Prepared, build: Any) -> Compiled:
        """Compile the statement, and keep it."""
        key = (prepared.shape, build)
        context = Context(self.summary, dict(prepared.bound), dict(prepared.variants))
        found = compiled(build(prepared.shape, self.collections[prepared.shape.collection], context))
        if len(_COMPILED) >= SHAPES:
            _COMPILED.pop(next(iter(_COMPILED)))
        _COMPILED[key] = found
        return found

    async def row(self, prepared: Prepared, build: Any, query: BaseModel) -> asyncpg.Record:
        """The one row of a statement that a room builds itself: with `found`, and `known_…` for each filter that names
        records. Raises ApiError as `page` does."""
        row = await self._run(prepared, build)
        await refuse_unknown(self, query, row)
        return row

    async def _run(self, prepared: Prepared, build: Any) -> asyncpg.Record:
        statement = await self.statement_of(prepared, build)
        async with self.connection() as connection:
            with self.timed(prepared.shape):
                return await connection.fetchrow(statement.sql, *statement.arguments(prepared.bound))

    @contextmanager
    def timed(self, shape: Any) -> Iterator[None]:
        """Log a statement that takes long, by its shape: what was asked of which collection, and no value."""
        started = time.perf_counter()
        try:
            yield
        finally:
            took = (time.perf_counter() - started) * 1000
            if took >= self.bounds.slow_ms:
                slow_log.warning("ms=%.0f %s", took, shape)


def _fitting(batch: list[Any]) -> int:
    """How many rows like these are fetched at once."""
    size = sum(len(row[0]) for row in batch) // len(batch)
    return max(1, min(BATCH, CHARACTERS // max(size, 1)))


def withdrawn(name: str, slug: str, at: datetime, reason: str) -> ApiError:
    return ApiError(
        ProblemType.GONE, f"'{slug}' was withdrawn from {name} on {at:%Y-%m-%d} at {at:%H:%M} UTC: {reason}"
    )


def counted(number: int) -> dict[str, Any]:
    """How many are hidden, a count that stops at its bound."""
    return {"value": min(number, HIDDEN), "is": "at_least" if number > HIDDEN else "exact"}


def _envelope(
    collection: ReadSpec, query: ListQuery, row: asyncpg.Record, end: str | None, clock: Mapping[str, Any]
) -> bytes:
    page: dict[str, Any] = {"limit": query.limit, "next": end, "count": None}
    if query.count is not CountMode.NONE:
        over = query.count is CountMode.ESTIMATED and row["count"] > COUNTED
        page["count"] = {
            "value": min(row["count"], COUNTED) if over else row["count"],
            "is": "at_least" if over else "exact",
        }
    body: str = row["body"]
    ending = b"}"
    if row["facets"]:
        ending = b',"facets":' + row["facets"].encode() + b"}"
    rest = {"page": page, **{name: getattr(query, name) for name in collection.echo}, **clock}
    told = json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode()[1:-1]
    return b'{"data":' + body.encode() + b"," + told + ending
