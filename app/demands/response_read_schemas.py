"""Read schemas of responses."""

from typing import ClassVar

from pydantic import Field

from app.db.base import Record
from app.db.responses import Response
from app.db.vocabulary import Stance
from app.demands.votes import Votes
from app.domain.types import EdtfText
from app.schemas.examples import DEMAND, PART, PROCESS, PROPOSAL, RESPONSE, TALK, UKRAINE, UMEROV
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import DemandRef, PartRef, PartyRef, PersonRef, ProcessRef, ProposalRef, ResponseRef, TalkRef


class ResponseSummary(RecordTail, RecordSummary):
    """The answer of one party, as lists show it."""

    model: ClassVar[type[Record]] = Response
    linked_as = ("Response", "schema:ReplyAction")

    responder: PartyRef = Field(
        description="The party that answered; it need not be an addressee or have sat at the talk.", examples=[UKRAINE]
    )
    stance: Stance = Field(description="The stance taken.", examples=["no_comment"])
    said_on: EdtfText | None = Field(
        description="The day of the response (EDTF); for `no_comment`, the day up to which silence is reported. null = unknown.",
        examples=["2025-06-02"],
    )
    process: ProcessRef = Field(description="The process that the record belongs to.", examples=[PROCESS])
    proposal: ProposalRef = Field(
        description="The proposal that was answered: as a whole if `demand` and `part` are null.", examples=[PROPOSAL]
    )
    part: PartRef | None = Field(
        description="The part that was answered; null = the answer is to a demand or the whole proposal.",
        examples=[PART],
    )
    demand: DemandRef | None = Field(
        description="The demand that was answered; null = the answer is to a part or the whole proposal.",
        examples=[DEMAND],
    )
    text: str | None = Field(
        description="The answer in words; null = not reported.",
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonRef | None = Field(
        description="The person who gave the answer; null = not named.", examples=[UMEROV]
    )
    talk: TalkRef | None = Field(description="The talk at which the answer was given; null = none.", examples=[TALK])
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
    reply_to: ResponseRef | None = Field(
        description="The earlier response that this one replies to; null = none.", examples=[RESPONSE]
    )
    counters: list[DemandRef] = Field(description="The counter-demands made in the answer.", examples=[[DEMAND]])


class ResponseDetail(RecordDetail, ResponseSummary):
    """The answer of one party to one demand, to one part, or to a whole proposal."""

    title: str | None = Field(description="A short title; null = none.", examples=["Kyiv's answer of 4 June"])
    summary: str | None = Field(
        description="A summary; null = none.", examples=["Ukraine calls the memorandum an ultimatum."]
    )
    position: int = Field(description="The position among the responses of the same day.", examples=[0])
    scope_demands: list[DemandRef] = Field(
        description="The demands that the answer is limited to; empty = all of the target.", examples=[[DEMAND]]
    )
    counter_proposal: ProposalRef | None = Field(
        description="The counter-proposal made in the answer; null = none.", examples=[PROPOSAL]
    )
    votes: Votes | None = Field(
        description="The vote of a body: counts as reported, the rule, and how each voter voted. null = no vote, or not"
        " reported. The body is the `responder`.",
        examples=[{"for": 47, "against": 52, "entitled": 101, "rule": "majority"}],
    )
    event_codes: list[str] = Field(
        description="The codes of event ontologies, as `scheme:code`.", examples=[["cameo:127", "plover:REJECT"]]
    )
