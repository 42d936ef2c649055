"""Dossiers over HTTP: import a whole negotiation in one request, one transaction and one revision, and export it again."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import ConfigDict, Field

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType
from app.ingest.dossier import WrittenDossier, import_document
from app.ingest.dossier_answer import DossierAnswer, summarize
from app.ingest.dossier_export import PROCESSES, export
from app.ingest.dossier_formats import PARSERS, DossierForm
from app.ingest.dossier_schema import EXAMPLE, dossier_schema
from app.ingest.lint.dossiers import lint_dossier
from app.ingest.whole_ledger import open_whole
from app.reading.query import ClockQuery
from app.reading.single_records import MovedRecord, read_record
from app.resources.idempotency import IdempotentRequest, run_once
from app.resources.negotiation import preferred
from app.resources.route_docs import MOVED, READ_PROBLEMS, WRITE_PROBLEMS, Key
from app.resources.state import reader_at, server_state, writer_of
from app.schemas.pages import WriteQuery
from app.web import json_schema
from app.web.access import Principal, require
from app.web.json_body import read_object
from app.web.media_types import JSON
from app.web.places import address_of
from app.web.problem_responses import problems
from app.web.read_response import answered, base_of, moved
from app.web.route_docs import TAGGED, sends
from app.web.yaml_text import YAML
from app.writing.idempotency import IdempotencyKey
from app.writing.intents import WriteResult


class DossierQuery(ClockQuery):
    """The query parameters of requests that return a dossier."""

    model_config = ConfigDict(extra="forbid")

    format: DossierForm | None = Field(
        None, description="The format; default: the format in `Accept`, else JSON.", examples=["json"]
    )


def _requested_format(request: Request, query: DossierQuery) -> DossierForm:
    """Return the format requested by `format`, else by `Accept`, else JSON. Raises `ApiError` (406) for other formats."""
    accept = request.headers.get("accept", "").strip()
    if query.format is not None or not accept:
        return query.format or DossierForm.JSON
    best = preferred(accept, list(PARSERS))
    if best is None:
        detail = f"Dossiers are available as {JSON} and {YAML}, or with `format=json` and `format=yaml`."
        raise ApiError(ProblemType.NOT_ACCEPTABLE, detail)
    return DossierForm.JSON if best == JSON else DossierForm.YAML


router = APIRouter(prefix="/v1", tags=["dossiers"])
_BODY = {"schema": {"$ref": "#/components/schemas/Dossier"}, "example": EXAMPLE}
#: The request body as documented. Older media types of YAML are accepted, too.
_REQUEST_CONTENT = dict.fromkeys((JSON, YAML), _BODY)


#: A response that contains a dossier, for the OpenAPI document.
_DOSSIER_RESPONSE = {
    "description": "The dossier.",
    "headers": TAGGED,
    "content": {media_type: {"schema": {"$ref": "#/components/schemas/Dossier"}} for media_type in (JSON, YAML)},
}


def _export_place(request: Request) -> AbstractAsyncContextManager[None]:
    """Return the context in which the request has a place for an export. It raises `ApiError` (503) if there is none."""
    return server_state(request).export_places.held(address_of(request.scope))


@router.post(
    "/dossiers",
    operation_id="takeDossier",
    summary="Import a dossier",
    responses={**WRITE_PROBLEMS, 200: {"model": DossierAnswer, "headers": sends("Parley-Revision")}},
    openapi_extra={"requestBody": {"required": True, "content": _REQUEST_CONTENT}},
    response_class=HttpResponse,
)
async def import_dossier(
    request: Request,
    query: Annotated[WriteQuery, Query()],
    editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    run_once: Annotated[IdempotentRequest, Depends(run_once)],
) -> HttpResponse:
    """Writes all records of a dossier in one transaction. If any record is invalid, nothing is written and the response
    lists every error.

    Each record is written as by `PUT /v1/{collection}/{slug}`. Records may mention stored records, and each other in
    any order. Importing the same dossier again changes nothing and creates no revision. Dossiers listed in `needs` must
    be imported first; if one is missing, the response is 409 and names it. A dossier cannot rename records: for a
    former slug, the response is 409 with the current slug. The only records that an import withdraws are citations that
    an earlier version of the dossier contained, that this version omits, and that no other dossier contains.
    `additions` adds rows (posts, names, identifiers) and citations to records of other dossiers; importing those
    dossiers again does not remove them.

    Example: `POST /v1/dossiers?dry_run=true`
    """
    sent, content = await read_object(request, server_state(request).max_dossier_bytes, PARSERS)

    async def write(*, idempotency_key: IdempotencyKey | None) -> WriteResult:
        written = await import_document(
            writer_of(request),
            sent,
            content,
            most=server_state(request).dossier_records_max,
            editor=editor.name,
            key_id=editor.key_id,
            message=query.message,
            dry_run=query.dry_run,
            idempotency_key=idempotency_key,
        )
        return written.result

    async def respond(result: WriteResult) -> HttpResponse:
        warnings = await lint_dossier(writer_of(request), sent)
        summary = summarize(WrittenDossier(str(sent["slug"]), result), warnings, dry_run=query.dry_run)
        headers = {"Parley-Revision": str(result.revision)} if result.revision is not None else None
        return HttpResponse(summary.model_dump_json(by_alias=True), headers=headers, media_type=JSON)

    if query.dry_run:
        return await respond(await write(idempotency_key=None))
    return await run_once.answer(content, write, respond)


@router.get(
    "/dossiers/schema",
    operation_id="getDossierSchema",
    summary="Get the JSON Schema of dossiers",
    responses={
        **problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN),
        **json_schema.RESPONSES,
    },
    response_class=HttpResponse,
)
async def get_dossier_schema(
    request: Request,
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> HttpResponse:
    """Returns the self-contained JSON Schema (2020-12) of the format `parley-dossier/1`, for editors and validators.

    It validates the structure of a dossier. To check that the mentioned records exist, send the dossier with `dry_run=true`.

    Example: `GET /v1/dossiers/schema`
    """
    return json_schema.schema_response(dossier_schema(writer_of(request).kinds.values(), base_of(request)))


@router.get(
    "/dossiers/all",
    operation_id="getWholeLedger",
    summary="Export the whole database as a dossier",
    responses={
        **READ_PROBLEMS,
        **problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN),
        200: _DOSSIER_RESPONSE,
    },
    response_class=HttpResponse,
)
async def get_whole_ledger(
    request: Request,
    query: Annotated[DossierQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> HttpResponse:
    """Returns all records of one snapshot in one document, in the format that `POST /v1/dossiers` accepts.

    Withdrawn records are included, and listed in `withdrawn` with the reason. Citations are separate records, each with
    its target. The export omits ids, timestamps, former slugs, the history, and the information about which dossier
    contains which row. The response is streamed and has no size limit. If you import the document into an empty
    database (`parley import`), the export of that database has the same bytes.

    Example: `GET /v1/dossiers/all?format=yaml`
    """
    dossier_format = _requested_format(request, query)
    reader = await reader_at(request, query)
    whole = await open_whole(
        writer_of(request), dossier_format, reader.snapshot, reader.known_by, reader.known_to, _export_place(request)
    )
    return answered(
        request,
        whole,
        revision=whole.revision,
        at=whole.at,
        collections=list(whole.kinds),
        media_type=dossier_format.media_type,
        headers={"Content-Disposition": f'inline; filename="parley.{dossier_format}"'},
        is_settled=reader.is_settled,
    )


@router.get(
    "/processes/{key}/dossier",
    operation_id="getProcessDossier",
    summary="Export a process as a dossier",
    responses={
        **READ_PROBLEMS,
        200: _DOSSIER_RESPONSE,
        308: MOVED,
    },
    response_class=HttpResponse,
)
async def get_process_dossier(
    request: Request,
    key: Key,
    query: Annotated[DossierQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> HttpResponse:
    """Returns a process with everything that belongs to it, from one snapshot, in the format that `POST /v1/dossiers`
    accepts.

    You can import the document into an empty database: it includes the records that its records mention, but without
    the records nested in them. Withdrawn records are included only if other records mention them, and are listed in
    `withdrawn`. The document also includes the bodies that speak for a party in it, because the state of a demand
    depends on them, and the records to which the dossiers of the process add rows or citations, with these `additions`.
    It omits ids, timestamps and former slugs. If you import the document into an empty database, the export of the
    process from that database has the same bytes. The response is 422 if the document would contain more than
    `PARLEY_DOSSIER_RECORDS_MAX` records.

    Example: `GET /v1/processes/aceh-2005/dossier?format=yaml`
    """
    dossier_format = _requested_format(request, query)
    reader = await reader_at(request, query)
    found = await read_record(reader, PROCESSES, key, reader.collections[PROCESSES].detail_query(fields=["slug"]))
    if isinstance(found, MovedRecord):
        return moved(request, f"/v1/{PROCESSES}/{found.slug}/dossier")
    async with _export_place(request):
        most = server_state(request).dossier_records_max
        exported = await export(
            writer_of(request), found.slug, most, reader.snapshot, known_by=reader.known_by, known_to=reader.known_to
        )
        body = await asyncio.to_thread(dossier_format.write, exported.document)
    return answered(
        request,
        body,
        revision=exported.revision,
        at=exported.at,
        collections=exported.document["records"],
        media_type=dossier_format.media_type,
        headers={"Content-Disposition": f'inline; filename="{found.slug}.{dossier_format}"'},
        is_settled=reader.is_settled,
    )
