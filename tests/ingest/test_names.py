"""By what a line means a record, and what becomes of a file that names one record twice, or by a name of before."""

from typing import Any

import pytest

from tests.ingest.test_dry_runs import PLAN, PROCESS, fillers
from tests.ingest.test_imports import ALBA, Desk, counts, lines
from tests.ingest.test_imports import desk as desk

IDS = [{"scheme": "gazette", "value": "1"}]
BY_ID = {"collection": "parties", "external_ids": IDS, "name": "Alba", "kind": "state"}
APART = pytest.mark.parametrize("apart", [3, 3_500])


async def sent_twice(desk: Desk, body: bytes, **query: Any) -> dict[str, Any]:
    """The summary of a file with one faulty line; sent again it changes nothing."""
    told = await desk.told(body, on_error="skip", **query)
    assert told["faulty"] == 1, told
    revision = await desk.revision()
    again = await desk.told(body, on_error="skip", **query)
    assert (counts(again)[:2], again["faulty"]) == ((0, 0), 1)
    assert await desk.revision() == revision
    return told


@APART
@pytest.mark.parametrize("mode", ["merge", "replace"])
async def test_two_lines_that_mean_one_stored_record_are_one_too_many(desk: Desk, mode: str, apart: int) -> None:
    await desk.told(lines({**ALBA, "external_ids": IDS}))
    by_slug = {**ALBA, "name": "Alba B", "external_ids": IDS}
    told = await sent_twice(desk, lines(by_slug, *fillers(apart), {**BY_ID, "name": "A"}), mode=mode)
    assert told["faults"][0]["message"] == "Line 1 has the same name, 'gazette:1'"


@APART
async def test_so_are_two_of_which_only_the_ledger_knows_that_they_mean_one(desk: Desk, apart: int) -> None:
    await desk.told(lines({**ALBA, "external_ids": IDS}))
    told = await sent_twice(desk, lines({**ALBA, "name": "B"}, *fillers(apart), {**BY_ID, "name": "A"}))
    assert told["faults"][0]["message"] == "Line 1 is for the same record"
    assert (await desk.client.get("/v1/parties/alba")).json()["name"] == "B"


@APART
async def test_a_new_record_is_told_once(desk: Desk, apart: int) -> None:
    told = await sent_twice(desk, lines({**ALBA, "external_ids": IDS}, *fillers(apart), BY_ID))
    assert told["faults"][0]["line"] == apart + 2
    assert (await desk.client.get("/v1/parties?count=exact")).json()["page"]["count"]["value"] == 1


@APART
async def test_a_record_inside_another_is_not_told_by_itself_too(desk: Desk, apart: int) -> None:
    plan = {**PLAN, "demands": [{"slug": "d", "text": "X"}]}
    other = {"collection": "demands", "slug": "d", "proposal": "plan", "text": "Y"}
    told = await sent_twice(desk, lines(ALBA, PROCESS, plan, *fillers(apart), other))
    assert told["faults"][0]["message"] == "Line 3 has the same name, 'd'"
    assert (await desk.client.get("/v1/demands/d")).json()["text"] == "X"


async def test_two_records_may_bear_one_identifier(desk: Desk) -> None:
    told = await desk.told(lines({**ALBA, "external_ids": IDS}, {**ALBA, "slug": "other", "external_ids": IDS}))
    assert counts(told) == (2, 0, 0, 0)
