"""Write schemas of issues, sources and citations."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from app.db.vocabulary import PublishedBasis, SourceKind
from app.domain.keys import IssueKey, RecordAddress, SourceKey
from app.domain.texts import Line, Prose, WebAddress, refusal
from app.domain.types import EdtfDate, Lang
from app.errors import quoted
from app.references import descriptions
from app.schemas import descriptions as shared
from app.schemas.descriptions import ISSUE_KEY, as_address, as_key
from app.schemas.record_writes import CitationInRecord, RecordWrite
from app.schemas.validators import distinct, not_before, not_itself


def _not_this_issue(value: str | None, info: ValidationInfo) -> str | None:
    if value is not None and value.casefold() == str(info.data.get("code", "")).casefold():
        raise refusal("reference", f"{quoted(value)} is this issue itself; name another issue, or use null.")
    return value


OtherIssue = Annotated[IssueKey | None, not_itself(), AfterValidator(_not_this_issue)]


class IssueWrite(RecordWrite):
    """A subject of negotiation, in a taxonomy."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*(\.[A-Z][A-Z0-9_]*)*$", max_length=100)] = Field(
        description=f"{descriptions.CODE} A code is never reused for another issue.", examples=["EXTL.NEUTRALITY"]
    )
    label: Line = Field(description=descriptions.LABEL, examples=["Neutrality"])
    labels: dict[Lang, Line] = Field(
        default_factory=dict,
        description=descriptions.LABELS,
        examples=[{"fr": "Neutralité", "uk": "Нейтралітет"}],
    )
    broader: OtherIssue = Field(
        None,
        description=as_key(descriptions.BROADER, ISSUE_KEY),
        examples=["EXTL"],
    )
    definition: Prose | None = Field(
        None,
        description=descriptions.DEFINITION,
        examples=["No membership of military alliances."],
    )
    scope_note: Prose | None = Field(
        None,
        description=descriptions.SCOPE_NOTE,
        examples=["of a state or government; as a partner in talks: PROC.RECOGNITION"],
    )
    exact_match: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description=descriptions.EXACT_MATCH,
        examples=[["pax:Cease"]],
    )
    close_match: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description=descriptions.CLOSE_MATCH,
        examples=[["cameo:0871"]],
    )
    valid_from: EdtfDate | None = Field(None, description=descriptions.VALID_FROM, examples=["2026-11-22"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None,
        description=descriptions.VALID_TO,
        examples=["2027-01-01"],
    )
    replaced_by: OtherIssue = Field(
        None,
        description=as_key(descriptions.REPLACED_BY, ISSUE_KEY),
        examples=["CEAS.TRUCE"],
    )


class SourceWrite(RecordWrite):
    """A document that can be consulted."""

    title: Line = Field(
        description=descriptions.TITLE,
        examples=["Russia Presents Memorandum With Two Frameworks for Ending the War"],
    )
    summary: Prose | None = Field(
        None,
        description=shared.SUMMARY,
        examples=["Report on the Istanbul talks."],
    )
    kind: SourceKind | None = Field(None, description=descriptions.KIND, examples=["news"])
    url: WebAddress | None = Field(None, description=shared.URL, examples=["https://tass.ru/politika/24117657"])
    archived_url: WebAddress | None = Field(
        None,
        description=descriptions.ARCHIVED_URL,
        examples=["https://web.archive.org/web/2025/https://tass.ru/politika/24117657"],
    )
    publisher: Line | None = Field(None, description=shared.PUBLISHER, examples=["The Moscow Times"])
    authors: Annotated[list[Line], distinct()] = Field(
        default_factory=list, description=descriptions.AUTHORS, examples=[["AFP"]]
    )
    published: EdtfDate | None = Field(
        None,
        description=shared.PUBLISHED,
        examples=["2025-06-02"],
    )
    published_basis: PublishedBasis | None = Field(None, description=descriptions.PUBLISHED_BASIS, examples=["url"])
    accessed_on: EdtfDate | None = Field(None, description=descriptions.ACCESSED_ON, examples=["2026-11-20"])
    lang: Lang | None = Field(
        None,
        description=shared.LANG,
        examples=["en"],
    )
    via: Annotated[SourceKey | None, not_itself()] = Field(
        None,
        description=as_key(descriptions.VIA),
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    reliability: Line | None = Field(None, description=descriptions.RELIABILITY, examples=["partisan"])
    reliability_note: Prose | None = Field(
        None,
        description=descriptions.RELIABILITY_NOTE,
        examples=["single unnamed source, relayed"],
    )
    licence: Line | None = Field(None, description=descriptions.LICENCE, examples=["CC-BY-4.0"])

    @field_validator("published_basis")
    @classmethod
    def _is_of_a_date(cls, basis: PublishedBasis | None, info: ValidationInfo) -> PublishedBasis | None:
        # If `published` itself was invalid, it is missing from `data`, and the error about it is enough.
        if basis is not None and info.data.get("published", "") is None:
            raise refusal("source", "`published_basis` requires `published`; give both or neither.")
        return basis


class CitationWrite(RecordWrite, CitationInRecord):
    """The place in a source that supports, contradicts or is silent on one statement of one record."""

    target: RecordAddress = Field(
        description=as_address(descriptions.TARGET),
        examples=["talks/istanbul-2025-06-02"],
    )
