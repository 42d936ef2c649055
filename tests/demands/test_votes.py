"""Votes: answers that a body gives by counting. The world is made up: tests/material/any_negotiation/votes.json."""

import random
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from app.db import derived_values
from app.runtime.bootstrap import engine_at
from tests import made_up
from tests.conftest import Client, Server, Templates, keyed
from tests.made_up import read, slugs

DOSSIER = made_up.dossier("votes")
FIRST, SECOND, RAIN, SHIFTS = "exit-text-first-vote", "exit-text-second-vote", "rain-decision-vote", "shift-plan-vote"
JSON = {"content-type": "application/json"}
PARTIES = [party["slug"] for party in DOSSIER["records"]["parties"]]
WRITTEN = {response["slug"]: response for response in DOSSIER["records"]["responses"]}


@pytest.fixture
async def bodies(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The made-up bodies and their votes, for writing."""
    async with made_up.loaded(server, templates, DOSSIER) as client:
        yield client


@pytest.fixture(scope="module")
async def still_bodies(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The same, shared by the tests that write nothing."""
    async with made_up.loaded(server, templates, DOSSIER) as client:
        yield client


async def set_votes(client: httpx.AsyncClient, response: str, votes: Any) -> httpx.Response:
    """Replace the votes of a response. A PATCH would merge them with the stored ones."""
    return await client.put(f"/v1/responses/{response}", json={**WRITTEN[response], "votes": votes})


# --- What is read


async def test_a_government_accepts_its_parliament_votes_no_and_later_yes(still_bodies: Client) -> None:
    said = {}
    for day in ("2018-11-13", "2018-11-14", "2019-01-14", "2019-01-15", "2019-03-28", "2019-03-29"):
        states = [(await read(still_bodies, f"demands/exit-text-{n}?state_on={day}"))["state"] for n in (1, 2)]
        assert states[0]["word"] == states[1]["word"]
        said[day] = states[0]["word"], [row["spoken_by"] for row in states[0]["answers"]]
        assert states[0]["owing"] == []
    assert said == {
        "2018-11-13": ("not_yet", []),
        "2018-11-14": ("conditional", ["marland"]),
        "2019-01-14": ("conditional", ["marland"]),
        "2019-01-15": ("rejected", ["marland-parliament"]),
        "2019-03-28": ("rejected", ["marland-parliament"]),
        "2019-03-29": ("accepted", ["marland-parliament"]),
    }


async def test_votes_are_read_as_they_were_written_and_no_count_is_added(still_bodies: Client) -> None:
    for slug, written in WRITTEN.items():
        votes = (await read(still_bodies, f"responses/{slug}"))["votes"]
        expected = written.get("votes")
        assert votes == (expected and {"roll": [], **expected}), slug
    chosen = (await read(still_bodies, "responses?responder=harbour-works-council&fields=votes.for,votes.against"))[
        "data"
    ]
    assert chosen == [{"votes": {"for": None, "against": 2}}]


async def test_a_long_table_has_a_row_for_each_voter(still_bodies: Client) -> None:
    table = (
        (await still_bodies.get("/v1/responses?rows=voter&fields=votes.against&format=csv"))
        .text.lstrip("\ufeff")
        .split("\r\n")
    )
    assert table[0] == "id,slug,entry,voter.party,voter.person,voter.name,voter.vote,voter.weight,votes.against"
    assert [row.partition(",")[2] for row in table[1:] if row] == [
        f"{SHIFTS},1,,greta-holm,,against,,2",
        f"{SHIFTS},2,,,A member of the night shift,against,,2",
        f"{SHIFTS},3,,,A member on leave,absent,,2",
        f"{RAIN},1,estria,,,for,1,1",
        f"{RAIN},2,vestria,,,for,2.5,1",
        f"{RAIN},3,sudria,,,against,,1",
    ]


async def test_an_exported_table_goes_back_in_and_changes_nothing(bodies: Client) -> None:
    table = (await bodies.get("/v1/responses?fields=slug,votes&format=csv")).content
    asked = "/v1/imports?collection=responses&mode=merge"
    taken = await bodies.post(asked, content=table, headers={"content-type": "text/csv", "accept": "application/json"})
    assert taken.status_code == 200, taken.text
    assert (taken.json()["unchanged"], taken.json()["faulty"]) == (len(WRITTEN), 0), taken.text
    table = table.replace(b"estria; vestria; sudria", b"estria; vestria; marland").replace(b"; 2.5; ", b"; 3; ")
    taken = await bodies.post(asked, content=table, headers={"content-type": "text/csv", "accept": "application/json"})
    assert (taken.status_code, taken.json()["changed"]) == (200, 1), taken.text
    roll = (await read(bodies, f"responses/{RAIN}"))["votes"]["roll"]
    assert [(entry["party"], entry.get("weight")) for entry in roll] == [
        ("estria", 1),
        ("vestria", 3),
        ("marland", None),
    ]


async def test_responses_are_found_by_their_votes(still_bodies: Client) -> None:
    assert await slugs(still_bodies, "responses?has_votes=true") == {FIRST, SECOND, RAIN, SHIFTS}
    assert await slugs(still_bodies, "responses?has_votes=false") == {"exit-text-marland"}
    assert await slugs(still_bodies, "responses?voter=sudria") == {RAIN}
    assert await slugs(still_bodies, "responses?voter=marland,harbour-company") == set()
    assert await slugs(still_bodies, "responses?voter.none=sudria") == WRITTEN.keys() - {RAIN}
    assert await slugs(still_bodies, "responses?voter=null&has_votes=true") == {FIRST, SECOND, SHIFTS}
    facet = (await read(still_bodies, "responses?limit=0&facets=voter"))["facets"]["voter"]["values"]
    assert {value["value"]: value["count"] for value in facet} == {None: 4, "estria": 1, "sudria": 1, "vestria": 1}


async def test_talks_are_found_and_counted_by_their_decision_rule(bodies: Client) -> None:
    assert (await read(bodies, "talks/rain-session-2"))["decision_rule"] == "two_thirds"
    assert await slugs(bodies, "talks?decision_rule=consensus,unanimity") == {"marland-round-7"}
    changed = await bodies.patch("/v1/talks/marland-round-7", json={"decision_rule": None})
    assert changed.status_code == 200, changed.text
    assert await slugs(bodies, "talks?decision_rule=null") == {"marland-round-7"}
    facet = (await read(bodies, "talks?limit=0&facets=decision_rule"))["facets"]["decision_rule"]["values"]
    assert {value["value"]: value["count"] for value in facet} == {None: 1, "two_thirds": 1}
    refused = await bodies.patch("/v1/talks/marland-round-7", json={"decision_rule": "most"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/decision_rule"


# --- What is refused

ESTRIA, VESTRIA = ({"party": party, "vote": "for"} for party in ("estria", "vestria"))


@pytest.mark.parametrize(
    ("votes", "pointer", "message"),
    [
        ({}, "/votes", "needs a count, a `rule` or a `roll`"),
        ({"for": None, "roll": []}, "/votes", "needs a count, a `rule` or a `roll`"),
        ({"for": -1}, "/votes/for", "-1 is out of range"),
        ({"against": 1.5}, "/votes/against", "1.5 is not a whole number"),
        ({"yes": 1}, "/votes/yes", "Unknown field 'yes'"),
        ({"rule": "three_quarters"}, "/votes/rule", "'three_quarters' is not an allowed value"),
        (
            {"for": 50, "against": 50, "absent": 2, "entitled": 101},
            "/votes",
            "more votes than members: 102 (50 for, 50 against, 2 absent), but `entitled` is 101",
        ),
        (
            {"against": 1, "entitled": 2, "roll": [ESTRIA, VESTRIA]},
            "/votes",
            "more votes than members: 3 (2 for, 1 against)",
        ),
        ({"for": 1, "roll": [ESTRIA, VESTRIA]}, "/votes", "`roll` has 2 entries with the vote 'for', but `for` is 1"),
        (
            {"roll": [ESTRIA, {"party": "estria", "vote": "against"}]},
            "/votes/roll/1",
            "party 'estria' is in the roll twice",
        ),
        (
            {"roll": [{"name": "Hill", "vote": "for"}, ESTRIA, {"name": "Hill", "vote": "for"}]},
            "/votes/roll/2",
            "name 'Hill' is in the roll twice",
        ),
        ({"roll": [{"vote": "for"}]}, "/votes/roll/0", "with `party`, `person` or `name`; got none of them"),
        ({"roll": [{**ESTRIA, "name": "Estria"}]}, "/votes/roll/0", "got `party` and `name`"),
        ({"roll": [{"party": "estria"}]}, "/votes/roll/0/vote", "This is required"),
        ({"roll": [{"party": "estria", "vote": "yes"}]}, "/votes/roll/0/vote", "'yes' is not an allowed value"),
        ({"roll": [{**ESTRIA, "weight": -1}]}, "/votes/roll/0/weight", "-1 is out of range"),
        ({"roll": [{"party": "estrai", "vote": "for"}]}, "/votes/roll/0/party", "estrai"),
    ],
)
async def test_votes_that_cannot_be_are_refused(still_bodies: Client, votes: Any, pointer: str, message: str) -> None:
    refused = await set_votes(still_bodies, RAIN, votes)
    assert refused.status_code == 422, refused.text
    [error] = refused.json()["errors"]
    assert error["pointer"] == pointer, error
    assert message in error["message"], error


async def test_counts_up_to_the_number_of_members_are_taken(bodies: Client) -> None:
    for votes in (
        {"for": 1, "against": 0, "abstained": 0, "absent": 1, "entitled": 2, "roll": [ESTRIA]},
        {"for": 2, "roll": [ESTRIA, VESTRIA]},
        {"rule": "unanimity"},
        {"for": 0},
        None,
    ):
        taken = await set_votes(bodies, RAIN, votes)
        assert taken.status_code == 200, taken.text


async def test_a_voter_named_by_a_former_slug_or_an_identifier_is_the_same_voter(bodies: Client) -> None:
    renamed = await bodies.patch(
        "/v1/parties/estria", json={"slug": "new-estria", "external_ids": [{"scheme": "wikidata", "value": "Q1"}]}
    )
    assert renamed.status_code == 200, renamed.text
    assert await slugs(bodies, "responses?voter=new-estria") == {RAIN}
    assert await slugs(bodies, "responses?voter=wikidata:Q1") == {RAIN}
    for other in ("wikidata:Q1", "estria"):
        refused = await set_votes(
            bodies, RAIN, {"roll": [{"party": "new-estria", "vote": "for"}, {"party": other, "vote": "for"}]}
        )
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == "/votes/roll/1"


async def test_a_voter_without_a_record_is_the_same_voter_whatever_the_spaces(bodies: Client) -> None:
    roll = [{"name": name, "vote": "for"} for name in ("An  observer", " An observer ")]
    refused = await set_votes(bodies, RAIN, {"roll": roll})
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == "/votes/roll/1"


# --- History, merges, exports


async def test_a_merge_moves_the_vote_and_its_undoing_gives_it_back(bodies: Client) -> None:
    made = await bodies.post("/v1/parties", json={"slug": "southland", "name": "Southland", "kind": "state"})
    assert made.status_code == 201, made.text
    merged = await bodies.post("/v1/parties/sudria/merge", json={"into": "southland"})
    assert merged.status_code == 200, merged.text
    assert await slugs(bodies, "responses?voter=southland") == {RAIN}
    assert (await read(bodies, f"responses/{RAIN}"))["votes"]["roll"][2]["party"] == "southland"
    revision = int(merged.headers["parley-revision"])
    undone = await bodies.post(f"/v1/revisions/{revision}/undo")
    assert undone.status_code == 201, undone.text
    assert await slugs(bodies, "responses?voter=southland") == set()
    assert await slugs(bodies, "responses?voter=sudria") == {RAIN}
    assert await slugs(bodies, f"responses?voter=southland&as_of={revision}") == {RAIN}
    await _is_derived_right(bodies)


async def test_two_voters_of_one_vote_cannot_be_merged(bodies: Client) -> None:
    refused = await bodies.post("/v1/parties/sudria/merge", json={"into": "vestria"})
    assert refused.status_code == 409, refused.text
    assert [error["message"] for error in refused.json()["errors"]] == [f"Both voted in the response '{RAIN}'"]
    people = [{"person": person, "vote": "against"} for person in ("greta-holm", "nils")]
    made = await bodies.post("/v1/people", json={"slug": "nils", "name": "Nils"})
    assert made.status_code == 201, made.text
    assert (await set_votes(bodies, SHIFTS, {"roll": people})).status_code == 200
    refused = await bodies.post("/v1/people/nils/merge", json={"into": "greta-holm"})
    assert refused.status_code == 409, refused.text
    assert SHIFTS in refused.json()["errors"][0]["message"]


async def test_voters_of_a_withdrawn_vote_cannot_be_merged_until_it_is_restored(bodies: Client) -> None:
    withdrawn = await bodies.delete(f"/v1/responses/{RAIN}?reason=coded twice")
    assert withdrawn.status_code == 204, withdrawn.text
    refused = await bodies.post("/v1/parties/sudria/merge", json={"into": "vestria"})
    assert refused.status_code == 409, refused.text
    hint = refused.json()["errors"][0]["hint"]
    assert hint.startswith(f"First undo the withdrawal of the response '{RAIN}', then remove one of the entries")


async def test_the_past_and_what_was_known_are_found_by_voters_too(bodies: Client) -> None:
    before = int((await bodies.get("/v1/responses")).headers["parley-revision"])
    assert (await set_votes(bodies, RAIN, {"roll": [VESTRIA]})).status_code == 200
    assert await slugs(bodies, "responses?voter=estria") == set()
    assert await slugs(bodies, f"responses?voter=estria&as_of={before}") == {RAIN}
    assert len((await read(bodies, f"responses/{RAIN}?as_of={before}"))["votes"]["roll"]) == 3
    for clock in ("", f"&as_of={before}"):
        assert await slugs(bodies, f"responses?voter=vestria&known_by=2021-11-19{clock}") == set()
        assert await slugs(bodies, f"responses?voter=vestria&known_by=2021-11-20{clock}") == {RAIN}
    assert await slugs(bodies, "responses?has_votes=true&known_by=2019-12-31") == {FIRST, SECOND}


async def test_an_export_brings_the_votes_to_an_empty_ledger(
    bodies: Client, server: Server, templates: Templates
) -> None:
    for process in ("all", *(one["slug"] for one in DOSSIER["records"]["processes"])):
        address = "/v1/dossiers/all" if process == "all" else f"/v1/processes/{process}/dossier"
        exported = await bodies.get(address)
        assert exported.status_code == 200, exported.text
        async with keyed(server, templates.empty) as other:
            made = await other.post("/v1/dossiers", content=exported.content, headers=JSON)
            assert made.status_code == 200, made.text
            assert (await other.get(address)).content == exported.content
            if process in ("all", "rain-convention"):
                assert await slugs(other, "responses?voter=sudria") == {RAIN}


async def test_the_voters_of_any_rolls_are_those_in_the_rolls(bodies: Client) -> None:
    chance = random.Random(16)  # noqa: S311 - not for secrets
    rolls: dict[str, set[str]] = {RAIN: {"estria", "vestria", "sudria"}}
    for _ in range(25):
        response = chance.choice([FIRST, SECOND, RAIN, SHIFTS])
        voters = set(chance.sample(PARTIES, chance.randrange(4)))
        roll = [{"party": party, "vote": chance.choice(["for", "against", "absent"])} for party in sorted(voters)]
        assert (await set_votes(bodies, response, {"roll": roll} if roll else None)).status_code in (200, 204)
        rolls[response] = voters
        asked = set(chance.sample(PARTIES, 2))
        expected = {slug for slug, found in rolls.items() if found & asked}
        assert await slugs(bodies, f"responses?voter={','.join(asked)}") == expected
    await _is_derived_right(bodies)


async def test_wrong_voters_are_found_and_repaired(bodies: Client) -> None:
    url = str(bodies.state.ledger.url)
    session = await asyncpg.connect(url)
    await session.execute("""
        ALTER TABLE response DISABLE TRIGGER response_voters_update;
        UPDATE response SET votes = NULL WHERE slug = 'rain-decision-vote';
        ALTER TABLE response ENABLE TRIGGER response_voters_update;
    """)
    await session.close()
    async with engine_at(url) as engine:
        wrong = {finding.what: finding.wrong for finding in await derived_values.check(engine) if finding.wrong}
        assert wrong == {"parties of votes that differ from those in the rolls of the responses": 3}
        await derived_values.repair(engine)
    assert await slugs(bodies, "responses?voter=sudria") == set()
    await _is_derived_right(bodies)


async def _is_derived_right(client: Client) -> None:
    async with engine_at(str(client.state.ledger.url)) as engine:
        assert not any(finding.wrong for finding in await derived_values.check(engine))
