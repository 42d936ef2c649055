"""What the ledger remembers of dossiers: which were loaded, in what state, by which revision."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.history import LedgerSetting

_PREFIX = "dossier:"
#: Any number, as long as it is nobody else's: "dossier" as letters' places.
_LOCK = 4_15_19_19_09_05_18


async def fetch_loaded(engine: AsyncEngine) -> dict[str, str]:
    """The SHA-256 (hex) of each loaded dossier as it was when it was loaded, by slug."""
    statement = select(LedgerSetting.name, LedgerSetting.value["sha256"].astext).where(
        LedgerSetting.name.startswith(_PREFIX, autoescape=True)
    )
    async with engine.connect() as connection:
        return {name.removeprefix(_PREFIX): sha256 for name, sha256 in await connection.execute(statement)}


async def remember(engine: AsyncEngine, slug: str, sha256: str, revision: int | None) -> None:
    """Note that the dossier of this content is in the ledger. `revision` is None if it changed nothing."""
    value: dict[str, Any] = {"sha256": sha256, "revision": revision}
    statement = insert(LedgerSetting).values(name=f"{_PREFIX}{slug}", value=value)
    async with engine.begin() as connection:
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
        )


@asynccontextmanager
async def one_at_a_time(engine: AsyncEngine) -> AsyncIterator[None]:
    """Let one process at a time load dossiers; the others wait here, and then find nothing to do."""
    async with engine.begin() as connection:
        # This transaction only holds the lock, for as long as loading takes: it may wait, and idle.
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            await connection.execute(text(f"SET LOCAL {limit} = 0"))
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        yield
