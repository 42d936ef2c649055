"""The worked examples of the rules, on the bundled records: one test a row."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.demands.comparing import everything, plain
from tests.demands.oracle import Row

LATER = "2026-06-30"


@dataclass(frozen=True)
class Example:
    """What a row of the table says; what it says nothing of is left out and not checked."""

    demand: str
    day: str
    word: str | None
    owing: tuple[str, ...] | None = None
    spared: tuple[str, ...] = ()
    answers: dict[str, str] | None = None
    others: dict[str, str] | None = None
    closed: tuple[str, str] | None = None
    fulfilment: str | None = None
    is_implied: bool | None = None

    def __str__(self) -> str:
        return f"{self.demand} on {self.day}"


EXAMPLES = [
    Example("us-28-point-plan-2025-2", LATER, "conditional", owing=(),
            answers={"european-union": "conditional", "russia": "conditional", "ukraine": "conditional"}),
    Example("us-28-point-plan-2025-3", "2025-12-10", "conditional", owing=("nato",), others={"e3": "rejected"}),
    Example("us-28-point-plan-2025-8", "2025-12-10", "open", owing=("nato",), others={"e3": "countered"}),
    Example("us-28-point-plan-2025-8", LATER, "open", owing=(), closed=("2025-12-24", "superseded")),
    Example("us-28-point-plan-2025-21", LATER, "mixed", answers={"russia": "conditional", "ukraine": "rejected"}),
    Example("us-20-point-plan-gaza-2025-1", "2025-10-01", "under_study"),
    Example("us-20-point-plan-gaza-2025-1", "2025-10-04", "undetermined"),
    Example("us-20-point-plan-gaza-2025-1", LATER, "conditional"),
    Example("us-20-point-plan-gaza-2025-3", "2025-10-04", "accepted_by_some",
            answers={"israel": "accepted", "hamas": "undetermined"}),
    Example("us-20-point-plan-gaza-2025-3", LATER, "mixed", answers={"israel": "accepted", "hamas": "conditional"}),
    Example("us-20-point-plan-gaza-2025-10", LATER, "mixed", spared=("palestinian-islamic-jihad", "pflp"),
            answers={"hamas": "conditional", "israel": "accepted"}),
    Example("joint-plan-of-action-2013-right", LATER, "mixed",
            answers={"p5-plus-1": "accepted", "united-states": "rejected"}),
    Example("russian-memorandum-2025-06-02-iii-3", LATER, "accepted", owing=(), fulfilment="done"),
    Example("russian-memorandum-2025-06-02-ii-2-8", "2025-06-03", "under_study"),
    Example("russian-memorandum-2025-06-02-ii-2-8", "2025-06-05", "rejected"),
    Example("e3-counter-proposal-2025-1", LATER, None, owing=(), answers={}),
    Example("lausanne-parameters-2015-1", LATER, "accepted", owing=(), answers={"iran": "accepted"}, is_implied=True),
    # Each refused one of the guarantors that the point lists, and not the point.
    Example("draft-treaty-2022-04-15-2", LATER, "undetermined", owing=("prospective-guarantor-states",),
            answers={"russia": "undetermined", "ukraine": "undetermined"}),
    Example("draft-treaty-2022-04-15-3", LATER, "accepted_by_some", owing=("prospective-guarantor-states",),
            answers={"ukraine": "accepted"}),
    Example("us-ukrainian-20-point-plan-2025-4", LATER, "no_comment", owing=("european-union", "nato", "russia"),
            answers={"russia": "no_comment"}),
    Example("final-agreement-2016-08-1", "2016-10-01", "accepted"),
    Example("final-agreement-2016-08-1", "2016-10-02", "mixed",
            answers={"colombia-government": "rejected", "farc-ep": "accepted"}),
]  # fmt: skip


async def state(client: httpx.AsyncClient, slug: str, **asked: Any) -> Row:
    got = await client.get(f"/v1/demands/{slug}", params=asked)
    assert got.status_code == 200, got.text
    return plain(got.json()["state"])


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
async def test_the_example_is_as_the_rules_say(client: httpx.AsyncClient, example: Example) -> None:
    found = await state(client, example.demand, state_on=example.day)
    assert found["word"] == example.word
    assert not set(found["owing"]) & set(example.spared)
    if example.owing is not None:
        assert found["owing"] == list(example.owing)
    if example.answers is not None:
        assert {row["party"]: row["counted_as"] for row in found["answers"]} == example.answers
    if example.others is not None:
        assert {row["party"]: row["stance"] for row in found["others"]} == example.others
    if example.closed is not None:
        assert (found["closed"]["on"], found["closed"]["how"]) == example.closed
    if example.fulfilment is not None:
        assert found["fulfilment"] == example.fulfilment
    if example.is_implied is not None:
        assert {row["is_implied"] for row in found["answers"]} == {example.is_implied}


@pytest.mark.parametrize("day", ["2025-11-25", "2025-12-10", LATER])
async def test_who_answered_the_whole_plan_owes_on_no_point(client: httpx.AsyncClient, day: str) -> None:
    plan = {"proposal": "us-28-point-plan-2025"}
    answers = await everything(client, "responses", **plan, target="proposal", said_to=day, fields="responder,stance")
    spoke = {row["responder"]["slug"] for row in answers if row["stance"] not in ("supported", "opposed", "no_comment")}
    points = await everything(client, "demands", **plan, include="state", state_on=day, fields="slug,state")
    assert len(points) == 28 and {"russia", "ukraine"} <= spoke
    for row in points:
        assert not spoke & set(plain(row["state"])["owing"]), row["slug"]
