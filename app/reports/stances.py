"""What each party asked, and what it answered to the points of a process, on one or more days."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.reading.reader import Reader
from app.reports import stances_statements as sql
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


@dataclass(slots=True)
class Point:
    """A demand of a reference account."""

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
    days: list[date] = field(default_factory=list)
    #: For each day: point → party → position.
    positions: list[dict[str, dict[str, Position]]] = field(default_factory=list)


async def read_points(connection: sql.Connection, process: str, on: date | None) -> StanceTable:
    """Read the points that were tabled by a day (None = today), without positions."""
    head = await connection.fetchrow(sql.HEAD)
    day = on or head["today"]
    points = {row["slug"]: _point(row) for row in await connection.fetch(sql.POINTS, process, day)}
    parties: dict[str, tuple[str, str]] = {}
    for row in await connection.fetch(sql.OWNERS, process, day):
        parties[row["party"]] = row["name"], row["kind"]
        point = points[row["slug"]]
        point.owners.add(row["party"])
        if row["is_claimant"]:
            point.claimants.add(row["party"])
    for row in await connection.fetch(sql.ISSUES, process, day):
        point = points[row["slug"]]
        point.issues.append(row["code"])
        point.primary = row["code"] if row["is_primary"] else point.primary
    for row in await connection.fetch(sql.CLOSINGS, process, day):
        points[row["slug"]].closings.append((row["closed_on"], row["how"]))
    negotiators = await connection.fetch(sql.NEGOTIATORS, process)
    parties |= {row["party"]: (row["name"], row["kind"]) for row in negotiators}
    tree = await connection.fetch(sql.ISSUE_TREE)
    issues = IssueTree({row["code"]: row["label"] for row in tree}, {row["code"]: row["broader"] for row in tree})
    return StanceTable(
        head["revision"], head["at"], head["today"], list(points.values()), parties,
        [row["party"] for row in negotiators], issues,
    )  # fmt: skip


def _point(row: Any) -> Point:
    names = ("slug", "act", "text", "sort_on", "last_on", "tabled", "proposal", "proposal_title", "talk", "talk_title",
             "talk_last_on")  # fmt: skip
    return Point(**{name: row[name] for name in names}, quantities=json.loads(row["quantities"]))


async def read_positions(
    connection: sql.Connection,
    table: StanceTable,
    process: str,
    days: Sequence[date],
    *,
    inherited: bool,
    only: Sequence[str] | None = None,
) -> None:
    """Add the positions on these days to the table. `only`: only for these points.

    A party that has no answer that counts, but supported or opposed the point, has this word. A party that was asked
    and said nothing is silent."""
    table.days = list(days)
    table.positions = [defaultdict(dict) for _ in days]
    last = max(days, default=date.min)
    for row in await connection.fetch(sql.ANSWERS, process, last, list(days), inherited, only):
        table.parties.setdefault(row["party"], (row["name"], row["kind"]))
        position = Position(row["counted_as"] or "silent", row["may_owe"], row["response"], row["agreement"])
        table.positions[row["number"] - 1][row["slug"]][row["party"]] = position
    sort_on = {point.slug: point.sort_on for point in table.points if only is None or point.slug in only}
    for row in await connection.fetch(sql.VOICES, process, last):
        table.parties.setdefault(row["party"], (row["name"], row["kind"]))
        said, point = row["said_on_max"], row["slug"]
        if point not in sort_on:
            continue
        for day, positions in zip(table.days, table.positions, strict=True):
            if (said > day if said else day < table.today) or sort_on[point] > day:
                continue
            # The rows are sorted by day: the latest of a party replaces the others.
            former = positions[point].get(row["party"])
            if former is None or former.word in ("silent", "supported", "opposed"):
                may_owe = former is not None and former.may_owe
                positions[point][row["party"]] = Position(row["stance"], may_owe, row["response"])


async def read_stances(reader: Reader, process: str, on: date | None, *, inherited: bool) -> StanceTable:
    """Read the points of a process and the positions on one day."""
    async with reader.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        table = await read_points(connection, process, on)
        await read_positions(connection, table, process, [on or table.today], inherited=inherited)
    return table


@dataclass(frozen=True, slots=True)
class CitedRecord:
    """A citation of a record behind a number."""

    record: str
    citation: str
    source: str
    verdict: str
    locator: str | None
    quote: str | None


async def read_citations(reader: Reader, records: Iterable[str]) -> dict[str, list[CitedRecord]]:
    """The citations of these records (`collection/slug`), by record."""
    pairs = [record.split("/", 1) for record in sorted(set(records))]
    found: dict[str, list[CitedRecord]] = {}
    async with reader.connection() as connection:
        rows = await connection.fetch(sql.CITATIONS, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    for row in rows:
        found.setdefault(row["record"], []).append(
            CitedRecord(row["record"], row["slug"], row["source"], row["verdict"], row["locator"], row["quote"])
        )
    return found
