"""Splits BibTeX into entries."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from app.ingest.bibliographies.entry_lines import EntryLines
from app.ingest.bibliographies.errors import malformed_bibliography
from app.ingest.csv_rows import with_line_feeds
from app.web.upload_stream import Line, read_lines

_AT = re.compile(rb"@\s*([A-Za-z][\w:-]*)\s*(?=[{(]|$)")
_BRACKET = re.compile(rb"[{}()]")
#: Maximum number of entries of one line that are handled before other requests run.
_ENTRIES_AT_ONCE = 500
#: Bytes of a line that is split in a thread, because it may consist of braces alone.
_LONG_LINE = 16_384


async def split_bibtex(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Yield the entries, from @ to the closing brace. Text between entries is a comment.

    An entry without its closing brace ends before the next line that begins an entry.
    """
    splitter = _Splitter(EntryLines(most_bytes))
    async for batch in read_lines(with_line_feeds(chunks), most_bytes):
        found: list[Line] = []
        for line in batch:
            ended = splitter.feed(line)
            if line.text is not None and len(line.text) > _LONG_LINE:
                ended = iter(await asyncio.to_thread(list, ended))
            for entry in ended:
                found.append(entry)
                if len(found) == _ENTRIES_AT_ONCE:
                    yield found
                    found = []
                    await asyncio.sleep(0)
        if found:
            yield found
    if splitter.entry.is_begun:
        yield [splitter.entry.finish()]
    if not splitter.has_begun:
        raise malformed_bibliography(
            "The body is not BibTeX: it contains no entry.",
            "An entry begins with its type and key, as in '@article{doe2025,'.",
        )


@dataclass(slots=True)
class _Splitter:
    """Finds the entries in lines. Positions are used instead of copies of the rest: a line may be one long row of
    entries."""

    entry: EntryLines
    depth: int = 0
    closing: bytes = b"}"
    has_begun: bool = False

    def feed(self, line: Line) -> Iterator[Line]:
        """Yield the entries that end in this line."""
        text, entry, position = line.text or b"", self.entry, 0
        if entry.is_begun and self.depth and text.startswith(b"@") and _AT.match(text):
            yield entry.finish()
            self.depth = 0
        while True:
            if not entry.is_begun:
                at = _AT.search(text, position)
                if at is None or (position == 0 and not _may_begin_after(text[: at.start()])):
                    return
                position, self.has_begun, self.depth = at.start(), True, 0
                self.closing = b")" if text.startswith(b"(", at.end()) else b"}"
            end = self._find_end(text, position)
            if end is None:
                entry.add(Line(line.number, text[position:] if line.text is not None else None))
                return
            entry.add(Line(line.number, text[position:end]))
            yield entry.finish()
            position = end

    def _find_end(self, text: bytes, position: int) -> int | None:
        """Return the position in a line at which the entry ends (None = on a later line), and count the open braces."""
        opening = b"(" if self.closing == b")" else b"{"
        for found in _BRACKET.finditer(text, position):
            token = found[0]
            if token == b"{" or (token == opening and self.depth == 0):
                self.depth += 1
            elif token == b"}" or (token == self.closing and self.depth == 1):
                self.depth -= 1
                if self.depth <= 0:
                    self.depth = 0
                    return found.end()
        return None


def _may_begin_after(text: bytes) -> bool:
    """Return whether an entry may begin after this beginning of its line: after nothing, or after another entry."""
    before = text.rstrip()
    return not before or before.endswith((b"}", b")"))
