"""The two streams of the feed of changes: Server-Sent Events, which go on, and NDJSON, which ends at the newest change.

A stream takes a connection for each page and gives it back before the page is sent.
"""

import time
from collections.abc import AsyncGenerator

from app.errors import ApiError
from app.history.changes import ChangePage, Feed
from app.history.followers import Followers
from app.reading.head_watcher import HeadWatcher

#: Changes that are read and sent together.
BATCH = 100
#: Seconds without a change after which a sign of life is sent: proxies cut what is silent for longer.
_SILENT = 15.0
#: Seconds after which a stream ends and the client comes back by itself, to be asked for its key again.
_LONGEST = 3_600.0
#: Milliseconds until a client that was cut comes back.
_RETRY = 2_000


async def lines(feed: Feed, page: ChangePage, left: int | None) -> AsyncGenerator[bytes]:
    """A change a line, from this page on, until the newest revision that the page saw or until `left` are sent."""
    end = page.head
    while True:
        shown = [change for change in page.changes if change.row["revision"] <= end]
        if shown:
            yield "".join(f"{change.told()}\n" for change in shown).encode()
        left = None if left is None else left - len(shown)
        # What is written meanwhile is for the next time: a stream that ends must not run after its writers.
        if not page.more or left == 0 or page.next.revision > end:
            return
        page = await feed.page(page.next, _next(left))


async def event_stream(
    feed: Feed, page: ChangePage, left: int | None, watch: HeadWatcher, followers: Followers
) -> AsyncGenerator[bytes]:
    """An event a change, from this page on, for as long as the client listens, or until `left` are sent. Each has its
    position as `id`, and so has a sign of life: a browser that was cut sends back the last."""
    ends = time.monotonic() + _LONGEST
    async with followers.places:
        yield f"retry: {_RETRY}\n\n".encode()
        while True:
            yield _events(page)
            left = None if left is None else left - len(page.changes)
            if left == 0 or watch.is_over or time.monotonic() > ends:
                return
            if not page.more:
                while not await watch.later(page.head, _SILENT):
                    if watch.is_over or time.monotonic() > ends:
                        return
                    yield b": nothing new\n\n"
            try:
                page = await followers.page(feed, page.next, _next(left))
            except ApiError as refused:
                # The database is out of reach or busy. The client comes back by itself, to where it was.
                yield f": {refused.detail}\n\n".encode()
                return


def _events(page: ChangePage) -> bytes:
    told = [f"id: {change.position}\nevent: change\ndata: {change.told()}\n\n" for change in page.changes]
    # Where nothing of what is followed has changed, the client learns how far it has come.
    return "".join((*told, f"id: {page.next}\n\n")).encode()


def _next(left: int | None) -> int:
    return BATCH if left is None else min(BATCH, left)
