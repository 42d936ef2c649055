"""Feed entries, shared by the feed formats (Atom, JSON Feed, RSS).

The id of an entry is made from the id of the record (`urn:uuid:…`) and the key of the entry, so it stays the same if the slug
or the server changes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID, uuid5

from app.db.dates import DatePrecision, parse_edtf
from app.reading.formats.format import AnswerContext

#: Maximum length of a title that is made from a text.
TITLE = 140


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """The entry of a record in a feed."""

    title: str
    text: str | None = None
    #: The date of the event (EDTF); shown if it is a day.
    on: str | None = None
    authors: tuple[str | None, ...] = ()
    categories: tuple[str | None, ...] = ()
    #: URL of another page about the record.
    related: str | None = None
    #: Makes the id of the entry unique if a record has several entries; an empty string for the entry of the record itself.
    key: str = ""


@runtime_checkable
class HasFeedEntry(Protocol):
    """A schema that makes feed entries from its rows; a resource declares it as its offer `news`."""

    @staticmethod
    def entry(row: Mapping[str, object]) -> FeedEntry: ...


def shorten_text(text: str, longest: int = TITLE) -> str:
    """The text, cut between words if it is too long."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def entry_of(row: Mapping[str, Any]) -> FeedEntry:
    """The default entry: the title or name of the record, and its text."""
    name = next((row[key] for key in ("title", "name", "label", "text") if row.get(key)), row["slug"])
    process = row.get("process") or {}
    categories = (process.get("title"), row.get("kind"))
    return FeedEntry(shorten_text(name), text=row.get("summary") or row.get("text"), categories=categories)


def entry_maker(context: AnswerContext) -> Callable[[Mapping[str, Any]], FeedEntry]:
    """The function that makes entries from the rows of this answer."""
    return context.schema.entry if isinstance(context.schema, HasFeedEntry) else entry_of


def instant_of(text: str) -> str:
    """An instant in UTC, to the second."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def published_at(on: str | None) -> str | None:
    """The instant at which the day of an EDTF date begins; None if the date is not known to the day or before the year 1,
    which feeds cannot express."""
    if on is None:
        return None
    span = parse_edtf(on)
    is_day = span.precision == DatePrecision.DAY and isinstance(span.earliest, date)
    return f"{span.earliest.isoformat()}T00:00:00Z" if is_day else None


def entry_id(row: Mapping[str, Any], entry: FeedEntry) -> str:
    """The permanent id of an entry, as a URN."""
    return f"urn:uuid:{uuid5(UUID(row['id']), entry.key) if entry.key else row['id']}"


#: The cursor in a URL. It is removed from the id of a feed, so that all pages of the feed have the same id.
CURSOR = re.compile("[?&]cursor=[^&]*")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(value: str) -> str:
    """The text without characters that XML forbids even when escaped."""
    return _NOT_XML.sub("", value)
