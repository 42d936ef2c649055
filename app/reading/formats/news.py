"""Records as news: what the feed formats (Atom, JSON Feed, RSS) share.

An entry's id is made of the record's id (`urn:uuid:…`), so that it stays the same when slug or server change.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

from app.db.dates import DatePrecision, parse_edtf
from app.reading.formats.format import AnswerContext

#: Characters of a title that is made of a longer text.
TITLE = 140


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as news: what a reader sees of it in a feed."""

    title: str
    text: str | None = None
    #: When it happened (EDTF); shown if it is a day.
    on: str | None = None
    authors: tuple[str | None, ...] = ()
    categories: tuple[str | None, ...] = ()
    #: Where else it can be read.
    related: str | None = None


@runtime_checkable
class HasFeedEntry(Protocol):
    """A schema that says how its rows read as news; declared by a resource as the offer `news`."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> Entry: ...


def shorten(text: str, longest: int = TITLE) -> str:
    """The beginning of a text, cut between words."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def entry_of(row: Mapping[str, Any]) -> Entry:
    """The entry of a record whose collection declares none: what names it, and its text."""
    name = next((row[key] for key in ("title", "name", "label", "text") if row.get(key)), row["slug"])
    process = row.get("process") or {}
    categories = (process.get("title"), row.get("kind"))
    return Entry(shorten(name), text=row.get("summary") or row.get("text"), categories=categories)


def entries_of(context: AnswerContext) -> Callable[[Mapping[str, Any]], Entry]:
    """How a row of this answer becomes an entry."""
    return context.schema.entry if isinstance(context.schema, HasFeedEntry) else entry_of


def instant_of(text: str) -> str:
    """An instant in UTC, to the second."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def published_at(on: str | None) -> str | None:
    """The beginning of a date that is known to the day."""
    if on is None:
        return None
    span = parse_edtf(on)
    return f"{span.earliest.isoformat()}T00:00:00Z" if span.precision == DatePrecision.DAY else None


def address_of(context: AnswerContext, row: Mapping[str, Any]) -> str:
    """Address of the row's record."""
    return f"{context.base}/v1/{context.collection}/{row['slug']}"


#: All pages of a feed have one id.
CURSOR = re.compile("[?&]cursor=[^&]*")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(value: str) -> str:
    """Without the characters that no XML can hold, not even escaped."""
    return _NOT_XML.sub("", value)
