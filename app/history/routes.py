"""Revisions: every write, in the order of the commits."""

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

    collection: str = Field(description="Its collection.", examples=["talks"])
    slug: str = Field(description="Its slug at that time.", examples=["istanbul-2025-06-02"])
    action: Action = Field(description="What was done to it.", examples=["create"])


class RevisionView(BaseModel):
    """One write, like a commit."""

    number: int = Field(description="Its number: one more than that of the write committed before it.", examples=[2])
    at: Instant = Field(description="When it was made (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    editor: str = Field(description="Name of the key that made it.", examples=["parley"])
    message: str | None = Field(description="Why; null = not said.", examples=["dossier istanbul-2025-06-02"])
    change_count: int = Field(description="How many records it touched.", examples=[57])


class RevisionDetail(RevisionView):
    """One write with all that it touched."""

    changes: list[Change] = Field(description="The records, by collection and slug.")


class RevisionPage(BaseModel):
    """Some revisions, newest first."""

    data: list[RevisionView] = Field(description="The revisions, newest first.")
    head: int = Field(description="Number of the newest revision of all.", examples=[6])
    next: int | None = Field(
        description="Pass as `before` for those that follow; null = these are all.", examples=[None]
    )


class HistoryPosition(BaseModel):
    """Where the page stands."""

    limit: int = Field(description="How many revisions it holds at most.", examples=[20])
    next: int | None = Field(
        description="Pass as `before` for those that follow; null = these are all.", examples=[None]
    )


class DifferenceView(BaseModel):
    """What a revision changed in a record as it is read alone."""

    op: Literal["add", "remove", "replace", "reorder"] = Field(
        description="`add`: it was not there; `remove`: it is gone; `replace`: it is another; `reorder`: rows changed"
        " places, told by their keys.",
        examples=["replace"],
    )
    pointer: str = Field(
        description="JSON Pointer into the record, nested rows by their key; empty = the whole record.",
        examples=["/members/rustem-umerov/post"],
    )
    from_: JsonValue = Field(alias="from", description="What it was; null = nothing.", examples=["adviser"])
    to: JsonValue = Field(description="What it became; null = nothing.", examples=["minister"])


class RecordRevision(BaseModel):
    """A revision that touched the record."""

    number: int = Field(description="Number of the revision.", examples=[2])
    at: Instant = Field(description="When it was made (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    editor: str = Field(description="Who made it: name of the key, or user of the database.", examples=["parley"])
    message: str | None = Field(description="Why; null = not said.", examples=["dossier istanbul-2025-06-02"])
    action: Action = Field(description="What was done to the record.", examples=["change"])
    changes: list[DifferenceView] = Field(
        description="What changed from what to what. Empty: only what the record does not show, or before this ledger"
        " began to keep history.",
        examples=[[{"op": "replace", "pointer": "/ordinal", "from": None, "to": 2}]],
    )


class RecordHistory(BaseModel):
    """What became of a record, newest first."""

    data: list[RecordRevision] = Field(description="The revisions that touched it, newest first.")
    page: HistoryPosition = Field(description="Where the page stands.", examples=[{"limit": 20, "next": None}])


class HistoryQuery(MomentQuery):
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = Field(
        None, description="Only revisions with a smaller number: `page.next` of the last answer.", examples=[4]
    )
    limit: Annotated[int, Field(ge=1, le=100)] = Field(20, description="How many at most.", examples=[20])


class RevisionQuery(MomentQuery):
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = Field(
        None, description="Only revisions with a smaller number.", examples=[4]
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="How many at most.", examples=[50])


router = APIRouter(prefix="/v1/revisions", tags=["revisions"])


def make_histories(collections: Iterable[Resource]) -> APIRouter:
    """The eighth route of each collection: the history of a record."""
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
        description=f"The revisions that changed this {noun}, newest first: who made them, when and why, and what each field was"
        f" before and after. Works for withdrawn records too, and with any slug that the {noun} ever had.\n\n"
        f"Example: `GET /v1/{name}/{collection.record}/history`",
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
            # Says what was perhaps meant.
            await reader.one(name, key, DetailQuery(fields=["slug"]))
        whole = collection.read_spec.detail_query()
        found = await fetch_history(reader, name, known[0], whole, query.before, query.limit)
        if not found.touches and query.before is None:
            detail = f"'{key}' was not yet in {name} at revision {found.head['head']}."
            raise ApiError(ProblemType.NOT_FOUND, detail)
        told = [
            RecordRevision.model_validate(
                {**touch.row, "changes": [one.told() for one in touch.changes]}, by_alias=True
            )
            for touch in found.touches
        ]
        following = None if found.is_whole else told[-1].number
        answer = RecordHistory(data=told, page=HistoryPosition(limit=query.limit, next=following))
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
    """All writes in the order of their commits, newest first. A write that changed nothing made none."""
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
    number: Annotated[int, Field(ge=1, lt=2**63, description="Its number.", examples=[2])],
    query: Annotated[MomentQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> RevisionDetail:
    """One write, with every record that it touched."""
    found = await fetch_revision(await reader_of(request).at(query.as_of), number)
    if found is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no revision {number}.")
    return RevisionDetail.model_validate_json(found)
