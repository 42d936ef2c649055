"""Markers for fields of read schemas: where the value of a field comes from.

By default, a scalar field is read from the column of the same name, a nested model from the to-one relationship of that
name, and a list of models from the to-many relationship of that name. Markers inside `Annotated[...]` override that.
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

    `by`: the filter of that collection that finds the records of the branch; `urls` links to the filtered list.
    `about`: a high estimate of the number of records in the branch. The cost of an answer is computed from this
    estimate.
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
    """The URLs of the record and of the records that its summary mentions or includes. They are derived from the
    schema."""


@dataclass(frozen=True, slots=True)
class DayOf:
    """The first (`min`) or last (`max`) possible day of the date in the field `date`."""

    date: str
    end: str


@dataclass(frozen=True, slots=True)
class AsJson:
    """A list inside the objects of a list. In tables it is one column of JSON text, so that the other fields of the objects
    keep columns of their own."""


@dataclass(frozen=True, slots=True)
class OnRequest:
    """The field is returned only if `include=` or `fields=` names it. Can be combined with other markers."""
