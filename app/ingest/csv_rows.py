"""Rows of a table in CSV (RFC 4180), before anything is known of their columns."""

import csv
from collections.abc import AsyncIterable, AsyncIterator, Sequence

from app.errors import ApiError, ProblemType, Violation
from app.ingest.items import Block, Item
from app.ingest.report import LineWarning
from app.web.upload_stream import Line


async def rows_of(lines: AsyncIterable[list[Line]], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Physical lines joined to rows, some at a time: a quoted cell may hold a line's end. Raises `ApiError` where a quote
    stays open, after the rows before it."""
    open_line, parts, quotes, size = 0, list[bytes](), 0, 0
    async for several in lines:
        found: list[Line] = []
        for line in several:
            if not parts and line.text is not None and not line.text.strip():
                continue
            if line.text is None:
                found.append(Line(open_line if parts else line.number, None))
                parts, quotes, size = [], 0, 0
                continue
            open_line = open_line if parts else line.number
            parts.append(line.text)
            quotes += line.text.count(b'"')
            size += len(line.text) + 1
            if size > most_bytes:
                yield found
                raise _unclosed(open_line)
            if quotes % 2 == 0:
                found.append(Line(open_line, b"\n".join(parts)))
                parts, quotes, size = [], 0, 0
        yield found
    if parts:
        raise _unclosed(open_line)


def cells_of(text: bytes, delimiter: str = ",", encoding: str = "utf-8") -> list[str]:
    """The cells of a row. Raises `UnicodeDecodeError`, `csv.Error`."""
    (cells,) = csv.reader([text.removesuffix(b"\r").decode(encoding)], strict=True, delimiter=delimiter)
    return cells


async def to_the_last(blocks: AsyncIterable[Block]) -> AsyncIterator[Block]:
    """The blocks of a table, of which the last knows that it is. Raises what `blocks` raise, after those before."""
    held: Block | None = None
    try:
        async for block in blocks:
            if held is not None:
                yield held
            held = block
    except ApiError:
        if held is not None:
            yield held
        raise
    if held is not None:
        held.is_last = True
        yield held


class BlankRows:
    """The rows of a table whose cells are all blank: they are no records and no faults, and told once, at the end."""

    def __init__(self, delimiter: str = ",") -> None:
        # Blanks beside them belong to any row, a delimiter that is none (a tab) too.
        self._signs = f'{delimiter}" \t\r\n'.encode()
        self.count = 0
        self.first = 0

    def without(self, block: Block) -> list[Line]:
        """The other rows of a block."""
        kept: list[Line] = []
        for line in block.lines:
            if line.text is None or line.text.strip(self._signs):
                kept.append(line)
            else:
                self.count += 1
                self.first = self.first or line.number
        return kept

    def told(self, block: Block) -> list[Item]:
        """What is to be said of them, with the last block of a file."""
        if not block.is_last or not self.count:
            return []
        rows = "1 row is blank" if self.count == 1 else f"{self.count:,} rows are blank, the first of them this"
        warning = LineWarning(line=self.first, pointer="", message=rows, hint="It is passed over.", rule="blank-rows")
        if self.count > 1:
            warning.hint = "They are passed over."
        return [Item(block.lines[-1].number, "", None, warnings=(warning,))]


#: What stands between cells, in files of this world.
DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def called(delimiter: str) -> str:
    """A delimiter in words."""
    return DELIMITERS.get(delimiter, repr(delimiter))


def other_delimiter(header: Sequence[str], delimiter: str) -> str | None:
    """The delimiter that a header of one cell holds instead of ours; None where it is not such a one."""
    there = (sign for sign in DELIMITERS if sign != delimiter and sign in header[0]) if len(header) == 1 else iter(())
    return next(there, None)


def wrong_delimiter(other: str, delimiter: str) -> tuple[str, str]:
    """What is wrong with such a header, and what would be right."""
    message = f"The header is one cell, and it holds {called(other)}"
    return message, f"Between cells {called(delimiter)} is expected: save the file with that."


def ragged(cells: int, columns: int, delimiter: str = ",") -> tuple[str, str]:
    """What is wrong with a row that is not as long as the header, and what may be the cause."""
    hint = f'Is a quote not closed? A cell with {called(delimiter)} or a quote stands in "quotes", a quote in it twice.'
    return f"The row has {cells} cells, the header {columns}", hint


async def with_line_feeds(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The bytes of a file; one whose lines end with bare CR, as old programs of the Mac write it, gets line feeds.

    The first kilobytes tell it: there is a CR, and no line feed. A file of CR and line feed stays as it is."""
    start, is_old = b"", None
    async for chunk in chunks:
        if is_old is None:
            start += chunk
            if b"\n" not in start and len(start) < _TELLING:
                continue
            chunk, is_old = start, _is_old(start)
        yield chunk.replace(b"\r", b"\n") if is_old else chunk
    if is_old is None and start:
        yield start.replace(b"\r", b"\n") if _is_old(start) else start


#: Bytes in which a header ends.
_TELLING = 65_536


def _is_old(start: bytes) -> bool:
    return b"\r" in start and b"\n" not in start


def said(error: Exception) -> str:
    """Why a row cannot be read, in words for its sender."""
    if isinstance(error, UnicodeDecodeError):
        encoding = error.encoding.upper() if error.encoding in ("utf-8", "ascii") else error.encoding
        return f"byte {error.start + 1} is not {encoding} (0x{error.object[error.start]:02x})"
    if "new-line character" in str(error):
        return "a carriage return (CR) stands in a cell without quotes"
    return str(error)


def refused(message: str, hint: str) -> ApiError:
    """What refuses a table as a whole."""
    return ApiError(ProblemType.INVALID, f"{message}.", [Violation(message, pointer="", hint=hint)])


def _unclosed(line: int) -> ApiError:
    message = f"Line {line}: a quote is opened and not closed"
    return refused(message, 'A cell with a quote in it stands in "quotes", and the quote in it twice.')
