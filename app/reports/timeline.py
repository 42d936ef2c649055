"""The timeline of a process: talks, proposals, responses, agreements, assessments and deadlines in one order."""

from enum import StrEnum

from pydantic import Field

from app.db.dates import parse_edtf
from app.domain.keys import IssueKey, PartyKey
from app.domain.types import EdtfBound, EdtfText
from app.errors import Violation
from app.pictures.timeline import TIMELINE_PICTURE
from app.reading.date_bounds import Dated
from app.reading.query import ClockQuery, Many
from app.reading.record_parameters import RecordParameters
from app.reports import descriptions
from app.reports.points import ReviewOptions
from app.reports.statement import fetch_report, process_ids
from app.reports.timeline_formats import TimelineEvents
from app.reports.timeline_statements import TIMELINE, TYPES
from app.resources.empty_answers import Causes, NoRows, ReasonOfAnswer
from app.resources.evidence import EvidenceOptions, cited
from app.resources.report import PageOptions, PictureOptions, Report, ReportRequest, ReportRows

EventType = StrEnum("EventType", {name.upper(): name for name in TYPES})  # type: ignore[misc]


class TimelineQuery(ClockQuery, ReviewOptions, EvidenceOptions, PageOptions, PictureOptions):
    """Query parameters of the timeline."""

    type: Many[EventType] | None = Field(None, description=descriptions.TYPES, examples=[["talk", "agreement"]])
    party: Many[PartyKey] | None = Field(
        None,
        description="Only rows of these parties: seated at the talk, author of the proposal, responder, party of the agreement, author of"
        " the assessment, or the party that set the deadline.",
        examples=[["russia"]],
    )
    issue: IssueKey | None = Field(
        None,
        description="Only rows about this issue or the issues below it: proposals with a demand on it, answers to these demands or to the"
        " whole proposal, agreements on it, the talks at which these were tabled or reached, and assessments of them.",
        examples=["TERR"],
    )
    on_from: EdtfBound | None = Field(
        None,
        description="Only what may have happened, or may have gone on, on this day or later.",
        examples=["2026-02"],
    )
    on_to: EdtfBound | None = Field(
        None, description="Only what may have happened on this day or earlier.", examples=["2026-02"]
    )


class TimelineRow(Dated):
    """Something that happened in a process, or was due."""

    date: EdtfText | None = Field(
        description="When it happened (EDTF): the start of a talk, the tabling of a proposal (else the date of the document), the day of"
        " a response or assessment, the day on which an agreement was reached (else announced), the day of a deadline; null ="
        " unknown.",
        examples=["2026-02-04/2026-02-05"],
    )
    until: EdtfText | None = Field(description="The end of a talk (EDTF); null = unknown, or no talk.", examples=[None])
    type: EventType = Field(description="The type of the row.", examples=["agreement"])
    kind: str | None = Field(
        description="The kind of the talk, proposal, agreement or assessment, or the stance of the response; null = not coded,"
        " or a deadline.",
        examples=["prisoner_exchange"],
    )
    status: str | None = Field(
        description="The status of the talk or agreement; null = not coded, or another type.", examples=["agreed"]
    )
    record: str = Field(
        description="The record, as `collection/slug`; of a deadline, the record that it belongs to.",
        examples=["agreements/prisoner-exchange-2026-02-05"],
    )
    deadline: str | None = Field(
        description="The key of a deadline within its record, or `answer_due`; null = no deadline.", examples=[None]
    )
    title: str | None = Field(
        description="The title of the record; null = it has none.",
        examples=["Exchange agreed in Abu Dhabi in February 2026"],
    )
    text: str | None = Field(
        description="The text of a response or assessment, or the note on a deadline; null = none.", examples=[None]
    )
    parties: list[str] = Field(
        description="The slugs of the parties, as for `party=`.", examples=[["russia", "ukraine"]]
    )
    about: str | None = Field(
        description="The record that it is about or belongs to, as `collection/slug`: the answered demand or proposal, the talk of"
        " a proposal or agreement, the talk that a talk is part of, the first subject of an assessment; null = none.",
        examples=["talks/abu-dhabi-2026-02-04"],
    )
    process: str = Field(description=descriptions.PROCESS, examples=["russia-ukraine"])


async def _timeline(request: ReportRequest) -> ReportRows:
    query = request.query
    records = RecordParameters(request.reader)
    parties = await records.find("party", query.party, "parties")
    issues = await records.find("issue", query.issue and [query.issue], "issues")
    first = None if query.on_from is None else parse_edtf(query.on_from).earliest
    last = None if query.on_to is None else parse_edtf(query.on_to).latest
    if first and last and first > last:
        hint = f"The range begins on {first} and ends on {last}; swap them."
        records.violations.append(Violation("`on_from` is after `on_to`.", parameter="on_from", hint=hint))
    records.raise_errors()
    types = None if query.type is None else [str(name) for name in query.type]
    issue = issues[0] if issues else None
    values = (await process_ids(request), first, last, types, parties, issue, query.reviews)
    return await fetch_report(request, TIMELINE, *values)


REPORTS = (
    Report(
        name="Timeline",
        operation="getTimeline",
        path="/processes/{key}/timeline",
        tag="processes",
        summary="List everything in order of time",
        about="Lists the talks, proposals, responses, agreements, assessments and deadlines of a process and of the processes below it"
        " in one order. Uncertain dates are in the order of their first possible day; rows without a day are last.",
        example="/v1/processes/russia-ukraine/timeline?on_from=2026-02&on_to=2026-02&limit=3",
        query=TimelineQuery,
        row=cited(TimelineRow),
        fetch=_timeline,
        extra=ReasonOfAnswer,
        records=lambda row: [row["record"]],
        causes=Causes((NoRows.NO_RECORDS,), NoRows.NO_RECORDS),
        of="processes",
        collections=("processes", "talks", "proposals", "demands", "responses", "agreements", "assessments", "parties"),
        title="Timeline",
        offers={"event": TimelineEvents, "news": TimelineEvents},
        picture=TIMELINE_PICTURE,
        data="The rows, by their first possible day, then their last possible day, type and slug.",
    ),
)
