"""Imports over HTTP: a stream comes in, progress goes out while it comes."""

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
from app.ingest.statements import one_at_a_time_of
from app.ingest.workbook import XLSX, SheetBounds
from app.resources.idempotency import REPLAYED, IdempotentRequest, run_once
from app.web.access import Principal, require
from app.web.duplex import Duplex
from app.web.problem_responses import problem_response, problems
from app.web.upload_stream import Bounds, Incoming
from app.writing.idempotency import Done, find_done, note_done
from app.writing.intents import WriteResult
from app.writing.writer import Writer

NDJSON, JSON, GZIP = "application/x-ndjson", "application/json", "application/gzip"
#: The forms of a body by its media type; what is packed tells its form itself.
_FORMS = {
    NDJSON: "ndjson",
    "application/ndjson": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
    GZIP: None,
    **{media_type: name for name, format_ in FORMATS.items() for media_type in format_.media_types},
}


class ImportQuery(BaseModel):
    """What an import takes."""

    model_config = ConfigDict(extra="forbid")

    collection: Line | None = Field(
        None,
        description="The collection of records that do not name theirs; a table needs it.",
        examples=["parties"],
    )
    profile: Line | None = Field(
        None,
        description="The mapping profile that reads a table of another data set; `/v1/profiles` lists them, and"
        " `/v1/profiles/schema` says what one may say. It takes"
        " CSV or a workbook, makes records of several collections, and goes with `mode=merge` only.",
        examples=["mend"],
    )
    mode: ImportMode = Field(
        ImportMode.MERGE,
        description="How a line stands to a record that is stored. `merge`: what is named is replaced, null empties, the"
        " rest stays, as with PATCH; `replace`: what is left out gets its default, as with PUT; `create`: a record that"
        " is stored is a fault.",
        examples=["merge"],
    )
    on_error: OnError = Field(
        OnError.ABORT,
        description="What a faulty line does. `abort`: its batch of 1,000 lines is not written and the import ends; the"
        " batches before stay. `skip`: the faulty lines are left out, and listed.",
        examples=["skip"],
    )
    dry_run: bool = Field(
        False,
        description="Write nothing: tell the faults of all lines, what would be created and changed, and what the linter"
        " finds odd.",
        examples=[True],
    )
    max_removed: float = Field(
        5.0,
        ge=0,
        le=100,
        description="Of a file whose profile says that each release is complete: the percentage of the records of any"
        " collection that it may lack, compared with the release before. A file that lacks more is taken for a truncated"
        " one: its rows are imported, and nothing is withdrawn.",
        examples=[20],
    )
    message: Line | None = Field(
        None, description="Why: kept with each revision of the import.", examples=["PA-X, version 9"]
    )


Event = Progress | Summary
router = APIRouter(prefix="/v1/imports", tags=["imports"])

_BODY = {
    NDJSON: {
        "schema": {
            "type": "string",
            "description": "A JSON object a line: the body of a POST to the collection, with `collection` beside it.",
        },
        "example": '{"collection": "parties", "slug": "alba", "name": "Alba", "kind": "state"}\n'
        '{"collection": "people", "slug": "ana", "name": "Ana", "party": "alba"}\n',
    },
    "text/csv": {
        "schema": {"type": "string", "description": "A table with a header, of one collection (`collection=`)."},
        "example": "slug,name,kind,countries\r\nalba,Alba,state,AL\r\nboria,Boria,state,\r\n",
    },
    XLSX: {
        "schema": {
            "type": "string",
            "format": "binary",
            "description": "A workbook, of which the first sheet is such a table; a profile may name another sheet.",
        }
    },
    **{
        format_.media_types[0]: {
            "schema": {"type": "string", "description": f"{format_.about} Each entry becomes a source."},
            "example": format_.example,
        }
        for format_ in FORMATS.values()
    },
    "application/gzip": {
        "schema": {"type": "string", "format": "binary", "description": "Any of them, packed with gzip."}
    },
}


