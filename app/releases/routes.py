"""Releases over HTTP: made, listed, read, described, downloaded."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.db.vocabulary import Action, Scope
from app.errors import ApiError, ProblemType, Violation
from app.releases.builder import make_release, moment_of, read_change, read_order
from app.releases.bundle import checksums
from app.releases.citation import bibtex, cff, sentence
from app.releases.descriptions import Place, croissant, data_package, dcat
from app.releases.published import MEDIA_TYPES, Published
from app.releases.responses import JSON, bundled, sent, told, written
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
#: What a part of a file answers, and one that is not there.
_PARTS: dict[int | str, Any] = {
    206: {"description": "The part that `Range` asks for; `Content-Range` says which."},
    **problems(ProblemType.RANGE),
}
Name = Annotated[str, Path(description="Name of the release.", examples=["2026.1"], max_length=60)]
Reads = Annotated[Principal, Depends(require(Scope.READ))]
Publishes = Annotated[Principal, Depends(require(Scope.ADMIN))]

_NOBODY = UUID(int=0)
_TAG = sends("ETag")
_EXAMPLE = {"name": "2026.1", "licence": "CC-BY-4.0", "creators": CREATORS}

router = APIRouter(prefix="/v1/releases", tags=["releases"])


class ReleaseQuery(BaseModel):
    """What making a release takes."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(False, description="Check all and say what would be made, but make nothing.", examples=[True])


class BundleQuery(BaseModel):
    """Which bundle."""

    model_config = ConfigDict(extra="forbid")

    format: FileForm = Field(FileForm.CSV, description="Form of the files in it.", examples=["csv"])


def make_publishing(collections: Sequence[Resource]) -> APIRouter:
    """The route that makes a release of all these collections."""
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
        """Gives a state of the ledger a name for ever, and publishes its files: every collection, whole, as CSV, NDJSON
        and Parquet, each with its SHA-256. The files are kept: they are the same bytes at
        every later download, whatever is written afterwards.

        It takes as long as reading every record (minutes, of hundreds of thousands), and holds back no writer. There is
        a whole release or none: whoever loses the connection asks `GET /v1/releases/{name}`, or sends the request again
        with its `Idempotency-Key`. It needs the scope `admin`, makes no revision, and cannot be taken back."""
        body = await json_of(request)
        order = read_order(body)
        reader, writer = reader_of(request), writer_of(request)
        if query.dry_run:
            await check_free(writer.engine, order.name)
            moment = await moment_of(reader, order)
            plan = Written("releases", order.name, _NOBODY, Action.CREATE, 0)
            return planned(WriteResult(moment.revision, (plan,)))

        write = partial(make_release, reader, writer, collections, order, editor=editor.name)

        async def tell(result: WriteResult) -> HttpResponse:
            found = await _found(request, result.record.slug)
            headers = {"Location": found.address, "Parley-Revision": str(found.revision)}
            return HttpResponse(_detail(found).model_dump_json(), 201, headers, JSON)

        return await run_once.answer(body, write, tell)

    return publishing


@router.get("", operation_id="listReleases", summary="List releases", responses={**READ, 200: {"model": ReleaseList, "headers": _TAG}},
            response_class=HttpResponse)  # fmt: skip
async def list_releases(request: Request, _: Reads) -> HttpResponse:
    """All releases, the newest first."""
    found = [_summary(release) for release in await fetch_releases(reader_of(request))]
    return told(request, ReleaseList(data=found).model_dump_json().encode())


@router.get("/{name}", operation_id="getRelease", summary="Read a release",
            responses={**_ONE, 200: {"model": ReleaseDetail, "headers": _TAG}}, response_class=HttpResponse)  # fmt: skip
async def get_release(request: Request, name: Name, _: Reads) -> HttpResponse:
    """A release with its files, their checksums, and the addresses of its descriptions."""
    found = await _found(request, name)
    body = _detail(found).model_dump_json().encode()
    return told(request, body, headers={"Content-Location": found.address, "Parley-Release": found.name})


@router.patch(
    "/{name}",
    operation_id="reviseRelease",
    summary="Revise the DOI or the note of a release",
    responses={**WRITE_PROBLEMS, **problems(ProblemType.NOT_FOUND), 200: {"model": ReleaseDetail}},
    openapi_extra={"requestBody": body_of("ReleaseChange", JSON, example={"note": "Superseded by 2026.2."})},
    response_class=HttpResponse,
)
async def revise(request: Request, name: Name, _: Publishes) -> HttpResponse:
    """A merge patch (RFC 7396) of `doi` and `note`. Nothing else of what was published changes; its files never do, but
    its descriptions and bundles tell the DOI from then on."""
    change = read_change(await json_of(request, MERGE_PATCH))
    if not await revise_release(writer_of(request).engine, name, change.model_dump(exclude_unset=True)):
        raise _unknown(name)
    found = await _found(request, name)
    return HttpResponse(_detail(found).model_dump_json(), headers={"Cache-Control": "no-store"}, media_type=JSON)


# --- what describes it


