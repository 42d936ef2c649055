"""A response that is sent while the body of its request is still being read.

Starlette's `StreamingResponse` listens for a disconnect and would thereby consume the rest of the request body. In
addition, a client may send without reading, and unread output must not block the client's import.
"""

import asyncio
from collections.abc import AsyncGenerator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

#: Maximum number of chunks that wait for a slow client; older chunks are dropped. The last chunk always arrives.
_MAX_WAITING = 64


class Duplex(Response):
    """Sends chunks as they are made; a slow client never blocks the generator.

    Each chunk must be meaningful by itself: a client that is too slow gets only the newest chunks and the last one."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], media_type: str, idle_seconds: float) -> None:
        super().__init__(media_type=media_type, headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self.chunks = chunks
        self.idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response. Ends after the last chunk, or if the client does not read the remaining chunks within
        `idle_seconds`."""
        waiting: list[bytes] = []
        is_ready = asyncio.Event()
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

        async def generate() -> None:
            async for chunk in self.chunks:
                waiting.append(chunk)
                del waiting[:-_MAX_WAITING]
                is_ready.set()

        async def write() -> None:
            while True:
                await is_ready.wait()
                is_ready.clear()
                chunks, waiting[:] = list(waiting), []
                if chunks:
                    await send({"type": "http.response.body", "body": b"".join(chunks), "more_body": True})
                if generating.done() and not waiting:
                    return

        generating = asyncio.ensure_future(generate())
        generating.add_done_callback(lambda _: is_ready.set())
        writing = asyncio.ensure_future(write())
        try:
            await asyncio.wait({generating, writing}, return_when=asyncio.FIRST_EXCEPTION)
            await generating
            await asyncio.wait_for(writing, self.idle_seconds)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for task in (generating, writing):
                task.cancel()
            await asyncio.gather(generating, writing, return_exceptions=True)
            await self.chunks.aclose()
