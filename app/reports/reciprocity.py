"""Comparative reciprocity: whether a party's moves in one round follow the difference between its own moves and the other
side's moves in the round before (Druckman and Harris 1990). The pairs of numbers are shown, not tested."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise, permutations
from typing import Any

from pydantic import BaseModel, Field

from app.db.days import EARLIEST
from app.reports import descriptions
from app.reports.concession_steps import Step

#: Pairs of parties with fewer rounds are not shown.
FEWEST_ROUNDS = 3


class Round(BaseModel):
    """A round of two parties: from a talk at which both sat to the next one."""

    talks: list[str] = Field(
        description="The slugs of the talks that begin the round; several if they began on the same day.",
        examples=[["istanbul-2025-06-02"]],
    )
    first_on: date = Field(description=descriptions.ROUND_START, examples=["2025-06-02"])
    last_on: date = Field(description="The last day of the round.", examples=["2025-07-22"])
    own: int = Field(description="The softer less the harder statements of `party` in the round.", examples=[0])
    others: int = Field(description="The same of `other`.", examples=[-1])


class ReciprocityPair(BaseModel):
    """The moves of a party in a round, and the difference of the moves in the round before."""

    first_on: date = Field(description=descriptions.ROUND_START, examples=["2025-07-23"])
    difference: int = Field(description="`others` − `own` of the round before.", examples=[-1])
    response: int = Field(description="`own` of this round.", examples=[0])


class Reciprocity(BaseModel):
    """The rounds of a party with another one."""

    party: str = Field(description=descriptions.PARTY, examples=["russia"])
    other: str = Field(description=descriptions.OTHER_PARTY, examples=["ukraine"])
    rounds: list[Round] = Field(description="The rounds, the oldest first.")
    pairs: list[ReciprocityPair] = Field(description="A pair of numbers for each round but the first.")


@dataclass(slots=True)
class _Sitting:
    on: date
    talks: list[str] = field(default_factory=list)


def compare_moves(
    steps: Sequence[Step], sittings: Iterable[Mapping[str, Any]], last: date, shown: set[str] | None
) -> list[dict[str, Any]]:
    """The rounds and pairs of all parties that sat together in enough rounds and moved in one of them. `sittings`: the rows
    of the statement SITTINGS; `last`: the day of the report; `shown`: only these parties (None = all)."""
    rows = list(sittings)
    moved = sorted({step.party for step in steps} | {party for row in rows for party in row["parties"]})
    found = []
    for party, other in permutations([one for one in moved if shown is None or one in shown], 2):
        rounds: list[dict[str, Any]] = [
            {
                "talks": sitting.talks,
                "first_on": sitting.on.isoformat(),
                "last_on": until.isoformat(),
                "own": _net(steps, party, sitting.on, until),
                "others": _net(steps, other, sitting.on, until),
            }
            for sitting, until in _rounds(rows, party, other, last)
        ]
        if len(rounds) >= FEWEST_ROUNDS and any(_moved(steps, (party, other), rounds[0]["first_on"])):
            pairs = [
                {"first_on": now["first_on"], "difference": before["others"] - before["own"], "response": now["own"]}
                for before, now in pairwise(rounds)
            ]
            found.append({"party": party, "other": other, "rounds": rounds, "pairs": pairs})
    return found


def _rounds(rows: Iterable[Mapping[str, Any]], party: str, other: str, last: date) -> Iterator[tuple[_Sitting, date]]:
    """The sittings of two parties, each with the last day before the next one."""
    sittings: list[_Sitting] = []
    for row in rows:
        if party in row["parties"] and other in row["parties"] and row["on"] > EARLIEST:
            if not sittings or sittings[-1].on != row["on"]:
                sittings.append(_Sitting(row["on"]))
            sittings[-1].talks.append(row["slug"])
    for sitting, following in pairwise(sittings):
        yield sitting, following.on - timedelta(days=1)
    if sittings:
        yield sittings[-1], last


def _net(steps: Iterable[Step], party: str, first: date, last: date) -> int:
    """The number of softer statements less that of harder ones."""
    own = {(step.direction, step.statement) for step in steps if step.party == party and first <= step.on <= last}
    return sum((direction == "soft") - (direction == "hard") for direction, _ in own)


def _moved(steps: Iterable[Step], parties: tuple[str, str], first: str) -> Iterator[bool]:
    for step in steps:
        yield step.party in parties and step.on.isoformat() >= first and step.direction in ("soft", "hard")
