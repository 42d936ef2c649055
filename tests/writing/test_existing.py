"""A new record without a slug is refused where a stored one has its name or an external id of it."""

from typing import Any

import httpx
import pytest

#: (collection, body of a record that is taken for a stored one, field, candidate's slug).
SAME: list[tuple[str, dict[str, Any], str, str]] = [
    ("parties", {"name": "ALBA", "kind": "state"}, "/name", "alba"),
    ("people", {"name": "Ána"}, "/name", "ana"),
    ("people", {"name": "ana"}, "/name", "ana"),
    ("places", {"name": "Lake town", "kind": "city"}, "/name", "lake-town"),
    ("sources", {"title": "the plan in full", "publisher": "Gazette", "published": "2020-03-02"}, "/title", "gazette"),
    ("processes", {"title": "Alba–Boria settlement", "kind": "peace"}, "/title", "alba-boria"),
    ("talks", {"title": "First round", "process": "alba-boria", "start": "2020-03-01"}, "/title", "round-1"),
]  # fmt: skip
#: Like those, and yet others.
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("talks", {"title": "First round", "process": "alba-boria", "start": "2021-03-01"}),
    ("sources", {"title": "The plan in full", "publisher": "Herald", "published": "2020-03-02"}),
    ("parties", {"name": "Albania", "kind": "state"}),
    ("places", {"name": "Alba", "kind": "country"}),
]


@pytest.mark.parametrize(("collection", "body", "field", "slug"), SAME)
async def test_a_stored_name_is_a_conflict_that_names_the_record_and_the_way_out(
    world_client: httpx.AsyncClient, collection: str, body: dict[str, Any], field: str, slug: str
) -> None:
    refused = await world_client.post(f"/v1/{collection}", json=body)
    assert refused.status_code == 409, refused.text
    (error,) = refused.json()["errors"]
    stored = (await world_client.get(f"/v1/{collection}/{slug}")).json()
    assert error["pointer"] == field
    assert error["candidate"].pop("why").startswith("the same ")
    name = stored.get("name") or stored["title"]
    assert error["candidate"] == {"slug": slug, "name": name, "href": f"/v1/{collection}/{slug}"}
    assert "allow_duplicate=true" in error["hint"]
    planned = await world_client.post(f"/v1/{collection}?dry_run=true", json=body)
    assert planned.status_code == 409
    made = await world_client.post(f"/v1/{collection}?allow_duplicate=true", json=body)
    assert made.status_code == 201, made.text
    named = await world_client.post(f"/v1/{collection}", json={**body, "slug": "a-slug-of-its-own"})
    assert named.status_code == 201, named.text


@pytest.mark.parametrize(("collection", "body"), OTHERS)
async def test_what_differs_in_more_than_spelling_is_another_record(
    world_client: httpx.AsyncClient, collection: str, body: dict[str, Any]
) -> None:
    made = await world_client.post(f"/v1/{collection}", json=body)
    assert made.status_code == 201, made.text


async def test_a_stored_external_id_is_a_conflict_on_post_and_leads_to_the_record_in_an_import(
    world_client: httpx.AsyncClient,
) -> None:
    outer = [{"scheme": "wikidata", "value": "Q1"}]
    await world_client.patch("/v1/parties/alba", json={"external_ids": outer})
    body = {"name": "Republic of Alba", "kind": "state", "external_ids": outer}
    refused = await world_client.post("/v1/parties", json=body)
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["pointer"]) == (409, "/external_ids")
    assert (error["candidate"]["slug"], error["candidate"]["why"]) == ("alba", "the same external id wikidata:Q1")
    lines = httpx.Request("POST", "http://x", json={"collection": "parties", **body}).content
    sent = await world_client.post(
        "/v1/imports?mode=merge", content=lines, headers={"Content-Type": "application/x-ndjson"}
    )
    assert sent.status_code == 200, sent.text
    assert (await world_client.get("/v1/parties/alba")).json()["name"] == "Republic of Alba"


async def test_a_withdrawn_record_is_no_candidate(world_client: httpx.AsyncClient) -> None:
    await world_client.post("/v1/people", json={"name": "Zoe"})
    await world_client.delete("/v1/people/zoe?reason=coded twice")
    made = await world_client.post("/v1/people", json={"name": "Zoe"})
    assert (made.status_code, made.json()["slug"]) == (201, "zoe-2")
