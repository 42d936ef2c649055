"""CSV: a table of records of one collection, with the columns of an export, or columns named after the fields.

The columns are converted back to the fields from which an export made them: `process.slug` is a mention; `names.text`
and `names.lang` are parallel columns, each with one value for every entry of the list `names`; items of a list are
joined with `; `; deeper structures are JSON text.
"""

import csv
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from app.errors import ApiError, ProblemType, Violation, count_errors, nearest, quoted
from app.ingest.cells import PARSERS, CellError, find_unstorable, list_parser, parse_json_or_text
from app.ingest.csv_rows import (
    BlankRows,
    explain_parse_error,
    join_lines,
    other_delimiter,
    ragged,
    split_cells,
    table_error,
    to_the_last,
    wrong_delimiter,
)
from app.ingest.data_sets import DataSet
from app.ingest.items import Block, Item, blocks_of, too_long
from app.reading.formats.csv_table import BETWEEN, unescape_formula
from app.reading.formats.sheet import sheet
from app.reading.selection import is_list, model_in
from app.resources.round_trip import KEYS
from app.web.upload_stream import Line

#: Maximum number of columns in a table. All collections together have fewer columns.
MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: the path of its field in the record, and how its text is parsed."""

    name: str
    path: tuple[str, ...]
    parse: Callable[[str], Any]
    of_list: tuple[str, ...] | None = None
    """For one of several parallel columns, each with one value for every entry of a list: the path of the list."""
    is_writable: bool = True
    """Whether a request body can contain the field; columns for fields that only responses contain are ignored."""


@lru_cache(maxsize=64)
def table_columns(write: type[BaseModel], read: type[BaseModel]) -> dict[str, _Column]:
    """Return all columns that a table of this collection may have, by name."""
    columns: dict[str, _Column] = {}
    for column in sheet(read):
        top = column.name.partition(".")[0]
        path = tuple(column.name.split("."))
        of_list = _list_around(read, path)
        # If a field accepts any JSON value, such as `asserted_value` of a citation, text that is not JSON becomes a
        # string.
        is_free = column.kind == "json" and model_in(read.model_fields[top].annotation) is None
        parse_value = parse_json_or_text if is_free and not column.is_list else PARSERS[column.kind]
        parse_item = _unless_empty(parse_value) if of_list else parse_value
        parse_cell = list_parser(parse_item) if column.is_list else parse_value
        columns[column.name] = _Column(column.name, path, parse_cell, of_list, _is_writable(write, path))
    for name, info in write.model_fields.items():
        if name not in columns:
            item = model_in(info.annotation)
            is_text_list = is_list(info.annotation)
            # A list of short entries (issues, by their codes) may be given as text.
            parse_cell = list_parser(str) if is_text_list else PARSERS["json"] if item is not None else str
            columns[name] = _Column(name, (name,), parse_cell)
    return columns


def _list_around(read: type[BaseModel], path: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the path of the list whose entries have the field at a path; None if there is no such list."""
    schema: type[BaseModel] | None = read
    for place, name in enumerate(path[:-1], 1):
        if schema is None or name not in schema.model_fields:
            return None
        annotation = schema.model_fields[name].annotation
        if is_list(annotation):
            return path[:place]
        schema = model_in(annotation)
    return None


