"""The statements of dossiers: what the ledger remembers of those that it took, and what a process holds. And what the
linter asks."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Table, Text, Uuid, any_, bindparam, collate, func, literal, select, text, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.actors import PartyMandate
from app.db.demands import AssessmentSubject
from app.db.history import LedgerSetting
from app.db.tables import RECORDS
from app.db.talks import Process
from app.errors import ApiError, ProblemType
from app.writing.constraint_errors import translated

Connection = AsyncConnection

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


# --- What a process holds


def _table(collection: str) -> Table:
    table = RECORDS[collection].__table__
    assert isinstance(table, Table)
    return table


_process, _talk, _delegation = map(_table, ("processes", "talks", "delegations"))
_assessment, _citation, _subject = _table("assessments"), _table("citations"), AssessmentSubject.__table__
#: Collections whose records bear the process to which they belong; delegations belong to that of their talk.
_BEARING = ("talks", "proposals", "agreements", "demands", "responses")


def _select_below() -> Any:
    """The ids of a process in use and of all processes below it, the process first."""
    top = select(_process.c.id, literal(0).label("depth")).where(
        _process.c.slug == bindparam("slug"), _process.c.withdrawn_at.is_(None)
    )
    below, lower = top.cte("below", recursive=True), _process.alias("lower")
    below = below.union_all(
        select(lower.c.id, below.c.depth + 1).where(lower.c.parent_id == below.c.id, lower.c.withdrawn_at.is_(None))
    )
    return select(below.c.id).order_by(below.c.depth, below.c.id)


def _select_held() -> Any:
    """(collection, id) of all that belongs to some processes, and of the assessments about it."""
    inside = any_(bindparam("processes", type_=ARRAY(Uuid)))
    parts = [select(literal("processes").label("collection"), _process.c.id).where(_process.c.id == inside)]
    for collection in _BEARING:
        table = _table(collection)
        parts.append(
            select(literal(collection), table.c.id).where(table.c.process_id == inside, table.c.withdrawn_at.is_(None))
        )
    sitting = _delegation.join(_talk, _delegation.c.talk_id == _talk.c.id)
    parts.append(
        select(literal("delegations"), _delegation.c.id)
        .select_from(sitting)
        .where(_talk.c.process_id == inside, _delegation.c.withdrawn_at.is_(None))
    )
    held = union_all(*parts).cte("held")
    about = _assessment.join(_subject, _assessment.c.id == _subject.c.assessment_id).join(
        held, _subject.c.record_id == held.c.id
    )
    assessments = select(literal("assessments"), _assessment.c.id).select_from(about)
    assessments = assessments.where(_assessment.c.withdrawn_at.is_(None)).distinct()
    return union_all(select(held.c.collection, held.c.id), assessments).limit(bindparam("most"))


_mandate = PartyMandate.__table__
_SPEAKERS = (
    select(_mandate.c.body_id)
    .where(_mandate.c.party_id == any_(bindparam("parties", type_=ARRAY(Uuid))))
    .distinct()
    .order_by(_mandate.c.body_id)
)
_BELOW = _select_below()
_HELD = _select_held()
_CITATIONS = select(_citation.c.id).where(
    _citation.c.target_id == any_(bindparam("targets", type_=ARRAY(Uuid))), _citation.c.withdrawn_at.is_(None)
)


async def fetch_processes(connection: AsyncConnection, slug: str) -> list[UUID]:
    """The ids of the process of this slug and of those below it, itself first; empty where none in use has the slug."""
    return list(await connection.scalars(_BELOW, {"slug": slug}))


async def fetch_held(connection: AsyncConnection, processes: list[UUID], most: int) -> dict[str, list[UUID]]:
    """The ids of what belongs to these processes, themselves too, by collection; `most` of them at most.

    Not one statement with the one above: of a recursion the planner expects a tenth of all processes, and would read
    every demand of the ledger for each of them.
    """
    held: dict[str, list[UUID]] = {}
    for collection, key in await connection.execute(_HELD, {"processes": processes, "most": most}):
        held.setdefault(collection, []).append(key)
    return held


async def fetch_speakers(connection: AsyncConnection, parties: Iterable[UUID]) -> list[UUID]:
    """The ids of the bodies that speak for one of these parties, withdrawn ones too: the state of demands counts those."""
    return list(await connection.scalars(_SPEAKERS, {"parties": list(parties)}))


async def fetch_citations(connection: AsyncConnection, targets: Iterable[UUID]) -> list[UUID]:
    """The ids of the citations of these records."""
    return list(await connection.scalars(_CITATIONS, {"targets": list(targets)}))


#: Records that are read back at once.
AT_ONCE = 500


async def stream_records(connection: AsyncConnection, collection: str) -> AsyncIterator[list[UUID]]:
    """The ids of all records of a collection, withdrawn ones too, some hundred at a time, by slug."""
    table = _table(collection)
    statement = select(table.c.id).order_by(collate(table.c.slug, "C"))
    async with connection.stream(statement, execution_options={"yield_per": AT_ONCE}) as rows:
        async for some in rows.scalars().partitions():
            yield list(some)


async def stream_withdrawn(connection: AsyncConnection, collection: str) -> AsyncIterator[dict[str, str]]:
    """Why each withdrawn record of a collection was withdrawn, by slug, some hundred at a time."""
    table = _table(collection)
    statement = select(table.c.slug, table.c.withdrawn_reason).where(table.c.withdrawn_at.is_not(None))
    ordered = statement.order_by(collate(table.c.slug, "C"))
    async with connection.stream(ordered, execution_options={"yield_per": AT_ONCE}) as rows:
        async for some in rows.partitions():
            yield {row.slug: row.withdrawn_reason for row in some}


async def fetch_codes(connection: AsyncConnection, issues: Iterable[UUID]) -> dict[UUID, str]:
    """The codes of these issues."""
    if not (asked := list(issues)):
        return {}
    table = _table("issues")
    chosen = select(table.c.id, table.c.code).where(table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    return {row.id: row.code for row in await connection.execute(chosen, {"ids": asked})}


async def fetch_withdrawn(connection: AsyncConnection, collection: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Why each of these records was withdrawn, of those that were."""
    table = _table(collection)
    chosen = table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    gone = select(table.c.id, table.c.withdrawn_reason).where(chosen, table.c.withdrawn_at.is_not(None))
    return {row.id: row.withdrawn_reason for row in await connection.execute(gone, {"ids": list(ids)})}


@asynccontextmanager
async def one_at_a_time_of(engine: AsyncEngine, name: str) -> AsyncIterator[None]:
    """Hold a name for as long as this takes. Raises `ApiError` (409) where somebody else holds it.

    The lock is the connection's: it goes with whoever is killed."""
    held = func.hashtextextended(name, _LOCK)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        if not (await autocommit.execute(select(func.pg_try_advisory_lock(held)))).scalar_one():
            detail = "A request with this Idempotency-Key is being answered; come back when it is."
            raise ApiError(ProblemType.CONFLICT, detail, headers={"Retry-After": "5"})
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
