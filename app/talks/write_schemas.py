"""Write schemas of processes and talks."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

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
from app.domain.keys import AgreementKey, DemandKey, PartyKey, PlaceKey, ProcessKey, ProposalKey, TalkKey
from app.domain.texts import Line, Prose, Slug, WebAddress, refusal
from app.domain.types import Count, EdtfDate
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadlines
from app.schemas.nested_writes import DelegationInTalk
from app.schemas.record_writes import Part, RecordWrite
from app.schemas.validators import distinct, keyed, not_before, not_itself
from app.schemas.values import Quantity, Value
from app.writing.markers import Nested


class ConflictId(Value):
    """A conflict's identity in another data set."""

    scheme: Slug = Field(description="The scheme, which names the data set.", examples=["ucdp-conflict"])
    value: Line = Field(description="The identifier in that data set.", examples=["13243"])
    uri: WebAddress | None = Field(
        None, description="The URL of the entry; null = none.", examples=["https://ucdp.uu.se/conflict/13243"]
    )


class ConflictWrite(Value):
    """A war or dispute that a process is about. It began on a date of its own, not with the talks."""

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


class ProcessPartyWrite(Part):
    """A party's role in a process."""

    party: PartyKey = Field(description="The party: slug, id or `scheme:value`.", examples=["turkiye"])
    role: ProcessRole = Field(
        description="The role. A party with several roles has one entry for each.", examples=["host"]
    )


class ProcessWrite(RecordWrite):
    """A negotiation over years."""

    title: Line = Field(description="The title.", examples=["Russia–Ukraine settlement"])
    summary: Prose | None = Field(
        None,
        description="A summary; null = none.",
        examples=["Talks to end the war since 2022."],
    )
    kind: ProcessKind = Field(description="The purpose of the negotiation.", examples=["peace"])
    parent: Annotated[ProcessKey | None, not_itself()] = Field(
        None, description="The process above this one; null = none.", examples=["russia-ukraine"]
    )
    status: ProcessStatus | None = Field(None, description="The status; null = not stated.", examples=["ongoing"])
    started: EdtfDate | None = Field(
        None, description="The day on which the negotiation began (EDTF); null = unknown.", examples=["2022-02-28"]
    )
    ended: Annotated[EdtfDate | None, not_before("started")] = Field(
        None,
        description="The day on which the negotiation ended (EDTF); null = not ended, or unknown.",
        examples=["2016-11-24"],
    )
    conflicts: list[ConflictWrite] = Field(
        default_factory=list,
        description="The wars or disputes that the process is about.",
        examples=[[{"name": "Russia–Ukraine war", "started": "2022-02-24"}]],
    )
    deadlines: Deadlines = Field(
        default_factory=list, description="The deadlines of the process.", examples=[DEADLINES_WRITTEN]
    )
    parties: Annotated[list[ProcessPartyWrite], distinct("party", "role")] = Field(
        default_factory=list,
        description="The parties to the process and their roles: negotiating parties first, then the other roles; within a role in the order sent.",
        examples=[[{"party": "russia", "role": "negotiating"}, {"party": "turkiye", "role": "host"}]],
    )


