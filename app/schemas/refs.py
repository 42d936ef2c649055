"""Mentions: the short objects that stand for another record in a response."""

from typing import ClassVar

from pydantic import ConfigDict, Field

from app.db.vocabulary import AccountKind, PartKind, PartyKind, Stance
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.schemas.examples import ATTRIBUTION, SOURCE, UKRAINE, UMEROV


class RecordMention(Dated):
    """Base of all mentions: a mention has enough fields to display the record and to look it up."""

    model_config = ConfigDict(extra="forbid")

    #: The collection of the mentioned record, if `include=` can replace the mention with the record's summary.
    opens: ClassVar[str | None] = None
    #: The collection of the record that this schema represents, if `include=` does not replace it.
    belongs_to: ClassVar[str | None] = None
    #: The collection of the codes to which rows of this schema link a record.
    code_collection: ClassVar[str | None] = None


class Opening(RecordMention):
    """A mention that `include=` replaces with the record's summary. The summary has all fields of the mention."""

    model_config = ConfigDict(extra="allow")


class ProcessRef(Opening):
    opens = "processes"

    slug: str = Field(
        description="The readable identifier of the record, as used in URLs.", examples=["russia-ukraine"]
    )
    title: str = Field(description="The title.", examples=["Russia–Ukraine settlement"])


class PartyRef(Opening):
    opens = "parties"

    slug: str = Field(description="The readable identifier of the record, as used in URLs.", examples=["russia"])
    name: str = Field(description="The name.", examples=["Russia"])
    kind: PartyKind = Field(description="The kind of actor.", examples=["state"])


class PersonRef(Opening):
    opens = "people"

    slug: str = Field(description="The readable identifier of the record, as used in URLs.", examples=["rustem-umerov"])
    name: str = Field(description="The name.", examples=["Rustem Umerov"])


class PlaceRef(Opening):
    opens = "places"

    slug: str = Field(description="The readable identifier of the record, as used in URLs.", examples=["istanbul"])
    name: str = Field(description="The name.", examples=["Istanbul"])


class TalkRef(Opening):
    opens = "talks"

    slug: str = Field(
        description="The readable identifier of the record, as used in URLs.", examples=["istanbul-2025-06-02"]
    )
    title: str = Field(description="The title.", examples=["Istanbul talks of 2 June 2025"])
    start: EdtfText | None = Field(description="The first day (EDTF); null = unknown.", examples=["2025-06-02"])


class ProposalRef(Opening):
    opens = "proposals"

    slug: str = Field(
        description="The readable identifier of the record, as used in URLs.",
        examples=["russian-memorandum-2025-06-02"],
    )
    title: str = Field(description="The title.", examples=["Russian memorandum of 2 June 2025"])
    tabled_on: EdtfText | None = Field(
        description="The day on which the proposal was tabled (EDTF); null = unknown.", examples=["2025-06-02"]
    )


class AccountRef(RecordMention):
    slug: str = Field(
        description="The slug of the account, unique among all accounts.",
        examples=["russian-memorandum-2025-06-02-text"],
    )
    kind: AccountKind = Field(
        description="The kind of account: the text itself, a press report, minutes and so on.", examples=["text"]
    )
    is_reference: bool = Field(
        description="Whether this is the reference account, the one that lists and counts use.", examples=[True]
    )


class PartRef(RecordMention):
    key: str = Field(description="The key of the part within its account.", examples=["option-1"])
    kind: PartKind = Field(description="Whether the part is a section or an option.", examples=["option"])
    label: str | None = Field(description="The label as printed; null = none.", examples=["1"])
    title: str | None = Field(description="The title; null = none.", examples=["Option 1"])
    alternative_group: str | None = Field(
        description="The group of mutually exclusive options that the part belongs to; null = it is not an alternative.",
        examples=["frameworks"],
    )


class DemandRef(Opening):
    opens = "demands"

    slug: str = Field(
        description="The readable identifier of the record, as used in URLs.", examples=["article-2025-06-02-1-1"]
    )
    number: str | None = Field(description="The number as printed; null = none.", examples=["1.1"])
    text: str = Field(
        description="The text of the demand.", examples=["Ukraine withdraws completely from the four regions"]
    )


