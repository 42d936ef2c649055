"""`/v1/resolve` and `/v1/schemes`: from identifiers to records."""

import httpx
import pytest

from tests.conftest import Statements


async def test_identifiers_of_another_data_set_lead_to_records_in_the_order_asked_in_one_statement(
    client: httpx.AsyncClient, statements: Statements
) -> None:
    # A connection that is new asks the server for its types first.
    await client.get("/v1/schemes")
    statements.clear()
    got = await client.get("/v1/resolve?scheme=wikidata&value=Q212,Q1&value=Q159")
    assert got.status_code == 200, got.text
    assert len(statements) == 1
    assert [(one["asked"], one["url"], one["title"]) for one in got.json()["data"]] == [
        ("Q212", "/v1/parties/ukraine", "Ukraine"),
        ("Q159", "/v1/parties/russia", "Russia"),
    ]
    assert got.json()["data"][1]["uri"] == "http://www.wikidata.org/entity/Q159"
    assert got.json()["missing"] == ["Q1"]
    assert int(got.headers["parley-revision"]) > 0


async def test_a_slug_is_looked_for_in_every_collection(client: httpx.AsyncClient) -> None:
    got = (await client.get("/v1/resolve?slug=russia-ukraine,ceas-truce,rustem-umerov,no-such-slug")).json()
    assert [(one["collection"], one["slug"]) for one in got["data"]] == [
        ("processes", "russia-ukraine"),
        ("issues", "ceas-truce"),
        ("people", "rustem-umerov"),
    ]
    assert got["missing"] == ["no-such-slug"]
    again = (await client.get("/v1/resolve", params={"id": got["data"][2]["id"]})).json()
    assert again["data"][0]["title"] == "Rustem Umerov"


async def test_records_of_every_collection_are_found_by_id(client: httpx.AsyncClient) -> None:
    from app.registry import RESOURCES

    ids = {}
    for collection in RESOURCES:
        row = (await client.get(f"/v1/{collection.name}?limit=1&fields=id")).json()["data"][0]
        ids[row["id"]] = collection.name
    got = (await client.get("/v1/resolve", params={"id": ",".join(ids)})).json()["data"]
    assert {one["id"]: one["collection"] for one in got} == ids
    for one in got:
        assert (await client.get(one["url"])).status_code == 200


async def test_former_slugs_and_withdrawn_records_say_so(world_client: httpx.AsyncClient) -> None:
    assert (await world_client.patch("/v1/people/ana", json={"slug": "ana-of-alba"})).status_code == 200
    made = {"slug": "extra", "name": "Extra", "kind": "state", "external_ids": [{"scheme": "gwid", "value": "7"}]}
    assert (await world_client.post("/v1/parties", json=made)).status_code == 201
    assert (await world_client.delete("/v1/parties/extra?reason=coded twice")).status_code == 204
    (moved,) = (await world_client.get("/v1/resolve?slug=ana")).json()["data"]
    assert (moved["slug"], moved["is_former_slug"], moved["withdrawn"]) == ("ana-of-alba", True, None)
    (gone,) = (await world_client.get("/v1/resolve?scheme=gwid&value=7")).json()["data"]
    assert (gone["slug"], gone["withdrawn"]["reason"]) == ("extra", "coded twice")


async def test_the_schemes_in_use_are_counted(client: httpx.AsyncClient, empty_client: httpx.AsyncClient) -> None:
    found = {one["scheme"]: one for one in (await client.get("/v1/schemes")).json()["data"]}
    assert set(found) == {"iso3166", "wikidata"}
    assert found["wikidata"]["is_exact"] and found["wikidata"]["count"] > 20
    example = found["wikidata"]["example"]
    assert (await client.get(f"/v1/parties/wikidata:{example}")).status_code == 200
    assert (await empty_client.get("/v1/schemes")).json() == {"data": []}


@pytest.mark.parametrize(
    ("query", "parameters", "hint"),
    [
        ("", ["scheme"], "`scheme` and `value`"),
        ("value=Q159", ["scheme"], "/v1/schemes"),
        ("scheme=wikidata", ["value"], "value"),
        ("scheme=wikidatta&value=Q159", ["scheme"], "Did you mean 'wikidata'?"),
        ("scheme=%25&value=Q159", ["scheme"], "Schemes in use: iso3166, wikidata."),
        ("slug=a&id=01972f3e-8a00-7000-8000-000000000001", ["id"], "Send one request for each."),
        ("id=nonsense", ["id"], None),
        ("scheem=wikidata", ["scheem"], "scheme"),
        ("slug=" + ",".join(f"x{n}" for n in range(101)), ["slug"], None),
    ],
)
async def test_what_cannot_be_resolved_is_refused_by_name(
    client: httpx.AsyncClient, query: str, parameters: list[str], hint: str | None
) -> None:
    got = await client.get(f"/v1/resolve?{query}")
    assert got.status_code == 422, got.text
    assert [violation["parameter"] for violation in got.json()["errors"]] == parameters
    assert hint is None or hint in got.json()["errors"][0]["hint"]
