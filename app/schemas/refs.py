"""Mentions: the short objects that stand for another record in a response."""

from typing import ClassVar

from pydantic import ConfigDict, Field, JsonValue

from app.db.vocabulary import AccountKind, PartKind, PartyKind, Stance
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.schemas import descriptions
from app.schemas.examples import ATTRIBUTION, SOURCE, UKRAINE, UMEROV


class RecordMention(Dated):
    """Base of all mentions: a mention has enough fields to display the record and to look it up."""

    model_config = ConfigDict(extra="forbid")

    #: The collection of the mentioned record, if `include=` can replace the mention with the record's summary.
    opens: ClassVar[str | None] = None
    #: The collection of the record that this schema represents, if `include=` does not replace it.
    belongs_to: ClassVar[str | None] = None
    #: For rows that link a record to a code: the collection of the codes.
    code_collection: ClassVar[str | None] = None


class Opening(RecordMention):
    """A mention that `include=` replaces with the record's summary. The summary has all fields of the mention."""

    model_config = ConfigDict(extra="allow")


class ProcessRef(Opening):
    opens = "processes"

    slug: str = Field(description=descriptions.SLUG, examples=["russia-ukraine"])
    title: str = Field(description=descriptions.TITLE, examples=["Russia–Ukraine settlement"])


class PartyRef(Opening):
    opens = "parties"

    slug: str = Field(description=descriptions.SLUG, examples=["russia"])
    name: str = Field(description=descriptions.DISPLAY_NAME, examples=["Russia"])
    kind: PartyKind = Field(description="The kind of actor.", examples=["state"])


class PersonRef(Opening):
    opens = "people"

    slug: str = Field(description=descriptions.SLUG, examples=["rustem-umerov"])
    name: str = Field(description=descriptions.DISPLAY_NAME, examples=["Rustem Umerov"])


class PlaceRef(Opening):
    opens = "places"

    slug: str = Field(description=descriptions.SLUG, examples=["istanbul"])
    name: str = Field(description=descriptions.DISPLAY_NAME, examples=["Istanbul"])


class TalkRef(Opening):
    opens = "talks"

    slug: str = Field(description=descriptions.SLUG, examples=["istanbul-2025-06-02"])
    title: str = Field(description=descriptions.TITLE, examples=["Istanbul talks of 2 June 2025"])
    start: EdtfText | None = Field(description=descriptions.START, examples=["2025-06-02"])


class ProposalRef(Opening):
    opens = "proposals"

    slug: str = Field(
        description=descriptions.SLUG,
        examples=["russian-memorandum-2025-06-02"],
    )
    title: str = Field(description=descriptions.TITLE, examples=["Russian memorandum of 2 June 2025"])
    tabled_on: EdtfText | None = Field(description=descriptions.TABLED_ON, examples=["2025-06-02"])


class AccountRef(RecordMention):
    slug: str = Field(
        description=descriptions.ACCOUNT_SLUG,
        examples=["russian-memorandum-2025-06-02-text"],
    )
    kind: AccountKind = Field(description=descriptions.ACCOUNT_KIND, examples=["text"])
    is_reference: bool = Field(description=descriptions.IS_REFERENCE, examples=[True])


class PartRef(RecordMention):
    key: str = Field(description=descriptions.PART_KEY, examples=["option-1"])
    kind: PartKind = Field(description=descriptions.PART_KIND, examples=["option"])
    label: str | None = Field(description=descriptions.LABEL, examples=["1"])
    title: str | None = Field(description=descriptions.DELEGATION_TITLE, examples=["Option 1"])
    alternative_group: str | None = Field(
        description=descriptions.ALTERNATIVE_GROUP,
        examples=["frameworks"],
    )


class DemandRef(Opening):
    opens = "demands"

    slug: str = Field(description=descriptions.SLUG, examples=["article-2025-06-02-1-1"])
    number: str | None = Field(description=descriptions.NUMBER, examples=["1.1"])
    text: str = Field(
        description=descriptions.DEMAND_TEXT, examples=["Ukraine withdraws completely from the four regions"]
    )


class ResponseRef(Opening):
    opens = "responses"

    slug: str = Field(
        description=descriptions.SLUG,
        examples=["article-on-russian-memorandum-2025-06-02-ukraine-2025-06-02"],
    )
    responder: PartyRef = Field(description=descriptions.RESPONDER, examples=[UKRAINE])
    stance: Stance = Field(description="The stance taken.", examples=["no_comment"])
    said_on: EdtfText | None = Field(
        description=descriptions.SAID_ON,
        examples=["2025-06-02"],
    )


