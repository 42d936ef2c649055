"""A dry run says what a run does: the same faults and the same counts, however far apart lie what leans on each other."""

import json
from typing import Any

import pytest

from tests.ingest.test_imports import ALBA, Desk, counts, lines
from tests.ingest.test_imports import desk as desk

PROCESS = {"collection": "processes", "slug": "alba-talks", "title": "Talks", "kind": "peace"}
PLAN = {"collection": "proposals", "slug": "plan", "title": "Plan", "process": "alba-talks", "kind": "paper",
        "authors": ["alba"]}  # fmt: skip
TALK = {"collection": "talks", "slug": "round-1", "title": "Round 1", "process": "alba-talks"}


def fillers(number: int) -> list[dict[str, Any]]:
    """Lines between others, so that these come into different batches."""
    return [{"collection": "sources", "slug": f"filler-{n}", "title": f"Filler {n}"} for n in range(number)]


async def foreseen_and_done(desk: Desk, body: bytes, **query: Any) -> dict[str, Any]:
    """The summary of a run, of which the dry run before it knew counts and faults; but not what may have been meant."""
    foreseen = await desk.told(body, dry_run=True, on_error="skip", **query)
    done = await desk.told(body, on_error="skip", **query)
    assert counts(foreseen) == counts(done)
    assert [{**violation, "hint": None} for violation in foreseen["faults"]] == [
        {**one, "hint": None} for one in done["faults"]
    ]
    return done


@pytest.mark.parametrize("apart", [5, 1_200])
async def test_what_the_file_itself_brings_is_there_by_any_of_its_names(desk: Desk, apart: int) -> None:
    file = lines(
        {**ALBA, "external_ids": [{"scheme": "gazette", "value": "1"}]},
        {"collection": "issues", "code": "TERR.LINE", "label": "The line"},
        PROCESS,
        {**PLAN, "demands": [{"slug": "nested", "text": "X"}]},
        TALK,
        *fillers(apart),
        {"collection": "people", "slug": "ana", "name": "Ana", "party": "gazette:1"},
        {"collection": "demands", "slug": "later", "proposal": "plan", "text": "Y", "issues": ["terr.line"]},
        {"collection": "responses", "slug": "answer", "demand": "nested", "responder": "alba", "stance": "accepted"},
        {"collection": "delegations", "talk": "round-1", "party": "alba"},
        {"collection": "people", "slug": "boris", "name": "Boris", "party": "gazette:2"},
    )
    done = await foreseen_and_done(desk, file)
    assert counts(done) == (apart + 9, 0, 0, 1)
    assert done["faults"][0]["message"] == "No party has the external id 'gazette:2'"


@pytest.mark.parametrize("links", [3, 40])
async def test_faults_that_hang_on_one_another_are_foreseen_all(desk: Desk, links: int) -> None:
    def demand(slug: str, **more: Any) -> dict[str, Any]:
        return {"collection": "demands", "slug": slug, "proposal": "plan", "text": slug, **more}

    chain = [demand(f"d-{n}", **({"depends_on": [f"d-{n - 1}"]} if n else {"proposal": "none"})) for n in range(links)]
    good = [demand(f"good-{n}") for n in range(30)]
    file = lines(ALBA, PROCESS, PLAN, *chain, *fillers(1_000 - 3 - links), *good)
    assert counts(await foreseen_and_done(desk, file)) == (1_030 - links, 0, 0, links)


@pytest.mark.parametrize("violation", [{"kind": "no such kind"}, {"member_of": [{"party": "nobody"}]}])
async def test_a_batch_that_a_fault_keeps_back_counts_as_little_as_in_a_run(
    desk: Desk, violation: dict[str, Any]
) -> None:
    file = lines(*fillers(1_500), {**ALBA, **violation})
    assert counts(await desk.told(file, dry_run=True)) == counts(await desk.told(file)) == (1_000, 0, 0, 1)


async def test_what_changes_below_a_record_changes_it(desk: Desk) -> None:
    plan = {**PLAN, "demands": [{"slug": "nested", "text": "X"}]}
    assert counts(await foreseen_and_done(desk, lines(ALBA, PROCESS, plan, TALK))) == (4, 0, 0, 0)
    assert counts(await foreseen_and_done(desk, lines(ALBA, PROCESS, plan, TALK))) == (0, 0, 4, 0)
    plan["demands"] = [{"slug": "nested", "text": "Y"}]
    talk = {**TALK, "delegations": [{"party": "alba", "size": 3}]}
    assert counts(await foreseen_and_done(desk, lines(ALBA, PROCESS, plan, talk))) == (0, 2, 2, 0)
    stored = (await desk.client.get("/v1/demands/nested")).json()
    assert stored["text"] == "Y", json.dumps(stored)


async def test_a_dry_run_lists_the_values_that_would_change(desk: Desk) -> None:
    await desk.told(lines(ALBA, PROCESS, PLAN))
    file = lines(
        ALBA,
        {**PLAN, "title": "Better plan", "notes": ["new"]},
        {**PROCESS, "summary": "Long", "parties": [{"party": "alba", "role": "host"}]},
        {**PROCESS, "slug": "other-talks"},
    )
    for _ in range(2):
        summary = await desk.told(file, dry_run=True)
        assert [(one["line"], one["collection"], one["slug"]) for one in summary["changes"]] == [
            (2, "proposals", "plan"),
            (3, "processes", "alba-talks"),
        ]
        plan, process = (one["changes"] for one in summary["changes"])
        assert {"op": "replace", "pointer": "/title", "from": "Plan", "to": "Better plan"} in plan
        assert {"op": "add", "pointer": "/summary", "from": None, "to": "Long"} in process
        assert summary["changes_not_listed"] == 0
    assert (await desk.told(file))["changes"] == []
    assert (await desk.told(file, dry_run=True))["changes"] == []
