"""Routes of the descriptions and citations of a release."""

from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse

from app.releases.bundle import checksums
from app.releases.citation import bibtex, cff
from app.releases.croissant import croissant
from app.releases.data_package import data_package
from app.releases.dcat import dcat
from app.releases.descriptions import Place
from app.releases.openapi import BIB, CFF, JSON_LD, TEXT, Name, Reads, description_responses
from app.releases.published import Published
from app.releases.responses import tagged_response, to_json
from app.releases.views import get_release_or_404
from app.web.media_types import JSON
from app.web.read_response import base_of

router = APIRouter(prefix="/v1/releases", tags=["releases"])


@router.get("/{name}/datapackage.json", operation_id="getReleaseDataPackage", summary="Describe a release as a Data Package",
            responses=description_responses(JSON, "A Data Package."), response_class=HttpResponse)  # fmt: skip
async def data_package_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a Data Package (2.0) with one resource per file, including size and hash. Tables have a Table Schema.
    Example: `GET /v1/releases/2026.1/datapackage.json`"""
    found = await get_release_or_404(request, name)
    return tagged_response(request, to_json(data_package(found, found.files, _file_url(request, found))))


@router.get("/{name}/croissant.json", operation_id="getReleaseCroissant", summary="Describe a release as a Croissant",
            responses=description_responses(JSON_LD, "A Croissant description."), response_class=HttpResponse)  # fmt: skip
async def croissant_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a Croissant (MLCommons, 1.0) description of the files and of the fields of their records. Example:
    `GET /v1/releases/2026.1/croissant.json`"""
    found = await get_release_or_404(request, name)
    return tagged_response(request, to_json(croissant(found, found.files, _file_url(request, found))), JSON_LD)


@router.get("/{name}/dcat.jsonld", operation_id="getReleaseDcat", summary="Describe a release for catalogues (DCAT)",
            responses=description_responses(JSON_LD, "A dcat:Dataset."), response_class=HttpResponse)  # fmt: skip
async def dcat_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a `dcat:Dataset` (DCAT 3) in JSON-LD with one distribution per file. Example:
    `GET /v1/releases/2026.1/dcat.jsonld`"""
    found = await get_release_or_404(request, name)
    return tagged_response(request, to_json(dcat(found, _file_url(request, found), base_of(request))), JSON_LD)


@router.get("/{name}/citation.bib", operation_id="getReleaseBibtex", summary="Cite a release in BibTeX",
            responses=description_responses(BIB, "An entry `@dataset`."), response_class=HttpResponse)  # fmt: skip
async def bibtex_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a BibLaTeX entry `@dataset`. Example: `GET /v1/releases/2026.1/citation.bib`"""
    return tagged_response(request, bibtex(await get_release_or_404(request, name)).encode(), BIB)


@router.get("/{name}/citation.cff", operation_id="getReleaseCff", summary="Cite a release in CFF",
            responses=description_responses(CFF, "A CITATION.cff."), response_class=HttpResponse)  # fmt: skip
async def cff_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns a CITATION.cff (Citation File Format 1.2). Example: `GET /v1/releases/2026.1/citation.cff`"""
    return tagged_response(request, cff(await get_release_or_404(request, name)).encode(), CFF)


@router.get("/{name}/sha256sums", operation_id="getReleaseChecksums", summary="Read the checksums of a release",
            responses=description_responses(TEXT, "One line per file."), response_class=HttpResponse)  # fmt: skip
async def checksums_of(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns the SHA-256 of each file in the format of `sha256sum -c`. Example: `GET
    /v1/releases/2026.1/sha256sums`"""
    found = await get_release_or_404(request, name)
    return tagged_response(request, checksums((file.name, file.sha256) for file in found.files).encode(), TEXT)


def _file_url(request: Request, release: Published) -> Place:
    base = base_of(request)
    return lambda file: f"{base}{release.address}/{file.name}"
