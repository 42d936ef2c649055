"""Reports about who sat together: the longest silences between parties, and the network of co-presence."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.domain.keys import PartyKey
from app.reading.query import ClockQuery, Many
from app.reading.record_parameters import RecordParameters
from app.reports import descriptions
from app.reports.continuity import USED, SittingsQuery
from app.reports.continuity_statements import CO_PRESENCE, SILENCES
from app.reports.descriptions import DayOfReport, OnDay
from app.reports.graphs import CO_PRESENCE_GRAPH
from app.reports.statement import fetch_report, last_day, process_ids
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import EvidenceOptions, cited
from app.resources.report import PageOptions, Report, ReportRequest, ReportRows


class SilencesQuery(ClockQuery, EvidenceOptions, PageOptions):
    """Query parameters of the report on silences."""

    on: OnDay = None
    party: Many[PartyKey] | None = Field(
        None, description="Only pairs with at least one of these parties.", examples=[["russia"]]
    )


class Silence(BaseModel):
    """Two parties that sat together, and the longest time in which they did not."""

    party: str = Field(description="The slug of one party.", examples=["russia"])
    name: str = Field(description=descriptions.PARTY_NAME, examples=["Russia"])
    other: str = Field(description=descriptions.OTHER_PARTY, examples=["ukraine"])
    other_name: str = Field(description="The name of the other party.", examples=["Ukraine"])
    sittings: int = Field(description="The number of talks at which they sat together.", examples=[12])
    longest_days: int | None = Field(
        description="The longest time between two sittings in days; null = they sat together once.", examples=[1144]
    )
    silent_from: str | None = Field(
        description="The slug of the talk before the longest silence; null as above.", examples=["istanbul-2022-03-29"]
    )
    silent_from_day: date | None = Field(description="The last possible day of that talk.", examples=["2022-03-29"])
    silent_to: str | None = Field(
        description="The slug of the talk that ended the silence; null as above.", examples=["istanbul-2025-05-16"]
    )
    silent_to_day: date | None = Field(description="The first possible day of that talk.", examples=["2025-05-16"])
    median_days: float | None = Field(description="The median time between two sittings in days.", examples=[11])
    last_day: date = Field(description="The last day on which they sat together.", examples=["2026-02-18"])
    since_last: int = Field(
        description="Days from `last_day` to the day of the report, or to the end of the process. This time is not over and never"
        " counts as the longest silence.",
        examples=[10],
    )
    talks: list[str] = Field(
        description="The slugs of the talks, in order of time.", examples=[["istanbul-2025-05-16"]]
    )


async def _silences(request: ReportRequest) -> ReportRows:
    query = request.query
    records = RecordParameters(request.reader)
    parties = await records.find("party", query.party, "parties")
    records.raise_errors()
    return await fetch_report(request, SILENCES, await process_ids(request), last_day(query.on), False, parties)


class CoPresenceQuery(SittingsQuery):
    """Query parameters of the report on co-presence."""

    of: Literal["people", "parties"] = Field(
        "people", description="Whether the pairs are people or parties.", examples=["parties"]
    )


class CoPresence(BaseModel):
    """Two people or parties that sat together: an edge of the network of co-presence."""

    one: str = Field(description="The slug of one person or party.", examples=["alexander-fomin"])
    name: str = Field(description="Its name.", examples=["Alexander Fomin"])
    other: str = Field(description="The slug of the other one.", examples=["igor-kostyukov"])
    other_name: str = Field(description="The name of the other one.", examples=["Igor Kostyukov"])
    together: int = Field(description="The number of sittings at which they sat together.", examples=[1])
    one_sittings: int = Field(description="The number of sittings with the first one.", examples=[3])
    other_sittings: int = Field(description="The number of sittings with the other one.", examples=[2])
    jaccard: float = Field(description="`together` divided by the number of sittings with either.", examples=[0.25])
    talks: list[str] = Field(description="The slugs of these sittings.", examples=[["istanbul-2025-07-23"]])


async def _co_presence(request: ReportRequest) -> ReportRows:
    query = request.query
    values = (await process_ids(request), last_day(query.on), query.announced)
    return await fetch_report(request, CO_PRESENCE[query.of], *values)


def _talks_of(row: Mapping[str, Any]) -> list[str]:
    return [f"talks/{slug}" for slug in row["talks"]]


REPORTS = (
    Report(
        name="Silences",
        operation="listSilences",
        path="/processes/{key}/silences",
        tag="processes",
        summary="List the longest silences between parties",
        about="Lists the pairs of parties that sat together, with the longest time between two of these talks.",
        example="/v1/processes/russia-ukraine/silences?limit=3",
        query=SilencesQuery,
        row=cited(Silence),
        fetch=_silences,
        extra=DayOfReport,
        records=_talks_of,
        causes=Causes((NoRows.NO_TALKS, NoRows.ONE_PARTY), NoRows.NOT_TOGETHER),
        of="processes",
        collections=USED,
        data="The pairs, the longest silence first; pairs that sat together once are last.",
    ),
    Report(
        name="CoPresences",
        operation="listCoPresence",
        path="/processes/{key}/co-presence",
        tag="processes",
        summary="List who sat at the same talks",
        about="Lists the pairs of people (or parties, `of=parties`) that sat together, as the edges of a network.",
        example="/v1/processes/russia-ukraine/co-presence?limit=3&of=parties",
        query=CoPresenceQuery,
        row=cited(CoPresence),
        fetch=_co_presence,
        extra=DayOfReport,
        records=_talks_of,
        causes=Causes((NoRows.NO_TALKS,), NoRows.NOT_TOGETHER),
        of="processes",
        collections=USED,
        graph=CO_PRESENCE_GRAPH,
        data="The pairs, by their slugs.",
    ),
)
