"""The state of a demand, rule by rule, on the made-up world."""

from typing import Any

import httpx
import pytest

from tests import world


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


async def test_a_coauthor_counts_only_when_it_speaks(client: httpx.AsyncClient) -> None:
    found = await state(client, "plan-5")
    assert (found["word"], owing(found)) == ("open", [])
    await world.answer(client, demand="plan-5", responder="boria", stance="rejected", said_on="2020-03-03")
    assert (await state(client, "plan-5"))["word"] == "rejected"


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
    assert (with_it["word"], with_it["inherited"], with_it["answers"][0]["is_inherited"]) == ("rejected", True, True)
    assert (without["word"], without["inherited"]) == ("open", False)


@pytest.mark.parametrize(
    "answer",
    [
        {"stance": "conditional"},
        {"stance": "countered"},
        {"stance": "rejected", "scope": "only the parts on aid"},
        {"stance": "rejected", "scope_demands": ["plan-3"]},
        {"stance": "rejected", "reply_to": True},
    ],
    ids=str,
)
async def test_only_a_plain_answer_to_the_whole_is_inherited(client: httpx.AsyncClient, answer: dict[str, Any]) -> None:
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


async def test_a_member_never_speaks_for_its_coalition(client: httpx.AsyncClient) -> None:
    body = {"proposal": "plan", "text": "The League lifts its embargo", "addressees": ["league"], "slug": "plan-8"}
    assert (await client.post("/v1/demands", json=body)).status_code == 201
    await world.answer(client, demand="plan-8", responder="delta", stance="accepted", said_on="2020-03-02")
    found = await state(client, "plan-8")
    assert (found["word"], owing(found)) == ("open", ["league"])


async def test_accepted_needs_all_who_must_answer_and_different_answers_are_mixed(client: httpx.AsyncClient) -> None:
    body = {"proposal": "plan", "text": "Both pay", "addressees": ["boria", "delta"], "slug": "plan-9"}
    assert (await client.post("/v1/demands", json=body)).status_code == 201
    await world.answer(client, demand="plan-9", responder="boria", stance="accepted", said_on="2020-03-02")
    assert (await state(client, "plan-9"))["word"] == "partly_accepted"
    await world.answer(client, demand="plan-9", responder="delta", stance="accepted", said_on="2020-03-03")
    assert (await state(client, "plan-9"))["word"] == "accepted"
    await world.answer(client, demand="plan-9", responder="delta", stance="rejected", said_on="2020-03-04")
    assert (await state(client, "plan-9"))["word"] == "mixed"


async def test_supporters_opponents_and_strangers_are_listed_and_never_counted(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="caria", stance="rejected", said_on="2020-03-02")
    await world.answer(client, demand="plan-1", responder="boria", stance="opposed", said_on="2020-03-02")
    assert (await state(client, "plan-1"))["word"] == "open"
    assert len((await client.get("/v1/demands/plan-1")).json()["responses"]) == 2


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
