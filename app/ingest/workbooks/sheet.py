"""The rows of a sheet."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.ingest.workbooks.book import Book
from app.ingest.workbooks.cells import format_number, unescaped
from app.ingest.workbooks.numbers import parse_integer
from app.ingest.workbooks.xml_parts import malformed_file
from app.web.upload_stream import Line

#: Maximum number of rows and columns of a sheet, as in Excel.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
_CELL_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass(slots=True)
class Sheet:
    """Collects the rows of a sheet. `done` contains the complete rows. No row is shorter than the first row."""

    book: Book
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
                raise malformed_file(f"Row {self._number} of the sheet has a cell beyond column {MOST_COLUMNS}.")
            self._type, self._format = attributes.get("t", "n"), parse_integer(attributes.get("s"))
        elif name == "row":
            self._number = parse_integer(attributes.get("r")) or self._number + 1
            self._cells, self._size, self._place = [], 0, -1
            if self._number > MOST_ROWS:
                raise malformed_file(f"The sheet has more than {MOST_ROWS} rows.", "Save it as CSV.")
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
            place = parse_integer(text)
            if text and not place < len(book.texts):
                raise malformed_file(f"A cell in row {self._number} refers to a shared string that the workbook lacks.")
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
