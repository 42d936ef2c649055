"""Delegations and places in other formats: feeds and GeoJSON."""

from collections.abc import Mapping
from typing import Any

from app.delegations.read_schemas import DelegationSummary, PlaceSummary
from app.reading.formats.news import FeedEntry


class DelegationAsNews(DelegationSummary):
    """A delegation as an entry of a feed."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        people = [
            f"{member['person']['name']} ({member['function']})" if member["function"] else member["person"]["name"]
            for member in row["members"]
        ]
        return FeedEntry(
            f"{row['party']['name']} at: {row['talk']['title']}",
            text=", ".join(people) or "Nobody is named.",
            on=row["talk"]["start"],
            authors=(row["party"]["name"],),
            categories=(row["process"]["title"], *row["roles"]),
        )


DELEGATION_OFFERS = {"news": DelegationAsNews}
#: The summary schema of a place already has the coordinates that GeoJSON needs.
PLACE_OFFERS = {"point": PlaceSummary}
