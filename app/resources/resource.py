"""A room's declaration of a collection, and the routes by which it is read (`app.resources.write_routes` has the others).

A GET: door → access → query model → reader: one statement → bytes, `Link`, `ETag`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.domain.types import LONGEST_KEY
from app.errors import ProblemType, Violation
from app.reading.formats.format import Format
from app.reading.formats.sheet import columns_of
from app.reading.preparation import violations_of_names
from app.reading.query import DetailQuery, PastQuery
from app.reading.read_spec import ReadSpec
from app.reading.reader import Found, Moved, Reader
from app.resources.negotiation import (
    FormattedAnswer,
    formats_of,
    listed,
    media_types_of,
    preferred,
    requested_format,
    single,
    takes_anything,
)
from app.schemas.pages import Page, named
from app.web.access import Principal, require
from app.web.byte_ranges import in_parts, measured
from app.web.problem_responses import FURTHER, problems
from app.web.read_response import answered, moved, next_page
from app.web.route_docs import LISTED, PARTIAL_JSON, TAGGED, sends
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer

T = TypeVar("T")
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
#: What may not stand in the name of a file that a browser keeps.
_FILE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Described:
    """Media types in which one record of a collection is described, besides JSON and the forms that lists have too; by
    `Accept` alone. `make` takes the request, the media type and the whole record."""

    media_types: tuple[str, ...]
    make: Callable[[Request, str, Mapping[str, Any]], HttpResponse]

    def wanted(self, request: Request, query: DetailQuery, formats: Mapping[str, Format]) -> str | None:
        """The one of the media types that is asked for; None where JSON or a form is, or fields were picked."""
        if query.format is not None or query.fields or query.include or takes_anything(request):
            return None
        best = preferred(request.headers["accept"], [JSON, *media_types_of(formats), *self.media_types])
        return best if best in self.media_types else None


@dataclass(frozen=True)
class Resource:
    """A collection as its room declares it: how it is read, how it is written, what the documentation says."""

    read_spec: ReadSpec
    kind: WriteSpec
    #: One record in words, as in "a talk": for summaries and operation ids.
    noun: str
    #: What one record is, for its section of the documentation.
    definition: str
    #: What the list answers, for the documentation: a sentence.
    about: str
    #: A true query string, shown as an example.
    example: str
    #: Slug of a bundled record, shown as an example.
    record: str
    #: A body that creates a record beside the bundled ones, shown as an example.
    draft: Mapping[str, Any]
    #: How else one record is described.
    described: Described | None = None
    #: Sections of the documentation are sorted by it; those with the same number are in the order of the registry.
    docs_position: int = 100

    @property
    def name(self) -> str:
        return self.read_spec.name

    @property
    def title(self) -> str:
        """The noun as it begins the names of schemas and ends those of operations: `Talk`."""
        return self.noun.title().replace(" ", "")

    @property
    def a_noun(self) -> str:
        """The noun with its article: "an issue"."""
        return f"an {self.noun}" if self.noun[0] in "aeiou" else f"a {self.noun}"


Key = Annotated[
    str,
    Path(
        description="Slug, id, or `scheme:value` of another data set.",
        examples=["wikidata:Q159"],
        max_length=LONGEST_KEY,
    ),
]


def reader_of(request: Request) -> Reader:
    found: Reader = request.app.state.reader
    return found


async def reader_at(request: Request, query: PastQuery) -> Reader:
    """The reader of the moment and of the day's knowledge that are asked for. Raises ApiError where there was no revision."""
    return await reader_of(request).at(query.as_of, query.known_by)


def writer_of(request: Request) -> Writer:
    found: Writer = request.app.state.writer
    return found


#: 404 and 410, of a list too: a filter names a record that did not exist, was not known or was withdrawn at the time that
#: is asked for.
READ_PROBLEMS = problems(
    ProblemType.NOT_FOUND,
    ProblemType.NOT_ACCEPTABLE,
    ProblemType.GONE,
    ProblemType.INVALID,
    ProblemType.UNAVAILABLE,
)
WRITE_PROBLEMS = problems(
    ProblemType.MALFORMED,
    ProblemType.UNAUTHORIZED,
    ProblemType.FORBIDDEN,
    ProblemType.CONFLICT,
    ProblemType.TOO_LARGE,
    ProblemType.MEDIA_TYPE,
    ProblemType.INVALID,
    ProblemType.UNAVAILABLE,
)
CHANGE_PROBLEMS = {**WRITE_PROBLEMS, **problems(ProblemType.NOT_FOUND, ProblemType.GONE)}
#: Of changes that honour `If-Match`; the documentation tells these by 412.
VERSION_PROBLEMS = {**CHANGE_PROBLEMS, **problems(ProblemType.PRECONDITION)}


