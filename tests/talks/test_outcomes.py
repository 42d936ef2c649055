"""Outcomes of processes, which happened without a talk, and the quantities of outcomes. The congress is made up:
tests/material/any_negotiation/states.json."""

import csv
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests import made_up
from tests.conftest import Client, Server, Templates, keyed
from tests.demands.test_quantities import INFINITY, any_quantity, fits
from tests.ingest.test_dossier_export import carried, empty_ledger
from tests.reading.test_rare import way as way

DOSSIER = made_up.dossier("states")
PROCESS = "/v1/processes/congress-of-orvell"
ACT = "/v1/agreements/act-of-orvell"


@pytest.fixture(scope="module")
async def congress(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The made-up congress, for reading and for requests that are rejected."""
    async with keyed(server, templates.empty) as client:
        await bring(client)
        yield client


@pytest.fixture
async def own_congress(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The same in a database of the test's own, for writing."""
    async with keyed(server, templates.empty) as client:
        await bring(client)
        yield client


async def bring(client: Client) -> None:
    got = await client.post("/v1/dossiers", json=DOSSIER)
    assert got.status_code == 200, got.text


async def found(client: Client, address: str) -> Any:
    got = await client.get(address)
    assert got.status_code == 200, got.text
    return got.json()


async def slugs(client: Client, collection: str, query: str) -> list[str]:
    return [row["slug"] for row in (await found(client, f"/v1/{collection}?{query}&sort=slug&limit=200"))["data"]]


async def test_the_dossier_comes_back_byte_for_byte(congress: Client, server: Server, templates: Templates) -> None:
    async with empty_ledger(server, templates) as there:
        document = json.loads(await carried(congress, there, "congress-of-orvell"))
    sent = DOSSIER["records"]["processes"][0]["outcomes"]
    keys = ["release", "vote", "signed/by~mail"]
    assert document["records"]["processes"][0]["outcomes"] == [
        {"key": key, **row} for key, row in zip(keys, sent, strict=True)
    ]


async def test_outcomes_are_read_filtered_counted_and_listed(congress: Client) -> None:
    release, vote, _ = (await found(congress, PROCESS))["outcomes"]
    assert (release["key"], release["party"]["slug"], release["demand"]["slug"]) == (
        "release", "duchy-of-osk", "orvell-note-1"
    )  # fmt: skip
    assert (vote["agreement"]["slug"], vote["confidence"], vote["on"]) == ("act-of-orvell", "low", "1815-03")
    for query, expected in (
        ("outcome=release", True), ("outcome=extension", False), ("outcome.none=vote", False), ("outcome=null", False),
        ("quantity.unit=person", True), ("quantity.unit=thaler", False), ("quantity_min=121", True),
        ("quantity_min=121&quantity.unit=person", False), ("quantity_max=40&quantity.unit=person", True),
        ("quantity_max=39", False),
    ):  # fmt: skip
        assert bool(await slugs(congress, "processes", query)) is expected, query
    for query, expected in (
        ("outcome=agreement_in_principle", True), ("quantity.unit=thaler&quantity_min=5001", False),
        ("quantity.unit=person", True), ("quantity.unit=person&quantity_min=1", False), ("quantity_max=3000", True),
    ):  # fmt: skip
        assert bool(await slugs(congress, "talks", query)) is expected, query
    facets = (await found(congress, "/v1/processes?limit=0&facets=outcome,quantity.unit"))["facets"]
    assert {row["value"] for row in facets["outcome"]["values"]} == {"release", "vote", "signature"}
    assert {row["value"] for row in facets["quantity.unit"]["values"]} == {"person", "vote"}
    table = (await congress.get("/v1/processes?rows=outcome&format=csv")).text
    assert [(row["outcome.key"], row["outcome.on"]) for row in csv.DictReader(table.splitlines())] == [
        ("release", "1815-01-20"), ("vote", "1815-03"), ("signed/by~mail", "")
    ]  # fmt: skip
    calendar = (await congress.get("/v1/processes?format=ics")).text
    assert calendar.count("BEGIN:VEVENT") == 3
    assert "SUMMARY:Osk released the hostages from Varn" in calendar
    assert "SUMMARY:Deadline: Congress of Orvell" in calendar


async def test_an_agreement_shows_the_outcomes_of_its_process_with_their_citations(congress: Client) -> None:
    agreement = await found(congress, ACT)
    assert [row["talk"]["slug"] for row in agreement["outcomes"]] == ["orvell-session"]
    shown = {row["key"]: row for row in agreement["process_outcomes"]}
    assert {row["process"]["slug"] for row in shown.values()} == {"congress-of-orvell"}
    assert {key: [one["source"]["slug"] for one in row["citations"]] for key, row in shown.items()} == {
        "vote": ["gazette-1815-01-25", "minutes-of-the-diet"],
        "signed/by~mail": ["gazette-1815-04-02"],
    }


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("1815-01-24", []),
        ("1815-01-25", ["release"]),  # A citation that contradicts the vote does not make it known.
        ("1815-04-02", ["release", "signed/by~mail"]),
        ("1815-06", ["release", "vote", "signed/by~mail"]),
    ],
)
async def test_an_outcome_of_a_process_is_known_from_its_citations_on(
    congress: Client, day: str, expected: list[str]
) -> None:
    for clock in ("", "&as_of=1"):
        got = await found(congress, f"{PROCESS}?known_by={day}{clock}")
        assert [row["key"] for row in got["outcomes"]] == expected, clock
    listed = await slugs(congress, "processes", f"outcome=vote&known_by={day}")
    assert bool(listed) is ("vote" in expected)


