"""Duplicates as the API shows and takes them."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from app.domain.types import Instant, Line, RecordKey, refusal
from app.reading.query import Many
from app.reconcile.comparing import LEAST
from app.schemas.pages import PageInfo

#: Scores under it are shown to those who ask for them.
USUAL = 60.0


class Subject(StrEnum):
    """The collections of which duplicates are looked for."""

    PARTIES = "parties"
    PEOPLE = "people"
    PLACES = "places"
    SOURCES = "sources"
    AGREEMENTS = "agreements"


def _digits(value: object) -> object:
    """Pydantic would take `1_0` and `5.0` for whole numbers."""
    if isinstance(value, str) and not value.removeprefix("-").isdecimal():
        raise refusal("number", f"{value[:20]!r} is not a whole number.")
    return value


class PairsQuery(BaseModel):
    """What both lists take."""

    model_config = ConfigDict(extra="forbid")

    collection: Many[Subject] | None = Field(
        None, description="Only pairs of these collections; without it of all.", examples=[["parties"]]
    )
    limit: Annotated[int, BeforeValidator(_digits), Field(ge=1, le=500)] = Field(
        50, description="How many pairs a page holds.", examples=[50]
    )
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Where the last page ended: `page.next` of its answer.", examples=[None]
    )


class DuplicatesQuery(PairsQuery):
    min_score: Annotated[float, Field(ge=0, le=100)] = Field(
        USUAL,
        description=f"Only pairs with this score or more. Pairs under {LEAST:.0f} are no candidates, and never listed.",
        examples=[60],
    )


class PairReason(BaseModel):
    """A fact that speaks for or against the two being one."""

    fact: str = Field(
        description="Which: name, external_id, url, country, kind, date, publisher, party (for whom a person acts), parties, process, part_of, point, number"
        " (in the names), talk (in which both took part).",
        examples=["external_id"],
    )
    supports: bool = Field(description="true: it speaks for one record; false: against.", examples=[True])
    text: str = Field(description="The reason in words.", examples=["Both have wikidata:Q43."])
    left: list[str] = Field(description="What the one says of it; empty = as in `text`.", examples=[["Türkiye"]])
    right: list[str] = Field(description="What the other says.", examples=[["Turkey"]])


class PairRecord(BaseModel):
    """One of the two records."""

    id: UUID = Field(description="Its id.", examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description="Its slug.", examples=["turkiye"])
    name: str = Field(description="Its name or title.", examples=["Türkiye"])
    names: list[str] = Field(description="All its names.", examples=[["Türkiye", "Turkey"]])
    external_ids: list[str] = Field(description="Its identifiers, as `scheme:value`.", examples=[["wikidata:Q43"]])
    url: str = Field(description="Its address at this server.", examples=["/v1/parties/turkiye"])


class DuplicatePair(BaseModel):
    """Two records of a collection that may be one."""

    collection: str = Field(description="Their collection.", examples=["parties"])
    score: float = Field(description="How likely they are one: 0 to 100.", examples=[95.0])
    left: PairRecord = Field(description="The older record.")
    right: PairRecord = Field(description="The newer record.")
    reasons: list[PairReason] = Field(description="What the score is made of.")


class DuplicatePage(BaseModel):
    """Pairs of records that may be one, the likeliest first."""

    data: list[DuplicatePair] = Field(description="The pairs.")
    page: PageInfo = Field(description="Where this page stands; `count` is of all pairs, and exact.")


class Decision(StrEnum):
    """What is decided of a pair."""

    MERGE = "merge"
    NOT_THE_SAME = "not_the_same"


class DuplicateDecision(BaseModel):
    """What is decided of two records."""

    model_config = ConfigDict(extra="forbid")

    collection: Subject = Field(description="Their collection.", examples=["parties"])
    left: RecordKey = Field(description="The one: slug, id or `scheme:value`.", examples=["turkiye"])
    right: RecordKey = Field(description="The other.", examples=["ucdp-actor-163"])
    decision: Decision = Field(
        description="`merge`: they are one record, and one of them stays. `not_the_same`: they are two, and are not listed"
        " again.",
        examples=["not_the_same"],
    )
    into: RecordKey | None = Field(
        None,
        description="With `merge`: which of the two stays, by the key it has here.",
        examples=["turkiye"],
        validate_default=True,
    )
    message: Line | None = Field(
        None, description="Why: kept with the revision, or with the dismissal.", examples=["a party of that name"]
    )

    @field_validator("into")
    @classmethod
    def _says_which_stays(cls, into: str | None, info: ValidationInfo) -> str | None:
        # Absent from `data` where they themselves were refused: one fault is enough then.
        if not {"left", "right", "decision"} <= info.data.keys():
            return into
        left, right, decision = (info.data[name] for name in ("left", "right", "decision"))
        if decision is Decision.MERGE and into not in (left, right):
            raise refusal("into", f"Say which of the two stays: {left!r} or {right!r}.")
        if decision is Decision.NOT_THE_SAME and into is not None:
            raise refusal("into", "`into` says which record stays when they are merged; leave it out.")
        return into


class DismissedRecord(BaseModel):
    """One of the two records."""

    id: UUID = Field(description="Its id.", examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description="Its slug.", examples=["turkiye"])
    url: str = Field(description="Its address at this server.", examples=["/v1/parties/turkiye"])


class DismissalView(BaseModel):
    """That two records are not the same."""

    id: UUID = Field(description="Its own id.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])
    collection: str = Field(description="Collection of the two.", examples=["parties"])
    left: DismissedRecord = Field(description="The one; where it was merged since, the record that stayed.")
    right: DismissedRecord = Field(description="The other.")
    message: str | None = Field(description="Why; null = not said.", examples=["two groups of one name"])
    dismissed_by: str = Field(description="Name of the key that said so.", examples=["local-admin"])
    dismissed_at: Instant = Field(description="When (UTC).", examples=["2026-11-23T12:00:00+00:00"])


class DismissalPage(BaseModel):
    """Pairs that are not the same, the newest statement first."""

    data: list[DismissalView] = Field(description="The pairs.")
    page: PageInfo = Field(description="Where this page stands; `count` is of all of them, and exact.")
