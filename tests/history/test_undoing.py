"""A merge taken back: everything is as it was, and nothing that came later is lost."""

import json
from typing import Any

import httpx
import pytest

from app.db.versioned import versioned_tables
from app.registry import RESOURCES
from tests.history.conftest import Session, head
from tests.history.random_writes import Writes
from tests.history.test_merging import made, merge, read

MERGEABLE = [collection.name for collection in RESOURCES if collection.kind.is_mergeable]


async def rows(session: Session) -> dict[str, list[Any]]:
    """All rows of all tables of the domain, but for what each write stamps."""
    found = {}
    for table in versioned_tables():
        stamps = "'{rev_from,row_version,updated_at}'::text[]"
        every = await session.fetch(f'SELECT (to_jsonb(t) - {stamps})::text AS row FROM "{table.table}" t ORDER BY 1')
        found[table.table] = [json.loads(one["row"]) for one in every]
    return found


async def undo(client: httpx.AsyncClient, revision: int, **query: Any) -> httpx.Response:
    return await client.post(f"/v1/revisions/{revision}/undo", params=query)


async def merged(client: httpx.AsyncClient, collection: str, key: str, into: str) -> int:
    answer = await merge(client, collection, key, into)
    assert answer.status_code == 200, answer.text
    return int(answer.headers["parley-revision"])


async def lists(client: httpx.AsyncClient) -> dict[str, list[dict[str, Any]]]:
    return {
        collection.name: (await read(client, f"/v1/{collection.name}", limit=500))["data"] for collection in RESOURCES
    }


async def lines(client: httpx.AsyncClient) -> dict[str, list[dict[str, Any]]]:
    """All collections as NDJSON has them, but for what each write stamps."""
    found = {}
    for collection in RESOURCES:
        answer = await client.get(f"/v1/{collection.name}?format=ndjson")
        records = [json.loads(line) for line in answer.text.splitlines()]
        found[collection.name] = [{**record, "updated_at": None, "row_version": None} for record in records]
    return found


@pytest.mark.parametrize("seed", range(2))
async def test_after_a_merge_and_its_undoing_everything_reads_as_before(
    world_client: httpx.AsyncClient, psql: Session, seed: int
) -> None:
    writes = Writes(seed, world_client, psql)
    merges = 0
    found = await lists(world_client)
    for _ in range(8):
        for _ in range(8):
            await writes.one(found)
        found = await lists(world_client)
        collection = writes.draw.choice([name for name in MERGEABLE if len(found[name]) > 1])
        lost, kept = writes.draw.sample([row["slug"] for row in found[collection]], 2)
        stored, told = await rows(psql), await lines(world_client)
        answer = await merge(world_client, collection, lost, kept)
        if answer.status_code != 200:
            assert answer.status_code in (409, 422), answer.text
            assert await rows(psql) == stored
            continue
        merges += 1
        moved = await world_client.get(f"/v1/{collection}/{lost}")
        assert (moved.status_code, moved.headers["location"]) == (308, f"/v1/{collection}/{kept}")
        undone = await undo(world_client, int(answer.headers["parley-revision"]))
        assert undone.status_code == 201, undone.text
        assert await rows(psql) == stored
        assert await lines(world_client) == told
    assert merges >= 3


async def test_what_was_changed_elsewhere_since_stays(world_client: httpx.AsyncClient) -> None:
    await made(world_client, "people", slug="anna", name="Anna", notes=["seen once"])
    revision = await merged(world_client, "people", "anna", "ana")
    await world_client.patch("/v1/parties/alba", json={"summary": "a state by the sea"})
    undone = await undo(world_client, revision, message="they were two")
    assert (undone.status_code, undone.json()["message"]) == (201, "they were two")
    assert undone.headers["location"] == f"/v1/revisions/{undone.json()['number']}"
    assert (await read(world_client, undone.headers["location"])) == undone.json()
    assert (await read(world_client, "/v1/parties/alba"))["summary"] == "a state by the sea"
    assert (await read(world_client, "/v1/people/anna"))["notes"] == ["seen once"]
    assert (await read(world_client, "/v1/people/ana"))["notes"] == []


async def test_a_record_that_was_only_touched_may_change_since(world_client: httpx.AsyncClient) -> None:
    await made(world_client, "parties", slug="borea", name="Borea", kind="state")
    await world_client.patch("/v1/demands/plan-6", json={"addressees": ["borea"]})
    revision = await merged(world_client, "parties", "borea", "boria")
    await world_client.patch("/v1/demands/plan-6", json={"text": "Borea opens its port"})
    assert (await undo(world_client, revision)).status_code == 201
    demand = await read(world_client, "/v1/demands/plan-6")
    assert (demand["text"], demand["addressees"][0]["slug"]) == ("Borea opens its port", "borea")


