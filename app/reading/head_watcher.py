"""Follow the newest revision (head), so that a process knows when it may answer from the response cache.

The row of the table `head` is authoritative. A value read from it is valid for a limited time after the query was sent;
a write by this process or a NOTIFY from another process invalidates the value at once. NOTIFY only makes writes by
other processes visible sooner. The time limit applies in any case, because a notification may arrive late, or never if
the connection is lost.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from app.db.history import HEAD_CHANNEL
from app.db.pool import ReadPool
from app.errors import ApiError

log = logging.getLogger("parley.error")

#: Seconds before reconnecting: first delay and longest delay.
_RETRY, _RETRY_MAX = 0.1, 5.0
_CONNECTION_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
#: Seconds after which a read of the head is given up. A request that needs the head then reads without the cache.
_READ_SECONDS = 1.0


class HeadWatcher:
    """Follows the head. `pool`: connections that no request uses, so that slow reads never delay a cached response;
    `seconds`: how long a value is valid."""

    def __init__(self, pool: ReadPool, seconds: float) -> None:
        self.pool = pool
        self.seconds = seconds
        self._revision = 0
        self._sent = float("-inf")
        self._invalidations = 0
        self._reading = asyncio.Lock()
        #: Set, and replaced by a new event, when the head has or may have changed.
        self._changed = asyncio.Event()
        #: Whether the process is shutting down. Nothing waits for changes after that.
        self.is_closed = False

    def confirmed(self) -> int | None:
        """The newest revision, if it was read within the time limit and not invalidated since; otherwise None."""
        return self._revision if time.monotonic() - self._sent <= self.seconds else None

    def invalidate(self) -> None:
        """Discard the value, and the result of a read in progress, because the head has or may have changed."""
        self._invalidations += 1
        self._sent = float("-inf")
        self._wake()

    def close(self) -> None:
        """Wake everything that waits, because the process is shutting down."""
        self.is_closed = True
        self._wake()

    def change_event(self) -> asyncio.Event:
        """The event that is set when the head has or may have changed, or the process shuts down. Get the event before
        reading the database, so that no change in between is missed."""
        return self._changed

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for_later(self, than: int, seconds: float) -> bool:
        """Wait for a revision later than `than`. Returns False after a timeout or if the process shuts down.

        No connection is held while waiting, and all waiters that one write wakes share one query. If a notification
        was lost, a last query before the timeout finds the change."""
        end = time.monotonic() + seconds
        while not self.is_closed:
            # Get the event before reading the head, so that a write in between is not missed.
            changed = self._changed
            newest = await self.read()
            if newest is not None and newest > than:
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), left)
        return False

    async def read(self) -> int | None:
        """Return the newest revision, read after this call, or None if the database does not answer."""
        called = time.monotonic()
        async with self._reading:
            if self._sent >= called:
                return self._revision
            sent, invalidations = time.monotonic(), self._invalidations
            try:
                async with self.pool.acquire() as connection:
                    revision: int = await connection.fetchval("SELECT revision FROM head", timeout=_READ_SECONDS)
            except (*_CONNECTION_ERRORS, ApiError):
                return None
            if invalidations == self._invalidations:
                self._revision, self._sent = revision, sent
            return revision

    @asynccontextmanager
    async def listening(self, url: str) -> AsyncIterator[None]:
        """Listen for writes of other processes inside this context; reconnect if the connection is lost."""
        task = asyncio.create_task(self._listen(url))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self, url: str) -> None:
        pause, is_reached = _RETRY, True
        while True:
            cut = asyncio.Event()
            try:
                connection = await asyncpg.connect(
                    url, timeout=5, server_settings={"application_name": "parley watcher"}
                )
                try:
                    connection.add_termination_listener(lambda _, cut=cut: cut.set())
                    await connection.add_listener(HEAD_CHANNEL, self._on_notify)
                    # No notification arrives for writes before this point.
                    self.invalidate()
                    pause = _RETRY
                    if not is_reached:
                        log.warning("the database can be reached again")
                        is_reached = True
                    await cut.wait()
                finally:
                    connection.terminate()
            except _CONNECTION_ERRORS as error:
                # One line when the state changes, not one for each attempt.
                if is_reached:
                    log.warning("the database cannot be reached: %s", error)
                    is_reached = False
            self.invalidate()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _RETRY_MAX)

    def _on_notify(self, *_: object) -> None:
        self.invalidate()
