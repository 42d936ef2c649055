"""Find records by a key: the current slug, a former slug, an id or an identifier in another data set."""

from collections.abc import Iterable
from uuid import UUID

from app.errors import ApiError, ProblemType, Violation, quoted
from app.reading.binding import slug_of
from app.reading.reader import Reader


async def find_current_slug(reader: Reader, name: str, key: str) -> str:
    """Return the current slug of the record that formerly had this slug, or that the record with this key was merged
    into. Raises ApiError (404) if there is no such record, or if it did not exist yet at the snapshot."""
    async with reader.connection() as connection:
        slug: str | None = await connection.fetchval(_CURRENT_SLUG, name, key)
    if slug:
        return slug
    await reject_if_not_public(reader, name, key)
    if reader.snapshot is not None:
        await _reject_if_later(reader, reader.snapshot.revision, name, key)
    hint = await nearest_slug_hint(reader, name, key) or ""
    raise ApiError(ProblemType.NOT_FOUND, f"Not found: {quoted(key)} in {name}. {hint}".strip())


async def reject_if_not_public(reader: Reader, name: str, key: str) -> None:
    """Raise ApiError (404) if a record has this key but was not public on the `known_by` day."""
    if violation := await _not_public(reader, name, key):
        raise ApiError(ProblemType.NOT_FOUND, f"{violation.message}. {violation.hint}")


async def _not_public(reader: Reader, name: str, key: str) -> Violation | None:
    """Why the record with this key is hidden on the `known_by` day. The whole database is public, so the reason is no
    secret."""
    if reader.known_by is None or not (ids := await find_record_ids(reader.without_known_by(), name, key)):
        return None
    async with reader.without_known_by().connection() as connection:
        row = await connection.fetchrow(_KNOWN_ON, ids)
        is_earlier = (
            row and reader.known_to and await connection.fetchval(_KNOWN_EARLIER, row["id"], reader.known_to.id)
        )
    if row is None or row["known_on"] <= reader.known_by.isoformat():
        return None
    party = f" to {quoted(reader.known_to.slug)}" if reader.known_to else ""
    public = " to the public" if reader.known_to else ""
    hint = f"{'The public knows it' if public else 'It is known'} from {row['known_on']} on."
    if row["known_on"] == "infinity":
        hint = "It was withdrawn." if row["is_withdrawn"] else f"No source with a date makes it known{public}."
    if is_earlier and reader.known_to:
        hint += f" {quoted(reader.known_to.slug)} could know it earlier, but not yet on {reader.known_by}."
    return Violation(f"{quoted(key)} of {name} was not known{party} on {reader.known_by}", hint=hint)


async def _reject_if_later(reader: Reader, revision: int, name: str, key: str) -> None:
    """Raise ApiError (404) if a record has this key at the newest revision, but did not have it at the snapshot."""
    ids = (await find_record_ids(reader.at_head(), name, key))[:1]
    async with reader.connection() as connection:
        former = await connection.fetchval("SELECT slug FROM entry WHERE id = ANY ($1::uuid[])", ids)
    if former:
        raise ApiError(ProblemType.NOT_FOUND, f"At revision {revision} {quoted(key)} was called {quoted(former)}.")
    if ids:
        raise ApiError(ProblemType.NOT_FOUND, f"{quoted(key)} was not yet in {name} at revision {revision}.")


async def find_record_ids(reader: Reader, name: str, key: str) -> list[UUID]:
    """The ids of the records that have this key or had it before, the best match first; withdrawn and erased records
    are included."""
    async with reader.connection() as connection:
        found = await connection.fetch(_RECORD_IDS, name, slug_of(key, name))
    return list(dict.fromkeys(row["id"] for row in found))


