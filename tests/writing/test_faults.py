"""What is wrong in a body is said at once, with its place, and nothing is written."""

from collections.abc import Awaitable

import pytest

from app.errors import ApiError, Candidate, ProblemType, Violation
from tests.writing.conftest import Desk, small_world


async def _refused(call: Awaitable[object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value


def _places(refused: ApiError) -> dict[str | None, Violation]:
    return {violation.pointer: violation for violation in refused.violations}


async def test_all_faults_of_a_body_come_at_once_with_their_places(desk: Desk) -> None:
    await small_world(desk)
    refused = await _refused(
        desk.post(
            "talks",
            title="T",
            process="russia-ukrane",
            start="2025-13-01",
            delegations=[
                {"party": "rusia"},
                {"party": "wikidata:Q212", "members": [{"person": "vladimir-medinski"}], "roles": ["boss"]},
            ],
            deadlines=[{"on": "2025-06-09", "set_by": "nobody-at-all"}],
        )
    )
    assert refused.kind is ProblemType.INVALID
    places = _places(refused)
    assert set(places) == {
        "/process", "/start", "/delegations/0/party", "/delegations/1/members/0/person", "/delegations/1/roles/0",
        "/deadlines/0/set_by",
    }  # fmt: skip
    assert places["/delegations/0/party"].message == "No party has the slug 'rusia'"
    assert places["/delegations/0/party"].hint == "Did you mean 'russia'?"
    assert places["/process"].hint == "Did you mean 'russia-ukraine'?"
    assert places["/deadlines/0/set_by"].hint is None
    assert await desk.one("SELECT revision FROM head") == 1


async def test_an_unknown_slug_and_a_broken_rule_come_together(desk: Desk) -> None:
    await small_world(desk)
    refused = await _refused(
        desk.post("demands", proposal="memorandum", part="option-3", text="X", addressees=["ukrain"])
    )
    places = _places(refused)
    assert set(places) == {"/part", "/addressees/0"}
    assert places["/part"].hint == "Parts of the account: option-1, option-2."


async def test_faults_inside_a_batch_point_into_the_batch(desk: Desk) -> None:
    refused = await _refused(
        desk.batch(parties=[{"slug": "a", "name": "A", "kind": "state"}, {"slug": "b", "name": "B", "kind": "stat"}],
                   people=[{"name": "P", "party": "b"}, {"name": "Q", "party": "c"}])
    )  # fmt: skip
    assert set(_places(refused)) == {"/records/parties/1/kind", "/records/people/1/party"}


async def test_an_option_of_another_proposal_is_no_option(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("proposals", slug="other", title="Other", process="russia-ukraine", kind="paper",
                    parts=[{"key": "option-9", "kind": "option"}])  # fmt: skip
    refused = await _refused(desk.post("demands", proposal="memorandum", part="option-9", text="X"))
    assert _places(refused)["/part"].message == "The account 'memorandum-text' has no part 'option-9'"
    refused = await _refused(
        desk.post("responses", account="other-text", part="option-1", responder="ukraine", stance="rejected")
    )
    assert set(_places(refused)) == {"/part"}
    await desk.post("demands", slug="d", proposal="other", text="X")
    refused = await _refused(
        desk.post("responses", proposal="memorandum", demand="d", responder="ukraine", stance="rejected")
    )
    assert set(_places(refused)) == {"/proposal"}


async def test_nothing_depends_on_an_excluded_alternative(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", slug="one", proposal="memorandum", part="option-1", text="X")
    await desk.post("demands", slug="none", proposal="memorandum", text="X")
    refused = await _refused(
        desk.post("demands", proposal="memorandum", part="option-2", text="Y", depends_on=["none", "one"])
    )
    assert set(_places(refused)) == {"/depends_on/1"}
    # A demand of the same request has no part as long as none is sent.
    await desk.batch(
        demands=[
            {"slug": "in-part", "proposal": "memorandum", "part": "option-2", "text": "Z", "depends_on": ["new"]},
            {"slug": "new", "proposal": "memorandum", "text": "W"},
        ]
    )


async def test_a_mutual_demand_binds_two_parties(desk: Desk) -> None:
    await small_world(desk)
    refused = await _refused(desk.post("demands", proposal="memorandum", text="X", is_mutual=True))
    assert set(_places(refused)) == {"/is_mutual"}
    await desk.post("demands", proposal="memorandum", text="X", is_mutual=True, addressees=["ukraine"])


async def test_a_second_head_is_refused_and_a_change_of_head_is_not(desk: Desk) -> None:
    await small_world(desk)
    two = [
        {"person": "vladimir-medinsky", "function": "head"},
        {"person": "igor-kostyukov", "function": "head"},
    ]
    refused = await _refused(desk.post("delegations", talk="istanbul", party="russia", members=two))
    assert refused.kind is ProblemType.INVALID
    two[1] = {"person": "igor-kostyukov", "function": "member"}
    made = await desk.post("delegations", talk="istanbul", party="russia", members=two)
    assert made.record.slug == "istanbul-russia"
    two = [
        {"person": "vladimir-medinsky", "function": "member"},
        {"person": "igor-kostyukov", "function": "head"},
    ]
    changed = await desk.patch("delegations", "istanbul-russia", {"members": two})
    assert changed.record.row_version == 2
    assert await desk.ask("SELECT position FROM delegation_member WHERE function = 'head'") == [(2,)]


async def test_a_party_has_one_delegation_at_a_talk(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("delegations", slug="team", talk="istanbul", party="russia")
    refused = await _refused(desk.post("delegations", talk="istanbul", party="russia"))
    assert refused.kind is ProblemType.CONFLICT
    assert "'team'" in refused.violations[0].message
    # Inside its talk the delegation is found by its party, whatever its slug.
    await desk.put("talks", "istanbul", title="Istanbul talks", process="russia-ukraine",
                   delegations=[{"party": "russia", "size": 5}])  # fmt: skip
    assert await desk.ask("SELECT slug, size FROM delegation") == [("team", 5)]


async def test_a_taken_slug_is_a_conflict_on_post(desk: Desk) -> None:
    await small_world(desk)
    refused = await _refused(desk.post("parties", slug="russia", name="Russia", kind="state"))
    assert refused.kind is ProblemType.CONFLICT
    assert "/v1/parties/russia with PUT or PATCH" in (refused.violations[0].hint or "")
    refused = await _refused(desk.post("parties", name="Russia", kind="state"))
    assert refused.violations[0].candidate == Candidate("russia", "Russia", "/v1/parties/russia", "the same name")


async def test_an_account_with_demands_cannot_be_left_out(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", slug="d", proposal="memorandum", text="X", part="option-1")
    body = {"title": "Memorandum", "process": "russia-ukraine", "kind": "memorandum"}
    refused = await _refused(desk.put("proposals", "memorandum", **body, accounts=[{"slug": "other-text"}]))
    assert refused.kind is ProblemType.CONFLICT
    assert "(d)" in refused.violations[0].message
    refused = await _refused(desk.put("proposals", "memorandum", **body, parts=[]))
    assert refused.kind is ProblemType.CONFLICT
    await desk.put("proposals", "memorandum", **body)
    assert await desk.one("SELECT count(*) FROM part") == 2


async def test_two_bodies_of_one_slug_are_a_fault(desk: Desk) -> None:
    party = {"slug": "a", "name": "A", "kind": "state"}
    refused = await _refused(desk.batch(parties=[party, party]))
    assert set(_places(refused)) == {"/records/parties/1/slug"}
