"""`GET …/history`: who changed what from what to what."""

from typing import Any

import httpx

from app.resources.differences import differences
from tests.history.conftest import Session, head


async def told(client: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    got = await client.get(address)
    assert got.status_code == 200, got.text
    rows: list[dict[str, Any]] = got.json()["data"]
    return rows


async def test_it_tells_who_changed_what_from_what_to_what(world_client: httpx.AsyncClient, psql: Session) -> None:
    me = (await world_client.get("/v1/me")).json()["name"]
    address = "/v1/delegations/round-1-boria"
    members = [{"person": "bela"}, {"person": "boris", "function": "head"}, {"person": "ana"}]
    changed = await world_client.patch(f"{address}?message=seen+on+a+photo", json={"members": members, "size": 3})
    assert changed.status_code == 200, changed.text
    newest, oldest = await told(world_client, f"{address}/history")
    assert (newest["number"], newest["editor"], newest["message"], newest["action"]) == (
        await head(psql), me, "seen on a photo", "change"
    )  # fmt: skip
    changes = {(one["op"], one["pointer"]): (one["from"], one["to"]) for one in newest["changes"]}
    added = changes.pop(("add", "/members/ana"))
    assert added[0] is None and added[1]["person"]["slug"] == "ana"
    assert changes == {
        ("replace", "/size"): (1, 3),
        ("replace", "/members/boris/function"): ("member", "head"),
        ("reorder", "/members"): (["boris", "bela"], ["bela", "boris"]),
    }
    (whole,) = oldest["changes"]
    assert (oldest["action"], whole["op"], whole["pointer"], whole["to"]["slug"]) == (
        "create", "add", "", "round-1-boria"
    )  # fmt: skip


async def test_a_withdrawn_and_renamed_record_has_its_history(world_client: httpx.AsyncClient) -> None:
    await world_client.patch("/v1/people/ana", json={"slug": "ana-of-alba"})
    await world_client.delete("/v1/people/ana-of-alba?reason=twice")
    for slug in ("ana-of-alba", "ana"):
        rows = await told(world_client, f"/v1/people/{slug}/history")
        assert [row["action"] for row in rows] == ["withdraw", "change", "create"]
        ends = {one["pointer"]: one["to"] for one in rows[0]["changes"]}
        assert ends["/withdrawn_reason"] == "twice"
        assert [(one["pointer"], one["from"], one["to"]) for one in rows[1]["changes"]] == [
            ("/slug", "ana", "ana-of-alba")
        ]


async def test_a_citation_is_told_of_the_record_that_it_speaks_of(world_client: httpx.AsyncClient) -> None:
    posted = await world_client.post(
        "/v1/citations", json={"source": "gazette", "target": "talks/round-1", "key": "late"}
    )
    assert posted.status_code == 201, posted.text
    newest = (await told(world_client, "/v1/talks/round-1/history"))[0]
    assert newest["action"] == "change"
    assert [(one["op"], one["pointer"].rpartition("/")[0]) for one in newest["changes"]] == [("add", "/citations")]


async def test_pages_follow_each_other_and_belong_to_a_moment(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    for n in range(5):
        await world_client.patch("/v1/parties/caria", json={"summary": f"Number {n}"})
    seen, address = [], "/v1/parties/caria/history?limit=2"
    while address:
        got = await world_client.get(address)
        seen += [row["number"] for row in got.json()["data"]]
        address = got.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen[:5] == [before + n for n in (5, 4, 3, 2, 1)] and len(seen) == 6
    then = await told(world_client, f"/v1/parties/caria/history?as_of={before + 2}")
    assert [row["number"] for row in then] == seen[3:]


async def test_what_was_erased_by_hand_has_its_history(world_client: httpx.AsyncClient, psql: Session) -> None:
    async with psql.transaction():
        await psql.execute("DELETE FROM external_id WHERE record_id IN (SELECT id FROM source)")
        await psql.execute("DELETE FROM citation")
        await psql.execute("DELETE FROM source")
        await psql.execute("DELETE FROM entry WHERE collection IN ('sources', 'citations')")
    newest = (await told(world_client, "/v1/sources/gazette/history"))[0]
    assert (newest["action"], [one["op"] for one in newest["changes"]]) == ("delete", ["remove"])
    assert (await world_client.get("/v1/sources/gazette")).status_code == 404


async def test_an_unknown_record_has_none(world_client: httpx.AsyncClient) -> None:
    got = await world_client.get("/v1/parties/albaa/history")
    assert (got.status_code, "Did you mean 'alba'?" in got.json()["detail"]) == (404, True)


def test_rows_without_keys_are_told_as_a_whole() -> None:
    was = {"a": [1, 2], "b": [{"text": "x"}], "c": {"d": True}, "e": [{"key": "k", "n": None}]}
    becomes = {"a": [2, 1], "b": [{"text": "y"}], "c": {"d": 1}, "e": [{"key": "k", "n": 0}, {"key": "l/m"}]}
    assert [one.to_dict() for one in differences(was, becomes)] == [
        {"op": "replace", "pointer": "/a", "from": [1, 2], "to": [2, 1]},
        {"op": "replace", "pointer": "/b", "from": [{"text": "x"}], "to": [{"text": "y"}]},
        {"op": "replace", "pointer": "/c/d", "from": True, "to": 1},
        {"op": "replace", "pointer": "/e/k/n", "from": None, "to": 0},
        {"op": "add", "pointer": "/e/l~1m", "from": None, "to": {"key": "l/m"}},
    ]


async def test_before_a_record_was_made_it_has_no_history_however_it_is_called(world_client: httpx.AsyncClient) -> None:
    made = (await world_client.post("/v1/places", json={"slug": "inn", "name": "Inn", "kind": "venue"})).headers
    here = int(made["parley-revision"])
    await world_client.patch("/v1/places/inn", json={"slug": "old-inn"})
    for slug in ("inn", "old-inn"):
        then = await world_client.get(f"/v1/places/{slug}/history?as_of={here - 1}")
        assert (then.status_code, then.json()["detail"]) == (
            404, f"'{slug}' was not yet in places at revision {here - 1}.",
        )  # fmt: skip
        assert (await world_client.get(f"/v1/places/{slug}/history")).status_code == 200
    queries = {"queries": '{"q0": {"query": "Inn", "type": "places"}}', "as_of": str(here)}
    assert (await world_client.get("/v1/reconcile", params=queries)).headers["parley-revision"] == str(here)
