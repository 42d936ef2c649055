"""The route that publishes a release."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.db.vocabulary import Action
from app.releases.builder import make_release, parse_release, resolve_revision
from app.releases.openapi import Publishes
from app.releases.rules import check_free
from app.releases.schemas import CREATORS, ReleaseDetail
from app.releases.views import detail_of, get_release_or_404
from app.resources.idempotency import IdempotentRequest, run_once
from app.resources.resource import Resource
from app.resources.route_docs import WRITE_PROBLEMS
from app.resources.state import reader_of, writer_of
from app.resources.write_routes import json_of, planned
from app.web.media_types import JSON
from app.web.route_docs import PLANNED, request_body, sends
from app.writing.intents import WriteResult, Written

_NO_ID = UUID(int=0)
_EXAMPLE = {"name": "2026.1", "licence": "CC-BY-4.0", "creators": CREATORS}


class ReleaseQuery(BaseModel):
    """Query parameters for publishing a release."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(
        False,
        description="Validate the request and return what would be published, without publishing it.",
        examples=[True],
    )


def make_publishing(collections: Sequence[Resource]) -> APIRouter:
    """The route that publishes a release of these collections."""
    publishing = APIRouter(prefix="/v1/releases", tags=["releases"])

    @publishing.post(
        "",
        operation_id="makeRelease",
        summary="Publish a release",
        status_code=201,
        responses={
            **WRITE_PROBLEMS,
            201: {"model": ReleaseDetail, "headers": sends("Parley-Revision")},
            200: PLANNED,
        },
        openapi_extra={"requestBody": request_body("ReleaseWrite", JSON, example=_EXAMPLE)},
        response_class=HttpResponse,
    )
    async def make(
        request: Request,
        query: Annotated[ReleaseQuery, Query()],
        editor: Publishes,
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        """Gives a revision a permanent name and publishes its files: every collection as CSV, NDJSON and Parquet, each
        with its SHA-256. The files are stored, so later downloads return the same bytes, whatever is written in the
        meantime. Publishing reads every record and can take minutes, but it does not block other writes. A release is
        complete or absent: if you lose the connection, check `GET /v1/releases/{name}` or repeat the request with its
        `Idempotency-Key`. Needs scope `admin`, makes no revision, and cannot be undone."""
        body = await json_of(request)
        release = parse_release(body)
        reader, writer = reader_of(request), writer_of(request)
        if query.dry_run:
            await check_free(writer.engine, release.name)
            moment = await resolve_revision(reader, release)
            plan = Written("releases", release.name, _NO_ID, Action.CREATE, 0)
            return planned(WriteResult(moment.revision, (plan,)))

        write = partial(make_release, reader, writer, collections, release, editor=editor.name)

        async def respond(result: WriteResult) -> HttpResponse:
            found = await get_release_or_404(request, result.record.slug)
            headers = {"Location": found.address, "Parley-Revision": str(found.revision)}
            return HttpResponse(detail_of(found).model_dump_json(), 201, headers, JSON)

        return await run_once.answer(body, write, respond)

    return publishing