def described_as(
    media_type: str, about: str, *, refused: Mapping[int | str, Any] = _ONE, headers: Mapping[str, Any] = _TAG
) -> dict[int | str, dict[str, Any]]:
    """What the documentation says of a route that answers so."""
    schema = {"type": "object"} if media_type.endswith("json") else {"type": "string", "description": about}
    answer = {"description": about, "content": {media_type: {"schema": schema}}}
    return {**refused, 200: {**answer, "headers": dict(headers)}}


@router.get("/{name}/datapackage.json", operation_id="getReleaseDataPackage", summary="Describe a release as a Data Package",
            responses=described_as(JSON, "A Data Package."), response_class=HttpResponse)  # fmt: skip
async def data_package_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """A Data Package (2.0): a resource for each file with size and hash, of tables with a Table Schema."""
    found = await _found(request, name)
    return told(request, written(data_package(found, found.files, _place(request, found))))


@router.get("/{name}/croissant.json", operation_id="getReleaseCroissant", summary="Describe a release as a Croissant",
            responses=described_as(JSON_LD, "A Croissant description."), response_class=HttpResponse)  # fmt: skip
async def croissant_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """A Croissant (MLCommons, 1.0) description: the files, and the records of the tables with their fields."""
    found = await _found(request, name)
    return told(request, written(croissant(found, found.files, _place(request, found))), JSON_LD)


@router.get("/{name}/dcat.jsonld", operation_id="getReleaseDcat", summary="Describe a release for catalogues (DCAT)",
            responses=described_as(JSON_LD, "A dcat:Dataset."), response_class=HttpResponse)  # fmt: skip
async def dcat_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """A `dcat:Dataset` (DCAT 3) in JSON-LD, with a distribution for each file."""
    found = await _found(request, name)
    return told(request, written(dcat(found, _place(request, found), base_of(request))), JSON_LD)


@router.get("/{name}/citation.bib", operation_id="getReleaseBibtex", summary="Cite a release in BibTeX",
            responses=described_as(BIB, "An entry `@dataset`."), response_class=HttpResponse)  # fmt: skip
async def bibtex_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """A BibLaTeX entry."""
    return told(request, bibtex(await _found(request, name)).encode(), BIB)


@router.get("/{name}/citation.cff", operation_id="getReleaseCff", summary="Cite a release in CFF",
            responses=described_as(CFF, "A CITATION.cff."), response_class=HttpResponse)  # fmt: skip
async def cff_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """A CITATION.cff (Citation File Format 1.2)."""
    return told(request, cff(await _found(request, name)).encode(), CFF)


@router.get("/{name}/sha256sums", operation_id="getReleaseChecksums", summary="Read the checksums of a release",
            responses=described_as(TEXT, "A line a file."), response_class=HttpResponse)  # fmt: skip
async def checksums_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """SHA-256 of each file, for `sha256sum -c`."""
    found = await _found(request, name)
    return told(request, checksums((file.name, file.sha256) for file in found.files).encode(), TEXT)


# --- its files


@router.get("/{name}/bundle.zip", operation_id="getReleaseBundle", summary="Download a release as a zip",
            responses=described_as("application/zip", "The bundle.", refused={**_ONE, **_PARTS}),
            response_class=HttpResponse)  # fmt: skip
async def bundle_of(request: Request, name: Name, query: Annotated[BundleQuery, Query()], _: Reads) -> HttpResponse:
    """All files of one form as a zip, with `datapackage.json`, `croissant.json`, `CITATION.cff`, `citation.bib`, the
    licence, a README and `SHA256SUMS`."""
    found = await _found(request, name)
    if query.format not in found.formats:
        hint = f"There are: {', '.join(found.formats)}."
        violation = Violation(f"The release has no files in the form {query.format}", parameter="format", hint=hint)
        raise ApiError(ProblemType.INVALID, "1 validation error.", [violation])
    return bundled(request, reader_of(request), found, query.format)


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
        str, Path(description="Collection and form: `demands.csv`.", examples=["demands.csv"], max_length=60)
    ],
    _: Reads,
) -> HttpResponse:
    """All records of a collection in one form, whole, as they were in the release. The same bytes for ever: its `ETag` is
    their SHA-256. Each can be had in parts (`Range`): a broken download goes on with `curl -C -`, and DuckDB and Polars
    read of Parquet what they need."""
    found = await _found(request, name)
    for one in found.files:
        if one.name == file:
            return sent(request, reader_of(request), one)
    raise ApiError(ProblemType.NOT_FOUND, f"The release {name} has no file '{file}'; {found.address} lists its files.")


# --- what the routes share


async def _found(request: Request, name: str) -> Published:
    found = await fetch_release(reader_of(request), name)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> ApiError:
    return ApiError(ProblemType.NOT_FOUND, f"There is no release '{name}'; /v1/releases lists all.")


def _place(request: Request, release: Published) -> Place:
    base = base_of(request)
    return lambda file: f"{base}{release.address}/{file.name}"


def _summary(release: Published) -> ReleaseSummary:
    told = {name: getattr(release, name) for name in ReleaseSummary.model_fields if name != "citation"}
    return ReleaseSummary(**told, citation=sentence(release))


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
