"""The endpoints of duplicates: list possible duplicates, merge or dismiss them, and list or restore dismissals."""

import hashlib
import re
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ValidationError

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, Violation, count_errors
from app.reading.cursor import question, seal, unseal
from app.reconcile.dismissals import dismissed_pairs, list_dismissals, read_dismissal
from app.reconcile.duplicate_schemas import (
    Decision,
    DismissalPage,
    DismissalView,
    DismissedRecord,
    DuplicateDecision,
    DuplicatePage,
    DuplicatePair,
    DuplicatesQuery,
    PairReason,
    PairRecord,
    PairsQuery,
    Subject,
)
from app.reconcile.duplicates import Candidate, Compared, Duplicates, describe
from app.reconcile.entities import Entity
from app.resources.idempotency import IdempotentRequest, run_once
from app.resources.resource import JSON, VERSION_PROBLEMS, reader_of, writer_of
from app.resources.state import server_state
from app.resources.write_routes import answer_once, by_whom, if_match_of, json_of
from app.schemas.pages import Count, PageInfo, WriteQuery
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.read_response import next_page
from app.web.route_docs import PLANNED, body_of, sends
from app.web.state import web_state
from app.web.validation import violations_of_body
from app.writing.dismissals import dismiss_pair, take_back_dismissal, two_records
from app.writing.idempotency import Asked
from app.writing.intents import WriteResult
from app.writing.merging import merge_duplicate