@router.post(
    "",
    operation_id="importRecords",
    summary="Import a file of records",
    description="Takes NDJSON or CSV, plain or packed with gzip (`Content-Type: application/gzip`, or"
    " `Content-Encoding: gzip`), of any length, as a stream; and a sheet of a workbook (.xlsx), whose cells are read as"
    " CSV would have them, and whose rows are its lines. Each line is a record; it is found by its slug, else by its"
    " external ids, and created or changed. Records may mention what stands before them, or in the same batch of 1,000"
    " lines. An export (`format=ndjson`, `format=csv`) can be sent back, with `mode=merge`, since a list shows less than its"
    " records hold: fields that are only read are passed over."
    "\n\nBibliographies become sources: CSL-JSON (`application/vnd.citationstyles.csl+json`), RIS"
    " (`application/x-research-info-systems`) and BibTeX (`application/x-bibtex`), as Zotero, JabRef, EndNote and doi.org"
    " write them. An entry's slug is made of its DOI, else of its key, after `csl-`, `ris-` or `bib-`; an entry that Parley"
    " has exported is the source that it was. What a source has no field for is kept in `notes`, as `variable: value`."
    "\n\nEach batch is one transaction and one revision. What is written stays, whatever happens to the rest; the same"
    " file sent again changes nothing that is there, makes no revision for it, and goes on where the first ended."
    "\n\nThe answer is NDJSON: a line of progress a batch, and a last line of `type` `summary` that lists the faults. Its"
    " status is 200 before the end is known: **an import has worked when the last line says `ending` `complete`**, and"
    " an answer without a summary is cut. A file that is refused before anything of it was written is a problem with a"
    " status of 4xx, whose pointers begin with the number of the line. With `Accept: application/json` the summary is all, its status is that of the end, and nothing is"
    " sent before."
    "\n\nFiles of other data sets and bibliographies change only what they said before of a record. `leads-elsewhere` names"
    " two records that bear one external id, `leads-nowhere` an id that no record of the data set has that it belongs to,"
    " `differs` a value that the ledger has otherwise and keeps, `former-slug` a"
    " record found by a slug that it had, `withdrawn` a record that was withdrawn by hand. `/v1/statements` shows what each"
    " data set says."
    "\n\nRules of the linter: `sentinel`, `mojibake`, `before-process`, `outside-country`, `duplicate-id`,"
    " `unknown-code`. `shown-inside` warns of records that an export with `include=` shows inside another: they are"
    " passed over, and taken as lines of their own collection. Of bibliographies: `no-field` (kept in `notes`), `not-read`"
    " (a date, address, language or identifier that is none; kept in `notes`), `unmapped` (a type that is no kind; kept in"
    " `coded_from`), `markup`, `latex`, `left-out` (what a registry says of its own record). Warnings keep nothing back.",
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
            "description": "The summary (`Accept: application/json`), or progress and summary.",
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
    """An import, from its first line to its summary."""
    state = request.app.state
    bounds: Bounds = state.import_bounds
    form, is_packed = _form(request)
    incoming = Incoming(request, bounds, is_packed=is_packed)
    writer: Writer = state.writer
    asked = None if query.dry_run else run_once.asked(b"")
    if asked is not None and (done := await find_done(writer.engine, asked)):
        return await _again(request, run_once, incoming, done)
    key_id = UUID(editor.key_id) if editor.key_id else None
    profile = profile_called(query.profile) if query.profile is not None else None
    if profile is not None and query.collection is not None:
        violation = Violation(
            "A profile says itself of which collections it makes records",
            parameter="collection",
            hint="Leave `collection` out.",
        )
        raise ApiError(ProblemType.INVALID, "`collection` does not go with a profile.", [violation])
    order = Order(
        query.mode, query.on_error, query.dry_run, editor.name, query.message, key_id, query.max_removed, profile
    )
    shown = {name: read_spec.detail for name, read_spec in state.reader.collections.items()}
    source, blocks = await source_of(
        form,
        incoming.chunks(),
        query.collection,
        writer.kinds,
        shown,
        SheetBounds(bounds.total_bytes, bounds.line_bytes),
        profile,
    )
    if state.import_places.locked():
        detail = "The server takes no more imports at the same time; come back in a while."
        raise ApiError(ProblemType.UNAVAILABLE, detail, headers={"Retry-After": "10"})
    importing = Import(writer, shown, order, source.data_set)
    events = importing.run(blocks, source)
    if asked is not None:
        events = _noted(run_once, incoming, writer, events)
    events = _in_turn(state.import_places, events)
    event = await anext(events)
    if isinstance(event, Progress) and _wants_only_summary(request):
        async for later in events:
            event = later
    if isinstance(event, Summary) and event.ending is not Ending.COMPLETE:
        return _refused(request, event, importing.tally.refused)
    if isinstance(event, Summary) and _wants_only_summary(request):
        return _whole(event)
    return Duplex(_told(event, events), NDJSON, bounds.idle_seconds)


async def _in_turn(places: Semaphore, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event]:
    """The events of an import, which takes a place until it has ended, or is closed."""
    async with places, aclosing(events):
        async for event in events:
            yield event


async def _noted(
    run_once: IdempotentRequest, incoming: Incoming, writer: Writer, events: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    """The events of an import that has a key: one at a time, and a receipt for it when it is complete.

    The digest of a stream is known at its end. What is killed before has no receipt: sent again it is done again, and
    finds what was written."""
    asked = run_once.asked(b"")
    assert asked is not None
    async with one_at_a_time_of(writer.engine, f"{asked.key_id}:{asked.key}"), aclosing(events):
        async for event in events:
            if isinstance(event, Summary) and event.ending is Ending.COMPLETE:
                asked = run_once.asked(incoming.digest.digest())
                assert asked is not None
                told = WriteResult(event.last_revision, ())
                await note_done(writer.engine, asked, told)
                await run_once.keep(asked, _whole(event))
            yield event


async def _again(request: Request, run_once: IdempotentRequest, incoming: Incoming, done: Done) -> HttpResponse:
    """The summary of the import that bore this key, if this is its file."""
    await incoming.read_out()
    asked = run_once.asked(incoming.digest.digest())
    assert asked is not None
    response = await run_once.again(asked, done, _lost)
    if not _wants_only_summary(request):
        told = {"Cache-Control": "no-store", REPLAYED: response.headers[REPLAYED]}
        response = HttpResponse(bytes(response.body) + b"\n", headers=told, media_type=NDJSON)
    return response


async def _lost(result: WriteResult) -> HttpResponse:
    """The summary of an import that is complete, where its own was lost."""
    detail = "The import was complete; its counts were lost."
    return _whole(Summary(lines=0, ending=Ending.COMPLETE, detail=detail, last_revision=result.revision))


def _whole(summary: Summary) -> HttpResponse:
    return HttpResponse(summary.model_dump_json(), media_type=JSON, headers={"Cache-Control": "no-store"})


async def _told(first: Event, others: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes]:
    async with aclosing(others):
        yield first.model_dump_json().encode() + b"\n"
        async for event in others:
            yield event.model_dump_json().encode() + b"\n"


def _form(request: Request) -> tuple[str | None, bool]:
    """The form that the media type tells, and whether the body is packed. Raises `ApiError` (415)."""
    given = request.headers.get("content-type", "")
    media_type, *parameters = (part.strip().lower() for part in given.split(";"))
    coding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    headers = {"Accept-Post": ", ".join(_FORMS), "Accept-Encoding": "gzip, identity"}
    if media_type not in _FORMS:
        said = f"{given[:100]} is not read here" if given else "No Content-Type was sent"
        raise ApiError(ProblemType.MEDIA_TYPE, f"{said}; send Content-Type: {' or '.join(_FORMS)}.", headers=headers)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise ApiError(ProblemType.MEDIA_TYPE, "Files are read in UTF-8 only.", headers=headers)
    if coding not in ("identity", "gzip", "x-gzip"):
        raise ApiError(
            ProblemType.MEDIA_TYPE, f"{coding[:60]} is not unpacked here; use gzip, or none.", headers=headers
        )
    return _FORMS[media_type], media_type == GZIP or coding != "identity"


def _wants_only_summary(request: Request) -> bool:
    """Whether JSON is asked for by name; whoever takes anything gets the stream."""
    kinds = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return JSON in kinds and NDJSON not in kinds


def _refused(request: Request, summary: Summary, broken_off: ApiError | None) -> HttpResponse:
    """An import that ended before its end, where that can still be said by a status: a faulty line's, or its own of what
    broke the import off."""
    kind = broken_off.kind if broken_off is not None else ProblemType.INVALID
    faults = [
        Violation(
            f"Line {violation.line}: {violation.message}",
            pointer=f"/{violation.line}{violation.pointer}",
            hint=violation.hint,
        )
        for violation in summary.faults
    ]
    return problem_response(request.scope, kind, summary.detail, faults, broken_off.headers if broken_off else None)