def add_reads(router: APIRouter, collection: Resource) -> None:
    """The routes that list records and read one."""
    read_spec, noun = collection.read_spec, collection.noun
    name, title, a_noun = collection.name, collection.title, collection.a_noun
    query_model, detail_query = read_spec.query, read_spec.detail_query
    detail_model = read_spec.detail
    formats = formats_of(read_spec)
    whole = ", ".join(f"`{column}`" for column, *_ in columns_of(read_spec.summary))
    columns = f"A table. Columns: {whole}; `fields=` and `include=` choose others."
    if rows := ", ".join(f"`{name}`" for name in read_spec.rows):
        columns += f" With `rows=`, one row for each {rows}."

    @router.get(
        "",
        operation_id=f"list{name.title()}",
        summary=f"List {name}",
        description=f"{collection.about} Filters combine with *and*, several values of one filter with *or*; the order is"
        f" `{read_spec.default_sort}` unless `sort=` says otherwise.\n\nExample: `GET /v1/{name}?{collection.example}`",
        responses={
            **READ_PROBLEMS,
            200: {
                "model": named(Page[read_spec.row], read_spec.summary),  # type: ignore[name-defined]
                "headers": {**LISTED, **sends("Parley-Truncated")},
                "content": _content(formats, "PartialPage", csv=columns),
            },
        },
        response_class=HttpResponse,
    )
    async def list_(
        request: Request,
        query: Annotated[query_model, Query()],  # type: ignore[valid-type]
        _: Annotated[Principal, Depends(require(Scope.READ))],
    ) -> HttpResponse:
        form = requested_format(request, read_spec, query)
        reader = await reader_at(request, query)
        if form:
            return await _formed(request, name, await listed(request, reader, read_spec, query, form), reader)
        answer = await reader.page(name, query)
        return answered(
            request,
            answer.body,
            revision=answer.revision,
            at=answer.at,
            collections=[name],
            media_type=_json_for(query),
            headers={**next_page(request, answer.next), **reader.told(answer.hidden)},
            is_settled=reader.is_settled,
        )

    def further(request: Request) -> list[Violation]:
        given: dict[str, list[str]] = {}
        for parameter, value in request.query_params.multi_items():
            given.setdefault(parameter, []).append(value)
        reader = reader_of(request)
        return violations_of_names(read_spec, given, reader.summary, reader.bounds)

    setattr(list_, FURTHER, further)

    also = collection.described.media_types if collection.described else ()
    texts: dict[str, Any] = {kind: {"schema": {"type": "string"}} for kind in also}

    @router.get(
        "/{key}",
        operation_id=f"get{title}",
        summary=f"Read {a_noun}",
        description=f"The whole {noun}, by its slug, its id, or its identifier in another data set (`scheme:value`). A former"
        " slug redirects (308); a withdrawn record answers 410 with the reason.\n\n"
        f"Example: `GET /v1/{name}/{collection.record}`",
        responses={
            **READ_PROBLEMS,
            200: {"model": detail_model, "headers": TAGGED, "content": {**_content(formats, "PartialRecord"), **texts}},
            308: MOVED,
        },
        response_class=HttpResponse,
    )
    async def get(
        request: Request,
        key: Key,
        query: Annotated[detail_query, Query()],  # type: ignore[valid-type]
        _: Annotated[Principal, Depends(require(Scope.READ))],
    ) -> HttpResponse:
        described = collection.described
        media_type = described.wanted(request, query, formats) if described else None
        form = None if media_type else requested_format(request, read_spec, query, also)
        reader = await reader_at(request, query)
        found = await reader.one(name, key, query if form is None else detail_query(fields=["slug"]))
        if isinstance(found, Moved):
            return moved(request, f"/v1/{name}/{found.slug}")
        if described and media_type:
            shown = described.make(request, media_type, json.loads(found.body))
            policy = {key: value for key, value in shown.headers.items() if key == "content-security-policy"}
            return answer_of(request, name, replace(found, body=bytes(shown.body)), reader, media_type, policy)
        if form:
            return await _formed(
                request, name, await single(request, reader, read_spec, found.slug, query, form), reader
            )
        return answer_of(request, name, found, reader, _json_for(query))


def _content(formats: Mapping[str, Format], partial: str, *, csv: str | None = None) -> dict[str, Any]:
    """What an answer is besides whole JSON, for the documentation: JSON of some fields, and the other formats. `csv` says
    what is in the table."""
    told = {form.media_type.partition(";")[0]: form.about for form in formats.values()}
    if csv:
        told["text/csv"] = csv
    texts = {kind: {"schema": {"type": "string", "description": about}} for kind, about in told.items()}
    return {PARTIAL_JSON: {"schema": {"$ref": f"#/components/schemas/{partial}"}}, **texts}


MOVED = {"description": "The record has another slug now; `Location` has its address."}


# --- answers


def _json_for(query: DetailQuery) -> str:
    """JSON of whole records, or of the fields that were picked: to a typed client the two are different things."""
    return PARTIAL_JSON if query.fields else JSON


def answer_of(
    request: Request,
    name: str,
    found: Found,
    reader: Reader,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """One record as an answer, with its tags."""
    then = reader.clocks(found.revision)
    return answered(
        request,
        found.body,
        revision=found.revision,
        at=found.at,
        collections=[name],
        version=found.row_version,
        media_type=media_type,
        headers={"Content-Location": f"/v1/{name}/{found.slug}{then}", **(headers or {})},
        is_settled=reader.is_settled,
    )


async def _formed(request: Request, name: str, formed: FormattedAnswer, reader: Reader) -> HttpResponse:
    rows = f"-{formed.rows}" if formed.rows else ""
    file = f"{request.path_params.get('key', name)}{rows}.{formed.form.suffix}"
    body = await measured(request, formed.body)
    answer = answered(
        request,
        body,
        revision=formed.revision,
        at=formed.at,
        collections=[name],
        media_type=formed.form.media_type,
        headers={
            **next_page(request, formed.next),
            **({"Parley-Truncated": "true"} if formed.next else {}),
            **reader.told(formed.hidden),
            "Content-Disposition": f'inline; filename="{_FILE.sub("-", file)}"',
        },
        is_settled=reader.is_settled,
    )
    return in_parts(request, body, answer)
