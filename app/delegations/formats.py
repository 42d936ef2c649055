"""Delegations and places in other forms: as news, on a map."""

from collections.abc import Mapping
from typing import Any

from app.delegations.read_schemas import DelegationSummary, PlaceSummary
from app.reading.formats.news import Entry


class DelegationAsNews(DelegationSummary):
    """A delegation with what a feed tells of it."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> Entry:
        people = [
            f"{member['person']['name']} ({member['function']})" if member["function"] else member["person"]["name"]
            for member in row["members"]
        ]
        return Entry(
            f"{row['party']['name']} at: {row['talk']['title']}",
            text=", ".join(people) or "Nobody is named.",
            on=row["talk"]["start"],
            authors=(row["party"]["name"],),
            categories=(row["process"]["title"], *row["roles"]),
        )


DELEGATION_OFFERS = {"news": DelegationAsNews}
#: A place has its point in its summary.
PLACE_OFFERS = {"point": PlaceSummary}