async def fetch_slugs(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The slugs of the records with these ids. Ids without a record are omitted."""
    async with reader.connection() as connection:
        found = await connection.fetch("SELECT id, slug FROM entry WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["slug"] for row in found}


async def find_existing(reader: Reader, collections: list[str], keys: list[str]) -> set[int]:
    """The places, counted from 1, of the keys that identify a record, withdrawn or not. `collections`: the collection
    of each key."""
    slugs = [slug_of(key, collection) for collection, key in zip(collections, keys, strict=True)]
    async with reader.connection() as connection:
        return {row["place"] for row in await connection.fetch(_EXISTING, collections, slugs)}


async def record_exists(reader: Reader, collection: str, key: str) -> bool:
    """Whether a record has this key, withdrawn or not."""
    return bool(await find_existing(reader, [collection], [key]))


async def find_nearest_slug(reader: Reader, collection: str, key: str) -> str | None:
    """The slug that is most similar to a key; None if none is similar."""
    async with reader.connection() as connection:
        nearest: str | None = await connection.fetchval(_NEAREST, collection, key[:100])
    return nearest


async def nearest_slug_hint(reader: Reader, collection: str, key: str) -> str | None:
    nearest = await find_nearest_slug(reader, collection, key)
    return f"Did you mean {quoted(nearest)}?" if nearest else None


_CURRENT_SLUG = """
SELECT e.slug FROM slug_alias a JOIN entry e ON e.id = a.record_id WHERE a.collection = $1 AND a.slug = lower($2)
"""

# `known_on` is compared as text, in which 'infinity' sorts after all days. If the key leads to several records, the
# first record with a day is used, because a record that was merged into another one has no day.
_KNOWN_ON = """
SELECT k.id, k.known_on::text AS known_on, coalesce((
    SELECT action = 'withdraw' FROM revision_change
    WHERE record_id = k.id AND action IN ('withdraw', 'restore') ORDER BY revision DESC LIMIT 1
), false) AS is_withdrawn
FROM unnest($1::uuid[]) WITH ORDINALITY AS led(id, place) JOIN known_day k ON k.id = led.id ORDER BY place LIMIT 1
"""

#: Whether a party could know a record before the public did.
_KNOWN_EARLIER = """
SELECT k.id IN (SELECT parley_known_to(k.collection, $2, least(k.known_on, DATE '9999-12-31') - 1))
FROM known_day k WHERE k.id = $1
"""

_EXISTING = """
SELECT place FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS requested(collection, key, place)
WHERE EXISTS (SELECT FROM entry e WHERE e.collection = requested.collection AND e.slug = requested.key)
   OR EXISTS (SELECT FROM slug_alias a WHERE a.collection = requested.collection AND a.slug = lower(requested.key))
   OR EXISTS (SELECT FROM entry e WHERE e.collection = requested.collection AND e.id = CASE WHEN requested.key ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN requested.key::uuid END)
   OR EXISTS (SELECT FROM external_id x JOIN entry e ON e.id = x.record_id AND e.collection = requested.collection
              WHERE x.scheme = split_part(requested.key, ':', 1)
                AND x.value = substr(requested.key, strpos(requested.key, ':') + 1))
"""

_RECORD_IDS = """
SELECT id FROM (
  SELECT 1 AS place, id FROM entry WHERE collection = $1 AND slug = $2
  UNION ALL SELECT 2, old.id FROM history.entry old JOIN revision_change merged ON merged.record_id = old.id
    WHERE merged.action = 'merge' AND merged.revision = old.rev_to AND old.collection = $1
    AND (old.slug = $2 OR old.id = CASE WHEN $2 ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN $2::uuid END)
  UNION ALL SELECT 3, record_id FROM slug_alias WHERE collection = $1 AND slug = lower($2)
  UNION ALL SELECT 4, id FROM entry WHERE collection = $1
    AND id = CASE WHEN $2 ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN $2::uuid END
  UNION ALL SELECT 5, e.id FROM external_id x JOIN entry e ON e.id = x.record_id AND e.collection = $1
    WHERE x.scheme = split_part($2, ':', 1) AND x.value = substr($2, strpos($2, ':') + 1)
  UNION ALL SELECT 6, id FROM history.entry WHERE collection = $1 AND slug = $2
) AS known ORDER BY place, id
"""

_NEAREST = """
SELECT slug FROM entry WHERE collection = $1 AND slug % $2 ORDER BY similarity(slug, $2) DESC, slug LIMIT 1
"""
