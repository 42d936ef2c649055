"""Statement keys: everything that decides the SQL text of a statement, but no value of a request.

Compiled statements are cached under these keys (`app.reading.statement_cache`).
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Date, Text, UnaryExpression, and_, cast, func, literal_column, or_, tuple_

from app.db.alias import Columns, Expression, mapper_of
from app.db.columns import LAST
from app.reading.binding import Context
from app.reading.conditions import Condition
from app.reading.query import CountMode
from app.reading.selection import Selection

#: The sort keys: attribute, and whether the order is descending. The last sort key is always the id.
Order = tuple[tuple[str, bool], ...]

#: For a page of unknown size, PostgreSQL estimates a tenth of the table and sorts it completely. The statement
#: therefore first limits the keys to the next larger size in this list, written as a literal, and then applies the
#: bound limit.
SIZES = (11, 51, 501)


@dataclass(frozen=True)
class ListStatementKey:
    """The key of the statement of a list."""

    collection: str
    query: type[BaseModel]
    #: The schema of the rows: the summary, or the schema for a format.
    schema: type[BaseModel]
    bound: frozenset[str]
    variants: tuple[tuple[str, str], ...]
    selected: Hashable
    order: Order
    size: int
    count: CountMode
    has: tuple[str, ...]
    missing: tuple[str, ...]
    facets: tuple[str, ...]
    #: The selection; `selected` is its key.
    selection: Selection = field(compare=False)

    def __str__(self) -> str:
        """The text for the log; it contains no values."""
        parts = [f"list={self.collection}", f"parameters={','.join(sorted(self.bound)) or '-'}"]
        if self.selection.include:
            parts.append(f"include={','.join(self.selection.include)}")
        parts.append("sort=" + ",".join(("-" if descends else "") + name for name, descends in self.order))
        for name in ("has", "missing", "facets"):
            if getattr(self, name):
                parts.append(f"{name}={','.join(getattr(self, name))}")
        return " ".join(parts)


@dataclass(frozen=True)
class RecordStatementKey:
    """The key of the statement of a single record."""

    collection: str
    schema: type[BaseModel]
    bound: frozenset[str]
    selected: Hashable
    selection: Selection = field(compare=False)

    def __str__(self) -> str:
        """The text for the log; it contains no values."""
        return f"record={self.collection} include={','.join(self.selection.include) or '-'}"


def sort_keys(alias: Columns, order: Order) -> list[Expression]:
    """The expressions by which a list is sorted. Unknown values come last in both directions."""
    return [_sort_key(alias, name, descends) for name, descends in order]


def _sort_key(alias: Columns, name: str, descends: bool) -> Expression:
    key, unknown = getattr(alias, name), unknown_of(alias, name, descends)
    return key if unknown is None else func.coalesce(key, unknown, type_=key.type)


def unknown_of(alias: Columns, name: str, descends: bool) -> Expression | None:
    """The literal that replaces null in a sort; None if the column has no nulls."""
    mapper = mapper_of(alias)
    column = mapper.columns.get(name)
    if (column is not None and not column.nullable) or name in mapper.class_.__within_day__:
        return None
    key = getattr(alias, name)
    return literal_column(LAST["date" if isinstance(key.type, Date) else "integer"][descends], key.type)


def sort_directions(keys: Sequence[Expression], order: Order) -> list[UnaryExpression[Any]]:
    """The sort keys with their directions, for ORDER BY."""
    return [key.desc() if descends else key.asc() for key, (_, descends) in zip(keys, order, strict=True)]


def after_cursor(order: Order, context: Context) -> Callable[[Sequence[Expression]], Condition]:
    """Return a function that takes sort keys and builds the condition that they come after the cursor. If all
    directions are the same, the condition is a single row comparison."""

    def condition_after(keys: Sequence[Expression]) -> Condition:
        cursor_values = [cast(context.parameter(f"cursor_{n}", Text()), key.type) for n, key in enumerate(keys)]
        directions = {descends for _, descends in order}
        if len(directions) == 1:
            row, limit = tuple_(*keys), tuple_(*cursor_values)
            return row < limit if directions.pop() else row > limit
        arms = []
        for n, (_, descends) in enumerate(order):
            step = keys[n] < cursor_values[n] if descends else keys[n] > cursor_values[n]
            arms.append(and_(*(keys[m] == cursor_values[m] for m in range(n)), step))
        return or_(*arms)

    return condition_after
