"""The deadlines of processes, talks, proposals and agreements, in one table."""

import json
from datetime import date
from typing import Any

from pydantic import Field

from app.db.dates import parse_edtf
from app.db.vocabulary import Confidence
from app.deadlines.statements import OWNERS, fetch_deadlines
from app.domain.keys import PartyKey, ProcessKey, RecordAddress
from app.domain.types import CalendarDay, EdtfBound, EdtfText, Instant
from app.errors import Violation
from app.reading.date_bounds import Dated, days_of_date
from app.reading.known_by import KnownBy, day_of
from app.reading.query import ClockQuery, Many
from app.reading.reader import Reader
from app.reading.record_parameters import RecordParameters
from app.resources.empty_answers import Causes, NoRows, ReasonOfAnswer
from app.resources.evidence import EvidenceOptions, cited
from app.resources.report import PageOptions, Report, ReportRequest, ReportRows, as_rows
from app.schemas.deadlines import instant_of_deadline
from app.schemas.examples import PROCESS
from app.schemas.refs import ProcessRef


class DeadlinesQuery(ClockQuery, EvidenceOptions, PageOptions):
    """Query parameters of the list of deadlines."""

    process: Many[ProcessKey] | None = Field(
        None,
        description="Only deadlines of these processes and of the processes below them, and of their talks, proposals and"
        " agreements.",
        examples=[["iran-nuclear"]],
    )
    owner: Many[RecordAddress] | None = Field(
        None,
        description="Only deadlines of these records, as `collection/key`.",
        examples=[["talks/vienna-2015-06-27"]],
    )
    set_by: Many[PartyKey] | None = Field(
        None, description="Only deadlines that one of these parties set.", examples=[["united-states"]]
    )
    on_from: EdtfBound | None = Field(
        None, description="Only deadlines that may be on this day or later.", examples=["2015-06-30"]
    )
    on_to: EdtfBound | None = Field(
        None, description="Only deadlines that may be on this day or earlier.", examples=["2015-07-14"]
    )
    in_force_on: KnownBy | None = Field(
        None,
        description="Only the deadlines in force on this day (for a month or a year: on its last day). A deadline is in"
        " force if its `counts_from` is this day or earlier and no other deadline has replaced it by this day. A deadline"
        " stays in force after its own day, until another replaces it.",
        examples=["2015-07-08"],
    )


class ReplacedDeadline(Dated):
    """A deadline that was moved."""

    key: str = Field(description="The key of the deadline.", examples=["deadline-2015-06-30"])
    on: EdtfText = Field(description="The day of the deadline (EDTF).", examples=["2015-06-30"])
    set_on: EdtfText | None = Field(
        description="The day on which the deadline was set (EDTF); null = unknown.", examples=["2014-11-24"]
    )


class DeadlineOfOwner(Dated):
    """A deadline, its owner, and the deadlines that it replaced."""

    owner: str = Field(
        description="The record of the deadline, as `collection/slug`.", examples=["talks/vienna-2015-06-27"]
    )
    title: str = Field(description="The title of the owner.", examples=["Vienna talks of June and July 2015"])
    url: str = Field(description="URL path of the owner on this server.", examples=["/v1/talks/vienna-2015-06-27"])
    process: ProcessRef = Field(description="The process of the owner, or the owner itself.", examples=[PROCESS])
    key: str = Field(
        description="The key that identifies the deadline within its owner.", examples=["deadline-2015-07-07"]
    )
    on: EdtfText = Field(description="The day of the deadline (EDTF).", examples=["2015-07-07"])
    time: str | None = Field(
        description="The time of day at which the deadline ends, `HH:MM` in `zone`; null = not stated.",
        examples=["23:59"],
    )
    zone: str | None = Field(description="The time zone of `time`; null = no `time`.", examples=["Europe/Vienna"])
    at: Instant | None = Field(
        description="The instant (UTC) at which the deadline ends; null = no `time`.",
        examples=["2015-07-07T21:59:00+00:00"],
    )
    set_on: EdtfText | None = Field(
        description="The day on which the deadline was set (EDTF); null = unknown.", examples=["2015-06-30"]
    )
    set_by: str | None = Field(
        description="The slug of the party that set the deadline; null = unknown.", examples=["united-states"]
    )
    note: str | None = Field(description="A note on the deadline; null = none.", examples=["extended to 7 July"])
    confidence: Confidence | None = Field(
        description="The confidence in the deadline; null = not assessed.", examples=["low"]
    )
    counts_from: CalendarDay | None = Field(
        description="The day from which the deadline counts for `in_force_on`: the last possible day of `set_on`. If that"
        " day is unknown, a deadline that replaces another counts from the replaced deadline's last possible day, or from"
        " its own if that is earlier, but never before the replaced deadline counts; any other deadline counts from the"
        " first day of its owner. null = always.",
        examples=["2015-06-30"],
    )
    replaces: str | None = Field(
        description="The key of the deadline that this one moved; null = none.", examples=["deadline-2015-06-30"]
    )
    replaced: list[ReplacedDeadline] = Field(
        description="The deadlines that this one replaced, directly and through others, the oldest first.",
        examples=[[{"key": "deadline-2015-06-30", "on": "2015-06-30", "set_on": "2014-11-24"}]],
    )
    moved_days: int | None = Field(
        description="Days by which this deadline moved the one that it replaced; negative = to an earlier day. null = it"
        " replaces none, or one of the two is not a single day.",
        examples=[7],
    )
    moved_days_in_all: int | None = Field(
        description="Days from the oldest deadline of `replaced` to this one; null as for `moved_days`.", examples=[7]
    )
    replaced_by: list[str] = Field(
        description="The keys of the deadlines that replaced this one directly; empty = none.",
        examples=[["deadline-2015-07-10"]],
    )
    replaced_from: CalendarDay | None = Field(
        description="The first day from which a deadline that replaced this one, directly or through others, counts; null = not"
        " replaced.",
        examples=["2015-07-07"],
    )


