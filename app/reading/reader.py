"""The reader: a query model in, bytes out. One statement an answer; compiled once a shape.

    query → shape → cached SQL text → one statement on the driver → JSON bytes, untouched

A second statement runs only where the answer is a refusal: to say which named record does not exist and which one
was perhaps meant, or whether a slug is an old one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import BaseModel

from app.faults import Fault, ProblemKind, Refused
from app.reading.binding import Context, bound_keys
from app.reading.collections import Readable
from app.reading.compiling import Compiled, compiled
from app.reading.cursor import seal
from app.reading.filters import Built, Equal, To
from app.reading.prepare import Prepared, prepare_list, prepare_one
from app.reading.query import CountMode, DetailQuery, ListQuery, markers
from app.reading.shapes import Listing, Single
from app.reading.statements import COUNTED, select_one, select_page

#: Compiled statements kept; a shape costs about 15 ms to compile and a few kilobytes to keep. They depend on the
#: declarations alone, so all readers of a process share them.
SHAPES = 2_000
_COMPILED: "dict[Listing | Single, Compiled]" = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes of a page, with what its headers say."""

    body: bytes
    revision: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Bytes of one record, with what its headers say."""

    body: bytes
    revision: int
    slug: str
    row_version: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The record has this slug now."""

    slug: str


class Reader:
    """Answers every read. Holds the pool, the collections and the cache of compiled statements."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", collections: Mapping[str, Readable], secret: bytes, depth: int = 4
    ) -> None:
        self.pool = pool
        self.collections = collections
        self.secret = secret
        self.depth = depth

    def summary(self, collection: str) -> type[BaseModel]:
        return self.collections[collection].summary

    # --- the two questions

    async def page(self, name: str, query: ListQuery) -> Answer:
        """One page of a collection. Raises Refused with every fault of the query that is found."""
        collection = self.collections[name]
        prepared = prepare_list(collection, query, self.summary, self.secret, self.depth)
        row = await self._run(prepared, lambda context: select_page(prepared.shape, collection, context))
        await self._refuse_unknown(query, row)
        end = seal(self.secret, prepared.question, json.loads(row["last"])) if row["found"] > query.limit else None
        return Answer(_envelope(collection, query, row, end), row["revision"], end)

    async def one(self, name: str, key: str, query: DetailQuery) -> Found | Moved:
        """One record by slug, id or external id. Raises Refused: unknown, or withdrawn."""
        collection = self.collections[name]
        prepared = prepare_one(collection, key, query, self.summary, self.depth)
        row = await self._run(prepared, lambda context: select_one(prepared.shape, collection.model, context))
        if row["slug"] is None:
            return await self._elsewhere(name, key)
        if row["withdrawn_at"] is not None:
            raise withdrawn(name, row["slug"], row["withdrawn_at"], row["withdrawn_reason"])
        return Found(row["body"].encode(), row["revision"], row["slug"], row["row_version"])

    def explain(self, prepared: Prepared, build: Any) -> Compiled:
        """The statement of a prepared question, from the cache or compiled now."""
        if found := _COMPILED.get(prepared.shape):
            return found
        context = Context(self.summary, dict(prepared.bound), dict(prepared.variants))
        found = compiled(build(context))
        if len(_COMPILED) >= SHAPES:
            _COMPILED.pop(next(iter(_COMPILED)))
        _COMPILED[prepared.shape] = found
        return found

    async def _run(self, prepared: Prepared, build: Any) -> asyncpg.Record:
        statement = self.explain(prepared, build)
        async with self.pool.acquire() as connection:
            return await connection.fetchrow(statement.sql, *statement.arguments(prepared.bound))

    # --- refusals

    async def _refuse_unknown(self, query: ListQuery, row: asyncpg.Record) -> None:
        faults: list[Fault] = []
        for name, marker in markers(type(query), (To,)):
            keys = getattr(query, name)
            if not keys or row[f"known_{name}"] >= len(keys):
                continue
            parameter = type(query).model_fields[name].alias or name
            for key in keys:
                if not await self.is_known(marker.collection, key):
                    hint = await self._hint(marker.collection, key)
                    message = f"There is nothing in {marker.collection} that is called '{key}'."
                    faults.append(Fault(message, parameter=parameter, hint=hint))
        if not row["found"]:
            faults += await self._misnamed(query)
        if faults:
            raise Refused(ProblemKind.INVALID, "The query names records that do not exist.", faults)

    async def _misnamed(self, query: ListQuery) -> list[Fault]:
        """Values that name a row of a table, where there is none of that name."""
        faults: list[Fault] = []
        for name, marker in markers(type(query), (Built, Equal)):
            value = getattr(query, name)
            if value is None or marker.names is None:
                continue
            if isinstance(marker, Built) and marker.vary and marker.vary(value) != "named":
                continue
            table, column = marker.names
            # Both names are constants of a declaration; the value is bound.
            near = f"SELECT {column} FROM {table} ORDER BY {column} = $1 DESC, similarity({column}, $1) DESC, 1 LIMIT 1"  # noqa: S608
            for word in value if isinstance(value, list) else [value]:
                async with self.pool.acquire() as connection:
                    nearest = await connection.fetchval(near, word[:100])
                if nearest != word:
                    hint = f"Did you mean '{nearest}'?" if nearest else None
                    faults.append(Fault(f"There is no {table} that is called '{word}'.", parameter=name, hint=hint))
        return faults

    async def _elsewhere(self, name: str, key: str) -> Moved:
        async with self.pool.acquire() as connection:
            slug = await connection.fetchval(
                "SELECT e.slug FROM slug_alias a JOIN entry e ON e.id = a.record_id"
                " WHERE a.collection = $1 AND a.slug = $2",
                name,
                key,
            )
        if slug:
            return Moved(slug)
        raise Refused(
            ProblemKind.NOT_FOUND,
            f"There is nothing in {name} that is called '{key}'. {await self._hint(name, key) or ''}".strip(),
        )

    async def is_known(self, collection: str, key: str) -> bool:
        bound = bound_keys("key", [key], collection)
        slugs, ids = bound.get("key_slugs", []), bound.get("key_ids", [])
        schemes, values = bound.get("key_schemes", []), bound.get("key_values", [])
        async with self.pool.acquire() as connection:
            known: bool = await connection.fetchval(_KNOWN, collection, slugs, ids, schemes, values)
        return known

    async def _hint(self, collection: str, key: str) -> str | None:
        """The nearest slug, for a key that is short enough to be a slip of the hand."""
        async with self.pool.acquire() as connection:
            near = await connection.fetchval(_NEAREST, collection, key[:100])
        return f"Did you mean '{near}'?" if near else None


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
    rest = {"page": page, **{name: getattr(query, name) for name in collection.echo}}
    body: str = row["body"]
    return b'{"data":' + body.encode() + b"," + json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode()[1:]


_KNOWN = """
SELECT EXISTS (SELECT FROM entry WHERE collection = $1 AND (slug = ANY($2::text[]) OR id = ANY($3::uuid[])))
    OR EXISTS (SELECT FROM slug_alias WHERE collection = $1 AND slug = ANY($2::text[]))
    OR EXISTS (SELECT FROM external_id x JOIN entry e ON e.id = x.record_id
               WHERE e.collection = $1 AND x.scheme = ANY($4::text[]) AND x.value = ANY($5::text[]))
"""

_NEAREST = """
SELECT slug FROM entry WHERE collection = $1 AND slug % $2 ORDER BY similarity(slug, $2) DESC, slug LIMIT 1
"""
