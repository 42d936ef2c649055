"""SQL conditions for citations that no filter kind covers."""

from sqlalchemy import ColumnElement

from app.db.alias import Columns, Expression
from app.reading.binding import Context
from app.reading.record_addresses import addressed


def has_target(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the target of the citation is one of the given records (`collection/key`)."""
    return alias.target_id.in_(addressed(value))
