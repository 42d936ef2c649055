"""Endpoints that list, read and restore dismissed duplicates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi import Response as HttpResponse

from app.errors import ProblemType
from app.reading.cursor import cursor_scope, decode_cursor, encode_cursor
from app.reconcile.dismissal_views import dismissal_view, view_of_row
from app.reconcile.dismissals import list_dismissals
from app.reconcile.duplicate_access import LIST_PROBLEMS, Read, Write, tagged_response
from app.reconcile.duplicate_schemas import DismissalPage, DismissalView, PairsQuery, Subject
from app.resources.state import reader_of, writer_of
from app.schemas.pages import Count, PageInfo
from app.web.problem_responses import problems
from app.web.route_docs import sends
from app.writing.dismissals import take_back_dismissal

router = APIRouter(prefix="/v1/duplicates", tags=["duplicates"])
Id = Annotated[UUID, Path(description="Id of the dismissal.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])]
_ONE_PROBLEMS = {**LIST_PROBLEMS, **problems(ProblemType.NOT_FOUND)}


@router.get(
    "/dismissals",
    operation_id="listDismissals",
    summary="List dismissed duplicates",
    responses={**LIST_PROBLEMS, 200: {"model": DismissalPage, "headers": sends("ETag", "Link")}},
    response_class=HttpResponse,
)
async def list_of_dismissals(request: Request, query: Annotated[PairsQuery, Query()], _: Read) -> HttpResponse:
    """Lists pairs of records that were declared not to be the same, newest first. Each entry says who made the
    decision, when and why.

    Example: `GET /v1/duplicates/dismissals?collection=parties`"""
    reader = reader_of(request)
    subjects = sorted(query.collection or Subject)
    about = cursor_scope("dismissals", {"collection": subjects}, (("id", True),))
    before = decode_cursor(reader.secret, about, query.cursor)[0] if query.cursor else None
    rows = await list_dismissals(reader, [str(one) for one in subjects], before, query.limit + 1)
    shown = rows[: query.limit]
    following = encode_cursor(reader.secret, about, [str(shown[-1]["id"])]) if len(rows) > query.limit else None
    count = Count(value=rows[0]["every"] if rows else 0, **{"is": "exact"})
    page = PageInfo(limit=query.limit, next=following, count=count)
    return tagged_response(request, DismissalPage(data=[view_of_row(row) for row in shown], page=page))


@router.get(
    "/dismissals/{id}",
    operation_id="getDismissal",
    summary="Read a dismissed duplicate",
    responses={**_ONE_PROBLEMS, 200: {"model": DismissalView, "headers": sends("ETag")}},
    response_class=HttpResponse,
)
async def get_dismissal(request: Request, id: Id, _: Read) -> HttpResponse:
    """Returns a dismissal: the two records that were declared not to be the same, and who made this decision, when and
    why.

    Example: `GET /v1/duplicates/dismissals/019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91`"""
    return tagged_response(request, await dismissal_view(request, id))


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
    """Deletes a dismissal, so that the pair is listed as a possible duplicate again if its score is still high enough.

    Example: `DELETE /v1/duplicates/dismissals/019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91`"""
    await take_back_dismissal(writer_of(request).engine, id)
