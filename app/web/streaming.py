"""Streamed responses whose bodies use resources, such as a connection, until the bodies are closed."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class Chunks(Protocol):
    """A body that is generated while it is sent."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes, in chunks."""
        ...

    async def aclose(self) -> None:
        """Release the resources, even if the body was not read or not read completely."""
        ...


class Streamed(StreamingResponse):
    """A streaming response that always closes its body. After a disconnect, a HEAD or a 304, the rest of the body is
    not read, so its connection would otherwise stay in use until garbage collection
    (tests/reading/test_streams.py::test_a_stream_that_nobody_reads_gives_its_connection_back)."""

    def __init__(self, chunks: Chunks, status_code: int, headers: Mapping[str, str], media_type: str | None) -> None:
        super().__init__(chunks if status_code in (200, 206) else _no_chunks(), status_code, headers, media_type)
        self.chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, and close the body."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.chunks.aclose()


async def _no_chunks() -> AsyncIterator[bytes]:
    return
    yield b""
