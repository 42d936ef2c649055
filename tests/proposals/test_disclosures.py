"""The parties to which a proposal or an agreement was shown. The world is made up:
tests/material/any_negotiation/secrecy.json."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests import made_up
from tests.conftest import Server, Templates, keyed
from tests.made_up import read

DOSSIER = made_up.dossier("secrecy")
(PAPER,) = (row for row in DOSSIER["records"]["proposals"] if row["slug"] == "salt-paper")


@pytest.fixture(scope="module")
async def channel(server: Server, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    """The made-up back channel. The tests leave it as they found it."""
    async with made_up.loaded(server, templates, DOSSIER) as client:
        yield client


async def slugs(client: httpx.AsyncClient, collection: str, **asked: Any) -> set[str]:
    return {row["slug"] for row in (await read(client, collection, fields="slug", **asked))["data"]}


async def test_disclosures_come_back_in_their_order_with_their_citations(channel: httpx.AsyncClient) -> None:
    found = await read(channel, "proposals/salt-paper")
    assert [
        {
            name: row[name] and (row[name]["slug"] if isinstance(row[name], dict) else row[name])
            for name in ("key", "to", "on", "source", "note")
        }
        for row in found["disclosed"]
    ] == [{"on": None, "source": None, "note": None} | row for row in PAPER["disclosed"]]
    (citation,) = found["citations"]
    assert (citation["field"], citation["verdict"]) == ("/disclosed/mediator/on", "contradicts")
    (row,) = (await read(channel, "agreements/salt-protocol"))["disclosed"]
    assert (row["key"], row["to"]["slug"], row["on"]) == ("salt-evia", "salt-evia", "1992-02-10")


async def test_filters_facets_and_long_tables(channel: httpx.AsyncClient) -> None:
    assert await slugs(channel, "proposals", disclosed_to="salt-caria") == {"salt-paper"}
    assert await slugs(channel, "proposals", disclosed_to="salt-evia") == set()
    assert await slugs(channel, "agreements", disclosed_to="salt-evia", visibility="secret") == {"salt-protocol"}
    assert await slugs(channel, "proposals", visibility="null") == {"salt-league-plan", "salt-hint"}
    counted = (await read(channel, "proposals", facets="visibility,disclosed_to", limit=0))["facets"]
    assert {one["value"]: one["count"] for one in counted["visibility"]["values"]} == {
        None: 2, "secret": 1, "denied": 1,
    }  # fmt: skip
    assert {one["value"] for one in counted["disclosed_to"]["values"]} >= {"salt-caria", "salt-boria", "salt-league"}
    rows = (await channel.get("/v1/proposals?rows=disclosure&format=ndjson")).text.splitlines()
    said = [json.loads(row)["disclosure"] for row in rows]
    assert [(one["to"]["slug"], one["on"]) for one in said][:2] == [
        ("salt-caria", "1991-03-05"), ("salt-boria", "1991-04-20"),
    ]  # fmt: skip
    table = (await channel.get("/v1/agreements?rows=disclosure&format=csv")).text
    assert "salt-protocol,1,salt-evia,salt-evia,Evia" in table, table


async def test_a_dossier_goes_out_and_in_again_unchanged(
    channel: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    exported = await read(channel, "processes/salt-islands/dossier")
    # A source that only a disclosure names belongs to the dossier.
    assert "salt-archive" in {row["slug"] for row in exported["records"]["sources"]}
    async with keyed(server, templates.empty) as other:
        assert (await other.post("/v1/dossiers", json=exported)).status_code == 200
        assert (await read(other, "processes/salt-islands/dossier"))["records"] == exported["records"]
    table = (await channel.get("/v1/proposals?fields=slug,disclosed,visibility&format=csv")).content
    headers = {"content-type": "text/csv", "accept": "application/json"}
    taken = await channel.post("/v1/imports?collection=proposals&mode=merge", content=table, headers=headers)
    assert (taken.json()["unchanged"], taken.json()["faulty"]) == (4, 0), taken.text


async def test_bad_disclosures_are_rejected_all_at_once(channel: httpx.AsyncClient) -> None:
    rows = [
        {"on": "1991-03-05"},
        {"to": "salt-caira", "on": "1991-03-05"},
        {"to": "salt-caria", "on": "5.3.1991"},
        {"to": "salt-caria", "source": "salt-memoir"},
    ]
    answer = await channel.patch("/v1/proposals/salt-paper", json={"disclosed": rows, "visibility": "hidden"})
    assert answer.status_code == 422, answer.text
    found = {one["pointer"]: one for one in answer.json()["errors"]}
    assert {"/visibility", "/disclosed/0/to", "/disclosed/2/on"} <= set(found), found
    answer = await channel.patch("/v1/proposals/salt-paper", json={"disclosed": rows[1:2] + rows[3:]})
    found = {one["pointer"]: one for one in answer.json()["errors"]}
    assert set(found) == {"/disclosed/0/to", "/disclosed/1/source"}
    assert "salt-caria" in found["/disclosed/0/to"]["hint"]


async def test_a_merged_party_is_followed_and_the_merge_can_be_undone(server: Server, templates: Templates) -> None:
    async with keyed(server, templates.empty) as client:
        assert (await client.post("/v1/dossiers", json=DOSSIER)).status_code == 200
        before = (await read(client, "proposals/salt-paper"))["disclosed"]
        merged = await client.post("/v1/parties/salt-caria/merge", json={"into": "salt-league"})
        assert merged.status_code == 200, merged.text
        after = (await read(client, "proposals/salt-paper"))["disclosed"]
        assert [row["to"]["slug"] for row in after] == [
            "salt-league", "salt-boria", "salt-league", "salt-league", "salt-alba",
        ]  # fmt: skip
        assert await slugs(client, "proposals", disclosed_to="salt-caria") == {"salt-paper"}
        last = (await read(client, "revisions"))["data"][0]["number"]
        undone = await client.post(f"/v1/revisions/{last}/undo")
        assert undone.status_code == 201, undone.text
        assert (await read(client, "proposals/salt-paper"))["disclosed"] == before