class OutcomeWrite(Part):
    """An outcome of a talk, or a step that one party took there."""

    key: Line | None = Field(
        None,
        description="The key that identifies the outcome within the talk. If omitted, it is made from the kind.",
        examples=["exchange"],
    )
    kind: OutcomeKind = Field(description="The kind of outcome.", examples=["document_handed_over"])
    on: EdtfDate | None = Field(
        None, description="The day of the outcome (EDTF); null = during the talk.", examples=["2025-06-02"]
    )
    party: PartyKey | None = Field(
        None, description="The party that acted; null = all of them, or not stated.", examples=["russia"]
    )
    text: Prose = Field(
        description="The outcome in words.", examples=["Russian memorandum presented to the Ukrainian side"]
    )
    quantities: list[Quantity] = Field(
        default_factory=list,
        description="The quantities in the outcome.",
        examples=[[{"value": 1000, "bound": "at_least", "of": "prisoners"}]],
    )
    agreement: AgreementKey | None = Field(
        None,
        description="The agreement that was reached; null = none stored.",
        examples=["prisoner-exchange-2025-06-02"],
    )
    proposal: ProposalKey | None = Field(
        None,
        description="The proposal that the outcome is about; null = none.",
        examples=["russian-memorandum-2025-06-02"],
    )
    demand: DemandKey | None = Field(
        None, description="The demand that the outcome is about; null = none.", examples=["article-2025-06-02-1-1"]
    )
    confidence: Confidence | None = Field(
        None, description="The confidence in the outcome; null = not assessed.", examples=["low"]
    )
    note: Prose | None = Field(None, description="A note; null = none.", examples=["From the linked headline only."])


class TalkWrite(RecordWrite):
    """A meeting, or a series of meetings."""

    process: ProcessKey = Field(
        description="The process that the record belongs to: slug, id or `scheme:value`.", examples=["russia-ukraine"]
    )
    parent: Annotated[TalkKey | None, not_itself()] = Field(
        None,
        description="The talk above this one; null = none.",
        examples=["istanbul-2025-06-02"],
    )
    order_in_parent: Count | None = Field(
        None, description="The position among the talks of the parent; null = by start date.", examples=[1]
    )
    ordinal: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)] | None = Field(
        None,
        description="The number of the talk, as sources give it, not necessarily unique; null = none.",
        examples=[2],
    )
    title: Line = Field(description="The title.", examples=["Istanbul talks of 2 June 2025"])
    summary: Prose | None = Field(
        None,
        description="A summary of the talk; null = none.",
        examples=["Russia handed over a memorandum with two frameworks."],
    )
    kind: TalkKind | None = Field(None, description="The kind of talk; null = not stated.", examples=["round"])
    format: TalkFormat | None = Field(
        None,
        description="The format of the talk, as face to face or through a mediator; null = not stated.",
        examples=["direct"],
    )
    start: EdtfDate | None = Field(None, description="The first day (EDTF); null = unknown.", examples=["2025-06-02"])
    end: Annotated[EdtfDate | None, not_before("start")] = Field(
        None, description="The last day (EDTF); `..` = still going on, null = unknown.", examples=["2025-06-02"]
    )
    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = Field(
        None,
        description="The duration of this meeting in minutes, never the sum of its parts; null = unknown.",
        examples=[150],
    )
    duration_bound: QuantityBound | None = Field(
        None,
        description="The meaning of the duration: exact, at least, at most or about; null = not stated.",
        examples=["about"],
    )
    place: PlaceKey | None = Field(
        None, description="The place: slug, id or `scheme:value`; null = unknown.", examples=["istanbul"]
    )
    status: TalkStatus | None = Field(
        None, description="The status of the talk, such as held or cancelled; null = not stated.", examples=["held"]
    )
    visibility: Visibility | None = Field(
        None,
        description="The visibility of the talk to the public at the time; null = not stated.",
        examples=["public"],
    )
    deadlines: Deadlines = Field(
        default_factory=list, description="The deadlines of the talk.", examples=[DEADLINES_WRITTEN]
    )
    event_codes: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="The codes of event ontologies, as `scheme:code`.",
        examples=[["cameo:046", "plover:CONSULT"]],
    )
    outcomes: Annotated[list[OutcomeWrite], keyed(lambda outcome: [outcome.kind], "outcome")] = Field(
        default_factory=list,
        description="The outcomes, in order.",
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
        # Missing from `data` if `duration_minutes` was invalid itself: that error is enough.
        if bound is not None and info.data.get("duration_minutes", 0) is None:
            raise refusal("duration", "`duration_bound` requires `duration_minutes`; give both or neither.")
        return bound
