"""Acts and shares of signatures, and links between steps: what comes back, and what is rejected."""

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests import made_up
from tests.conftest import Server, Templates
from tests.made_up import read

DOSSIER = made_up.dossier("ratification")
Row = dict[str, Any]


@pytest.fixture(scope="module")
async def hillside(server: Server, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    """A ledger with the made-up agreements. Its tests change nothing."""
    async with made_up.loaded(server, templates, DOSSIER) as client:
        yield client


@pytest.fixture
async def own_hillside(server: Server, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    async with made_up.loaded(server, templates, DOSSIER) as client:
        yield client


async def slugs(client: httpx.AsyncClient, collection: str, **asked: Any) -> set[str]:
    return {row["slug"] for row in (await read(client, collection, fields="slug", **asked))["data"]}


def agreement(slug: str) -> Row:
    (found,) = (row for row in DOSSIER["records"]["agreements"] if row["slug"] == slug)
    return copy.deepcopy(found)


def acts(*rows: Row) -> Row:
    return {**agreement("hill-convention"), "signatures": list(rows)}


async def test_acts_shares_and_notes_come_back(hillside: httpx.AsyncClient) -> None:
    found = (await read(hillside, "agreements/hill-convention"))["signatures"]
    sent = agreement("hill-convention")["signatures"]
    assert [
        {"party": row["party"]["slug"], **{name: row[name] for name in ("act", "on", "share", "note") if row[name]}}
        for row in found
    ] == sent
    keys = [row["key"] for row in found]
    assert keys[:6] == [
        "hill-alba-initialled", "hill-boria-initialled", "hill-alba", "hill-boria", "hill-caria", "hill-boria-ratified",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("act", "found"),
    [
        ("initialled", {"hill-convention", "hill-trade-agreement"}),
        ("withdrew", {"hill-convention"}),
        ("null", {"hill-wages"}),
        ("signed", {"hill-convention", "hill-trade-agreement"}),
        ("other", set()),
    ],
)
async def test_agreements_are_found_by_act(hillside: httpx.AsyncClient, act: str, found: set[str]) -> None:
    assert await slugs(hillside, "agreements", act=act) == found


async def test_acts_are_counted_and_exported(hillside: httpx.AsyncClient) -> None:
    facet = (await read(hillside, "agreements", facets="act", limit=0))["facets"]["act"]["values"]
    assert {one["value"]: one["count"] for one in facet} == {
        "signed": 2, "initialled": 2, "ratified": 2, "accepted": 1, "acceded": 1, "withdrew": 1, None: 1,
    }  # fmt: skip
    rows = await hillside.get(
        "/v1/agreements", params={"rows": "signature", "format": "ndjson", "id": "hill-convention"}
    )
    assert rows.status_code == 200, rows.text
    table = [json.loads(line) for line in rows.text.splitlines()]
    assert [row["signature"]["share"] for row in table if row["signature"]["share"]] == [20.25, 15.5, 10, 38.5, 19]
    csv = await hillside.get("/v1/agreements", params={"rows": "signature", "format": "csv", "id": "hill-convention"})
    assert "38.5" in csv.text, csv.text


async def test_the_dossier_comes_back_as_it_was(hillside: httpx.AsyncClient) -> None:
    exported = (await read(hillside, "processes/hill-climate/dossier"))["records"]["agreements"]
    keyless = [{name: value for name, value in row.items() if name != "key"} for row in exported[0]["signatures"]]
    sent = agreement("hill-convention")
    assert keyless == sent["signatures"]
    assert exported[0]["entry_into_force"] == sent["entry_into_force"]
    again = await hillside.post("/v1/dossiers", json=DOSSIER)
    assert again.status_code == 200
    assert again.json()["revision"] is None, again.text


@pytest.mark.parametrize(
    ("rows", "pointer", "says"),
    [
        (
            [{"party": "hill-alba", "on": "2030-07-10"}, {"party": "hill-alba", "act": "ratified", "on": "2030-06"}],
            "/signatures/1/on",
            "ratified on '2030-06', before it signed on '2030-07-10'",
        ),
        (
            [{"party": "hill-alba", "act": "acceded", "on": "2029"}, {"party": "hill-alba", "act": "signed", "on": "2030"}],
            "/signatures/0/on",
            "acceded on '2029', before it signed on '2030'",
        ),
        (
            [{"party": "hill-alba", "act": "signed", "on": "2030"}, {"party": "hill-alba", "act": "withdrew", "on": "2031"}],
            "/signatures/1/act",
            "without an earlier act that bound it",
        ),
        (
            [{"party": "hill-alba", "act": "withdrew", "on": "2030"}, {"party": "hill-alba", "act": "ratified", "on": "2031"}],
            "/signatures/0/act",
            "without an earlier act that bound it",
        ),
        ([{"party": "hill-alba", "act": "ratified", "share": 100.5}], "/signatures/0/share", "between 0 and 100; got 100.5"),
        ([{"party": "hill-alba", "act": "ratified", "share": -1}], "/signatures/0/share", "between 0 and 100; got -1"),
        ([{"party": "hill-alba", "act": "ratified", "share": "38"}], "/signatures/0/share", "without quotes"),
        ([{"party": "hill-alba", "act": "promised"}], "/signatures/0/act", "initialled"),
        (
            [{"party": "hill-alba", "act": "ratified", "share": 60}, {"party": "hill-boria", "act": "acceded", "share": 40.5}],
            "/signatures",
            "add up to 100.5 percent",
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_rejected(
    hillside: httpx.AsyncClient, rows: list[Row], pointer: str, says: str
) -> None:
    body = acts(*rows)
    got = await hillside.put(f"/v1/agreements/{body['slug']}", json=body)
    assert got.status_code == 422, got.text
    (error,) = got.json()["errors"]
    assert error["pointer"] == f"#{pointer}" or error["pointer"] == pointer
    assert says in json.dumps(error, ensure_ascii=False)


@pytest.mark.parametrize(
    "rows",
    [
        [{"party": "hill-alba", "on": "2030-07-10?"}, {"party": "hill-alba", "act": "ratified", "on": "2030-06"}],
        [{"party": "hill-alba", "on": "2030-07"}, {"party": "hill-alba", "act": "ratified", "on": "2030-07-01"}],
        [{"party": "hill-alba"}, {"party": "hill-alba", "act": "ratified", "on": "2030-06"}],
        [{"party": "hill-alba", "on": "2030-07-10"}, {"party": "hill-boria", "act": "ratified", "on": "2030-06"}],
        [{"party": "hill-alba", "act": "ratified"}, {"party": "hill-alba", "act": "withdrew", "on": "2031"}],
        # The shares of one party do not add up: it was bound twice.
        [
            {"party": "hill-alba", "act": "ratified", "on": "2030", "share": 60},
            {"party": "hill-alba", "act": "withdrew", "on": "2031"},
            {"party": "hill-alba", "act": "acceded", "on": "2032", "share": 58},
        ],
    ],
)
async def test_what_may_be_is_accepted(hillside: httpx.AsyncClient, rows: list[Row]) -> None:
    body = acts(*rows)
    got = await hillside.put(f"/v1/agreements/{body['slug']}", params={"dry_run": True}, json=body)
    assert got.status_code == 200, got.text


async def test_a_merge_must_not_break_the_rules(own_hillside: httpx.AsyncClient) -> None:
    """Euria, which signed in 2032, is not the party that was bound before."""
    body = agreement("hill-convention")
    body["signatures"].append({"party": "hill-euria", "on": "2032-01-01"})
    assert (await own_hillside.put("/v1/agreements/hill-convention", json=body)).status_code == 200
    got = await own_hillside.post("/v1/parties/hill-euria/merge", json={"into": "hill-delta"})
    assert got.status_code == 409, got.text
    assert "acceded on '2031-04-20', before it signed on '2032-01-01'" in got.text


async def test_steps_retaliate_and_respond(hillside: httpx.AsyncClient) -> None:
    assert await slugs(hillside, "demands", link="retaliates") == {"hill-answers-1"}
    assert await slugs(hillside, "demands", link="responds_to_step") == {"hill-answers-2"}
    found = await read(hillside, "demands/hill-tariffs-1")
    assert [(one["kind"], one["demand"]["slug"]) for one in found["linked_from"]] == [("retaliates", "hill-answers-1")]
    assert found["state"]["word"] is None
