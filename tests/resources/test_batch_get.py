"""`POST /v1/{collection}/batch-get`: many records by their keys."""

from typing import Any

import httpx
import pytest

from app.registry import RESOURCES
from app.resources.resource import Resource
from tests.conftest import Statements

EVERY = pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)


async def batch(client: httpx.AsyncClient, name: str, **body: Any) -> httpx.Response:
    return await client.post(f"/v1/{name}/batch-get", json=body)


@pytest.mark.parametrize("option", [{"format": "csv"}, {"rows": "member"}, {"bom": False}])
async def test_what_only_formats_take_is_refused(client: httpx.AsyncClient, option: dict[str, object]) -> None:
    answer = await client.post("/v1/talks/batch-get", json={"keys": ["istanbul-2025-06-02"], **option})
    assert answer.status_code == 422


@EVERY
async def test_a_batch_is_what_lists_and_single_records_say_in_the_order_of_the_keys_in_one_statement(
    client: httpx.AsyncClient, collection: Resource, statements: Statements
) -> None:
    rows = (await client.get(f"/v1/{collection.name}?limit=7")).json()["data"]
    keys = [row["slug"] for row in rows[::-1]]
    keys[0] = rows[-1]["id"]
    whole = (await client.get(f"/v1/{collection.name}/{rows[0]['slug']}")).json()
    statements.clear()
    got = await batch(client, collection.name, keys=[*keys, keys[0]])
    assert got.status_code == 200, got.text
    assert len(statements) == 1
    answer = got.json()
    assert answer["data"] == [*rows[::-1], rows[-1]]
    assert (answer["missing"], answer["withdrawn"], answer["moved"]) == ([], [], [])
    assert int(got.headers["parley-revision"]) > 0
    assert (await batch(client, collection.name, keys=keys[-1:], whole=True)).json()["data"] == [whole]


async def test_a_record_is_named_by_identifier_or_code_too_and_takes_include_fields_and_options(
    client: httpx.AsyncClient,
) -> None:
    parties = await batch(client, "parties", keys=["wikidata:Q212", "iso3166:RU"], fields=["slug"])
    assert parties.json()["data"] == [{"slug": "ukraine"}, {"slug": "russia"}]
    issues = await batch(client, "issues", keys=["CEAS.TRUCE", "ceas-truce"], fields=["code"])
    assert [row["code"] for row in issues.json()["data"]] == ["CEAS.TRUCE", "CEAS.TRUCE"]
    words = [
        (await batch(client, "demands", keys=["article-2025-06-02-1-1"], include=["state"], state_on=day)).json()
        for day in ("2025-06-02", "2025-06-05")
    ]
    assert words[0]["data"][0]["state"]["word"] != words[1]["data"][0]["state"]["word"] == "rejected"


async def test_a_key_that_leads_nowhere_stands_beside_the_data_with_its_place_and_the_nearest_slug(
    client: httpx.AsyncClient, statements: Statements
) -> None:
    got = await batch(client, "parties", keys=["rusia", "ukraine", "qqqqq", "wikidata:Q0", "people/x"], fields=["slug"])
    assert got.json()["data"] == [{"slug": "ukraine"}]
    assert got.json()["missing"] == [
        {"key": "rusia", "position": 0, "hint": "Did you mean 'russia'?"},
        {"key": "qqqqq", "position": 2, "hint": None},
        {"key": "wikidata:Q0", "position": 3, "hint": None},
        {"key": "people/x", "position": 4, "hint": None},
    ]
    assert len(statements) == 2


