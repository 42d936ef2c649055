"""The read routes of a resource: list and get.

A GET passes through: middleware → access check → query model → reader (one SQL statement) → response with `Link` and
`ETag`.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.errors import Violation
from app.reading.formats.format import Format
from app.reading.formats.sheet import schema_columns
from app.reading.hidden_records import known_by_headers
from app.reading.pages import read_page
from app.reading.preparation import violations_of_names
from app.reading.query import DetailQuery
from app.reading.read_spec import ReadSpec
from app.reading.reader import Reader
from app.reading.single_records import FoundRecord, MovedRecord, read_record
from app.resources.formatted_bodies import FormattedBody, format_list, format_record
from app.resources.negotiation import formats_of, requested_format
from app.resources.resource import Described, Resource
from app.resources.route_docs import MOVED, READ_PROBLEMS, Key
from app.resources.routes import Route
from app.resources.state import reader_at, reader_of
from app.schemas.pages import Page, named
from app.web.access import Principal, require
from app.web.byte_ranges import apply_range, buffer_if_needed
from app.web.error_handlers import FURTHER
from app.web.media_types import JSON, PARTIAL_JSON
from app.web.read_response import answered, moved, next_page
from app.web.route_docs import LISTED, TAGGED, sends

#: Characters that are replaced in the file name of a download.
_FILE = re.compile(r"[^A-Za-z0-9._-]+")


def read_routes(resource: Resource) -> tuple[Route, ...]:
    """Return the routes that list records and read one."""
    return _list_route(resource), _get_route(resource)


def _list_route(resource: Resource) -> Route:
    read_spec, name = resource.read_spec, resource.name
    whole = ", ".join(f"`{column}`" for column, *_ in schema_columns(read_spec.summary))
    columns = f"A table with the columns {whole}; `fields=` and `include=` select others."
    if rows := ", ".join(f"`{name}`" for name in read_spec.rows):
        columns += f" With `rows=`, it has one row for each {rows}."
    return Route(
        "GET",
        "",
        f"list{name.title()}",
        _list_endpoint(read_spec),
        summary=f"List {name}",
        description=f"{resource.about} Different filters are combined with *and*, several values of one filter with *or*;"
        f" the default order is `{read_spec.default_sort}`.\n\nExample: `GET /v1/{name}?{resource.example}`",
        responses={
            **READ_PROBLEMS,
            200: {
                "model": named(Page[read_spec.row], read_spec.summary),  # type: ignore[name-defined]
                "headers": {**LISTED, **sends("Parley-Truncated")},
                "content": _content(formats_of(read_spec), "PartialPage", csv=columns),
            },
        },
    )


# An endpoint is made for each resource, because FastAPI reads the query model from the annotation of the parameter.
def _list_endpoint(read_spec: ReadSpec) -> Callable[..., Awaitable[HttpResponse]]:
    name, query_model = read_spec.name, read_spec.query

    async def list_(
        request: Request,
        query: Annotated[query_model, Query()],  # type: ignore[valid-type]
        _: Annotated[Principal, Depends(require(Scope.READ))],
    ) -> HttpResponse:
        form = requested_format(request, read_spec, query)
        reader = await reader_at(request, query)
        if form:
            formatted = await format_list(request, reader, read_spec, query, form)
            return await _formatted_response(request, name, formatted, reader)
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
    return list_


def _get_route(resource: Resource) -> Route:
    name, noun, read_spec = resource.name, resource.noun, resource.read_spec
    also = resource.described.media_types if resource.described else ()
    texts: dict[str, object] = {kind: {"schema": {"type": "string"}} for kind in also}
    content = {**_content(formats_of(read_spec), "PartialRecord"), **texts}
    return Route(
        "GET",
        "/{key}",
        f"get{resource.title}",
        _get_endpoint(read_spec, resource.described),
        summary=f"Read {resource.a_noun}",
        description=f"Returns the whole {noun}, by slug, id or external id (`scheme:value`). A former slug redirects (308),"
        " and a withdrawn record returns 410 with the reason.\n\n"
        f"Example: `GET /v1/{name}/{resource.record}`",
        responses={
            **READ_PROBLEMS,
            200: {"model": read_spec.detail, "headers": TAGGED, "content": content},
            308: MOVED,
        },
    )


def _get_endpoint(read_spec: ReadSpec, described: Described | None) -> Callable[..., Awaitable[HttpResponse]]:
    name, detail_query, formats = read_spec.name, read_spec.detail_query, formats_of(read_spec)
    also = described.media_types if described else ()

    async def get(
        request: Request,
        key: Key,
        query: Annotated[detail_query, Query()],  # type: ignore[valid-type]
        _: Annotated[Principal, Depends(require(Scope.READ))],
    ) -> HttpResponse:
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
            formatted = await format_record(request, reader, read_spec, found.slug, query, form)
            return await _formatted_response(request, name, formatted, reader)
        return answer_of(request, name, found, reader, _json_for(query))

    return get


def _content(formats: Mapping[str, Format], partial: str, *, csv: str | None = None) -> dict[str, object]:
    """Return the OpenAPI content of a response besides whole JSON records: partial JSON, and the other formats. `csv`
    describes the table."""
    descriptions = {form.media_type.partition(";")[0]: form.about for form in formats.values()}
    if csv:
        descriptions["text/csv"] = csv
    texts = {kind: {"schema": {"type": "string", "description": about}} for kind, about in descriptions.items()}
    return {PARTIAL_JSON: {"schema": {"$ref": f"#/components/schemas/{partial}"}}, **texts}


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
