"""Write schemas of demands, responses and assessments."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, ValidationInfo, field_validator, model_validator

from app.db.responses import Response
from app.db.vocabulary import AssessmentKind, Stance
from app.demands import descriptions
from app.demands.votes import Votes
from app.domain.keys import DemandKey, PartyKey, PersonKey, ProposalKey, RecordAddress, ResponseKey, TalkKey
from app.domain.texts import Line, Prose, Slug, refusal
from app.domain.times import TimeOfEvent, TimeZone, on_a_day, zone_of
from app.domain.types import Count, EdtfDate
from app.schemas import descriptions as shared
from app.schemas.descriptions import as_address, as_key, as_time, as_zone
from app.schemas.nested_writes import DemandInProposal
from app.schemas.record_writes import RecordWrite
from app.schemas.validators import distinct, given
from app.schemas.written_dates import DATES_AS_WRITTEN, WrittenDate, agreeing_with


class DemandWrite(DemandInProposal):
    """One point of a proposal: who demands what of whom."""

    proposal: ProposalKey = Field(
        description=f"{as_key(descriptions.DEMAND_PROPOSAL)} An oral demand is the only demand of a proposal of kind `oral`.",
        examples=["russian-memorandum-2025-06-02"],
    )


class ResponseWrite(RecordWrite):
    """The answer of one party to one demand, to one part, or to a whole proposal.

    The target is `demand`, else `part` (with its `proposal` or `account`), else `proposal`.
    """

    title: Line | None = Field(None, description=shared.SHORT_TITLE, examples=["Kyiv's answer of 4 June"])
    summary: Prose | None = Field(
        None, description=shared.SUMMARY, examples=["Ukraine calls the memorandum an ultimatum."]
    )
    proposal: ProposalKey | None = Field(
        None,
        description=f"{descriptions.RESPONSE_PROPOSAL} `proposal` may be omitted if it follows from `demand` or `account`.",
        examples=["russian-memorandum-2025-06-02"],
    )
    account: Slug | None = Field(
        None,
        description="The account that contains `part`, by its slug; null = the reference account of the proposal.",
        examples=["russian-memorandum-2025-06-02-text"],
    )
    part: Line | None = Field(
        None,
        description=descriptions.PART,
        examples=["option-1"],
    )
    demand: DemandKey | None = Field(
        None,
        description=as_key(descriptions.RESPONSE_DEMAND),
        examples=["article-2025-06-02-1-1"],
    )
    responder: PartyKey = Field(
        description=shared.RESPONDER,
        examples=["ukraine"],
    )
    stance: Stance = Field(description=descriptions.RESPONSE_STANCE, examples=["no_comment"])
    said_on: EdtfDate | None = Field(
        None,
        description=shared.SAID_ON,
        examples=["2025-06-02"],
    )
    said_time: Annotated[TimeOfEvent | None, on_a_day("said_on")] = Field(
        None, description=as_time("said_on", "said_zone"), examples=["11:15"]
    )
    said_zone: Annotated[TimeZone | None, zone_of(*Response.__timed__)] = Field(
        None, validate_default=True, description=as_zone("said_time"), examples=["Europe/London"]
    )
    position: Count = Field(0, description=descriptions.POSITION, examples=[0])
    dates_as_written: Annotated[list[WrittenDate], distinct("field"), agreeing_with("said_on")] = Field(
        default_factory=list, description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN]
    )
    talk: TalkKey | None = Field(None, description=descriptions.TALK, examples=["istanbul-2025-07-23"])
    text: Prose | None = Field(
        None,
        description=descriptions.RESPONSE_TEXT,
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonKey | None = Field(
        None,
        description=as_key(descriptions.RESPONSE_SAID_BY),
        examples=["volodymyr-zelensky"],
    )
    scope: Prose | None = Field(
        None,
        description=descriptions.SCOPE,
        examples=["only the two- or three-day truces"],
    )
    scope_demands: Annotated[list[DemandKey], distinct()] = Field(
        default_factory=list,
        description=descriptions.SCOPE_DEMANDS,
        examples=[["russian-memorandum-2025-06-02-iii-3"]],
    )
    reply_to: ResponseKey | None = Field(
        None,
        description=descriptions.REPLY_TO,
        examples=["russian-memorandum-2025-06-02-ukraine-2025-06-04"],
    )
    counters: Annotated[list[DemandKey], distinct()] = Field(
        default_factory=list,
        description=descriptions.COUNTERS,
        examples=[["ukrainian-memorandum-2025-05-28-3"]],
    )
    counter_proposal: ProposalKey | None = Field(
        None,
        description=descriptions.COUNTER_PROPOSAL,
        examples=["ukrainian-memorandum-2025-05-28"],
    )
    statement: Line | None = Field(
        None,
        description=descriptions.STATEMENT,
        examples=["zelensky-2025-06-04"],
    )
    is_implied: StrictBool = Field(False, description=descriptions.IS_IMPLIED, examples=[False])
    votes: Votes | None = Field(
        None,
        description=descriptions.VOTES,
        examples=[{"for": 47, "against": 52, "entitled": 101, "rule": "majority"}],
    )
    event_codes: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description=shared.EVENT_CODES,
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

    title: Line | None = Field(None, description=shared.SHORT_TITLE, examples=["Likely non-starters"])
    summary: Prose | None = Field(None, description=shared.SUMMARY, examples=["The author expects Kyiv to refuse."])
    kind: AssessmentKind = Field(description=descriptions.KIND, examples=["characterisation"])
    text: Prose = Field(
        description=descriptions.ASSESSMENT_TEXT, examples=["Several of the points are likely non-starters for Kyiv."]
    )
    about: Annotated[list[RecordAddress], Field(min_length=1), distinct()] = Field(
        description=as_address(descriptions.ABOUT),
        examples=[["proposals/russian-memorandum-2025-06-02", "parties/ukraine"]],
    )
    by: PartyKey | None = Field(
        None,
        description=descriptions.BY,
        examples=["the-moscow-times"],
    )
    said_by: PersonKey | None = Field(None, description=descriptions.ASSESSMENT_SAID_BY, examples=["dmitry-peskov"])
    said_on: EdtfDate | None = Field(None, description=descriptions.SAID_ON, examples=["2025-06-02"])
