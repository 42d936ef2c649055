"""What a form is: another ending of the same statement. PostgreSQL makes each row as a JSON object; an ending turns
rows, batch by batch, into the bytes of CSV, a calendar, a feed, so that memory stays flat however long the answer is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel

from app.reading.formats.sheet import Batch
from app.reading.selection import Selection, Summaries


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What an ending is told of the answer that it ends."""

    collection: str
    #: The list in words, for feeds and calendars.
    title: str
    #: What the rows were made from: the form's own schema, or the collection's summary.
    schema: type[BaseModel]
    selection: Selection
    #: Absolute address of this answer, of the service (without a slash at the end), of the next page.
    address: str
    base: str
    following: str | None
    revision: int
    #: When that revision was written.
    at: datetime
    #: The summary of a collection, for what stands below included branches; without it they are taken as they are.
    summaries: Summaries | None = None
    #: Whether a text begins with a byte order mark, where its format takes one.
    has_bom: bool = True


class FormatWriter(Protocol):
    """Turns the rows of one answer into bytes."""

    def head(self) -> bytes:
        """What stands before the first row."""
        ...

    def rows(self, batch: Batch) -> bytes:
        """The next rows."""
        ...

    def tail(self) -> bytes:
        """What stands after the last row."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A form that answers can have, besides JSON."""

    name: str
    media_type: str
    #: The end of a file's name.
    suffix: str
    #: For the documentation: a sentence.
    about: str
    make: Callable[[AnswerContext], FormatWriter]
    #: What a row must offer, which is declared by the resource: `event` (dated), `point`, `news`, `reference`. None = any
    #: row has the format.
    offer: str | None = None
    #: Whether rows that do not offer it have the format too, from their usual fields.
    is_offer_optional: bool = False
    #: Feeds keep `limit` and have a next page; the others hold all rows, unless `limit` is given.
    is_paged: bool = False
    #: Whether `include=` and `fields=` apply.
    takes_selection: bool = True
    #: Whether `rows=` applies.
    takes_rows: bool = False
    #: Whether `bom=` applies.
    takes_bom: bool = False
    #: Whether a record may have any fields: then one record in this form is whole, as it is read alone.
    is_open: bool = False
    #: Fields that come along where `fields=` leaves them out, if the rows have them: an address is made of them.
    always: tuple[str, ...] = ()
