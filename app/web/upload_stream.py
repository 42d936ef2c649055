"""A request's body as a stream: bounded, unpacked, cut into lines, with memory for a few of them only.

`read_json` takes a body whole; this is for bodies that no memory should hold. The bytes are bounded as they unpack and not
as they arrive: a kilobyte of gzip may stand for a megabyte. A client that stops sending is let go after a while.
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.errors import ApiError, ProblemType, Violation

#: Bytes that are unpacked at once.
_STEP = 262_144
_GZIP = 31
#: The mark that some programs put before a text in UTF-8.
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a stream may hold: bytes in all, bytes a line, and seconds without any."""

    total_bytes: int
    line_bytes: int
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a body: its number, from 1, and its bytes without their end; None where they are too many."""

    number: int
    text: bytes | None


class Incoming:
    """The bytes of a body as they come. `digest` is, in the end, the SHA-256 of what was sent."""

    def __init__(self, request: Request, bounds: Bounds, *, is_packed: bool) -> None:
        self.bounds = bounds
        self.digest = hashlib.sha256()
        self.is_packed = is_packed
        self._stream = request.stream().__aiter__()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes, unpacked. Raises `ApiError`: cut short, too large, silent for too long, no gzip."""
        unpacking, size = Unpacking(), 0
        async for chunk in self._arriving():
            for piece in unpacking.pieces(chunk) if self.is_packed else (chunk,):
                size += len(piece)
                if size > self.bounds.total_bytes:
                    unpacked = ", unpacked" if self.is_packed else ""
                    detail = f"The body has more than {self.bounds.total_bytes} bytes{unpacked}."
                    raise ApiError(ProblemType.TOO_LARGE, detail)
                yield piece
                # A small chunk may unpack for seconds: others get their turn in between.
                await asyncio.sleep(0)
        if self.is_packed:
            unpacking.end()

    async def _arriving(self) -> AsyncIterator[bytes]:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(self._stream), self.bounds.idle_seconds)
            except StopAsyncIteration:
                return
            except TimeoutError:
                detail = f"Nothing arrived for {self.bounds.idle_seconds:g} seconds; the body is not whole."
                raise ApiError(ProblemType.MALFORMED, detail) from None
            except ClientDisconnect:
                raise ApiError(ProblemType.MALFORMED, "The body ended before it was complete.") from None
            if chunk:
                self.digest.update(chunk)
                yield chunk

    async def read_out(self) -> None:
        """Read what is left and drop it: the digest is then that of the whole body."""
        async for _ in self._arriving():
            pass


class Unpacking:
    """gzip, also several files one after the other, as `cat a.gz b.gz` makes them."""

    def __init__(self) -> None:
        self._made = zlib.decompressobj(_GZIP)
        self._is_inside = False

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """The bytes of a chunk, unpacked a little at a time. Raises `ApiError` where it is no gzip."""
        while chunk:
            self._is_inside = True
            try:
                piece = self._made.decompress(chunk, _STEP)
            except zlib.error:
                raise _malformed("The body is no gzip, or a broken one.", "Send it again, or unpacked.") from None
            if piece:
                yield piece
            chunk = self._made.unconsumed_tail
            if self._made.eof:
                chunk, self._made, self._is_inside = self._made.unused_data, zlib.decompressobj(_GZIP), False

    def end(self) -> None:
        """Raises `ApiError` where what came is not whole."""
        if self._is_inside:
            raise _malformed("The gzip ends before it is complete.", "It was cut on its way; send it again.")


async def lines(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """The lines of a file, some at a time, without a byte order mark; an empty last one is none. Of one that is too long only the number is kept."""
    rest, number, is_cut = b"", 0, False
    async for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest += first
        found: list[Line] = []
        for other in others:
            number += 1
            if number == 1:
                rest = rest.removeprefix(_MARK)
            found.append(Line(number, None if is_cut or len(rest) > most_bytes else rest))
            rest, is_cut = other, False
        if len(rest) > most_bytes:
            rest, is_cut = b"", True
        if found:
            yield found
    if rest or is_cut:
        yield [Line(number + 1, None if is_cut else rest if number else rest.removeprefix(_MARK))]


def _malformed(detail: str, hint: str) -> ApiError:
    return ApiError(ProblemType.MALFORMED, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])
