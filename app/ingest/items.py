"""What a file gives, whatever its form: records with their places, or what is wrong at a place.

This is the seam between files and imports. A source turns the lines of a body into items; NDJSON and CSV are two sources,
and a third needs nothing but the two methods of `Source`.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from app.errors import ApiError, Violation, nearest
from app.ingest.data_sets import DataSet
from app.ingest.report import LineWarning
from app.web.json_body import parse_object
from app.web.upload_stream import Line


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a file. `body` is a body of the collection as POST takes it; None where `faults` say why.

    `line` is the number of the line on which it begins, from 1."""

    line: int
    collection: str
    body: dict[str, Any] | None
    violations: tuple[Violation, ...] = ()
    warnings: tuple[LineWarning, ...] = ()
    """What the source itself finds odd; it keeps nothing back."""
    part: int = 0
    """Which record of its line it is: a row of a foreign file may make several."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """From which column of the table a field came, by JSON Pointer."""
    first_line: int | None = None
    """The line that named the record first, where the source joins what several lines say of it."""
    keeps: Mapping[str, str | None] = field(default_factory=dict)
    """Fields of which a stored record keeps its own word, and the list of names that takes the other; None = none does."""

    identified_by: tuple[str, ...] = ()
    """The schemes of the external ids that identify the record in its data set, the surest first."""
    unspoken: frozenset[str] = frozenset()
    """Fields of which the file says nothing, since it has none of their columns."""

    @property
    def pointer(self) -> str:
        """Where it stands in the file: `/12`, and `/12.1` for the second record of a line."""
        return f"/{self.line}.{self.part}" if self.part else f"/{self.line}"

    @property
    def is_gathered(self) -> bool:
        """Whether several lines may speak of the record; else a second one of the same name is a fault."""
        return self.first_line is not None

    def column(self, pointer: str) -> str | None:
        """The column from which the value at this place came; null where the place is no column's."""
        while pointer and pointer not in self.columns:
            pointer = pointer.rpartition("/")[0]
        return self.columns.get(pointer)


def line_of(pointer: str) -> int:
    """The line in which the record of this pointer stands."""
    return int(pointer[1:].partition("/")[0].partition(".")[0])


@dataclass(frozen=True, slots=True)
class CellViolation(Violation):
    """What is wrong with a cell: a fault that names its column."""

    column: str | None = None


@dataclass(slots=True)
class Block:
    """Some lines of a file, not read yet: what one batch is made of."""

    lines: list[Line] = field(default_factory=list)
    size: int = 0
    is_last: bool = False
    """Whether it is known that no other rows follow."""
    is_tail: bool = False
    """Whether it has no rows of its own, but records for which the source has waited until the last row."""


@runtime_checkable
class ForeignSource(Protocol):
    """What only a source of another data set knows, once all of its rows were read."""

    def whole(self) -> Iterator[Item]:
        """All records of the file, each complete."""
        ...

    def silent(self) -> frozenset[str]:
        """The collections of which the file may lack records for want of columns."""
        ...


class Source(Protocol):
    """A form of files. Blocks are made while bytes arrive; they are read in a thread."""

    data_set: DataSet | None
    """The data set whose statements the records are; None = they are records of Parley's own form."""

    def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        """The lines in blocks of at most so many records. Raises `ApiError` where the file as a whole is not right."""
        ...

    def read(self, block: Block) -> list[Item]:
        """The records of a block, in their order."""
        ...


#: Bytes of lines after which a batch is full, however few they are: memory must not depend on how long lines are.
BLOCK_BYTES = 4_194_304


async def blocks_of(
    lines: AsyncIterable[list[Line]], most: int, take_header: Callable[[Line], None] | None = None
) -> AsyncIterator[Block]:
    """Lines, or rows of a table, in blocks; blank ones are passed over. The first of a table is its header."""
    block = Block()
    async for several in lines:
        for line in several:
            if line.text is not None and not line.text.strip():
                continue
            if take_header is not None:
                take_header(line)
                take_header = None
                continue
            block.lines.append(line)
            block.size += len(line.text or b"")
            if len(block.lines) == most or block.size > BLOCK_BYTES:
                yield block
                block = Block()
    if block.lines:
        yield block


def too_long(line: Line, most: int) -> Item:
    """The item of a line of which only the number was kept."""
    return Item(line.number, "", None, (Violation(f"The line has more than {most} bytes", pointer=""),))


def _within_line(violation: Violation) -> Violation:
    """A fault of the parser, without its count of lines: what it is given is one line, whose number the item tells."""
    place = violation.message.removeprefix("Line 1, ")
    return violation if place == violation.message else replace(violation, message=place[0].upper() + place[1:])


class JsonLines:
    """NDJSON: a record a line. `collection` is that of all records that do not name theirs."""

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
        except ApiError as refused:
            violations = refused.violations or (Violation(refused.detail, pointer=""),)
            return Item(line.number, "", None, tuple(_within_line(violation) for violation in violations))
        named = body.pop("collection", None)
        collection = self.collection if named is None else named
        if violation := self._wrong(named, collection):
            return Item(line.number, "", None, (violation,))
        return Item(line.number, str(collection), body)

    def _wrong(self, named: object, collection: object) -> Violation | None:
        known = ", ".join(self.collections)
        if collection is None:
            hint = f"Add `collection`, or send `?collection=` for a file of one kind; there are {known}."
            return Violation("The line does not say of which collection it is", "/collection", hint=hint)
        if collection not in self.collections:
            near = nearest(str(collection), self.collections)
            hint = f"Did you mean {near!r}?" if near else f"There are {known}."
            return Violation(f"There is no collection {str(collection)[:100]!r}", "/collection", hint=hint)
        if self.collection is not None and named not in (None, self.collection):
            hint = "Leave `?collection=` out where a file holds several kinds."
            return Violation(f"The line is of {named}, the import of {self.collection}", "/collection", hint=hint)
        return None
