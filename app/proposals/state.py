"""The derived standing of agreements as a field, a filter and a facet. The database derives it: `state.standing`."""

from sqlalchemy import ColumnElement, Text, func, literal_column

from app.db.alias import Columns, Expression
from app.reading.binding import Context
from app.reading.state_day import state_day


def standing_json(agreement: Columns, context: Context) -> Expression:
    """The standing on the requested day, as a JSON object of the schema `StandingView`."""
    found: Expression = func.state.standing(agreement.id, state_day(context))
    return found


def standing_word(agreement: Columns, context: Context) -> Expression:
    return standing_json(agreement, context).op("->>", return_type=Text())(literal_column("'word'"))


def has_standing(agreement: Columns, values: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the standing of the agreement is one of the requested values."""
    return standing_word(agreement, context) == func.any(values)
