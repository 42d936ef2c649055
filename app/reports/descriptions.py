"""Parameters and descriptions that several reports share."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.domain.keys import ProcessKey
from app.reading.known_by import KnownBy
from app.reading.query import Many
from app.resources.empty_answers import ReasonOfAnswer

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
PROPOSAL_TITLE = "The title of the proposal."
STARTED = "The day on which the proposal was tabled, else the date of the document (EDTF); null = unknown."
CLOSED_BY = "The record that closed it, as `collection/slug`; null = none."
OTHER_PARTY = "The slug of the other party."
ROUND_START = "The first day of the round."
PROCESS = "The slug of the process."
RECORD = "The record, as `collection/slug`."
TYPES = "Only rows of these types."
WITHIN_PROCESS = "The process; the processes below it are included."
DEMAND = "The slug of the demand."
RESPONSE = "The slug of the response; null = none."
BELOW_ISSUE = "Only this issue and the issues below it."
WORD = "What the party said."
AGREEMENT = "The slug of the agreement by which the party accepted; null = none."
CLAIMANTS = "The slugs of its claimants."
SLICE = "The slice of time."
ONE_PARTY = "The party."
DEMAND_TEXT = "The text of the demand."
ACT = "The act."
UNIT = "The unit; null = none."
QUANTITY_BY = "The slug of the party that the quantity applies to; null = each side."
PROPOSAL_TITLE = "The title of the proposal."
LINK_NOTE = "The note on the link; null = none."
WITHOUT_DAY = "The talks or proposals that have no slice, because their last day is unknown."


class DayOfReport(ReasonOfAnswer):
    """The day for which the report was computed."""

    on: date = Field(description=ON, examples=["2025-12-31"])
