"""Write schemas of processes and talks."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from app.db.talks import Talk
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
from app.domain.keys import AgreementKey, DemandKey, PartyKey, PlaceKey, ProcessKey, ProposalKey, TalkKey
from app.domain.texts import Line, Prose, Slug, WebAddress, refusal
from app.domain.times import TimeOfEvent, TimeZone, on_a_day, zone_of
from app.domain.types import Count, EdtfDate
from app.schemas import descriptions as shared
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadlines
from app.schemas.descriptions import as_key, as_order, as_time, as_zone
from app.schemas.nested_writes import DelegationInTalk
from app.schemas.record_writes import NestedWrite, RecordWrite
from app.schemas.validators import distinct, keyed, not_before, not_itself
from app.schemas.values import QuantityWrite, Value
from app.schemas.written_dates import DATES_AS_WRITTEN, WrittenDate, agreeing_with
from app.talks import descriptions
from app.writing.markers import Nested


class ConflictId(Value):
    """The identifier of a conflict in another data set."""

    scheme: Slug = Field(description=shared.SCHEME, examples=["ucdp-conflict"])
    value: Line = Field(description=shared.VALUE, examples=["13243"])
    uri: WebAddress | None = Field(None, description=shared.URI, examples=["https://ucdp.uu.se/conflict/13243"])


class ConflictWrite(Value):
    """A war or dispute that a process is about. It may have begun long before the talks."""

    name: Line = Field(description="The title.", examples=["Russia–Ukraine war"])
    started: EdtfDate | None = Field(
        None, description="The day on which the conflict began (EDTF); null = not stated.", examples=["2022-02-24"]
    )
    text: Prose | None = Field(
        None,
        description="A description from the source material; null = none.",
        examples=["The article calls it Moscow's full-scale invasion and gives no start date."],
    )
    external_ids: list[ConflictId] = Field(
        default_factory=list,
        description="The identifiers of the conflict in other data sets.",
        examples=[[{"scheme": "ucdp-conflict", "value": "13243"}]],
    )


class ProcessPartyWrite(NestedWrite):
    """A party's role in a process."""

    party: PartyKey = Field(description=as_key(descriptions.PARTY), examples=["turkiye"])
    role: ProcessRole = Field(
        description=f"{descriptions.ROLE} A party with several roles has one entry for each.", examples=["host"]
    )


class OutcomeWrite(NestedWrite):
    """An outcome of a talk, or what happened in a process without a talk."""

    key: Line | None = Field(
        None,
        description=f"{shared.OUTCOME_KEY} If omitted, it is made from the kind.",
        examples=["exchange"],
    )
    kind: OutcomeKind = Field(description=descriptions.OUTCOME_KIND, examples=["document_handed_over"])
    on: EdtfDate | None = Field(None, description=descriptions.ON, examples=["2025-06-02"])
    party: PartyKey | None = Field(None, description=descriptions.OUTCOME_PARTY, examples=["russia"])
    text: Prose = Field(description=descriptions.TEXT, examples=["Russian memorandum presented to the Ukrainian side"])
    quantities: list[QuantityWrite] = Field(
        default_factory=list,
        description=descriptions.QUANTITIES,
        examples=[[{"value": 1000, "bound": "at_least", "of": "prisoners"}]],
    )
    agreement: AgreementKey | None = Field(
        None,
        description=descriptions.AGREEMENT,
        examples=["prisoner-exchange-2025-06-02"],
    )
    proposal: ProposalKey | None = Field(
        None,
        description=descriptions.PROPOSAL,
        examples=["russian-memorandum-2025-06-02"],
    )
    demand: DemandKey | None = Field(None, description=descriptions.DEMAND, examples=["article-2025-06-02-1-1"])
    confidence: Confidence | None = Field(None, description=descriptions.CONFIDENCE, examples=["low"])
    note: Prose | None = Field(None, description=shared.NOTE, examples=["From the linked headline only."])


Outcomes = Annotated[list[OutcomeWrite], keyed(lambda outcome: [outcome.kind], "outcome")]
"""The outcomes of one talk or process."""


