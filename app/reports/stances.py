"""What each party asked, and what it answered to the points of a process, on one or more days."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.db.days import EARLIEST, day_from_ordinal
from app.reports import stances_statements as sql
from app.reports.points import Chosen
from app.reports.scale import SCALE


@dataclass(frozen=True, slots=True)
class Position:
    """What a party said about a point, or that it was asked and said nothing."""

    word: str
    #: Whether the party was asked to answer.
    may_owe: bool
    response: str | None = None
    agreement: str | None = None

    @property
    def score(self) -> int | None:
        """The place on the scale; None = silent, or off the scale."""
        return SCALE[self.word]


def known_day(day: date | None) -> str | None:
    """The first or last possible day of a date, as text; None = unknown, or open on that side."""
    return None if day is None or day in (EARLIEST, date.min, date.max) else day.isoformat()


@dataclass(frozen=True, slots=True)
class Text:
    """The proposal of some points, with the talk at which it was tabled."""

    title: str
    tabled: str | None
    #: The last possible day of tabling or of the document; None = unknown.
    last_on: date | None
    talk: str | None
    talk_title: str | None
    talk_last_on: date | None


@dataclass(slots=True)
class Point:
    """A demand of a reference account."""

    id: UUID
    slug: str
    act: str
    sort_on: date
    quantities: Sequence[Mapping[str, Any]]
    proposal: str
    text: Text
    #: Codes; the primary issue first.
    issues: list[str] = field(default_factory=list)
    primary: str | None = None
    claimants: set[str] = field(default_factory=set)
    #: The claimants, the parties for which they speak, and the members of their coalitions.
    owners: set[str] = field(default_factory=set)
    #: What closed the point: the day (None = unknown) and how.
    closings: list[tuple[date | None, str]] = field(default_factory=list)

    def closed_by(self, day: date, today: date) -> set[str]:
        """How the point was closed by a day. A closing without a day counts only today and later."""
        return {how for on, how in self.closings if (on <= day if on else day >= today)}


@dataclass(slots=True)
class IssueTree:
    """All issues, with the issue above each."""

    labels: dict[str, str]
    broader: dict[str, str | None]

    def top(self, code: str) -> str:
        """The top category of an issue."""
        seen = {code}
        while (above := self.broader.get(code)) is not None and above not in seen:
            seen.add(above)
            code = above
        return code

    def level(self, code: str) -> int:
        """The level of an issue, 0 = the top."""
        level, seen = 0, {code}
        while (above := self.broader.get(code)) is not None and above not in seen:
            seen.add(above)
            code, level = above, level + 1
        return level

    def chain(self, code: str) -> Iterator[str]:
        """The issue and all issues above it."""
        seen: set[str] = set()
        here: str | None = code
        while here is not None and here not in seen:
            seen.add(here)
            yield here
            here = self.broader.get(here)


@dataclass(slots=True)
class StanceTable:
    """The points of a process, and the positions on each requested day."""

    revision: int
    at: datetime
    today: date
    points: list[Point]
    #: Slug → name and kind of every party that occurs.
    parties: dict[str, tuple[str, str]]
    negotiators: list[str]
    issues: IssueTree
    chosen: Chosen = field(default_factory=Chosen)
    #: At the clocks: for each point, the first points with the same answers and with the same closings.
    alike: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    days: list[date] = field(default_factory=list)
    #: For each day: point → party → position.
    positions: list[dict[str, dict[str, Position]]] = field(default_factory=list)


async def read_points(connection: sql.Connection, process: str, on: date | None, chosen: Chosen) -> StanceTable:
    """Read the chosen points that were tabled by a day (None = today), without positions and closings."""
    head = await connection.fetchrow(sql.HEAD)
    found = await chosen.fetch(connection, sql.POINTS, process, on or head["today"])
    texts = await connection.fetch(sql.PROPOSALS, list({row["proposal"] for row in found}))
    points = _points(found, texts)
    ids = [point.id for point in points]
    owners = await connection.fetch(sql.OWNERS, ids)
    for row in await connection.fetch(sql.ISSUES, ids):
        point = points[row["number"] - 1]
        point.issues.append(row["code"])
        point.primary = row["code"] if row["is_primary"] else point.primary
    alike = await connection.fetch(sql.ALIKE, ids) if head["is_derived"] else ()
    negotiators = await connection.fetch(sql.NEGOTIATORS, process)
    tree = await connection.fetch(sql.ISSUE_TREE)
    issues = IssueTree({row["code"]: row["label"] for row in tree}, {row["code"]: row["broader"] for row in tree})
    table = StanceTable(
        head["revision"], head["at"], head["today"], points, {}, [row["party"] for row in negotiators], issues, chosen,
        {row["id"]: (row["answered_as"], row["closed_as"]) for row in alike},
    )  # fmt: skip
    table.parties |= {row["party"]: (row["name"], row["kind"]) for row in negotiators}
    slugs = await _add_parties(connection, table, owners)
    for row in owners:
        point = points[row["number"] - 1]
        point.owners.add(slugs[row["party_id"]])
        if row["is_claimant"]:
            point.claimants.add(slugs[row["party_id"]])
    return table


async def _add_parties(connection: sql.Connection, table: StanceTable, rows: Iterable[Any]) -> dict[UUID, str]:
    """Add the parties of these rows to the table; return the slug of each id."""
    found = await connection.fetch(sql.PARTIES, list({row["party_id"] for row in rows}))
    table.parties |= {row["slug"]: (row["name"], row["kind"]) for row in found}
    return {row["id"]: row["slug"] for row in found}


def _day(number: int) -> date:
    """The day with this number, which may be before the year 1 (`EarlyDay`)."""
    return day_from_ordinal(number)  # type: ignore[return-value]  # an EarlyDay compares like a date


def _points(rows: Iterable[Any], texts: Iterable[Any]) -> list[Point]:
    by_slug = {
        row["slug"]: Text(
            row["title"], row["tabled"], row["last_on"], row["talk"], row["talk_title"], row["talk_last_on"]
        )
        for row in texts
    }
    # There are few different days, and converting a day costs more than reading the rest of a row.
    days: dict[int, date] = {}
    return [
        Point(
            row["id"], row["slug"], row["act"], days.get(row["day"]) or days.setdefault(row["day"], _day(row["day"])),
            json.loads(row["quantities"]) if row["quantities"] else (), row["proposal"], by_slug[row["proposal"]],
        )
        for row in rows
    ]  # fmt: skip


async def read_closings(connection: sql.Connection, table: StanceTable) -> None:
    """Add to the points what closed them."""
    same: dict[UUID, list[Point]] = {}
    for point in table.points:
        same.setdefault(table.alike.get(point.id, (point.id, point.id))[1], []).append(point)
    targets = list(same.values())
    for row in await connection.fetch(sql.CLOSINGS, list(same)):
        for point in targets[row["number"] - 1]:
            point.closings.append((row["closed_on"], row["how"]))


async def read_links(connection: sql.Connection, table: StanceTable) -> list[dict[str, str]]:
    """The links between points: the slug of the later point, the kind, and the slug of the target."""
    slugs = {point.id: point.slug for point in table.points}
    found = await connection.fetch(sql.LINKS, list(slugs))
    links = [{"slug": slugs[one], "kind": kind, "target": slugs[other]} for one, kind, other in found if other in slugs]
    return sorted(links, key=lambda link: (link["slug"], link["kind"], link["target"]))


async def read_answer_days(connection: sql.Connection, table: StanceTable, on: date) -> list[Any]:
    """The rows of `ANSWER_DAYS` up to a day, for all proposals of the table."""
    rows: list[Any] = await connection.fetch(sql.ANSWER_DAYS, list({point.proposal for point in table.points}), on)
    return rows


async def read_texts(connection: sql.Connection, points: Iterable[Point]) -> dict[UUID, str]:
    """The texts of these points, by id."""
    rows = await connection.fetch(sql.TEXTS, [point.id for point in points])
    return {row["id"]: row["text"] for row in rows}


async def read_positions(
    connection: sql.Connection,
    table: StanceTable,
    days: Sequence[date],
    *,
    inherited: bool,
    only: Mapping[date, Sequence[Point]] | None = None,
) -> None:
    """Add the positions on these days to the table. `only`: the points for each day; by default, all that were tabled.

    A party that has no answer that counts, but supported or opposed the point, has this word. A party that was asked
    and said nothing is silent."""
    table.days = list(days)
    table.positions = [{} for _ in days]
    pairs = [
        (place, point)
        for place, day in enumerate(table.days)
        for point in (table.points if only is None else only[day])
        if point.sort_on <= day
    ]
    for place, point in pairs:
        table.positions[place].setdefault(point.slug, {})
    await _read_answers(connection, table, pairs, inherited=inherited)
    voices = await connection.fetch(sql.VOICES, [point.id for point in table.points])
    slugs = await _add_parties(connection, table, voices)
    for row in voices:
        if not table.chosen.has(row["review"]):
            continue
        said, point = row["said_on_max"], table.points[row["number"] - 1]
        for day, positions in zip(table.days, table.positions, strict=True):
            by_party = positions.get(point.slug)
            if by_party is None or (said > day if said else day < table.today):
                continue
            # The rows are sorted by day: the latest of a party replaces the others.
            party = slugs[row["party_id"]]
            former = by_party.get(party)
            if former is None or former.word in ("silent", "supported", "opposed"):
                may_owe = former is not None and former.may_owe
                by_party[party] = Position(row["stance"], may_owe, row["response"])


async def _read_answers(
    connection: sql.Connection, table: StanceTable, pairs: Sequence[tuple[int, Point]], *, inherited: bool
) -> None:
    """Add the answers that count for these pairs of the place of a day and a point. An answer that counts, but does not have
    one of the chosen review statuses, is `unreviewed`."""
    #: The point whose answers are read → the positions of all points that have the same answers.
    same: dict[tuple[int, UUID], list[dict[str, Position]]] = {}
    for place, point in pairs:
        same.setdefault((place, table.alike.get(point.id, (point.id,))[0]), []).append(
            table.positions[place][point.slug]
        )
    answers = await connection.fetch(
        sql.ANSWERS, [point for _, point in same], [place + 1 for place, _ in same], inherited, table.days
    )
    slugs = await _add_parties(connection, table, answers)
    targets = list(same.values())
    # Most positions are one of a few: answers to whole texts, and silence.
    known: dict[tuple[str | None, bool, str | None, str | None], Position] = {}
    for number, party, may_owe, word, response, agreement, review in answers:
        # A response or an agreement has one status, so that the key needs none.
        key = word, may_owe, response, agreement
        position = known.get(key)
        if position is None:
            said = "silent" if word is None else word if table.chosen.has(review) else "unreviewed"
            position = known[key] = Position(said, may_owe, response, agreement)
        for by_party in targets[number - 1]:
            by_party[slugs[party]] = position