async def test_withdrawn_moved_and_ambiguous_keys_are_told_apart(world_client: httpx.AsyncClient) -> None:
    for slug in ("league", "caria"):
        body = {"external_ids": [{"scheme": "twice", "value": "1"}]}
        assert (await world_client.patch(f"/v1/parties/{slug}", json=body)).status_code == 200
    assert (await world_client.patch("/v1/parties/alba", json={"slug": "alba-new"})).status_code == 200
    made = await world_client.post("/v1/parties", json={"slug": "extra", "name": "Extra", "kind": "state"})
    assert made.status_code == 201
    assert (await world_client.delete("/v1/parties/extra?reason=coded twice")).status_code == 204
    answer = (await batch(world_client, "parties", keys=["extra", "alba", "twice:1", "boria"], fields=["slug"])).json()
    assert answer["data"] == [{"slug": "alba-new"}, {"slug": "boria"}]
    (gone,) = answer["withdrawn"]
    assert (gone["key"], gone["position"], gone["reason"]) == ("extra", 0, "coded twice")
    assert answer["moved"] == [{"key": "alba", "position": 1, "slug": "alba-new"}]
    (alike,) = answer["missing"]
    assert alike["position"] == 2
    assert "'caria'" in alike["hint"] and "'league'" in alike["hint"]


async def test_a_batch_makes_no_revision_and_needs_no_key(world_client: httpx.AsyncClient) -> None:
    head = (await world_client.get("/v1/revisions")).json()["head"]
    del world_client.headers["authorization"]
    assert (await batch(world_client, "talks", keys=["round-1"])).status_code == 200
    assert (await world_client.get("/v1/revisions")).json()["head"] == head


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/keys"]),
        ({"keys": []}, ["/keys"]),
        ({"keys": "ukraine"}, ["/keys"]),
        ({"keys": [f"x{n}" for n in range(501)]}, ["/keys"]),
        ({"keys": ["ukraine", 5, ""], "feilds": ["slug"], "whole": "yes"}, ["/feilds", "/keys/1", "/keys/2", "/whole"]),
        ({"keys": ["ukraine"], "fields": ["slug", "nmae"], "include": ["nonsense"]}, ["/fields/1", "/include/0"]),
        ({"keys": ["ukraine"], "include": "citations"}, ["/include"]),
        (
            {"keys": [], "fields": ["nmae"], "include": [7, "nonsense"]},
            ["/fields/0", "/include/0", "/include/1", "/keys"],
        ),
    ],
)
async def test_a_bad_body_is_refused_with_all_its_faults(
    client: httpx.AsyncClient, body: dict[str, Any], pointers: list[str]
) -> None:
    got = await client.post("/v1/parties/batch-get", json=body)
    assert got.status_code == 422, got.text
    assert sorted(violation["pointer"] for violation in got.json()["errors"]) == pointers


async def test_an_address_that_takes_nothing_says_so(client: httpx.AsyncClient) -> None:
    got = await client.post("/v1/parties/batch-get?format=csv&x=1", json={"keys": ["ukraine"]})
    assert got.status_code == 422
    assert [violation["parameter"] for violation in got.json()["errors"]] == ["format", "x"]
    in_body = await client.post("/v1/parties/batch-get", json={"keys": ["ukraine"], "format": "json"})
    assert [violation["pointer"] for violation in in_body.json()["errors"]] == ["/format"]


async def test_what_is_not_strict_json_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    for raw, status in (
        (b'{"keys": ["a"], "keys": []}', 400),
        (b"[1]", 422),
        (b"", 400),
        (b'{"keys": ["\\u0000"]}', 422),
    ):
        got = await client.post("/v1/parties/batch-get", content=raw, headers=headers)
        assert got.status_code == status, got.text
    assert (await client.post("/v1/parties/batch-get", content=b"{}")).status_code == 415


async def test_pages_of_other_origins_may_read_batches_and_still_not_write(client: httpx.AsyncClient) -> None:
    asks = {"Origin": "https://elsewhere.test", "Access-Control-Request-Method": "POST"}
    allowed = await client.options("/v1/parties/batch-get", headers=asks)
    assert allowed.headers["access-control-allow-methods"] == allowed.headers["allow"] == "OPTIONS, POST"
    got = await client.post("/v1/parties/batch-get", json={"keys": ["ukraine"]}, headers=asks)
    assert got.headers["access-control-allow-origin"] == "*"
    refused = await client.options("/v1/parties", headers=asks)
    assert "POST" not in refused.headers["access-control-allow-methods"]
