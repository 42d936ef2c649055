"""The connection pool of the reader: read-only asyncpg sessions, configured once when they are opened.

SQLAlchemy's pool resets each connection on release, which costs a round trip that read-only sessions do not need.
Without the reset, reads of one record have up to 1.4 times the throughput (tests/benchmarks).
"""

import asyncpg

from app.db.session import keep_dates

SESSION = {
    "timezone": "UTC",
    "default_transaction_read_only": "on",
    "jit": "off",
    # Pages are in memory or on an SSD. With the default of 4, the planner scans small tables (issue, process) once for each
    # row of a list, and a list of 50 takes 3.9 ms instead of 2.5 ms.
    "random_page_cost": "1.1",
    # A generic plan overestimates the number of rows. It would start two workers to read one past record, which takes
    # four of the six milliseconds. Concurrent requests keep the processors busy anyway.
    "max_parallel_workers_per_gather": "0",
    # Minimum similarity between a misspelled word and a name. The similarity of Umyerov and Umerov is 0.5 (the default
    # is 0.6).
    "pg_trgm.word_similarity_threshold": "0.5",
    "application_name": "parley reader",
}


class ReadConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is not reset on release, because it never has an open transaction, a cursor or changed settings."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


async def open_pool(
    url: str, *, size: int, statement_timeout_ms: int, generic_plans: bool, path: str | None = None
) -> "asyncpg.Pool[asyncpg.Record]":
    """Open a pool of read-only connections.

    With `generic_plans`, each statement is planned once, whatever its values. `path` is a search path in which the
    table names refer to views of past or known rows (`app.reading.as_of`, `app.reading.known_by`). A pool with a `path`
    opens connections only on demand.
    """
    settings = {
        **SESSION,
        "statement_timeout": str(statement_timeout_ms),
        "plan_cache_mode": "force_generic_plan" if generic_plans else "auto",
        **({"search_path": path} if path else {}),
    }
    return await asyncpg.create_pool(
        url,
        min_size=0 if path else 1,
        max_size=size,
        connection_class=ReadConnection,
        init=keep_dates,
        server_settings=settings,
        statement_cache_size=500,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        command_timeout=statement_timeout_ms / 1000 + 5,
    )
