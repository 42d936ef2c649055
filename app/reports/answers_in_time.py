"""Reports about answers in time: who owes an answer since when, and how long answers took."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.db.vocabulary import Stance
from app.domain.keys import PartyKey
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.reading.query import ClockQuery, Many
from app.reading.record_parameters import RecordParameters
from app.reports import descriptions
from app.reports.answers_in_time_statements import SMALLEST, TIMES, UNANSWERED, derived
from app.reports.descriptions import DayOfReport, OnDay, Processes
from app.reports.points import InheritedOptions, PointOptions, at_account
from app.reports.statement import fetch_report, last_day, process_ids
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import EvidenceOptions, cited
from app.resources.report import PageOptions, Report, ReportRequest, ReportRows


class Ending(StrEnum):
    """Why the last points of a party were closed without an answer."""

    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    LAPSED = "lapsed"
    ENDED = "ended"


class NoShare(StrEnum):
    """Why there is no share."""

    NO_UNITS = "no_units"
    NOT_OBSERVED = "not_observed"


class NoMedian(StrEnum):
    """Why there is no median."""

    NO_UNITS = "no_units"
    NOT_REACHED = "not_reached"


class UnansweredQuery(ClockQuery, PointOptions, InheritedOptions, EvidenceOptions, PageOptions):
    """Query parameters of the list of missing answers."""

    on: OnDay = None
    days: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        None, description="Only answers that are missing for more than this number of days.", examples=[30]
    )
    ended: bool = Field(
        False,
        description="Also list waits that ended without an answer, because all points that the party was asked to answer were closed:"
        " settled, withdrawn, superseded, lapsed, or in a process that ended.",
        examples=[True],
    )


class AnswerBeside(BaseModel):
    """A response that is shown, but does not end the wait."""

    answer: str = Field(
        description="The response, as `collection/slug`.",
        examples=["responses/us-ukrainian-20-point-plan-2025-russia-2025-12-24"],
    )
    stance: Stance = Field(description="The stance taken.", examples=["no_comment"])
    is_partial: bool = Field(
        description="Whether the response concerns only a piece of its target, which it describes in `scope`.",
        examples=[False],
    )


class MissingAnswer(Dated):
    """A proposal and a party that has not answered it."""

    proposal: str = Field(description=descriptions.PROPOSAL, examples=["us-ukrainian-20-point-plan-2025"])
    title: str = Field(
        description=descriptions.PROPOSAL_TITLE, examples=["US–Ukrainian 20-point plan presented by Zelensky"]
    )
    process: str = Field(description=descriptions.PROCESS, examples=["russia-ukraine"])
    party: str = Field(description="The slug of the party that is asked to answer.", examples=["russia"])
    name: str = Field(description=descriptions.PARTY_NAME, examples=["Russia"])
    started: EdtfText | None = Field(
        description=descriptions.STARTED,
        examples=["2025-12-24"],
    )
    days: int | None = Field(
        description="Days from the last possible day of `started` to the day of the report, or to `ended_on`; null = the day is"
        " unknown.",
        examples=[7],
    )
    answer_due: EdtfText | None = Field(
        description="The day by which an answer was requested (EDTF); null = not stated. A missed day does not end the wait.",
        examples=[None],
    )
    points: list[str] = Field(
        description="The slugs of the demands that the party is asked to answer.",
        examples=[["us-ukrainian-20-point-plan-2025-1"]],
    )
    beside: list[AnswerBeside] = Field(
        description="What the party said that does not end the wait: reports of silence (`no_comment`), support or opposition,"
        " and answers to a piece of a point.",
        examples=[[]],
    )
    ended_on: date | None = Field(
        description="The day on which the last of `points` was closed without an answer; null = an answer is still due.",
        examples=[None],
    )
    ended_how: Ending | None = Field(
        description="How the last of `points` was closed, as in `state.closed`; null = an answer is still due.",
        examples=[None],
    )
    ended_by: str | None = Field(description=descriptions.CLOSED_BY, examples=[None])


async def _unanswered(request: ReportRequest) -> ReportRows:
    query = request.query
    records = RecordParameters(request.reader)
    await records.check_accounts(query.chosen.named)
    records.raise_errors()
    values = (await process_ids(request), last_day(query.on), query.reviews, query.inherited, query.days, query.ended)
    return await _fetch_waits(request, UNANSWERED, values)


async def _fetch_waits(request: ReportRequest, statement: str, values: Sequence[object]) -> ReportRows:
    """Run a statement about waits, at the clocks and the account of the request. `values`: the parameters from `$3`."""
    chosen = request.query.chosen
    statement = derived(statement) if request.reader.is_at_clock else statement
    return await fetch_report(request, at_account(statement, chosen.account, 3 + len(values)), *values, *chosen.named)


def _records_of_wait(row: Mapping[str, Any]) -> list[str]:
    """The proposal, its points, what was said beside, and what ended the wait."""
    found = [f"proposals/{row['proposal']}", *(f"demands/{slug}" for slug in row["points"])]
    found += [one["answer"] for one in row["beside"]]
    return [*found, row["ended_by"]] if row["ended_by"] else found


class ResponseTimesQuery(ClockQuery, PointOptions, InheritedOptions, EvidenceOptions, PageOptions):
    """Query parameters of the report on response times."""

    process: Processes = None
    party: Many[PartyKey] | None = Field(
        None, description="Only these parties as addressees.", examples=[["russia", "ukraine"]]
    )
    on: OnDay = None


class ShareAfter(BaseModel):
    """The share of proposals that a party has not answered within a number of days."""

    waiting: float | None = Field(
        description="The estimated share of units that still wait for an answer after this number of days; null = see `reason`.",
        examples=[0.428571],
    )
    low: float | None = Field(
        description=f"The lower bound of the 95 percent interval; null = fewer than {SMALLEST} units, or a share of 0 or 1.",
        examples=[None],
    )
    high: float | None = Field(description="The upper bound of the interval; null as for `low`.", examples=[None])
    reason: NoShare | None = Field(
        description="Why there is no share: there are no units, or none was observed for so long; null = there is a share.",
        examples=[None],
    )


def _share_field(days: str) -> ShareAfter:
    field: ShareAfter = Field(description=f"The share still waiting for an answer {days} after the tabling.")
    return field


class ResponseTimes(BaseModel):
    """How long the answers of a party took."""

    party: str | None = Field(
        description="The slug of the addressee; null = all addressees together.", examples=["russia"]
    )
    name: str | None = Field(
        description="The name of the addressee; null = all addressees together.", examples=["Russia"]
    )
    units: int = Field(
        description="The number of units: a proposal and a party that is asked to answer it.", examples=[7]
    )
    answered: int = Field(description="The number of units with an answer.", examples=[5])
    censored: int = Field(
        description="The number of units without an answer by the day of the report, or by the day on which its last point was closed.",
        examples=[2],
    )
    undated: int = Field(
        description="The number of further units that are not used, because the day of the tabling or of the answer is unknown.",
        examples=[0],
    )
    median: int | None = Field(
        description="The median time to an answer in days: the first day after which at most half of the units are without"
        " an answer, by the product-limit estimator; null = see `median_reason`.",
        examples=[1],
    )
    median_reason: NoMedian | None = Field(
        description="Why there is no median: there are no units, or more than half of them are unanswered; null = there is one.",
        examples=[None],
    )
    after_1: ShareAfter = _share_field("1 day")
    after_7: ShareAfter = _share_field("7 days")
    after_30: ShareAfter = _share_field("30 days")
    after_90: ShareAfter = _share_field("90 days")
    answers: list[str] = Field(
        description="The answers that ended the waits, as `collection/slug`; an agreement is the acceptance of the proposals"
        " that it adopts.",
        examples=[["responses/us-28-point-plan-2025-russia-2025-11-21"]],
    )
    early: list[str] = Field(
        description="Those of `answers` that were given before the tabling. They count as answered after 0 days.",
        examples=[[]],
    )
    unanswered: list[str] = Field(
        description="The units without an answer, as `proposal/party`.",
        examples=[["us-ukrainian-20-point-plan-2025/russia"]],
    )
    without_day: list[str] = Field(description="The units of `undated`, as `proposal/party`.", examples=[[]])
    not_counted: list[str] = Field(
        description="Answers that are counted in none of the numbers: of parties that were not asked, such as those that claim every point,"
        " and answers to a piece of a point.",
        examples=[[]],
    )


async def fetch_units(request: ReportRequest, statement: str, *further: object) -> ReportRows:
    """Read a report that is computed from units. `further`: the values of the parameters from `$8`."""
    query = request.query
    records = RecordParameters(request.reader)
    processes = await records.find("process", query.process, "processes")
    parties = await records.find("party", query.party, "parties")
    await records.check_accounts(query.chosen.named)
    records.raise_errors()
    values = (processes, last_day(query.on), query.reviews, query.inherited, parties, *further)
    return await _fetch_waits(request, statement, values)


async def _response_times(request: ReportRequest) -> ReportRows:
    return await fetch_units(request, TIMES)


def _records_of_times(row: Mapping[str, Any]) -> list[str]:
    """The answers, and the proposals that are unanswered or without a day."""
    units = (*row["unanswered"], *row["without_day"])
    return [*row["answers"], *(f"proposals/{unit.partition('/')[0]}" for unit in units)]


USED = ("processes", "proposals", "demands", "responses", "agreements", "parties")

UNANSWERED_PROPOSALS = Report(
    name="MissingAnswers",
    operation="listMissingAnswers",
    path="/processes/{key}/unanswered",
    tag="processes",
    summary="List proposals without an answer",
    about="Lists each proposal of the process with each party that is asked to answer it and has not done so, the oldest first."
    " `days=30` lists the answers that are missing for more than 30 days.",
    example="/v1/processes/russia-ukraine/unanswered?on=2025-12-31&days=30",
    query=UnansweredQuery,
    row=cited(MissingAnswer),
    fetch=_unanswered,
    extra=DayOfReport,
    records=_records_of_wait,
    causes=Causes((NoRows.NO_PROPOSALS, NoRows.NO_POINTS, NoRows.NOBODY_ADDRESSED), NoRows.NOTHING_MISSING),
    of="processes",
    collections=USED,
    data="The missing answers, by the day of tabling, then by proposal and party.",
)

RESPONSE_TIMES = Report(
    name="ResponseTimesByParty",
    operation="listResponseTimes",
    path="/reports/response-times",
    tag="processes",
    summary="Estimate how long answers take",
    about="Estimates the time from a proposal to the answer of each party that is asked, with the product-limit estimator (Kaplan and"
    " Meier), which also uses the proposals that are still unanswered.",
    example="/v1/reports/response-times?process=russia-ukraine&on=2025-12-31",
    query=ResponseTimesQuery,
    row=cited(ResponseTimes),
    fetch=_response_times,
    extra=DayOfReport,
    records=_records_of_times,
    causes=Causes(()),
    collections=USED,
    data="All addressees together, then each addressee by slug.",
)

REPORTS = (UNANSWERED_PROPOSALS, RESPONSE_TIMES)
