"""Made-up worlds: the API agrees with the oracle, the stored spans with the rules, and the rules with their purpose."""

import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Server, Templates, keyed
from tests.demands import oracle
from tests.demands.comparing import differing, states
from tests.demands.worlds import (
    COALITIONS,
    DAYS,
    MARK,
    STATES,
    World,
    dossier,
    named,
    responses,
    worlds,
    worlds_with_blocs,
    worlds_with_chambers,
    wrapped,
)

TODAY = date.today().isoformat()
ALL_DAYS = [*DAYS, TODAY]
#: The same worlds in every run: a difference belongs to the change that made it.
SETTINGS = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@dataclass
class Ledger:
    """One ledger for all worlds of this module: each has a prefix of its own."""

    client: httpx.AsyncClient
    psql: Any
    numbers: "count[int]" = field(default_factory=lambda: count(1000))
    unlike: int = 0

    async def post(self, world: World) -> str:
        """Write the world; gives its prefix."""
        prefix = f"w{next(self.numbers)}"
        written = await self.client.post("/v1/dossiers", json=dossier(world, prefix))
        assert written.status_code == 200, written.text
        return prefix

    async def states(self, prefix: str, day: str, *, inherited: bool = True) -> dict[str, oracle.Row]:
        return await states(self.client, process=f"{prefix}-process", state_on=day, inherited=inherited)

    async def new_differences(self) -> int:
        """How many stored spans differ from what the rules derive, without those of worlds that failed before."""
        before, self.unlike = self.unlike, await self.psql.fetchval("SELECT count(*) FROM state.differences()")
        return self.unlike - before


@pytest.fixture(scope="module")
async def ledger(server: Server, templates: Templates) -> AsyncIterator[Ledger]:
    async with keyed(server, templates.empty) as client:
        psql = await asyncpg.connect(str(client.state.ledger.url))
        yield Ledger(client, psql)
        await psql.close()


def plainly(found: Any, prefix: str) -> Any:
    """States without the prefix of their world, to compare them with those of another one."""
    if isinstance(found, dict):
        return {plainly(key, prefix): plainly(value, prefix) for key, value in found.items()}
    if isinstance(found, list):
        return [plainly(value, prefix) for value in found]
    return found.replace(f"{prefix}-", MARK) if isinstance(found, str) else found


def check_no_party_owes_what_it_gave(found: dict[str, oracle.Row]) -> None:
    for slug, state in found.items():
        answered = {row["party"] for row in state["answers"] if row["counted_as"] != "no_comment"}
        assert not answered & set(state["owing"]), slug


@settings(SETTINGS, max_examples=27)
@given(world=worlds() | worlds_with_chambers() | worlds_with_blocs())
async def test_the_api_and_the_stored_spans_agree_with_the_oracle(ledger: Ledger, world: World) -> None:
    prefix = await ledger.post(world)
    rules = oracle.World(named(world, prefix))
    for day in ("2020-03-05", "2020-03-31", "2020-05-01", TODAY):
        for inherited in (True, False):
            found = await ledger.states(prefix, day, inherited=inherited)
            assert found.keys() == rules.demands.keys()
            for slug, state in found.items():
                expected = oracle.state(rules, slug, date.fromisoformat(day), inherited=inherited)
                assert not differing(state, expected), (slug, day, inherited)
            check_no_party_owes_what_it_gave(found)
    assert await ledger.new_differences() == 0


@settings(SETTINGS, max_examples=8)
@given(data=st.data(), world=worlds(), day=st.sampled_from(ALL_DAYS))
async def test_an_answer_never_makes_its_speaker_owe(
    ledger: Ledger, data: st.DataObject, world: World, day: str
) -> None:
    earlier = [row["slug"] for row in world["responses"]]
    answer = data.draw(responses(world["proposals"], world["demands"], f"{MARK}answer-new", earlier))
    prefix = await ledger.post(world)
    before = await ledger.states(prefix, day)
    [body] = named({"responses": [answer]}, prefix)["responses"]
    assert (await ledger.client.post("/v1/responses", json=body)).status_code == 201
    after = await ledger.states(prefix, day)
    for slug, state in after.items():
        assert body["responder"] not in set(state["owing"]) - set(before[slug]["owing"]), slug
    assert await ledger.new_differences() == 0


@settings(SETTINGS, max_examples=6)
@given(world=worlds(), day=st.sampled_from(ALL_DAYS), inherited=st.booleans())
async def test_how_deep_the_parts_lie_changes_nothing(ledger: Ledger, world: World, day: str, inherited: bool) -> None:
    flat, deep = await ledger.post(world), await ledger.post(wrapped(world))
    found = plainly(await ledger.states(flat, day, inherited=inherited), flat)
    assert plainly(await ledger.states(deep, day, inherited=inherited), deep) == found


@settings(SETTINGS, max_examples=6)
@given(
    world=worlds(),
    party=st.sampled_from(STATES),
    stance=st.sampled_from(["accepted", "rejected", "conditional", "countered", "declared_moot"]),
)
async def test_a_coalition_never_hides_what_a_member_expressly_says(
    ledger: Ledger, world: World, party: str, stance: str
) -> None:
    [coalition, *_] = COALITIONS
    world = copy.deepcopy(world)
    world["demands"][0].update(act="demand", claimants=["§crowd"], addressees=[coalition])
    for row in world["parties"]:
        row.pop("speaks_for", None)
        if row["slug"] == party:
            row["member_of"] = [{"party": coalition}]
    point = world["demands"][0]["slug"]
    answer = {"slug": f"{MARK}member", "demand": point, "responder": party, "stance": stance, "said_on": "2020-12-01"}
    world["responses"].append(answer)
    prefix = await ledger.post(world)
    state = plainly(await ledger.states(prefix, TODAY), prefix)[point]
    if state["word"] == "not_yet":
        return
    settled = {row["counted_as"] for row in state["answers"]} - {"undetermined", "no_comment"}
    assert stance in settled
    assert state["word"] == "mixed" if len(settled) > 1 else state["word"] in (stance, f"{stance}_by_some")
