"""Errors for filter values that name nonexistent records, rows or schemes.

The statements of this module run only to explain an error. The answer's own statement detects the error: it finds
fewer records than were named, or no records at all.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import asyncpg
from pydantic import BaseModel

from app.errors import ApiError, ProblemType, Violation, allowed_hint, nearest, quoted
from app.reading.derived_filters import values_without_null
from app.reading.filters import Built, Equal, To
from app.reading.preparation import Prepared
from app.reading.query import DetailQuery, markers
from app.reading.reader import Reader
from app.reading.record_keys import find_existing, find_record_ids, nearest_slug_hint
from app.reading.single_records import read_record
from app.reading.statement_cache import Build

#: Maximum number of unknown names reported per parameter, each with the most similar existing name.
MAX_HINTS = 25


async def reject_unknown_names(reader: Reader, query: BaseModel, row: Mapping[str, Any]) -> None:
    """Raise ApiError if the query names something that does not exist. `row`: the row that the query's statement
    returned, with the number of records found and, for each filter, the number of named records.

    If all the missing records exist at another snapshot or `known_by` day, the error is the same as for reading the
    first of them as a single record.
    """
    unknown_values: list[UnknownValue] = []
    for name, marker in markers(type(query), (To,)):
        keys = values_without_null(getattr(query, name))
        if keys and row[f"known_{name}"] < len(keys):
            unknown_values += await _find_unknown(reader, query, name, [(marker.collection, key, key) for key in keys])
    unknown_values += await _find_misnamed(reader, query, bool(row["found"]))
    raise_unknown(unknown_values)


async def reject_unknown_record(reader: Reader, query: BaseModel, name: str, collection: str, key: str) -> None:
    """Raise ApiError if the parameter `name` of the query has a key that identifies no record."""
    raise_unknown(await _find_unknown(reader, query, name, [(collection, key, key)]))


def raise_unknown(unknown_values: "list[UnknownValue]") -> None:
    """Raise ApiError with the violations of these values, if there are any."""
    if not unknown_values:
        return
    violations = [value.violation for value in unknown_values]
    errors = [value.record_error for value in unknown_values if value.record_error is not None]
    if len(errors) == len(unknown_values):
        raise ApiError(errors[0].kind, errors[0].detail, violations)
    raise ApiError(ProblemType.INVALID, "The query names records that do not exist.", violations)


async def fetch_checked_row(reader: Reader, prepared: Prepared, build: Build, query: BaseModel) -> asyncpg.Record:
    """Run a statement that returns one row with `found`, and `known_…` for each filter that names records. Raises
    ApiError if the query names something that does not exist."""
    row = await reader.fetch_row(prepared, build)
    await reject_unknown_names(reader, query, row)
    return row


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that names nothing. `record_error`: the error for reading the single record, if the record exists at
    another snapshot or `known_by` day."""

    violation: Violation
    record_error: ApiError | None = None


async def _find_misnamed(reader: Reader, query: BaseModel, is_found: bool) -> list[UnknownValue]:
    """Values that name a record, row or scheme that does not exist. If the query found records, only the values of
    `.none` filters are checked, because a misspelled value there excludes nothing and would go unnoticed."""
    unknown_values: list[UnknownValue] = []
    if not is_found and (identifiers := getattr(query, "external_id", None)):
        unknown_values += await _find_unknown_schemes(reader, "external_id", identifiers, "external_id")
    for name, marker in markers(type(query), (Built, Equal)):
        if is_found and not marker.is_none:
            continue
        value = getattr(query, name)
        words = values_without_null(value)
        if not words:
            continue
        if isinstance(marker, Built) and marker.addresses:
            parts = [(word, *word.partition("/")) for word in words]
            records = [(collection, key, word) for word, collection, _, key in parts]
            unknown_values += await _find_unknown(reader, query, name, records)
        if isinstance(marker, Equal) and marker.schemes is not None:
            parameter = _parameter(query, name)
            unknown_values += await _find_unknown_schemes(reader, marker.schemes, words, parameter)
        if marker.names is None or (isinstance(marker, Built) and marker.vary and marker.vary(value) != "named"):
            continue
        table, column = marker.names
        unknown_values += await find_unknown_rows(reader, table, column, words, _parameter(query, name))
    return unknown_values


#: The least similarity of trigrams, from 0 to 1, for a suggestion: the default of PostgreSQL's operator `%`, which finds the
#: nearest slugs of records.
LEAST_SIMILAR = 0.3


