"""The day for which values are derived, such as the state of a demand: the parameter `state_on`, and its day in a statement."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Date, func

from app.db.alias import Expression
from app.reading.binding import Context
from app.reading.filters import Option
from app.reading.known_by import KnownBy

StateOn = Annotated[
    KnownBy | None,
    Option(),
    Field(
        description="The day for which the state is derived; for a month or a year, its last day. The default is the day of"
        " `known_by`, else today.",
        examples=["2025-06-03"],
    ),
]


def state_day(context: Context) -> Expression:
    """The requested day, by default today."""
    return func.coalesce(context.option("state_on", Date()), func.parley_today())
