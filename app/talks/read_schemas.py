"""Read schemas of processes and talks."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.talks import Process, Talk
from app.db.vocabulary import (
    Confidence,
    DecisionRule,
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
from app.domain.types import EdtfText, Instant
from app.reading.date_bounds import Dated
from app.reading.markers import Included
from app.schemas import descriptions as shared
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadline
from app.schemas.descriptions import as_instant, as_mentions, as_order, as_time, as_zone, if_included
from app.schemas.examples import AGREEMENT, DEMAND, ISTANBUL, MEMBER, PROCESS, PROPOSAL, QUANTITY, RUSSIA, TALK
from app.schemas.nested_reads import Branch, DelegationView
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import (
    AgreementRef,
    DemandRef,
    PartyRef,
    PlaceRef,
    ProcessRef,
    ProposalRef,
    RecordMention,
    TalkRef,
)
from app.schemas.values import Quantity
from app.schemas.written_dates import DATES_AS_WRITTEN, WrittenDate
from app.talks import descriptions
from app.talks.write_schemas import ConflictWrite


class OutcomeView(RecordMention):
    """An outcome of a talk, or what happened in a process without a talk."""

    key: str = Field(description=shared.OUTCOME_KEY, examples=["document-handed-over"])
    kind: OutcomeKind = Field(description=descriptions.OUTCOME_KIND, examples=["document_handed_over"])
    on: EdtfText | None = Field(description=descriptions.ON, examples=["2025-06-02"])
    party: PartyRef | None = Field(description=descriptions.OUTCOME_PARTY, examples=[RUSSIA])
    text: str = Field(description=descriptions.TEXT, examples=["Russian memorandum presented to the Ukrainian side"])
    quantities: list[Quantity] = Field(description=descriptions.QUANTITIES, examples=[[QUANTITY]])
    agreement: AgreementRef | None = Field(description=descriptions.AGREEMENT, examples=[AGREEMENT])
    proposal: ProposalRef | None = Field(description=descriptions.PROPOSAL, examples=[PROPOSAL])
    demand: DemandRef | None = Field(description=descriptions.DEMAND, examples=[DEMAND])
    confidence: Confidence | None = Field(description=descriptions.CONFIDENCE, examples=["low"])
    note: str | None = Field(description=shared.NOTE, examples=["From the linked headline only."])


class ProcessPartyView(RecordMention):
    """A party's role in a process."""

    party: PartyRef = Field(description=descriptions.PARTY, examples=[RUSSIA])
    role: ProcessRole = Field(description=descriptions.ROLE, examples=["negotiating"])


class ProcessSummary(RecordTail, RecordSummary):
    """A negotiation as a whole, often over several years, as shown in lists."""

    model: ClassVar[type[Record]] = Process
    linked_as = ("Process", "prov:Activity")

    title: str = Field(description=descriptions.TITLE, examples=["Russia–Ukraine settlement"])
    kind: ProcessKind = Field(description=descriptions.PROCESS_KIND, examples=["peace"])
    parent: ProcessRef | None = Field(description=descriptions.PROCESS_PARENT, examples=[PROCESS])
    status: ProcessStatus | None = Field(description=descriptions.PROCESS_STATUS, examples=["ongoing"])
    started: EdtfText | None = Field(description=descriptions.STARTED, examples=["2022-02-28"])
    ended: EdtfText | None = Field(
        description=descriptions.ENDED,
        examples=["2016-11-24"],
    )
    parties: list[ProcessPartyView] = Field(
        description=descriptions.PARTIES,
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
    """A war or dispute that a process is about. It may have begun long before the talks."""


class ProcessDetail(RecordDetail, ProcessSummary):
    """A negotiation as a whole, often over several years."""

    summary: str | None = Field(description=shared.SUMMARY, examples=["Talks to end the war since 2022."])
    conflicts: list[Conflict] = Field(
        description=descriptions.CONFLICTS,
        examples=[[{"name": "Russia–Ukraine war", "started": "2022-02-24"}]],
    )
    dates_as_written: list[WrittenDate] = Field(description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN])
    deadlines: list[Deadline] = Field(description=descriptions.PROCESS_DEADLINES, examples=[DEADLINES_WRITTEN])
    outcomes: list[OutcomeView] = Field(
        description=descriptions.PROCESS_OUTCOMES,
        examples=[[{"key": "vote", "kind": "vote", "party": RUSSIA}]],
    )


