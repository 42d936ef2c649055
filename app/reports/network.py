"""Alignment of parties: a network whose edges say on how many points two parties are on the same side."""

from collections import defaultdict
from itertools import combinations
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.domain.keys import IssueKey
from app.pictures.network import NETWORK_PICTURE
from app.reports import descriptions
from app.reports.graphs import nodes_in
from app.reports.options import (
    COLLECTIONS,
    PartyName,
    StanceOptions,
    find_records,
    party_name,
)
from app.reports.positions_schemas import SliceName
from app.reports.slices import SliceKind, read_slices
from app.reports.stances import Position, StanceTable, read_points, read_positions
from app.resources.empty_answers import Causes, NoRows, ReasonOfAnswer
from app.resources.evidence import cited, with_evidence
from app.resources.report import PictureOptions, Report, ReportRequest, ReportRows


class NetworkQuery(StanceOptions, PictureOptions):
    """Query parameters of the network of parties."""

    issue: IssueKey | None = Field(
        None, description="Only points on this issue and the issues below it.", examples=["EXTL.NEUTRALITY"]
    )
    rows: Literal["party", "all"] = Field(
        "all",
        description="`party`: only the negotiating parties of the process. `all`: every party with a side.",
        examples=["party"],
    )
    slice: SliceKind = Field(
        SliceKind.NONE,
        description="The days of the network: one day (`none`), or the last day of each talk, proposal, month or year.",
        examples=["year"],
    )


class AlignmentEdge(BaseModel):
    """Two parties that have a side on the same points."""

    slice: SliceName = Field(description=descriptions.SLICE)
    source: str = Field(description="The slug of the first party.", examples=["russia"])
    target: str = Field(description="The slug of the second party.", examples=["ukraine"])
    weight: float = Field(
        description="(agree − differ) divided by the average of the two activities; from −1 to 1.", examples=[-0.52]
    )
    agree: int = Field(description="The number of points on which both are for, or both against.", examples=[4])
    differ: int = Field(description="The number of points on which one is for and one against.", examples=[35])
    is_membership: bool = Field(
        description="Whether one of the two is a coalition of which the other was a member on the day of the slice or before. They share"
        " the points of the coalition, so they agree on them by definition.",
        examples=[False],
    )
    source_activity: int = Field(description="The number of points on which the first party has a side.", examples=[60])
    target_activity: int = Field(
        description="The number of points on which the second party has a side.", examples=[58]
    )
    both_for: list[str] = Field(
        description="The slugs of the points that both are for.", examples=[["russian-memorandum-2025-06-02-iii-3"]]
    )
    both_against: list[str] = Field(description="The slugs of the points that both are against.", examples=[[]])
    differing: list[str] = Field(
        description="The slugs of the points on which they differ.", examples=[["russian-memorandum-2025-06-02-i-3"]]
    )


class NetworkRest(ReasonOfAnswer):
    """What follows the edges."""

    parties: list[PartyName] = Field(description="The parties with a side in some slice, also those without an edge.")
    without_day: list[str] = Field(description=descriptions.WITHOUT_DAY, examples=[[]])


_Sides = dict[str, int]
#: Coalitions and members among the parties with these slugs.
_MEMBERSHIPS = """
SELECT coalition.slug AS coalition, member.slug AS member, m.valid_from_min AS since
FROM party_membership AS m
JOIN party AS coalition ON coalition.id = m.coalition_id
JOIN party AS member ON member.id = m.member_id
WHERE coalition.slug = ANY ($1::text[]) AND member.slug = ANY ($1::text[])
"""


