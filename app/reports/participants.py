"""The report on participants: who sat at the talks of a process, when, and with which posts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from app.db.dates import parse_edtf
from app.db.vocabulary import Confidence, MemberFunction, Presence
from app.domain.keys import PartyKey
from app.domain.types import EdtfBound, EdtfText
from app.reading.date_bounds import Dated
from app.reading.query import Many
from app.reading.record_parameters import RecordParameters
from app.reports import descriptions
from app.reports.continuity import SittingsQuery
from app.reports.continuity_statements import PARTICIPANTS
from app.reports.descriptions import DayOfReport
from app.reports.statement import fetch_report, last_day, process_ids
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import cited
from app.resources.report import Report, ReportRequest, ReportRows


class ParticipantsQuery(SittingsQuery):
    """Query parameters of the report on participants."""

    party: Many[PartyKey] | None = Field(
        None, description="Only people in the delegations of these parties.", examples=[["ukraine"]]
    )
    during: Many[EdtfBound] | None = Field(
        None,
        description="Only people who sat in each of these periods: days, months, years or intervals (EDTF). A sitting on uncertain"
        " days counts in each period in which it may have been.",
        examples=[["2022", "2025/2026"]],
    )


class Appearance(Dated):
    """A person at a talk."""

    talk: str = Field(description="The slug of the talk: the sitting, or a part of it.", examples=["gomel-2022-02-28"])
    start: EdtfText | None = Field(description="Its start (EDTF); null = unknown.", examples=["2022-02-28"])
    post: str | None = Field(
        description="The post that the source of the delegation names; null = none.", examples=["Member of parliament"]
    )
    function: MemberFunction | None = Field(
        description="The function in the delegation; null = not stated.", examples=["member"]
    )
    presence: Presence | None = Field(
        description="How the presence is reported; null = the person is only listed.", examples=["announced"]
    )
    confidence: Confidence | None = Field(
        description="How sure the coder is of this listing; `low`: the person may not have been there. null = not stated.",
        examples=[None],
    )
    note: str | None = Field(description="The note on this listing; null = none.", examples=[None])


class Participant(BaseModel):
    """A person in the delegations of a party, with all sittings."""

    person: str = Field(description="The slug of the participant.", examples=["rustem-umerov"])
    name: str = Field(description="The name of the person.", examples=["Rustem Umerov"])
    party: str = Field(description=descriptions.PARTY, examples=["ukraine"])
    party_name: str = Field(description=descriptions.PARTY_NAME, examples=["Ukraine"])
    sittings: int = Field(description="The number of sittings; their parts do not count again.", examples=[12])
    first_day: date = Field(description="The first possible day of the first sitting.", examples=["2022-02-28"])
    last_day: date = Field(description="The last possible day of the last sitting.", examples=["2026-02-26"])
    posts: list[str] = Field(
        description="The posts at these talks, in the words of the sources and in the order of time.",
        examples=[["Member of parliament", "Defence minister"]],
    )
    appearances: list[Appearance] = Field(
        description="Each listing in a delegation to a sitting or a part of it, in the order of time.", examples=[[]]
    )


class ParticipantsRest(DayOfReport):
    """What follows the people."""

    announced_only: int = Field(
        description="The number of people, once for each party, who were announced for these sittings and are listed at none of them"
        " otherwise. They have a row only with `announced=true`. `during` does not change the number.",
        examples=[0],
    )


async def _participants(request: ReportRequest) -> ReportRows:
    query = request.query
    records = RecordParameters(request.reader)
    parties = await records.find("party", query.party, "parties")
    records.raise_errors()
    periods = [parse_edtf(text) for text in query.during or ()]
    return await fetch_report(
        request,
        PARTICIPANTS,
        await process_ids(request),
        last_day(query.on),
        query.announced,
        parties,
        [period.earliest for period in periods],
        [period.latest for period in periods],
    )


def _behind(row: Mapping[str, Any]) -> list[str]:
    """The person, and the talks."""
    return [f"people/{row['person']}", *(f"talks/{one['talk']}" for one in row["appearances"])]


REPORTS = (
    Report(
        name="Participants",
        operation="listParticipants",
        path="/processes/{key}/participants",
        tag="processes",
        summary="List who sat at the talks of a process",
        about="Lists the people in the delegations of each party, with all their sittings, their posts at each, and the first and the"
        " last day. `during` finds those who sat in each of several periods.",
        example="/v1/processes/russia-ukraine/participants?during=2022,2025/2026",
        query=ParticipantsQuery,
        row=cited(Participant),
        fetch=_participants,
        extra=ParticipantsRest,
        records=_behind,
        causes=Causes((NoRows.NO_TALKS,)),
        of="processes",
        collections=("processes", "talks", "delegations", "parties", "people"),
        data="The people, by party and person.",
    ),
)
