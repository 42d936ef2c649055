"""What is written of processes and talks."""

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
from app.domain.types import Count, PlaceKey, ProcessKey, Slug, WebAddress, refusal
from app.schemas.nested_writes import DelegationInTalk
from app.schemas.record import Part, RecordWrite
from app.schemas.validators import distinct, keyed, not_before, not_itself
from app.schemas.values import (
    AgreementKey,
    DeadlineWrite,
    DemandKey,
    EdtfDate,
    Line,
    PartyKey,
    ProposalKey,
    Prose,
    Quantity,
    TalkKey,
    Value,
)
from app.writing.markers import Nested


class ConflictId(Value):
    """A conflict's identity in another data set."""

    scheme: Slug = Field(description="The data set's scheme.", examples=["ucdp-conflict"])
    value: Line = Field(description="The id there.", examples=["13243"])
    uri: WebAddress | None = Field(
        None, description="Its address; null = none.", examples=["https://ucdp.uu.se/conflict/13243"]
    )


class ConflictWrite(Value):
    """A war or dispute that a process is about. Its start is not the talks' start."""

    name: Line = Field(description="What it is called.", examples=["Russia–Ukraine war"])
    started: EdtfDate | None = Field(
        None, description="When it began (EDTF); null = not said.", examples=["2022-02-24"]
    )
    text: Prose | None = Field(
        None,
        description="What else the material says of it; null = nothing.",
        examples=["The article calls it Moscow's full-scale invasion and gives no start date."],
    )
    external_ids: list[ConflictId] = Field(
        default_factory=list,
        description="Its identifiers in other data sets.",
        examples=[[{"scheme": "ucdp-conflict", "value": "13243"}]],
    )


class ProcessPartyWrite(Part):
    """A party's role in a process."""

    party: PartyKey = Field(description="Who: slug, id or `scheme:value`.", examples=["turkiye"])
    role: ProcessRole = Field(description="The role; a party may have several, one entry each.", examples=["host"])


class ProcessWrite(RecordWrite):
    """A negotiation over years."""

    title: Line = Field(description="What it is called.", examples=["Russia–Ukraine settlement"])
    summary: Prose | None = Field(
        None,
        description="What it is, in short; null = not written.",
        examples=["Talks to end the war since 2022."],
    )
    kind: ProcessKind = Field(description="What it is for.", examples=["peace"])
    parent: Annotated[ProcessKey | None, not_itself()] = Field(
        None, description="The process of which it is a part; null = none.", examples=["russia-ukraine"]
    )
    status: ProcessStatus | None = Field(None, description="How it stands; null = not said.", examples=["ongoing"])
    started: EdtfDate | None = Field(
        None, description="When the negotiation began (EDTF); null = unknown.", examples=["2022-02-28"]
    )
    ended: Annotated[EdtfDate | None, not_before("started")] = Field(
        None, description="When it ended (EDTF); null = not, or unknown.", examples=["2016-11-24"]
    )
    conflicts: list[ConflictWrite] = Field(
        default_factory=list,
        description="The wars or disputes that it is about.",
        examples=[[{"name": "Russia–Ukraine war", "started": "2022-02-24"}]],
    )
    parties: Annotated[list[ProcessPartyWrite], distinct("party", "role")] = Field(
        default_factory=list,
        description="Who takes which part in it.",
        examples=[[{"party": "russia", "role": "negotiating"}, {"party": "turkiye", "role": "host"}]],
    )


class OutcomeWrite(Part):
    """What came of a talk, or what one party did there."""

    key: Line | None = Field(
        None,
        description="Tells it from the talk's other outcomes; made from the kind where left out.",
        examples=["exchange"],
    )
    kind: OutcomeKind = Field(description="What kind of outcome it is.", examples=["document_handed_over"])
    on: EdtfDate | None = Field(
        None, description="When (EDTF); null = in the course of the talk.", examples=["2025-06-02"]
    )
    party: PartyKey | None = Field(
        None, description="Whose doing it is; null = of all, or not said.", examples=["russia"]
    )
    text: Prose = Field(
        description="The outcome in words.", examples=["Russian memorandum presented to the Ukrainian side"]
    )
    quantities: list[Quantity] = Field(
        default_factory=list,
        description="Numbers in it.",
        examples=[[{"value": 1000, "bound": "at_least", "of": "prisoners"}]],
    )
    agreement: AgreementKey | None = Field(
        None,
        description="The agreement that it is; null = none stored.",
        examples=["prisoner-exchange-2025-06-02"],
    )
    proposal: ProposalKey | None = Field(
        None, description="The proposal it is about; null = none.", examples=["russian-memorandum-2025-06-02"]
    )
    demand: DemandKey | None = Field(
        None, description="The demand it is about; null = none.", examples=["article-2025-06-02-1-1"]
    )
    confidence: Confidence | None = Field(None, description="How sure it is; null = nobody judged.", examples=["low"])
    note: Prose | None = Field(None, description="Note; null = none.", examples=["From the linked headline only."])


