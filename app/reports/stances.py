"""What each party asked, and what it answered to the points of a process, on one or more days."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.db.days import EARLIEST
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


@dataclass(slots=True)
class Point:
    """A demand of a reference account."""

    id: UUID
    slug: str
    act: str
    text: str
    sort_on: date
    #: The last possible day of tabling or of the document; None = unknown.
    last_on: date | None
    tabled: str | None
    proposal: str
    proposal_title: str
    talk: str | None
    talk_title: str | None
    talk_last_on: date | None
    quantities: list[dict[str, Any]]
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
    days: list[date] = field(default_factory=list)
    #: For each day: point → party → position.
    positions: list[dict[str, dict[str, Position]]] = field(default_factory=list)


async def read_points(connection: sql.Connection, process: str, on: date | None, chosen: Chosen) -> StanceTable:
    """Read the chosen points that were tabled by a day (None = today), without positions."""
    head = await connection.fetchrow(sql.HEAD)
    points = [_point(row) for row in await chosen.fetch(connection, sql.POINTS, process, on or head["today"])]
    ids = [point.id for point in points]
    owners = await connection.fetch(sql.OWNERS, ids)
    for row in await connection.fetch(sql.ISSUES, ids):
        point = points[row["number"] - 1]
        point.issues.append(row["code"])
        point.primary = row["code"] if row["is_primary"] else point.primary
    for row in await connection.fetch(sql.CLOSINGS, ids):
        points[row["number"] - 1].closings.append((row["closed_on"], row["how"]))
    negotiators = await connection.fetch(sql.NEGOTIATORS, process)
    tree = await connection.fetch(sql.ISSUE_TREE)
    issues = IssueTree({row["code"]: row["label"] for row in tree}, {row["code"]: row["broader"] for row in tree})
    table = StanceTable(
        head["revision"], head["at"], head["today"], points, {}, [row["party"] for row in negotiators], issues, chosen
    )
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


def _point(row: Any) -> Point:
    quantities = row["quantities"]
    names = ("id", "slug", "act", "text", "sort_on", "last_on", "tabled", "proposal", "proposal_title", "talk", "talk_title",
             "talk_last_on")  # fmt: skip
    return Point(**{name: row[name] for name in names}, quantities=json.loads(quantities) if quantities != "[]" else [])


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
        (positions.setdefault(point.slug, {}), point, day)
        for day, positions in zip(table.days, table.positions, strict=True)
        for point in (table.points if only is None else only[day])
        if point.sort_on <= day
    ]
    answers = await connection.fetch(
        sql.ANSWERS, [point.id for _, point, _ in pairs], [day for _, _, day in pairs], inherited
    )
    slugs = await _add_parties(connection, table, answers)
    for row in answers:
        word = row["counted_as"] or "silent"
        if word != "silent" and not table.chosen.has(row["review"]):
            word = "unreviewed"
        position = Position(word, row["may_owe"], row["response"], row["agreement"])
        pairs[row["number"] - 1][0][slugs[row["party_id"]]] = position
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
