"""Write schemas of issues, sources and citations."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from app.db.vocabulary import PublishedBasis, SourceKind
from app.domain.types import EdtfDate, IssueKey, Lang, Line, Prose, RecordAddress, SourceKey, WebAddress, refusal
from app.schemas.record import CitationInRecord, RecordWrite
from app.schemas.validators import distinct, not_before, not_itself


def _not_this_issue(value: str | None, info: ValidationInfo) -> str | None:
    if value is not None and value.casefold() == str(info.data.get("code", "")).casefold():
        raise refusal("reference", f"{value!r} is this issue itself; name another issue, or use null.")
    return value


OtherIssue = Annotated[IssueKey | None, not_itself(), AfterValidator(_not_this_issue)]


class IssueWrite(RecordWrite):
    """A subject of negotiation, in a taxonomy."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*(\.[A-Z][A-Z0-9_]*)*$", max_length=100)] = Field(
        description="The code of the issue. A code is never reused for another issue.", examples=["EXTL.NEUTRALITY"]
    )
    label: Line = Field(description="The label of the issue.", examples=["Neutrality"])
    labels: dict[Lang, Line] = Field(
        default_factory=dict,
        description="The label in other languages, by language (BCP 47).",
        examples=[{"fr": "Neutralité", "uk": "Нейтралітет"}],
    )
    broader: OtherIssue = Field(
        None,
        description="The issue directly above this one: code, slug or id; null = a top-level issue.",
        examples=["EXTL"],
    )
    definition: Prose | None = Field(
        None,
        description="The definition; null = the label is self-explanatory.",
        examples=["No membership of military alliances."],
    )
    scope_note: Prose | None = Field(
        None,
        description="A note on what the issue covers and what belongs elsewhere; null = none.",
        examples=["of a state or government; as a partner in talks: PROC.RECOGNITION"],
    )
    exact_match: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="The codes in other vocabularies with the same meaning, as `scheme:code`.",
        examples=[["pax:Cease"]],
    )
    close_match: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="The codes in other vocabularies with nearly the same meaning, as `scheme:code`.",
        examples=[["cameo:0871"]],
    )
    valid_from: EdtfDate | None = Field(
        None, description="The first day on which the issue may be used (EDTF); null = always.", examples=["2026-11-22"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None,
        description="The last day on which the issue may be used (EDTF); null = still in use.",
        examples=["2027-01-01"],
    )
    replaced_by: OtherIssue = Field(
        None,
        description="The issue that replaced this one: code, slug or id; null = none.",
        examples=["CEAS.TRUCE"],
    )


class SourceWrite(RecordWrite):
    """A document that can be consulted."""

    title: Line = Field(
        description="The title.",
        examples=["Russia Presents Memorandum With Two Frameworks for Ending the War"],
    )
    summary: Prose | None = Field(
        None,
        description="A summary; null = none.",
        examples=["Report on the Istanbul talks."],
    )
    kind: SourceKind | None = Field(None, description="The kind of document; null = unknown.", examples=["news"])
    url: WebAddress | None = Field(
        None, description="The URL of the document; null = none known.", examples=["https://tass.ru/politika/24117657"]
    )
    archived_url: WebAddress | None = Field(
        None,
        description="The URL of an archived copy; null = none known.",
        examples=["https://web.archive.org/web/2025/https://tass.ru/politika/24117657"],
    )
    publisher: Line | None = Field(None, description="The publisher; null = unknown.", examples=["The Moscow Times"])
    authors: Annotated[list[Line], distinct()] = Field(
        default_factory=list, description="The authors, as printed.", examples=[["AFP"]]
    )
    published: EdtfDate | None = Field(
        None,
        description="The date of publication (EDTF). Send it even if it contradicts the date of the event; null = unknown.",
        examples=["2025-06-02"],
    )
    published_basis: PublishedBasis | None = Field(
        None, description="The basis of the date of publication; null = not stated.", examples=["url"]
    )
    accessed_on: EdtfDate | None = Field(
        None, description="The day on which the document was accessed (EDTF); null = unknown.", examples=["2026-11-20"]
    )
    lang: Lang | None = Field(None, description="The language (BCP 47); null = unknown.", examples=["en"])
    via: Annotated[SourceKey | None, not_itself()] = Field(
        None,
        description="The source through which the document is known: slug, id or `scheme:value`; null = consulted directly.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    reliability: Line | None = Field(
        None, description="The reliability, in one word; null = not assessed.", examples=["partisan"]
    )
    reliability_note: Prose | None = Field(
        None,
        description="The reason for the reliability rating; null = not stated.",
        examples=["single unnamed source, relayed"],
    )
    licence: Line | None = Field(
        None, description="The license of the document; null = unknown.", examples=["CC-BY-4.0"]
    )

    @field_validator("published_basis")
    @classmethod
    def _is_of_a_date(cls, basis: PublishedBasis | None, info: ValidationInfo) -> PublishedBasis | None:
        # Missing from `data` if `published` was invalid itself: that error is enough.
        if basis is not None and info.data.get("published", "") is None:
            raise refusal("source", "`published_basis` requires `published`; give both or neither.")
        return basis


class CitationWrite(RecordWrite, CitationInRecord):
    """The place in a source that supports, contradicts or is silent on one statement of one record."""

    target: RecordAddress = Field(
        description="The record that the citation is about, as `collection/key`.",
        examples=["talks/istanbul-2025-06-02"],
    )
