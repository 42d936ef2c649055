"""What is read of processes and talks."""

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
from app.schemas.examples import AGREEMENT, DEMAND, ISTANBUL, MEMBER, PROCESS, PROPOSAL, QUANTITY, RUSSIA, TALK
from app.schemas.nested_reads import Branch, DelegationView
from app.schemas.record import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import AgreementRef, DemandRef, Mention, PartyRef, PlaceRef, ProcessRef, ProposalRef, TalkRef
from app.schemas.values import Deadline, Quantity
from app.talks.write_schemas import ConflictWrite


class ProcessPartyView(Mention):
    """A party's role in a process."""

    party: PartyRef = Field(description="Who.", examples=[RUSSIA])
    role: ProcessRole = Field(description="The role.", examples=["negotiating"])


class ProcessSummary(RecordTail, RecordSummary):
    """A negotiation over years, as lists show it."""

    model: ClassVar[type[Record]] = Process
    linked_as = ("Process", "prov:Activity")

    title: str = Field(description="What it is called.", examples=["Russia–Ukraine settlement"])
    kind: ProcessKind = Field(description="What it is for.", examples=["peace"])
    parent: ProcessRef | None = Field(description="The process of which it is a part; null = none.", examples=[PROCESS])
    status: ProcessStatus | None = Field(description="How it stands; null = not said.", examples=["ongoing"])
    started: EdtfText | None = Field(
        description="When the negotiation began (EDTF); null = unknown.", examples=["2022-02-28"]
    )
    ended: EdtfText | None = Field(description="When it ended (EDTF); null = not, or unknown.", examples=["2016-11-24"])
    parties: list[ProcessPartyView] = Field(
        description="Who takes which part in it: the negotiating parties first, then the other roles; within a role in the"
        " order sent.",
        examples=[[{"party": RUSSIA, "role": "negotiating"}]],
    )
    talks: Annotated[Branch, Included("talks", by="process", about=50)] = Field(
        default_factory=list, description="Its talks; comes with `include=talks`.", examples=[[TALK]]
    )
    proposals: Annotated[Branch, Included("proposals", by="process", about=30)] = Field(
        default_factory=list,
        description="Its proposals; comes with `include=proposals`.",
        examples=[[PROPOSAL]],
    )
    agreements: Annotated[Branch, Included("agreements", by="process")] = Field(
        default_factory=list,
        description="Its agreements; comes with `include=agreements`.",
        examples=[[AGREEMENT]],
    )


class Conflict(Dated, ConflictWrite):
    """A war or dispute that a process is about. Its start is not the talks' start."""


class ProcessDetail(RecordDetail, ProcessSummary):
    """A negotiation over years."""

    summary: str | None = Field(
        description="What it is, in short; null = not written.", examples=["Talks to end the war since 2022."]
    )
    conflicts: list[Conflict] = Field(
        description="The wars or disputes that it is about.",
        examples=[[{"name": "Russia–Ukraine war", "started": "2022-02-24"}]],
    )


class OutcomeView(Mention):
    """What came of a talk, or what one party did there."""

    key: str = Field(description="Tells it from the talk's other outcomes.", examples=["document-handed-over"])
    kind: OutcomeKind = Field(description="What kind of outcome it is.", examples=["document_handed_over"])
    on: EdtfText | None = Field(description="When (EDTF); null = in the course of the talk.", examples=["2025-06-02"])
    party: PartyRef | None = Field(description="Whose doing it is; null = of all, or not said.", examples=[RUSSIA])
    text: str = Field(
        description="The outcome in words.", examples=["Russian memorandum presented to the Ukrainian side"]
    )
    quantities: list[Quantity] = Field(description="Numbers in it.", examples=[[QUANTITY]])
    agreement: AgreementRef | None = Field(
        description="The agreement that it is; null = none stored.", examples=[AGREEMENT]
    )
    proposal: ProposalRef | None = Field(description="The proposal it is about; null = none.", examples=[PROPOSAL])
    demand: DemandRef | None = Field(description="The demand it is about; null = none.", examples=[DEMAND])
    confidence: Confidence | None = Field(description="How sure it is; null = nobody judged.", examples=["low"])
    note: str | None = Field(description="Note; null = none.", examples=["From the linked headline only."])


