"""What is read of proposals with their accounts and parts, and of agreements."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.proposals import Agreement, Proposal
from app.db.vocabulary import (
    AccountKind,
    AgreementForm,
    AgreementKind,
    AgreementStatus,
    OutcomeKind,
    PartKind,
    ProposalKind,
    RelationKind,
    SignatureCapacity,
)
from app.domain.types import EdtfText
from app.reading.markers import From, Included
from app.schemas.examples import (
    ACCOUNT,
    AGREEMENT,
    CITATION,
    DEMAND,
    MEDINSKY,
    MOSCOW_TIMES,
    PART,
    PROCESS,
    PROPOSAL,
    QUANTITY,
    RESPONSE,
    RUSSIA,
    TALK,
    UKRAINE,
)
from app.schemas.nested_reads import Branch
from app.schemas.record import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import AgreementRef, CitationRef, Mention, PartyRef, PersonRef, ProcessRef, ProposalRef, TalkRef
from app.schemas.values import Quantity


class RelationView(Mention):
    """How a proposal stands to another one, or to an agreement."""

    kind: RelationKind = Field(description="What it does to the other.", examples=["supersedes"])
    proposal: ProposalRef | None = Field(
        description="The other proposal; null = it is an agreement.", examples=[PROPOSAL]
    )
    agreement: AgreementRef | None = Field(description="The agreement; null = it is a proposal.", examples=[AGREEMENT])
    note: str | None = Field(description="Note; null = none.", examples=["takes over articles 1 to 5"])


class RelatedFromView(Mention):
    """How another proposal stands to this record."""

    kind: RelationKind = Field(description="What the other proposal does to this record.", examples=["supersedes"])
    proposal: Annotated[ProposalRef, From("owner")] = Field(description="The other proposal.", examples=[PROPOSAL])
    note: str | None = Field(description="Note; null = none.", examples=["takes over articles 1 to 5"])


class PartView(Mention):
    """A section or option of an account."""

    key: str = Field(description="Tells it from the account's other parts.", examples=["option-1"])
    kind: PartKind = Field(description="Section or option.", examples=["option"])
    account: Annotated[str, From("account.slug")] = Field(
        description="Slug of the account to which it belongs.", examples=["russian-memorandum-2025-06-02-text"]
    )
    parent: Annotated[str | None, From("parent.key")] = Field(
        description="Key of the part that contains it; null = none.", examples=["section-ii"]
    )
    label: str | None = Field(description="Label as printed; null = none.", examples=["Option 1"])
    title: str | None = Field(description="Title; null = none.", examples=["Conditions for a ceasefire"])
    summary: str | None = Field(
        description="What it says, in short; null = not written.", examples=["Ukraine withdraws first."]
    )
    points_reported: int | None = Field(
        description="Number of points it is said to have; null = unknown.", examples=[12]
    )
    alternative_group: str | None = Field(
        description="Options of one group exclude each other; null = no alternative.", examples=["frameworks"]
    )


class AccountView(Mention):
    """One telling of a proposal."""

    slug: str = Field(description="Slug of the account.", examples=["russian-memorandum-2025-06-02-text"])
    title: str | None = Field(description="A title; null = none.", examples=["Text published by TASS and Interfax"])
    kind: AccountKind = Field(description="What kind of telling it is.", examples=["text"])
    is_reference: bool = Field(description="Whether lists and counts read this one.", examples=[True])
    told_by: PartyRef | None = Field(description="Who tells it; null = not said.", examples=[MOSCOW_TIMES])
    languages: list[str] = Field(description="Languages of this telling.", examples=[["en"]])
    published_on: EdtfText | None = Field(
        description="When it was published (EDTF); null = unknown or never.", examples=["2025-06-02"]
    )
    points_reported: int | None = Field(
        description="Number of points it is said to have; null = unknown.", examples=[31]
    )
    is_complete: bool | None = Field(description="Whether it tells the whole; null = unknown.", examples=[False])
    note: str | None = Field(description="Note; null = none.", examples=["numbers are the article's own"])
    parts: list[PartView] = Field(description="Its sections and options, in order.", examples=[[PART]])


class ProposalSummary(RecordTail, RecordSummary):
    """Something put forward, as lists show it."""

    model: ClassVar[type[Record]] = Proposal
    linked_as = ("Proposal", "schema:CreativeWork", "prov:Entity")

    title: str = Field(description="What it is called.", examples=["Russian memorandum of 2 June 2025"])
    process: ProcessRef = Field(description="The negotiation it belongs to.", examples=[PROCESS])
    talk: TalkRef | None = Field(description="The talk at which it was tabled; null = at none.", examples=[TALK])
    kind: ProposalKind = Field(description="What kind of proposal it is.", examples=["memorandum"])
    authors: list[PartyRef] = Field(
        description="Who put it forward; they need not sit at the talk.", examples=[[RUSSIA]]
    )
    addressees: list[PartyRef] = Field(description="To whom it was put.", examples=[[UKRAINE]])
    document_date: EdtfText | None = Field(
        description="The date on the document (EDTF); null = unknown.", examples=["2022-04-15"]
    )
    tabled_on: EdtfText | None = Field(
        description="When it was tabled (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    published_on: EdtfText | None = Field(
        description="When it was published (EDTF); null = never, or unknown.", examples=["2025-06-02"]
    )
    demands: Annotated[Branch, Included("demands", by="proposal", about=40)] = Field(
        default_factory=list,
        description="The points of its reference account, in order; comes with `include=demands`.",
        examples=[[DEMAND]],
    )
    responses: Annotated[Branch, Included("responses", by="proposal")] = Field(
        default_factory=list,
        description="Answers to it, its parts and its demands; comes with `include=responses`.",
        examples=[[RESPONSE]],
    )
    agreements: Annotated[Branch, Included("agreements", by="proposal", about=5)] = Field(
        default_factory=list,
        description="Agreements that adopted it; comes with `include=agreements`.",
        examples=[[AGREEMENT]],
    )


class ProposalDetail(RecordDetail, ProposalSummary):
    """Something put forward: by whom, to whom, when, and in which tellings it is known."""

    summary: str | None = Field(
        description="What it says, in short; null = not written.",
        examples=["Two frameworks for a ceasefire, and the outlines of a settlement."],
    )
    published_by: str | None = Field(description="Who published it; null = unknown.", examples=["TASS and Interfax"])
    languages: list[str] = Field(description="Languages of the document.", examples=[["ru"]])
    duration: str | None = Field(description="How long it is to hold (ISO 8601); null = not said.", examples=["P6M"])
    is_renewable: bool | None = Field(description="Whether that can be renewed; null = not said.", examples=[True])
    answer_due: EdtfText | None = Field(
        description="By when an answer was asked for (EDTF); null = not said.", examples=["2025-06-09"]
    )
    withdrawn_on: EdtfText | None = Field(
        description="When its authors took it back (EDTF); null = not, or unknown.", examples=["2025-12"]
    )
    lapsed_on: EdtfText | None = Field(
        description="When it lapsed (EDTF); null = not, or unknown.", examples=["2015-06-30"]
    )
    relations: list[RelationView] = Field(
        description="How it stands to other proposals and to agreements.",
        examples=[[{"kind": "supersedes", "proposal": PROPOSAL, "agreement": None, "note": None}]],
    )
    related_from: list[RelatedFromView] = Field(
        description="How other proposals stand to it: what superseded it, responds to it, is its annex.",
        examples=[[{"kind": "supersedes", "proposal": PROPOSAL, "note": None}]],
    )
    accounts: list[AccountView] = Field(description="Its tellings, in order.", examples=[[ACCOUNT]])
    parts: list[PartView] = Field(
        description="Sections and options of its reference account, in order.", examples=[[PART]]
    )
    agreements: Annotated[list[AgreementRef] | list[Any], Included("agreements", by="proposal", about=5)] = Field(
        default_factory=list,
        description="Agreements that adopted it: mentions, or with `include=agreements` summaries.",
        examples=[[AGREEMENT]],
    )


class AgreementIssueView(Mention):
    """An issue that an agreement covers."""

    code_collection = "issues"

    code: Annotated[str, From("issue.code")] = Field(description="Code of the issue.", examples=["DETN.EXCHANGE"])
    label: Annotated[str, From("issue.label")] = Field(description="Its label.", examples=["Exchange"])
    intensity: int | None = Field(
        description="From 0 (named) to 3 (settled in detail); null = not graded.", examples=[3]
    )


class SignatureView(Mention):
    """A signature: by a party, by a person, or by a person for a party."""

    key: str = Field(description="Tells it from the agreement's other signatures.", examples=["vladimir-medinsky"])
    party: PartyRef | None = Field(description="The party that signs or is signed for; null = none.", examples=[RUSSIA])
    person: PersonRef | None = Field(description="Who signs; null = not named.", examples=[MEDINSKY])
    capacity: SignatureCapacity | None = Field(description="In which capacity; null = not said.", examples=["party"])
    on: EdtfText | None = Field(description="When (EDTF); null = unknown.", examples=["2016-11-24"])


class AgreementOutcomeView(Mention):
    """What a talk says came of it, where that is this agreement."""

    talk: TalkRef = Field(description="The talk that says so.", examples=[TALK])
    key: str = Field(description="Tells it from the talk's other outcomes.", examples=["exchange"])
    kind: OutcomeKind = Field(description="What kind of outcome it is.", examples=["agreement"])
    on: EdtfText | None = Field(description="When (EDTF); null = in the course of the talk.", examples=["2025-06-02"])
    text: str = Field(description="The outcome in words.", examples=["All-for-all exchange of the seriously wounded"])
    citations: list[CitationRef] = Field(
        description="What sources say of this outcome, those that contradict it too.", examples=[[CITATION]]
    )


class AgreementSummary(RecordTail, RecordSummary):
    """What was agreed, as lists show it."""

    model: ClassVar[type[Record]] = Agreement
    linked_as = ("Agreement", "schema:CreativeWork", "prov:Entity")

    title: str = Field(description="What it is called.", examples=["Exchange agreed in Istanbul on 2 June 2025"])
    process: ProcessRef = Field(description="The negotiation it belongs to.", examples=[PROCESS])
    talk: TalkRef | None = Field(description="The talk at which it was reached; null = at none.", examples=[TALK])
    kind: AgreementKind = Field(description="What kind of agreement it is.", examples=["prisoner_exchange"])
    form: AgreementForm | None = Field(description="Its form; null = not said.", examples=["oral"])
    is_signed: bool | None = Field(description="Whether it was signed; null = unknown.", examples=[False])
    agreed_on: EdtfText | None = Field(
        description="When it was agreed (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    announced_on: EdtfText | None = Field(
        description="When it was announced (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    in_force_on: EdtfText | None = Field(
        description="When it came into force (EDTF); null = not, or unknown.", examples=["2014-01-20"]
    )
    status: AgreementStatus | None = Field(description="How it stands; null = not said.", examples=["implemented"])
    parties: list[PartyRef] = Field(description="Between whom it is.", examples=[[RUSSIA, UKRAINE]])
    proposals: Annotated[Branch, Included("proposals", about=3)] = Field(
        default_factory=list,
        description="The texts that it adopted; comes with `include=proposals`.",
        examples=[[PROPOSAL]],
    )


class AgreementDetail(RecordDetail, AgreementSummary):
    """What was agreed, written or oral. Its provisions are the demands of the texts it adopted."""

    summary: str | None = Field(
        description="What was agreed, in short; null = not written.",
        examples=["All seriously wounded and sick, and all soldiers under 25, are exchanged."],
    )
    quantities: list[Quantity] = Field(description="Numbers that were agreed.", examples=[[QUANTITY]])
    issues: list[AgreementIssueView] = Field(
        description="What it covers.",
        examples=[[{"code": "DETN.EXCHANGE", "label": "Exchange", "intensity": 3}]],
    )
    signatures: list[SignatureView] = Field(
        description="Who signed, in order; signatories need not be parties.",
        examples=[
            [
                {
                    "key": "vladimir-medinsky",
                    "party": RUSSIA,
                    "person": MEDINSKY,
                    "capacity": "party",
                    "on": None,
                }
            ]
        ],
    )
    related_from: list[RelatedFromView] = Field(
        description="How proposals stand to it: which implements it, supersedes it, is its annex.",
        examples=[[{"kind": "implements", "proposal": PROPOSAL, "note": None}]],
    )
    outcomes: list[AgreementOutcomeView] = Field(
        description="Outcomes of talks that are this agreement, with what sources say of them.",
        examples=[
            [
                {
                    "talk": TALK,
                    "key": "exchange",
                    "kind": "agreement",
                    "on": None,
                    "text": "All-for-all exchange of the seriously wounded",
                    "citations": [CITATION],
                }
            ]
        ],
    )
    proposals: Annotated[list[ProposalRef] | list[Any], Included("proposals", about=3)] = Field(
        default_factory=list,
        description="The texts that it adopted: mentions, or with `include=proposals` summaries.",
        examples=[[PROPOSAL]],
    )
