"""Read schemas of processes and talks."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.talks import Process, Talk
from app.db.vocabulary import (
    Confidence,
    OutcomeKind,
    ProcessKind,
    ProcessRole,
    ProcessStatus,
    TalkFormat,
    TalkKind,
    TalkStatus,
    Visibility,
)
from app.db.vocabulary_values import QuantityBound
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.reading.markers import Included
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadline
from app.schemas.examples import AGREEMENT, DEMAND, ISTANBUL, MEMBER, PROCESS, PROPOSAL, QUANTITY, RUSSIA, TALK
from app.schemas.nested_reads import Branch, DelegationView
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import AgreementRef, DemandRef, Mention, PartyRef, PlaceRef, ProcessRef, ProposalRef, TalkRef
from app.schemas.values import Quantity
from app.talks.write_schemas import ConflictWrite


class ProcessPartyView(Mention):
    """A party's role in a process."""

    party: PartyRef = Field(description="The party.", examples=[RUSSIA])
    role: ProcessRole = Field(description="The role.", examples=["negotiating"])


class ProcessSummary(RecordTail, RecordSummary):
    """A negotiation over years, as lists show it."""

    model: ClassVar[type[Record]] = Process
    linked_as = ("Process", "prov:Activity")

    title: str = Field(description="The title.", examples=["Russia–Ukraine settlement"])
    kind: ProcessKind = Field(description="The purpose of the negotiation.", examples=["peace"])
    parent: ProcessRef | None = Field(description="The process above this one; null = none.", examples=[PROCESS])
    status: ProcessStatus | None = Field(description="The status; null = not stated.", examples=["ongoing"])
    started: EdtfText | None = Field(
        description="The day on which the negotiation began (EDTF); null = unknown.", examples=["2022-02-28"]
    )
    ended: EdtfText | None = Field(
        description="The day on which the negotiation ended (EDTF); null = not ended, or unknown.",
        examples=["2016-11-24"],
    )
    parties: list[ProcessPartyView] = Field(
        description="The parties to the process and their roles: negotiating parties first, then the other roles; within a"
        " role in the order sent.",
        examples=[[{"party": RUSSIA, "role": "negotiating"}]],
    )
    talks: Annotated[Branch, Included("talks", by="process", about=50)] = Field(
        default_factory=list, description="The talks of the process; only with `include=talks`.", examples=[[TALK]]
    )
    proposals: Annotated[Branch, Included("proposals", by="process", about=30)] = Field(
        default_factory=list,
        description="The proposals of the process; only with `include=proposals`.",
        examples=[[PROPOSAL]],
    )
    agreements: Annotated[Branch, Included("agreements", by="process")] = Field(
        default_factory=list,
        description="The agreements of the process; only with `include=agreements`.",
        examples=[[AGREEMENT]],
    )


class Conflict(Dated, ConflictWrite):
    """A war or dispute that a process is about. Its start is not the talks' start."""


class ProcessDetail(RecordDetail, ProcessSummary):
    """A negotiation over years."""

    summary: str | None = Field(description="A summary; null = none.", examples=["Talks to end the war since 2022."])
    conflicts: list[Conflict] = Field(
        description="The wars or disputes that the process is about.",
        examples=[[{"name": "Russia–Ukraine war", "started": "2022-02-24"}]],
    )
    deadlines: list[Deadline] = Field(description="The deadlines of the process.", examples=[DEADLINES_WRITTEN])


class OutcomeView(Mention):
    """An outcome of a talk, or a step that one party took there."""

    key: str = Field(
        description="The key that identifies the outcome within the talk.", examples=["document-handed-over"]
    )
    kind: OutcomeKind = Field(description="The kind of outcome.", examples=["document_handed_over"])
    on: EdtfText | None = Field(
        description="The day of the outcome (EDTF); null = during the talk.", examples=["2025-06-02"]
    )
    party: PartyRef | None = Field(
        description="The party that acted; null = all of them, or not stated.", examples=[RUSSIA]
    )
    text: str = Field(
        description="The outcome in words.", examples=["Russian memorandum presented to the Ukrainian side"]
    )
    quantities: list[Quantity] = Field(description="The quantities in the outcome.", examples=[[QUANTITY]])
    agreement: AgreementRef | None = Field(
        description="The agreement that was reached; null = none stored.", examples=[AGREEMENT]
    )
    proposal: ProposalRef | None = Field(
        description="The proposal that the outcome is about; null = none.", examples=[PROPOSAL]
    )
    demand: DemandRef | None = Field(
        description="The demand that the outcome is about; null = none.", examples=[DEMAND]
    )
    confidence: Confidence | None = Field(
        description="The confidence in the outcome; null = not assessed.", examples=["low"]
    )
    note: str | None = Field(description="A note; null = none.", examples=["From the linked headline only."])


