"""Byte ranges (RFC 9110, 14), for resumed downloads and for programs that read parts of a table by URL.

Polars and DuckDB request the length of a file with HEAD and then the parts that they need. Both programs do so for
generated lists, too. Such a list is therefore generated in memory, up to `MAX_BUFFERED` bytes; longer lists are
streamed without ranges.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from fastapi import Request
from fastapi import Response as HttpResponse

from app.errors import ApiError, ProblemType
from app.web.streaming import Chunks, Streamed

#: Maximum number of bytes generated in memory because the length or a range was requested.
MAX_BUFFERED = 33_554_432
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def partial_content(
    request: Request, size: int, chunks: Callable[[int], AsyncIterator[bytes]], headers: dict[str, str], media_type: str
) -> HttpResponse:
    """Return a whole representation, or the range of it that `Range` requests (RFC 9110, 14).

    `size`: the length of the representation in bytes; `chunks`: a function that returns the bytes from a position on;
    `headers`: the headers of the whole representation, with its `ETag`. If several ranges or an invalid range are
    requested, the whole representation is sent, as the RFC allows. Raises `ApiError` (416) if the range begins after
    the end."""
    headers["Accept-Ranges"] = "bytes"
    start, end = range_of(request, size, headers, headers["ETag"]) or (0, size)
    status = 206 if (start, end) != (0, size) or "Content-Range" in headers else 200
    headers["Content-Length"] = str(end - start)
    return Streamed(_truncate(chunks(start), end - start), status, headers, media_type)


def requested_range(request: Request) -> tuple[str, str] | None:
    """First and last byte of the single range that a GET requests, as written; None if it requests no range or several
    ranges."""
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or not any(match.groups()) or request.scope.get("state", {}).get("is_head"):
        return None
    first, last = match[1], match[2]
    return None if first and last and int(last) < int(first) else (first, last)


def range_of(request: Request, size: int, headers: dict[str, str], tag: str) -> tuple[int, int] | None:
    """Start and end of the requested range, also added to `headers` as `Content-Range`; None = send everything. Raises
    `ApiError` (416) if the range begins after the end."""
    requested = requested_range(request)
    # If the client has begun to download another version, a range of this version is useless to it (RFC 9110, 13.1.5).
    if requested is None or request.headers.get("if-range", tag) != tag:
        return None
    first, last = requested
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= size:
        range_headers = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        raise ApiError(
            ProblemType.RANGE,
            f"`Range` begins after the end of the file, which has {size:,} bytes.",
            headers=range_headers,
        )
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return start, end


async def _truncate(chunks: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes]:
    """The first `size` bytes of a stream."""
    left = size
    async for chunk in chunks:
        if chunk:
            yield chunk[:left]
            left -= len(chunk)
        if left <= 0:
            return


async def buffer_if_needed(request: Request, body: bytes | Chunks) -> bytes | Chunks:
    """The body as bytes if its length or a range is requested and it is at most `MAX_BUFFERED` bytes; otherwise unchanged."""
    is_head = request.scope.get("state", {}).get("is_head")
    if isinstance(body, bytes) or not (is_head or requested_range(request)):
        return body
    parts: list[bytes] = []
    size, chunks = 0, aiter(body)
    async for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_BUFFERED:
            return _Resumed(parts, chunks, body)
    await body.aclose()
    return b"".join(parts)


class _Resumed:
    """A body of which some chunks were read already."""

    def __init__(self, parts: list[bytes], rest: AsyncIterator[bytes], body: Chunks) -> None:
        self._parts, self._rest, self._body = parts, rest, body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._parts:
            yield self._parts.pop(0)
        async for chunk in self._rest:
            yield chunk

    async def aclose(self) -> None:
        """Release the resources of the body."""
        await self._body.aclose()


def apply_range(request: Request, body: bytes | Chunks, whole: HttpResponse) -> HttpResponse:
    """The response, or the requested range of it. Raises `ApiError` (416) if the range begins after the end."""
    whole.headers["Accept-Ranges"] = "bytes"
    if whole.status_code != 200 or not isinstance(body, bytes):
        return whole
    headers = {name: value for name, value in whole.headers.items() if name != "content-length"}
    found = range_of(request, len(body), headers, whole.headers["ETag"])
    if found is None:
        return whole
    return HttpResponse(body[slice(*found)], 206, headers)
