"""CSV: a table of records of one collection, as the export writes it, or with the names of the fields as columns.

The columns are read back into what the export made them of: `process.slug` is a mention, `names.text` and `names.lang` are
the lists of one list's entries side by side, a list is joined with `; `, what is deeper is JSON text.
"""

import csv
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from app.errors import ApiError, ProblemType, Violation, nearest
from app.ingest.cells import READS, CellError, anything, listed, unstorable
from app.ingest.csv_rows import (
    BlankRows,
    cells_of,
    other_delimiter,
    ragged,
    refused,
    rows_of,
    said,
    to_the_last,
    wrong_delimiter,
)
from app.ingest.data_sets import DataSet
from app.ingest.items import Block, Item, blocks_of, too_long
from app.reading.formats.csv_table import BETWEEN, restored
from app.reading.formats.sheet import sheet
from app.reading.selection import is_list, model_in
from app.resources.round_trip import KEYS
from app.web.routing import count_of
from app.web.upload_stream import Line

#: More columns than all collections together have.
MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: at which path of the record its value belongs, and how its text is read."""

    name: str
    path: tuple[str, ...]
    read: Callable[[str], Any]
    is_side: bool = False
    """Whether it is one of the columns that lie side by side: each holds one value of every entry of a list."""
    is_taken: bool = True
    """Whether a body can hold it; what only an answer shows is passed over."""


@lru_cache(maxsize=64)
def columns_of(write: type[BaseModel], read: type[BaseModel]) -> dict[str, _Column]:
    """All columns that a table of this collection may have, by name."""
    found: dict[str, _Column] = {}
    for column in sheet(read):
        top = column.name.partition(".")[0]
        # Entries of a list lie side by side: each column holds a value of every entry.
        is_side = "." in column.name and is_list(read.model_fields[top].annotation)
        # What may hold any JSON is text where it is no JSON: `asserted_value` of a citation.
        is_free = column.kind == "json" and model_in(read.model_fields[top].annotation) is None
        plain = anything if is_free and not column.is_list else READS[column.kind]
        cell = listed(plain) if column.is_list else plain
        path = tuple(column.name.split("."))
        found[column.name] = _Column(column.name, path, cell, is_side, _is_taken(write, path))
    for name, info in write.model_fields.items():
        if name not in found:
            item = model_in(info.annotation)
            texts = is_list(info.annotation)
            # A list of short entries (issues, by their codes) may be given as texts.
            cell = listed(str) if texts else READS["json"] if item is not None else str
            found[name] = _Column(name, (name,), cell)
    return found


def _is_taken(write: type[BaseModel], path: tuple[str, ...]) -> bool:
    """Whether a body has a place for the column of this path."""
    first, *rest = path
    info = write.model_fields.get(first)
    if info is None:
        # An entry that mentions a record shows that record in its place.
        return first in (*KEYS, "primary")
    inner = model_in(info.annotation)
    if not rest:
        return True
    return rest[0] in KEYS if inner is None else _is_taken(inner, tuple(rest))


class Sheet:
    """CSV with a header (RFC 4180), in UTF-8. `write` and `read` are the schemas of the collection."""

    def __init__(self, collection: str, write: type[BaseModel], read: type[BaseModel], most_bytes: int) -> None:
        self.collection = collection
        self.known = columns_of(write, read)
        self.write = write
        self.most_bytes = most_bytes
        self.columns: list[_Column] = []
        self.data_set: DataSet | None = None
        self._blank = BlankRows()

    def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        """The rows, each as one line however many it spans. Raises `ApiError` where the header is not right."""
        return to_the_last(blocks_of(rows_of(lines, self.most_bytes), most, self._take_header))

    def _take_header(self, row: Line) -> None:
        if row.text is None:
            raise refused(f"The header has more than {self.most_bytes} bytes", "Is this a CSV file?")
        try:
            names = cells_of(row.text)
        except (UnicodeDecodeError, csv.Error) as error:
            raise refused(f"The header cannot be read: {said(error)}", "Save the file as CSV in UTF-8.") from None
        if names[0].strip() not in self.known and (other := other_delimiter(names, ",")):
            raise refused(*wrong_delimiter(other, ","))
        if len(names) > MOST_COLUMNS:
            raise refused(f"The header has {len(names)} columns, more than {MOST_COLUMNS}", "Is this the right file?")
        self._look_for_columns(names, row)

    def _look_for_columns(self, names: list[str], row: Line) -> None:
        violations: list[Violation] = []
        for number, given in enumerate(names, 1):
            name = given.strip()
            column = self.known.get(name)
            if column is None:
                near = nearest(name, self.known)
                hint = (
                    f"Did you mean {near!r}?"
                    if near
                    else f"Columns are the fields: {', '.join(self.write.model_fields)}."
                )
                violations.append(
                    Violation(f"Column {number}: nothing is called {name[:60]!r} here", pointer="", hint=hint)
                )
            elif column in self.columns:
                violations.append(
                    Violation(f"Column {number}: {name!r} stands twice", pointer="", hint="Keep one of them.")
                )
            else:
                self.columns.append(column)
        if violations:
            raise ApiError(
                ProblemType.INVALID, f"Line {row.number}, the header: {count_of(violations)}", violations[:100]
            )

    def read(self, block: Block) -> list[Item]:
        """The records of the rows; blank ones are none."""
        return [*map(self._item, self._blank.without(block)), *self._blank.told(block)]

    def _item(self, line: Line) -> Item:
        if line.text is None:
            return too_long(line, self.most_bytes)
        try:
            cells = cells_of(line.text)
        except (UnicodeDecodeError, csv.Error) as error:
            return self._wrong(line, Violation(f"The row cannot be read: {said(error)}", pointer=""))
        if len(cells) != len(self.columns):
            message, hint = ragged(len(cells), len(self.columns))
            return self._wrong(line, Violation(message, pointer="", hint=hint))
        body: dict[str, Any] = {}
        sides: dict[str, list[tuple[_Column, list[Any]]]] = {}
        violations: list[Violation] = []
        for column, cell in zip(self.columns, cells, strict=True):
            if not column.is_taken:
                continue
            at = "/" + "/".join(column.path)
            try:
                value = column.read(restored(cell)) if cell else None
            except CellError as error:
                violations.append(Violation(str(error), pointer=at))
                continue
            if found := unstorable(value, at):
                violations += found
                continue
            if column.is_side:
                sides.setdefault(column.path[0], []).append((column, value or []))
            else:
                _put(body, column.path, value)
        for name, columns in sides.items():
            entries = _side_by_side(columns)
            if isinstance(entries, Violation):
                violations.append(entries)
            else:
                body.setdefault(name, entries)
        if violations:
            return self._wrong(line, *violations)
        return Item(line.number, self.collection, _without_empty(body, self.write))

    def _wrong(self, line: Line, *violations: Violation) -> Item:
        return Item(line.number, self.collection, None, violations)


def _put(body: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a value at a path; of an object of which nothing is said nothing is left."""
    for step in path[:-1]:
        below = body.setdefault(step, {})
        if not isinstance(below, dict):
            return
        body = below
    body[path[-1]] = value


