"""Routes of the change feed: pages, with optional long polling, and two streams."""

from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field, JsonValue

from app.db.vocabulary import Action, Scope
from app.domain.keys import ProcessKey
from app.domain.texts import Line
from app.domain.types import Instant
from app.errors import ApiError, ProblemType, Violation, count_errors
from app.history import descriptions
from app.history.change_filter import ChangeFilter, find_processes
from app.history.changes import ChangePage, Feed, PositionText, parse_position
from app.history.feed import MAX_CHANGES_SCANNED, MAX_PAGE_SIZE
from app.history.followers import Followers
from app.history.streams import BATCH, change_lines, event_stream
from app.reading.query import AsOfQuery, Many
from app.reading.reader import Reader
from app.reading.unknown_names import unknown_collections
from app.resources.negotiation import preferred
from app.resources.state import reader_of, server_state
from app.web.access import Principal, identify, require
from app.web.media_types import JSON
from app.web.places import address_of
from app.web.problem_responses import problems
from app.web.read_response import answered, next_page
from app.web.route_docs import LISTED
from app.web.streaming import ChunksWithResources, Streamed

NDJSON, EVENTS = "application/x-ndjson", "text/event-stream"
#: Default number of changes on a page.
_LIMIT = 50


class FeedForm(StrEnum):
    """The formats of the change feed."""

    JSON = "json"
    NDJSON = "ndjson"
    EVENTS = "events"


_MEDIA_TYPES = {FeedForm.JSON: JSON, FeedForm.NDJSON: NDJSON, FeedForm.EVENTS: EVENTS}


class ChangeQuery(AsOfQuery):
    """Query parameters of `GET /v1/changes`."""

    after: PositionText = Field(
        "0",
        description="Only changes after this position: a revision number (everything up to and including that revision"
        " is skipped) or the `position` of a change; `0` starts at the beginning. For the next page, pass `page.next`"
        " of the previous page.",
        examples=["0"],
    )
    collection: Many[Line] | None = Field(
        None, description="Only changes of records of these collections.", examples=[["talks", "demands"]]
    )
    process: Many[ProcessKey] | None = Field(
        None,
        description="Only changes of records that belong to these negotiations or to negotiations below them, including"
        " withdrawn records: the negotiation itself, its talks, delegations, proposals, demands, responses and"
        " agreements, and assessments and citations of any of these. A record that moves to another negotiation is reported one"
        " last time. Parties, people, places, issues and sources belong to no negotiation and are left out.",
        examples=[["russia-ukraine"]],
    )
    action: Many[Action] | None = Field(
        None,
        description="Only changes with these actions. Do not use it to maintain a copy, which needs every action; use"
        " it to watch for one kind of event.",
        examples=[["withdraw", "merge"]],
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] | None = Field(
        None,
        description=f"Maximum number of changes. Defaults to {_LIMIT} on a page; streams have no limit by default.",
        examples=[50],
    )
    wait: Annotated[int, Field(ge=0, le=60)] = Field(
        0,
        description="If there are no changes yet, wait up to this many seconds; the page is empty if none"
        " arrives. Applies to pages only.",
        examples=[1],
    )
    format: FeedForm | None = Field(
        None,
        description="`json`: one page. `ndjson`: one change per line, up to the newest revision. `events`: Server-Sent"
        " Events, an open-ended stream. Without this parameter the `Accept` header decides; the default is `json`.",
        examples=["ndjson"],
    )


class FeedChange(BaseModel):
    """The change that one revision made to one record."""

    position: str = Field(
        description="Position of the change in the feed; pass it as `after` to continue from here.",
        examples=["2.019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"],
    )
    revision: int = Field(description="Number of the revision that made the change.", examples=[2])
    at: Instant = Field(description=descriptions.AT, examples=["2026-11-23T12:00:00+00:00"])
    editor: str = Field(description=descriptions.EDITOR, examples=["parley"])
    message: str | None = Field(description=descriptions.MESSAGE, examples=["dossier istanbul-2025-06-02"])
    action: Action = Field(
        description=f"{descriptions.ACTION} To update a copy, use only `record`.",
        examples=["change"],
    )
    collection: str = Field(description=descriptions.COLLECTION, examples=["talks"])
    id: str = Field(
        description="Id of the record, which never changes.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"]
    )
    slug: str = Field(description=descriptions.SLUG, examples=["istanbul-2025-06-02"])
    former_slug: str | None = Field(
        description="Slug of the record before this revision; null = the slug is unchanged, or the record is new.",
        examples=[None],
    )
    reason: str | None = Field(
        description="Reason for the withdrawal; null = the record was not withdrawn.", examples=[None]
    )
    record: dict[str, JsonValue] | None = Field(
        description="The record as `GET /v1/{collection}/{id}?as_of={revision}` returns it; null = the record was"
        " withdrawn, merged into another or erased.",
    )


class FeedPage(BaseModel):
    """Position of the page in the feed."""

    limit: int = Field(description="Maximum number of changes on the page.", examples=[50])
    next: str = Field(
        description="Pass as `after` to continue, now or later. It is a revision number or, if the page ends inside a"
        " revision, the position of the last change.",
        examples=["2"],
    )
    more: bool = Field(description="Whether more changes are available now.", examples=[False])
    head: int = Field(description=descriptions.HEAD, examples=[2])


class Changes(BaseModel):
    """A page of changes, in the order in which they were made."""

    data: list[FeedChange] = Field(description="The changes, oldest first.")
    page: FeedPage = Field(description="Position of the page in the feed.")


