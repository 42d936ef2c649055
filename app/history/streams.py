"""The two streams of the change feed: open-ended Server-Sent Events, and NDJSON, which ends at the newest revision.

A stream borrows a database connection for each page and returns it before the page is sent.
"""

import time
from collections.abc import AsyncGenerator

from app.errors import ApiError
from app.history.changes import ChangePage, Feed
from app.history.followers import Followers
from app.reading.head_watcher import HeadWatcher

#: Number of changes that are read and sent together.
BATCH = 100
#: Seconds without a change after which a comment is sent, because proxies close idle connections.
_SILENT = 15.0
#: Seconds after which a stream ends. The client reconnects by itself, and its API key is checked again.
_LONGEST = 3_600.0
#: Milliseconds after which a disconnected client reconnects.
_RETRY = 2_000


async def change_lines(feed: Feed, page: ChangePage, left: int | None) -> AsyncGenerator[bytes]:
    """Yield one change per line, starting with `page`, until the head of `page` is reached or `left` changes were sent."""
    end = page.head
    while True:
        shown = [change for change in page.changes if change.row["revision"] <= end]
        if shown:
            yield "".join(f"{change.to_json()}\n" for change in shown).encode()
        left = None if left is None else left - len(shown)
        # Changes written meanwhile are left for the next request; otherwise steady writes would keep the stream open.
        if not page.more or left == 0 or page.next.revision > end:
            return
        page = await feed.page(page.next, _page_size(left))


async def event_stream(
    feed: Feed, page: ChangePage, left: int | None, watch: HeadWatcher, followers: Followers
) -> AsyncGenerator[bytes]:
    """Yield one event per change, starting with `page`, until the client disconnects or `left` changes were sent. The
    `id` of an event is its position. The end of each page also sends an `id`. A browser that reconnects sends the last
    `id` back.
    """
    ends = time.monotonic() + _LONGEST
    yield f"retry: {_RETRY}\n\n".encode()
    while True:
        yield _events(page)
        left = None if left is None else left - len(page.changes)
        if left == 0 or watch.is_closed or time.monotonic() > ends:
            return
        if not page.more:
            while not await watch.wait_for_later(page.head, _SILENT):
                if watch.is_closed or time.monotonic() > ends:
                    return
                yield b": nothing new\n\n"
        try:
            page = await followers.page(feed, page.next, _page_size(left))
        except ApiError as error:
            # The database is unreachable or busy. The client reconnects by itself and continues at the last
            # position.
            yield f": {error.detail}\n\n".encode()
            return


def _events(page: ChangePage) -> bytes:
    events = [f"id: {change.position}\nevent: change\ndata: {change.to_json()}\n\n" for change in page.changes]
    # Send the position even if no change matched the filter, so that the client does not scan the same changes again.
    return "".join((*events, f"id: {page.next}\n\n")).encode()


def _page_size(left: int | None) -> int:
    return BATCH if left is None else min(BATCH, left)
