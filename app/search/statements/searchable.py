"""Declarations of the searched collections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Text, case, cast, func, literal_column, null

from app.db.tables import RECORDS, actors
from app.search.filters import SearchedType

#: Maximum number of records ranked per collection. More would not improve a page; with this limit, common words are not slower.
RANKED = 200
#: Words are common if at least this share of the newest records contain them. Then the newest matches are ranked instead of those
#: from the index, which would have to list all of them (36 ms for a word in 340,000 demands). At this share, both ways to find 200
#: records take equally long: through 5,000 of the newest records, or through 20,000 entries of the index.
COMMON = 0.04
#: Number of the newest records that are scanned for common words.
WALKED = 20_000
#: With fewer hits than this, titles with a similar spelling are included.
FEW = 3
#: Stored date of records whose date is unknown.
NEVER = "DATE '0001-01-01'"


@dataclass(frozen=True, slots=True)
class Searched:
    """A searched collection."""

    type: SearchedType
    #: Builds the date that a hit shows.
    day: Callable[[Any], Any]
    #: Whether it may have very many records. Such a table has an index on `sort_on`.
    is_large: bool = False
    #: Path of relationships to the parties that a hit shows.
    parties: str | None = None

    @property
    def model(self) -> Any:
        return RECORDS[self.type]

    @property
    def names(self) -> Any:
        """The table of further names; None if there is none."""
        return _NAMES.get(self.type)


_NAMES = {
    SearchedType.PARTIES: actors.PartyName,
    SearchedType.PEOPLE: actors.PersonName,
    SearchedType.PLACES: actors.PlaceName,
}


def _sorted_on(record: Any) -> Any:
    """The date of the proposal, of which its demands have a copy."""
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
