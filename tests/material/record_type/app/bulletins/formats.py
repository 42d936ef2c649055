"""Bulletins as news."""

from collections.abc import Mapping
from typing import Any

from app.bulletins.read_schemas import BulletinSummary
from app.reading.formats.news import FeedEntry


class BulletinAsNews(BulletinSummary):
    """A bulletin in a feed."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        return FeedEntry(row["title"], on=row["issued_on"], categories=(row["process"]["title"],))


BULLETIN_OFFERS = {"news": BulletinAsNews}
