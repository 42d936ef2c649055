"""The reader: connections, declarations and compiled statements, for everything that reads records.

    query → statement key → cached SQL text → one statement → JSON from PostgreSQL, passed on unchanged

`app.reading.pages`, `app.reading.single_records` and `app.reading.streams` use the reader. A second statement runs only
to explain an error: which record does not exist, which key was probably meant, whether a slug was changed.
"""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from copy import copy
from datetime import date

import asyncpg
from pydantic import BaseModel

from app.db.pool import ReadPool
from app.reading.as_of import Snapshot, SnapshotSessions
from app.reading.connections import Connections
from app.reading.known_by import KnownBySessions, KnownTo
from app.reading.preparation import CostLimits, Prepared, StatementKey
from app.reading.read_spec import ReadSpec
from app.reading.selection import Summaries
from app.reading.statement_cache import Build, StatementCache

slow_log = logging.getLogger("parley.slow")


def _summaries_of(collections: Mapping[str, ReadSpec]) -> Summaries:
    def summary(collection: str) -> type[BaseModel]:
        return collections[collection].row

    return summary


class Reader:
    """Runs the statements of prepared queries at one snapshot and `known_by` day."""

    def __init__(
        self,
        pool: ReadPool,
        collections: Mapping[str, ReadSpec],
        secret: bytes,
        bounds: CostLimits | None = None,
        snapshots: SnapshotSessions | None = None,
        known_by_sessions: KnownBySessions | None = None,
        schemes: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.collections = collections
        self.secret = secret
        self.bounds = bounds or CostLimits()
        self.connections = Connections(pool, self.bounds.streams, snapshots, known_by_sessions)
        #: Returns the schema of a collection's rows in lists. All copies of the reader share this function, because it
        #: is part of cache keys: a bound method of each copy would fill the caches with duplicates.
        self.summary = _summaries_of(collections)
        self.statements = StatementCache(collections, self.summary)
        #: Returns the identifier schemes that are valid besides those of stored records.
        self.schemes = schemes

    async def at(self, as_of: str | None, known_by: str | None = None) -> "Reader":
        """The reader at these clocks. Raises ApiError if no revision matches `as_of`."""
        return self._with(await self.connections.at(as_of, known_by))

    def for_party(self, known_to: KnownTo, day: date) -> "Reader":
        """The reader of what was public on this day and of what the party could know."""
        return self._with(self.connections.for_party(known_to, day))

    def at_snapshot(self, snapshot: Snapshot) -> "Reader":
        """The reader of a snapshot."""
        return self._with(self.connections.at_snapshot(snapshot))

    def at_head(self) -> "Reader":
        """The reader of the newest revision."""
        return self._with(self.connections.at_head())

    def without_known_by(self) -> "Reader":
        """The reader of all records in the same snapshot, including those that were not public."""
        return self._with(self.connections.without_known_by())

    @asynccontextmanager
    async def reserved(self, snapshot: Snapshot) -> AsyncIterator["Reader"]:
        """The reader of a whole snapshot through one connection in one transaction."""
        async with self.connections.reserved(snapshot) as connections:
            yield self._with(connections)

    def _with(self, connections: Connections) -> "Reader":
        changed = copy(self)
        changed.connections = connections
        return changed

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that is read; None = the newest revision."""
        return self.connections.snapshot

    @property
    def known_by(self) -> date | None:
        """The day of `known_by`; None = everything is read."""
        return self.connections.known_by

    @property
    def is_at_clock(self) -> bool:
        """Whether the reader reads earlier or known data, of which derived values are not stored."""
        return self.snapshot is not None or self.known_by is not None

    @property
    def known_to(self) -> KnownTo | None:
        """The party of `known_to`; None = the public."""
        return self.connections.known_to

    @property
    def is_settled(self) -> bool:
        """Whether the reader's answers never change."""
        return self.snapshot is not None and self.snapshot.is_settled

    def query_string(self, revision: int) -> str:
        """The query string of a URL that reads the same data: the same `known_by` day, the same party and, if a snapshot
        is read, this revision."""
        party = self.known_to.slug if self.known_to else None
        values = {"as_of": revision if self.snapshot else None, "known_by": self.known_by, "known_to": party}
        text = "&".join(f"{name}={value}" for name, value in values.items() if value is not None)
        return f"?{text}" if text else ""

    def connection(self) -> AbstractAsyncContextManager[asyncpg.Connection]:
        """A connection that reads at the reader's clocks. Raises ApiError (503) if the database does not answer in time."""
        return self.connections.connection()

    async def fetch_row(self, prepared: Prepared, build: Build) -> asyncpg.Record:
        """Run the statement that the function `build` makes for a prepared query, and return its only row."""
        statement = await self.statements.get(prepared, build)
        async with self.connection() as connection:
            with self.timed(prepared.statement_key):
                return await connection.fetchrow(statement.sql, *statement.arguments(prepared.bound))

    @contextmanager
    def timed(self, statement_key: StatementKey) -> Iterator[None]:
        """Log a slow statement by its key, which names the collection and the parameters but contains no value."""
        started = time.perf_counter()
        try:
            yield
        finally:
            took = (time.perf_counter() - started) * 1000
            if took >= self.bounds.slow_ms:
                slow_log.warning("ms=%.0f %s", took, statement_key)
