"""Concessions: every step by which a party softened or hardened its position, with totals for each party."""

from collections import defaultdict
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.domain.keys import PartyKey
from app.pictures.concessions import CONCESSIONS_PICTURE
from app.reading.query import Many
from app.reports import descriptions
from app.reports import stances_statements as sql
from app.reports.concession_steps import Direction, Step, answer_steps, link_steps
from app.reports.descriptions import ON_MAX, ON_MIN
from app.reports.options import (
    COLLECTIONS,
    PartyName,
    StanceOptions,
    find_records,
    party_name,
)
from app.reports.reciprocity import Reciprocity, compare_moves
from app.reports.stances import StanceTable, known_day, read_links, read_points
from app.resources.empty_answers import Causes, NoRows, ReasonOfAnswer
from app.resources.evidence import cited, with_evidence
from app.resources.report import PictureOptions, Report, ReportRequest, ReportRows


class ConcessionsQuery(StanceOptions, PictureOptions):
    """Query parameters of the concessions of a process."""

    parties: Many[PartyKey] | None = Field(
        None, description="Only steps of these parties.", examples=[["russia", "ukraine"]]
    )
    rows: Literal["party", "all"] = Field(
        "all",
        description="`party`: only steps of the negotiating parties of the process. `all`: of every party.",
        examples=["party"],
    )


class ConcessionStep(BaseModel):
    """A step between two statements of a party on one thread."""

    on: date = Field(
        description="The day of the later statement: of an answer its last possible day, of a text its first possible day.",
        examples=["2025-06-04"],
    )
    on_min: date | None = Field(description=ON_MIN, examples=["2025-06-04"])
    on_max: date | None = Field(description=ON_MAX, examples=["2025-06-04"])
    party: str = Field(description=descriptions.PARTY, examples=["ukraine"])
    kind: Literal["answer", "link"] = Field(
        description="`answer`: two answers to the same point, part or proposal of others. `link`: two own points, or a point that"
        " strikes out a point of others.",
        examples=["answer"],
    )
    thread: str = Field(
        description="What the step is about, as `collection/slug`: the point or proposal that the party answered, or the earlier"
        " point.",
        examples=["demands/russian-memorandum-2025-06-02-ii-2-8"],
    )
    part: str | None = Field(
        description="The key of the part of the proposal that the party answered; null = not a part.", examples=[None]
    )
    before: str = Field(description="The earlier stance, or the slug of the earlier point.", examples=["under_study"])
    after: str = Field(description="The later stance, or the kind of the link.", examples=["rejected"])
    before_record: str = Field(
        description="The record of the earlier statement, as `collection/slug`.",
        examples=["responses/ukraine-studies-it"],
    )
    after_record: str = Field(
        description="The record of the later statement, as `collection/slug`.",
        examples=["responses/ukraine-rejects-it"],
    )
    size: float | None = Field(
        description="The step: positive = softer, negative = harder; null = the step cannot be ordered.", examples=[-2]
    )
    direction: Direction = Field(description="The direction of the step.", examples=["hard"])
    from_interim: bool = Field(
        description="Whether the earlier answer was interim (`under_study` or `deferred`).", examples=[True]
    )
    statement: str = Field(
        description="The key of the statement that the step is part of; steps in one statement count once in the totals.",
        examples=["ukraine-rejects-it"],
    )


class PartyTotals(BaseModel):
    """The steps of a party, counted."""

    party: PartyName = Field(description=descriptions.ONE_PARTY)
    n_plus: int = Field(description="The number of statements with a softer step.", examples=[1])
    n_minus: int = Field(description="The number of statements with a harder step.", examples=[2])
    n_zero: int = Field(description="The number of statements with a step of 0.", examples=[0])
    n_unordered: int = Field(description="The number of statements with a step that cannot be ordered.", examples=[0])
    sum_plus: float = Field(description="The sum of all softer steps.", examples=[2])
    sum_minus: float = Field(description="The sum of all harder steps.", examples=[-4])
    hardness: float | None = Field(
        description="(n_minus − n_plus) / (n_minus + n_plus), from −1 to 1; null = both are 0.", examples=[0.333333]
    )


