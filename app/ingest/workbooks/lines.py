"""Reads the rows of a sheet as lines of CSV."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import IO

from app.ingest.workbooks.archive import SheetBounds, open_archive
from app.ingest.workbooks.book import Book
from app.ingest.workbooks.sheet import Sheet
from app.ingest.workbooks.xml_parts import parse_part
from app.web.upload_stream import Line

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Maximum size of a workbook that is held in memory instead of on disk.
_MAX_IN_MEMORY = 1_048_576
_ROWS_PER_CHUNK = 200


async def workbook_lines(
    chunks: AsyncIterator[bytes], sheets: Sequence[str], bounds: SheetBounds
) -> AsyncIterator[list[Line]]:
    """Yield the rows of a sheet as lines of CSV in UTF-8. Empty rows are skipped; for rows that are too long, `text` is None.

    `sheets` are the possible names of the sheet; if empty, the first sheet is read. Raises `ApiError` if the file is not a
    workbook, does not contain the sheet, or exceeds the limits.
    """
    with tempfile.SpooledTemporaryFile(_MAX_IN_MEMORY) as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
        rows = _rows(file, sheets, bounds)
        while batch := await asyncio.to_thread(lambda: list(islice(rows, _ROWS_PER_CHUNK))):
            yield batch


def _rows(file: IO[bytes], sheets: Sequence[str], bounds: SheetBounds) -> Iterator[Line]:
    with open_archive(file, bounds) as archive:
        book = Book(archive)
        sheet = Sheet(book, bounds.row_bytes)
        for _ in parse_part(archive, book.path_of(sheets), sheet):
            yield from sheet.done
            sheet.done.clear()
