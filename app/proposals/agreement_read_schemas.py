"""Read schemas of agreements."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.db.agreements import Agreement
from app.db.base import Record
from app.db.vocabulary import (
    AgreementForm,
    AgreementKind,
    AgreementStatus,
    OutcomeKind,
    SignatureAct,
    SignatureCapacity,
    Visibility,
)
from app.domain.types import EdtfText, Instant
from app.proposals import descriptions
from app.proposals.disclosures import DISCLOSURE, DisclosureView
from app.proposals.entry_into_force import EntryIntoForce, StandingView
from app.proposals.read_schemas import RelatedFromView
from app.proposals.state import standing_json
from app.reading.markers import Computed, From, Included, OnRequest
from app.schemas import descriptions as shared
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadline
from app.schemas.descriptions import as_instant, as_mentions, as_order, as_time, as_zone, if_included
from app.schemas.examples import CITATION, MEDINSKY, PROCESS, PROPOSAL, QUANTITY, RULE, RUSSIA, TALK, UKRAINE
from app.schemas.nested_reads import Branch
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import CitationRef, PartyRef, PersonRef, ProcessRef, ProposalRef, RecordMention, TalkRef
from app.schemas.values import Quantity
from app.schemas.written_dates import DATES_AS_WRITTEN, WrittenDate


class AgreementIssueView(RecordMention):
    """An issue that an agreement covers."""

    code_collection = "issues"

    code: Annotated[str, From("issue.code")] = Field(description="The code of the issue.", examples=["DETN.EXCHANGE"])
    label: Annotated[str, From("issue.label")] = Field(description="The label of the issue.", examples=["Exchange"])
    intensity: int | None = Field(description=descriptions.INTENSITY, examples=[3])


class SignatureView(RecordMention):
    """A signature or another act: by a party, by a person, or by a person for a party."""

    key: str = Field(description=descriptions.SIGNATURE_KEY, examples=["vladimir-medinsky"])
    party: PartyRef | None = Field(description=descriptions.PARTY, examples=[RUSSIA])
    person: PersonRef | None = Field(description=descriptions.PERSON, examples=[MEDINSKY])
    capacity: SignatureCapacity | None = Field(description=descriptions.CAPACITY, examples=["party"])
    act: SignatureAct | None = Field(description=descriptions.ACT, examples=["ratified"])
    on: EdtfText | None = Field(description=descriptions.ON, examples=["2016-11-24"])
    share: float | None = Field(description=descriptions.SHARE, examples=[17.5])
    note: str | None = Field(description=shared.NOTE, examples=["Deposited with a declaration."])


class AgreementOutcomeView(RecordMention):
    """An outcome of a talk that refers to this agreement."""

    talk: TalkRef = Field(description="The talk with this outcome.", examples=[TALK])
    key: str = Field(description=shared.OUTCOME_KEY, examples=["exchange"])
    kind: OutcomeKind = Field(description=descriptions.OUTCOME_KIND, examples=["agreement"])
    on: EdtfText | None = Field(description=descriptions.OUTCOME_ON, examples=["2025-06-02"])
    text: str = Field(description=descriptions.OUTCOME_TEXT, examples=["All-for-all exchange of the seriously wounded"])
    citations: list[CitationRef] = Field(description=descriptions.OUTCOME_CITATIONS, examples=[[CITATION]])


class AgreementProcessOutcomeView(RecordMention):
    """An outcome of a process, without a talk, that refers to this agreement."""

    process: ProcessRef = Field(description="The process with this outcome.", examples=[PROCESS])
    key: str = Field(description=shared.OUTCOME_KEY, examples=["exchange"])
    kind: OutcomeKind = Field(description=descriptions.OUTCOME_KIND, examples=["agreement"])
    on: EdtfText | None = Field(description=descriptions.OUTCOME_ON, examples=["2025-06-02"])
    text: str = Field(description=descriptions.OUTCOME_TEXT, examples=["All-for-all exchange of the seriously wounded"])
    citations: list[CitationRef] = Field(description=descriptions.OUTCOME_CITATIONS, examples=[[CITATION]])


class AgreementSummary(RecordTail, RecordSummary):
    """An agreement, written or oral, as shown in lists."""

    model: ClassVar[type[Record]] = Agreement
    linked_as = ("Agreement", "schema:CreativeWork", "prov:Entity")

    title: str = Field(description=descriptions.PROPOSAL_TITLE, examples=["Exchange agreed in Istanbul on 2 June 2025"])
    process: ProcessRef = Field(description=shared.RECORD_PROCESS, examples=[PROCESS])
    talk: TalkRef | None = Field(description=descriptions.AGREEMENT_TALK, examples=[TALK])
    kind: AgreementKind = Field(description=descriptions.AGREEMENT_KIND, examples=["prisoner_exchange"])
    form: AgreementForm | None = Field(description=descriptions.FORM, examples=["oral"])
    visibility: Visibility | None = Field(description=descriptions.VISIBILITY, examples=["public"])
    is_signed: bool | None = Field(description=descriptions.IS_SIGNED, examples=[False])
    agreed_on: EdtfText | None = Field(description=descriptions.AGREED_ON, examples=["2025-06-02"])
    announced_on: EdtfText | None = Field(description=descriptions.ANNOUNCED_ON, examples=["2025-06-02"])
    in_force_on: EdtfText | None = Field(
        description=descriptions.IN_FORCE_ON,
        examples=["2014-01-20"],
    )
    until: EdtfText | None = Field(
        description="The last day of validity (EDTF); null = unlimited, or not stated.", examples=["2014-07-20"]
    )
    status: AgreementStatus | None = Field(description=descriptions.STATUS, examples=["implemented"])
    standing: Annotated[StandingView | None, OnRequest(), Computed(standing_json)] = Field(
        default=None, description=if_included(descriptions.STANDING, "standing")
    )
    parties: list[PartyRef] = Field(description=descriptions.PARTIES, examples=[[RUSSIA, UKRAINE]])
    proposals: Annotated[Branch, Included("proposals", about=3)] = Field(
        default_factory=list,
        description=if_included(descriptions.PROPOSALS, "proposals"),
        examples=[[PROPOSAL]],
    )


class AgreementDetail(RecordDetail, AgreementSummary):
    """An agreement, written or oral. Its provisions are the demands of the proposals it adopted."""

    standing: Annotated[StandingView, Computed(standing_json)] = Field(description=descriptions.STANDING)
    agreed_time: str | None = Field(description=as_time("agreed_on", "agreed_zone"), examples=["17:36"])
    agreed_zone: str | None = Field(description=as_zone("agreed_time"), examples=["Europe/London"])
    agreed_at: Instant | None = Field(description=as_instant("agreed_on"), examples=["1998-04-10T16:36:00+00:00"])
    in_force_time: str | None = Field(description=as_time("in_force_on", "in_force_zone"), examples=["23:00"])
    in_force_zone: str | None = Field(description=as_zone("in_force_time"), examples=["Europe/London"])
    in_force_at: Instant | None = Field(description=as_instant("in_force_on"), examples=["2020-01-31T23:00:00+00:00"])
    order_in_day: int = Field(description=as_order("agreements"), examples=[1])
    dates_as_written: list[WrittenDate] = Field(description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN])
    entry_into_force: EntryIntoForce | None = Field(description=descriptions.ENTRY_INTO_FORCE, examples=[RULE])
    summary: str | None = Field(
        description=shared.SUMMARY,
        examples=["All seriously wounded and sick, and all soldiers under 25, are exchanged."],
    )
    quantities: list[Quantity] = Field(description=descriptions.QUANTITIES, examples=[[QUANTITY]])
    deadlines: list[Deadline] = Field(
        description=descriptions.AGREEMENT_DEADLINES,
        examples=[DEADLINES_WRITTEN],
    )
    issues: list[AgreementIssueView] = Field(
        description=descriptions.ISSUES,
        examples=[[{"code": "DETN.EXCHANGE", "label": "Exchange", "intensity": 3}]],
    )
    signatures: list[SignatureView] = Field(
        description=descriptions.SIGNATURES,
        examples=[
            [
                {
                    "key": "vladimir-medinsky",
                    "party": RUSSIA,
                    "person": MEDINSKY,
                    "capacity": "party",
                    "act": "signed",
                    "on": None,
                    "share": None,
                    "note": None,
                }
            ]
        ],
    )
    disclosed: list[DisclosureView] = Field(description=descriptions.DISCLOSED, examples=[[DISCLOSURE]])
    related_from: list[RelatedFromView] = Field(
        description="The relations of proposals to this agreement: those that implement it, supersede it or are its annex.",
        examples=[[{"kind": "implements", "proposal": PROPOSAL, "note": None}]],
    )
    outcomes: list[AgreementOutcomeView] = Field(
        description="The outcomes of talks that refer to this agreement, with their citations.",
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
    process_outcomes: list[AgreementProcessOutcomeView] = Field(
        description="The outcomes of processes, without a talk, that refer to this agreement, with their citations.",
        examples=[
            [
                {
                    "process": PROCESS,
                    "key": "ratification",
                    "kind": "ratification",
                    "on": "2025-07-01",
                    "text": "The parliament ratified the agreement",
                    "citations": [CITATION],
                }
            ]
        ],
    )
    proposals: Annotated[list[ProposalRef] | list[Any], Included("proposals", about=3)] = Field(
        default_factory=list,
        description=as_mentions(descriptions.PROPOSALS, "proposals"),
        examples=[[PROPOSAL]],
    )
