"""The statements of the reconciliation service: candidates of a whole batch, facts of entities, names by prefix."""

import json
from collections.abc import Sequence
from typing import Any

from app.reading.reader import Reader
from app.reconcile.entities import TYPES, Entity

#: Candidates that are looked at more closely, for each query of a batch.
LOOKED_AT = 30

_TABLES = {"parties": "party", "people": "person", "places": "place"}
_TYPES = "'{" + ",".join(TYPES) + "}'"


def _named(near: str, condition: str) -> str:
    """An arm for each table that holds names: collection, id and nearness of what fulfils the condition on `{name}`,
    the column that holds the name in small letters without accents."""
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


# Whole words are looked for too: where the database's character classes are those of C, as in the embedded server,
# letters beyond ASCII make no trigrams.
_FIND = f"""
SELECT q.place, hit.id::text
FROM (
  SELECT parley_folded(text) AS text, text AS exact, types, slug, place,
    plainto_tsquery('parley_simple', text) || plainto_tsquery('parley_ru', text) || plainto_tsquery('parley_mixed', text)
      AS words
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS asked(text, types, slug, place)
) q CROSS JOIN LATERAL (
  SELECT id FROM (
    {_named("greatest(similarity({name}, q.text), word_similarity(q.text, {name}))", "{name} % q.text OR {name} %> q.text OR {words} @@ q.words")}
    UNION ALL SELECT e.collection, e.id, 2 FROM entry e
      WHERE e.collection = ANY ({_TYPES}) AND q.types ~ e.collection AND e.slug = q.slug
    UNION ALL SELECT e.collection, e.id, 2 FROM external_id x JOIN entry e ON e.id = x.record_id
      WHERE x.scheme = split_part(q.exact, ':', 1) AND x.value = substr(q.exact, strpos(q.exact, ':') + 1)
        AND q.types ~ e.collection
  ) AS near(collection, id, nearness)
  GROUP BY id ORDER BY max(nearness) DESC, id LIMIT {LOOKED_AT}
) hit
UNION
SELECT p.place::bigint, e.id::text
FROM unnest($4::text[], $5::text[], $6::text[]) AS p(place, scheme, value)
JOIN external_id x ON x.scheme = p.scheme AND x.value = p.value
JOIN entry e ON e.id = x.record_id AND e.collection = ANY ({_TYPES})
"""  # noqa: S608 - names of tables; every value is bound


async def find(
    reader: Reader, asked: Sequence[tuple[str, str, str]], identified: Sequence[tuple[int, str, str]]
) -> dict[int, list[str]]:
    """Ids of the candidates for each query by its place from 1: (text, types, slug), and (place, scheme, value)."""
    # All of them texts: of other arrays the driver would first ask the server what they are.
    columns = [[str(one[n]) for one in rows] for rows in (asked, identified) for n in range(3)]
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
    """A date as written, with its first and last possible day; empty where it is unknown."""
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
    # No types of the reconciliation service: these two are only compared with their like (`reconcile.comparing`).
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


async def facts(reader: Reader, ids: Sequence[str]) -> dict[str, Entity]:
    """The entities with these ids, all their properties with them; what was withdrawn is not among them."""
    return await _fetch(reader, _FACTS, ids)


async def facts_of(reader: Reader, collection: str, ids: Sequence[str]) -> dict[str, Entity]:
    """The same of one collection, which need be no type of the service."""
    return await _fetch(reader, _FACTS_OF[collection], ids)


async def _fetch(reader: Reader, statement: str, ids: Sequence[str]) -> dict[str, Entity]:
    if not ids:
        return {}
    async with reader.connection() as connection:
        rows = await connection.fetch(statement, list(ids))
    return {str(row["id"]): _entity(row) for row in rows}


def _entity(row: Any) -> Entity:
    identifiers = json.loads(row["identifiers"]) if row["identifiers"] else {}
    return Entity(row["collection"], row["slug"], row["name"], json.loads(row["values"]), identifiers)


_ADDRESSED = f"""
SELECT asked.place, coalesce(e.id, a.record_id)::text AS id
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(collection, slug, place)
LEFT JOIN entry e ON e.collection = asked.collection AND e.slug = asked.slug
LEFT JOIN slug_alias a ON e.id IS NULL AND a.collection = asked.collection AND a.slug = asked.slug
WHERE asked.collection = ANY ({_TYPES}) AND coalesce(e.id, a.record_id) IS NOT NULL
"""  # noqa: S608 - the constant list of types


async def at(reader: Reader, addresses: Sequence[str]) -> dict[str, Entity]:
    """The entities at these addresses (`collection/slug`, also a former slug), by the address as it was given."""
    parts = [address.partition("/") for address in addresses]
    async with reader.connection() as connection:
        rows = await connection.fetch(_ADDRESSED, [part[0] for part in parts], [part[2] for part in parts])
    found = await facts(reader, [row["id"] for row in rows])
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

#: `%`, `_` and `\\` are letters to the asker, not wildcards.
_LITERAL = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


async def prefixed(reader: Reader, prefix: str, types: str, slug: str, limit: int, offset: int) -> list[Entity]:
    """Entities with a name of which a word begins so, those that begin so themselves first."""
    async with reader.connection() as connection:
        rows = await connection.fetch(_PREFIXED, prefix.translate(_LITERAL), types, limit, offset, slug)
    found = await facts(reader, [row["id"] for row in rows])
    return [found[row["id"]] for row in rows if row["id"] in found]


async def schemes(reader: Reader, asked: Sequence[str]) -> set[str]:
    """Those of the words that are schemes of identifiers in use."""
    async with reader.connection() as connection:
        rows = await connection.fetch(_SCHEMES, list(asked))
    return {row["scheme"] for row in rows}


_SCHEMES = """
SELECT asked.scheme FROM unnest($1::text[]) AS asked(scheme)
WHERE EXISTS (SELECT FROM external_id x WHERE x.scheme = asked.scheme)
"""
