"""Resolve keys to records: slug, former slug, id, `scheme:value` or an issue's code. One statement resolves a whole batch."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.texts import is_storable
from app.writing.batch import Known
from app.writing.slugs import is_id

Key = tuple[str, str]
_LOOK_UP = text("""
    SELECT 1 AS way, a.collection, a.key, e.id, e.slug
    FROM unnest(:collections, :keys) AS a(collection, key)
    JOIN entry e ON e.collection = a.collection AND e.slug = a.key
    UNION ALL
    SELECT 2, a.collection, a.key, e.id, e.slug
    FROM unnest(:collections, :keys) AS a(collection, key)
    JOIN slug_alias s ON s.collection = a.collection AND s.slug = a.key JOIN entry e ON e.id = s.record_id
    UNION ALL
    SELECT 3, a.collection, a.key, e.id, e.slug
    FROM unnest(:id_collections, :id_keys, :ids) AS a(collection, key, id)
    JOIN entry e ON e.id = a.id AND e.collection = a.collection
    UNION ALL
    SELECT 4, a.collection, a.key, e.id, e.slug
    FROM unnest(:scheme_collections, :scheme_keys, :schemes, :scheme_values) AS a(collection, key, scheme, value)
    JOIN external_id x ON x.scheme = a.scheme AND x.value = a.value
    JOIN entry e ON e.id = x.record_id AND e.collection = a.collection
    UNION ALL
    SELECT 5, 'issues', a.key, i.id, i.slug
    FROM unnest(:codes) AS a(key) JOIN issue i ON i.code = upper(a.key)
    ORDER BY 1
""").bindparams(
    *(
        bindparam(name, type_=ARRAY(Text))
        for name in (
            "collections", "keys", "id_collections", "id_keys", "scheme_collections", "scheme_keys", "schemes",
            "scheme_values", "codes",
        )
    ),
    bindparam("ids", type_=ARRAY(Uuid)),
)  # fmt: skip
#: CTE `requested` (id, record_id): the records `:records` themselves, and the ids of the records that were merged into them. An
#: alias that is not an id must never be cast to uuid, hence the CASE in a materialized CTE.
WITH_MERGED = """
    merged AS MATERIALIZED (
        SELECT CASE WHEN slug ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN slug::uuid END AS id, record_id
        FROM slug_alias WHERE record_id = ANY(:records)
    ), requested AS (SELECT id, id AS record_id FROM unnest(:records) AS one(id) UNION ALL SELECT id, record_id FROM merged)
"""


class Found:
    """The records that keys refer to, by current key and by former slug. For ambiguous keys, the slugs of all matches."""

    def __init__(self) -> None:
        self.current: dict[Key, Known] = {}
        self.former: dict[Key, Known] = {}
        self.ambiguous: dict[Key, list[str]] = {}

    def get(self, key: Key) -> Known | None:
        return self.current.get(key) or self.former.get(key)


async def look_up(connection: AsyncConnection, keys: Iterable[Key]) -> Found:
    """Resolve (collection, key) pairs in one statement."""
    requested = sorted({(c, k) for c, k in keys if is_storable(k)})
    found = Found()
    if not requested:
        return found
    ids = [(c, k, UUID(k)) for c, k in requested if is_id(k)]
    schemes = [(c, k, *k.split(":", 1)) for c, k in requested if ":" in k]
    values: dict[str, list[Any]] = {
        "collections": [c for c, _ in requested],
        "keys": [k for _, k in requested],
        "id_collections": [c for c, _, _ in ids],
        "id_keys": [k for _, k, _ in ids],
        "ids": [i for _, _, i in ids],
        "scheme_collections": [row[0] for row in schemes],
        "scheme_keys": [row[1] for row in schemes],
        "schemes": [row[2] for row in schemes],
        "scheme_values": [row[3] for row in schemes],
        "codes": [k for c, k in requested if c == "issues"],
    }
    for way, collection, key, identifier, slug in await connection.execute(_LOOK_UP, values):
        place = (collection, key)
        known = Known(identifier, slug)
        if way == 2:
            found.former.setdefault(place, known)
        elif place in found.current and found.current[place].id != identifier and way == 4:
            found.ambiguous.setdefault(place, [found.current[place].slug]).append(slug)
        else:
            found.current.setdefault(place, known)
    return found
