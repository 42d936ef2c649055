"""Request and response schemas of duplicates."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from app.domain.keys import RecordKey
from app.domain.texts import Line, refusal
from app.domain.types import Instant
from app.errors import quoted
from app.reading.query import Many
from app.reconcile import descriptions
from app.reconcile.comparing import LEAST
from app.schemas.pages import PageInfo

#: Default of `min_score`.
USUAL = 60.0


class Subject(StrEnum):
    """The collections that are searched for duplicates."""

    PARTIES = "parties"
    PEOPLE = "people"
    PLACES = "places"
    SOURCES = "sources"
    AGREEMENTS = "agreements"


def _digits(value: object) -> object:
    """Reject `1_0` and `5.0`, which Pydantic would accept as whole numbers."""
    if isinstance(value, str) and not value.removeprefix("-").isdecimal():
        raise refusal("number", f"{quoted(value, 20)} is not a whole number.")
    return value


class PairsQuery(BaseModel):
    """Query parameters of the lists of duplicates and of dismissals."""

    model_config = ConfigDict(extra="forbid")

    collection: Many[Subject] | None = Field(
        None, description="Only pairs from these collections; default: all.", examples=[["parties"]]
    )
    limit: Annotated[int, BeforeValidator(_digits), Field(ge=1, le=500)] = Field(
        50, description="Maximum number of pairs per page.", examples=[50]
    )
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Start of the page: `page.next` of the previous page.", examples=[None]
    )


class DuplicatesQuery(PairsQuery):
    """Query parameters of the list of duplicates."""

    min_score: Annotated[float, Field(ge=0, le=100)] = Field(
        USUAL,
        description=f"Only pairs with at least this score. Pairs below {LEAST:.0f} are never listed.",
        examples=[60],
    )


class PairReason(BaseModel):
    """A fact for or against the two records being the same."""

    fact: str = Field(
        description="The fact: name, external_id, url, country, kind, date, publisher, party (for whom a person acts), parties,"
        " process, part_of, point, number (in the names), talk (in which both took part).",
        examples=["external_id"],
    )
    supports: bool = Field(
        description="true: the fact suggests that the records are the same; false: it suggests that they are"
        " different.",
        examples=[True],
    )
    text: str = Field(description="Explanation of the fact.", examples=["Both have wikidata:Q43."])
    left: list[str] = Field(
        description="Values of the older record; empty = `text` contains everything.", examples=[["Türkiye"]]
    )
    right: list[str] = Field(
        description="Values of the newer record; empty = `text` contains everything.", examples=[["Turkey"]]
    )


class PairRecord(BaseModel):
    """One record of a possible duplicate."""

    id: UUID = Field(description=descriptions.PAIR_RECORD_ID, examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description=descriptions.SLUG, examples=["turkiye"])
    name: str = Field(description="Name or title of the record.", examples=["Türkiye"])
    names: list[str] = Field(description="All names of the record.", examples=[["Türkiye", "Turkey"]])
    external_ids: list[str] = Field(
        description="External ids of the record, as `scheme:value`.", examples=[["wikidata:Q43"]]
    )
    url: str = Field(description=descriptions.URL, examples=["/v1/parties/turkiye"])


class DuplicatePair(BaseModel):
    """A possible duplicate: two records of a collection that may be the same."""

    collection: str = Field(description=descriptions.COLLECTION, examples=["parties"])
    score: float = Field(description="How likely the two are the same record, from 0 to 100.", examples=[95.0])
    left: PairRecord = Field(description="The older record.")
    right: PairRecord = Field(description="The newer record.")
    reasons: list[PairReason] = Field(description="The facts that determine the score.")


class DuplicatePage(BaseModel):
    """A page of possible duplicates, likeliest first."""

    data: list[DuplicatePair] = Field(description="The pairs.")
    page: PageInfo = Field(description="Position of this page; `count` is the exact number of all pairs.")


class Decision(StrEnum):
    """The decision about a pair."""

    MERGE = "merge"
    NOT_THE_SAME = "not_the_same"


class DuplicateDecision(BaseModel):
    """A decision about two records."""

    model_config = ConfigDict(extra="forbid")

    collection: Subject = Field(description=descriptions.COLLECTION, examples=["parties"])
    left: RecordKey = Field(description="One record: slug, id or `scheme:value`.", examples=["turkiye"])
    right: RecordKey = Field(description="The other record: slug, id or `scheme:value`.", examples=["ucdp-actor-163"])
    decision: Decision = Field(
        description="`merge`: they are the same, and one is merged into the other. `not_the_same`: they are two different"
        " records and are no longer listed.",
        examples=["not_the_same"],
    )
    into: RecordKey | None = Field(
        None,
        description="The record that remains after a merge, given by the same key as in `left` or `right`. Required"
        " with `merge`.",
        examples=["turkiye"],
        validate_default=True,
    )
    message: Line | None = Field(
        None,
        description="Reason for the decision, stored with the revision or the dismissal.",
        examples=["a party of that name"],
    )

    @field_validator("into")
    @classmethod
    def _says_which_stays(cls, into: str | None, info: ValidationInfo) -> str | None:
        # Fields that failed validation are absent from `data`, and their own errors are enough.
        if not {"left", "right", "decision"} <= info.data.keys():
            return into
        left, right, decision = (info.data[name] for name in ("left", "right", "decision"))
        if decision is Decision.MERGE and into not in (left, right):
            raise refusal("into", f"`into` must be the record that remains: {quoted(left)} or {quoted(right)}.")
        if decision is Decision.NOT_THE_SAME and into is not None:
            raise refusal("into", "`into` is only allowed with `decision: merge`; leave it out.")
        return into


class DismissedRecord(BaseModel):
    """One record of a dismissed pair."""

    id: UUID = Field(description=descriptions.PAIR_RECORD_ID, examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description=descriptions.SLUG, examples=["turkiye"])
    url: str = Field(description=descriptions.URL, examples=["/v1/parties/turkiye"])


class DismissalView(BaseModel):
    """A dismissal: the decision that two records are not the same."""

    id: UUID = Field(description="Id of the dismissal.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])
    collection: str = Field(description=descriptions.COLLECTION, examples=["parties"])
    left: DismissedRecord = Field(
        description="One record; if it has been merged since then, the record that it was merged into."
    )
    right: DismissedRecord = Field(
        description="The other record; if it has been merged since then, the record that it was merged into."
    )
    message: str | None = Field(
        description="Reason for the dismissal; null = none given.", examples=["two groups of one name"]
    )
    dismissed_by: str = Field(description="Name of the API key that dismissed the pair.", examples=["local-admin"])
    dismissed_at: Instant = Field(description="Time of the dismissal (UTC).", examples=["2026-11-23T12:00:00+00:00"])


class DismissalPage(BaseModel):
    """A page of dismissals, newest first."""

    data: list[DismissalView] = Field(description="The dismissals.")
    page: PageInfo = Field(description="Position of this page; `count` is the exact number of all dismissals.")
