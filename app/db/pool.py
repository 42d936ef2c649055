"""The connection pool of the reader: read-only asyncpg sessions, configured once when they are opened.

SQLAlchemy's pool resets each connection on release, which costs a round trip that read-only sessions do not need.
Without the reset, reads of one record have up to 1.4 times the throughput (tests/benchmarks).
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import perf_counter

import asyncpg

from app.db.measurements import CURRENT_TIMES, Histogram
from app.db.request_cost import IS_EXPENSIVE
from app.db.session import keep_dates
from app.errors import ApiError, ProblemType

SESSION = {
    "timezone": "UTC",
    "default_transaction_read_only": "on",
    "jit": "off",
    # Pages are in memory or on an SSD. With the default of 4, the planner scans small tables (issue, process) once for each
    # row of a list, and a list of 50 takes 3.9 ms instead of 2.5 ms.
    "random_page_cost": "1.1",
    # A generic plan overestimates the number of rows. It would start two workers to read one past record, which takes
    # four of the six milliseconds. Concurrent requests keep the processors busy anyway.
    "max_parallel_workers_per_gather": "0",
    # Minimum similarity between a misspelled word and a name. The similarity of Umyerov and Umerov is 0.5 (the default
    # is 0.6).
    "pg_trgm.word_similarity_threshold": "0.5",
    "application_name": "parley reader",
}


#: Seconds that a returned connection may take until the server has canceled its statement; then it is closed.
_RELEASE_SECONDS = 5
#: Seconds after an internal error of the driver within which a connection that the server closes is found closed.
_LOST_SECONDS = 0.5


class ReadConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is not reset on release, because it never has an open transaction, a cursor or changed settings."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class ReadPool:
    """A pool whose callers wait a limited time for a connection.

    Expensive requests (`app.db.request_cost`) never take the last connection, so that a cheap read need not wait for one
    of them. A pool of a single connection is shared by all.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", wait_seconds: float) -> None:
        self._pool = pool
        self.wait_seconds = wait_seconds
        self._for_expensive = asyncio.Semaphore(max(1, pool.get_max_size() - 1))
        #: How long callers waited for a connection, and how often they gave up.
        self.waits = Histogram()
        self.timeouts = 0

    @property
    def size_max(self) -> int:
        """The largest number of connections."""
        return int(self._pool.get_max_size())

    @property
    def idle(self) -> int:
        """The number of open connections that nobody uses."""
        return int(self._pool.get_idle_size())

    @property
    def used(self) -> int:
        """The number of connections in use."""
        return int(self._pool.get_size()) - self.idle

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection. Raises ApiError (503 with `Retry-After`) if none is free within `wait_seconds`."""
        semaphore = self._for_expensive if IS_EXPENSIVE.get() else None
        times, called = CURRENT_TIMES.get(), perf_counter()
        async with AsyncExitStack() as held:
            try:
                # Not `wait_for`, which in Python 3.11 may lose the cancellation of a request whose client left.
                async with asyncio.timeout(self.wait_seconds):
                    if semaphore is not None:
                        await held.enter_async_context(semaphore)
                    connection = await self._pool.acquire()
            except TimeoutError:
                self.timeouts += 1
                raise self._busy() from None
            acquired = perf_counter()
            self.waits.add(acquired - called)
            try:
                yield connection
            except asyncpg.InternalClientError as error:
                if not await _is_lost(connection):
                    raise
                raise asyncpg.ConnectionDoesNotExistError("the server closed the connection") from error
            finally:
                if times is not None:
                    times.queue += acquired - called
                    times.database += perf_counter() - acquired
                await self._pool.release(connection, timeout=_RELEASE_SECONDS)

    def _busy(self) -> ApiError:
        return ApiError(
            ProblemType.UNAVAILABLE,
            "All database connections are in use. Try again after the time in `Retry-After`.",
            headers={"Retry-After": str(max(1, math.ceil(self.wait_seconds)))},
        )

    async def close(self) -> None:
        """Close all connections, when no caller uses one any more."""
        await self._pool.close()

    async def __aenter__(self) -> "ReadPool":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


async def _is_lost(connection: asyncpg.Connection) -> bool:
    """Whether the server closes the connection. The driver reports an internal error if a statement begins between the last
    message of a server that stops and the end of the connection, which follows within milliseconds."""
    deadline = asyncio.get_running_loop().time() + _LOST_SECONDS
    while not connection.is_closed():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


async def open_pool(
    url: str,
    *,
    size: int,
    statement_timeout_ms: int,
    generic_plans: bool,
    path: str | None = None,
    wait_seconds: float = 2.0,
) -> ReadPool:
    """Open a pool of read-only connections.

    With `generic_plans`, each statement is planned once, whatever its values. `path` is a search path in which the
    table names refer to views of past or known rows (`app.reading.as_of`, `app.reading.known_by`). A pool with a `path`
    opens connections only on demand. A caller waits at most `wait_seconds` for a connection.
    """
    settings = {
        **SESSION,
        "statement_timeout": str(statement_timeout_ms),
        "plan_cache_mode": "force_generic_plan" if generic_plans else "auto",
        **({"search_path": path} if path else {}),
    }
    pool = await asyncpg.create_pool(
        url,
        min_size=0 if path else 1,
        max_size=size,
        connection_class=ReadConnection,
        init=keep_dates,
        server_settings=settings,
        statement_cache_size=500,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        command_timeout=statement_timeout_ms / 1000 + 5,
    )
    return ReadPool(pool, wait_seconds)
