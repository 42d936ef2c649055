"""By what issues, sources and citations are found."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import PublishedBasis, SourceKind, Verdict
from app.domain.types import (
    EdtfBound,
    FieldPointer,
    IssueKey,
    Lang,
    Line,
    PartyKey,
    PersonKey,
    RecordAddress,
    SourceKey,
)
from app.reading.filters import Built, Equal, Ranged, To
from app.reading.query import ListQuery, Many
from app.reading.read_spec import Presence
from app.references.predicates import speaking_of
from app.schemas.record import RECORD_SORTS


class IssueQuery(ListQuery):
    """Filters of issues."""

    code: Annotated[Many[Line] | None, Equal(names=("issue", "code"))] = Field(
        None, description="Its code, as printed.", examples=[["EXTL.NEUTRALITY"]]
    )
    broader: Annotated[Many[IssueKey] | None, To("issues", "broader_id", below=True)] = Field(
        None,
        description="An issue under which it lies, at any depth; a code in any case.",
        examples=[["EXTL"]],
    )


class SourceQuery(ListQuery):
    """Filters of sources."""

    kind: Annotated[Many[SourceKind] | None, Equal()] = Field(
        None, description="What kind of document it is.", examples=[["news"]]
    )
    publisher: Annotated[Many[Line] | None, Equal(names=("source", "publisher"))] = Field(
        None, description="Who published it, as written there.", examples=[["The Moscow Times"]]
    )
    lang: Annotated[Many[Lang] | None, Equal()] = Field(None, description="Its language.", examples=[["en"]])
    published_from: Annotated[EdtfBound | None, Ranged("published", "from")] = Field(
        None,
        description="Published on this day or later, as far as the date allows.",
        examples=["2025-06-01"],
    )
    published_to: Annotated[EdtfBound | None, Ranged("published", "to")] = Field(
        None,
        description="Published on this day or earlier, as far as the date allows.",
        examples=["2025-06-30"],
    )
    published_basis: Annotated[Many[PublishedBasis] | None, Equal()] = Field(
        None, description="What the date of publication rests on.", examples=[["inferred"]]
    )
    reliability: Annotated[Many[Line] | None, Equal(names=("source", "reliability"))] = Field(
        None, description="How reliable it is, in a word.", examples=[["partisan"]]
    )


class CitationQuery(ListQuery):
    """Filters of citations."""

    target: Annotated[Many[RecordAddress] | None, Built(speaking_of, addresses=True)] = Field(
        None,
        description="The record it speaks of, as `collection/key`.",
        examples=[["talks/istanbul-2025-06-02"]],
    )
    field: Annotated[Many[FieldPointer] | None, Equal()] = Field(
        None, description="The field it speaks of.", examples=[["/duration_minutes"]]
    )
    source: Annotated[Many[SourceKey] | None, To("sources", "source_id")] = Field(
        None, description="The document.", examples=[["moscow-times-2025-06-02-memorandum"]]
    )
    publisher: Annotated[
        Many[Line] | None, Equal("source.publisher", names=("source", "publisher"), looked_up=True)
    ] = Field(None, description="Who published the document, as written there.", examples=[["The Moscow Times"]])
    verdict: Annotated[Many[Verdict] | None, Equal()] = Field(
        None, description="What the source says of it.", examples=[["contradicts"]]
    )
    attributed_to: Annotated[Many[PartyKey] | None, To("parties", "attribution.party_id")] = Field(
        None, description="A party that its attribution names.", examples=[["interfax"]]
    )
    attributed_to_person: Annotated[Many[PersonKey] | None, To("people", "attribution.person_id")] = Field(
        None, description="A person whom its attribution names.", examples=[["rustem-umerov"]]
    )
    attributed_to_source: Annotated[Many[SourceKey] | None, To("sources", "attribution.source_id")] = Field(
        None,
        description="A document that its attribution names.",
        examples=[["interfax-unnamed-source-2025-06-02"]],
    )
    coder: Annotated[Many[Line] | None, Equal()] = Field(None, description="Who coded it.", examples=[["seed"]])


SORTS: dict[str, dict[str, str]] = {
    "issues": {"code": "code", "label": "label", **RECORD_SORTS},
    "sources": {"title": "title", "published": "published_min", **RECORD_SORTS},
    "citations": dict(RECORD_SORTS),
}
DEFAULT_SORT = {"issues": "code", "sources": "slug", "citations": "slug"}
PRESENCE: dict[str, Mapping[str, Presence]] = {"issues": {}, "sources": {}, "citations": {}}
