"""Routes of the revisions (every write, in commit order) and of the history of each record."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field

from app.db.vocabulary import Action, Scope
from app.domain.types import Instant
from app.errors import ApiError, ProblemType, quoted
from app.history import descriptions
from app.history.records import fetch_history
from app.history.statements import fetch_revision, fetch_revisions
from app.reading.query import AsOfQuery, DetailQuery
from app.reading.record_keys import find_record_ids
from app.reading.single_records import read_record
from app.resources.report import PageOptions, Report, ReportRequest, ReportRows, as_rows
from app.resources.resource import Resource
from app.resources.state import reader_of
from app.schemas.differences import DifferenceView
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.read_response import answered
from app.web.route_docs import TAGGED


class Change(BaseModel):
    """A record that a revision touched."""

    collection: str = Field(description=descriptions.COLLECTION, examples=["talks"])
    slug: str = Field(description=descriptions.SLUG, examples=["istanbul-2025-06-02"])
    action: Action = Field(description=descriptions.ACTION, examples=["create"])


class RevisionView(BaseModel):
    """One committed write."""

    number: int = Field(description="Number of the revision; numbers are consecutive.", examples=[2])
    at: Instant = Field(description=descriptions.AT, examples=["2026-11-23T12:00:00+00:00"])
    editor: str = Field(description="Name of the API key that made the revision.", examples=["parley"])
    message: str | None = Field(description=descriptions.MESSAGE, examples=["dossier istanbul-2025-06-02"])
    change_count: int = Field(description="Number of records that the revision touched.", examples=[57])


class RevisionDetail(RevisionView):
    """One committed write with every record that it touched."""

    changes: list[Change] = Field(description="The records, ordered by collection and slug.")


class RevisionsRest(BaseModel):
    """The fields of the response besides the revisions."""

    head: int = Field(description=descriptions.HEAD, examples=[6])


class RecordRevision(BaseModel):
    """A revision that touched the record."""

    number: int = Field(description="Number of the revision.", examples=[2])
    at: Instant = Field(description=descriptions.AT, examples=["2026-11-23T12:00:00+00:00"])
    editor: str = Field(description=descriptions.EDITOR, examples=["parley"])
    message: str | None = Field(description=descriptions.MESSAGE, examples=["dossier istanbul-2025-06-02"])
    action: Action = Field(description=descriptions.ACTION, examples=["change"])
    changes: list[DifferenceView] = Field(
        description="The changed fields with their old and new values. Empty if the revision changed only fields"
        " that responses do not include, or if it is older than the recorded history.",
        examples=[[{"op": "replace", "pointer": "/ordinal", "from": None, "to": 2}]],
    )


_BEFORE = Field(None, description="Only revisions with a smaller number.", examples=[4])
Before = Annotated[int, Field(ge=1, lt=2**63)] | None


class HistoryQuery(AsOfQuery, PageOptions):
    """Query parameters of the history of a record."""

    before: Before = _BEFORE
    limit: Annotated[int, Field(ge=1, le=100)] = Field(20, description="Maximum number of revisions.", examples=[20])


class RevisionsQuery(AsOfQuery, PageOptions):
    """Query parameters of the list of revisions."""

    before: Before = _BEFORE


def _upper_bound(request: ReportRequest) -> int | None:
    """The upper bound for the revision numbers on the page (exclusive)."""
    return int(request.after[0]) if request.after else request.query.before


async def _revisions(request: ReportRequest) -> ReportRows:
    assert request.limit is not None
    rows = await fetch_revisions(request.reader, _upper_bound(request), request.limit + 1)
    found = [row for row in rows if row["number"] is not None]
    shown = [RevisionView(**{name: row[name] for name in RevisionView.model_fields}) for row in found[: request.limit]]
    following = [shown[-1].number] if len(found) > request.limit else None
    head = rows[0]["head"]
    return ReportRows(as_rows(shown), head, rows[0]["head_at"], following, {"head": head})


REVISIONS = Report(
    name="RevisionPage",
    operation="listRevisions",
    path="/revisions",
    tag="revisions",
    summary="List revisions",
    about="Returns all revisions, newest first. Each committed write is one revision; a write that changes nothing makes no revision.",
    example="/v1/revisions?limit=3",
    query=RevisionsQuery,
    row=RevisionView,
    fetch=_revisions,
    extra=RevisionsRest,
    collections=("revisions",),
    data="The revisions, newest first.",
)


def histories_of(resources: Iterable[Resource]) -> Iterator[Report]:
    """The report `/v1/{collection}/{key}/history` of each resource."""
    for resource in resources:
        yield _history_of(resource)


def _history_of(resource: Resource) -> Report:
    name, noun = resource.name, resource.noun

    async def fetch(request: ReportRequest) -> ReportRows:
        reader, key = request.reader, request.key
        assert key is not None
        assert request.limit is not None
        known = await find_record_ids(reader, name, key)
        if not known:
            # Raises a 404 error that suggests a similar key.
            await read_record(reader, name, key, DetailQuery(fields=["slug"]))
        whole = resource.read_spec.detail_query()
        before = _upper_bound(request)
        found = await fetch_history(reader, name, known[0], whole, before, request.limit)
        if not found.touches and before is None:
            detail = f"{quoted(key)} was not yet in {name} at revision {found.head['head']}."
            raise ApiError(ProblemType.NOT_FOUND, detail)
        revisions = [
            RecordRevision.model_validate(
                {**touch.row, "changes": [one.to_dict() for one in touch.changes]}, by_alias=True
            )
            for touch in found.touches
        ]
        following = None if found.is_whole else [revisions[-1].number]
        return ReportRows(as_rows(revisions), found.head["head"], found.head["head_at"], following)

    return Report(
        name="RecordHistory",
        operation=f"get{resource.title}History",
        path=f"/{name}/{{key}}/history",
        tag=name,
        summary=f"Read the history of {resource.a_noun}",
        about=f"Returns the revisions that changed this {noun}, newest first: who made them, when and why, and"
        " the value of each changed field before and after. Withdrawn records have a history too, and former slugs"
        " are accepted.",
        example=f"/v1/{name}/{resource.record}/history",
        query=HistoryQuery,
        row=RecordRevision,
        fetch=fetch,
        collections=(name,),
        data="The revisions that touched the record, newest first.",
    )


REPORTS = (REVISIONS,)

router = APIRouter(prefix="/v1/revisions", tags=["revisions"])


@router.get(
    "/{number}",
    operation_id="getRevision",
    summary="Read a revision",
    responses={
        **problems(ProblemType.NOT_FOUND, ProblemType.INVALID, ProblemType.UNAVAILABLE),
        200: {"model": RevisionDetail, "headers": TAGGED},
    },
    response_class=HttpResponse,
)
async def get_revision(
    request: Request,
    number: Annotated[int, Path(ge=1, lt=2**63, description="Number of the revision.", examples=[2])],
    query: Annotated[AsOfQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> HttpResponse:
    """Returns one revision with every record that it touched. Example: `GET /v1/revisions/2`"""
    reader = await reader_of(request).at(query.as_of)
    found = await fetch_revision(reader, number)
    if found["body"] is None:
        raise ApiError(ProblemType.NOT_FOUND, f"Revision {number} does not exist.")
    body = RevisionDetail.model_validate_json(found["body"]).model_dump_json().encode()
    return answered(
        request,
        body,
        revision=found["head"],
        at=found["head_at"],
        collections=["revisions"],
        is_settled=reader.is_settled,
    )
