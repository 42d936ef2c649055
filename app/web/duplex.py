"""An answer that is sent while the body of its request is still read.

Starlette's own streaming answer listens for the client's leaving, and would so take the rest of the body for itself. And a
client may send without reading: what it does not take must not keep its import from going on.
"""

import asyncio
from collections.abc import AsyncGenerator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

#: Pieces that wait for a slow reader; of more, the oldest are dropped. The last piece always arrives.
_WAITING = 64


class Duplex(Response):
    """Sends pieces as they are made, and never lets whoever makes them wait for whoever reads them.

    The pieces must make sense without each other: a reader that is too slow gets the newest, and the last."""

    def __init__(self, pieces: AsyncGenerator[bytes, None], media_type: str, idle_seconds: float) -> None:
        super().__init__(media_type=media_type, headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self.pieces = pieces
        self.idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; ends with its last piece, or when nobody has read for too long after that."""
        waiting: list[bytes] = []
        news = asyncio.Event()
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

        async def make() -> None:
            async for piece in self.pieces:
                waiting.append(piece)
                del waiting[:-_WAITING]
                news.set()

        async def tell() -> None:
            while True:
                await news.wait()
                news.clear()
                pieces, waiting[:] = list(waiting), []
                if pieces:
                    await send({"type": "http.response.body", "body": b"".join(pieces), "more_body": True})
                if making.done() and not waiting:
                    return

        making = asyncio.ensure_future(make())
        making.add_done_callback(lambda _: news.set())
        telling = asyncio.ensure_future(tell())
        try:
            await asyncio.wait({making, telling}, return_when=asyncio.FIRST_EXCEPTION)
            await making
            await asyncio.wait_for(telling, self.idle_seconds)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for task in (making, telling):
                task.cancel()
            await asyncio.gather(making, telling, return_exceptions=True)
            await self.pieces.aclose()
