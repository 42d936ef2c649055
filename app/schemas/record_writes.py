"""The fields that the write schemas of all records have in common, with external ids, codings and citations."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, JsonValue, model_validator
from pydantic_core import CoreSchema

from app.db.vocabulary import Confidence, Review, Verdict
from app.domain.keys import PartyKey, PersonKey, RecordKey, Ref, SourceKey
from app.domain.texts import FieldPointer, Line, Prose, Slug, WebAddress, refusal
from app.domain.types import Edtf, EdtfDate, Lang
from app.reading.selection import marker_of
from app.schemas import descriptions
from app.schemas.descriptions import as_key
from app.schemas.validators import distinct, given, not_before
from app.schemas.values import Caveat
from app.schemas.written_dates import with_computed_dates


class NestedWrite(BaseModel):
    """Base of the schemas of entries that are written inside a record."""

    model_config = ConfigDict(extra="forbid")


class ExternalIdWrite(NestedWrite):
    """A record's identity in another data set."""

    scheme: Slug = Field(description=descriptions.SCHEME, examples=["wikidata"])
    value: Line = Field(description=descriptions.VALUE, examples=["Q159"])
    uri: WebAddress | None = Field(None, description=descriptions.URI, examples=["http://www.wikidata.org/entity/Q159"])
    valid_from: EdtfDate | None = Field(None, description=descriptions.EXTERNAL_ID_VALID_FROM, examples=["1991"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description=descriptions.EXTERNAL_ID_VALID_TO, examples=["2024"]
    )


class CodingWrite(NestedWrite):
    """The value that a coder gave to a field of the record."""

    coder: Line = Field(description=descriptions.CODER, examples=["anna"])
    field: FieldPointer = Field(description=descriptions.CODING_FIELD, examples=["/kind"])
    value: JsonValue = Field(
        description=f"{descriptions.CODING_VALUE} It must be a value that the field accepts.", examples=["plenary"]
    )
    coded_on: EdtfDate | None = Field(None, description=descriptions.CODED_ON, examples=["2026-11-20"])


class AttributionWrite(NestedWrite):
    """One link of an attribution chain: who made or relayed the claim, in words, as references, or both."""

    text: Line | None = Field(
        None,
        description=descriptions.ATTRIBUTION_TEXT,
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
    def _takes_a_text(cls, value: object) -> object:
        """Accept a plain string, which older files and clients send."""
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not given(self, ("text", "party", "person", "source")):
            raise refusal(
                "attribution", "An attribution needs a `text`, a `party`, a `person` or a `source`; give at least one."
            )
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        """Describe both accepted types: the object, or its text alone."""
        schema = handler.resolve_ref_schema(handler(core))
        title, about = schema.pop("title"), schema.pop("description")
        text = {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "A plain string is short for an object with this `text`.",
        }
        return {"title": title, "description": about, "anyOf": [schema, text]}


class CitationInRecord(NestedWrite):
    """A citation written inside the record that it is about."""

    slug: Slug | None = Field(
        None,
        description="The readable identifier of the citation. If omitted, it is made from the slugs of the record and the source.",
        examples=["istanbul-2025-06-02-per-moscow-times-2025-06-02-memorandum"],
    )
    source: Annotated[RecordKey, Ref("sources")] = Field(
        description=as_key(descriptions.SOURCE),
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    key: Line | None = Field(
        None,
        description="The key that identifies the citation among those of the record. If omitted, it is made from source, field and verdict.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    field: FieldPointer | None = Field(
        None,
        description=descriptions.FIELD,
        examples=["/duration_minutes"],
    )
    verdict: Verdict = Field(
        Verdict.SUPPORTS,
        description=descriptions.VERDICT,
        examples=["supports"],
    )
    asserted_value: JsonValue | None = Field(
        None,
        description=descriptions.ASSERTED_VALUE,
        examples=[40],
    )
    locator: Line | None = Field(None, description=descriptions.LOCATOR, examples=["paragraph 9"])
    quote: Prose | None = Field(
        None, description=descriptions.CITATION_QUOTE, examples=["a 2.5-hour in-person meeting"]
    )
    attribution: list[AttributionWrite] = Field(
        default_factory=list,
        description="The attribution chain, from the original speaker to the document. A plain string is short for"
        ' `{"text": …}`.',
        examples=[[{"text": "source familiar with the talks"}, {"text": "Interfax", "party": "interfax"}]],
    )
    public_by: EdtfDate | None = Field(
        None,
        description=descriptions.PUBLIC_BY,
        examples=["2025-06-02"],
    )
    confidence: Confidence | None = Field(None, description=descriptions.CONFIDENCE, examples=["low"])
    coder: Line | None = Field(None, description="The coder; null = not stated.", examples=["seed"])
    note: Prose | None = Field(
        None, description=descriptions.NOTE, examples=["headline only, the article was not seen"]
    )


class RecordWrite(BaseModel):
    """The common fields of all write schemas. An omitted field gets its default in a PUT and is unchanged in a PATCH."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _takes_julian_days(cls, body: object) -> object:
        """Fill the dates that follow from a Julian day."""
        if not isinstance(body, dict) or not body.get("dates_as_written"):
            return body
        return with_computed_dates(body, (name for name, info in cls.model_fields.items() if marker_of(info, Edtf)))

    slug: Slug | None = Field(
        None,
        description=f"{descriptions.SLUG} If omitted, it is made from the title or from other fields.",
        examples=["istanbul-2025-06-02"],
    )
    lang: Lang | None = Field(
        None,
        description=f"{descriptions.LANG} It determines how the texts are searched.",
        examples=["en"],
    )
    notes: list[Prose] = Field(default_factory=list, description=descriptions.NOTES, examples=[["Venue not named."]])
    confidence: Confidence | None = Field(None, description=descriptions.CONFIDENCE, examples=["low"])
    review: Review = Field(Review.DRAFT, description=descriptions.REVIEW, examples=["draft"])
    caveats: list[Caveat] = Field(
        default_factory=list,
        description=descriptions.CAVEATS,
        examples=[[{"field": "start", "confidence": "low", "basis": "inferred", "text": "the year is not printed"}]],
    )
    coded_from: dict[Line, Prose] = Field(
        default_factory=dict,
        description=descriptions.CODED_FROM,
        examples=[{"format": "bilateral delegations"}],
    )
    external_ids: Annotated[list[ExternalIdWrite], distinct("scheme", "value")] = Field(
        default_factory=list,
        description=descriptions.EXTERNAL_IDS,
        examples=[[{"scheme": "wikidata", "value": "Q159"}]],
    )
    codings: Annotated[list[CodingWrite], distinct("coder", "field")] = Field(
        default_factory=list,
        description=descriptions.CODINGS,
        examples=[[{"coder": "anna", "field": "/kind", "value": "plenary", "coded_on": "2026-11-20"}]],
    )
    citations: list[CitationInRecord] = Field(
        default_factory=list,
        description=descriptions.CITATIONS,
        examples=[[{"source": "moscow-times-2025-06-02-memorandum", "locator": "paragraph 9"}]],
    )
