"""Codings of a record: what is accepted, and that they travel like the other lists of a record."""

import json
from typing import Any

import httpx
import pytest

ANNA: dict[str, Any] = {"coder": "anna", "field": "/kind", "value": "plenary", "coded_on": "2026-11-20"}
BEN: dict[str, Any] = {**ANNA, "coder": "ben", "value": "round"}


def codings_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: one[name] for name in ANNA if one[name] is not None} for one in record["codings"]]


@pytest.mark.parametrize(
    ("collection", "slug", "coding", "place", "message", "hint"),
    [
        ("talks", "round-1", {"field": "/process", "value": "x"}, "field", "'/process' of a talk cannot be coded", "/kind"),
        ("talks", "round-1", {"field": "/delegations/alba/size", "value": 1}, "field", "cannot be coded", "/visibility"),
        ("talks", "round-1", {"field": "/review", "value": "draft"}, "field", "'/review' of a talk cannot be coded", "/format"),
        ("parties", "alba", {"field": "/kin", "value": "state"}, "field", "'/kin' of a party cannot be coded", "`/kind`"),
        ("talks", "round-1", {"field": "/kind", "value": "plenery"}, "value", "'plenery' is not a value of `kind`", "`plenary`"),
        ("talks", "round-1", {"field": "/kind", "value": None}, "value", "A coding needs a `value`", "omit the coding"),
        ("talks", "round-1", {"field": "/duration_minutes", "value": "90"}, "value", "`duration_minutes` of a talk is a number; got '90'", ""),
        ("talks", "round-1", {"field": "/duration_minutes", "value": True}, "value", "is a number; got true", ""),
        ("talks", "round-1", {"field": "/duration_minutes", "value": 1.5}, "value", "integer", ""),
        ("talks", "round-1", {"field": "/title", "value": ["x"]}, "value", "is a text; got a list", ""),
        ("talks", "round-1", {"field": "/start", "value": "31.2.2023"}, "value", "31.2.2023", ""),
        ("demands", "plan-2", {"field": "/is_mutual", "value": "yes"}, "value", "is true or false; got 'yes'", ""),
    ],
)  # fmt: skip
async def test_invalid_codings_are_explained(
    still_world_client: httpx.AsyncClient,
    collection: str,
    slug: str,
    coding: dict[str, Any],
    place: str,
    message: str,
    hint: str,
) -> None:
    got = await still_world_client.patch(f"/v1/{collection}/{slug}", json={"codings": [{"coder": "anna", **coding}]})
    assert got.status_code == 422, got.text
    (error,) = got.json()["errors"]
    assert error["pointer"] == f"/codings/0/{place}"
    assert message in error["message"], error
    assert hint in (error.get("hint") or ""), error


async def test_a_coder_gives_a_field_one_value(still_world_client: httpx.AsyncClient) -> None:
    twice = {"codings": [ANNA, {**ANNA, "value": "round"}]}
    got = await still_world_client.patch("/v1/talks/round-1", json=twice)
    (error,) = got.json()["errors"]
    assert (got.status_code, error["pointer"]) == (422, "/codings") and "anna, /kind" in error["message"]


async def test_codings_travel_with_their_record(world_client: httpx.AsyncClient) -> None:
    patched = await world_client.patch("/v1/talks/round-1", json={"codings": [BEN, ANNA]})
    assert patched.status_code == 200, patched.text
    first = int(patched.headers["parley-revision"])
    assert codings_of(patched.json()) == [ANNA, BEN]
    # What was read can be sent back, and changes nothing.
    again = await world_client.put("/v1/talks/round-1", json=patched.json())
    assert (again.status_code, again.json()["row_version"]) == (200, patched.json()["row_version"]), again.text
    changed = await world_client.patch("/v1/talks/round-1", json={"codings": [ANNA]})
    assert codings_of(changed.json()) == [ANNA]
    then = (await world_client.get(f"/v1/talks/round-1?as_of={first}")).json()
    assert codings_of(then) == [ANNA, BEN]
    history = (await world_client.get("/v1/talks/round-1/history")).json()["data"]
    assert history[0]["action"] == "change" and "codings" in json.dumps(history[0])
    assert (await world_client.get("/v1/talks?has=codings")).json()["data"][0]["slug"] == "round-1"
    csv = await world_client.get("/v1/talks?rows=coding&format=csv&bom=false")
    assert csv.text.splitlines()[1].split(",")[2:] == [
        "1",
        "anna",
        "/kind",
        "plenary",
        "2026-11-20",
        "2026-11-20",
        "2026-11-20",
    ]
    dossier = (await world_client.get("/v1/processes/alba-boria/dossier")).json()
    (talk,) = [one for one in dossier["records"]["talks"] if one["slug"] == "round-1"]
    assert talk["codings"] == [ANNA]
    exported = (await world_client.get("/v1/dossiers/schema")).text
    assert "CodingWrite" in exported


async def test_each_coder_sends_a_file_of_their_own(world_client: httpx.AsyncClient) -> None:
    """Codings are added by dossiers without repeating the record, and no coder removes those of another."""

    def sheet(coder: str, *codings: dict[str, Any]) -> dict[str, Any]:
        additions = {"talks": [{"slug": "round-1", "codings": list(codings)}]} if codings else {}
        return {"format": "parley-dossier/1", "slug": f"codings-of-{coder}", "title": coder, "additions": additions}

    async def send(document: dict[str, Any], status: int = 200) -> httpx.Response:
        got = await world_client.post("/v1/dossiers", json=document)
        assert got.status_code == status, got.text
        return got

    await send(sheet("anna", ANNA))
    await send(sheet("ben", BEN))
    assert codings_of((await world_client.get("/v1/talks/round-1")).json()) == [ANNA, BEN]
    await send(sheet("ben", {**BEN, "value": "bilateral"}))
    assert codings_of((await world_client.get("/v1/talks/round-1")).json())[1]["value"] == "bilateral"
    # Ben cannot change what Anna coded.
    await send(sheet("ben", {**ANNA, "value": "round"}), 409)
    wrong = (await send(sheet("ben", {**BEN, "value": "plenery"}), 422)).json()["errors"]
    assert [one["pointer"] for one in wrong] == ["/additions/talks/0/codings/0/value"]
    await send(sheet("ben"))
    assert codings_of((await world_client.get("/v1/talks/round-1")).json()) == [ANNA]


async def test_a_merge_keeps_the_codings_of_both_records(world_client: httpx.AsyncClient) -> None:
    coding = {"field": "/kind", "value": "state"}
    body = {"name": "Albania", "kind": "state", "codings": [{"coder": "ben", **coding}]}
    assert (await world_client.post("/v1/parties", json={"slug": "albania", **body})).status_code == 201
    await world_client.patch("/v1/parties/alba", json={"codings": [{"coder": "anna", **coding}]})
    merged = await world_client.post("/v1/parties/albania/merge", json={"into": "alba"})
    assert merged.status_code == 200, merged.text
    assert [one["coder"] for one in merged.json()["codings"]] == ["anna", "ben"]
