"""How the search reads a collection; each package declares its own, as part of the `ReadSpec`."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from app.db.alias import Columns, Expression
from app.db.base import Base


@dataclass(frozen=True)
class SearchSpec:
    """What the search must know about a collection besides its model. The attributes `__search__` and `__spelt__` of
    the model define which words are searched."""

    #: Columns with the date that a hit shows; the first non-null column is used.
    day: tuple[str, ...] = ()
    #: Whether there may be very many records. Such a table has an index on `sort_on`.
    is_large: bool = False
    #: Path of relationships to the parties that a hit shows, and a boolean column of the path's first table that must
    #: be true.
    parties: str | None = None
    parties_if: str | None = None
    #: The table of further names.
    names: type[Base] | None = None
    #: A boolean column; with `account=reference` only records in which it is true are searched.
    reference: str | None = None
    #: What else the filter `lang` matches: a column with a list of languages, or a condition (record, languages).
    languages: str | Callable[[Columns, Expression], ColumnElement[bool]] | None = None
