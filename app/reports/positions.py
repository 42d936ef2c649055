"""Positions: what each party asks on each issue, and how it answers the points of the others, per slice of time."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.pictures.positions import POSITIONS_PICTURE
from app.reports.options import (
    COLLECTIONS,
    find_records,
    issue_name,
    party_name,
)
from app.reports.positions_schemas import PartyPosition, PositionCounts, PositionsQuery, PositionsRest
from app.reports.scale import FIRM, OFFERS
from app.reports.slices import Slice, read_slices
from app.reports.stances import Point, Position, StanceTable, read_closings, read_points, read_positions
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import cited, with_evidence
from app.resources.report import Report, ReportRequest, ReportRows


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
    issue = [("issues", query.issue, "issue")] if query.issue else []
    process, *within_one = await find_records(
        reader, ("processes", query.process, "process"), *issue, *query.named_account
    )
    within = next(iter(within_one), None)
    async with reader.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        table = await read_points(connection, process, query.day, query.chosen)
        slices, without_day = await read_slices(connection, table, query.slice, query.day or table.today)
        if len(slices) > 1:
            await read_closings(connection, table)
        days = [one.on for one in slices]
        await read_positions(connection, table, days, inherited=query.inherited)
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
    row=cited(PartyPosition),
    fetch=_positions,
    extra=PositionsRest,
    causes=Causes((NoRows.NO_POINTS,)),
    collections=COLLECTIONS,
    title="Positions by issue and party",
    picture=POSITIONS_PICTURE,
    data="The cells, ordered by slice, party and issue.",
)
