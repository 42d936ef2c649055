"""Runs migrations: one server at a time, and without blocking readers for long.

A migration that waits for a lock blocks all later readers. With `lock_timeout`, the migration fails instead and changes
nothing, and the deployment can be retried. Two servers that start at the same time would both migrate. An advisory lock
makes the second server wait, after which there is nothing left to migrate.
"""

import asyncio
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text

import app.registry  # noqa: F401 - packages of the registry add their tables to `metadata`
from app.db.columns import TermText
from app.db.session import make_engine
from app.db.tables import metadata
from app.settings import get_settings

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"
#: An arbitrary constant that no other program uses: the letters of "parley" as positions in the alphabet.
ADVISORY_LOCK = 16_01_18_12_05_25


def include_object(item: Any, name: str | None, kind: str, reflected: bool, _: Any) -> bool:
    """Exclude tables that belong to PostgreSQL extensions."""
    return not (kind == "table" and reflected and name == "spatial_ref_sys")


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Render closed lists as plain text columns, because migrations must not import application classes."""
    return "sa.Text()" if kind == "type" and isinstance(item, TermText) else False


def run(connection: Connection) -> None:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    # Wait without a limit while another server migrates. `lock_timeout` applies only to locks that the migrations take.
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=include_object,
        render_item=render_item,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_on(url: str) -> None:
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


def main() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    url = context.config.attributes.get("url") or get_settings().database_url
    if url is None:
        raise SystemExit("Set `DATABASE_URL`, or use `parley migrate` for the embedded server.")
    asyncio.run(run_on(str(url)))


if context.is_offline_mode():
    raise SystemExit("Offline mode is not supported; migrations need a database connection.")
main()
