"""The statements of the reconciliation service: candidates for a whole batch, facts of records, names by prefix."""

import json
from collections.abc import Sequence

import asyncpg

from app.reading.reader import Reader
from app.reconcile.entities import TYPES, Entity

#: Maximum number of candidates per query that are scored.
SCORED = 30

_TABLES = {"parties": "party", "people": "person", "places": "place"}
_TYPES = "'{" + ",".join(TYPES) + "}'"


def _named(near: str, condition: str) -> str:
    """Build a UNION over all tables with names. It returns collection, id and nearness of the rows that meet the
    condition.

    `near` and `condition` are SQL templates: `{name}` is the column with the folded name (lower case, without accents), `{words}`
    its text search vector."""
    arms = []
    for collection, table in _TABLES.items():
        arms.append(
            f"SELECT '{collection}', r.id, {near.format(name='r.folded')} FROM {table} r"  # noqa: S608
            f" WHERE q.types ~ '{collection}' AND r.withdrawn_at IS NULL AND ({condition.format(name='r.folded', words='r.words')})"
        )
        arms.append(
            f"SELECT '{collection}', n.owner_id, {near.format(name='n.folded')} FROM {table}_name n"  # noqa: S608
            f" WHERE q.types ~ '{collection}' AND ({condition.format(name='n.folded', words='n.words')})"
        )
    arms.append(
        f"SELECT 'issues', r.id, {near.format(name='r.folded')} FROM issue r"  # noqa: S608
        f" WHERE q.types ~ 'issues' AND r.withdrawn_at IS NULL AND ({condition.format(name='r.folded', words='r.words')})"
    )
    return "\n    UNION ALL ".join(arms)


# Text search supplements trigrams: with the C locale, which the bundled server uses, non-ASCII letters have no trigrams.
_FIND = f"""
SELECT q.place, hit.id::text
FROM (
  SELECT parley_folded(text) AS text, text AS exact, types, slug, place,
    plainto_tsquery('parley_simple', text) || plainto_tsquery('parley_ru', text) || plainto_tsquery('parley_mixed', text)
      AS words
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS requested(text, types, slug, place)
) q CROSS JOIN LATERAL (
  SELECT id FROM (
    {_named("greatest(similarity({name}, q.text), word_similarity(q.text, {name}))", "{name} % q.text OR {name} %> q.text OR {words} @@ q.words")}
    UNION ALL SELECT e.collection, e.id, 2 FROM entry e
      WHERE e.collection = ANY ({_TYPES}) AND q.types ~ e.collection AND e.slug = q.slug
    UNION ALL SELECT e.collection, e.id, 2 FROM external_id x JOIN entry e ON e.id = x.record_id
      WHERE x.scheme = split_part(q.exact, ':', 1) AND x.value = substr(q.exact, strpos(q.exact, ':') + 1)
        AND q.types ~ e.collection
  ) AS near(collection, id, nearness)
  GROUP BY id ORDER BY max(nearness) DESC, id LIMIT {SCORED}
) hit
UNION
SELECT p.place::bigint, e.id::text
FROM unnest($4::text[], $5::text[], $6::text[]) AS p(place, scheme, value)
JOIN external_id x ON x.scheme = p.scheme AND x.value = p.value
JOIN entry e ON e.id = x.record_id AND e.collection = ANY ({_TYPES})
"""  # noqa: S608 - names of tables; every value is bound


async def find_candidates(
    reader: Reader, searched: Sequence[tuple[str, str, str]], identified: Sequence[tuple[int, str, str]]
) -> dict[int, list[str]]:
    """Return the ids of the candidates for each query, by the position of the query, counted from 1.

    `searched` lists the queries as (text, types, slug); `identified` lists the identifiers in the queries as (position,
    scheme, value)."""
    # Bind only text arrays: for arrays of other types, the driver would first query the server for the type.
    columns = [[str(one[n]) for one in rows] for rows in (searched, identified) for n in range(3)]
    async with reader.connection() as connection:
        rows = await connection.fetch(_FIND, *columns)
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["place"], []).append(row["id"])
    return found


