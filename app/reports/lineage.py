"""The lineage of a demand: where it came from, what became of it, and which agreement incorporates it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.db.vocabulary import LinkKind
from app.pictures.lineage import LINEAGE_PICTURE
from app.reading.query import ClockQuery, Many
from app.reports import descriptions
from app.reports.graphs import nodes_in
from app.reports.lineage_statements import LINEAGE
from app.reports.points import ReviewOptions
from app.reports.statement import fetch_report
from app.resources.empty_answers import Causes, NoRows, ReasonOfAnswer
from app.resources.evidence import EvidenceOptions, cited
from app.resources.report import PageOptions, PictureOptions, Report, ReportRequest, ReportRows

#: The links by which one demand continues another one; the others are relations between different demands.
CONTINUING = (
    LinkKind.REPEATS,
    LinkKind.AMENDS,
    LinkKind.NARROWS,
    LinkKind.WIDENS,
    LinkKind.STRIKES_OUT,
    LinkKind.WITHDRAWS,
    LinkKind.SETTLES,
    LinkKind.INCORPORATED_IN,
    LinkKind.REPORTS,
)
EdgeKind = StrEnum(  # type: ignore[misc]
    "EdgeKind",
    {**{kind.name: kind.value for kind in LinkKind}, "ADOPTED_BY": "adopted_by", "TAKEN_UP_BY": "taken_up_by"},
)


class LineageQuery(ClockQuery, ReviewOptions, EvidenceOptions, PageOptions, PictureOptions):
    """Query parameters of the lineage."""

    limit: Annotated[int, Field(ge=1, le=500)] = Field(500, description="Links per page.", examples=[500])
    kind: Many[LinkKind] | None = Field(
        None,
        description="Follow only links of these kinds. The default is every kind by which one demand continues another:"
        f" {', '.join(f'`{kind}`' for kind in CONTINUING)}.",
        examples=[["repeats", "amends"]],
    )


class LineageEdge(BaseModel):
    """A link between two demands, or what an agreement made of a demand."""

    origin: str = Field(
        description="The demand that has the link, as `collection/slug`.",
        examples=["demands/russian-memorandum-2025-06-02-ii-1"],
    )
    kind: EdgeKind = Field(
        description="The kind of the link, read from `origin` to `target`; `adopted_by`: the agreement `target` adopts the proposal;"
        " `taken_up_by`: an outcome of a talk names the demand and the agreement.",
        examples=["repeats"],
    )
    target: str = Field(
        description="The other demand, or the agreement, as `collection/slug`.",
        examples=["demands/russian-memorandum-2025-06-02-i-1b"],
    )
    note: str | None = Field(description="The note on the link, or on the outcome; null = none.", examples=[None])
    origin_proposal: str = Field(
        description="The slug of the proposal of `origin`.", examples=["russian-memorandum-2025-06-02"]
    )
    target_proposal: str | None = Field(
        description="The slug of the proposal of `target`; null = an agreement.",
        examples=["russian-memorandum-2025-06-02"],
    )
    origin_day: date | None = Field(
        description="The first possible day on which `origin` was tabled, or its document dated; null = unknown.",
        examples=["2025-06-02"],
    )
    target_day: date | None = Field(
        description="The same day of `target`, or the first possible day on which the agreement was reached; null = unknown.",
        examples=["2025-06-02"],
    )


class LineageNode(BaseModel):
    """A demand or an agreement of the lineage."""

    record: str = Field(description=descriptions.RECORD, examples=["demands/russian-memorandum-2025-06-02-ii-1"])
    number: str | None = Field(description="The number of the demand as printed; null = none.", examples=["II.1"])
    text: str = Field(
        description="The text of the demand, or the title of the agreement.",
        examples=["Ukrainian forces withdraw from the four regions"],
    )
    day: date | None = Field(description="As `origin_day` and `target_day` of the edges.", examples=["2025-06-02"])
    parties: list[str] = Field(
        description="The slugs of the claimants, or of the parties of the agreement.", examples=[["russia"]]
    )
    proposal: str | None = Field(
        description="The slug of the proposal; null = an agreement.", examples=["russian-memorandum-2025-06-02"]
    )
    account: str | None = Field(
        description="The slug of the account; null = an agreement.", examples=["russian-memorandum-2025-06-02-text"]
    )
    is_reference: bool | None = Field(
        description="Whether it is the proposal's reference account; null = an agreement.", examples=[True]
    )


class LineageRest(ReasonOfAnswer):
    """The records of the lineage, and its circles."""

    nodes: list[LineageNode] = Field(
        description="The demands and agreements of the links on this page, and the demand itself, by their first possible day.",
        examples=[[]],
    )
    circles: list[list[str]] = Field(
        description="Circles of links, each as the records in order: every record links to the next one. Empty = none.",
        examples=[[]],
    )
    mermaid: str = Field(
        description="The graph as a Mermaid flowchart.", examples=["flowchart LR\n  n0[demand] -->|repeats| n1[demand]"]
    )


def find_circles(edges: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return circles of the graph, one for each link that must be removed until there is none."""
    left = {(edge["origin"], edge["target"]) for edge in edges}
    circles: list[list[str]] = []
    while True:
        targets: dict[str, list[str]] = {}
        for origin, target in sorted(left):
            targets.setdefault(origin, []).append(target)
        try:
            TopologicalSorter(targets).prepare()
        except CycleError as error:
            # graphlib gives a list whose last entry is the first again; each entry is a target of the next one.
            circle: list[str] = error.args[1][::-1]
            circles.append(circle[:-1])
            left.discard((circle[0], circle[1]))
        else:
            return circles


