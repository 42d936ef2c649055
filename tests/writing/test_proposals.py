"""What hangs together in a proposal: its accounts, the copies of its date, the order of its points."""

import pytest

from app.domain.types import LARGEST_COUNT
from app.errors import ApiError, ProblemType
from tests.writing.conftest import Desk, small_world

BODY = {"title": "Memorandum", "process": "russia-ukraine", "kind": "memorandum", "authors": ["russia"]}
TEXT = {"slug": "memorandum-text", "kind": "text", "parts": [{"key": "option-1", "kind": "option"}]}
ARTICLE = {"slug": "memorandum-article", "kind": "report"}


async def test_another_account_can_become_the_reference(desk: Desk) -> None:
    await small_world(desk)
    accounts = [{**TEXT, "is_reference": True}, ARTICLE]
    await desk.put("proposals", "memorandum", **BODY, accounts=accounts)
    await desk.post("demands", slug="told", proposal="memorandum", account="memorandum-article", text="X")
    await desk.post("demands", slug="written", proposal="memorandum", text="X")
    assert await desk.ask("SELECT slug, is_reference FROM demand ORDER BY 1") == [("told", False), ("written", True)]
    accounts = [TEXT, {**ARTICLE, "is_reference": True}]
    assert (await desk.put("proposals", "memorandum", **BODY, accounts=accounts)).record.action == "change"
    assert await desk.ask("SELECT slug, is_reference FROM demand ORDER BY 1") == [("told", True), ("written", False)]
    # Its demand keeps its account, by name. That it is no longer told by the reference was a change of it, too.
    assert (await desk.patch("demands", "written", {"number": "1"})).record.row_version == 3
    assert await desk.one("SELECT count(DISTINCT account_id) FROM demand") == 2


async def test_a_new_date_reaches_the_demands_and_their_links(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", slug="d", proposal="memorandum", text="X", issues=["TERR"], addressees=["ukraine"])
    point = {"slug": "d", "text": "X", "issues": ["TERR"], "addressees": ["ukraine"]}
    for day, demands in (("2025-06-03", []), ("2025-06", [point]), (None, [])):
        await desk.put("proposals", "memorandum", **BODY, tabled_on=day, demands=demands)
        days = await desk.ask(
            "SELECT sort_on::text FROM proposal UNION SELECT sort_on::text FROM demand"
            " UNION SELECT sort_on::text FROM demand_party UNION SELECT sort_on::text FROM demand_issue"
        )
        assert days == [({"2025-06-03": "2025-06-03", "2025-06": "2025-06-01", None: "0001-01-01"}[day],)]


async def test_points_without_a_place_follow_the_last_one(desk: Desk) -> None:
    await small_world(desk)
    points = [{"text": "A"}, {"text": "B", "position": 10}, {"text": "C"}]
    result = await desk.put("proposals", "memorandum", **BODY, demands=points)
    assert [other.slug for other in result.others] == ["memorandum-1", "memorandum-10", "memorandum-3"]
    await desk.post("demands", slug="d", proposal="memorandum", text="D")
    assert await desk.ask("SELECT text, position FROM demand ORDER BY position") == [
        ("B", 10), ("A", 11), ("C", 12), ("D", 13)
    ]  # fmt: skip
    assert (await desk.put("proposals", "memorandum", **BODY, demands=points)).revision is None


async def test_a_point_without_a_place_follows_one_in_the_last_place_that_there_is(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", slug="last", proposal="memorandum", text="A", position=LARGEST_COUNT)
    await desk.post("demands", slug="later", proposal="memorandum", text="B")
    assert await desk.ask("SELECT slug, position FROM demand ORDER BY position, id") == [
        ("last", LARGEST_COUNT), ("later", LARGEST_COUNT)
    ]  # fmt: skip


async def test_the_account_of_another_proposal_is_not_taken(desk: Desk) -> None:
    await small_world(desk)
    with pytest.raises(ApiError) as caught:
        await desk.post("proposals", **{**BODY, "title": "P"}, accounts=[ARTICLE, TEXT])
    assert (caught.value.kind, caught.value.violations[0].pointer) == (ProblemType.CONFLICT, "/accounts/1/slug")
    await desk.post("proposals", **{**BODY, "title": "Memorandum text"}, accounts=[ARTICLE])
    made = await desk.post("proposals", slug="a", **BODY, accounts=[{"slug": "b-text"}])
    other = await desk.post("proposals", slug="b", **BODY)
    assert (made.record.slug, other.record.slug) == ("a", "b")
    assert await desk.one("SELECT a.slug FROM account a JOIN proposal p ON p.id = proposal_id WHERE p.slug = 'b'") == (
        "b-text-2"
    )


async def test_a_part_that_is_named_stays(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("responses", proposal="memorandum", part="option-2", responder="ukraine", stance="rejected")
    with pytest.raises(ApiError) as caught:
        await desk.put("proposals", "memorandum", **BODY, parts=[{"key": "option-1", "kind": "option"}])
    (violation,) = caught.value.violations
    assert violation.message == (
        "The part 'option-2' cannot be removed: demands or responses refer to it (memorandum-option-2-ukraine-rejected)"
    )
