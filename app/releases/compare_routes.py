"""What changed between two releases, over HTTP."""

import json
from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from app.db.vocabulary import Scope
from app.domain.types import Line
from app.errors import ApiError, ProblemType, Violation, nearest
from app.reading.as_of import AsOf, Moment
from app.reading.query import Many
from app.reading.reader import Reader
from app.releases.comparison import START, Compared, Comparison
from app.releases.statements import fetch_newest
from app.resources.negotiation import preferred
from app.resources.resource import reader_of, writer_of
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.read_response import answered, next_page
from app.web.route_docs import LISTED
from app.web.routing import count_of
from app.web.streaming import Streamed

JSON, NDJSON = "application/json", "application/x-ndjson"
_HEAD = "head"
#: Records that a stream compares at once.
_AT_ONCE = 500
_AS_OF: TypeAdapter[str] = TypeAdapter(AsOf)


class ComparedForm(StrEnum):
    """The forms of a comparison."""

    JSON = "json"
    NDJSON = "ndjson"


class CompareQuery(BaseModel):
    """Which changes."""

    model_config = ConfigDict(extra="forbid")

    collection: Many[Line] | None = Field(
        None, description="Only records of these collections.", examples=[["talks", "demands"]]
    )
    after: UUID | None = Field(
        None,
        description="Where the last page ended: its `page.next`.",
        examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"],
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(
        50,
        description="How many records that were written in between a page compares; those that are as they were do not"
        " show. Of pages only.",
        examples=[50],
    )
    format: ComparedForm | None = Field(
        None,
        description="`json`: a page; `ndjson`: all changes, one a line. Without it `Accept` decides, and then a page.",
        examples=["ndjson"],
    )


class Side(BaseModel):
    """One of the two states."""

    asked: str = Field(description="As the address says it.", examples=["2026.1"])
    revision: int = Field(description="The revision that it is.", examples=[6])


class CellChange(BaseModel):
    """A value that is another."""

    op: Literal["add", "remove", "replace", "reorder"] = Field(
        description="`add`: it was not said; `remove`: it is no longer; `replace`: it is another; `reorder`: rows changed"
        " places, told by their keys.",
        examples=["replace"],
    )
    pointer: str = Field(
        description="JSON Pointer into the record as one writes it, nested rows by what tells them apart.",
        examples=["/members/rustem-umerov/post"],
    )
    from_: JsonValue = Field(alias="from", description="What it was; null = not said.", examples=["adviser"])
    to: JsonValue = Field(description="What it is; null = not said.", examples=["minister"])


class RecordChange(BaseModel):
    """What became of a record."""

    change: Literal["added", "changed", "withdrawn", "merged"] = Field(
        description="What became of it.", examples=["changed"]
    )
    collection: str = Field(description="Its collection.", examples=["delegations"])
    id: str = Field(description="Its id, which never changes.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])
    slug: str = Field(description="Its slug at the newer state.", examples=["istanbul-2025-06-02-ukraine"])
    former_slug: str | None = Field(
        description="Its slug at the older state, where that was another; null = the same.", examples=[None]
    )
    changes: list[CellChange] = Field(
        description="Of a changed record: its cells, from what to what.",
        examples=[[{"op": "replace", "pointer": "/size", "from": 1, "to": 3}]],
    )
    record: dict[str, JsonValue] | None = Field(
        description="Of an added record: what it says, as `PUT` takes it; null = it was there before.", examples=[None]
    )
    into: str | None = Field(
        description="Of a merged record: slug of the one that it is now; null = it was not merged.", examples=[None]
    )
    reason: str | None = Field(description="Of one that is gone: why; null = not said.", examples=[None])


class Counts(BaseModel):
    """How many records of a collection."""

    added: int = Field(description="They are new.", examples=[3])
    withdrawn: int = Field(description="They are withdrawn, or erased.", examples=[1])
    merged: int = Field(description="They are another record now.", examples=[0])
    touched: int = Field(
        description="They were there, are there, and were written in between; not all of them need be another.",
        examples=[12],
    )


class ComparePage(BaseModel):
    """Where the page stands."""

    limit: int = Field(description="How many records were compared, at most.", examples=[50])
    next: str | None = Field(description="Pass as `after` for what follows; null = this is the last.", examples=[None])


class ComparedView(BaseModel):
    """What changed from one state to a later one."""

    older: Side = Field(description="The state before.", examples=[{"asked": "2026.1", "revision": 6}])
    newer: Side = Field(description="The state after.", examples=[{"asked": "2026.2", "revision": 9}])
    counts: dict[str, Counts] | None = Field(
        description="By collection; those without any are left out. On the first page alone.",
        examples=[{"demands": {"added": 3, "withdrawn": 1, "merged": 0, "touched": 12}}],
    )
    data: list[RecordChange] = Field(description="What became of the records, in the order of their ids.")
    page: ComparePage = Field(description="Where the page stands.", examples=[{"limit": 50, "next": None}])


router = APIRouter(prefix="/v1/releases", tags=["releases"])
_SIDE = "A release, a revision's number, an instant, or `head`, the newest revision."


@router.get(
    "/{older}..{newer}",
    operation_id="compareReleases",
    summary="Compare two releases",
    responses={
        **problems(ProblemType.NOT_ACCEPTABLE, ProblemType.INVALID, ProblemType.UNAVAILABLE),
        200: {
            "model": ComparedView,
            "headers": LISTED,
            "content": {NDJSON: {"schema": {"type": "string", "description": "A change of a record a line."}}},
        },
    },
    response_class=HttpResponse,
)
async def compare(
    request: Request,
    older: Annotated[str, Path(description=_SIDE, examples=["2026.1"], max_length=60)],
    newer: Annotated[str, Path(description=_SIDE, examples=["head"], max_length=60)],
    query: Annotated[CompareQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> HttpResponse:
    """Which records were added, which are gone, which were merged into others, and which say something else, cell by
    cell. What came and went in between does not show. Compared is what each record says itself, as one writes it: that
    a party bears another name shows at the party and not at each demand.

    The first page counts, which needs no comparing; `format=ndjson` sends all changes."""
    form = _form(request, query)
    was, becomes = await _sides(reader_of(request), older, newer, query.collection)
    comparison = Comparison(writer_of(request), was, becomes, query.collection)
    after = query.after or START
    headers = {"Parley-Revision": str(becomes.revision)}
    places = request.app.state.comparisons
    if form is ComparedForm.NDJSON and "limit" in query.model_fields_set:
        violation = Violation(
            "`limit` is of pages", parameter="limit", hint="As NDJSON all changes come; or take format=json."
        )
        raise ApiError(ProblemType.INVALID, count_of([violation]), [violation])
    if form is ComparedForm.NDJSON:
        # Compared before the answer begins: what is refused still has a status of its own.
        async with places:
            first = await comparison.page(after, _AT_ONCE)
        return Streamed(_lines(comparison, first, places), 200, {**headers, "Cache-Control": "no-store"}, NDJSON)
    async with places:
        counts = await comparison.counts() if query.after is None else None
        page = await comparison.page(after, query.limit)
    following = str(page.next) if page.next else None
    body = {
        "older": {"asked": older, "revision": was.revision},
        "newer": {"asked": newer, "revision": becomes.revision},
        "counts": counts and {name: one for name, one in counts.items() if any(one.values())},
        "data": page.changes,
        "page": {"limit": query.limit, "next": following},
    }
    return answered(
        request,
        json.dumps(body, ensure_ascii=False, default=str).encode(),
        revision=becomes.revision,
        at=becomes.at,
        collections=["releases"],
        headers=next_page(request, following, "after"),
        is_settled=was.is_settled and becomes.is_settled,
    )


async def _lines(comparison: Comparison, page: Compared, places: Any) -> AsyncGenerator[bytes]:
    while True:
        # A line, also where nothing has changed, would be none: an empty stream is the answer.
        if page.changes:
            yield "".join(json.dumps(one, ensure_ascii=False, default=str) + "\n" for one in page.changes).encode()
        if page.next is None:
            return
        async with places:
            page = await comparison.page(page.next, _AT_ONCE)


def _form(request: Request, query: CompareQuery) -> ComparedForm:
    accept = request.headers.get("accept", "").strip()
    if query.format is not None or not accept:
        return query.format or ComparedForm.JSON
    best = preferred(accept, [JSON, NDJSON])
    if best is None:
        raise ApiError(ProblemType.NOT_ACCEPTABLE, f"Comparisons can be had as {JSON} or {NDJSON}.")
    return ComparedForm.JSON if best == JSON else ComparedForm.NDJSON


async def _sides(reader: Reader, older: str, newer: str, collections: list[str] | None) -> tuple[Moment, Moment]:
    """The two revisions. Raises ApiError with all that is wrong with their names, and with those of collections."""
    found: list[Moment] = []
    violations = _unknown(reader, collections)
    for parameter, asked in (("older", older), ("newer", newer)):
        try:
            found.append(await _side(reader, asked))
        except ValidationError as error:
            hint = f"{error.errors()[0]['msg']} `head` is the newest revision."
            violations.append(Violation(f"Nothing is called '{asked[:60]}' here", parameter=parameter, hint=hint))
        except ApiError as refused:
            violations += [Violation(one.message, parameter=parameter, hint=one.hint) for one in refused.violations]
            if not refused.violations:
                raise
    if len(found) == 2 and found[0].revision > found[1].revision:
        hint = f"Ask for {newer}..{older}."
        violations.append(Violation(f"{older} is later than {newer}", parameter="older", hint=hint))
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)
    return found[0], found[1]


async def _side(reader: Reader, asked: str) -> Moment:
    if asked == _HEAD:
        return await fetch_newest(reader)
    moment = (await reader.at(_AS_OF.validate_python(asked))).moment
    assert moment is not None
    return moment


def _unknown(reader: Reader, collections: list[str] | None) -> list[Violation]:
    violations = []
    for name in collections or ():
        if name not in reader.collections:
            near = nearest(name, reader.collections)
            hint = f"Did you mean '{near}'?" if near else f"There are: {', '.join(reader.collections)}."
            violations.append(Violation(f"There is no collection '{name}'", parameter="collection", hint=hint))
    return violations
