"""What is read of issues, sources and citations."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, JsonValue

from app.db.base import Record
from app.db.references import Citation, Issue, Source
from app.db.vocabulary import PublishedBasis, SourceKind, Verdict
from app.domain.types import EdtfText
from app.reading.markers import Included
from app.schemas.examples import ATTRIBUTION, ISSUE, SOURCE
from app.schemas.nested_reads import Branch
from app.schemas.record import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import AttributionView, IssueRef, RecordRef, SourceRef

_TOP = {"code": "EXTL", "label": "External alignment, arms control"}


class IssueSummary(RecordTail, RecordSummary):
    """What is negotiated about, as lists show it."""

    model: ClassVar[type[Record]] = Issue
    linked_as = ("Issue", "skos:Concept")

    code: str = Field(description="Its code, never used again for another.", examples=["EXTL.NEUTRALITY"])
    label: str = Field(description="Its name.", examples=["Neutrality"])
    labels: dict[str, str] = Field(
        description="Its name in other languages, by language (BCP 47); `q=` finds it by these, too. Those of the bundled"
        " issues are this project's own translations of the English ones.",
        examples=[{"fr": "Neutralité", "uk": "Нейтралітет"}],
    )
    broader: IssueRef | None = Field(
        description="The issue under which it lies; null = a top category.", examples=[_TOP]
    )
    narrower: Annotated[Branch, Included("issues", by="broader")] = Field(
        default_factory=list,
        description="The issues directly under it; comes with `include=narrower`.",
        examples=[[ISSUE]],
    )


class IssueDetail(RecordDetail, IssueSummary):
    """What is negotiated about."""

    definition: str | None = Field(
        description="What it means; null = the label says it.",
        examples=["No membership of military alliances."],
    )
    scope_note: str | None = Field(
        description="What belongs here and what elsewhere; null = nothing to add.",
        examples=["of a state or government; as a partner in talks: PROC.RECOGNITION"],
    )
    exact_match: list[str] = Field(
        description="Codes elsewhere that mean the same, as `scheme:code`.", examples=[["pax:Cease"]]
    )
    close_match: list[str] = Field(description="Codes elsewhere that mean nearly the same.", examples=[["cameo:0871"]])
    valid_from: EdtfText | None = Field(
        description="From when it may be used (EDTF); null = always.", examples=["2026-11-22"]
    )
    valid_to: EdtfText | None = Field(
        description="Until when it may be used (EDTF); null = still.", examples=["2027-01-01"]
    )
    replaced_by: IssueRef | None = Field(description="The issue that took its place; null = none.", examples=[ISSUE])
    narrower: Annotated[list[IssueRef] | list[Any], Included("issues", by="broader")] = Field(
        default_factory=list,
        description="The issues directly under it: mentions, or with `include=narrower` summaries.",
        examples=[[ISSUE]],
    )


class SourceSummary(RecordTail, RecordSummary):
    """A document that one can consult, as lists show it."""

    model: ClassVar[type[Record]] = Source
    linked_as = ("Source", "schema:CreativeWork")

    title: str = Field(
        description="Its title.",
        examples=["Russia Presents Memorandum With Two Frameworks for Ending the War"],
    )
    kind: SourceKind | None = Field(description="What kind of document it is; null = unknown.", examples=["news"])
    publisher: str | None = Field(description="Who published it; null = unknown.", examples=["The Moscow Times"])
    published: EdtfText | None = Field(
        description="When it was published (EDTF), even where that clashes with the event; null = unknown.",
        examples=["2025-06-02"],
    )
    published_basis: PublishedBasis | None = Field(
        description="What that date rests on; null = not said.", examples=["url"]
    )
    lang: str | None = Field(description="Its language (BCP 47); null = unknown.", examples=["en"])
    url: str | None = Field(
        description="Its address; null = none known.", examples=["https://tass.ru/politika/24117657"]
    )
    reliability: str | None = Field(
        description="How reliable it is, in a word; null = not judged.", examples=["partisan"]
    )


class SourceDetail(RecordDetail, SourceSummary):
    """A document that one can consult."""

    summary: str | None = Field(
        description="What it is, in short; null = not written.", examples=["Report on the Istanbul talks."]
    )
    authors: list[str] = Field(description="Who wrote it, as printed.", examples=[["AFP"]])
    archived_url: str | None = Field(
        description="The address of an archived copy; null = none known.",
        examples=["https://web.archive.org/web/2025/https://tass.ru/politika/24117657"],
    )
    accessed_on: EdtfText | None = Field(
        description="When it was read (EDTF); null = unknown.", examples=["2026-11-20"]
    )
    via: SourceRef | None = Field(description="The source that relays it; null = seen itself.", examples=[SOURCE])
    reliability_note: str | None = Field(
        description="Why it was judged so; null = not said.", examples=["single unnamed source, relayed"]
    )
    licence: str | None = Field(description="Under which licence it stands; null = unknown.", examples=["CC-BY-4.0"])


class CitationSummary(RecordTail, RecordSummary):
    """The place in a source that supports, contradicts or is silent on one statement, as lists show it."""

    model: ClassVar[type[Record]] = Citation
    linked_as = ("Citation", "oa:Annotation")

    target: RecordRef = Field(
        description="The record it speaks of.",
        examples=[{"collection": "talks", "slug": "istanbul-2025-06-02"}],
    )
    field: str | None = Field(
        description="JSON Pointer to the field it speaks of, nested rows by key; null = the whole record.",
        examples=["/duration_minutes"],
    )
    source: SourceRef = Field(description="The document.", examples=[SOURCE])
    verdict: Verdict = Field(description="What the source says of it.", examples=["supports"])
    asserted_value: JsonValue = Field(
        description="What the source says, where it differs or matters; null = not recorded.", examples=[40]
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
    coder: str | None = Field(description="Who coded it; null = not said.", examples=["seed"])


class CitationDetail(RecordDetail, CitationSummary):
    """The place in a source that supports, contradicts or is silent on one statement of one record."""

    key: str = Field(
        description="Tells it from the target's other citations.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    note: str | None = Field(description="Note; null = none.", examples=["headline only, the article was not seen"])
