"""Parameters and descriptions that several reports share."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from app.domain.keys import ProcessKey
from app.reading.known_by import KnownBy
from app.reading.query import Many

OnDay = Annotated[
    KnownBy | None,
    Field(
        description="The day of the report; for a month or a year, its last day. What happened later is not used. The default is"
        " the day of `known_by`, else today.",
        examples=["2025-12-31"],
    ),
]
Processes = Annotated[
    Many[ProcessKey] | None,
    Field(
        description="Only records of these processes and of the processes below them.", examples=[["russia-ukraine"]]
    ),
]
ON = "The day of the report."
ON_MIN = "The first possible day of what happened; null = unknown, or open on that side."
ON_MAX = "The last possible day of what happened; null = unknown, or open on that side."
PARTY = "The slug of the party."
PARTY_NAME = "The name of the party."
PROPOSAL = "The slug of the proposal."
PROCESS = "The slug of the process."
RECORD = "The record, as `collection/slug`."
TYPES = "Only rows of these types."


class DayOfReport(BaseModel):
    """The day for which the report was computed."""

    on: date = Field(description=ON, examples=["2025-12-31"])