def _facts(collection: str, table: str, name: str, parts: str) -> str:
    others = (
        f"|| ARRAY(SELECT n.text FROM {table}_name n WHERE n.owner_id = r.id ORDER BY n.position, n.id)"  # noqa: S608
        if collection in _TABLES
        else ""
    )
    return f"""
SELECT r.id, '{collection}' AS collection, r.slug, {name} AS name, json_build_object(
    'names', ARRAY[{name}] {others}, 'slug', ARRAY[r.slug], {parts}) AS values,
  (SELECT json_object_agg(x.scheme, x.known) FROM (
    SELECT scheme, json_agg(value ORDER BY value) AS known FROM external_id WHERE record_id = r.id GROUP BY scheme
  ) x) AS identifiers
FROM {table} r WHERE r.id = ANY ($1::text[]::uuid[]) AND r.withdrawn_at IS NULL"""  # noqa: S608


def _mention(collection: str, name: str, rest: str) -> str:
    return f"ARRAY(SELECT json_build_object('id', '{collection}/' || m.slug, 'name', m.{name}) FROM {rest} ORDER BY m.slug)"  # noqa: S608


def _day(column: str) -> str:
    """Build SQL for a date as written, with its first and last possible day; an empty array if the date is unknown."""
    return (
        f"CASE WHEN r.{column} IS NULL THEN ARRAY[]::json[] ELSE ARRAY[json_build_object("
        f"'text', r.{column}, 'from', r.{column}_min, 'to', r.{column}_max)] END"
    )


_POSTS = "SELECT t.title FROM person_post t WHERE t.person_id = r.id ORDER BY t.position, t.id"

_FACTS_OF = {
    "parties": _facts(
        "parties", "party", "r.name",
        "'summary', array_remove(ARRAY[r.summary], NULL), 'kind', ARRAY[r.kind], 'country', r.countries, 'member_of', "
        + _mention("parties", "name", "party_membership b JOIN party m ON m.id = b.coalition_id WHERE b.member_id = r.id"),
    ),
    "people": _facts(
        "people", "person", "r.name",
        f"'summary', array_remove(ARRAY[r.summary], NULL), 'post', ARRAY({_POSTS}), 'party', "
        + _mention("parties", "name", "party m WHERE m.id = r.party_id"),
    ),
    "places": _facts(
        "places", "place", "r.name",
        "'summary', array_remove(ARRAY[r.summary], NULL), 'kind', ARRAY[r.kind], 'country', r.countries,"
        " 'lat', array_remove(ARRAY[r.lat], NULL), 'lon', array_remove(ARRAY[r.lon], NULL), 'part_of', "
        + _mention("places", "name", "place m WHERE m.id = r.part_of_id"),
    ),
    "issues": _facts(
        "issues", "issue", "r.label",
        "'summary', array_remove(ARRAY[r.definition], NULL), 'code', ARRAY[r.code], 'exact_match', r.exact_match,"
        " 'broader', " + _mention("issues", "label", "issue m WHERE m.id = r.broader_id"),
    ),
    # The reconciliation service does not offer these two collections; they are only searched for duplicates
    # (`app.reconcile.comparing`).
    "sources": _facts(
        "sources", "source", "r.title",
        "'kind', array_remove(ARRAY[r.kind], NULL), 'url', array_remove(ARRAY[r.url, r.archived_url], NULL),"
        " 'publisher', array_remove(ARRAY[r.publisher], NULL), 'author', r.authors, 'date', "
        + _day("published"),
    ),
    "agreements": _facts(
        "agreements", "agreement", "r.title",
        "'kind', ARRAY[r.kind], 'date', " + _day("agreed_on") + ", 'process', "
        + _mention("processes", "title", "process m WHERE m.id = r.process_id") + ", 'parties', "
        + _mention("parties", "name", "agreement_party b JOIN party m ON m.id = b.party_id WHERE b.agreement_id = r.id"),
    ),
}  # fmt: skip
_FACTS = "\nUNION ALL".join(_FACTS_OF[collection] for collection in TYPES)


