"""Answers in time: the numbers are those of a second computation in plain Python, and the questions have their answers."""

import math
from datetime import date
from typing import Any

import httpx
import pytest

from tests.demands.oracle import NOT_AGREED, closings, first_day, last_day, respondents, state
from tests.reports.bundled import RECORDS, WORLD, report, rows

NO_POINTS = {"not_demanded", "step", "agenda_item"}
NO_ANSWERS = {"no_comment", "supported", "opposed"}
TODAY = date.today()
FAR = date(9999, 1, 1)


def speaks_for(party: str, speaker: str, on: str | None) -> bool:
    return (
        party == speaker
        or speaker in WORLD.bodies(party, on, "decides", "approves")
        or WORLD.is_member(party, speaker, on)
    )


def answers_to(proposal: str) -> list[tuple[str, str, str | None, str]]:
    """Speaker, stance, day and address of each answer that ends a wait."""
    found = []
    for row in RECORDS["responses"]:
        of = row.get("proposal") or (
            WORLD.demands[row["demand"]]["proposal"] if row.get("demand") else WORLD.proposal_of_account(row["account"])
        )
        partial = row.get("scope") is not None and not row.get("scope_demands")
        if of == proposal and not row.get("reply_to") and not partial and row["stance"] not in NO_ANSWERS:
            found.append((row["responder"], row["stance"], row.get("said_on"), f"responses/{row['slug']}"))
    for row in RECORDS["agreements"]:
        if proposal in row.get("proposals", ()) and row.get("status") not in NOT_AGREED:
            for party in row.get("parties", ()):
                found.append((party, "accepted", row.get("agreed_on"), f"agreements/{row['slug']}"))
    return found


def end_of(points: list[dict[str, Any]], on: date) -> date | None:
    """The day by `on` on which the last of the points was closed."""
    found = []
    for point in points:
        dated = [day for day, _, _ in closings(WORLD, point) if day is not None and day <= on]
        undated = [TODAY for day, _, _ in closings(WORLD, point) if day is None and on >= TODAY]
        found.append(min(dated, default=None) or min(undated, default=None))
    return None if None in found else max(day for day in found if day)


def units(on: date) -> dict[tuple[str, str], dict[str, Any]]:
    asked: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for demand in WORLD.demands.values():
        slug = demand["proposal"]
        start = last_day(WORLD.tabling(slug))
        if demand["account"] != WORLD.reference_account(slug) or demand["act"] in NO_POINTS or (start or on) > on:
            continue
        for party in respondents(WORLD, demand):
            asked.setdefault((slug, party), []).append(demand)
    found = {}
    for (slug, party), points in asked.items():
        start = last_day(WORLD.tabling(slug))
        answered = [
            (last_day(said_on) or FAR, first_day(said_on) or FAR, address)
            for speaker, _, said_on, address in answers_to(slug)
            if speaks_for(party, speaker, said_on) and (last_day(said_on) or TODAY) <= on
        ]
        end = end_of(points, on)
        first = min(answered, default=None)
        if first and end and first[0] != FAR and first[0] > end:
            first = None
        until = first[0] if first else end or on
        days = None if start is None or until == FAR else max((until - start).days, 0)
        found[slug, party] = {"days": days, "answer": first and first[2], "ended": None if first else end}
    return found


def survival(observed: list[tuple[int, bool]], after: int) -> tuple[float, float]:
    """The product-limit estimate after a number of days, and Greenwood's sum."""
    share, spread = 1.0, 0.0
    for day in sorted({day for day, is_event in observed if is_event and day <= after}):
        at_risk = sum(1 for other, _ in observed if other >= day)
        events = sum(1 for other, is_event in observed if other == day and is_event)
        share *= 1 - events / at_risk
        spread += events / (at_risk * (at_risk - events)) if events < at_risk else 0
    return share, spread


DAYS = ["2012-01-01", "2013-11-24", "2015-07-14", "2016-10-03", "2022-04-20", "2025-06-03", "2025-12-01", "2026-02-10"]


@pytest.mark.parametrize("on", DAYS)
async def test_who_owes_an_answer_is_what_a_second_computation_finds(client: httpx.AsyncClient, on: str) -> None:
    expected = units(date.fromisoformat(on))
    got = {}
    for process in WORLD.processes:
        for row in await rows(client, f"/v1/processes/{process}/unanswered?on={on}&ended=true"):
            got[row["proposal"], row["party"]] = (row["days"], row["ended_on"])
    assert got == {
        unit: (row["days"], row["ended"] and row["ended"].isoformat())
        for unit, row in expected.items()
        if row["answer"] is None
    }


@pytest.mark.parametrize("on", [*DAYS, "2015-09-01", "2025-10-20"])
async def test_who_is_listed_owes_a_point_by_the_state_of_that_day(client: httpx.AsyncClient, on: str) -> None:
    owing: dict[str, set[str]] = {}
    for slug, demand in WORLD.demands.items():
        owing.setdefault(demand["proposal"], set()).update(state(WORLD, slug, date.fromisoformat(on))["owing"])
    for process in WORLD.processes:
        for row in await rows(client, f"/v1/processes/{process}/unanswered?on={on}"):
            assert row["party"] in owing[row["proposal"]], (row["proposal"], row["party"])


