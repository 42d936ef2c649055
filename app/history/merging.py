"""Routes that merge duplicates and undo a merge or a withdrawal."""

from collections.abc import Iterable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.db.vocabulary import Scope
from app.domain.keys import RecordKey
from app.domain.texts import Line
from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.history.routes import RevisionDetail
from app.history.statements import fetch_revision
from app.reading.record_keys import record_exists
from app.resources.idempotency import IdempotentRequest, run_once
from app.resources.resource import Resource
from app.resources.route_docs import CHANGE_PROBLEMS, VERSION_PROBLEMS, Key
from app.resources.state import reader_of, writer_of
from app.resources.write_routes import answer_once, if_match_of, json_of, write_options
from app.schemas.pages import WriteQuery
from app.web.access import Principal, require
from app.web.media_types import JSON
from app.web.route_docs import PLANNED, WRITTEN, or_plan, request_body, sends
from app.web.validation import violations_of_body
from app.writing.intents import WriteResult
from app.writing.merging import merge_duplicate
from app.writing.undoing import undo_revision


class Merge(BaseModel):
    """The record to merge into."""

    model_config = ConfigDict(extra="forbid")

    into: RecordKey = Field(
        description="Key of the record that remains: slug, id or `scheme:value`.", examples=["rustem-umerov"]
    )
    message: Line | None = Field(
        None,
        description="Message of the revision, such as the reason for the merge.",
        examples=["two spellings of one name"],
    )


def make_merges(collections: Iterable[Resource]) -> APIRouter:
    """The merge route of each collection whose records can be merged."""
    merges = APIRouter(prefix="/v1")
    for collection in collections:
        if collection.kind.is_mergeable:
            _add_merge(merges, collection)
    return merges


def _add_merge(merges: APIRouter, collection: Resource) -> None:
    name, noun, title = collection.name, collection.noun, collection.title

    @merges.post(
        f"/{name}/{{key}}/merge",
        operation_id=f"merge{title}",
        summary=f"Merge {collection.a_noun} into another",
        description=f"Merges the {noun} at this URL into the record `into`. References to the {noun} then point to"
        " `into`, which also gets its names, identifiers, citations and notes, and its values for fields that are empty"
        f" in `into`. The URL of the merged {noun} redirects (308).\n\nAll reasons that prevent a merge are reported"
        f" together (409). `If-Match` applies to the {noun} at this URL, `dry_run=true` lists all records that would"
        " change, and `POST /v1/revisions/{number}/undo` undoes the merge.",
        tags=[name],
        responses={**VERSION_PROBLEMS, 200: or_plan({"model": collection.read_spec.detail, "headers": WRITTEN})},
        openapi_extra={"requestBody": request_body("Merge", JSON, example={"into": collection.record})},
        response_class=HttpResponse,
        name=f"merge_{title}",
    )
    async def merge(
        request: Request,
        key: Key,
        query: Annotated[WriteQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        body = await json_of(request)
        try:
            merge_into = _read(body, query)
        except ApiError as error:
            into = body.get("into")
            if not isinstance(into, str) or not into.strip() or await record_exists(reader_of(request), name, into):
                raise
            violations = [*error.violations, Violation(f"No {noun} has the key {quoted(into, 120)}", "/into")]
            raise ApiError(error.kind, count_errors(violations), violations) from None
        options = {
            **write_options(query, editor),
            "message": merge_into.message or query.message,
            "if_match": if_match_of(request),
        }
        write = partial(merge_duplicate, writer_of(request), name, key, merge_into.into, **options)
        return await answer_once(request, query, run_once, body, write)


def _read(body: dict[str, object], query: WriteQuery) -> Merge:
    try:
        merge = Merge.model_validate(body)
    except ValidationError as error:
        violations = violations_of_body(error, Merge, body)
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations) from None
    if merge.message and query.message:
        hint = "Send `message` either in the body or in the query string."
        violation = Violation("`message` is in the body and in the query string", "/message", hint=hint)
        raise ApiError(ProblemType.INVALID, f"{violation.message}.", [violation])
    return merge


undoing = APIRouter(prefix="/v1/revisions", tags=["revisions"])


@undoing.post(
    "/{number}/undo",
    operation_id="undoRevision",
    summary="Undo a merge or a withdrawal",
    status_code=201,
    responses={**CHANGE_PROBLEMS, 201: {"model": RevisionDetail, "headers": sends("Parley-Revision")}, 200: PLANNED},
    response_class=HttpResponse,
)
async def undo(
    request: Request,
    number: Annotated[int, Field(ge=1, lt=2**63, description="Number of the revision.", examples=[2])],
    query: Annotated[WriteQuery, Query()],
    editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    run_once: Annotated[IdempotentRequest, Depends(run_once)],
) -> HttpResponse:
    """Undoes a merge or a withdrawal. Undoing a merge restores both records, and the references to each of them.
    Undoing a withdrawal restores everything that was withdrawn together. Returns the new revision.

    No other revision can be undone, and later changes are never overwritten: if a later revision changed the same
    field, or the parent of the record is withdrawn, the response is 409 and lists the conflicts. Example: `POST
    /v1/revisions/2/undo`"""

    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        violation = Violation(
            "The request must have no body", "", hint="Send a message in the query string: `?message=…`."
        )
        raise ApiError(ProblemType.INVALID, f"{violation.message}.", [violation])

    write = partial(undo_revision, writer_of(request), number, **write_options(query, editor))

    async def respond(result: WriteResult) -> HttpResponse:
        revision = result.revision
        assert revision is not None
        found = await fetch_revision(reader_of(request), revision)
        headers = {"Location": f"/v1/revisions/{revision}", "Parley-Revision": str(revision)}
        return HttpResponse(RevisionDetail.model_validate_json(found["body"]).model_dump_json(), 201, headers, JSON)

    return await answer_once(request, query, run_once, b"", write, respond)
