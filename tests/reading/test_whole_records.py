"""`fields=` and `include=` of a list reach every field of the record."""

import csv
import io
import json

import httpx
import pytest

from app.reading.markers import Included, OnRequest
from app.reading.selection import marker_of
from app.registry import RESOURCES
from app.resources.resource import Resource

EVERY = pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)


@EVERY
async def test_a_whole_row_is_the_record_read_alone(client: httpx.AsyncClient, collection: Resource) -> None:
    name = collection.name
    rows = (await client.get(f"/v1/{name}?fields=*&limit=500")).json()["data"]
    assert rows
    for row in rows[:: max(len(rows) // 40, 1)]:
        assert row == (await client.get(f"/v1/{name}/{row['slug']}")).json()
    line = (await client.get(f"/v1/{name}?fields=*&format=ndjson&limit=1")).text.splitlines()[0]
    assert json.loads(line) == rows[0]
    # What comes only when it is asked comes beside the star.
    beside = (await client.get(f"/v1/{name}?fields=*,urls&limit=1")).json()["data"][0]
    assert beside == {**rows[0], "urls": beside["urls"]} and beside["urls"]["self"].startswith(f"/v1/{name}/")


@EVERY
async def test_each_field_of_the_record_can_be_picked_or_added(client: httpx.AsyncClient, collection: Resource) -> None:
    read_spec, name = collection.read_spec, collection.name
    whole = (await client.get(f"/v1/{name}?fields=*&limit=50")).json()["data"]
    plain = (await client.get(f"/v1/{name}?limit=50")).json()["data"]
    own = [
        field
        for field, info in read_spec.row.model_fields.items()
        # What the summary shows in another form than the detail: included records, which stand there whole.
        if not marker_of(info, Included) and not marker_of(info, OnRequest)
    ]
    got = await client.get(f"/v1/{name}?limit=50&fields={','.join(own)}")
    assert got.status_code == 200, got.text
    assert got.json()["data"] == [{field: row[field] for field in own} for row in whole]
    table = await client.get(f"/v1/{name}?limit=1&format=csv&fields={','.join(own)}")
    header = next(csv.reader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert {column.partition(".")[0] for column in header} == set(own)
    further = [field for field in own if field not in read_spec.summary.model_fields]
    for field in further:
        got = await client.get(f"/v1/{name}?limit=50&include={field}")
        assert got.status_code == 200, (field, got.text)
        added = got.json()["data"]
        assert [{key: value for key, value in row.items() if key != field} for row in added] == plain, field
        for row, record in zip(added, whole, strict=True):
            assert _holds(row[field], record[field]), field


def _holds(opened: object, mention: object) -> bool:
    """Whether an included value is the record's own, or opens each of its mentions to a record that holds all of it."""
    if isinstance(mention, list) and isinstance(opened, list):
        return len(opened) == len(mention) and all(map(_holds, opened, mention))
    if isinstance(mention, dict) and isinstance(opened, dict):
        return all(_holds(opened.get(key), value) for key, value in mention.items())
    return opened == mention


async def test_fields_below_included_records_reach_all_of_theirs(client: httpx.AsyncClient) -> None:
    got = await client.get(
        "/v1/proposals?id=russian-memorandum-2025-06-02&fields=slug,demands.slug,demands.quantities,demands.links.kind"
    )
    (proposal,) = got.json()["data"]
    assert proposal["demands"]
    for demand in proposal["demands"]:
        alone = (await client.get(f"/v1/demands/{demand['slug']}?fields=slug,quantities,links.kind")).json()
        assert demand == alone
    assert any(demand["quantities"] for demand in proposal["demands"])


async def test_a_list_of_nothing_counts(client: httpx.AsyncClient) -> None:
    for query in ("process=russia-ukraine", "q=neutrality", "issue=TERR&claimant=russia", "sort=slug&is_mutual=true"):
        page = (await client.get(f"/v1/demands?{query}&facets=act&count=exact")).json()
        got = await client.get(f"/v1/demands?{query}&facets=act&count=exact&limit=0")
        assert got.status_code == 200, got.text
        assert got.json()["data"] == [] and got.json()["facets"] == page["facets"]
        assert got.json()["page"] == {**page["page"], "limit": 0, "next": None}
        assert "link" not in got.headers
    refused = await client.get("/v1/demands?part=option-9&limit=0")
    assert [error["parameter"] for error in refused.json()["errors"]] == ["part"]
    for format_ in ("csv", "ndjson", "jsonld", "atom", "feed"):
        refused = await client.get(f"/v1/talks?limit=0&format={format_}")
        assert refused.status_code == 422, format_
        (error,) = refused.json()["errors"]
        assert error["parameter"] == "limit" and "format=json" in error["hint"]