async def find_unknown_rows(
    reader: Reader, table: str, column: str, words: list[str], parameter: str
) -> list[UnknownValue]:
    """The words that do not occur in this column of the table, each with the most similar value if one is similar."""
    # The names of table and column are constants of a declaration; the values are bound.
    known = f"SELECT {column} FROM {table} WHERE {column} = ANY($1)"  # noqa: S608
    near = (
        f"SELECT {column} FROM (SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 10000) AS known"  # noqa: S608
        f" WHERE similarity({column}, $1) >= {LEAST_SIMILAR} ORDER BY similarity({column}, $1) DESC, 1 LIMIT 1"
    )
    unknown_values: list[UnknownValue] = []
    async with reader.connection() as connection:
        existing = {row[0] for row in await connection.fetch(known, words)}
        for word in [word for word in words if word not in existing][:MAX_HINTS]:
            nearest = await connection.fetchval(near, word[:100])
            hint = f"Did you mean {quoted(nearest)}?" if nearest else None
            message = f"No {table} has the {column} {quoted(word)}."
            unknown_values.append(UnknownValue(Violation(message, parameter=parameter, hint=hint)))
    return unknown_values


async def _find_unknown_schemes(
    reader: Reader, table: str, identifiers: list[str], parameter: str
) -> list[UnknownValue]:
    """The schemes of these identifiers (`scheme:value`) that occur neither in the table nor in a profile. Schemes are
    read at the newest revision, so that a scheme which came into use only after the requested snapshot is not reported
    as unknown."""
    schemes = list(dict.fromkeys(one.partition(":")[0] for one in identifiers))
    # The name of the table is a constant of a declaration; the schemes are bound.
    known = f"SELECT requested FROM unnest($1::text[]) AS requested WHERE EXISTS (SELECT FROM {table} WHERE scheme = requested)"  # noqa: S608
    async with reader.without_known_by().at_head().connection() as connection:
        existing = {row["requested"] for row in await connection.fetch(known, schemes)}
        every = f"SELECT DISTINCT scheme FROM {table}"  # noqa: S608
        stored = [row["scheme"] for row in await connection.fetch(every)] if existing != set(schemes) else []
    if existing == set(schemes):
        return []
    # Run in a thread, because profiles are read from files.
    names = sorted({*stored, *await asyncio.to_thread(reader.schemes)})
    unknown = [scheme for scheme in schemes if scheme not in names][:MAX_HINTS]
    return [
        UnknownValue(
            Violation(
                f"No data set has the scheme {quoted(scheme, 60)}.",
                parameter=parameter,
                hint=allowed_hint(scheme, names, "Known schemes"),
            )
        )
        for scheme in unknown
    ]


async def _find_unknown(
    reader: Reader, query: BaseModel, name: str, records: list[tuple[str, str, str]]
) -> list[UnknownValue]:
    """The keys that identify no record, at most `MAX_HINTS`. `records`: collection, key, and the text that was sent."""
    existing = await find_existing(reader, [collection for collection, _, _ in records], [key for _, key, _ in records])
    unknown_values: list[UnknownValue] = []
    for place, (collection, key, sent) in enumerate(records, 1):
        if place in existing or len(unknown_values) >= MAX_HINTS:
            continue
        if error := await find_record_error(reader, collection, key):
            unknown_values.append(UnknownValue(Violation(error.detail, parameter=_parameter(query, name)), error))
            continue
        hint = await nearest_slug_hint(reader, collection, key)
        hint = hint or f"/v1/{collection}?q={quote(key[:60])} finds slugs by names."
        message = f"Not found: {quoted(sent)} in {collection}."
        unknown_values.append(UnknownValue(Violation(message, parameter=_parameter(query, name), hint=hint)))
    return unknown_values


async def find_record_error(reader: Reader, collection: str, key: str) -> ApiError | None:
    """The error for reading this single record at the reader's clocks; None if no record ever had the key."""
    is_head = reader.snapshot is None and reader.known_by is None
    if is_head or not await find_record_ids(reader.without_known_by().at_head(), collection, key):
        return None
    try:
        await read_record(reader, collection, key, DetailQuery(fields=["slug"]))
    except ApiError as error:
        return error
    return None


def _parameter(query: BaseModel, name: str) -> str:
    return type(query).model_fields[name].alias or name


def unknown_collections(reader: Reader, names: Iterable[str], **place: str) -> list[Violation]:
    """A violation for each unknown collection. `place`: the `pointer` or `parameter` of the violation."""
    violations = []
    for number, name in enumerate(names):
        if name not in reader.collections:
            near = nearest(name, reader.collections)
            hint = f"Did you mean {quoted(near)}?" if near else f"The collections are {', '.join(reader.collections)}."
            message = f"Unknown collection {quoted(name, 100)}"
            violations.append(Violation(message, **numbered_place(place, number), hint=hint))
    return violations


def numbered_place(place: dict[str, str], number: int) -> dict[str, Any]:
    """The place of one entry of a list: its index is appended to a pointer, but not to a parameter."""
    return {name: f"{value}/{number}" if name == "pointer" else value for name, value in place.items()}
