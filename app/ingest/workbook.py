"""Workbooks (.xlsx): reads a sheet as lines of CSV, for the code that reads tables.

The number of a line is the number of the row in the sheet. The directory of the archive is at its end, so the whole file is
stored in a temporary file before the first row is read. In memory are one row and the shared strings.
"""

import asyncio
import csv
import io
import posixpath
import re
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from app.errors import ApiError, ProblemType, Violation, nearest
from app.ingest.workbook_cells import DateSystem, format_number, unescaped
from app.ingest.workbook_xml import Elements, malformed, parse_part, read_part
from app.web.upload_stream import Line

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: First bytes of a ZIP archive, and of an OLE file: an old (.xls) or password-protected workbook.
ZIP_SIGNATURE, OLE_SIGNATURE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: Maximum size of a part that is held in memory, and of the archive's directory, in bytes.
_MAX_PART_BYTES, _MAX_DIRECTORY_BYTES = 67_108_864, 1_048_576
#: Maximum number of rows and columns of a sheet, as in Excel.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
#: Maximum compression ratio of parts above a size. Sheets have ratios of ten or twenty, ZIP bombs of a thousand.
_MAX_RATIO, _SMALL_PART = 100, 4_194_304
#: Maximum size of a workbook that is held in memory instead of on disk.
_MAX_IN_MEMORY = 1_048_576
_ROWS_PER_CHUNK = 200
_END, _END_SIZE, _END_64 = b"PK\x05\x06", 22, b"PK\x06\x07"
_CELL_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class SheetBounds:
    """Limits for a workbook: uncompressed bytes in total, and per row."""

    total_bytes: int
    row_bytes: int


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
    with _open_archive(file, bounds) as archive:
        book = _Book(archive)
        sheet = _Sheet(book, bounds.row_bytes)
        for _ in parse_part(archive, book.path_of(sheets), sheet):
            yield from sheet.done
            sheet.done.clear()


