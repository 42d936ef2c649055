"""Content codings: negotiation, and a middleware that compresses responses with gzip or zstd.

Compression at these levels takes less time than sending the saved bytes would take. A complete body is compressed at
once, in a thread if it is large. A stream is compressed chunk by chunk, so that rows arrive as soon as they are made
and memory use stays constant.
"""

import asyncio
import re
import zlib
from functools import lru_cache
from typing import Protocol

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.etags import with_coding

#: The supported codings in order of preference. The order decides if the client gives several codings equal weights.
CODINGS = ("zstd", "gzip")
#: Smaller bodies, in bytes, are not compressed.
SMALLEST = 1_024
#: Larger bodies, in bytes, are compressed in a thread, because they would block the event loop for longer than it takes
#: to use a thread.
LARGE = 65_536
_GZIP_LEVEL, _ZSTD_LEVEL = 5, 3
_COMPRESSIBLE = re.compile(
    r"text/(?!event-stream).*|application/([\w.+-]+\+)?(json|xml)|application/(x-)?(ndjson|javascript)|image/svg\+xml"
)
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


@lru_cache(maxsize=512)
def negotiate_coding(accepted: str) -> str:
    """The content coding for an `Accept-Encoding` (RFC 9110, 12.5.3): `zstd`, `gzip`, or an empty string for none.

    A client that forbids every coding, including `identity`, gets uncompressed bytes instead of an error."""
    weights = _weights(accepted)
    rest = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: weights.get(coding, rest))
    weight = weights.get(best, rest)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else ""


def accepts_coding(accepted: str, coding: str) -> bool:
    """Whether an `Accept-Encoding` accepts this coding, even if it prefers another. Used for files that are stored
    compressed."""
    weights = _weights(accepted)
    return weights.get(coding, weights.get("*", 0.0)) > 0


def _weights(accepted: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accepted.split(",")[:50]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if not name:
            continue
        weight = 1.0
        if parameters:
            found = _WEIGHT.fullmatch(parameters[0])
            # An invalid weight is treated as 0, so that the client never gets a coding that it may not support.
            weight = float(found[1]) if found else 0.0
        weights.setdefault({"x-gzip": "gzip"}.get(name.lower(), name.lower()), weight)
    return weights


class _Compressor(Protocol):
    """Compresses a stream."""

    def chunk(self, data: bytes) -> bytes:
        """Compress and flush the next bytes, so that the client can decompress all bytes so far."""
        ...

    def end(self) -> bytes:
        """The last bytes of the stream."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._stream = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)

    def chunk(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._stream.flush()


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdCompressor(_ZSTD_LEVEL).compressobj()

    def chunk(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def end(self) -> bytes:
        return self._stream.flush()


def compress(coding: str, data: bytes) -> bytes:
    """A whole body in this coding. Equal bodies give equal bytes."""
    if coding == "zstd":
        return zstandard.ZstdCompressor(_ZSTD_LEVEL).compress(data)
    stream = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
    return stream.compress(data) + stream.flush()


class CompressionMiddleware:
    """Compresses responses if the client accepts a coding and the body is large enough."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        coding = negotiate_coding(", ".join(Headers(scope=scope).getlist("accept-encoding")))
        scope.setdefault("state", {})["coding"] = coding
        is_head = scope["state"].get("is_head", False)
        await self.app(scope, receive, _CompressingSend(coding, send, is_head=is_head) if coding else send)


class _CompressingSend:
    """A `send` that compresses one response if that is worthwhile."""

    def __init__(self, coding: str, send: Send, *, is_head: bool) -> None:
        self._coding, self._send, self._is_head = coding, send, is_head
        self._start: Message | None = None
        self._stream: _Compressor | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_compressible(message):
            # The headers are sent with the first bytes of the body, because these decide whether to compress.
            self._start = message
        elif message["type"] == "http.response.body" and (self._start or self._stream):
            await self._body(message.get("body", b""), message.get("more_body", False))
        else:
            await self._send(message)

    async def _body(self, data: bytes, more: bool) -> None:
        if self._start is not None:
            start, self._start = self._start, None
            # The response to a HEAD of a stream has no bytes, but must have the headers of the corresponding GET.
            is_stream = more or (self._is_head and not data and "content-length" not in Headers(raw=start["headers"]))
            if not is_stream:
                await self._send_whole(start, data)
                return
            _set_headers(start, self._coding, None)
            await self._send(start)
            if not more:
                await self._send({"type": "http.response.body", "body": b""})
                return
            self._stream = _Zstd() if self._coding == "zstd" else _Gzip()
        assert self._stream is not None
        chunk = await self._compress(data) if data else b""
        if not more:
            chunk += self._stream.end()
        if chunk or not more:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": more})

    async def _send_whole(self, start: Message, data: bytes) -> None:
        if len(data) >= SMALLEST:
            if len(data) > LARGE:
                data = await asyncio.to_thread(compress, self._coding, data)
            else:
                data = compress(self._coding, data)
            _set_headers(start, self._coding, len(data))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": data})

    async def _compress(self, data: bytes) -> bytes:
        assert self._stream is not None
        return await asyncio.to_thread(self._stream.chunk, data) if len(data) > LARGE else self._stream.chunk(data)


def _is_compressible(start: Message) -> bool:
    headers = Headers(raw=start.get("headers", []))
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if start["status"] in (204, 206, 304) or "content-encoding" in headers or not _COMPRESSIBLE.fullmatch(kind):
        return False
    length = headers.get("content-length")
    return length is None or int(length) >= SMALLEST


def _set_headers(start: Message, coding: str, length: int | None) -> None:
    headers = MutableHeaders(scope=start)
    headers["Content-Encoding"] = coding
    if "accept-encoding" not in headers.get("vary", "").lower():
        headers.add_vary_header("Accept-Encoding")
    del headers["Content-Length"]
    if length is not None:
        headers["Content-Length"] = str(length)
    if tag := headers.get("etag"):
        headers["ETag"] = with_coding(tag, coding)
