"""Fields, filters and facets for the derived state of demands. `app.domain.demand_state` derives the state."""

from collections.abc import Callable, Sequence

from sqlalchemy import Boolean, ColumnElement, and_, func, not_

from app.db.alias import Columns, Expression
from app.db.demand_states import DemandSpan
from app.db.vocabulary_derived import Closing, DemandState, Fulfilment
from app.domain import demand_state
from app.domain.demand_state import CLOSED, FULFILMENT, STATE, STATELESS, Aspect, Question
from app.reading.binding import CLOCK, KNOWN, Context
from app.reading.filters import FilterCondition, Lead
from app.reading.state_day import state_day

#: Statement variants of a state filter. STORED: all requested values are stored. NOT_YET: only `not_yet` is requested.
#: ANY: some requested values are not stored.
STORED, NOT_YET, ANY = "stored", "not_yet", "any"


def question(context: Context) -> Question:
    """Return the requested day (by default today), and whether inherited answers count."""
    return Question(
        state_day(context), context.option("inherited", Boolean(), True), context.variants.get(CLOCK) == KNOWN
    )


def state_json(demand: Columns, context: Context) -> Expression:
    """The whole state, as a JSON object of the schema `StateView`."""
    return demand_state.full_state(demand, question(context))


def state_word(demand: Columns, context: Context) -> Expression:
    return demand_state.state_word(demand, question(context))


def fulfilment_word(demand: Columns, context: Context) -> Expression:
    return demand_state.fulfilment_word(demand, question(context))


def closed_flag(demand: Columns, context: Context) -> Expression:
    return demand_state.is_closed(demand, question(context))


def vary_state(values: Sequence[DemandState]) -> str:
    """Return the statement variant for the requested states."""
    if set(values) == {DemandState.NOT_YET}:
        return NOT_YET
    return ANY if DemandState.NOT_YET in values else STORED


def vary_fulfilment(values: Sequence[Fulfilment]) -> str:
    return ANY if Fulfilment.NONE in values else STORED


def vary_flag(value: bool) -> str:
    return STORED if value else ANY


def has_state(demand: Columns, values: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the state of the demand is one of the requested values."""
    if context.variants["state"] == NOT_YET:
        return and_(demand.sort_on > question(context).day, demand.act.not_in(STATELESS))
    return state_word(demand, context) == func.any(values)


def has_fulfilment(demand: Columns, values: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the fulfilment of the demand is one of the requested values."""
    return fulfilment_word(demand, context) == func.any(values)


def owed_flag(demand: Columns, context: Context) -> Expression:
    return demand_state.is_owed(demand, question(context))


def _flag(parameter: str, flag: Callable[[Columns, Context], Expression]) -> FilterCondition:
    """Return a condition that compares a flag with the requested value, which the statement variant determines."""

    def condition(demand: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
        found = flag(demand, context)
        return found if context.variants[parameter] == STORED else not_(found)

    return condition


has_closing = _flag("is_closed", closed_flag)
owes_answer = _flag("is_owed", owed_flag)


def _lead(aspect: Aspect, parameter: str, flagged: tuple[str, ...] = ()) -> Lead:
    def conditions(span: Columns, context: Context) -> list[ColumnElement[bool]]:
        return aspect.is_current(span, question(context))

    return Lead(DemandSpan, "demand_id", "value", conditions, variant=(parameter, STORED), flagged=flagged)


STATE_LEAD = _lead(STATE, "state")
FULFILMENT_LEAD = _lead(FULFILMENT, "fulfilment")
CLOSED_LEAD = _lead(CLOSED, "is_closed", tuple(Closing))
