"""SQL statements for dossiers, and for the linter: loaded dossiers, the contents of a process, identifiers."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CompoundSelect,
    FromClause,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    collate,
    func,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.actors import PartyMandate
from app.db.alias import AnySelect
from app.db.days import Day
from app.db.demands import AssessmentSubject
from app.db.history import LedgerSetting
from app.db.tables import RECORDS, process_memberships
from app.db.talks import Process
from app.errors import ApiError, ProblemType
from app.writing.constraint_errors import translated

Connection = AsyncConnection

_PREFIX = "dossier:"
#: Key of an advisory lock that nothing else uses: the letters of "dossier" by their position in the alphabet.
_LOCK = 4_15_19_19_09_05_18


async def fetch_loaded(engine: AsyncEngine) -> dict[str, str]:
    """Return the SHA-256 (hex) of each imported dossier at the time of its import, by slug."""
    statement = select(LedgerSetting.name, LedgerSetting.value["sha256"].astext).where(
        LedgerSetting.name.startswith(_PREFIX, autoescape=True)
    )
    async with engine.connect() as connection:
        return {name.removeprefix(_PREFIX): sha256 for name, sha256 in await connection.execute(statement)}


async def note_loaded(engine: AsyncEngine, slug: str, sha256: str, revision: int | None) -> None:
    """Note that this version of the dossier was imported. `revision` is None if the import changed nothing."""
    value: dict[str, Any] = {"sha256": sha256, "revision": revision}
    statement = insert(LedgerSetting).values(name=f"{_PREFIX}{slug}", value=value)
    async with engine.begin() as connection:
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
        )


@asynccontextmanager
async def loading_lock(engine: AsyncEngine) -> AsyncIterator[None]:
    """Make sure that only one process at a time loads dossiers. Other processes wait here, and then find nothing left
    to load."""
    async with engine.begin() as connection:
        # This transaction only holds the lock while another transaction loads dossiers, so it may be idle for a long
        # time.
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            await connection.execute(text(f"SET LOCAL {limit} = 0"))
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        yield


# --- The contents of a process


def _table(collection: str) -> Table:
    table = RECORDS[collection].__table__
    assert isinstance(table, Table)
    return table


_process, _assessment, _citation = map(_table, ("processes", "assessments", "citations"))
_subject = AssessmentSubject.__table__


def _select_below() -> AnySelect:
    """Select the ids of a process in use and of all processes below it, the process itself first."""
    top = select(_process.c.id, literal(0).label("depth")).where(
        _process.c.slug == bindparam("slug"), _process.c.withdrawn_at.is_(None)
    )
    below, child = top.cte("below", recursive=True), _process.alias("lower")
    below = below.union_all(
        select(child.c.id, below.c.depth + 1).where(child.c.parent_id == below.c.id, child.c.withdrawn_at.is_(None))
    )
    return select(below.c.id).order_by(below.c.depth, below.c.id)


@cache
def _select_held() -> CompoundSelect[*tuple[Any, ...]]:
    """Select (collection, id) of all records that belong to some processes, and of the assessments about them.

    The statement is built when it is first used, because all tables are declared by then."""
    any_process = any_(bindparam("processes", type_=ARRAY(Uuid)))
    parts = [select(literal("processes").label("collection"), _process.c.id).where(_process.c.id == any_process)]
    for collection, membership in process_memberships().items():
        table = member = _table(collection)
        rows: FromClause = table
        if membership.through is not None:
            column, other = membership.through
            member = table.metadata.tables[other]
            rows = table.join(member, table.c[column] == member.c.id)
        parts.append(
            select(literal(collection), table.c.id)
            .select_from(rows)
            .where(member.c.process_id == any_process, table.c.withdrawn_at.is_(None))
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
_CITATIONS = select(_citation.c.id).where(
    _citation.c.target_id == any_(bindparam("targets", type_=ARRAY(Uuid))), _citation.c.withdrawn_at.is_(None)
)


async def fetch_processes(connection: AsyncConnection, slug: str) -> list[UUID]:
    """Return the ids of the process with this slug and of the processes below it, the process itself first; empty if no
    process in use has the slug."""
    return list(await connection.scalars(_BELOW, {"slug": slug}))


async def fetch_held(connection: AsyncConnection, processes: list[UUID], most: int) -> dict[str, list[UUID]]:
    """Return the ids of these processes and of the records that belong to them, by collection; at most `most` ids.

    This must not be combined with `fetch_processes` into one statement, because the planner estimates that the
    recursive part returns a tenth of all processes, and would therefore read every demand in the database.
    """
    held: dict[str, list[UUID]] = {}
    for collection, key in await connection.execute(_select_held(), {"processes": processes, "most": most}):
        held.setdefault(collection, []).append(key)
    return held


async def fetch_speakers(connection: AsyncConnection, parties: Iterable[UUID]) -> list[UUID]:
    """Return the ids of the bodies that speak for these parties. Withdrawn bodies count for the state of demands,
    too."""
    return list(await connection.scalars(_SPEAKERS, {"parties": list(parties)}))


async def fetch_citations(connection: AsyncConnection, targets: Iterable[UUID]) -> list[UUID]:
    """Return the ids of the citations of these records."""
    return list(await connection.scalars(_CITATIONS, {"targets": list(targets)}))


#: Records per chunk when a collection is streamed.
CHUNK_SIZE = 500


async def stream_records(connection: AsyncConnection, collection: str) -> AsyncIterator[list[UUID]]:
    """Yield the ids of all records in a collection, including withdrawn records, sorted by slug, in chunks."""
    table = _table(collection)
    statement = select(table.c.id).order_by(collate(table.c.slug, "C"))
    async with connection.stream(statement, execution_options={"yield_per": CHUNK_SIZE}) as rows:
        async for chunk in rows.scalars().partitions():
            yield list(chunk)


async def stream_withdrawn(connection: AsyncConnection, collection: str) -> AsyncIterator[dict[str, str]]:
    """Yield the reason of each withdrawal in a collection, by slug, in chunks."""
    table = _table(collection)
    statement = select(table.c.slug, table.c.withdrawn_reason).where(table.c.withdrawn_at.is_not(None))
    ordered = statement.order_by(collate(table.c.slug, "C"))
    async with connection.stream(ordered, execution_options={"yield_per": CHUNK_SIZE}) as rows:
        async for chunk in rows.partitions():
            yield {row.slug: row.withdrawn_reason for row in chunk}


async def fetch_codes(connection: AsyncConnection, issues: Iterable[UUID]) -> dict[UUID, str]:
    """Return the codes of these issues."""
    if not (chosen_ids := list(issues)):
        return {}
    table = _table("issues")
    statement = select(table.c.id, table.c.code).where(table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    return {row.id: row.code for row in await connection.execute(statement, {"ids": chosen_ids})}


async def fetch_withdrawn(connection: AsyncConnection, collection: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return why each of these records was withdrawn; records in use are left out."""
    table = _table(collection)
    is_chosen = table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    statement = select(table.c.id, table.c.withdrawn_reason).where(is_chosen, table.c.withdrawn_at.is_not(None))
    return {row.id: row.withdrawn_reason for row in await connection.execute(statement, {"ids": list(ids)})}


