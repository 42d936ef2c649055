"""`country=` and `conflict=`: what they find is what the records say, whichever way the statement takes, on both clocks."""

from typing import Any

import httpx
import pytest

from app.reading import rare_values, statement_cache
from tests.conftest import Statements
from tests.loops import nonempty


@pytest.fixture(params=["looked up", "walked", "cut short"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The way that the statements take: for all values one, or either, depending on the value."""
    monkeypatch.setattr(rare_values, "FEW", {"looked up": 2_000, "walked": -1, "cut short": 3}[request.param])
    # Statements are compiled once for all readers of the process.
    monkeypatch.setattr(statement_cache, "_COMPILED", {})
    return str(request.param)


async def rows(client: httpx.AsyncClient, name: str, **query: Any) -> list[dict[str, Any]]:
    got = await client.get(f"/v1/{name}", params={"limit": 500, **query})
    assert got.status_code == 200, got.text
    found: list[dict[str, Any]] = got.json()["data"]
    return found


async def countries(client: httpx.AsyncClient) -> dict[str, dict[str, set[str]]]:
    """Collection → slug → countries, worked out from whole records."""
    of_party = {row["slug"]: set(row["countries"]) for row in await rows(client, "parties")}
    of_place = {row["slug"]: set(row["countries"]) for row in await rows(client, "places")}
    processes = {
        row["slug"]: {
            country
            for one in row["parties"]
            if one["role"] == "negotiating"
            for country in of_party[one["party"]["slug"]]
        }
        for row in await rows(client, "processes", fields="slug,parties")
    }
    return {
        "processes": processes,
        "talks": {
            row["slug"]: of_place[row["place"]["slug"]] if row["place"] else set()
            for row in await rows(client, "talks")
        },
        "agreements": {row["slug"]: processes[row["process"]["slug"]] for row in await rows(client, "agreements")},
    }


async def test_a_country_finds_what_the_records_say(client: httpx.AsyncClient, way: str) -> None:
    for name, said in nonempty((await countries(client)).items()):
        every = {country for codes in said.values() for country in codes}
        assert len(every) > 5, name
        for codes in (*({country} for country in every), {"TR", "CO"}, {"PE"}):
            found = {row["slug"] for row in await rows(client, name, country=",".join(codes))}
            assert found == {slug for slug, of in said.items() if of & codes}, (way, name, codes)


async def test_facets_count_the_countries_and_those_without(client: httpx.AsyncClient) -> None:
    for name, said in nonempty((await countries(client)).items()):
        got = (await client.get(f"/v1/{name}?facets=country&limit=1")).json()["facets"]["country"]
        counted = {bucket["value"]: bucket["count"] for bucket in got["values"]}
        none = sum(not of for of in said.values())
        every = {country for codes in said.values() for country in codes}
        expected = {country: sum(country in of for of in said.values()) for country in every}
        assert counted == expected | ({None: none} if none else {}), name
        assert len(await rows(client, name, missing="country")) == none


async def test_a_code_that_is_no_country_is_refused(client: httpx.AsyncClient) -> None:
    for name in ("processes", "talks", "agreements"):
        got = await client.get(f"/v1/{name}?country=UK")
        assert got.status_code == 422
        assert got.json()["errors"][0]["parameter"] == "country"
        assert "'UK' is not a country code of ISO 3166" in got.json()["errors"][0]["message"]


def conflict(value: str, name: str = "The war", scheme: str = "ucdp-conflict") -> dict[str, Any]:
    uri = f"https://ucdp.uu.se/conflict/{value}"
    return {"name": name, "external_ids": [{"scheme": scheme, "value": value, "uri": uri}]}


async def resolved(client: httpx.AsyncClient, value: str, **query: Any) -> list[tuple[str, str, str | None]]:
    got = await client.get("/v1/resolve", params={"scheme": "ucdp-conflict", "value": value, **query})
    assert got.status_code == 200, got.text
    return [(one["collection"], one["slug"], one["conflict"]) for one in got.json()["data"]]


async def test_an_identifier_of_a_conflict_leads_to_its_processes(
    world_client: httpx.AsyncClient, way: str, statements: Statements
) -> None:
    (first,) = await rows(world_client, "processes")
    before = int((await world_client.get("/v1/processes")).headers["parley-revision"])
    body = {
        "title": "Another",
        "kind": "peace",
        "conflicts": [conflict("333", "Afghanistan"), conflict("333", "Again")],
    }
    assert (await world_client.post("/v1/processes", json=body)).status_code == 201
    patch = {"conflicts": [conflict("333"), conflict("13243", scheme="cow")]}
    assert (await world_client.patch(f"/v1/processes/{first['slug']}", json=patch)).status_code == 200
    both = int((await world_client.get("/v1/processes")).headers["parley-revision"])
    statements.clear()
    assert await resolved(world_client, "333") == [
        ("processes", first["slug"], "The war"),
        ("processes", "another", "Afghanistan"),
    ]
    assert len(statements) == 1
    assert {row["slug"] for row in await rows(world_client, "processes", conflict="ucdp-conflict:333")} == {
        "another",
        first["slug"],
    }
    schemes = {one["scheme"]: one for one in (await world_client.get("/v1/schemes")).json()["data"]}
    assert (schemes["ucdp-conflict"]["count"], schemes["cow"]["count"]) == (2, 1)
    assert schemes["ucdp-conflict"]["example_uri"] == "https://ucdp.uu.se/conflict/333"
    got = (await world_client.get("/v1/processes?facets=conflict")).json()["facets"]["conflict"]["values"]
    assert {one["value"]: one["count"] for one in got} == {"ucdp-conflict:333": 2, "cow:13243": 1}

    # What is taken out is not found any more, and is found where it was.
    assert (await world_client.patch(f"/v1/processes/{first['slug']}", json={"conflicts": []})).status_code == 200
    assert await resolved(world_client, "333") == [("processes", "another", "Afghanistan")]
    assert await resolved(world_client, "333", known_by="2030") == [("processes", "another", "Afghanistan")]
    assert len(await resolved(world_client, "333", as_of=both)) == 2
    assert len(await rows(world_client, "processes", conflict="ucdp-conflict:333", as_of=both)) == 2
    assert (await world_client.get(f"/v1/resolve?scheme=ucdp-conflict&value=333&as_of={before}")).status_code == 422
    assert await rows(world_client, "processes", conflict="ucdp-conflict:333", as_of=before) == []


async def test_an_identifier_without_a_scheme_is_refused(client: httpx.AsyncClient) -> None:
    got = await client.get("/v1/processes?conflict=333")
    assert got.status_code == 422
    assert "'333' is not an identifier" in got.json()["errors"][0]["message"]
