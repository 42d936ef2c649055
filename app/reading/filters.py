"""Markers that declare the filters of query models: `kind: Annotated[..., Equal()]`.

Each marker turns the values of one parameter into one condition on an alias of the record's table. Values are bound,
never written into the SQL text: the statement key contains only which parameters are present. A path is a dotted
sequence of relationships that ends in a column: `"delegations.party_id"`.

For each filter with several values the query model derives `<name>.none`, whose marker has `is_none` set: it finds
exactly the records that the filter does not find (`app.reading.derived_filters`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement

from app.db.alias import Columns, Expression
from app.db.base import Base

if TYPE_CHECKING:
    from app.reading.binding import Context

#: Builds a condition on a record from (alias, bound value, context).
FilterCondition = Callable[[Columns, Expression, "Context"], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Equal:
    """The column has one of the values. `column`: a column or path; default: the name of the parameter.

    `names`: the table and column with the existing values. If the query finds no records, a value that does not occur
    there is reported as an error. `schemes`: the table with the existing schemes, for values of the form
    `scheme:value`; unknown schemes are reported in the same way.
    `looked_up`: see `To`.
    """

    column: str | None = None
    names: tuple[str, str] | None = None
    schemes: str | None = None
    looked_up: bool = False
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """The boolean column has the value. `is_nullable`: the column may be null, and the filter accepts the value
    `null`."""

    column: str | None = None
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The array column contains one of the values or, with `every`, all of them. `looked_up`: see `To`. `labels`: pairs of
    value and label, which facets show."""

    column: str | None = None
    every: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    looked_up: bool = False
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """The JSON list column contains an object whose `key` has one of the values, for example `Listed("caveats",
    "basis")`."""

    column: str
    key: str
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """The number in the column is at least (`from`) or at most (`to`) the value."""

    column: str
    bound: Literal["from", "to"]


@dataclass(frozen=True, slots=True)
class Ranged:
    """The EDTF date in the column may be on or after (`from`) or on or before (`to`) the day. An uncertain date
    matches if one of its possible days matches."""

    column: str
    bound: Literal["from", "to"]


@dataclass(frozen=True, slots=True)
class Days:
    """The range of days on which the event of a record may have happened.

    `first` and `last`: date columns of the record, or of one record that it refers to. The first non-null column is
    used; if all columns are null, that side is open. `sort_on` can be used as the first day, because for an unknown
    date it is earlier than every date.
    """

    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class To:
    """The record refers to one of the named records of `collection`.

    `path`: ends in the column with the id; several paths are alternatives. `below`: descendants of the named records
    match too (processes, places, issues). `members`: members of a named coalition match too; `blocs`: coalitions of a named
    party match too. With `during`, both only if the membership may have overlapped the days of the record. `every`: the record must refer to all named records.
    `where`: further conditions on the row with the id column, for example `(("is_seated", True),)`.
    `newest`: (table, id column, roles) of an index on the id and the date, which lists the keys of a page in order. The
    list reads the top of this index for each named record instead of sorting all matches (`app.reading.index_pages`).
    `looked_up`: the path leads through rows of other tables. If few of them match, the list starts from those rows
    (`app.reading.rare_values`). For a column of the record, the same holds for the matches in its index.
    """

    collection: str
    path: str | tuple[str, ...]
    below: bool = False
    members: bool = False
    blocs: bool = False
    during: Days | None = None
    every: bool = False
    where: tuple[tuple[str, object], ...] = ()
    newest: tuple[str, str, tuple[str, ...] | None] | None = None
    looked_up: bool = False
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """An index that lists the keys of a page in order, for each value of a filter.

    `table`: the indexed table, which has a row with a copy of `sort_on` for each record and value. `owner` and `value`:
    the columns of this table with the id of the record and the value. `conditions`: a function of (alias of the table,
    context) that returns further conditions.
    `variant`: a parameter and its variant; only statements with this variant can use the index.
    """

    table: type[Base]
    owner: str
    value: str
    conditions: "Callable[[Columns, Context], list[ColumnElement[bool]]]"
    variant: tuple[str, str]
    #: For a boolean filter: the values that are treated as true.
    flagged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A condition that the collection builds itself, with a function of (alias, bound value, context).

    `vary`: returns the variant for a value, if the value decides which SQL is built. The variant is part of the statement
    key and is passed to the function as `context.variants[parameter]`. `names`: as for `Equal`, but checked only for the variant `named`.
    `addresses`: whether the values have the form `collection/key` and must identify existing records.
    """

    build: "FilterCondition"
    vary: Callable[..., str] | None = None
    names: tuple[str, str] | None = None
    addresses: bool = False
    #: For filters that `facets=` counts: the value of a record, as an expression of (alias, context).
    facet: "Callable[[Columns, Context], Expression] | None" = None
    #: For filters that accept `null` although `facets=` does not count them: whether a record has a value, as a condition
    #: of (alias, context).
    has_value: "Callable[[Columns, Context], ColumnElement[bool]] | None" = None
    #: An index that lists the newest records for each value.
    lead: Lead | None = None
    #: The same condition in a form that can use an index. The index finds all matches, but not in the order of the
    #: list. It is used if there are few matches (`app.reading.rare_values`), and in statements that read all matches.
    lookup: "FilterCondition | None" = None
    #: If `lookup` is a condition on rows inside the record: their relationship, and the condition on an alias of these rows.
    #: The rows that match are then read until there are too many.
    looked_up_rows: "tuple[str, FilterCondition] | None" = None
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """The parameter is not a filter. Computed fields read its value with `context.option(name)`."""


FILTERS = (Equal, Flag, Overlaps, Listed, Ranged, Between, To, Built, Option)
Filter = Equal | Flag | Overlaps | Listed | Ranged | Between | To | Built