def draw_mermaid(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> str:
    """Write the graph as a Mermaid flowchart; the labels are slugs, which need no escaping."""
    names = {node["record"]: f"n{number}" for number, node in enumerate(nodes)}
    lines = ["flowchart LR"]
    lines += [
        f'  {names[node["record"]]}["{node["record"].partition("/")[2]}<br/>{node["day"] or ""}"]' for node in nodes
    ]
    lines += [f"  {names[edge['origin']]} -->|{edge['kind']}| {names[edge['target']]}" for edge in edges]
    return "\n".join(lines)


async def _lineage(request: ReportRequest) -> ReportRows:
    kinds = [str(kind) for kind in request.query.kind or CONTINUING]
    # The circles are those of the whole graph, so all links are read for each page.
    found = await fetch_report(
        replace(request, after=None, limit=None), LINEAGE, request.key, kinds, request.query.reviews
    )
    reason = None
    if not found.rows:
        every = replace(request, after=None, limit=1)
        others = await fetch_report(
            every, LINEAGE, request.key, [str(kind) for kind in LinkKind], request.query.reviews
        )
        reason = NoRows.NO_MATCH if others.rows else NoRows.NO_LINKS
    start = request.after[0] if request.after else ""
    rest = [row for row in found.rows if _place(row) > start]
    rows = rest[: request.limit]
    shown = {f"demands/{request.key}", *(row[end] for row in rows for end in ("origin", "target"))}
    nodes = [node for node in found.extra["nodes"] if node["record"] in shown]
    extra = {
        "nodes": nodes,
        "circles": find_circles(found.rows),
        "mermaid": draw_mermaid(nodes, rows),
        "reason": reason,
    }
    return replace(found, rows=rows, next=[_place(rows[-1])] if len(rows) < len(rest) else None, extra=extra)


def _place(row: Mapping[str, Any]) -> str:
    """The place of a link in the order of the rows."""
    return f"{row['origin']} {row['kind']} {row['target']}"


REPORTS = (
    Report(
        name="Lineage",
        operation="getDemandLineage",
        path="/demands/{key}/lineage",
        tag="demands",
        summary="Trace a demand through proposals and agreements",
        about="Returns the graph of the demands that continue each other, in both directions: earlier and later proposals, other accounts, and"
        " the agreements that adopt their proposals or take them up. `data` has the links, `nodes` the records.",
        example="/v1/demands/us-20-point-plan-gaza-2025-4/lineage",
        query=LineageQuery,
        row=cited(LineageEdge),
        fetch=_lineage,
        extra=LineageRest,
        records=lambda row: [row["origin"], row["target"]],
        causes=Causes((), NoRows.NO_LINKS),
        of="demands",
        collections=("demands", "proposals", "agreements", "parties", "talks", "processes"),
        title="Lineage",
        graph=nodes_in("nodes", LineageNode, "record", "origin", "target", is_directed=True),
        picture=LINEAGE_PICTURE,
        data="The links, by origin, kind and target.",
    ),
)
