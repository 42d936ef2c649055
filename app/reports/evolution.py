"""Evolution: the points and answers of a party on an issue in the order of time, and what changed with each."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.db.dates import parse_edtf
from app.reports import stances_statements as sql
from app.reports.distances import leaving_days
from app.reports.evolution_schemas import EvolutionQuery, EvolutionRest, EvolutionStep, StepKind, UncountedStatement
from app.reports.options import COLLECTIONS, find_records
from app.reports.stances import (
    Point,
    Position,
    StanceTable,
    known_day,
    read_answer_days,
    read_closings,
    read_links,
    read_points,
    read_positions,
    read_texts,
)
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import cited, with_evidence
from app.resources.report import Report, ReportRequest, ReportRows

#: Links by which a point continues another, in either direction.
_LINEAGE = ("repeats", "amends", "narrows", "widens", "incorporated_in", "strikes_out", "withdraws")


async def _evolution(request: ReportRequest) -> ReportRows:
    reader, query = request.reader, request.query
    named = [("parties", query.party, "party")] if query.party else []
    process, code, *one_party = await find_records(
        reader, ("processes", query.process, "process"), ("issues", query.issue, "issue"), *named, *query.named_account
    )
    party = next(iter(one_party), None)
    async with reader.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        table = await read_points(connection, process, query.day, query.chosen)
        await read_closings(connection, table)
        day = query.day or table.today
        points = [p for p in table.points if any(code in table.issues.chain(own) for own in p.issues)]
        answered = await read_answer_days(connection, table, day)
        links = await read_links(connection, table)
        only = _changes(points, day, answered)
        await read_positions(connection, table, sorted(only), inherited=query.inherited, only=only)
        texts = await read_texts(connection, [point for point in points if party is None or party in point.owners])
        contradictions = await connection.fetch(sql.CONTRADICTIONS, [point.id for point in points])
        others = await connection.fetch(sql.ANSWERS_TO, [point.id for point in points], day, query.reviews)
    said = {row["record"]: (row["first_day"], row["day"]) for row in answered}
    steps = _Steps(table, points, texts, party, links, said, _by_point(contradictions))
    rows = [*steps.texts(), *steps.answers(), *steps.closings()]
    rows.sort(
        key=lambda row: (_ordinal(row["on"]), list(StepKind).index(row["kind"]), row["proposal"] or "", row["parties"])
    )
    reason = None if rows else "silent" if points else "no_points"
    return ReportRows(
        await with_evidence(reader, rows, [_records(row) for row in rows], has_evidence=query.has_evidence),
        table.revision,
        table.at,
        extra={
            "process": process,
            "issue": code,
            "party": party,
            "reason": reason,
            "not_counted": _not_counted(table, others, party),
        },
    )


def _changes(points: Sequence[Point], last: date, answered: Iterable[Mapping[str, Any]]) -> dict[date, list[Point]]:
    """The days on which the answers to each point may have changed: its tabling, the days on which something was answered
    about it, its proposal or a part of the proposal, and the last day, from which undated answers count."""
    days: dict[UUID | str, set[date]] = {}
    for row in answered:
        for about in row["demands"] or (row["proposal"],):
            days.setdefault(about, set()).add(row["day"])
    found: dict[date, list[Point]] = {last: []}
    for point in points:
        for day in {last, point.sort_on, *days.get(point.proposal, ()), *days.get(point.id, ())}:
            if day >= point.sort_on:
                found.setdefault(day, []).append(point)
    return found


def _lineage(links: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """The points that each point is linked to, in either direction, with the kind of the link."""
    found: dict[str, dict[str, str]] = {}
    for link in links:
        if link["kind"] in _LINEAGE:
            found.setdefault(link["slug"], {}).setdefault(link["target"], link["kind"])
            found.setdefault(link["target"], {}).setdefault(link["slug"], link["kind"])
    return found


def _by_point(contradictions: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in contradictions:
        told = {name: row[name] for name in ("field", "source", "citation", "telling", "note")}
        value = None if row["value"] is None else json.loads(row["value"])
        found.setdefault(row["slug"], []).append({**told, "value": value})
    return found


class _Steps:
    """Builds the steps: texts, changed answers, and points that left the table."""

    def __init__(
        self,
        table: StanceTable,
        points: Sequence[Point],
        texts: Mapping[UUID, str],
        party: str | None,
        links: Iterable[Mapping[str, Any]],
        said: Mapping[str, tuple[date | None, date]],
        contradictions: Mapping[str, list[dict[str, Any]]],
    ) -> None:
        self._table, self._texts, self._party, self._lineage = table, texts, party, _lineage(links)
        #: The first and the last possible day of each answer, by its address.
        self._said = said
        self._contradictions = contradictions
        self._points = {point.slug: point for point in points}
        self._own = {point.slug: point for point in points if party is None or party in point.owners}
        #: All points of the process: what a point continues depends neither on the party nor on the issue of the request.
        self._all = {point.slug: point for point in table.points}
        primaries = {point.primary for point in points}
        #: All points with the same primary issues: the later ones take the earlier ones off the table.
        self._related = [point for point in table.points if point.primary in primaries]
        self._leaving = leaving_days(self._related, table.today)
        #: The related points on the table before the day of the last text, and the number of those tabled before it.
        self._former: list[Point] = []
        self._tabled = 0
        #: The points that left the table with a text, which no other step repeats.
        self._told: set[tuple[date, str]] = set()

    def _before(self, day: date) -> list[Point]:
        """The related points that are on the table on the day before. The days of the calls must not go back."""
        while self._tabled < len(self._related) and self._related[self._tabled].sort_on < day:
            self._former.append(self._related[self._tabled])
            self._tabled += 1
        self._former = [one for one in self._former if (left := self._leaving[one.slug]) is None or left >= day]
        return self._former

    def texts(self) -> list[dict[str, Any]]:
        by_proposal: dict[str, list[Point]] = {}
        for point in self._own.values():
            by_proposal.setdefault(point.proposal, []).append(point)
        return [self._text(points) for points in by_proposal.values()]

    def _text(self, points: Sequence[Point]) -> dict[str, Any]:
        day = points[0].sort_on
        claimants = {claimant for point in points for claimant in point.claimants}
        before = [one for one in self._before(day) if one.claimants & claimants]
        former = [one for one in before if one.slug in self._own]
        by_issue: dict[str | None, list[Point]] = {}
        for one in before:
            by_issue.setdefault(one.primary, []).append(one)
        moved = [pair for point in points for pair in self._continues(point, by_issue.get(point.primary, ()))]
        continuing = {pair["demand"] for pair in moved}
        gone = [one.slug for one in former if self._leaving[one.slug] == day]
        self._told |= {(day, slug) for slug in gone}
        return {
            **_step(None if known_day(day) is None else day, StepKind.TEXT, claimants, (day, points[0].text.last_on)),
            "proposal": points[0].proposal,
            "title": points[0].text.title,
            "points": [
                {"demand": point.slug, "text": self._texts[point.id], "act": point.act, "is_new": point.slug not in continuing,
                 "quantities": point.quantities, "contradictions": self._contradictions.get(point.slug, [])}
                for point in points
            ],
            "moved": moved,
            "gone": gone,
        }  # fmt: skip

    def _continues(self, point: Point, former: Sequence[Point]) -> list[dict[str, str]]:
        """The earlier points that a point continues: by links, whoever claims them, else by the primary issue those of its
        claimants. `former`: the points of its primary issue that were on the table on the day before."""
        linked = [
            (slug, kind)
            for slug, kind in self._lineage.get(point.slug, {}).items()
            if (one := self._all.get(slug)) is not None
            and one.proposal != point.proposal
            and one.sort_on <= point.sort_on
        ]
        found = linked or [(one.slug, "issue") for one in former if one.claimants & point.claimants]
        return [{"demand": point.slug, "former": slug, "by": kind} for slug, kind in found]

    def answers(self) -> list[dict[str, Any]]:
        """The answers that changed on each day, by party. Silence is no answer."""
        found: dict[tuple[date, str], list[dict[str, Any]]] = {}
        former: dict[tuple[str, str], str] = {}
        for day, positions in zip(self._table.days, self._table.positions, strict=True):
            for slug, by_party in positions.items():
                owners = self._points[slug].owners
                for party, said in by_party.items():
                    if (
                        party not in owners
                        and self._party in (None, party)
                        and said.word not in ("silent", "unreviewed")
                    ):
                        before = former.get((slug, party))
                        if before != said.word:
                            found.setdefault((day, party), []).append(_answer(slug, before, said))
                        former[slug, party] = said.word
        return [
            {
                **_step(day, StepKind.ANSWER, [party], self._days(answers)),
                "answers": sorted(answers, key=lambda one: one["demand"]),
            }
            for (day, party), answers in found.items()
        ]

    def _days(self, answers: Sequence[Mapping[str, Any]]) -> tuple[date | None, date | None]:
        """The first and the last possible day of these answers; None = the day of one is unknown."""
        days = [self._said.get(record, (None, None)) for answer in answers for record in _answer_records(answer)]
        first, last = [day for day, _ in days if day is not None], [day for _, day in days if day is not None]
        return min(first) if len(first) == len(days) > 0 else None, max(last) if len(last) == len(days) > 0 else None

    def closings(self) -> list[dict[str, Any]]:
        """Points that left the table on a day without a new text of their claimants."""
        found: dict[date, list[Point]] = {}
        last = self._table.days[-1]
        for point in self._own.values():
            day = self._leaving[point.slug]
            if day is None or not point.sort_on < day <= last or all(on != day for on, _ in point.closings):
                continue
            if (day, point.slug) not in self._told:
                found.setdefault(day, []).append(point)
        return [
            {**_step(day, StepKind.CLOSED, {claimant for one in points for claimant in one.claimants}, (None, day)),
             "gone": [one.slug for one in points]}
            for day, points in found.items()
        ]  # fmt: skip


def _not_counted(table: StanceTable, answers: Iterable[Mapping[str, Any]], party: str | None) -> list[dict[str, Any]]:
    """Those of these answers that count for no point on any day, such as answers of parties that were not asked."""
    counted = {
        said.response for positions in table.positions for by_party in positions.values() for said in by_party.values()
    }
    return [
        {name: row[name] for name in UncountedStatement.model_fields}
        for row in answers
        if row["response"] not in counted and party in (None, row["party"])
    ]


def _ordinal(day: str | None) -> float:
    """The place of a day in the order of steps; steps without a day are first."""
    return parse_edtf(day).earliest.toordinal() if day else -math.inf


def _step(
    day: date | None, kind: StepKind, parties: Iterable[str], days: tuple[date | None, date | None]
) -> dict[str, Any]:
    empty: dict[str, Any] = {"points": [], "moved": [], "gone": [], "answers": []}
    return {
        "on": day and day.isoformat(), "on_min": known_day(days[0]), "on_max": known_day(days[1]), "kind": kind, "parties": sorted(parties), "proposal": None, "title": None, **empty,
    }  # fmt: skip


def _answer(slug: str, before: str | None, said: Position) -> dict[str, Any]:
    return {
        "demand": slug, "before": before, "after": said.word, "response": said.response, "agreement": said.agreement,
    }  # fmt: skip


def _records(row: dict[str, Any]) -> list[str]:
    found = [f"demands/{one['demand']}" for one in (*row["points"], *row["answers"])]
    found += [f"demands/{slug}" for slug in row["gone"]]
    return found + [record for answer in row["answers"] for record in _answer_records(answer)]


def _answer_records(answer: Mapping[str, Any]) -> list[str]:
    found = [f"responses/{answer['response']}"] if answer["response"] else []
    return found + ([f"agreements/{answer['agreement']}"] if answer["agreement"] else [])


EVOLUTION = Report(
    name="Evolution",
    operation="listEvolution",
    path="/reports/evolution",
    tag="reports",
    summary="List how a position on an issue evolved",
    about="The points and answers of a party on an issue in the order of time: each text with its quantities and the"
    " figures of sources that contradict it, what is new in it, which earlier points it continues and which it drops; and each day on"
    " which an answer changed.",
    example="/v1/reports/evolution?process=russia-ukraine&party=russia&issue=EXTL.NEUTRALITY&on=2025-06-05",
    query=EvolutionQuery,
    row=cited(EvolutionStep),
    fetch=_evolution,
    extra=EvolutionRest,
    causes=Causes((NoRows.NO_POINTS,)),
    collections=(*COLLECTIONS, "sources"),
    data="The steps, the oldest first.",
)
