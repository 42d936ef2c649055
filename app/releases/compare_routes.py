"""The route that compares two releases."""

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
from app.releases.comparison import START, Comparison, ComparisonPage
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
#: Number of records that a stream compares per page.
_STREAM_PAGE = 500
_AS_OF: TypeAdapter[str] = TypeAdapter(AsOf)


class ComparedForm(StrEnum):
    """The formats of a comparison."""

    JSON = "json"
    NDJSON = "ndjson"


class CompareQuery(BaseModel):
    """Query parameters of a comparison."""

    model_config = ConfigDict(extra="forbid")

    collection: Many[Line] | None = Field(
        None, description="Only records of these collections.", examples=[["talks", "demands"]]
    )
    after: UUID | None = Field(
        None,
        description="Continue after this record: pass `page.next` of the previous page.",
        examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"],
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(
        50,
        description="Maximum number of records to compare for a page, of those that were written between the two"
        " states. Records that turn out to be equal are left out of the page. Applies to pages only.",
        examples=[50],
    )
    format: ComparedForm | None = Field(
        None,
        description="`json`: one page. `ndjson`: all changes, one record per line. Without this parameter the `Accept`"
        " header decides; the default is `json`.",
        examples=["ndjson"],
    )


class Side(BaseModel):
    """One of the two states."""

    asked: str = Field(description="The state as given in the path.", examples=["2026.1"])
    revision: int = Field(description="Number of its revision.", examples=[6])


class CellChange(BaseModel):
    """A value that differs between the two states."""

    op: Literal["add", "remove", "replace", "reorder"] = Field(
        description="`add`: the value is new. `remove`: the value is gone. `replace`: the value changed. `reorder`:"
        " nested rows changed their order; `from` and `to` list the keys of the rows.",
        examples=["replace"],
    )
    pointer: str = Field(
        description="JSON Pointer into the record as `PUT` accepts it; nested rows are addressed by their key.",
        examples=["/members/rustem-umerov/post"],
    )
    from_: JsonValue = Field(alias="from", description="Value in the older state; null = none.", examples=["adviser"])
    to: JsonValue = Field(description="Value in the newer state; null = none.", examples=["minister"])


class RecordChange(BaseModel):
    """A record that differs between the two states."""

    change: Literal["added", "changed", "withdrawn", "merged"] = Field(
        description="What happened to the record.", examples=["changed"]
    )
    collection: str = Field(description="Collection of the record.", examples=["delegations"])
    id: str = Field(
        description="Id of the record, which never changes.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"]
    )
    slug: str = Field(description="Slug in the newer state.", examples=["istanbul-2025-06-02-ukraine"])
    former_slug: str | None = Field(
        description="Slug in the older state if it differs; null = unchanged.", examples=[None]
    )
    changes: list[CellChange] = Field(
        description="For a changed record: the values that differ. Empty otherwise.",
        examples=[[{"op": "replace", "pointer": "/size", "from": 1, "to": 3}]],
    )
    record: dict[str, JsonValue] | None = Field(
        description="For an added record: its content as `PUT` accepts it. Null otherwise.", examples=[None]
    )
    into: str | None = Field(
        description="For a merged record: slug of the record it was merged into. Null otherwise.", examples=[None]
    )
    reason: str | None = Field(
        description="For a withdrawn record: why it was withdrawn; null = not given.", examples=[None]
    )


class Counts(BaseModel):
    """Number of records of a collection by what happened to them."""

    added: int = Field(description="Records added.", examples=[3])
    withdrawn: int = Field(description="Records withdrawn or erased.", examples=[1])
    merged: int = Field(description="Records merged into another.", examples=[0])
    touched: int = Field(
        description="Records that exist in both states and were written in between; some of them may be equal.",
        examples=[12],
    )


class ComparePage(BaseModel):
    """Size and continuation of the page."""

    limit: int = Field(description="Maximum number of records compared for the page.", examples=[50])
    next: str | None = Field(
        description="Pass as `after` for the next page; null = this is the last page.", examples=[None]
    )


class ComparedView(BaseModel):
    """The differences between an older and a newer state."""

    older: Side = Field(description="The older state.", examples=[{"asked": "2026.1", "revision": 6}])
    newer: Side = Field(description="The newer state.", examples=[{"asked": "2026.2", "revision": 9}])
    counts: dict[str, Counts] | None = Field(
        description="Counts by collection; collections without changes are omitted. Null after the first page.",
        examples=[{"demands": {"added": 3, "withdrawn": 1, "merged": 0, "touched": 12}}],
    )
    data: list[RecordChange] = Field(description="The records that differ, ordered by id.")
    page: ComparePage = Field(description="Size and continuation of the page.", examples=[{"limit": 50, "next": None}])


