"""`facets=`: what a list can be filtered by can be counted."""

import httpx
import pytest

from app.collection import Collection
from app.reading.query import facets_of
from app.rooms import COLLECTIONS


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda collection: collection.name)
async def test_each_bucket_counts_what_its_filter_finds(client: httpx.AsyncClient, collection: Collection) -> None:
    """The facets of every collection, a few buckets each: asked for as a filter, a bucket's value finds as many."""
    names = list(facets_of(collection.readable.query))
    got = await client.get(f"/v1/{collection.name}?count=exact&limit=1&facets={','.join(names)}")
    assert got.status_code == 200, got.text
    page = got.json()
    assert list(page["facets"]) == names
    for name, facet in page["facets"].items():
        assert (facet["of"], facet["is"]) == (page["page"]["count"]["value"], "exact"), name
        counts = [bucket["count"] for bucket in facet["values"]]
        assert counts == sorted(counts, reverse=True)
        of_null = {bucket["value"]: bucket["count"] for bucket in facet["values"]}.get(None, 0)
        lacking = (await client.get(f"/v1/{collection.name}?missing={name}&count=exact&limit=1")).json()
        assert lacking["page"]["count"]["value"] == of_null, name
        for bucket in facet["values"][:3]:
            if bucket["value"] is None or name == "year":
                continue
            value = str(bucket["value"]).lower() if isinstance(bucket["value"], bool) else str(bucket["value"])
            asked = {name: value, "count": "exact", "limit": "1"}
            found = (await client.get(f"/v1/{collection.name}", params=asked)).json()
            assert found["page"]["count"]["value"] == bucket["count"], (name, bucket)


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
    told = {fault["message"].split("'")[1]: fault["hint"] for fault in got.json()["errors"]}
    assert told["isue"].startswith("Did you mean `issue`?")
    assert set(told) == {"isue", "limit", "party.all"}
