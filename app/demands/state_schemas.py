"""Read schemas of a demand's state: the answers, the parties that still owe an answer, and why the demand is closed."""

from pydantic import Field

from app.db.vocabulary import Stance
from app.db.vocabulary_derived import AnswerScope, Closing, CountedAs, DemandState, Fulfilment
from app.demands import descriptions
from app.domain.types import EdtfDay, EdtfText
from app.schemas.examples import RESPONSE, UKRAINE
from app.schemas.refs import PartyRef, RecordMention, RecordRef


class CountedAnswer(RecordMention):
    """The answer of a party that counts for the state of the demand."""

    party: PartyRef = Field(description="The party whose answer counts.", examples=[UKRAINE])
    stance: Stance = Field(description=descriptions.STANCE, examples=["countered"])
    counted_as: CountedAs = Field(
        description="The value that the answer counts as for this demand.", examples=["undetermined"]
    )
    scope: AnswerScope = Field(
        description="The scope of the answer: the demand itself, its part or the whole proposal.", examples=["proposal"]
    )
    said_on: EdtfText | None = Field(description=descriptions.SAID_ON, examples=["2025-06-04"])
    is_implied: bool = Field(description=descriptions.IS_IMPLIED, examples=[False])
    spoken_by: str = Field(
        description="The slug of the party that gave the answer: the party itself, a body that speaks for it, or its coalition.",
        examples=["ukraine"],
    )
    response: str | None = Field(
        description="The slug of the response; null if the answer follows from an agreement.",
        examples=[RESPONSE["slug"]],
    )
    agreement: str | None = Field(
        description="The slug of the agreement that adopts the proposal; null if the answer is a response.",
        examples=[None],
    )


class UncountedAnswer(RecordMention):
    """An answer to this demand that does not count for its state."""

    party: PartyRef = Field(description="The party that answered.", examples=[UKRAINE])
    stance: Stance = Field(description=descriptions.STANCE, examples=["supported"])
    said_on: EdtfText | None = Field(description=descriptions.SAID_ON, examples=["2025-06-04"])
    is_implied: bool = Field(description=descriptions.IS_IMPLIED, examples=[False])
    response: str = Field(description="The slug of the response.", examples=[RESPONSE["slug"]])


class ClosedView(RecordMention):
    """The day from which no answer is due any more, and the reason."""

    on: EdtfDay | None = Field(description="The first day (EDTF); null = unknown.", examples=["2025-12-24"])
    how: Closing = Field(description="The reason why the demand is closed.", examples=["superseded"])
    by: RecordRef | None = Field(
        description="The record that closed the demand; null = its own proposal.",
        examples=[{"collection": "proposals", "slug": "us-ukrainian-20-point-plan-2025"}],
    )


class StateView(RecordMention):
    """The state of a demand on a day, derived from responses and agreements."""

    word: DemandState | None = Field(
        description="The state; null for demands that expect no answer (`not_demanded`, `step`).",
        examples=["rejected"],
    )
    on: EdtfDay = Field(description="The day for which the state is derived (EDTF).", examples=["2025-06-05"])
    inherited: bool = Field(
        description="Whether answers to the part or to the whole proposal are counted.", examples=[True]
    )
    answers: list[CountedAnswer] = Field(description="The answers that count, one for each party.")
    others: list[UncountedAnswer] = Field(
        description="The answers to this demand that do not count: the latest answer of each party that owes no answer,"
        " and answers that only support or oppose the demand."
    )
    owing: list[PartyRef] = Field(
        description="The parties that still owe an answer; empty once the demand is closed.",
        examples=[[UKRAINE]],
    )
    fulfilment: Fulfilment = Field(description="The extent to which the demand was fulfilled.", examples=["none"])
    fulfilled_on: EdtfText | None = Field(
        description="The day of fulfilment (EDTF); null = not fulfilled, or unknown.", examples=[None]
    )
    closed: ClosedView | None = Field(
        description="The day from which no answer is due any more, and the reason; null = not closed."
    )
