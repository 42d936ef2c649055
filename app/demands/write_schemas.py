"""What is written of demands, responses and assessments."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, ValidationInfo, field_validator, model_validator

from app.db.vocabulary import AssessmentKind, Stance
from app.domain.types import Count, PersonKey, RecordAddress, ResponseKey, Slug, refusal
from app.schemas.nested_writes import DemandInProposal
from app.schemas.record import RecordWrite
from app.schemas.validators import distinct, given
from app.schemas.values import DemandKey, EdtfDate, Line, PartyKey, ProposalKey, Prose, TalkKey


class DemandWrite(DemandInProposal):
    """One atomised point of a proposal: who asks what of whom."""

    proposal: ProposalKey = Field(
        description="The proposal in which it is made: slug, id or `scheme:value`. An oral demand is the "
        "single point of a proposal of kind `oral`.",
        examples=["russian-memorandum-2025-06-02"],
    )


class ResponseWrite(RecordWrite):
    """What one party answered to one demand, to one part, or to a proposal as a whole.

    The narrowest target counts: `demand`, else `part` (with its `proposal` or `account`), else `proposal`.
    """

    title: Line | None = Field(None, description="A short title; null = none.", examples=["Kyiv's answer of 4 June"])
    summary: Prose | None = Field(
        None, description="Summary; null = none.", examples=["Ukraine calls the memorandum an ultimatum."]
    )
    proposal: ProposalKey | None = Field(
        None,
        description="The proposal answered: as a whole, if neither demand nor part is given; null where the "
        "demand or the account tells it.",
        examples=["russian-memorandum-2025-06-02"],
    )
    account: Slug | None = Field(
        None,
        description="The account in which `part` is found (slug); null = the proposal's reference account.",
        examples=["russian-memorandum-2025-06-02-text"],
    )
    part: Line | None = Field(
        None,
        description="Key of the part answered; null = the answer is to a demand or the whole.",
        examples=["option-1"],
    )
    demand: DemandKey | None = Field(
        None,
        description="The demand answered: slug, id or `scheme:value`; null = it is to a part or the whole.",
        examples=["article-2025-06-02-1-1"],
    )
    responder: PartyKey = Field(description="Who answers; need be neither addressed nor seated.", examples=["ukraine"])
    stance: Stance = Field(description="The answer.", examples=["no_comment"])
    said_on: EdtfDate | None = Field(
        None,
        description="When (EDTF); of a `no_comment` the day up to which silence is reported; null = unknown.",
        examples=["2025-06-02"],
    )
    position: Count = Field(0, description="Order among the answers of one day.", examples=[0])
    talk: TalkKey | None = Field(
        None, description="The talk at which it was said; null = at none.", examples=["istanbul-2025-07-23"]
    )
    text: Prose | None = Field(
        None,
        description="The answer in words; null = not reported.",
        examples=["Kyiv has not yet commented on the contents of the document."],
    )
    said_by: PersonKey | None = Field(
        None,
        description="Who spoke: slug, id or `scheme:value`; null = not named.",
        examples=["volodymyr-zelensky"],
    )
    scope: Prose | None = Field(
        None,
        description="What of the target it concerns, where not all; null = all of it.",
        examples=["only the two- or three-day truces"],
    )
    scope_demands: Annotated[list[DemandKey], distinct()] = Field(
        default_factory=list,
        description="The demands that it concerns, where not all.",
        examples=[["russian-memorandum-2025-06-02-iii-3"]],
    )
    reply_to: ResponseKey | None = Field(
        None,
        description="The response that it answers; null = none.",
        examples=["russian-memorandum-2025-06-02-ukraine-2025-06-04"],
    )
    counters: Annotated[list[DemandKey], distinct()] = Field(
        default_factory=list,
        description="Demands put against the one answered.",
        examples=[["ukrainian-memorandum-2025-05-28-3"]],
    )
    counter_proposal: ProposalKey | None = Field(
        None, description="The proposal put against it; null = none.", examples=["ukrainian-memorandum-2025-05-28"]
    )
    statement: Line | None = Field(
        None,
        description="One key for all answers given in one breath; they count as one. null = it stands alone.",
        examples=["zelensky-2025-06-04"],
    )
    is_implied: StrictBool = Field(
        False, description="Whether it was concluded from the context, not spoken.", examples=[False]
    )
    event_codes: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="Codes of event ontologies, as `scheme:code`.",
        examples=[["cameo:127", "plover:REJECT"]],
    )

    @field_validator("demand")
    @classmethod
    def _is_the_only_target(cls, demand: str | None, info: ValidationInfo) -> str | None:
        if demand is not None and info.data.get("part") is not None:
            raise refusal("response", "A response answers one demand or one part, not both; leave one of them null.")
        return demand

    @field_validator("reply_to")
    @classmethod
    def _is_not_itself(cls, reply_to: str | None, info: ValidationInfo) -> str | None:
        if reply_to is not None and reply_to == info.data.get("slug"):
            raise refusal("reference", "A response does not answer itself; name another, or leave the field null.")
        return reply_to

    @model_validator(mode="after")
    def _has_a_target(self) -> Self:
        if not given(self, ("demand", "part", "proposal")):
            raise refusal("response", "Say what is answered: `demand`, `part` with its proposal, or `proposal`.")
        if self.part is not None and not given(self, ("proposal", "account")):
            raise refusal("response", "A part's key says nothing alone; name its `proposal` or `account`, too.")
        return self


class AssessmentWrite(RecordWrite):
    """A forecast or characterisation. It never counts as a response."""

    title: Line | None = Field(None, description="A short title; null = none.", examples=["Likely non-starters"])
    summary: Prose | None = Field(
        None, description="Summary; null = none.", examples=["The author expects Kyiv to refuse."]
    )
    kind: AssessmentKind = Field(description="What kind of statement it is.", examples=["characterisation"])
    text: Prose = Field(
        description="What is said.", examples=["Several of the points are likely non-starters for Kyiv."]
    )
    about: Annotated[list[RecordAddress], Field(min_length=1), distinct()] = Field(
        description="What it is about: records as `collection/key`.",
        examples=[["proposals/russian-memorandum-2025-06-02", "parties/ukraine"]],
    )
    by: PartyKey | None = Field(
        None,
        description="The party or publisher that says so; null = unknown.",
        examples=["the-moscow-times"],
    )
    said_by: PersonKey | None = Field(
        None, description="The person who says so; null = not named.", examples=["dmitry-peskov"]
    )
    said_on: EdtfDate | None = Field(None, description="When (EDTF); null = unknown.", examples=["2025-06-02"])
