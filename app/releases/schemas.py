"""Request and response schemas of releases."""

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from app.domain.texts import Line, Prose, WebAddress, refusal
from app.domain.types import Instant
from app.errors import quoted
from app.reading.as_of import RELEASE, AsOf


class FileForm(StrEnum):
    """The file formats of a release."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


LICENCES: Final = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC-BY-NC-SA-4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    "CC-BY-ND-4.0": "https://creativecommons.org/licenses/by-nd/4.0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "ODC-By-1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
}
"""URLs of common data licences by SPDX id. Any other licence needs `licence_url`."""


def _check_name(name: str) -> str:
    if not RELEASE.fullmatch(name):
        raise refusal("release", "The name of a release must be a year and a number, such as 2026.1 or 2026.1.2.")
    return name


def _check_doi(doi: str) -> str:
    if not re.fullmatch(r"10\.[0-9]{4,9}/[!-~]+", doi):
        raise refusal("doi", "A DOI must begin with 10., such as 10.5281/zenodo.1234567; omit https://doi.org/.")
    return doi


def _check_orcid(orcid: str) -> str:
    total = 0
    if re.fullmatch(r"([0-9]{4}-){3}[0-9]{3}[0-9X]", orcid):
        for char in orcid[:-1].replace("-", ""):
            total = (total + int(char)) * 2
        if "0123456789X"[(12 - total % 11) % 11] == orcid[-1]:
            return orcid
    raise refusal("orcid", f"{quoted(orcid)} is not an ORCID iD such as 0000-0002-1825-0097; check its digits.")


def _check_licence_url(url: str | None, info: ValidationInfo) -> str | None:
    licence = info.data.get("licence")
    if url is None and licence is not None and licence not in LICENCES:
        raise refusal(
            "licence", f"The URL of {quoted(licence)} is unknown: give its URL, or use one of {', '.join(LICENCES)}."
        )
    return url


def _check_line(text: str) -> str:
    if len(text.splitlines()) > 1 or text != text.strip():
        raise refusal("line", "The text appears in citations, so it must be one line without spaces at either end.")
    return text


Cited = Annotated[Line, AfterValidator(_check_line)]
ReleaseName = Annotated[str, Field(max_length=100), AfterValidator(_check_name)]
Doi = Annotated[str, Field(max_length=200), AfterValidator(_check_doi)]
Orcid = Annotated[str, Field(max_length=19), AfterValidator(_check_orcid)]


class Creator(BaseModel):
    """A creator of the data, as cited."""

    model_config = ConfigDict(extra="forbid")

    name: Cited = Field(
        description="For a person, family name and given names separated by a comma; for an organization, its name.",
        examples=["Nosova, Ana"],
    )
    orcid: Orcid | None = Field(
        None, description="The person's ORCID iD; null = none.", examples=["0000-0002-1825-0097"]
    )
    affiliation: Cited | None = Field(
        None, description="Institution of the person; null = none given.", examples=["Institute for Talks"]
    )

    @property
    def person(self) -> tuple[str, str] | None:
        """Family and given names; None for an organization."""
        family, comma, given = (part.strip() for part in self.name.partition(","))
        return (family, given) if comma and family and given else None


CREATORS = [{"name": "Nosova, Ana", "orcid": "0000-0002-1825-0097", "affiliation": "Institute for Talks"}]
TITLE = "Negotiation events"


class ReleaseWrite(BaseModel):
    """A new release: the revision to publish, and its metadata."""

    model_config = ConfigDict(extra="forbid")

    name: ReleaseName = Field(
        description="Permanent name: year and number, such as `2026.1`. A name can be used only once.",
        examples=["2026.1"],
    )
    as_of: AsOf | None = Field(
        None, description="Revision to publish: its number, or an instant; null = the newest.", examples=["6"]
    )
    title: Cited = Field(TITLE, description="Title of the data set, without the name of the release.", examples=[TITLE])
    note: Prose | None = Field(
        None, description="Note on the release; null = none.", examples=["First release after the review."]
    )
    licence: Annotated[Line, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$")] = Field(
        description="Licence of the data, as an SPDX id.", examples=["CC-BY-4.0"]
    )
    licence_url: Annotated[WebAddress | None, AfterValidator(_check_licence_url)] = Field(
        None,
        validate_default=True,
        description=f"URL of the licence. Not needed for {', '.join(LICENCES)}.",
        examples=["https://creativecommons.org/licenses/by/4.0/"],
    )
    creators: Annotated[list[Creator], Field(min_length=1, max_length=200)] = Field(
        description="Creators to cite, in this order.", examples=[CREATORS]
    )
    publisher: Cited | None = Field(
        None, description="Publisher of the release; null = none given.", examples=["The Talks Archive"]
    )
    doi: Doi | None = Field(
        None, description="DOI of the release; null = none yet.", examples=["10.5281/zenodo.1234567"]
    )
    url: WebAddress | None = Field(
        None,
        description="URL of a page about the release; null = none.",
        examples=["https://talks.example/releases/2026.1"],
    )


class ReleaseChange(BaseModel):
    """Changes to a release. Only its DOI and note can be changed."""

    model_config = ConfigDict(extra="forbid")

    doi: Doi | None = Field(None, description="DOI of the release; null = none.", examples=["10.5281/zenodo.1234567"])
    note: Prose | None = Field(
        None, description="Note on the release; null = none.", examples=["Superseded by 2026.2."]
    )


class FileView(BaseModel):
    """A file of a release: all records of a collection in one format."""

    collection: str = Field(description="Collection of the records.", examples=["demands"])
    format: FileForm = Field(description="Format of the file.", examples=["csv"])
    url: str = Field(description="URL of the file.", examples=["/v1/releases/2026.1/demands.csv"])
    rows: int = Field(description="Number of records in the file.", examples=[257])
    size: int = Field(description="Uncompressed size in bytes.", examples=[402_113])
    sha256: str = Field(
        description="SHA-256 of the uncompressed file; it never changes.",
        examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    )


class ReleaseSummary(BaseModel):
    """A revision with a permanent name."""

    name: str = Field(description="Name of the release; `as_of` accepts it.", examples=["2026.1"])
    revision: int = Field(description="Number of the released revision.", examples=[6])
    at: Instant = Field(description="When the revision was made (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    made_at: Instant = Field(
        description="When the release was published (UTC).", examples=["2026-11-25T09:00:00+00:00"]
    )
    made_by: str = Field(description="Name of the API key that published the release.", examples=["newsroom"])
    title: str = Field(description="Title of the data set.", examples=[TITLE])
    note: str | None = Field(description="Note on the release; null = none.", examples=["First release."])
    licence: str = Field(description="Licence of the data, as an SPDX id.", examples=["CC-BY-4.0"])
    licence_url: str = Field(
        description="URL of the licence.", examples=["https://creativecommons.org/licenses/by/4.0/"]
    )
    creators: list[Creator] = Field(description="Creators to cite.", examples=[CREATORS])
    publisher: str | None = Field(
        description="Publisher of the release; null = none given.", examples=["The Talks Archive"]
    )
    doi: str | None = Field(description="DOI of the release; null = none.", examples=["10.5281/zenodo.1234567"])
    url: str | None = Field(
        description="URL of a page about the release; null = none.", examples=["https://talks.example/releases/2026.1"]
    )
    citation: str = Field(
        description="Citation of the release as text.",
        examples=["Nosova, Ana (2026): Negotiation events, release 2026.1. The Talks Archive."],
    )


class ReleaseDetail(ReleaseSummary):
    """A release with its files and links to its descriptions."""

    files: list[FileView] = Field(description="Files of the release, ordered by collection and format.")
    links: dict[str, str] = Field(
        description="URLs of the bundles, descriptions and citations.",
        examples=[{"datapackage": "/v1/releases/2026.1/datapackage.json"}],
    )


class ReleaseList(BaseModel):
    """All releases."""

    data: list[ReleaseSummary] = Field(description="The releases, newest first.")
