"""Read schemas of issues, sources and citations."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, JsonValue

from app.db.base import Record
from app.db.references import Citation, Issue, Source
from app.db.vocabulary import PublishedBasis, SourceKind, Verdict
from app.domain.types import EdtfText
from app.reading.markers import Included
from app.references import descriptions
from app.schemas import descriptions as shared
from app.schemas.descriptions import as_mentions, if_included
from app.schemas.examples import ATTRIBUTION, ISSUE, SOURCE
from app.schemas.nested_reads import Branch
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import AttributionView, IssueRef, RecordRef, SourceRef

_TOP = {"code": "EXTL", "label": "External alignment, arms control"}


class IssueSummary(RecordTail, RecordSummary):
    """A subject of negotiation, as shown in lists."""

    model: ClassVar[type[Record]] = Issue
    linked_as = ("Issue", "skos:Concept")

    code: str = Field(
        description=f"{descriptions.CODE} A code is never reused for another issue.", examples=["EXTL.NEUTRALITY"]
    )
    label: str = Field(description=descriptions.LABEL, examples=["Neutrality"])
    labels: dict[str, str] = Field(
        description=f"{descriptions.LABELS} `q=` also searches these labels. The labels of the bundled issues are this project's own translations of the English labels.",
        examples=[{"fr": "Neutralité", "uk": "Нейтралітет"}],
    )
    broader: IssueRef | None = Field(description=descriptions.BROADER, examples=[_TOP])
    narrower: Annotated[Branch, Included("issues", by="broader")] = Field(
        default_factory=list,
        description=if_included(descriptions.NARROWER, "narrower"),
        examples=[[ISSUE]],
    )


class IssueDetail(RecordDetail, IssueSummary):
    """A subject of negotiation, in a taxonomy."""

    definition: str | None = Field(
        description=descriptions.DEFINITION,
        examples=["No membership of military alliances."],
    )
    scope_note: str | None = Field(
        description=descriptions.SCOPE_NOTE,
        examples=["of a state or government; as a partner in talks: PROC.RECOGNITION"],
    )
    exact_match: list[str] = Field(description=descriptions.EXACT_MATCH, examples=[["pax:Cease"]])
    close_match: list[str] = Field(
        description=descriptions.CLOSE_MATCH,
        examples=[["cameo:0871"]],
    )
    valid_from: EdtfText | None = Field(description=descriptions.VALID_FROM, examples=["2026-11-22"])
    valid_to: EdtfText | None = Field(description=descriptions.VALID_TO, examples=["2027-01-01"])
    replaced_by: IssueRef | None = Field(description=descriptions.REPLACED_BY, examples=[ISSUE])
    narrower: Annotated[list[IssueRef] | list[Any], Included("issues", by="broader")] = Field(
        default_factory=list,
        description=as_mentions(descriptions.NARROWER, "narrower"),
        examples=[[ISSUE]],
    )


class SourceSummary(RecordTail, RecordSummary):
    """A document that can be consulted, as shown in lists."""

    model: ClassVar[type[Record]] = Source
    linked_as = ("Source", "schema:CreativeWork")

    title: str = Field(
        description=descriptions.TITLE,
        examples=["Russia Presents Memorandum With Two Frameworks for Ending the War"],
    )
    kind: SourceKind | None = Field(description=descriptions.KIND, examples=["news"])
    publisher: str | None = Field(description=shared.PUBLISHER, examples=["The Moscow Times"])
    published: EdtfText | None = Field(
        description=shared.PUBLISHED,
        examples=["2025-06-02"],
    )
    published_basis: PublishedBasis | None = Field(description=descriptions.PUBLISHED_BASIS, examples=["url"])
    lang: str | None = Field(
        description=shared.LANG,
        examples=["en"],
    )
    url: str | None = Field(description=shared.URL, examples=["https://tass.ru/politika/24117657"])
    reliability: str | None = Field(description=descriptions.RELIABILITY, examples=["partisan"])


class SourceDetail(RecordDetail, SourceSummary):
    """A document that can be consulted."""

    summary: str | None = Field(description=shared.SUMMARY, examples=["Report on the Istanbul talks."])
    authors: list[str] = Field(description=descriptions.AUTHORS, examples=[["AFP"]])
    archived_url: str | None = Field(
        description=descriptions.ARCHIVED_URL,
        examples=["https://web.archive.org/web/2025/https://tass.ru/politika/24117657"],
    )
    accessed_on: EdtfText | None = Field(description=descriptions.ACCESSED_ON, examples=["2026-11-20"])
    via: SourceRef | None = Field(description=descriptions.VIA, examples=[SOURCE])
    reliability_note: str | None = Field(
        description=descriptions.RELIABILITY_NOTE,
        examples=["single unnamed source, relayed"],
    )
    licence: str | None = Field(description=descriptions.LICENCE, examples=["CC-BY-4.0"])


class CitationSummary(RecordTail, RecordSummary):
    """The place in a source that supports, contradicts or is silent on one statement, as shown in lists."""

    model: ClassVar[type[Record]] = Citation
    linked_as = ("Citation", "oa:Annotation")

    target: RecordRef = Field(
        description=descriptions.TARGET,
        examples=[{"collection": "talks", "slug": "istanbul-2025-06-02"}],
    )
    field: str | None = Field(
        description=shared.FIELD,
        examples=["/duration_minutes"],
    )
    source: SourceRef = Field(description=descriptions.SOURCE, examples=[SOURCE])
    verdict: Verdict = Field(description=shared.VERDICT, examples=["supports"])
    asserted_value: JsonValue = Field(
        description=shared.ASSERTED_VALUE,
        examples=[40],
    )
    locator: str | None = Field(description=shared.LOCATOR, examples=["paragraph 9"])
    quote: str | None = Field(description=shared.CITATION_QUOTE, examples=["a 2.5-hour in-person meeting"])
    attribution: list[AttributionView] = Field(description=shared.ATTRIBUTION, examples=[ATTRIBUTION])
    public_by: EdtfText | None = Field(
        description=shared.PUBLIC_BY,
        examples=["2025-06-02"],
    )
    coder: str | None = Field(description=descriptions.CODER, examples=["seed"])


class CitationDetail(RecordDetail, CitationSummary):
    """A citation: the place in a source to check for one statement of a record.

    At that place, the source supports the statement, contradicts it, or is silent on it.
    """

    key: str = Field(
        description="The key that identifies the citation within its record.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    note: str | None = Field(description=shared.NOTE, examples=["headline only, the article was not seen"])
