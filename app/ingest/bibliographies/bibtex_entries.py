"""Splits BibTeX into entries."""

import re
from collections.abc import AsyncIterator

from app.ingest.bibliographies.entry_lines import EntryLines
from app.ingest.bibliographies.errors import malformed_bibliography
from app.ingest.csv_rows import with_line_feeds
from app.web.upload_stream import Line, read_lines

_AT = re.compile(rb"\s*@\s*([A-Za-z][\w:-]*)\s*(?=[{(]|$)")


async def split_bibtex(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Yield the entries, from @ to the closing brace. Text between entries is a comment.

    An entry without its closing brace ends before the next line that begins an entry.
    """
    entry, depth, has_begun = EntryLines(most_bytes), 0, False
    closing = b"}"
    async for batch in read_lines(with_line_feeds(chunks), most_bytes):
        found: list[Line] = []
        for line in batch:
            text = line.text or b""
            if entry.is_begun and depth and text.startswith(b"@") and _AT.match(text):
                found.append(entry.finish())
                depth = 0
            rest, number = text, line.number
            while rest or entry.is_begun:
                if not entry.is_begun:
                    at = _AT.match(rest) or _AT.search(rest)
                    if at is None or (
                        at.start() and not rest[: at.start()].rstrip().endswith((b"}", b")")) and rest is text
                    ):
                        break
                    rest, has_begun, depth = rest[at.start() :].lstrip(), True, 0
                    closing = b")" if rest[at.end() - at.start() : at.end() - at.start() + 1] == b"(" else b"}"
                end, depth = _find_end(rest, depth, closing)
                if end is None:
                    entry.add(Line(number, rest if line.text is not None else None))
                    break
                entry.add(Line(number, rest[:end]))
                found.append(entry.finish())
                rest = rest[end:].lstrip()
        if found:
            yield found
    if entry.is_begun:
        yield [entry.finish()]
    if not has_begun:
        raise malformed_bibliography(
            "The body is not BibTeX: it contains no entry.",
            "An entry begins with its type and key, as in '@article{doe2025,'.",
        )


def _find_end(text: bytes, depth: int, closing: bytes) -> tuple[int | None, int]:
    """Return the position in a line at which the entry ends (None = on a later line), and the number of braces that are
    open at this point."""
    opening = b"(" if closing == b")" else b"{"
    for found in re.finditer(rb"[{}()]", text):
        token = found[0]
        if token == b"{" or (token == opening and depth == 0):
            depth += 1
        elif token == b"}" or (token == closing and depth == 1):
            depth -= 1
            if depth <= 0:
                return found.end(), 0
    return None, depth