class ProcessWrite(RecordWrite):
    """A negotiation as a whole, often over several years."""

    title: Line = Field(description=descriptions.TITLE, examples=["Russia–Ukraine settlement"])
    summary: Prose | None = Field(
        None,
        description=shared.SUMMARY,
        examples=["Talks to end the war since 2022."],
    )
    kind: ProcessKind = Field(description=descriptions.PROCESS_KIND, examples=["peace"])
    parent: Annotated[ProcessKey | None, not_itself()] = Field(
        None, description=descriptions.PROCESS_PARENT, examples=["russia-ukraine"]
    )
    status: ProcessStatus | None = Field(None, description=descriptions.PROCESS_STATUS, examples=["ongoing"])
    started: EdtfDate | None = Field(None, description=descriptions.STARTED, examples=["2022-02-28"])
    ended: Annotated[EdtfDate | None, not_before("started")] = Field(
        None,
        description=descriptions.ENDED,
        examples=["2016-11-24"],
    )
    dates_as_written: Annotated[list[WrittenDate], distinct("field"), agreeing_with("started", "ended")] = Field(
        default_factory=list, description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN]
    )
    conflicts: list[ConflictWrite] = Field(
        default_factory=list,
        description=descriptions.CONFLICTS,
        examples=[[{"name": "Russia–Ukraine war", "started": "2022-02-24"}]],
    )
    deadlines: Deadlines = Field(
        default_factory=list, description=descriptions.PROCESS_DEADLINES, examples=[DEADLINES_WRITTEN]
    )
    outcomes: Outcomes = Field(
        default_factory=list,
        description=descriptions.PROCESS_OUTCOMES,
        examples=[[{"kind": "release", "party": "russia", "on": "2022-09-21", "text": "Ten prisoners released"}]],
    )
    parties: Annotated[list[ProcessPartyWrite], distinct("party", "role")] = Field(
        default_factory=list,
        description=descriptions.PARTIES,
        examples=[[{"party": "russia", "role": "negotiating"}, {"party": "turkiye", "role": "host"}]],
    )


class TalkWrite(RecordWrite):
    """A meeting, or a series of meetings."""

    process: ProcessKey = Field(description=as_key(shared.RECORD_PROCESS), examples=["russia-ukraine"])
    parent: Annotated[TalkKey | None, not_itself()] = Field(
        None,
        description=descriptions.TALK_PARENT,
        examples=["istanbul-2025-06-02"],
    )
    order_in_parent: Count | None = Field(None, description=descriptions.ORDER_IN_PARENT, examples=[1])
    ordinal: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)] | None = Field(
        None,
        description=descriptions.ORDINAL,
        examples=[2],
    )
    title: Line = Field(description=descriptions.TITLE, examples=["Istanbul talks of 2 June 2025"])
    summary: Prose | None = Field(
        None,
        description=descriptions.SUMMARY,
        examples=["Russia handed over a memorandum with two frameworks."],
    )
    kind: TalkKind | None = Field(None, description=descriptions.TALK_KIND, examples=["round"])
    format: TalkFormat | None = Field(
        None,
        description=descriptions.FORMAT,
        examples=["direct"],
    )
    start: EdtfDate | None = Field(None, description=shared.START, examples=["2025-06-02"])
    end: Annotated[EdtfDate | None, not_before("start")] = Field(
        None, description=descriptions.END, examples=["2025-06-02"]
    )
    start_time: Annotated[TimeOfEvent | None, on_a_day("start")] = Field(
        None, description=as_time("start", "zone"), examples=["10:00"]
    )
    end_time: Annotated[TimeOfEvent | None, on_a_day("end")] = Field(
        None, description=as_time("end", "zone"), examples=["17:36"]
    )
    zone: Annotated[TimeZone | None, zone_of(*Talk.__timed__)] = Field(
        None,
        validate_default=True,
        description=as_zone("start_time", "end_time"),
        examples=["Europe/London"],
    )
    order_in_day: Count = Field(0, description=as_order("talks"), examples=[1])
    dates_as_written: Annotated[list[WrittenDate], distinct("field"), agreeing_with("start", "end")] = Field(
        default_factory=list, description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN]
    )
    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = Field(
        None,
        description=descriptions.DURATION_MINUTES,
        examples=[150],
    )
    duration_bound: QuantityBound | None = Field(
        None,
        description=descriptions.DURATION_BOUND,
        examples=["about"],
    )
    place: PlaceKey | None = Field(None, description=as_key(descriptions.PLACE), examples=["istanbul"])
    status: TalkStatus | None = Field(None, description=descriptions.TALK_STATUS, examples=["held"])
    visibility: Visibility | None = Field(
        None,
        description=descriptions.VISIBILITY,
        examples=["public"],
    )
    decision_rule: DecisionRule | None = Field(
        None,
        description=descriptions.DECISION_RULE,
        examples=["consensus"],
    )
    deadlines: Deadlines = Field(default_factory=list, description=descriptions.DEADLINES, examples=[DEADLINES_WRITTEN])
    event_codes: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description=shared.EVENT_CODES,
        examples=[["cameo:046", "plover:CONSULT"]],
    )
    outcomes: Outcomes = Field(
        default_factory=list,
        description=descriptions.OUTCOMES,
        examples=[[{"kind": "document_handed_over", "party": "russia", "text": "Memorandum presented"}]],
    )
    delegations: Annotated[list[DelegationInTalk], Nested("talk"), distinct("party")] = Field(
        default_factory=list,
        description="The delegations, one for each party.",
        examples=[[{"party": "russia", "roles": ["negotiating"]}]],
    )

    @field_validator("duration_bound")
    @classmethod
    def _bounds_a_duration(cls, bound: QuantityBound | None, info: ValidationInfo) -> QuantityBound | None:
        # If `duration_minutes` itself was invalid, it is missing from `data`, and the error about it is enough.
        if bound is not None and info.data.get("duration_minutes", 0) is None:
            raise refusal("duration", "`duration_bound` requires `duration_minutes`; give both or neither.")
        return bound
