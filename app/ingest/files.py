"""Chooses the source that reads a file, by the media type or else by the first bytes of the file."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import TypeVar

from pydantic import BaseModel

from app.errors import ApiError, ProblemType, Violation, nearest, quoted
from app.ingest.bibliographies.formats import FORMATS
from app.ingest.bibliographies.options import check_options
from app.ingest.bibliographies.source import Bibliography
from app.ingest.csv_rows import with_line_feeds
from app.ingest.csv_tables import CsvTable
from app.ingest.items import Block, JsonLines, RecordSource
from app.ingest.profiles.encodings import in_utf_8, wide_encoding
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.table import Table
from app.ingest.workbooks.archive import OLE_SIGNATURE, ZIP_SIGNATURE, SheetBounds
from app.ingest.workbooks.lines import workbook_lines
from app.ingest.workbooks.xml_parts import malformed_file
from app.web.upload_stream import Line, read_lines
from app.writing.write_spec import WriteSpec

T = TypeVar("T")
#: How bibliographies begin: BibTeX with an entry or a comment, RIS with the type of an entry.
_BEGINNINGS = {
    "bibtex": re.compile(rb"(\xef\xbb\xbf)?\s*(%[^\n]*\n\s*)*@\s*\w+\s*[{(]"),
    "ris": re.compile(rb"(\xef\xbb\xbf)?\s*TY  - "),
}
#: Bytes at the beginning of a file from which its format is detected.
_DETECTION_BYTES = 4_096
#: Records per batch: enough to make the cost of a transaction small, few enough not to block other writers for long.
BATCH = 1_000


async def source_of(
    format_name: str | None,
    chunks: AsyncIterator[bytes],
    collection: str | None,
    kinds: Mapping[str, WriteSpec],
    read_schemas: Mapping[str, type[BaseModel]],
    bounds: SheetBounds,
    profile: Profile | None = None,
) -> tuple[RecordSource, AsyncIterator[Block]]:
    """Return the source that reads a file, and the blocks of the file.

    `format_name` is `ndjson`, `csv`, `xlsx`, a bibliography format, or None to detect it from the content. A `profile` reads
    a table of another data set. Raises `ApiError` for errors of the file as a whole: an empty file, an unknown collection, a
    JSON array, an invalid header.
    """
    _check_collection(collection, kinds)
    start, chunks = await _peek(chunks, _DETECTION_BYTES if format_name is None else len(ZIP_SIGNATURE))
    if format_name is None and profile is None:
        format_name = next((name for name, pattern in _BEGINNINGS.items() if pattern.match(start)), None)
    if format_name in FORMATS:
        return await _bibliography(format_name, chunks, collection, bounds, profile)
    _reject_other_workbooks(format_name, start)
    if format_name == "xlsx" or (format_name is None and start.startswith(ZIP_SIGNATURE)):
        row_lines, format_name = workbook_lines(chunks, profile.sheets if profile is not None else (), bounds), "csv"
        # Rows of a sheet arrive as standard CSV, whatever the CSV dialect of the data set is.
        profile = profile and profile.model_copy(update={"delimiter": ",", "encodings": ["utf-8"]})
    else:
        if (
            profile is not None
            and format_name != "ndjson"
            and (wide := wide_encoding(start, profile.encodings)) is not None
        ):
            chunks = in_utf_8(chunks, wide)
            profile = profile.model_copy(update={"encodings": ["utf-8"]})
        row_lines = read_lines(with_line_feeds(chunks), bounds.row_bytes)
    first, beginning = await _find_first_text(row_lines)
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in beginning[:4]:
        named = "" if profile is None else ", or add utf-16 to the `encodings` of the profile"
        raise malformed_file("The file is encoded in UTF-16.", f"Save it as UTF-8{named}.")
    source = _row_source(format_name, beginning, collection, kinds, read_schemas, bounds, profile)
    blocks = source.blocks(_prepend(first, row_lines), BATCH)
    try:
        block = await anext(blocks)
    except StopAsyncIteration:
        raise malformed_file("The file has a header but no rows.", "Add at least one row.") from None
    return source, _prepend(block, blocks)


def _check_collection(collection: str | None, kinds: Mapping[str, WriteSpec]) -> None:
    if collection is not None and collection not in kinds:
        near = nearest(collection, kinds)
        hint = f"Did you mean {quoted(near)}?" if near else f"The collections are: {', '.join(kinds)}."
        violation = Violation(f"There is no collection {quoted(collection, 100)}", parameter="collection", hint=hint)
        raise ApiError(ProblemType.INVALID, "The collection does not exist.", [violation])


def _reject_other_workbooks(format_name: str | None, start: bytes) -> None:
    """Raise `ApiError` for a workbook in a format other than .xlsx, and for a workbook that was sent as CSV."""
    if start.startswith(OLE_SIGNATURE):
        raise malformed_file("The file is an old (.xls) or password-protected workbook.", "Save it as .xlsx or CSV.")
    if format_name == "csv" and start.startswith(ZIP_SIGNATURE):
        raise malformed_file("The file is a workbook (.xlsx), not CSV.", "Send it with the media type of workbooks.")


def _row_source(
    format_name: str | None,
    beginning: bytes,
    collection: str | None,
    kinds: Mapping[str, WriteSpec],
    read_schemas: Mapping[str, type[BaseModel]],
    bounds: SheetBounds,
    profile: Profile | None,
) -> RecordSource:
    """Return the source of a file whose records are rows or lines. `beginning` is the beginning of the first line."""
    if profile is not None:
        if format_name == "ndjson" or beginning.startswith((b"{", b"[")):
            raise malformed_file("A profile reads tables, but this file is JSON.", "Send CSV, or omit `profile`.")
        return Table(profile, bounds.row_bytes, kinds)
    if (format_name or ("ndjson" if beginning.startswith((b"{", b"[")) else "csv")) == "csv":
        if collection is None:
            hint = "Add the collection of the rows, such as `?collection=parties`."
            violation = Violation("`collection` is required for a CSV file", parameter="collection", hint=hint)
            raise ApiError(ProblemType.INVALID, "`collection` is missing.", [violation])
        return CsvTable(collection, kinds[collection].schema, read_schemas[collection], bounds.row_bytes)
    if beginning.startswith(b"["):
        hint = "Send one record per line, as `jq -c '.[]' file.json` writes them. For CSL-JSON, use its media type, the file extension .json, or `--format csljson`."
        raise malformed_file("The body is a JSON array.", hint)
    return JsonLines(tuple(kinds), collection, bounds.row_bytes)


async def _bibliography(
    format_name: str, chunks: AsyncIterator[bytes], collection: str | None, bounds: SheetBounds, profile: Profile | None
) -> tuple[RecordSource, AsyncIterator[Block]]:
    """Return the source and the blocks of a bibliography. Raises `ApiError` if the file has no entry or another
    format."""
    check_options(collection, profile)
    bibliography_format = FORMATS[format_name]
    start, chunks = await _peek(chunks)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise malformed_file("The file is encoded in UTF-16.", "Save it as UTF-8.")
    source = Bibliography(bibliography_format, bounds.row_bytes)
    blocks = source.blocks(bibliography_format.split(chunks, bounds.row_bytes), BATCH)
    try:
        block = await anext(blocks)
    except StopAsyncIteration:
        raise malformed_file("The file has no entries.", "Add at least one entry.") from None
    return source, _prepend(block, blocks)


async def _peek(chunks: AsyncIterator[bytes], enough: int = len(ZIP_SIGNATURE)) -> tuple[bytes, AsyncIterator[bytes]]:
    """Read `enough` bytes, so that the format can be detected. Return these bytes, and an iterator over the whole
    content.
    """
    start = b""
    async for chunk in chunks:
        start += chunk
        if len(start) >= enough:
            break
    return start, _prepend(start, chunks)


async def _find_first_text(lines: AsyncIterator[list[Line]]) -> tuple[list[Line], bytes]:
    """Return the first batch that has a line that is not blank, and the text of this line."""
    async for batch in lines:
        for line in batch:
            text = b"{" if line.text is None else line.text.lstrip()
            if text:
                return batch, text
    raise malformed_file("The body is empty.", "Send one record per line, or a table with a header.")


async def _prepend(first: T, others: AsyncIterator[T]) -> AsyncIterator[T]:
    """Yield `first`, which was already read, and then the others."""
    yield first
    async for other in others:
        yield other
