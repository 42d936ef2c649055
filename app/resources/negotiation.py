"""Which form an answer has (`?format=`, else `Accept`, else JSON), and lists and records in the forms that are none
of the reader's own: the same question, its rows streamed through the form's ending.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import URL

from app.errors import ApiError, ProblemType, Violation
from app.reading.formats import FORMATS, FormName
from app.reading.formats.format import AnswerContext, Format, FormatWriter
from app.reading.formats.sheet import Batch
from app.reading.long_tables import LongTable, long_table
from app.reading.pages import read_page
from app.reading.query import DetailQuery, ListQuery
from app.reading.read_spec import ReadSpec
from app.reading.reader import Reader
from app.reading.selection import select
from app.reading.streams import RecordStream, open_stream
from app.web.read_response import base_of
from app.web.route_docs import PARTIAL_JSON
from app.web.routing import count_of
from app.web.streaming import Chunks

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class FormattedAnswer:
    """An answer, or its chunks as they are made, and what its headers say."""

    body: bytes | Chunks
    revision: int
    at: datetime
    form: Format
    #: Cursor of the next page, where the answer holds no more records than `limit` says.
    next: str | None
    #: How many records are hidden because nothing dated makes them known; None = nothing is to be hidden.
    hidden: int | None = None
    #: The long table that it is, by its name.
    rows: str | None = None


def formats_of(collection: ReadSpec) -> dict[str, Format]:
    """The formats of a resource: those of any rows, and those that need what its rows offer."""
    return {
        name: form
        for name, form in FORMATS.items()
        if form.offer is None or form.is_offer_optional or form.offer in collection.offers
    }


#: Parameters that some forms alone take: name, which forms do, what to ask for instead. Who sends one of them and names
#: no form gets CSV.
OPTIONS: tuple[tuple[str, Callable[[Format], bool], str], ...] = (
    ("rows", lambda form: form.takes_rows, "Ask for format=csv, ndjson or parquet."),
    ("bom", lambda form: form.takes_bom, "Leave it out, or ask for format=csv."),
)


def requested_format(
    request: Request, collection: ReadSpec, query: DetailQuery, also: Sequence[str] = ()
) -> Format | None:
    """The form that is asked for; None = JSON. Takes it out of a filter that bears the same name. `also`: other media types
    that a 406 names.

    Raises ApiError: 422 for `format=`, 406 for `Accept`, where the collection has no such form; 422 for a parameter that
    the form does not take."""
    form = _asked_form(request, collection, query, also)
    asked = {name for name, *_ in OPTIONS} & query.model_fields_set
    if asked and form is None and "format" not in query.model_fields_set and takes_anything(request):
        form = FORMATS["csv"]
    errors = [
        Violation(f"'{name}' has no meaning in the form '{form.name if form else 'json'}'", None, name, hint)
        for name, takes, hint in OPTIONS
        if name in asked and not (form and takes(form))
    ]
    if errors:
        raise ApiError(ProblemType.INVALID, count_of(errors), errors)
    return form


def _asked_form(request: Request, collection: ReadSpec, query: DetailQuery, also: Sequence[str]) -> Format | None:
    known = formats_of(collection)
    asked: Any = query.format
    if isinstance(asked, list):
        formats = [word for word in asked if isinstance(word, FormName)]
        if len(formats) > 1:
            violation = Violation(
                "An answer has one form", parameter="format", hint=f"Ask for {formats[0]} or for {formats[1]}."
            )
            raise ApiError(ProblemType.INVALID, "1 validation error.", [violation])
        query.format = [word for word in asked if not isinstance(word, FormName)] or None  # type: ignore[assignment]
        asked = formats[0] if formats else None
    if asked is None:
        return _accepted(request, known, collection.name, also, is_partial=bool(query.fields))
    if asked != "json" and asked not in known:
        hint = f"They have: json, {', '.join(known)}."
        raise ApiError(
            ProblemType.INVALID,
            "1 validation error.",
            [Violation(f"{collection.name} have no form '{asked}'", parameter="format", hint=hint)],
        )
    return known.get(asked)


def media_types_of(formats: Mapping[str, Format]) -> dict[str, Format]:
    """The forms by their media types, without parameters."""
    return {form.media_type.partition(";")[0]: form for form in formats.values()}


def takes_anything(request: Request) -> bool:
    """Whether `Accept` is left out, or says that it does not matter."""
    return request.headers.get("accept", "").strip() in ("", "*/*")


def _accepted(
    request: Request, known: dict[str, Format], collection: str, also: Sequence[str], *, is_partial: bool
) -> Format | None:
    if takes_anything(request):
        return None
    accept = request.headers["accept"].strip()
    # Of some fields JSON has a media type of its own; who asks for JSON takes that too.
    some = {PARTIAL_JSON: None} if is_partial else {}
    offers = {JSON: None, **some, **media_types_of(known)}
    best = preferred(accept, list(offers))
    if best is None:
        raise ApiError(
            ProblemType.NOT_ACCEPTABLE,
            f"{collection} can be had as {', '.join([*offers, *also])}; `?format=` names them shortly.",
        )
    return offers[best]


def only_json(request: Request) -> None:
    """Raises ApiError (406) where `Accept` takes no JSON: the answer has no other form."""
    accept = request.headers.get("accept", "").strip()
    if accept and preferred(accept, [JSON]) is None:
        raise ApiError(ProblemType.NOT_ACCEPTABLE, f"This can be had as {JSON} alone.")


def preferred(accept: str, offers: Sequence[str]) -> str | None:
    """The offer that `Accept` likes best (RFC 9110, 12.5.1); of equals the first; None where it takes none."""
    ranges: list[tuple[str, float]] = []
    for part in accept.split(",")[:50]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = min(max(float(parameter[2:]), 0.0), 1.0)
                except ValueError:
                    weight = 0.0
        ranges.append((name, weight))

    def liking(offer: str) -> float:
        main = offer.partition("/")[0]
        for wanted in (offer, f"{main}/*", "*/*"):
            for name, weight in ranges:
                if name == wanted:
                    return weight
        return 0.0

    best = max(offers, key=liking)
    return best if liking(best) > 0 else None


async def listed(
    request: Request,
    reader: Reader,
    collection: ReadSpec,
    query: ListQuery,
    form: Format,
    *,
    is_whole: bool = False,
) -> FormattedAnswer:
    """A list in this form: all rows that match, or with `limit=` a page of them; `is_whole`: each as it is read alone. Raises
    Refused as the list itself does."""
    schema = collection.offers.get(
        form.offer or "", collection.detail if is_whole else collection.row_with(query.fields)
    )
    violations = [
        Violation(
            f"`{name}{'=0' if name == 'limit' else ''}` has no meaning in the format `{form.name}`",
            parameter=name,
            hint=hint,
        )
        for name, is_given, hint in (
            ("include", not form.takes_selection and query.include, "Leave it out: this form has columns of its own."),
            ("fields", not form.takes_selection and query.fields, "Leave it out: this form has columns of its own."),
            ("count", query.count != "none", "Ask for it in JSON."),
            ("facets", query.facets, "Ask for them in JSON."),
            ("include", query.rows and query.include, "Leave it out: `rows=` takes `fields=` alone."),
            (
                "limit",
                query.limit == 0,
                "0 leaves only `count` and `facets`, which JSON alone has. Ask for limit=1 or more.",
            ),
        )
        if is_given
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)
    if query.rows:
        schema = collection.detail
    elif query.fields:
        query.fields += [name for name in form.always if name in schema.model_fields and name not in query.fields]
    limit = query.limit if form.is_paged or "limit" in query.model_fields_set else None
    return await _formed(request, reader, collection, query, form, schema, limit)


async def single(
    request: Request, reader: Reader, collection: ReadSpec, slug: str, query: DetailQuery, form: Format
) -> FormattedAnswer:
    """One record in this form: the list of it alone; whole, where the form has no columns to keep."""
    given = query.model_dump(exclude={"format"}, exclude_unset=True)
    asked = collection.query(id=[slug], **given, **collection.everything)
    return await listed(request, reader, collection, asked, form, is_whole=form.is_open)


async def _formed(
    request: Request,
    reader: Reader,
    collection: ReadSpec,
    query: ListQuery,
    form: Format,
    schema: type[BaseModel],
    limit: int | None,
) -> FormattedAnswer:
    table = _long_table(collection, query, reader) if query.rows else None
    if table is None:
        selection, _ = select(schema, query.include, query.fields, reader.summary, reader.bounds.depth)
        shown = schema
    else:
        shown, selection, query.fields = table.schema, table.selection, list(table.reads)

    def batch_of(rows: list[dict[str, Any]]) -> Batch:
        return Batch(rows=rows if table is None else list(table.explode(rows)))

    base = base_of(request)
    address = base + request.url.path + (f"?{request.url.query}" if request.url.query else "")

    def begun(revision: int, at: datetime, following: str | None = None) -> FormatWriter:
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
        ending = begun(answer.revision, answer.at, following)
        batch = Batch(_texts_of(answer.body))
        whole = ending.head() + ending.rows(batch if table is None else batch_of(batch.rows)) + ending.tail()
        return FormattedAnswer(whole, answer.revision, answer.at, form, answer.next, answer.hidden, query.rows)

    stream = await open_stream(reader, collection.name, query, schema)
    try:
        ending = begun(stream.revision, stream.at)
    except BaseException:
        await stream.close()
        raise

    batches = (Batch(texts) if table is None else batch_of(Batch(texts).rows) async for texts in stream.batches)
    return FormattedAnswer(
        _Chunks(stream, batches, ending), stream.revision, stream.at, form, None, stream.hidden, query.rows
    )


_DATA: Final = '{"data":['


def _texts_of(body: bytes) -> list[str]:
    """The records of a page, each in the very text that a stream of them has."""
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
    """A stream's rows through an ending."""

    def __init__(self, stream: RecordStream, batches: AsyncIterator[Batch], ending: FormatWriter) -> None:
        self._stream, self._batches, self._ending = stream, batches, ending

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._ending.head()
        async for batch in self._batches:
            yield self._ending.rows(batch)
        yield self._ending.tail()

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._stream.close()


def _long_table(collection: ReadSpec, query: ListQuery, reader: Reader) -> LongTable:
    """The long table that `rows=` asks for. Raises ApiError where the collection has none of that name, or its fields
    cannot be had."""
    assert query.rows is not None
    declared = collection.rows.get(query.rows)
    if declared is None:
        hint = f"They have: {', '.join(collection.rows)}."
        errors = [Violation(f"{collection.name} have no rows '{query.rows}'", None, "rows", hint)]
    else:
        table, errors = long_table(
            collection.detail, query.rows, declared, query.fields or [], reader.summary, reader.bounds.depth
        )
        if table is not None:
            return table
    raise ApiError(ProblemType.INVALID, count_of(errors), errors)


def _title(collection: ReadSpec, request: Request) -> str:
    asked = "; ".join(
        f"{name} {value}"
        for name, value in request.query_params.multi_items()
        if name not in ("format", "cursor", "limit")
    )
    return f"Parley: {collection.name}" + (f" ({asked})" if asked else "")
