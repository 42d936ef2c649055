"""Routes of the revisions: every write, in commit order, and the history of each record."""

from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field, JsonValue

from app.db.vocabulary import Action, Scope
from app.domain.types import Instant
from app.errors import ApiError, ProblemType
from app.history.records import fetch_history
from app.history.statements import fetch_revision, fetch_revisions
from app.reading.query import DetailQuery, MomentQuery
from app.reading.unknown_keys import leads_to
from app.resources.resource import READ_PROBLEMS, Key, Resource, reader_of
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.read_response import answered, next_page
from app.web.route_docs import LISTED


class Change(BaseModel):
    """A record that a revision touched."""

    collection: str = Field(description="Collection of the record.", examples=["talks"])
    slug: str = Field(description="Slug of the record at this revision.", examples=["istanbul-2025-06-02"])
    action: Action = Field(description="What was done to the record.", examples=["create"])


class RevisionView(BaseModel):
    """One committed write."""

    number: int = Field(description="Number of the revision; numbers are consecutive.", examples=[2])
    at: Instant = Field(description="When the revision was made (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    editor: str = Field(description="Name of the API key that made it.", examples=["parley"])
    message: str | None = Field(
        description="Message of the revision; null = none was given.", examples=["dossier istanbul-2025-06-02"]
    )
    change_count: int = Field(description="Number of records that it touched.", examples=[57])


class RevisionDetail(RevisionView):
    """One committed write with every record that it touched."""

    changes: list[Change] = Field(description="The records, ordered by collection and slug.")


class RevisionPage(BaseModel):
    """A page of revisions, newest first."""

    data: list[RevisionView] = Field(description="The revisions, newest first.")
    head: int = Field(description="Number of the newest revision.", examples=[6])
    next: int | None = Field(
        description="Pass as `before` for the next page; null = this is the last page.", examples=[None]
    )


class HistoryPosition(BaseModel):
    """Size and continuation of the page."""

    limit: int = Field(description="Maximum number of revisions on the page.", examples=[20])
    next: int | None = Field(
        description="Pass as `before` for the next page; null = this is the last page.", examples=[None]
    )


class DifferenceView(BaseModel):
    """A change that a revision made to a record, as a detail read shows it."""

    op: Literal["add", "remove", "replace", "reorder"] = Field(
        description="`add`: the value is new. `remove`: the value is gone. `replace`: the value changed. `reorder`:"
        " nested rows changed their order; `from` and `to` list the keys of the rows.",
        examples=["replace"],
    )
    pointer: str = Field(
        description="JSON Pointer into the record; nested rows are addressed by their key. Empty = the whole record.",
        examples=["/members/rustem-umerov/post"],
    )
    from_: JsonValue = Field(alias="from", description="Value before the revision; null = none.", examples=["adviser"])
    to: JsonValue = Field(description="Value after the revision; null = none.", examples=["minister"])


class RecordRevision(BaseModel):
    """A revision that touched the record."""

    number: int = Field(description="Number of the revision.", examples=[2])
    at: Instant = Field(description="When the revision was made (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    editor: str = Field(
        description="Who made it: the name of the API key, or the PostgreSQL role.", examples=["parley"]
    )
    message: str | None = Field(
        description="Message of the revision; null = none was given.", examples=["dossier istanbul-2025-06-02"]
    )
    action: Action = Field(description="What was done to the record.", examples=["change"])
    changes: list[DifferenceView] = Field(
        description="The changed fields with their old and new values. Empty if only fields changed that the record"
        " does not show, or if the revision is older than the recorded history.",
        examples=[[{"op": "replace", "pointer": "/ordinal", "from": None, "to": 2}]],
    )


class RecordHistory(BaseModel):
    """A page of the history of a record, newest first."""

    data: list[RecordRevision] = Field(description="The revisions that touched it, newest first.")
    page: HistoryPosition = Field(
        description="Size and continuation of the page.", examples=[{"limit": 20, "next": None}]
    )


class HistoryQuery(MomentQuery):
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = Field(
        None,
        description="Only revisions with a smaller number: pass `page.next` of the previous page.",
        examples=[4],
    )
    limit: Annotated[int, Field(ge=1, le=100)] = Field(20, description="Maximum number of revisions.", examples=[20])


class RevisionQuery(MomentQuery):
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = Field(
        None, description="Only revisions with a smaller number: pass `next` of the previous page.", examples=[4]
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="Maximum number of revisions.", examples=[50])


router = APIRouter(prefix="/v1/revisions", tags=["revisions"])


def make_histories(collections: Iterable[Resource]) -> APIRouter:
    """The route `/v1/{collection}/{key}/history` of each collection."""
    histories = APIRouter(prefix="/v1")
    for collection in collections:
        _add_history(histories, collection)
    return histories


def _add_history(histories: APIRouter, collection: Resource) -> None:
    name, noun, title = collection.name, collection.noun, collection.title

    @histories.get(
        f"/{name}/{{key}}/history",
        operation_id=f"get{title}History",
        summary=f"Read the history of {collection.a_noun}",
        description=f"Returns the revisions that changed this {noun}, newest first: who made them, when and why, and"
        f" the value of each changed field before and after. Withdrawn records have a history too, and former slugs"
        f" work.\n\nExample: `GET /v1/{name}/{collection.record}/history`",
        tags=[name],
        responses={**READ_PROBLEMS, 200: {"model": RecordHistory, "headers": LISTED}},
        response_class=HttpResponse,
        name=f"history_{title}",
    )
    async def history(
        request: Request,
        key: Key,
        query: Annotated[HistoryQuery, Query()],
        _: Annotated[Principal, Depends(require(Scope.READ))],
    ) -> HttpResponse:
        reader = await reader_of(request).at(query.as_of)
        known = await leads_to(reader, name, key)
        if not known:
            # Raises the 404 with a suggestion of a similar key.
            await reader.one(name, key, DetailQuery(fields=["slug"]))
        whole = collection.read_spec.detail_query()
        found = await fetch_history(reader, name, known[0], whole, query.before, query.limit)
        if not found.touches and query.before is None:
            detail = f"'{key}' was not yet in {name} at revision {found.head['head']}."
            raise ApiError(ProblemType.NOT_FOUND, detail)
        revisions = [
            RecordRevision.model_validate(
                {**touch.row, "changes": [one.told() for one in touch.changes]}, by_alias=True
            )
            for touch in found.touches
        ]
        following = None if found.is_whole else revisions[-1].number
        answer = RecordHistory(data=revisions, page=HistoryPosition(limit=query.limit, next=following))
        return answered(
            request,
            answer.model_dump_json(by_alias=True).encode(),
            revision=found.head["head"],
            at=found.head["head_at"],
            collections=[name],
            headers=next_page(request, following, "before"),
            is_settled=reader.is_settled,
        )


@router.get(
    "",
    operation_id="listRevisions",
    summary="List revisions",
    responses=problems(ProblemType.INVALID, ProblemType.UNAVAILABLE),
)
async def list_revisions(
    request: Request,
    query: Annotated[RevisionQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> RevisionPage:
    """Returns all revisions, newest first. Each committed write is one revision; a write that changed nothing makes
    none. Example: `GET /v1/revisions?limit=50`"""
    reader = await reader_of(request).at(query.as_of)
    head, found = await fetch_revisions(reader, query.before, query.limit + 1)
    shown = [RevisionView(**row) for row in found[: query.limit]]
    return RevisionPage(data=shown, head=head, next=shown[-1].number if len(found) > query.limit else None)


@router.get(
    "/{number}",
    operation_id="getRevision",
    summary="Read a revision",
    responses=problems(ProblemType.NOT_FOUND, ProblemType.INVALID, ProblemType.UNAVAILABLE),
)
async def get_revision(
    request: Request,
    number: Annotated[int, Field(ge=1, lt=2**63, description="Number of the revision.", examples=[2])],
    query: Annotated[MomentQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> RevisionDetail:
    """Returns one revision with every record that it touched. Example: `GET /v1/revisions/2`"""
    found = await fetch_revision(await reader_of(request).at(query.as_of), number)
    if found is None:
        raise ApiError(ProblemType.NOT_FOUND, f"Revision {number} does not exist.")
    return RevisionDetail.model_validate_json(found)
