"""What every record has when read, and what every record takes when written."""

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
"""Orders that every list takes: public name and column."""


RECORD_ROWS: Final = {
    "citation": Rows("citations"),
    "external_id": Rows("external_ids"),
    "caveat": Rows("caveats"),
    "coder_note": Rows("notes"),
}
"""Long tables that every collection has."""


class RecordTail(BaseModel):
    """What lists show after a record's own fields."""

    model_config = ConfigDict(extra="forbid")

    confidence: Confidence | None = Field(description="How sure the coding is; null = nobody judged.", examples=["low"])
    review: Review = Field(description="How far the coding was checked.", examples=["draft"])
    updated_at: Instant = Field(
        description="When anything in it last changed (UTC).", examples=["2026-11-23T12:00:00+00:00"]
    )
    citations: Annotated[list[CitationRef], OnRequest()] = Field(
        default_factory=list, description="Who says so; in lists with `include=citations`.", examples=[[CITATION]]
    )
    urls: Annotated[dict[str, str | None] | None, OnRequest(), Urls()] = Field(
        default=None,
        description="Addresses of the record, of those that it mentions and of the lists of those that belong to it;"
        " comes with `include=urls`. null = it mentions none.",
        examples=[{"self": "/v1/talks/istanbul-2025-06-02", "process": "/v1/processes/russia-ukraine"}],
    )