class TalkWrite(RecordWrite):
    """A meeting, or a series of meetings."""

    process: ProcessKey = Field(
        description="The negotiation it belongs to: slug, id or `scheme:value`.", examples=["russia-ukraine"]
    )
    parent: Annotated[TalkKey | None, not_itself()] = Field(
        None,
        description="The talk of which it is a part; null = none.",
        examples=["istanbul-2025-06-02"],
    )
    order_in_parent: Count | None = Field(
        None, description="Its place among the parts of its parent; null = by start.", examples=[1]
    )
    ordinal: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)] | None = Field(
        None, description="Its number as sources give it; it may repeat. null = none.", examples=[2]
    )
    title: Line = Field(description="What it is called.", examples=["Istanbul talks of 2 June 2025"])
    summary: Prose | None = Field(
        None,
        description="What happened, in short; null = not written.",
        examples=["Russia handed over a memorandum with two frameworks."],
    )
    kind: TalkKind | None = Field(None, description="What kind of talk it is; null = not said.", examples=["round"])
    format: TalkFormat | None = Field(
        None, description="How the parties spoke with each other; null = not said.", examples=["direct"]
    )
    start: EdtfDate | None = Field(None, description="First day (EDTF); null = unknown.", examples=["2025-06-02"])
    end: Annotated[EdtfDate | None, not_before("start")] = Field(
        None, description="Last day (EDTF); `..` = still going on, null = unknown.", examples=["2025-06-02"]
    )
    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = Field(
        None,
        description="Length of its own sitting in minutes, never the sum of its parts; null = unknown.",
        examples=[150],
    )
    duration_bound: QuantityBound | None = Field(
        None, description="How the length is meant; null = not said.", examples=["about"]
    )
    place: PlaceKey | None = Field(
        None, description="Where: slug, id or `scheme:value`; null = unknown.", examples=["istanbul"]
    )
    status: TalkStatus | None = Field(None, description="Whether it took place; null = not said.", examples=["held"])
    visibility: Visibility | None = Field(
        None, description="What the public knew of it; null = not said.", examples=["public"]
    )
    deadlines: list[DeadlineWrite] = Field(
        default_factory=list,
        description="Days by which it was to be done.",
        examples=[[{"on": "2015-06-30", "set_by": "p5-plus-1", "note": "extended to 7 July"}]],
    )
    event_codes: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="Codes of event ontologies, as `scheme:code`.",
        examples=[["cameo:046", "plover:CONSULT"]],
    )
    outcomes: Annotated[list[OutcomeWrite], keyed(lambda outcome: [outcome.kind], "outcome")] = Field(
        default_factory=list,
        description="What came of it, in order.",
        examples=[[{"kind": "document_handed_over", "party": "russia", "text": "Memorandum presented"}]],
    )
    delegations: Annotated[list[DelegationInTalk], Nested("talk"), distinct("party")] = Field(
        default_factory=list,
        description="Who took part: one delegation a party.",
        examples=[[{"party": "russia", "roles": ["negotiating"]}]],
    )

    @field_validator("duration_bound")
    @classmethod
    def _bounds_a_duration(cls, bound: QuantityBound | None, info: ValidationInfo) -> QuantityBound | None:
        # Absent from `data` where the minutes themselves were refused: one fault is enough then.
        if bound is not None and info.data.get("duration_minutes", 0) is None:
            raise refusal("duration", "`duration_bound` says how `duration_minutes` is meant; give that, too.")
        return bound
