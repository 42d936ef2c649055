"""The fields that the read schemas of all records have in common."""

from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.db.base import Record
from app.db.vocabulary import Confidence, Review
from app.domain.types import Instant
from app.reading.date_bounds import add_days
from app.reading.long_tables import LongTableRows
from app.reading.markers import OnRequest, Urls
from app.schemas import descriptions
from app.schemas.examples import CITATION, CODING, EXTERNAL_ID
from app.schemas.refs import CitationRef, CodingView, ExternalIdView
from app.schemas.values import Caveat

RECORD_SORTS: Final = {"slug": "slug", "created_at": "created_at", "updated_at": "updated_at"}
"""Sort orders that every list supports: public name and column."""

RECORD_ROWS: Final = {
    "citation": LongTableRows("citations"),
    "external_id": LongTableRows("external_ids"),
    "coding": LongTableRows("codings"),
    "caveat": LongTableRows("caveats"),
    "coder_note": LongTableRows("notes"),
}
"""Long tables (`rows=`) that every collection has."""


class RecordTail(BaseModel):
    """The common fields that lists show after a record's own fields."""

    model_config = ConfigDict(extra="forbid")

    confidence: Confidence | None = Field(description=descriptions.CONFIDENCE, examples=["low"])
    review: Review = Field(description=descriptions.REVIEW, examples=["draft"])
    updated_at: Instant = Field(
        description="The time of the last change to the record (UTC).", examples=["2026-11-23T12:00:00+00:00"]
    )
    citations: Annotated[list[CitationRef], OnRequest()] = Field(
        default_factory=list,
        description="The citations of the record; in lists only with `include=citations`.",
        examples=[[CITATION]],
    )
    urls: Annotated[dict[str, str | None] | None, OnRequest(), Urls()] = Field(
        default=None,
        description="The URLs of the record, of the records it mentions and of the lists of records that belong to it;"
        " only with `include=urls`. A null value means that no record is mentioned there.",
        examples=[{"self": "/v1/talks/istanbul-2025-06-02", "process": "/v1/processes/russia-ukraine"}],
    )


class RecordDetail(BaseModel):
    """The common fields that only a single record shows."""

    model_config = ConfigDict(extra="forbid")

    lang: str | None = Field(
        description=descriptions.LANG,
        examples=["en"],
    )
    notes: list[str] = Field(description=descriptions.NOTES, examples=[["Venue not named in the article."]])
    caveats: list[Caveat] = Field(
        description=descriptions.CAVEATS,
        examples=[[{"field": "start", "confidence": "low", "basis": "inferred", "text": "the year is not printed"}]],
    )
    coded_from: dict[str, str] = Field(
        description=descriptions.CODED_FROM,
        examples=[{"format": "bilateral delegations"}],
    )
    external_ids: list[ExternalIdView] = Field(description=descriptions.EXTERNAL_IDS, examples=[[EXTERNAL_ID]])
    codings: list[CodingView] = Field(description=descriptions.CODINGS, examples=[[CODING]])
    citations: list[CitationRef] = Field(description=descriptions.CITATIONS, examples=[[CITATION]])
    created_at: Instant = Field(
        description="The time at which the record was created (UTC).", examples=["2026-11-23T12:00:00+00:00"]
    )
    row_version: int = Field(description="The version number of the record, as in its `ETag`.", examples=[1])


class RecordSummary(BaseModel):
    """The first fields of every record, in lists too. This class also sets the order of all fields of a record."""

    model_config = ConfigDict(extra="forbid")

    #: The table that the schema represents.
    model: ClassVar[type[Record]]
    #: The JSON-LD classes of the records, with the prefixes of the context.
    linked_as: ClassVar[tuple[str, ...]] = ()

    id: UUID = Field(description=descriptions.ID, examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description=descriptions.SLUG, examples=["istanbul-2025-06-02"])

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Order the fields: head, own fields, tail, detail fields. Inheritance alone would put the own fields last."""
        super().__pydantic_init_subclass__(**kwargs)
        ranks = dict.fromkeys(RecordSummary.model_fields, 0)
        ranks |= dict.fromkeys(RecordTail.model_fields, 2)
        ranks |= dict.fromkeys(RecordDetail.model_fields, 3)
        fields = sorted(cls.__pydantic_fields__.items(), key=lambda item: ranks.get(item[0], 1))
        cls.__pydantic_fields__.clear()
        cls.__pydantic_fields__.update(fields)
        cls.model_rebuild(force=True)
        add_days(cls)
