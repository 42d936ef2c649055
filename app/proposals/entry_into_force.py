"""Schemas of the rule by which an agreement enters into force, and of the standing derived from it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from app.db.durations import parse_duration
from app.db.vocabulary_derived import AgreementStanding
from app.domain.keys import PartyKey
from app.domain.texts import Line, Prose, refusal
from app.domain.types import LARGEST_COUNT, EdtfDay, EdtfText, IsoDuration, Percentage
from app.proposals import descriptions
from app.schemas.examples import RUSSIA, UKRAINE
from app.schemas.refs import PartyRef, RecordMention
from app.schemas.validators import distinct
from app.schemas.values import Value

_SECONDS_A_DAY = 86_400
#: The longest `after`, in months and in seconds.
_LONGEST_MONTHS, _LONGEST_SECONDS = 12 * 100, 366 * 100 * _SECONDS_A_DAY


class EntryIntoForce(Value):
    """The rule by which an agreement enters into force: "30 days after 55 parties with 55 percent of emissions are bound".

    The rule is met when all its conditions (`parties`, `share`, `needs`) are met.
    """

    parties: Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)] | None = Field(
        default=None, description="The number of parties that must be bound; null = no such condition.", examples=[55]
    )
    share: Percentage | None = Field(
        default=None,
        description="The percentage that the shares of the bound parties must reach together; null = no such condition.",
        examples=[55],
    )
    share_of: Line | None = Field(
        default=None,
        description="The total that the shares are percentages of; null = not stated.",
        examples=["greenhouse gas emissions"],
    )
    after: IsoDuration | None = Field(
        default=None,
        description="The time from the day on which the rule is met to the entry into force (ISO 8601, whole days); null ="
        " none: it enters into force on that day.",
        examples=["P30D"],
    )
    needs: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list,
        description="Parties that must be among the bound parties: slug, id or `scheme:value`.",
        examples=[["russia", "ukraine"]],
    )
    text: Prose | None = Field(
        default=None,
        description="The rule in words; null = not quoted.",
        examples=["On the thirtieth day after the deposit of the tenth instrument."],
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.parties is None and self.share is None and not self.needs and self.text is None:
            raise refusal(
                "rule", "A rule needs `parties`, `share`, `needs` or `text`; give at least one, or set it to null."
            )
        if self.share_of is not None and self.share is None:
            raise refusal("rule", "`share_of` requires `share`; give both or neither.")
        if self.share == 0:
            raise refusal("rule", "`share` must be greater than 0; use null if the rule has no such condition.")
        if self.after is not None:
            duration = parse_duration(self.after)
            if duration.seconds % _SECONDS_A_DAY:
                raise refusal("rule", f"`after` ({self.after}) must be whole days, such as P30D or PT72H.")
            if duration.months > _LONGEST_MONTHS or duration.seconds > _LONGEST_SECONDS:
                raise refusal("rule", f"`after` ({self.after}) is longer than 100 years; correct it.")
        return self


class StandingView(RecordMention):
    """How far an agreement had come on a day, derived from the acts of its parties and the rule of its entry into force."""

    on: EdtfDay = Field(description="The day for which the standing is derived (EDTF).", examples=["2025-06-05"])
    word: AgreementStanding = Field(description=descriptions.STANDING, examples=["partly_ratified"])
    initialled_by: list[PartyRef] = Field(
        description="The parties that had initialled the agreement.", examples=[[RUSSIA, UKRAINE]]
    )
    signed_by: list[PartyRef] = Field(
        description="The parties that had signed the agreement.", examples=[[RUSSIA, UKRAINE]]
    )
    bound_by: list[PartyRef] = Field(
        description="The parties that had ratified, accepted or acceded to the agreement, and had not withdrawn since.",
        examples=[[UKRAINE]],
    )
    withdrew: list[PartyRef] = Field(
        description="The parties that had withdrawn and were not bound again.", examples=[[RUSSIA]]
    )
    parties_counted: int = Field(description="The number of bound parties.", examples=[1])
    share_counted: float | None = Field(
        description="The sum of the shares of the bound parties in percent; null = no bound party has a share.",
        examples=[17.5],
    )
    rule_met_on: EdtfDay | None = Field(
        description="The first day on which the rule was met (EDTF), derived from dated acts; null = not met, no conditions, or"
        " unknown.",
        examples=["2016-10-05"],
    )
    computed_in_force_on: EdtfDay | None = Field(
        description="`rule_met_on` plus `entry_into_force.after` (EDTF); null = unknown.", examples=["2016-11-04"]
    )
    in_force_on: EdtfText | None = Field(
        description="The day of entry into force (EDTF): `in_force_on` of the agreement or, if that is null,"
        " `computed_in_force_on`; null = unknown.",
        examples=["2016-11-04"],
    )
