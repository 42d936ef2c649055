"""The report on co-presence: who sat at the same talks, as the edges of a network."""

from typing import Literal

from pydantic import BaseModel, Field

from app.reports.continuity import USED, SittingsQuery
from app.reports.continuity_statements import CO_PRESENCE
from app.reports.descriptions import DayOfReport
from app.reports.graphs import CO_PRESENCE_GRAPH
from app.reports.statement import fetch_report, last_day, process_ids
from app.resources.report import Report, ReportRequest, ReportRows


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


REPORTS = (
    Report(
        name="CoPresences",
        operation="listCoPresence",
        path="/processes/{key}/co-presence",
        tag="processes",
        summary="List who sat at the same talks",
        about="Lists the pairs of people (or parties, `of=parties`) that sat together, as the edges of a network.",
        example="/v1/processes/russia-ukraine/co-presence?limit=3&of=parties",
        query=CoPresenceQuery,
        row=CoPresence,
        fetch=_co_presence,
        extra=DayOfReport,
        of="processes",
        collections=USED,
        graph=CO_PRESENCE_GRAPH,
        data="The pairs, by their slugs.",
    ),
)
