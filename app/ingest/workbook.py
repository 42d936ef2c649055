"""Workbooks (.xlsx): a sheet as lines of CSV, so that whatever reads tables reads it, too.

The number of a line is that of the sheet's row. A workbook has its table of contents at its end: it comes whole onto the
disk before its first row is read; in memory are one row, and the texts that cells share.
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
from app.ingest.workbook_cells import Dates, shown, unescaped
from app.ingest.workbook_xml import Elements, malformed, pieces_of, read_part
from app.web.upload_stream import Line

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: How a zip archive begins, and how an older workbook does, or one with a password.
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: Bytes of a part that is held in memory, and of the list of all parts.
_MOST_HELD, _MOST_CONTENTS = 67_108_864, 1_048_576
#: Rows and columns of a sheet: as many as Excel has.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
#: How many times its size a part may unpack to, when it is not small: sheets do so ten or twenty times, bombs a thousand.
_MOST_TIMES, _SMALL_PART = 100, 4_194_304
#: Below this a workbook waits in memory, and not on the disk.
_SMALL = 1_048_576
_ROWS = 200
_END, _END_SIZE, _END_64 = b"PK\x05\x06", 22, b"PK\x06\x07"
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class SheetBounds:
    """What a workbook may hold: bytes unpacked, in all and a row."""

    total_bytes: int
    row_bytes: int


async def workbook_lines(
    chunks: AsyncIterator[bytes], sheets: Sequence[str], bounds: SheetBounds
) -> AsyncIterator[list[Line]]:
    """The rows of a sheet as lines of CSV in UTF-8; of one that is too long only the number is kept, empty ones are none.

    `sheets` are the names that it may have; none = the first sheet. Raises `ApiError` where the file is no workbook, has
    not this sheet, or is more than it seems."""
    with tempfile.SpooledTemporaryFile(_SMALL) as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
        rows = _rows(file, sheets, bounds)
        while several := await asyncio.to_thread(lambda: list(islice(rows, _ROWS))):
            yield several


def _rows(file: IO[bytes], sheets: Sequence[str], bounds: SheetBounds) -> Iterator[Line]:
    with _opened(file, bounds) as archive:
        book = _Book(archive)
        sheet = _Sheet(book, bounds.row_bytes)
        for _ in pieces_of(archive, book.path_of(sheets), sheet):
            yield from sheet.done
            sheet.done.clear()


def _opened(file: IO[bytes], bounds: SheetBounds) -> zipfile.ZipFile:
    """The archive, when it is sure that its contents can be listed and unpacked within the bounds."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_536 - _END_SIZE))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if at < 0 or not tail.startswith(_END, at) or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise malformed("The file is no workbook, or not a whole one.", "Send a file in the form .xlsx.")
    if tail.startswith(_END_64, max(0, at - 20)) or int.from_bytes(tail[at + 12 : at + 16], "little") > _MOST_CONTENTS:
        raise malformed("The workbook consists of too many parts.")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise malformed(f"The file is no workbook: {error}.") from None
    parts = archive.infolist()
    if any(
        part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts
    ):
        raise malformed("The workbook is packed in an unusual way, or has a password.")
    # A part gives no more than it says: `zipfile` reads it no further, and finds its sum wrong.
    if sum(part.file_size for part in parts) > bounds.total_bytes:
        raise ApiError(ProblemType.TOO_LARGE, f"The workbook has more than {bounds.total_bytes} bytes, unpacked.")
    # Such a part costs no memory, but minutes of work for a few bytes.
    for part in parts:
        if part.file_size > max(_SMALL_PART, part.compress_size * _MOST_TIMES):
            detail = (
                f"The part {part.filename[:100]} of the workbook unpacks to more than {_MOST_TIMES} times its size."
            )
            violation = Violation(detail.rstrip("."), pointer="", hint="Save the sheet as CSV.")
            raise ApiError(ProblemType.TOO_LARGE, detail, [violation])
    return archive


