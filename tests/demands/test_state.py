"""The state of a demand, rule by rule, on the made-up world."""

from typing import Any

import httpx
import pytest

from tests import world
from tests.loops import nonempty


@pytest.fixture
def client(world_client: httpx.AsyncClient) -> httpx.AsyncClient:
    return world_client


async def state(client: httpx.AsyncClient, slug: str, **asked: Any) -> dict[str, Any]:
    got = await client.get(f"/v1/demands/{slug}", params=asked)
    assert got.status_code == 200, got.text
    found: dict[str, Any] = got.json()["state"]
    return found


def owing(found: dict[str, Any]) -> list[str]:
    return [party["slug"] for party in found["owing"]]


def counted(found: dict[str, Any]) -> dict[str, str]:
    """What the counted answer of each party counts as."""
    return {row["party"]["slug"]: row["counted_as"] for row in found["answers"]}


async def post(client: httpx.AsyncClient, collection: str, **body: Any) -> None:
    posted = await client.post(f"/v1/{collection}", json=body)
    assert posted.status_code == 201, posted.text


async def patch(client: httpx.AsyncClient, address: str, **body: Any) -> None:
    patched = await client.patch(f"/v1/{address}", json=body)
    assert patched.status_code == 200, patched.text


async def post_text(client: httpx.AsyncClient, slug: str, tabled_on: str = "2020-04-01", **body: Any) -> None:
    """Post another proposal of Alba."""
    body = {"process": "alba-boria", "title": slug, "kind": "paper", "authors": ["alba"], **body}
    await post(client, "proposals", slug=slug, tabled_on=tabled_on, **body)


async def test_without_an_answer_it_is_open_and_the_addressee_owes_one(client: httpx.AsyncClient) -> None:
    found = await state(client, "plan-1")
    assert (found["word"], owing(found), found["fulfilment"]) == ("open", ["boria"], "none")


async def test_a_sole_claimant_need_not_answer_its_own_demand(client: httpx.AsyncClient) -> None:
    assert owing(await state(client, "plan-2")) == ["boria"]


async def test_an_unspecified_group_owes_nothing_where_someone_else_is_addressed(client: httpx.AsyncClient) -> None:
    assert owing(await state(client, "plan-3")) == ["boria"]
    assert owing(await state(client, "plan-7")) == ["friends"]


async def test_an_offer_is_answered_by_the_other_negotiating_parties(client: httpx.AsyncClient) -> None:
    assert owing(await state(client, "plan-4")) == ["boria"]


async def test_one_of_several_claimants_that_is_addressed_too_counts_once_it_speaks(client: httpx.AsyncClient) -> None:
    found = await state(client, "plan-5")
    assert (found["word"], owing(found)) == ("open", ["delta"])  # whom another point of the plan addresses
    await world.answer(client, proposal="plan", responder="boria", stance="rejected", said_on="2020-03-03")
    found = await state(client, "plan-5")
    assert (found["word"], owing(found), counted(found)) == ("rejected", ["delta"], {"boria": "rejected"})


