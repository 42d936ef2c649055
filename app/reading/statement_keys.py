"""The shapes of statements: everything that decides the SQL text, and nothing that a value could change.

They are the keys of the cache of compiled statements.
"""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Date, Text, and_, cast, func, literal_column, or_, tuple_

from app.db.alias import mapper_of
from app.db.base import LAST
from app.reading.binding import Context
from app.reading.conditions import Condition
from app.reading.query import CountMode
from app.reading.selection import Selection

#: The key columns of a sort: attribute and whether it descends. The last one is always the id.
Order = tuple[tuple[str, bool], ...]

#: PostgreSQL plans a page of unknown size as a tenth of the table and sorts it whole. The statement therefore says
#: the next of these sizes as a literal, inside a limit that is bound.
SIZES = (11, 51, 501)


@dataclass(frozen=True)
class ListStatementKey:
    """The shape of a list's statement."""

    collection: str
    query: type[BaseModel]
    #: What the rows are made from: the summary, or a form's own schema.
    schema: type[BaseModel]
    bound: frozenset[str]
    variants: tuple[tuple[str, str], ...]
    selected: Any
    order: Order
    size: int
    count: CountMode
    has: tuple[str, ...]
    missing: tuple[str, ...]
    facets: tuple[str, ...]
    #: The tree itself; `selected` is its key.
    selection: Selection = field(compare=False)

    def __str__(self) -> str:
        """What was asked, without a value: for the log."""
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
    """The shape of a single record's statement."""

    collection: str
    schema: type[BaseModel]
    bound: frozenset[str]
    selected: Any
    selection: Selection = field(compare=False)

    def __str__(self) -> str:
        """What was asked, without a value: for the log."""
        return f"record={self.collection} include={','.join(self.selection.include) or '-'}"


def sort_keys(alias: Any, order: Order) -> list[Any]:
    """The expressions that a list is sorted by. What is unknown comes last, whichever way it is sorted."""
    return [_sort_key(alias, name, descends) for name, descends in order]


def _sort_key(alias: Any, name: str, descends: bool) -> Any:
    key, unknown = getattr(alias, name), unknown_of(alias, name, descends)
    return key if unknown is None else func.coalesce(key, unknown, type_=key.type)


def unknown_of(alias: Any, name: str, descends: bool) -> Any:
    """What stands for an unknown value in the order of a sort; None where the value is always known."""
    column = mapper_of(alias).columns.get(name)
    if column is not None and not column.nullable:
        return None
    key = getattr(alias, name)
    return literal_column(LAST["date" if isinstance(key.type, Date) else "integer"][descends], key.type)


def sort_directions(keys: list[Any], order: Order) -> list[Any]:
    return [key.desc() if descends else key.asc() for key, (_, descends) in zip(keys, order, strict=True)]


def after_cursor(order: Order, context: Context) -> Any:
    """The condition that a key lies after the cursor's: one comparison of rows where all go the same way."""

    def beyond(keys: list[Any]) -> Condition:
        given = [cast(context.parameter(f"cursor_{n}", Text()), key.type) for n, key in enumerate(keys)]
        directions = {descends for _, descends in order}
        if len(directions) == 1:
            row, limit = tuple_(*keys), tuple_(*given)
            return row < limit if directions.pop() else row > limit
        arms = []
        for n, (_, descends) in enumerate(order):
            step = keys[n] < given[n] if descends else keys[n] > given[n]
            arms.append(and_(*(keys[m] == given[m] for m in range(n)), step))
        return or_(*arms)

    return beyond
