"""What a source reads from a file, whatever its format: records with their positions, or the errors at a position.

A source turns the lines of a file into items. NDJSON, CSV, bibliographies and tables with a profile are sources; a new
format only has to implement the two methods of `RecordSource`.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from app.errors import ApiError, Violation, nearest, quoted
from app.ingest.data_sets import DataSet
from app.ingest.report import LineWarning
from app.web.json_body import parse_object
from app.web.upload_stream import Line


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a file. `body` is a request body for POST to the collection; None = invalid, see `faults`.

    `line` is the number of its first line, from 1.
    """

    line: int
    collection: str
    body: dict[str, Any] | None
    violations: tuple[Violation, ...] = ()
    warnings: tuple[LineWarning, ...] = ()
    """Warnings of the source itself; the record is imported all the same."""
    part: int = 0
    """Position of the record in its line, from 0: a row of a foreign file may contain several records."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """The table column from which each field came, by JSON Pointer."""
    first_line: int | None = None
    """The first line with this record, if the source combines several lines into one record."""
    keeps: Mapping[str, str | None] = field(default_factory=dict)
    """Fields that keep the stored value if the file has a different value. Each field is mapped to the list of names to
    which the value in the file is added; None = the value is added to no list."""

    identified_by: tuple[str, ...] = ()
    """Schemes of the external ids that identify the record in its data set, the most reliable first."""
    unspoken: frozenset[str] = frozenset()
    """Fields that the file cannot contain, because it has no columns for them."""

    @property
    def pointer(self) -> str:
        """Position in the file: `/12`, and `/12.1` for the second record of line 12."""
        return f"/{self.line}.{self.part}" if self.part else f"/{self.line}"

    @property
    def is_gathered(self) -> bool:
        """Whether several lines may describe the record. If not, a second line with the same name is an error."""
        return self.first_line is not None

    def column(self, pointer: str) -> str | None:
        """Return the column from which the value at this pointer came; None if there is no such column."""
        while pointer and pointer not in self.columns:
            pointer = pointer.rpartition("/")[0]
        return self.columns.get(pointer)


def line_of(pointer: str) -> int:
    """Return the number of the line that contains the record at this pointer."""
    return int(pointer[1:].partition("/")[0].partition(".")[0])


@dataclass(frozen=True, slots=True)
class CellViolation(Violation):
    """An error in a cell, with the column of the cell."""

    column: str | None = None


@dataclass(slots=True)
class Block:
    """Lines of a file that are not parsed yet. They become one batch."""

    lines: list[Line] = field(default_factory=list)
    size: int = 0
    is_last: bool = False
    """Whether this is known to be the last block with rows."""
    is_tail: bool = False
    """Whether the block has no rows, only records that the source held back until the last row."""


@runtime_checkable
class ForeignSource(Protocol):
    """Additional methods of a source that reads another data set, called once all rows were read."""

    def whole(self) -> Iterator[Item]:
        """Yield all records of the file, each complete."""
        ...

    def silent(self) -> frozenset[str]:
        """Return the collections that may lack records because the file lacks columns."""
        ...


class RecordSource(Protocol):
    """Reads one file format. Blocks are made while bytes arrive, and are parsed in a thread."""

    data_set: DataSet | None
    """The data set that states the records; None = the records are in a format of Parley."""

    def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        """Split the lines into blocks of at most `most` records. Raises `ApiError` if the file as a whole is invalid."""
        ...

    def read(self, block: Block) -> list[Item]:
        """Parse the records of a block, in order."""
        ...


#: Maximum size of the lines in a block, in bytes. This limits the memory that long lines need.
BLOCK_BYTES = 4_194_304


async def blocks_of(
    lines: AsyncIterable[list[Line]], most: int, read_header: Callable[[Line], None] | None = None
) -> AsyncIterator[Block]:
    """Split the lines of a file, or the rows of a table, into blocks, and skip blank lines. `read_header` gets the
    first row of a table."""
    block = Block()
    async for batch in lines:
        for line in batch:
            if line.text is not None and not line.text.strip():
                continue
            if read_header is not None:
                read_header(line)
                read_header = None
                continue
            block.lines.append(line)
            block.size += len(line.text or b"")
            if len(block.lines) == most or block.size > BLOCK_BYTES:
                yield block
                block = Block()
    if block.lines:
        yield block


def too_long(line: Line, most: int) -> Item:
    """Return the item for a line that is too long. Only the number of the line is known."""
    return Item(line.number, "", None, (Violation(f"The line has more than {most} bytes", pointer=""),))


def _without_line_number(violation: Violation) -> Violation:
    """Remove the parser's line number from an error. The parser receives only a single line, and the item has the
    number of that line."""
    text = violation.message.removeprefix("Line 1, ")
    return violation if text == violation.message else replace(violation, message=text[0].upper() + text[1:])


class JsonLines:
    """NDJSON: one record per line. `collection` is the collection of records that do not name a collection."""

    def __init__(self, collections: Sequence[str], collection: str | None, most_bytes: int) -> None:
        self.collections = collections
        self.collection = collection
        self.most_bytes = most_bytes
        self.data_set: DataSet | None = None

    def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        return blocks_of(lines, most)

    def read(self, block: Block) -> list[Item]:
        return [self._item(line) for line in block.lines]

    def _item(self, line: Line) -> Item:
        if line.text is None:
            return too_long(line, self.most_bytes)
        try:
            body = parse_object(line.text)
        except ApiError as error:
            violations = error.violations or (Violation(error.detail, pointer=""),)
            return Item(line.number, "", None, tuple(_without_line_number(violation) for violation in violations))
        own_collection = body.pop("collection", None)
        collection = self.collection if own_collection is None else own_collection
        if violation := self._check_collection(own_collection, collection):
            return Item(line.number, "", None, (violation,))
        return Item(line.number, str(collection), body)

    def _check_collection(self, own_collection: object, collection: object) -> Violation | None:
        known = ", ".join(self.collections)
        if collection is None:
            hint = f"Add `collection` to the line, or `collection=` to the request. The collections are: {known}."
            return Violation("`collection` is missing", "/collection", hint=hint)
        if collection not in self.collections:
            near = nearest(str(collection), self.collections)
            hint = f"Did you mean {quoted(near)}?" if near else f"The collections are: {known}."
            return Violation(f"There is no collection {quoted(str(collection), 100)}", "/collection", hint=hint)
        if self.collection is not None and own_collection not in (None, self.collection):
            hint = "Omit `collection=` if the file contains several collections."
            message = f"The line is for {quoted(own_collection)}, but the import is for {quoted(self.collection)}"
            return Violation(message, "/collection", hint=hint)
        return None
