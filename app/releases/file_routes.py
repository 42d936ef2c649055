"""Routes that download the files of a release."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.releases.openapi import RANGES, READ_ONE, TAG, Name, Reads, description_responses
from app.releases.published import MEDIA_TYPES
from app.releases.responses import bundle_response, file_response
from app.releases.schemas import FileForm
from app.releases.views import get_release_or_404
from app.resources.state import reader_of

router = APIRouter(prefix="/v1/releases", tags=["releases"])


class BundleQuery(BaseModel):
    """Query parameters of a bundle."""

    model_config = ConfigDict(extra="forbid")

    format: FileForm = Field(FileForm.CSV, description="Format of the files in the bundle.", examples=["csv"])


@router.get("/{name}/bundle.zip", operation_id="getReleaseBundle", summary="Download a release as a zip",
            responses=description_responses("application/zip", "The bundle.", errors={**READ_ONE, **RANGES}),
            response_class=HttpResponse)  # fmt: skip
async def bundle_of(request: Request, name: Name, query: Annotated[BundleQuery, Query()], _: Reads) -> HttpResponse:
    """Returns all files of one format as a zip, with `datapackage.json`, `croissant.json`, `CITATION.cff`,
    `citation.bib`, the licence, a README and `SHA256SUMS`. Example: `GET /v1/releases/2026.1/bundle.zip?format=csv`"""
    found = await get_release_or_404(request, name)
    if query.format not in found.formats:
        hint = f"Its formats are {', '.join(found.formats)}."
        violation = Violation(
            f"The release has no files in the format {quoted(query.format)}", parameter="format", hint=hint
        )
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
    return bundle_response(request, reader_of(request), found, query.format)


@router.get(
    "/{name}/{file}",
    operation_id="getReleaseFile",
    summary="Download a file of a release",
    responses={**READ_ONE, **RANGES, 200: {"description": "The file.", "headers": TAG, "content": {
        kind: {"schema": {"type": "string", "description": "All records of a collection."}}
        for kind in MEDIA_TYPES.values()}}},
    response_class=HttpResponse,
)  # fmt: skip
async def file_of(
    request: Request,
    name: Name,
    file: Annotated[
        str,
        Path(
            description="Name of the file: collection and format, such as `demands.csv`.",
            examples=["demands.csv"],
            max_length=60,
        ),
    ],
    _: Reads,
) -> HttpResponse:
    """Returns all complete records of a collection in one format, as of the release. Example:
    `GET /v1/releases/2026.1/demands.csv`

    The bytes never change, and the `ETag` is their SHA-256. `Range` requests work: continue a broken download with
    `curl -C -`, or let DuckDB and Polars read only the parts of a Parquet file that they need."""
    found = await get_release_or_404(request, name)
    for one in found.files:
        if one.name == file:
            return file_response(request, reader_of(request), one)
    detail = f"The release {quoted(name)} has no file {quoted(file)}. See {found.address} for its files."
    raise ApiError(ProblemType.NOT_FOUND, detail)
