"""What a read schema says about a field when its name alone does not: where the reader takes it from.

A scalar field is the column of its name, a nested model the to-one relationship of its name, a list of models the
to-many relationship of its name. These markers, put into `Annotated[...]`, say otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class From:
    """Take the field from this attribute: `From("sort_on")`, or across to-one relationships: `From("account.slug")`."""

    path: str


@dataclass(frozen=True, slots=True)
class Included:
    """A branch that comes only when `include=` asks for it: records of another collection, in their summary form.

    `by`: the filter of that collection which lists the same records, for `urls`. `about`: how many there usually
    are for one record, at the most; what an answer may cost is reckoned with it.
    """

    collection: str
    by: str | None = None
    about: int = 10


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression built by a function of (the record's alias, the request's context)."""

    build: Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of the record and of all that its summary mentions or includes, read off the schema."""


@dataclass(frozen=True, slots=True)
class DayOf:
    """The first (`min`) or last (`max`) possible day of the date that stands in the field of this name."""

    date: str
    end: str


@dataclass(frozen=True, slots=True)
class OnRequest:
    """The field comes only when `include=` names it; besides another marker, or alone."""
