"""Declarations of the searched collections."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Date, Text, case, cast, func, literal_column, null

from app.db.alias import Columns, Expression
from app.db.base import Base, Record
from app.reading.read_spec import ReadSpec
from app.reading.search_spec import SearchSpec

#: Maximum number of records ranked per collection. Ranking more would not improve a page, and the limit keeps searches
#: for common words fast.
RANKED = 200
#: Words are common if at least this share of the newest records contain them. For common words, the newest matches are
#: ranked, because the index would have to list all matches (36 ms for a word in 340,000 demands). At this share, both
#: ways to find 200 records take equally long: through 5,000 of the newest records, or through 20,000 entries of the
#: index.
COMMON = 0.04
#: Number of the newest records that are scanned for common words.
WALKED = 20_000
#: With fewer hits than this, titles with a similar spelling are included.
FEW = 3
#: Stored date of records whose date is unknown.
NEVER = "DATE '0001-01-01'"


#: Defined here, because inside `Searched` the name `type` is an attribute.
_Model = type[Record]
_Names = type[Base]


@dataclass(frozen=True, slots=True)
class Searched:
    """A searched collection."""

    type: str
    model: _Model
    spec: SearchSpec

    @property
    def names(self) -> _Names | None:
        """The table of further names; None if there is none."""
        return self.spec.names

    def day(self, record: Columns) -> Expression:
        """The date that a hit shows."""
        columns = [getattr(record, name) for name in self.spec.day]
        if not columns:
            return cast(null(), Text)
        first = columns[0] if len(columns) == 1 else func.coalesce(*columns)
        if isinstance(first.type, Date):
            return case((first != literal_column(NEVER, Date), func.parley_iso_day(first, type_=Text)))
        return first


def searched_collections(collections: Mapping[str, ReadSpec]) -> tuple[Searched, ...]:
    """The collections that declare how they are searched, in the order of the registry."""
    return tuple(Searched(one.name, one.model, one.search) for one in collections.values() if one.search is not None)
