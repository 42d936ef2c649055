"""The endpoints of the Reconciliation Service API 0.2 at `/v1/reconcile`, which matches names in a
user's table to records of the database.

Responses have the format of the specification, not the format of the other endpoints. Errors are problem documents, as
for all other endpoints.
"""

import json
from html import escape
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.reading.query import ClockQuery, clock_values
from app.reading.reader import Reader
from app.reconcile import service
from app.reconcile.entities import TYPES, Entity
from app.reconcile.queries import EntityQuery, EntitySuggestQuery, PropertyQuery, ReconcileQuery, SuggestQuery
from app.reconcile.requests import FORM, parse_extend_request, parse_queries, read_form, unknown_type
from app.reconcile.statements import fetch_at
from app.resources.state import reader_at, server_state
from app.web.access import READS, Principal, require
from app.web.problem_responses import problems
from app.web.read_response import base_of
from app.web.route_docs import sends

router = APIRouter(prefix="/v1/reconcile", tags=["reconciliation"])
Read = Annotated[Principal, Depends(require(Scope.READ))]
# The specification requires that other pages can embed the preview in a frame; the policy forbids everything else.
_FRAME_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *; sandbox allow-popups"
_PROBLEMS = problems(ProblemType.INVALID, ProblemType.UNAVAILABLE)
_ANSWER: dict[int | str, dict[str, object]] = {
    200: {
        "content": {"application/json": {"schema": {"type": "object"}}},
        "description": "The response in the format of the specification.",
        "headers": sends("Parley-Revision"),
    }
}
_EXAMPLE = {"queries": '{"q0": {"query": "Umierov", "type": "people"}}'}


@router.get(
    "",
    operation_id="reconcile",
    summary="Read the manifest or reconcile a batch",
    responses={**_PROBLEMS, **problems(ProblemType.MALFORMED, ProblemType.TOO_LARGE), **_ANSWER},
    response_class=HttpResponse,
)
async def get_reconcile(request: Request, query: Annotated[ReconcileQuery, Query()], _: Read) -> HttpResponse:
    """Without parameters, returns the service manifest, which OpenRefine reads when you add the service. With `queries`,
    returns candidates for each query; with `extend`, returns values of properties. CORS is supported, JSONP is not.

    Example: `GET /v1/reconcile?queries={"q0":{"query":"Umierov","type":"people"}}`
    """
    if query.queries is not None and query.extend is not None:
        hint = "Send two requests."
        violation = Violation("`queries` and `extend` cannot be combined.", parameter="extend", hint=hint)
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
    return await _answer(request, query, query.queries, query.extend)


@router.post(
    "",
    operation_id="reconcileBatch",
    summary="Reconcile a batch",
    responses={
        **_PROBLEMS,
        **problems(ProblemType.MALFORMED, ProblemType.TOO_LARGE, ProblemType.MEDIA_TYPE),
        **_ANSWER,
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {FORM: {"schema": {"$ref": "#/components/schemas/ReconcileForm"}, "example": _EXAMPLE}},
        },
        READS: True,
    },
    response_class=HttpResponse,
)
async def post_reconcile(request: Request, query: Annotated[ClockQuery, Query()], _: Read) -> HttpResponse:
    """Does the same as GET with `queries` or `extend`, for batches that are too long for a URL. The request changes
    nothing.

    Example: `POST /v1/reconcile` with the form field `queries={"q0":{"query":"Umierov","type":"people"}}`"""
    form = await read_form(request, server_state(request).max_body_bytes)
    return await _answer(request, query, form.get("queries"), form.get("extend"))


async def _answer(request: Request, query: ClockQuery, queries: str | None, extend: str | None) -> HttpResponse:
    reader = await reader_at(request, query)
    if queries is not None:
        return _json(await service.reconcile(reader, parse_queries(queries)), reader)
    if extend is not None:
        return _json(await service.extend(reader, parse_extend_request(extend)), reader)
    return _json(service.manifest(base_of(request)))


@router.get(
    "/suggest/entity",
    operation_id="suggestEntities",
    summary="Suggest records",
    responses={**_PROBLEMS, **_ANSWER},
    response_class=HttpResponse,
)
async def suggest_entity(request: Request, query: Annotated[EntitySuggestQuery, Query()], _: Read) -> HttpResponse:
    """Suggests records with a name in which a word begins with `prefix`. Returns 20 records at a time.

    Example: `GET /v1/reconcile/suggest/entity?prefix=ume&type=people`"""
    known = _known(query.type)
    types = [known] if known else list(TYPES)
    reader = await reader_at(request, query)
    return _json(await service.suggest_entities(reader, query.prefix, types, query.cursor), reader)


