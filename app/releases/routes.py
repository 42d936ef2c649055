"""Routes that publish, list, read, describe and download releases."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.db.vocabulary import Action, Scope
from app.errors import ApiError, ProblemType, Violation, count_errors
from app.releases.builder import make_release, parse_change, parse_release, resolve_revision
from app.releases.bundle import checksums
from app.releases.citation import bibtex, cff, sentence
from app.releases.descriptions import Place, croissant, data_package, dcat
from app.releases.published import MEDIA_TYPES, Published
from app.releases.responses import JSON, bundle_response, file_response, tagged_response, to_json
from app.releases.rules import check_free, revise_release
from app.releases.schemas import (
    CREATORS,
    FileForm,
    FileView,
    ReleaseDetail,
    ReleaseList,
    ReleaseSummary,
)
from app.releases.statements import fetch_release, fetch_releases
from app.resources.idempotency import IdempotentRequest, run_once
from app.resources.resource import MERGE_PATCH, WRITE_PROBLEMS, Resource, reader_of, writer_of
from app.resources.write_routes import json_of, planned
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.read_response import base_of
from app.web.route_docs import PLANNED, body_of, sends
from app.writing.intents import WriteResult, Written

JSON_LD, CFF, BIB, TEXT = "application/ld+json", "application/yaml", "application/x-bibtex", "text/plain"
READ = problems(ProblemType.INVALID, ProblemType.UNAVAILABLE)
_ONE = problems(ProblemType.NOT_FOUND, ProblemType.INVALID, ProblemType.UNAVAILABLE)
#: Responses to `Range` requests.
_PARTS: dict[int | str, Any] = {
    206: {"description": "The requested range; see `Content-Range`."},
    **problems(ProblemType.RANGE),
}
Name = Annotated[str, Path(description="Name of the release.", examples=["2026.1"], max_length=60)]
Reads = Annotated[Principal, Depends(require(Scope.READ))]
Publishes = Annotated[Principal, Depends(require(Scope.ADMIN))]

_NO_ID = UUID(int=0)
_TAG = sends("ETag")
_EXAMPLE = {"name": "2026.1", "licence": "CC-BY-4.0", "creators": CREATORS}

router = APIRouter(prefix="/v1/releases", tags=["releases"])


class ReleaseQuery(BaseModel):
    """Query parameters of publishing a release."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(
        False, description="Validate the request and return what would be made, without making it.", examples=[True]
    )


