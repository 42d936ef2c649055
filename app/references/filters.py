"""Query parameters, sort orders and `missing=` conditions of issues, sources and citations."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import PublishedBasis, SourceKind, Verdict
from app.domain.keys import IssueKey, PartyKey, PersonKey, RecordAddress, SourceKey
from app.domain.texts import FieldPointer, Line
from app.domain.types import EdtfBound, Lang
from app.reading.filters import Built, Equal, Ranged, To
from app.reading.query import ListQuery, Many
from app.reading.read_spec import Presence
from app.references import descriptions
from app.references.predicates import has_target
from app.schemas import descriptions as shared
from app.schemas.descriptions import as_address, as_filter
from app.schemas.record_reads import RECORD_SORTS


class IssueQuery(ListQuery):
    """Filters of issues."""

    code: Annotated[Many[Line] | None, Equal(names=("issue", "code"))] = Field(
        None, description=descriptions.CODE, examples=[["EXTL.NEUTRALITY"]]
    )
    broader: Annotated[Many[IssueKey] | None, To("issues", "broader_id", below=True)] = Field(
        None,
        description="An issue above this one, at any depth; codes are case-insensitive.",
        examples=[["EXTL"]],
    )


class SourceQuery(ListQuery):
    """Filters of sources."""

    kind: Annotated[Many[SourceKind] | None, Equal()] = Field(
        None, description=as_filter(descriptions.KIND), examples=[["news"]]
    )
    publisher: Annotated[Many[Line] | None, Equal(names=("source", "publisher"))] = Field(
        None, description="The publisher, exactly as in the field `publisher`.", examples=[["The Moscow Times"]]
    )
    lang: Annotated[Many[Lang] | None, Equal()] = Field(None, description="The language (BCP 47).", examples=[["en"]])
    published_from: Annotated[EdtfBound | None, Ranged("published", "from")] = Field(
        None,
        description="Only records that may have been published on this day or later.",
        examples=["2025-06-01"],
    )
    published_to: Annotated[EdtfBound | None, Ranged("published", "to")] = Field(
        None,
        description="Only records that may have been published on this day or earlier.",
        examples=["2025-06-30"],
    )
    published_basis: Annotated[Many[PublishedBasis] | None, Equal()] = Field(
        None, description=as_filter(descriptions.PUBLISHED_BASIS), examples=[["inferred"]]
    )
    reliability: Annotated[Many[Line] | None, Equal(names=("source", "reliability"))] = Field(
        None, description=as_filter(descriptions.RELIABILITY), examples=[["partisan"]]
    )


class CitationQuery(ListQuery):
    """Filters of citations."""

    target: Annotated[Many[RecordAddress] | None, Built(has_target, addresses=True)] = Field(
        None,
        description=as_address(descriptions.TARGET),
        examples=[["talks/istanbul-2025-06-02"]],
    )
    field: Annotated[Many[FieldPointer] | None, Equal()] = Field(
        None, description="The field that the citation is about, as a JSON Pointer.", examples=[["/duration_minutes"]]
    )
    source: Annotated[Many[SourceKey] | None, To("sources", "source_id")] = Field(
        None, description=descriptions.SOURCE, examples=[["moscow-times-2025-06-02-memorandum"]]
    )
    publisher: Annotated[
        Many[Line] | None, Equal("source.publisher", names=("source", "publisher"), looked_up=True)
    ] = Field(
        None,
        description="The publisher of the source, exactly as in the field `publisher`.",
        examples=[["The Moscow Times"]],
    )
    verdict: Annotated[Many[Verdict] | None, Equal()] = Field(
        None,
        description=shared.VERDICT,
        examples=[["contradicts"]],
    )
    attributed_to: Annotated[Many[PartyKey] | None, To("parties", "attribution.party_id")] = Field(
        None, description="A party named in the attribution.", examples=[["interfax"]]
    )
    attributed_to_person: Annotated[Many[PersonKey] | None, To("people", "attribution.person_id")] = Field(
        None, description="A person named in the attribution.", examples=[["rustem-umerov"]]
    )
    attributed_to_source: Annotated[Many[SourceKey] | None, To("sources", "attribution.source_id")] = Field(
        None,
        description="A document named in the attribution.",
        examples=[["interfax-unnamed-source-2025-06-02"]],
    )
    coder: Annotated[Many[Line] | None, Equal()] = Field(None, description=descriptions.CODER, examples=[["seed"]])


SORTS: dict[str, dict[str, str]] = {
    "issues": {"code": "code", "label": "label", **RECORD_SORTS},
    "sources": {"title": "title", "published": "published_min", **RECORD_SORTS},
    "citations": dict(RECORD_SORTS),
}
DEFAULT_SORT = {"issues": "code", "sources": "slug", "citations": "slug"}
PRESENCE: dict[str, Mapping[str, Presence]] = {"issues": {}, "sources": {}, "citations": {}}
