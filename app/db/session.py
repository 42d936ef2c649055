"""The SQLAlchemy engine for writing, with asyncpg."""

from collections.abc import Mapping
from datetime import date
from time import perf_counter
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.days import EARLIEST, Day, day_from_ordinal
from app.db.measurements import CURRENT_TIMES


def asyncpg_url(url: str | URL) -> URL:
    """Convert a PostgreSQL URL for the engine.

    `postgres://`, `postgresql://` and `postgresql+driver://` are equivalent. The folder of a Unix socket may be given in
    the query (`postgresql://me@/parley?host=/run/postgresql`). libpq's `sslmode` becomes asyncpg's `ssl`.
    """
    parsed = make_url(url)
    query = dict(parsed.query)
    if (mode := query.pop("sslmode", None)) is not None:
        query["ssl"] = mode
    for name in ("application_name", "connect_timeout", "options"):
        query.pop(name, None)
    return parsed.set(drivername="postgresql+asyncpg", query=query)


def _socket(url: URL) -> tuple[URL, dict[str, object]]:
    """Move `host` and `port` from the query to the connect arguments, because the dialect does not accept a folder as
    host.
    """
    query: dict[str, Any] = dict(url.query)
    arguments: dict[str, Any] = {name: query.pop(name) for name in ("host", "port") if name in query}
    if "port" in arguments:
        arguments["port"] = int(str(arguments["port"]))
    return url.set(query=query), arguments


_EPOCH = date(2000, 1, 1).toordinal()


async def keep_dates(connection: Any) -> None:
    """Make an asyncpg connection send and read all days, also those before the year 1, 0001-01-01 and 9999-12-31.

    By default asyncpg converts `date.min` and `date.max` to PostgreSQL's `-infinity` and `infinity`. Parley uses these
    dates for "unknown" and "open" (`app.db.dates`), and CHECK constraints compare with them.
    """
    await connection.set_type_codec("date", schema="pg_catalog", encoder=_sent, decoder=_read, format="tuple")


def _sent(day: Day) -> tuple[int]:
    return (day.toordinal() - _EPOCH,)


def _read(days: tuple[int]) -> Day:
    return day_from_ordinal(min(max(days[0] + _EPOCH, EARLIEST.toordinal()), date.max.toordinal()))


def make_engine(
    url: str | URL,
    *,
    pool_size: int = 4,
    lock_timeout_ms: int = 2_000,
    statement_timeout_ms: int = 30_000,
    application_name: str = "parley writer",
    tests_connections: bool = False,
    settings: Mapping[str, str] | None = None,
) -> AsyncEngine:
    """Create an engine for writing. Writers wait for the lock on the head row, so a few connections are enough.

    `tests_connections`: whether a connection is tested before each use, which costs a round trip. Without it, the first
    use after a restart of PostgreSQL fails."""
    address, arguments = _socket(asyncpg_url(url))
    engine = create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=tests_connections,
        pool_recycle=1_800,
        pool_timeout=5,
        connect_args={
            **arguments,
            "timeout": 5,
            "server_settings": {
                "TimeZone": "UTC",
                "lock_timeout": str(lock_timeout_ms),
                "statement_timeout": str(statement_timeout_ms),
                "idle_in_transaction_session_timeout": "60000",
                "application_name": application_name,
                **(settings or {}),
            },
        },
    )

    # Insert many rows with one INSERT. By default the dialect would send a statement for each row, and the
    # statement-level triggers that maintain the head would run for each row.
    engine.dialect.use_insertmanyvalues_wo_returning = True

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.run_async(keep_dates)

    _measure_statements(engine)
    return engine


def _measure_statements(engine: AsyncEngine) -> None:
    """Add the time of each statement to the times of the current request."""

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def start(_connection: Any, _cursor: Any, _statement: Any, _values: Any, context: Any, _many: Any) -> None:
        if context is not None:
            context.parley_started = perf_counter()

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, _statement: Any, _values: Any, context: Any, _many: Any) -> None:
        times = CURRENT_TIMES.get()
        if times is not None and context is not None:
            times.database += perf_counter() - context.parley_started
