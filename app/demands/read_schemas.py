"""Read schemas of demands and assessments."""

from typing import Annotated, ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.demands import Assessment, Demand
from app.db.vocabulary import AssessmentKind, DemandAct, Force, LinkKind, Stance, TextStatus, Verdict
from app.demands import descriptions
from app.demands.state import state_json
from app.demands.state_schemas import StateView
from app.domain.types import EdtfText
from app.reading.markers import Computed, From, Included, OnRequest
from app.schemas import descriptions as shared
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
    is_primary: bool = Field(description=shared.IS_PRIMARY, examples=[True])


class DemandSummary(RecordTail, RecordSummary):
    """One point of a proposal, as shown in lists."""

    model: ClassVar[type[Record]] = Demand
    linked_as = ("Demand", "prov:Entity")

    number: str | None = Field(description=shared.NUMBER, examples=["1.1"])
    title: str | None = Field(description=shared.SHORT_TITLE, examples=["Withdrawal from four regions"])
    text: str = Field(
        description="The text of the demand.",
        examples=["Ukraine withdraws completely from Donetsk, Luhansk, Zaporizhzhia and Kherson regions"],
    )
    act: DemandAct = Field(description=shared.ACT, examples=["demand"])
    text_status: TextStatus | None = Field(description=shared.TEXT_STATUS, examples=["bracketed"])
    force: Force | None = Field(description=shared.FORCE, examples=["should"])
    is_mutual: bool = Field(
        description=shared.IS_MUTUAL,
        examples=[False],
    )
    claimants: list[PartyRef] = Field(description="The parties that make the demand.", examples=[[RUSSIA]])
    addressees: list[PartyRef] = Field(description="The parties that would have to act.", examples=[[UKRAINE]])
    beneficiaries: list[PartyRef] = Field(description=shared.BENEFICIARIES, examples=[[RUSSIA]])
    backers: list[PartyRef] = Field(description=shared.BACKERS, examples=[[UKRAINE]])
    issues: list[DemandIssueView] = Field(
        description="The issues of the demand, in the order sent; `is_primary` marks the main issue.",
        examples=[[{"code": "WDRW.TROOPS", "label": "Troops", "is_primary": True}]],
    )
    timing: Timing | None = Field(
        description=shared.TIMING,
        examples=[TIMING],
    )
    tabled_on: Annotated[EdtfText | None, From("proposal.tabled_on")] = Field(
        description="The day on which its proposal was tabled (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    process: ProcessRef = Field(description=shared.RECORD_PROCESS, examples=[PROCESS])
    proposal: ProposalRef = Field(description=descriptions.DEMAND_PROPOSAL, examples=[PROPOSAL])
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
    demand: DemandRef = Field(description=descriptions.DEMAND, examples=[DEMAND])
    note: str | None = Field(description=shared.NOTE, examples=["with a shorter term"])


class LinkedFromView(RecordMention):
    """A relation of another demand to this one."""

    kind: LinkKind = Field(description="The relation of the other demand to this one.", examples=["repeats"])
    demand: Annotated[DemandRef, From("source")] = Field(description=descriptions.DEMAND, examples=[DEMAND])
    note: str | None = Field(description=shared.NOTE, examples=["with a shorter term"])


class SourceMention(RecordMention):
    """A source of the response."""

    source: SourceRef = Field(description="The cited source.", examples=[SOURCE])
    verdict: Verdict = Field(description=shared.VERDICT, examples=["supports"])


class ResponseView(RecordMention):
    """A response, as shown inside the demand that it answers."""

    belongs_to = "responses"

    slug: str = Field(
        description="The slug of the response.",
        examples=["article-on-russian-memorandum-2025-06-02-ukraine-2025-06-02"],
    )
    responder: PartyRef = Field(description=shared.RESPONDER, examples=[UKRAINE])
    stance: Stance = Field(description=descriptions.RESPONSE_STANCE, examples=["no_comment"])
    said_on: EdtfText | None = Field(
        description=shared.SAID_ON,
        examples=["2025-06-02"],
    )
    talk: TalkRef | None = Field(description=descriptions.TALK, examples=[TALK])
    text: str | None = Field(
        description=descriptions.RESPONSE_TEXT,
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonRef | None = Field(description=descriptions.RESPONSE_SAID_BY, examples=[UMEROV])
    scope: str | None = Field(
        description=descriptions.SCOPE,
        examples=["only the two- or three-day truces"],
    )
    statement: str | None = Field(
        description=descriptions.STATEMENT,
        examples=["zelensky-2025-06-04"],
    )
    is_implied: bool = Field(description=descriptions.IS_IMPLIED, examples=[False])
    citations: list[SourceMention] = Field(
        description=shared.CITATIONS,
        examples=[[{"source": SOURCE, "verdict": "supports"}]],
    )


class DemandDetail(RecordDetail, DemandSummary):
    """One point of a proposal: who demands what of whom, and how it was answered."""

    state: Annotated[StateView, Computed(state_json)] = Field(
        description="The state of the demand on the requested day, derived from the answers."
    )

    summary: str | None = Field(description=shared.SUMMARY, examples=["The four regions are to be left entirely."])
    quote: str | None = Field(description=shared.DEMAND_QUOTE, examples=["complete withdrawal"])
    exception: str | None = Field(description=shared.EXCEPTION, examples=["except for withdrawal purposes"])
    quantities: list[Quantity] = Field(description=shared.QUANTITIES, examples=[[QUANTITY]])
    places: list[PlaceRef] = Field(description=shared.PLACES, examples=[[DONETSK]])
    depends_on: list[DemandRef] = Field(description="The demands that this one depends on.", examples=[[DEMAND]])
    links: list[LinkView] = Field(
        description=shared.LINKS,
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
        description=shared.UNMAPPED,
        examples=[["sabotage"]],
    )
    event_codes: list[str] = Field(
        description=shared.EVENT_CODES,
        examples=[["cameo:1054", "plover:REQUEST"]],
    )


class AssessmentSummary(RecordTail, RecordSummary):
    """A forecast or characterization, as shown in lists."""

    model: ClassVar[type[Record]] = Assessment
    linked_as = ("Assessment", "schema:Claim")

    kind: AssessmentKind = Field(description=descriptions.KIND, examples=["characterisation"])
    text: str = Field(
        description=descriptions.ASSESSMENT_TEXT, examples=["Several of the points are likely non-starters for Kyiv."]
    )
    by: PartyRef | None = Field(description=descriptions.BY, examples=[MOSCOW_TIMES])
    said_by: PersonRef | None = Field(description=descriptions.ASSESSMENT_SAID_BY, examples=[UMEROV])
    said_on: EdtfText | None = Field(description=descriptions.SAID_ON, examples=["2025-06-02"])
    about: list[RecordRef] = Field(
        description=descriptions.ABOUT,
        examples=[[{"collection": "proposals", "slug": "russian-memorandum-2025-06-02"}]],
    )


class AssessmentDetail(RecordDetail, AssessmentSummary):
    """A forecast or characterization by a publisher or party. It never counts as a response."""

    title: str | None = Field(description=shared.SHORT_TITLE, examples=["Likely non-starters"])
    summary: str | None = Field(description=shared.SUMMARY, examples=["The author expects Kyiv to refuse."])
