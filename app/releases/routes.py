"""Routes that list, read and revise releases."""

from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse

from app.errors import ProblemType
from app.releases.builder import parse_change
from app.releases.openapi import READ, READ_ONE, TAG, Name, Publishes, Reads
from app.releases.responses import tagged_response
from app.releases.rules import revise_release
from app.releases.schemas import ReleaseDetail, ReleaseList
from app.releases.statements import fetch_releases
from app.releases.views import detail_of, get_release_or_404, release_not_found, summary_of
from app.resources.route_docs import WRITE_PROBLEMS
from app.resources.state import reader_of, writer_of
from app.resources.write_routes import json_of
from app.web.media_types import JSON, MERGE_PATCH
from app.web.problem_responses import problems
from app.web.route_docs import request_body

router = APIRouter(prefix="/v1/releases", tags=["releases"])


@router.get("", operation_id="listReleases", summary="List releases", responses={**READ, 200: {"model": ReleaseList, "headers": TAG}},
            response_class=HttpResponse)  # fmt: skip
async def list_releases(request: Request, _: Reads) -> HttpResponse:
    """Returns all releases, newest first. Example: `GET /v1/releases`"""
    found = [summary_of(release) for release in await fetch_releases(reader_of(request))]
    return tagged_response(request, ReleaseList(data=found).model_dump_json().encode())


@router.get("/{name}", operation_id="getRelease", summary="Read a release",
            responses={**READ_ONE, 200: {"model": ReleaseDetail, "headers": TAG}}, response_class=HttpResponse)  # fmt: skip
async def get_release(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a release with its files, their checksums, and links to its descriptions and citations. Example:
    `GET /v1/releases/2026.1`"""
    found = await get_release_or_404(request, name)
    body = detail_of(found).model_dump_json().encode()
    return tagged_response(request, body, headers={"Content-Location": found.address, "Parley-Release": found.name})


@router.patch(
    "/{name}",
    operation_id="reviseRelease",
    summary="Revise the DOI or the note of a release",
    responses={**WRITE_PROBLEMS, **problems(ProblemType.NOT_FOUND), 200: {"model": ReleaseDetail}},
    openapi_extra={"requestBody": request_body("ReleaseChange", JSON, example={"note": "Superseded by 2026.2."})},
    response_class=HttpResponse,
)
async def revise(request: Request, name: Name, _: Publishes) -> HttpResponse:
    """Applies a JSON merge patch (RFC 7396) to `doi` and `note`. The files of a release never change; its descriptions
    and bundles include the new values from then on."""
    change = parse_change(await json_of(request, MERGE_PATCH))
    if not await revise_release(writer_of(request).engine, name, change.model_dump(exclude_unset=True)):
        raise release_not_found(name)
    found = await get_release_or_404(request, name)
    return HttpResponse(detail_of(found).model_dump_json(), headers={"Cache-Control": "no-store"}, media_type=JSON)
