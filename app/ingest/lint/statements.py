"""SQL statements of the linter: starts of processes, identifiers, schemes and names of stored records."""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import ARRAY, Text, TextClause, any_, bindparam, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.actors import Place
from app.db.days import Day
from app.db.tables import RECORDS
from app.db.talks import Process
from app.writing.constraint_errors import translated


async def fetch_beginnings(engine: AsyncEngine, slugs: Iterable[str]) -> dict[str, Day]:
    """Return the earliest possible start of each of these processes for which a start is known."""
    statement = select(Process.slug, Process.__table__.c.started_min).where(
        Process.slug == any_(bindparam("slugs", type_=ARRAY(Text))), Process.__table__.c.started_min.is_not(None)
    )
    with translated():
        async with engine.connect() as connection:
            return {slug: day for slug, day in await connection.execute(statement, {"slugs": list(slugs)})}  # noqa: C416


async def fetch_countries(engine: AsyncEngine, slugs: Iterable[str], codes: Iterable[str]) -> dict[str, list[str]]:
    """Return the country codes of those of these places that have one of `codes`, by slug."""
    statement = select(Place.slug, Place.countries).where(
        Place.slug == any_(bindparam("slugs", type_=ARRAY(Text))),
        Place.countries.bool_op("&&")(bindparam("codes", type_=ARRAY(Text))),
    )
    with translated():
        async with engine.connect() as connection:
            rows = await connection.execute(statement, {"slugs": list(slugs), "codes": list(codes)})
            return {slug: list(found) for slug, found in rows}


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


async def fetch_namesakes(
    engine: AsyncEngine, named: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str], list[str]]:
    """Return the slugs of the stored records that have the same name, or other name, as one of these new records.

    `named` are records as (collection, slug, name). Records that are stored under their slug are left out. The result maps
    (collection, name) to at most five slugs.
    """
    by_collection: dict[str, dict[str, str]] = {}
    for collection, slug, name in named:
        by_collection.setdefault(collection, {})[slug] = name
    found: dict[tuple[str, str], list[str]] = {}
    with translated():
        async with engine.connect() as connection:
            for collection, names in by_collection.items():
                values = {"collection": collection, "slugs": list(names), "names": list(names.values())}
                for name, slug in await connection.execute(_namesakes(collection), values):
                    found.setdefault((collection, name), []).append(slug)
    return found


@cache
def _namesakes(collection: str) -> TextClause:
    """The statement of `fetch_namesakes` for one collection."""
    table, names = (
        RECORDS[collection].__tablename__,
        inspect(RECORDS[collection]).relationships["names"].mapper.local_table,
    )
    return text(f"""
        SELECT v.name, other.slug
        FROM unnest(:slugs, :names) AS v(slug, name)
        CROSS JOIN LATERAL (
            SELECT slug FROM {table}
            WHERE (folded = parley_folded(v.name)
                OR id IN (SELECT owner_id FROM {names} WHERE folded = parley_folded(v.name)))
                AND withdrawn_at IS NULL AND slug <> v.slug
            ORDER BY slug LIMIT 5
        ) AS other
        WHERE NOT EXISTS (SELECT FROM entry e WHERE e.collection = :collection AND e.slug = v.slug)
        ORDER BY 1, 2
    """).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("slugs", "names")))  # noqa: S608


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