class TalkSummary(RecordTail, RecordSummary):
    """A meeting, or a series of meetings, as lists show it."""

    model: ClassVar[type[Record]] = Talk
    linked_as = ("Talk", "schema:Event", "prov:Activity")

    title: str = Field(description="The title.", examples=["Istanbul talks of 2 June 2025"])
    process: ProcessRef = Field(description="The process that the record belongs to.", examples=[PROCESS])
    parent: TalkRef | None = Field(description="The talk above this one; null = none.", examples=[TALK])
    kind: TalkKind | None = Field(description="The kind of talk; null = not stated.", examples=["round"])
    format: TalkFormat | None = Field(
        description="The format of the talk, as face to face or through a mediator; null = not stated.",
        examples=["direct"],
    )
    ordinal: int | None = Field(
        description="The number of the talk, as sources give it, not necessarily unique; null = none.", examples=[2]
    )
    start: EdtfText | None = Field(description="The first day (EDTF); null = unknown.", examples=["2025-06-02"])
    end: EdtfText | None = Field(
        description="The last day (EDTF); `..` = still going on, null = unknown.", examples=["2025-06-02"]
    )
    duration_minutes: int | None = Field(
        description="The duration of this meeting in minutes, never the sum of its parts; null = unknown.",
        examples=[150],
    )
    duration_bound: QuantityBound | None = Field(
        description="The meaning of the duration: exact, at least, at most or about; null = not stated.",
        examples=["about"],
    )
    place: PlaceRef | None = Field(description="The place; null = unknown.", examples=[ISTANBUL])
    status: TalkStatus | None = Field(
        description="The status of the talk, such as held or cancelled; null = not stated.", examples=["held"]
    )
    children: Annotated[Branch, Included("talks", by="parent")] = Field(
        default_factory=list,
        description="The talks directly below this one, by `order_in_parent`, then by date; only with `include=children`.",
        examples=[[TALK]],
    )
    delegations: Annotated[Branch, Included("delegations", by="talk", about=5)] = Field(
        default_factory=list,
        description="The delegations; only with `include=delegations`.",
        examples=[[{"slug": "istanbul-2025-06-02-russia", "party": RUSSIA}]],
    )
    proposals: Annotated[Branch, Included("proposals", by="talk", about=5)] = Field(
        default_factory=list,
        description="The proposals tabled at the talk; only with `include=proposals`.",
        examples=[[PROPOSAL]],
    )
    agreements: Annotated[Branch, Included("agreements", by="talk", about=5)] = Field(
        default_factory=list,
        description="The agreements reached at the talk; only with `include=agreements`.",
        examples=[[AGREEMENT]],
    )


class TalkDetail(RecordDetail, TalkSummary):
    """A meeting, or a series of meetings, with its delegations and outcomes."""

    visibility: Visibility | None = Field(
        description="The visibility of the talk to the public at the time; null = not stated.", examples=["public"]
    )
    order_in_parent: int | None = Field(
        description="The position among the talks of the parent; null = by start date.", examples=[1]
    )
    summary: str | None = Field(
        description="A summary of the talk; null = none.",
        examples=["Russia handed over a memorandum with two frameworks."],
    )
    deadlines: list[Deadline] = Field(description="The deadlines of the talk.", examples=[DEADLINES_WRITTEN])
    event_codes: list[str] = Field(
        description="The codes of event ontologies, as `scheme:code`.", examples=[["cameo:046", "plover:CONSULT"]]
    )
    outcomes: list[OutcomeView] = Field(
        description="The outcomes, in order.",
        examples=[[{"key": "document-handed-over", "kind": "document_handed_over", "party": RUSSIA}]],
    )
    delegations: list[DelegationView] = Field(
        description="The delegations, seated ones first.",
        examples=[[{"slug": "istanbul-2025-06-02-russia", "party": RUSSIA, "members": [MEMBER]}]],
    )
    children: Annotated[list[TalkRef] | list[Any], Included("talks", by="parent")] = Field(
        default_factory=list,
        description="The talks directly below this one, by `order_in_parent`, then by date: mentions, or summaries with `include=children`.",
        examples=[[TALK]],
    )
    proposals: Annotated[list[ProposalRef] | list[Any], Included("proposals", by="talk", about=5)] = Field(
        default_factory=list,
        description="The proposals tabled at the talk: mentions, or summaries with `include=proposals`.",
        examples=[[PROPOSAL]],
    )
    agreements: Annotated[list[AgreementRef] | list[Any], Included("agreements", by="talk", about=5)] = Field(
        default_factory=list,
        description="The agreements reached at the talk: mentions, or summaries with `include=agreements`.",
        examples=[[AGREEMENT]],
    )
