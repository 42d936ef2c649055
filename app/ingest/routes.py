"""Imports over HTTP: the request body is read as a stream, and progress is sent while it is read."""

from asyncio import Semaphore
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.db.vocabulary import Scope
from app.domain.types import Line
from app.errors import ApiError, ProblemType, Violation
from app.ingest.bibliography import FORMATS
from app.ingest.files import source_of
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.import_run import Import
from app.ingest.profiles.catalog import profile_called
from app.ingest.report import Ending, Progress, Summary
from app.ingest.statements import exclusive_lock
from app.ingest.workbook import XLSX, SheetBounds
from app.resources.idempotency import REPLAYED, IdempotentRequest, run_once
from app.resources.state import server_state
from app.web.access import Principal, require
from app.web.duplex import Duplex
from app.web.problem_responses import problem_response, problems
from app.web.upload_stream import Incoming
from app.writing.idempotency import Done, find_done, note_done
from app.writing.intents import WriteResult
from app.writing.writer import Writer

NDJSON, JSON, GZIP = "application/x-ndjson", "application/json", "application/gzip"
#: The format of a body by its media type; None = detected from the content.
_FORMATS = {
    NDJSON: "ndjson",
    "application/ndjson": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
    GZIP: None,
    **{
        media_type: name
        for name, bibliography_format in FORMATS.items()
        for media_type in bibliography_format.media_types
    },
}


class ImportQuery(BaseModel):
    """The query parameters of an import."""

    model_config = ConfigDict(extra="forbid")

    collection: Line | None = Field(
        None,
        description="Collection of the records that do not name theirs; required for CSV.",
        examples=["parties"],
    )
    profile: Line | None = Field(
        None,
        description="Mapping profile that reads a table of another data set, as CSV or a workbook. Only with `mode=merge`."
        " `/v1/profiles` lists the profiles, and `/v1/profiles/schema` is their JSON Schema.",
        examples=["mend"],
    )
    mode: ImportMode = Field(
        ImportMode.MERGE,
        description="How a line is applied to the stored record. `merge`, like PATCH: the given fields are replaced, null"
        " clears a field, the others remain. `replace`, like PUT: omitted fields get their defaults. `create`: a record that"
        " is stored already is an error.",
        examples=["merge"],
    )
    on_error: OnError = Field(
        OnError.ABORT,
        description="What happens if a line is invalid. `abort`: its batch of 1,000 lines is not written, and the import"
        " ends; earlier batches remain. `skip`: invalid lines are skipped and listed in the summary.",
        examples=["skip"],
    )
    dry_run: bool = Field(
        False,
        description="Write nothing; report the errors of all lines, the records that would be created or changed, and the"
        " warnings of the linter.",
        examples=[True],
    )
    max_removed: float = Field(
        5.0,
        ge=0,
        le=100,
        description="If each file of the data set is complete (see its profile): the percentage of the records of any"
        " collection that the file may lack compared with the file before. If it lacks more, it is considered truncated: its"
        " rows are imported, and nothing is withdrawn.",
        examples=[20],
    )
    message: Line | None = Field(
        None, description="Reason for the import, stored with each of its revisions.", examples=["PA-X, version 9"]
    )


Event = Progress | Summary
router = APIRouter(prefix="/v1/imports", tags=["imports"])

_BODY = {
    NDJSON: {
        "schema": {
            "type": "string",
            "description": "One JSON object per line: the body of a POST to the collection, and the field `collection`.",
        },
        "example": '{"collection": "parties", "slug": "alba", "name": "Alba", "kind": "state"}\n'
        '{"collection": "people", "slug": "ana", "name": "Ana", "party": "alba"}\n',
    },
    "text/csv": {
        "schema": {"type": "string", "description": "A table with a header, for one collection (`collection=`)."},
        "example": "slug,name,kind,countries\r\nalba,Alba,state,AL\r\nboria,Boria,state,\r\n",
    },
    XLSX: {
        "schema": {
            "type": "string",
            "format": "binary",
            "description": "A workbook, of which the first sheet is such a table. A profile may name another sheet.",
        }
    },
    **{
        bibliography_format.media_types[0]: {
            "schema": {"type": "string", "description": f"{bibliography_format.about} Each entry becomes a source."},
            "example": bibliography_format.example,
        }
        for bibliography_format in FORMATS.values()
    },
    "application/gzip": {
        "schema": {"type": "string", "format": "binary", "description": "Any of these formats, compressed with gzip."}
    },
}


