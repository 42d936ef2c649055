"""CSV: RFC 4180 in UTF-8, with a byte order mark for spreadsheets unless `bom=false`.

Lists are joined with `; `. If an entry contains `; `, or the joined text would begin like JSON, the list is written as
JSON text. An empty cell is null; booleans are `true` and `false`. A string that a spreadsheet could interpret as a
formula, or that begins with an apostrophe, gets an apostrophe in front. `unescape_formula` removes this apostrophe.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import RowBatch, SheetColumn, compact, sheet

BETWEEN = "; "
MARK = "\ufeff"

# Some spreadsheets ignore spaces, quotes and invisible characters before the character that begins a formula (`=`,
# `+`, `-`, `@`). In Japanese spreadsheets, the full-width variants of these characters begin formulas too.
_FORMULA = re.compile(
    "(?:'|[\\s\"\u0000-\u0020\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\\-@＝＋－＠]|[\t\r\n])"
)
#: First characters of texts that may match `_FORMULA`. They are tested before the pattern, because most strings begin
#: with a letter.
_SUSPECT = frozenset(
    sign
    for code in (*range(0x3100), 0xFEFF, 0xFF0B, 0xFF0D, 0xFF1D, 0xFF20)
    if _FORMULA.match((sign := chr(code)) + "=")
)


def escape_formula(text: str) -> str:
    """Return the text as a cell that no spreadsheet interprets as a formula."""
    return "'" + text if text and text[0] in _SUSPECT and _FORMULA.match(text) else text


def unescape_formula(cell: str) -> str:
    """Return the text that `escape_formula` turned into this cell."""
    return cell[1:] if cell.startswith("'") else cell


def cell_converter(column: SheetColumn) -> Callable[[list[Any]], list[Any]]:
    """Return a function that turns the values of a column into cells. The function converts a whole column at once,
    because a call per cell would take longer than the conversion."""
    if column.kind == "json":
        return _texts
    if column.is_list:
        return _joined(column)
    if column.kind == "boolean":
        return lambda values: [_BOOLEANS[value] for value in values]
    return list if column.is_safe else _texts


def _texts(values: list[Any]) -> list[object]:
    # Most texts begin with a letter and are returned unchanged, without a call.
    return [escape_formula(text) if text and text[0] in _SUSPECT else text for text in values]


_BOOLEANS = {None: None, True: "true", False: "false"}


def _joined(column: SheetColumn) -> Callable[[list[Any]], list[Any]]:
    def text_of(values: list[Any]) -> str:
        one = values[0] or "" if len(values) == 1 else BETWEEN.join([value or "" for value in values])
        return compact(values) if one and (one[0] == "[" or one.count(BETWEEN) >= len(values)) else one

    def other(values: list[Any]) -> str:
        return BETWEEN.join("" if value is None else compact(value) for value in values)

    joined = text_of if column.kind in ("text", "date", "instant") else other
    return lambda lists: _texts([joined(values) if values else None for values in lists])


class CsvWriter:
    """Writes the header, then a line for each row."""

    def __init__(self, context: AnswerContext) -> None:
        self._columns = sheet(context.schema, context.selection)
        self._cells = [cell_converter(column) for column in self._columns]
        self._mark = MARK if context.has_bom else ""

    def head(self) -> bytes:
        return (self._mark + _lines([[column.name for column in self._columns]])).encode()

    def rows(self, batch: RowBatch) -> bytes:
        cells = [make(batch.values(column)) for column, make in zip(self._columns, self._cells, strict=True)]
        return _lines(zip(*cells, strict=True)).encode()

    def tail(self) -> bytes:
        return b""


def _lines(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


CSV = Format(
    name="csv",
    media_type="text/csv",
    suffix="csv",
    about="A table with a header (RFC 4180, UTF-8 with a byte order mark unless `bom=false`). Nested values have columns of"
    " their own (`process.slug`), lists are joined with `; ` (or are JSON text, if an entry contains `; `), deeper values"
    " are JSON text, and an empty cell is null. A cell that a spreadsheet could interpret as a formula begins with an"
    " apostrophe.",
    make=CsvWriter,
    takes_bom=True,
    takes_rows=True,
)
