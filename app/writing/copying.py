"""Insert many rows with COPY, on the writer's connection and in its transaction.

An INSERT of many rows is sent row by row, and PostgreSQL processes and acknowledges each one. COPY is a single stream.
Triggers, defaults, constraints and generated columns work as with INSERT.
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

#: Minimum number of rows for which COPY is used. COPY first queries the column types, which does not pay off for fewer
#: rows.
COPY_THRESHOLD = 20


@lru_cache(maxsize=512)
def _binds(table: Table, columns: tuple[str, ...], dialect: Any) -> tuple[tuple[int, _Bind], ...]:
    """Pairs (index, conversion) for the columns whose values must be converted for the driver, such as JSON to text."""
    found: list[tuple[int, _Bind]] = []
    for place, name in enumerate(columns):
        kind = table.c[name].type
        if isinstance(kind, Boolean) or (
            isinstance(kind, ARRAY) and kind.item_type.dialect_impl(dialect).bind_processor(dialect) is None
        ):
            # The driver accepts lists and booleans as they are.
            continue
        bind = kind.dialect_impl(dialect).bind_processor(dialect)
        if bind is not None:
            found.append((place, _as_json(bind) if isinstance(kind, JSONB) else bind))
    return tuple(found)


async def copy(connection: AsyncConnection, table: Table, rows: Sequence[Values], *, into: str | None = None) -> None:
    """Append rows, all with the same columns, to `table` or to the table named `into`, which must have these columns."""
    columns = tuple(rows[0])
    binds = _binds(table, columns, connection.dialect)
    values = _getter(columns)
    records = [_bound(values(row), binds) for row in rows] if binds else list(map(values, rows))
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.copy_records_to_table(into or table.name, records=records, columns=columns)


def _getter(columns: tuple[str, ...]) -> Callable[[Values], Sequence[Any]]:
    """A function that returns the values of these columns of a row. It runs for every row of a file, so it uses
    `itemgetter`, which is written in C.
    """
    return itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)


def _bound(values: Sequence[object], binds: tuple[tuple[int, _Bind], ...]) -> list[object]:
    record = list(values)
    for place, bind in binds:
        record[place] = bind(record[place])
    return record


def _as_json(bind: _Bind) -> _Bind:
    """The conversion with a shortcut for empty lists and objects, since most JSON values are empty."""

    def of(value: object) -> Any:
        return bind(value) if value or value is None else "[]" if value == [] else "{}" if value == {} else bind(value)

    return of
