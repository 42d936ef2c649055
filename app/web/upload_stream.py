"""Request bodies as streams of lines: limited in size, decompressed, and never completely in memory.

`app.web.json_body` reads complete bodies; this module is for bodies that are too large for memory. The size limit applies
to the decompressed bytes, since a kilobyte of gzip can expand to a megabyte. A request whose body stalls is rejected.
"""

import asyncio
import hashlib
import re
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.errors import ApiError, ProblemType, Violation

#: Maximum number of bytes that are decompressed at once.
_STEP = 262_144
#: Maximum compression ratio of a body above a size. Tables and NDJSON have ratios of ten or twenty. A body of line breaks
#: has a ratio of a thousand: it would cost the sender nothing, and the server seconds for each kilobyte.
_MAX_RATIO, _SMALL_BODY = 100, 1_048_576
#: Maximum number of lines that are handled before other requests run.
_LINES_AT_ONCE = 500
#: A run of so many blank lines is handled as one.
_RUN = 500
_BLANK_RUN = re.compile(rb"(?<=\n)(?:\n{%d,}|(?:\r\n){%d,})" % (_RUN, _RUN))
_GZIP = 31
#: The byte order mark that some programs write at the start of a UTF-8 file.
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Limits of a stream: bytes in total, bytes per line, and seconds without a byte."""

    total_bytes: int
    line_bytes: int
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a body: its number, counted from 1, and its bytes without the line end. The bytes are None if the line
    is too long. `repeats`: how often the line follows once more; only in long runs of blank lines."""

    number: int
    text: bytes | None
    repeats: int = 0


class Incoming:
    """The bytes of a body as they arrive. `digest` is the SHA-256 of the bytes as sent; it is complete when the whole
    body has been read."""

    def __init__(self, request: Request, bounds: UploadLimits, *, is_packed: bool) -> None:
        self.bounds = bounds
        self.digest = hashlib.sha256()
        self.is_packed = is_packed
        self._stream = request.stream().__aiter__()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The decompressed bytes. Raises `ApiError` if the body is incomplete, too large, stalled or not gzip."""
        decompressor, size = Decompressor(), 0
        async for chunk in self._arriving():
            for piece in decompressor.decompress(chunk) if self.is_packed else (chunk,):
                size += len(piece)
                if size > self.bounds.total_bytes:
                    when = " when decompressed" if self.is_packed else ""
                    detail = f"The body is longer than {self.bounds.total_bytes} bytes{when}."
                    raise ApiError(ProblemType.TOO_LARGE, detail)
                if self.is_packed and size > max(_SMALL_BODY, decompressor.consumed * _MAX_RATIO):
                    detail = f"The body is compressed to less than 1/{_MAX_RATIO} of its size."
                    violation = Violation(detail.rstrip("."), pointer="", hint="Send it uncompressed.")
                    raise ApiError(ProblemType.TOO_LARGE, detail, [violation])
                yield piece
                # A small chunk may take seconds to decompress; other requests run in between.
                await asyncio.sleep(0)
        if self.is_packed:
            decompressor.end()

    async def _arriving(self) -> AsyncIterator[bytes]:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(self._stream), self.bounds.idle_seconds)
            except StopAsyncIteration:
                return
            except TimeoutError:
                detail = f"The body is incomplete: nothing arrived for {self.bounds.idle_seconds:g} seconds."
                raise ApiError(ProblemType.MALFORMED, detail) from None
            except ClientDisconnect:
                raise ApiError(ProblemType.MALFORMED, "The body ended before it was complete.") from None
            if chunk:
                self.digest.update(chunk)
                yield chunk

    async def drain(self) -> None:
        """Read and discard the rest, so that the digest covers the whole body."""
        async for _ in self._arriving():
            pass


class Decompressor:
    """Decompresses gzip, including several concatenated files (`cat a.gz b.gz`)."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP)
        self._is_inside = False
        #: The compressed bytes that the pieces so far came from.
        self.consumed = 0

    def decompress(self, chunk: bytes) -> Iterator[bytes]:
        """Decompress a chunk step by step. Raises `ApiError` if the chunk is not valid gzip."""
        while chunk:
            self._is_inside = True
            try:
                piece = self._stream.decompress(chunk, _STEP)
            except zlib.error:
                raise _malformed("The body is not valid gzip.", "Send it again, or send it uncompressed.") from None
            rest = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            self.consumed += len(chunk) - len(rest)
            if piece:
                yield piece
            chunk = rest
            if self._stream.eof:
                self._stream, self._is_inside = zlib.decompressobj(_GZIP), False

    def end(self) -> None:
        """Raise `ApiError` if the data is incomplete."""
        if self._is_inside:
            raise _malformed("The gzip data is incomplete.", "Send it again; it was probably truncated on the way.")


async def read_lines(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[list[Line]]:
    """The lines of a file, in batches, without a byte order mark. An empty last line is omitted. The text of a line longer than
    `max_bytes` is None. Other requests run between two batches, however short the lines are. Long runs of blank lines become one
    `Line` each, because a body of a few megabytes may have millions of them."""
    rest, number, is_cut = b"", 0, False
    async for chunk, run in _without_runs(chunks):
        if run:
            yield [Line(number + 1, chunk, run - 1)]
            number += run
            continue
        first, *others = chunk.split(b"\n")
        rest += first
        found: list[Line] = []
        for other in others:
            number += 1
            if number == 1:
                rest = rest.removeprefix(_BOM)
            found.append(Line(number, None if is_cut or len(rest) > max_bytes else rest))
            rest, is_cut = other, False
            if len(found) == _LINES_AT_ONCE:
                yield found
                found = []
                await asyncio.sleep(0)
        if len(rest) > max_bytes:
            rest, is_cut = b"", True
        if found:
            yield found
    if rest or is_cut:
        yield [Line(number + 1, None if is_cut else rest if number else rest.removeprefix(_BOM))]


async def _without_runs(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, int]]:
    """The parts of the chunks, and 0; for each long run of blank lines, the text of its lines and their number."""
    async for chunk in chunks:
        start = 0
        if b"\n" * _RUN in chunk or b"\r\n" * _RUN in chunk:
            for run in _BLANK_RUN.finditer(chunk):
                yield chunk[start : run.start()], 0
                yield run[0][: run[0].index(b"\n")], run[0].count(b"\n")
                start = run.end()
        if start < len(chunk):
            yield chunk[start:] if start else chunk, 0


def _malformed(detail: str, hint: str) -> ApiError:
    return ApiError(ProblemType.MALFORMED, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])
