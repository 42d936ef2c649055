"""Merging two records that are one, and taking it back."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint

from app.db.pointers import pointers_at
from app.registry import RESOURCES
from app.resources.resource import Resource
from app.writing import merge_checks
from tests.history.conftest import Session, head
from tests.loops import nonempty


async def merge(client: httpx.AsyncClient, collection: str, key: str, into: str, **query: Any) -> httpx.Response:
    return await client.post(f"/v1/{collection}/{key}/merge", json={"into": into}, params=query)


async def made(client: httpx.AsyncClient, collection: str, **body: Any) -> dict[str, Any]:
    # Records that are merged are often alike.
    answer = await client.post(f"/v1/{collection}?allow_duplicate=true", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def read(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def everything(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    """All records as they are read alone, but for what moves with each write."""
    found = {}
    for collection in RESOURCES:
        for row in (await read(client, f"/v1/{collection.name}", limit=500, fields="slug", **query))["data"]:
            one = await read(client, f"/v1/{collection.name}/{row['slug']}", **query)
            found[f"{collection.name}/{row['slug']}"] = _unstamped(one)
    return found


def _unstamped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unstamped(inner) for name, inner in value.items() if name not in ("updated_at", "row_version")}
    return [_unstamped(inner) for inner in value] if isinstance(value, list) else value


async def test_what_led_to_the_one_leads_to_the_other(world_client: httpx.AsyncClient) -> None:
    lost = await made(
        world_client, "people", slug="anna", name="Anna", names=[{"text": "Ánna"}, {"text": "Ána"}], notes=["seen once"],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}], citations=[{"source": "gazette"}], summary="An envoy.",
        posts=[{"title": "Envoy", "party": "alba"}],
    )  # fmt: skip
    answer = await merge(world_client, "people", "anna", "ana", message="two spellings")
    assert answer.status_code == 200, answer.text
    kept = await read(world_client, "/v1/people/ana")
    assert answer.json() == kept
    assert [name["text"] for name in kept["names"]] == ["Ána", "Ánna", "Anna"]
    assert (kept["notes"], kept["summary"], kept["party"]["slug"]) == (["seen once"], "An envoy.", "alba")
    assert [outer["value"] for outer in kept["external_ids"]] == ["Q1"]
    assert [post["title"] for post in kept["posts"]] == ["Envoy"]
    assert len(kept["citations"]) == 1
    revision = await read(world_client, f"/v1/revisions/{answer.headers['parley-revision']}")
    assert revision["message"] == "two spellings"
    assert {(c["slug"], c["action"]) for c in revision["changes"] if c["collection"] == "people"} == {
        ("ana", "merge"), ("anna", "merge"),
    }  # fmt: skip
    assert lost["id"] != kept["id"]


async def test_slug_and_id_of_the_one_that_went_lead_to_the_other(world_client: httpx.AsyncClient) -> None:
    lost = await made(world_client, "parties", slug="albania", name="Albania", kind="state")
    assert (await merge(world_client, "parties", "albania", "alba")).status_code == 200
    for key in ("albania", lost["id"]):
        answer = await world_client.get(f"/v1/parties/{key}")
        assert (answer.status_code, answer.headers["location"]) == (308, "/v1/parties/alba")
        batch = (await world_client.post("/v1/parties/batch-get", json={"keys": [key]})).json()
        assert [row["slug"] for row in batch["data"]] == ["alba"]
        assert [row["slug"] for row in batch["moved"]] == ["alba"]
        by_key = await read(world_client, "/v1/proposals", author=key)
        assert [row["slug"] for row in by_key["data"]] == ["plan"]
        assert [row["slug"] for row in (await read(world_client, "/v1/parties", id=key))["data"]] == ["alba"]
        about = await made(world_client, "assessments", text="Perhaps", kind="prediction", about=[f"parties/{key}"])
        assert about["about"][0]["slug"] == "alba"
        found = await read(world_client, "/v1/assessments", about=f"parties/{key}")
        assert about["slug"] in [row["slug"] for row in found["data"]]
    for by, key in (("slug", "albania"), ("id", lost["id"])):
        (resolved,) = (await read(world_client, "/v1/resolve", **{by: key}))["data"]
        assert (resolved["slug"], resolved["is_former_slug"]) == ("alba", True)


async def test_a_write_by_the_key_of_what_was_merged_away_spares_what_stayed(
    world_client: httpx.AsyncClient,
) -> None:
    lost = await made(world_client, "people", slug="anna", name="Anna")
    await made(world_client, "people", slug="hanna", name="Hanna")
    assert (await merge(world_client, "people", "anna", "hanna")).status_code == 200
    assert (await merge(world_client, "people", "hanna", "ana")).status_code == 200
    for key in ("anna", "hanna", lost["id"]):
        for answer in (
            await world_client.delete(f"/v1/people/{key}", params={"reason": "coded twice"}),
            await world_client.patch(f"/v1/people/{key}", json={"name": "Another"}),
            await world_client.put(f"/v1/people/{key}", json={"name": "Another"}),
            await merge(world_client, "people", key, "boris"),
            await merge(world_client, "people", key, "ana"),
        ):
            assert answer.status_code == 409, answer.text
            assert "'ana'" in answer.text
    await world_client.patch("/v1/people/ana", json={"slug": "ana-2"})
    answer = await world_client.delete("/v1/people/ana", params={"reason": "coded twice"})
    assert answer.status_code == 204, answer.text


async def test_a_seat_that_both_had_becomes_one_and_stays_the_heads(world_client: httpx.AsyncClient) -> None:
    await made(world_client, "people", slug="borys", name="Borys")
    await made(world_client, "people", slug="bella", name="Bella")
    talk = await made(world_client, "talks", slug="second", title="Second", process="alba-boria", start="2020-05-01")
    await made(
        world_client, "delegations", slug="seats", talk=talk["slug"], party="boria",
        members=[
            {"person": "boris", "post": "minister"},
            {"person": "borys", "function": "head", "post": "envoy", "note": "chaired"},
            {"person": "bella", "presence": "present"},
        ],
    )  # fmt: skip
    assert (await merge(world_client, "people", "borys", "boris")).status_code == 200
    assert (await merge(world_client, "people", "bella", "bela")).status_code == 200
    members = (await read(world_client, "/v1/delegations/seats"))["members"]
    told = [(m["person"]["slug"], m["function"], m["post"], m["note"]) for m in members]
    assert told == [("boris", "head", "minister", "chaired"), ("bela", None, None, None)]


async def test_parties_that_sat_at_one_talk_are_two(
    world_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await everything(world_client)
    answer = await merge(world_client, "parties", "alba", "boria")
    assert answer.status_code == 409
    told = answer.json()["errors"]
    assert "talk 'round-1'" in told[0]["message"]
    monkeypatch.setattr(merge_checks, "_MOST", 0)
    fewer = (await merge(world_client, "parties", "alba", "boria")).json()["errors"]
    assert fewer[0]["message"] == "There are more such conflicts; only the first 0 are reported"
    assert [error["message"] for error in told if "mutual" in error["message"]] == [
        "The mutual demand 'plan-2' would bind only one party",
        "The mutual demand 'plan-5' would bind only one party",
    ]
    assert await everything(world_client) == before


async def test_what_would_lead_to_itself_is_refused(world_client: httpx.AsyncClient) -> None:
    for lost, kept, field in (
        ("parties/league", "alba", "member_of"), ("parties/alba", "league", "member_of"),
        ("places/lake-town", "caria-country", "part_of"),
    ):  # fmt: skip
        collection, key = lost.split("/")
        answer = await merge(world_client, collection, key, kept)
        assert answer.status_code == 409, lost
        assert any(f"through `{field}`" in error["message"] for error in answer.json()["errors"])
    answer = await merge(world_client, "parties", "alba", "alba")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/into")


async def test_what_would_take_minutes_is_refused_before_it_begins(
    world_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(world_client, "parties", slug="alva", name="Alva", kind="state")
    monkeypatch.setattr(merge_checks, "MOST_MOVED", 5)
    answer = await merge(world_client, "parties", "alba", "alva")
    assert answer.status_code == 409
    (violation,) = answer.json()["errors"]
    assert violation["message"].startswith("More than 5 rows refer to the party 'alba'")
    assert violation["hint"].startswith("Merge 'alva' into 'alba' instead: only 0 rows refer to 'alva'")
    assert (await merge(world_client, "parties", "alva", "alba")).status_code == 200
    # Of the other direction, too, where there is none that would do.
    assert "minutes" in (await merge(world_client, "parties", "alba", "boria")).json()["errors"][0]["hint"]


async def test_all_that_speaks_against_it_comes_at_once(world_client: httpx.AsyncClient) -> None:
    await made(world_client, "parties", slug="gone", name="Gone", kind="state", member_of=[{"party": "boria"}])
    await world_client.delete("/v1/parties/gone", params={"reason": "coded twice"})
    answer = await merge(world_client, "parties", "boria", "gone")
    messages = [error["message"] for error in answer.json()["errors"]]
    assert answer.status_code == 409 and len(messages) == 2
    assert "was withdrawn" in messages[0] and "refers to 'boria'" in messages[1]
    assert (await merge(world_client, "parties", "gone", "boria")).status_code == 410
    assert (await merge(world_client, "parties", "nobody", "boria")).status_code == 404
    unknown = (await merge(world_client, "parties", "boria", "albaa")).json()
    assert (unknown["status"], unknown["errors"][0]["hint"]) == (422, "Did you mean 'alba'?")
    wrong = await world_client.post("/v1/parties/boria/merge", json={"onto": "alba"})
    assert wrong.status_code == 422 and {e["pointer"] for e in wrong.json()["errors"]} == {"/into", "/onto"}
    stale = await world_client.post("/v1/parties/boria/merge", json={"into": "delta"}, headers={"If-Match": '"v7"'})
    assert stale.status_code == 412
    nowhere = await world_client.post("/v1/talks/round-1/merge", json={"into": "x"})
    assert (nowhere.status_code, "Did you mean" in nowhere.text) == (404, False)


async def test_a_call_is_no_place_on_the_map(world_client: httpx.AsyncClient) -> None:
    await made(world_client, "places", slug="call", name="Video call", kind="virtual")
    answer = await merge(world_client, "places", "lake-town", "call")
    assert answer.status_code == 409, answer.text
    (violation,) = answer.json()["errors"]
    assert (violation["pointer"], violation["message"]) == (
        "/into",
        "'call' is virtual and cannot have coordinates; 'lake-town' has some",
    )


async def test_mentions_inside_values_and_pointers_follow(world_client: httpx.AsyncClient) -> None:
    await made(world_client, "parties", slug="borea", name="Borea", kind="state")
    await world_client.patch("/v1/parties/borea", json={"slug": "borea-state"})
    patch = {"quantities": [{"value": 5, "unit": "ships", "by": "borea-state"}], "addressees": ["borea-state"]}
    assert (await world_client.patch("/v1/demands/plan-6", json=patch)).status_code == 200
    cited = await made(
        world_client, "citations", source="gazette", target="demands/plan-6", field="/addressees/borea-state"
    )
    assert (await merge(world_client, "parties", "borea-state", "boria")).status_code == 200
    demand = await read(world_client, "/v1/demands/plan-6")
    assert demand["quantities"][0]["by"] == "boria"
    assert [party["slug"] for party in demand["addressees"]] == ["boria"]
    assert (await read(world_client, f"/v1/citations/{cited['slug']}"))["field"] == "/addressees/boria"
    assert (await world_client.get("/v1/parties/borea")).headers["location"] == "/v1/parties/boria"


async def test_the_past_shows_both_and_both_have_a_history(world_client: httpx.AsyncClient, psql: Session) -> None:
    lost = await made(world_client, "people", slug="anna", name="Anna")
    before = await everything(world_client)
    revision = await head(psql)
    assert (await merge(world_client, "people", "anna", "ana")).status_code == 200
    assert await everything(world_client, as_of=revision) == before
    for key in ("anna", lost["id"]):
        history = (await read(world_client, f"/v1/people/{key}/history"))["data"]
        assert [one["action"] for one in history] == ["merge", "create"]
        assert history[0]["changes"][0]["op"] == "remove"
    assert (await read(world_client, "/v1/people/ana/history"))["data"][0]["action"] == "merge"


async def test_a_dry_run_tells_what_it_would_touch_and_writes_nothing(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    await made(world_client, "parties", slug="borea", name="Borea", kind="state")
    await world_client.patch("/v1/demands/plan-6", json={"addressees": ["borea"]})
    revision = await head(psql)
    plan = (await merge(world_client, "parties", "borea", "boria", dry_run="true")).json()
    assert plan["records"] == [
        {"collection": "parties", "slug": "boria", "action": "merge", "changes": None},
        {"collection": "demands", "slug": "plan-6", "action": "change", "changes": None},
        {"collection": "parties", "slug": "borea", "action": "merge", "changes": None},
    ]
    assert await head(psql) == revision


async def test_a_merge_with_a_key_is_done_once(world_client: httpx.AsyncClient, psql: Session) -> None:
    await made(world_client, "people", slug="anna", name="Anna")
    first, again = [
        await world_client.post(
            "/v1/people/anna/merge", json={"into": "ana", "message": "one woman"}, headers={"Idempotency-Key": "m-1"}
        )
        for _ in range(2)
    ]
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    undone = [
        await world_client.post(f"/v1/revisions/{await head(psql) - n}/undo", headers={"Idempotency-Key": "u-1"})
        for n in (0, 1)
    ]
    assert [one.status_code for one in undone] == [201, 201]
    assert undone[0].content == undone[1].content
    assert undone[0].json()["message"] == f"undo of revision {first.headers['parley-revision']}"


async def test_two_spellings_of_a_real_name_in_two_delegations_become_one(
    own_client: httpx.AsyncClient, own_admin: dict[str, str]
) -> None:
    own_client.headers.update(own_admin)
    before = await read(own_client, "/v1/delegations", person="rustem-umerov", limit=500)
    await made(own_client, "people", slug="roustem-oumierov", name="Roustem Oumierov")
    await made(own_client, "talks", slug="call", title="A call", process="russia-ukraine", start="2025-06-09")
    await made(
        own_client,
        "delegations",
        slug="callers",
        talk="call",
        party="ukraine",
        members=[{"person": "roustem-oumierov"}],
    )
    assert (await merge(own_client, "people", "roustem-oumierov", "rustem-umerov")).status_code == 200
    seats = await read(own_client, "/v1/delegations", person="roustem-oumierov", limit=500)
    assert {row["slug"] for row in seats["data"]} == {"callers", *(row["slug"] for row in before["data"])}
    person = await read(own_client, "/v1/people/rustem-umerov")
    assert "Roustem Oumierov" in [name["text"] for name in person["names"]]
    found = await read(own_client, "/v1/search", q="Oumierov")
    assert found["data"][0]["slug"] == "rustem-umerov"


@pytest.mark.parametrize("collection", [one for one in RESOURCES if one.kind.is_mergeable], ids=lambda one: one.name)
def test_what_leads_to_a_record_is_found_by_an_index(collection: Resource) -> None:
    """A merge on a ledger of any size reads no table whole for the rows that it moves."""
    for pointer in nonempty(pointers_at(collection.kind.model.__table__)):
        rules: list[Any] = [*pointer.table.constraints, *pointer.table.indexes]
        first = {
            str(next(iter(rule.columns)).name)
            for rule in rules
            if isinstance(rule, PrimaryKeyConstraint | UniqueConstraint | Index) and len(rule.columns)
        }
        assert pointer.column in first, f"{pointer.table.name}.{pointer.column}"
