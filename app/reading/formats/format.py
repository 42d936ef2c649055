"""The declaration of a format. PostgreSQL makes each row as a JSON object, and a `FormatWriter` turns the rows into CSV, a
calendar or a feed, batch by batch, so that memory use does not depend on the length of the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel

from app.reading.formats.sheet import RowBatch
from app.reading.selection import Selection, Summaries


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """The properties of an answer that its format writer needs."""

    collection: str
    #: The title of the list, for feeds and calendars.
    title: str
    #: The schema of the rows: the schema of the offer, or the summary of the collection.
    schema: type[BaseModel]
    selection: Selection
    #: Absolute URLs of this answer, of the service (without a trailing slash), and of the next page.
    address: str
    base: str
    following: str | None
    revision: int
    #: When the revision was written.
    at: datetime
    #: Returns the summary schema of a collection, which replaces included mentions; None = mentions are not replaced.
    summaries: Summaries | None = None
    #: Whether the text begins with a byte order mark, if the format allows one.
    has_bom: bool = True
    #: A sentence about the whole answer, for calendars; None = none.
    about: str | None = None
    #: For formats of reports that need all rows at once (graphs and pictures): makes the answer from its rows.
    write_whole: Callable[[Sequence[Mapping[str, Any]]], bytes] | None = None

    def collection_of(self, row: Mapping[str, Any]) -> str:
        """The collection of the record that a row is about. Rows of reports may be about records of several collections."""
        return row.get("collection") or self.collection

    def record_url(self, row: Mapping[str, Any]) -> str:
        """The URL of the record of a row."""
        return f"{self.base}/v1/{self.collection_of(row)}/{row['slug']}"


class FormatWriter(Protocol):
    """Turns the rows of one answer into bytes."""

    def head(self) -> bytes:
        """The bytes before the first row."""
        ...

    def rows(self, batch: RowBatch) -> bytes:
        """The bytes of the next rows."""
        ...

    def tail(self) -> bytes:
        """The bytes after the last row."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format of answers besides JSON."""

    name: str
    media_type: str
    #: The extension of file names.
    suffix: str
    #: A description for the documentation.
    about: str
    make: Callable[[AnswerContext], FormatWriter]
    #: The offer that a resource must declare for its rows: `event`, `point`, `news`, `reference`; of reports also `graph`
    #: and `picture`. None = the format is available for all resources.
    offer: str | None = None
    #: Whether the format is also available for resources without the offer; a default then replaces the offer.
    is_offer_optional: bool = False
    #: Whether the answer is a page with a link to the next page (feeds). Other formats contain all rows unless `limit`
    #: is set.
    is_paged: bool = False
    #: Whether `include=` and `fields=` apply.
    takes_selection: bool = True
    #: Whether `rows=` applies.
    takes_rows: bool = False
    #: Whether `bom=` applies.
    takes_bom: bool = False
    #: Whether rows may have any fields. If true, a single record in this format includes all its fields.
    is_open: bool = False
    #: Fields that are read even if `fields=` omits them, because URLs are built from them.
    always: tuple[str, ...] = ()