@router.post(
    "",
    operation_id="importRecords",
    summary="Import a file of records",
    description="Imports NDJSON, CSV or a sheet of a workbook (.xlsx) as a stream of any length, uncompressed or compressed"
    " with gzip (`Content-Type: application/gzip` or `Content-Encoding: gzip`). Each line is a record: it is found by its"
    " slug or else by its external ids, and created or changed. Rows of a sheet are read like lines of CSV."
    "\n\nExample: `POST /v1/imports?collection=parties&dry_run=true` with `Content-Type: text/csv`."
    "\n\nA record may mention stored records, records on earlier lines, and records in the same batch of 1,000 lines. An"
    " export (`format=ndjson`, `format=csv`) can be imported with `mode=merge`: read-only fields are ignored. Do not use"
    " `mode=replace` for it, since lists show fewer fields than records have."
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
    "\n\nWarnings of the linter: `sentinel`, `mojibake`, `before-process`, `outside-country`, `duplicate-id`,"
    " `unknown-code`. `shown-inside`: an export with `include=` has records nested in another; they are ignored there and"
    " imported from lines of their own collection. For bibliographies: `no-field` (the value is stored in `notes`),"
    " `not-read` (an invalid date, URL, language or identifier, stored in `notes`), `unmapped` (an unknown type, stored in"
    " `coded_from`), `markup`, `latex`, `left-out` (a registry's data about its own record). Warnings do not prevent the"
    " import of a line.",
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
    openapi_extra={"requestBody": {"required": True, "content": _BODY}},
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
    bounds = state.import_bounds
    format_name, is_compressed = _detect_format(request)
    incoming = Incoming(request, bounds, is_packed=is_compressed)
    writer = state.writer
    idempotency = None if query.dry_run else run_once.asked(b"")
    if idempotency is not None and (done := await find_done(writer.engine, idempotency)):
        return await _replay(request, run_once, incoming, done)
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
    if state.import_slots.locked():
        detail = "Too many imports are running. Try again after the time in `Retry-After`."
        raise ApiError(ProblemType.UNAVAILABLE, detail, headers={"Retry-After": "10"})
    importing = Import(writer, read_schemas, order, source.data_set)
    events = importing.run(blocks, source)
    if idempotency is not None:
        events = _with_idempotency(run_once, incoming, writer, events)
    events = _within_limit(state.import_slots, events)
    event = await anext(events)
    if isinstance(event, Progress) and _wants_only_summary(request):
        async for later in events:
            event = later
    if isinstance(event, Summary) and event.ending is not Ending.COMPLETE:
        return _problem(request, event, importing.tally.error)
    if isinstance(event, Summary) and _wants_only_summary(request):
        return _json_summary(event)
    return Duplex(_serialize(event, events), NDJSON, bounds.idle_seconds)


async def _within_limit(places: Semaphore, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event]:
    """Yield the events of an import, within the limit of concurrent imports."""
    async with places, aclosing(events):
        async for event in events:
            yield event


async def _with_idempotency(
    run_once: IdempotentRequest, incoming: Incoming, writer: Writer, events: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    """Yield the events of an import with an idempotency key: one import per key at a time, with a stored response.

    The digest of the stream is known only at its end. If the server is killed before, no response is stored; the same
    request then repeats the import, and finds the records that were written.
    """
    idempotency = run_once.asked(b"")
    assert idempotency is not None
    async with exclusive_lock(writer.engine, f"{idempotency.key_id}:{idempotency.key}"), aclosing(events):
        async for event in events:
            if isinstance(event, Summary) and event.ending is Ending.COMPLETE:
                idempotency = run_once.asked(incoming.digest.digest())
                assert idempotency is not None
                result = WriteResult(event.last_revision, ())
                await note_done(writer.engine, idempotency, result)
                await run_once.keep(idempotency, _json_summary(event))
            yield event


async def _replay(request: Request, run_once: IdempotentRequest, incoming: Incoming, done: Done) -> HttpResponse:
    """Return the stored response of an import with this idempotency key, if the file is the same."""
    await incoming.drain()
    idempotency = run_once.asked(incoming.digest.digest())
    assert idempotency is not None
    response = await run_once.again(idempotency, done, _reconstruct)
    if not _wants_only_summary(request):
        headers = {"Cache-Control": "no-store", REPLAYED: response.headers[REPLAYED]}
        response = HttpResponse(bytes(response.body) + b"\n", headers=headers, media_type=NDJSON)
    return response


async def _reconstruct(result: WriteResult) -> HttpResponse:
    """Return a summary for a completed import whose own summary was not stored."""
    detail = "The import was completed; its counts are not available."
    return _json_summary(Summary(lines=0, ending=Ending.COMPLETE, detail=detail, last_revision=result.revision))


def _json_summary(summary: Summary) -> HttpResponse:
    return HttpResponse(summary.model_dump_json(), media_type=JSON, headers={"Cache-Control": "no-store"})


async def _serialize(first: Event, others: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes]:
    async with aclosing(others):
        yield first.model_dump_json().encode() + b"\n"
        async for event in others:
            yield event.model_dump_json().encode() + b"\n"


def _detect_format(request: Request) -> tuple[str | None, bool]:
    """Return the format for the media type, and whether the body is compressed. Raises `ApiError` (415)."""
    content_type = request.headers.get("content-type", "")
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    coding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    headers = {"Accept-Post": ", ".join(_FORMATS), "Accept-Encoding": "gzip, identity"}
    if media_type not in _FORMATS:
        problem = (
            f"The media type '{content_type[:100]}' is not supported" if content_type else "`Content-Type` is missing"
        )
        raise ApiError(ProblemType.MEDIA_TYPE, f"{problem}. Use one of: {', '.join(_FORMATS)}.", headers=headers)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            detail = f"The charset '{value[:40]}' is not supported. Encode the file as UTF-8."
            raise ApiError(ProblemType.MEDIA_TYPE, detail, headers=headers)
    if coding not in ("identity", "gzip", "x-gzip"):
        detail = f"The content encoding '{coding[:60]}' is not supported. Use gzip, or none."
        raise ApiError(ProblemType.MEDIA_TYPE, detail, headers=headers)
    return _FORMATS[media_type], media_type == GZIP or coding != "identity"


def _wants_only_summary(request: Request) -> bool:
    """Return whether `Accept` names JSON and not NDJSON; other clients get the stream."""
    kinds = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return JSON in kinds and NDJSON not in kinds


def _problem(request: Request, summary: Summary, error: ApiError | None) -> HttpResponse:
    """Return the problem for an import that ended before anything was sent: 422 for invalid lines, or the status of the
    error that interrupted the import."""
    kind = error.kind if error is not None else ProblemType.INVALID
    faults = [
        Violation(
            f"Line {violation.line}: {violation.message}",
            pointer=f"/{violation.line}{violation.pointer}",
            hint=violation.hint,
        )
        for violation in summary.faults
    ]
    return problem_response(request.scope, kind, summary.detail, faults, error.headers if error else None)
