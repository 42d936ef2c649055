"""Gaps: how far the parties of a process are from agreement on each issue, and who would have to move."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.reading.reader import Reader
from app.reports import stances_statements as sql
from app.reports.distances import PointGap, best_of, compare_quantities, gap_of, moves, on_table
from app.reports.gaps_schemas import GapsQuery, GapsRest, GapStatus, IssueGap
from app.reports.options import COLLECTIONS, find_records, issue_name
from app.reports.points import ALL, Chosen
from app.reports.stances import Point, StanceTable, read_closings, read_points, read_positions
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import cited, with_evidence
from app.resources.report import Report, ReportRequest, ReportRows

#: Agreements with these statuses are not in force.
_NOT_IN_FORCE = frozenset({"rejected", "lapsed", "disputed", "breached", "announced"})


async def _gaps(request: ReportRequest) -> ReportRows:
    reader, query, process = request.reader, request.query, request.key
    assert process is not None
    issue = [("issues", query.issue, "issue")] if query.issue else []
    named = [("parties", key, "parties") for key in query.parties or ()]
    found_names = await find_records(reader, *named, *issue, *query.named_account)
    parties = set(found_names[: len(named)]) or None
    within = found_names[len(named)] if issue else None
    async with reader.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        table = await read_points(connection, process, query.day, query.chosen)
        await read_closings(connection, table)
        day = query.day or table.today
        await read_positions(connection, table, [day], inherited=query.inherited)
        agreements = await query.chosen.fetch(connection, sql.AGREEMENTS, process, day)
    if strangers := (parties or set()) - _taking_part(table):
        await _reject_strangers(reader, process, strangers)
    in_force = [row for row in agreements if _is_in_force(row, day, table.today)]
    rows = _Rows(table, day, in_force, parties, is_top=query.level == "top")
    found = [rows.row(code) for code in rows.codes(within)]
    found.sort(key=_closest_first)
    return ReportRows(
        await with_evidence(reader, found, [_records(row) for row in found], has_evidence=query.has_evidence),
        table.revision,
        table.at,
        extra={"on": day.isoformat(), "reason": None if found else "no_points"},
    )


def _taking_part(table: StanceTable) -> set[str]:
    """The parties that negotiate, make a point, answer one or are asked to."""
    said = {party for by_point in table.positions for answers in by_point.values() for party in answers}
    return {*table.negotiators, *said}.union(*(point.owners for point in table.points))


async def _reject_strangers(reader: Reader, process: str, strangers: set[str]) -> None:
    """Raise ApiError (422) if one of these parties takes no part in the process, at any clock and in any account."""
    newest = reader.without_known_by().at_head()
    async with newest.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        table = await read_points(connection, process, None, Chosen(ALL))
        await read_positions(connection, table, [table.today], inherited=True)
    taking_part = _taking_part(table)
    violations = [
        Violation(
            f"{quoted(party)} is no negotiating party of {quoted(process)}, and neither makes nor answers a point in it.",
            parameter="parties",
            hint=f"Parties: {', '.join(sorted(taking_part))}."[:500] if taking_part else "No party takes part in it.",
        )
        for party in sorted(strangers - taking_part)
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)


def _is_in_force(agreement: Mapping[str, Any], day: date, today: date) -> bool:
    """Whether an agreement is in force on a day. An unknown day counts only today and later."""
    start, end = agreement["from_on"], agreement["until_max"]
    if agreement["status"] in _NOT_IN_FORCE or (start > day if start else day < today) or (end and end < day):
        return False
    superseded = agreement["superseded_on"]
    return agreement["status"] != "superseded" or (superseded is not None and day < superseded)


def _closest_first(row: Mapping[str, Any]) -> tuple[Any, ...]:
    is_unknown = row["high"] is None
    return is_unknown, row["high"] or 0, row["low"] or 0, row["issue"] is None, row["issue"] and row["issue"]["code"]


class _Rows:
    """Builds the rows of the report."""

    def __init__(
        self,
        table: StanceTable,
        day: date,
        in_force: Sequence[Mapping[str, Any]],
        parties: set[str] | None,
        *,
        is_top: bool,
    ) -> None:
        self._table, self._in_force, self._is_top = table, in_force, is_top
        self._parties = parties
        self._points: dict[str | None, list[Point]] = {}
        for point in table.points:
            if parties is None or point.owners & parties:
                self._points.setdefault(self._column(point.primary), []).append(point)
        self._on_table = on_table(table.points, day, table.today)

    def _column(self, code: str | None) -> str | None:
        return self._table.issues.top(code) if self._is_top and code is not None else code

    def codes(self, within: str | None) -> list[str | None]:
        """The issues of points and agreements."""
        of_agreements = {self._column(code) for row in self._in_force for code in row["issues"]}
        codes = {*self._points, *of_agreements}
        if within is None:
            return list(codes)
        return [code for code in codes if code is not None and within in self._table.issues.chain(code)]

    def row(self, code: str | None) -> dict[str, Any]:
        points = self._points.get(code, [])
        shown = [point for point in points if point.slug in self._on_table]
        gaps = [gap_of(self._table, point, self._parties) for point in shown]
        best = best_of(gaps)
        slugs = {point.slug for point in shown}
        # What an agreement took up is agreed if everyone asked accepts the whole point; otherwise it was taken up in part.
        accepted = {gap.point.slug for gap in gaps if gap.high == 0}
        linked = [
            row["slug"] for row in self._in_force if slugs & set(row["points"]) or accepted & set(row["taken_up"])
        ]
        reason = None if best else gaps[0].reason if gaps else "no_points_on_the_table"
        objecting = sorted({party for gap in best for party in gap.objecting})
        return {
            "issue": issue_name(self._table.issues, code),
            "status": _status(gaps, best, objecting, is_agreed=bool(linked)),
            "low": best[0].low if best else None,
            "high": best[0].high if best else None,
            "reason": reason,
            "on_table": len(shown),
            "off_table": [point.slug for point in points if point.slug not in self._on_table],
            "best": [gap.point.slug for gap in best],
            "objecting": objecting,
            "move": moves(gaps),
            "widest_leaf": issue_name(self._table.issues, self._widest(gaps)) if self._is_top else None,
            "points": [_point_row(gap, gap in best) for gap in gaps],
            "quantities": compare_quantities(shown),
            "agreements": linked,
            "agreements_on_issue": [
                row["slug"]
                for row in self._in_force
                if row["slug"] not in linked and code in {self._column(own) for own in row["issues"]}
            ],
        }

    def _widest(self, gaps: Sequence[PointGap]) -> str | None:
        """The primary issue with the largest gap."""
        by_leaf: dict[str, list[PointGap]] = {}
        for gap in gaps:
            if gap.point.primary is not None:
                by_leaf.setdefault(gap.point.primary, []).append(gap)
        found = {code: best[0] for code, of in by_leaf.items() if (best := best_of(of))}
        return max(sorted(found), key=lambda code: (found[code].high or 0, found[code].low or 0), default=None)


def _status(
    gaps: Sequence[PointGap], best: Sequence[PointGap], objecting: Sequence[str], *, is_agreed: bool
) -> GapStatus:
    """The first word that applies."""
    if not gaps:
        return GapStatus.UNSPOKEN
    if is_agreed:
        return GapStatus.AGREED
    if best and best[0].high == 0:
        return GapStatus.DECLARED_ZONE
    claimants = {party for gap in gaps for party in gap.point.claimants}
    if len(claimants) == 1 and not any(said.score is not None for gap in gaps for said in gap.answers.values()):
        return GapStatus.ONE_SIDED
    if len(objecting) == 1:
        return GapStatus.ONE_OBJECTS
    return GapStatus.CONTESTED if objecting else GapStatus.UNSETTLED


def _point_row(gap: PointGap, is_best: bool) -> dict[str, Any]:
    return {
        "demand": gap.point.slug,
        "claimants": sorted(gap.point.claimants),
        "low": gap.low,
        "high": gap.high,
        "reason": gap.reason,
        "is_best": is_best,
        "answers": [
            {"party": party, "word": said.word, "score": said.score, "response": said.response,
             "agreement": said.agreement}
            for party, said in sorted(gap.answers.items())
        ],
    }  # fmt: skip


def _records(row: Mapping[str, Any]) -> list[str]:
    found = [f"agreements/{slug}" for slug in row["agreements"]]
    for point in row["points"]:
        found.append(f"demands/{point['demand']}")
        for said in point["answers"]:
            found += [f"responses/{said['response']}"] if said["response"] else []
            found += [f"agreements/{said['agreement']}"] if said["agreement"] else []
    return found


GAPS = Report(
    name="Gaps",
    operation="listGaps",
    path="/processes/{key}/gaps",
    tag="reports",
    summary="List the gaps between the parties of a process by issue",
    about="For each issue: how far the parties are from agreement (0 = everyone accepts a point, 1 = every point is rejected), with"
    " silence read both ways, who objects, and the smallest sets of parties that would have to move. The closest issue comes"
    " first. The guide `reports` has the definition.",
    example="/v1/processes/russia-ukraine/gaps?on=2025-06-05&parties=russia,ukraine",
    query=GapsQuery,
    row=cited(IssueGap),
    fetch=_gaps,
    extra=GapsRest,
    causes=Causes((NoRows.NO_POINTS,)),
    of="processes",
    collections=COLLECTIONS,
    data="The issues, the smallest gap first.",
)
