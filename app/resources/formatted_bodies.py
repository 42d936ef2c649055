"""Lists and records in formats other than JSON.

These formats run the same query as JSON, and pass the rows of its result through the format writer.
"""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import URL

from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.reading.formats.format import AnswerContext, Format, FormatWriter
from app.reading.formats.sheet import RowBatch
from app.reading.long_tables import LongTable, long_table
from app.reading.pages import read_page
from app.reading.query import DetailQuery, ListQuery
from app.reading.read_spec import ReadSpec
from app.reading.reader import Reader
from app.reading.selection import select
from app.reading.streams import RecordStream, open_stream
from app.web.read_response import address_of_request, base_of
from app.web.streaming import Chunks


@dataclass(frozen=True, slots=True)
class FormattedBody:
    """A response body, or a stream of its chunks, with the values for its headers."""

    body: bytes | Chunks
    revision: int
    at: datetime
    form: Format
    #: Cursor of the next page, if `limit` truncated the list.
    next: str | None
    #: With `known_by`: number of records hidden because no dated source makes them known; otherwise None.
    hidden: int | None = None
    #: The name of the long table, if the response is one.
    rows: str | None = None


async def format_list(
    request: Request,
    reader: Reader,
    collection: ReadSpec,
    query: ListQuery,
    form: Format,
    *,
    is_whole: bool = False,
) -> FormattedBody:
    """Return a list in this format: all matching rows, or with `limit=` a page of them. `is_whole`: whether to include
    all fields of each record. Raises ApiError as the JSON list does, and for parameters that the format does not
    support."""
    schema = collection.offers.get(
        form.offer or "", collection.detail if is_whole else collection.row_with(query.fields)
    )
    violations = [
        Violation(
            f"`{name}{'=0' if name == 'limit' else ''}` is not supported by the format {quoted(form.name)}",
            parameter=name,
            hint=hint,
        )
        for name, is_given, hint in (
            ("include", not form.takes_selection and query.include, "Remove it: this format has fixed columns."),
            ("fields", not form.takes_selection and query.fields, "Remove it: this format has fixed columns."),
            ("count", query.count != "none", "Use format=json."),
            ("facets", query.facets, "Use format=json."),
            ("include", query.rows and query.include, "Remove it: `rows=` can be combined only with `fields=`."),
            (
                "limit",
                query.limit == 0,
                "With limit=0 the response has only `count` and `facets`, which need format=json. Use limit=1 or more.",
            ),
        )
        if is_given
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    if query.rows:
        schema = collection.detail
    elif query.fields:
        query.fields += [name for name in form.always if name in schema.model_fields and name not in query.fields]
    limit = query.limit if form.is_paged or "limit" in query.model_fields_set else None
    return await _format_rows(request, reader, collection, query, form, schema, limit)


async def format_record(
    request: Request, reader: Reader, collection: ReadSpec, slug: str, query: DetailQuery, form: Format
) -> FormattedBody:
    """Return one record in this format, as a list with one entry. The record has all its fields if the format has no
    fixed columns."""
    given = query.model_dump(exclude={"format"}, exclude_unset=True)
    requested = collection.query(id=[slug], **given, **collection.everything)
    return await format_list(request, reader, collection, requested, form, is_whole=form.is_open)


async def _format_rows(
    request: Request,
    reader: Reader,
    collection: ReadSpec,
    query: ListQuery,
    form: Format,
    schema: type[BaseModel],
    limit: int | None,
) -> FormattedBody:
    table = _long_table(collection, query, reader) if query.rows else None
    if table is None:
        selection, _ = select(schema, query.include, query.fields, reader.summary, reader.bounds.depth)
        shown = schema
    else:
        shown, selection, query.fields = table.schema, table.selection, list(table.reads)

    def batch_of(rows: list[dict[str, Any]]) -> RowBatch:
        return RowBatch(rows=rows if table is None else list(table.explode(rows)))

    base, address = base_of(request), address_of_request(request)

    def make_writer(revision: int, at: datetime, following: str | None = None) -> FormatWriter:
        return form.make(
            AnswerContext(
                collection=collection.name,
                title=_title(collection, request),
                schema=shown,
                selection=selection,
                address=address,
                base=base,
                following=following,
                revision=revision,
                at=at,
                summaries=reader.summary,
                has_bom=query.bom,
            )
        )

    if limit is not None:
        answer = await read_page(reader, collection.name, query, schema)
        following = str(URL(address).include_query_params(cursor=answer.next)) if answer.next else None
        writer = make_writer(answer.revision, answer.at, following)
        batch = RowBatch(_texts_of(answer.body))
        whole = writer.head() + writer.rows(batch if table is None else batch_of(batch.rows)) + writer.tail()
        return FormattedBody(whole, answer.revision, answer.at, form, answer.next, answer.hidden, query.rows)

    stream = await open_stream(reader, collection.name, query, schema)
    try:
        writer = make_writer(stream.revision, stream.at)
    except BaseException:
        await stream.close()
        raise

    batches = (RowBatch(texts) if table is None else batch_of(RowBatch(texts).rows) async for texts in stream.batches)
    return FormattedBody(
        _Chunks(stream, batches, writer), stream.revision, stream.at, form, None, stream.hidden, query.rows
    )


_DATA: Final = '{"data":['


def _texts_of(body: bytes) -> list[str]:
    """The records of a page as JSON texts, exactly as a stream would contain them."""
    text, decode = body.decode(), json.JSONDecoder().raw_decode
    found: list[str] = []
    at = _next_text(text, len(_DATA))
    while text[at] != "]":
        _, end = decode(text, at)
        found.append(text[at:end])
        at = _next_text(text, end)
    return found


_APART: Final = re.compile(r"[\s,]*")


def _next_text(text: str, at: int) -> int:
    apart = _APART.match(text, at)
    return apart.end() if apart else at


class _Chunks:
    """The rows of a stream, as chunks made by a format writer."""

    def __init__(self, stream: RecordStream, batches: AsyncIterator[RowBatch], writer: FormatWriter) -> None:
        self._stream, self._batches, self._writer = stream, batches, writer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._writer.head()
        async for batch in self._batches:
            yield self._writer.rows(batch)
        yield self._writer.tail()

    async def aclose(self) -> None:
        """Release the connection."""
        await self._stream.close()


def _long_table(collection: ReadSpec, query: ListQuery, reader: Reader) -> LongTable:
    """Return the long table requested with `rows=`. Raises ApiError if the collection has no such table, or if
    requested fields do not exist."""
    assert query.rows is not None
    declared = collection.rows.get(query.rows)
    if declared is None:
        hint = f"Supported: {', '.join(collection.rows)}."
        errors = [Violation(f"`rows={query.rows}` is not supported for {collection.name}", None, "rows", hint)]
    else:
        table, errors = long_table(
            collection.detail, query.rows, declared, query.fields or [], reader.summary, reader.bounds.depth
        )
        if table is not None:
            return table
    raise ApiError(ProblemType.INVALID, count_errors(errors), errors)


def _title(collection: ReadSpec, request: Request) -> str:
    requested = "; ".join(
        f"{name} {value}"
        for name, value in request.query_params.multi_items()
        if name not in ("format", "cursor", "limit")
    )
    return f"Parley: {collection.name}" + (f" ({requested})" if requested else "")
