"""A dry run answers with one shape, whatever is written, and writes nothing."""

from typing import Any

import httpx

from app.registry import RESOURCES
from app.schemas.pages import Plan
from tests import world

#: Dry runs that answer with a report of their own, which has `dry_run` too: they take whole files.
REPORTS = {"/v1/imports", "/v1/dossiers"}
PARTY = {"slug": "eria", "name": "Eria", "kind": "state"}
OTHERS: dict[tuple[str, str], tuple[str, Any]] = {
    ("post", "/v1/revisions/{number}/undo"): ("/v1/revisions/{merged}/undo", None),
    ("post", "/v1/releases"): (
        "/v1/releases",
        {"name": "2026.1", "licence": "CC-BY-4.0", "creators": [{"name": "Ana"}]},
    ),
    ("post", "/v1/duplicates"): (
        "/v1/duplicates",
        {"collection": "parties", "left": "alba", "right": "boria", "decision": "not_the_same"},
    ),
}


def with_dry_run(document: dict[str, Any]) -> set[tuple[str, str]]:
    """All operations that take `dry_run`."""
    shared = document["components"].get("parameters", {})
    return {
        (method, path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for parameter in operation.get("parameters", ())
        if (shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter)["name"] == "dry_run"
    }


async def test_every_dry_run_answers_with_a_plan_and_writes_nothing(world_client: httpx.AsyncClient) -> None:
    await world.answer(world_client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-05")
    await world_client.post("/v1/assessments", json={"kind": "claim", "text": "It rains", "about": ["talks/round-1"]})
    await world_client.post("/v1/agreements", json={"title": "Truce", "process": "alba-boria", "kind": "ceasefire"})
    for body in (PARTY, {**PARTY, "slug": "eria-2"}):
        await world_client.post("/v1/parties", json=body)
    merged = await world_client.post("/v1/parties/eria-2/merge", json={"into": "eria"})
    for collection in ("people", "places", "sources", "agreements"):
        first = (await world_client.get(f"/v1/{collection}?limit=1")).json()["data"][0]["slug"]
        copy = (await world_client.get(f"/v1/{collection}/{first}")).json()
        await world_client.post(f"/v1/{collection}", json={**copy, "slug": "twin"})
    document = (await world_client.get("/openapi.json")).json()
    head = (await world_client.get("/v1/revisions?limit=1")).json()["head"]
    operations = with_dry_run(document)
    assert len(operations) > 4 * len(RESOURCES)
    for method, path in sorted(operations):
        if path in REPORTS:
            continue
        collection = path.split("/")[2]
        if (method, path) in OTHERS:
            address, body = OTHERS[method, path]
            address = address.format(merged=merged.headers["parley-revision"])
        else:
            listed = (await world_client.get(f"/v1/{collection}?limit=100&sort=slug")).json()["data"]
            slugs = [one["slug"] for one in listed]
            key = "twin" if path.endswith("/merge") and "twin" in slugs else slugs[-1]
            stored = (await world_client.get(f"/v1/{collection}/{key}")).json()
            address = path.format(key=key)
            body = {"post": {**stored, "slug": "new"}, "put": stored, "patch": {"notes": ["x"]}, "delete": None}[method]
            if path.endswith("/merge"):
                body = {"into": next(slug for slug in slugs if slug != key)}
        answer = await world_client.request(
            method, f"{address}?dry_run=true{'&reason=x' if method == 'delete' else ''}", json=body
        )
        if answer.status_code == 409 and method in ("post", "delete"):
            assert "errors" in answer.json(), "a dry run is refused as the write would be"
            continue
        assert answer.status_code == 200, f"{method} {address}: {answer.text}"
        plan = Plan.model_validate_json(answer.content, strict=True)
        assert set(answer.json()) == {"dry_run", "records", "referring"}, address
        assert plan.dry_run
        assert plan.records or address == "/v1/duplicates", "only to dismiss a pair touches no record"
    assert (await world_client.get("/v1/revisions?limit=1")).json()["head"] == head


#: A change for each collection; None instead of a value removes it.
EDITS: dict[str, dict[str, Any]] = {
    "processes": {
        "title": "Other",
        "parties": [{"party": "alba", "role": "negotiating"}, {"party": "delta", "role": "host"}],
    },
    "parties": {"summary": "New", "external_ids": [{"scheme": "gw", "value": "7"}], "countries": None},
    "people": {"names": [{"text": "Another name"}]},
    "places": {"lon": 7.25, "lat": 46.5, "precision": "region"},
    "talks": {"ordinal": 9, "notes": ["x"], "outcomes": [{"key": "o", "kind": "vote", "text": "A vote"}]},
    "delegations": {"size": 4, "members": [{"person": "bela", "function": "expert"}]},
    "proposals": {"addressees": ["delta", "boria"], "tabled_on": "2020-03"},
    "demands": {"issues": [{"issue": "WDRW"}], "claimants": ["delta"], "quantities": [{"value": 0.5, "unit": "km"}]},
    "sources": {"authors": ["Somebody"], "published": None},
    "issues": {"scope_note": "New"},
}


async def test_a_dry_run_lists_the_values_that_the_write_changes(world_client: httpx.AsyncClient) -> None:
    """The comparison of the two revisions is computed from the stored history, independently of the dry run."""
    for collection, edit in EDITS.items():
        slug = (await world_client.get(f"/v1/{collection}?limit=1&sort=slug")).json()["data"][0]["slug"]
        stored = (await world_client.get(f"/v1/{collection}/{slug}")).json()
        whole = {**stored, **edit}
        for method, body in (("PATCH", edit), ("PUT", {name: one for name, one in whole.items() if one is not None})):
            planned = await world_client.request(method, f"/v1/{collection}/{slug}?dry_run=true", json=body)
            assert planned.status_code == 200, planned.text
            written = await world_client.request(method, f"/v1/{collection}/{slug}", json=body)
            revision = int(written.headers["parley-revision"])
            compared = (await world_client.get(f"/v1/releases/{revision - 1}..{revision}")).json()["data"]
            # Nested records that the same write changes follow the record itself.
            foreseen = {
                (one["collection"], one["slug"]): one["changes"] for one in planned.json()["records"] if one["changes"]
            }
            done = {(one["collection"], one["slug"]): one["changes"] for one in compared if one["change"] == "changed"}
            assert foreseen == done, (method, collection)
            assert {change["pointer"].split("/")[1] for change in foreseen[collection, slug]} == edit.keys()
            await world_client.put(f"/v1/{collection}/{slug}", json=stored)