class AgreementRef(Opening):
    opens = "agreements"

    slug: str = Field(description=descriptions.SLUG, examples=["prisoner-exchange-2025-06-02"])
    title: str = Field(description=descriptions.TITLE, examples=["Exchange agreed in Istanbul on 2 June 2025"])


class IssueRef(Opening):
    opens = "issues"

    code: str = Field(description="The code of the issue.", examples=["CEAS.TRUCE"])
    label: str = Field(description="The label of the issue.", examples=["Truce"])


class SourceRef(Opening):
    opens = "sources"

    slug: str = Field(
        description=descriptions.SLUG,
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    title: str = Field(description=descriptions.TITLE, examples=["Russia presents a memorandum with two frameworks"])
    publisher: str | None = Field(description=descriptions.PUBLISHER, examples=["The Moscow Times"])
    published: EdtfText | None = Field(
        description=descriptions.PUBLISHED,
        examples=["2025-06-02"],
    )
    url: str | None = Field(description=descriptions.URL, examples=["https://tass.ru/politika/24117657"])


class RecordRef(RecordMention):
    collection: str = Field(description=descriptions.COLLECTION, examples=["proposals"])
    slug: str = Field(description=descriptions.OUTCOME_SLUG, examples=["russian-memorandum-2025-06-02"])


class AttributionView(RecordMention):
    """One link of an attribution chain."""

    text: str | None = Field(
        description=descriptions.ATTRIBUTION_TEXT,
        examples=["source familiar with the talks"],
    )
    party: PartyRef | None = Field(
        description="The party that made or relayed the claim; null = none named.", examples=[UKRAINE]
    )
    person: PersonRef | None = Field(
        description="The person who made or relayed the claim; null = none named.", examples=[UMEROV]
    )
    source: SourceRef | None = Field(
        description="The document that made or relayed the claim; null = none named.", examples=[SOURCE]
    )


class CitationRef(RecordMention):
    """A citation as shown inside the record that it is about."""

    belongs_to = "citations"

    slug: str = Field(
        description=descriptions.SLUG,
        examples=["istanbul-2025-06-02-principals-on-moscow-times"],
    )
    source: SourceRef = Field(description=descriptions.SOURCE, examples=[SOURCE])
    field: str | None = Field(
        description=descriptions.FIELD,
        examples=["/duration_minutes"],
    )
    verdict: str = Field(description=descriptions.VERDICT, examples=["supports"])
    asserted_value: object | None = Field(
        description=descriptions.ASSERTED_VALUE,
        examples=[40],
    )
    locator: str | None = Field(description=descriptions.LOCATOR, examples=["paragraph 9"])
    quote: str | None = Field(description=descriptions.CITATION_QUOTE, examples=["a 2.5-hour in-person meeting"])
    attribution: list[AttributionView] = Field(description=descriptions.ATTRIBUTION, examples=[ATTRIBUTION])
    public_by: EdtfText | None = Field(
        description=descriptions.PUBLIC_BY,
        examples=["2025-06-02"],
    )
    confidence: str | None = Field(description=descriptions.CONFIDENCE, examples=["low"])
    note: str | None = Field(description=descriptions.NOTE, examples=["headline only, the article was not seen"])


class CodingView(RecordMention):
    """The value that a coder gave to a field of the record."""

    coder: str = Field(description=descriptions.CODER, examples=["anna"])
    field: str = Field(description=descriptions.CODING_FIELD, examples=["/kind"])
    value: JsonValue = Field(description=descriptions.CODING_VALUE, examples=["plenary"])
    coded_on: EdtfText | None = Field(description=descriptions.CODED_ON, examples=["2026-11-20"])


class ExternalIdView(RecordMention):
    """A record's identity in another data set."""

    scheme: str = Field(description=descriptions.SCHEME, examples=["wikidata"])
    value: str = Field(description=descriptions.VALUE, examples=["Q159"])
    uri: str | None = Field(description=descriptions.URI, examples=["http://www.wikidata.org/entity/Q159"])
    valid_from: EdtfText | None = Field(description=descriptions.EXTERNAL_ID_VALID_FROM, examples=["1991"])
    valid_to: EdtfText | None = Field(description=descriptions.EXTERNAL_ID_VALID_TO, examples=["1990"])
