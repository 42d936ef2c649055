"""Derived values stay what the rules say, whoever writes; a ledger in which they do not is found out and repaired."""

from typing import Any

import httpx

from app.db import derived_values
from app.runtime.bootstrap import engine_at
from tests import world
from tests.history.conftest import Session
from tests.processes import Process

STORED = """
    SELECT d.slug, s.aspect, s.value, s.applies, s.from_on::text, s.until_on::text
    FROM demand_span s JOIN demand d ON d.id = s.demand_id ORDER BY 1, 2, 5, 4
"""
ANSWERS = """
    SELECT d.slug, p.slug AS party, a.counted_as, a.said_on, a.applies, a.from_on::text, a.until_on::text, a.may_owe, a.level,
        a.is_implied, a.response_id, a.agreement_id, a.speaker_id
    FROM demand_answer a JOIN demand d ON d.id = a.demand_id JOIN party p ON p.id = a.party_id ORDER BY 1, 2, 6, 5
"""
DIFFERENT = "SELECT * FROM state.differences()"

#: One write after the other, each of which changes the state of some demand: method, address, body.
WRITES: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("post", "responses", {"slug": "no", "demand": "plan-1", "responder": "boria", "stance": "rejected", "said_on": "2020-03"}),
    ("patch", "responses/no", {"stance": "under_study"}),
    # The same days, written otherwise.
    ("patch", "responses/no", {"said_on": "2020-03-01/2020-03-31"}),
    ("patch", "responses/no", {"said_on": "2020-03-04"}),
    ("post", "responses", {"slug": "all", "proposal": "plan", "responder": "boria", "stance": "accepted", "said_on": "2020-03-09"}),
    ("patch", "responses/all", {"scope": "only the aid"}),
    ("patch", "responses/all", {"scope": None, "scope_demands": ["plan-3"]}),
    ("patch", "parties/friends", {"kind": "state"}),
    ("patch", "parties/friends", {"kind": "unspecified_group"}),
    ("patch", "responses/all", {"scope_demands": [], "part": "a"}),
    ("patch", "responses/all", {"part": None, "responder": "league"}),
    ("patch", "parties/boria", {"member_of": [{"party": "league"}]}),
    ("patch", "parties/boria", {"member_of": [{"party": "league", "valid_to": "2019"}]}),
    ("post", "responses", {"slug": "vote", "proposal": "plan", "responder": "caria", "stance": "countered", "said_on": "2020-04-01"}),
    ("patch", "parties/caria", {"kind": "electorate", "speaks_for": [{"party": "boria", "role": "decides"}]}),
    ("patch", "parties/caria", {"speaks_for": [{"party": "boria", "role": "decides", "valid_from": "2021"}]}),
    ("patch", "demands/plan-6", {"addressees": ["boria"]}),
    ("patch", "demands/plan-6", {"act": "step"}),
    ("patch", "demands/plan-4", {"addressees": ["alba"], "claimants": ["alba", "delta"]}),
    ("post", "proposals", {"slug": "plan-b", "process": "alba-boria", "title": "Second plan", "kind": "plan", "authors": ["alba"],
                           "tabled_on": "2020-05-01", "relations": [{"kind": "supersedes", "proposal": "plan"}],
                           "demands": [{"slug": "plan-b-1", "text": "Boria withdraws", "addressees": ["boria"],
                                        "links": [{"kind": "withdraws", "demand": "plan-1"}]}]}),
    ("patch", "proposals/plan-b", {"tabled_on": "2020-06-01"}),
    ("patch", "proposals/plan-b", {"relations": []}),
    ("patch", "demands/plan-b-1", {"links": [{"kind": "settles", "demand": "plan-3"}]}),
    ("patch", "demands/plan-b-1", {"addressees": []}),
    ("patch", "proposals/plan-b", {"addressees": ["delta"]}),
    ("patch", "demands/plan-b-1", {"addressees": ["boria"], "links": []}),
    ("patch", "proposals/plan", {"lapsed_on": "2020-07-01"}),
    ("post", "agreements", {"slug": "pact", "process": "alba-boria", "title": "Pact", "kind": "final", "proposals": ["plan"],
                            "parties": ["alba", "delta"], "agreed_on": "2020-05-05"}),
    ("patch", "agreements/pact", {"status": "disputed"}),
    ("patch", "agreements/pact", {"status": "signed", "parties": ["alba", "boria"]}),
    ("patch", "processes/alba-boria", {"ended": "2020-05-02"}),
    ("post", "responses", {"slug": "deed", "demand": "plan-b-1", "responder": "boria", "stance": "implemented", "said_on": "2020-08-01"}),
    ("delete", "responses/deed?reason=misread", None),
    ("patch", "proposals/plan", {"tabled_on": "2020-02-20"}),
    ("delete", "demands/plan-7?reason=misread", None),
)  # fmt: skip


