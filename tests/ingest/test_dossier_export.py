"""`GET /v1/processes/{key}/dossier`: given by one ledger, taken by an empty one, given by that: the same bytes."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import yaml

from app.db.vocabulary import Scope
from app.ingest.dossier_schema import EXAMPLE
from app.runtime.bootstrap import engine_at
from tests.conftest import Server, Statements, Templates, application, key_for

BUNDLED = ("colombia-farc", "iran-nuclear", "israel-hamas", "russia-ukraine")


@asynccontextmanager
async def empty_ledger(server: Server, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key to another ledger, in which nothing is."""
    async with server.cloned(templates.empty) as url:
        async with engine_at(url) as engine:
            headers = await key_for(engine, Scope.WRITE)
        async with application(url) as client:
            client.headers.update(headers)
            yield client


async def given(client: httpx.AsyncClient, slug: str) -> bytes:
    got = await client.get(f"/v1/processes/{slug}/dossier")
    assert got.status_code == 200, got.text
    return got.content


async def carried(here: httpx.AsyncClient, there: httpx.AsyncClient, slug: str) -> bytes:
    """Carry a process over and back; answers the dossier that did it."""
    content = await given(here, slug)
    taken = await there.post("/v1/dossiers", content=content, headers={"Content-Type": "application/json"})
    assert taken.status_code == 200, taken.text
    assert taken.json()["counts"]["created"] == len(taken.json()["records"])
    assert await given(there, slug) == content
    return content


@pytest.fixture(scope="session")
async def processes(client: httpx.AsyncClient) -> dict[str, str]:
    """The bundled processes by the dossier that they came in."""
    return {row["slug"]: row["title"] for row in (await client.get("/v1/processes?limit=100")).json()["data"]}


async def test_every_bundled_process_goes_into_an_empty_ledger_and_comes_back_byte_for_byte(
    client: httpx.AsyncClient, server: Server, templates: Templates, processes: dict[str, str]
) -> None:
    assert len(processes) == len(BUNDLED)
    for slug in processes:
        async with empty_ledger(server, templates) as there:
            await carried(client, there, slug)


async def told(client: httpx.AsyncClient, name: str, process: str) -> Any:
    """All records of a collection as lists show them, without what is the ledger's own: ids, and the order of what is
    listed by them."""
    got = await client.get(f"/v1/{name}?process={process}&format=ndjson&include=citations")
    rows = sorted(map(json.loads, got.text.splitlines()), key=lambda row: str(row["slug"]))
    for row in rows:
        for by_id in ("citations", "delegations"):
            row.get(by_id, []).sort(key=lambda one: json.dumps(one, sort_keys=True))
    return [{**row, "id": None, "updated_at": None} for row in rows]


