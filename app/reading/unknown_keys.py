"""What is said of names that lead nowhere: which one was perhaps meant, or when there was such a record.

These statements run only where the answer is a refusal; the answer's own statement has noticed that something lacks.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from app.errors import ApiError, ProblemType, Violation, allowed_hint
from app.reading.as_of import Moment
from app.reading.binding import slug_of
from app.reading.derived_filters import asked_values
from app.reading.filters import Built, Equal, To
from app.reading.query import DetailQuery, markers

#: Unknown names of one parameter that are told, each with the nearest known one.
HINTS = 25


class Connected(Protocol):
    """What a reader has, as far as names are concerned."""

    moment: Moment | None
    known_by: date | None
    schemes: Callable[[], frozenset[str]]

    def connection(self) -> AbstractAsyncContextManager[Any]:
        """A connection that reads the reader's moment."""
        ...

    def plain(self) -> "Connected":
        """The reader of all that is stored, known or not."""
        ...

    def now(self) -> "Connected":
        """The reader of the newest revision."""
        ...

    async def one(self, name: str, key: str, query: DetailQuery) -> Any:
        """One record. Raises ApiError: unknown, or withdrawn."""
        ...


async def refuse_unknown(reader: Connected, query: BaseModel, row: Mapping[str, Any]) -> None:
    """Refuse a query that names what does not exist. The page's statement has counted; only a lack is looked at.

    A record that exists at another time than the one asked for is refused as it is when it is read alone."""
    lacks: list[Lack] = []
    for name, marker in markers(type(query), (To,)):
        keys = asked_values(getattr(query, name))
        if keys and row[f"known_{name}"] < len(keys):
            lacks += await _unknown(reader, query, name, [(marker.collection, key, key) for key in keys])
    lacks += await _misnamed(reader, query, bool(row["found"]))
    if not lacks:
        return
    violations = [lack.violation for lack in lacks]
    alone = [lack.alone for lack in lacks if lack.alone is not None]
    if len(alone) == len(lacks):
        raise ApiError(alone[0].kind, alone[0].detail, violations)
    raise ApiError(ProblemType.INVALID, "The query names records that do not exist.", violations)


@dataclass(frozen=True, slots=True)
class Lack:
    """A value that leads to nothing. `alone`: how the record itself is refused, where it exists at another time."""

    violation: Violation
    alone: ApiError | None = None


async def _misnamed(reader: Connected, query: BaseModel, is_found: bool) -> list[Lack]:
    """Values that name a record or a row that is not there: of a list that found nothing; of `.none`, which finds all
    where a value is misspelt, in any case."""
    lacks: list[Lack] = []
    if not is_found and (identifiers := getattr(query, "external_id", None)):
        lacks += await _unknown_schemes(reader, "external_id", identifiers, "external_id")
    for name, marker in markers(type(query), (Built, Equal)):
        if is_found and not marker.is_none:
            continue
        value = getattr(query, name)
        words = asked_values(value)
        if not words:
            continue
        if isinstance(marker, Built) and marker.addresses:
            parts = [(word, *word.partition("/")) for word in words]
            lacks += await _unknown(reader, query, name, [(where, key, word) for word, where, _, key in parts])
        if isinstance(marker, Equal) and marker.schemes is not None:
            lacks += await _unknown_schemes(reader, marker.schemes, words, _parameter(query, name))
        if marker.names is None or (isinstance(marker, Built) and marker.vary and marker.vary(value) != "named"):
            continue
        table, column = marker.names
        # Both names are constants of a declaration; the values are bound.
        known = f"SELECT {column} FROM {table} WHERE {column} = ANY($1)"  # noqa: S608
        near = (
            f"SELECT {column} FROM (SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 10000) AS known"  # noqa: S608
            f" ORDER BY similarity({column}, $1) DESC, 1 LIMIT 1"
        )
        async with reader.connection() as connection:
            there = {one[0] for one in await connection.fetch(known, words)}
            for word in [word for word in words if word not in there][:HINTS]:
                nearest = await connection.fetchval(near, word[:100])
                hint = f"Did you mean '{nearest}'?" if nearest else None
                message = f"No {table} has the {column} '{word}'."
                lacks.append(Lack(Violation(message, parameter=_parameter(query, name), hint=hint)))
    return lacks