#: What changes no state yet: the answer of a body that does not speak for anybody so far.
UNSEEN = ("vote",)
#: The same by psql, which knows nothing of Parley.
STATEMENTS = (
    "UPDATE response SET stance = 'rejected' WHERE slug = 'all'",
    "UPDATE demand SET act = 'step' WHERE slug = 'plan-3'",
    "UPDATE demand SET act = 'demand' WHERE slug = 'plan-6'",
    "UPDATE demand_party SET party_id = (SELECT id FROM party WHERE slug = 'caria')"
    " WHERE role = 'addressee' AND demand_id = (SELECT id FROM demand WHERE slug = 'plan-6')",
    "DELETE FROM agreement_party WHERE agreement_id = (SELECT id FROM agreement WHERE slug = 'pact')",
    "UPDATE party SET kind = 'conference' WHERE slug = 'league'",
    "UPDATE party_membership SET is_bound = true",
    "DELETE FROM party_membership",
    "DELETE FROM proposal_addressee; DELETE FROM demand_party WHERE role = 'addressee'",
    "UPDATE delegation SET roles = '{observer}' WHERE slug LIKE '%boria%'",
    "DELETE FROM response WHERE slug = 'no'",
)


async def stored(session: Session) -> tuple[list[Any], list[Any]]:
    """The stored spans and answers; asserts that they are what the rules say."""
    assert await session.fetch(DIFFERENT) == []
    return list(await session.fetch(STORED)), list(await session.fetch(ANSWERS))


