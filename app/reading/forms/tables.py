"""CSV: RFC 4180, UTF-8 with a mark, so that spreadsheets open it right, and no cell that they would take for a formula.

Lists are joined with `; `; one of which an entry holds that itself, or begins as JSON does, is JSON text. An empty cell is null; booleans are `true` and `false`. A text that a spreadsheet would
take for a formula, or that begins with an apostrophe, gets an apostrophe in front: `restored` takes it off again.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from app.reading.forms.form import Form, Told
from app.reading.forms.sheet import Column, Row, compact, records, sheet

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


def defused(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return "'" + text if text and text[0] in _SUSPECT and _FORMULA.match(text) else text


def restored(cell: str) -> str:
    """The text that `defused` made a cell of."""
    return cell[1:] if cell.startswith("'") else cell


def cell_of(column: Column) -> Callable[[Row], Any]:
    """How a row becomes the cell of a column."""
    get = column.get
    if column.kind == "json":

        def of_json(row: Row) -> Any:
            value = get(row)
            if value is None:
                return None
            return defused(value if isinstance(value, str) else compact(value))

        return of_json
    if column.is_list:
        return _joined(column)
    if column.kind == "boolean":
        return lambda row: _BOOLEANS[get(row)]
    if column.is_safe:
        return get

    def of_text(row: Row) -> Any:
        text = get(row)
        # Most texts begin with a letter: nothing to do, and nothing called.
        return defused(text) if text and text[0] in _SUSPECT else text

    return of_text


_BOOLEANS = {None: None, True: "true", False: "false"}


def _joined(column: Column) -> Callable[[Row], Any]:
    get, kind = column.get, column.kind

    def of_list(row: Row) -> Any:
        values = get(row)
        if not values:
            return None
        if kind == "text":
            one = values[0] if len(values) == 1 else BETWEEN.join([value or "" for value in values])
            if one and (one[0] == "[" or one.count(BETWEEN) >= len(values)):
                one = compact(values)
        else:
            one = BETWEEN.join("" if value is None else compact(value) for value in values)
        return defused(one) if one and one[0] in _SUSPECT else one

    return of_list


class CsvEnding:
    """Writes the header, then a line a row."""

    def __init__(self, told: Told) -> None:
        self._columns = sheet(told.schema, told.selection)
        self._cells = [cell_of(column) for column in self._columns]

    def head(self) -> bytes:
        return (MARK + _lines([[column.name for column in self._columns]])).encode()

    def rows(self, batch: Sequence[str]) -> bytes:
        cells = self._cells
        return _lines([[cell(row) for cell in cells] for row in records(batch)]).encode()

    def tail(self) -> bytes:
        return b""


def _lines(rows: list[list[Any]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


CSV = Form(
    name="csv",
    media_type="text/csv",
    suffix="csv",
    about="A table (RFC 4180, UTF-8) with a header. Nested values have columns of their own (`process.slug`), lists are"
    " joined with `; ` (or JSON text, where an entry holds that itself), deeper things are JSON text, an empty cell is null. A cell that a spreadsheet could take for"
    " a formula begins with an apostrophe.",
    make=CsvEnding,
)
