"""`known_to`: what a party could know on a day, in each list and in no other place more than that."""

import random
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from app.registry import RESOURCES
from tests import made_up
from tests.conftest import Client, Server, Templates, keyed
from tests.history.conftest import Session
from tests.history.known_to_oracle import Oracle, oracle_of
from tests.history.test_known_by import CLAIMS, days_of_claims, deep, names_in, rows_of, slugs

DOSSIER = made_up.dossier("secrecy")
PARTIES = ("salt-alba", "salt-boria", "salt-caria", "salt-league", "salt-doria", "salt-evia")
DAYS = (
    "1991-02-20", "1991-03-02", "1991-03-05", "1991-04-20", "1991-05-02", "1991-05-31", "1991-06-10", "1991-06-30",
    "1991-07-01", "1991-07-20", "1991-07-25", "1991-08-14", "1991-08-16", "1991-10-01", "1992-02-10", "1992-03-01",
    "1993-02-01",
)  # fmt: skip
_RANDOM = random.Random(411)  # noqa: S311 - nothing secret


@pytest.fixture(scope="module")
async def channel(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The made-up back channel, shared by the tests that write nothing."""
    async with made_up.loaded(server, templates, DOSSIER) as client:
        yield client


@pytest.fixture(scope="module")
async def oracle(channel: Client) -> Oracle:
    session = await asyncpg.connect(channel.state.ledger.url)
    try:
        return await oracle_of(session, await days_of_claims(channel, session))
    finally:
        await session.close()


async def listed(client: httpx.AsyncClient, name: str, clocks: str) -> set[str]:
    account = "&account=all" if name == "demands" else ""
    return {row["slug"] for row in await rows_of(client, f"/v1/{name}?fields=slug{account}&{clocks}")}


@pytest.mark.parametrize("party", PARTIES)
async def test_each_list_holds_what_the_party_could_know(channel: Client, oracle: Oracle, party: str) -> None:
    (row,) = (await channel.get(f"/v1/parties?id={party}&fields=id")).json()["data"]
    for day in DAYS:
        known = oracle.known(row["id"], day)
        for name in ("talks", "delegations", "proposals", "demands", "responses", "agreements", "citations", "sources"):
            clocks = f"known_to={party}&known_by={day}"
            assert await listed(channel, name, clocks) == known[name], (day, name)
        for name in ("proposals", "responses"):
            got = (await channel.get(f"/v1/{name}?known_to={party}&known_by={day}&limit=1&count=exact")).json()
            never = {slug for slug, first in oracle.public[name].items() if first == "9999-99-99"} - known[name]
            assert (got["known_by"], got["known_to"]) == (day, party)
            assert got["page"]["count"]["value"] == len(known[name])
            assert got["hidden_undated"]["value"] == len(never), (day, name)


async def test_no_response_names_what_the_party_could_not_know(channel: Client, oracle: Oracle) -> None:
    for party, day in (("salt-caria", "1991-05-02"), ("salt-evia", "1992-01-01"), ("salt-boria", "1991-06-30")):
        (row,) = (await channel.get(f"/v1/parties?id={party}&fields=id")).json()["data"]
        known = oracle.known(row["id"], day)
        hidden = {slug for name in CLAIMS for slug in oracle.public[name]} - set().union(*known.values())
        assert "salt-league-plan" in hidden
        clocks = f"known_to={party}&known_by={day}"
        addresses = [
            f"/v1/{one.name}?limit=40&include={deep(one)},urls&{clocks}".replace("include=,", "include=")
            for one in RESOURCES
        ]
        addresses += [
            f"/v1/{name}/{slug}?include=urls&{clocks}"
            for name in ("talks", "delegations", "proposals", "demands", "responses", "agreements")
            for slug in known[name]
        ]
        addresses += [f"/v1/search?q={word}&limit=100&{clocks}" for word in ("paper", "islands", "plan")]
        addresses += [
            f"/v1/demands?account=all&include=state,responses.counters&{clocks}",
            f"/v1/proposals?facets=author,talk,disclosed_to&{clocks}",
            f"/v1/processes/salt-islands/dossier?{clocks}",
            f"/v1/deadlines?process=salt-islands&{clocks}",
        ]
        for address in addresses:
            got = await channel.get(address)
            assert got.status_code == 200, (address, got.text)
            body = got.json()
            assert not set(names_in(body.get("records", body))) & hidden, address


async def test_the_paper_is_shown_to_the_mediator_then_to_the_other_side_and_leaks_last(channel: Client) -> None:
    for party, first in (
        ("caria", "1991-03-05"),
        ("boria", "1991-04-20"),
        ("doria", "1991-06-30"),
        ("evia", "1991-08-14"),
    ):
        year, month, day = map(int, first.split("-"))
        before = f"{year}-{month:02}-{day - 1:02}"
        address = f"/v1/demands/salt-paper-1?known_to=salt-{party}&known_by="
        assert (await channel.get(address + before)).status_code == 404, party
        got = await channel.get(address + first)
        assert (got.status_code, got.json()["quantities"][0]["unit"]) == (200, "islands")
        assert got.headers["content-location"] == f"/v1/demands/salt-paper-1?known_by={first}&known_to=salt-{party}"
    late = await channel.get("/v1/proposals/salt-paper?known_to=salt-evia&known_by=1991-08-13")
    assert late.json()["detail"].endswith(
        "was not known to 'salt-evia' on 1991-08-13. The public knows it from 1991-08-14 on."
    )
    early = await channel.get("/v1/proposals/salt-paper?known_to=salt-caria&known_by=1991-03-04")
    assert early.json()["detail"].endswith(
        "The public knows it from 1991-08-14 on. 'salt-caria' could know it earlier, but not yet on 1991-03-04."
    )
    # The state of a demand counts the answers that the party could know.
    for party, word in (("alba", "rejected"), ("caria", "open")):
        state = await channel.get(
            f"/v1/demands/salt-paper-2?known_to=salt-{party}&known_by=1991-05-02&fields=state.word"
        )
        assert state.json() == {"state": {"word": word}}
    found = await listed(channel, "demands", "known_to=salt-alba&known_by=1991-05-02&state=rejected")
    assert found == {"salt-paper-1", "salt-paper-2"}
    batch = {"keys": ["salt-paper"], "known_by": "1991-03-05", "known_to": "salt-boria"}
    got = await channel.post("/v1/proposals/batch-get", json=batch)
    assert [one["key"] for one in got.json()["missing"]] == ["salt-paper"]


async def test_bad_values_are_rejected(channel: Client) -> None:
    for address in (
        "/v1/talks",
        "/v1/talks/salt-conference",
        "/v1/search?q=paper",
        "/v1/deadlines",
        "/v1/dossiers/all",
    ):
        got = await channel.get(f"{address}{'&' if '?' in address else '?'}known_to=salt-doriaa&known_by=1991")
        (violation,) = got.json()["errors"]
        assert (got.status_code, violation["parameter"]) == (422, "known_to"), address
        assert (violation["message"], violation["hint"]) == (
            "Not found: 'salt-doriaa' in parties.", "Did you mean 'salt-doria'?",
        )  # fmt: skip
    for values in (
        "known_to=",
        "known_to=a&known_to=b",
        "known_to=%00",
        f"known_to={'x' * 300}",
        "known_to=salt-alba&known_by=31.2.",
    ):
        assert (await channel.get(f"/v1/talks?{values}")).status_code in (400, 422), values
    refused = await channel.get("/v1/changes?known_to=salt-alba")
    assert (refused.status_code, "does not apply" in refused.text) == (422, True)
    # Without `known_by`, the day is today.
    got = (await channel.get("/v1/proposals?known_to=salt-evia&fields=slug&sort=slug")).json()
    assert [row["slug"] for row in got["data"]] == ["salt-counter", "salt-paper"]
    assert (got["known_to"], got["known_by"] > "2026") == ("salt-evia", True)


async def test_the_bundled_dossiers(client: httpx.AsyncClient, loaded_psql: Session) -> None:
    oracle = await oracle_of(loaded_psql, await days_of_claims(client, loaded_psql))
    parties = await loaded_psql.fetch(
        "SELECT p.slug, p.id FROM party p JOIN delegation d ON d.party_id = p.id GROUP BY p.id ORDER BY count(*) DESC, 1"
    )
    for row in [*parties[:3], *_RANDOM.sample(parties[3:], 3)]:
        for day in ("2015-04-01", "2022-04-01", "2025-06-01"):
            known = oracle.known(str(row["id"]), day)
            for name in ("talks", "proposals", "demands", "responses", "agreements"):
                found = await listed(client, name, f"known_to={row['slug']}&known_by={day}")
                assert found == known[name], (row["slug"], day, name)
    more = await slugs(client, "demands", "2022-05-01")
    # The draft treaty of April 2022 was published in June 2024; the parties knew it when they negotiated it.
    assert more < await listed(client, "demands", "known_to=ukraine&known_by=2022-05-01")


async def test_with_as_of_after_a_merge_and_without_a_withdrawn_delegation(
    server: Server, templates: Templates
) -> None:
    async with keyed(server, templates.empty) as client:
        assert (await client.post("/v1/dossiers", json=DOSSIER)).status_code == 200
        clocks = "known_to=salt-caria&known_by=1991-06-30"
        both = {"salt-paper", "salt-counter"}
        first = (await client.get("/v1/revisions")).json()["data"][0]["number"]
        assert await listed(client, "proposals", clocks) == both
        assert (await client.delete("/v1/delegations/salt-back-channel-caria?reason=was+not+there")).status_code < 300
        assert await listed(client, "proposals", clocks) == {"salt-paper"}
        assert await listed(client, "talks", clocks) == set()
        assert (await client.patch("/v1/proposals/salt-paper", json={"disclosed": []})).status_code == 200
        # Caria's answer to the paper still shows that it knew it.
        assert await listed(client, "proposals", clocks) == {"salt-paper"}
        assert await listed(client, "proposals", clocks.replace("06-30", "06-09")) == set()
        assert (await client.post("/v1/parties/salt-caria/merge", json={"into": "salt-doria"})).status_code == 200
        assert await listed(client, "proposals", clocks) == {"salt-paper"}
        got = (await client.get(f"/v1/proposals/salt-paper?{clocks}&include=urls&as_of={first}")).json()
        assert got["urls"]["self"].endswith(f"known_by=1991-06-30&known_to=salt-caria&as_of={first}"), got["urls"]
        then = f"{clocks}&as_of={first}"
        for name, known in (
            ("proposals", both),
            ("talks", {"salt-back-channel"}),
            ("demands", {"salt-paper-1", "salt-paper-2", "salt-counter-1"}),
            ("responses", {"salt-paper-caria"}),
            ("agreements", set()),
        ):
            assert await listed(client, name, then) == known, name
        now = (await client.get(f"/v1/proposals?{clocks}&as_of={first}&limit=1")).json()
        assert now["hidden_undated"]["value"] == 2
        dossier = (await client.get(f"/v1/processes/salt-islands/dossier?{then}")).json()["records"]
        assert {row["slug"] for row in dossier["proposals"]} == both


async def test_the_views_of_a_party_are_those_of_the_public(psql: Session) -> None:
    """A migration that hides more rows from the public must hide them from parties too (`known_to.show`)."""
    found: dict[str, set[str]] = {}
    for row in await psql.fetch("SELECT schemaname, viewname FROM pg_views WHERE schemaname LIKE '%known%'"):
        found.setdefault(row["schemaname"], set()).add(row["viewname"])
    assert found["known_to"] == found["known"] - {"demand_closable"}
    assert found["past_known_to"] == found["past_known"] - {"demand_closable"}