async def test_whatever_is_written_the_states_follow(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await stored(psql)
    for method, address, body in WRITES:
        answer = await world_client.request(method, f"/v1/{address}", json=body)
        assert answer.status_code < 300, (address, answer.text)
        after = await stored(psql)
        assert (body or {}).get("slug") in UNSEEN or after != before, (
            f"{method} {address} {body} changed no state: it tests nothing"
        )
        before = after
    for statement in STATEMENTS:
        await psql.execute(statement)
        after = await stored(psql)
        assert after != before, f"{statement} changed no state: it tests nothing"
        before = after


async def test_merging_two_parties_and_undoing_it_moves_their_answers(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    await world_client.post("/v1/parties", json={"slug": "boria-2", "name": "Borja", "kind": "state"})
    await world.answer(world_client, demand="plan-1", responder="boria-2", stance="rejected", said_on="2020-03-04")
    before = await stored(psql)
    merged = await world_client.post("/v1/parties/boria-2/merge", json={"into": "boria"})
    assert merged.status_code == 200, merged.text
    spans, answers = await stored(psql)
    assert ("plan-1", "rejected") in [(row["slug"], row["value"]) for row in spans]
    assert ("plan-1", "boria", "rejected") in [(row["slug"], row["party"], row["counted_as"]) for row in answers]
    undone = await world_client.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo")
    assert undone.status_code == 201, undone.text
    assert await stored(psql) == before


async def test_earlier_revisions_keep_the_states_that_they_had(world_client: httpx.AsyncClient) -> None:
    first = await world_client.get("/v1/demands?state=open&fields=slug")
    revision = first.headers["parley-revision"]
    await world.answer(world_client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-04")
    now = (await world_client.get("/v1/demands?state=open&fields=slug&facets=state")).json()
    then = (await world_client.get(f"/v1/demands?state=open&fields=slug&facets=state&as_of={revision}")).json()
    slugs = {row["slug"] for row in then["data"]}
    assert slugs - {row["slug"] for row in now["data"]} == {"plan-1"}
    assert then["data"] == first.json()["data"]


async def test_what_is_wrong_is_found_and_repaired(world_client: httpx.AsyncClient, psql: Session, url: str) -> None:
    await world.answer(world_client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-04")
    right = await stored(psql)
    await psql.execute("""
        ALTER TABLE response DISABLE TRIGGER state_update;
        ALTER TABLE source DISABLE TRIGGER known_update;
        UPDATE response SET stance = 'accepted';
        UPDATE source SET published_max = '2021-01-01' WHERE slug = 'gazette';
        DELETE FROM demand_span WHERE demand_id = (SELECT id FROM demand WHERE slug = 'plan-3');
        INSERT INTO demand_span (demand_id, aspect, applies, from_on, until_on, value, sort_on)
            VALUES (gen_random_uuid(), 'closed', 15, '2020-01-01', 'infinity', 'lapsed', '2020-01-01');
        DELETE FROM demand_answer WHERE demand_id = (SELECT id FROM demand WHERE slug = 'plan-5');
        UPDATE demand_answer SET may_owe = false WHERE demand_id = (SELECT id FROM demand WHERE slug = 'plan-6');
        ALTER TABLE response ENABLE TRIGGER state_update;
        ALTER TABLE source ENABLE TRIGGER known_update;
        ALTER TABLE process DISABLE TRIGGER conflict_identifiers_update;
        UPDATE process SET conflicts = '[{"name": "War", "external_ids": [{"scheme": "some-list", "value": "7"}]}]';
        ALTER TABLE process ENABLE TRIGGER conflict_identifiers_update;
        INSERT INTO conflict_identifier (process_id, scheme, value) VALUES (gen_random_uuid(), 'some-list', '8');
    """)
    async with engine_at(url) as engine:
        wrong = {finding.what: finding.wrong for finding in await derived_values.check(engine) if finding.wrong}
        assert wrong == {
            "demands with a wrong state": 5,
            "identifiers of conflicts that differ from those in the processes": 2,
            "sources with a wrong first known day": 1,
            # What cites the source, and what it makes known.
            "citations with a wrong first known day": 1,
            "talks with a wrong first known day": 1,
        }
        await derived_values.repair(engine)
        assert not any(finding.wrong for finding in await derived_values.check(engine))
    spans, answers = await stored(psql)
    assert [row["value"] for row in spans if row["slug"] == "plan-1"] == ["open", "accepted"]
    assert [row["counted_as"] for row in answers if row["slug"] == "plan-1"] == [None, "accepted"]
    assert await psql.fetchval("SELECT string_agg(identifier, ',') FROM conflict_identifier") == "some-list:7"
    await psql.execute("UPDATE response SET stance = 'rejected'")
    assert await stored(psql) == right


async def test_the_command_ends_with_one_until_it_is_repaired(url: str, psql: Session) -> None:
    await psql.execute("DELETE FROM demand_span")

    def run(command: str) -> tuple[int, str]:
        process = Process("db", command, DATABASE_URL=url)
        said = process.stdout.read()
        return process.wait(60), said

    code, told = run("check")
    assert (code, "7 demands with a wrong state" in told) == (1, True), told
    assert run("repair")[0] == 0
    assert await stored(psql) != ([], [])
