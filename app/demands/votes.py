"""The vote of a body: an answer that is determined by counting votes. A vote is stored in a JSON column in the form in
which it is written."""

from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, create_model, model_validator

from app.db.vocabulary import DecisionRule
from app.db.vocabulary_values import VoteChoice
from app.domain.keys import PartyKey, PersonKey
from app.domain.texts import Line, refusal
from app.domain.types import LARGEST, Count, Number
from app.errors import quoted
from app.schemas.validators import given
from app.schemas.values import Value

_Weight = Annotated[Number, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0, "maximum": LARGEST})]
#: The fields that can name the voter of an entry.
VOTERS = ("party", "person", "name")


class RollEntry(Value):
    """How one voter voted. The voter is a party, a person, or a name without a record."""

    party: PartyKey | None = Field(
        default=None,
        description="The party that voted, such as a member state or a parliamentary group: slug, id or `scheme:value`; null ="
        " the voter is not a party.",
        examples=["ukraine"],
    )
    person: PersonKey | None = Field(
        default=None,
        description="The person who voted: slug, id or `scheme:value`; null = the voter is not a person with a record.",
        examples=["rustem-umerov"],
    )
    name: Line | None = Field(
        default=None,
        description="The name of a voter without a record; null = the voter has a record.",
        examples=["Member for Hillside"],
    )
    vote: VoteChoice = Field(description="How the voter voted.", examples=["for"])
    weight: _Weight | None = Field(
        default=None, description="The weight of the vote, as reported; null = not reported.", examples=[29]
    )

    @model_validator(mode="after")
    def _names_one_voter(self) -> Self:
        found = given(self, VOTERS)
        if len(found) != 1:
            shown = f"got {' and '.join(f'`{name}`' for name in found)}" if found else "got none of them"
            raise refusal("vote", f"An entry of the roll names one voter with `party`, `person` or `name`; {shown}.")
        return self


def _count(description: str, example: int) -> Any:
    return (Count | None, Field(default=None, description=f"{description}, as reported; null = not reported.",
                                examples=[example]))  # fmt: skip


#: `for` is a keyword of Python, so the fields with these names cannot be declared in a class body.
_Counts = create_model(
    "_Counts",
    __base__=Value,
    **{
        VoteChoice.FOR.value: _count("The number of votes in favor", 47),
        VoteChoice.AGAINST.value: _count("The number of votes against", 52),
        VoteChoice.ABSTAINED.value: _count("The number of abstentions", 2),
        VoteChoice.ABSENT.value: _count("The number of members who did not take part", 0),
    },
)


class Votes(_Counts):
    """The vote of a body. Unknown counts stay null: none is calculated from the others."""

    needed: Count | None = Field(
        default=None, description="The number of votes in favor that were needed; null = not reported.", examples=[51]
    )
    entitled: Count | None = Field(
        default=None, description="The number of votes that all members have; null = not reported.", examples=[101]
    )
    rule: DecisionRule | None = Field(
        default=None, description="The rule by which the body decided; null = not stated.", examples=["majority"]
    )
    roll: list[RollEntry] = Field(
        default_factory=list,
        description="How each voter voted, as far as reported; each voter once.",
        examples=[[{"party": "ukraine", "vote": "for"}]],
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.roll and not given(self, (*VoteChoice, "needed", "entitled", "rule")):
            raise refusal(
                "vote", "A vote needs a count, a `rule` or a `roll`; give at least one, or set `votes` to null."
            )
        return self

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        in_roll = {choice: [entry.vote for entry in self.roll].count(choice) for choice in VoteChoice}
        counted = {choice: getattr(self, choice) for choice in VoteChoice}
        for choice, count in counted.items():
            if count is not None and in_roll[choice] > count:
                raise refusal(
                    "vote",
                    f"`roll` has {in_roll[choice]} entries with the vote {quoted(choice.value)}, but `{choice}` is {count}; correct"
                    " the count, or the entries.",
                )
        known = {choice: in_roll[choice] if count is None else count for choice, count in counted.items()}
        if self.entitled is not None and (total := sum(known.values())) > self.entitled:
            shown = ", ".join(f"{count} {choice}" for choice, count in known.items() if count)
            raise refusal(
                "vote",
                f"There are more votes than members: {total} ({shown}), but `entitled` is {self.entitled}; correct one of"
                " the counts.",
            )
        return self