router = APIRouter(prefix="/v1/duplicates", tags=["duplicates"])
Read = Annotated[Principal, Depends(require(Scope.READ))]
Write = Annotated[Principal, Depends(require(Scope.WRITE))]
Id = Annotated[UUID, Path(description="Id of the dismissal.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])]
_LIST_PROBLEMS = problems(ProblemType.INVALID, ProblemType.UNAVAILABLE)
_ONE_PROBLEMS = {**_LIST_PROBLEMS, **problems(ProblemType.NOT_FOUND)}
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
_CODING = re.compile('-(gzip|zstd)"$')
_ORDER = (("score", True), ("left", False), ("right", False))


@router.get(
    "",
    operation_id="listDuplicates",
    summary="List possible duplicates",
    responses={**_LIST_PROBLEMS, 200: {"model": DuplicatePage, "headers": sends("ETag", "Link")}},
    response_class=HttpResponse,
)
async def list_(request: Request, query: Annotated[DuplicatesQuery, Query()], _: Read) -> HttpResponse:
    """Lists pairs of parties, people, places, sources or agreements that may be the same record, likeliest first. They share an
    identifier or an address, or have similar names in any script; other facts raise or lower the score, as `reasons` shows.
    Dismissed pairs are left out, and so are pairs in which one record refers to the other (a splinter group, a member of a
    coalition, a place inside another).

    The list always shows the current state; it has no `as_of`. The first request after a change computes it, which takes
    seconds for 10,000 records.

    Example: `GET /v1/duplicates?collection=parties&min_score=80`"""
    reader = reader_of(request)
    subjects = query.collection or list(Subject)
    about = question("duplicates", {"collection": sorted(subjects), "min_score": query.min_score}, _ORDER)
    after = unseal(reader.secret, about, query.cursor) if query.cursor else None
    duplicates = server_state(request).part(Duplicates)
    listed: list[tuple[Subject, Candidate]] = []
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
        following = seal(reader.secret, about, [last.score, last.left, last.right])
    data = []
    for subject in subjects:
        data += await describe(reader, subject, [one for of, one in shown if of is subject])
    data.sort(key=lambda pair: (-pair.score, pair.left_id, pair.right_id))
    page = PageInfo(limit=query.limit, next=following, count=Count(value=len(listed), **{"is": "exact"}))
    return _answered(request, DuplicatePage(data=[_pair(one) for one in data], page=page))


def _place(one: Candidate) -> tuple[float, str, str]:
    return -one.score, one.left, one.right


def _pair(one: Compared) -> DuplicatePair:
    return DuplicatePair(
        collection=one.collection,
        score=one.score,
        left=_record(one.left, one.left_id),
        right=_record(one.right, one.right_id),
        reasons=[
            PairReason(
                fact=reason.fact,
                supports=reason.supports,
                text=reason.text,
                left=list(reason.left),
                right=list(reason.right),
            )
            for reason in one.reasons
        ],
    )


def _record(entity: Entity, identifier: str) -> PairRecord:
    return PairRecord(
        id=UUID(identifier),
        slug=entity.slug,
        name=entity.name,
        names=list(dict.fromkeys(entity.names)),
        external_ids=[f"{scheme}:{value}" for scheme, values in sorted(entity.identifiers.items()) for value in values],
        url=f"/v1/{entity.id}",
    )


@router.post(
    "",
    operation_id="decideDuplicate",
    summary="Merge or dismiss a possible duplicate",
    description="`decision: merge` merges the pair as `POST /v1/{collection}/{key}/merge` does, and returns the remaining record,"
    " which `into` selects. The merge is one revision and can be undone; `If-Match` refers to the record that is merged away."
    " `decision: not_the_same` dismisses the pair, so that it is no longer listed, and returns the dismissal with 201; a"
    " dismissal is not a revision. With `dry_run=true` nothing is written. All validation errors are reported together.",
    status_code=201,
    responses={
        **VERSION_PROBLEMS,
        201: {"model": DismissalView},
        200: {
            "description": "After a merge, the remaining record as GET returns it. If the pair was already dismissed, the existing"
            " dismissal. For a dry run, the planned changes.",
            "content": {JSON: {"schema": {"anyOf": _DECIDED}}, **PLANNED["content"]},
        },
    },
    openapi_extra={"requestBody": body_of("DuplicateDecision", JSON, example=_EXAMPLE)},
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
    by = {**by_whom(query, editor), "message": decision.message or query.message}
    if decision.decision is Decision.MERGE:
        return await answer_once(request, query, run_once, body, partial(_merge, request, decision, by))
    del by["key_id"]
    write = partial(dismiss_pair, writer_of(request), decision.collection.value, decision.left, decision.right, **by)

    async def respond(result: WriteResult) -> HttpResponse:
        view = await _dismissal(request, result.record.id)
        is_new = result.record.action is not None
        headers = {"Cache-Control": "no-store"} | ({"Location": _address(view.id)} if is_new else {})
        return HttpResponse(view.model_dump_json(), 201 if is_new else 200, headers, JSON)

    return await answer_once(request, query, run_once, body, write, respond)


async def _merge(
    request: Request, decision: DuplicateDecision, by: dict[str, Any], *, asked: Asked | None
) -> WriteResult:
    writer, name = writer_of(request), decision.collection.value
    left, right = await two_records(writer, name, decision.left, decision.right)
    merged, remaining = (right, left) if decision.into == decision.left else (left, right)
    by = {**by, "if_match": if_match_of(request)}
    return await merge_duplicate(writer, name, str(merged.id), str(remaining.id), **by, asked=asked)


def _read(body: dict[str, Any], query: WriteQuery) -> DuplicateDecision:
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


@router.get(
    "/dismissals",
    operation_id="listDismissals",
    summary="List dismissed duplicates",
    responses={**_LIST_PROBLEMS, 200: {"model": DismissalPage, "headers": sends("ETag", "Link")}},
    response_class=HttpResponse,
)
async def list_of_dismissals(request: Request, query: Annotated[PairsQuery, Query()], _: Read) -> HttpResponse:
    """Lists pairs of records that were declared not to be the same, newest first, with who decided it, when and why.

    Example: `GET /v1/duplicates/dismissals?collection=parties`"""
    reader = reader_of(request)
    subjects = sorted(query.collection or Subject)
    about = question("dismissals", {"collection": subjects}, (("id", True),))
    before = unseal(reader.secret, about, query.cursor)[0] if query.cursor else None
    rows = await list_dismissals(reader, [str(one) for one in subjects], before, query.limit + 1)
    shown = rows[: query.limit]
    following = seal(reader.secret, about, [str(shown[-1]["id"])]) if len(rows) > query.limit else None
    count = Count(value=rows[0]["every"] if rows else 0, **{"is": "exact"})
    page = PageInfo(limit=query.limit, next=following, count=count)
    return _answered(request, DismissalPage(data=[_view(row) for row in shown], page=page))


@router.get(
    "/dismissals/{id}",
    operation_id="getDismissal",
    summary="Read a dismissed duplicate",
    responses={**_ONE_PROBLEMS, 200: {"model": DismissalView, "headers": sends("ETag")}},
    response_class=HttpResponse,
)
async def get_dismissal(request: Request, id: Id, _: Read) -> HttpResponse:
    """Returns a dismissal: the two records, and who decided that they are not the same, when and why.

    Example: `GET /v1/duplicates/dismissals/019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91`"""
    return _answered(request, await _dismissal(request, id))


@router.delete(
    "/dismissals/{id}",
    operation_id="takeBackDismissal",
    summary="Restore a dismissed duplicate",
    status_code=204,
    responses={
        **_ONE_PROBLEMS,
        **problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN),
    },
)
async def take_back(request: Request, id: Id, _: Write) -> None:
    """Deletes a dismissal, so that the pair is listed as a possible duplicate again if its score still is high enough.

    Example: `DELETE /v1/duplicates/dismissals/019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91`"""
    await take_back_dismissal(writer_of(request).engine, id)


async def _dismissal(request: Request, identifier: UUID) -> DismissalView:
    row = await read_dismissal(reader_of(request), str(identifier))
    if row is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no dismissal {identifier}.")
    return _view(row)


def _view(row: Any) -> DismissalView:
    def record(side: str) -> DismissedRecord:
        slug = row[f"{side}_slug"]
        return DismissedRecord(id=row[f"{side}_id"], slug=slug, url=f"/v1/{row['collection']}/{slug}")

    return DismissalView(
        id=row["id"],
        collection=row["collection"],
        left=record("left"),
        right=record("right"),
        message=row["message"],
        dismissed_by=row["dismissed_by"],
        dismissed_at=row["dismissed_at"],
    )


def _address(identifier: UUID) -> str:
    return f"/v1/duplicates/dismissals/{identifier}"


def _answered(request: Request, answer: BaseModel) -> HttpResponse:
    """Build the response with an ETag from its bytes: unlike most responses, it does not depend on the revision alone."""
    body = answer.model_dump_json(by_alias=True).encode()
    sent = request.headers
    headers = web_state(request).cache_policy.headers(has_key="authorization" in sent or "x-api-key" in sent)
    headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    page = getattr(answer, "page", None)
    if page is not None:
        headers |= next_page(request, page.next)
    for tag in sent.get("if-none-match", "").split(","):
        # Compression, which is applied later, adds a suffix to the ETag.
        if _CODING.sub('"', tag.strip().removeprefix("W/")) in (headers["ETag"], "*"):
            return HttpResponse(None, 304, {**headers, "ETag": tag.strip() if tag.strip() != "*" else headers["ETag"]})
    return HttpResponse(body, headers=headers, media_type=JSON)
