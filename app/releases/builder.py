"""Builds the files of a release in one pass over each collection: each record is read once and written in every format.

Records are complete, as in detail reads: a line of `demands.ndjson` equals `/v1/demands/{slug}` as of the release, and
the tables omit nothing.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import ApiError, ProblemType, count_errors
from app.reading.as_of import Snapshot
from app.reading.formats import FORMATS, AnswerContext
from app.reading.formats.sheet import RowBatch, schema_fields, sheet
from app.reading.pages import read_page
from app.reading.query import CountMode
from app.reading.reader import Reader
from app.reading.selection import ALL
from app.reading.streams import RecordStream, open_stream
from app.releases.chunks import Packing
from app.releases.rules import ReleaseBuilder, begin_release
from app.releases.schemas import LICENCES, FileForm, ReleaseChange, ReleaseWrite
from app.releases.statements import fetch_newest
from app.resources.resource import Resource
from app.web.validation import violations_of_body
from app.writing.idempotency import IdempotencyKey
from app.writing.intents import WriteResult
from app.writing.writer import Writer

Model = TypeVar("Model", bound=BaseModel)
#: Called with the current collection and the number of rows written so far in all collections.
Progress = Callable[[str, int], None]


def parse_release(body: Mapping[str, object]) -> ReleaseWrite:
    """Validate the body of a new release. Raises ApiError with all violations."""
    return _validate(ReleaseWrite, body)


def parse_change(body: Mapping[str, object]) -> ReleaseChange:
    """Validate the merge patch of a release. Raises ApiError with all violations."""
    return _validate(ReleaseChange, body)


def _validate(model: type[Model], body: Mapping[str, object]) -> Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        violations = violations_of_body(error, model, body)
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations) from None


async def resolve_revision(reader: Reader, release: ReleaseWrite) -> Snapshot:
    """The revision to release. Raises ApiError if the revision does not exist."""
    if release.as_of is not None:
        try:
            found = (await reader.at(release.as_of)).snapshot
        except ApiError as error:
            # In this request, `as_of` is a field of the body and not a parameter.
            violations = [replace(violation, parameter=None, pointer="/as_of") for violation in error.violations]
            raise ApiError(error.kind, error.detail, violations, error.headers) from None
        assert found is not None
        return found
    newest = await fetch_newest(reader)
    if not newest.revision:
        raise ApiError(ProblemType.CONFLICT, "The database is empty; there is nothing to release.")
    return (await reader.at(str(newest.revision))).snapshot or newest


async def make_release(
    reader: Reader,
    writer: Writer,
    collections: Iterable[Resource],
    release: ReleaseWrite,
    *,
    editor: str,
    idempotency_key: IdempotencyKey | None = None,
    progress: Progress | None = None,
) -> WriteResult:
    """Make a release with all its files in one transaction, so that the release is invisible until it is complete, and
    a killed process leaves nothing behind. Memory use does not grow with the amount of data. Raises ApiError if the
    revision does not exist, the name is taken, or another release is in progress."""
    moment = await resolve_revision(reader, release)
    declared = list(collections)
    values = {
        **release.model_dump(exclude={"as_of"}),
        "licence_url": release.licence_url or LICENCES[release.licence],
        "creators": [one.model_dump(exclude_none=True) for one in release.creators],
        "revision": moment.revision,
        "made_by": editor,
        "tables": {one.name: table_of(one, one.read_spec.detail) for one in declared},
    }
    done = 0
    # Always use the same thread, because every further thread would keep its own peak memory.
    with ThreadPoolExecutor(1, "release") as executor:
        async with reader.reserved(moment) as then, begin_release(writer.engine, values, idempotency_key) as builder:
            for collection in declared:
                done = await _collect(then, collection, builder, executor, done, progress)
            return builder.result(moment.revision)


async def count_rows(reader: Reader, collections: Iterable[Resource], release: ReleaseWrite) -> int:
    """The number of records that a release will contain."""
    then, total = reader.at_snapshot(await resolve_revision(reader, release)), 0
    for collection in collections:
        read_spec = collection.read_spec
        query = read_spec.query(limit=1, count=CountMode.EXACT, fields=["slug"], **read_spec.everything)
        total += int(json.loads((await read_page(then, collection.name, query)).body)["page"]["count"]["value"])
    return total


def table_of(collection: Resource, schema: type[BaseModel]) -> dict[str, Any]:
    """The part of a data set description that describes one collection: the columns of the table and the fields of the
    NDJSON, for rows of `schema`.
    """
    return {
        "about": collection.about,
        "columns": [
            {"name": column.name, "kind": column.kind, "is_list": column.is_list, "about": column.about}
            for column in sheet(schema)
        ],
        "fields": [{"name": name, "kind": kind, "about": about} for name, kind, about in schema_fields(schema)],
    }


class _File:
    """A file of a release that is being written."""

    def __init__(self, form: FileForm, context: AnswerContext) -> None:
        self.form = form
        self.writer = FORMATS[form].make(context)
        # Parquet compresses its columns itself.
        self.packing = Packing(is_packed=form is not FileForm.PARQUET)
        self.id = self.number = 0

    def head(self) -> list[bytes]:
        return self.packing.feed(self.writer.head())

    def rows(self, batch: RowBatch) -> list[bytes]:
        return self.packing.feed(self.writer.rows(batch))

    def tail(self) -> list[bytes]:
        return self.packing.feed(self.writer.tail()) + self.packing.end()


async def _collect(
    reader: Reader,
    collection: Resource,
    builder: ReleaseBuilder,
    executor: Executor,
    done: int,
    progress: Progress | None,
) -> int:
    """Build the files of one collection. Returns the number of rows written so far in all collections."""
    read_spec = collection.read_spec
    # Every collection has an index on `updated_at`, so PostgreSQL need not sort.
    query = read_spec.query(sort=["updated_at"], **read_spec.everything)
    stream = await open_stream(reader, read_spec.name, query, read_spec.detail)
    context = AnswerContext(
        collection=read_spec.name, title=read_spec.name, schema=read_spec.detail, selection=ALL, address="", base="",
        following=None, revision=stream.revision, at=stream.at, summaries=reader.summary,
    )  # fmt: skip
    files = [_File(form, context) for form in FileForm]
    loop, rows = asyncio.get_running_loop(), 0

    async def store(chunks: Mapping[int, list[bytes]]) -> None:
        for place, ready in chunks.items():
            files[place].number = await builder.add_chunks(files[place].id, files[place].number, ready)

    # Close the stream before the next collection, which needs the same connection.
    async with aclosing(_batches_of(stream)) as batches:
        for file in files:
            file.id = await builder.new_file()
        await store({place: file.head() for place, file in enumerate(files)})
        async for batch in batches:
            # Run in a thread, so that the event loop can serve other requests.
            await store(await loop.run_in_executor(executor, _rows_of, files, RowBatch(batch)))
            rows += len(batch)
            if progress:
                progress(read_spec.name, done + rows)
        await store(await loop.run_in_executor(executor, _tails_of, files))
    for file in files:
        await builder.add_file(file.id, read_spec.name, file.form, rows, file.packing)
    return done + rows


def _rows_of(files: Sequence[_File], batch: RowBatch) -> dict[int, list[bytes]]:
    return {place: file.rows(batch) for place, file in enumerate(files)}


def _tails_of(files: Sequence[_File]) -> dict[int, list[bytes]]:
    return {place: file.tail() for place, file in enumerate(files)}


async def _batches_of(stream: RecordStream) -> AsyncGenerator[list[str]]:
    """The batches of a stream. Closing the generator returns the stream's connection to the pool."""
    try:
        async for batch in stream.batches:
            yield batch
    finally:
        await stream.close()
