"""Many rows at once: COPY on the writer's own connection, in its own transaction.

An INSERT of many rows is sent row by row, and PostgreSQL plans, checks and answers each. COPY is one stream. Triggers,
defaults, constraints and generated columns work as with INSERT.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ARRAY, Boolean, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

Values = dict[str, Any]
_Bind = Callable[[Any], Any]

#: Rows from which on COPY is used: it first asks for the columns' types, which a few rows do not repay.
FEW = 20


@lru_cache(maxsize=512)
def _binds(table: Table, columns: tuple[str, ...], dialect: Any) -> tuple[tuple[int, _Bind], ...]:
    """Places of the columns whose values are sent in another form (JSON as text), with what makes it."""
    found: list[tuple[int, _Bind]] = []
    for place, name in enumerate(columns):
        kind = table.c[name].type
        if isinstance(kind, Boolean) or (
            isinstance(kind, ARRAY) and kind.item_type.dialect_impl(dialect).bind_processor(dialect) is None
        ):
            # The driver takes lists and truth values as they are.
            continue
        bind = kind.dialect_impl(dialect).bind_processor(dialect)
        if bind is not None:
            found.append((place, _as_json(bind) if isinstance(kind, JSONB) else bind))
    return tuple(found)


async def copy(connection: AsyncConnection, table: Table, rows: Sequence[Values], *, into: str | None = None) -> None:
    """Append rows that name the same columns to the table, or to another one of the same columns."""
    columns = tuple(rows[0])
    binds = _binds(table, columns, connection.dialect)
    values = _getter(columns)
    records = [_bound(values(row), binds) for row in rows] if binds else list(map(values, rows))
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.copy_records_to_table(into or table.name, records=records, columns=columns)


def _getter(columns: tuple[str, ...]) -> Callable[[Values], Sequence[Any]]:
    """From a row to the values of these columns: in C, since it is done for each row of a file."""
    return itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)


def _bound(values: Sequence[Any], binds: tuple[tuple[int, _Bind], ...]) -> list[Any]:
    record = list(values)
    for place, bind in binds:
        record[place] = bind(record[place])
    return record


def _as_json(bind: _Bind) -> _Bind:
    """Most lists and objects are empty, and always the same text."""

    def of(value: Any) -> Any:
        return bind(value) if value or value is None else "[]" if value == [] else "{}" if value == {} else bind(value)

    return of