class _Book:
    """What a workbook says of its sheets, formats and shared texts."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.dates = Dates.FROM_1900
        self.sheets: dict[str, str] = {}
        """The sheets with cells, by name: in which part each is."""
        self.codes: dict[int, str] = {}
        self.formats: list[int] = []
        self.texts: list[str] = []
        book = self._targets("_rels/.rels", "").get("officeDocument", {})
        path = next(iter(book.values()), "xl/workbook.xml")
        folder, name = posixpath.split(path)
        related = self._targets(f"{folder}/_rels/{name}.rels", folder)
        self._parts = related.get("worksheet", {})
        self._read(path, Elements(self._of_book))
        for styles in related.get("styles", {}).values():
            self._is_in_formats = False
            self._read(styles, Elements(self._of_styles))
        for texts in related.get("sharedStrings", {}).values():
            shared = _Texts()
            self._read(texts, shared)
            self.texts = shared.texts

    def path_of(self, sheets: Sequence[str]) -> str:
        """In which part the sheet is that has one of these names; without names the first."""
        if not self.sheets:
            raise malformed("The workbook has no sheet with cells.")
        if not sheets:
            return next(iter(self.sheets.values()))
        for name in sheets:
            if name in self.sheets:
                return self.sheets[name]
        there = ", ".join(map(repr, list(self.sheets)[:20]))
        near = nearest(sheets[0], self.sheets)
        violation = Violation(
            f"The workbook has no sheet {' or '.join(map(repr, sheets))}",
            pointer="",
            hint=f"Is it {near!r}? There are {there}." if near else f"There are {there}.",
        )
        raise ApiError(ProblemType.INVALID, f"{violation.message}.", [violation])

    def _read(self, name: str, handler: "Elements | _Texts") -> None:
        info = self.archive.NameToInfo.get(name)
        if info is not None and info.file_size > _MOST_HELD:
            detail = f"The part {name} of the workbook has more than {_MOST_HELD} bytes, unpacked."
            hint = "Save the sheet as CSV: that is read as a stream."
            raise ApiError(ProblemType.TOO_LARGE, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])
        read_part(self.archive, name, handler)

    def _targets(self, name: str, folder: str) -> dict[str, dict[str, str]]:
        """The parts to which relations lead: by the last word of their type, by id."""
        found: dict[str, dict[str, str]] = {}

        def look(element: str, attributes: Mapping[str, str]) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
                found.setdefault(kind, {})[attributes.get("Id", "")] = target

        self._read(name, Elements(look))
        return found

    def _of_book(self, element: str, attributes: Mapping[str, str]) -> None:
        if element == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.dates = Dates.FROM_1904
        elif element == "sheet" and (part := self._parts.get(attributes.get("id", ""))) is not None:
            self.sheets[attributes.get("name", "")] = part

    def _of_styles(self, element: str, attributes: Mapping[str, str]) -> None:
        if element == "numFmt":
            self.codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif element in ("cellXfs", "cellStyles"):
            self._is_in_formats = element == "cellXfs"
        elif element == "xf" and self._is_in_formats:
            self.formats.append(_whole(attributes.get("numFmtId")))


class _Texts:
    """The texts that cells share, in their order; how they are to be spoken is left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._is_text, self._is_spoken = False, False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "rPh":
            self._is_spoken = True
        self._is_text = name == "t" and not self._is_spoken

    def text(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "rPh":
            self._is_spoken = False
        elif name == "si":
            self.texts.append(unescaped("".join(self._parts)))
            self._parts.clear()


@dataclass(slots=True)
class _Sheet:
    """The rows of a sheet, as they come; `done` are those that are whole. None is shorter than the first."""

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
    _is_spoken: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._place = _column(attributes.get("r")) if "r" in attributes else self._place + 1
            if not 0 <= self._place < MOST_COLUMNS:
                raise malformed(f"Row {self._number} of the sheet has a cell beyond all columns.")
            self._type, self._format = attributes.get("t", "n"), _whole(attributes.get("s"))
        elif name == "row":
            self._number = _whole(attributes.get("r")) or self._number + 1
            self._cells, self._size, self._place = [], 0, -1
            if self._number > MOST_ROWS:
                raise malformed(f"The sheet has more than {MOST_ROWS} rows.", "Save it as CSV.")
        elif name == "rPh":
            self._is_spoken = True
        self._is_text = name == "v" or (name == "t" and not self._is_spoken)

    def text(self, text: str) -> None:
        # Of a row that is too long nothing more is held.
        if self._is_text and self._size <= self.row_bytes:
            self._parts.append(text)
            self._size += len(text)

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "c":
            text = self._value("".join(self._parts))
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
                self.done.append(Line(self._number, _csv(self._cells)))
        elif name == "rPh":
            self._is_spoken = False

    def _value(self, text: str) -> str:
        book = self.book
        if self._type == "s":
            place = _whole(text)
            if text and not place < len(book.texts):
                raise malformed(f"A cell of row {self._number} has a text that the workbook lacks.")
            return book.texts[place] if text else ""
        if self._type == "b":
            return {"1": "True", "0": "False"}.get(text, text)
        if self._type == "d":
            return text.removesuffix("T00:00:00")
        if self._type != "n":
            return unescaped(text)
        number = book.formats[self._format] if self._format < len(book.formats) else 0
        return shown(text, number, book.codes, book.dates) if text else ""


def _csv(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().removesuffix("\r\n").encode(errors="replace")


def _column(place: str | None) -> int:
    """The number of a column, from 0: `C7` is in the third."""
    found = _PLACE.fullmatch(place or "")
    if found is None:
        return -1
    number = 0
    for letter in found[1].upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
