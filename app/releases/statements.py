"""SQL that reads releases, their files, and the records that changed between two revisions."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.tables import RECORDS
from app.reading.as_of import Snapshot
from app.reading.reader import Reader
from app.releases.chunks import CHUNK_SIZE
from app.releases.published import Published, StoredFile
from app.releases.schemas import Creator, FileForm

Connection = AsyncConnection

_OWN = """
SELECT release.id, name, release.revision, revision.at, made_at, made_by, title, note, licence, licence_url, creators,
  publisher, doi, url{tables}
FROM release JOIN revision ON revision.number = release.revision
"""
_LIST = _OWN.format(tables="") + "ORDER BY made_at DESC, name DESC"
_ONE = _OWN.format(tables=", tables") + "WHERE name = $1"
_FILES = """
SELECT id, collection, format, rows, size, sha256, crc32, is_packed, stored_size
FROM release_file WHERE release_id = $1 ORDER BY collection, format
"""
_CHUNK = "SELECT data FROM release_chunk WHERE file_id = $1 AND number = $2"


def _release_of(row: Mapping[str, Any], files: tuple[StoredFile, ...] = ()) -> Published:
    fields = dict(row)
    tables = json.loads(fields.pop("tables", "{}"))
    creators = [Creator(**one) for one in json.loads(fields.pop("creators"))]
    return Published(**fields, creators=creators, tables=tables, files=files)


async def fetch_releases(reader: Reader) -> list[Published]:
    """All releases, newest first, without their files and tables."""
    async with reader.connection() as connection:
        return [_release_of(row) for row in await connection.fetch(_LIST)]


async def fetch_release(reader: Reader, name: str) -> Published | None:
    """A release with its files; None if it does not exist."""
    async with reader.connection() as connection:
        row = await connection.fetchrow(_ONE, name)
        if row is None:
            return None
        found = await connection.fetch(_FILES, row["id"])
    files = (StoredFile(**{**file, "format": FileForm(file["format"])}) for file in found)
    return _release_of(row, tuple(files))


async def fetch_chunks(reader: Reader, file: StoredFile, start: int = 0) -> AsyncIterator[bytes]:
    """The stored bytes of a file from offset `start` on. Holds no connection while a chunk is sent."""
    first, skipped = divmod(start, CHUNK_SIZE)
    for number in range(first, -(-file.stored_size // CHUNK_SIZE)):
        async with reader.connection() as connection:
            data: bytes = await connection.fetchval(_CHUNK, file.id, number)
        yield data[skipped:]
        skipped = 0


async def fetch_newest(reader: Reader) -> Snapshot:
    """The newest revision."""
    async with reader.connection() as connection:
        row = await connection.fetchrow("SELECT revision, at FROM head")
    return Snapshot(row["revision"], row["at"], False)


# --- Changes in the revision range `(older, newer]`. A record that was written in this range may still be equal at both
# ends. Only a comparison of the two states shows that.

_COUNTED = """
SELECT '{collection}' AS collection,
  count(*) FILTER (WHERE NOT was AND becomes) AS added,
  count(*) FILTER (WHERE was AND NOT becomes AND NOT merged) AS withdrawn,
  count(*) FILTER (WHERE was AND NOT becomes AND merged) AS merged,
  count(*) FILTER (WHERE was AND becomes) AS touched
FROM (
  SELECT merged, {was} AS was, {becomes} AS becomes
  FROM (
    SELECT record_id, bool_or(action = 'merge') AS merged FROM public.revision_change
    WHERE collection = '{collection}' AND revision > :older AND revision <= :newer GROUP BY record_id
  ) AS touched
) AS compared
"""
_LIVE = (
    "(EXISTS (SELECT FROM public.{table} AS r WHERE r.id = record_id AND rev_from <= :{at} AND withdrawn_at IS NULL)"
    " OR EXISTS (SELECT FROM history.{table} AS r WHERE r.id = record_id AND rev_from <= :{at} AND rev_to > :{at}"
    " AND withdrawn_at IS NULL))"
)


def _count_query(collection: str) -> str:
    table = RECORDS[collection].__tablename__
    was, becomes = (_LIVE.format(table=table, at=at) for at in ("older", "newer"))
    return _COUNTED.format(collection=collection, was=was, becomes=becomes)


_TOUCHED = text("""
    SELECT record_id, collection, bool_or(action = 'merge') AS is_merged FROM public.revision_change
    WHERE revision > :older AND revision <= :newer AND record_id > :after
      AND (CAST(:collections AS text[]) IS NULL OR collection = ANY (CAST(:collections AS text[])))
    GROUP BY record_id, collection ORDER BY record_id LIMIT :most
""").bindparams(bindparam("collections", type_=ARRAY(Text)))
# Targets of merged records: the slug of a merged record is an alias of its target.
_INTO = text("""
    SELECT gone.id, kept.slug FROM unnest(CAST(:ids AS uuid[]), CAST(:slugs AS text[])) AS gone (id, slug)
    JOIN slug_alias ON slug_alias.collection = :collection AND slug_alias.slug = gone.slug
    JOIN entry AS kept ON kept.id = slug_alias.record_id
""")
_RENAMED = text("""
    SELECT entry.collection, former.slug AS was, entry.slug AS becomes
    FROM history.entry AS former JOIN past.entry ON entry.id = former.id AND entry.slug <> former.slug
    WHERE former.rev_from <= :older AND former.rev_to > :older AND former.rev_to <= :newer
    UNION ALL
    SELECT 'issues', former.code, issue.code
    FROM history.issue AS former JOIN past.issue ON issue.id = former.id AND issue.code <> former.code
    WHERE former.rev_from <= :older AND former.rev_to > :older AND former.rev_to <= :newer
""")


async def fetch_counts(
    connection: Connection, older: int, newer: int, collections: list[str]
) -> dict[str, dict[str, int]]:
    """The numbers of records added, withdrawn, merged into others, and written in between, by collection."""
    # The names can be put into SQL safely, because they are keys of RECORDS.
    statement = text(" UNION ALL ".join(_count_query(name) for name in collections))
    rows = await connection.execute(statement, {"older": older, "newer": newer})
    return {row.pop("collection"): row for row in (dict(row) for row in rows.mappings())}


async def fetch_touched(
    connection: Connection, older: int, newer: int, after: UUID, collections: list[str] | None, most: int
) -> list[Mapping[str, Any]]:
    """The records that were written in the revision range and have an id greater than `after`, ordered by id."""
    values = {"older": older, "newer": newer, "after": after, "collections": collections, "most": most}
    return [dict(row) for row in (await connection.execute(_TOUCHED, values)).mappings()]


async def fetch_renames(connection: Connection, older: int, newer: int) -> dict[tuple[str, str], str]:
    """Map each slug that differs between the revisions: (collection, older slug) → newer slug. Issues are listed with
    their codes instead of slugs."""
    rows = await connection.execute(_RENAMED, {"older": older, "newer": newer})
    return {(collection, was): becomes for collection, was, becomes in rows}


async def fetch_merge_targets(connection: Connection, collection: str, gone: Mapping[UUID, str]) -> dict[UUID, str]:
    """For each merged record, the slug of the record that it was merged into. `gone` maps the ids of the merged
    records to their slugs.
    """
    values = {"collection": collection, "ids": list(gone), "slugs": list(gone.values())}
    rows = await connection.execute(_INTO, values)
    return {row.id: row.slug for row in rows}
