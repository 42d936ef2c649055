"""Streamed responses whose bodies use resources, such as a connection, until the bodies are closed."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Protocol

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

#: Name in the state of a request: a function that returns whether its API key is still valid (`app.web.access`).
KEY_CHECK = "is_key_valid"
#: Seconds after which a stream asks again whether its API key is valid.
CHECK_SECONDS = 1.0


class Chunks(Protocol):
    """A body that is generated while it is sent."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes, in chunks."""
        ...

    async def aclose(self) -> None:
        """Release the resources, even if the body was not read or not read completely."""
        ...


class StreamCutError(OSError):
    """The server ends a response early: the client must see that it is incomplete, so the connection is closed."""


def end_connection(receive: Receive, *, at_once: bool) -> None:
    """End the connection of a request whose response remains incomplete; `at_once`: even before the client has read what
    was sent, which it may never do. ASGI has no message for this; uvicorn's `receive` belongs to the object with the
    transport, which also logs an error for an incomplete response unless it counts as disconnected."""
    cycle = getattr(receive, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if cycle is None or transport is None:
        return
    cycle.disconnected = True
    if at_once:
        transport.abort()
    else:
        transport.close()


class Streamed(StreamingResponse):
    """A streaming response that always closes its body. After a disconnect, a HEAD or a 304, the rest of the body is
    not read, so its connection would otherwise stay in use until garbage collection
    (tests/reading/test_streams.py::test_a_stream_that_nobody_reads_gives_its_connection_back).

    If the request has an API key and the key is revoked, replaced or expires, the response ends early (`StreamCutError`)."""

    def __init__(self, chunks: Chunks, status_code: int, headers: Mapping[str, str], media_type: str | None) -> None:
        super().__init__(chunks if status_code in (200, 206) else _no_chunks(), status_code, headers, media_type)
        self.chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, and close the body."""
        check = scope.get("state", {}).get(KEY_CHECK)
        if check is not None and self.status_code in (200, 206):
            self.body_iterator = _while_valid(self.chunks, check)
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.chunks.aclose()


async def _while_valid(chunks: Chunks, check: Callable[[], Awaitable[bool]]) -> AsyncIterator[bytes]:
    checked = time.monotonic()
    async for chunk in chunks:
        if time.monotonic() - checked >= CHECK_SECONDS:
            if not await check():
                raise StreamCutError("its API key is no longer valid")
            checked = time.monotonic()
        yield chunk


class ChunksWithResources:
    """A body with resources that are released when it is closed, even if nothing of it was read."""

    def __init__(self, chunks: AsyncGenerator[bytes], resources: AsyncExitStack) -> None:
        self._chunks, self._resources = chunks, resources

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        """Close the body, then release the resources."""
        async with self._resources:
            await self._chunks.aclose()


async def _no_chunks() -> AsyncIterator[bytes]:
    return
    yield b""