class RecordDetail(BaseModel):
    """What a single record shows besides its own fields."""

    model_config = ConfigDict(extra="forbid")

    lang: str | None = Field(
        description="Language of the record's own words, of a source that of the document (BCP 47); null = not said.",
        examples=["en"],
    )
    notes: list[str] = Field(description="Notes of the coders.", examples=[["Venue not named in the article."]])
    caveats: list[Caveat] = Field(
        description="Doubts about single fields.",
        examples=[[{"field": "start", "confidence": "low", "basis": "inferred", "text": "the year is not printed"}]],
    )
    coded_from: dict[str, str] = Field(
        description="Words of the material for fields that were mapped to a closed list.",
        examples=[{"format": "bilateral delegations"}],
    )
    external_ids: list[ExternalIdView] = Field(description="Identifiers in other data sets.", examples=[[EXTERNAL_ID]])
    citations: list[CitationRef] = Field(
        description="Who says so: each claim's place in a source.", examples=[[CITATION]]
    )
    created_at: Instant = Field(description="When it was stored (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    row_version: int = Field(description="Number of the record's version; `ETag` of the record.", examples=[1])


class RecordSummary(BaseModel):
    """The head that each record shows in a list, and the order in which all its fields are read."""

    model_config = ConfigDict(extra="forbid")

    #: The table that the schema is a view of.
    model: ClassVar[type[Record]]
    #: The classes of its records in linked data, as JSON-LD's context abbreviates them.
    linked_as: ClassVar[tuple[str, ...]] = ()

    id: UUID = Field(description="Identifier, for ever the same.", examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description="Readable identifier, used in addresses.", examples=["istanbul-2025-06-02"])

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Head, own fields, tail, what a detail adds: inheritance alone would put the own fields last."""
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
    """The base of what is written inside a record."""

    model_config = ConfigDict(extra="forbid")


class ExternalIdWrite(Part):
    """A record's identity in another data set."""

    scheme: Slug = Field(description="The data set's scheme.", examples=["wikidata"])
    value: Line = Field(description="The id there.", examples=["Q159"])
    uri: WebAddress | None = Field(
        None, description="Its address; null = none.", examples=["http://www.wikidata.org/entity/Q159"]
    )
    valid_from: EdtfDate | None = Field(None, description="From when (EDTF); null = always.", examples=["1991"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="Until when (EDTF); null = still.", examples=["2024"]
    )


class AttributionWrite(Part):
    """One link of an attribution chain: who says so, or who passed it on; in words, as references, or both."""

    text: Line | None = Field(
        None, description="The link in the words of the document.", examples=["source familiar with the talks"]
    )
    party: PartyKey | None = Field(
        None, description="The party that says so: slug, id or `scheme:value`; null = none.", examples=["interfax"]
    )
    person: PersonKey | None = Field(
        None, description="The person who says so: slug, id or `scheme:value`; null = none.", examples=["rustem-umerov"]
    )
    source: SourceKey | None = Field(
        None,
        description="The document that says so: slug, id or `scheme:value`; null = none.",
        examples=["interfax-unnamed-source-2025-06-02"],
    )

    @model_validator(mode="before")
    @classmethod
    def _takes_a_text(cls, value: Any) -> Any:
        """Files and clients from before references send plain texts."""
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not given(self, ("text", "party", "person", "source")):
            raise refusal(
                "attribution", "A link needs a `text`, a `party`, a `person` or a `source`; give one at least."
            )
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The object, or its text alone."""
        schema = handler.resolve_ref_schema(handler(core))
        title, about = schema.pop("title"), schema.pop("description")
        text = {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Short for an object with this text.",
        }
        return {"title": title, "description": about, "anyOf": [schema, text]}


class CitationWrite(Part):
    """A citation written inside the record that it speaks of."""

    slug: Slug | None = Field(
        None,
        description="Its readable identifier; made from the record's and the source's where left out.",
        examples=["istanbul-2025-06-02-per-moscow-times-2025-06-02-memorandum"],
    )
    source: Annotated[RecordKey, Ref("sources")] = Field(
        description="The document: slug, id or `scheme:value`.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    key: Line | None = Field(
        None,
        description="Tells it from the record's others; made from source, field and verdict where left out.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    field: FieldPointer | None = Field(
        None,
        description="JSON Pointer to the field it speaks of, nested rows by key; null = the whole record.",
        examples=["/duration_minutes"],
    )
    verdict: Verdict = Field(Verdict.SUPPORTS, description="What the source says of it.", examples=["supports"])
    asserted_value: JsonValue | None = Field(
        None, description="What the source says, where it differs or matters.", examples=[40]
    )
    locator: Line | None = Field(None, description="Place in the document.", examples=["paragraph 9"])
    quote: Prose | None = Field(None, description="Words of the document.", examples=["a 2.5-hour in-person meeting"])
    attribution: list[AttributionWrite] = Field(
        default_factory=list,
        description='Who says so, from the first teller to the document. A plain text is short for `{"text": …}`.',
        examples=[[{"text": "source familiar with the talks"}, {"text": "Interfax", "party": "interfax"}]],
    )
    public_by: EdtfDate | None = Field(None, description="Day by which it was public.", examples=["2025-06-02"])
    confidence: Confidence | None = Field(None, description="How sure the coder is.", examples=["low"])
    coder: Line | None = Field(None, description="Who coded it.", examples=["seed"])
    note: Prose | None = Field(None, description="Note.", examples=["headline only, the article was not seen"])


class RecordWrite(BaseModel):
    """What every record takes when written; left out of a PUT: the default, of a PATCH: as it is."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    slug: Slug | None = Field(
        None,
        description="Readable identifier; made from the title where left out.",
        examples=["istanbul-2025-06-02"],
    )
    lang: Lang | None = Field(
        None,
        description="Language of the record's own words (BCP 47), by which they are searched; null = not said.",
        examples=["en"],
    )
    notes: list[Prose] = Field(
        default_factory=list, description="Notes of the coders.", examples=[["Venue not named."]]
    )
    confidence: Confidence | None = Field(None, description="How sure the coding is.", examples=["low"])
    review: Review = Field(Review.DRAFT, description="How far the coding was checked.", examples=["draft"])
    caveats: list[Caveat] = Field(
        default_factory=list,
        description="Doubts about single fields.",
        examples=[[{"field": "start", "confidence": "low", "basis": "inferred", "text": "the year is not printed"}]],
    )
    coded_from: dict[Line, Prose] = Field(
        default_factory=dict,
        description="Words of the material for fields that were mapped to a closed list.",
        examples=[{"format": "bilateral delegations"}],
    )
    external_ids: Annotated[list[ExternalIdWrite], distinct("scheme", "value")] = Field(
        default_factory=list,
        description="Identifiers in other data sets.",
        examples=[[{"scheme": "wikidata", "value": "Q159"}]],
    )
    citations: list[CitationWrite] = Field(
        default_factory=list,
        description="Who says so.",
        examples=[[{"source": "moscow-times-2025-06-02-memorandum", "locator": "paragraph 9"}]],
    )
