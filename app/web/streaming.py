"""Bodies that are made while they are sent, and hold something until they are closed."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class Chunks(Protocol):
    """A body that is made while it is sent."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes, piece by piece."""
        ...

    async def aclose(self) -> None:
        """Let go of what is held, also where nothing or not all was read."""
        ...


class Streamed(StreamingResponse):
    """Closes its body however it ends. A client that goes away, a HEAD, a 304 leave the rest of it unread, and what
    it holds, a connection, would wait for the collector of garbage
    (tests/reading/test_streams.py::test_a_stream_that_nobody_reads_gives_its_connection_back)."""

    def __init__(self, chunks: Chunks, status_code: int, headers: Mapping[str, str], media_type: str | None) -> None:
        super().__init__(chunks if status_code in (200, 206) else _nothing(), status_code, headers, media_type)
        self.chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and close the body."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.chunks.aclose()


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
