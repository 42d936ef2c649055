"""The API and the oracle give the same states of the bundled demands: by inclusion, filter and facet, on both clocks."""

import copy
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from tests.demands import oracle
from tests.demands.comparing import differing, everything, slugs, states
from tests.dossier_rows import SHIPPED, every
from tests.loops import nonempty

RESOURCES = ("processes", "parties", "talks", "delegations", "proposals", "demands", "responses", "agreements")
RECORDS = {collection: every(collection, *SHIPPED) for collection in RESOURCES}
WORLD = oracle.World(RECORDS)

TODAY = date.today().isoformat()
#: Before everything, around tablings, answers, agreements and endings of all dossiers, and after everything.
DAYS = [
    "2011-12-31", "2012-08-26", "2013-11-23", "2013-11-24", "2013-11-25", "2015-04-02", "2015-07-14", "2016-10-01",
    "2016-10-02", "2016-12-01", "2022-04-16", "2025-01-15", "2025-06-02", "2025-06-04", "2025-10-04", "2025-10-09",
    "2025-11-24", "2025-12-10", "2025-12-24", TODAY,
]  # fmt: skip
FEW = ["2013-11-24", "2025-06-04", "2025-12-24", TODAY]


def differences(found: dict[str, oracle.Row], world: oracle.World, day: str, *, inherited: bool) -> dict[str, Any]:
    """By demand, the fields of which the API says otherwise than the oracle."""
    assert found.keys() == world.demands.keys()
    expected = {slug: oracle.state(world, slug, date.fromisoformat(day), inherited=inherited) for slug in found}
    return {slug: wrong for slug, row in found.items() if (wrong := differing(row, expected[slug]))}


@pytest.mark.parametrize(("day", "inherited"), [*((day, True) for day in DAYS), *((day, False) for day in DAYS[1::2])])
async def test_states_are_what_the_rules_say(client: httpx.AsyncClient, day: str, inherited: bool) -> None:
    found = await states(client, state_on=day, inherited=inherited)
    assert not differences(found, WORLD, day, inherited=inherited)


@pytest.mark.parametrize("inherited", [True, False], ids=["inherited", "own"])
@pytest.mark.parametrize("day", DAYS[::3])
async def test_facets_count_the_same_states(client: httpx.AsyncClient, day: str, inherited: bool) -> None:
    asked: dict[str, str | int] = {"account": "all", "limit": 1, "state_on": day, "inherited": inherited}
    got = await client.get("/v1/demands", params={**asked, "facets": "state,fulfilment,is_closed,is_owed"})
    assert got.status_code == 200, got.text
    expected = [oracle.state(WORLD, slug, date.fromisoformat(day), inherited=inherited) for slug in WORLD.demands]
    for name, value_of in VALUES.items():
        buckets = {bucket["value"]: bucket["count"] for bucket in got.json()["facets"][name]["values"]}
        assert buckets == Counter(value_of(state) for state in expected), name


VALUES: dict[str, Callable[[oracle.Row], str | bool | None]] = {
    "state": lambda state: state["word"],
    "fulfilment": lambda state: state["fulfilment"],
    "is_closed": lambda state: state["closed"] is not None,
    "is_owed": lambda state: bool(state["owing"]),
}


@pytest.mark.parametrize("inherited", [True, False], ids=["inherited", "own"])
@pytest.mark.parametrize("day", FEW)
async def test_filters_find_the_same_states(client: httpx.AsyncClient, day: str, inherited: bool) -> None:
    expected = {slug: oracle.state(WORLD, slug, date.fromisoformat(day), inherited=inherited) for slug in WORLD.demands}
    for name, value_of in VALUES.items():
        by_value: dict[Any, set[str]] = {}
        for slug, state in expected.items():
            by_value.setdefault(value_of(state), set()).add(slug)
        by_value.pop(None, None)  # what asks nobody is counted, but cannot be asked for
        for value, those in nonempty(by_value.items()):
            asked = {"account": "all", "state_on": day, "inherited": inherited, name: value}
            assert await slugs(client, "demands", **asked) == those, (name, value)


