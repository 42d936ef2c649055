"""What the reader must know of a collection. Each room declares its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement

from app.db.base import Record
from app.reading.long_tables import Rows
from app.reading.query import DetailQuery, ListQuery
from app.reading.row_schema import row_of
from app.reading.search_spec import SearchSpec
from app.reading.selection import WHOLE

#: A path whose presence is asked for, or a condition of the collection's own.
Presence = str | Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class ReadSpec:
    """A collection as the reader sees it: table, schemas, orders, what `has=` and `missing=` take."""

    name: str
    model: type[Record]
    summary: type[BaseModel]
    detail: type[BaseModel]
    query: type[ListQuery]
    #: Public name → column without nulls; the id is always added at the end.
    sorts: Mapping[str, str]
    default_sort: str
    presence: Mapping[str, Presence] = field(default_factory=dict)
    #: What a single record of it takes: options of computed fields, besides `include` and `fields`.
    detail_query: type[DetailQuery] = DetailQuery
    #: Query fields that the answer repeats: which account was read, on which day the state is derived.
    echo: tuple[str, ...] = ()
    #: Another default order where one of these parameters is given: ("proposal", "account") → "position".
    sort_where: tuple[tuple[str, ...], str] | None = None
    #: What its rows offer to formats that need columns of their own: `event`, `point`, `news`, `reference` → the schema
    #: of such a row (`app.reading.formats.format.Format.offer`).
    offers: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    #: Long tables, by the name that `rows=` takes: a row for each entry of a list of theirs.
    rows: Mapping[str, Rows] = field(default_factory=dict)
    #: Filters with which `id=` finds every record: those of a list that keeps some back by default.
    everything: Mapping[str, Any] = field(default_factory=dict)
    #: How `/v1/search` searches it; None = it does not.
    search: SearchSpec | None = None

    @cached_property
    def row(self) -> type[BaseModel]:
        """The schema of a row in lists, with all that `fields=` and `include=` reach."""
        return row_of(self.summary, self.detail)

    def row_with(self, fields: Sequence[str] | None) -> type[BaseModel]:
        """The schema of the rows of a list for which these fields are asked: with `*`, that of the record read alone."""
        return self.detail if fields and WHOLE in fields else self.row
