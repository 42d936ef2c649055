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
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from app.faults import Fault, ProblemKind, Refused
from app.reading.binding import Context, slug_of
from app.reading.collections import Readable
from app.reading.compiling import Compiled, compiled
from app.reading.cursor import seal
from app.reading.filters import Built, Equal, To
from app.reading.past import Moment, Past
from app.reading.prepare import Bounds, Prepared, prepare_list, prepare_one
from app.reading.query import CountMode, DetailQuery, ListQuery, markers
from app.reading.statements import COUNTED, select_one, select_opening, select_page, select_stream

#: Unknown names of one parameter that are told, each with the nearest known one.
HINTS = 25

#: Compiled statements kept; a shape costs about 15 ms to compile and a few kilobytes to keep. They depend on the
#: declarations alone, so all readers of a process share them.
SHAPES = 2_000
_COMPILED: dict[Any, Compiled] = {}

slow_log = logging.getLogger("parley.slow")

#: Rows of a stream that are fetched, ended and sent together.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes of a page, with what its headers say."""

    body: bytes
    revision: int
    at: datetime
    next: str | None


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


@dataclass(frozen=True, slots=True)
class Moved:
    """The record has this slug now."""

    slug: str


class Reader:
    """Answers every read. Holds the pool, the collections and the cache of compiled statements."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        collections: Mapping[str, Readable],
        secret: bytes,
        bounds: Bounds | None = None,
        past: Past | None = None,
    ) -> None:
        self.pool = pool
        self.collections = collections
        self.secret = secret
        self.bounds = bounds or Bounds()
        self.streams = asyncio.Semaphore(self.bounds.streams)
        self.past = past
        #: The revision that is read; None = the newest.
        self.moment: Moment | None = None

    async def at(self, as_of: str | None) -> "Reader":
        """The reader of a moment: every question to it is answered as it was then; of None, this one. Raises Refused
        where there was no revision."""
        if as_of is None:
            return self
        assert self.past is not None
        moment = self.past.known(as_of)
        if moment is None:
            async with self.connection() as connection:
                moment = await self.past.find(connection, as_of)
        return self.then(moment)

    def then(self, moment: Moment) -> "Reader":
        """The reader of a moment that is known."""
        assert self.past is not None
        then = copy(self)
        then.moment, then.streams = moment, self.past.streams
        return then

    @property
    def is_settled(self) -> bool:
        """Whether its answers are the same for ever."""
        return self.moment is not None and self.moment.is_settled

    def summary(self, collection: str) -> type[BaseModel]:
        return self.collections[collection].summary

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection of the pool. What the database cannot do now is a 503 and says when to come back."""
        try:
            async with self._acquired() as connection:
                yield connection
        except asyncpg.QueryCanceledError:
            raise Refused(
                ProblemKind.UNAVAILABLE,
                "The answer took longer than the server may spend on it; ask for less at once.",
                headers={"Retry-After": "1"},
            ) from None
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
            raise Refused(
                ProblemKind.UNAVAILABLE, "The database is out of reach.", headers={"Retry-After": "5"}
            ) from error

    def _acquired(self) -> AbstractAsyncContextManager[Any]:
        if self.moment is not None and self.past is not None:
            return self.past.connection(self.moment)
        present: AbstractAsyncContextManager[Any] = self.pool.acquire()
        return present

    # --- the two questions

    async def page(self, name: str, query: ListQuery, schema: type[BaseModel] | None = None) -> Answer:
        """One page of a collection, in its summary form or another. Raises Refused with all that is wrong."""
        collection = self.collections[name]
        prepared = prepare_list(collection, query, self.summary, self.secret, self.bounds, schema, query.limit)
        row = await self._run(prepared, select_page)
        await self._refuse_unknown(query, row)
        end = seal(self.secret, prepared.question, json.loads(row["last"])) if row["found"] > query.limit else None
        return Answer(_envelope(collection, query, row, end), row["revision"], row["revised_at"], end)

    async def one(self, name: str, key: str, query: DetailQuery) -> Found | Moved:
        """One record by slug, id or external id. Raises Refused: unknown, or withdrawn."""
        row = await self.record(name, key, query)
        if row["alike"] and row["alike"] > 1:
            raise Refused(
                ProblemKind.CONFLICT, f"'{key}' stands for {row['alike']} records of {name}; name one by its slug.", []
            )
        if row["slug"] is None:
            return await self._elsewhere(name, key)
        if row["withdrawn_at"] is not None:
            raise withdrawn(name, row["slug"], row["withdrawn_at"], row["withdrawn_reason"])
        return Found(row["body"].encode(), row["revision"], row["revised_at"], row["slug"], row["row_version"])

    async def record(self, name: str, key: str, query: DetailQuery) -> asyncpg.Record:
        """What `select_one` says of a key: also of one that leads nowhere, and of what was withdrawn."""
        prepared = prepare_one(self.collections[name], key, query, self.summary, self.bounds)
        return await self._run(prepared, select_one)

    async def stream(self, name: str, query: ListQuery, schema: type[BaseModel], limit: int | None) -> Stream:
        """All records that match, or the first `limit`, from one snapshot: memory stays flat, and nothing is sent
        before the question is known to be a good one. Raises Refused as `page` does."""
        prepared = prepare_list(
            self.collections[name], query, self.summary, self.secret, self.bounds, schema=schema, limit=limit
        )
        if self.streams.locked():
            raise Refused(
                ProblemKind.UNAVAILABLE, "Too many streams at once; come back soon.", headers={"Retry-After": "5"}
            )
        # What is refused is looked up while no connection is held: a pool of one would wait for itself.
        await self._refuse_unknown(query, {**await self._run(prepared, select_opening), "found": True})
        rows = self._rows(prepared)
        opening = await anext(rows)
        if not opening["found"]:
            await rows.aclose()
            await self._refuse_unknown(query, opening)
        return Stream(opening["revision"], opening["revised_at"], rows, rows.aclose)

    async def _rows(self, prepared: Prepared) -> AsyncGenerator[Any, None]:
        """First what `select_opening` says, then the rows in batches."""
        opening, rows = self.statement_of(prepared, select_opening), self.statement_of(prepared, select_stream)
        # Both statements see one snapshot, and the cursor lives as long as the transaction.
        async with (
            self.streams,
            self.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(opening.sql, *opening.arguments(prepared.bound))
            cursor = await connection.cursor(rows.sql, *rows.arguments(prepared.bound))
            with self.timed(prepared.shape):
                batch = await cursor.fetch(BATCH)
            yield {**row, "found": len(batch)}
            while batch:
                # PostgreSQL makes the next rows while these become CSV: 1.5 times as many a second.
                coming = asyncio.create_task(cursor.fetch(BATCH)) if len(batch) == BATCH else None
                await asyncio.sleep(0)
                try:
                    yield [one[0] for one in batch]
                    batch = await coming if coming else []
                finally:
                    if coming and not coming.done():
                        coming.cancel()
                        await asyncio.wait([coming])

    def statement_of(self, prepared: Prepared, build: Any) -> Compiled:
        """The statement of a prepared question, from the cache or compiled now."""
        key = (prepared.shape, build)
        if found := _COMPILED.get(key):
            return found
        context = Context(self.summary, dict(prepared.bound), dict(prepared.variants))
        found = compiled(build(prepared.shape, self.collections[prepared.shape.collection], context))
        if len(_COMPILED) >= SHAPES:
            _COMPILED.pop(next(iter(_COMPILED)))
        _COMPILED[key] = found
        return found

    async def row(self, prepared: Prepared, build: Any, query: BaseModel) -> asyncpg.Record:
        """The one row of a statement that a room builds itself: with `found`, and `known_…` for each filter that names
        records. Raises Refused as `page` does."""
        row = await self._run(prepared, build)
        await self._refuse_unknown(query, row)
        return row

    async def _run(self, prepared: Prepared, build: Any) -> asyncpg.Record:
        statement = self.statement_of(prepared, build)
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

    # --- refusals

    async def _refuse_unknown(self, query: BaseModel, row: Mapping[str, Any]) -> None:
        """Refuse a query that names what does not exist. The page's statement has counted; only a lack is looked at."""
        faults: list[Fault] = []
        for name, marker in markers(type(query), (To,)):
            keys = getattr(query, name)
            if keys and row[f"known_{name}"] < len(keys):
                faults += await self._unknown(query, name, [(marker.collection, key, key) for key in keys])
        if not row["found"]:
            faults += await self._misnamed(query)
        if faults:
            raise Refused(ProblemKind.INVALID, "The query names records that do not exist.", faults)

    async def _misnamed(self, query: BaseModel) -> list[Fault]:
        """Values of a list that found nothing, where they name a record or a row that is not there."""
        faults: list[Fault] = []
        for name, marker in markers(type(query), (Built, Equal)):
            value = getattr(query, name)
            if value is None:
                continue
            if isinstance(marker, Built) and marker.addresses:
                parts = [(word, *word.partition("/")) for word in value]
                faults += await self._unknown(query, name, [(where, key, word) for word, where, _, key in parts])
            if marker.names is None or (isinstance(marker, Built) and marker.vary and marker.vary(value) != "named"):
                continue
            table, column = marker.names
            # Both names are constants of a declaration; the values are bound.
            known = f"SELECT {column} FROM {table} WHERE {column} = ANY($1)"  # noqa: S608
            near = f"SELECT {column} FROM {table} ORDER BY similarity({column}, $1) DESC, 1 LIMIT 1"  # noqa: S608
            words = value if isinstance(value, list) else [value]
            async with self.connection() as connection:
                there = {one[0] for one in await connection.fetch(known, words)}
                for word in [word for word in words if word not in there][:HINTS]:
                    nearest = await connection.fetchval(near, word[:100])
                    hint = f"Did you mean '{nearest}'?" if nearest else None
                    message = f"There is no {table} that is called '{word}'."
                    faults.append(Fault(message, parameter=_parameter(query, name), hint=hint))
        return faults

    async def _unknown(self, query: BaseModel, name: str, named: list[tuple[str, str, str]]) -> list[Fault]:
        """Faults for the keys (collection, key, as written) that lead to no record; the first of them with a hint."""
        collections = [collection for collection, _, _ in named]
        slugs = [slug_of(key, collection) for collection, key, _ in named]
        async with self.connection() as connection:
            known = await connection.fetch(_KNOWN, collections, slugs)
        there = {one["place"] for one in known}
        faults: list[Fault] = []
        for place, (collection, key, written) in enumerate(named, 1):
            if place not in there and len(faults) < HINTS:
                hint = await self._hint(collection, key)
                message = f"There is nothing in {collection} that is called '{written}'."
                faults.append(Fault(message, parameter=_parameter(query, name), hint=hint))
        return faults

    async def _elsewhere(self, name: str, key: str) -> Moved:
        async with self.connection() as connection:
            slug = await connection.fetchval(
                "SELECT e.slug FROM slug_alias a JOIN entry e ON e.id = a.record_id"
                " WHERE a.collection = $1 AND a.slug = $2",
                name,
                key,
            )
        if slug:
            return Moved(slug)
        if self.moment is not None:
            await self._refuse_later(name, key)
        raise Refused(
            ProblemKind.NOT_FOUND,
            f"There is nothing in {name} that is called '{key}'. {await self._hint(name, key) or ''}".strip(),
        )

    async def _refuse_later(self, name: str, key: str) -> None:
        """Refuse a key that leads to a record by now, and did not yet at the moment that is read."""
        assert self.moment is not None
        now = copy(self)
        now.moment = None
        ids = await now.leads_to(name, key)
        async with self.connection() as connection:
            then = await connection.fetchval("SELECT slug FROM entry WHERE id = ANY ($1::uuid[])", ids)
        if then:
            told = f"At revision {self.moment.revision} '{key}' was called '{then}'."
        elif ids:
            told = f"'{key}' was not yet in {name} at revision {self.moment.revision}."
        else:
            return
        raise Refused(ProblemKind.NOT_FOUND, told)

    async def leads_to(self, name: str, key: str) -> list[UUID]:
        """The ids of the records that a key leads to or once led to, withdrawn and erased ones too, the nearest first."""
        async with self.connection() as connection:
            found = await connection.fetch(_LEADS_TO, name, slug_of(key, name))
        return list(dict.fromkeys(row["id"] for row in found))

    async def is_known(self, collection: str, key: str) -> bool:
        """Whether the key leads to a record, withdrawn or not."""
        async with self.connection() as connection:
            return bool(await connection.fetch(_KNOWN, [collection], [slug_of(key, collection)]))

    async def _hint(self, collection: str, key: str) -> str | None:
        """The nearest slug, for a key that is short enough to be a slip of the hand."""
        async with self.connection() as connection:
            near = await connection.fetchval(_NEAREST, collection, key[:100])
        return f"Did you mean '{near}'?" if near else None


def _parameter(query: BaseModel, name: str) -> str:
    return type(query).model_fields[name].alias or name


def withdrawn(name: str, slug: str, at: datetime, reason: str) -> Refused:
    return Refused(ProblemKind.GONE, f"'{slug}' was withdrawn from {name} on {at:%Y-%m-%d} at {at:%H:%M} UTC: {reason}")


def _envelope(collection: Readable, query: ListQuery, row: asyncpg.Record, end: str | None) -> bytes:
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
    rest = {"page": page, **{name: getattr(query, name) for name in collection.echo}}
    told = json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode()[1:-1]
    return b'{"data":' + body.encode() + b"," + told + ending


_KNOWN = """
SELECT place FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(collection, key, place)
WHERE EXISTS (SELECT FROM entry e WHERE e.collection = asked.collection AND e.slug = asked.key)
   OR EXISTS (SELECT FROM slug_alias a WHERE a.collection = asked.collection AND a.slug = asked.key)
   OR EXISTS (SELECT FROM entry e WHERE e.collection = asked.collection AND e.id = CASE WHEN asked.key ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN asked.key::uuid END)
   OR EXISTS (SELECT FROM external_id x JOIN entry e ON e.id = x.record_id AND e.collection = asked.collection
              WHERE x.scheme = split_part(asked.key, ':', 1)
                AND x.value = substr(asked.key, strpos(asked.key, ':') + 1))
"""

_LEADS_TO = """
SELECT id FROM (
  SELECT 1 AS place, id FROM entry WHERE collection = $1 AND slug = $2
  UNION ALL SELECT 2, record_id FROM slug_alias WHERE collection = $1 AND slug = $2
  UNION ALL SELECT 3, id FROM entry WHERE collection = $1
    AND id = CASE WHEN $2 ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN $2::uuid END
  UNION ALL SELECT 4, e.id FROM external_id x JOIN entry e ON e.id = x.record_id AND e.collection = $1
    WHERE x.scheme = split_part($2, ':', 1) AND x.value = substr($2, strpos($2, ':') + 1)
  UNION ALL SELECT 5, id FROM history.entry WHERE collection = $1 AND slug = $2
) AS known ORDER BY place, id
"""

_NEAREST = """
SELECT slug FROM entry WHERE collection = $1 AND slug % $2 ORDER BY similarity(slug, $2) DESC, slug LIMIT 1
"""
