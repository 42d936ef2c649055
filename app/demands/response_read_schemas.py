"""Read schemas of responses."""

from typing import ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.responses import Response
from app.db.vocabulary import Stance
from app.demands import descriptions
from app.demands.votes import Votes
from app.domain.types import EdtfText, Instant
from app.schemas import descriptions as shared
from app.schemas.descriptions import as_instant, as_time, as_zone
from app.schemas.examples import DEMAND, PART, PROCESS, PROPOSAL, RESPONSE, TALK, UKRAINE, UMEROV
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import DemandRef, PartRef, PartyRef, PersonRef, ProcessRef, ProposalRef, ResponseRef, TalkRef
from app.schemas.written_dates import DATES_AS_WRITTEN, WrittenDate


class ResponseSummary(RecordTail, RecordSummary):
    """The answer of one party, as shown in lists."""

    model: ClassVar[type[Record]] = Response
    linked_as = ("Response", "schema:ReplyAction")

    responder: PartyRef = Field(description=shared.RESPONDER, examples=[UKRAINE])
    stance: Stance = Field(description=descriptions.RESPONSE_STANCE, examples=["no_comment"])
    said_on: EdtfText | None = Field(
        description=shared.SAID_ON,
        examples=["2025-06-02"],
    )
    process: ProcessRef = Field(description=shared.RECORD_PROCESS, examples=[PROCESS])
    proposal: ProposalRef = Field(description=descriptions.RESPONSE_PROPOSAL, examples=[PROPOSAL])
    part: PartRef | None = Field(
        description="The part that was answered; null = the answer is to a demand or the whole proposal.",
        examples=[PART],
    )
    demand: DemandRef | None = Field(
        description=descriptions.RESPONSE_DEMAND,
        examples=[DEMAND],
    )
    text: str | None = Field(
        description=descriptions.RESPONSE_TEXT,
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonRef | None = Field(description=descriptions.RESPONSE_SAID_BY, examples=[UMEROV])
    talk: TalkRef | None = Field(description=descriptions.TALK, examples=[TALK])
    scope: str | None = Field(
        description=descriptions.SCOPE,
        examples=["only the two- or three-day truces"],
    )
    statement: str | None = Field(
        description=descriptions.STATEMENT,
        examples=["zelensky-2025-06-04"],
    )
    is_implied: bool = Field(description=descriptions.IS_IMPLIED, examples=[False])
    reply_to: ResponseRef | None = Field(description=descriptions.REPLY_TO, examples=[RESPONSE])
    counters: list[DemandRef] = Field(description=descriptions.COUNTERS, examples=[[DEMAND]])


class ResponseDetail(RecordDetail, ResponseSummary):
    """The answer of one party to one demand, to one part, or to a whole proposal."""

    title: str | None = Field(description=shared.SHORT_TITLE, examples=["Kyiv's answer of 4 June"])
    summary: str | None = Field(description=shared.SUMMARY, examples=["Ukraine calls the memorandum an ultimatum."])
    said_time: str | None = Field(description=as_time("said_on", "said_zone"), examples=["11:15"])
    said_zone: str | None = Field(description=as_zone("said_time"), examples=["Europe/London"])
    said_at: Instant | None = Field(description=as_instant("said_on"), examples=["1939-09-03T10:15:00+00:00"])
    position: int = Field(description=descriptions.POSITION, examples=[0])
    dates_as_written: list[WrittenDate] = Field(description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN])
    scope_demands: list[DemandRef] = Field(description=descriptions.SCOPE_DEMANDS, examples=[[DEMAND]])
    counter_proposal: ProposalRef | None = Field(description=descriptions.COUNTER_PROPOSAL, examples=[PROPOSAL])
    votes: Votes | None = Field(
        description=descriptions.VOTES,
        examples=[{"for": 47, "against": 52, "entitled": 101, "rule": "majority"}],
    )
    event_codes: list[str] = Field(description=shared.EVENT_CODES, examples=[["cameo:127", "plover:REJECT"]])
