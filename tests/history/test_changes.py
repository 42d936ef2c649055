"""`GET /v1/changes`: one feed of what each revision did to which record."""

import asyncio
import time
from typing import Any

import httpx
import jsonschema_rs
import pytest

from app.history import feed as statements
from tests.document import openapi_document
from tests.history.conftest import Session, head

Page = dict[str, Any]


async def page(client: httpx.AsyncClient, **asked: object) -> Page:
    """One page of the feed."""
    got = await client.get("/v1/changes", params={name: str(value) for name, value in asked.items()})
    assert got.status_code == 200, got.text
    found: Page = got.json()
    return found


async def feed(client: httpx.AsyncClient, **asked: object) -> list[dict[str, Any]]:
    """All that the feed tells, page by page."""
    found, after = [], asked.pop("after", "0")
    while True:
        answer = await page(client, after=after, **asked)
        found += answer["data"]
        after = answer["page"]["next"]
        if not answer["page"]["more"]:
            return found


async def test_each_change_has_the_record_as_it_was_read_then(world_client: httpx.AsyncClient, psql: Session) -> None:
    await world_client.patch("/v1/parties/caria", json={"summary": "Now a summary"})
    changes = await feed(world_client, limit=500)
    assert await psql.fetchval("SELECT count(*) FROM revision_change") == len(changes)
    for change in changes:
        address = f"/v1/{change['collection']}/{change['id']}?as_of={change['revision']}"
        assert change["record"] == (await world_client.get(address)).json(), address
    assert changes[-1]["record"]["summary"] == "Now a summary"
    assert (changes[0]["action"], changes[-1]["action"]) == ("create", "change")
    document = openapi_document()
    declared = jsonschema_rs.validator_for(
        {"$ref": "#/components/schemas/FeedChange", "components": document["components"]}
    )
    assert [str(error) for change in changes for error in declared.iter_errors(change)] == []
    assert not declared.is_valid({**changes[0], "record": {"slug": "some-record"}})


@pytest.mark.parametrize("limit", [1, 7])
async def test_pages_of_any_size_tell_the_same(world_client: httpx.AsyncClient, psql: Session, limit: int) -> None:
    whole = await feed(world_client, limit=500)
    assert await feed(world_client, limit=limit) == whole
    order = [(change["revision"], change["id"]) for change in whole]
    assert order == sorted(set(order))
    middle = len(whole) // 2
    assert await feed(world_client, after=whole[middle]["position"]) == whole[middle + 1 :]


