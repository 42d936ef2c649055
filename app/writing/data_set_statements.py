"""Read and write the statements of data sets: what each imported data set last said about each of its records."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.writing.resolution import WITH_MERGED

#: The key of a record in a data set: its collection, and the key that the import profile generates.
Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a data set last said about one record. `body` is None if the newest file no longer contains the record."""

    prefix: str
    data_set: str
    collection: str
    key: str
    record_id: UUID
    """The record that the statement is about or, after a merge, the remaining record."""
    is_native: bool
    """Whether the statement was made about this record itself, and not about a record that was merged into it later."""
    identifier: str | None
    body: dict[str, Any] | None
    has_withdrawn: bool
    first_since: int
    """The revision of the data set's first statement about the record."""
    first_at: datetime
    untaken: dict[str, Any]
    """Fields whose values in `body` were not applied to the record, with the values applied before, or None if there
    were none.
    """
    last: dict[str, Any] | None
    """The last body, even if the newest file no longer contains the record."""

    @property
    def named(self) -> Named:
        return self.collection, self.key


def as_taken(body: Mapping[str, object], untaken: Mapping[str, object]) -> dict[str, object]:
    """The body as it was applied. The fields in `untaken` have the values that were applied before."""
    applied = {**body, **untaken}
    return {name: value for name, value in applied.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement to be written. `pointer` is the pointer of the intent that creates the record, if the record is new."""

    collection: str
    key: str
    record_id: UUID | None
    pointer: str
    identifier: str | None
    body: dict[str, Any] | None
    has_withdrawn: bool = False
    untaken: Mapping[str, Any] = field(default_factory=dict)


async def by_keys(connection: AsyncConnection, prefix: str, keys: Iterable[Named]) -> list[Statement]:
    """The statements with these keys, of all data sets with the prefix."""
    several = sorted(set(keys))
    if not several:
        return []
    values = {"prefix": prefix, "collections": [one for one, _ in several], "keys": [key for _, key in several]}
    return _statements(await connection.execute(_BY_KEYS, values))


async def by_records(connection: AsyncConnection, records: Iterable[UUID]) -> dict[UUID, list[Statement]]:
    """All statements about these records, in the order in which they were first made."""
    ids = sorted(set(records))
    found: dict[UUID, list[Statement]] = {}
    if ids:
        for one in _statements(await connection.execute(_BY_RECORDS, {"records": ids})):
            found.setdefault(one.record_id, []).append(one)
    return found


async def identifying_schemes(connection: AsyncConnection, schemes: Iterable[str]) -> set[str]:
    """Return the given schemes that an imported data set uses to identify its records."""
    requested = {"schemes": sorted(set(schemes))}
    return set((await connection.execute(_IDENTIFYING, requested)).scalars()) if requested["schemes"] else set()


async def identified(connection: AsyncConnection, identifiers: Iterable[str]) -> set[str]:
    """Return the given identifiers (`scheme:value`) that identify a record of a data set."""
    requested = {"identifiers": sorted(set(identifiers))}
    return set((await connection.execute(_IDENTIFIED, requested)).scalars()) if requested["identifiers"] else set()


async def counts(connection: AsyncConnection, data_set: str) -> dict[str, int]:
    """The number of records of the data set by collection, without nested records."""
    return {row.collection: row.number for row in await connection.execute(_COUNTS, {"data_set": data_set})}


async def of_data_set(connection: AsyncConnection, data_set: str) -> AsyncIterator[tuple[str, str, UUID]]:
    """The current statements of a data set: (collection, key, id of the record after merges)."""
    async with connection.stream(_OF_DATA_SET, {"data_set": data_set}) as rows:
        async for row in rows:
            yield row.collection, row.key, row.record_id


async def write(connection: AsyncConnection, prefix: str, data_set: str, since: int, several: Sequence[Stated]) -> None:
    """Write statements. Each statement must have a `record_id` by now."""
    if not several:
        return
    rows = {(one.collection, one.key): one for one in several}.values()
    await connection.execute(
        _WRITE,
        {
            "prefix": prefix,
            "data_set": data_set,
            "since": since,
            "collections": [one.collection for one in rows],
            "keys": [one.key for one in rows],
            "ids": [one.record_id for one in rows],
            "identifiers": [one.identifier for one in rows],
            "bodies": [None if one.body is None else json.dumps(one.body, ensure_ascii=False) for one in rows],
            "withdrawn": [one.has_withdrawn for one in rows],
            "untaken": [json.dumps(dict(one.untaken), ensure_ascii=False) for one in rows],
        },
    )


def _statements(rows: Iterable[Any]) -> list[Statement]:
    return [Statement(*row) for row in rows]


_COLUMNS = """
    s.prefix, s.data_set, s.collection, s.key, coalesce(a.record_id, s.record_id), a.record_id IS NULL, s.identifier,
    CASE WHEN s.is_stated THEN s.body END, s.has_withdrawn, s.first_since, s.first_at, s.untaken, s.body
"""
#: The id of a merged record redirects to the record that it was merged into.
_NOW = "LEFT JOIN slug_alias AS a ON a.collection = s.collection AND a.slug = s.record_id::text"
_BY_KEYS = text(f"""
    SELECT {_COLUMNS} FROM unnest(:collections, :keys) AS requested(collection, key)
    JOIN data_set_statement AS s ON s.prefix = :prefix AND s.collection = requested.collection AND s.key = requested.key
    {_NOW} ORDER BY s.first_since, s.first_at, s.data_set
""").bindparams(bindparam("collections", type_=ARRAY(Text)), bindparam("keys", type_=ARRAY(Text)))  # noqa: S608 - constant SQL
_BY_RECORDS = text(f"""
    WITH {WITH_MERGED}
    SELECT {_COLUMNS} FROM requested JOIN data_set_statement AS s ON s.record_id = requested.id {_NOW}
    ORDER BY s.first_since, s.first_at, s.data_set, s.key
""").bindparams(bindparam("records", type_=ARRAY(Uuid)))  # noqa: S608 - constant SQL
_OF_DATA_SET = text(f"""
    SELECT s.collection, s.key, coalesce(a.record_id, s.record_id) AS record_id FROM data_set_statement AS s {_NOW}
    WHERE s.data_set = :data_set AND s.is_stated ORDER BY s.collection, s.key
""")  # noqa: S608 - constant SQL
_IDENTIFYING = text("""
    SELECT scheme FROM unnest(:schemes) AS requested(scheme) WHERE EXISTS (
        SELECT FROM data_set_statement AS s
        WHERE s.identifier ~>=~ (requested.scheme || ':') AND s.identifier ~<~ (requested.scheme || ';') AND s.is_stated
    )
""").bindparams(bindparam("schemes", type_=ARRAY(Text)))
_IDENTIFIED = text("""
    SELECT DISTINCT identifier FROM data_set_statement WHERE identifier = ANY (:identifiers) AND is_stated
""").bindparams(bindparam("identifiers", type_=ARRAY(Text)))
_COUNTS = text("""
    SELECT collection, count(*) AS number FROM data_set_statement
    WHERE data_set = :data_set AND is_stated AND key NOT LIKE '%/%' GROUP BY 1
""")
_WRITE = text("""
    INSERT INTO data_set_statement (
        prefix, collection, key, data_set, record_id, identifier, body, is_stated, untaken, has_withdrawn,
        first_since, since
    )
    SELECT :prefix, collection, key, :data_set, id, identifier, body::jsonb, body IS NOT NULL, untaken::jsonb, has_withdrawn, :since, :since
    FROM unnest(:collections, :keys, :ids, :identifiers, :bodies, :untaken, :withdrawn)
        AS one(collection, key, id, identifier, body, untaken, has_withdrawn)
    ON CONFLICT (prefix, collection, key, data_set) DO UPDATE SET identifier = excluded.identifier, is_stated = excluded.is_stated,
        body = coalesce(excluded.body, data_set_statement.body),
        untaken = CASE WHEN excluded.is_stated THEN excluded.untaken ELSE data_set_statement.untaken END,
        has_withdrawn = excluded.has_withdrawn, since = excluded.since,
        record_id = CASE WHEN excluded.record_id = data_set_statement.record_id THEN data_set_statement.record_id
            WHEN EXISTS (
                SELECT FROM slug_alias AS a WHERE a.collection = excluded.collection
                AND a.slug = data_set_statement.record_id::text AND a.record_id = excluded.record_id
            ) THEN data_set_statement.record_id
            ELSE excluded.record_id
        END
""").bindparams(
    bindparam("collections", type_=ARRAY(Text)),
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("identifiers", type_=ARRAY(Text)),
    bindparam("bodies", type_=ARRAY(Text)),
    bindparam("untaken", type_=ARRAY(Text)),
    bindparam("withdrawn", type_=ARRAY(Boolean)),
)
