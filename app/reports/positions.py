"""Positions: what each party asks on each issue, and how it answers the points of the others, per slice of time."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.domain.keys import IssueKey, ProcessKey
from app.reports.options import (
    COLLECTIONS,
    CitationOfRow,
    IssueName,
    PartyName,
    StanceOptions,
    find_issue,
    find_slug,
    issue_name,
    party_name,
    with_evidence,
)
from app.reports.scale import FIRM, OFFERS
from app.reports.slices import Slice, SliceKind, read_slices
from app.reports.stances import Point, Position, StanceTable, read_points, read_positions
from app.resources.report import Report, ReportRequest, ReportRows


class PositionsQuery(StanceOptions):
    """Query parameters of the table of positions."""

    process: ProcessKey = Field(
        description="The process; the processes below it are included.", examples=["russia-ukraine"]
    )
    issue: IssueKey | None = Field(
        None, description="Only this issue and the issues below it.", examples=["EXTL.NEUTRALITY"]
    )
    rows: Literal["party", "all"] = Field(
        "party",
        description="`party`: one row for each negotiating party of the process. `all`: for every party with a cell.",
        examples=["all"],
    )
    level: Literal["top", "leaf"] = Field(
        "top",
        description="The columns: the main categories of issues (`top`), or the issues that the points carry (`leaf`).",
        examples=["leaf"],
    )
    issues: Literal["all", "primary"] = Field(
        "all",
        description="`all`: a point counts once in each column of its issues. `primary`: only in the column of its primary issue,"
        " so that rows add up.",
        examples=["primary"],
    )
    slice: SliceKind = Field(
        SliceKind.NONE,
        description="The days of the positions: one day (`none`), or the last day of each talk, proposal, month or year.",
        examples=["year"],
    )


class SliceName(BaseModel):
    """A slice of time."""

    key: str = Field(
        description="The talk, the proposal, the month or the year; the day if `slice=none`.", examples=["2025-06"]
    )
    title: str | None = Field(
        description="The title of the talk or proposal; null = a day, month or year.", examples=[None]
    )
    on: date = Field(
        description="The last day of the slice, for which the positions are computed.", examples=["2025-06-30"]
    )


class PositionCounts(BaseModel):
    """The number of points by what the party does."""

    asks: int = Field(description="Its own points, except offers.", examples=[3])
    offers: int = Field(description="Its own offers and undertakings.", examples=[0])
    accepted: int = Field(description="Points of others that it accepts.", examples=[0])
    accepted_in_part: int = Field(description="Points that it accepts in part.", examples=[0])
    conditional: int = Field(description="Points that it accepts on conditions.", examples=[0])
    supported: int = Field(description="Points that it supports without being asked.", examples=[0])
    under_study: int = Field(description="Points that it is studying.", examples=[0])
    deferred: int = Field(description="Points to which it postponed the answer.", examples=[0])
    undetermined: int = Field(
        description="Points about which its answer to the whole text decides nothing.", examples=[0]
    )
    countered: int = Field(description="Points against which it proposes something else.", examples=[0])
    rejected: int = Field(description="Points that it rejects.", examples=[2])
    opposed: int = Field(description="Points that it opposes without being asked.", examples=[0])
    declared_moot: int = Field(description="Points that it declared moot.", examples=[0])
    no_comment: int = Field(description="Points about which it is reported to have said nothing.", examples=[0])
    silent: int = Field(description="Points that it was asked about, without any answer.", examples=[1])


class AnsweredPoint(BaseModel):
    """A point of another party, and what this party said."""

    demand: str = Field(description="The slug of the demand.", examples=["russian-memorandum-2025-06-02-i-3"])
    word: str = Field(description="What the party said.", examples=["rejected"])
    score: int | None = Field(description="The place on the scale; null = silent or off the scale.", examples=[-2])
    response: str | None = Field(description="The slug of the response; null = none.", examples=["ukraine-rejects"])
    agreement: str | None = Field(
        description="The slug of the agreement by which the party accepted; null = none.", examples=[None]
    )


class MovedPoint(BaseModel):
    """A point about which the party said something else than in the slice before."""

    demand: str = Field(description="The slug of the demand.", examples=["russian-memorandum-2025-06-02-i-3"])
    before: str = Field(description="The word in the slice before.", examples=["under_study"])
    after: str = Field(description="The word in this slice.", examples=["rejected"])


class PartyPosition(BaseModel):
    """One cell: the position of a party on an issue in a slice."""

    slice: SliceName = Field(description="The slice of time.")
    party: PartyName = Field(description="The party.")
    issue: IssueName | None = Field(description="The issue; null = points without an issue.")
    counts: PositionCounts = Field(description="The number of points by what the party does.")
    lowest: int | None = Field(
        description="The lowest place on the scale among its answers to points of others; null = see `reason`.",
        examples=[-2],
    )
    highest: int | None = Field(description="The highest place on the scale; null = see `reason`.", examples=[1])
    reason: str | None = Field(
        description="Why there is no range: `no_points_of_others`, or `silent` (no answer has a place on the scale); null = there"
        " is a range.",
        examples=[None],
    )
    is_firm: bool = Field(description="Whether a point of its own is a red line or a precondition.", examples=[False])
    own: list[str] = Field(
        description="The slugs of its own points: those of which it, a body that speaks for it or its coalition is a claimant.",
        examples=[["ukrainian-memorandum-2025-05-28-5a"]],
    )
    others: list[AnsweredPoint] = Field(description="The points of others that it answered or was asked about.")
    came: list[str] = Field(
        description="Points that are new since the slice before; empty in the first slice.",
        examples=[["russian-memorandum-2025-06-02-i-3"]],
    )
    went: list[str] = Field(
        description="Points that were superseded, withdrawn, settled, lapsed or ended since the slice before. They still count.",
        examples=[["putin-conditions-2024-06-14-2"]],
    )
    moved: list[MovedPoint] = Field(description="Points about which the party said something else in the slice before.")
    citations: list[CitationOfRow] | None = Field(
        description="The citations of these records; null = not requested by `include=evidence`."
    )


class PositionsRest(BaseModel):
    """What follows the cells."""

    process: str = Field(description="The slug of the process.", examples=["russia-ukraine"])
    points: int = Field(description="The number of different points in the cells.", examples=[150])
    reason: str | None = Field(
        description="Why there are no cells: `no_points`, or `no_negotiating_parties` (`rows=all` shows the others); null = there"
        " are cells.",
        examples=[None],
    )
    without_day: list[str] = Field(
        description="The talks or proposals that have no slice, because their last day is unknown.", examples=[[]]
    )


@dataclass(slots=True)
class _Cell:
    own: list[Point] = field(default_factory=list)
    others: list[tuple[Point, Position]] = field(default_factory=list)

    def words(self) -> dict[str, str]:
        """What the party does, by point."""
        own = {point.slug: "own" for point in self.own}
        return own | {point.slug: position.word for point, position in self.others}


_Cells = dict[tuple[str, str | None], _Cell]


async def _positions(request: ReportRequest) -> ReportRows:
    reader, query = request.reader, request.query
    process = await find_slug(reader, "processes", query.process, "process")
    async with reader.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        table = await read_points(connection, process, query.day)
        slices, without_day = await read_slices(connection, table, process, query.slice, query.day or table.today)
        days = [one.on for one in slices]
        await read_positions(connection, table, process, days, inherited=query.inherited)
    within = await find_issue(reader, table.issues, query.issue) if query.issue else None
    rows: list[dict[str, Any]] = []
    records: list[list[str]] = []
    counted: set[str] = set()
    former: _Cells = {}
    former_day: date | None = None
    for number, one in enumerate(slices):
        cells = _cells(table, number, query, within)
        for (party, code), cell in sorted(cells.items(), key=lambda item: _rank(table, *item[0])):
            rows.append(_row(table, one, party, code, cell, former.get((party, code), _Cell()), former_day))
            records.append(_records(cell))
            counted |= cell.words().keys()
        former, former_day = cells, one.on
    reason = None if rows else "no_points" if query.rows == "all" or table.negotiators else "no_negotiating_parties"
    return ReportRows(
        await with_evidence(reader, rows, records, has_evidence=query.has_evidence),
        table.revision,
        table.at,
        extra={"process": process, "points": len(counted), "reason": reason, "without_day": without_day},
    )


def _cells(table: StanceTable, number: int, query: PositionsQuery, within: str | None) -> _Cells:
    """The cells of one slice, by party and issue."""
    shown = None if query.rows == "all" else set(table.negotiators)
    cells: _Cells = defaultdict(_Cell)
    for point in table.points:
        if point.sort_on > table.days[number]:
            continue
        columns = _columns(table, point, query, within)
        answers = table.positions[number].get(point.slug, {})
        for party in point.owners | answers.keys():
            if shown is not None and party not in shown:
                continue
            for column in columns:
                cell = cells[party, column]
                if party in point.owners:
                    cell.own.append(point)
                else:
                    cell.others.append((point, answers[party]))
    return cells


def _columns(table: StanceTable, point: Point, query: PositionsQuery, within: str | None) -> set[str | None]:
    primary = [point.primary] if point.primary else []
    codes = point.issues if query.issues == "all" else primary
    if within is not None:
        codes = [code for code in codes if within in table.issues.chain(code)]
    elif not codes:
        return {None}
    return {table.issues.top(code) if query.level == "top" else code for code in codes}


def _rank(table: StanceTable, party: str, code: str | None) -> tuple[object, ...]:
    order = {slug: n for n, slug in enumerate(table.negotiators)}
    return order.get(party, len(order)), party, code is None, code or ""


def _row(
    table: StanceTable, one: Slice, party: str, code: str | None, cell: _Cell, former: _Cell, former_day: date | None
) -> dict[str, Any]:
    scores = [position.score for _, position in cell.others if position.score is not None]
    words, before = cell.words(), former.words()
    offers = sum(point.act in OFFERS for point in cell.own)
    counts = Counter(position.word for _, position in cell.others)
    counts |= Counter(asks=len(cell.own) - offers, offers=offers)
    return {
        "slice": {"key": one.key, "title": one.title, "on": one.on.isoformat()},
        "party": party_name(table, party),
        "issue": issue_name(table.issues, code),
        "counts": {word: counts[word] for word in PositionCounts.model_fields},
        "lowest": min(scores, default=None),
        "highest": max(scores, default=None),
        "reason": None if scores else "silent" if cell.others else "no_points_of_others",
        "is_firm": any(point.act in FIRM for point in cell.own),
        "own": [point.slug for point in cell.own],
        "others": [
            {"demand": point.slug, "word": position.word, "score": position.score, "response": position.response,
             "agreement": position.agreement}
            for point, position in cell.others
        ],
        "came": [] if former_day is None else [slug for slug in words if slug not in before],
        "went": [] if former_day is None else list(_closed_since(cell, one.on, former_day, table.today)),
        "moved": [
            {"demand": slug, "before": before[slug], "after": word}
            for slug, word in words.items()
            if slug in before and before[slug] != word
        ],
    }  # fmt: skip


def _closed_since(cell: _Cell, day: date, former_day: date, today: date) -> Iterable[str]:
    for point in (*cell.own, *(point for point, _ in cell.others)):
        if point.closed_by(day, today) and not point.closed_by(former_day, today):
            yield point.slug


def _records(cell: _Cell) -> list[str]:
    """The addresses of the records behind a cell."""
    found = [f"demands/{slug}" for slug in cell.words()]
    for _, position in cell.others:
        found += [f"responses/{position.response}"] if position.response else []
        found += [f"agreements/{position.agreement}"] if position.agreement else []
    return found


POSITIONS = Report(
    name="Positions",
    operation="listPositions",
    path="/reports/positions",
    tag="reports",
    summary="List the positions of parties by issue and time",
    about="For each party and issue: its own points, its answers to the points of the others with counts and the range on the"
    " scale from 2 (accepts) to −2 (rejects), and what changed since the slice before. There is no mean. The guide `reports`"
    " has the definition.",
    example="/v1/reports/positions?process=russia-ukraine&on=2025-06-05",
    query=PositionsQuery,
    row=PartyPosition,
    fetch=_positions,
    extra=PositionsRest,
    collections=COLLECTIONS,
    data="The cells, ordered by slice, party and issue.",
)
