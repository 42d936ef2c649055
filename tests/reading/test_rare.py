"""Filters that lead to a record over others find the same records whichever way the statement takes."""

import json
from collections import defaultdict

import httpx
import pytest

from app.reading import rare_values, statement_cache
from tests.loops import nonempty


@pytest.fixture(params=["looked up", "walked", "cut short"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The way that the statements take: for all values one, or either, depending on the value."""
    monkeypatch.setattr(rare_values, "FEW", {"looked up": 2_000, "walked": -1, "cut short": 3}[request.param])
    # Statements are compiled once for all readers of the process.
    monkeypatch.setattr(statement_cache, "_COMPILED", {})
    return str(request.param)


async def expected(client: httpx.AsyncClient) -> dict[str, dict[str, set[str]]]:
    """Filter → value → slugs of responses, from all citations as they are exported."""
    people = {row["slug"]: row["party"] for row in (await client.get("/v1/people?limit=500")).json()["data"]}
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in (await client.get("/v1/citations?format=ndjson")).text.splitlines():
        row = json.loads(line)
        if row["target"]["collection"] != "responses":
            continue
        slug = row["target"]["slug"]
        found["source"][row["source"]["slug"]].add(slug)
        if row["source"]["publisher"]:
            found["publisher"][row["source"]["publisher"]].add(slug)
        for link in row["attribution"]:
            if link["party"]:
                found["relayed_by"][link["party"]["slug"]].add(slug)
            if link["person"]:
                found["relayed_by_person"][link["person"]["slug"]].add(slug)
                if party := people[link["person"]["slug"]]:
                    found["relayed_by"][party["slug"]].add(slug)
    return found


async def test_every_value_finds_what_its_citations_tell(client: httpx.AsyncClient, way: str) -> None:
    for name, values in nonempty((await expected(client)).items()):
        for value, slugs in values.items():
            if "," in value:
                continue
            rows = (await client.get("/v1/responses", params={name: value, "limit": 500, "count": "exact"})).json()
            assert {row["slug"] for row in rows["data"]} == slugs, (way, name, value)
            assert rows["page"]["count"]["value"] == len(slugs) == len(rows["data"])


async def test_pages_and_orders_are_the_same_on_every_way(client: httpx.AsyncClient, way: str) -> None:
    every = (await client.get("/v1/responses?limit=500")).json()["data"]
    of_two = {"publisher": "TASS,DW via Mordor", "responder": "russia"}
    for sort, rows in (("-said_on", every), ("slug", sorted(every, key=lambda row: row["slug"]))):
        whole = (await client.get("/v1/responses", params={**of_two, "sort": sort, "limit": 500})).json()["data"]
        wanted = {row["slug"] for row in whole}
        assert len(wanted) == len(whole) > 4
        assert [row["slug"] for row in whole] == [row["slug"] for row in rows if row["slug"] in wanted]
        seen: list[str] = []
        query = {**of_two, "sort": sort, "limit": "3"}
        while True:
            page = (await client.get("/v1/responses", params=query)).json()
            seen += [row["slug"] for row in page["data"]]
            if page["page"]["next"] is None:
                break
            query["cursor"] = page["page"]["next"]
        assert seen == [row["slug"] for row in whole], (way, sort)


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/sources"])
async def test_a_publisher_that_no_source_bears_is_refused_with_the_nearest(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, params={"publisher": "The Moskow Times"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "publisher"
    assert "The Moskow Times" in error["message"] and "'The Moscow Times'" in error["hint"]
    # One that sources bear and no response of this party cites finds nothing.
    if path == "/v1/responses":
        empty = await client.get(path, params={"publisher": "The Moscow Times", "responder": "farc-ep"})
        assert (empty.status_code, empty.json()["data"]) == (200, [])
    assert (await client.get("/v1/responses?reported_by=TASS")).status_code == 422
