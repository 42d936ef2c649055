"""The report on due dates: what falls due, what is overdue, and what would fall due if something happened on a day."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from app.db.dates import parse_edtf
from app.db.vocabulary_values import ResolvedBasis, TimingRelation, TriggerEdge
from app.domain.types import EdtfBound, EdtfText
from app.errors import Violation
from app.reading.date_bounds import Dated
from app.reading.query import ClockQuery, Many
from app.reading.record_parameters import RecordParameters
from app.reports import descriptions
from app.reports.assumptions import Assumption, parse_assumptions, without_effect
from app.reports.descriptions import DayOfReport, OnDay, Processes
from app.reports.due_dates_formats import DueDateEvents
from app.reports.due_dates_statements import DUE_DATES, TRIGGERS
from app.reports.points import InheritedOptions, PointOptions, at_account
from app.reports.statement import fetch_report, last_day
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import EvidenceOptions, cited
from app.resources.report import PageOptions, Report, ReportRequest, ReportRows

DueType = StrEnum("DueType", {"DEMAND": "demand", "ANSWER": "answer", "DEADLINE": "deadline"})


class DueStatus(StrEnum):
    """How a due date stands on the day of the report."""

    CANNOT_BE_COMPUTED = "cannot_be_computed"
    PENDING = "pending"
    MET = "met"
    OVERDUE = "overdue"
    PASSED = "passed"


class NoDueDay(StrEnum):
    """Why a due day cannot be computed."""

    CIRCLE = "circle"
    OPEN = "open"
    AMBIGUOUS = "ambiguous"
    OTHER = "other"
    NO_DURATION = "no_duration"
    NO_TRIGGER = "no_trigger"
    TRIGGER_WITHOUT_DAY = "trigger_without_day"


class DueDatesQuery(ClockQuery, PointOptions, InheritedOptions, EvidenceOptions, PageOptions):
    """Query parameters of the report on due dates."""

    process: Processes = None
    on: OnDay = None
    type: Many[DueType] | None = Field(None, description=descriptions.TYPES, examples=[["demand"]])
    status: Many[DueStatus] | None = Field(None, description="Only rows with these statuses.", examples=[["overdue"]])
    due_from: EdtfBound | None = Field(
        None, description="Only what may fall due on this day or later.", examples=["2025-10-01"]
    )
    due_to: EdtfBound | None = Field(
        None, description="Only what may fall due on this day or earlier.", examples=["2025-12-31"]
    )
    assume: Many[Assumption] | None = Field(
        None,
        description="What the report assumes to have happened, as `collection/key:edge:day`. It replaces what is known about triggers"
        " that name this record and edge, and is never stored. Demands of the assumed demand's account are listed too. An error if no trigger names the record and edge.",
        examples=[["demands/article-2025-06-02-1-1:start:2025-07-01"]],
    )


class DueDate(Dated):
    """Something that is due on a day, or whose day cannot be computed."""

    type: DueType = Field(
        description="`demand`: the timing of a demand; `answer`: the day by which a proposal requested answers; `deadline`: a deadline"
        " recorded in a process, talk, proposal or agreement.",
        examples=["demand"],
    )
    record: str = Field(description=descriptions.RECORD, examples=["demands/gaza-first-phase-2025-10-2"])
    deadline: str | None = Field(description="The key of a recorded deadline; null = another type.", examples=[None])
    title: str = Field(
        description="The text of the demand, the title of the proposal, or the note on the deadline.",
        examples=["Hamas releases hostages within 72 hours"],
    )
    process: str = Field(description=descriptions.PROCESS, examples=["israel-hamas"])
    relation: TimingRelation | None = Field(
        description="The relation of the timing; null = no demand.", examples=["within_after_trigger"]
    )
    meaning: Literal["deadline", "start", "end"] = Field(
        description="What happens on the due day: a deadline ends, or an obligation or a period begins or ends.",
        examples=["deadline"],
    )
    due_min: date | None = Field(
        description="The first possible due day; null = it cannot be computed.", examples=["2025-10-13"]
    )
    due_max: date | None = Field(
        description="The last possible due day; null = open (`at least`, or some time after the trigger), or not computed.",
        examples=["2025-10-13"],
    )
    basis: ResolvedBasis | None = Field(
        description="`stated`: the record has the day; `computed`: a duration was added to the day of a trigger; `inferred`: a coder"
        " concluded it. null = not computed.",
        examples=["computed"],
    )
    is_assumed: bool = Field(description="Whether the day depends on `assume=`.", examples=[False])
    status: DueStatus = Field(
        description="`pending`: the last possible day has not passed; `met`: fulfilled or answered; `overdue`: owed on the day of the report,"
        " the due day has passed, and no complete fulfilment is recorded; `passed`: the due day has passed and nothing is owed;"
        " `cannot_be_computed`: see `reason`.",
        examples=["overdue"],
    )
    days_late: int | None = Field(
        description="Of what was met: days from the due day to the fulfilment or the last answer, 0 = in time; null = another status, or"
        " unknown: see `days_late_min` and `days_late_max`.",
        examples=[None],
    )
    days_late_min: int | None = Field(
        description="The smallest possible value of `days_late`. It is 0 for demands, because a report says that something happened on"
        " its day or earlier; null = another status, or the due day or the answer has no last day.",
        examples=[None],
    )
    days_late_max: int | None = Field(
        description="The largest possible value of `days_late`: from the first possible due day to the last possible day of the report"
        " of fulfilment, or of the last answer; null as above.",
        examples=[None],
    )
    days_overdue: int | None = Field(
        description="Of what is overdue: days from the due day to the day of the report.", examples=[79]
    )
    fulfilled_on: EdtfText | None = Field(
        description="The day of the first report that the demand was fulfilled, so the fulfilment happened on this day or earlier (EDTF); null ="
        " none, or no demand.",
        examples=[None],
    )
    evidence: list[str] = Field(
        description="The reports of fulfilment, also in part, or the answers; as `collection/slug`.",
        examples=[["responses/gaza-first-phase-2025-10-2-hamas-2025-10-13"]],
    )
    addressees: list[str] = Field(
        description="Of a demand, the slugs of the parties that would have to act; empty = another type.",
        examples=[["hamas"]],
    )
    owing: list[str] = Field(
        description="Of a requested answer, the slugs of the parties that still owe it on the day of the report; empty = another type.",
        examples=[[]],
    )
    is_renewable: bool = Field(
        description="Whether the period can be renewed; the due day is the end of the first period.", examples=[False]
    )
    trigger_text: str | None = Field(
        description="The trigger as the source words it; null = none.",
        examples=["completed first Israeli withdrawal (10 October)"],
    )
    trigger_record: str | None = Field(
        description="The record that is the trigger, as `collection/slug`; null = none.",
        examples=["demands/gaza-first-phase-2025-10-1"],
    )
    trigger_edge: TriggerEdge | None = Field(
        description="The moment of the trigger; null = not stated.", examples=["completion"]
    )
    trigger_min: date | None = Field(
        description="The first possible day of the trigger; null = unknown, or not needed.", examples=["2025-10-10"]
    )
    trigger_max: date | None = Field(
        description="The last possible day of the trigger; null as above.", examples=["2025-10-10"]
    )
    reason: NoDueDay | None = Field(
        description="Why there is no due day: the triggers form a circle, the timing is `open`, `ambiguous` or `other`, the duration or the"
        " trigger is missing, or the trigger has no day; null = there is a due day.",
        examples=[None],
    )
    circle: list[str] = Field(description="The slugs of the demands of the circle.", examples=[[]])


def _records(row: Mapping[str, Any]) -> list[str]:
    """The record, its trigger, and what fulfilled or answered it."""
    trigger = [row["trigger_record"]] if row["trigger_record"] else []
    return [row["record"], *trigger, *row["evidence"]]


async def _due_dates(request: ReportRequest) -> ReportRows:
    query = request.query
    assumed = parse_assumptions(query.assume or ())
    records = RecordParameters(request.reader)
    processes = await records.find("process", query.process, "processes")
    ids = await records.find_addresses(
        "assume", [address for address, _, _ in assumed], list(TRIGGERS.values()), "edges"
    )
    await records.check_accounts(query.chosen.named)
    first = None if query.due_from is None else parse_edtf(query.due_from).earliest
    last = None if query.due_to is None else parse_edtf(query.due_to).latest
    if first and last and first > last:
        hint = f"The range begins on {first} and ends on {last}; swap them."
        records.violations.append(Violation("`due_from` is after `due_to`.", parameter="due_from", hint=hint))
    records.raise_errors()
    records.violations += await without_effect(request.reader, ids or [], assumed)
    records.raise_errors()
    return await fetch_report(
        request,
        at_account(DUE_DATES, query.account, 15),
        processes,
        last_day(query.on),
        query.reviews,
        query.inherited,
        query.status and [str(word) for word in query.status],
        first,
        last,
        query.type and [str(word) for word in query.type],
        ids,
        [edge for _, edge, _ in assumed],
        [span.earliest for _, _, span in assumed],
        [span.latest for _, _, span in assumed],
        *query.chosen.named,
    )


REPORTS = (
    Report(
        name="DueDates",
        operation="listDueDates",
        path="/reports/due-dates",
        tag="demands",
        summary="List what falls due",
        about="Resolves the timings of demands against what happened, and adds requested answers and recorded deadlines: what falls due"
        " when, what is overdue, and which trigger is missing. `assume=` answers what would fall due if something happened on a"
        " day.",
        example="/v1/reports/due-dates?process=israel-hamas&on=2025-12-31&limit=3",
        query=DueDatesQuery,
        row=cited(DueDate),
        fetch=_due_dates,
        extra=DayOfReport,
        records=_records,
        causes=Causes((NoRows.NOTHING_DUE,), NoRows.NOTHING_DUE),
        collections=("demands", "proposals", "agreements", "talks", "processes", "responses", "parties"),
        title="Due dates",
        offers={"event": DueDateEvents, "news": DueDateEvents},
        data="The rows, by their first possible due day; those without a day are last.",
    ),
)
