"""The units behind the response times: each proposal with each party that was asked to answer it."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from app.db.vocabulary import Stance
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.reading.query import Many
from app.reports import descriptions
from app.reports.answers_in_time import USED, Ending, ResponseTimesQuery, fetch_units
from app.reports.answers_in_time_statements import RESPONSE_UNITS
from app.reports.descriptions import DayOfReport
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import cited
from app.resources.report import Report, ReportRequest, ReportRows


class UnitStatus(StrEnum):
    """How a unit stands on the day of the report."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    ENDED = "ended"


class ResponseUnitsQuery(ResponseTimesQuery):
    """Query parameters of the units of the response times."""

    status: Many[UnitStatus] | None = Field(None, description="Only units with these statuses.", examples=[["ended"]])


class ResponseUnit(Dated):
    """A proposal and a party that was asked to answer it."""

    proposal: str = Field(description=descriptions.PROPOSAL, examples=["us-28-point-plan-2025"])
    title: str = Field(description=descriptions.PROPOSAL_TITLE, examples=["US 28-point plan"])
    process: str = Field(description=descriptions.PROCESS, examples=["russia-ukraine"])
    party: str = Field(description="The slug of the party that was asked.", examples=["russia"])
    name: str = Field(description=descriptions.PARTY_NAME, examples=["Russia"])
    started: EdtfText | None = Field(
        description=descriptions.STARTED,
        examples=["2025-11-20"],
    )
    status: UnitStatus = Field(
        description="`answered`; `unanswered`: still observed on the day of the report; `ended`: the last point was closed without"
        " an answer.",
        examples=["answered"],
    )
    days: int | None = Field(
        description="Days from the last possible day of `started` to the answer, to `ended_on` or to the day of the report; an answer"
        " before the tabling counts as 0. null = a day is unknown, so the unit is used in no number.",
        examples=[1],
    )
    answer: str | None = Field(
        description="The answer that ended the wait, as `collection/slug`; null = none.",
        examples=["responses/us-28-point-plan-2025-russia-2025-11-21"],
    )
    stance: Stance | None = Field(description="The stance of the answer; null = none.", examples=["accepted_in_part"])
    answered: EdtfText | None = Field(
        description="The day of the answer (EDTF); null = none, or unknown.", examples=["2025-11-21"]
    )
    is_early: bool = Field(description="Whether the answer was given before the tabling.", examples=[False])
    ended_on: date | None = Field(
        description="The day on which the last point was closed without an answer; null = another status.",
        examples=[None],
    )
    ended_how: Ending | None = Field(
        description="How the last point was closed; null = another status.", examples=[None]
    )
    ended_by: str | None = Field(description=descriptions.CLOSED_BY, examples=[None])


async def _units(request: ReportRequest) -> ReportRows:
    statuses = request.query.status and [str(word) for word in request.query.status]
    return await fetch_units(request, RESPONSE_UNITS, statuses)


REPORTS = (
    Report(
        name="ResponseUnits",
        operation="listResponseUnits",
        path="/reports/response-times/units",
        tag="processes",
        summary="List the units behind the response times",
        about="Lists each proposal with each party that is asked to answer it: when it was tabled, when and how it was answered, and how long"
        " that took. The response times are estimated from these rows.",
        example="/v1/reports/response-times/units?process=russia-ukraine&on=2025-12-31&limit=3",
        query=ResponseUnitsQuery,
        row=cited(ResponseUnit),
        fetch=_units,
        extra=DayOfReport,
        records=lambda row: [f"proposals/{row['proposal']}", *([row["answer"]] if row["answer"] else [])],
        causes=Causes((NoRows.NO_PROPOSALS, NoRows.NO_POINTS, NoRows.NOBODY_ADDRESSED)),
        collections=USED,
        data="The units, by the day of tabling, then by proposal and party.",
    ),
)