router = APIRouter(prefix="/v1/changes", tags=["changes"])


@router.get(
    "",
    operation_id="listChanges",
    summary="List changes",
    description="Returns what each revision did to each record, with the record as it was at that revision, ordered by"
    " revision and without gaps. Example: `GET /v1/changes?after=0&limit=50`; store `page.next` and send it as `after`"
    " to continue. With `wait=30` the response is sent as soon as something changes."
    "\n\nTo maintain a copy, store each `record` under its `id` and delete the ids whose `record` is null. The copy"
    " then equals the database as of `page.next`, unless `page.next` is the position of a change: then the page ends"
    " inside a revision."
    "\n\nA record appears when the record, or something nested in it, changes. Values from other records, such as a name or"
    " the state of a demand, are those of the same revision. The other records appear when they change themselves."
    f"\n\nWith `collection`, `process` or `action`, one page scans at most {MAX_CHANGES_SCANNED:,} changes, so it may"
    " be short or empty while `more` is true."
    "\n\n`format=events` or `Accept: text/event-stream` sends one event `change` per change, with its position as `id`;"
    " `Last-Event-ID` takes precedence over `after`. `format=ndjson` sends all changes up to the newest revision, one"
    " per line.",
    responses={
        **problems(ProblemType.NOT_ACCEPTABLE, ProblemType.INVALID, ProblemType.UNAVAILABLE),
        200: {
            "model": Changes,
            "headers": LISTED,
            "content": {
                NDJSON: {"schema": {"type": "string", "description": "One change per line."}},
                EVENTS: {"schema": {"type": "string", "description": "One event per change; `data` is the change."}},
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
        Header(
            description="Position of the last event received. Browsers send this header when they reconnect.",
            examples=["2"],
        ),
    ] = None,
) -> HttpResponse:
    """Return a page of the feed, or start one of its streams."""
    form = _choose_format(request, query)
    reader = await reader_of(request).at(query.as_of)
    feed = Feed(reader, await _change_filter(reader, query, form))
    watch, followers = server_state(request).head_watcher, server_state(request).part(Followers)
    is_waiting = query.wait > 0 or form is FeedForm.EVENTS
    async with AsyncExitStack() as resources:
        if is_waiting:
            await resources.enter_async_context(followers.places.held(address_of(request.scope)))
        if form is FeedForm.JSON:
            limit, after = query.limit or _LIMIT, parse_position(query.after)
            if not is_waiting:
                return _page_response(request, reader, await feed.page(after, limit), limit)
            page = await followers.wait_for_page(feed, after, limit, watch, query.wait)
            # The key may have been revoked while the client waited.
            await identify(request)
            return _page_response(request, reader, page, limit, is_cacheable=False)
        after = parse_position(last_event_id or query.after if form is FeedForm.EVENTS else query.after)
        # Read the first page before the response starts, so that an error can still set the status code.
        page = await feed.page(after, min(BATCH, query.limit or BATCH))
        if form is FeedForm.NDJSON:
            lines = change_lines(feed, page, query.limit)
        else:
            lines = event_stream(feed, page, query.limit, watch, followers)
        chunks = ChunksWithResources(lines, resources.pop_all())
    headers = {"Parley-Revision": str(page.head), "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Streamed(chunks, 200, headers, _MEDIA_TYPES[form])


def _choose_format(request: Request, query: ChangeQuery) -> FeedForm:
    if query.format is not None:
        return query.format
    accept = request.headers.get("accept", "").strip()
    offers = {media_type: form for form, media_type in _MEDIA_TYPES.items()}
    best = preferred(accept, list(offers)) if accept else JSON
    if best is None:
        raise ApiError(
            ProblemType.NOT_ACCEPTABLE,
            f"Changes are available as {', '.join(offers)}. Send one of them in `Accept`, or use `?format=`.",
        )
    return offers[best]


async def _change_filter(reader: Reader, query: ChangeQuery, form: FeedForm) -> ChangeFilter:
    """The filter for the query parameters. Raises ApiError if parameters conflict or name unknown records."""
    violations = unknown_collections(reader, query.collection or (), parameter="collection")
    processes, unknown = await find_processes(reader, query.process or (), parameter="process")
    violations += unknown
    if query.wait and form is not FeedForm.JSON:
        hint = "Omit `wait`, or use `format=json`."
        violations.append(Violation("`wait` applies only to `format=json`", parameter="wait", hint=hint))
    if query.as_of is not None and (query.wait or form is FeedForm.EVENTS):
        hint = "Omit `as_of`, or request a page without `wait`."
        violations.append(
            Violation("`as_of` cannot be combined with waiting for new changes", parameter="as_of", hint=hint)
        )
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    return ChangeFilter.of(query.collection, query.action, processes)


def _page_response(
    request: Request, reader: Reader, page: ChangePage, limit: int, *, is_cacheable: bool = True
) -> HttpResponse:
    """The response with a page. If the client waited for the page, it must not be cached: the next waiting client would
    get it at once.
    """
    return answered(
        request,
        page.to_json(limit).encode(),
        revision=page.head,
        at=page.head_at,
        collections=["changes"],
        headers={
            **next_page(request, str(page.next) if page.more else None, "after"),
            **({} if is_cacheable else {"Cache-Control": "no-store"}),
        },
        is_tagged=is_cacheable,
        is_settled=reader.is_settled,
    )