def _open_archive(file: IO[bytes], bounds: SheetBounds) -> zipfile.ZipFile:
    """Open the archive, after checking that its directory and its parts are within the limits."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_536 - _END_SIZE))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if at < 0 or not tail.startswith(_END, at) or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise malformed("The file is not a workbook, or it is incomplete.", "Send a file in the .xlsx format.")
    if (
        tail.startswith(_END_64, max(0, at - 20))
        or int.from_bytes(tail[at + 12 : at + 16], "little") > _MAX_DIRECTORY_BYTES
    ):
        raise malformed("The workbook has too many parts.")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise malformed(f"The file is not a workbook: {error}.") from None
    parts = archive.infolist()
    if any(
        part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts
    ):
        raise malformed("The workbook is password-protected or uses an unsupported compression method.")
    # `file_size` can be trusted: `zipfile` reads no more than this from a part, and then finds a wrong checksum.
    if sum(part.file_size for part in parts) > bounds.total_bytes:
        raise ApiError(
            ProblemType.TOO_LARGE, f"The workbook has more than {bounds.total_bytes} bytes when uncompressed."
        )
    # A part with such a ratio needs little memory, but minutes of CPU time for a few bytes.
    for part in parts:
        if part.file_size > max(_SMALL_PART, part.compress_size * _MAX_RATIO):
            detail = (
                f"The part {part.filename[:100]} of the workbook is compressed to less than 1/{_MAX_RATIO} of its size."
            )
            violation = Violation(detail.rstrip("."), pointer="", hint="Save the sheet as CSV.")
            raise ApiError(ProblemType.TOO_LARGE, detail, [violation])
    return archive


class _Book:
    """The sheets, number formats and shared strings of a workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.date_system = DateSystem.FROM_1900
        self.sheets: dict[str, str] = {}
        """The archive part of each sheet with cells, by sheet name."""
        self.codes: dict[int, str] = {}
        self.formats: list[int] = []
        self.texts: list[str] = []
        book = self._targets("_rels/.rels", "").get("officeDocument", {})
        path = next(iter(book.values()), "xl/workbook.xml")
        folder, name = posixpath.split(path)
        related = self._targets(f"{folder}/_rels/{name}.rels", folder)
        self._parts = related.get("worksheet", {})
        self._read(path, Elements(self._read_book_element))
        for styles in related.get("styles", {}).values():
            self._is_in_formats = False
            self._read(styles, Elements(self._read_style_element))
        for texts in related.get("sharedStrings", {}).values():
            shared = _SharedStrings()
            self._read(texts, shared)
            self.texts = shared.texts

    def path_of(self, sheets: Sequence[str]) -> str:
        """Return the archive part of the sheet with one of these names, or of the first sheet if there are no names."""
        if not self.sheets:
            raise malformed("The workbook has no sheet with cells.")
        if not sheets:
            return next(iter(self.sheets.values()))
        for name in sheets:
            if name in self.sheets:
                return self.sheets[name]
        names = ", ".join(map(repr, list(self.sheets)[:20]))
        near = nearest(sheets[0], self.sheets)
        violation = Violation(
            f"The workbook has no sheet {' or '.join(map(repr, sheets))}",
            pointer="",
            hint=f"Did you mean {near!r}? The sheets are: {names}." if near else f"The sheets are: {names}.",
        )
        raise ApiError(ProblemType.INVALID, f"{violation.message}.", [violation])

    def _read(self, name: str, handler: "Elements | _SharedStrings") -> None:
        info = self.archive.NameToInfo.get(name)
        if info is not None and info.file_size > _MAX_PART_BYTES:
            detail = f"The part {name} of the workbook has more than {_MAX_PART_BYTES} bytes when uncompressed."
            hint = "Save the sheet as CSV, which is read as a stream."
            raise ApiError(ProblemType.TOO_LARGE, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])
        read_part(self.archive, name, handler)

    def _targets(self, name: str, folder: str) -> dict[str, dict[str, str]]:
        """Return the targets of the relationships in a part: by the last word of their type, and by id."""
        found: dict[str, dict[str, str]] = {}

        def collect(element: str, attributes: Mapping[str, str]) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
                found.setdefault(kind, {})[attributes.get("Id", "")] = target

        self._read(name, Elements(collect))
        return found

    def _read_book_element(self, element: str, attributes: Mapping[str, str]) -> None:
        if element == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.date_system = DateSystem.FROM_1904
        elif element == "sheet" and (part := self._parts.get(attributes.get("id", ""))) is not None:
            self.sheets[attributes.get("name", "")] = part

    def _read_style_element(self, element: str, attributes: Mapping[str, str]) -> None:
        if element == "numFmt":
            self.codes[_parse_integer(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif element in ("cellXfs", "cellStyles"):
            self._is_in_formats = element == "cellXfs"
        elif element == "xf" and self._is_in_formats:
            self.formats.append(_parse_integer(attributes.get("numFmtId")))


class _SharedStrings:
    """Collects the shared strings of a workbook, in order, without phonetic annotations."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._is_text, self._is_phonetic = False, False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "rPh":
            self._is_phonetic = True
        self._is_text = name == "t" and not self._is_phonetic

    def text(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "rPh":
            self._is_phonetic = False
        elif name == "si":
            self.texts.append(unescaped("".join(self._parts)))
            self._parts.clear()


@dataclass(slots=True)
class _Sheet:
    """Collects the rows of a sheet. `done` are the complete rows. No row is shorter than the first one."""

    book: _Book
    row_bytes: int
    done: list[Line] = field(default_factory=list)
    _width: int = 0
    _number: int = 0
    _cells: list[str] = field(default_factory=list)
    _size: int = 0
    _place: int = -1
    _type: str = "n"
    _format: int = 0
    _parts: list[str] = field(default_factory=list)
    _is_text: bool = False
    _is_phonetic: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._place = _column_index(attributes.get("r")) if "r" in attributes else self._place + 1
            if not 0 <= self._place < MOST_COLUMNS:
                raise malformed(f"Row {self._number} of the sheet has a cell beyond column {MOST_COLUMNS}.")
            self._type, self._format = attributes.get("t", "n"), _parse_integer(attributes.get("s"))
        elif name == "row":
            self._number = _parse_integer(attributes.get("r")) or self._number + 1
            self._cells, self._size, self._place = [], 0, -1
            if self._number > MOST_ROWS:
                raise malformed(f"The sheet has more than {MOST_ROWS} rows.", "Save it as CSV.")
        elif name == "rPh":
            self._is_phonetic = True
        self._is_text = name == "v" or (name == "t" and not self._is_phonetic)

    def text(self, text: str) -> None:
        # The rest of a row that is too long is discarded.
        if self._is_text and self._size <= self.row_bytes:
            self._parts.append(text)
            self._size += len(text)

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "c":
            text = self._cell_text("".join(self._parts))
            self._parts.clear()
            if text and self._size <= self.row_bytes:
                self._size += len(text)
                self._cells += [""] * (self._place + 1 - len(self._cells))
                self._cells[self._place] = text
        elif name == "row":
            if self._size > self.row_bytes:
                self.done.append(Line(self._number, None))
            elif self._cells:
                self._width = self._width or len(self._cells)
                self._cells += [""] * (self._width - len(self._cells))
                self.done.append(Line(self._number, _to_csv(self._cells)))
        elif name == "rPh":
            self._is_phonetic = False

    def _cell_text(self, text: str) -> str:
        book = self.book
        if self._type == "s":
            place = _parse_integer(text)
            if text and not place < len(book.texts):
                raise malformed(f"A cell in row {self._number} refers to a shared string that the workbook lacks.")
            return book.texts[place] if text else ""
        if self._type == "b":
            return {"1": "True", "0": "False"}.get(text, text)
        if self._type == "d":
            return text.removesuffix("T00:00:00")
        if self._type != "n":
            return unescaped(text)
        number = book.formats[self._format] if self._format < len(book.formats) else 0
        return format_number(text, number, book.codes, book.date_system) if text else ""


def _to_csv(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().removesuffix("\r\n").encode(errors="replace")


def _column_index(reference: str | None) -> int:
    """Return the index of the column in a cell reference, from 0: `C7` is in column 2."""
    found = _CELL_REFERENCE.fullmatch(reference or "")
    if found is None:
        return -1
    number = 0
    for letter in found[1].upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _parse_integer(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