class TalkSummary(RecordTail, RecordSummary):
    """A meeting, or a series of meetings, as shown in lists."""

    model: ClassVar[type[Record]] = Talk
    linked_as = ("Talk", "schema:Event", "prov:Activity")

    title: str = Field(description=descriptions.TITLE, examples=["Istanbul talks of 2 June 2025"])
    process: ProcessRef = Field(description=shared.RECORD_PROCESS, examples=[PROCESS])
    parent: TalkRef | None = Field(description=descriptions.TALK_PARENT, examples=[TALK])
    kind: TalkKind | None = Field(description=descriptions.TALK_KIND, examples=["round"])
    format: TalkFormat | None = Field(
        description=descriptions.FORMAT,
        examples=["direct"],
    )
    ordinal: int | None = Field(description=descriptions.ORDINAL, examples=[2])
    start: EdtfText | None = Field(description=shared.START, examples=["2025-06-02"])
    end: EdtfText | None = Field(description=descriptions.END, examples=["2025-06-02"])
    duration_minutes: int | None = Field(
        description=descriptions.DURATION_MINUTES,
        examples=[150],
    )
    duration_bound: QuantityBound | None = Field(
        description=descriptions.DURATION_BOUND,
        examples=["about"],
    )
    place: PlaceRef | None = Field(description=descriptions.PLACE, examples=[ISTANBUL])
    status: TalkStatus | None = Field(description=descriptions.TALK_STATUS, examples=["held"])
    children: Annotated[Branch, Included("talks", by="parent")] = Field(
        default_factory=list,
        description=if_included(descriptions.CHILDREN, "children"),
        examples=[[TALK]],
    )
    delegations: Annotated[Branch, Included("delegations", by="talk", about=5)] = Field(
        default_factory=list,
        description="The delegations; only with `include=delegations`.",
        examples=[[{"slug": "istanbul-2025-06-02-russia", "party": RUSSIA}]],
    )
    proposals: Annotated[Branch, Included("proposals", by="talk", about=5)] = Field(
        default_factory=list,
        description=if_included(descriptions.PROPOSALS, "proposals"),
        examples=[[PROPOSAL]],
    )
    agreements: Annotated[Branch, Included("agreements", by="talk", about=5)] = Field(
        default_factory=list,
        description=if_included(descriptions.AGREEMENTS, "agreements"),
        examples=[[AGREEMENT]],
    )


class TalkDetail(RecordDetail, TalkSummary):
    """A meeting, or a series of meetings, with its delegations and outcomes."""

    start_time: str | None = Field(description=as_time("start", "zone"), examples=["10:00"])
    end_time: str | None = Field(description=as_time("end", "zone"), examples=["17:36"])
    zone: str | None = Field(description=as_zone("start_time", "end_time"), examples=["Europe/London"])
    start_at: Instant | None = Field(description=as_instant("start"), examples=["1953-07-27T01:00:00+00:00"])
    end_at: Instant | None = Field(description=as_instant("end"), examples=["1998-04-10T16:36:00+00:00"])
    order_in_day: int = Field(description=as_order("talks"), examples=[1])
    dates_as_written: list[WrittenDate] = Field(description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN])
    visibility: Visibility | None = Field(description=descriptions.VISIBILITY, examples=["public"])
    decision_rule: DecisionRule | None = Field(
        description=descriptions.DECISION_RULE,
        examples=["consensus"],
    )
    order_in_parent: int | None = Field(description=descriptions.ORDER_IN_PARENT, examples=[1])
    summary: str | None = Field(
        description=descriptions.SUMMARY,
        examples=["Russia handed over a memorandum with two frameworks."],
    )
    deadlines: list[Deadline] = Field(description=descriptions.DEADLINES, examples=[DEADLINES_WRITTEN])
    event_codes: list[str] = Field(description=shared.EVENT_CODES, examples=[["cameo:046", "plover:CONSULT"]])
    outcomes: list[OutcomeView] = Field(
        description=descriptions.OUTCOMES,
        examples=[[{"key": "document-handed-over", "kind": "document_handed_over", "party": RUSSIA}]],
    )
    delegations: list[DelegationView] = Field(
        description=descriptions.DELEGATIONS,
        examples=[[{"slug": "istanbul-2025-06-02-russia", "party": RUSSIA, "members": [MEMBER]}]],
    )
    children: Annotated[list[TalkRef] | list[Any], Included("talks", by="parent")] = Field(
        default_factory=list,
        description=as_mentions(descriptions.CHILDREN, "children"),
        examples=[[TALK]],
    )
    proposals: Annotated[list[ProposalRef] | list[Any], Included("proposals", by="talk", about=5)] = Field(
        default_factory=list,
        description=as_mentions(descriptions.PROPOSALS, "proposals"),
        examples=[[PROPOSAL]],
    )
    agreements: Annotated[list[AgreementRef] | list[Any], Included("agreements", by="talk", about=5)] = Field(
        default_factory=list,
        description=as_mentions(descriptions.AGREEMENTS, "agreements"),
        examples=[[AGREEMENT]],
    )
