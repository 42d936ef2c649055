"""Read schemas of proposals, with their accounts and parts."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.proposals import Proposal
from app.db.vocabulary import AccountKind, PartKind, ProposalKind, RelationKind, Visibility
from app.domain.types import EdtfText, Instant
from app.proposals import descriptions
from app.proposals.disclosures import DISCLOSURE, DisclosureView
from app.reading.markers import From, Included
from app.schemas import descriptions as shared
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadline
from app.schemas.descriptions import as_instant, as_mentions, as_order, as_time, as_zone, if_included
from app.schemas.examples import (
    ACCOUNT,
    AGREEMENT,
    DEMAND,
    MOSCOW_TIMES,
    PART,
    PROCESS,
    PROPOSAL,
    RESPONSE,
    RUSSIA,
    TALK,
    UKRAINE,
)
from app.schemas.nested_reads import Branch
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import (
    AgreementRef,
    PartyRef,
    ProcessRef,
    ProposalRef,
    RecordMention,
    TalkRef,
)
from app.schemas.written_dates import DATES_AS_WRITTEN, WrittenDate


class RelationView(RecordMention):
    """A relation of a proposal to another proposal or to an agreement."""

    kind: RelationKind = Field(description=descriptions.RELATION_KIND, examples=["supersedes"])
    proposal: ProposalRef | None = Field(description=descriptions.PROPOSAL, examples=[PROPOSAL])
    agreement: AgreementRef | None = Field(description=descriptions.AGREEMENT, examples=[AGREEMENT])
    note: str | None = Field(description=shared.NOTE, examples=["takes over articles 1 to 5"])


class RelatedFromView(RecordMention):
    """A relation of another proposal to this record."""

    kind: RelationKind = Field(
        description="The relation of the other proposal to this record.", examples=["supersedes"]
    )
    proposal: Annotated[ProposalRef, From("owner")] = Field(description="The other proposal.", examples=[PROPOSAL])
    note: str | None = Field(description=shared.NOTE, examples=["takes over articles 1 to 5"])


class PartView(RecordMention):
    """A section or option of an account."""

    key: str = Field(description=shared.PART_KEY, examples=["option-1"])
    kind: PartKind = Field(description=shared.PART_KIND, examples=["option"])
    account: Annotated[str, From("account.slug")] = Field(
        description="The slug of the account that contains the part.", examples=["russian-memorandum-2025-06-02-text"]
    )
    parent: Annotated[str | None, From("parent.key")] = Field(description=descriptions.PARENT, examples=["section-ii"])
    label: str | None = Field(description=shared.LABEL, examples=["Option 1"])
    title: str | None = Field(description=descriptions.TITLE, examples=["Conditions for a ceasefire"])
    summary: str | None = Field(description=shared.SUMMARY, examples=["Ukraine withdraws first."])
    points_reported: int | None = Field(description=descriptions.POINTS_REPORTED, examples=[12])
    alternative_group: str | None = Field(
        description=shared.ALTERNATIVE_GROUP,
        examples=["frameworks"],
    )


class AccountView(RecordMention):
    """One account of a proposal: its text, a press report, minutes and so on."""

    slug: str = Field(
        description=shared.ACCOUNT_SLUG,
        examples=["russian-memorandum-2025-06-02-text"],
    )
    title: str | None = Field(description=descriptions.TITLE, examples=["Text published by TASS and Interfax"])
    kind: AccountKind = Field(description=shared.ACCOUNT_KIND, examples=["text"])
    is_reference: bool = Field(description=shared.IS_REFERENCE, examples=[True])
    told_by: PartyRef | None = Field(description=descriptions.TOLD_BY, examples=[MOSCOW_TIMES])
    languages: list[str] = Field(description=descriptions.ACCOUNT_LANGUAGES, examples=[["en"]])
    published_on: EdtfText | None = Field(description=descriptions.PUBLISHED_ON, examples=["2025-06-02"])
    points_reported: int | None = Field(description=descriptions.POINTS_REPORTED, examples=[31])
    brackets: int | None = Field(description=descriptions.BRACKETS, examples=[140])
    options: int | None = Field(description=descriptions.OPTIONS, examples=[3])
    pages: int | None = Field(description=descriptions.PAGES, examples=[12])
    is_complete: bool | None = Field(description=descriptions.IS_COMPLETE, examples=[False])
    note: str | None = Field(description=shared.NOTE, examples=["numbers are the article's own"])
    parts: list[PartView] = Field(description=descriptions.PARTS, examples=[[PART]])


class ProposalSummary(RecordTail, RecordSummary):
    """The act of putting something forward, as shown in lists."""

    model: ClassVar[type[Record]] = Proposal
    linked_as = ("Proposal", "schema:CreativeWork", "prov:Entity")

    title: str = Field(description=descriptions.PROPOSAL_TITLE, examples=["Russian memorandum of 2 June 2025"])
    process: ProcessRef = Field(description=shared.RECORD_PROCESS, examples=[PROCESS])
    talk: TalkRef | None = Field(description=descriptions.PROPOSAL_TALK, examples=[TALK])
    kind: ProposalKind = Field(description=descriptions.PROPOSAL_KIND, examples=["memorandum"])
    authors: list[PartyRef] = Field(description=descriptions.AUTHORS, examples=[[RUSSIA]])
    addressees: list[PartyRef] = Field(description=descriptions.ADDRESSEES, examples=[[UKRAINE]])
    visibility: Visibility | None = Field(description=descriptions.VISIBILITY, examples=["public"])
    document_date: EdtfText | None = Field(description=descriptions.DOCUMENT_DATE, examples=["2022-04-15"])
    tabled_on: EdtfText | None = Field(description=shared.TABLED_ON, examples=["2025-06-02"])
    published_on: EdtfText | None = Field(description=descriptions.PUBLISHED_ON, examples=["2025-06-02"])
    demands: Annotated[Branch, Included("demands", by="proposal", about=40)] = Field(
        default_factory=list,
        description="The demands of the reference account, in order; only with `include=demands`.",
        examples=[[DEMAND]],
    )
    responses: Annotated[Branch, Included("responses", by="proposal")] = Field(
        default_factory=list,
        description="The responses to the proposal, its parts and its demands; only with `include=responses`.",
        examples=[[RESPONSE]],
    )
    agreements: Annotated[Branch, Included("agreements", by="proposal", about=5)] = Field(
        default_factory=list,
        description=if_included(descriptions.AGREEMENTS, "agreements"),
        examples=[[AGREEMENT]],
    )


class ProposalDetail(RecordDetail, ProposalSummary):
    """The act of putting something forward, with its authors, addressees, dates and accounts."""

    summary: str | None = Field(
        description=shared.SUMMARY,
        examples=["Two frameworks for a ceasefire, and the outlines of a settlement."],
    )
    tabled_time: str | None = Field(description=as_time("tabled_on", "tabled_zone"), examples=["09:00"])
    tabled_zone: str | None = Field(description=as_zone("tabled_time"), examples=["Europe/Berlin"])
    tabled_at: Instant | None = Field(description=as_instant("tabled_on"), examples=["1939-09-03T08:00:00+00:00"])
    order_in_day: int = Field(description=as_order("proposals"), examples=[1])
    dates_as_written: list[WrittenDate] = Field(description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN])
    published_by: str | None = Field(description=descriptions.PUBLISHED_BY, examples=["TASS and Interfax"])
    languages: list[str] = Field(description=descriptions.PROPOSAL_LANGUAGES, examples=[["ru"]])
    duration: str | None = Field(description=descriptions.DURATION, examples=["P6M"])
    is_renewable: bool | None = Field(description=descriptions.IS_RENEWABLE, examples=[True])
    answer_due: EdtfText | None = Field(description=descriptions.ANSWER_DUE, examples=["2025-06-09"])
    deadlines: list[Deadline] = Field(
        description=descriptions.DEADLINES,
        examples=[DEADLINES_WRITTEN],
    )
    withdrawn_on: EdtfText | None = Field(
        description=descriptions.WITHDRAWN_ON,
        examples=["2025-12"],
    )
    lapsed_on: EdtfText | None = Field(
        description=descriptions.LAPSED_ON,
        examples=["2015-06-30"],
    )
    disclosed: list[DisclosureView] = Field(description=descriptions.DISCLOSED, examples=[[DISCLOSURE]])
    relations: list[RelationView] = Field(
        description=descriptions.RELATIONS,
        examples=[[{"kind": "supersedes", "proposal": PROPOSAL, "agreement": None, "note": None}]],
    )
    related_from: list[RelatedFromView] = Field(
        description="The relations of other proposals to this one: those that supersede it, respond to it or are its annex.",
        examples=[[{"kind": "supersedes", "proposal": PROPOSAL, "note": None}]],
    )
    accounts: list[AccountView] = Field(description=descriptions.ACCOUNTS, examples=[[ACCOUNT]])
    parts: list[PartView] = Field(
        description="The sections and options of the reference account, in order.", examples=[[PART]]
    )
    agreements: Annotated[list[AgreementRef] | list[Any], Included("agreements", by="proposal", about=5)] = Field(
        default_factory=list,
        description=as_mentions(descriptions.AGREEMENTS, "agreements"),
        examples=[[AGREEMENT]],
    )
