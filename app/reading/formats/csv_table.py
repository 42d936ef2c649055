"""CSV: RFC 4180, UTF-8 with a byte order mark (`bom=false` leaves it out), so that spreadsheets open it right, and no cell that they would take for a formula.

Lists are joined with `; `; one of which an entry holds that itself, or begins as JSON does, is JSON text. An empty cell is null; booleans are `true` and `false`. A text that a spreadsheet would
take for a formula, or that begins with an apostrophe, gets an apostrophe in front: `restored` takes it off again.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import Batch, Column, compact, sheet

BETWEEN = "; "
MARK = "\ufeff"

# What stands before the sign counts as nothing to some spreadsheet: blanks, quotes, invisible signs. The wide forms
# of the four signs are formulas too, to a spreadsheet that is set to Japanese.
_FORMULA = re.compile(
    "(?:'|[\\s\"\u0000-\u0020\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\\-@＝＋－＠]|[\t\r\n])"
)
#: First signs of texts that may match: looked up before the pattern is tried, since most texts begin with a letter.
_SUSPECT = frozenset(
    sign
    for code in (*range(0x3100), 0xFEFF, 0xFF0B, 0xFF0D, 0xFF1D, 0xFF20)
    if _FORMULA.match((sign := chr(code)) + "=")
)


def escape_formula(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return "'" + text if text and text[0] in _SUSPECT and _FORMULA.match(text) else text


def unescape_formula(cell: str) -> str:
    """The text that `defused` made a cell of."""
    return cell[1:] if cell.startswith("'") else cell


def cells_of(column: Column) -> Callable[[list[Any]], list[Any]]:
    """How the values of a column become its cells: a column at once, since a call for each cell would cost more than
    what it does."""
    if column.kind == "json":
        return _texts
    if column.is_list:
        return _joined(column)
    if column.kind == "boolean":
        return lambda values: [_BOOLEANS[value] for value in values]
    return list if column.is_safe else _texts


def _texts(values: list[Any]) -> list[Any]:
    # Most texts begin with a letter: nothing to do, and nothing called.
    return [escape_formula(text) if text and text[0] in _SUSPECT else text for text in values]


_BOOLEANS = {None: None, True: "true", False: "false"}


def _joined(column: Column) -> Callable[[list[Any]], list[Any]]:
    def text_of(values: list[Any]) -> str:
        one = values[0] or "" if len(values) == 1 else BETWEEN.join([value or "" for value in values])
        return compact(values) if one and (one[0] == "[" or one.count(BETWEEN) >= len(values)) else one

    def other(values: list[Any]) -> str:
        return BETWEEN.join("" if value is None else compact(value) for value in values)

    joined = text_of if column.kind in ("text", "date", "instant") else other
    return lambda lists: _texts([joined(values) if values else None for values in lists])


class CsvWriter:
    """Writes the header, then a line a row."""

    def __init__(self, context: AnswerContext) -> None:
        self._columns = sheet(context.schema, context.selection)
        self._cells = [cells_of(column) for column in self._columns]
        self._mark = MARK if context.has_bom else ""

    def head(self) -> bytes:
        return (self._mark + _lines([[column.name for column in self._columns]])).encode()

    def rows(self, batch: Batch) -> bytes:
        cells = [make(batch.values(column)) for column, make in zip(self._columns, self._cells, strict=True)]
        return _lines(zip(*cells, strict=True)).encode()

    def tail(self) -> bytes:
        return b""


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


CSV = Format(
    name="csv",
    media_type="text/csv",
    suffix="csv",
    about="A table (RFC 4180, UTF-8 with a byte order mark, without it with `bom=false`) with a header. Nested values have columns of their own (`process.slug`), lists are"
    " joined with `; ` (or JSON text, where an entry holds that itself), deeper things are JSON text, an empty cell is null. A cell that a spreadsheet could take for"
    " a formula begins with an apostrophe.",
    make=CsvWriter,
    takes_bom=True,
    takes_rows=True,
)
