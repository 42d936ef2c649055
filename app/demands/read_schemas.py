"""Read schemas of demands and assessments."""

from typing import Annotated, ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.demands import Assessment, Demand
from app.db.vocabulary import AssessmentKind, DemandAct, LinkKind, Stance, Verdict
from app.demands.state import state_json
from app.demands.state_schemas import StateView
from app.domain.types import EdtfText
from app.reading.markers import Computed, From, Included, OnRequest
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
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import (
    AccountRef,
    DemandRef,
    PartRef,
    PartyRef,
    PersonRef,
    PlaceRef,
    ProcessRef,
    ProposalRef,
    RecordMention,
    RecordRef,
    SourceRef,
    TalkRef,
)
from app.schemas.timing import Timing
from app.schemas.values import Quantity


class DemandIssueView(RecordMention):
    """An issue that a demand is about."""

    code_collection = "issues"

    code: Annotated[str, From("issue.code")] = Field(description="The code of the issue.", examples=["WDRW.TROOPS"])
    label: Annotated[str, From("issue.label")] = Field(description="The label of the issue.", examples=["Troops"])
    is_primary: bool = Field(
        description="Whether this is the main issue of the demand; at most one is.", examples=[True]
    )


class DemandSummary(RecordTail, RecordSummary):
    """One point of a proposal, as lists show it."""

    model: ClassVar[type[Record]] = Demand
    linked_as = ("Demand", "prov:Entity")

    number: str | None = Field(
        description="The number as printed, not necessarily unique; null = none.", examples=["1.1"]
    )
    title: str | None = Field(description="A short title; null = none.", examples=["Withdrawal from four regions"])
    text: str = Field(
        description="The text of the demand.",
        examples=["Ukraine withdraws completely from Donetsk, Luhansk, Zaporizhzhia and Kherson regions"],
    )
    act: DemandAct = Field(
        description="The kind of demand: a demand, an offer, a red line and so on.", examples=["demand"]
    )
    is_mutual: bool = Field(
        description="Whether the same obligation binds at least two of the claimants and addressees.",
        examples=[False],
    )
    claimants: list[PartyRef] = Field(description="The parties that make the demand.", examples=[[RUSSIA]])
    addressees: list[PartyRef] = Field(description="The parties that would have to act.", examples=[[UKRAINE]])
    beneficiaries: list[PartyRef] = Field(description="The parties that would benefit.", examples=[[RUSSIA]])
    issues: list[DemandIssueView] = Field(
        description="The issues of the demand, in the order sent; `is_primary` marks the main issue.",
        examples=[[{"code": "WDRW.TROOPS", "label": "Troops", "is_primary": True}]],
    )
    timing: Timing | None = Field(
        description="The time by which, or during which, the demand is to be fulfilled; null = not stated.",
        examples=[TIMING],
    )
    tabled_on: Annotated[EdtfText | None, From("proposal.tabled_on")] = Field(
        description="The day on which its proposal was tabled (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    process: ProcessRef = Field(description="The process that the record belongs to.", examples=[PROCESS])
    proposal: ProposalRef = Field(description="The proposal that contains the demand.", examples=[PROPOSAL])
    account: AccountRef = Field(description="The account that contains the demand.", examples=[ACCOUNT])
    part: PartRef | None = Field(
        description="The section or option of the account that contains the demand; null = none.", examples=[PART]
    )
    position: int = Field(description="The position of the demand in the document.", examples=[1])
    state: Annotated[StateView | None, OnRequest(), Computed(state_json)] = Field(
        default=None,
        description="The state of the demand on the requested day, derived from the answers; in lists only with `include=state`.",
    )
    responses: Annotated[Branch, Included("responses", by="demand", about=5)] = Field(
        default_factory=list,
        description="The responses to this demand itself; only with `include=responses`.",
        examples=[[RESPONSE]],
    )


class LinkView(RecordMention):
    """A relation of a demand to another demand."""

    kind: LinkKind = Field(description="The kind of relation.", examples=["repeats"])
    demand: DemandRef = Field(description="The other demand.", examples=[DEMAND])
    note: str | None = Field(description="A note; null = none.", examples=["with a shorter term"])


class LinkedFromView(RecordMention):
    """A relation of another demand to this one."""

    kind: LinkKind = Field(description="The relation of the other demand to this one.", examples=["repeats"])
    demand: Annotated[DemandRef, From("source")] = Field(description="The other demand.", examples=[DEMAND])
    note: str | None = Field(description="A note; null = none.", examples=["with a shorter term"])


class SourceMention(RecordMention):
    """A source of the response."""

    source: SourceRef = Field(description="The cited source.", examples=[SOURCE])
    verdict: Verdict = Field(
        description="Whether the source supports or contradicts the claim, or is silent on it.", examples=["supports"]
    )


class ResponseView(RecordMention):
    """A response, as shown inside the demand that it answers."""

    belongs_to = "responses"

    slug: str = Field(
        description="The slug of the response.",
        examples=["article-on-russian-memorandum-2025-06-02-ukraine-2025-06-02"],
    )
    responder: PartyRef = Field(description="The party that answered.", examples=[UKRAINE])
    stance: Stance = Field(description="The stance taken.", examples=["no_comment"])
    said_on: EdtfText | None = Field(
        description="The day of the response (EDTF); for `no_comment`, the day up to which silence is reported. null = unknown.",
        examples=["2025-06-02"],
    )
    talk: TalkRef | None = Field(description="The talk at which the answer was given; null = none.", examples=[TALK])
    text: str | None = Field(
        description="The answer in words; null = not reported.",
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonRef | None = Field(
        description="The person who gave the answer; null = not named.", examples=[UMEROV]
    )
    scope: str | None = Field(
        description="The aspect of the target that the answer concerns; null = all of it.",
        examples=["only the two- or three-day truces"],
    )
    statement: str | None = Field(
        description="A key shared by all answers given in one statement, which count as one; null = a separate answer.",
        examples=["zelensky-2025-06-04"],
    )
    is_implied: bool = Field(
        description="Whether the answer was inferred from the context instead of stated.", examples=[False]
    )
    citations: list[SourceMention] = Field(
        description="The citations of the record: for each claim, a source and the place in it.",
        examples=[[{"source": SOURCE, "verdict": "supports"}]],
    )


class DemandDetail(RecordDetail, DemandSummary):
    """One point of a proposal: who demands what of whom, and how it was answered."""

    state: Annotated[StateView, Computed(state_json)] = Field(
        description="The state of the demand on the requested day, derived from the answers."
    )

    summary: str | None = Field(
        description="A summary; null = none.", examples=["The four regions are to be left entirely."]
    )
    quote: str | None = Field(
        description="The wording of the document; null = not seen.", examples=["complete withdrawal"]
    )
    exception: str | None = Field(
        description="The exception, if any; null = none.", examples=["except for withdrawal purposes"]
    )
    quantities: list[Quantity] = Field(description="The quantities that are demanded.", examples=[[QUANTITY]])
    places: list[PlaceRef] = Field(description="The places where the demand applies.", examples=[[DONETSK]])
    depends_on: list[DemandRef] = Field(description="The demands that this one depends on.", examples=[[DEMAND]])
    links: list[LinkView] = Field(
        description="The relations of this demand to other demands.",
        examples=[[{"kind": "repeats", "demand": DEMAND, "note": None}]],
    )
    linked_from: list[LinkedFromView] = Field(
        description="The relations of other demands to this one.",
        examples=[[{"kind": "reports", "demand": DEMAND, "note": None}]],
    )
    responses: list[ResponseView] = Field(
        description="The responses to this demand itself, in chronological order. Responses to its part or proposal are not listed here.",
        examples=[[RESPONSE]],
    )
    unmapped: list[str] = Field(
        description="The codes of the source material that no issue represents, in their original wording.",
        examples=[["sabotage"]],
    )
    event_codes: list[str] = Field(
        description="The codes of event ontologies, as `scheme:code`.",
        examples=[["cameo:1054", "plover:REQUEST"]],
    )


class AssessmentSummary(RecordTail, RecordSummary):
    """A forecast or characterization, as lists show it."""

    model: ClassVar[type[Record]] = Assessment
    linked_as = ("Assessment", "schema:Claim")

    kind: AssessmentKind = Field(description="The kind of statement.", examples=["characterisation"])
    text: str = Field(
        description="The text of the assessment.", examples=["Several of the points are likely non-starters for Kyiv."]
    )
    by: PartyRef | None = Field(
        description="The party or publisher that makes the assessment; null = unknown.", examples=[MOSCOW_TIMES]
    )
    said_by: PersonRef | None = Field(
        description="The person who makes the assessment; null = not named.", examples=[UMEROV]
    )
    said_on: EdtfText | None = Field(description="The day (EDTF); null = unknown.", examples=["2025-06-02"])
    about: list[RecordRef] = Field(
        description="The records that the assessment is about.",
        examples=[[{"collection": "proposals", "slug": "russian-memorandum-2025-06-02"}]],
    )


class AssessmentDetail(RecordDetail, AssessmentSummary):
    """A forecast or characterization by a publisher or party. It never counts as a response."""

    title: str | None = Field(description="A short title; null = none.", examples=["Likely non-starters"])
    summary: str | None = Field(description="A summary; null = none.", examples=["The author expects Kyiv to refuse."])