async def test_the_last_answer_up_to_the_day_counts_and_earlier_ones_stay(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="under_study", said_on="2020-03-02")
    await world.answer(client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-04")
    words = [
        (await state(client, "plan-1", state_on=day))["word"] for day in ("2020-03-01", "2020-03-03", "2020-03-04")
    ]
    assert words == ["open", "under_study", "rejected"]
    assert len((await client.get("/v1/responses?demand=plan-1")).json()["data"]) == 2


async def test_an_answer_of_uncertain_date_counts_from_its_last_possible_day(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03")
    assert (await state(client, "plan-1", state_on="2020-03-30"))["word"] == "open"
    assert (await state(client, "plan-1", state_on="2020-03-31"))["word"] == "rejected"


async def test_silence_is_not_a_rejection_and_any_answer_beats_it(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="no_comment", said_on="2020-03-09")
    found = await state(client, "plan-1")
    assert (found["word"], owing(found)) == ("no_comment", ["boria"])
    await world.answer(client, demand="plan-1", responder="boria", stance="conditional", said_on="2020-03-02")
    found = await state(client, "plan-1")
    assert (found["word"], owing(found)) == ("conditional", [])


async def test_an_answer_to_the_whole_is_inherited_at_the_askers_choice(client: httpx.AsyncClient) -> None:
    await world.answer(client, proposal="plan", responder="boria", stance="rejected", said_on="2020-03-05")
    with_it, without = await state(client, "plan-1"), await state(client, "plan-1", inherited=False)
    assert (with_it["word"], with_it["inherited"], with_it["answers"][0]["scope"]) == ("rejected", True, "proposal")
    assert (without["word"], without["inherited"]) == ("open", False)


@pytest.mark.parametrize(
    "answer",
    [
        {"stance": "supported"},
        {"stance": "opposed"},
        {"stance": "rejected", "scope": "only the parts on aid"},
        {"stance": "rejected", "scope_demands": ["plan-3"]},
        {"stance": "rejected", "reply_to": True},
    ],
    ids=str,
)
async def test_what_is_no_answer_to_the_point_is_not_inherited(
    client: httpx.AsyncClient, answer: dict[str, Any]
) -> None:
    if answer.get("reply_to"):
        first = await world.answer(client, proposal="plan", responder="caria", stance="supported", said_on="2020-03-04")
        answer = {**answer, "reply_to": first}
    await world.answer(client, proposal="plan", responder="boria", said_on="2020-03-05", **answer)
    assert (await state(client, "plan-1"))["word"] == "open"


async def test_an_answer_to_an_option_is_inherited_by_its_points_alone(client: httpx.AsyncClient) -> None:
    await world.answer(client, proposal="plan", part="a", responder="boria", stance="rejected", said_on="2020-03-05")
    words = [(await state(client, f"plan-{n}"))["word"] for n in (1, 2, 3, 4)]
    assert words == ["rejected", "rejected", "open", "open"]


async def test_an_own_answer_beats_an_inherited_one_whatever_the_dates(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="accepted", said_on="2020-03-02")
    await world.answer(client, proposal="plan", responder="boria", stance="rejected", said_on="2020-03-05")
    assert (await state(client, "plan-1"))["word"] == "accepted"
    assert (await state(client, "plan-3"))["word"] == "rejected"


async def test_a_spoken_answer_beats_an_implied_one(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-02")
    await world.answer(
        client, demand="plan-1", responder="boria", stance="accepted", said_on="2020-03-09", is_implied=True
    )
    assert (await state(client, "plan-1"))["word"] == "rejected"


async def test_a_coalition_speaks_for_members_that_have_not_spoken(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-6", responder="league", stance="accepted", said_on="2020-03-02")
    found = await state(client, "plan-6")
    assert (found["word"], found["answers"][0]["spoken_by"]) == ("accepted", "league")
    await world.answer(client, demand="plan-6", responder="delta", stance="rejected", said_on="2020-03-01")
    assert (await state(client, "plan-6"))["word"] == "rejected"


async def test_a_conference_answers_for_the_members_that_it_binds(client: httpx.AsyncClient) -> None:
    """The example in app/guides/state-rules.md, and what follows when it is recorded otherwise."""
    bound = {"alba": True, "boria": False, "caria": None}
    members = [{"party": party, "is_bound": value} for party, value in bound.items()]
    await post(client, "parties", slug="assembly", name="Assembly of the parties", kind="conference", members=members)
    body = {
        "proposal": "plan",
        "text": "All report",
        "claimants": ["delta"],
        "addressees": list(bound),
        "slug": "plan-8",
    }
    await post(client, "demands", **body)
    await world.answer(client, demand="plan-8", responder="assembly", stance="accepted", said_on="2020-06-20")
    found = await state(client, "plan-8")
    assert (found["word"], owing(found), counted(found)) == (
        "accepted_by_some",
        ["boria", "caria"],
        {"alba": "accepted"},
    )
    assert found["answers"][0]["spoken_by"] == "assembly"
    await world.answer(client, demand="plan-8", responder="boria", stance="accepted", said_on="2020-07-01")
    await world.answer(client, demand="plan-8", responder="caria", stance="accepted", said_on="2020-07-02")
    before, after = [await state(client, "plan-8", state_on=day) for day in ("2020-07-01", "2020-07-02")]
    assert (before["word"], after["word"], owing(after)) == ("accepted_by_some", "accepted", [])
    old = (await client.get("/v1/demands?limit=1")).headers["Parley-Revision"]
    await patch(client, "parties/alba", member_of=[{"party": "assembly", "is_bound": False}])
    assert owing(await state(client, "plan-8")) == ["alba"]
    assert owing(await state(client, "plan-8", as_of=old)) == []
    # Of a coalition, all members are bound unless it is recorded otherwise.
    await patch(client, "parties/assembly", kind="coalition", members=[{"party": "caria"}, {"party": "alba"}])
    found = await state(client, "plan-8", state_on="2020-06-20")
    assert (owing(found), set(counted(found))) == (["boria"], {"alba", "caria"})


async def test_a_member_speaks_for_itself_and_never_for_its_coalition(client: httpx.AsyncClient) -> None:
    body = {"proposal": "plan", "text": "The League lifts its embargo", "addressees": ["league"], "slug": "plan-8"}
    assert (await client.post("/v1/demands", json=body)).status_code == 201
    await world.answer(client, demand="plan-8", responder="delta", stance="accepted", said_on="2020-03-02")
    found = await state(client, "plan-8")
    assert (found["word"], owing(found), counted(found)) == ("accepted_by_some", ["league"], {"delta": "accepted"})
    await world.answer(client, demand="plan-8", responder="league", stance="rejected", said_on="2020-03-02")
    assert (await state(client, "plan-8"))["word"] == "mixed"


async def test_accepted_needs_all_who_must_answer_and_different_answers_are_mixed(client: httpx.AsyncClient) -> None:
    body = {"proposal": "plan", "text": "Both pay", "addressees": ["boria", "delta"], "slug": "plan-9"}
    assert (await client.post("/v1/demands", json=body)).status_code == 201
    await world.answer(client, demand="plan-9", responder="boria", stance="accepted", said_on="2020-03-02")
    assert (await state(client, "plan-9"))["word"] == "accepted_by_some"
    await world.answer(client, demand="plan-9", responder="delta", stance="accepted", said_on="2020-03-03")
    assert (await state(client, "plan-9"))["word"] == "accepted"
    await world.answer(client, demand="plan-9", responder="delta", stance="rejected", said_on="2020-03-04")
    assert (await state(client, "plan-9"))["word"] == "mixed"


async def test_supporters_opponents_and_strangers_are_listed_and_never_counted(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="caria", stance="rejected", said_on="2020-03-02")
    await world.answer(client, demand="plan-1", responder="boria", stance="opposed", said_on="2020-03-02")
    found = await state(client, "plan-1")
    assert found["word"] == "open"
    assert {row["party"]["slug"]: row["stance"] for row in found["others"]} == {"boria": "opposed", "caria": "rejected"}


async def test_a_deed_fulfils_and_stands_for_acceptance_where_nothing_else_was_said(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="implemented", said_on="2020-04-01")
    found = await state(client, "plan-1")
    assert (found["word"], found["fulfilment"], found["fulfilled_on"]) == ("accepted", "done", "2020-04-01")
    assert (await state(client, "plan-1", state_on="2020-03-31"))["fulfilment"] == "none"
    await world.answer(client, demand="plan-1", responder="boria", stance="conditional", said_on="2020-03-02")
    found = await state(client, "plan-1")
    assert (found["word"], found["fulfilment"]) == ("conditional", "done")


async def test_states_are_filters_too_and_the_answer_says_which_were_read(client: httpx.AsyncClient) -> None:
    await world.answer(client, proposal="plan", responder="boria", stance="rejected", said_on="2020-03-05")
    rejected = (await client.get("/v1/demands?state=rejected&fields=slug&sort=position")).json()
    assert [row["slug"] for row in rejected["data"]] == ["plan-1", "plan-2", "plan-3", "plan-4", "plan-5"]
    assert (rejected["account"], rejected["inherited"], rejected["state_on"]) == ("reference", True, None)
    own = (await client.get("/v1/demands?state=rejected&inherited=false")).json()
    assert own["data"] == []
    before = (await client.get("/v1/demands?state=open&state_on=2020-03-04&count=exact&limit=1")).json()
    assert before["page"]["count"] == {"value": 7, "is": "exact"}


async def test_before_it_was_put_forward_nobody_owes_an_answer(client: httpx.AsyncClient) -> None:
    found = await state(client, "plan-1", state_on="2020-02-29")
    assert (found["word"], owing(found)) == ("not_yet", [])
    assert (await client.get("/v1/demands?state=open&state_on=2020-02-29")).json()["data"] == []


async def test_an_answer_without_a_date_counts_today_and_on_no_day_before(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="accepted")
    assert (await state(client, "plan-1"))["word"] == "accepted"
    assert (await state(client, "plan-1", state_on="2020-12-31"))["word"] == "open"


# --- Who is asked


@pytest.mark.parametrize("act", ["not_demanded", "step"])
async def test_what_asks_nobody_has_no_state(client: httpx.AsyncClient, act: str) -> None:
    body = {"proposal": "plan", "text": "Boria keeps its port", "addressees": ["boria"], "slug": "plan-8", "act": act}
    await post(client, "demands", **body)
    await world.answer(client, proposal="plan", responder="boria", stance="accepted", said_on="2020-03-02")
    found = await state(client, "plan-8")
    assert (found["word"], owing(found), found["answers"]) == (None, [], [])


async def test_without_anyone_to_ask_a_point_is_unaddressed_and_whoever_answers_counts(
    client: httpx.AsyncClient,
) -> None:
    await post_text(client, "note", demands=[{"slug": "note-1", "text": "Peace is good"}])
    found = await state(client, "note-1")
    assert (found["word"], owing(found)) == ("unaddressed", [])
    await world.answer(client, demand="note-1", responder="caria", stance="accepted", said_on="2020-04-02")
    assert counted(await state(client, "note-1")) == {"caria": "accepted"}


async def test_the_negotiators_at_the_talk_are_asked_last(client: httpx.AsyncClient) -> None:
    points = [{"slug": "note-1", "text": "Peace is good"}]
    await post_text(client, "note", talk="round-1", demands=points)
    assert owing(await state(client, "note-1")) == ["boria"]  # not Caria, who mediates


# --- Whose voice it is


@pytest.fixture
async def senate(client: httpx.AsyncClient) -> None:
    """The senate approves for Boria what is accepted in March."""
    mandate = {"party": "boria", "role": "approves", "valid_from": "2020-03-01", "valid_to": "2020-03-31"}
    await post(client, "parties", slug="senate", name="Boria's senate", kind="assembly", speaks_for=[mandate])


@pytest.mark.usefixtures("senate")
async def test_where_a_body_must_approve_an_acceptance_is_conditional_until_it_has(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="accepted", said_on="2020-03-02")
    assert (await state(client, "plan-1"))["word"] == "conditional"
    await world.answer(client, proposal="plan", responder="senate", stance="under_study", said_on="2020-03-03")
    assert (await state(client, "plan-1"))["word"] == "conditional"
    await world.answer(client, demand="plan-1", responder="senate", stance="accepted", said_on="2020-03-04")
    found = await state(client, "plan-1")
    assert (found["word"], [row["spoken_by"] for row in found["answers"]]) == ("accepted", ["senate"])
    await world.answer(client, demand="plan-1", responder="senate", stance="rejected", said_on="2020-03-05")
    found = await state(client, "plan-1")
    assert (counted(found), owing(found)) == ({"boria": "rejected"}, [])


@pytest.fixture
async def houses(client: httpx.AsyncClient) -> None:
    """Two houses must approve what Boria accepts."""
    for slug in ("lower-house", "upper-house"):
        mandate = {"party": "boria", "role": "approves"}
        await post(client, "parties", slug=slug, name=slug, kind="assembly", speaks_for=[mandate])


@pytest.mark.usefixtures("houses")
async def test_where_two_bodies_must_approve_both_count(client: httpx.AsyncClient) -> None:
    """The worked example of the page: one house does not outvote the other."""
    votes = [
        ("boria", "accepted", "2021-01-05", "conditional"),
        ("lower-house", "accepted", "2021-02-01", "conditional"),
        ("upper-house", "rejected", "2021-03-01", "rejected"),
        ("lower-house", "accepted", "2021-04-01", "rejected"),
        ("boria", "accepted", "2021-05-01", "rejected"),
        ("upper-house", "deferred", "2021-06-01", "conditional"),
        ("upper-house", "accepted", "2021-07-01", "accepted"),
    ]
    for responder, stance, day, _ in votes:
        await world.answer(client, demand="plan-1", responder=responder, stance=stance, said_on=day)
    for responder, _, day, expected in nonempty(votes):
        found = await state(client, "plan-1", state_on=day)
        assert (found["word"], owing(found), found["answers"][0]["spoken_by"]) == (expected, [], responder)
        rows = (await client.get("/v1/demands", params={"state": expected, "state_on": day, "fields": "slug"})).json()
        assert "plan-1" in [row["slug"] for row in rows["data"]]


@pytest.mark.usefixtures("houses")
async def test_a_house_that_puts_off_its_vote_accepts_nothing(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="lower-house", stance="deferred", said_on="2021-01-05")
    assert (await state(client, "plan-1"))["word"] == "deferred"
    await world.answer(client, proposal="plan", responder="upper-house", stance="rejected", said_on="2021-02-01")
    assert (await state(client, "plan-1"))["word"] == "rejected"


@pytest.mark.usefixtures("senate")
async def test_outside_the_dates_of_its_mandate_a_body_neither_speaks_nor_approves(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="senate", stance="rejected", said_on="2020-04-01")
    found = await state(client, "plan-1")
    assert (found["word"], owing(found)) == ("open", ["boria"])
    assert [row["party"]["slug"] for row in found["others"]] == ["senate"]
    await world.answer(client, demand="plan-1", responder="boria", stance="accepted", said_on="2020-04-02")
    assert (await state(client, "plan-1"))["word"] == "accepted"


async def test_what_a_body_decides_is_the_answer_of_its_party(client: httpx.AsyncClient) -> None:
    await post(client, "parties", slug="voters", name="Boria's voters", kind="electorate",
               speaks_for=[{"party": "boria", "role": "decides"}])  # fmt: skip
    await world.answer(client, demand="plan-1", responder="boria", stance="accepted", said_on="2020-03-02")
    assert (await state(client, "plan-1"))["word"] == "accepted"
    await world.answer(client, demand="plan-1", responder="voters", stance="rejected", said_on="2020-04-02")
    assert counted(await state(client, "plan-1")) == {"boria": "rejected"}


async def test_the_later_of_two_coalitions_speaks_for_their_member_and_itself_before_both(
    client: httpx.AsyncClient,
) -> None:
    await post(client, "parties", slug="union", name="Union", kind="coalition")
    memberships = [{"party": "league"}, {"party": "union", "valid_to": "2020-03-10"}]
    await patch(client, "parties/delta", member_of=memberships)
    await world.answer(client, demand="plan-6", responder="league", stance="accepted", said_on="2020-03-02")
    await world.answer(client, demand="plan-6", responder="union", stance="rejected", said_on="2020-03-03")
    assert counted(await state(client, "plan-6")) == {"delta": "rejected"}
    await world.answer(client, demand="plan-6", responder="union", stance="accepted", said_on="2020-03-11")
    assert counted(await state(client, "plan-6")) == {"delta": "rejected"}  # Delta had left it
    await world.answer(client, proposal="plan", responder="delta", stance="conditional", said_on="2020-03-01")
    assert counted(await state(client, "plan-6")) == {"delta": "rejected"}  # to the point before to the whole
    await world.answer(client, demand="plan-6", responder="delta", stance="conditional", said_on="2020-03-01")
    assert counted(await state(client, "plan-6")) == {"delta": "conditional"}


@pytest.mark.usefixtures("senate")
@pytest.mark.parametrize("body", ["senate", "boria"], ids=["for itself", "in a circle"])
async def test_a_body_that_speaks_for_itself_or_in_a_circle_is_refused(client: httpx.AsyncClient, body: str) -> None:
    mandates = [{"party": "senate", "role": "decides"}]
    refused = await client.patch(f"/v1/parties/{body}", json={"speaks_for": mandates})
    assert refused.status_code == 422, refused.text
    [error] = refused.json()["errors"]
    assert error["pointer"].startswith("/speaks_for"), error
    assert {"senate": "speaks for itself", "boria": "cycle"}[body] in error["message"], error


# --- What counts


async def test_a_later_decisive_answer_to_the_whole_ends_an_interim_one_to_the_point(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="deferred", said_on="2020-03-03")
    await world.answer(client, proposal="plan", responder="boria", stance="accepted", said_on="2020-03-02")
    assert (await state(client, "plan-1"))["word"] == "deferred"
    await world.answer(client, proposal="plan", responder="boria", stance="rejected", said_on="2020-03-04")
    assert (await state(client, "plan-1"))["word"] == "rejected"
    await world.answer(client, proposal="plan", responder="boria", stance="under_study", said_on="2020-03-05")
    assert (await state(client, "plan-1"))["word"] == "deferred"  # the latest answer to the whole settles nothing


@pytest.mark.parametrize("stance", ["accepted_in_part", "countered"])
async def test_an_answer_to_the_whole_that_leaves_points_open_is_undetermined(
    client: httpx.AsyncClient, stance: str
) -> None:
    await world.answer(client, proposal="plan", responder="boria", stance=stance, said_on="2020-03-02")
    found = await state(client, "plan-1")
    assert (found["word"], owing(found), found["answers"][0]["stance"]) == ("undetermined", [], stance)
    await world.answer(client, demand="plan-1", responder="boria", stance=stance, said_on="2020-03-01")
    assert (await state(client, "plan-1"))["word"] == stance


async def test_an_answer_to_a_piece_of_the_point_leaves_it_undetermined(client: httpx.AsyncClient) -> None:
    answer = {"demand": "plan-1", "responder": "boria", "scope": "only in the north"}
    await world.answer(client, **answer, stance="rejected", said_on="2020-03-03")
    assert (await state(client, "plan-1"))["word"] == "undetermined"
    await world.answer(client, proposal="plan", responder="boria", stance="accepted", said_on="2020-03-02")
    assert (await state(client, "plan-1"))["word"] == "accepted"


async def test_what_is_undetermined_keeps_a_point_from_being_accepted(client: httpx.AsyncClient) -> None:
    body = {"proposal": "plan", "text": "Both pay", "addressees": ["boria", "delta"], "slug": "plan-8"}
    await post(client, "demands", **body)
    await world.answer(client, demand="plan-8", responder="boria", stance="accepted", said_on="2020-03-02")
    await world.answer(client, proposal="plan", responder="delta", stance="countered", said_on="2020-03-02")
    found = await state(client, "plan-8")
    assert (found["word"], owing(found)) == ("accepted_by_some", [])


async def test_an_answer_counts_on_no_day_before_it_was_given(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="accepted", said_on="2999-01-01")
    assert (await state(client, "plan-1"))["word"] == "open"
    assert (await state(client, "plan-1", state_on="2999-01-01"))["word"] == "accepted"


async def test_a_claimant_may_go_back_on_its_own_point_and_fulfil_it(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="alba", stance="implemented", said_on="2020-03-02")
    assert counted(await state(client, "plan-1")) == {}
    await world.answer(client, demand="plan-1", responder="alba", stance="rejected", said_on="2020-03-03")
    assert counted(await state(client, "plan-1")) == {"alba": "rejected"}


async def test_a_withdrawn_demand_takes_its_answers_along_and_no_longer_says_whom_its_text_addresses(
    client: httpx.AsyncClient,
) -> None:
    slug = await world.answer(client, demand="plan-6", responder="delta", stance="accepted", said_on="2020-03-02")
    assert owing(await state(client, "plan-5")) == ["delta"]
    withdrawn = await client.delete("/v1/demands/plan-6", params={"reason": "coded twice"})
    assert withdrawn.status_code == 204, withdrawn.text
    for address in ("demands/plan-6", f"responses/{slug}"):
        assert (await client.get(f"/v1/{address}")).status_code == 410, address
    late = await client.post("/v1/responses", json={"demand": "plan-6", "responder": "delta", "stance": "rejected"})
    assert late.status_code == 422, late.text
    assert owing(await state(client, "plan-5")) == ["friends"]


# --- Closed points


async def test_an_agreement_that_adopts_the_text_accepts_it_for_its_parties_and_settles_it(
    client: httpx.AsyncClient,
) -> None:
    agreement = {"process": "alba-boria", "title": "The treaty", "kind": "treaty", "proposals": ["plan"]}
    unclear = {"status": "disputed", "agreed_on": "2020-03-02"}
    await post(client, "agreements", **agreement, **unclear, slug="claimed", parties=["boria"])
    assert (await state(client, "plan-1"))["word"] == "open"
    await world.answer(client, proposal="plan", responder="boria", stance="conditional", said_on="2020-03-02")
    await post(client, "agreements", **agreement, slug="treaty", agreed_on="2020-04", parties=["boria", "league"])
    found = await state(client, "plan-1")
    assert counted(found) == {"boria": "accepted"}
    assert (found["answers"][0]["agreement"], found["answers"][0]["is_implied"]) == ("treaty", True)
    assert (found["closed"]["on"], found["closed"]["how"]) == ("2020-04-30", "settled")
    assert (await state(client, "plan-6"))["answers"][0]["spoken_by"] == "league"
    assert (await state(client, "plan-1", state_on="2020-04-29"))["word"] == "conditional"


async def close(client: httpx.AsyncClient, how: str) -> None:
    """Close the point 6 of the plan on 1 April 2020, and by which record."""
    point = {"text": "Delta keeps its port shut", "slug": "other-1"}
    if how == "a demand settles it":
        await post_text(client, "other", demands=[{**point, "links": [{"kind": "settles", "demand": "plan-6"}]}])
    elif how in ("its claimant withdraws it", "another strikes it out"):
        claimants = ["alba"] if how == "its claimant withdraws it" else ["boria"]
        kind = "withdraws" if how == "its claimant withdraws it" else "strikes_out"
        links = [{"kind": kind, "demand": "plan-6"}]
        await post_text(client, "other", demands=[{**point, "claimants": claimants, "links": links}])
    elif how == "its text is superseded":
        await post_text(client, "other", relations=[{"kind": "supersedes", "proposal": "plan"}])
    elif how == "the talks end":
        await patch(client, "processes/alba-boria", ended="2020-04-01")
    else:
        await patch(client, "proposals/plan", **{how: "2020-04-01"})


@pytest.mark.parametrize(
    ("how", "word", "by"),
    [
        ("a demand settles it", "settled", "other-1"),
        ("its claimant withdraws it", "withdrawn", "other-1"),
        ("its text is superseded", "superseded", "other"),
        ("withdrawn_on", "withdrawn", None),
        ("lapsed_on", "lapsed", None),
        ("the talks end", "ended", "alba-boria"),
    ],
)
async def test_once_a_point_is_closed_nobody_owes_and_answers_go_on_to_count(
    client: httpx.AsyncClient, how: str, word: str, by: str | None
) -> None:
    await close(client, how)
    before = await state(client, "plan-6", state_on="2020-03-31")
    after = await state(client, "plan-6", state_on="2020-04-01")
    assert (before["closed"], owing(before)) == (None, ["delta"])
    assert (after["word"], owing(after)) == ("open", [])
    closed = after["closed"]
    assert (closed["on"], closed["how"], closed["by"] and closed["by"]["slug"]) == ("2020-04-01", word, by)
    shut = (await client.get("/v1/demands?is_closed=true&state_on=2020-04-01&fields=slug")).json()["data"]
    assert {"slug": "plan-6"} in shut
    await world.answer(client, demand="plan-6", responder="delta", stance="accepted", said_on="2020-05-01")
    assert (await state(client, "plan-6"))["word"] == "accepted"


async def test_only_a_claimant_of_the_point_closes_it_by_striking_it_out(client: httpx.AsyncClient) -> None:
    await close(client, "another strikes it out")
    found = await state(client, "plan-6")
    assert (found["closed"], owing(found)) == (None, ["delta"])


# --- What is refused


async def test_bodies_of_one_dossier_that_speak_for_each_other_are_refused(client: httpx.AsyncClient) -> None:
    pairs = (("senate", "house"), ("house", "court"), ("court", "senate"))
    parties = [
        {"slug": body, "name": body, "kind": "assembly", "speaks_for": [{"party": party, "role": "approves"}]}
        for body, party in pairs
    ]
    dossier = {"format": "parley-dossier/1", "slug": "circle", "title": "A circle", "records": {"parties": parties}}
    refused = await client.post("/v1/dossiers", json=dossier)
    assert refused.status_code == 422, refused.text
    assert any("cycle" in error["message"] for error in refused.json()["errors"])


async def test_a_part_inside_itself_is_refused(client: httpx.AsyncClient) -> None:
    parts = [{"key": "a", "parent": "c"}, {"key": "b", "parent": "a"}, {"key": "c", "parent": "b"}]
    body = {"process": "alba-boria", "title": "Circle", "kind": "plan", "parts": parts}
    refused = await client.post("/v1/proposals", json=body)
    assert refused.status_code == 422, refused.text
    assert any("cycle" in error["message"] for error in refused.json()["errors"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"demand": "plan-1", "scope_demands": ["plan-3"]}, "/scope_demands"),
        ({"proposal": "plan", "scope_demands": ["plan-3", "other-1"]}, "/scope_demands/1"),
    ],
    ids=str,
)
async def test_a_scope_names_demands_of_what_is_answered(
    client: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    other = {"slug": "other", "process": "alba-boria", "title": "Another plan", "kind": "plan", "authors": ["alba"],
             "demands": [{"slug": "other-1", "text": "Boria pays"}]}  # fmt: skip
    assert (await client.post("/v1/proposals", json=other)).status_code == 201
    refused = await client.post("/v1/responses", json={"responder": "boria", "stance": "rejected", **body})
    assert refused.status_code == 422, refused.text
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


async def test_silence_on_a_piece_of_a_point_is_silence(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="no_comment", scope="the annex")
    found = await state(client, "plan-1")
    assert (found["word"], owing(found)) == ("no_comment", ["boria"])


async def test_a_body_approves_by_an_answer_to_the_whole_what_its_party_said_on_a_point(
    client: httpx.AsyncClient,
) -> None:
    diet = {"slug": "diet", "name": "Diet", "kind": "assembly", "speaks_for": [{"party": "caria", "role": "approves"}]}
    assert (await client.post("/v1/parties", json=diet)).status_code == 201
    # Anyone counts for a point that addresses an unspecified group alone.
    await world.answer(client, demand="plan-7", responder="caria", stance="accepted", said_on="2020-03-02")
    assert (await state(client, "plan-7"))["word"] == "conditional"
    await world.answer(client, proposal="plan", responder="diet", stance="accepted", said_on="2020-03-05")
    found = await state(client, "plan-7")
    assert [(answer["party"]["slug"], answer["counted_as"]) for answer in found["answers"]] == [("caria", "accepted")]


async def test_who_is_a_party_to_an_agreement_itself_speaks_before_its_bodies(client: httpx.AsyncClient) -> None:
    """Whichever was stored first: the order of rows in the database decides nothing."""
    for slug in ("zenith", "apex"):
        body = {"slug": slug, "name": slug, "kind": "assembly", "speaks_for": [{"party": "boria", "role": "decides"}]}
        assert (await client.post("/v1/parties", json=body)).status_code == 201
    pact = {"slug": "pact", "process": "alba-boria", "title": "Pact", "kind": "final", "agreed_on": "2020-04-01",
            "proposals": ["plan"], "parties": ["zenith", "apex"]}  # fmt: skip
    assert (await client.post("/v1/agreements", json=pact)).status_code == 201
    assert (await state(client, "plan-1"))["answers"][0]["spoken_by"] == "apex"
    added = await client.patch("/v1/agreements/pact", json={"parties": ["zenith", "apex", "boria"]})
    assert added.status_code == 200
    assert (await state(client, "plan-1"))["answers"][0]["spoken_by"] == "boria"


async def test_a_body_that_is_withdrawn_speaks_for_nobody(client: httpx.AsyncClient) -> None:
    diet = {"slug": "diet", "name": "Diet", "kind": "assembly", "speaks_for": [{"party": "boria", "role": "approves"}]}
    assert (await client.post("/v1/parties", json=diet)).status_code == 201
    await world.answer(client, demand="plan-1", responder="boria", stance="accepted", said_on="2020-03-02")
    conditional = (await client.get("/v1/demands?state=conditional&fields=slug")).json()["data"]
    assert [row["slug"] for row in conditional] == ["plan-1"]
    assert (await client.delete("/v1/parties/diet?reason=invented")).status_code < 300
    assert (await state(client, "plan-1"))["word"] == "accepted"
    assert (await client.get("/v1/demands?state=conditional")).json()["data"] == []
