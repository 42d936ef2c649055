"""What a release says of itself, and what is said of it when it is made."""

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from app.domain.types import Instant, Line, Prose, WebAddress, refusal
from app.reading.as_of import RELEASE, AsOf


class FileForm(StrEnum):
    """The forms in which a release's files come."""

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
"""Licences of data by their SPDX ids, and where they stand. Another one comes with its address."""


def _checked_name(name: str) -> str:
    if not RELEASE.fullmatch(name):
        raise refusal("release", "A release is named by its year and a number, as in 2026.1 or 2026.1.2.")
    return name


def _checked_doi(doi: str) -> str:
    if not re.fullmatch(r"10\.[0-9]{4,9}/[!-~]+", doi):
        raise refusal("doi", "A DOI begins with 10., as in 10.5281/zenodo.1234567; leave out https://doi.org/.")
    return doi


def _checked_orcid(orcid: str) -> str:
    total = 0
    if re.fullmatch(r"([0-9]{4}-){3}[0-9]{3}[0-9X]", orcid):
        for sign in orcid[:-1].replace("-", ""):
            total = (total + int(sign)) * 2
        if "0123456789X"[(12 - total % 11) % 11] == orcid[-1]:
            return orcid
    raise refusal(
        "orcid", "This is no ORCID iD: four groups of four, the last sign a check, as in 0000-0002-1825-0097."
    )


def _known_licence(url: str | None, said: ValidationInfo) -> str | None:
    licence = said.data.get("licence")
    if url is None and licence is not None and licence not in LICENCES:
        raise refusal("licence", f"Where {licence} stands is not known here: say so, or take {', '.join(LICENCES)}.")
    return url


def _one_line(text: str) -> str:
    if len(text.splitlines()) > 1 or text != text.strip():
        raise refusal("line", "It stands in citations: one line, without blanks at its ends.")
    return text


Cited = Annotated[Line, AfterValidator(_one_line)]
ReleaseName = Annotated[str, Field(max_length=100), AfterValidator(_checked_name)]
Doi = Annotated[str, Field(max_length=200), AfterValidator(_checked_doi)]
Orcid = Annotated[str, Field(max_length=19), AfterValidator(_checked_orcid)]


class Creator(BaseModel):
    """Who made the data, to be cited."""

    model_config = ConfigDict(extra="forbid")

    name: Cited = Field(
        description="Of a person family name and given names, with a comma between; of an organisation its name.",
        examples=["Nosova, Ana"],
    )
    orcid: Orcid | None = Field(
        None, description="The person's ORCID iD; null = none.", examples=["0000-0002-1825-0097"]
    )
    affiliation: Cited | None = Field(
        None, description="Where the person works; null = not said.", examples=["Institute for Talks"]
    )

    @property
    def person(self) -> tuple[str, str] | None:
        """Family and given names; None of an organisation."""
        family, comma, given = (part.strip() for part in self.name.partition(","))
        return (family, given) if comma and family and given else None


CREATORS = [{"name": "Nosova, Ana", "orcid": "0000-0002-1825-0097", "affiliation": "Institute for Talks"}]
TITLE = "Negotiation events"


class ReleaseWrite(BaseModel):
    """A state of the ledger that is to be published, and who answers for it."""

    model_config = ConfigDict(extra="forbid")

    name: ReleaseName = Field(
        description="Its name for ever: year and number, as in `2026.1`; never used again.", examples=["2026.1"]
    )
    as_of: AsOf | None = Field(
        None, description="The state: a revision's number or an instant; null = the newest.", examples=["6"]
    )
    title: Cited = Field(TITLE, description="Title of the data set, without the release's name.", examples=[TITLE])
    note: Prose | None = Field(
        None, description="What is to be said of it; null = nothing.", examples=["First release after the review."]
    )
    licence: Annotated[Line, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$")] = Field(
        description="Licence of the data by its SPDX id.", examples=["CC-BY-4.0"]
    )
    licence_url: Annotated[WebAddress | None, AfterValidator(_known_licence)] = Field(
        None,
        validate_default=True,
        description=f"Where the licence stands; known of {', '.join(LICENCES)}.",
        examples=["https://creativecommons.org/licenses/by/4.0/"],
    )
    creators: Annotated[list[Creator], Field(min_length=1, max_length=200)] = Field(
        description="Who is to be cited, in this order.", examples=[CREATORS]
    )
    publisher: Cited | None = Field(
        None, description="Who publishes it; null = not said.", examples=["The Talks Archive"]
    )
    doi: Doi | None = Field(None, description="Its DOI; null = none, or not yet.", examples=["10.5281/zenodo.1234567"])
    url: WebAddress | None = Field(
        None, description="Page about it; null = none.", examples=["https://talks.example/releases/2026.1"]
    )


class ReleaseChange(BaseModel):
    """What may be said of a release later. The data and who answers for them stay."""

    model_config = ConfigDict(extra="forbid")

    doi: Doi | None = Field(None, description="Its DOI; null = none.", examples=["10.5281/zenodo.1234567"])
    note: Prose | None = Field(None, description="What is to be said of it.", examples=["Superseded by 2026.2."])


class FileView(BaseModel):
    """A file of a release: all records of a collection in one form."""

    collection: str = Field(description="The collection.", examples=["demands"])
    format: FileForm = Field(description="The form.", examples=["csv"])
    url: str = Field(description="Its address.", examples=["/v1/releases/2026.1/demands.csv"])
    rows: int = Field(description="How many records it holds.", examples=[257])
    size: int = Field(description="Its length in bytes, unpacked.", examples=[402_113])
    sha256: str = Field(
        description="SHA-256 of its bytes: the same for ever.",
        examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    )


class ReleaseSummary(BaseModel):
    """A named state of the ledger."""

    name: str = Field(description="Its name; `as_of=` takes it.", examples=["2026.1"])
    revision: int = Field(description="The revision that it is.", examples=[6])
    at: Instant = Field(description="When that was made (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    made_at: Instant = Field(description="When the release was made (UTC).", examples=["2026-11-25T09:00:00+00:00"])
    made_by: str = Field(description="Name of the key that made it.", examples=["newsroom"])
    title: str = Field(description="Title of the data set.", examples=[TITLE])
    note: str | None = Field(description="What is to be said of it; null = nothing.", examples=["First release."])
    licence: str = Field(description="Licence by its SPDX id.", examples=["CC-BY-4.0"])
    licence_url: str = Field(
        description="Where the licence stands.", examples=["https://creativecommons.org/licenses/by/4.0/"]
    )
    creators: list[Creator] = Field(description="Who is to be cited.", examples=[CREATORS])
    publisher: str | None = Field(description="Who publishes it; null = not said.", examples=["The Talks Archive"])
    doi: str | None = Field(description="Its DOI; null = none.", examples=["10.5281/zenodo.1234567"])
    url: str | None = Field(
        description="Page about it; null = none.", examples=["https://talks.example/releases/2026.1"]
    )
    citation: str = Field(
        description="How to cite it.",
        examples=["Nosova, Ana (2026): Negotiation events, release 2026.1. The Talks Archive."],
    )


class ReleaseDetail(ReleaseSummary):
    """A named state of the ledger, with its files and descriptions."""

    files: list[FileView] = Field(description="Its files, by collection and form.")
    links: dict[str, str] = Field(
        description="Addresses of its bundles, descriptions and citations.",
        examples=[{"datapackage": "/v1/releases/2026.1/datapackage.json"}],
    )


class ReleaseList(BaseModel):
    """All releases."""

    data: list[ReleaseSummary] = Field(description="The releases, the newest first.")
