"""The fields that all records have in common: of the read schemas and of the write schemas."""

from typing import Annotated, Any, ClassVar, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, JsonValue, model_validator
from pydantic_core import CoreSchema

from app.db.base import Record
from app.db.vocabulary import Confidence, Review, Verdict
from app.domain.types import (
    EdtfDate,
    FieldPointer,
    Instant,
    Lang,
    Line,
    PartyKey,
    PersonKey,
    Prose,
    RecordKey,
    Ref,
    Slug,
    SourceKey,
    WebAddress,
    refusal,
)
from app.reading.date_bounds import add_days
from app.reading.long_tables import Rows
from app.reading.markers import OnRequest, Urls
from app.schemas.examples import CITATION, EXTERNAL_ID
from app.schemas.refs import CitationRef, ExternalIdView
from app.schemas.validators import distinct, given, not_before
from app.schemas.values import Caveat

RECORD_SORTS: Final = {"slug": "slug", "created_at": "created_at", "updated_at": "updated_at"}
"""Sort orders that every list supports: public name and column."""

RECORD_ROWS: Final = {
    "citation": Rows("citations"),
    "external_id": Rows("external_ids"),
    "caveat": Rows("caveats"),
    "coder_note": Rows("notes"),
}
"""Long tables (`rows=`) that every collection has."""


class RecordTail(BaseModel):
    """The common fields that lists show after a record's own fields."""

    model_config = ConfigDict(extra="forbid")

    confidence: Confidence | None = Field(
        description="The confidence in the coding; null = not assessed.", examples=["low"]
    )
    review: Review = Field(description="The review status of the coding.", examples=["draft"])
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
        description="The language of the record's texts, or of the document if the record is a source (BCP 47); null = not"
        " stated.",
        examples=["en"],
    )
    notes: list[str] = Field(description="The coders' notes.", examples=[["Venue not named in the article."]])
    caveats: list[Caveat] = Field(
        description="Doubts about individual fields.",
        examples=[[{"field": "start", "confidence": "low", "basis": "inferred", "text": "the year is not printed"}]],
    )
    coded_from: dict[str, str] = Field(
        description="The original wording of fields that were mapped to a closed list, by field name.",
        examples=[{"format": "bilateral delegations"}],
    )
    external_ids: list[ExternalIdView] = Field(
        description="The record's identifiers in other data sets.", examples=[[EXTERNAL_ID]]
    )
    citations: list[CitationRef] = Field(
        description="The citations of the record: for each claim, a source and the place in it.", examples=[[CITATION]]
    )
    created_at: Instant = Field(
        description="The time at which the record was created (UTC).", examples=["2026-11-23T12:00:00+00:00"]
    )
    row_version: int = Field(description="The version number of the record, as in its `ETag`.", examples=[1])


