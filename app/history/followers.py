"""Those who wait for changes at one process: how many there may be, and what they read together."""

import asyncio
import time

from app.history.change_filter import Wanted
from app.history.changes import ChangePage, Feed, Position
from app.reading.head_watcher import HeadWatcher

_Asked = tuple[Position, int, Wanted]


class Followers:
    """The followers of one process, `most` at the same time, each with a place of its own."""

    def __init__(self, most: int) -> None:
        self.places = asyncio.Semaphore(most)
        self._reading: dict[_Asked, asyncio.Task[ChangePage]] = {}

    async def page(self, feed: Feed, after: Position, limit: int) -> ChangePage:
        """The page of `Feed.page`, of the newest revision. A write wakes all who wait, and most of them are at the same
        place: they share one reading, and nobody's leaving ends it for the others."""
        asked = (after, limit, feed.wanted)
        reading = self._reading.get(asked)
        if reading is None:
            reading = self._reading[asked] = asyncio.create_task(feed.page(after, limit))
            reading.add_done_callback(lambda done: self._forget(asked, done))
        return await asyncio.shield(reading)

    def _forget(self, asked: _Asked, done: asyncio.Task[ChangePage]) -> None:
        del self._reading[asked]
        # Whoever still waits is told; where all have left, nobody is, and that is no fault.
        if not done.cancelled():
            done.exception()

    async def page_within(
        self, feed: Feed, after: Position, limit: int, watch: HeadWatcher, seconds: float
    ) -> ChangePage:
        """The same, but where nothing has changed yet, wait for it; an empty page once the time is over. No connection
        is held meanwhile."""
        end = time.monotonic() + seconds
        page = await self.page(feed, after, limit)
        while not page.changes and (page.more or await watch.later(page.head, end - time.monotonic())):
            page = await self.page(feed, page.next, limit)
        return page
