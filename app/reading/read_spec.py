"""The declaration of how a collection is read. Each domain package declares its own collections."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement

from app.db.alias import Columns
from app.db.base import Record
from app.reading.long_tables import LongTableRows
from app.reading.query import DetailQuery, ListQuery
from app.reading.row_schema import row_of
from app.reading.search_spec import SearchSpec
from app.reading.selection import WHOLE

#: A rule for `has=`: the path that must have a value, or a function that returns the condition for an alias.
Presence = str | Callable[[Columns], ColumnElement[bool]]


@dataclass(frozen=True)
class ReadSpec:
    """How a collection is read: table, schemas, filters, sort keys, presence rules, offers to formats."""

    name: str
    model: type[Record]
    summary: type[BaseModel]
    detail: type[BaseModel]
    query: type[ListQuery]
    #: Name in `sort=` → column without nulls. The id is always the last sort key.
    sorts: Mapping[str, str]
    default_sort: str
    #: Names that `has=` and `missing=` accept besides columns, relationships and facets.
    presence: Mapping[str, Presence] = field(default_factory=dict)
    #: The query model of a single record: `include`, `fields`, and options of computed fields.
    detail_query: type[DetailQuery] = DetailQuery
    #: Query parameters that the answer repeats, such as the account that was read or the day of a derived state.
    echo: tuple[str, ...] = ()
    #: Parameters that change the default order, and the new default order, for example ("proposal", "account") →
    #: "position".
    sort_where: tuple[tuple[str, ...], str] | None = None
    #: Offer (`event`, `point`, `news`, `reference`) → schema of the rows, for formats that require this offer
    #: (`app.reading.formats.format.Format.offer`).
    offers: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    #: Name in `rows=` → long table, with one row for each entry of a list.
    rows: Mapping[str, LongTableRows] = field(default_factory=dict)
    #: Filters with which a list returns every record, if the list omits some records by default.
    everything: Mapping[str, Any] = field(default_factory=dict)
    #: How `/v1/search` searches the collection; None = the collection is not searched.
    search: SearchSpec | None = None

    @cached_property
    def row(self) -> type[BaseModel]:
        """The schema of a row in lists, with all fields that `fields=` and `include=` can add."""
        return row_of(self.summary, self.detail)

    def row_with(self, fields: Sequence[str] | None) -> type[BaseModel]:
        """The schema of the rows of a list with these `fields=`. With `*`, it is the schema of a single record."""
        return self.detail if fields and WHOLE in fields else self.row
