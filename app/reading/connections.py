"""Database connections that read at the two clocks (`as_of`, `known_by`) and turn database errors into 503."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from copy import copy
from datetime import date

import asyncpg

from app.db.database_errors import Meaning, meaning_of
from app.db.pool import ReadPool
from app.errors import ApiError, ProblemType
from app.reading.as_of import Snapshot, SnapshotSessions
from app.reading.known_by import KnownBySessions, KnownTo, day_of

#: A row returned by the database; columns are accessed by name or by position.
Row = asyncpg.Record


class Connections:
    """The connection pools of a server, with the snapshot and the `known_by` day at which the connections read.

    An instance never changes its clocks: each method that sets a clock returns a copy.
    """

    def __init__(
        self,
        pool: ReadPool,
        streams: int,
        snapshots: SnapshotSessions | None = None,
        known_by_sessions: KnownBySessions | None = None,
    ) -> None:
        self.pool = pool
        #: One permit for each stream that may be open at once.
        self.streams = asyncio.Semaphore(streams)
        self.snapshots = snapshots
        self.known_by_sessions = known_by_sessions
        #: The revision to read; None = the newest.
        self.snapshot: Snapshot | None = None
        #: Read only what was public on this day; None = everything.
        self.known_by: date | None = None
        #: With `known_by`: read also what this party could know; None = only what was public.
        self.known_to: KnownTo | None = None
        #: The one connection to use; None = take one from a pool.
        self._reserved: asyncpg.Connection | None = None

    async def at(self, as_of: str | None, known_by: str | None = None) -> "Connections":
        """Set the clocks from the parameters of a request; None leaves a clock as it is. Raises ApiError if no revision
        matches `as_of`."""
        if known_by is not None:
            assert self.known_by_sessions is not None
            limited = copy(self)
            limited.known_by, limited.streams = day_of(known_by), self.known_by_sessions.streams
            return await limited.at(as_of)
        if as_of is None:
            return self
        assert self.snapshots is not None
        snapshot = self.snapshots.cached(as_of)
        if snapshot is None:
            async with self.without_known_by().connection() as connection:
                snapshot = await self.snapshots.find(connection, as_of)
        return self.at_snapshot(snapshot)

    def for_party(self, known_to: KnownTo, day: date) -> "Connections":
        """Read what was public on this day, and what the party could know."""
        assert self.known_by_sessions is not None
        limited = copy(self)
        limited.known_by, limited.known_to, limited.streams = day, known_to, self.known_by_sessions.streams
        return limited

    def at_snapshot(self, snapshot: Snapshot) -> "Connections":
        """Read this snapshot."""
        assert self.snapshots is not None
        changed = copy(self)
        changed.snapshot = snapshot
        if self.known_by is None:
            changed.streams = self.snapshots.streams
        return changed

    def at_head(self) -> "Connections":
        """Read the newest revision."""
        changed = copy(self)
        changed.snapshot = changed._reserved = None
        return changed

    def without_known_by(self) -> "Connections":
        """Read all records in the same snapshot, including those that were not public."""
        changed = copy(self)
        changed.known_by = changed.known_to = None
        return changed

    @asynccontextmanager
    async def reserved(self, snapshot: Snapshot) -> AsyncIterator["Connections"]:
        """Read a whole snapshot through one connection in one transaction."""
        assert self.snapshots is not None
        async with self.snapshots.reserved(snapshot) as connection:
            changed = self.at_snapshot(snapshot)
            changed._reserved = connection
            # The job gets its own permit: a job that reads for minutes must not fail halfway because clients hold
            # all permits.
            changed.streams = asyncio.Semaphore(1)
            yield changed

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that reads at these clocks. Raises ApiError (503 with `Retry-After`) if a statement is canceled or
        the database cannot be reached."""
        try:
            async with self._acquire() as connection:
                yield connection
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            if (refusal := _refusal_of(meaning_of(error))) is None:
                raise
            raise refusal from error

    def _acquire(self) -> AbstractAsyncContextManager[asyncpg.Connection]:
        if self._reserved is not None:
            return nullcontext(self._reserved)
        if self.known_by is not None and self.known_by_sessions is not None:
            return self.known_by_sessions.connection(self.known_by, self.known_to, self.snapshot)
        if self.snapshot is not None and self.snapshots is not None:
            return self.snapshots.connection(self.snapshot)
        return self.pool.acquire()


def _refusal_of(meaning: Meaning | None) -> ApiError | None:
    """The error of the request for an error of the database; None = a bug, which becomes 500."""
    match meaning:
        case Meaning.CANCELED:
            detail = "The query took too long and was canceled. Request less data at once."
            return ApiError(ProblemType.UNAVAILABLE, detail, headers={"Retry-After": "1"})
        case Meaning.UNAVAILABLE:
            return ApiError(ProblemType.UNAVAILABLE, "The database cannot be reached.", headers={"Retry-After": "5"})
        case Meaning.INVALID:
            return ApiError(ProblemType.INVALID, "A value is outside the range, or not in the format, of the database.")
    return None