async def test_a_page_says_where_to_go_on_and_whether_it_ends_inside_a_revision(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    before = await head(psql)
    async with psql.transaction():
        await psql.execute("UPDATE party SET summary = 'by hand' WHERE slug IN ('alba', 'boria', 'caria')")
    await world_client.patch("/v1/parties/alba", json={"summary": "once more"})
    split = await page(world_client, after=before, limit=2)
    assert split["page"] == {
        "limit": 2, "next": split["data"][-1]["position"], "more": True, "head": before + 2
    }  # fmt: skip
    whole = await page(world_client, after=before, limit=3)
    assert (whole["page"]["next"], whole["page"]["more"]) == (str(before + 1), True)
    last = await page(world_client, after=whole["page"]["next"])
    assert (len(last["data"]), last["page"]["next"], last["page"]["more"]) == (1, str(before + 2), False)
    assert (await page(world_client, after=before + 2))["data"] == []


async def test_renamed_withdrawn_and_erased_records_are_told(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    made = (await world_client.post("/v1/people", json={"name": "Zoe", "party": "alba"})).json()
    await world_client.patch("/v1/people/zoe", json={"slug": "zoe-of-alba"})
    await world_client.delete("/v1/people/zoe-of-alba?reason=twice&message=found+twice")
    async with psql.transaction():
        await psql.execute("DELETE FROM citation WHERE target_id = $1", made["id"])
        await psql.execute("DELETE FROM slug_alias WHERE record_id = $1", made["id"])
        await psql.execute("DELETE FROM person WHERE id = $1", made["id"])
        await psql.execute("DELETE FROM entry WHERE id = $1", made["id"])
    told = await feed(world_client, after=before, collection="people")
    assert [(one["action"], one["slug"], one["former_slug"], one["reason"]) for one in told] == [
        ("create", "zoe", None, None),
        ("change", "zoe-of-alba", "zoe", None),
        ("withdraw", "zoe-of-alba", None, "twice"),
        ("delete", "zoe-of-alba", None, None),
    ]
    assert [one["record"] is None for one in told] == [False, False, True, True]
    user = await psql.fetchval("SELECT session_user")
    assert (told[2]["message"], told[3]["editor"]) == ("found twice", user)
    assert {one["id"] for one in told} == {made["id"]}


async def test_a_filter_of_collections_passes_over_the_others_and_says_how_far_it_came(
    world_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await feed(world_client)
    wanted = [change for change in whole if change["collection"] in ("talks", "demands")]
    assert wanted and await feed(world_client, collection="talks,demands") == wanted
    few = statements._CHANGES.format(window=3, inside="", wanted=statements._SOME)
    monkeypatch.setattr(statements, "_OF_SOME", few)
    assert await feed(world_client, collection="talks,demands") == wanted
    first = await page(world_client, collection="assessments")
    assert first["page"]["more"] and len(first["data"]) < 3


async def test_the_feed_of_the_past_ends_there(world_client: httpx.AsyncClient) -> None:
    whole = await feed(world_client)
    then = await feed(world_client, as_of=3)
    assert then == [change for change in whole if change["revision"] <= 3]


async def test_a_page_is_read_by_few_statements(
    world_client: httpx.AsyncClient, psql: Session, statements: list[str]
) -> None:
    before = await head(psql)
    await psql.execute("UPDATE party SET summary = 'by hand'")
    # The key is known from now on.
    await page(world_client, after=before + 1)
    statements.clear()
    told = await page(world_client, after=before)
    assert len(told["data"]) > 2
    # The page; the session is turned to the revision; its parties.
    assert len(statements) == 3, statements


async def test_an_unchanged_page_is_304(world_client: httpx.AsyncClient) -> None:
    first = await world_client.get("/v1/changes?after=2")
    again = await world_client.get("/v1/changes?after=2", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


async def test_whoever_waits_is_answered_by_the_next_write_whoever_makes_it(
    world_client: httpx.AsyncClient, psql: Session, statements: list[str]
) -> None:
    before = await head(psql)
    waiting = [asyncio.create_task(page(world_client, after=before, wait=20)) for _ in range(30)]
    others = asyncio.create_task(page(world_client, after=before, wait=2, collection="talks"))
    await asyncio.sleep(0.3)
    # There are four connections, and thirty who wait: none of them holds one.
    assert (await world_client.get("/v1/parties/alba")).status_code == 200
    started = time.monotonic()
    statements.clear()
    await psql.execute("UPDATE party SET summary = 'by hand' WHERE slug = 'alba'")
    for told in await asyncio.gather(*waiting):
        assert [(one["slug"], one["record"]["summary"]) for one in told["data"]] == [("alba", "by hand")]
    assert time.monotonic() - started < 5
    # They have shared one reading, or a few.
    assert sum("history.entry AS former" in sql for sql in statements) < 10
    # A change of another collection does not end the wait; but the follower knows how far it has come.
    told = await others
    assert (told["data"], told["page"]["next"]) == ([], str(before + 1))


async def test_where_nothing_changes_the_wait_ends(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    started = time.monotonic()
    got = await world_client.get(f"/v1/changes?after={before}&wait=1")
    assert 0.9 < time.monotonic() - started < 5
    assert (got.json()["data"], got.json()["page"]["next"]) == ([], str(before))
    assert got.headers["cache-control"] == "no-store" and "etag" not in got.headers


async def test_all_that_is_wrong_with_a_question_is_told_at_once(world_client: httpx.AsyncClient) -> None:
    got = await world_client.get("/v1/changes?collection=talk,nonsense&wait=5&format=events&as_of=1")
    assert got.status_code == 422
    assert [violation["parameter"] for violation in got.json()["errors"]] == [
        "collection",
        "collection",
        "wait",
        "as_of",
    ]
    assert "talks" in got.json()["errors"][0]["hint"]
    for query, parameter in (
        ("after=x", "after"), ("after=-1", "after"), ("after=1.x", "after"), ("after=99999999999999999999", "after"),
        ("after=99", "after"), ("limit=0", "limit"), ("limit=501", "limit"), ("wait=61", "wait"), ("before=1", "before"),
        ("format=csv", "format"),
    ):  # fmt: skip
        got = await world_client.get(f"/v1/changes?{query}")
        assert (got.status_code, [violation["parameter"] for violation in got.json()["errors"]]) == (
            422,
            [parameter],
        ), query
    got = await world_client.get("/v1/changes", headers={"Accept": "text/csv"})
    assert got.status_code == 406


async def test_a_process_is_told_all_that_belongs_to_it_and_what_leaves_it(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    async def made(collection: str, **body: Any) -> str:
        got = await world_client.post(f"/v1/{collection}", json=body)
        assert got.status_code == 201, got.text
        return str(got.json()["id"])

    await made("processes", slug="other", title="Another", kind="peace")
    await made("processes", slug="below", title="Below", kind="peace", parent="alba-boria")
    before = await head(psql)
    ours = {
        await made("talks", slug="deep", title="Deep", process="below", start="2021-01-01"),
        await made("delegations", slug="deep-alba", talk="deep", party="alba"),
        await made("responses", demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-04"),
        await made("assessments", slug="doubt", text="Perhaps", kind="prediction", about=["talks/deep"]),
        await made("citations", source="herald", target="assessments/doubt", key="x"),
        await made("citations", source="herald", target="delegations/deep-alba", key="x"),
    }
    others = {
        await made("talks", slug="far", title="Far", process="other", start="2021-01-01"),
        await made("citations", source="herald", target="talks/far", key="x"),
        await made("citations", source="herald", target="parties/alba", key="x"),
        await made("parties", slug="zeta", name="Zeta", kind="state"),
    }
    told = await feed(world_client, after=before, process="alba-boria")
    assert {change["id"] for change in told} >= ours
    assert not {change["id"] for change in told} & others
    # It moves to another process: both are told, and the first never again.
    before = await head(psql)
    for patch in ({"process": "other"}, {"title": "Moved"}):
        assert (await world_client.patch("/v1/talks/deep", json=patch)).status_code == 200
    here = [(one["slug"], one["revision"]) for one in await feed(world_client, after=before, process="below")]
    there = [(one["slug"], one["revision"]) for one in await feed(world_client, after=before, process="other")]
    assert ("deep", before + 1) in here and ("deep", before + 2) not in here
    assert {("deep", before + 1), ("deep", before + 2)} <= set(there)
    # A process that moves is told to both, as it is to those above them, and leaves with what lies below it.
    before = await head(psql)
    moves: tuple[dict[str, str | None], ...] = (
        {"parent": "other"}, {"title": "Of the other"}, {"parent": None}, {"title": "Of nobody"},
    )  # fmt: skip
    for move in moves:
        assert (await world_client.patch("/v1/processes/below", json=move)).status_code == 200
    to_other = [one["revision"] - before for one in await feed(world_client, after=before, process="other")]
    told = await feed(world_client, after=before, process="alba-boria")
    assert (to_other, [one["revision"] - before for one in told]) == ([1, 2, 3], [1])
    assert told[0]["record"]["parent"]["slug"] == "other"
    # What is withdrawn, or erased by hand, belonged to it.
    before = await head(psql)
    await world_client.delete("/v1/citations/" + next(iter(others)), params={"reason": "wrong"})
    await world_client.delete("/v1/talks/round-1-principals", params={"reason": "twice"})
    told = await feed(world_client, after=before, process="alba-boria", action="withdraw", collection="talks")
    assert [(one["slug"], one["record"], one["reason"]) for one in told] == [("round-1-principals", None, "twice")]
    await psql.execute(
        "DELETE FROM delegation_member; DELETE FROM citation WHERE target_id IN (SELECT id FROM delegation)"
    )
    await psql.execute("DELETE FROM delegation WHERE slug = 'deep-alba'")
    told = await feed(world_client, after=before, process="other", action="delete", collection="delegations")
    assert [one["slug"] for one in told] == ["deep-alba"]