def _side_by_side(columns: list[tuple[_Column, list[Any]]]) -> list[dict[str, Any]] | Violation:
    """The entries of a list, of columns that hold one value of each entry."""
    primary = next((value for column, value in columns if column.path[-1] == "primary"), None)
    rows = [(column, value) for column, value in columns if column.path[-1] != "primary"]
    # An empty cell says nothing of any entry, however many there are.
    lengths = {len(value) for _, value in rows if value}
    if len(lengths) > 1:
        told = ", ".join(f"{column.name} {len(value)}" for column, value in rows)
        hint = f"Give each entry a value in each of these columns, joined with {BETWEEN!r}; an unknown one is empty."
        return Violation(f"Lists that belong together differ in length: {told}", f"/{columns[0][0].path[0]}", hint=hint)
    entries: list[dict[str, Any]] = [{} for _ in range(max(lengths, default=0))]
    for column, value in rows:
        for entry, one in zip(entries, value, strict=bool(value)):
            _put(entry, column.path[1:], None if one == "" else one)
    if primary is not None:
        for entry in entries:
            entry["is_primary"] = next(iter(entry.values())) in ([primary] if isinstance(primary, str) else primary)
    return [_said_of(entry) for entry in entries]


def _said_of(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry without what it does not say: a mention of nothing is none."""
    kept = {name: _said_of(value) or None if isinstance(value, dict) else value for name, value in entry.items()}
    return {name: value for name, value in kept.items() if value is not None}


def _without_empty(body: dict[str, Any], write: type[BaseModel]) -> dict[str, Any]:
    """Empty cells as what they mean: no entry of a list, no object; nothing else is known of them than null."""
    result: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, dict):
            value = _said_of(value) or None
        if value is None and name in write.model_fields and is_list(write.model_fields[name].annotation):
            value = []
        result[name] = value
    return result