router = APIRouter(prefix="/v1/releases", tags=["releases"])
_SIDE = "Name of a release, number of a revision, an instant, or `head` for the newest revision."


@router.get(
    "/{older}..{newer}",
    operation_id="compareReleases",
    summary="Compare two releases",
    responses={
        **problems(ProblemType.NOT_ACCEPTABLE, ProblemType.INVALID, ProblemType.UNAVAILABLE),
        200: {
            "model": ComparedView,
            "headers": LISTED,
            "content": {NDJSON: {"schema": {"type": "string", "description": "One record per line."}}},
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
    """Returns the records that were added, withdrawn, merged or changed from the older state to the newer one, with
    each changed value. Example: `GET /v1/releases/2026.1..2026.2?collection=demands`

    Only the two states are compared: a change that was reverted in between does not appear. Records are compared as
    `PUT` accepts them, so a renamed party appears once as a party, and not at each demand that mentions it. `counts` is
    part of the first page only; `format=ndjson` sends all records at once."""
    form = _choose_format(request, query)
    was, becomes = await _sides(reader_of(request), older, newer, query.collection)
    comparison = Comparison(writer_of(request), was, becomes, query.collection)
    after = query.after or START
    headers = {"Parley-Revision": str(becomes.revision)}
    semaphore = request.app.state.comparisons
    if form is ComparedForm.NDJSON and "limit" in query.model_fields_set:
        hint = "Omit `limit` to get all changes, or use `format=json`."
        violation = Violation("`limit` does not apply to `format=ndjson`", parameter="limit", hint=hint)
        raise ApiError(ProblemType.INVALID, count_of([violation]), [violation])
    if form is ComparedForm.NDJSON:
        # Compare the first page before the response starts, so that an error can still set the status code.
        async with semaphore:
            first = await comparison.page(after, _STREAM_PAGE)
        return Streamed(_lines(comparison, first, semaphore), 200, {**headers, "Cache-Control": "no-store"}, NDJSON)
    async with semaphore:
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


async def _lines(comparison: Comparison, page: ComparisonPage, semaphore: Any) -> AsyncGenerator[bytes]:
    while True:
        # If nothing changed, send an empty body and not an empty line.
        if page.changes:
            yield "".join(json.dumps(one, ensure_ascii=False, default=str) + "\n" for one in page.changes).encode()
        if page.next is None:
            return
        async with semaphore:
            page = await comparison.page(page.next, _STREAM_PAGE)


def _choose_format(request: Request, query: CompareQuery) -> ComparedForm:
    accept = request.headers.get("accept", "").strip()
    if query.format is not None or not accept:
        return query.format or ComparedForm.JSON
    best = preferred(accept, [JSON, NDJSON])
    if best is None:
        raise ApiError(ProblemType.NOT_ACCEPTABLE, f"Comparisons are available as {JSON} or {NDJSON}.")
    return ComparedForm.JSON if best == JSON else ComparedForm.NDJSON


async def _sides(reader: Reader, older: str, newer: str, collections: list[str] | None) -> tuple[Moment, Moment]:
    """Resolve the two states to revisions. Raises ApiError with all errors in them and in the names of collections."""
    found: list[Moment] = []
    violations = _unknown_collections(reader, collections)
    for parameter, given in (("older", older), ("newer", newer)):
        try:
            found.append(await _side(reader, given))
        except ValidationError as error:
            hint = f"{error.errors()[0]['msg']} `head` is the newest revision."
            violations.append(Violation(f"'{given[:60]}' is not a state of the data", parameter=parameter, hint=hint))
        except ApiError as refused:
            violations += [Violation(one.message, parameter=parameter, hint=one.hint) for one in refused.violations]
            if not refused.violations:
                raise
    if len(found) == 2 and found[0].revision > found[1].revision:
        hint = f"Swap the two: `/v1/releases/{newer}..{older}`."
        violations.append(Violation(f"'{older}' is later than '{newer}'", parameter="older", hint=hint))
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)
    return found[0], found[1]


async def _side(reader: Reader, given: str) -> Moment:
    if given == _HEAD:
        return await fetch_newest(reader)
    moment = (await reader.at(_AS_OF.validate_python(given))).moment
    assert moment is not None
    return moment


def _unknown_collections(reader: Reader, collections: list[str] | None) -> list[Violation]:
    violations = []
    for name in collections or ():
        if name not in reader.collections:
            near = nearest(name, reader.collections)
            hint = f"Did you mean '{near}'?" if near else f"The collections are {', '.join(reader.collections)}."
            violations.append(Violation(f"Unknown collection '{name}'", parameter="collection", hint=hint))
    return violations
