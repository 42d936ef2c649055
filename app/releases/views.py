"""The results of the release routes: the summary of a release, a release with its files, or the error "not found"."""

from fastapi import Request

from app.errors import ApiError, ProblemType, quoted
from app.releases.citation import sentence
from app.releases.published import Published
from app.releases.schemas import FileView, ReleaseDetail, ReleaseSummary
from app.releases.statements import fetch_release
from app.resources.state import reader_of


async def get_release_or_404(request: Request, name: str) -> Published:
    """Return the release with this name. Raises `ApiError` (404) if there is none."""
    found = await fetch_release(reader_of(request), name)
    if found is None:
        raise release_not_found(name)
    return found


def release_not_found(name: str) -> ApiError:
    """Return the error for a release that does not exist."""
    return ApiError(ProblemType.NOT_FOUND, f"Release {quoted(name)} does not exist. See /v1/releases for all releases.")


def summary_of(release: Published) -> ReleaseSummary:
    """Return the summary of a release for lists."""
    fields = {name: getattr(release, name) for name in ReleaseSummary.model_fields if name != "citation"}
    return ReleaseSummary(**fields, citation=sentence(release))


def detail_of(release: Published) -> ReleaseDetail:
    """Return a release with its files and links."""
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
    return ReleaseDetail(**summary_of(release).model_dump(), files=files, links=links)
