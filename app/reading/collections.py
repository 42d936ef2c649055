"""What the reader must know of a collection. Each room declares its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement

from app.db.base import Record
from app.reading.query import DetailQuery, ListQuery
from app.reading.rows import Rows

#: A path whose presence is asked for, or a condition of the collection's own.
Presence = str | Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Readable:
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
    #: Forms that need columns of their own: the form's name → the schema of its rows.
    forms: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    #: Long tables, by the name that `rows=` takes: a row for each entry of a list of theirs.
    rows: Mapping[str, Rows] = field(default_factory=dict)
    #: Filters with which `id=` finds every record: those of a list that keeps some back by default.
    everything: Mapping[str, Any] = field(default_factory=dict)
