"""Markers for fields of read schemas: where the value of a field comes from.

By default a scalar field is the column of the same name, a nested model the to-one relationship, and a list of models
the to-many relationship. Markers inside `Annotated[...]` override that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.db.alias import Columns, Expression

if TYPE_CHECKING:
    from app.reading.binding import Context


@dataclass(frozen=True, slots=True)
class From:
    """The field is read from this attribute, or through to-one relationships: `From("sort_on")`, `From("account.slug")`."""

    path: str


@dataclass(frozen=True, slots=True)
class Included:
    """A branch that is returned only if `include=` names it: summaries of records of another collection.

    `by`: the filter with which a list of that collection contains the records of the branch; `urls` links to this list.
    `about`: a high estimate of the number of records in the branch, for the cost of an answer.
    """

    collection: str
    by: str | None = None
    about: int = 10


@dataclass(frozen=True, slots=True)
class Computed:
    """The field is an expression built by a function of (alias of the record, context)."""

    build: "Callable[[Columns, Context], Expression]"


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of the record and of the records that its summary mentions or includes. They follow from the schema."""


@dataclass(frozen=True, slots=True)
class DayOf:
    """The first (`min`) or last (`max`) possible day of the date in the field `date`."""

    date: str
    end: str


@dataclass(frozen=True, slots=True)
class OnRequest:
    """The field is returned only if `include=` or `fields=` names it. Can be combined with other markers."""