class ResponseRef(Opening):
    opens = "responses"

    slug: str = Field(
        description="The readable identifier of the record, as used in URLs.",
        examples=["article-on-russian-memorandum-2025-06-02-ukraine-2025-06-02"],
    )
    responder: PartyRef = Field(
        description="The party that answered; it need not be an addressee or have sat at the talk.", examples=[UKRAINE]
    )
    stance: Stance = Field(description="The stance taken.", examples=["no_comment"])
    said_on: EdtfText | None = Field(
        description="The day of the response (EDTF); for `no_comment`, the day up to which silence is reported. null = unknown.",
        examples=["2025-06-02"],
    )


class AgreementRef(Opening):
    opens = "agreements"

    slug: str = Field(
        description="The readable identifier of the record, as used in URLs.", examples=["prisoner-exchange-2025-06-02"]
    )
    title: str = Field(description="The title.", examples=["Exchange agreed in Istanbul on 2 June 2025"])


class IssueRef(Opening):
    opens = "issues"

    code: str = Field(description="The code of the issue.", examples=["CEAS.TRUCE"])
    label: str = Field(description="The label of the issue.", examples=["Truce"])


class SourceRef(Opening):
    opens = "sources"

    slug: str = Field(
        description="The readable identifier of the record, as used in URLs.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    title: str = Field(description="The title.", examples=["Russia presents a memorandum with two frameworks"])
    publisher: str | None = Field(description="The publisher; null = unknown.", examples=["The Moscow Times"])
    published: EdtfText | None = Field(
        description="The date of publication (EDTF), which may contradict the date of the event; null = unknown.",
        examples=["2025-06-02"],
    )
    url: str | None = Field(
        description="The URL of the document; null = none known.", examples=["https://tass.ru/politika/24117657"]
    )


class RecordRef(RecordMention):
    collection: str = Field(description="The collection of the record.", examples=["proposals"])
    slug: str = Field(description="The slug of the record.", examples=["russian-memorandum-2025-06-02"])


class AttributionView(RecordMention):
    """One link of an attribution chain."""

    text: str | None = Field(
        description="The link as the document words it; null = only references.",
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
        description="The readable identifier of the record, as used in URLs.",
        examples=["istanbul-2025-06-02-principals-on-moscow-times"],
    )
    source: SourceRef = Field(description="The cited source.", examples=[SOURCE])
    field: str | None = Field(
        description="The field that the citation is about, as a JSON Pointer with nested rows by key; null = the whole record.",
        examples=["/duration_minutes"],
    )
    verdict: str = Field(
        description="Whether the source supports or contradicts the claim, or is silent on it.", examples=["supports"]
    )
    asserted_value: object | None = Field(
        description="The value that the source gives, if it differs or is worth recording; null = not recorded.",
        examples=[40],
    )
    locator: str | None = Field(description="The place in the document; null = none.", examples=["paragraph 9"])
    quote: str | None = Field(
        description="A quotation from the document; null = none.", examples=["a 2.5-hour in-person meeting"]
    )
    attribution: list[AttributionView] = Field(
        description="The attribution chain, from the original speaker to the document.", examples=[ATTRIBUTION]
    )
    public_by: EdtfText | None = Field(
        description="The day by which the claim was public (EDTF); null = the date of the source.",
        examples=["2025-06-02"],
    )
    confidence: str | None = Field(description="The confidence in the coding; null = not assessed.", examples=["low"])
    note: str | None = Field(description="A note; null = none.", examples=["headline only, the article was not seen"])


class ExternalIdView(RecordMention):
    """A record's identity in another data set."""

    scheme: str = Field(description="The scheme, which names the data set.", examples=["wikidata"])
    value: str = Field(description="The identifier in that data set.", examples=["Q159"])
    uri: str | None = Field(
        description="The URL of the entry; null = none.", examples=["http://www.wikidata.org/entity/Q159"]
    )
    valid_from: EdtfText | None = Field(
        description="The first day of validity (EDTF); null = always valid.", examples=["1991"]
    )
    valid_to: EdtfText | None = Field(
        description="The last day of validity (EDTF); null = still valid.", examples=["1990"]
    )
