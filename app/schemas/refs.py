"""The one-line forms in which records mention each other."""

from typing import ClassVar

from pydantic import ConfigDict, Field

from app.db.vocabulary import AccountKind, PartKind, PartyKind, Stance
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.schemas.examples import ATTRIBUTION, SOURCE, UKRAINE, UMEROV


class Mention(Dated):
    """The base of all mentions: enough to show a line and to follow it."""

    model_config = ConfigDict(extra="forbid")

    #: The collection of the mentioned record, if it has an address of its own.
    opens: ClassVar[str | None] = None
    #: The collection of the record that the form is itself, where `include=` does not open it.
    belongs_to: ClassVar[str | None] = None
    #: The collection of the codes that rows of this form tie a record to.
    code_collection: ClassVar[str | None] = None


class Opening(Mention):
    """A mention that `include=` opens: the record's summary then stands in its place, which holds all of the mention."""

    model_config = ConfigDict(extra="allow")


class ProcessRef(Opening):
    opens = "processes"

    slug: str = Field(description="Slug of the process.", examples=["russia-ukraine"])
    title: str = Field(description="Its title.", examples=["Russia–Ukraine settlement"])


class PartyRef(Opening):
    opens = "parties"

    slug: str = Field(description="Slug of the party.", examples=["russia"])
    name: str = Field(description="Its name.", examples=["Russia"])
    kind: PartyKind = Field(description="What kind of actor it is.", examples=["state"])


class PersonRef(Opening):
    opens = "people"

    slug: str = Field(description="Slug of the person.", examples=["rustem-umerov"])
    name: str = Field(description="The name.", examples=["Rustem Umerov"])


class PlaceRef(Opening):
    opens = "places"

    slug: str = Field(description="Slug of the place.", examples=["istanbul"])
    name: str = Field(description="Its name.", examples=["Istanbul"])


class TalkRef(Opening):
    opens = "talks"

    slug: str = Field(description="Slug of the talk.", examples=["istanbul-2025-06-02"])
    title: str = Field(description="Its title.", examples=["Istanbul talks of 2 June 2025"])
    start: EdtfText | None = Field(description="First day (EDTF); null = unknown.", examples=["2025-06-02"])


class ProposalRef(Opening):
    opens = "proposals"

    slug: str = Field(description="Slug of the proposal.", examples=["russian-memorandum-2025-06-02"])
    title: str = Field(description="Its title.", examples=["Russian memorandum of 2 June 2025"])
    tabled_on: EdtfText | None = Field(description="Day it was tabled (EDTF); null = unknown.", examples=["2025-06-02"])


class AccountRef(Mention):
    slug: str = Field(description="Slug of the account.", examples=["russian-memorandum-2025-06-02-text"])
    kind: AccountKind = Field(description="What kind of telling it is.", examples=["text"])
    is_reference: bool = Field(description="Whether lists and counts read this one.", examples=[True])


class PartRef(Mention):
    key: str = Field(description="Key of the part within its account.", examples=["option-1"])
    kind: PartKind = Field(description="Section or option.", examples=["option"])
    label: str | None = Field(description="Label as printed; null = none.", examples=["1"])
    title: str | None = Field(description="Title; null = none.", examples=["Option 1"])
    alternative_group: str | None = Field(
        description="Options of one group exclude each other; null = no alternative.", examples=["frameworks"]
    )


class DemandRef(Opening):
    opens = "demands"

    slug: str = Field(description="Slug of the demand.", examples=["article-2025-06-02-1-1"])
    number: str | None = Field(description="Number as printed; null = none.", examples=["1.1"])
    text: str = Field(description="What is demanded.", examples=["Ukraine withdraws completely from the four regions"])


