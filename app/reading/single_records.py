"""Single records by slug, id or external id."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.errors import ApiError, ProblemType, quoted
from app.reading.preparation import prepare_one
from app.reading.query import DetailQuery
from app.reading.reader import Reader
from app.reading.record_keys import find_current_slug
from app.reading.statements import select_one


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record as JSON, and the values of its headers."""

    body: bytes
    revision: int
    at: datetime
    slug: str
    row_version: int


@dataclass(frozen=True, slots=True)
class MovedRecord:
    """The current slug of a record that was requested by a former key."""

    slug: str


async def read_record(reader: Reader, name: str, key: str, query: DetailQuery) -> FoundRecord | MovedRecord:
    """The record with a key. Raises ApiError if no record has the key, if the record is withdrawn, or if several
    records have the key."""
    row = await fetch_record(reader, name, key, query)
    if row["alike"] and row["alike"] > 1:
        raise ApiError(
            ProblemType.CONFLICT, f"{quoted(key)} identifies {row['alike']} records of {name}. Use the slug of one.", []
        )
    if row["slug"] is None:
        await _reject_withdrawn(reader, name, key)
        return MovedRecord(await find_current_slug(reader, name, key))
    if row["withdrawn_at"] is not None:
        raise withdrawn_error(name, row["slug"], row["withdrawn_at"], row["withdrawn_reason"])
    return FoundRecord(row["body"].encode(), row["revision"], row["revised_at"], row["slug"], row["row_version"])


async def fetch_record(reader: Reader, name: str, key: str, query: DetailQuery) -> asyncpg.Record:
    """The row of `select_one` for a key, even if there is no such record or the record is withdrawn."""
    prepared = prepare_one(reader.collections[name], key, query, reader.summary, reader.bounds)
    return await reader.fetch_row(prepared, select_one)


async def _reject_withdrawn(reader: Reader, name: str, key: str) -> None:
    """Raise ApiError (410) for a withdrawn record. This check is needed under `known_by`, where statements do not see
    withdrawn records."""
    if reader.known_by is None:
        return
    row = await fetch_record(reader.without_known_by(), name, key, DetailQuery(fields=["slug"]))
    if row["withdrawn_at"] is not None:
        raise withdrawn_error(name, row["slug"], row["withdrawn_at"], row["withdrawn_reason"])


def withdrawn_error(name: str, slug: str, at: datetime, reason: str) -> ApiError:
    return ApiError(
        ProblemType.GONE, f"{quoted(slug)} was withdrawn from {name} on {at:%Y-%m-%d} at {at:%H:%M} UTC: {reason}"
    )