async def _unknown_schemes(reader: Connected, table: str, identifiers: list[str], parameter: str) -> list[Lack]:
    """A lack for each scheme of these identifiers (`scheme:value`) that neither a row of the table nor a profile has, whatever
    time is read: that nothing had one then is an answer."""
    schemes = list(dict.fromkeys(one.partition(":")[0] for one in identifiers))
    # The table is a constant of a declaration; the schemes are bound.
    known = f"SELECT asked FROM unnest($1::text[]) AS asked WHERE EXISTS (SELECT FROM {table} WHERE scheme = asked)"  # noqa: S608
    async with reader.plain().now().connection() as connection:
        there = {row["asked"] for row in await connection.fetch(known, schemes)}
        every = f"SELECT DISTINCT scheme FROM {table}"  # noqa: S608
        stored = [row["scheme"] for row in await connection.fetch(every)] if there != set(schemes) else []
    if there == set(schemes):
        return []
    # Profiles are read from files: not in the loop.
    names = sorted({*stored, *await asyncio.to_thread(reader.schemes)})
    lacking = [scheme for scheme in schemes if scheme not in names][:HINTS]
    return [
        Lack(
            Violation(
                f"No data set is known by the scheme '{scheme[:60]}'.",
                parameter=parameter,
                hint=allowed_hint(scheme, names, "Known schemes"),
            )
        )
        for scheme in lacking
    ]


async def _unknown(reader: Connected, query: BaseModel, name: str, named: list[tuple[str, str, str]]) -> list[Lack]:
    """A lack for each key (collection, key, as written) that leads to no record; the first of them with a hint."""
    collections = [collection for collection, _, _ in named]
    slugs = [slug_of(key, collection) for collection, key, _ in named]
    async with reader.connection() as connection:
        known = await connection.fetch(_KNOWN, collections, slugs)
    there = {one["place"] for one in known}
    lacks: list[Lack] = []
    for place, (collection, key, written) in enumerate(named, 1):
        if place in there or len(lacks) >= HINTS:
            continue
        if alone := await _refused_alone(reader, collection, key):
            lacks.append(Lack(Violation(alone.detail, parameter=_parameter(query, name)), alone))
            continue
        hint = await _hint(reader, collection, key) or f"/v1/{collection}?q={quote(key[:60])} finds slugs by names."
        message = f"There is nothing in {collection} that is called '{written}'."
        lacks.append(Lack(Violation(message, parameter=_parameter(query, name), hint=hint)))
    return lacks


async def _refused_alone(reader: Connected, collection: str, key: str) -> ApiError | None:
    """How the record of this key is refused at the time that is read; None where the key leads to none at any time."""
    is_now = reader.moment is None and reader.known_by is None
    if is_now or not await leads_to(reader.plain().now(), collection, key):
        return None
    try:
        await reader.one(collection, key, DetailQuery(fields=["slug"]))
    except ApiError as refusal:
        return refusal
    return None


async def slug_since(reader: Connected, name: str, key: str) -> str:
    """The slug of the record that once had this one, or into which that of this slug or id was merged. Raises ApiError: there is none, or not yet."""
    async with reader.connection() as connection:
        slug: str | None = await connection.fetchval(_SINCE, name, key)
    if slug:
        return slug
    await refuse_not_known(reader, name, key)
    if reader.moment is not None:
        await _refuse_later(reader, reader.moment.revision, name, key)
    hint = await _hint(reader, name, key) or ""
    raise ApiError(ProblemType.NOT_FOUND, f"There is nothing in {name} that is called '{key}'. {hint}".strip())


async def refuse_not_known(reader: Connected, name: str, key: str) -> None:
    """Refuse a key that leads to a record which is stored, and was not known on the day that is asked for."""
    if violation := await _not_known(reader, name, key):
        raise ApiError(ProblemType.NOT_FOUND, f"{violation.message}. {violation.hint}")


