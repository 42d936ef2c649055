"""Dossiers over HTTP: a whole negotiation in one body, one transaction, one revision; and back again."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType
from app.ingest.dossier import Done, Taken, take
from app.ingest.dossier_export import PROCESSES, export
from app.ingest.dossier_formats import JSON, PARSERS, DossierForm
from app.ingest.dossier_schema import EXAMPLE, schema_of
from app.ingest.whole_ledger import open_whole
from app.reading.query import PastQuery
from app.reading.reader import Moved
from app.resources.idempotency import IdempotentRequest, run_once
from app.resources.negotiation import preferred
from app.resources.resource import MOVED, READ_PROBLEMS, WRITE_PROBLEMS, Key, reader_at, writer_of
from app.schemas.pages import WriteQuery
from app.web import json_schema
from app.web.access import Principal, require
from app.web.json_body import read_object
from app.web.problem_responses import problems
from app.web.read_response import answered, base_of, moved
from app.web.route_docs import TAGGED, sends
from app.web.yaml_text import YAML
from app.writing.idempotency import Asked
from app.writing.intents import WriteResult


class GivenQuery(PastQuery):
    """What the addresses that give a dossier take."""

    model_config = ConfigDict(extra="forbid")

    format: DossierForm | None = Field(
        None, description="Its form; else `Accept` says it, else JSON.", examples=["json"]
    )


def _form_of(request: Request, query: GivenQuery) -> DossierForm:
    """The form that is asked for by `format=`, else by `Accept`, else JSON. Raises `ApiError` (406) on any other."""
    accept = request.headers.get("accept", "").strip()
    if query.format is not None or not accept:
        return query.format or DossierForm.JSON
    best = preferred(accept, list(PARSERS))
    if best is None:
        told = f"Dossiers can be had as {JSON} or {YAML}; `?format=` names them shortly."
        raise ApiError(ProblemType.NOT_ACCEPTABLE, told)
    return DossierForm.JSON if best == JSON else DossierForm.YAML


class DossierRecord(BaseModel):
    """What became of one record."""

    collection: str = Field(description="Its collection.", examples=["parties"])
    slug: str = Field(description="Its slug.", examples=["indonesia"])
    done: Done = Field(
        description="What was done to it; `unchanged` = it was so already. `withdrawn` are citations that the dossier"
        " brought before and now leaves out, and that no other dossier brings.",
        examples=["created"],
    )


class DossierAnswer(BaseModel):
    """What a dossier did, or would do."""

    dossier: str = Field(description="Slug of the dossier.", examples=["aceh-2005"])
    dry_run: bool = Field(description="Whether nothing was written because the request said so.", examples=[False])
    revision: int | None = Field(
        description="Number of the revision that it made; null = it changed nothing, or was a dry run.", examples=[7]
    )
    counts: dict[Done, int] = Field(
        description="How many records of each kind of `done`.",
        examples=[{"created": 8, "changed": 0, "withdrawn": 0, "unchanged": 0}],
    )
    records: list[DossierRecord] = Field(
        description="The records of the body, collection by collection, then those that stand inside them."
    )


router = APIRouter(prefix="/v1", tags=["dossiers"])
_BODY = {"schema": {"$ref": "#/components/schemas/Dossier"}, "example": EXAMPLE}
#: The names that are spoken of; the older ones of YAML are taken, too.
_TOLD = dict.fromkeys((JSON, YAML), _BODY)


#: The response that is a dossier, as OpenAPI tells it.
_GIVEN = {
    "description": "The dossier.",
    "headers": TAGGED,
    "content": {media_type: {"schema": {"$ref": "#/components/schemas/Dossier"}} for media_type in (JSON, YAML)},
}


def _slots_of(request: Request) -> asyncio.Semaphore:
    """A place among the dossiers that are read at once. Raises `ApiError` (503) where none is free."""
    slots: asyncio.Semaphore = request.app.state.exports
    if slots.locked():
        busy = "Too many dossiers are asked for at once; come back soon."
        raise ApiError(ProblemType.UNAVAILABLE, busy, headers={"Retry-After": "2"})
    return slots


@router.post(
    "/dossiers",
    operation_id="takeDossier",
    summary="Import a dossier",
    responses={**WRITE_PROBLEMS, 200: {"model": DossierAnswer, "headers": sends("Parley-Revision")}},
    openapi_extra={"requestBody": {"required": True, "content": _TOLD}},
    response_class=HttpResponse,
)
async def take_dossier(
    request: Request,
    query: Annotated[WriteQuery, Query()],
    editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    run_once: Annotated[IdempotentRequest, Depends(run_once)],
) -> HttpResponse:
    """Writes all records of a dossier in one transaction: all of them or, with every fault in one answer, none.

    Each is put, as `PUT /v1/{collection}/{slug}` would: it is afterwards what the body says, and one that is so already
    stays as it is. They may mention each other in any order, and records that are stored. Sent again, a dossier changes
    nothing and makes no revision. What it `needs` must have been taken before, else the answer is 409 and names it.
    A dossier renames nothing: a former slug is 409 and tells the present one. It withdraws no records, only citations
    that it brought before and now leaves out, unless another dossier brings them too. `additions` add rows (posts, names,
    identifiers) and citations to records of other dossiers. They stay when those dossiers are sent again.
    """
    sent, content = await read_object(request, request.app.state.max_dossier_bytes, PARSERS)

    async def write(*, asked: Asked | None) -> WriteResult:
        taken = await take(
            writer_of(request),
            sent,
            content,
            most=request.app.state.dossier_records_max,
            editor=editor.name,
            key_id=editor.key_id,
            message=query.message,
            dry_run=query.dry_run,
            asked=asked,
        )
        return taken.result

    async def tell(result: WriteResult) -> HttpResponse:
        answer = _answer(Taken(str(sent["slug"]), result), dry_run=query.dry_run)
        headers = {"Parley-Revision": str(result.revision)} if result.revision is not None else None
        return HttpResponse(answer.model_dump_json(), headers=headers, media_type=JSON)

    if query.dry_run:
        return await tell(await write(asked=None))
    return await run_once.answer(content, write, tell)


@router.get(
    "/dossiers/schema",
    operation_id="getDossierSchema",
    summary="Read the schema of dossiers",
    responses={
        **problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN),
        **json_schema.TOLD,
    },
    response_class=HttpResponse,
)
async def get_dossier_schema(
    request: Request,
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> HttpResponse:
    """The JSON Schema (2020-12) of the format `parley-dossier/1`, in one piece: for editors and validators.

    It tells the shape of each value. That mentions lead somewhere is known only when a dossier is sent: `dry_run=true`.
    """
    return json_schema.answer(schema_of(writer_of(request).kinds.values(), base_of(request)))


@router.get(
    "/dossiers/all",
    operation_id="getWholeLedger",
    summary="Export the whole ledger as a dossier",
    responses={
        **READ_PROBLEMS,
        **problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN),
        200: _GIVEN,
    },
    response_class=HttpResponse,
)
async def get_whole_ledger(
    request: Request,
    query: Annotated[GivenQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> HttpResponse:
    """All records of the ledger in one document, in the format that `POST /v1/dossiers` takes, of one snapshot.

    It includes withdrawn records, listed in `withdrawn` with the reason. Citations are records of their own, each with its
    target. Ids, instants, former slugs, history and which dossier brought what are not exported. The answer is streamed,
    so that its size has no limit. An empty ledger that imports it (`parley import`) exports the same bytes.
    """
    form = _form_of(request, query)
    reader = await reader_at(request, query)
    whole = await open_whole(writer_of(request), form, reader.moment, reader.known_by, _slots_of(request))
    return answered(
        request,
        whole,
        revision=whole.revision,
        at=whole.at,
        collections=list(whole.kinds),
        media_type=form.media_type,
        headers={"Content-Disposition": f'inline; filename="parley.{form}"'},
        is_settled=reader.is_settled,
    )


@router.get(
    "/processes/{key}/dossier",
    operation_id="getProcessDossier",
    summary="Export a process as a dossier",
    responses={
        **READ_PROBLEMS,
        200: _GIVEN,
        308: MOVED,
    },
    response_class=HttpResponse,
)
async def get_process_dossier(
    request: Request,
    key: Key,
    query: Annotated[GivenQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> HttpResponse:
    """A process with all that belongs to it, in the format that `POST /v1/dossiers` takes, of one snapshot.

    It stands alone, so that an empty ledger can take it: what its records mention comes along, each record as it is
    without what stands inside it. What was withdrawn stays behind, but for records that others still mention: they are
    named in `withdrawn`. Bodies that speak for one of its parties come along, since the state of a demand depends on
    them; and records to which its dossiers add something, with `additions` that say what. Ids, instants and former
    slugs belong to the ledger and are not given. Taken by an empty ledger and given by that, a dossier is the same byte
    for byte. A process of more records than
    `PARLEY_DOSSIER_RECORDS_MAX` is refused.
    """
    form = _form_of(request, query)
    reader = await reader_at(request, query)
    found = await reader.one(PROCESSES, key, reader.collections[PROCESSES].detail_query(fields=["slug"]))
    if isinstance(found, Moved):
        return moved(request, f"/v1/{PROCESSES}/{found.slug}/dossier")
    async with _slots_of(request):
        most = request.app.state.dossier_records_max
        exported = await export(writer_of(request), found.slug, most, reader.moment, reader.known_by)
        body = await asyncio.to_thread(form.write, exported.document)
    return answered(
        request,
        body,
        revision=exported.revision,
        at=exported.at,
        collections=exported.document["records"],
        media_type=form.media_type,
        headers={"Content-Disposition": f'inline; filename="{found.slug}.{form}"'},
        is_settled=reader.is_settled,
    )


def _answer(taken: Taken, *, dry_run: bool) -> DossierAnswer:
    return DossierAnswer(
        dossier=taken.slug,
        dry_run=dry_run,
        revision=taken.revision,
        counts=taken.counts,
        records=[DossierRecord(collection=one.collection, slug=one.slug, done=done) for one, done in taken.records],
    )
