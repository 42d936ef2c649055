"""Atom, JSON Feed and RSS: complete, well formed, and titles that can be read."""

import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from pydantic import BaseModel

from app.reading.formats.atom import ATOM
from app.reading.formats.json_feed import FEED
from app.reading.formats.news import shorten_text
from app.reading.formats.sheet import RowBatch
from app.registry import RESOURCES
from tests.reading.formats.told import ID, told

ATOM_NAME = "{http://www.w3.org/2005/Atom}"
NAMES = [collection.name for collection in RESOURCES]


@pytest.mark.parametrize("name", NAMES)
async def test_all_feeds_have_the_records_of_the_list(client: httpx.AsyncClient, name: str) -> None:
    rows = (await client.get(f"/v1/{name}?limit=20")).json()["data"]
    atom = ElementTree.fromstring((await client.get(f"/v1/{name}?format=atom&limit=20")).content)  # noqa: S314
    feed = (await client.get(f"/v1/{name}?format=feed&limit=20")).json()
    ids = [f"urn:uuid:{row['id']}" for row in rows]
    assert [entry.findtext(ATOM_NAME + "id") for entry in atom.iter(ATOM_NAME + "entry")] == ids
    assert [item["id"] for item in feed["items"]] == ids
    rss = await client.get(f"/v1/{name}?format=rss&limit=20")
    assert rss.headers["content-type"].startswith("application/rss+xml")
    (channel,) = ElementTree.fromstring(rss.content)  # noqa: S314
    assert channel.findtext("title") == feed["title"] and channel.findtext("link") and channel.findtext("description")
    parsedate_to_datetime(channel.findtext("lastBuildDate") or "")
    for element, item in zip(channel.findall("item"), feed["items"], strict=True):
        said = [element.findtext(name) for name in ("guid", "title", "link", "description")]
        assert said == [item["id"], item["title"], item["url"], item["content_text"]]
        published = element.findtext("pubDate")
        assert (published and parsedate_to_datetime(published)) == (
            ("date_published" in item and datetime.fromisoformat(item["date_published"])) or None
        )
        creators = [creator.text for creator in element.iter("{http://purl.org/dc/elements/1.1/}creator")]
        assert creators == [author["name"] for author in item.get("authors", ())]
        assert [tag.text for tag in element.findall("category")] == item.get("tags", [])
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["title"] and feed["feed_url"]
    for required in ("id", "title", "updated"):
        assert atom.findtext(ATOM_NAME + required)
    for entry, item, row in zip(atom.iter(ATOM_NAME + "entry"), feed["items"], rows, strict=True):
        title, updated = entry.findtext(ATOM_NAME + "title"), entry.findtext(ATOM_NAME + "updated")
        assert title == item["title"] and 0 < len(title or "") <= 200
        assert datetime.fromisoformat(updated or "").replace(microsecond=0) == datetime.fromisoformat(
            row["updated_at"]
        ).replace(microsecond=0)
        address = f"http://parley.test/v1/{name}/{row['slug']}"
        assert item["url"] == address == next(iter(entry.iter(ATOM_NAME + "link"))).get("href")
        assert item["content_text"] == entry.findtext(ATOM_NAME + "summary")


async def test_responses_read_as_sentences(client: httpx.AsyncClient) -> None:
    address = "/v1/responses?proposal=russian-memorandum-2025-06-02&responder=ukraine&format=feed"
    items = (await client.get(address)).json()["items"]
    (whole,) = [item for item in items if item["url"].endswith("/russian-memorandum-2025-06-02-ukraine-2025-06-04")]
    assert whole["title"] == (
        "Ukraine rejected: Russian memorandum: proposals on the settlement of the Ukrainian crisis"
    )
    assert whole["date_published"] == "2025-06-04T00:00:00Z"


async def test_pages_of_a_feed_follow_each_other_to_the_end(client: httpx.AsyncClient) -> None:
    address: str | None = "http://parley.test/v1/parties?format=feed&limit=20"
    ids: list[str] = []
    while address:
        feed = (await client.get(address)).json()
        ids += [item["id"] for item in feed["items"]]
        address = feed.get("next_url")
    everyone = (await client.get("/v1/parties?limit=500")).json()["data"]
    assert ids == [f"urn:uuid:{row['id']}" for row in everyone]


class Plain(BaseModel):
    id: str
    slug: str
    title: str
    updated_at: str


def row(**values: Any) -> str:
    return json.dumps({"id": ID, "slug": "a", "title": "A", "updated_at": "2026-11-23T12:00:00.5+02:00", **values})


def test_no_sign_breaks_the_xml() -> None:
    title = "<b>&\"'\u0001\u001b\ufffe ]]> \U0001f54a"
    ending = ATOM.make(told("things", Plain, title=title, address='http://x/?a=1&b="<\u0002'))
    feed = ElementTree.fromstring(ending.head() + ending.rows(RowBatch([row(title=title)])) + ending.tail())  # noqa: S314
    clean = "<b>&\"' ]]> \U0001f54a"
    assert feed.findtext(ATOM_NAME + "title") == clean
    entry = feed.find(ATOM_NAME + "entry")
    assert entry is not None
    assert entry.findtext(ATOM_NAME + "title") == clean
    assert entry.findtext(ATOM_NAME + "updated") == "2026-11-23T10:00:00Z"


def test_a_feed_without_news_is_a_feed() -> None:
    atom, feed = ATOM.make(told("things", Plain)), FEED.make(told("things", Plain, following="http://x/2"))
    ElementTree.fromstring(atom.head() + atom.rows(RowBatch([])) + atom.tail())  # noqa: S314
    assert json.loads(feed.head() + feed.rows(RowBatch([])) + feed.tail())["next_url"] == "http://x/2"


def test_a_long_title_is_cut_between_words() -> None:
    assert shorten_text("short  and\nplain") == "short and plain"
    cut = shorten_text("word, " * 60)
    assert len(cut) <= 140 and cut.endswith("word…")
