"""The clients of one worker that wait for changes: a limit on their number, and page reads that they share."""

import asyncio
import time

from app.history.change_filter import ChangeFilter
from app.history.changes import ChangePage, Feed, Position
from app.reading.head_watcher import HeadWatcher
from app.web.places import Places

#: Seconds after which a client that got no place should try again.
_RETRY_SECONDS = 10
_PageRequest = tuple[Position, int, ChangeFilter]


class Followers:
    """The waiting clients of one worker, at most `most` at the same time, and `per_address` of one address. Each holds
    one of the `places`."""

    def __init__(self, most: int, per_address: int | None = None) -> None:
        self.places = Places("waits for changes", most, seconds=_RETRY_SECONDS, per_address=per_address)
        self._reads: dict[_PageRequest, asyncio.Task[ChangePage]] = {}

    async def page(self, feed: Feed, after: Position, limit: int) -> ChangePage:
        """Read a page of the feed at the newest revision. A write wakes all clients, and most are at the same position,
        so equal reads share one task. A client that disconnects does not cancel the task for the others."""
        request = (after, limit, feed.change_filter)
        read = self._reads.get(request)
        if read is None:
            read = self._reads[request] = asyncio.create_task(feed.page(after, limit))
            read.add_done_callback(lambda done: self._remove(request, done))
        return await asyncio.shield(read)

    def _remove(self, request: _PageRequest, done: asyncio.Task[ChangePage]) -> None:
        del self._reads[request]
        # Clients that still wait get the exception. Read the exception here too: if no client is left, asyncio would
        # otherwise log a warning.
        if not done.cancelled():
            done.exception()

    async def wait_for_page(
        self, feed: Feed, after: Position, limit: int, watch: HeadWatcher, seconds: float
    ) -> ChangePage:
        """Like `page`, but wait if there are no changes. Returns an empty page if no change arrives within `seconds`.
        No database connection is held while waiting.
        """
        end = time.monotonic() + seconds
        page = await self.page(feed, after, limit)
        while not page.changes and (page.more or await watch.wait_for_later(page.head, end - time.monotonic())):
            page = await self.page(feed, page.next, limit)
        return page
