"""What is written of issues, sources and citations."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from app.db.vocabulary import PublishedBasis, SourceKind
from app.domain.types import EdtfDate, IssueKey, Lang, Line, Prose, RecordAddress, SourceKey, WebAddress, refusal
from app.schemas.record import CitationWrite, RecordWrite
from app.schemas.validators import distinct, not_before, not_itself


def _not_this_issue(value: str | None, info: ValidationInfo) -> str | None:
    if value is not None and value.casefold() == str(info.data.get("code", "")).casefold():
        raise refusal("reference", f"{value!r} is this issue itself; name another, or leave the field null.")
    return value


OtherIssue = Annotated[IssueKey | None, not_itself(), AfterValidator(_not_this_issue)]


class IssueWrite(RecordWrite):
    """What is negotiated about."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*(\.[A-Z][A-Z0-9_]*)*$", max_length=100)] = Field(
        description="Its code, never used again for another.", examples=["EXTL.NEUTRALITY"]
    )
    label: Line = Field(description="Its name.", examples=["Neutrality"])
    labels: dict[Lang, Line] = Field(
        default_factory=dict,
        description="Its name in other languages, by language (BCP 47).",
        examples=[{"fr": "Neutralité", "uk": "Нейтралітет"}],
    )
    broader: OtherIssue = Field(
        None,
        description="The issue under which it lies: code, slug or id; null = a top category.",
        examples=["EXTL"],
    )
    definition: Prose | None = Field(
        None,
        description="What it means; null = the label says it.",
        examples=["No membership of military alliances."],
    )
    scope_note: Prose | None = Field(
        None,
        description="What belongs here and what elsewhere; null = nothing to add.",
        examples=["of a state or government; as a partner in talks: PROC.RECOGNITION"],
    )
    exact_match: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="Codes elsewhere that mean the same, as `scheme:code`.",
        examples=[["pax:Cease"]],
    )
    close_match: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="Codes elsewhere that mean nearly the same.",
        examples=[["cameo:0871"]],
    )
    valid_from: EdtfDate | None = Field(
        None, description="From when it may be used (EDTF); null = always.", examples=["2026-11-22"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="Until when it may be used (EDTF); null = still.", examples=["2027-01-01"]
    )
    replaced_by: OtherIssue = Field(
        None,
        description="The issue that took its place: code, slug or id; null = none.",
        examples=["CEAS.TRUCE"],
    )


class SourceWrite(RecordWrite):
    """A document that one can consult."""

    title: Line = Field(
        description="Its title.",
        examples=["Russia Presents Memorandum With Two Frameworks for Ending the War"],
    )
    summary: Prose | None = Field(
        None,
        description="What it is, in short; null = not written.",
        examples=["Report on the Istanbul talks."],
    )
    kind: SourceKind | None = Field(None, description="What kind of document it is; null = unknown.", examples=["news"])
    url: WebAddress | None = Field(
        None, description="Its address; null = none known.", examples=["https://tass.ru/politika/24117657"]
    )
    archived_url: WebAddress | None = Field(
        None,
        description="The address of an archived copy; null = none known.",
        examples=["https://web.archive.org/web/2025/https://tass.ru/politika/24117657"],
    )
    publisher: Line | None = Field(None, description="Who published it; null = unknown.", examples=["The Moscow Times"])
    authors: Annotated[list[Line], distinct()] = Field(
        default_factory=list, description="Who wrote it, as printed.", examples=[["AFP"]]
    )
    published: EdtfDate | None = Field(
        None,
        description="When it was published (EDTF), even where that clashes with the event; null = unknown.",
        examples=["2025-06-02"],
    )
    published_basis: PublishedBasis | None = Field(
        None, description="What that date rests on; null = not said.", examples=["url"]
    )
    accessed_on: EdtfDate | None = Field(
        None, description="When it was read (EDTF); null = unknown.", examples=["2026-11-20"]
    )
    lang: Lang | None = Field(None, description="Its language (BCP 47); null = unknown.", examples=["en"])
    via: Annotated[SourceKey | None, not_itself()] = Field(
        None,
        description="The source that relays it: slug, id or `scheme:value`; null = seen itself.",
        examples=["moscow-times-2025-06-02-memorandum"],
    )
    reliability: Line | None = Field(
        None, description="How reliable it is, in a word; null = not judged.", examples=["partisan"]
    )
    reliability_note: Prose | None = Field(
        None, description="Why; null = not said.", examples=["single unnamed source, relayed"]
    )
    licence: Line | None = Field(
        None, description="Under which licence it stands; null = unknown.", examples=["CC-BY-4.0"]
    )

    @field_validator("published_basis")
    @classmethod
    def _is_of_a_date(cls, basis: PublishedBasis | None, info: ValidationInfo) -> PublishedBasis | None:
        # Absent from `data` where the date itself was refused: one fault is enough then.
        if basis is not None and info.data.get("published", "") is None:
            raise refusal("source", "`published_basis` says what `published` rests on; give that, too.")
        return basis


class CitationRecordWrite(RecordWrite, CitationWrite):
    """The place in a source that supports, contradicts or is silent on one statement of one record."""

    target: RecordAddress = Field(
        description="The record it speaks of, as `collection/key`.", examples=["talks/istanbul-2025-06-02"]
    )
