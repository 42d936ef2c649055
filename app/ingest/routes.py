"""Imports over HTTP. The request body is read as a stream, and progress is sent while the body is read."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, Violation
from app.ingest.files import source_of
from app.ingest.import_idempotency import replay, with_idempotency
from app.ingest.import_media_types import NDJSON, REQUEST_CONTENT, detect_format, wants_only_summary
from app.ingest.import_options import Order
from app.ingest.import_query import ImportQuery
from app.ingest.import_responses import Event, import_problem, json_summary, serialized
from app.ingest.import_run import Import
from app.ingest.profiles.catalog import profile_called
from app.ingest.report import Ending, Progress, Summary
from app.ingest.workbooks.archive import SheetBounds
from app.resources.idempotency import IdempotentRequest, run_once
from app.resources.state import server_state
from app.web.access import Principal, require
from app.web.duplex import Duplex
from app.web.places import address_of
from app.web.problem_responses import problems
from app.web.upload_stream import Incoming
from app.writing.idempotency import find_stored_result

router = APIRouter(prefix="/v1/imports", tags=["imports"])


@router.post(
    "",
    operation_id="importRecords",
    summary="Import a file of records",
    description="Imports NDJSON, CSV or a sheet of a workbook (.xlsx) as a stream of any length, uncompressed or compressed"
    " with gzip (`Content-Type: application/gzip` or `Content-Encoding: gzip`). Each line is a record. The stored"
    " record is found by its slug or else by its external ids, and changed; if there is none, it is created. Rows of a"
    " sheet are read like lines of CSV."
    "\n\nExample: `POST /v1/imports?collection=parties&dry_run=true` with `Content-Type: text/csv`."
    "\n\nA record may mention stored records, records on earlier lines, and records in the same batch of 1,000 lines. An"
    " export (`format=ndjson`, `format=csv`) can be imported with `mode=merge`: read-only fields are ignored. Do not"
    " use `mode=replace` for an export, because lists contain fewer fields than single records."
    "\n\nBibliographies become sources: CSL-JSON (`application/vnd.citationstyles.csl+json`), RIS"
    " (`application/x-research-info-systems`) and BibTeX (`application/x-bibtex`), as Zotero, JabRef, EndNote and doi.org"
    " write them. The slug is made from the DOI, or else from the key, with the prefix `csl-`, `ris-` or `bib-`; an entry"
    " that Parley has exported is matched with its source. Values without a field are stored in `notes`, as"
    " `variable: value`."
    "\n\nEach batch is one transaction and one revision. Batches that were written remain if the import fails later. To"
    " continue, import the same file again: stored records are unchanged, and create no revision."
    "\n\nThe response is NDJSON: one line of progress per batch, and a last line with `type` `summary` that lists the errors."
    " The status 200 is sent before the end is known: **an import has succeeded only if the last line has `ending`"
    " `complete`**, and a response without a summary is incomplete. If the file is rejected before anything was written, the"
    " response is a problem with status 4xx, whose pointers begin with the line number. With `Accept: application/json`, the"
    " response is only the summary, sent at the end with the status of the result."
    "\n\nFiles of other data sets and bibliographies change only values that they stated before. Their warnings:"
    " `leads-elsewhere`, two records have the same external id; `leads-nowhere`, no record of the data set has the external"
    " id; `differs`, the database has another value and keeps it; `former-slug`, the record was found by a former slug;"
    " `withdrawn`, the record was withdrawn by an editor. `/v1/statements` shows what each data set states."
    "\n\nWarnings of the linter: `sentinel`, `mojibake`, `before-process`, `former-code`, `outside-country`, `duplicate-id`,"
    " `unknown-code`, `unknown-currency`, `early-disclosure`, `needless-disclosure`, `early-force`, `impossible-vote`,"
    " `link-of-no-step`. `shown-inside`: an export with `include=` nests records in other records; nested records are"
    " ignored, and must be imported from lines of their own collection. For bibliographies: `no-field` (the value is"
    " stored in `notes`), `not-read` (an invalid date, URL, language or identifier, stored in `notes`), `unmapped`"
    " (an unknown type, stored in `coded_from`), `markup`, `latex`, `left-out` (a registry's data about its own"
    " record). Warnings do not prevent the import of a line.",
    responses={
        **problems(
            ProblemType.MALFORMED,
            ProblemType.UNAUTHORIZED,
            ProblemType.FORBIDDEN,
            ProblemType.TOO_LARGE,
            ProblemType.MEDIA_TYPE,
            ProblemType.INVALID,
            ProblemType.UNAVAILABLE,
        ),
        200: {
            "model": Summary,
            "description": "The summary (`Accept: application/json`), or lines of progress and the summary.",
            "content": {NDJSON: {"schema": {"type": "string", "description": "Lines of progress, then the summary."}}},
        },
    },
    openapi_extra={"requestBody": {"required": True, "content": REQUEST_CONTENT}},
    response_class=HttpResponse,
)
async def import_records(
    request: Request,
    query: Annotated[ImportQuery, Query()],
    editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    run_once: Annotated[IdempotentRequest, Depends(run_once)],
) -> HttpResponse:
    """Import a file. The OpenAPI description is in the decorator."""
    state = server_state(request)
    async with AsyncExitStack() as resources:
        # Before anything is read, because reading is what an import costs.
        await resources.enter_async_context(state.import_places.held(address_of(request.scope)))
        return await _import(request, query, editor, run_once, resources)


async def _import(
    request: Request, query: ImportQuery, editor: Principal, run_once: IdempotentRequest, resources: AsyncExitStack
) -> HttpResponse:
    """Import a file within its place, which the response returns when it ends."""
    state = server_state(request)
    bounds = state.import_bounds
    format_name, is_compressed = detect_format(request)
    incoming = Incoming(request, bounds, is_packed=is_compressed)
    writer = state.writer
    idempotency = None if query.dry_run else run_once.idempotency_key(b"")
    if idempotency is not None and (done := await find_stored_result(writer.engine, idempotency)):
        return await replay(request, run_once, incoming, done)
    key_id = UUID(editor.key_id) if editor.key_id else None
    profile = profile_called(query.profile) if query.profile is not None else None
    if profile is not None and query.collection is not None:
        violation = Violation(
            "`collection` cannot be used with a profile, which defines the collections itself",
            parameter="collection",
            hint="Omit `collection`.",
        )
        raise ApiError(ProblemType.INVALID, "`collection` cannot be used with a profile.", [violation])
    order = Order(
        query.mode, query.on_error, query.dry_run, editor.name, query.message, key_id, query.max_removed, profile
    )
    read_schemas = {name: read_spec.detail for name, read_spec in state.reader.collections.items()}
    source, blocks = await source_of(
        format_name,
        incoming.chunks(),
        query.collection,
        writer.kinds,
        read_schemas,
        SheetBounds(bounds.total_bytes, bounds.line_bytes),
        profile,
    )
    importing = Import(writer, read_schemas, order, source.data_set)
    events = importing.run(blocks, source)
    if idempotency is not None:
        events = with_idempotency(run_once, incoming, writer, events)
    events = _with_resources(resources.pop_all(), events)
    event = await anext(events)
    if isinstance(event, Progress) and wants_only_summary(request):
        async for later in events:
            event = later
    if isinstance(event, Summary):
        await events.aclose()
    if isinstance(event, Summary) and event.ending is not Ending.COMPLETE:
        return import_problem(request, event, importing.tally.error)
    if isinstance(event, Summary) and wants_only_summary(request):
        return json_summary(event)
    return Duplex(serialized(event, events), NDJSON, bounds.idle_seconds)


async def _with_resources(resources: AsyncExitStack, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event]:
    """Yield the events of an import, and release its resources at the end."""
    async with resources, aclosing(events):
        async for event in events:
            yield event
