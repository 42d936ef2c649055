"""RSS 2.0: records as items of a feed, for feed readers that do not support Atom."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import escape, quoteattr

from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.news import entry_id, entry_maker, published_at, xml_text
from app.reading.formats.sheet import RowBatch

_ATOM = "http://www.w3.org/2005/Atom"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"


class RssWriter:
    """Writes the channel, then an item for each row."""

    def __init__(self, context: AnswerContext) -> None:
        self._context = context
        self._entry = entry_maker(context)

    def head(self) -> bytes:
        context = self._context
        links = f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(xml_text(context.address))}/>'
        if context.following:
            links += f'<atom:link rel="next" type="application/rss+xml" href={quoteattr(xml_text(context.following))}/>'
        title = escape(xml_text(context.title))
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<rss version="2.0" xmlns:atom="{_ATOM}" xmlns:dc="{_DUBLIN_CORE}"><channel>\n'
            f"<title>{title}</title><link>{escape(context.base)}/</link><description>{title}</description>"
            f"<lastBuildDate>{_rfc_822(context.at)}</lastBuildDate><generator>Parley</generator>{links}\n"
        ).encode()

    def rows(self, batch: RowBatch) -> bytes:
        return b"".join(tostring(self._item(row), "utf-8", xml_declaration=False) + b"\n" for row in batch.rows)

    def tail(self) -> bytes:
        return b"</channel></rss>\n"

    def _item(self, row: Mapping[str, Any]) -> Element:
        entry, item = self._entry(row), Element("item")

        def add(name: str, text: str, **attributes: str) -> None:
            element = SubElement(item, name, attributes)
            element.text = xml_text(text)

        add("title", entry.title)
        add("link", self._context.record_url(row))
        add("guid", entry_id(row, entry), isPermaLink="false")
        if published := published_at(entry.on):
            add("pubDate", _rfc_822(datetime.fromisoformat(published)))
        for author in filter(None, entry.authors):
            # Not `author`, because RSS requires an e-mail address there.
            add("dc:creator", author)
        for category in filter(None, entry.categories):
            add("category", category)
        add("description", entry.text or entry.title)
        if entry.related:
            SubElement(item, "atom:link", {"rel": "related", "href": xml_text(entry.related)})
        return item


def _rfc_822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


RSS = Format(
    name="rss",
    media_type="application/rss+xml",
    suffix="rss",
    offer="news",
    is_offer_optional=True,
    about="An RSS 2.0 feed with an item for each record, page by page. `pubDate` is the day of the event, if it is known to the day.",
    make=RssWriter,
    is_paged=True,
    takes_selection=False,
)
