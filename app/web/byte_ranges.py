"""Parts of an answer (RFC 9110, 14): one range of bytes, for downloads that go on and for readers of tables by address.

Polars and DuckDB ask with HEAD how long a file is and then for the parts that they need, also of lists that are made when
they are asked for. Such a list is made whole in memory, up to `LONGEST` bytes; a longer one is only streamed.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from fastapi import Request
from fastapi import Response as HttpResponse

from app.errors import ApiError, ProblemType
from app.web.streaming import Chunks, Streamed

#: Bytes of an answer that is made in memory because its length, or a part of it, is asked for.
LONGEST = 33_554_432
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def partial_content(
    request: Request, size: int, pieces: Callable[[int], AsyncIterator[bytes]], headers: dict[str, str], media_type: str
) -> HttpResponse:
    """All bytes of a representation, or the part that `Range` asks for (RFC 9110, 14). `pieces`: the bytes from a place
    on; `headers`: those of the whole, with its `ETag`. Several ranges, and what is no range, get the whole, as the RFC
    allows. Raises `ApiError` (416) where the range lies beyond the end."""
    headers["Accept-Ranges"] = "bytes"
    start, end = range_of(request, size, headers, headers["ETag"]) or (0, size)
    status = 206 if (start, end) != (0, size) or "Content-Range" in headers else 200
    headers["Content-Length"] = str(end - start)
    return Streamed(_cut(pieces(start), end - start), status, headers, media_type)


def asked_range(request: Request) -> tuple[str, str] | None:
    """First and last byte of the one range that a GET asks for, as they are written; None = of all, or of several."""
    asked = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if asked is None or not any(asked.groups()) or request.scope.get("state", {}).get("is_head"):
        return None
    first, last = asked[1], asked[2]
    return None if first and last and int(last) < int(first) else (first, last)


def range_of(request: Request, size: int, headers: dict[str, str], tag: str) -> tuple[int, int] | None:
    """Where the part begins and ends, which the headers then say too; None = all is to be sent."""
    asked = asked_range(request)
    # A part of another file than the one that the client has begun with is of no use to it (RFC 9110, 13.1.5).
    if asked is None or request.headers.get("if-range", tag) != tag:
        return None
    first, last = asked
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= size:
        beyond = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        raise ApiError(ProblemType.RANGE, f"The file has {size:,} bytes; `Range` begins after them.", headers=beyond)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return start, end


async def _cut(pieces: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes]:
    """The first bytes of a stream."""
    left = size
    async for piece in pieces:
        if piece:
            yield piece[:left]
            left -= len(piece)
        if left <= 0:
            return


async def measured(request: Request, body: bytes | Chunks) -> bytes | Chunks:
    """The body in memory where its length or a part of it is asked for, if it is not too long for that; else as it is."""
    is_head = request.scope.get("state", {}).get("is_head")
    if isinstance(body, bytes) or not (is_head or asked_range(request)):
        return body
    parts: list[bytes] = []
    size, pieces = 0, aiter(body)
    async for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size > LONGEST:
            return _Begun(parts, pieces, body)
    await body.aclose()
    return b"".join(parts)


class _Begun:
    """A body of which some pieces were read already."""

    def __init__(self, parts: list[bytes], rest: AsyncIterator[bytes], body: Chunks) -> None:
        self._parts, self._rest, self._body = parts, rest, body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._parts:
            yield self._parts.pop(0)
        async for piece in self._rest:
            yield piece

    async def aclose(self) -> None:
        """Let go of what is held."""
        await self._body.aclose()


def in_parts(request: Request, body: bytes | Chunks, whole: HttpResponse) -> HttpResponse:
    """The answer, or the part of it that is asked for. Raises `ApiError` (416) where the range lies beyond the end."""
    whole.headers["Accept-Ranges"] = "bytes"
    if whole.status_code != 200 or not isinstance(body, bytes):
        return whole
    headers = {name: value for name, value in whole.headers.items() if name != "content-length"}
    found = range_of(request, len(body), headers, whole.headers["ETag"])
    if found is None:
        return whole
    return HttpResponse(body[slice(*found)], 206, headers)