async def fetch_facts(reader: Reader, ids: Sequence[str]) -> dict[str, Entity]:
    """Return the records with these ids, each with all properties. Withdrawn records are left out."""
    return await _fetch(reader, _FACTS, ids)


async def fetch_facts_of(reader: Reader, collection: str, ids: Sequence[str]) -> dict[str, Entity]:
    """Return the records of one collection with these ids. The collection may be one that the service does not
    offer."""
    return await _fetch(reader, _FACTS_OF[collection], ids)


async def _fetch(reader: Reader, statement: str, ids: Sequence[str]) -> dict[str, Entity]:
    if not ids:
        return {}
    async with reader.connection() as connection:
        rows = await connection.fetch(statement, list(ids))
    return {str(row["id"]): _entity(row) for row in rows}


def _entity(row: asyncpg.Record) -> Entity:
    identifiers = json.loads(row["identifiers"]) if row["identifiers"] else {}
    return Entity(row["collection"], row["slug"], row["name"], json.loads(row["values"]), identifiers)


_ADDRESSED = f"""
SELECT requested.place, coalesce(e.id, a.record_id)::text AS id
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS requested(collection, slug, place)
LEFT JOIN entry e ON e.collection = requested.collection AND e.slug = requested.slug
LEFT JOIN slug_alias a ON e.id IS NULL AND a.collection = requested.collection AND a.slug = requested.slug
WHERE requested.collection = ANY ({_TYPES}) AND coalesce(e.id, a.record_id) IS NOT NULL
"""  # noqa: S608 - the constant list of types


async def fetch_at(reader: Reader, addresses: Sequence[str]) -> dict[str, Entity]:
    """Return the records at these addresses (`collection/slug`, also with a former slug), by the address as given."""
    parts = [address.partition("/") for address in addresses]
    async with reader.connection() as connection:
        rows = await connection.fetch(_ADDRESSED, [part[0] for part in parts], [part[2] for part in parts])
    found = await fetch_facts(reader, [row["id"] for row in rows])
    return {addresses[row["place"] - 1]: found[row["id"]] for row in rows if row["id"] in found}


_PREFIXED = f"""
SELECT id::text FROM (SELECT parley_folded($1::text) AS pattern, $2::text AS types, $5::text AS slug) q
CROSS JOIN LATERAL (
    {_named("CASE WHEN {name} LIKE q.pattern || '%' THEN 1 ELSE 0 END", "{name} LIKE q.pattern || '%' OR {name} LIKE '% ' || q.pattern || '%'")}
    UNION ALL SELECT e.collection, e.id, 2 FROM entry e
      WHERE e.collection = ANY ({_TYPES}) AND q.types ~ e.collection AND e.slug = q.slug
) AS near(collection, id, nearness)
GROUP BY id ORDER BY max(nearness) DESC, id LIMIT $3 OFFSET $4
"""  # noqa: S608 - names of tables; every value is bound

#: Escapes `%`, `_` and `\\` in user input for LIKE.
_LITERAL = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


async def find_by_prefix(reader: Reader, prefix: str, types: str, slug: str, limit: int, offset: int) -> list[Entity]:
    """Return records with a name in which a word begins with the prefix; names that begin with the prefix come
    first."""
    async with reader.connection() as connection:
        rows = await connection.fetch(_PREFIXED, prefix.translate(_LITERAL), types, limit, offset, slug)
    found = await fetch_facts(reader, [row["id"] for row in rows])
    return [found[row["id"]] for row in rows if row["id"] in found]


async def find_schemes(reader: Reader, names: Sequence[str]) -> set[str]:
    """Return the given names that are identifier schemes in use."""
    async with reader.connection() as connection:
        rows = await connection.fetch(_SCHEMES, list(names))
    return {row["scheme"] for row in rows}


_SCHEMES = """
SELECT requested.scheme FROM unnest($1::text[]) AS requested(scheme)
WHERE EXISTS (SELECT FROM external_id x WHERE x.scheme = requested.scheme)
"""
