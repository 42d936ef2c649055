"""Write schemas of proposals, with their accounts and parts."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, ValidationInfo, field_validator, model_validator

from app.db.proposals import Proposal
from app.db.vocabulary import AccountKind, PartKind, ProposalKind, RelationKind, Visibility
from app.domain.keys import AgreementKey, PartyKey, ProcessKey, ProposalKey, TalkKey
from app.domain.texts import Line, Prose, Slug, refusal
from app.domain.times import TimeOfEvent, TimeZone, on_a_day, zone_of
from app.domain.types import Count, EdtfDate, IsoDuration, Lang
from app.errors import quoted
from app.proposals import descriptions
from app.proposals.disclosures import DISCLOSURES_WRITTEN, Disclosures
from app.schemas import descriptions as shared
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadlines
from app.schemas.descriptions import as_key, as_order, as_time, as_zone
from app.schemas.nested_writes import DemandInProposal
from app.schemas.record_writes import NestedWrite, RecordWrite
from app.schemas.validators import at_most_one, distinct, given, keyed
from app.schemas.written_dates import DATES_AS_WRITTEN, WrittenDate, agreeing_with
from app.writing.markers import Nested


class RelationWrite(NestedWrite):
    """A relation of a proposal to another proposal or to an agreement."""

    kind: RelationKind = Field(description=descriptions.RELATION_KIND, examples=["supersedes"])
    proposal: ProposalKey | None = Field(
        None,
        description=as_key(descriptions.PROPOSAL),
        examples=["istanbul-communique-2022"],
    )
    agreement: AgreementKey | None = Field(
        None,
        description=as_key(descriptions.AGREEMENT),
        examples=["joint-plan-of-action-2013"],
    )
    note: Prose | None = Field(None, description=shared.NOTE, examples=["takes over articles 1 to 5"])

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        if len(given(self, ("proposal", "agreement"))) != 1:
            raise refusal("relation", "A relation needs either `proposal` or `agreement`; give exactly one of them.")
        return self


class PartWrite(NestedWrite):
    """A section or option of an account."""

    key: Line | None = Field(
        None,
        description=f"{shared.PART_KEY} Demands use it, too. If omitted, it is made from the label and the title.",
        examples=["option-1"],
    )
    kind: PartKind = Field(PartKind.SECTION, description=shared.PART_KIND, examples=["option"])
    parent: Line | None = Field(None, description=descriptions.PARENT, examples=["section-ii"])
    label: Line | None = Field(None, description=shared.LABEL, examples=["Section II"])
    title: Line | None = Field(None, description=descriptions.TITLE, examples=["Conditions for a ceasefire"])
    summary: Prose | None = Field(None, description=shared.SUMMARY, examples=["Ukraine withdraws first."])
    points_reported: Count | None = Field(None, description=descriptions.POINTS_REPORTED, examples=[12])
    alternative_group: Line | None = Field(
        None,
        description=shared.ALTERNATIVE_GROUP,
        examples=["frameworks"],
    )

    @field_validator("alternative_group")
    @classmethod
    def _of_options(cls, group: str | None, info: ValidationInfo) -> str | None:
        if group is not None and info.data.get("kind") is PartKind.SECTION:
            raise refusal(
                "part", "Only options can have an `alternative_group`; set `kind` to option, or the group to null."
            )
        return group


def _tree(parts: list[PartWrite]) -> None:
    """Reject parts whose parent does not exist, and parts that contain themselves."""
    parents = {part.key: part.parent for part in parts}
    for part in parts:
        if part.parent is None:
            continue
        if part.parent not in parents:
            raise refusal(
                "part",
                f"The part {quoted(part.key)} has the parent {quoted(part.parent)}, which is not a part of this account.",
            )
        above: str | None = part.parent
        steps = 0
        while above is not None and above in parents and steps <= len(parts):
            above, steps = parents[above], steps + 1
        if steps > len(parts):
            raise refusal("part", f"The part {quoted(part.key)} is in a cycle of parents; correct one of them.")


Parts = Annotated[list[PartWrite], keyed(lambda part: [part.label, part.title], "part")]


class AccountWrite(NestedWrite):
    """One account of a proposal: its text, a press report, minutes and so on."""

    slug: Slug = Field(
        description=shared.ACCOUNT_SLUG,
        examples=["russian-memorandum-2025-06-02-text"],
    )
    title: Line | None = Field(None, description=descriptions.TITLE, examples=["Text published by TASS and Interfax"])
    kind: AccountKind = Field(
        AccountKind.TEXT,
        description=shared.ACCOUNT_KIND,
        examples=["report"],
    )
    is_reference: StrictBool | None = Field(
        None,
        description=f"{shared.IS_REFERENCE} Exactly one account is the reference; by default the first.",
        examples=[True],
    )
    told_by: PartyKey | None = Field(
        None,
        description=descriptions.TOLD_BY,
        examples=["the-moscow-times"],
    )
    languages: Annotated[list[Lang], distinct()] = Field(
        default_factory=list, description=descriptions.ACCOUNT_LANGUAGES, examples=[["en"]]
    )
    published_on: EdtfDate | None = Field(None, description=descriptions.PUBLISHED_ON, examples=["2025-06-02"])
    points_reported: Count | None = Field(None, description=descriptions.POINTS_REPORTED, examples=[31])
    brackets: Count | None = Field(None, description=descriptions.BRACKETS, examples=[140])
    options: Count | None = Field(None, description=descriptions.OPTIONS, examples=[3])
    pages: Count | None = Field(None, description=descriptions.PAGES, examples=[12])
    is_complete: StrictBool | None = Field(None, description=descriptions.IS_COMPLETE, examples=[False])
    note: Prose | None = Field(None, description=shared.NOTE, examples=["numbers are the article's own"])
    parts: Parts = Field(
        default_factory=list,
        description=descriptions.PARTS,
        examples=[[{"key": "option-1", "kind": "option", "label": "Option 1", "alternative_group": "frameworks"}]],
    )

    @field_validator("parts")
    @classmethod
    def _are_a_tree(cls, parts: list[PartWrite]) -> list[PartWrite]:
        _tree(parts)
        return parts


class ProposalWrite(RecordWrite):
    """The act of putting something forward, with its authors, addressees, dates and accounts."""

    process: ProcessKey = Field(description=as_key(shared.RECORD_PROCESS), examples=["russia-ukraine"])
    talk: TalkKey | None = Field(None, description=descriptions.PROPOSAL_TALK, examples=["istanbul-2025-06-02"])
    title: Line = Field(description=descriptions.PROPOSAL_TITLE, examples=["Russian memorandum of 2 June 2025"])
    summary: Prose | None = Field(
        None,
        description=shared.SUMMARY,
        examples=["Two frameworks for a ceasefire, and the outlines of a settlement."],
    )
    kind: ProposalKind = Field(description=descriptions.PROPOSAL_KIND, examples=["memorandum"])
    authors: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list,
        description=descriptions.AUTHORS,
        examples=[["russia"]],
    )
    addressees: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list, description=descriptions.ADDRESSEES, examples=[["ukraine"]]
    )
    visibility: Visibility | None = Field(None, description=descriptions.VISIBILITY, examples=["public"])
    document_date: EdtfDate | None = Field(None, description=descriptions.DOCUMENT_DATE, examples=["2022-04-15"])
    tabled_on: EdtfDate | None = Field(None, description=shared.TABLED_ON, examples=["2025-06-02"])
    tabled_time: Annotated[TimeOfEvent | None, on_a_day("tabled_on")] = Field(
        None, description=as_time("tabled_on", "tabled_zone"), examples=["09:00"]
    )
    tabled_zone: Annotated[TimeZone | None, zone_of(*Proposal.__timed__)] = Field(
        None, validate_default=True, description=as_zone("tabled_time"), examples=["Europe/Berlin"]
    )
    order_in_day: Count = Field(0, description=as_order("proposals"), examples=[1])
    published_on: EdtfDate | None = Field(None, description=descriptions.PUBLISHED_ON, examples=["2025-06-02"])
    published_by: Line | None = Field(None, description=descriptions.PUBLISHED_BY, examples=["TASS and Interfax"])
    languages: Annotated[list[Lang], distinct()] = Field(
        default_factory=list, description=descriptions.PROPOSAL_LANGUAGES, examples=[["ru"]]
    )
    duration: IsoDuration | None = Field(None, description=descriptions.DURATION, examples=["P6M"])
    is_renewable: StrictBool | None = Field(None, description=descriptions.IS_RENEWABLE, examples=[True])
    answer_due: EdtfDate | None = Field(None, description=descriptions.ANSWER_DUE, examples=["2025-06-09"])
    deadlines: Deadlines = Field(
        default_factory=list,
        description=descriptions.DEADLINES,
        examples=[DEADLINES_WRITTEN],
    )
    withdrawn_on: EdtfDate | None = Field(
        None,
        description=descriptions.WITHDRAWN_ON,
        examples=["2025-12"],
    )
    lapsed_on: EdtfDate | None = Field(
        None,
        description=descriptions.LAPSED_ON,
        examples=["2015-06-30"],
    )
    disclosed: Disclosures = Field(
        default_factory=list, description=descriptions.DISCLOSED, examples=[DISCLOSURES_WRITTEN]
    )
    dates_as_written: Annotated[
        list[WrittenDate],
        distinct("field"),
        agreeing_with("document_date", "tabled_on", "published_on", "answer_due", "withdrawn_on", "lapsed_on"),
    ] = Field(default_factory=list, description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN])
    relations: Annotated[list[RelationWrite], distinct("kind", "proposal", "agreement")] = Field(
        default_factory=list,
        description=descriptions.RELATIONS,
        examples=[[{"kind": "supersedes", "proposal": "istanbul-communique-2022"}]],
    )
    accounts: Annotated[
        list[AccountWrite],
        distinct("slug"),
        at_most_one(lambda account: account.is_reference, "the reference"),
    ] = Field(
        default_factory=list,
        description=f"{descriptions.ACCOUNTS} If omitted, one account of kind `text` is created.",
        examples=[[{"slug": "russian-memorandum-2025-06-02-text", "kind": "text", "is_reference": True}]],
    )
    parts: Parts = Field(
        default_factory=list,
        description="The sections and options of the account that is created if `accounts` is omitted. It cannot be combined with `accounts`.",
        examples=[[{"key": "section-i", "kind": "section", "label": "Section I"}]],
    )
    demands: Annotated[list[DemandInProposal], Nested("proposal")] = Field(
        default_factory=list,
        description="The demands, in order.",
        examples=[[{"number": "1.1", "text": "Complete withdrawal from four regions", "addressees": ["ukraine"]}]],
    )

    @field_validator("accounts")
    @classmethod
    def _one_is_the_reference(cls, accounts: list[AccountWrite]) -> list[AccountWrite]:
        if accounts and not any(account.is_reference for account in accounts):
            first = next((account for account in accounts if account.is_reference is None), None)
            if first is None:
                raise refusal("list", "One account must be the reference; set `is_reference` to true for one of them.")
            first.is_reference = True
        for account in accounts:
            account.is_reference = bool(account.is_reference)
        return accounts

    @field_validator("parts")
    @classmethod
    def _are_of_the_only_account(cls, parts: list[PartWrite], info: ValidationInfo) -> list[PartWrite]:
        if parts and info.data.get("accounts"):
            raise refusal("list", "`parts` cannot be combined with `accounts`; write the parts inside their account.")
        _tree(parts)
        return parts
