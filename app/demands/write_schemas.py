"""Write schemas of demands, responses and assessments."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, ValidationInfo, field_validator, model_validator

from app.db.vocabulary import AssessmentKind, Stance
from app.demands.votes import Votes
from app.domain.keys import DemandKey, PartyKey, PersonKey, ProposalKey, RecordAddress, ResponseKey, TalkKey
from app.domain.texts import Line, Prose, Slug, refusal
from app.domain.types import Count, EdtfDate
from app.schemas.nested_writes import DemandInProposal
from app.schemas.record_writes import RecordWrite
from app.schemas.validators import distinct, given


class DemandWrite(DemandInProposal):
    """One point of a proposal: who demands what of whom."""

    proposal: ProposalKey = Field(
        description="The proposal that contains the demand: slug, id or `scheme:value`. An oral demand is the "
        "only demand of a proposal of kind `oral`.",
        examples=["russian-memorandum-2025-06-02"],
    )


class ResponseWrite(RecordWrite):
    """The answer of one party to one demand, to one part, or to a whole proposal.

    The target is `demand`, else `part` (with its `proposal` or `account`), else `proposal`.
    """

    title: Line | None = Field(None, description="A short title; null = none.", examples=["Kyiv's answer of 4 June"])
    summary: Prose | None = Field(
        None, description="A summary; null = none.", examples=["Ukraine calls the memorandum an ultimatum."]
    )
    proposal: ProposalKey | None = Field(
        None,
        description="The proposal that was answered: as a whole if `demand` and `part` are null. It may be "
        "omitted if it follows from `demand` or `account`.",
        examples=["russian-memorandum-2025-06-02"],
    )
    account: Slug | None = Field(
        None,
        description="The account that contains `part`, by its slug; null = the reference account of the proposal.",
        examples=["russian-memorandum-2025-06-02-text"],
    )
    part: Line | None = Field(
        None,
        description="The key of the part that was answered; null = the answer is to a demand or the whole proposal.",
        examples=["option-1"],
    )
    demand: DemandKey | None = Field(
        None,
        description="The demand that was answered: slug, id or `scheme:value`; null = the answer is to a part or the whole proposal.",
        examples=["article-2025-06-02-1-1"],
    )
    responder: PartyKey = Field(
        description="The party that answered; it need not be an addressee or have sat at the talk.",
        examples=["ukraine"],
    )
    stance: Stance = Field(description="The stance taken.", examples=["no_comment"])
    said_on: EdtfDate | None = Field(
        None,
        description="The day of the response (EDTF); for `no_comment`, the day up to which silence is reported. null = unknown.",
        examples=["2025-06-02"],
    )
    position: Count = Field(0, description="The position among the responses of the same day.", examples=[0])
    talk: TalkKey | None = Field(
        None, description="The talk at which the answer was given; null = none.", examples=["istanbul-2025-07-23"]
    )
    text: Prose | None = Field(
        None,
        description="The answer in words; null = not reported.",
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonKey | None = Field(
        None,
        description="The person who gave the answer: slug, id or `scheme:value`; null = not named.",
        examples=["volodymyr-zelensky"],
    )
    scope: Prose | None = Field(
        None,
        description="The aspect of the target that the answer concerns; null = all of it.",
        examples=["only the two- or three-day truces"],
    )
    scope_demands: Annotated[list[DemandKey], distinct()] = Field(
        default_factory=list,
        description="The demands that the answer is limited to; empty = all of the target.",
        examples=[["russian-memorandum-2025-06-02-iii-3"]],
    )
    reply_to: ResponseKey | None = Field(
        None,
        description="The earlier response that this one replies to; null = none.",
        examples=["russian-memorandum-2025-06-02-ukraine-2025-06-04"],
    )
    counters: Annotated[list[DemandKey], distinct()] = Field(
        default_factory=list,
        description="The counter-demands made in the answer.",
        examples=[["ukrainian-memorandum-2025-05-28-3"]],
    )
    counter_proposal: ProposalKey | None = Field(
        None,
        description="The counter-proposal made in the answer; null = none.",
        examples=["ukrainian-memorandum-2025-05-28"],
    )
    statement: Line | None = Field(
        None,
        description="A key shared by all answers given in one statement, which count as one; null = a separate answer.",
        examples=["zelensky-2025-06-04"],
    )
    is_implied: StrictBool = Field(
        False, description="Whether the answer was inferred from the context instead of stated.", examples=[False]
    )
    votes: Votes | None = Field(
        None,
        description="The vote of a body: counts as reported, the rule, and how each voter voted. null = no vote, or not"
        " reported. The body is the `responder`.",
        examples=[{"for": 47, "against": 52, "entitled": 101, "rule": "majority"}],
    )
    event_codes: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="The codes of event ontologies, as `scheme:code`.",
        examples=[["cameo:127", "plover:REJECT"]],
    )

    @field_validator("demand")
    @classmethod
    def _is_the_only_target(cls, demand: str | None, info: ValidationInfo) -> str | None:
        if demand is not None and info.data.get("part") is not None:
            raise refusal("response", "A response answers either a `demand` or a `part`; set one of them to null.")
        return demand

    @field_validator("reply_to")
    @classmethod
    def _is_not_itself(cls, reply_to: str | None, info: ValidationInfo) -> str | None:
        if reply_to is not None and reply_to == info.data.get("slug"):
            raise refusal("reference", "A response cannot reply to itself; name another response, or use null.")
        return reply_to

    @model_validator(mode="after")
    def _has_a_target(self) -> Self:
        if not given(self, ("demand", "part", "proposal")):
            raise refusal(
                "response",
                "A response needs a target: `demand`, `proposal`, or `part` with its `proposal` or `account`.",
            )
        if self.part is not None and not given(self, ("proposal", "account")):
            raise refusal("response", "`part` needs the `proposal` or `account` to which it belongs.")
        return self


class AssessmentWrite(RecordWrite):
    """A forecast or characterization by a publisher or party. It never counts as a response."""

    title: Line | None = Field(None, description="A short title; null = none.", examples=["Likely non-starters"])
    summary: Prose | None = Field(
        None, description="A summary; null = none.", examples=["The author expects Kyiv to refuse."]
    )
    kind: AssessmentKind = Field(description="The kind of statement.", examples=["characterisation"])
    text: Prose = Field(
        description="The text of the assessment.", examples=["Several of the points are likely non-starters for Kyiv."]
    )
    about: Annotated[list[RecordAddress], Field(min_length=1), distinct()] = Field(
        description="The records that the assessment is about, as `collection/key`.",
        examples=[["proposals/russian-memorandum-2025-06-02", "parties/ukraine"]],
    )
    by: PartyKey | None = Field(
        None,
        description="The party or publisher that makes the assessment; null = unknown.",
        examples=["the-moscow-times"],
    )
    said_by: PersonKey | None = Field(
        None, description="The person who makes the assessment; null = not named.", examples=["dmitry-peskov"]
    )
    said_on: EdtfDate | None = Field(None, description="The day (EDTF); null = unknown.", examples=["2025-06-02"])