@pytest.mark.parametrize("on", DAYS)
async def test_times_are_those_of_a_second_estimator(client: httpx.AsyncClient, on: str) -> None:
    expected = units(date.fromisoformat(on))
    found = await rows(client, f"/v1/reports/response-times?on={on}")
    assert found[0]["party"] is None
    assert {party for _, party in expected} <= {row["party"] for row in found}
    for row in found:
        own = [unit for (_, party), unit in expected.items() if row["party"] in (None, party)]
        observed = [(unit["days"], unit["answer"] is not None) for unit in own if unit["days"] is not None]
        assert (row["units"], row["answered"], row["undated"]) == (
            len(observed), sum(is_event for _, is_event in observed), len(own) - len(observed)
        )  # fmt: skip
        assert set(row["answers"]) == {unit["answer"] for unit in own if unit["answer"]}
        halves = [day for day, _ in sorted(observed) if survival(observed, day)[0] <= 0.5 + 1e-9]
        assert row["median"] == (halves[0] if halves else None)
        assert (row["median"] is None) == (row["median_reason"] is not None)
        for after in (1, 7, 30, 90):
            cell, longest = row[f"after_{after}"], max((day for day, _ in observed), default=-1)
            share, spread = survival(observed, after)
            if not observed or (longest < after and share > 1e-9):
                assert (cell["waiting"], cell["low"], cell["reason"]) == (
                    None, None, "not_observed" if observed else "no_units"
                )  # fmt: skip
                continue
            assert cell["waiting"] == pytest.approx(share, abs=1e-6)
            if len(observed) < 10 or not 1e-9 < share < 1 - 1e-9:
                assert cell["low"] is cell["high"] is None
                continue
            theta = 1.959963984540054 * math.sqrt(spread) / math.log(share)
            ends = sorted((share ** math.exp(theta), share ** math.exp(-theta)))
            assert [cell["low"], cell["high"]] == pytest.approx(ends, abs=1e-5)


async def test_questions_that_have_one_address(client: httpx.AsyncClient) -> None:
    waiting = await report(client, "/v1/processes/russia-ukraine/unanswered?on=2025-12-31&days=30")
    assert waiting["on"] == "2025-12-31"
    found = [(row["proposal"], row["party"], row["days"]) for row in waiting["data"]]
    assert ("russian-proposals-2025-07-23", "ukraine", 161) in found
    assert ("e3-counter-proposal-2025", "russia", 38) in found and len(found) == 11
    assert all(row["days"] > 30 and row["points"] for row in waiting["data"])
    times = await rows(client, "/v1/reports/response-times?process=russia-ukraine&on=2025-12-31&party=russia,ukraine")
    medians = {row["party"]: (row["units"], row["answered"], row["median"]) for row in times}
    assert medians == {None: (15, 11, 0), "russia": (7, 5, 1), "ukraine": (8, 6, 0)}


async def test_a_wait_ends_when_the_last_point_is_settled(client: httpx.AsyncClient) -> None:
    address = "/v1/processes/iran-nuclear/unanswered?on=2026-01-01"
    assert "lausanne-parameters-2015" not in {row["proposal"] for row in await rows(client, address)}
    ended = {
        (row["proposal"], row["party"]): (row["ended_how"], row["ended_on"], row["ended_by"])
        for row in await rows(client, f"{address}&ended=true")
    }
    for party in ("european-union", "un-security-council"):
        assert ended["lausanne-parameters-2015", party] == (
            "settled", "2015-04-02", "agreements/lausanne-parameters-2015"
        )  # fmt: skip


async def test_nothing_to_count_is_an_answer_with_a_reason(client: httpx.AsyncClient) -> None:
    early = await rows(client, "/v1/reports/response-times?known_by=1990-01-01")
    assert [(row["party"], row["units"], row["median_reason"]) for row in early] == [(None, 0, "no_units")]
    assert not await rows(client, "/v1/processes/iran-nuclear/unanswered?known_by=1990-01-01")
    assert not await rows(client, "/v1/processes/iran-nuclear/unanswered?on=1000")
    assert (await client.get("/v1/processes/atlantis/unanswered")).status_code == 404
    wrong = await client.get("/v1/reports/response-times?process=atlantis&party=nobody&on=soon")
    assert wrong.status_code == 422
    wrong = await client.get("/v1/reports/response-times?process=russia-ukrain&party=nobody")
    assert [error["parameter"] for error in wrong.json()["errors"]] == ["process", "party"]
    assert "russia-ukraine" in wrong.json()["errors"][0]["hint"]


async def test_both_clocks_give_what_was_stored_and_what_was_known(client: httpx.AsyncClient) -> None:
    address = "/v1/processes/russia-ukraine/unanswered?on=2025-06-03"
    head = await rows(client, address)
    revision = (await client.get(address)).headers["parley-revision"]
    assert await rows(client, f"{address}&as_of={revision}") == head
    # The draft of April 2022 was published in June 2024.
    address = "/v1/processes/russia-ukraine/unanswered?on=2023-01-01"
    known = {row["proposal"] for row in await rows(client, f"{address}&known_by=2023-01-01")}
    assert {row["proposal"] for row in await rows(client, address)} - known == {"draft-treaty-2022-04-15"}


def test_the_second_computation_sees_ends_and_answers() -> None:
    found = units(date(2026, 2, 10)).values()
    assert {bool(row["answer"]) for row in found} == {bool(row["ended"]) for row in found} == {True, False}
