"""Atom (RFC 4287): records as entries of a feed."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import escape, quoteattr

from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.news import CURSOR, entry_id, entry_maker, instant_of, published_at, xml_text
from app.reading.formats.sheet import RowBatch


class AtomWriter:
    """Writes the feed element, then an entry for each row."""

    def __init__(self, context: AnswerContext) -> None:
        self._sort_out = context
        self._entry = entry_maker(context)

    def head(self) -> bytes:
        context = self._sort_out
        links = f'<link rel="self" type="application/atom+xml" href={quoteattr(xml_text(context.address))}/>'
        if context.following:
            links += f'<link rel="next" type="application/atom+xml" href={quoteattr(xml_text(context.following))}/>'
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
            f"<id>{escape(xml_text(CURSOR.sub('', context.address)))}</id><title>{escape(xml_text(context.title))}</title>"
            f"<updated>{context.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</updated>"
            f"<author><name>Parley</name></author><generator>Parley</generator>{links}\n"
        ).encode()

    def rows(self, batch: RowBatch) -> bytes:
        return b"".join(tostring(self._element(row), "utf-8", xml_declaration=False) + b"\n" for row in batch.rows)

    def tail(self) -> bytes:
        return b"</feed>\n"

    def _element(self, row: Mapping[str, Any]) -> Element:
        entry, found = self._entry(row), Element("entry")

        def add(name: str, text: str | None = None, **attributes: str) -> Element:
            element = SubElement(found, name, {key: xml_text(value) for key, value in attributes.items()})
            element.text = xml_text(text) if text is not None else None
            return element

        add("id", entry_id(row, entry))
        add("title", entry.title)
        add("updated", instant_of(row["updated_at"]))
        if published := published_at(entry.on):
            add("published", published)
        for author in filter(None, entry.authors):
            SubElement(add("author"), "name").text = xml_text(author)
        for category in filter(None, entry.categories):
            add("category", term=category)
        add("link", rel="alternate", type="application/json", href=self._sort_out.record_url(row))
        if entry.related:
            add("link", rel="related", href=entry.related)
        # Atom requires a summary, because the entry has no content.
        add("summary", entry.text or entry.title, type="text")
        return found


ATOM = Format(
    name="atom",
    media_type="application/atom+xml",
    suffix="atom",
    offer="news",
    is_offer_optional=True,
    about="An Atom feed (RFC 4287) with an entry for each record, page by page.",
    make=AtomWriter,
    is_paged=True,
    takes_selection=False,
)
