"""Read schemas of proposals, with their accounts and parts."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.proposals import Proposal
from app.db.vocabulary import AccountKind, PartKind, ProposalKind, RelationKind
from app.domain.types import EdtfText
from app.reading.markers import From, Included
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadline
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
from app.schemas.refs import AgreementRef, Mention, PartyRef, ProcessRef, ProposalRef, TalkRef


class RelationView(Mention):
    """A relation of a proposal to another proposal or to an agreement."""

    kind: RelationKind = Field(description="The kind of relation.", examples=["supersedes"])
    proposal: ProposalRef | None = Field(
        description="The other proposal; null if `agreement` is set.", examples=[PROPOSAL]
    )
    agreement: AgreementRef | None = Field(
        description="The agreement; null if `proposal` is set.", examples=[AGREEMENT]
    )
    note: str | None = Field(description="A note; null = none.", examples=["takes over articles 1 to 5"])


class RelatedFromView(Mention):
    """A relation of another proposal to this record."""

    kind: RelationKind = Field(
        description="The relation of the other proposal to this record.", examples=["supersedes"]
    )
    proposal: Annotated[ProposalRef, From("owner")] = Field(description="The other proposal.", examples=[PROPOSAL])
    note: str | None = Field(description="A note; null = none.", examples=["takes over articles 1 to 5"])


class PartView(Mention):
    """A section or option of an account."""

    key: str = Field(description="The key that identifies the part within the account.", examples=["option-1"])
    kind: PartKind = Field(description="Whether the part is a section or an option.", examples=["option"])
    account: Annotated[str, From("account.slug")] = Field(
        description="The slug of the account that contains the part.", examples=["russian-memorandum-2025-06-02-text"]
    )
    parent: Annotated[str | None, From("parent.key")] = Field(
        description="The key of the part that contains this one; null = none.", examples=["section-ii"]
    )
    label: str | None = Field(description="The label as printed; null = none.", examples=["Option 1"])
    title: str | None = Field(description="The title; null = none.", examples=["Conditions for a ceasefire"])
    summary: str | None = Field(description="A summary; null = none.", examples=["Ukraine withdraws first."])
    points_reported: int | None = Field(description="The reported number of points; null = unknown.", examples=[12])
    alternative_group: str | None = Field(
        description="The group of mutually exclusive options that the part belongs to; null = it is not an alternative.",
        examples=["frameworks"],
    )


class AccountView(Mention):
    """One account of a proposal: its text, a press report, minutes and so on."""

    slug: str = Field(description="The slug of the account.", examples=["russian-memorandum-2025-06-02-text"])
    title: str | None = Field(description="The title; null = none.", examples=["Text published by TASS and Interfax"])
    kind: AccountKind = Field(
        description="The kind of account: the text itself, a press report, minutes and so on.", examples=["text"]
    )
    is_reference: bool = Field(
        description="Whether this is the reference account, the one that lists and counts use.", examples=[True]
    )
    told_by: PartyRef | None = Field(
        description="The party that published or relayed the account; null = not stated.", examples=[MOSCOW_TIMES]
    )
    languages: list[str] = Field(description="The languages of the account.", examples=[["en"]])
    published_on: EdtfText | None = Field(
        description="The day of publication (EDTF); null = never published, or unknown.", examples=["2025-06-02"]
    )
    points_reported: int | None = Field(description="The reported number of points; null = unknown.", examples=[31])
    is_complete: bool | None = Field(
        description="Whether the account covers the whole proposal; null = unknown.", examples=[False]
    )
    note: str | None = Field(description="A note; null = none.", examples=["numbers are the article's own"])
    parts: list[PartView] = Field(description="The sections and options, in order.", examples=[[PART]])


class ProposalSummary(RecordTail, RecordSummary):
    """The act of putting something forward, as lists show it."""

    model: ClassVar[type[Record]] = Proposal
    linked_as = ("Proposal", "schema:CreativeWork", "prov:Entity")

    title: str = Field(description="The title.", examples=["Russian memorandum of 2 June 2025"])
    process: ProcessRef = Field(description="The process that the record belongs to.", examples=[PROCESS])
    talk: TalkRef | None = Field(description="The talk at which the proposal was tabled; null = none.", examples=[TALK])
    kind: ProposalKind = Field(description="The kind of proposal.", examples=["memorandum"])
    authors: list[PartyRef] = Field(
        description="The parties that made the proposal; they need not have sat at the talk.", examples=[[RUSSIA]]
    )
    addressees: list[PartyRef] = Field(description="The parties to which the proposal was made.", examples=[[UKRAINE]])
    document_date: EdtfText | None = Field(
        description="The date on the document (EDTF); null = unknown.", examples=["2022-04-15"]
    )
    tabled_on: EdtfText | None = Field(
        description="The day on which the proposal was tabled (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    published_on: EdtfText | None = Field(
        description="The day of publication (EDTF); null = never published, or unknown.", examples=["2025-06-02"]
    )
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
        description="The agreements that adopted the proposal; only with `include=agreements`.",
        examples=[[AGREEMENT]],
    )


class ProposalDetail(RecordDetail, ProposalSummary):
    """The act of putting something forward, with its authors, addressees, dates and accounts."""

    summary: str | None = Field(
        description="A summary; null = none.",
        examples=["Two frameworks for a ceasefire, and the outlines of a settlement."],
    )
    published_by: str | None = Field(description="The publisher; null = unknown.", examples=["TASS and Interfax"])
    languages: list[str] = Field(description="The languages of the document.", examples=[["ru"]])
    duration: str | None = Field(description="The proposed duration (ISO 8601); null = not stated.", examples=["P6M"])
    is_renewable: bool | None = Field(
        description="Whether the duration can be renewed; null = not stated.", examples=[True]
    )
    answer_due: EdtfText | None = Field(
        description="The day by which an answer was requested (EDTF); null = not stated.", examples=["2025-06-09"]
    )
    deadlines: list[Deadline] = Field(
        description="The deadlines of the proposal: those for the answer, or for what it proposes.",
        examples=[DEADLINES_WRITTEN],
    )
    withdrawn_on: EdtfText | None = Field(
        description="The day on which the authors withdrew the proposal (EDTF); null = not withdrawn, or unknown.",
        examples=["2025-12"],
    )
    lapsed_on: EdtfText | None = Field(
        description="The day on which the proposal lapsed (EDTF); null = not lapsed, or unknown.",
        examples=["2015-06-30"],
    )
    relations: list[RelationView] = Field(
        description="The relations of this proposal to other proposals and to agreements.",
        examples=[[{"kind": "supersedes", "proposal": PROPOSAL, "agreement": None, "note": None}]],
    )
    related_from: list[RelatedFromView] = Field(
        description="The relations of other proposals to this one: those that supersede it, respond to it or are its annex.",
        examples=[[{"kind": "supersedes", "proposal": PROPOSAL, "note": None}]],
    )
    accounts: list[AccountView] = Field(description="The accounts, in order.", examples=[[ACCOUNT]])
    parts: list[PartView] = Field(
        description="The sections and options of the reference account, in order.", examples=[[PART]]
    )
    agreements: Annotated[list[AgreementRef] | list[Any], Included("agreements", by="proposal", about=5)] = Field(
        default_factory=list,
        description="The agreements that adopted the proposal: mentions, or summaries with `include=agreements`.",
        examples=[[AGREEMENT]],
    )
