"""The files of a release, made in one pass over each collection: each row is read once and goes into every form.

A row is the record as it is read alone, whole: so that a line of `demands.ndjson` says what `/v1/demands/{slug}` says
in that release, and a table leaves nothing out.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import ApiError, ProblemType
from app.reading.as_of import Moment
from app.reading.formats import FORMATS, AnswerContext
from app.reading.formats.sheet import Batch, fields_of, sheet
from app.reading.query import CountMode
from app.reading.reader import Reader, Stream
from app.reading.selection import ALL
from app.releases.chunks import Packing
from app.releases.rules import Making, making
from app.releases.schemas import LICENCES, FileForm, ReleaseChange, ReleaseWrite
from app.releases.statements import fetch_newest
from app.resources.resource import Resource
from app.web.routing import count_of
from app.web.validation import violations_of_body
from app.writing.idempotency import Asked
from app.writing.intents import WriteResult
from app.writing.writer import Writer

Model = TypeVar("Model", bound=BaseModel)
#: (collection, rows that are done of all collections)
Progress = Callable[[str, int], None]


def read_order(body: Mapping[str, Any]) -> ReleaseWrite:
    """What is to be released, from a body. Raises `ApiError` with all faults."""
    return _read(ReleaseWrite, body)


def read_change(body: Mapping[str, Any]) -> ReleaseChange:
    """What is to be said of a release, from a merge patch. Raises `ApiError` with all faults."""
    return _read(ReleaseChange, body)


def _read(model: type[Model], body: Mapping[str, Any]) -> Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        violations = violations_of_body(error, model, body)
        raise ApiError(ProblemType.INVALID, count_of(violations), violations) from None


async def moment_of(reader: Reader, order: ReleaseWrite) -> Moment:
    """The revision that a release is to be of. Raises `ApiError` where there is none."""
    if order.as_of is not None:
        try:
            found = (await reader.at(order.as_of)).moment
        except ApiError as refused:
            # Here it stands in the body.
            violations = [replace(violation, parameter=None, pointer="/as_of") for violation in refused.violations]
            raise ApiError(refused.kind, refused.detail, violations, refused.headers) from None
        assert found is not None
        return found
    newest = await fetch_newest(reader)
    if not newest.revision:
        raise ApiError(ProblemType.CONFLICT, "There is nothing to release yet: nothing was written.")
    return (await reader.at(str(newest.revision))).moment or newest


async def make_release(
    reader: Reader,
    writer: Writer,
    collections: Iterable[Resource],
    order: ReleaseWrite,
    *,
    editor: str,
    asked: Asked | None = None,
    told: Progress | None = None,
) -> WriteResult:
    """Make a release with all its files. Memory stays flat; until the end nobody sees anything of it, and whoever is
    killed leaves nothing. Raises `ApiError`: no such revision, the name is taken, another release is being made."""
    moment = await moment_of(reader, order)
    declared = list(collections)
    values = {
        **order.model_dump(exclude={"as_of"}),
        "licence_url": order.licence_url or LICENCES[order.licence],
        "creators": [one.model_dump(exclude_none=True) for one in order.creators],
        "revision": moment.revision,
        "made_by": editor,
        "tables": {one.name: table_of(one, one.read_spec.detail) for one in declared},
    }
    done = 0
    # One thread, and always the same: each that took a turn would keep the most memory that it ever needed.
    with ThreadPoolExecutor(1, "release") as beside:
        async with reader.held(moment) as then, making(writer.engine, values, asked) as made:
            for collection in declared:
                done = await _collect(then, collection, made, beside, done, told)
            return made.result(moment.revision)


async def count_rows(reader: Reader, collections: Iterable[Resource], order: ReleaseWrite) -> int:
    """How many rows a release will have."""
    then, total = reader.then(await moment_of(reader, order)), 0
    for one in collections:
        read_spec = one.read_spec
        query = read_spec.query(limit=1, count=CountMode.EXACT, fields=["slug"], **read_spec.everything)
        total += int(json.loads((await then.page(one.name, query)).body)["page"]["count"]["value"])
    return total


def table_of(collection: Resource, schema: type[BaseModel]) -> dict[str, Any]:
    """What descriptions tell of a collection: the columns of its table and the fields of its NDJSON as they are now, of
    rows of this schema."""
    return {
        "about": collection.about,
        "columns": [
            {"name": column.name, "kind": column.kind, "is_list": column.is_list, "about": column.about}
            for column in sheet(schema)
        ],
        "fields": [{"name": name, "kind": kind, "about": about} for name, kind, about in fields_of(schema)],
    }


class _File:
    """A file while it is made."""

    def __init__(self, form: FileForm, told: AnswerContext) -> None:
        self.form = form
        self.ending = FORMATS[form].make(told)
        # Parquet packs its columns itself.
        self.packing = Packing(is_packed=form is not FileForm.PARQUET)
        self.id = self.number = 0

    def head(self) -> list[bytes]:
        return self.packing.feed(self.ending.head())

    def rows(self, batch: Batch) -> list[bytes]:
        return self.packing.feed(self.ending.rows(batch))

    def tail(self) -> list[bytes]:
        return self.packing.feed(self.ending.tail()) + self.packing.end()


async def _collect(
    reader: Reader, collection: Resource, made: Making, beside: Executor, done: int, told: Progress | None
) -> int:
    """Make the files of one collection; answers how many rows are done."""
    read_spec = collection.read_spec
    # By an index that each collection has: nothing is sorted, however many there are.
    query = read_spec.query(sort=["updated_at"], **read_spec.everything)
    stream = await reader.stream(read_spec.name, query, read_spec.detail)
    about = AnswerContext(
        collection=read_spec.name, title=read_spec.name, schema=read_spec.detail, selection=ALL, address="", base="",
        following=None, revision=stream.revision, at=stream.at, summaries=reader.summary,
    )  # fmt: skip
    files = [_File(form, about) for form in FileForm]
    loop, rows = asyncio.get_running_loop(), 0

    async def store(pieces: Mapping[int, list[bytes]]) -> None:
        for place, ready in pieces.items():
            files[place].number = await made.add_pieces(files[place].id, files[place].number, ready)

    # Closed before the next one begins: its connection is needed again.
    async with aclosing(_closing(stream)) as batches:
        for file in files:
            file.id = await made.new_file()
        await store({place: file.head() for place, file in enumerate(files)})
        async for batch in batches:
            # Beside the loop, which answers others meanwhile.
            await store(await loop.run_in_executor(beside, _rows_of, files, Batch(batch)))
            rows += len(batch)
            if told:
                told(read_spec.name, done + rows)
        await store(await loop.run_in_executor(beside, _tails_of, files))
    for file in files:
        await made.end_file(file.id, read_spec.name, file.form, rows, file.packing)
    return done + rows


def _rows_of(files: Sequence[_File], batch: Batch) -> dict[int, list[bytes]]:
    return {place: file.rows(batch) for place, file in enumerate(files)}


def _tails_of(files: Sequence[_File]) -> dict[int, list[bytes]]:
    return {place: file.tail() for place, file in enumerate(files)}


async def _closing(stream: Stream) -> AsyncGenerator[list[str]]:
    """The batches of a stream; closed, they give its connection back."""
    try:
        async for batch in stream.batches:
            yield batch
    finally:
        await stream.close()
