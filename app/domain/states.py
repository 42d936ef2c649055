"""The state of demands in statements of the reader: the JSON of one demand, and its stored spans for filters and counts.

The rules are in STATES.md beside this module; the database implements them (schema `state`) and stores what they say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, column, false, func, literal_column, not_, or_, select

from app.db.alias import aliased
from app.db.states import DemandSpan
from app.db.vocabulary import DemandAct
from app.db.vocabulary_derived import DemandState, Fulfilment

#: Acts that ask nobody for an answer: these demands have no state.
STATELESS = (DemandAct.NOT_DEMANDED, DemandAct.STEP)


@dataclass(frozen=True, slots=True)
class Question:
    """What the state of a demand is asked for: a day, and whether answers to the part or the whole count.

    `is_live`: the tables are views of what was known on a day, of which nothing derived is stored.
    """

    day: ColumnElement[Any]
    inherited: ColumnElement[Any]
    is_live: bool = False

    @property
    def bit(self) -> ColumnElement[Any]:
        """The bit of `DemandSpan.applies` that holds for it: undated answers count today and later."""
        is_late = self.day >= func.parley_today()
        return case(
            (self.inherited, case((is_late, literal_column("2")), else_=literal_column("1"))),
            else_=case((is_late, literal_column("8")), else_=literal_column("4")),
        )


def describe(demand: Any, question: Question) -> ColumnElement[Any]:
    """The whole state of a demand as a JSON object. `demand`: an alias of its table. The counted answers in it are stored
    (`app.db.states.DemandAnswer`), but for the past and what was known on a day: the session's search path decides."""
    described = func.state.describe(demand.id, question.day, question.inherited).table_valued(column("state"))
    return select(described.c.state).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Aspect:
    """One derived value of a demand: `state`, `owed`, `fulfilment` or `closed`.

    `derive`, `column`: the function of the schema `state` that derives it of (demand, question), and its column.
    """

    name: Literal["state", "owed", "fulfilment", "closed"]
    derive: Callable[[Any, Question], Any]
    column: str

    def is_current(self, span: Any, question: Question) -> list[ColumnElement[bool]]:
        """What must hold of a stored span of this aspect so that it answers the question."""
        return [
            span.aspect == literal_column(f"'{self.name}'"),
            # No span begins before its demand: the index of the page's order need not be read before that day.
            span.sort_on <= question.day,
            span.from_on <= question.day,
            span.until_on > question.day,
            span.applies.op("&")(question.bit) != literal_column("0"),
        ]

    def value(self, demand: Any, question: Question) -> ColumnElement[Any]:
        """The value of a demand that was tabled by then; null where it has none. Stored, but for what was known on a
        day: that is derived when it is asked for."""
        if question.is_live:
            derived = self.derive(demand.id, question).table_valued(column(self.column))
            return select(derived.c[self.column]).scalar_subquery()
        span: Any = aliased(DemandSpan)
        rows = select(span.value).where(span.demand_id == demand.id, *self.is_current(span, question))
        return rows.limit(literal_column("1")).correlate_except(span).scalar_subquery()


def _words(point: Any, asked: Question) -> Any:
    return func.state.words(point, asked.day, asked.inherited, literal_column("false"))


STATE = Aspect(
    "state",
    _words,
    "word",
)
#: Stored only where others answered; derived, it says of each point whether an answer is lacking.
OWED = Aspect(
    "owed",
    _words,
    "is_lacking",
)
FULFILMENT = Aspect("fulfilment", lambda point, asked: func.state.deed_on(point, asked.day), "word")
CLOSED = Aspect("closed", lambda point, asked: func.state.closing_on(point, asked.day), "how")


def state_word(demand: Any, question: Question) -> ColumnElement[Any]:
    """The state in one word; null for a demand that asks nobody for an answer."""
    return case(
        (demand.act.in_(STATELESS), None),
        (demand.sort_on > question.day, literal_column(f"'{DemandState.NOT_YET}'")),
        else_=STATE.value(demand, question),
    )


def fulfilment_word(demand: Any, question: Question) -> ColumnElement[Any]:
    """none, in_part or done."""
    none: ColumnElement[Any] = literal_column(f"'{Fulfilment.NONE}'")
    return case((demand.sort_on > question.day, none), else_=func.coalesce(FULFILMENT.value(demand, question), none))


def is_closed(demand: Any, question: Question) -> ColumnElement[bool]:
    """Whether nobody owes an answer to the demand any more."""
    return and_(demand.sort_on <= question.day, CLOSED.value(demand, question).is_not(None))


def is_owed(demand: Any, question: Question) -> ColumnElement[bool]:
    """Whether a party that is asked has not answered, while the demand is not closed."""
    if question.is_live:
        lacking: ColumnElement[Any] = func.coalesce(OWED.value(demand, question), false())
    else:
        unanswered: list[Any] = [literal_column(f"'{word}'") for word in (DemandState.OPEN, DemandState.NO_COMMENT)]
        lacking = or_(STATE.value(demand, question).in_(unanswered), OWED.value(demand, question).is_not(None))
    return and_(
        demand.act.not_in(STATELESS),
        demand.sort_on <= question.day,
        func.coalesce(lacking, false()),
        not_(is_closed(demand, question)),
    )
