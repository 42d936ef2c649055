"""What a process knows of the head: the newest revision, as long as that is sure enough to answer from memory.

The truth is the head row. A reading of it holds for a bounded time, counted from the moment it was sent; a write of
this process and a NOTIFY of another's end it at once. The NOTIFY makes other processes' writes seen sooner, no more: it
may come late or, where the connection was cut, never, and then the bound still holds.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from app.db.history import HEAD_CHANNEL

log = logging.getLogger("parley.error")

#: Seconds until a lost connection is tried again: at first, and at the most.
_RETRY, _RETRY_MAX = 0.1, 5.0
_CONNECTION_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class HeadWatcher:
    """The head as this process knows it. `seconds`: how long a reading holds."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", seconds: float) -> None:
        self.pool = pool
        self.seconds = seconds
        self._revision = 0
        self._sent = float("-inf")
        self._invalidations = 0
        self._reading = asyncio.Lock()
        #: Set, and put away for another, when the head has moved or may have.
        self._changed = asyncio.Event()
        #: Whether this process is about to end: nobody waits for news any more.
        self.is_closed = False

    def confirmed(self) -> int | None:
        """The newest revision, if it was read within the bound and nothing spoke against it since."""
        return self._revision if time.monotonic() - self._sent <= self.seconds else None

    def invalidate(self) -> None:
        """The head has moved or may have: what is known, or is just being read, is of no use."""
        self._invalidations += 1
        self._sent = float("-inf")
        self._wake()

    def close(self) -> None:
        """Let everybody who waits go on: this process ends."""
        self.is_closed = True
        self._wake()

    def change_event(self) -> asyncio.Event:
        """Set when the head moves or may have, or this process is about to end. Who takes it before looking at what there
        is misses nothing in between."""
        return self._changed

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for_later(self, than: int, seconds: float) -> bool:
        """Wait for a revision later than this one; False when the time is over, or this process ends.

        Whoever waits holds no connection, and all who are woken by one write share a reading of the head. News that
        was lost is found at the end of the time."""
        end = time.monotonic() + seconds
        while not self.is_closed:
            # Taken before the head is read: what is written between the two is not missed.
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
        """The newest revision, read after this was called; None when the database does not answer."""
        asked = time.monotonic()
        async with self._reading:
            if self._sent >= asked:
                return self._revision
            sent, invalidations = time.monotonic(), self._invalidations
            try:
                async with self.pool.acquire() as connection:
                    revision: int = await connection.fetchval("SELECT revision FROM head")
            except _CONNECTION_ERRORS:
                return None
            if invalidations == self._invalidations:
                self._revision, self._sent = revision, sent
            return revision

    @asynccontextmanager
    async def listening(self, url: str) -> AsyncIterator[None]:
        """Meanwhile, hear of the writes of other processes; a connection that is cut is made again."""
        task = asyncio.create_task(self._listen(url))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self, url: str) -> None:
        pause = _RETRY
        while True:
            cut = asyncio.Event()
            try:
                connection = await asyncpg.connect(
                    url, timeout=5, server_settings={"application_name": "parley watcher"}
                )
                try:
                    connection.add_termination_listener(lambda _, cut=cut: cut.set())
                    await connection.add_listener(HEAD_CHANNEL, self._on_notify)
                    # What was written before is not told any more.
                    self.invalidate()
                    pause = _RETRY
                    await cut.wait()
                finally:
                    connection.terminate()
            except _CONNECTION_ERRORS as error:
                log.warning("the watcher of the head cannot listen: %s", error)
            self.invalidate()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _RETRY_MAX)

    def _on_notify(self, *_: Any) -> None:
        self.invalidate()