@asynccontextmanager
async def exclusive_lock(engine: AsyncEngine, name: str) -> AsyncIterator[None]:
    """Hold a lock on a name. Raises `ApiError` (409) if another request holds it.

    The lock belongs to the database connection, so it is released even if the process is killed.
    """
    key = func.hashtextextended(name, _LOCK)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        if not (await autocommit.execute(select(func.pg_try_advisory_lock(key)))).scalar_one():
            detail = "A request with this Idempotency-Key is in progress. Try again after the time in `Retry-After`."
            raise ApiError(ProblemType.CONFLICT, detail, headers={"Retry-After": "5"})
        try:
            yield
        finally:
            await autocommit.execute(select(func.pg_advisory_unlock(key)))


async def fetch_beginnings(engine: AsyncEngine, slugs: Iterable[str]) -> dict[str, Day]:
    """Return the earliest possible start of each of these processes for which a start is known."""
    statement = select(Process.slug, Process.__table__.c.started_min).where(
        Process.slug == any_(bindparam("slugs", type_=ARRAY(Text))), Process.__table__.c.started_min.is_not(None)
    )
    with translated():
        async with engine.connect() as connection:
            return {slug: day for slug, day in await connection.execute(statement, {"slugs": list(slugs)})}  # noqa: C416


async def fetch_bearers(engine: AsyncEngine, outer: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """Return the slug of the record with each (collection, scheme, value), by collection and `scheme:value`."""
    identifiers = sorted(outer)
    values = {
        name: [row[place] for row in identifiers] for place, name in enumerate(("collections", "schemes", "values"))
    }
    with translated():
        async with engine.connect() as connection:
            return {
                (collection, f"{scheme}:{value}"): slug
                for collection, scheme, value, slug in await connection.execute(_RECORDS_BY_IDENTIFIER, values)
            }


async def fetch_schemes(engine: AsyncEngine) -> frozenset[str]:
    """Return the schemes of all identifiers in the database, and the schemes of event codes."""
    with translated():
        async with engine.connect() as connection:
            return EVENT_SCHEMES | frozenset((await connection.execute(_SCHEMES)).scalars())


#: Event ontologies whose codes talks, demands and responses may have.
EVENT_SCHEMES = frozenset({"cameo", "plover"})

_RECORDS_BY_IDENTIFIER = text("""
    SELECT a.collection, a.scheme, a.value, e.slug
    FROM unnest(:collections, :schemes, :values) AS a(collection, scheme, value)
    JOIN external_id x ON x.scheme = a.scheme AND x.value = a.value
    JOIN entry e ON e.id = x.record_id AND e.collection = a.collection
""").bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("collections", "schemes", "values")))

# Reads the distinct schemes by skipping through the index on (scheme, value): there are only some dozens of them.
_SCHEMES = text("""
    WITH RECURSIVE one AS (
        (SELECT scheme FROM external_id ORDER BY scheme LIMIT 1)
        UNION ALL
        SELECT (SELECT x.scheme FROM external_id x WHERE x.scheme > one.scheme ORDER BY x.scheme LIMIT 1)
        FROM one WHERE one.scheme IS NOT NULL
    ) SELECT scheme FROM one WHERE scheme IS NOT NULL
""")
