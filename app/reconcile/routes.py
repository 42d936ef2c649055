"""The Reconciliation Service API 0.2 at `/v1/reconcile`: tables of names are matched with the records here.

The answers have the specification's form and not that of the other routes; refusals are problems like everywhere.
"""

import json
from html import escape
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, Violation
from app.reading.query import PastQuery, clocks
from app.reading.reader import Reader
from app.reconcile import service
from app.reconcile.entities import TYPES, Entity
from app.reconcile.requests import FORM, parse_extending, parse_queries, read_form, unknown_type
from app.reconcile.statements import at
from app.resources.resource import reader_at
from app.web.access import READS, Principal, require
from app.web.problem_responses import problems
from app.web.read_response import base_of
from app.web.route_docs import sends

router = APIRouter(prefix="/v1/reconcile", tags=["reconciliation"])
Read = Annotated[Principal, Depends(require(Scope.READ))]

# Meant to stand in a frame of other pages, as the specification wants it; it can do nothing there.
_FRAME_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *; sandbox allow-popups"
_PROBLEMS = problems(ProblemType.INVALID, ProblemType.UNAVAILABLE)
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/json": {"schema": {"type": "object"}}},
        "description": "As the specification has it.",
        "headers": sends("Parley-Revision"),
    }
}


class ReconcileQuery(PastQuery):
    queries: str | None = Field(
        None, description="A batch of queries, as JSON.", examples=['{"q0": {"query": "Umierov", "type": "people"}}']
    )
    extend: str | None = Field(
        None,
        description="Records and the properties of them that are wanted, as JSON.",
        examples=['{"ids": ["people/rustem-umerov"], "properties": [{"id": "post"}]}'],
    )


class SuggestQuery(BaseModel):
    # OpenRefine's own widget sends `spell`, `exact` and `prefixed` along, of an older API; refusing them would leave its
    # boxes empty (tests/reconcile/test_reconcile.py::test_the_widget_of_openrefine_is_answered).
    model_config = ConfigDict(extra="ignore")

    prefix: Annotated[str, Field(max_length=200)] = Field("", description="What was typed so far.", examples=["ume"])
    cursor: Annotated[int, Field(ge=0, le=1000)] = Field(
        0, description="How many suggestions to leave out.", examples=[0]
    )
    type: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="Only those of this type.", examples=["people"]
    )


class EntitySuggestQuery(SuggestQuery, PastQuery):
    model_config = ConfigDict(extra="ignore")


class ProposalQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="The type whose properties are wanted; left out: all.", examples=["people"]
    )
    limit: Annotated[int, Field(ge=1, le=100)] | None = Field(None, description="How many at most.", examples=[5])


class EntityQuery(PastQuery):
    id: Annotated[str, Field(min_length=1, max_length=300)] = Field(
        description="The id of a candidate: collection and slug.", examples=["people/rustem-umerov"]
    )


_EXAMPLE = {"queries": '{"q0": {"query": "Umierov", "type": "people"}}'}


@router.get(
    "",
    operation_id="reconcile",
    summary="Read the manifest, or send queries in the address",
    responses={**_PROBLEMS, **problems(ProblemType.MALFORMED, ProblemType.TOO_LARGE), **_ANSWER},
    response_class=HttpResponse,
)
async def get_reconcile(request: Request, query: Annotated[ReconcileQuery, Query()], _: Read) -> HttpResponse:
    """Without parameters the service manifest, which OpenRefine reads when the service is added. With `queries` the
    candidates for each query, with `extend` values of properties. JSONP is not offered; CORS is.

    Example: `GET /v1/reconcile?queries={"q0":{"query":"Umierov","type":"people"}}`
    """
    if query.queries is not None and query.extend is not None:
        violation = Violation("Send `queries` or `extend`, not both.", parameter="extend")
        raise ApiError(ProblemType.INVALID, "1 validation error.", [violation])
    return await _answer(request, query, query.queries, query.extend)


@router.post(
    "",
    operation_id="reconcileBatch",
    summary="Send a batch of queries",
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
async def post_reconcile(request: Request, query: Annotated[PastQuery, Query()], _: Read) -> HttpResponse:
    """The same as a GET with `queries` or `extend`, for what does not fit into an address. Reads only."""
    form = await read_form(request, request.app.state.max_body_bytes)
    return await _answer(request, query, form.get("queries"), form.get("extend"))


async def _answer(request: Request, query: PastQuery, queries: str | None, extend: str | None) -> HttpResponse:
    reader = await reader_at(request, query)
    if queries is not None:
        return _json(await service.reconcile(reader, parse_queries(queries)), reader)
    if extend is not None:
        return _json(await service.extend(reader, parse_extending(extend)), reader)
    return _json(service.manifest(base_of(request)))


@router.get(
    "/suggest/entity",
    operation_id="suggestEntities",
    summary="Suggest records",
    responses={**_PROBLEMS, **_ANSWER},
    response_class=HttpResponse,
)
async def suggest_entity(request: Request, query: Annotated[EntitySuggestQuery, Query()], _: Read) -> HttpResponse:
    """Records of which a name, or a word of one, begins with `prefix`; 20 at a time."""
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
    """Properties by which records can be told apart and extended; besides them each scheme of `/v1/schemes` is one."""
    return _json(service.suggest_properties(query.prefix, query.cursor, _known(query.type)))


@router.get(
    "/suggest/type",
    operation_id="suggestTypes",
    summary="Suggest types",
    responses={**_PROBLEMS, **_ANSWER},
    response_class=HttpResponse,
)
async def suggest_type(query: Annotated[SuggestQuery, Query()], _: Read) -> HttpResponse:
    """The types of records that can be matched."""
    return _json(service.suggest_types(query.prefix, query.cursor))


@router.get(
    "/properties",
    operation_id="proposeProperties",
    summary="List properties of a type",
    responses={**_PROBLEMS, **_ANSWER},
    response_class=HttpResponse,
)
async def propose(query: Annotated[ProposalQuery, Query()], _: Read) -> HttpResponse:
    """The properties by which records of a type can be extended."""
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
    """Leads to the record itself: an id holds a slash, which clients send encoded."""
    entity = await _entity(request, query)
    then = "&".join(f"{name}={quote(value)}" for name, value in clocks(query).items() if value)
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
        200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "A small page."},
    },
    response_class=HttpResponse,
)
async def preview(request: Request, query: Annotated[EntityQuery, Query()], _: Read) -> HttpResponse:
    """A small page about the record, made to stand in a frame of OpenRefine."""
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
    found = await at(await reader_at(request, query), [query.id])
    if query.id not in found:
        raise ApiError(ProblemType.NOT_FOUND, f"No record that can be matched has the id '{query.id}'.")
    return found[query.id]


def _known(type_: str | None) -> str | None:
    if type_ and type_ not in TYPES:
        raise ApiError(ProblemType.INVALID, "1 validation error.", [unknown_type(type_, parameter="type")])
    return type_ or None


def _json(answer: Any, reader: Reader | None = None) -> HttpResponse:
    """The answer. Of several statements, so that it has seen one revision only where that was asked for."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    headers = {"Cache-Control": "no-cache"}
    if reader is not None and reader.moment is not None:
        headers["Parley-Revision"] = str(reader.moment.revision)
    return HttpResponse(body, headers=headers, media_type="application/json")
