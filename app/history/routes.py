"""Revisions: every write, in the order of the commits."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.db.vocabulary import Action, Scope
from app.faults import ProblemKind, Refused
from app.history.queries import fetch_revision, fetch_revisions
from app.web.access import Principal, require
from app.web.errors import problems


class Change(BaseModel):
    """A record that a revision touched."""

    collection: str = Field(description="Its collection.", examples=["talks"])
    slug: str = Field(description="Its slug at that time.", examples=["istanbul-2025-06-02"])
    action: Action = Field(description="What was done to it.", examples=["create"])


class RevisionView(BaseModel):
    """One write, like a commit."""

    number: int = Field(description="Its number: one more than that of the write committed before it.", examples=[2])
    at: datetime = Field(description="When it was made (UTC).", examples=["2026-11-23T12:00:00Z"])
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


class RevisionQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    before: Annotated[int, Field(ge=1, lt=2**63)] | None = Field(
        None, description="Only revisions with a smaller number.", examples=[4]
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="How many at most.", examples=[50])


router = APIRouter(prefix="/v1/revisions", tags=["revisions"])


@router.get(
    "",
    operation_id="listRevisions",
    summary="List revisions",
    responses=problems(ProblemKind.INVALID, ProblemKind.UNAVAILABLE),
)
async def list_revisions(
    request: Request,
    query: Annotated[RevisionQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> RevisionPage:
    """All writes in the order of their commits, newest first. A write that changed nothing made none."""
    head, found = await fetch_revisions(request.app.state.reader, query.before, query.limit + 1)
    shown = [RevisionView(**row) for row in found[: query.limit]]
    return RevisionPage(data=shown, head=head, next=shown[-1].number if len(found) > query.limit else None)


@router.get(
    "/{number}",
    operation_id="getRevision",
    summary="Read one revision",
    responses=problems(ProblemKind.NOT_FOUND, ProblemKind.INVALID, ProblemKind.UNAVAILABLE),
)
async def get_revision(
    request: Request,
    number: Annotated[int, Field(ge=1, lt=2**63, description="Its number.", examples=[2])],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> RevisionDetail:
    """One write, with every record that it touched."""
    found = await fetch_revision(request.app.state.reader, number)
    if found is None:
        raise Refused(ProblemKind.NOT_FOUND, f"There is no revision {number}.")
    return RevisionDetail.model_validate_json(found)