@pytest.mark.parametrize(
    ("outcomes", "pointer", "words"),
    [
        ([{"kind": "vote"}], "/outcomes/0/text", "required"),
        ([{"kind": "revolt", "text": "X"}], "/outcomes/0/kind", "unilateral_step"),
        ([{"kind": "vote", "text": "X", "on": "1815-13"}], "/outcomes/0/on", "1815-13"),
        ([{"kind": "vote", "text": "X", "party": "osc"}], "/outcomes/0/party", "osc"),
        ([{"kind": "vote", "text": "X", "talk": "orvell-session"}], "/outcomes/0/talk", "talk"),
        ([{"key": "a", "kind": "vote", "text": "X"}] * 2, "/outcomes", "'a'"),
        ([{"kind": "vote", "text": "X", "quantities": [{"min": 5, "max": 4}]}], "/outcomes/0/quantities/0", "4"),
    ],
)
async def test_what_an_outcome_cannot_be_is_named(
    congress: Client, outcomes: list[Any], pointer: str, words: str
) -> None:
    got = await congress.patch(PROCESS, json={"outcomes": outcomes})
    assert got.status_code == 422, got.text
    (error,) = got.json()["errors"]
    assert error["pointer"].startswith(pointer), error
    assert words in f"{error['message']} {error.get('hint')}"


async def test_a_merged_party_takes_its_outcomes_along_and_undo_gives_them_back(own_congress: Client) -> None:
    party = {"slug": "osk", "name": "Osk", "kind": "state"}
    assert (await own_congress.post("/v1/parties", json=party)).status_code == 201
    merged = await own_congress.post("/v1/parties/duchy-of-osk/merge", json={"into": "osk"})
    assert merged.status_code == 200, merged.text
    after = (await found(own_congress, PROCESS))["outcomes"]
    assert [row["party"]["slug"] for row in after] == ["osk", "diet-of-varn", "osk"]
    number = merged.headers["parley-revision"]
    undone = await own_congress.post(f"/v1/revisions/{number}/undo")
    assert undone.status_code == 201, undone.text
    assert (await found(own_congress, PROCESS))["outcomes"][0]["party"]["slug"] == "duchy-of-osk"
    gone = await own_congress.delete("/v1/agreements/act-of-orvell?reason=withdrawn")
    assert gone.status_code in (200, 204), gone.text


async def test_the_filters_find_what_a_search_through_all_outcomes_finds(own_congress: Client, way: str) -> None:
    dice = random.Random(7)  # noqa: S311 - made-up quantities
    owners = {f"any-{place}": [any_quantity(dice) for _ in range(dice.randint(0, 3))] for place in range(60)}
    records: dict[str, list[Any]] = {"processes": [], "talks": []}
    for slug, quantities in owners.items():
        # Each quantity is in an outcome of its own, and the unit and the range must apply to the same one.
        body = {
            "slug": slug,
            "title": slug,
            "outcomes": [{"kind": "other", "text": "X", "quantities": [one]} for one in quantities],
        }
        records["processes"].append({**body, "kind": "other"})
        records["talks"].append({**body, "process": slug})
    made = {"format": "parley-dossier/1", "slug": "any", "title": "Any", "records": records}
    assert (await own_congress.post("/v1/dossiers", json=made)).status_code == 200
    for turn in range(24):
        units = dice.sample(["percent", "USD", "km"], dice.choice([0, 0, 1, 2]))
        low, high = sorted((dice.randint(-6, 31), dice.randint(-6, 31)))
        least, most = dice.choice([(low, high), (low, INFINITY), (-INFINITY, high)])
        query = [f"quantity.unit={','.join(units)}"] if units else []
        query += [f"quantity_min={least}"] if least > -INFINITY else []
        query += [f"quantity_max={most}"] if most < INFINITY else []
        expected = sorted(slug for slug, quantities in owners.items() if fits(quantities, units, least, most))
        collection = ("processes", "talks")[turn % 2]
        got = await found(own_congress, f"/v1/{collection}?{'&'.join(query)}&limit=200&count=exact")
        listed = [row["slug"] for row in got["data"] if row["slug"].startswith("any-")]
        assert sorted(listed) == expected, (way, query)
        assert got["page"]["count"]["value"] == len(got["data"])
