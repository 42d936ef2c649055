"""What the ledger remembers of dossiers: which were loaded, in what state, by which revision. And what the linter asks."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, Text, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.history import LedgerSetting
from app.db.talks import Process
from app.faults import ProblemKind, Refused
from app.writing.constraints import translated

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


@asynccontextmanager
async def one_at_a_time_of(engine: AsyncEngine, name: str) -> AsyncIterator[None]:
    """Hold a name for as long as this takes. Raises `Refused` (409) where somebody else holds it.

    The lock is the connection's: it goes with whoever is killed."""
    held = func.hashtextextended(name, _LOCK)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        if not (await autocommit.execute(select(func.pg_try_advisory_lock(held)))).scalar_one():
            detail = "A request with this Idempotency-Key is being answered; come back when it is."
            raise Refused(ProblemKind.CONFLICT, detail, headers={"Retry-After": "5"})
        try:
            yield
        finally:
            await autocommit.execute(select(func.pg_advisory_unlock(held)))


async def fetch_beginnings(engine: AsyncEngine, slugs: Iterable[str]) -> dict[str, date]:
    """The first possible day of each of these processes, where it is known."""
    statement = select(Process.slug, Process.__table__.c.started_min).where(
        Process.slug == any_(bindparam("slugs", type_=ARRAY(Text))), Process.__table__.c.started_min.is_not(None)
    )
    with translated():
        async with engine.connect() as connection:
            return {slug: day for slug, day in await connection.execute(statement, {"slugs": list(slugs)})}  # noqa: C416


async def fetch_bearers(engine: AsyncEngine, outer: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """The slug of the record that bears each (collection, scheme, value), by collection and `scheme:value`."""
    asked = sorted(outer)
    values = {name: [row[place] for row in asked] for place, name in enumerate(("collections", "schemes", "values"))}
    with translated():
        async with engine.connect() as connection:
            return {
                (collection, f"{scheme}:{value}"): slug
                for collection, scheme, value, slug in await connection.execute(_BEARERS, values)
            }


async def fetch_schemes(engine: AsyncEngine) -> frozenset[str]:
    """The schemes of identifiers that records bear, and those of the event codes of the domain."""
    with translated():
        async with engine.connect() as connection:
            return EVENT_SCHEMES | frozenset((await connection.execute(_SCHEMES)).scalars())


#: Ontologies of events whose codes talks, demands and responses may bear.
EVENT_SCHEMES = frozenset({"cameo", "plover"})

_BEARERS = text("""
    SELECT a.collection, a.scheme, a.value, e.slug
    FROM unnest(:collections, :schemes, :values) AS a(collection, scheme, value)
    JOIN external_id x ON x.scheme = a.scheme AND x.value = a.value
    JOIN entry e ON e.id = x.record_id AND e.collection = a.collection
""").bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("collections", "schemes", "values")))

# The schemes one by one, by the index on (scheme, value): some dozens among any number of identifiers.
_SCHEMES = text("""
    WITH RECURSIVE one AS (
        (SELECT scheme FROM external_id ORDER BY scheme LIMIT 1)
        UNION ALL
        SELECT (SELECT x.scheme FROM external_id x WHERE x.scheme > one.scheme ORDER BY x.scheme LIMIT 1)
        FROM one WHERE one.scheme IS NOT NULL
    ) SELECT scheme FROM one WHERE scheme IS NOT NULL
""")
