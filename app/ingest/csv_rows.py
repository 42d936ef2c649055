"""The rows of a CSV table (RFC 4180), before their columns are known."""

import csv
from collections.abc import AsyncIterable, AsyncIterator, Sequence

from app.errors import ApiError, ProblemType, Violation, quoted
from app.ingest.items import Block, Item
from app.ingest.report import LineWarning
from app.web.upload_stream import Line


async def join_lines(lines: AsyncIterable[list[Line]], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Join physical lines into rows, because a quoted cell may contain a line break. Yields several rows at a time.

    If a quote is not closed, the rows before it are yielded first; then `ApiError` is raised.
    """
    open_line, parts, quotes, size = 0, list[bytes](), 0, 0
    async for batch in lines:
        found: list[Line] = []
        for line in batch:
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
            if line.repeats:  # A long run of blank lines in a cell.
                parts += [line.text] * min(line.repeats, most_bytes)
                size += (len(line.text) + 1) * line.repeats
            if size > most_bytes:
                yield found
                raise _unclosed(open_line)
            if quotes % 2 == 0:
                found.append(Line(open_line, b"\n".join(parts)))
                parts, quotes, size = [], 0, 0
        yield found
    if parts:
        raise _unclosed(open_line)


def split_cells(text: bytes, delimiter: str = ",", encoding: str = "utf-8") -> list[str]:
    """Split a row into its cells. Raises `UnicodeDecodeError` and `csv.Error`."""
    (cells,) = csv.reader([text.removesuffix(b"\r").decode(encoding)], strict=True, delimiter=delimiter)
    return cells


async def to_the_last(blocks: AsyncIterable[Block]) -> AsyncIterator[Block]:
    """Set `is_last` on the last block of a table. If `blocks` raises an exception, it is raised again after the
    preceding blocks."""
    previous: Block | None = None
    try:
        async for block in blocks:
            if previous is not None:
                yield previous
            previous = block
    except ApiError:
        if previous is not None:
            yield previous
        raise
    if previous is not None:
        previous.is_last = True
        yield previous


class BlankRows:
    """Filters out rows whose cells are all blank. Blank rows are neither records nor errors; one warning at the end
    reports them.
    """

    def __init__(self, delimiter: str = ",") -> None:
        # A row that consists of delimiters, quotes and whitespace is blank. A tab is whitespace here, even if it is not
        # the delimiter.
        self._blank_characters = f'{delimiter}" \t\r\n'.encode()
        self.count = 0
        self.first = 0

    def without(self, block: Block) -> list[Line]:
        """Return the rows of a block that are not blank."""
        other_rows: list[Line] = []
        for line in block.lines:
            if line.text is None or line.text.strip(self._blank_characters):
                other_rows.append(line)
            else:
                self.count += 1
                self.first = self.first or line.number
        return other_rows

    def warnings(self, block: Block) -> list[Item]:
        """If the block is the last one of a file, return the warning about blank rows."""
        if not block.is_last or not self.count:
            return []
        rows = "This row is blank" if self.count == 1 else f"{self.count:,} rows are blank; this is the first of them"
        warning = LineWarning(line=self.first, pointer="", message=rows, hint="It is skipped.", rule="blank-rows")
        if self.count > 1:
            warning.hint = "They are skipped."
        return [Item(block.lines[-1].number, "", None, warnings=(warning,))]


#: Delimiters in common use, with their names.
DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def delimiter_name(delimiter: str) -> str:
    """Return the name of a delimiter."""
    return DELIMITERS.get(delimiter, quoted(delimiter))


def other_delimiter(header: Sequence[str], delimiter: str) -> str | None:
    """If the header is a single cell that contains a delimiter other than the expected one, return that delimiter;
    otherwise None."""
    others = (sign for sign in DELIMITERS if sign != delimiter and sign in header[0]) if len(header) == 1 else iter(())
    return next(others, None)


def wrong_delimiter(other: str, delimiter: str) -> tuple[str, str]:
    """Return the message and the hint for a header with the wrong delimiter."""
    message = f"The header is a single cell that contains {delimiter_name(other)}"
    return message, f"Save the file with {delimiter_name(delimiter)} between cells."


def ragged(cells: int, columns: int, delimiter: str = ",") -> tuple[str, str]:
    """Return the message and the hint for a row with more or fewer cells than the header."""
    hint = (
        f"Check for an unclosed quote. A cell with {delimiter_name(delimiter)} or a quote must be enclosed in quotes, and a"
        " quote inside it doubled."
    )
    return f"The row has {cells} cells, but the header has {columns}", hint


async def with_line_feeds(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Replace bare CR line endings, as old Mac programs write them, with line feeds.

    A file has such line endings if its first kilobytes contain a CR and no line feed. Files with CR LF are not changed.
    """
    start, has_cr_endings = b"", None
    async for chunk in chunks:
        if has_cr_endings is None:
            start += chunk
            if b"\n" not in start and len(start) < _DETECTION_BYTES:
                continue
            chunk, has_cr_endings = start, _has_cr_endings(start)
        yield chunk.replace(b"\r", b"\n") if has_cr_endings else chunk
    if has_cr_endings is None and start:
        yield start.replace(b"\r", b"\n") if _has_cr_endings(start) else start


#: Number of bytes within which the header must end.
_DETECTION_BYTES = 65_536


def _has_cr_endings(start: bytes) -> bool:
    return b"\r" in start and b"\n" not in start


def explain_parse_error(error: Exception) -> str:
    """Return why a row cannot be parsed, as part of an error message."""
    if isinstance(error, UnicodeDecodeError):
        encoding = error.encoding.upper() if error.encoding in ("utf-8", "ascii") else error.encoding
        return f"byte {error.start + 1} (0x{error.object[error.start]:02x}) is not valid {encoding}"
    if "new-line character" in str(error):
        return "a cell without quotes contains a carriage return (CR)"
    return str(error)


def table_error(message: str, hint: str) -> ApiError:
    """Return the error for a table that is invalid as a whole."""
    return ApiError(ProblemType.INVALID, f"{message}.", [Violation(message, pointer="", hint=hint)])


def _unclosed(line: int) -> ApiError:
    message = f"Line {line}: the quote is not closed"
    return table_error(
        message, "A cell that contains a quote must be enclosed in quotes, and the quote inside it doubled."
    )
