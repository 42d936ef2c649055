"""Splits CSL-JSON into entries."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final

from app.errors import ApiError, quoted
from app.ingest.bibliographies.errors import malformed_bibliography
from app.ingest.bibliographies.object_splitter import ObjectSplitter
from app.web.upload_stream import Line

_WRAPPED = re.compile(rb'\s*\{\s*"items"\s*:\s*\[')
_BOM = b"\xef\xbb\xbf"
#: Number of bytes within which it must become clear whether an object is `{"items": […]}`.
_DETECTION_BYTES: Final = 65_536
#: Number of bytes that are split before other requests run.
_FED_AT_ONCE: Final = 4_096


async def split_json(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Yield the objects in a JSON array or in `{"items": […]}`, or the single object of the file."""
    start, splitter = b"", None
    async for chunk in chunks:
        if splitter is None:
            start = (start + chunk).removeprefix(_BOM)
            first = start.lstrip()[:1]
            if first not in (b"", b"[", b"{"):
                raise _not_json(start)
            wrapped = _WRAPPED.match(start)
            if not first or (
                first == b"{" and wrapped is None and len(start) < _DETECTION_BYTES and start.count(b"}") == 0
            ):
                continue
            splitter = ObjectSplitter(most_bytes, 0 if first == b"{" and wrapped is None else 1 if first == b"[" else 2)
            chunk, start = _skip_opening(splitter, start, wrapped), b""
        for at in range(0, len(chunk), _FED_AT_ONCE):
            if found := list(splitter.feed(chunk[at : at + _FED_AT_ONCE])):
                yield found
            # Other requests run in between, because a chunk may consist of brackets alone.
            await asyncio.sleep(0)
    if splitter is None:
        if not start.strip():
            raise malformed_bibliography("The body is empty.", "Send an array of entries.")
        raise malformed_bibliography(
            "The JSON ends before it is complete.", "The file may be truncated; send it again."
        )
    splitter.end()


def _skip_opening(splitter: ObjectSplitter, start: bytes, wrapped: re.Match[bytes] | None) -> bytes:
    """Set the depth of the splitter, and return the text after the opening bracket."""
    if splitter.top == 0:
        return start
    at = wrapped.end() if wrapped is not None else start.index(b"[") + 1
    splitter.depth, splitter.line_number = splitter.top, 1 + start.count(b"\n", 0, at)
    return start[at:]


def _not_json(start: bytes) -> ApiError:
    shown = start.lstrip()[:40].decode(errors="replace")
    return malformed_bibliography(
        f"The body is not CSL-JSON: it begins with {quoted(shown)}.", "Send an array of objects, or one object."
    )