class ResponseRef(Opening):
    opens = "responses"

    slug: str = Field(
        description="Slug of the response.", examples=["article-on-russian-memorandum-2025-06-02-ukraine-2025-06-02"]
    )
    responder: PartyRef = Field(description="Who answered.", examples=[UKRAINE])
    stance: Stance = Field(description="The answer.", examples=["no_comment"])
    said_on: EdtfText | None = Field(description="Day of the answer (EDTF); null = unknown.", examples=["2025-06-02"])


class AgreementRef(Opening):
    opens = "agreements"

    slug: str = Field(description="Slug of the agreement.", examples=["prisoner-exchange-2025-06-02"])
    title: str = Field(description="Its title.", examples=["Exchange agreed in Istanbul on 2 June 2025"])


class IssueRef(Opening):
    opens = "issues"

    code: str = Field(description="Code of the issue.", examples=["CEAS.TRUCE"])
    label: str = Field(description="Its label.", examples=["Truce"])


class SourceRef(Opening):
    opens = "sources"

    slug: str = Field(description="Slug of the source.", examples=["moscow-times-2025-06-02-memorandum"])
    title: str = Field(description="Its title.", examples=["Russia presents a memorandum with two frameworks"])
    publisher: str | None = Field(description="Publisher; null = unknown.", examples=["The Moscow Times"])
    published: EdtfText | None = Field(
        description="Date of publication (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    url: str | None = Field(description="Address; null = none known.", examples=["https://tass.ru/politika/24117657"])


class RecordRef(Mention):
    collection: str = Field(description="Collection of the record.", examples=["proposals"])
    slug: str = Field(description="Its slug.", examples=["russian-memorandum-2025-06-02"])


class AttributionView(Mention):
    """One link of an attribution chain."""

    text: str | None = Field(
        description="The link in the words of the document; null = only references.",
        examples=["source familiar with the talks"],
    )
    party: PartyRef | None = Field(description="The party that says so; null = none named.", examples=[UKRAINE])
    person: PersonRef | None = Field(description="The person who says so; null = none named.", examples=[UMEROV])
    source: SourceRef | None = Field(description="The document that says so; null = none named.", examples=[SOURCE])


class CitationRef(Mention):
    """A citation as it stands inside the record that it speaks of."""

    belongs_to = "citations"

    slug: str = Field(description="Slug of the citation.", examples=["istanbul-2025-06-02-principals-on-moscow-times"])
    source: SourceRef = Field(description="The document.", examples=[SOURCE])
    field: str | None = Field(
        description="JSON Pointer to the field it speaks of, nested rows by key; null = the whole record.",
        examples=["/duration_minutes"],
    )
    verdict: str = Field(description="supports, contradicts or silent.", examples=["supports"])
    asserted_value: object | None = Field(
        description="What the source says instead, or in its own words; null = not recorded.", examples=[40]
    )
    locator: str | None = Field(description="Place in the document; null = none.", examples=["paragraph 9"])
    quote: str | None = Field(
        description="Words of the document; null = none.", examples=["a 2.5-hour in-person meeting"]
    )
    attribution: list[AttributionView] = Field(
        description="Who says so, from the first teller to the document.", examples=[ATTRIBUTION]
    )
    public_by: EdtfText | None = Field(
        description="Day by which it was public (EDTF); null = see the source.", examples=["2025-06-02"]
    )
    confidence: str | None = Field(description="How sure the coder is; null = nobody judged.", examples=["low"])
    note: str | None = Field(description="Note; null = none.", examples=["headline only, the article was not seen"])


class ExternalIdView(Mention):
    """A record's identity in another data set."""

    scheme: str = Field(description="The data set's scheme.", examples=["wikidata"])
    value: str = Field(description="The id there.", examples=["Q159"])
    uri: str | None = Field(description="Its address; null = none.", examples=["http://www.wikidata.org/entity/Q159"])
    valid_from: EdtfText | None = Field(description="From when (EDTF); null = always.", examples=["1991"])
    valid_to: EdtfText | None = Field(description="Until when (EDTF); null = still.", examples=["1990"])