async def test_what_the_merge_changed_and_somebody_since_is_refused(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    await made(world_client, "people", slug="anna", name="Anna", summary="An envoy.")
    revision = await merged(world_client, "people", "anna", "ana")
    await world_client.patch("/v1/people/ana", json={"summary": "The envoy."})
    stored = await rows(psql)
    answer = await undo(world_client, revision)
    (error,) = answer.json()["errors"]
    assert answer.status_code == 409
    assert error["message"] == f"`summary` of people/ana was changed by revision {revision + 1}"
    assert error["hint"].startswith("Correct the record by hand")
    assert await rows(psql) == stored
    await world_client.patch("/v1/people/ana", json={"summary": "An envoy."})
    assert (await undo(world_client, revision)).status_code == 201


async def test_merges_are_undone_from_the_last_to_the_first(world_client: httpx.AsyncClient, psql: Session) -> None:
    for slug in ("anna", "anne"):
        await made(world_client, "people", slug=slug, name=slug.title())
    stored = await rows(psql)
    first = await merged(world_client, "people", "anna", "anne")
    second = await merged(world_client, "people", "anne", "ana")
    assert (await world_client.get("/v1/people/anna")).headers["location"] == "/v1/people/ana"
    refused = (await undo(world_client, first)).json()["errors"]
    assert {error["hint"] for error in refused} >= {f"Undo that revision first: POST /v1/revisions/{second}/undo."}
    assert (await undo(world_client, second)).status_code == 201
    assert (await world_client.get("/v1/people/anna")).headers["location"] == "/v1/people/anne"
    assert (await undo(world_client, first)).status_code == 201
    assert await rows(psql) == stored
    again = (await undo(world_client, first)).json()
    told = f"Revision {first} was already undone by revision {await head(psql)}."
    assert (again["status"], again["detail"]) == (409, told)


async def test_only_merges_and_withdrawals_can_be_undone(world_client: httpx.AsyncClient, psql: Session) -> None:
    assert (await undo(world_client, 1)).json()["detail"] == (
        "Revision 1 is neither a merge nor a withdrawal; only these can be undone."
    )
    assert (await undo(world_client, 10_000)).status_code == 404
    assert (await undo(world_client, 0)).status_code == 422
    assert (await world_client.post("/v1/revisions/1/undo", json={"message": "why"})).status_code == 422
    await made(world_client, "people", slug="anna", name="Anna")
    revision = await merged(world_client, "people", "anna", "ana")
    plan = (await undo(world_client, revision, dry_run="true")).json()
    assert {(one["slug"], one["action"]) for one in plan["records"]} == {("ana", "change"), ("anna", "restore")}
    assert await head(psql) == revision


async def test_what_the_merge_did_not_change_may_be_changed_since(world_client: httpx.AsyncClient) -> None:
    lost = {"slug": "borea", "name": "Borea", "kind": "state", "names": [{"text": "Boreas"}, {"text": "Borée"}]}
    await made(world_client, "parties", **lost, notes=["coded once"])
    await made(world_client, "parties", slug="bora", name="Bora", kind="state", names=[{"text": "Bòra"}])
    revision = await merged(world_client, "parties", "borea", "bora")
    since = {"countries": ["BO"], "summary": "A wind.", "slug": "bora-2"}
    assert (await world_client.patch("/v1/parties/bora", json=since)).status_code == 200
    undone = await undo(world_client, revision)
    assert undone.status_code == 201, undone.text
    kept = await read(world_client, "/v1/parties/bora-2")
    assert (kept["countries"], kept["summary"], kept["notes"]) == (["BO"], "A wind.", [])
    assert [name["text"] for name in kept["names"]] == ["Bòra"]
    again = await read(world_client, "/v1/parties/borea")
    assert [name["text"] for name in again["names"]] == ["Boreas", "Borée"]


async def test_a_withdrawal_is_taken_back_with_all_that_went_with_it(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    stored, told = await rows(psql), await lines(world_client)
    gone = await world_client.delete("/v1/proposals/plan", params={"reason": "coded twice"})
    assert gone.status_code == 204, gone.text
    revision = await head(psql)
    assert (await world_client.get("/v1/demands/plan-6")).status_code == 410
    undone = await undo(world_client, revision)
    assert undone.status_code == 201, undone.text
    assert await rows(psql) == stored
    assert await lines(world_client) == told
    assert {change["action"] for change in undone.json()["changes"]} == {"restore"}
    history = await read(world_client, "/v1/proposals/plan/history")
    assert [one["action"] for one in history["data"]][:2] == ["restore", "withdraw"]
    again = (await undo(world_client, revision)).json()
    assert again["detail"] == f"Revision {revision} was already undone by revision {revision + 1}."


async def test_what_hangs_on_a_withdrawn_record_does_not_come_back_alone(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    await world_client.delete("/v1/demands/plan-7", params={"reason": "coded twice"})
    first = await head(psql)
    await world_client.delete("/v1/proposals/plan", params={"reason": "coded twice"})
    answer = await undo(world_client, first)
    assert answer.status_code == 409
    assert [error["message"] for error in answer.json()["errors"]] == [
        "The demand 'plan-7' belongs to the proposal 'plan', which is withdrawn"
    ]
    assert (await undo(world_client, first + 1)).status_code == 201
    assert (await undo(world_client, first)).status_code == 201
    assert (await world_client.get("/v1/demands/plan-7")).status_code == 200
