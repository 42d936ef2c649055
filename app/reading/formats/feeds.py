"""Atom (RFC 4287) and JSON Feed 1.1: records as news.

An entry's id is made of the record's id (`urn:uuid:…`), so that it stays when slug or server change.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import escape, quoteattr

from app.db.dates import DatePrecision, parse_edtf
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import Batch, compact

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
class Newsworthy(Protocol):
    """A schema that says how its rows read as news; declared by a room as the forms `atom` and `feed`."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> Entry: ...


def shortened(text: str, longest: int = TITLE) -> str:
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
    return Entry(shortened(name), text=row.get("summary") or row.get("text"), categories=categories)


def _entries(told: AnswerContext) -> Callable[[Mapping[str, Any]], Entry]:
    return told.schema.entry if isinstance(told.schema, Newsworthy) else entry_of


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _published(on: str | None) -> str | None:
    if on is None:
        return None
    span = parse_edtf(on)
    return f"{span.earliest.isoformat()}T00:00:00Z" if span.precision == DatePrecision.DAY else None


def _address(told: AnswerContext, row: Mapping[str, Any]) -> str:
    return f"{told.base}/v1/{told.collection}/{row['slug']}"


# --- Atom

#: All pages of a feed have one id.
_CURSOR = re.compile("[?&]cursor=[^&]*")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text(value: str) -> str:
    """Without the characters that no XML can hold, not even escaped."""
    return _NOT_XML.sub("", value)


class AtomWriter:
    def __init__(self, told: AnswerContext) -> None:
        self._told = told
        self._entry = _entries(told)

    def head(self) -> bytes:
        told = self._told
        links = f'<link rel="self" type="application/atom+xml" href={quoteattr(_text(told.address))}/>'
        if told.following:
            links += f'<link rel="next" type="application/atom+xml" href={quoteattr(_text(told.following))}/>'
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
            f"<id>{escape(_text(_CURSOR.sub('', told.address)))}</id><title>{escape(_text(told.title))}</title>"
            f"<updated>{told.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</updated>"
            f"<author><name>Parley</name></author><generator>Parley</generator>{links}\n"
        ).encode()

    def rows(self, batch: Batch) -> bytes:
        return b"".join(tostring(self._element(row), "utf-8", xml_declaration=False) + b"\n" for row in batch.rows)

    def tail(self) -> bytes:
        return b"</feed>\n"

    def _element(self, row: Mapping[str, Any]) -> Element:
        entry, found = self._entry(row), Element("entry")

        def add(name: str, text: str | None = None, **attributes: str) -> Element:
            element = SubElement(found, name, {key: _text(value) for key, value in attributes.items()})
            element.text = _text(text) if text is not None else None
            return element

        add("id", f"urn:uuid:{row['id']}")
        add("title", entry.title)
        add("updated", _moment(row["updated_at"]))
        if published := _published(entry.on):
            add("published", published)
        for author in filter(None, entry.authors):
            SubElement(add("author"), "name").text = _text(author)
        for category in filter(None, entry.categories):
            add("category", term=category)
        add("link", rel="alternate", type="application/json", href=_address(self._told, row))
        if entry.related:
            add("link", rel="related", href=entry.related)
        # Atom asks for one where the content is not in the entry.
        add("summary", entry.text or entry.title, type="text")
        return found


# --- JSON Feed


class JsonFeedWriter:
    def __init__(self, told: AnswerContext) -> None:
        self._told = told
        self._entry = _entries(told)
        self._is_first = True

    def head(self) -> bytes:
        told = self._told
        about = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": told.title,
            "home_page_url": f"{told.base}/",
            "feed_url": told.address,
            **({"next_url": told.following} if told.following else {}),
            "authors": [{"name": "Parley"}],
        }
        return (compact(about)[:-1] + ',"items":[').encode()

    def rows(self, batch: Batch) -> bytes:
        items = ",\n".join(compact(self._item(row)) for row in batch.rows)
        if not items:
            return b""
        before, self._is_first = ("\n" if self._is_first else ",\n"), False
        return (before + items).encode()

    def tail(self) -> bytes:
        return b"\n]}\n"

    def _item(self, row: Mapping[str, Any]) -> dict[str, Any]:
        entry = self._entry(row)
        item: dict[str, Any] = {
            "id": f"urn:uuid:{row['id']}",
            "url": _address(self._told, row),
            "title": entry.title,
            "content_text": entry.text or entry.title,
            "date_modified": _moment(row["updated_at"]),
        }
        if published := _published(entry.on):
            item["date_published"] = published
        if authors := [{"name": name} for name in entry.authors if name]:
            item["authors"] = authors
        if tags := [tag for tag in entry.categories if tag]:
            item["tags"] = tags
        if entry.related:
            item["external_url"] = entry.related
        return item


ATOM = Format(
    name="atom",
    media_type="application/atom+xml",
    suffix="atom",
    about="An Atom feed (RFC 4287): records as news, page by page.",
    make=AtomWriter,
    is_paged=True,
    takes_shape=False,
)

FEED = Format(
    name="feed",
    media_type="application/feed+json",
    suffix="json",
    about="A JSON Feed (1.1): records as news, page by page.",
    make=JsonFeedWriter,
    is_paged=True,
    takes_shape=False,
)
