"""SQL expressions for the state of a demand: the full JSON object, and the stored spans that filters and counts use.

The rules are documented in `app/guides/state-rules.md`. The functions of the database schema `state` implement them
(`migrations/versions/2026-11-30_demand_states.py`, changed in `2026-12-01_several_approvals.py` and `2026-12-01_bound_members.py`).
The results are stored as spans (`demand_span`) and as counted and missing answers (`demand_answer`, made by
`2026-11-30_answers_of_demands.py`), which triggers update. If no response and no agreement concerns a proposal, its demands are `open` or
`unaddressed`, and only the respondents are determined. `tests/demands/oracle.py` is the second implementation; that of standings is
`tests/proposals/standing_oracle.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, column, false, func, literal_column, not_, or_, select
from sqlalchemy.sql.functions import FunctionElement

from app.db.alias import Columns, Expression, aliased
from app.db.demand_states import DemandSpan
from app.db.vocabulary import DemandAct
from app.db.vocabulary_derived import DemandState, Fulfilment

#: Acts that require no response. These demands have no state.
STATELESS = (DemandAct.NOT_DEMANDED, DemandAct.STEP)


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters of a demand's state: the day, and whether to count responses to the demand's part or to the whole
    proposal.

    `is_live`: derive the values on the fly, because the tables are views of what was public on a day (`known_by`), for which
    no derived values are stored.
    """

    day: Expression
    inherited: Expression
    is_live: bool = False

    @property
    def bit(self) -> Expression:
        """The bit in `DemandSpan.applies` for these parameters. Undated responses are used only for today and later
        days."""
        is_late = self.day >= func.parley_today()
        return case(
            (self.inherited, case((is_late, literal_column("2")), else_=literal_column("1"))),
            else_=case((is_late, literal_column("8")), else_=literal_column("4")),
        )


def full_state(demand: Columns, question: Question) -> Expression:
    """The whole state of a demand as a JSON object. `demand` is an alias of the table `demand`.

    The responses that count are read from `app.db.demand_states.DemandAnswer`. Under `as_of` and `known_by`
    they are derived instead. The search path of the session selects one or the other.
    """
    described = func.state.describe(demand.id, question.day, question.inherited).table_valued(column("state"))
    return select(described.c.state).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Aspect:
    """One derived value of a demand: `state`, `owed`, `fulfilment` or `closed`.

    `derive` calls the SQL function in the schema `state` that derives the value, with (demand id, question). `column`
    is the name of the column that this function returns.
    """

    name: Literal["state", "owed", "fulfilment", "closed"]
    derive: Callable[[Expression, Question], FunctionElement[Any]]
    column: str

    def is_current(self, span: Columns, question: Question) -> list[ColumnElement[bool]]:
        """The conditions under which a stored span of this aspect applies to the question."""
        return [
            span.aspect == literal_column(f"'{self.name}'"),
            # The next condition implies this one, because no span begins before its demand. This condition limits the
            # scan of the index on `sort_on`.
            span.sort_on <= question.day,
            span.from_on <= question.day,
            span.until_on > question.day,
            span.applies.op("&")(question.bit) != literal_column("0"),
        ]

    def value(self, demand: Columns, question: Question) -> Expression:
        """The value for a demand that was tabled by the requested day; null if there is no value.

        The value is read from the stored spans, or derived if the question `is_live`.
        """
        if question.is_live:
            derived = self.derive(demand.id, question).table_valued(column(self.column))
            return select(derived.c[self.column]).scalar_subquery()
        span = aliased(DemandSpan)
        rows = select(span.value).where(span.demand_id == demand.id, *self.is_current(span, question))
        return rows.limit(literal_column("1")).correlate_except(span).scalar_subquery()


def _state_words(point: Expression, question: Question) -> FunctionElement[Any]:
    return func.state.words(point, question.day, question.inherited, literal_column("false"))


STATE = Aspect(
    "state",
    _state_words,
    "word",
)
#: Whether a response is missing. The stored value exists only for demands with at least one response; the derived value
#: exists for every demand.
OWED = Aspect(
    "owed",
    _state_words,
    "is_lacking",
)
FULFILMENT = Aspect("fulfilment", lambda point, question: func.state.deed_on(point, question.day), "word")
CLOSED = Aspect("closed", lambda point, question: func.state.closing_on(point, question.day), "how")


def state_word(demand: Columns, question: Question) -> Expression:
    """The state as one term; null for a demand that requires no response."""
    return case(
        (demand.act.in_(STATELESS), None),
        (demand.sort_on > question.day, literal_column(f"'{DemandState.NOT_YET}'")),
        else_=STATE.value(demand, question),
    )


def fulfilment_word(demand: Columns, question: Question) -> Expression:
    """The fulfilment as one term: none, in_part or done."""
    none: Expression = literal_column(f"'{Fulfilment.NONE}'")
    return case((demand.sort_on > question.day, none), else_=func.coalesce(FULFILMENT.value(demand, question), none))


def is_closed(demand: Columns, question: Question) -> ColumnElement[bool]:
    """Whether the demand is closed, so that no response to it is due any more."""
    return and_(demand.sort_on <= question.day, CLOSED.value(demand, question).is_not(None))


def is_owed(demand: Columns, question: Question) -> ColumnElement[bool]:
    """Whether an addressed party has not responded and the demand is not closed."""
    if question.is_live:
        lacking: Expression = func.coalesce(OWED.value(demand, question), false())
    else:
        unanswered: list[Expression] = [
            literal_column(f"'{word}'") for word in (DemandState.OPEN, DemandState.NO_COMMENT)
        ]
        lacking = or_(STATE.value(demand, question).in_(unanswered), OWED.value(demand, question).is_not(None))
    return and_(
        demand.act.not_in(STATELESS),
        demand.sort_on <= question.day,
        func.coalesce(lacking, false()),
        not_(is_closed(demand, question)),
    )
