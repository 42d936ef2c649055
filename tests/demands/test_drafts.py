"""Texts under negotiation: how far a point has been agreed and how far it binds, who backs it, and what was counted."""

import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Client, Server, Templates, keyed
from tests.ingest.test_dossier_export import carried, empty_ledger

MATERIAL = Path(__file__).parents[1] / "material" / "any_negotiation" / "drafts.json"
PROCESS = "harbour-climate"


@pytest.fixture(scope="module")
async def conference(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """A made-up climate conference, for reading."""
    async with keyed(server, templates.empty) as client:
        await bring(client)
        yield client


@pytest.fixture
async def own_conference(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The same in a database of the test's own, for writing."""
    async with keyed(server, templates.empty) as client:
        await bring(client)
        yield client


async def bring(client: Client) -> None:
    got = await client.post("/v1/dossiers", json=json.loads(MATERIAL.read_text()))
    assert got.status_code == 200, got.text


async def slugs(client: Client, query: str, collection: str = "demands") -> list[str]:
    got = await client.get(f"/v1/{collection}?{query}&sort=slug")
    assert got.status_code == 200, got.text
    return [row["slug"] for row in got.json()["data"]]


async def refused(client: Client, method: str, path: str, body: Any) -> list[tuple[str, str]]:
    got = await client.request(method, f"/v1/{path}", json=body)
    assert got.status_code in (409, 422), got.text
    return [(error["pointer"], error["message"]) for error in got.json()["errors"]]


async def test_a_dossier_comes_back_byte_for_byte(conference: Client, server: Server, templates: Templates) -> None:
    async with empty_ledger(server, templates) as there:
        document = json.loads(await carried(conference, there, PROCESS))
    first, _ = document["records"]["proposals"]
    account = first["accounts"][0]
    assert (account["brackets"], account["options"], account["pages"]) == (212, 3, 31)
    assert document["records"]["demands"][0]["backers"] == ["low-islands", "high-plain"]


async def test_status_and_force_of_points_are_filters_and_facets(conference: Client) -> None:
    assert await slugs(conference, "text_status=bracketed") == ["harbour-1"]
    assert await slugs(conference, "force=should") == ["harbour-2a", "harbour-second-1"]
    assert await slugs(conference, "force=null") == ["harbour-3"]
    assert await slugs(conference, "text_status.none=alternative,agreed") == ["harbour-1", "harbour-3"]
    got = (await conference.get("/v1/demands?limit=0&facets=text_status,force")).json()["facets"]
    counts = {name: {row["value"]: row["count"] for row in facet["values"]} for name, facet in got.items()}
    assert counts == {
        "text_status": {"alternative": 2, "agreed": 2, "bracketed": 1, "placeholder": 1},
        "force": {"should": 2, "shall": 1, "may": 1, "none": 1, None: 1},
    }


async def test_how_a_text_was_cleared_can_be_read_from_its_accounts(conference: Client) -> None:
    counts = []
    for slug in ("harbour-draft-1", "harbour-draft-2"):
        (account,) = (await conference.get(f"/v1/proposals/{slug}")).json()["accounts"]
        counts.append((account["brackets"], account["options"], account["pages"]))
    assert counts == [(212, 3, 31), (0, 0, 17)]


async def test_a_backer_is_neither_a_claimant_nor_owes_an_answer(conference: Client) -> None:
    point = (await conference.get("/v1/demands/harbour-1?state_on=2021-05-05")).json()
    assert [party["slug"] for party in point["backers"]] == ["low-islands", "high-plain"]
    assert [party["slug"] for party in point["claimants"]] == ["river-union"]
    assert [owing["slug"] for owing in point["state"]["owing"]] == ["north-coast", "south-coast"]
    assert await slugs(conference, "claimant=low-islands") == []


async def test_backers_are_found_as_claimants_are(conference: Client) -> None:
    assert await slugs(conference, "backer=low-islands") == ["harbour-1", "harbour-2a"]
    assert await slugs(conference, "backer=high-plain&part=money-2") == ["harbour-2b"]
    assert await slugs(conference, "backer.none=low-islands,high-plain") == [
        "harbour-3", "harbour-4", "harbour-second-1"
    ]  # fmt: skip
    assert await slugs(conference, "backer=null") == ["harbour-3", "harbour-4", "harbour-second-1"]
    assert await slugs(conference, "party=low-islands") == ["harbour-1", "harbour-2a"]
    # North Coast joined the island group between the two drafts; the islands were in it all the time.
    assert await slugs(conference, "backer.members=island-group") == ["harbour-1", "harbour-2a"]
    facet = (await conference.get("/v1/demands?limit=0&facets=backer")).json()["facets"]["backer"]["values"]
    assert {row["value"]: row["count"] for row in facet} == {"low-islands": 2, "high-plain": 2, None: 3}


async def test_backers_are_a_long_table(conference: Client) -> None:
    got = await conference.get("/v1/demands?format=csv&rows=backer&bom=false&sort=slug")
    assert got.status_code == 200, got.text
    assert [row["slug"] for row in csv.DictReader(got.text.splitlines())] == [
        "harbour-1",
        "harbour-1",
        "harbour-2a",
        "harbour-2b",
    ]


async def test_what_a_backer_and_a_count_cannot_be_is_named(own_conference: Client) -> None:
    new: dict[str, Any] = {"proposal": "harbour-draft-2", "text": "X"}
    wrong = {**new, "backers": ["high-plain", "river-union"]}
    ((pointer, message),) = await refused(own_conference, "POST", "demands", wrong)
    assert (pointer, message) == (
        "/backers/1",
        "A party that makes the demand 'harbour-draft-2-point' cannot also be one of its backers",
    )
    twice = {**new, "backers": ["high-plain", "high-plain"]}
    assert [pointer for pointer, _ in await refused(own_conference, "POST", "demands", twice)] == ["/backers"]
    for name, value in (("text_status", "open"), ("force", "must"), ("backers", ["nobody"])):
        errors = await refused(own_conference, "POST", "demands", {**new, name: value})
        assert [pointer.split("/")[1] for pointer, _ in errors] == [name]
    account = {"slug": "harbour-draft-2-text", "brackets": -1, "options": 1.5, "pages": "17"}
    errors = await refused(own_conference, "PATCH", "proposals/harbour-draft-2", {"accounts": [account]})
    assert sorted(pointer for pointer, _ in errors) == [
        f"/accounts/0/{name}" for name in ("brackets", "options", "pages")
    ]


async def test_a_merge_never_makes_a_claimant_its_own_backer(own_conference: Client) -> None:
    merge = {"into": "river-union"}
    errors = await refused(own_conference, "POST", "parties/high-plain/merge", merge)
    assert errors[0] == ("/into", "The demand 'harbour-1' would be backed by the party that makes it")


async def test_undoing_a_withdrawal_never_makes_a_claimant_its_own_backer(own_conference: Client) -> None:
    withdrawn = await own_conference.delete("/v1/proposals/harbour-draft-1?reason=coded twice")
    assert withdrawn.status_code == 204, withdrawn.text
    merge = {"into": "river-union"}
    refusal = await own_conference.post("/v1/parties/high-plain/merge", json=merge)
    assert refusal.status_code == 409, refusal.text
    error = refusal.json()["errors"][0]
    assert error["message"] == "The demand 'harbour-1' would be backed by the party that makes it"
    assert error["hint"] == (
        "First undo the withdrawal of the demand 'harbour-1', then correct its claimants or its backers."
    )
    # The hint can be followed.
    undone = await own_conference.post(f"/v1/revisions/{withdrawn.headers['parley-revision']}/undo")
    assert undone.status_code == 201, undone.text


async def test_merged_backers_are_one_and_an_undo_brings_both_back(own_conference: Client) -> None:
    before = (await own_conference.get("/v1/demands/harbour-1")).json()["backers"]
    merged = await own_conference.post("/v1/parties/high-plain/merge", json={"into": "low-islands"})
    assert merged.status_code == 200, merged.text
    assert [one["slug"] for one in (await own_conference.get("/v1/demands/harbour-1")).json()["backers"]] == [
        "low-islands"
    ]
    undone = await own_conference.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo")
    assert undone.status_code == 201, undone.text
    assert (await own_conference.get("/v1/demands/harbour-1")).json()["backers"] == before


async def test_the_past_has_the_backers_of_its_time(own_conference: Client) -> None:
    then = (await own_conference.get("/v1/changes")).headers["parley-revision"]
    changed = await own_conference.patch(
        "/v1/demands/harbour-1", json={"backers": [], "text_status": "agreed", "force": "should"},
    )  # fmt: skip
    assert changed.status_code == 200, changed.text
    assert await slugs(own_conference, "text_status=bracketed") == []
    assert await slugs(own_conference, f"text_status=bracketed&backer=low-islands&as_of={then}") == ["harbour-1"]
