"""JSON Feed 1.1: records as items of a feed."""

from collections.abc import Mapping
from typing import Any

from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.news import entry_id, entry_maker, instant_of, published_at
from app.reading.formats.sheet import RowBatch, compact


class JsonFeedWriter:
    """Writes the feed object with an item for each row."""

    def __init__(self, context: AnswerContext) -> None:
        self._sort_out = context
        self._entry = entry_maker(context)
        self._is_first = True

    def head(self) -> bytes:
        context = self._sort_out
        about = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": context.title,
            "home_page_url": f"{context.base}/",
            "feed_url": context.address,
            **({"next_url": context.following} if context.following else {}),
            "authors": [{"name": "Parley"}],
        }
        return (compact(about)[:-1] + ',"items":[').encode()

    def rows(self, batch: RowBatch) -> bytes:
        items = ",\n".join(compact(self._item(row)) for row in batch.rows)
        if not items:
            return b""
        before, self._is_first = ("\n" if self._is_first else ",\n"), False
        return (before + items).encode()

    def tail(self) -> bytes:
        return b"\n]}\n"

    def _item(self, row: Mapping[str, Any]) -> dict[str, Any]:
        entry = self._entry(row)
        item: dict[str, object] = {
            "id": entry_id(row, entry),
            "url": self._sort_out.record_url(row),
            "title": entry.title,
            "content_text": entry.text or entry.title,
            "date_modified": instant_of(row["updated_at"]),
        }
        if published := published_at(entry.on):
            item["date_published"] = published
        if authors := [{"name": name} for name in entry.authors if name]:
            item["authors"] = authors
        if tags := [tag for tag in entry.categories if tag]:
            item["tags"] = tags
        if entry.related:
            item["external_url"] = entry.related
        return item


FEED = Format(
    name="feed",
    media_type="application/feed+json",
    suffix="json",
    offer="news",
    is_offer_optional=True,
    about="A JSON Feed (1.1) with an item for each record, page by page.",
    make=JsonFeedWriter,
    is_paged=True,
    takes_selection=False,
)
