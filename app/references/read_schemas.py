"""Read schemas of issues, sources and citations."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, JsonValue

from app.db.base import Record
from app.db.references import Citation, Issue, Source
from app.db.vocabulary import PublishedBasis, SourceKind, Verdict
from app.domain.types import EdtfText
from app.reading.markers import Included
from app.schemas.examples import ATTRIBUTION, ISSUE, SOURCE
from app.schemas.nested_reads import Branch
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import AttributionView, IssueRef, RecordRef, SourceRef

_TOP = {"code": "EXTL", "label": "External alignment, arms control"}


class IssueSummary(RecordTail, RecordSummary):
    """A subject of negotiation, as lists show it."""

    model: ClassVar[type[Record]] = Issue
    linked_as = ("Issue", "skos:Concept")

    code: str = Field(
        description="The code of the issue. A code is never reused for another issue.", examples=["EXTL.NEUTRALITY"]
    )
    label: str = Field(description="The label of the issue.", examples=["Neutrality"])
    labels: dict[str, str] = Field(
        description="The label in other languages, by language (BCP 47). `q=` finds these too. Those of the bundled issues are"
        " this project's own translations of the English labels.",
        examples=[{"fr": "Neutralité", "uk": "Нейтралітет"}],
    )
    broader: IssueRef | None = Field(
        description="The issue directly above this one; null = a top-level issue.", examples=[_TOP]
    )
    narrower: Annotated[Branch, Included("issues", by="broader")] = Field(
        default_factory=list,
        description="The issues directly below this one; only with `include=narrower`.",
        examples=[[ISSUE]],
    )


class IssueDetail(RecordDetail, IssueSummary):
    """A subject of negotiation, in a taxonomy."""

    definition: str | None = Field(
        description="The definition; null = the label is self-explanatory.",
        examples=["No membership of military alliances."],
    )
    scope_note: str | None = Field(
        description="A note on what the issue covers and what belongs elsewhere; null = none.",
        examples=["of a state or government; as a partner in talks: PROC.RECOGNITION"],
    )
    exact_match: list[str] = Field(
        description="The codes in other vocabularies with the same meaning, as `scheme:code`.", examples=[["pax:Cease"]]
    )
    close_match: list[str] = Field(
        description="The codes in other vocabularies with nearly the same meaning, as `scheme:code`.",
        examples=[["cameo:0871"]],
    )
    valid_from: EdtfText | None = Field(
        description="The first day on which the issue may be used (EDTF); null = always.", examples=["2026-11-22"]
    )
    valid_to: EdtfText | None = Field(
        description="The last day on which the issue may be used (EDTF); null = still in use.", examples=["2027-01-01"]
    )
    replaced_by: IssueRef | None = Field(description="The issue that replaced this one; null = none.", examples=[ISSUE])
    narrower: Annotated[list[IssueRef] | list[Any], Included("issues", by="broader")] = Field(
        default_factory=list,
        description="The issues directly below this one: mentions, or summaries with `include=narrower`.",
        examples=[[ISSUE]],
    )


class SourceSummary(RecordTail, RecordSummary):
    """A document that can be consulted, as lists show it."""

    model: ClassVar[type[Record]] = Source
    linked_as = ("Source", "schema:CreativeWork")

    title: str = Field(
        description="The title.",
        examples=["Russia Presents Memorandum With Two Frameworks for Ending the War"],
    )
    kind: SourceKind | None = Field(description="The kind of document; null = unknown.", examples=["news"])
    publisher: str | None = Field(description="The publisher; null = unknown.", examples=["The Moscow Times"])
    published: EdtfText | None = Field(
        description="The date of publication (EDTF), which may contradict the date of the event; null = unknown.",
        examples=["2025-06-02"],
    )
    published_basis: PublishedBasis | None = Field(
        description="The basis of the date of publication; null = not stated.", examples=["url"]
    )
    lang: str | None = Field(
        description="The language of the record's texts, or of the document if the record is a source (BCP 47); null = not stated.",
        examples=["en"],
    )
    url: str | None = Field(
        description="The URL of the document; null = none known.", examples=["https://tass.ru/politika/24117657"]
    )
    reliability: str | None = Field(
        description="The reliability, in one word; null = not assessed.", examples=["partisan"]
    )


class SourceDetail(RecordDetail, SourceSummary):
    """A document that can be consulted."""

    summary: str | None = Field(description="A summary; null = none.", examples=["Report on the Istanbul talks."])
    authors: list[str] = Field(description="The authors, as printed.", examples=[["AFP"]])
    archived_url: str | None = Field(
        description="The URL of an archived copy; null = none known.",
        examples=["https://web.archive.org/web/2025/https://tass.ru/politika/24117657"],
    )
    accessed_on: EdtfText | None = Field(
        description="The day on which the document was accessed (EDTF); null = unknown.", examples=["2026-11-20"]
    )
    via: SourceRef | None = Field(
        description="The source through which the document is known; null = consulted directly.", examples=[SOURCE]
    )
    reliability_note: str | None = Field(
        description="The reason for the reliability rating; null = not stated.",
        examples=["single unnamed source, relayed"],
    )
    licence: str | None = Field(description="The license of the document; null = unknown.", examples=["CC-BY-4.0"])


class CitationSummary(RecordTail, RecordSummary):
    """The place in a source that supports, contradicts or is silent on one statement, as lists show it."""

    model: ClassVar[type[Record]] = Citation
    linked_as = ("Citation", "oa:Annotation")

    target: RecordRef = Field(
        description="The record that the citation is about.",
        examples=[{"collection": "talks", "slug": "istanbul-2025-06-02"}],
    )
    field: str | None = Field(
        description="The field that the citation is about, as a JSON Pointer with nested rows by key; null = the whole record.",
        examples=["/duration_minutes"],
    )
    source: SourceRef = Field(description="The cited source.", examples=[SOURCE])
    verdict: Verdict = Field(
        description="Whether the source supports or contradicts the claim, or is silent on it.", examples=["supports"]
    )
    asserted_value: JsonValue = Field(
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
    coder: str | None = Field(description="The coder; null = not stated.", examples=["seed"])


class CitationDetail(RecordDetail, CitationSummary):
    """A citation: the place in a source to check for one statement of a record. The source supports the statement there,
    contradicts it, or is silent on it."""

    key: str = Field(
        description="The key that identifies the citation among those of the record.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    note: str | None = Field(description="A note; null = none.", examples=["headline only, the article was not seen"])
