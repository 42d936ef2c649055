"""What is searched, by declaration: of each collection the day that a hit shows, and whether it may be a large one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Text, case, cast, func, literal_column, null

from app.db.tables import RECORDS, actors
from app.search.filters import SearchedType

#: Of each collection so many records are ranked at most. More make no better page, and a common word none slower.
RANKED = 200
#: Where such a share of the newest records hold the words, the words are common, and the newest that hold them are
#: ranked. The index would have to list every one (36 ms for a word in 340,000 demands). At this share both ways to 200
#: records take as long: 5,000 of the newest, or 20,000 places in the index.
COMMON = 0.04
#: Of a common word the newest are sought among so many.
WALKED = 20_000
#: Fewer hits than that, and titles that are only spelt alike are shown too.
FEW = 3
#: Day of the records whose day is unknown.
NEVER = "DATE '0001-01-01'"


@dataclass(frozen=True, slots=True)
class Searched:
    """A collection as a search sees it."""

    type: SearchedType
    day: Callable[[Any], Any]
    #: May hold very many records, in an index by `sort_on`.
    is_large: bool = False
    #: The way to the parties that a hit shows.
    parties: str | None = None

    @property
    def model(self) -> Any:
        return RECORDS[self.type]

    @property
    def names(self) -> Any:
        """The table of its names, besides the one in the record."""
        return _NAMES.get(self.type)


_NAMES = {
    SearchedType.PARTIES: actors.PartyName,
    SearchedType.PEOPLE: actors.PersonName,
    SearchedType.PLACES: actors.PlaceName,
}


def _sorted_on(record: Any) -> Any:
    """The proposal's day, which its demands hold a copy of."""
    return case((record.sort_on > literal_column(NEVER, Date), cast(record.sort_on, Text)))


def _none(record: Any) -> Any:
    return cast(null(), Text)


SEARCHED = (
    Searched(SearchedType.PROCESSES, lambda r: r.started, parties="negotiating.party"),
    Searched(SearchedType.TALKS, lambda r: r.start, is_large=True, parties="delegations.party"),
    Searched(
        SearchedType.PROPOSALS, lambda r: func.coalesce(r.tabled_on, r.document_date), is_large=True, parties="authors"
    ),
    Searched(SearchedType.DEMANDS, _sorted_on, is_large=True, parties="claimants"),
    Searched(SearchedType.RESPONSES, lambda r: r.said_on, is_large=True, parties="responder"),
    Searched(SearchedType.AGREEMENTS, lambda r: func.coalesce(r.agreed_on, r.announced_on), parties="parties"),
    Searched(SearchedType.ASSESSMENTS, lambda r: r.said_on, parties="by"),
    Searched(SearchedType.PARTIES, _none),
    Searched(SearchedType.PEOPLE, _none, parties="party"),
    Searched(SearchedType.PLACES, _none),
    Searched(SearchedType.ISSUES, _none),
    Searched(SearchedType.SOURCES, lambda r: r.published),
)
