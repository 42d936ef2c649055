"""Rows of a table in CSV (RFC 4180), before anything is known of their columns."""

import csv
from collections.abc import AsyncIterable, AsyncIterator

from app.faults import Fault, ProblemKind, Refused
from app.web.incoming import Line


async def rows_of(lines: AsyncIterable[list[Line]], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Physical lines joined to rows, some at a time: a quoted cell may hold a line's end. Raises `Refused` where a quote
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


def said(error: Exception) -> str:
    """Why a row cannot be read, in words for its sender."""
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1} is not UTF-8 (0x{error.object[error.start]:02x})"
    return str(error)


def refused(message: str, hint: str) -> Refused:
    """What refuses a table as a whole."""
    return Refused(ProblemKind.INVALID, f"{message}.", [Fault(message, pointer="", hint=hint)])


def _unclosed(line: int) -> Refused:
    message = f"Line {line}: a quote is opened and not closed"
    return refused(message, 'A cell with a quote in it stands in "quotes", and the quote in it twice.')
