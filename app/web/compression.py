"""Content codings: which one a request asks for, and a middleware that compresses.

gzip and zstd, at levels that cost less than sending the bytes saved. A whole body is compressed at once, in a thread
where it is large; a stream chunk by chunk, so that its rows arrive as they are made and memory stays flat.
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

#: In the order in which they are preferred where the client likes them equally.
CODINGS = ("zstd", "gzip")
#: Bytes below which a body is sent as it is.
SMALLEST = 1_024
#: Bytes from which on a body is compressed in a thread: it would hold the loop for longer than changing threads takes.
LARGE = 65_536
_GZIP_LEVEL, _ZSTD_LEVEL = 5, 3
_COMPRESSIBLE = re.compile(
    r"text/(?!event-stream).*|application/([\w.+-]+\+)?(json|xml)|application/(x-)?(ndjson|javascript)|image/svg\+xml"
)
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


@lru_cache(maxsize=512)
def negotiated(accepted: str) -> str:
    """The coding for an `Accept-Encoding` (RFC 9110, 12.5.3): `zstd`, `gzip`, or empty for none.

    Who forbids everything that there is gets the bytes as they are: better than nothing."""
    weights = _weights(accepted)
    rest = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: weights.get(coding, rest))
    liking = weights.get(best, rest)
    return best if liking > 0 and liking >= weights.get("identity", 0.0) else ""


def takes(accepted: str, coding: str) -> bool:
    """Whether an `Accept-Encoding` takes this coding, liked best or not: for what is packed already."""
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
            # An unreadable weight is taken for a no: what is sent must be what the client can read.
            weight = float(found[1]) if found else 0.0
        weights.setdefault({"x-gzip": "gzip"}.get(name.lower(), name.lower()), weight)
    return weights


class _Compressor(Protocol):
    def chunk(self, data: bytes) -> bytes:
        """The next bytes, flushed: all that was given can be read from what was answered."""
        ...

    def end(self) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._made = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)

    def chunk(self, data: bytes) -> bytes:
        return self._made.compress(data) + self._made.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._made.flush()


class _Zstd:
    def __init__(self) -> None:
        self._made = zstandard.ZstdCompressor(_ZSTD_LEVEL).compressobj()

    def chunk(self, data: bytes) -> bytes:
        return self._made.compress(data) + self._made.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def end(self) -> bytes:
        return self._made.flush()


def compressed(coding: str, data: bytes) -> bytes:
    """All of a body in this coding; the same bytes each time."""
    if coding == "zstd":
        return zstandard.ZstdCompressor(_ZSTD_LEVEL).compress(data)
    made = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
    return made.compress(data) + made.flush()


class Compressing:
    """Compresses what the application sends, where the client asks for it and it is worth it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        coding = negotiated(", ".join(Headers(scope=scope).getlist("accept-encoding")))
        scope.setdefault("state", {})["coding"] = coding
        is_head = scope["state"].get("is_head", False)
        await self.app(scope, receive, _Coder(coding, send, is_head=is_head) if coding else send)


class _Coder:
    """The `send` of one answer, in a coding if that is of use."""

    def __init__(self, coding: str, send: Send, *, is_head: bool) -> None:
        self._coding, self._send, self._is_head = coding, send, is_head
        self._start: Message | None = None
        self._stream: _Compressor | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_compressible(message):
            # Whether it is worth it shows with the first bytes of the body.
            self._start = message
        elif message["type"] == "http.response.body" and (self._start or self._stream):
            await self._body(message.get("body", b""), message.get("more_body", False))
        else:
            await self._send(message)

    async def _body(self, data: bytes, more: bool) -> None:
        if self._start is not None:
            start, self._start = self._start, None
            # A HEAD of a stream has no bytes to look at, but the headers of its GET.
            is_stream = more or (self._is_head and not data and "content-length" not in Headers(raw=start["headers"]))
            if not is_stream:
                await self._whole(start, data)
                return
            _mark(start, self._coding, None)
            await self._send(start)
            if not more:
                await self._send({"type": "http.response.body", "body": b""})
                return
            self._stream = _Zstd() if self._coding == "zstd" else _Gzip()
        assert self._stream is not None
        packed = await self._packed(data) if data else b""
        if not more:
            packed += self._stream.end()
        if packed or not more:
            await self._send({"type": "http.response.body", "body": packed, "more_body": more})

    async def _whole(self, start: Message, data: bytes) -> None:
        if len(data) >= SMALLEST:
            if len(data) > LARGE:
                data = await asyncio.to_thread(compressed, self._coding, data)
            else:
                data = compressed(self._coding, data)
            _mark(start, self._coding, len(data))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": data})

    async def _packed(self, data: bytes) -> bytes:
        assert self._stream is not None
        return await asyncio.to_thread(self._stream.chunk, data) if len(data) > LARGE else self._stream.chunk(data)


def _is_compressible(start: Message) -> bool:
    headers = Headers(raw=start.get("headers", []))
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if start["status"] in (204, 206, 304) or "content-encoding" in headers or not _COMPRESSIBLE.fullmatch(kind):
        return False
    length = headers.get("content-length")
    return length is None or int(length) >= SMALLEST


def _mark(start: Message, coding: str, length: int | None) -> None:
    headers = MutableHeaders(scope=start)
    headers["Content-Encoding"] = coding
    if "accept-encoding" not in headers.get("vary", "").lower():
        headers.add_vary_header("Accept-Encoding")
    del headers["Content-Length"]
    if length is not None:
        headers["Content-Length"] = str(length)
    if tag := headers.get("etag"):
        headers["ETag"] = with_coding(tag, coding)
