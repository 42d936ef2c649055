"""`facets=`: what a list can be filtered by can be counted."""

import json

import httpx
import pytest

from app.reading.query import facets_of
from app.registry import RESOURCES
from app.resources.resource import Resource

#: As tests/reading/test_excluding.py asks: what is compiled and planned there need not be here again.
COUNTED = {"fields": "slug", "limit": "250", "count": "exact"}


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
async def test_each_bucket_counts_what_its_filter_finds(client: httpx.AsyncClient, collection: Resource) -> None:
    """The facets of every collection, a few buckets each: asked for as a filter, a bucket's value finds as many."""
    names = list(facets_of(collection.read_spec.query))
    got = await client.get(f"/v1/{collection.name}?count=exact&limit=1&facets={','.join(names)}")
    assert got.status_code == 200, got.text
    page = got.json()
    assert list(page["facets"]) == names
    for name, facet in page["facets"].items():
        assert (facet["of"], facet["is"]) == (page["page"]["count"]["value"], "exact"), name
        counts = [bucket["count"] for bucket in facet["values"]]
        assert counts == sorted(counts, reverse=True)
        of_null = {bucket["value"]: bucket["count"] for bucket in facet["values"]}.get(None, 0)
        lacking = (await client.get(f"/v1/{collection.name}", params={"missing": name, **COUNTED})).json()
        assert lacking["page"]["count"]["value"] == of_null, name
        buckets = [*facet["values"][:3], *(bucket for bucket in facet["values"][3:] if bucket["value"] is None)]
        for bucket in buckets:
            assert list(bucket) == ["value", "label", "level", "parent", "count"]
            if name == "year":
                continue
            value = "null" if bucket["value"] is None else str(bucket["value"])
            value = value.lower() if isinstance(bucket["value"], bool) else value
            asked = {name: value, **COUNTED}
            got = await client.get(f"/v1/{collection.name}", params=asked)
            if bucket["value"] is None and got.status_code == 422:
                # A text, of which `null` could be a value: `missing=` asks for it, as the error says.
                assert f"missing={name}" in got.json()["errors"][0]["message"], name
                continue
            assert got.json()["page"]["count"]["value"] == bucket["count"], (name, bucket)


@pytest.mark.parametrize(
    ("address", "name", "collection", "key", "parent"),
    [
        ("demands", "issue", "issues", "code", "broader"),
        ("demands", "primary", "issues", "code", "broader"),
        ("talks", "place", "places", "slug", "part_of"),
        ("talks", "process", "processes", "slug", "parent"),
        ("talks", "parent", "talks", "slug", "parent"),
    ],
)
async def test_a_value_that_lies_in_another_says_where(
    client: httpx.AsyncClient, address: str, name: str, collection: str, key: str, parent: str
) -> None:
    above = {}
    for clock in ("", "&as_of=2030-01-01"):
        records = (await client.get(f"/v1/{collection}?format=ndjson&fields={key},{parent}.{key}{clock}")).text
        for row in map(json.loads, records.splitlines()):
            above[row[key]] = row[parent] and row[parent][key]

        def chain(value: str | None) -> list[str]:
            return [] if value is None else [value, *chain(above[value])]

        facet = (await client.get(f"/v1/{address}?limit=0&facets={name}{clock}")).json()["facets"][name]
        assert facet["values"]
        for bucket in facet["values"]:
            lies_in = chain(bucket["value"])[1:]
            expected = (None, None) if bucket["value"] is None else (len(lies_in), lies_in[0] if lies_in else None)
            assert (bucket["level"], bucket["parent"]) == expected, bucket


async def test_a_place_counts_what_lies_in_it_and_a_long_facet_says_that_there_is_more(
    client: httpx.AsyncClient,
) -> None:
    facets = (await client.get("/v1/talks?facets=place&limit=1")).json()["facets"]
    counts = {bucket["value"]: bucket["count"] for bucket in facets["place"]["values"]}
    assert (
        counts["istanbul"]
        == (await client.get("/v1/talks?place=istanbul&count=exact")).json()["page"]["count"]["value"]
    )
    assert counts["istanbul"] > 1 and facets["place"]["more"] is False
    by_source = (await client.get("/v1/citations?facets=source&limit=1")).json()["facets"]["source"]
    assert len(by_source["values"]) == 200 and by_source["more"] is True
    issues = (await client.get("/v1/demands?facets=issue&limit=1")).json()["facets"]["issue"]
    assert {"TERR", "DETN"} <= {bucket["value"] for bucket in issues["values"]}


async def test_facets_count_under_the_filters_and_null_is_a_bucket(client: httpx.AsyncClient) -> None:
    page = (await client.get("/v1/talks?process=russia-ukraine&facets=place,year&count=exact")).json()
    assert {"value": "istanbul", "label": "Istanbul"}.items() <= page["facets"]["place"]["values"][0].items() or any(
        bucket["value"] == "istanbul" and bucket["label"] == "Istanbul" for bucket in page["facets"]["place"]["values"]
    )
    assert any(bucket["value"] is None for bucket in page["facets"]["place"]["values"])
    assert sum(bucket["count"] for bucket in page["facets"]["year"]["values"]) == page["page"]["count"]["value"]


async def test_what_cannot_be_counted_is_refused_by_name(client: httpx.AsyncClient) -> None:
    got = await client.get("/v1/demands?facets=isue,limit,party.all")
    assert got.status_code == 422
    told = {violation["message"].split("'")[1]: violation["hint"] for violation in got.json()["errors"]}
    assert told["isue"].startswith("Did you mean `issue`?")
    assert set(told) == {"isue", "limit", "party.all"}
