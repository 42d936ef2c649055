"""Which form an answer has (`?format=`, else `Accept`, else JSON), and lists and records in the forms that are none
of the reader's own: the same question, its rows streamed through the form's ending.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import URL

from app.faults import Fault, ProblemKind, Refused
from app.reading.collections import Readable
from app.reading.forms import FORMS
from app.reading.forms.form import Ending, Form, Told
from app.reading.forms.sheet import Batch
from app.reading.query import DetailQuery, FormName, ListQuery
from app.reading.reader import Reader, Stream
from app.reading.selection import select
from app.web.answers import base_of
from app.web.openapi import PARTIAL_JSON
from app.web.routing import count_of
from app.web.streamed import Chunks

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Formed:
    """An answer, or its chunks as they are made, and what its headers say."""

    body: bytes | Chunks
    revision: int
    at: datetime
    form: Form
    #: Cursor of the next page, where the form has pages.
    next: str | None
    #: How many records are hidden because nothing dated makes them known; None = nothing is to be hidden.
    hidden: int | None = None


def forms_of(collection: Readable) -> dict[str, Form]:
    """The forms that a collection has; a map, a calendar or a bibliography only where the room declares its rows."""
    declared = ("geojson", "ics", "csljson", "ris", "bibtex")
    return {name: form for name, form in FORMS.items() if name not in declared or name in collection.forms}


def form_of(request: Request, collection: Readable, query: DetailQuery) -> Form | None:
    """The form that is asked for; None = JSON. Takes it out of a filter that bears the same name.

    Raises Refused: 422 for `format=`, 406 for `Accept`, where the collection has no such form."""
    known = forms_of(collection)
    asked: Any = query.format
    if isinstance(asked, list):
        forms = [word for word in asked if isinstance(word, FormName)]
        if len(forms) > 1:
            fault = Fault("An answer has one form", parameter="format", hint=f"Ask for {forms[0]} or for {forms[1]}.")
            raise Refused(ProblemKind.INVALID, "1 fault was found.", [fault])
        query.format = [word for word in asked if not isinstance(word, FormName)] or None  # type: ignore[assignment]
        asked = forms[0] if forms else None
    if asked is None:
        return _accepted(request, known, collection.name, is_partial=bool(query.fields))
    if asked != FormName.JSON and asked not in known:
        hint = f"They have: json, {', '.join(known)}."
        raise Refused(
            ProblemKind.INVALID,
            "1 fault was found.",
            [Fault(f"{collection.name} have no form '{asked}'", parameter="format", hint=hint)],
        )
    return known.get(asked)


def _accepted(request: Request, known: dict[str, Form], collection: str, *, is_partial: bool) -> Form | None:
    accept = request.headers.get("accept", "").strip()
    if not accept or accept == "*/*":
        return None
    # Of some fields JSON has a media type of its own; who asks for JSON takes that too.
    some = {PARTIAL_JSON: None} if is_partial else {}
    offers = {JSON: None, **some, **{form.media_type.partition(";")[0]: form for form in known.values()}}
    best = preferred(accept, list(offers))
    if best is None:
        raise Refused(
            ProblemKind.NOT_ACCEPTABLE,
            f"{collection} can be had as {', '.join(offers)}; `?format=` names them shortly.",
        )
    return offers[best]


def only_json(request: Request) -> None:
    """Raises Refused (406) where `Accept` takes no JSON: the answer has no other form."""
    accept = request.headers.get("accept", "").strip()
    if accept and preferred(accept, [JSON]) is None:
        raise Refused(ProblemKind.NOT_ACCEPTABLE, f"This can be had as {JSON} alone.")


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
    collection: Readable,
    query: ListQuery,
    form: Form,
    *,
    is_whole: bool = False,
) -> Formed:
    """A list in this form: all rows that match, or as many as `limit` says; `is_whole`: each as it is read alone. Raises
    Refused as the list itself does."""
    schema = collection.forms.get(form.name, collection.detail if is_whole else collection.summary)
    faults = [
        Fault(f"'{name}' has no meaning in the form '{form.name}'", parameter=name, hint=hint)
        for name, is_given, hint in (
            ("include", not form.takes_shape and query.include, "Leave it out: this form has columns of its own."),
            ("fields", not form.takes_shape and query.fields, "Leave it out: this form has columns of its own."),
            ("count", query.count != "none", "Ask for it in JSON."),
            ("facets", query.facets, "Ask for them in JSON."),
        )
        if is_given
    ]
    if faults:
        raise Refused(ProblemKind.INVALID, count_of(faults), faults)
    if query.fields:
        query.fields += [name for name in form.always if name in schema.model_fields and name not in query.fields]
    limit = query.limit if form.is_paged or "limit" in query.model_fields_set else None
    return await _formed(request, reader, collection, query, form, schema, limit)


async def single(
    request: Request, reader: Reader, collection: Readable, slug: str, query: DetailQuery, form: Form
) -> Formed:
    """One record in this form: the list of it alone; whole, where the form has no columns to keep."""
    asked = collection.query(id=[slug], include=query.include, fields=query.fields, **collection.everything)
    return await listed(request, reader, collection, asked, form, is_whole=form.is_open)


async def _formed(
    request: Request,
    reader: Reader,
    collection: Readable,
    query: ListQuery,
    form: Form,
    schema: type[BaseModel],
    limit: int | None,
) -> Formed:
    selection, _ = select(schema, query.include, query.fields, reader.summary, reader.bounds.depth)
    base = base_of(request)
    address = base + request.url.path + (f"?{request.url.query}" if request.url.query else "")

    def begun(revision: int, at: datetime, following: str | None = None) -> Ending:
        return form.make(
            Told(
                collection=collection.name,
                title=_title(collection, request),
                schema=schema,
                selection=selection,
                address=address,
                base=base,
                following=following,
                revision=revision,
                at=at,
                summaries=reader.summary,
            )
        )

    if form.is_paged:
        answer = await reader.page(collection.name, query, schema)
        following = str(URL(address).include_query_params(cursor=answer.next)) if answer.next else None
        ending = begun(answer.revision, answer.at, following)
        rows = [json.dumps(row, ensure_ascii=False) for row in json.loads(answer.body)["data"]]
        whole = ending.head() + ending.rows(Batch(rows)) + ending.tail()
        return Formed(whole, answer.revision, answer.at, form, answer.next, answer.hidden)

    stream = await reader.stream(collection.name, query, schema, limit)
    try:
        ending = begun(stream.revision, stream.at)
    except BaseException:
        await stream.close()
        raise

    return Formed(_Chunks(stream, ending), stream.revision, stream.at, form, None, stream.hidden)


class _Chunks:
    """A stream's rows through an ending."""

    def __init__(self, stream: Stream, ending: Ending) -> None:
        self._stream, self._ending = stream, ending

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._ending.head()
        async for batch in self._stream.batches:
            yield self._ending.rows(Batch(batch))
        yield self._ending.tail()

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._stream.close()


def _title(collection: Readable, request: Request) -> str:
    asked = "; ".join(
        f"{name} {value}"
        for name, value in request.query_params.multi_items()
        if name not in ("format", "cursor", "limit")
    )
    return f"Parley: {collection.name}" + (f" ({asked})" if asked else "")
