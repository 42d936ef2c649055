"""`/v1/reconcile`: the Reconciliation Service API 0.2, asked as OpenRefine asks."""

import json
from typing import Any

import httpx
import pytest

from tests.conftest import Statements


async def reconciled(client: httpx.AsyncClient, **queries: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    got = await client.post("/v1/reconcile", data={"queries": json.dumps(queries)})
    assert got.status_code == 200, got.text
    answer = got.json()
    assert list(answer) == list(queries)
    for one in answer.values():
        for candidate in one["result"]:
            assert {"id", "name", "score"} <= set(candidate)
            assert isinstance(candidate["id"], str) and isinstance(candidate["name"], str)
            assert 0 < candidate["score"] <= 100 and isinstance(candidate["match"], bool)
            assert all(isinstance(kind["id"], str) for kind in candidate["type"])
            assert all(isinstance(feature["value"], int | float) for feature in candidate["features"])
        scores = [candidate["score"] for candidate in one["result"]]
        assert scores == sorted(scores, reverse=True)
        assert sum(candidate["match"] for candidate in one["result"]) <= 1
    return {key: one["result"] for key, one in answer.items()}


async def extended(client: httpx.AsyncClient, ids: list[str], *properties: dict[str, Any]) -> dict[str, Any]:
    got = await client.post("/v1/reconcile", data={"extend": json.dumps({"ids": ids, "properties": properties})})
    assert got.status_code == 200, got.text
    return dict(got.json())


def best(candidates: list[dict[str, Any]]) -> tuple[str, bool]:
    return candidates[0]["id"], candidates[0]["match"]


async def test_the_manifest_tells_all_that_openrefine_needs_and_its_addresses_answer(client: httpx.AsyncClient) -> None:
    manifest = (await client.get("/v1/reconcile")).json()
    assert "0.2" in manifest["versions"]
    assert all(isinstance(manifest[name], str) for name in ("name", "identifierSpace", "schemaSpace"))
    assert [one["id"] for one in manifest["defaultTypes"]] == ["parties", "people", "places", "issues"]
    for name in ("entity", "property", "type"):
        place = manifest["suggest"][name]
        got = await client.get(place["service_url"] + place["service_path"], params={"prefix": "p"})
        assert got.status_code == 200 and got.json()["result"], name
    place = manifest["extend"]["propose_properties"]
    proposed = (await client.get(place["service_url"] + place["service_path"], params={"type": "people"})).json()
    ids = [one["id"] for one in proposed["properties"]]
    assert "post" in ids and "code" not in ids
    template = manifest["preview"]["url"]
    assert "{{id}}" in template
    shown = await client.get(template.replace("{{id}}", "people%2Frustem-umerov"))
    assert shown.status_code == 200 and "Rustem Umerov" in shown.text
    assert manifest["preview"]["width"] > 0 < manifest["preview"]["height"]
    led = await client.get(manifest["view"]["url"].replace("{{id}}", "people%2Frustem-umerov"))
    assert led.headers["location"] == "/v1/people/rustem-umerov"
    assert (await client.get(manifest["identifierSpace"] + "people/rustem-umerov")).status_code == 200


async def test_names_in_any_script_and_spelling_find_their_person_in_two_statements_a_batch(
    client: httpx.AsyncClient, statements: Statements
) -> None:
    statements.clear()
    found = await reconciled(
        client,
        transliterated={"query": "Umierov"},
        ukrainian={"query": "Умєров"},
        whole={"query": "Rustem Umierov", "type": "people", "type_strict": "should"},
        turned={"query": "UMEROV, Rustem"},
        misspelt={"query": "Medinski", "type": ["people"], "limit": 3},
        alias={"query": "Timochenko"},
        unknown={"query": "Zzyzx Qwrtp"},
        signs={"query": "%_\\'\"([{*"},
    )
    assert len(statements) == 2
    assert best(found["transliterated"]) == best(found["ukrainian"]) == ("people/rustem-umerov", False)
    assert best(found["whole"]) == best(found["turned"]) == ("people/rustem-umerov", True)
    assert best(found["misspelt"]) == ("people/vladimir-medinsky", False)
    assert best(found["alias"]) == ("people/rodrigo-londono", True)
    assert found["unknown"] == found["signs"] == []


async def test_types_keep_out_the_others_and_a_name_that_two_bear_is_no_match(client: httpx.AsyncClient) -> None:
    found = await reconciled(
        client,
        any={"query": "Istanbul"},
        places={"query": "Istanbul", "type": "places", "limit": 1},
        people={"query": "Istanbul", "type": ["people"]},
        both={"query": "Istanbul", "type": ["people", "places"], "type_strict": "all"},
        code={"query": "CEAS.TRUCE"},
        identifier={"query": "wikidata:Q159"},
        address={"query": "parties/ukraine"},
    )
    assert best(found["any"]) == best(found["places"]) == ("places/istanbul", True)
    assert len(found["places"]) == 1
    assert found["people"] == found["both"] == []
    assert best(found["code"]) == ("issues/ceas-truce", True)
    assert best(found["identifier"]) == ("parties/russia", True)
    assert best(found["address"]) == ("parties/ukraine", True)


async def test_namesakes_are_told_apart_by_properties(world_client: httpx.AsyncClient) -> None:
    for party in ("boria", "delta"):
        body = {"slug": f"ana-{party}", "name": "Ana", "party": party}
        assert (await world_client.post("/v1/people", json=body)).status_code == 201
    ask = {"query": "Ana", "type": "people"}
    found = await reconciled(
        world_client,
        alone=ask,
        byname={**ask, "properties": [{"pid": "party", "v": "Delta"}]},
        byid={**ask, "properties": [{"pid": "party", "v": [{"id": "parties/boria", "name": "Boria"}]}]},
        country={"query": "Alba", "properties": [{"pid": "country", "v": "AL"}, {"pid": "kind", "v": "state"}]},
    )
    assert len(found["alone"]) == 3 and not any(one["match"] for one in found["alone"])
    assert best(found["byname"]) == ("people/ana-delta", True)
    assert best(found["byid"]) == ("people/ana-boria", True)
    assert best(found["country"]) == ("parties/alba", True)


async def test_an_identifier_among_the_properties_decides_without_a_name(client: httpx.AsyncClient) -> None:
    found = await reconciled(
        client,
        alone={"properties": [{"pid": "wikidata", "v": "Q212"}]},
        misnamed={"query": "The other side", "properties": [{"pid": "iso3166", "v": "RU"}]},
    )
    assert best(found["alone"]) == ("parties/ukraine", True)
    assert best(found["misnamed"]) == ("parties/russia", True)


async def test_records_are_extended_by_properties_and_identifiers(
    client: httpx.AsyncClient, statements: Statements
) -> None:
    ids = ["people/rustem-umerov", "parties/ukraine", "issues/ceas-truce", "people/nobody", "junk"]
    statements.clear()
    answer = await extended(
        client, ids, {"id": "names"}, {"id": "post", "settings": {"limit": 1}}, {"id": "party"}, {"id": "broader"},
        {"id": "country"}, {"id": "wikidata"}
    )  # fmt: skip
    assert len(statements) == 3
    rows = answer["rows"]
    assert list(rows) == ids
    assert {"str": "Рустем Умєров"} in rows[ids[0]]["names"]
    assert len(rows[ids[0]]["post"]) == 1
    assert rows[ids[0]]["party"] == [{"id": "parties/ukraine", "name": "Ukraine"}]
    assert rows[ids[1]]["wikidata"] == [{"str": "Q212"}] and rows[ids[1]]["country"] == [{"str": "UA"}]
    assert rows[ids[2]]["broader"][0]["id"] == "issues/ceas"
    assert all(values == [] for id_ in ids[3:] for values in rows[id_].values())
    assert answer["meta"][2] == {
        "id": "party",
        "name": "Party",
        "type": {"id": "parties", "name": "Parties: states, groups, organisations, coalitions"},
    }
    place = await extended(client, ["places/istanbul"], {"id": "lat"}, {"id": "lon"})
    assert all(isinstance(values[0]["float"], float) for values in place["rows"]["places/istanbul"].values())


async def test_suggestions_complete_words_and_go_on_from_a_cursor(client: httpx.AsyncClient) -> None:
    async def suggested(what: str, **query: Any) -> list[str]:
        got = await client.get(f"/v1/reconcile/suggest/{what}", params=query)
        assert got.status_code == 200, got.text
        return [one["id"] for one in got.json()["result"]]

    assert "people/rustem-umerov" in await suggested("entity", prefix="ume")
    assert await suggested("entity", prefix="РУСТЕМ") == ["people/rustem-umerov"]
    assert await suggested("entity", prefix="people/rustem-umerov") == ["people/rustem-umerov"]
    first = await suggested("entity", prefix="a", type="people")
    rest = await suggested("entity", prefix="a", type="people", cursor=1)
    assert first[1:] == rest[: len(first) - 1] and all(one.startswith("people/") for one in first)
    assert await suggested("entity", prefix="") == await suggested("entity", prefix="%") == []
    assert await suggested("property", prefix="brOad") == ["broader"]
    assert await suggested("type", prefix="peo") == ["people"]


async def test_the_widget_of_openrefine_is_answered(client: httpx.AsyncClient) -> None:
    sent = "prefix=ume&spell=always&exact=false&prefixed=true"
    got = await client.get(f"/v1/reconcile/suggest/entity?{sent}")
    assert got.status_code == 200 and got.json()["result"]


async def test_a_preview_may_stand_in_a_frame_and_is_only_text(world_client: httpx.AsyncClient) -> None:
    body = {"slug": "sly", "name": "<script>alert(1)</script>", "kind": "state", "summary": '"><img src=x onerror=1>'}
    assert (await world_client.post("/v1/parties", json=body)).status_code == 201
    shown = await world_client.get("/v1/reconcile/preview?id=parties/sly")
    assert shown.headers["content-type"].startswith("text/html")
    assert "frame-ancestors *" in shown.headers["content-security-policy"]
    assert "<script" not in shown.text and "<img" not in shown.text and "&lt;script&gt;" in shown.text
    missing = await world_client.get("/v1/reconcile/preview?id=talks/round-1")
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("queries", "status", "places"),
    [
        ("[", 400, [""]),
        ("[]", 422, [""]),
        ('{"a": {"query": "x"}, "a": {"query": "y"}}', 400, ["/a"]),
        ('{"a": 1}', 422, ["/a"]),
        ('{"a": {}}', 422, ["/a"]),
        (
            '{"a": {"query": "", "typ": "people"}, "b": {"query": "x", "limit": 0}}',
            422,
            ["/a/query", "/a/typ", "/b/limit"],
        ),
        ('{"a": {"query": "x", "type": "peple"}}', 422, ["/a/type"]),
        ('{"a": {"query": "x", "type_strict": "maybe"}}', 422, ["/a/type_strict"]),
        ('{"a": {"query": "x", "properties": [{"pid": "contry", "v": 1}]}}', 422, ["/a/properties/0/pid"]),
        ('{"a": {"query": "x", "properties": [{"pid": "kind"}]}}', 422, ["/a/properties/0/v"]),
        ('{"a": {"properties": [{"pid": "country", "v": "RU"}]}}', 422, ["/a/properties"]),
        ('{"a": {"query": "' + "x" * 301 + '"}}', 422, ["/a/query"]),
        ('{"a": {"query": "\\u0000"}}', 422, ["/a/query"]),
        (json.dumps({str(n): {"query": "x"} for n in range(101)}), 413, []),
    ],
)
async def test_a_bad_batch_is_refused_with_its_faults_by_get_and_post(
    client: httpx.AsyncClient, queries: str, status: int, places: list[str]
) -> None:
    for got in (
        await client.get("/v1/reconcile", params={"queries": queries}),
        await client.post("/v1/reconcile", data={"queries": queries}),
    ):
        assert got.status_code == status, got.text
        assert sorted(violation["pointer"] for violation in got.json()["errors"]) == places


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"queries=%ff", 400),
        (b"queries=\xff", 400),
        (b"", 422),
        (b"callback=alert", 422),
        (b"queries={}&queries={}", 422),
        (b"queries={}&extend={}", 422),
        (b"extend={}", 422),
        (b"extend=" + json.dumps({"ids": [], "properties": [{"id": "nonsense"}]}).encode(), 422),
        (
            b"extend=" + json.dumps({"ids": [], "properties": [{"id": "names", "settings": {"limit": -1}}]}).encode(),
            422,
        ),
        (b"queries={}", 200),
    ],
)
async def test_a_form_is_read_strictly(client: httpx.AsyncClient, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    got = await client.post("/v1/reconcile", content=body, headers=headers)
    assert got.status_code == status, got.text


async def test_other_bodies_and_jsonp_are_refused_and_cors_is_open(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/reconcile", json={})).status_code == 415
    assert (await client.get("/v1/reconcile?callback=alert")).status_code == 422
    assert (await client.get("/v1/reconcile?queries={}&extend={}")).status_code == 422
    got = await client.post("/v1/reconcile", data={"queries": "{}"}, headers={"Origin": "https://elsewhere.test"})
    assert got.headers["access-control-allow-origin"] == "*"