async def _not_known(reader: Connected, name: str, key: str) -> Violation | None:
    """Why this key leads to nothing, where that is because of the day: the ledger is open, so what it hides is told to
    whoever names it."""
    if reader.known_by is None or not (ids := await leads_to(reader.plain(), name, key)):
        return None
    async with reader.plain().connection() as connection:
        row = await connection.fetchrow(_KNOWN_ON, ids)
    if row is None or row["known_on"] <= reader.known_by.isoformat():
        return None
    hint = f"It is known from {row['known_on']} on."
    if row["known_on"] == "infinity":
        hint = "It was withdrawn." if row["is_withdrawn"] else "No source with a date makes it known."
    return Violation(f"'{key}' of {name} was not known on {reader.known_by}", hint=hint)


async def _refuse_later(reader: Connected, revision: int, name: str, key: str) -> None:
    """Refuse a key that leads to a record by now, and did not yet at the revision that is read."""
    ids = (await leads_to(reader.now(), name, key))[:1]
    async with reader.connection() as connection:
        then = await connection.fetchval("SELECT slug FROM entry WHERE id = ANY ($1::uuid[])", ids)
    if then:
        raise ApiError(ProblemType.NOT_FOUND, f"At revision {revision} '{key}' was called '{then}'.")
    if ids:
        raise ApiError(ProblemType.NOT_FOUND, f"'{key}' was not yet in {name} at revision {revision}.")


async def leads_to(reader: Connected, name: str, key: str) -> list[UUID]:
    """The ids of the records that a key leads to or once led to, withdrawn and erased ones too, the nearest first."""
    async with reader.connection() as connection:
        found = await connection.fetch(_LEADS_TO, name, slug_of(key, name))
    return list(dict.fromkeys(row["id"] for row in found))


async def slugs_of(reader: Connected, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The slugs of these records, as far as they are there."""
    async with reader.connection() as connection:
        found = await connection.fetch("SELECT id, slug FROM entry WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["slug"] for row in found}


async def is_known(reader: Connected, collection: str, key: str) -> bool:
    """Whether the key leads to a record, withdrawn or not."""
    async with reader.connection() as connection:
        return bool(await connection.fetch(_KNOWN, [collection], [slug_of(key, collection)]))


async def nearest_slug(reader: Connected, collection: str, key: str) -> str | None:
    """The slug that is most like a key, if any is like it."""
    async with reader.connection() as connection:
        near: str | None = await connection.fetchval(_NEAREST, collection, key[:100])
    return near


async def _hint(reader: Connected, collection: str, key: str) -> str | None:
    near = await nearest_slug(reader, collection, key)
    return f"Did you mean '{near}'?" if near else None


def _parameter(query: BaseModel, name: str) -> str:
    return type(query).model_fields[name].alias or name


_SINCE = """
SELECT e.slug FROM slug_alias a JOIN entry e ON e.id = a.record_id WHERE a.collection = $1 AND a.slug = lower($2)
"""

# As text: 'infinity' comes after all days. Of a key that led to several the first of which there is a day: one that was
# merged away has none.
_KNOWN_ON = """
SELECT k.known_on::text AS known_on, coalesce((
    SELECT action = 'withdraw' FROM revision_change
    WHERE record_id = k.id AND action IN ('withdraw', 'restore') ORDER BY revision DESC LIMIT 1
), false) AS is_withdrawn
FROM unnest($1::uuid[]) WITH ORDINALITY AS led(id, place) JOIN known_day k ON k.id = led.id ORDER BY place LIMIT 1
"""

_KNOWN = """
SELECT place FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(collection, key, place)
WHERE EXISTS (SELECT FROM entry e WHERE e.collection = asked.collection AND e.slug = asked.key)
   OR EXISTS (SELECT FROM slug_alias a WHERE a.collection = asked.collection AND a.slug = lower(asked.key))
   OR EXISTS (SELECT FROM entry e WHERE e.collection = asked.collection AND e.id = CASE WHEN asked.key ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN asked.key::uuid END)
   OR EXISTS (SELECT FROM external_id x JOIN entry e ON e.id = x.record_id AND e.collection = asked.collection
              WHERE x.scheme = split_part(asked.key, ':', 1)
                AND x.value = substr(asked.key, strpos(asked.key, ':') + 1))
"""

_LEADS_TO = """
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