async def _network(request: ReportRequest) -> ReportRows:
    reader, query, process = request.reader, request.query, request.key
    assert process is not None
    issue = [("issues", query.issue, "issue")] if query.issue else []
    within = next(iter(await find_records(reader, *issue, *query.named_account)), None)
    async with reader.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        table = await read_points(connection, process, query.day, query.chosen)
        slices, without_day = await read_slices(connection, table, query.slice, query.day or table.today)
        await read_positions(connection, table, [one.on for one in slices], inherited=query.inherited)
        memberships = await connection.fetch(_MEMBERSHIPS, list(table.parties))
    shown = None if query.rows == "all" else set(table.negotiators)
    rows: list[dict[str, Any]] = []
    records: list[list[str]] = []
    parties: set[str] = set()
    for number, one in enumerate(slices):
        sides = _sides(table, number, within, shown)
        parties.update(party for by_party in sides.values() for party in by_party)
        named = {"key": one.key, "title": one.title, "on": one.on.isoformat()}
        members = {
            frozenset((row["coalition"], row["member"]))
            for row in memberships
            if row["since"] is None or row["since"] <= one.on
        }
        for edge in _edges(sides):
            is_membership = frozenset((edge["source"], edge["target"])) in members
            rows.append({"slice": named, **edge, "is_membership": is_membership})
            records.append(_records(table, number, edge))
    reason = None if rows else "no_common_points" if parties else "no_points"
    nodes = [party_name(table, slug) for slug in sorted(parties)]
    return ReportRows(
        await with_evidence(reader, rows, records, has_evidence=query.has_evidence),
        table.revision,
        table.at,
        extra={"parties": nodes, "without_day": without_day, "reason": reason},
    )


def _sides(table: StanceTable, number: int, within: str | None, shown: set[str] | None) -> dict[str, _Sides]:
    """Point → party → 1 (for: its own point, or a score above 0) or −1 (against: a score below 0)."""
    found: dict[str, _Sides] = {}
    for point in table.points:
        if point.sort_on > table.days[number]:
            continue
        if within is not None and not any(within in table.issues.chain(code) for code in point.issues):
            continue
        answers = table.positions[number].get(point.slug, {})
        sides = {party: _side(said) for party, said in answers.items()} | dict.fromkeys(point.owners, 1)
        found[point.slug] = {party: side for party, side in sides.items() if side and (shown is None or party in shown)}
    return found


def _side(said: Position) -> int:
    score = said.score or 0
    return (score > 0) - (score < 0)


def _edges(sides: dict[str, _Sides]) -> list[dict[str, Any]]:
    activity: dict[str, int] = defaultdict(int)
    points: dict[tuple[str, str], dict[str, list[str]]] = {}
    for slug, by_party in sides.items():
        for party in by_party:
            activity[party] += 1
        for source, target in combinations(sorted(by_party), 2):
            pair = points.setdefault((source, target), {"both_for": [], "both_against": [], "differing": []})
            is_same = by_party[source] == by_party[target]
            pair["differing" if not is_same else "both_for" if by_party[source] > 0 else "both_against"].append(slug)
    return [
        _edge(source, target, activity[source], activity[target], found)
        for (source, target), found in sorted(points.items())
    ]


def _edge(
    source: str, target: str, source_activity: int, target_activity: int, points: dict[str, list[str]]
) -> dict[str, Any]:
    agree, differ = len(points["both_for"]) + len(points["both_against"]), len(points["differing"])
    return {
        "source": source,
        "target": target,
        # Both parties have a side on a common point, so that the average is at least 1.
        "weight": round(2 * (agree - differ) / (source_activity + target_activity), 6),
        "agree": agree,
        "differ": differ,
        "source_activity": source_activity,
        "target_activity": target_activity,
        **points,
    }


def _records(table: StanceTable, number: int, edge: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for slug in (*edge["both_for"], *edge["both_against"], *edge["differing"]):
        found.append(f"demands/{slug}")
        for party in (edge["source"], edge["target"]):
            said = table.positions[number].get(slug, {}).get(party)
            found += [f"responses/{said.response}"] if said and said.response else []
            found += [f"agreements/{said.agreement}"] if said and said.agreement else []
    return found


NETWORK = Report(
    name="PartyNetwork",
    operation="listNetwork",
    path="/processes/{key}/network",
    tag="reports",
    summary="List which parties of a process are on the same side",
    about="The edges of a network of parties: the number of points on which two parties are on the same side, less those on which"
    " they differ, divided by their average activity. The guide `reports` has the definition.",
    example="/v1/processes/russia-ukraine/network?on=2025-12-24",
    query=NetworkQuery,
    row=cited(AlignmentEdge),
    fetch=_network,
    extra=NetworkRest,
    causes=Causes((NoRows.NO_POINTS,)),
    of="processes",
    collections=COLLECTIONS,
    title="Alignment of parties",
    graph=nodes_in("parties", PartyName, "slug", "source", "target", is_directed=False),
    picture=NETWORK_PICTURE,
    data="The edges, ordered by slice and parties.",
)
