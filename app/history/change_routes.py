"""The feed of changes over HTTP: pages, which may be waited for, and streams."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field, JsonValue

from app.db.vocabulary import Action, Scope
from app.domain.types import Instant, Line, ProcessKey
from app.errors import ApiError, ProblemType, Violation
from app.history.change_filter import Wanted, find_processes, unknown_collections
from app.history.changes import ChangePage, Feed, PositionText, position
from app.history.feed import LOOKED_THROUGH, MOST_CHANGES
from app.history.streams import BATCH, event_stream, lines
from app.reading.query import Many, MomentQuery
from app.reading.reader import Reader
from app.resources.negotiation import preferred
from app.resources.resource import reader_of
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.read_response import answered, next_page
from app.web.route_docs import LISTED
from app.web.routing import count_of
from app.web.streaming import Streamed

JSON, NDJSON, EVENTS = "application/json", "application/x-ndjson", "text/event-stream"
#: Changes of a page that does not say how many.
_LIMIT = 50


class FeedForm(StrEnum):
    """The forms of the feed."""

    JSON = "json"
    NDJSON = "ndjson"
    EVENTS = "events"


_MEDIA_TYPES = {FeedForm.JSON: JSON, FeedForm.NDJSON: NDJSON, FeedForm.EVENTS: EVENTS}


class ChangeQuery(MomentQuery):
    """Which changes."""

    after: PositionText = Field(
        "0",
        description="Only what comes after this position: a revision's number, all of which is known, or the `position`"
        " of a change; 0 = from the beginning. For the next page: `page.next` of the last.",
        examples=["0"],
    )
    collection: Many[Line] | None = Field(
        None, description="Only changes of records of these collections.", examples=[["talks", "demands"]]
    )
    process: Many[ProcessKey] | None = Field(
        None,
        description="Only changes of what belongs to these negotiations or those below them: themselves, their talks,"
        " delegations, proposals, demands, responses and agreements, assessments about any of these, citations of all of"
        " them, withdrawn ones too, and what is moved away, once more. Parties, people, places, issues and sources are"
        " everybody's and not told.",
        examples=[["russia-ukraine"]],
    )
    action: Many[Action] | None = Field(
        None,
        description="Only changes of these kinds. A copy needs them all: this is for those who wait for one thing.",
        examples=[["withdraw", "merge"]],
    )
    limit: Annotated[int, Field(ge=1, le=MOST_CHANGES)] | None = Field(
        None, description=f"How many changes at most; without it a page has {_LIMIT}, and a stream all.", examples=[50]
    )
    wait: Annotated[int, Field(ge=0, le=60)] = Field(
        0,
        description="Where nothing has changed yet, the answer waits so many seconds for a change, and is empty after"
        " that. Of pages only.",
        examples=[1],
    )
    format: FeedForm | None = Field(
        None,
        description="`json`: a page; `ndjson`: a change a line, up to the newest; `events`: Server-Sent Events, which go"
        " on. Without it `Accept` decides, and then a page.",
        examples=["ndjson"],
    )


class FeedChange(BaseModel):
    """What a revision did to a record."""

    position: str = Field(
        description="Its place in the feed: pass it as `after`.", examples=["2.019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"]
    )
    revision: int = Field(description="The revision that made it.", examples=[2])
    at: Instant = Field(description="When that was made (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    editor: str = Field(description="Who made it: name of the key, or user of the database.", examples=["parley"])
    message: str | None = Field(description="Why; null = not said.", examples=["dossier istanbul-2025-06-02"])
    action: Action = Field(
        description="What was done to the record. What to do with a copy is told by `record` alone.",
        examples=["change"],
    )
    collection: str = Field(description="Its collection.", examples=["talks"])
    id: str = Field(description="Its id, which never changes.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])
    slug: str = Field(description="Its slug then.", examples=["istanbul-2025-06-02"])
    former_slug: str | None = Field(
        description="The slug that it had until this revision; null = the same, or none.", examples=[None]
    )
    reason: str | None = Field(description="Why it was withdrawn; null = it was not.", examples=[None])
    record: dict[str, JsonValue] | None = Field(
        description="The record as `GET /v1/{collection}/{id}?as_of={revision}` answers; null = it was not there any more,"
        " withdrawn or erased.",
    )


class FeedPage(BaseModel):
    """Where the page stands in the feed."""

    limit: int = Field(description="How many changes it holds at most.", examples=[50])
    next: str = Field(
        description="Pass as `after` for what follows, now or later: a revision's number, or where the page ends inside a"
        " revision, the position of its last change.",
        examples=["2"],
    )
    more: bool = Field(description="Whether more follows by now.", examples=[False])
    head: int = Field(description="Number of the newest revision of all.", examples=[2])


class Changes(BaseModel):
    """Some changes, in the order in which they were made."""

    data: list[FeedChange] = Field(description="The changes, the oldest first.")
    page: FeedPage = Field(description="Where the page stands.")


router = APIRouter(prefix="/v1/changes", tags=["changes"])


@router.get(
    "",
    operation_id="listChanges",
    summary="List changes",
    description="What each revision did to which record, with the record as it was then, in the order of the revisions and"
    " without gaps. Keep `page.next` and send it as `after` to continue; `wait=30` answers as soon as something has changed."
    "\n\nTo keep a copy, store each `record` under its `id`, and delete those whose `record` is null: the copy is then the"
    " database as of `page.next`. Where `page.next` names a record, the page ends inside a revision."
    "\n\nA record appears when it, or something inside it, has changed. What it shows of other records (a name, the state of"
    " a demand) is of that moment; they appear themselves when they change."
    f"\n\nWith `collection`, `process` or `action` a page looks through {LOOKED_THROUGH:,} changes at most, so it may be short or empty while"
    " `more` is true."
    "\n\n`format=events` or `Accept: text/event-stream` sends an event `change` for each change, with its position as `id`;"
    " `Last-Event-ID` takes precedence over `after`. `format=ndjson` sends all changes up to the newest revision, one per line.",
    responses={
        **problems(ProblemType.NOT_ACCEPTABLE, ProblemType.INVALID, ProblemType.UNAVAILABLE),
        200: {
            "model": Changes,
            "headers": LISTED,
            "content": {
                NDJSON: {"schema": {"type": "string", "description": "A change a line."}},
                EVENTS: {"schema": {"type": "string", "description": "An event a change; its data are the change."}},
            },
        },
    },
    response_class=HttpResponse,
)
async def list_changes(
    request: Request,
    query: Annotated[ChangeQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
    last_event_id: Annotated[
        PositionText | None,
        Header(description="Position of the last event that came: a browser sends it.", examples=["2"]),
    ] = None,
) -> HttpResponse:
    """One page of the feed, or one of its streams."""
    form = _form(request, query)
    reader = await reader_of(request).at(query.as_of)
    feed = Feed(reader, await _wanted(reader, query, form))
    watch, followers = request.app.state.ledger.watch, request.app.state.followers
    is_waiting = query.wait > 0 or form is FeedForm.EVENTS
    if is_waiting and followers.places.locked():
        detail = "As many clients wait for changes as the server takes; come back in a while."
        raise ApiError(ProblemType.UNAVAILABLE, detail, headers={"Retry-After": "10"})
    if form is FeedForm.JSON:
        limit, after = query.limit or _LIMIT, position(query.after)
        if not is_waiting:
            return _answered(request, reader, await feed.page(after, limit), limit)
        async with followers.places:
            return _answered(
                request,
                reader,
                await followers.page_within(feed, after, limit, watch, query.wait),
                limit,
                is_kept=False,
            )
    after = position(last_event_id or query.after if form is FeedForm.EVENTS else query.after)
    # Read before the answer begins: what is refused still has a status of its own.
    page = await feed.page(after, min(BATCH, query.limit or BATCH))
    if form is FeedForm.NDJSON:
        pieces = lines(feed, page, query.limit)
    else:
        pieces = event_stream(feed, page, query.limit, watch, followers)
    headers = {"Parley-Revision": str(page.head), "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Streamed(pieces, 200, headers, _MEDIA_TYPES[form])


def _form(request: Request, query: ChangeQuery) -> FeedForm:
    if query.format is not None:
        return query.format
    accept = request.headers.get("accept", "").strip()
    offers = {media_type: form for form, media_type in _MEDIA_TYPES.items()}
    best = preferred(accept, list(offers)) if accept else JSON
    if best is None:
        raise ApiError(
            ProblemType.NOT_ACCEPTABLE, f"Changes can be had as {', '.join(offers)}; `?format=` names them shortly."
        )
    return offers[best]


async def _wanted(reader: Reader, query: ChangeQuery, form: FeedForm) -> Wanted:
    """What is asked for. Raises ApiError where the parameters do not fit each other, or name what there is not."""
    violations = unknown_collections(reader, query.collection or (), parameter="collection")
    processes, unknown = await find_processes(reader, query.process or (), parameter="process")
    violations += unknown
    if query.wait and form is not FeedForm.JSON:
        violations.append(Violation("Only a page can be waited for", parameter="wait", hint="Leave it out, or format."))
    if query.as_of is not None and (query.wait or form is FeedForm.EVENTS):
        violations.append(
            Violation("Nothing new comes in the past", parameter="as_of", hint="Leave it out, or do not wait.")
        )
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)
    return Wanted.of(query.collection, query.action, processes)


def _answered(request: Request, reader: Reader, page: ChangePage, limit: int, *, is_kept: bool = True) -> HttpResponse:
    """The page. One that was waited for is not kept: it would be sent again at once to whoever waits for the next."""
    return answered(
        request,
        page.told(limit).encode(),
        revision=page.head,
        at=page.head_at,
        collections=["changes"],
        headers={
            **next_page(request, str(page.next) if page.more else None, "after"),
            **({} if is_kept else {"Cache-Control": "no-store"}),
        },
        is_tagged=is_kept,
        is_settled=reader.is_settled,
    )