class ConcessionsRest(ReasonOfAnswer):
    """What follows the steps."""

    on: date = Field(description="The day up to which statements count.", examples=["2025-06-05"])
    totals: list[PartyTotals] = Field(description="The totals of each party with a step.")
    reciprocity: list[Reciprocity] = Field(
        description="The moves of each party in rounds with another one, beside the difference of the moves in the round before, for parties"
        " with at least three rounds. The pairs are shown, not tested."
    )


async def _concessions(request: ReportRequest) -> ReportRows:
    reader, query, process = request.reader, request.query, request.key
    assert process is not None
    named = [("parties", key, "parties") for key in query.parties or ()]
    parties = set(await find_records(reader, *named, *query.named_account)) or None
    async with reader.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        table = await read_points(connection, process, query.day, query.chosen)
        day = query.day or table.today
        statements = await query.chosen.fetch(connection, sql.STATEMENTS, process, day)
        links = await read_links(connection, table)
        sittings = await connection.fetch(sql.SITTINGS, process, day)
    table.parties |= {row["party"]: (row["name"], row["kind"]) for row in statements}
    shown = parties if query.rows == "all" else set(table.negotiators) & (parties or set(table.negotiators))
    if query.chosen.named:
        proposals = {point.proposal for point in table.points}
        statements = [row for row in statements if row["proposal"] in proposals]
    every = [
        step
        for step in (*answer_steps(table, statements), *link_steps(table, links))
        if query.inherited or step.thread.startswith("demands/")
    ]
    steps = [step for step in every if shown is None or step.party in shown]
    steps.sort(key=lambda one: (one.on, one.party, one.thread, one.part or "", one.after_record))
    rows = [_row(step) for step in steps]
    records = [[step.before_record, step.after_record] for step in steps]
    reason = None if rows else "no_second_statement" if table.points or statements else "no_points"
    return ReportRows(
        await with_evidence(reader, rows, records, has_evidence=query.has_evidence),
        table.revision,
        table.at,
        extra={
            "on": day.isoformat(),
            "totals": _totals(table, steps),
            "reciprocity": compare_moves(every, sittings, day, shown),
            "reason": reason,
        },
    )


def _row(step: Step) -> dict[str, Any]:
    names = ("party", "kind", "thread", "part", "before", "after", "before_record", "after_record", "size",
             "from_interim", "statement")  # fmt: skip
    days = {"on": step.on.isoformat(), "on_min": known_day(step.on_min), "on_max": known_day(step.on_max)}
    return {**days, **{name: getattr(step, name) for name in names}, "direction": step.direction}


def _totals(table: StanceTable, steps: list[Step]) -> list[dict[str, Any]]:
    by_party: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_party[step.party].append(step)
    return [{"party": party_name(table, party), **_total(of)} for party, of in sorted(by_party.items())]


def _total(steps: list[Step]) -> dict[str, Any]:
    counted: dict[Direction, set[str]] = defaultdict(set)
    for step in steps:
        counted[step.direction].add(step.statement)
    soft, hard = len(counted["soft"]), len(counted["hard"])
    sizes = [step.size for step in steps if step.size is not None]
    return {
        "n_plus": soft,
        "n_minus": hard,
        "n_zero": len(counted["none"]),
        "n_unordered": len(counted["unordered"]),
        "sum_plus": sum(size for size in sizes if size > 0),
        "sum_minus": sum(size for size in sizes if size < 0),
        "hardness": round((hard - soft) / (hard + soft), 6) if hard + soft else None,
    }


CONCESSIONS = Report(
    name="Concessions",
    operation="listConcessions",
    path="/processes/{key}/concessions",
    tag="reports",
    summary="List the steps by which parties softened or hardened their positions",
    about="Each step between two statements of a party on one thread, with its size and direction, and the totals of each party."
    " Steps that cannot be ordered are counted as such. The guide `reports` has the definition.",
    example="/v1/processes/russia-ukraine/concessions",
    query=ConcessionsQuery,
    row=cited(ConcessionStep),
    fetch=_concessions,
    extra=ConcessionsRest,
    causes=Causes((NoRows.NO_POINTS,)),
    of="processes",
    collections=COLLECTIONS,
    title="Concessions",
    picture=CONCESSIONS_PICTURE,
    data="The steps, the oldest first.",
)
