"""Who says so, and who passed it on: the links of a citation's attribution chain name records, and can be asked for."""

import asyncio
import json
from typing import Any

import asyncpg
import httpx
import pytest
from alembic import command

from app.runtime.ledger import migration_config
from tests.conftest import Server, Templates
from tests.history.conftest import Session
from tests.history.test_merging import merge, read
from tests.ingest.test_dossier_export import carried, empty_ledger

CHAIN: list[Any] = ["a clerk", {"text": "Ana", "person": "ana"}, {"party": "caria"}, {"source": "herald"}]


async def cite(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    body = {"slug": "told", "target": "talks/round-1", "source": "gazette", "key": "told", **more}
    answer = await client.post("/v1/citations", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def chain(client: httpx.AsyncClient, **query: Any) -> list[tuple[str | None, ...]]:
    """The links of the citation: the text, and the slugs of party, person and source."""
    rows = (await read(client, "/v1/citations/told", **query))["attribution"]
    return [(row["text"], *((row[name] or {}).get("slug") for name in ("party", "person", "source"))) for row in rows]


STORED = [("a clerk", None, None, None), ("Ana", None, "ana", None), (None, "caria", None, None), (None, None, None, "herald")]  # fmt: skip


async def slugs(client: httpx.AsyncClient, path: str, **query: Any) -> set[str]:
    return {row["slug"] for row in (await read(client, path, limit=500, **query))["data"]}


async def test_a_link_is_a_text_or_names_records_and_comes_back_as_it_is(world_client: httpx.AsyncClient) -> None:
    made = await cite(world_client, attribution=CHAIN)
    assert await chain(world_client) == STORED
    assert made["attribution"][1]["person"] == {"slug": "ana", "name": "Ana"}
    # What a read gives is a body that changes nothing; so is the chain with its texts alone.
    for attribution in (made["attribution"], CHAIN):
        again = await world_client.patch("/v1/citations/told", json={"attribution": CHAIN if attribution is CHAIN else [
            {name: value["slug"] if isinstance(value, dict) else value for name, value in link.items()}
            for link in attribution
        ]})  # fmt: skip
        assert (again.status_code, again.json()["row_version"]) == (200, 1), again.text
    talk = await read(world_client, "/v1/talks/round-1")
    (inside,) = (row["attribution"] for row in talk["citations"] if row["slug"] == "told")
    assert inside == made["attribution"]
    # A PUT of the talk that repeats the citation keeps it; one with another order of links changes the citation.
    talk_body: dict[str, Any] = {"process": "alba-boria", "title": "First round", "citations": [{"slug": "told", "source": "gazette", "key": "told", "attribution": CHAIN}]}  # fmt: skip
    put = await world_client.put("/v1/talks/round-1", json=talk_body)
    assert put.status_code == 200, put.text
    assert (await read(world_client, "/v1/citations/told"))["row_version"] == 1
    talk_body["citations"][0]["attribution"] = CHAIN[::-1]
    assert (await world_client.put("/v1/talks/round-1", json=talk_body)).status_code == 200
    assert await chain(world_client) == STORED[::-1]


async def test_all_that_is_wrong_with_a_chain_comes_in_one_answer(still_world_client: httpx.AsyncClient) -> None:
    links = [{"party": "nobody"}, {"person": "alba"}, {"source": "herold"}, "fine"]
    body = {"target": "talks/round-1", "source": "gazette", "key": "told", "attribution": links}
    answer = await still_world_client.post("/v1/citations", json=body)
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/attribution/0/party", "/attribution/1/person", "/attribution/2/source"}
    for empty in ({}, {"text": None}, {"text": " "}, " ", 3):
        answer = await still_world_client.post("/v1/citations", json={**body, "attribution": [empty]})
        assert answer.status_code == 422, (empty, answer.text)
        assert all(error["pointer"].startswith("/attribution/0") for error in answer.json()["errors"])


async def test_renamed_and_merged_records_stay_named_and_the_past_keeps_its_chain(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    await cite(world_client, attribution=CHAIN)
    before = await psql.fetchval("SELECT revision FROM head")
    assert (await world_client.patch("/v1/parties/caria", json={"slug": "karia"})).status_code == 200
    posted = await world_client.post("/v1/people", json={"slug": "anna", "name": "Anna"})
    assert posted.status_code == 201
    assert (await merge(world_client, "people", "ana", "anna")).status_code == 200
    merged = await psql.fetchval("SELECT revision FROM head")
    posted = await world_client.post("/v1/sources", json={"slug": "herald-2", "title": "Boria rejects"})
    assert posted.status_code == 201
    assert (await merge(world_client, "sources", "herald", "herald-2")).status_code == 200
    assert await chain(world_client) == [
        ("a clerk", None, None, None), ("Ana", None, "anna", None), (None, "karia", None, None), (None, None, None, "herald-2"),
    ]  # fmt: skip
    assert await chain(world_client, as_of=str(before)) == STORED
    assert await slugs(world_client, "/v1/citations", attributed_to_person="anna") == {"told"}
    undone = await world_client.post(f"/v1/revisions/{merged}/undo")
    assert undone.status_code == 201, undone.text
    assert (await chain(world_client))[1] == ("Ana", None, "ana", None)
    # A link can be taken away by any client; the citation has then changed.
    await psql.execute("DELETE FROM attribution WHERE party_id IS NOT NULL")
    assert len(await chain(world_client)) == 3 and len(await chain(world_client, as_of=str(before))) == 4


async def test_a_link_that_only_names_an_unknown_source_is_unknown_too(world_client: httpx.AsyncClient) -> None:
    links = [{"source": "herald"}, {"text": "the Herald", "source": "herald"}]
    await cite(world_client, attribution=links)
    # The Gazette is of 2 March, the Herald of 5 March.
    assert await chain(world_client, known_by="2020-03-04") == [("the Herald", None, None, None)]
    assert await chain(world_client, known_by="2020-03-05") == [(None, None, None, "herald"), ("the Herald", None, None, "herald")]  # fmt: skip
    early = await world_client.get("/v1/citations?attributed_to_source=herald&known_by=2020-03-04")
    assert early.status_code == 404
    assert await slugs(world_client, "/v1/citations", attributed_to_source="herald", known_by="2020-03-05") == {"told"}


async def test_a_chain_survives_a_table_a_file_and_a_dossier(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    await cite(world_client, attribution=CHAIN)
    for form, kind in (("csv", "text/csv"), ("ndjson", "application/x-ndjson")):
        table = await world_client.get(f"/v1/citations?id=told&format={form}")
        changed = await world_client.patch("/v1/citations/told", json={"attribution": ["x"]})
        assert changed.status_code == 200
        sent = await world_client.post(
            "/v1/imports?collection=citations", content=table.content, headers={"Content-Type": kind}
        )
        assert sent.status_code == 200 and json.loads(sent.text.splitlines()[-1])["changed"] == 1, sent.text
        assert await chain(world_client) == STORED, form
    # A table of before, with a column of texts.
    old = "slug,target,source,key,attribution\r\ntold,talks/round-1,gazette,told,a clerk; the Herald\r\n"
    sent = await world_client.post(
        "/v1/imports?collection=citations", content=old, headers={"Content-Type": "text/csv"}
    )
    assert sent.status_code == 200, sent.text
    assert [link[0] for link in await chain(world_client)] == ["a clerk", "the Herald"]
    await world_client.patch("/v1/citations/told", json={"attribution": CHAIN})
    async with empty_ledger(server, templates) as there:
        await carried(world_client, there, "alba-boria")
        assert await chain(there) == STORED


# --- what is asked


async def test_whose_answers_another_relayed(client: httpx.AsyncClient) -> None:
    """Umerov told of Russia's answers to the Ukrainian memorandum: once to the whole, once to its first point."""
    relayed = {
        "ukrainian-memorandum-2025-05-28-russia-2025-06-02",
        "ukrainian-memorandum-2025-05-28-1-russia-2025-06-02",
    }
    assert await slugs(client, "/v1/responses", relayed_by="ukraine") == relayed
    assert await slugs(client, "/v1/responses", relayed_by_person="rustem-umerov", responder="russia") == relayed
    assert await slugs(client, "/v1/responses", relayed_by="interfax") == set()
    for path in ("/v1/responses?relayed_by=nobody", "/v1/citations?attributed_to=nobody"):
        assert (await client.get(path)).status_code == 422


@pytest.mark.parametrize(
    ("parameter", "value", "name"),
    [
        ("attributed_to", "interfax", "party"),
        ("attributed_to_person", "rustem-umerov", "person"),
    ],
)
async def test_citations_are_found_by_whom_they_are_attributed_to(
    client: httpx.AsyncClient, parameter: str, value: str, name: str
) -> None:
    everything = [
        json.loads(line) for line in (await client.get("/v1/citations?format=ndjson&has=attribution")).text.splitlines()
    ]
    expected = {
        row["slug"] for row in everything if any((link[name] or {}).get("slug") == value for link in row["attribution"])
    }
    assert expected
    assert await slugs(client, "/v1/citations", **{parameter: value}) == expected


# --- the migration


async def test_texts_of_before_become_links_in_every_revision_and_texts_again(
    world_client: httpx.AsyncClient, psql: Session, url: str
) -> None:
    config = migration_config(url)
    await cite(world_client, attribution=["a clerk", "the Herald"])
    first = await psql.fetchval("SELECT revision FROM head")
    changes: tuple[dict[str, Any], ...] = ({"locator": "page 2"}, {"attribution": ["the Herald"]}, {"attribution": []})
    for body in changes:
        assert (await world_client.patch("/v1/citations/told", json=body)).status_code == 200
    last = await psql.fetchval("SELECT revision FROM head")
    states = [[link[0] for link in await chain(world_client, as_of=str(at))] for at in range(first, last + 1)]
    assert states == [["a clerk", "the Herald"], ["a clerk", "the Herald"], ["the Herald"], []]
    await asyncio.to_thread(command.downgrade, config, "attribution_names_records-1")
    fresh = await asyncpg.connect(url)
    stored = "SELECT attribution FROM (SELECT attribution, rev_from FROM history.citation WHERE slug = 'told' UNION ALL SELECT attribution, rev_from FROM citation WHERE slug = 'told') AS t ORDER BY rev_from"  # fmt: skip
    assert [row["attribution"] for row in await fresh.fetch(stored)] == states
    await asyncio.to_thread(command.upgrade, config, "head")
    await fresh.close()
    assert await psql.fetchval("SELECT revision FROM head") == last
    again = [[link[0] for link in await chain(world_client, as_of=str(at))] for at in range(first, last + 1)]
    assert again == states


async def test_references_are_not_lost_on_the_way_back(world_client: httpx.AsyncClient, url: str) -> None:
    await cite(world_client, attribution=CHAIN)
    with pytest.raises(RuntimeError, match="refer to records"):
        await asyncio.to_thread(command.downgrade, migration_config(url), "attribution_names_records-1")
