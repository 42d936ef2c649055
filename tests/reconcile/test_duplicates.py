"""Pairs of records that may be one: which are listed, with which score, and what is decided of them."""

import asyncio
from itertools import combinations
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.db.vocabulary import Scope
from app.reconcile.comparing import compare_names
from app.reconcile.pairing import find_pairs
from app.reconcile.pairing_statements import PAIRINGS
from app.registry import RESOURCES as DECLARED
from app.runtime.bootstrap import engine_at
from app.runtime.ledger import connect
from app.settings import Settings
from app.writing.intents import Intent, Mode
from tests.conftest import key_for


async def make(client: httpx.AsyncClient, collection: str, **body: Any) -> dict[str, Any]:
    kind = {"parties": {"kind": "other"}, "places": {"kind": "city"}}.get(collection, {})
    answer = await client.post(f"/v1/{collection}", json={**kind, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def pairs(client: httpx.AsyncClient, **query: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The pairs that are listed, by their slugs."""
    answer = await client.get("/v1/duplicates", params={"limit": 500, **query})
    assert answer.status_code == 200, answer.text
    return {(one["left"]["slug"], one["right"]["slug"]): one for one in answer.json()["data"]}


async def decide(client: httpx.AsyncClient, left: str, right: str, decision: str, **more: Any) -> httpx.Response:
    headers, params = more.pop("headers", {}), more.pop("params", {})
    body = {"collection": "parties", "left": left, "right": right, "decision": decision, **more}
    return await client.post("/v1/duplicates", json=body, headers=headers, params=params)


def facts(pair: dict[str, Any]) -> dict[str, bool]:
    return {reason["fact"]: reason["supports"] for reason in pair["reasons"]}


# --- which are listed


async def test_an_identifier_that_two_records_have_makes_a_pair_whatever_they_are_called(
    world_client: httpx.AsyncClient,
) -> None:
    known = {"external_ids": [{"scheme": "some-list", "value": "7"}]}
    await make(world_client, "parties", slug="northern", name="Northern Movement", **known)
    await make(world_client, "parties", slug="zeta", name="Zeta", **known)
    (pair,) = (await pairs(world_client, collection="parties")).values()
    assert (pair["left"]["slug"], pair["right"]["slug"]) == ("northern", "zeta")
    assert pair["reasons"][0]["text"] == "Both have some-list:7."
    assert facts(pair) == {"external_id": True, "name": False}
    assert pair["score"] == 85


@pytest.mark.parametrize(
    ("one", "other", "others", "why"),
    [
        ("Vladimir Putin", "Владимир Путин", [], "another script"),
        ("Sergey Lavrov", "Сергей Лавров", [], "similar"),
        ("Mevlüt Çavuşoğlu", "MEVLUT CAVUSOGLU", [], "case, accents and punctuation"),
        ("Xi Jinping", "习近平", ["Xi Jinping"], "the same name"),
        ("Бин Салман", "محمد", ["Салман Бин"], "the same words"),
        ("Massad Boulos", "Massad Boulous", [], "similar"),
        ("Khalilzad", "Khalilzadd", [], "similar"),
        ("Erdogan", "Erdongan", [], "similar"),
    ],
)
async def test_names_make_a_pair_in_any_script_and_by_any_name(
    world_client: httpx.AsyncClient, one: str, other: str, others: list[str], why: str
) -> None:
    await make(world_client, "people", slug="one", name=one)
    await make(world_client, "people", slug="other", name=other, names=[{"text": text} for text in others])
    await make(world_client, "people", slug="nobody", name="Somebody Else Entirely")
    (pair,) = (await pairs(world_client, collection="people")).values()
    assert {pair["left"]["slug"], pair["right"]["slug"]} == {"one", "other"}
    assert why in pair["reasons"][0]["text"], pair["reasons"]


async def test_what_contradicts_lowers_the_score_and_what_agrees_raises_it(world_client: httpx.AsyncClient) -> None:
    first = await make(world_client, "parties", slug="front", name="National Front", countries=["AL"])
    second = await make(world_client, "parties", slug="front-2", name="National Front")

    async def score(**change: Any) -> tuple[float, dict[str, bool]]:
        answer = await world_client.patch(f"/v1/parties/{second['slug']}", json=change)
        assert answer.status_code == 200, answer.text
        (pair,) = (await pairs(world_client, collection="parties", min_score=0)).values()
        assert {pair["left"]["id"], pair["right"]["id"]} == {first["id"], second["id"]}
        return pair["score"], facts(pair)

    plain = await score(summary="Nothing that can be compared.")
    agreeing = await score(countries=["AL", "GR"])
    contradicting = await score(countries=["GR"])
    assert agreeing[0] > plain[0] > contradicting[0]
    assert (agreeing[1]["country"], contradicting[1]["country"]) == (True, False)
    # One list that has an identifier for each of them takes them for two.
    await world_client.patch("/v1/parties/front", json={"external_ids": [{"scheme": "some-list", "value": "1"}]})
    both = await score(countries=[], external_ids=[{"scheme": "some-list", "value": "2"}])
    assert contradicting[0] > both[0] > 35
    assert both[1]["external_id"] is False
    assert await pairs(world_client, collection="parties") == {}


async def test_numbers_days_points_and_publishers_tell_records_apart(world_client: httpx.AsyncClient) -> None:
    agreement = {"process": "alba-boria", "kind": "partial"}
    await make(world_client, "agreements", slug="p1", title="Arusha Protocol I", agreed_on="2000-01-02", **agreement)
    await make(world_client, "agreements", slug="p2", title="Arusha Protocol II", agreed_on="2000-01-03", **agreement)
    await make(
        world_client, "agreements", slug="p3", title="The Arusha protocol I", agreed_on="2000-01-02", **agreement
    )
    found = await pairs(world_client, collection="agreements", min_score=0)
    assert facts(found[("p1", "p3")]) == {"name": True, "date": True, "process": True}
    assert ("p1", "p2") not in found or facts(found[("p1", "p2")])["number"] is False
    assert {pair for pair in found if found[pair]["score"] >= 60} == {("p1", "p3")}

    await make(world_client, "places", slug="tripoli-1", name="Tripoli", lon=13.19, lat=32.89)
    await make(world_client, "places", slug="tripoli-2", name="Tripoli", lon=35.83, lat=34.44)
    await make(world_client, "places", slug="tripoli-3", name="Tripoli", lon=13.18, lat=32.88)
    found = await pairs(world_client, collection="places", min_score=0)
    assert facts(found[("tripoli-1", "tripoli-2")])["point"] is False
    assert facts(found[("tripoli-1", "tripoli-3")])["point"] is True
    assert found[("tripoli-1", "tripoli-2")]["score"] <= 60 < 90 < found[("tripoli-1", "tripoli-3")]["score"]

    await make(
        world_client, "sources", slug="s1", title="Talks end", publisher="Post", url="https://www.post.example/1/"
    )
    await make(world_client, "sources", slug="s2", title="No result", publisher="Post", url="http://post.example/1#top")
    await make(world_client, "sources", slug="s3", title="Talks end", publisher="Herald")
    found = await pairs(world_client, collection="sources", min_score=0)
    assert facts(found[("s1", "s2")]) == {"url": True, "name": False, "publisher": True}
    assert facts(found[("s1", "s3")]) == {"name": True, "publisher": False}


async def test_a_splinter_a_member_or_a_place_inside_is_no_duplicate(world_client: httpx.AsyncClient) -> None:
    await make(world_client, "parties", slug="splm", name="Liberation Movement")
    await make(world_client, "parties", slug="splinter", name="Liberation Movement", splinter_of="splm")
    await make(world_client, "parties", slug="member", name="Liberation Movement", member_of=[{"party": "splm"}])
    await make(world_client, "places", slug="inside", name="Lake Town", kind="area", part_of="lake-town")
    assert set(await pairs(world_client, min_score=0)) == {("splinter", "member")}
    # Both sat there, one beside the other: a merge would be refused, and they are hardly one.
    assert (await world_client.patch("/v1/people/bela", json={"name": "Boris"})).status_code == 200
    (pair,) = (await pairs(world_client, collection="people", min_score=0)).values()
    assert (pair["score"], facts(pair)["talk"]) == (62.0, False)


async def test_all_pairs_whose_names_are_as_good_as_equal_share_a_key(own_loaded_url: str) -> None:
    """The keys are a short cut: what comparing everything with everything finds, they find."""
    async with connect(own_loaded_url, Settings(database_url=own_loaded_url), DECLARED) as ledger:
        for collection in PAIRINGS:
            paired = await find_pairs(ledger.reader, collection)
            keyed = {(one, other) for one, other, _ in paired.pairs}
            every = combinations(range(len(paired.ids)), 2)
            near = {(a, b) for a, b in every if compare_names(paired.names[a], paired.names[b]).score >= 88}
            assert near <= keyed, [(paired.names[a].texts, paired.names[b].texts) for a, b in near - keyed]


async def test_they_are_found_again_only_when_something_they_are_made_of_changed(
    world_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []

    async def counted(reader: Any, collection: str) -> Any:
        found.append(collection)
        return await find_pairs(reader, collection)

    monkeypatch.setattr("app.reconcile.duplicates.find_pairs", counted)
    await pairs(world_client, collection="parties")
    await pairs(world_client, collection="parties", min_score=10)
    await world_client.patch("/v1/processes/alba-boria", json={"summary": "Another."})
    await pairs(world_client, collection="parties")
    assert found == ["parties"]
    await make(world_client, "parties", slug="alba-2", name="Alba")
    assert set(await pairs(world_client, collection="parties")) == {("alba", "alba-2")}
    assert found == ["parties", "parties"]


# --- pages


async def test_pages_are_the_list_and_a_cursor_belongs_to_its_question(world_client: httpx.AsyncClient) -> None:
    for number in range(4):
        await make(world_client, "parties", slug=f"twin-{number}", name="Twin Movement")
    await make(world_client, "people", slug="ana-2", name="Anna")
    whole = (await world_client.get("/v1/duplicates?limit=500")).json()
    assert whole["page"]["count"] == {"value": 6, "is": "exact"}
    scores = [one["score"] for one in whole["data"]]
    assert scores == sorted(scores, reverse=True)
    seen: list[Any] = []
    address: str | None = "/v1/duplicates?limit=4"
    while address:
        got = await world_client.get(address)
        seen += got.json()["data"]
        link = got.headers.get("link")
        assert (link is None) == (got.json()["page"]["next"] is None)
        address = link.partition(">")[0].removeprefix("<") if link else None
    assert seen == whole["data"]
    cursor = (await world_client.get("/v1/duplicates?limit=4")).json()["page"]["next"]
    other = await world_client.get("/v1/duplicates", params={"limit": 4, "cursor": cursor, "min_score": 10})
    assert (other.status_code, other.json()["errors"][0]["parameter"]) == (422, "cursor")
    again = await world_client.get("/v1/duplicates?limit=4", headers={"If-None-Match": got.headers["etag"]})
    assert again.status_code == 200
    same = await world_client.get(str(got.url), headers={"If-None-Match": got.headers["etag"]})
    assert same.status_code == 304


async def test_what_is_asked_wrongly_is_told_at_once(world_client: httpx.AsyncClient) -> None:
    got = await world_client.get("/v1/duplicates?collection=talks&min_score=101&limit=0&as_of=1")
    assert got.status_code == 422
    assert {one["parameter"] for one in got.json()["errors"]} == {"collection", "min_score", "limit", "as_of"}


# --- what is decided


async def test_a_pair_that_is_not_the_same_is_not_listed_again_until_that_is_taken_back(
    world_client: httpx.AsyncClient,
) -> None:
    for slug in ("front", "front-2", "front-3"):
        await make(world_client, "parties", slug=slug, name="National Front")
    anyone = httpx.AsyncClient(transport=world_client._transport, base_url=world_client.base_url)
    every = {("front", "front-2"), ("front", "front-3"), ("front-2", "front-3")}
    assert set(await pairs(anyone)) == every
    planned = await decide(world_client, "front", "front-2", "not_the_same", params={"dry_run": True})
    assert (planned.status_code, planned.json()) == (200, {"dry_run": True, "records": [], "referring": []})
    said = await decide(world_client, "front-2", "front", "not_the_same", message="two groups of one name")
    assert said.status_code == 201, said.text
    # No answer that was kept of before is given: what is said is no revision.
    assert set(await pairs(anyone)) == every - {("front", "front-2")}
    listed = (await anyone.get("/v1/duplicates/dismissals?collection=parties")).json()
    assert listed["data"] == [said.json()]
    one = said.json()
    assert (one["left"]["slug"], one["right"]["slug"], one["message"]) == ("front", "front-2", "two groups of one name")
    assert one["dismissed_by"].startswith("test-")
    assert said.headers["location"] == f"/v1/duplicates/dismissals/{one['id']}"
    assert (await anyone.get(said.headers["location"])).json() == one
    again = await decide(world_client, "front", "front-2", "not_the_same", message="said again")
    assert (again.status_code, again.json()) == (200, one)

    # It holds for the record into which one of the two is merged, and not when that is taken back.
    merged = await decide(world_client, "front-2", "front-3", "merge", into="front-3")
    assert merged.status_code == 200, merged.text
    assert await pairs(anyone) == {}
    (now,) = (await anyone.get("/v1/duplicates/dismissals")).json()["data"]
    assert (now["left"]["slug"], now["right"]["slug"]) == ("front", "front-3")
    undone = await world_client.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo")
    assert undone.status_code == 201, undone.text
    assert set(await pairs(anyone)) == every - {("front", "front-2")}

    refused = await decide(world_client, "front", "front-2", "merge", into="front")
    assert refused.status_code == 409
    assert one["id"] in refused.json()["detail"]
    assert (await anyone.delete(said.headers["location"])).status_code == 401
    assert (await world_client.delete(said.headers["location"])).status_code == 204
    assert (await world_client.delete(said.headers["location"])).status_code == 404
    assert set(await pairs(anyone)) == every
    assert (await anyone.get("/v1/duplicates/dismissals")).json()["page"]["count"]["value"] == 0
    await anyone.aclose()


async def test_dismissals_are_paged_the_newest_first(world_client: httpx.AsyncClient) -> None:
    for other in ("boria", "caria", "delta"):
        assert (await decide(world_client, "alba", other, "not_the_same")).status_code == 201
    first = (await world_client.get("/v1/duplicates/dismissals?limit=2")).json()
    assert [one["right"]["slug"] for one in first["data"]] == ["delta", "caria"]
    assert first["page"]["count"] == {"value": 3, "is": "exact"}
    rest = (await world_client.get(f"/v1/duplicates/dismissals?limit=2&cursor={first['page']['next']}")).json()
    assert [one["right"]["slug"] for one in rest["data"]] == ["boria"]
    assert rest["page"]["next"] is None


async def test_a_pair_is_merged_into_the_one_that_is_named(world_client: httpx.AsyncClient) -> None:
    await make(world_client, "parties", slug="alba-2", name="Alba", names=[{"text": "Albania"}])
    tag = (await world_client.get("/v1/parties/alba")).headers["etag"]
    plan = await decide(world_client, "alba", "alba-2", "merge", into="alba", params={"dry_run": True})
    assert {(one["slug"], one["action"]) for one in plan.json()["records"]} >= {("alba", "merge"), ("alba-2", "merge")}
    # Of the record that goes, which is the other one.
    stale = await decide(world_client, "alba", "alba-2", "merge", into="alba", headers={"If-Match": '"v7"'})
    assert stale.status_code == 412
    key = {"Idempotency-Key": "once"}
    done = await decide(world_client, "alba", "alba-2", "merge", into="alba", message="one state", headers=key)
    assert done.status_code == 200, done.text
    assert done.json()["slug"] == "alba"
    assert "Albania" in [name["text"] for name in done.json()["names"]]
    assert done.headers["etag"] != tag
    revision = (await world_client.get(f"/v1/revisions/{done.headers['parley-revision']}")).json()
    assert revision["message"] == "one state"
    again = await decide(world_client, "alba", "alba-2", "merge", into="alba", message="one state", headers=key)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    one = await decide(world_client, "alba", "alba-2", "not_the_same")
    assert (one.status_code, one.json()["errors"][0]["pointer"]) == (409, "/right")


async def test_agreements_are_merged_too(world_client: httpx.AsyncClient) -> None:
    same = {"title": "Pact of the lake", "process": "alba-boria", "kind": "partial", "agreed_on": "2020-05-05"}
    await make(world_client, "agreements", slug="pact", **same, parties=["alba"], signatures=[{"party": "alba"}])
    await make(world_client, "agreements", slug="pact-2", **same, parties=["alba", "boria"], proposals=["plan"],
               signatures=[{"party": "alba"}, {"party": "boria"}], issues=[{"issue": "CEAS"}])  # fmt: skip
    (pair,) = (await pairs(world_client, collection="agreements")).values()
    body = {"collection": "agreements", "left": "pact", "right": "pact-2", "decision": "merge", "into": "pact"}
    done = await world_client.post("/v1/duplicates", json=body)
    assert done.status_code == 200, done.text
    assert [party["slug"] for party in done.json()["parties"]] == ["alba", "boria"]
    assert len(done.json()["issues"]) == 1 and len(done.json()["signatures"]) == 2
    assert pair["score"] > 90
    assert (await world_client.get("/v1/agreements/pact-2")).status_code == 308


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"/collection", "/left", "/right", "/decision"}),
        ({"collection": "talks", "left": "a", "right": "", "decision": "perhaps", "x": 1},
         {"/collection", "/right", "/decision", "/x"}),
        ({"collection": "parties", "left": "albba", "right": "boriaa", "decision": "not_the_same"}, {"/left", "/right"}),
        ({"collection": "parties", "left": "alba", "right": "boria", "decision": "merge"}, {"/into"}),
        ({"collection": "parties", "left": "alba", "right": "boria", "decision": "merge", "into": "caria"}, {"/into"}),
        ({"collection": "parties", "left": "alba", "right": "boria", "decision": "not_the_same", "into": "alba"}, {"/into"}),
    ],
)  # fmt: skip
async def test_every_fault_of_a_decision_is_told_with_its_place(
    still_world_client: httpx.AsyncClient, body: dict[str, Any], wrong: set[str]
) -> None:
    got = await still_world_client.post("/v1/duplicates", json=body)
    assert got.status_code == 422, got.text
    assert {one["pointer"] for one in got.json()["errors"]} == wrong


async def test_to_decide_needs_a_key_that_may_write(own_client: httpx.AsyncClient, own_loaded_url: str) -> None:
    assert (await decide(own_client, "russia", "ukraine", "not_the_same")).status_code == 401
    async with engine_at(own_loaded_url) as engine:
        headers = await key_for(engine, Scope.READ)
    assert (await decide(own_client, "russia", "ukraine", "not_the_same", headers=headers)).status_code == 403


# --- the terminal


def parley(url: str, *arguments: str, answers: str = "") -> str:
    """What the command says, to somebody who answers so."""
    done = CliRunner(env={"DATABASE_URL": url}).invoke(cli, ["duplicates", *arguments], input=answers)
    assert done.exit_code == 0, (done.stderr, done.exception)
    return done.stdout


async def test_the_terminal_shows_pair_by_pair_and_does_what_it_is_told(own_loaded_url: str) -> None:
    async with connect(own_loaded_url, Settings(database_url=own_loaded_url), DECLARED) as ledger:
        people = [{"slug": f"twin-{n}", "name": "Twin Person"} for n in range(4)]
        await ledger.writer.write([Intent("people", one, Mode.CREATE) for one in people], editor="test")
    chosen = ("--collection", "people", "--min-score", "85")
    listed = await asyncio.to_thread(parley, own_loaded_url, "--list", *chosen)
    assert listed.count("Twin Person  [twin-") == 12
    assert "+ They have the same name: Twin Person | Twin Person" in listed
    # 0 and 1 are not the same. A word that means nothing is asked again. 0 goes into 2, which then is not 1 either.
    # 0 is no more; 1 and 3 are passed over, and then nothing more is answered.
    told = await asyncio.to_thread(parley, own_loaded_url, *chosen, answers="n\nx\nr\ns\n")
    assert "merged into twin-2" in told
    assert "1 merged, 1 not the same, 1 skipped." in told
    left = await asyncio.to_thread(parley, own_loaded_url, "--list", *chosen)
    assert [line.split("[")[1].split("]")[0] for line in left.splitlines() if "[twin-" in line] == [
        "twin-1", "twin-3", "twin-2", "twin-3",
    ]  # fmt: skip
    assert "No possible duplicates were found." in await asyncio.to_thread(
        parley, own_loaded_url, "--list", "--min-score", "99.9"
    )
