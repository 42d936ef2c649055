"""Endpoints that list, merge and dismiss possible duplicates."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import ValidationError

from app.errors import ApiError, ProblemType, Violation, count_errors
from app.reading.cursor import cursor_scope, decode_cursor, encode_cursor
from app.reconcile.dismissal_views import dismissal_address, dismissal_view
from app.reconcile.dismissals import dismissed_pairs
from app.reconcile.duplicate_access import LIST_PROBLEMS, Read, Write, tagged_response
from app.reconcile.duplicate_schemas import (
    Decision,
    DismissalView,
    DuplicateDecision,
    DuplicatePage,
    DuplicatesQuery,
    Subject,
)
from app.reconcile.duplicate_views import pair_view
from app.reconcile.duplicates import CandidatePair, Duplicates, describe_pairs
from app.resources.idempotency import IdempotentRequest, run_once
from app.resources.route_docs import VERSION_PROBLEMS
from app.resources.state import reader_of, server_state, writer_of
from app.resources.write_routes import answer_once, if_match_of, json_of, write_options
from app.schemas.pages import Count, PageInfo, WriteQuery
from app.web.media_types import JSON
from app.web.route_docs import PLANNED, request_body, sends
from app.web.validation import violations_of_body
from app.writing.dismissals import dismiss_pair, two_records
from app.writing.idempotency import IdempotencyKey
from app.writing.intents import WriteResult
from app.writing.merging import merge_duplicate

router = APIRouter(prefix="/v1/duplicates", tags=["duplicates"])
_EXAMPLE = {
    "collection": "parties",
    "left": "the-moscow-times",
    "right": "interfax",
    "decision": "not_the_same",
    "message": "a newspaper and a news agency",
}
_DECIDED = [
    {"$ref": f"#/components/schemas/{name}"}
    for name in ("PartyDetail", "PersonDetail", "PlaceDetail", "SourceDetail", "AgreementDetail", "DismissalView")
]
_ORDER = (("score", True), ("left", False), ("right", False))


@router.get(
    "",
    operation_id="listDuplicates",
    summary="List possible duplicates",
    responses={**LIST_PROBLEMS, 200: {"model": DuplicatePage, "headers": sends("ETag", "Link")}},
    response_class=HttpResponse,
)
async def list_(request: Request, query: Annotated[DuplicatesQuery, Query()], _: Read) -> HttpResponse:
    """Lists pairs of parties, people, places, sources or agreements that may be the same record, most likely first. The
    two records share an identifier or an address, or have similar names in any script. Other facts raise or lower the
    score; `reasons` lists all facts. Dismissed pairs are left out, and so are pairs in which one record refers to the
    other (a splinter group, a member of a coalition, a place inside another).

    The list always shows the current state; it has no `as_of`. The first request after a change computes the list
    again, which takes seconds for 10,000 records.

    Example: `GET /v1/duplicates?collection=parties&min_score=80`"""
    reader = reader_of(request)
    subjects = query.collection or list(Subject)
    about = cursor_scope("duplicates", {"collection": sorted(subjects), "min_score": query.min_score}, _ORDER)
    after = decode_cursor(reader.secret, about, query.cursor) if query.cursor else None
    duplicates = server_state(request).part(Duplicates)
    listed: list[tuple[Subject, CandidatePair]] = []
    for subject in subjects:
        found = await duplicates.candidates(reader, subject)
        dismissed = await dismissed_pairs(reader, subject)
        listed += [
            (subject, one) for one in found if one.score >= query.min_score and (one.left, one.right) not in dismissed
        ]
    listed.sort(key=lambda pair: _place(pair[1]))
    left = listed if after is None else [pair for pair in listed if _place(pair[1]) > (-after[0], after[1], after[2])]
    shown = left[: query.limit]
    following = None
    if len(left) > query.limit:
        last = shown[-1][1]
        following = encode_cursor(reader.secret, about, [last.score, last.left, last.right])
    data = []
    for subject in subjects:
        data += await describe_pairs(reader, subject, [one for of, one in shown if of is subject])
    data.sort(key=lambda pair: (-pair.score, pair.left_id, pair.right_id))
    page = PageInfo(limit=query.limit, next=following, count=Count(value=len(listed), **{"is": "exact"}))
    return tagged_response(request, DuplicatePage(data=[pair_view(one) for one in data], page=page))


def _place(pair: CandidatePair) -> tuple[float, str, str]:
    return -pair.score, pair.left, pair.right


@router.post(
    "",
    operation_id="decideDuplicate",
    summary="Merge or dismiss a possible duplicate",
    description="`decision: merge` merges the pair as `POST /v1/{collection}/{key}/merge` does, and returns the"
    " remaining record, which is chosen by `into`. The merge is one revision and can be undone; `If-Match` refers to"
    " the record that is merged away."
    " `decision: not_the_same` dismisses the pair, so that it is no longer listed, and returns the dismissal with 201; a"
    " dismissal is not a revision. With `dry_run=true` nothing is written. All validation errors are reported together.",
    status_code=201,
    responses={
        **VERSION_PROBLEMS,
        201: {"model": DismissalView},
        200: {
            "description": "After a merge, the remaining record, as GET returns it. If the pair was already dismissed,"
            " the existing dismissal. After a dry run, the planned changes.",
            "content": {JSON: {"schema": {"anyOf": _DECIDED}}, **PLANNED["content"]},
        },
    },
    openapi_extra={"requestBody": request_body("DuplicateDecision", JSON, example=_EXAMPLE)},
    response_class=HttpResponse,
)
async def decide(
    request: Request,
    query: Annotated[WriteQuery, Query()],
    editor: Write,
    run_once: Annotated[IdempotentRequest, Depends(run_once)],
) -> HttpResponse:
    """Merge or dismiss a pair."""
    body = await json_of(request)
    decision = _read(body, query)
    by = {**write_options(query, editor), "message": decision.message or query.message}
    if decision.decision is Decision.MERGE:
        return await answer_once(request, query, run_once, body, partial(_merge, request, decision, by))
    del by["key_id"]
    write = partial(dismiss_pair, writer_of(request), decision.collection.value, decision.left, decision.right, **by)

    async def respond(result: WriteResult) -> HttpResponse:
        view = await dismissal_view(request, result.record.id)
        is_new = result.record.action is not None
        headers = {"Cache-Control": "no-store"} | ({"Location": dismissal_address(view.id)} if is_new else {})
        return HttpResponse(view.model_dump_json(), 201 if is_new else 200, headers, JSON)

    return await answer_once(request, query, run_once, body, write, respond)


async def _merge(
    request: Request, decision: DuplicateDecision, by: dict[str, Any], *, idempotency_key: IdempotencyKey | None
) -> WriteResult:
    writer, name = writer_of(request), decision.collection.value
    left, right = await two_records(writer, name, decision.left, decision.right)
    merged, remaining = (right, left) if decision.into == decision.left else (left, right)
    by = {**by, "if_match": if_match_of(request)}
    return await merge_duplicate(writer, name, str(merged.id), str(remaining.id), **by, idempotency_key=idempotency_key)


def _read(body: Mapping[str, object], query: WriteQuery) -> DuplicateDecision:
    try:
        decision = DuplicateDecision.model_validate(body)
    except ValidationError as error:
        violations = violations_of_body(error, DuplicateDecision, body)
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations) from None
    if decision.message and query.message:
        hint = "Remove one of them."
        violation = Violation("`message` is given both in the body and as a query parameter", "/message", hint=hint)
        raise ApiError(ProblemType.INVALID, f"{violation.message}.", [violation])
    return decision
