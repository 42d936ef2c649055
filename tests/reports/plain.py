"""The stances of parties, computed a second time from the dossier files, point by point, without SQL.

The counted answers come from `tests.demands.oracle`, the second implementation of the rules of states.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache, cached_property
from typing import Any

from tests.demands import oracle
from tests.dossier_rows import SHIPPED, every

RESOURCES = ("processes", "parties", "talks", "delegations", "proposals", "demands", "responses", "agreements")
Row = dict[str, Any]

SCORES = {
    "accepted": 2, "accepted_in_part": 1, "conditional": 1, "supported": 1, "under_study": 0, "deferred": 0,
    "undetermined": 0, "countered": -1, "rejected": -2, "opposed": -2,
}  # fmt: skip


class Plain:
    """The records of some dossiers."""

    def __init__(self, records: dict[str, list[Row]], issues: list[Row]) -> None:
        self.world = oracle.World(records)
        self.above = {row["code"]: row.get("broader") for row in issues}
        self.today = date.today()
        self._words: dict[tuple[str, date, bool], dict[str, str]] = {}

    def chain(self, code: str) -> list[str]:
        found = [code]
        while above := self.above[found[-1]]:
            found.append(above)
        return found

    def processes_below(self, process: str) -> set[str]:
        found = {process}
        while more := {s for s, row in self.world.processes.items() if row.get("parent") in found} - found:
            found |= more
        return found

    @cache  # noqa: B019 - the records of a test run
    def points(self, process: str) -> list[Row]:
        """All points of the process, whenever tabled."""
        inside = self.processes_below(process)
        found = []
        for row in self.world.demands.values():
            proposal = self.world.proposals[row["proposal"]]
            is_reference = row["account"] == self.world.reference_account(row["proposal"])
            if proposal["process"] in inside and is_reference and row["act"] not in ("not_demanded", "agenda_item"):
                found.append(row)
        return found

    def first_day(self, point: Row) -> date:
        return oracle.first_day(self.world.tabling(point["proposal"])) or date.min

    def codes(self, point: Row) -> list[str]:
        rows = [row if isinstance(row, dict) else {"issue": row} for row in point.get("issues", ())]
        return [row["issue"] for row in sorted(rows, key=lambda row: not row.get("is_primary"))]

    def primary(self, point: Row) -> str | None:
        rows = [row if isinstance(row, dict) else {"issue": row} for row in point.get("issues", ())]
        if len(rows) == 1 and rows[0].get("is_primary") is None:
            return str(rows[0]["issue"])
        marked = [row["issue"] for row in rows if row.get("is_primary")]
        return marked[0] if marked else rows[0]["issue"] if rows and "is_primary" not in rows[0] else None

    def owners(self, point: Row) -> set[str]:
        on = self.world.tabling(point["proposal"])
        found = set(point["claimants"])
        for party in self.world.parties.values():
            for coalition in point["claimants"]:
                if self.world.is_member(party["slug"], coalition, on):
                    found.add(party["slug"])
            if self.world.bodies(party["slug"], on, "decides", "approves") & set(point["claimants"]):
                found.add(party["slug"])
        return found

    def words(self, point: Row, day: date, inherited: bool = True) -> dict[str, str]:
        """What each party said about the point, or that it was asked and is silent."""
        key = point["slug"], day, inherited
        if key not in self._words:
            self._words[key] = dict(self._said(point, day, inherited))
        return self._words[key]

    def _said(self, point: Row, day: date, inherited: bool) -> Iterator[tuple[str, str]]:
        if self.first_day(point) > day:
            return
        state = oracle.state(self.world, point["slug"], day, inherited=inherited)
        counted = {answer["party"]: answer["counted_as"] for answer in state["answers"]}
        backing: dict[str, str] = {}
        said = [answer for answer in self.world.answers[point["slug"]] if answer.level == oracle.POINT]
        for answer in sorted(said, key=lambda one: one.recency):
            if (
                answer.stance in ("supported", "opposed")
                and not answer.is_piece
                and oracle.counts_on(answer.said_on, day, self.today)
            ):
                backing[answer.speaker] = answer.stance
        asked = set() if point["act"] == "step" else oracle.respondents(self.world, point)
        for party in asked | counted.keys() | backing.keys():
            yield party, counted.get(party) or backing.get(party) or "silent"

    def negotiators(self, process: str) -> list[str]:
        rows = self.world.processes[process].get("parties", ())
        return [row["party"] for row in rows if row["role"] == "negotiating"]

    @cached_property
    def all_processes(self) -> list[str]:
        return sorted(self.world.processes)


def bundled(issues: Iterable[Row]) -> Plain:
    return Plain({collection: every(collection, *SHIPPED) for collection in RESOURCES}, list(issues))