async def test_what_belongs_to_a_process_arrives_whole(
    client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    async with empty_ledger(server, templates) as there:
        await carried(client, there, "russia-ukraine")
        for name in ("talks", "delegations", "proposals", "demands", "responses", "agreements"):
            here = await told(client, name, "russia-ukraine")
            assert len(here) >= 10
            assert await told(there, name, "russia-ukraine") == here


async def test_a_dossier_stands_alone_and_holds_only_what_is_mentioned(client: httpx.AsyncClient) -> None:
    document = json.loads(await given(client, "russia-ukraine"))
    assert [name for name in document if name != "summary"] == ["format", "slug", "title", "records"]
    records = document["records"]
    assert [body["slug"] for body in records["processes"]] == ["russia-ukraine"]
    codes = {body["code"] for body in records["issues"]}
    assert 0 < len(codes) < 200
    assert all(body["broader"] in codes for body in records["issues"] if "broader" in body)
    # Citations of what belongs to the process stand in it, those of what it only mentions stand apart.
    assert any(body.get("citations") for body in records["talks"])
    assert not any("citations" in body for name in ("parties", "people", "places") for body in records[name])
    apart = {body["target"].partition("/")[0] for body in records["citations"]}
    assert {"people"} <= apart <= {"parties", "people", "places", "sources", "issues"}


async def test_a_dossier_is_marked_as_other_reads_are(client: httpx.AsyncClient) -> None:
    first = await client.get("/v1/processes/colombia-farc/dossier")
    assert first.headers["content-type"] == "application/json"
    assert first.headers["content-disposition"] == 'inline; filename="colombia-farc.json"'
    assert first.headers["parley-revision"].isdigit()
    known = {"If-None-Match": first.headers["etag"]}
    again = await client.get("/v1/processes/colombia-farc/dossier", headers=known)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_dossier_in_yaml_says_the_same_and_is_taken(
    client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    whole = json.loads(await given(client, "israel-hamas"))
    by_name = await client.get("/v1/processes/israel-hamas/dossier?format=yaml")
    by_accept = await client.get("/v1/processes/israel-hamas/dossier", headers={"Accept": "text/yaml, */*;q=0.1"})
    assert by_name.content == by_accept.content
    assert by_name.headers["content-type"] == "application/yaml"
    assert by_name.headers["content-disposition"] == 'inline; filename="israel-hamas.yaml"'
    assert yaml.safe_load(by_name.content) == whole
    async with empty_ledger(server, templates) as there:
        sent = {"Content-Type": "application/yaml"}
        assert (await there.post("/v1/dossiers", content=by_name.content, headers=sent)).status_code == 200
        assert json.loads(await given(there, "israel-hamas")) == whole
        assert (await there.get("/v1/processes/israel-hamas/dossier?format=yaml")).content == by_name.content


async def test_a_form_that_dossiers_do_not_have_is_refused(client: httpx.AsyncClient) -> None:
    address = "/v1/processes/israel-hamas/dossier"
    assert (await client.get(address, headers={"Accept": "text/csv"})).status_code == 406
    got = await client.get(f"{address}?format=csv")
    assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "format")
    assert (await client.get(f"{address}?fields=slug")).status_code == 422


async def test_the_number_of_statements_does_not_grow_with_the_process(
    client: httpx.AsyncClient, statements: Statements
) -> None:
    await given(client, "israel-hamas")
    small = len(statements)
    statements.clear()
    await given(client, "russia-ukraine")
    assert len(statements) < 1.5 * small < 300


async def test_a_process_that_is_too_large_is_refused_with_a_way_out(loaded_url: str) -> None:
    for most in (20, 900):
        async with application(loaded_url, dossier_records_max=most) as client:
            got = await client.get("/v1/processes/russia-ukraine/dossier")
            assert got.status_code == 422
            assert f"{most} records" in got.json()["detail"]
            assert "ndjson" in got.json()["detail"]


async def test_what_is_no_process_in_use_is_refused_as_elsewhere(world_client: httpx.AsyncClient) -> None:
    assert (await world_client.get("/v1/processes/nowhere/dossier")).status_code == 404
    await world_client.patch("/v1/processes/alba-boria", json={"slug": "alba"})
    got = await world_client.get("/v1/processes/alba-boria/dossier?format=json")
    assert (got.status_code, got.headers["location"]) == (308, "/v1/processes/alba/dossier?format=json")
    await world_client.post("/v1/processes", json={"slug": "gone", "title": "Gone", "kind": "peace"})
    await world_client.delete("/v1/processes/gone?reason=coded+twice")
    assert (await world_client.get("/v1/processes/gone/dossier")).status_code == 410


async def test_it_needs_a_key_where_reading_does(loaded_url: str) -> None:
    async with application(loaded_url, read_access="key") as client:
        assert (await client.get("/v1/processes/russia-ukraine/dossier")).status_code == 401
        assert (await client.get("/v1/dossiers/schema")).status_code == 401


async def test_a_mention_in_a_value_follows_a_renamed_record(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    await world_client.patch("/v1/demands/plan-1", json={"slug": "withdrawal"})
    async with empty_ledger(server, templates) as there:
        document = json.loads(await carried(world_client, there, "alba-boria"))
        (truce,) = [body for body in document["records"]["demands"] if body["slug"] == "plan-2"]
        assert (truce["timing"]["trigger"]["demand"], truce["depends_on"]) == ("withdrawal", ["withdrawal"])


async def test_a_citation_of_a_row_that_was_removed_is_exported_and_imported(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    cited = {"source": "gazette", "field": "/outcomes/unilateral-step"}
    rows = [{"kind": "unilateral_step", "text": "Alba withdrew."}]
    address = "/v1/processes/alba-boria"
    written = await world_client.patch(address, json={"outcomes": rows, "citations": [cited]})
    assert written.status_code == 200, written.text
    removed = await world_client.patch(address, json={"outcomes": []})
    assert removed.status_code == 200, removed.text
    (citation,) = (await world_client.get("/v1/citations?target=processes/alba-boria")).json()["data"]
    for field, status in ((cited["field"], 200), ("/outcomes/nonsense", 422)):
        changed = await world_client.patch(f"/v1/citations/{citation['slug']}", json={"field": field})
        assert changed.status_code == status, changed.text
    assert "The list is empty" in changed.text
    async with empty_ledger(server, templates) as there:
        assert cited["field"].encode() in await carried(world_client, there, "alba-boria")


async def test_processes_below_and_mentions_across_processes_come_along(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    for name, body in (
        ("processes", {"slug": "line", "title": "The line", "kind": "border", "parent": "alba-boria"}),
        ("processes", {"slug": "lower", "title": "Lower still", "kind": "border", "parent": "line"}),
        ("processes", {"slug": "sea", "title": "The sea", "kind": "border"}),
        ("talks", {"slug": "sea-1", "process": "sea", "title": "At sea", "delegations": [{"party": "delta"}]}),
        ("proposals", {"slug": "sea-plan", "process": "sea", "talk": "sea-1", "title": "Sea plan", "kind": "plan",
                       "demands": [{"slug": "sea-plan-1", "text": "One"}, {"slug": "sea-plan-2", "text": "Two"}]}),
        ("proposals", {"slug": "low-plan", "process": "lower", "title": "Low plan", "kind": "plan",
                       "relations": [{"kind": "cites", "proposal": "plan"}],
                       "demands": [{"slug": "low-1", "text": "L", "links": [{"kind": "repeats", "demand": "sea-plan-1"}]}]}),
        ("assessments", {"slug": "gloomy", "kind": "prediction", "text": "No", "about": ["talks/sea-1", "demands/low-1"]}),
        ("assessments", {"slug": "of-alba", "kind": "background", "text": "Old", "about": ["parties/alba"]}),
    ):  # fmt: skip
        posted = await world_client.post(f"/v1/{name}", json=body)
        assert posted.status_code == 201, posted.text
    async with empty_ledger(server, templates) as there:
        records = json.loads(await carried(world_client, there, "alba-boria"))["records"]
    slugs = {name: [body["slug"] for body in bodies] for name, bodies in records.items()}
    assert slugs["processes"] == ["alba-boria", "line", "lower", "sea"]
    assert slugs["proposals"] == ["low-plan", "plan", "sea-plan"]
    assert "sea-plan-1" in slugs["demands"]
    assert "sea-plan-2" not in slugs["demands"], "a mentioned proposal comes without its other points"
    assert slugs["talks"] == ["round-1", "round-1-principals", "sea-1"]
    assert "sea-1-delta" not in slugs["delegations"]
    assert slugs["assessments"] == ["gloomy"]
    # A process alone takes along the one above it, which it mentions, and no more of that.
    async with empty_ledger(server, templates) as there:
        records = json.loads(await carried(world_client, there, "lower"))["records"]
    assert [body["slug"] for body in records["processes"]] == ["alba-boria", "line", "lower", "sea"]
    assert [body["slug"] for body in records["proposals"]] == ["low-plan", "plan", "sea-plan"]


async def test_bodies_that_speak_for_a_party_come_along(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    address, states = "/v1/processes/alba-boria/dossier", "/v1/demands?fields=slug,state&limit=500"
    answer = {"slug": "yes", "demand": "plan-1", "responder": "boria", "stance": "accepted", "said_on": "2020-03-02"}
    before = await world_client.post("/v1/responses", json=answer)
    revision = before.headers["parley-revision"]
    # The senate has not approved yet; the court speaks for the senate, and nobody who belongs to the process.
    await world_client.post("/v1/parties", json={"slug": "other", "name": "Other", "kind": "state"})
    mandates = {"senate": "boria", "court": "senate", "dissolved": "boria", "stranger": "other"}
    for slug, party in mandates.items():
        body = {"slug": slug, "name": slug, "kind": "assembly", "speaks_for": [{"party": party, "role": "approves"}]}
        posted = await world_client.post("/v1/parties", json=body)
        assert posted.status_code == 201, posted.text
    assert (await world_client.delete("/v1/parties/dissolved?reason=coded+twice")).is_success
    assert (await world_client.get("/v1/demands/plan-1")).json()["state"]["word"] == "conditional"
    async with empty_ledger(server, templates) as there:
        document = json.loads(await carried(world_client, there, "alba-boria"))
        slugs = {body["slug"] for body in document["records"]["parties"]}
        assert {"senate", "court", "dissolved"} <= slugs
        assert document["withdrawn"] == {"parties": {"dissolved": "coded twice"}}
        assert not {"stranger", "other"} & slugs
        here, gone = [(await client.get(states)).json()["data"] for client in (world_client, there)]
        assert {row["slug"]: row["state"] for row in gone} == {row["slug"]: row["state"] for row in here}
    # Then there was no senate; on a day of the process it is known, as all parties are.
    for clock, is_there in ((f"as_of={revision}", False), ("known_by=2020-03-20", True)):
        then = (await world_client.get(f"{address}?{clock}")).json()["records"]["parties"]
        assert ({"senate", "court"} <= {body["slug"] for body in then}) is is_there


async def test_what_a_record_says_of_itself_is_not_lost(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    await world_client.patch(
        "/v1/talks/round-1",
        json={
            "notes": ["A note"], "confidence": "low", "review": "reviewed", "lang": "en",
            "caveats": [{"field": "start", "confidence": "low", "basis": "inferred", "text": "no year"}],
            "coded_from": {"kind": "plenary"}, "external_ids": [{"scheme": "mend", "value": "M 1", "valid_to": "2021"}],
            "citations": [
                {"source": "gazette", "field": "/start", "verdict": "contradicts", "asserted_value": {"day": [1, 2.5]}},
                {"source": "gazette", "field": "/end", "verdict": "silent", "attribution": ["a", "b"], "quote": "q"},
            ],
        },
    )  # fmt: skip
    odd = {"slug": "odd", "target": "talks/round-1", "source": "herald", "notes": ["of the citation"],
           "external_ids": [{"scheme": "x", "value": "1"}]}  # fmt: skip
    assert (await world_client.post("/v1/citations", json=odd)).status_code == 201
    assert (await world_client.post("/v1/citations", json={"target": "parties/alba", "source": "herald"})).is_success
    assert (await world_client.post("/v1/citations", json={"target": "issues/CEAS", "source": "herald"})).is_success
    async with empty_ledger(server, templates) as there:
        await carried(world_client, there, "alba-boria")
        for name in ("talks/round-1", "citations/odd", "parties/alba", "issues/CEAS"):
            here, gone = (await world_client.get(f"/v1/{name}")).json(), (await there.get(f"/v1/{name}")).json()
            for one in (here, gone):
                for own in ("id", "created_at", "updated_at", "row_version"):
                    del one[own]
                one["citations"].sort(key=lambda row: row["slug"])
            assert here == gone


async def test_only_dates_that_the_ledger_computes_again_are_left_out(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    given_date = {"date": "2020-07-01", "basis": "computed"}
    trigger = {"text": "the signature", "on": "2020-05-01"}
    for slug, timing in (
        ("plan-1", {"relation": "delay", "duration_min": "P61D", "trigger": trigger, "resolved_on": given_date}),
        ("plan-2", {"relation": "repeats", "every": "P1M", "resolved_on": given_date}),
        ("plan-3", {"relation": "within_after_trigger", "duration_max": "P10D", "trigger": trigger}),
        ("plan-4", {"relation": "within_after_trigger", "duration_max": "P10D", "trigger": trigger,
                    "resolved_on": given_date}),
    ):  # fmt: skip
        patched = await world_client.patch(f"/v1/demands/{slug}", json={"timing": None})
        patched = await world_client.patch(f"/v1/demands/{slug}", json={"timing": timing})
        assert patched.status_code == 200, patched.text
    async with empty_ledger(server, templates) as there:
        document = json.loads(await carried(world_client, there, "alba-boria"))
        kept = [body["slug"] for body in document["records"]["demands"] if "resolved_on" in body.get("timing", {})]
        assert kept == ["plan-1", "plan-2", "plan-4"]
        for number in range(1, 5):
            address = f"/v1/demands/plan-{number}"
            timing = (await world_client.get(address)).json()["timing"]
            assert (await there.get(address)).json()["timing"] == timing


async def test_taking_a_dossier_leaves_what_a_ledger_knows_more_of_a_party(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    content = await given(world_client, "alba-boria")
    more = {"slug": "more", "target": "parties/alba", "source": "herald"}
    assert (await world_client.post("/v1/citations", json=more)).status_code == 201
    sent = {"Content-Type": "application/json"}
    taken = (await world_client.post("/v1/dossiers", content=content, headers=sent)).json()
    assert taken["revision"] is None
    assert (await world_client.get("/v1/citations/more")).status_code == 200


async def test_what_was_withdrawn_stays_behind_unless_it_is_mentioned(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    for address in ("parties/boria", "demands/plan-6"):
        assert (await world_client.delete(f"/v1/{address}?reason=coded+twice")).status_code == 204
    async with empty_ledger(server, templates) as there:
        document = json.loads(await carried(world_client, there, "alba-boria"))
        assert document["withdrawn"] == {"parties": {"boria": "coded twice"}}
        assert "boria" in [body["slug"] for body in document["records"]["parties"]]
        assert "plan-6" not in [body["slug"] for body in document["records"]["demands"]]
        assert (await there.get("/v1/parties/boria")).status_code == 410
        assert (await there.get("/v1/demands/plan-6")).status_code == 404


async def test_a_dossier_of_the_past_is_the_one_that_was_given_then(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    await empty_client.post("/v1/dossiers", json=EXAMPLE, headers=admin)
    address = f"/v1/processes/{EXAMPLE['records']['processes'][0]['slug']}/dossier"
    then = await empty_client.get(address)
    party = EXAMPLE["records"]["parties"][0]["slug"]
    assert (await empty_client.patch(f"/v1/parties/{party}", json={"name": "Other"}, headers=admin)).status_code == 200
    again = await empty_client.get(f"{address}?as_of={then.headers['parley-revision']}")
    assert again.content == then.content != (await empty_client.get(address)).content
    assert "immutable" in again.headers["cache-control"]
    assert (await empty_client.get(f"{address}?as_of=99")).status_code == 422
