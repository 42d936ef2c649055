"""Declaration of a resource, and its read routes (`app.resources.write_routes` has the others).

A GET passes through: middleware → access check → query model → reader (one SQL statement) → response with `Link` and
`ETag`.
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
from app.reading.formats.sheet import schema_columns
from app.reading.hidden_records import known_by_headers
from app.reading.pages import read_page
from app.reading.preparation import violations_of_names
from app.reading.query import ClockQuery, DetailQuery
from app.reading.read_spec import ReadSpec
from app.reading.reader import Reader
from app.reading.single_records import FoundRecord, MovedRecord, read_record
from app.resources.negotiation import (
    FormattedBody,
    format_list,
    format_record,
    formats_of,
    media_types_of,
    preferred,
    requested_format,
    takes_anything,
)
from app.resources.state import server_state
from app.schemas.pages import Page, named
from app.web.access import Principal, require
from app.web.byte_ranges import apply_range, buffer_if_needed
from app.web.error_handlers import FURTHER
from app.web.problem_responses import problems
from app.web.read_response import answered, moved, next_page
from app.web.route_docs import LISTED, PARTIAL_JSON, TAGGED, sends
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer

T = TypeVar("T")
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
#: Characters that are replaced in the file name of a download.
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
    """A collection as its package declares it: read and write specifications, and texts for the documentation."""

    read_spec: ReadSpec
    kind: WriteSpec
    #: The noun for one record, as in "a talk": for summaries and operation ids.
    noun: str
    #: What one record is, for its section of the documentation.
    definition: str
    #: What the list contains, as a sentence for the documentation.
    about: str
    #: A query string that works with the bundled data, shown as an example.
    example: str
    #: Slug of a bundled record, shown as an example.
    record: str
    #: A body that creates a record in addition to the bundled ones, shown as an example.
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
        """The noun as a prefix of schema names and a suffix of operation ids: `Talk`."""
        return self.noun.title().replace(" ", "")

    @property
    def a_noun(self) -> str:
        """The noun with its article: "an issue"."""
        return f"an {self.noun}" if self.noun[0] in "aeiou" else f"a {self.noun}"


Key = Annotated[
    str,
    Path(
        description="The slug, the id, or an external id as `scheme:value`.",
        examples=["wikidata:Q159"],
        max_length=LONGEST_KEY,
    ),
]


def reader_of(request: Request) -> Reader:
    return server_state(request).reader


async def reader_at(request: Request, query: ClockQuery) -> Reader:
    """Return a reader for the requested `as_of` and `known_by`. Raises ApiError if `as_of` is before the first revision."""
    return await reader_of(request).at(query.as_of, query.known_by)


def writer_of(request: Request) -> Writer:
    return server_state(request).writer


#: Lists return 404 and 410 too: a filter may name a record that did not exist, was not known or was withdrawn at the
#: requested time.
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
#: For changes that honor `If-Match`; the documentation recognizes these operations by their 412 response.
VERSION_PROBLEMS = {**CHANGE_PROBLEMS, **problems(ProblemType.PRECONDITION)}


def add_reads(router: APIRouter, collection: Resource) -> None:
    """Add the routes that list records and read one."""
    read_spec, noun = collection.read_spec, collection.noun
    name, title, a_noun = collection.name, collection.title, collection.a_noun
    query_model, detail_query = read_spec.query, read_spec.detail_query
    detail_model = read_spec.detail
    formats = formats_of(read_spec)
    whole = ", ".join(f"`{column}`" for column, *_ in schema_columns(read_spec.summary))
    columns = f"A table with the columns {whole}; `fields=` and `include=` select others."
    if rows := ", ".join(f"`{name}`" for name in read_spec.rows):
        columns += f" With `rows=`, it has one row for each {rows}."

    @router.get(
        "",
        operation_id=f"list{name.title()}",
        summary=f"List {name}",
        description=f"{collection.about} Different filters are combined with *and*, several values of one filter with *or*;"
        f" the default order is `{read_spec.default_sort}`.\n\nExample: `GET /v1/{name}?{collection.example}`",
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
            return await _formatted_response(
                request, name, await format_list(request, reader, read_spec, query, form), reader
            )
        answer = await read_page(reader, name, query)
        return answered(
            request,
            answer.body,
            revision=answer.revision,
            at=answer.at,
            collections=[name],
            media_type=_json_for(query),
            headers={**next_page(request, answer.next), **known_by_headers(reader, answer.hidden)},
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
        description=f"Returns the whole {noun}, by slug, id or external id (`scheme:value`). A former slug redirects (308),"
        " and a withdrawn record returns 410 with the reason.\n\n"
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
        found = await read_record(reader, name, key, query if form is None else detail_query(fields=["slug"]))
        if isinstance(found, MovedRecord):
            return moved(request, f"/v1/{name}/{found.slug}")
        if described and media_type:
            shown = described.make(request, media_type, json.loads(found.body))
            policy = {key: value for key, value in shown.headers.items() if key == "content-security-policy"}
            return answer_of(request, name, replace(found, body=bytes(shown.body)), reader, media_type, policy)
        if form:
            return await _formatted_response(
                request, name, await format_record(request, reader, read_spec, found.slug, query, form), reader
            )
        return answer_of(request, name, found, reader, _json_for(query))


def _content(formats: Mapping[str, Format], partial: str, *, csv: str | None = None) -> dict[str, Any]:
    """Return the OpenAPI content of a response besides whole JSON records: partial JSON, and the other formats. `csv`
    describes the table."""
    descriptions = {form.media_type.partition(";")[0]: form.about for form in formats.values()}
    if csv:
        descriptions["text/csv"] = csv
    texts = {kind: {"schema": {"type": "string", "description": about}} for kind, about in descriptions.items()}
    return {PARTIAL_JSON: {"schema": {"$ref": f"#/components/schemas/{partial}"}}, **texts}


MOVED = {"description": "The record has a new slug; `Location` has its URL."}


# --- responses


def _json_for(query: DetailQuery) -> str:
    """Return the JSON media type for whole records or for selected fields. Typed clients need to tell the two apart."""
    return PARTIAL_JSON if query.fields else JSON


def answer_of(
    request: Request,
    name: str,
    found: FoundRecord,
    reader: Reader,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return the response for one record, with its ETag."""
    then = reader.query_string(found.revision)
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


async def _formatted_response(request: Request, name: str, formatted: FormattedBody, reader: Reader) -> HttpResponse:
    rows = f"-{formatted.rows}" if formatted.rows else ""
    file = f"{request.path_params.get('key', name)}{rows}.{formatted.form.suffix}"
    body = await buffer_if_needed(request, formatted.body)
    answer = answered(
        request,
        body,
        revision=formatted.revision,
        at=formatted.at,
        collections=[name],
        media_type=formatted.form.media_type,
        headers={
            **next_page(request, formatted.next),
            **({"Parley-Truncated": "true"} if formatted.next else {}),
            **known_by_headers(reader, formatted.hidden),
            "Content-Disposition": f'inline; filename="{_FILE.sub("-", file)}"',
        },
        is_settled=reader.is_settled,
    )
    return apply_range(request, body, answer)