def changed(records: dict[str, list[oracle.Row]]) -> dict[str, list[oracle.Row]]:
    """Records that change states: new answers, an adoption, a mandate, a membership, a closing, another addressee."""
    rows = {collection: {row["slug"]: copy.deepcopy(row) for row in records[collection]} for collection in records}
    electorate, iran = rows["parties"]["colombian-electorate"], rows["parties"]["iran"]
    memorandum = rows["proposals"]["russian-memorandum-2025-06-02"]
    plan, process = rows["proposals"]["us-28-point-plan-2025"], rows["processes"]["israel-hamas"]
    electorate["speaks_for"] = [{"party": "colombia-government", "role": "decides", "valid_from": "2016-10-02"}]
    iran["member_of"] = [{"party": "p5-plus-1", "valid_from": "2013", "valid_to": "2014"}]
    memorandum["lapsed_on"] = "2025-06-20"
    plan["addressees"] = ["russia", "ukraine"]
    process["ended"] = "2025-10-08"
    return {
        "processes": [process],
        "parties": [electorate, iran],
        "proposals": [memorandum, plan],
        "responses": [
            {"slug": "new-1", "proposal": "us-28-point-plan-2025", "responder": "nato", "stance": "rejected",
             "said_on": "2025-12"},
            {"slug": "new-2", "demand": "joint-plan-of-action-2013-right", "responder": "iran", "stance": "under_study"},
        ],
        "agreements": [
            {"slug": "new-3", "process": "russia-ukraine", "title": "A treaty", "kind": "treaty", "status": "signed",
             "agreed_on": "2025-06-03", "proposals": ["russian-memorandum-2025-06-02"], "parties": ["ukraine"]},
        ],
    }  # fmt: skip


async def test_earlier_revisions_keep_their_states(own_client: httpx.AsyncClient, own_admin: dict[str, str]) -> None:
    records = changed(RECORDS)
    dossier = {"format": "parley-dossier/1", "slug": "changes", "title": "Changes", "records": records}
    written = await own_client.post("/v1/dossiers", json=dossier, headers=own_admin)
    assert written.status_code == 200, written.text
    before = int(written.json()["revision"]) - 1
    after = oracle.World({name: [*RECORDS[name], *records.get(name, ())] for name in RECORDS})
    for day in FEW[1:]:
        for inherited in (True, False):
            asked = {"state_on": day, "inherited": inherited}
            now, then = await states(own_client, **asked), await states(own_client, **asked, as_of=before)
            assert not differences(now, after, day, inherited=inherited)
            assert not differences(then, WORLD, day, inherited=inherited)
            assert now != then, day


@pytest.mark.parametrize("known_by", ["2016-09-01", "2025-06-03", "2025-12-01"])
async def test_what_was_not_known_changes_no_state(client: httpx.AsyncClient, known_by: str) -> None:
    known = dict(RECORDS)
    for name in ("talks", "delegations", "proposals", "responses", "agreements"):
        there = await slugs(client, name, known_by=known_by)
        known[name] = [row for row in RECORDS[name] if row["slug"] in there]
    there = await slugs(client, "demands", known_by=known_by, account="all")
    known["demands"] = [row for row in RECORDS["demands"] if row["slug"] in there]
    world = oracle.World(known)
    assert 0 < len(world.demands) <= len(WORLD.demands)
    for day in (known_by, TODAY):
        for inherited in (True, False):
            found = await states(client, state_on=day, inherited=inherited, known_by=known_by)
            assert not differences(found, world, day, inherited=inherited), day


async def test_the_oracle_reads_what_the_ledger_holds(client: httpx.AsyncClient) -> None:
    for name in RESOURCES:
        rows = await everything(client, name, fields="slug", **({"account": "all"} if name == "demands" else {}))
        held = {row["slug"] for row in rows}
        assert {row["slug"] for row in RECORDS[name]} == held, name
