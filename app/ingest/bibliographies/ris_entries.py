"""Splits RIS into entries."""

import re
from collections.abc import AsyncIterator
from typing import Final

from app.errors import ApiError
from app.ingest.bibliographies.entry_lines import EntryLines
from app.ingest.bibliographies.errors import malformed_bibliography
from app.ingest.csv_rows import with_line_feeds
from app.web.upload_stream import Line, read_lines

#: Number of lines within which the first entry of a RIS file must begin.
_MOST_BEFORE: Final = 200
_TY, _ER = re.compile(rb"\s*TY {1,2}-"), re.compile(rb"\s*ER {1,2}-")


async def split_ris(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Yield the entries, from TY to ER. Lines before the first entry are ignored, because some databases write a
    heading there."""
    entry, is_inside, has_begun, before = EntryLines(most_bytes), False, False, 0
    async for batch in read_lines(with_line_feeds(chunks), most_bytes):
        found: list[Line] = []
        for line in batch:
            text = line.text or b""
            if _TY.match(text):
                if entry.is_begun:
                    found.append(entry.finish())
                is_inside = has_begun = True
            elif not has_begun:
                before += bool(text.strip())
                if before > _MOST_BEFORE:
                    raise _not_ris()
                continue
            elif not is_inside and not text.strip():
                continue
            entry.add(line)
            if is_inside and _ER.match(text):
                found.append(entry.finish())
                is_inside = False
        if found:
            yield found
    if entry.is_begun:
        yield [entry.finish()]
    if not has_begun:
        raise _not_ris()


def _not_ris() -> ApiError:
    return malformed_bibliography(
        "The body is not RIS: no line begins with 'TY  - '.",
        "An entry begins with its type, as in 'TY  - NEWS', and ends with 'ER  - '.",
    )
