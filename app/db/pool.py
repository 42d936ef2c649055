"""The reader's connections: read-only sessions of the driver itself, with every setting made once.

SQLAlchemy's pool resets a connection on each release, a round trip that a read-only session does not owe: a detail
answers up to 1.4 times as often without it (findings of the design; tests/benchmarks).
"""

import asyncpg

from app.db.session import keep_dates

SESSION = {
    "timezone": "UTC",
    "default_transaction_read_only": "on",
    "jit": "off",
    # Pages are in memory or on a solid disk, not under a moving arm: with the default of 4 the planner reads a small
    # table whole for each row of a list (issue, process), and the list of 50 takes 3.9 ms instead of 2.5.
    "random_page_cost": "1.1",
    # A plan that is made once for all values expects many rows of each, and would start two workers for one record of the
    # past: four milliseconds of six. Those who ask at the same time are what keeps the processors busy.
    "max_parallel_workers_per_gather": "0",
    # How alike a misspelt word and a name must be: Umyerov and Umerov are so by 0.5 (PostgreSQL's own bound is 0.6).
    "pg_trgm.word_similarity_threshold": "0.5",
    "application_name": "parley reader",
}


class ReadConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection whose release sends nothing: it never holds a transaction, a cursor or a changed setting."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


async def open_pool(
    url: str, *, size: int, statement_timeout_ms: int, generic_plans: bool, path: str | None = None
) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool of read-only connections. `generic_plans`: plan each statement once, whatever its values; `path`: the
    search path where the tables' names lead elsewhere, to what they once held or to what is known (`app.reading.as_of`,
    `app.reading.known_by`); such a pool holds no connection before it is asked for one."""
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
