"""SQL statements about the contents of dossiers (table `dossier_content`)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Executable, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.writing.additions import Place
from app.writing.resolution import WITH_MERGED


@dataclass(frozen=True, slots=True)
class ContentRow:
    """A current row of `dossier_content`. In `record` and `key`, ids of merged records are replaced by those of the
    remaining records.
    """

    stored: Place
    record: UUID
    key: str
    collection: str
    is_own: bool

    @property
    def place(self) -> Place:
        return self.record, self.stored[1], self.key


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def fetch_rows(
    connection: AsyncConnection, statement: Executable, values: Mapping[str, object]
) -> list[ContentRow]:
    """Execute a statement that selects content rows. In their keys, ids of merged records are replaced by those of the
    remaining records.
    """
    found = [
        ContentRow((stored, name, key), record, key, collection, is_own)
        for stored, record, name, key, collection, is_own in await connection.execute(statement, values)
    ]
    ids = sorted({part for one in found for part in _ID.findall(one.key)})
    if not ids:
        return found
    now = {slug: str(record) for slug, record in await connection.execute(_MERGED, {"ids": ids})}
    return [replace(one, key=_ID.sub(lambda part: now.get(part[0], part[0]), one.key)) for one in found]


async def fetch_added(connection: AsyncConnection, processes: Sequence[UUID]) -> list[ContentRow]:
    """The rows and citations that the dossiers of these processes add to records of other dossiers."""
    return await fetch_rows(connection, _ADDED, {"processes": list(processes)})


async def fetch_collections(connection: AsyncConnection, records: Iterable[UUID]) -> dict[UUID, str]:
    """The collections of records, by id."""
    return {row.id: row.collection for row in await connection.execute(_SLUGS, {"ids": list(records)})}


async def fetch_slugs(connection: AsyncConnection, records: Iterable[UUID]) -> dict[UUID, str]:
    """The slugs of records, by id."""
    if not (ids := list(records)):
        return {}
    return {row.id: row.slug for row in await connection.execute(_SLUGS, {"ids": ids})}


def arrays_of(places: Iterable[Place]) -> dict[str, list[object]]:
    """The places as three parallel arrays, for `unnest`."""
    rows = list(places)
    return {name: [row[column] for row in rows] for column, name in enumerate(("ids", "fields", "keys"))}


#: The id of a merged record redirects to the record that it was merged into.
BEFORE = text("""
    SELECT c.record_id, coalesce(a.record_id, c.record_id), c.field, c.key, c.collection, c.is_own
    FROM dossier_content c LEFT JOIN slug_alias a ON a.collection = c.collection AND a.slug = c.record_id::text
    WHERE c.until IS NULL AND c.dossier = :dossier
""")
OTHERS = text(f"""
    WITH {WITH_MERGED}
    SELECT c.record_id, requested.record_id, c.field, c.key, c.collection, c.is_own
    FROM requested JOIN dossier_content c ON c.record_id = requested.id
    WHERE c.until IS NULL AND c.dossier <> :dossier
""").bindparams(bindparam("records", type_=ARRAY(Uuid)))  # noqa: S608 - constant SQL
_ADDED = text("""
    SELECT DISTINCT c.record_id, coalesce(a.record_id, c.record_id), c.field, c.key, c.collection, c.is_own
    FROM dossier_content own
    JOIN dossier_content c ON c.dossier = own.dossier AND c.until IS NULL AND c.field <> ''
    LEFT JOIN slug_alias a ON a.collection = c.collection AND a.slug = c.record_id::text
    WHERE own.record_id = ANY(:processes) AND own.field = '' AND own.until IS NULL
""").bindparams(bindparam("processes", type_=ARRAY(Uuid)))
_MERGED = text("SELECT slug, record_id FROM slug_alias WHERE slug = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Text))
)
_SLUGS = text("SELECT id, slug, collection FROM entry WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)
_PLACES = (
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("fields", type_=ARRAY(Text)),
    bindparam("keys", type_=ARRAY(Text)),
)
#: Deletes rows whose `since` is the current revision number, instead of setting `until`. Such rows come from an earlier
#: write of the dossier. That write made no revision, so the current write has the same number.
FORGET = text("""
    DELETE FROM dossier_content WHERE dossier = :dossier AND until IS NULL AND since = :here
    AND (record_id, field, key) IN (SELECT * FROM unnest(:ids, :fields, :keys))
""").bindparams(*_PLACES)
END = text("""
    UPDATE dossier_content SET until = :here WHERE dossier = :dossier AND until IS NULL
    AND (record_id, field, key) IN (SELECT * FROM unnest(:ids, :fields, :keys))
""").bindparams(*_PLACES)
BEGIN = text("""
    INSERT INTO dossier_content (dossier, record_id, field, key, since, collection, is_own)
    SELECT :dossier, id, field, key, :here, collection, is_own
    FROM unnest(:ids, :fields, :keys, :collections, :owned) AS new(id, field, key, collection, is_own)
""").bindparams(*_PLACES, bindparam("collections", type_=ARRAY(Text)), bindparam("owned", type_=ARRAY(Boolean)))
OWN = text("""
    UPDATE dossier_content SET is_own = :is_own WHERE dossier <> :dossier AND until IS NULL AND is_own <> :is_own
    AND (record_id, field, key) IN (SELECT * FROM unnest(:ids, :fields, :keys))
""").bindparams(*_PLACES)