class BundleQuery(BaseModel):
    """Query parameters of a bundle."""

    model_config = ConfigDict(extra="forbid")

    format: FileForm = Field(FileForm.CSV, description="Format of the files in the bundle.", examples=["csv"])


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
        openapi_extra={"requestBody": body_of("ReleaseWrite", JSON, example=_EXAMPLE)},
        response_class=HttpResponse,
    )
    async def make(
        request: Request,
        query: Annotated[ReleaseQuery, Query()],
        editor: Publishes,
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        """Gives a revision a permanent name and publishes its files: every collection as CSV, NDJSON and Parquet, each
        with its SHA-256. The files are stored, so later downloads return the same bytes whatever is written afterwards.

        Reading every record can take minutes; other writes are not blocked. A release is complete or absent: if you
        lose the connection, check `GET /v1/releases/{name}` or repeat the request with its `Idempotency-Key`. Needs
        scope `admin`, makes no revision, and cannot be undone."""
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
            found = await _get_release(request, result.record.slug)
            headers = {"Location": found.address, "Parley-Revision": str(found.revision)}
            return HttpResponse(_detail(found).model_dump_json(), 201, headers, JSON)

        return await run_once.answer(body, write, respond)

    return publishing


@router.get("", operation_id="listReleases", summary="List releases", responses={**READ, 200: {"model": ReleaseList, "headers": _TAG}},
            response_class=HttpResponse)  # fmt: skip
async def list_releases(request: Request, _: Reads) -> HttpResponse:
    """Returns all releases, newest first. Example: `GET /v1/releases`"""
    found = [_summary(release) for release in await fetch_releases(reader_of(request))]
    return tagged_response(request, ReleaseList(data=found).model_dump_json().encode())


@router.get("/{name}", operation_id="getRelease", summary="Read a release",
            responses={**_ONE, 200: {"model": ReleaseDetail, "headers": _TAG}}, response_class=HttpResponse)  # fmt: skip
async def get_release(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a release with its files, their checksums, and links to its descriptions and citations. Example:
    `GET /v1/releases/2026.1`"""
    found = await _get_release(request, name)
    body = _detail(found).model_dump_json().encode()
    return tagged_response(request, body, headers={"Content-Location": found.address, "Parley-Release": found.name})


@router.patch(
    "/{name}",
    operation_id="reviseRelease",
    summary="Revise the DOI or the note of a release",
    responses={**WRITE_PROBLEMS, **problems(ProblemType.NOT_FOUND), 200: {"model": ReleaseDetail}},
    openapi_extra={"requestBody": body_of("ReleaseChange", JSON, example={"note": "Superseded by 2026.2."})},
    response_class=HttpResponse,
)
async def revise(request: Request, name: Name, _: Publishes) -> HttpResponse:
    """Applies a JSON merge patch (RFC 7396) to `doi` and `note`. The files of a release never change; its descriptions
    and bundles include the new values from then on."""
    change = parse_change(await json_of(request, MERGE_PATCH))
    if not await revise_release(writer_of(request).engine, name, change.model_dump(exclude_unset=True)):
        raise _not_found(name)
    found = await _get_release(request, name)
    return HttpResponse(_detail(found).model_dump_json(), headers={"Cache-Control": "no-store"}, media_type=JSON)


# --- descriptions and citations


def description_responses(
    media_type: str, about: str, *, errors: Mapping[int | str, Any] = _ONE, headers: Mapping[str, Any] = _TAG
) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI responses of a route that returns this media type."""
    schema = {"type": "object"} if media_type.endswith("json") else {"type": "string", "description": about}
    answer = {"description": about, "content": {media_type: {"schema": schema}}}
    return {**errors, 200: {**answer, "headers": dict(headers)}}


@router.get("/{name}/datapackage.json", operation_id="getReleaseDataPackage", summary="Describe a release as a Data Package",
            responses=description_responses(JSON, "A Data Package."), response_class=HttpResponse)  # fmt: skip
async def data_package_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a Data Package (2.0) with one resource per file, with size and hash; tables have a Table Schema. Example:
    `GET /v1/releases/2026.1/datapackage.json`"""
    found = await _get_release(request, name)
    return tagged_response(request, to_json(data_package(found, found.files, _file_url(request, found))))


@router.get("/{name}/croissant.json", operation_id="getReleaseCroissant", summary="Describe a release as a Croissant",
            responses=description_responses(JSON_LD, "A Croissant description."), response_class=HttpResponse)  # fmt: skip
async def croissant_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a Croissant (MLCommons, 1.0) description of the files and of the fields of their records. Example:
    `GET /v1/releases/2026.1/croissant.json`"""
    found = await _get_release(request, name)
    return tagged_response(request, to_json(croissant(found, found.files, _file_url(request, found))), JSON_LD)


@router.get("/{name}/dcat.jsonld", operation_id="getReleaseDcat", summary="Describe a release for catalogues (DCAT)",
            responses=description_responses(JSON_LD, "A dcat:Dataset."), response_class=HttpResponse)  # fmt: skip
async def dcat_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a `dcat:Dataset` (DCAT 3) in JSON-LD with one distribution per file. Example:
    `GET /v1/releases/2026.1/dcat.jsonld`"""
    found = await _get_release(request, name)
    return tagged_response(request, to_json(dcat(found, _file_url(request, found), base_of(request))), JSON_LD)


@router.get("/{name}/citation.bib", operation_id="getReleaseBibtex", summary="Cite a release in BibTeX",
            responses=description_responses(BIB, "An entry `@dataset`."), response_class=HttpResponse)  # fmt: skip
async def bibtex_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a BibLaTeX entry `@dataset`. Example: `GET /v1/releases/2026.1/citation.bib`"""
    return tagged_response(request, bibtex(await _get_release(request, name)).encode(), BIB)


@router.get("/{name}/citation.cff", operation_id="getReleaseCff", summary="Cite a release in CFF",
            responses=description_responses(CFF, "A CITATION.cff."), response_class=HttpResponse)  # fmt: skip
async def cff_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a CITATION.cff (Citation File Format 1.2). Example: `GET /v1/releases/2026.1/citation.cff`"""
    return tagged_response(request, cff(await _get_release(request, name)).encode(), CFF)


@router.get("/{name}/sha256sums", operation_id="getReleaseChecksums", summary="Read the checksums of a release",
            responses=description_responses(TEXT, "One line per file."), response_class=HttpResponse)  # fmt: skip
async def checksums_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns the SHA-256 of each file in the format of `sha256sum -c`. Example: `GET
    /v1/releases/2026.1/sha256sums`"""
    found = await _get_release(request, name)
    return tagged_response(request, checksums((file.name, file.sha256) for file in found.files).encode(), TEXT)


# --- files


@router.get("/{name}/bundle.zip", operation_id="getReleaseBundle", summary="Download a release as a zip",
            responses=description_responses("application/zip", "The bundle.", errors={**_ONE, **_PARTS}),
            response_class=HttpResponse)  # fmt: skip
async def bundle_of(request: Request, name: Name, query: Annotated[BundleQuery, Query()], _: Reads) -> HttpResponse:
    """Returns all files of one format as a zip, with `datapackage.json`, `croissant.json`, `CITATION.cff`,
    `citation.bib`, the licence, a README and `SHA256SUMS`. Example: `GET /v1/releases/2026.1/bundle.zip?format=csv`"""
    found = await _get_release(request, name)
    if query.format not in found.formats:
        hint = f"Its formats are {', '.join(found.formats)}."
        violation = Violation(f"The release has no files in the format '{query.format}'", parameter="format", hint=hint)
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
    return bundle_response(request, reader_of(request), found, query.format)


@router.get(
    "/{name}/{file}",
    operation_id="getReleaseFile",
    summary="Download a file of a release",
    responses={**_ONE, **_PARTS, 200: {"description": "The file.", "headers": _TAG, "content": {
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
    """Returns all records of a collection in one format, complete, as of the release. Example:
    `GET /v1/releases/2026.1/demands.csv`

    The bytes never change, and the `ETag` is their SHA-256. `Range` requests work: continue a broken download with
    `curl -C -`, or let DuckDB and Polars read only the parts of a Parquet file that they need."""
    found = await _get_release(request, name)
    for one in found.files:
        if one.name == file:
            return file_response(request, reader_of(request), one)
    detail = f"The release '{name}' has no file '{file}'. See {found.address} for its files."
    raise ApiError(ProblemType.NOT_FOUND, detail)


# --- shared by the routes


async def _get_release(request: Request, name: str) -> Published:
    found = await fetch_release(reader_of(request), name)
    if found is None:
        raise _not_found(name)
    return found


def _not_found(name: str) -> ApiError:
    return ApiError(ProblemType.NOT_FOUND, f"Release '{name}' does not exist. See /v1/releases for all releases.")


def _file_url(request: Request, release: Published) -> Place:
    base = base_of(request)
    return lambda file: f"{base}{release.address}/{file.name}"


def _summary(release: Published) -> ReleaseSummary:
    fields = {name: getattr(release, name) for name in ReleaseSummary.model_fields if name != "citation"}
    return ReleaseSummary(**fields, citation=sentence(release))


def _detail(release: Published) -> ReleaseDetail:
    address = release.address
    files = [
        FileView(
            collection=file.collection,
            format=file.format,
            url=f"{address}/{file.name}",
            rows=file.rows,
            size=file.size,
            sha256=file.sha256,
        )
        for file in release.files
    ]
    ends = {
        **{f"bundle_{form}": f"bundle.zip?format={form}" for form in release.formats},
        "datapackage": "datapackage.json", "croissant": "croissant.json", "dcat": "dcat.jsonld",
        "bibtex": "citation.bib", "cff": "citation.cff", "checksums": "sha256sums",
    }  # fmt: skip
    links = {name: f"{address}/{end}" for name, end in ends.items()}
    return ReleaseDetail(**_summary(release).model_dump(), files=files, links=links)