@router.get(
    "/suggest/property",
    operation_id="suggestProperties",
    summary="Suggest properties",
    responses={**_PROBLEMS, **_ANSWER},
    response_class=HttpResponse,
)
async def suggest_property(query: Annotated[SuggestQuery, Query()], _: Read) -> HttpResponse:
    """Suggests properties for queries and data extension. Each scheme of `/v1/schemes` is a property too, but is not
    suggested.

    Example: `GET /v1/reconcile/suggest/property?prefix=cou`"""
    return _json(service.suggest_properties(query.prefix, query.cursor, _known(query.type)))


@router.get(
    "/suggest/type",
    operation_id="suggestTypes",
    summary="Suggest types",
    responses={**_PROBLEMS, **_ANSWER},
    response_class=HttpResponse,
)
async def suggest_type(query: Annotated[SuggestQuery, Query()], _: Read) -> HttpResponse:
    """Suggests types of records that can be matched.

    Example: `GET /v1/reconcile/suggest/type?prefix=pla`"""
    return _json(service.suggest_types(query.prefix, query.cursor))


@router.get(
    "/properties",
    operation_id="proposeProperties",
    summary="List properties of a type",
    responses={**_PROBLEMS, **_ANSWER},
    response_class=HttpResponse,
)
async def propose(query: Annotated[PropertyQuery, Query()], _: Read) -> HttpResponse:
    """Lists the properties that data extension can return for records of a type.

    Example: `GET /v1/reconcile/properties?type=people`"""
    found = service.suggest_properties("", 0, _known(query.type))["result"][: query.limit]
    proposed = [{"id": one["id"], "name": one["name"]} for one in found]
    return _json({"properties": proposed, "type": query.type, "limit": query.limit})


@router.get(
    "/view",
    operation_id="viewEntity",
    summary="Redirect to the record of a candidate",
    status_code=307,
    responses={**_PROBLEMS, **problems(ProblemType.NOT_FOUND)},
    response_class=HttpResponse,
)
async def view(request: Request, query: Annotated[EntityQuery, Query()], _: Read) -> HttpResponse:
    """Redirects to the URL of the record. The id contains a slash, which clients may encode.

    Example: `GET /v1/reconcile/view?id=people/rustem-umerov`"""
    entity = await _entity(request, query)
    then = "&".join(f"{name}={quote(value)}" for name, value in clock_values(query).items() if value)
    return HttpResponse(
        status_code=307, headers={"Location": f"/v1/{entity.collection}/{quote(entity.slug)}{then and f'?{then}'}"}
    )


@router.get(
    "/preview",
    operation_id="previewEntity",
    summary="Preview a candidate",
    responses={
        **_PROBLEMS,
        **problems(ProblemType.NOT_FOUND),
        200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "A small HTML page."},
    },
    response_class=HttpResponse,
)
async def preview(request: Request, query: Annotated[EntityQuery, Query()], _: Read) -> HttpResponse:
    """Returns a small HTML page about the record, which OpenRefine shows in a frame.

    Example: `GET /v1/reconcile/preview?id=people/rustem-umerov`"""
    entity = await _entity(request, query)
    others = [name for name in entity.names if name != entity.name][:8]
    address = escape(f"{base_of(request)}/v1/{entity.collection}/{entity.slug}", quote=True)
    lines = [f'<h1><a href="{address}" target="_blank" rel="noopener">{escape(entity.name)}</a></h1>']
    lines.append(f"<p>{escape(entity.description)}</p>")
    if others:
        lines.append(f"<p><i>{escape(' · '.join(others))}</i></p>")
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(entity.name)}</title></head>\n<body>{''.join(lines)}</body></html>\n"
    )
    headers = {"Content-Security-Policy": _FRAME_CSP, "Cache-Control": "no-cache"}
    return HttpResponse(page, headers=headers, media_type="text/html")


async def _entity(request: Request, query: EntityQuery) -> Entity:
    found = await fetch_at(await reader_at(request, query), [query.id])
    if query.id not in found:
        raise ApiError(
            ProblemType.NOT_FOUND, f"There is no party, person, place or issue with the id {quoted(query.id)}."
        )
    return found[query.id]


def _known(type_: str | None) -> str | None:
    if type_ and type_ not in TYPES:
        violations = [unknown_type(type_, parameter="type")]
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    return type_ or None


def _json(answer: object, reader: Reader | None = None) -> HttpResponse:
    """Build the response. The response names a revision only if the request has `as_of`; otherwise the statements of
    the request may have read different revisions."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    headers = {"Cache-Control": "no-cache"}
    if reader is not None and reader.snapshot is not None:
        headers["Parley-Revision"] = str(reader.snapshot.revision)
    return HttpResponse(body, headers=headers, media_type="application/json")