async def _deadlines(request: ReportRequest) -> ReportRows:
    query, limit = request.query, request.limit
    assert limit is not None
    records = RecordParameters(request.reader)
    processes = await records.find("process", query.process, "processes")
    owners = await records.find_addresses("owner", query.owner, OWNERS, "deadlines")
    set_by = await records.find("set_by", query.set_by, "parties")
    days = (
        query.on_from and parse_edtf(query.on_from).earliest,
        query.on_to and parse_edtf(query.on_to).latest,
        query.in_force_on and day_of(query.in_force_on),
    )
    if days[0] and days[1] and days[0] > days[1]:
        hint = f"The range begins on {days[0]} and ends on {days[1]}; swap them."
        records.violations.append(Violation("`on_from` is after `on_to`.", parameter="on_from", hint=hint))
    records.raise_errors()
    rows = await fetch_deadlines(
        request.reader,
        processes=processes,
        owners=owners,
        set_by=set_by,
        days=days,
        after=request.after,
        limit=limit + 1,
    )
    found = [row for row in rows if row["owner_id"] is not None]
    shown, last = found[:limit], found[limit - 1] if len(found) > limit else None
    return ReportRows(
        as_rows(_as_row(row, request.reader) for row in shown),
        rows[0]["revision"],
        rows[0]["revised_at"],
        next=last and [last["first_on"].isoformat(), last["collection"], last["slug"], last["key"]],
    )


def _as_row(row: Any, reader: Reader) -> DeadlineOfOwner:
    replaced = json.loads(row["replaced"])
    address = f"{row['collection']}/{row['slug']}"
    return DeadlineOfOwner(
        **{
            name: row[name] for name in ("title", "key", "on", "time", "zone", "set_on", "set_by", "note", "confidence")
        },
        **{name: day for each in ("on", "set_on") for name, day in days_of_date(each, row[each]).items()},
        at=instant_of_deadline(row),
        owner=address,
        url=f"/v1/{address}{reader.query_string(row['revision'])}",
        process=ProcessRef(slug=row["process_slug"], title=row["process_title"]),
        counts_from=None if row["from_day"] == date.min else row["from_day"],
        replaces=row["replaces"],
        replaced=[
            ReplacedDeadline(**one, **days_of_date("on", one["on"]), **days_of_date("set_on", one["set_on"]))
            for one in replaced
        ],
        moved_days=_days_between(replaced[-1]["on"], row["on"]) if replaced else None,
        moved_days_in_all=_days_between(replaced[0]["on"], row["on"]) if replaced else None,
        replaced_by=row["replaced_by"] or [],
        replaced_from=row["moved_from"],
    )


def _days_between(first: str, second: str) -> int | None:
    """The number of days from one date to another; None if one of the two dates is not a single day."""
    one, other = parse_edtf(first), parse_edtf(second)
    is_exact = one.earliest == one.latest < date.max and other.earliest == other.latest < date.max
    return (other.earliest - one.earliest).days if is_exact else None


DEADLINES = Report(
    name="Deadlines",
    operation="listDeadlines",
    path="/deadlines",
    tag="talks",
    summary="List the deadlines of all records",
    about="Lists the deadlines of processes, talks, proposals and agreements by day, each with the deadlines that it replaced and"
    " the days by which it was moved. `in_force_on=` lists those that were in force on a day.",
    example="/v1/deadlines?process=iran-nuclear",
    query=DeadlinesQuery,
    row=cited(DeadlineOfOwner),
    fetch=_deadlines,
    extra=ReasonOfAnswer,
    records=lambda row: [row["owner"]],
    causes=Causes((NoRows.NO_DEADLINES,), NoRows.NO_DEADLINES),
    collections=(*OWNERS, "parties"),
    data="The deadlines, by their first possible day, then by owner and key.",
)

REPORTS = (DEADLINES,)
