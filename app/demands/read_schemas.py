"""What is read of demands, responses and assessments."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.demands import Assessment, Demand, Response
from app.db.vocabulary import AssessmentKind, DemandAct, LinkKind, Stance, Verdict
from app.db.vocabulary_derived import AnswerScope, Closing, CountedAs, DemandState, Fulfilment
from app.demands.state import state_json
from app.domain.types import EdtfText
from app.reading.markers import Asked, Computed, From, Included
from app.schemas.examples import (
    ACCOUNT,
    DEMAND,
    DONETSK,
    MOSCOW_TIMES,
    PART,
    PROCESS,
    PROPOSAL,
    QUANTITY,
    RESPONSE,
    RUSSIA,
    SOURCE,
    TALK,
    TIMING,
    UKRAINE,
    UMEROV,
)
from app.schemas.nested_reads import Branch
from app.schemas.record import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import (
    AccountRef,
    DemandRef,
    Mention,
    PartRef,
    PartyRef,
    PersonRef,
    PlaceRef,
    ProcessRef,
    ProposalRef,
    RecordRef,
    ResponseRef,
    SourceRef,
    TalkRef,
)
from app.schemas.values import Quantity, Timing


class DemandIssueView(Mention):
    """An issue that a demand is about."""

    ties = "issues"

    code: Annotated[str, From("issue.code")] = Field(description="Code of the issue.", examples=["WDRW.TROOPS"])
    label: Annotated[str, From("issue.label")] = Field(description="Its label.", examples=["Troops"])
    is_primary: bool = Field(description="Whether it is the main one.", examples=[True])


class CountedAnswer(Mention):
    """The one answer of a party that counts."""

    party: PartyRef = Field(description="Whose answer it is.", examples=[UKRAINE])
    stance: Stance = Field(description="The answer as it was given.", examples=["countered"])
    counted_as: CountedAs = Field(description="What it counts as for this demand.", examples=["undetermined"])
    scope: AnswerScope = Field(description="How much it was given to.", examples=["proposal"])
    said_on: EdtfText | None = Field(description="When (EDTF); null = unknown.", examples=["2025-06-04"])
    is_implied: bool = Field(description="Whether it was concluded, not spoken.", examples=[False])
    spoken_by: str = Field(
        description="Slug of the party that spoke: itself, a body that speaks for it, or its coalition.",
        examples=["ukraine"],
    )
    response: str | None = Field(
        description="Slug of the response; null = it follows from an agreement.", examples=[RESPONSE["slug"]]
    )
    agreement: str | None = Field(
        description="Slug of the agreement that adopts the proposal; null = it was said in a response.", examples=[None]
    )


class UncountedAnswer(Mention):
    """An answer to this demand that does not count for its state."""

    party: PartyRef = Field(description="Who answered.", examples=[UKRAINE])
    stance: Stance = Field(description="The answer as it was given.", examples=["supported"])
    said_on: EdtfText | None = Field(description="When (EDTF); null = unknown.", examples=["2025-06-04"])
    is_implied: bool = Field(description="Whether it was concluded, not spoken.", examples=[False])
    response: str = Field(description="Slug of the response.", examples=[RESPONSE["slug"]])


class ClosedView(Mention):
    """Since when nobody owes an answer any more, and why."""

    on: date | None = Field(description="The first day; null = unknown.", examples=["2025-12-24"])
    how: Closing = Field(description="What closed it.", examples=["superseded"])
    by: RecordRef | None = Field(
        description="The record that closed it; null = its own proposal says so.",
        examples=[{"collection": "proposals", "slug": "us-ukrainian-20-point-plan-2025"}],
    )


class StateView(Mention):
    """How a demand stands on a day, derived from responses and agreements."""

    word: DemandState | None = Field(
        description="The state in one word; null = the demand asks nobody for an answer (`not_demanded`, `step`).",
        examples=["rejected"],
    )
    on: date = Field(description="The day for which it is derived.", examples=["2025-06-05"])
    inherited: bool = Field(
        description="Whether answers to the part or to the whole proposal were counted.", examples=[True]
    )
    answers: list[CountedAnswer] = Field(description="The answers that count, one for each party.")
    others: list[UncountedAnswer] = Field(
        description="Answers to this demand that do not count: the latest of each party that is not asked,"
        " and what was only supported or opposed."
    )
    owing: list[PartyRef] = Field(
        description="Parties that are asked and have not answered; empty once the demand is closed.",
        examples=[[UKRAINE]],
    )
    fulfilment: Fulfilment = Field(description="How far it was carried out.", examples=["none"])
    fulfilled_on: EdtfText | None = Field(description="When (EDTF); null = not, or unknown.", examples=[None])
    closed: ClosedView | None = Field(
        description="Since when nobody owes an answer any more, and why; null = it is not closed."
    )


class DemandSummary(RecordTail, RecordSummary):
    """One atomised point of a proposal, as lists show it."""

    model: ClassVar[type[Record]] = Demand
    linked_as = ("Demand", "prov:Entity")

    number: str | None = Field(description="Number as printed, not unique; null = none.", examples=["1.1"])
    title: str | None = Field(description="A short title; null = none.", examples=["Withdrawal from four regions"])
    text: str = Field(
        description="What is demanded.",
        examples=["Ukraine withdraws completely from Donetsk, Luhansk, Zaporizhzhia and Kherson regions"],
    )
    act: DemandAct = Field(description="What kind of point it is.", examples=["demand"])
    is_mutual: bool = Field(
        description="Whether the same obligation binds at least two of the claimants and addressees.",
        examples=[False],
    )
    claimants: list[PartyRef] = Field(description="Who makes it.", examples=[[RUSSIA]])
    addressees: list[PartyRef] = Field(description="Who would have to act.", examples=[[UKRAINE]])
    beneficiaries: list[PartyRef] = Field(description="Who would gain by it.", examples=[[RUSSIA]])
    issues: list[DemandIssueView] = Field(
        description="What it is about, in the order sent; `is_primary` marks the main issue.",
        examples=[[{"code": "WDRW.TROOPS", "label": "Troops", "is_primary": True}]],
    )
    timing: Timing | None = Field(description="When it is to be fulfilled; null = not said.", examples=[TIMING])
    tabled_on: Annotated[EdtfText | None, From("proposal.tabled_on")] = Field(
        description="When its proposal was tabled (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    process: ProcessRef = Field(description="The negotiation it belongs to.", examples=[PROCESS])
    proposal: ProposalRef = Field(description="The proposal in which it is made.", examples=[PROPOSAL])
    account: AccountRef = Field(description="The telling in which it stands.", examples=[ACCOUNT])
    part: PartRef | None = Field(
        description="The section or option of the account; null = tied to none.", examples=[PART]
    )
    position: int = Field(description="Place in the document's order.", examples=[1])
    state: Annotated[StateView | None, Asked(), Computed(state_json)] = Field(
        default=None,
        description="How it stands: derived from the answers, never typed; in lists with `include=state`.",
    )
    responses: Annotated[Branch, Included("responses", by="demand", about=5)] = Field(
        default_factory=list,
        description="Answers to it alone; comes with `include=responses`.",
        examples=[[RESPONSE]],
    )


class LinkView(Mention):
    """How a demand stands to another one."""

    kind: LinkKind = Field(description="What it does to the other.", examples=["repeats"])
    demand: DemandRef = Field(description="The other demand.", examples=[DEMAND])
    note: str | None = Field(description="Note; null = none.", examples=["with a shorter term"])


class LinkedFromView(Mention):
    """How another demand stands to this one."""

    kind: LinkKind = Field(description="What the other does to this one.", examples=["repeats"])
    demand: Annotated[DemandRef, From("source")] = Field(description="The other demand.", examples=[DEMAND])
    note: str | None = Field(description="Note; null = none.", examples=["with a shorter term"])


class SourceMention(Mention):
    """A source of what is said here."""

    source: SourceRef = Field(description="The document.", examples=[SOURCE])
    verdict: Verdict = Field(description="What it says of it.", examples=["supports"])


class ResponseView(Mention):
    """An answer, as it stands below the demand that it answers."""

    lies_in = "responses"

    slug: str = Field(
        description="Slug of the response.", examples=["article-on-russian-memorandum-2025-06-02-ukraine-2025-06-02"]
    )
    responder: PartyRef = Field(description="Who answered.", examples=[UKRAINE])
    stance: Stance = Field(description="The answer.", examples=["no_comment"])
    said_on: EdtfText | None = Field(
        description="When (EDTF); of a `no_comment` the day up to which silence is reported; null = unknown.",
        examples=["2025-06-02"],
    )
    talk: TalkRef | None = Field(description="The talk at which it was said; null = at none.", examples=[TALK])
    text: str | None = Field(
        description="The answer in words; null = not reported.",
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonRef | None = Field(description="Who spoke; null = not named.", examples=[UMEROV])
    scope: str | None = Field(
        description="What of the demand it concerns, where not all; null = all of it.",
        examples=["only the two- or three-day truces"],
    )
    statement: str | None = Field(
        description="One key for all answers given in one breath; null = it stands alone.",
        examples=["zelensky-2025-06-04"],
    )
    is_implied: bool = Field(description="Whether it was concluded from the context, not spoken.", examples=[False])
    citations: list[SourceMention] = Field(
        description="Who says so.", examples=[[{"source": SOURCE, "verdict": "supports"}]]
    )


class DemandDetail(RecordDetail, DemandSummary):
    """One atomised point of a proposal: who asks what of whom, and how it was answered."""

    state: Annotated[StateView, Computed(state_json)] = Field(
        description="How it stands on the day asked for: derived from the answers, never typed."
    )

    summary: str | None = Field(
        description="Summary; null = none.", examples=["The four regions are to be left entirely."]
    )
    quote: str | None = Field(
        description="The document's own words; null = not seen.", examples=["complete withdrawal"]
    )
    exception: str | None = Field(
        description="What is excepted; null = nothing.", examples=["except for withdrawal purposes"]
    )
    quantities: list[Quantity] = Field(description="Numbers that are asked for.", examples=[[QUANTITY]])
    places: list[PlaceRef] = Field(description="Where it applies.", examples=[[DONETSK]])
    depends_on: list[DemandRef] = Field(description="Demands without which it does not apply.", examples=[[DEMAND]])
    links: list[LinkView] = Field(
        description="Its lineage: how it stands to other demands.",
        examples=[[{"kind": "repeats", "demand": DEMAND, "note": None}]],
    )
    linked_from: list[LinkedFromView] = Field(
        description="How other demands stand to it.",
        examples=[[{"kind": "reports", "demand": DEMAND, "note": None}]],
    )
    responses: list[ResponseView] = Field(
        description="Answers to it alone, in the order of time; those to its part or proposal stand there.",
        examples=[[RESPONSE]],
    )
    unmapped: list[str] = Field(description="Codes of the material that no issue stands for.", examples=[["sabotage"]])
    event_codes: list[str] = Field(
        description="Codes of event ontologies, as `scheme:code`.",
        examples=[["cameo:1054", "plover:REQUEST"]],
    )


class ResponseSummary(RecordTail, RecordSummary):
    """What one party answered, as lists show it."""

    model: ClassVar[type[Record]] = Response
    linked_as = ("Response", "schema:ReplyAction")

    responder: PartyRef = Field(description="Who answered; need be neither addressed nor seated.", examples=[UKRAINE])
    stance: Stance = Field(description="The answer.", examples=["no_comment"])
    said_on: EdtfText | None = Field(
        description="When (EDTF); of a `no_comment` the day up to which silence is reported; null = unknown.",
        examples=["2025-06-02"],
    )
    process: ProcessRef = Field(description="The negotiation it belongs to.", examples=[PROCESS])
    proposal: ProposalRef = Field(
        description="The proposal answered: as a whole, where demand and part are null.", examples=[PROPOSAL]
    )
    part: PartRef | None = Field(
        description="The part answered; null = the answer is to a demand or the whole.", examples=[PART]
    )
    demand: DemandRef | None = Field(
        description="The demand answered; null = the answer is to a part or the whole.", examples=[DEMAND]
    )
    text: str | None = Field(
        description="The answer in words; null = not reported.",
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonRef | None = Field(description="Who spoke; null = not named.", examples=[UMEROV])
    talk: TalkRef | None = Field(description="The talk at which it was said; null = at none.", examples=[TALK])
    scope: str | None = Field(
        description="What of the target it concerns, where not all; null = all of it.",
        examples=["only the two- or three-day truces"],
    )
    statement: str | None = Field(
        description="One key for all answers given in one breath; they count as one. null = it stands alone.",
        examples=["zelensky-2025-06-04"],
    )
    is_implied: bool = Field(description="Whether it was concluded from the context, not spoken.", examples=[False])
    reply_to: ResponseRef | None = Field(description="The response that it answers; null = none.", examples=[RESPONSE])
    counters: list[DemandRef] = Field(description="Demands put against the one answered.", examples=[[DEMAND]])


class ResponseDetail(RecordDetail, ResponseSummary):
    """What one party answered to one demand, to one part, or to a proposal as a whole."""

    title: str | None = Field(description="A short title; null = none.", examples=["Kyiv's answer of 4 June"])
    summary: str | None = Field(
        description="Summary; null = none.", examples=["Ukraine calls the memorandum an ultimatum."]
    )
    position: int = Field(description="Order among the answers of one day.", examples=[0])
    scope_demands: list[DemandRef] = Field(
        description="The demands that it concerns, where not all.", examples=[[DEMAND]]
    )
    counter_proposal: ProposalRef | None = Field(
        description="The proposal put against it; null = none.", examples=[PROPOSAL]
    )
    event_codes: list[str] = Field(
        description="Codes of event ontologies, as `scheme:code`.", examples=[["cameo:127", "plover:REJECT"]]
    )


class AssessmentSummary(RecordTail, RecordSummary):
    """A forecast or characterisation, as lists show it."""

    model: ClassVar[type[Record]] = Assessment
    linked_as = ("Assessment", "schema:Claim")

    kind: AssessmentKind = Field(description="What kind of statement it is.", examples=["characterisation"])
    text: str = Field(description="What is said.", examples=["Several of the points are likely non-starters for Kyiv."])
    by: PartyRef | None = Field(
        description="The party or publisher that says so; null = unknown.", examples=[MOSCOW_TIMES]
    )
    said_by: PersonRef | None = Field(description="The person who says so; null = not named.", examples=[UMEROV])
    said_on: EdtfText | None = Field(description="When (EDTF); null = unknown.", examples=["2025-06-02"])
    about: list[RecordRef] = Field(
        description="What it is about.",
        examples=[[{"collection": "proposals", "slug": "russian-memorandum-2025-06-02"}]],
    )


class AssessmentDetail(RecordDetail, AssessmentSummary):
    """A forecast or characterisation by a publisher or party. It never counts as a response."""

    title: str | None = Field(description="A short title; null = none.", examples=["Likely non-starters"])
    summary: str | None = Field(description="Summary; null = none.", examples=["The author expects Kyiv to refuse."])