class RecordSummary(BaseModel):
    """The first fields of every record, in lists too. This class also sets the order of all fields of a record."""

    model_config = ConfigDict(extra="forbid")

    #: The table that the schema represents.
    model: ClassVar[type[Record]]
    #: The JSON-LD classes of its records, with the prefixes of the context.
    linked_as: ClassVar[tuple[str, ...]] = ()

    id: UUID = Field(
        description="The permanent identifier of the record (UUID).", examples=["01972f3e-8a00-7000-8000-000000000001"]
    )
    slug: str = Field(
        description="The readable identifier of the record, as used in URLs.", examples=["istanbul-2025-06-02"]
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
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


class Part(BaseModel):
    """Base of the schemas of entries that are written inside a record."""

    model_config = ConfigDict(extra="forbid")


class ExternalIdWrite(Part):
    """A record's identity in another data set."""

    scheme: Slug = Field(description="The scheme, which names the data set.", examples=["wikidata"])
    value: Line = Field(description="The identifier in that data set.", examples=["Q159"])
    uri: WebAddress | None = Field(
        None, description="The URL of the entry; null = none.", examples=["http://www.wikidata.org/entity/Q159"]
    )
    valid_from: EdtfDate | None = Field(
        None, description="The first day of validity (EDTF); null = always valid.", examples=["1991"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="The last day of validity (EDTF); null = still valid.", examples=["2024"]
    )


class AttributionWrite(Part):
    """One link of an attribution chain: who made or relayed the claim, in words, as references, or both."""

    text: Line | None = Field(
        None,
        description="The link as the document words it; null = only references.",
        examples=["source familiar with the talks"],
    )
    party: PartyKey | None = Field(
        None,
        description="The party that made or relayed the claim: slug, id or `scheme:value`; null = none.",
        examples=["interfax"],
    )
    person: PersonKey | None = Field(
        None,
        description="The person who made or relayed the claim: slug, id or `scheme:value`; null = none.",
        examples=["rustem-umerov"],
    )
    source: SourceKey | None = Field(
        None,
        description="The document that made or relayed the claim: slug, id or `scheme:value`; null = none.",
        examples=["interfax-unnamed-source-2025-06-02"],
    )

    @model_validator(mode="before")
    @classmethod
    def _takes_a_text(cls, value: Any) -> Any:
        """Accept a plain text, which older files and clients send."""
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not given(self, ("text", "party", "person", "source")):
            raise refusal(
                "attribution", "An attribution needs a `text`, a `party`, a `person` or a `source`; give at least one."
            )
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe both accepted types: the object, or its text alone."""
        schema = handler.resolve_ref_schema(handler(core))
        title, about = schema.pop("title"), schema.pop("description")
        text = {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "A plain text is short for an object with this `text`.",
        }
        return {"title": title, "description": about, "anyOf": [schema, text]}


class CitationInRecord(Part):
    """A citation written inside the record that it is about."""

    slug: Slug | None = Field(
        None,
        description="The readable identifier of the citation. If omitted, it is made from the slugs of the record and the source.",
        examples=["istanbul-2025-06-02-per-moscow-times-2025-06-02-memorandum"],
    )
    source: Annotated[RecordKey, Ref("sources")] = Field(
        description="The cited source: slug, id or `scheme:value`.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    key: Line | None = Field(
        None,
        description="The key that identifies the citation among those of the record. If omitted, it is made from source, field and verdict.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    field: FieldPointer | None = Field(
        None,
        description="The field that the citation is about, as a JSON Pointer with nested rows by key; null = the whole record.",
        examples=["/duration_minutes"],
    )
    verdict: Verdict = Field(
        Verdict.SUPPORTS,
        description="Whether the source supports or contradicts the claim, or is silent on it.",
        examples=["supports"],
    )
    asserted_value: JsonValue | None = Field(
        None,
        description="The value that the source gives, if it differs or is worth recording; null = not recorded.",
        examples=[40],
    )
    locator: Line | None = Field(None, description="The place in the document; null = none.", examples=["paragraph 9"])
    quote: Prose | None = Field(
        None, description="A quotation from the document; null = none.", examples=["a 2.5-hour in-person meeting"]
    )
    attribution: list[AttributionWrite] = Field(
        default_factory=list,
        description="The attribution chain, from the original speaker to the document. A plain text is short for"
        ' `{"text": …}`.',
        examples=[[{"text": "source familiar with the talks"}, {"text": "Interfax", "party": "interfax"}]],
    )
    public_by: EdtfDate | None = Field(
        None,
        description="The day by which the claim was public (EDTF); null = the date of the source.",
        examples=["2025-06-02"],
    )
    confidence: Confidence | None = Field(
        None, description="The coder's confidence; null = not assessed.", examples=["low"]
    )
    coder: Line | None = Field(None, description="The coder; null = not stated.", examples=["seed"])
    note: Prose | None = Field(
        None, description="A note; null = none.", examples=["headline only, the article was not seen"]
    )


class RecordWrite(BaseModel):
    """The common fields of all write schemas. An omitted field gets its default in a PUT and is unchanged in a PATCH."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    slug: Slug | None = Field(
        None,
        description="The readable identifier of the record, as used in URLs. If omitted, it is made from the title or from other fields.",
        examples=["istanbul-2025-06-02"],
    )
    lang: Lang | None = Field(
        None,
        description="The language of the record's texts, or of the document if the record is a source (BCP 47); null = not"
        " stated. It determines how the texts are searched.",
        examples=["en"],
    )
    notes: list[Prose] = Field(default_factory=list, description="The coders' notes.", examples=[["Venue not named."]])
    confidence: Confidence | None = Field(
        None, description="The confidence in the coding; null = not assessed.", examples=["low"]
    )
    review: Review = Field(Review.DRAFT, description="The review status of the coding.", examples=["draft"])
    caveats: list[Caveat] = Field(
        default_factory=list,
        description="Doubts about individual fields.",
        examples=[[{"field": "start", "confidence": "low", "basis": "inferred", "text": "the year is not printed"}]],
    )
    coded_from: dict[Line, Prose] = Field(
        default_factory=dict,
        description="The original wording of fields that were mapped to a closed list, by field name.",
        examples=[{"format": "bilateral delegations"}],
    )
    external_ids: Annotated[list[ExternalIdWrite], distinct("scheme", "value")] = Field(
        default_factory=list,
        description="The record's identifiers in other data sets.",
        examples=[[{"scheme": "wikidata", "value": "Q159"}]],
    )
    citations: list[CitationInRecord] = Field(
        default_factory=list,
        description="The citations of the record: for each claim, a source and the place in it.",
        examples=[[{"source": "moscow-times-2025-06-02-memorandum", "locator": "paragraph 9"}]],
    )
