"""The kinds of filter. A query model declares which of its parameters is which: `kind: Annotated[..., Equal()]`.

Each kind turns the values of one parameter into one condition on the record's alias. Values are bound, never put
into the SQL text: the statement's shape depends only on which parameters are there. Paths are dotted names of
relationships and, at the end, a column: `"delegations.party_id"`.

From each filter that takes several values the query model derives a second one, `<name>.none`, whose marker has `is_none`:
it finds exactly the records that the first does not find (`app.reading.derived_filters`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Equal:
    """The column is one of the values (`column`, or a path, defaults to the parameter's name).

    `names`: table and column that must have each value; a list that found nothing is then looked at once more for a
    slip of the hand. `schemes`: the same for values that are `scheme:value`: the table whose `scheme` one must be.
    `looked_up`: as with `To`.
    """

    column: str | None = None
    names: tuple[str, str] | None = None
    schemes: str | None = None
    looked_up: bool = False
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """The boolean column is true, or false; `is_nullable`: or neither, which `null` asks for."""

    column: str | None = None
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The array column holds one of the values; with `every`, all of them. `looked_up`: as with `To`."""

    column: str | None = None
    every: bool = False
    looked_up: bool = False
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A JSON list column has an object whose `key` is one of the values: `Listed("caveats", "basis")`."""

    column: str
    key: str
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """The number in the column is at least (`from`), or at most (`to`) the value."""

    column: str
    bound: Literal["from", "to"]


@dataclass(frozen=True, slots=True)
class Ranged:
    """The EDTF column may lie on or after (`from`), or on or before (`to`) the day: uncertain dates match if they can."""

    column: str
    bound: Literal["from", "to"]


@dataclass(frozen=True, slots=True)
class Days:
    """The days on which what a record tells of may have happened: date columns, or paths to them over one record.

    Of several columns the first that is not null counts; where all are null, that side is open. `sort_on` may stand for
    the first day: where that is unknown it lies before all others.
    """

    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class To:
    """The record is tied to one of the named records of `collection`.

    `path` leads to the id column; several paths are alternatives. `below`: what lies below a named record counts too
    (processes, places, issues). `members`: a coalition's members count too; with `during`, only where the membership may
    have lasted on one of the record's days. `every`: tied to all of the named ones.
    `where`: what else must hold on the record that has the id column: `(("is_seated", True),)`.
    `newest`: (table, id column, roles): an index on that id and the date gives the page's keys in order; the list
    then reads the top of that index for each wanted id instead of sorting all that match.
    `looked_up`: the path leads over rows that name the record; where they are few, the list starts from them
    (`reading.rare`).
    """

    collection: str
    path: str | tuple[str, ...]
    below: bool = False
    members: bool = False
    during: Days | None = None
    every: bool = False
    where: tuple[tuple[str, Any], ...] = ()
    newest: tuple[str, str, tuple[str, ...] | None] | None = None
    looked_up: bool = False
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """An index that has the page's keys in the page's order for each value of a filter.

    `table` holds for each record (`owner`: the column of its id) and value (`value`: the column) a copy of the record's
    `sort_on`; `conditions` says of an alias of it and the context what else must hold. It can be used only by the
    statement of this `variant` (parameter, word).
    """

    table: type[Any]
    owner: str
    value: str
    conditions: Callable[[Any, Any], list[Any]]
    variant: tuple[str, str]
    #: Of a flag: the values for which it is true.
    flagged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A condition of the collection's own: a function of (alias, bound value, context).

    `vary` turns the value into a word that belongs to the statement's shape (`context.variants[parameter]`), where
    the value decides which SQL is built and not only what is compared. `names`: as with
    `Equal`, where the variant is `named`. `addresses`: the values are `collection/key`, and must lead to a record.
    """

    build: Callable[[Any, Any, Any], Any]
    vary: Callable[[Any], str] | None = None
    names: tuple[str, str] | None = None
    addresses: bool = False
    #: The value of a record, as an expression of (alias, context), where `facets=` may count it.
    facet: Callable[[Any, Any], Any] | None = None
    #: Whether a record has any value, as a condition of (alias, context), where `null` asks for those without and `facets=`
    #: does not count it.
    has_value: Callable[[Any, Any], Any] | None = None
    #: An index that finds the newest records with a value.
    lead: Lead | None = None
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """No filter: a value that computed fields read as `context.option(name)`."""


FILTERS = (Equal, Flag, Overlaps, Listed, Ranged, Between, To, Built, Option)