def _unless_empty(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a parser for the values of a parallel column, which may be empty."""
    return lambda text: parse(text) if text else ""


def _is_writable(write: type[BaseModel], path: tuple[str, ...]) -> bool:
    """Return whether a request body has a field for the column with this path."""
    first, *rest = path
    info = write.model_fields.get(first)
    if info is None:
        # If the entries of a list mention a record, the export contains fields of the mentioned record.
        return first in (*KEYS, "primary")
    inner = model_in(info.annotation)
    if not rest:
        return True
    return rest[0] in KEYS if inner is None else _is_writable(inner, tuple(rest))


class CsvTable:
    """Reads CSV with a header (RFC 4180), in UTF-8. `write` and `read` are the schemas of the collection."""

    def __init__(self, collection: str, write: type[BaseModel], read: type[BaseModel], most_bytes: int) -> None:
        self.collection = collection
        self.known = table_columns(write, read)
        self.write = write
        self.most_bytes = most_bytes
        self.columns: list[_Column] = []
        self.data_set: DataSet | None = None
        self._blank = BlankRows()

    def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        """Split the rows into blocks, each row as one line. Raises `ApiError` if the header is invalid."""
        return to_the_last(blocks_of(join_lines(lines, self.most_bytes), most, self._read_header))

    def _read_header(self, row: Line) -> None:
        if row.text is None:
            raise table_error(f"The header has more than {self.most_bytes} bytes", "Check that the file is CSV.")
        try:
            names = split_cells(row.text)
        except (UnicodeDecodeError, csv.Error) as error:
            raise table_error(
                f"The header cannot be read: {explain_parse_error(error)}", "Save the file as CSV in UTF-8."
            ) from None
        if names[0].strip() not in self.known and (other := other_delimiter(names, ",")):
            raise table_error(*wrong_delimiter(other, ","))
        if len(names) > MOST_COLUMNS:
            raise table_error(
                f"The header has {len(names)} columns, more than {MOST_COLUMNS}", "Check that this is the right file."
            )
        self._match_columns(names, row)

    def _match_columns(self, names: list[str], row: Line) -> None:
        violations: list[Violation] = []
        for number, given in enumerate(names, 1):
            name = given.strip()
            column = self.known.get(name)
            if column is None:
                near = nearest(name, self.known)
                hint = (
                    f"Did you mean {quoted(near)}?"
                    if near
                    else f"The columns are: {', '.join(self.write.model_fields)}."
                )
                violations.append(
                    Violation(f"Column {number}: unknown column {quoted(name, 60)}", pointer="", hint=hint)
                )
            elif column in self.columns:
                violations.append(
                    Violation(f"Column {number}: duplicate column {quoted(name)}", pointer="", hint="Keep one of them.")
                )
            else:
                self.columns.append(column)
        if violations:
            raise ApiError(
                ProblemType.INVALID, f"Line {row.number} (header): {count_errors(violations)}", violations[:100]
            )

    def read(self, block: Block) -> list[Item]:
        """Parse the records of a block. Blank rows are skipped."""
        return [*map(self._item, self._blank.without(block)), *self._blank.warnings(block)]

    def _item(self, line: Line) -> Item:
        if line.text is None:
            return too_long(line, self.most_bytes)
        try:
            cells = split_cells(line.text)
        except (UnicodeDecodeError, csv.Error) as error:
            return self._invalid(line, Violation(f"The row cannot be read: {explain_parse_error(error)}", pointer=""))
        if len(cells) != len(self.columns):
            message, hint = ragged(len(cells), len(self.columns))
            return self._invalid(line, Violation(message, pointer="", hint=hint))
        body: dict[str, Any] = {}
        parallel: dict[tuple[str, ...], list[tuple[_Column, list[object]]]] = {}
        violations: list[Violation] = []
        for column, cell in zip(self.columns, cells, strict=True):
            if not column.is_writable:
                continue
            at = "/" + "/".join(column.path)
            try:
                value = column.parse(unescape_formula(cell)) if cell else None
            except CellError as error:
                violations.append(Violation(str(error), pointer=at))
                continue
            if unstorable := find_unstorable(value, at):
                violations += unstorable
                continue
            if column.of_list:
                parallel.setdefault(column.of_list, []).append((column, value or []))
            else:
                _put(body, column.path, value)
        for path, columns in parallel.items():
            entries = _zip_columns(path, columns)
            if isinstance(entries, Violation):
                violations.append(entries)
            elif len(path) == 1:
                body.setdefault(path[0], entries)
            else:
                _put(body, path, entries or None)
        if violations:
            return self._invalid(line, *violations)
        return Item(line.number, self.collection, _without_empty(body, self.write))

    def _invalid(self, line: Line, *violations: Violation) -> Item:
        return Item(line.number, self.collection, None, violations)


def _put(body: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set a value at a path, unless an object on the path is null."""
    for name in path[:-1]:
        nested = body.setdefault(name, {})
        if not isinstance(nested, dict):
            return
        body = nested
    body[path[-1]] = value


def _zip_columns(
    path: tuple[str, ...], columns: Sequence[tuple[_Column, Sequence[object]]]
) -> list[dict[str, object]] | Violation:
    """Combine parallel columns into the entries of the list at a path."""
    primary = next((value for column, value in columns if column.path[-1] == "primary"), None)
    rows = [(column, value) for column, value in columns if column.path[-1] != "primary"]
    # An empty cell means that no entry has a value, so it matches any number of entries.
    lengths = {len(value) for _, value in rows if value}
    if len(lengths) > 1:
        lengths_text = ", ".join(f"{column.name} {len(value)}" for column, value in rows)
        hint = f"Give each of these columns one value per entry, joined with {quoted(BETWEEN)}; leave unknown values empty."
        return Violation(f"Parallel columns differ in length: {lengths_text}", f"/{'/'.join(path)}", hint=hint)
    entries: list[dict[str, object]] = [{} for _ in range(max(lengths, default=0))]
    for column, value in rows:
        for entry, one in zip(entries, value, strict=bool(value)):
            _put(entry, column.path[len(path) :], None if one == "" else one)
    if primary is not None:
        for entry in entries:
            entry["is_primary"] = next(iter(entry.values())) in ([primary] if isinstance(primary, str) else primary)
    return [_drop_empty(entry) for entry in entries]


def _drop_empty(entry: Mapping[str, object]) -> dict[str, object]:
    """Return an entry without its empty values. A mention without any value becomes empty, too."""
    result = {name: _drop_empty(value) or None if isinstance(value, dict) else value for name, value in entry.items()}
    return {name: value for name, value in result.items() if value is not None}


def _without_empty(body: Mapping[str, object], write: type[BaseModel]) -> dict[str, object]:
    """Replace empty values: a list becomes an empty list, and an object becomes null."""
    result: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, dict):
            value = _drop_empty(value) or None
        if value is None and name in write.model_fields and is_list(write.model_fields[name].annotation):
            value = []
        result[name] = value
    return result