class TalkSummary(RecordTail, RecordSummary):
    """A meeting, or a series of meetings, as lists show it."""

    model: ClassVar[type[Record]] = Talk
    linked_as = ("Talk", "schema:Event", "prov:Activity")

    title: str = Field(description="What it is called.", examples=["Istanbul talks of 2 June 2025"])
    process: ProcessRef = Field(description="The negotiation it belongs to.", examples=[PROCESS])
    parent: TalkRef | None = Field(description="The talk of which it is a part; null = none.", examples=[TALK])
    kind: TalkKind | None = Field(description="What kind of talk it is; null = not said.", examples=["round"])
    format: TalkFormat | None = Field(
        description="How the parties spoke with each other; null = not said.", examples=["direct"]
    )
    ordinal: int | None = Field(description="Its number as sources give it; it may repeat. null = none.", examples=[2])
    start: EdtfText | None = Field(description="First day (EDTF); null = unknown.", examples=["2025-06-02"])
    end: EdtfText | None = Field(
        description="Last day (EDTF); `..` = still going on, null = unknown.", examples=["2025-06-02"]
    )
    duration_minutes: int | None = Field(
        description="Length of its own sitting in minutes, never the sum of its parts; null = unknown.",
        examples=[150],
    )
    duration_bound: QuantityBound | None = Field(
        description="How the length is meant; null = not said.", examples=["about"]
    )
    place: PlaceRef | None = Field(description="Where; null = unknown.", examples=[ISTANBUL])
    status: TalkStatus | None = Field(description="Whether it took place; null = not said.", examples=["held"])
    children: Annotated[Branch, Included("talks", by="parent")] = Field(
        default_factory=list,
        description="The talks it consists of, by their order in it, then by date; comes with `include=children`.",
        examples=[[TALK]],
    )
    delegations: Annotated[Branch, Included("delegations", by="talk", about=5)] = Field(
        default_factory=list,
        description="Who took part; comes with `include=delegations`.",
        examples=[[{"slug": "istanbul-2025-06-02-russia", "party": RUSSIA}]],
    )
    proposals: Annotated[Branch, Included("proposals", by="talk", about=5)] = Field(
        default_factory=list,
        description="What was tabled there; comes with `include=proposals`.",
        examples=[[PROPOSAL]],
    )
    agreements: Annotated[Branch, Included("agreements", by="talk", about=5)] = Field(
        default_factory=list,
        description="What was agreed there; comes with `include=agreements`.",
        examples=[[AGREEMENT]],
    )


class TalkDetail(RecordDetail, TalkSummary):
    """A meeting, or a series of meetings, with all who took part and all that came of it."""

    visibility: Visibility | None = Field(
        description="What the public knew of it; null = not said.", examples=["public"]
    )
    order_in_parent: int | None = Field(
        description="Its place among the parts of its parent; null = by start.", examples=[1]
    )
    summary: str | None = Field(
        description="What happened, in short; null = not written.",
        examples=["Russia handed over a memorandum with two frameworks."],
    )
    deadlines: list[Deadline] = Field(
        description="Days by which it was to be done.",
        examples=[[{"on": "2015-06-30", "set_by": "p5-plus-1", "note": "extended to 7 July"}]],
    )
    event_codes: list[str] = Field(
        description="Codes of event ontologies, as `scheme:code`.", examples=[["cameo:046", "plover:CONSULT"]]
    )
    outcomes: list[OutcomeView] = Field(
        description="What came of it, in order.",
        examples=[[{"key": "document-handed-over", "kind": "document_handed_over", "party": RUSSIA}]],
    )
    delegations: list[DelegationView] = Field(
        description="Who took part, the seated first.",
        examples=[[{"slug": "istanbul-2025-06-02-russia", "party": RUSSIA, "members": [MEMBER]}]],
    )
    children: Annotated[list[TalkRef] | list[Any], Included("talks", by="parent")] = Field(
        default_factory=list,
        description="The talks it consists of, by their order in it, then by date: mentions, or with `include=children` summaries.",
        examples=[[TALK]],
    )
    proposals: Annotated[list[ProposalRef] | list[Any], Included("proposals", by="talk", about=5)] = Field(
        default_factory=list,
        description="What was tabled there: mentions, or with `include=proposals` summaries.",
        examples=[[PROPOSAL]],
    )
    agreements: Annotated[list[AgreementRef] | list[Any], Included("agreements", by="talk", about=5)] = Field(
        default_factory=list,
        description="What was agreed there: mentions, or with `include=agreements` summaries.",
        examples=[[AGREEMENT]],
    )
