"""Due dates: timings resolved against what happened, by a second computation and on made-up timings of every kind."""

import calendar
import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from tests.demands import oracle
from tests.demands.oracle import first_day, last_day
from tests.reports.bundled import WORLD, rows

DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?)?")
Days = tuple[date | None, date | None]


def added(day: date, text: str) -> date:
    years, months, weeks, days, hours = (int(each or 0) for each in DURATION.fullmatch(text).groups())  # type: ignore[union-attr]
    months += day.month - 1 + 12 * years
    year, month = day.year + months // 12, months % 12 + 1
    moved = date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    assert hours % 24 == 0
    return moved + timedelta(days=7 * weeks + days + hours // 24)


def trigger_days(slug: str, on: date, assumed: dict[tuple[str, str], date], seen: tuple[str, ...]) -> Days:
    trigger = WORLD.demands[slug]["timing"].get("trigger") or {}
    target, edge = trigger.get("demand"), trigger.get("edge", "completion")
    if target is not None and (target, edge) in assumed:
        return assumed[target, edge], assumed[target, edge]
    if trigger.get("on"):
        return first_day(trigger["on"]), last_day(trigger["on"])
    if target is None or target in seen:
        return None, None
    done = [
        row["said_on"]
        for row in WORLD.responses.values()
        if row.get("demand") == target
        and row["stance"] == "implemented"
        and not row.get("scope")
        and row["responder"] in WORLD.demands[target]["addressees"]
    ]
    if edge == "completion" and done:
        return first_day(min(done)), last_day(min(done))
    timing = WORLD.demands[target].get("timing")
    if timing is None or edge not in ("start", "completion"):
        return None, None
    if edge == "completion":
        period = timing["relation"] == "duration_from_trigger"
        return due_days(target, on, assumed, (*seen, target)) if period else (None, None)
    if timing["relation"] in ("immediate", "duration_from_trigger", "after_trigger"):
        return trigger_days(target, on, assumed, (*seen, target))
    return (
        (first_day(timing.get("at")), last_day(timing.get("at"))) if timing["relation"] == "from_date" else (None, None)
    )


def due_days(slug: str, on: date, assumed: dict[tuple[str, str], date], seen: tuple[str, ...] = ()) -> Days:
    timing = WORLD.demands[slug]["timing"]
    if timing.get("at"):
        return first_day(timing["at"]), last_day(timing["at"])
    first, last = trigger_days(slug, on, assumed, (*seen, slug))
    if first is None or last is None:
        return None, None
    shortest, longest = timing.get("duration_min"), timing.get("duration_max")
    match timing["relation"]:
        case "immediate":
            return first, last
        case "after_trigger":
            return first, None
        case "within_after_trigger":
            return added(first, longest), added(last, longest)
        case "duration_from_trigger" | "delay":
            return added(first, shortest or longest), added(last, longest) if longest else None
    return None, None


def status(slug: str, days: Days, on: date) -> str:
    if days[0] is None:
        return "cannot_be_computed"
    state = oracle.state(WORLD, slug, on, inherited=True)
    demand = WORLD.demands[slug]
    if state["fulfilment"] == "done":
        return "met"
    if days[1] is None or days[1] >= on:
        return "pending"
    accepted = {answer["counted_as"] for answer in state["answers"]} & {"accepted", "accepted_in_part"}
    closed = [
        (how, by or "") for closed_on, how, by in oracle.closings(WORLD, demand) if (closed_on or date.today()) <= on
    ]
    is_adopted = any(by.startswith("agreements/") for _, by in closed)
    ended = any(not by.startswith("agreements/") and not (how == "ended" and is_adopted) for how, by in closed)
    is_end = demand["timing"]["relation"] in ("duration_from_trigger", "from_date")
    return "overdue" if (accepted or demand["act"] == "undertaking") and not is_end and not ended else "passed"


@pytest.mark.parametrize("on", ["2013-12-01", "2015-11-20", "2025-02-01", "2025-06-12", "2025-10-12", "2026-11-01"])
async def test_demands_fall_due_as_a_second_computation_finds(client: httpx.AsyncClient, on: str) -> None:
    day, expected = date.fromisoformat(on), {}
    for slug, demand in WORLD.demands.items():
        tabled = first_day(WORLD.tabling(demand["proposal"])) or date.min
        if demand.get("timing") and demand["account"] == WORLD.reference_account(demand["proposal"]) and tabled <= day:
            days = due_days(slug, day, {})
            expected[f"demands/{slug}"] = (*(each and each.isoformat() for each in days), status(slug, days, day))
    got = await rows(client, f"/v1/reports/due-dates?on={on}&type=demand")
    assert {row["record"]: (row["due_min"], row["due_max"], row["status"]) for row in got} == expected
    assert all((row["due_min"] is None) == (row["reason"] is not None) for row in got)


async def test_questions_that_have_one_address(client: httpx.AsyncClient) -> None:
    address = "/v1/reports/due-dates?process=israel-hamas&on=2025-10-20"
    found = {row["record"]: row for row in await rows(client, address)}
    hostages = found["demands/gaza-first-phase-2025-10-2"]
    assert (hostages["trigger_min"], hostages["due_max"], hostages["status"], hostages["days_overdue"]) == (
        "2025-10-10", "2025-10-13", "overdue", 7
    )  # fmt: skip
    assert hostages["evidence"] == ["responses/gaza-first-phase-2025-10-2-hamas-2025-10-13"]
    plan = found["demands/us-20-point-plan-gaza-2025-4"]
    assert (plan["reason"], plan["trigger_text"]) == (
        "trigger_without_day",
        "Israel's public acceptance of the agreement",
    )
    assert (plan["trigger_record"], plan["trigger_edge"]) == ("proposals/us-20-point-plan-gaza-2025", "acceptance")
    stage_two = found["demands/gaza-agreement-2025-01-7"]
    assert (stage_two["trigger_min"], stage_two["due_max"]) == ("2025-01-19", "2025-02-03")
    overdue = await rows(client, f"{address}&status=overdue")
    assert {row["record"] for row in overdue} == {
        "demands/gaza-agreement-2025-01-7", "demands/gaza-first-phase-2025-10-2"
    }  # fmt: skip
    assumed = "assume=demands/article-2025-06-02-1-1:start:2025-07-01,demands/russian-memorandum-2025-06-02-ii-1:start:2025-07-01"
    what_if = await rows(client, f"/v1/reports/due-dates?process=russia-ukraine&{assumed}")
    assert {(row["record"], row["due_max"]) for row in what_if if row["is_assumed"]} == {
        ("demands/article-2025-06-02-1-2", "2025-07-31"),
        ("demands/russian-memorandum-2025-06-02-ii-1", "2025-07-31"),
        ("demands/russian-memorandum-2025-06-02-iii-5", "2025-07-31"),
    }
    # The ceasefire begins with the withdrawal, and the withdrawal ends within the ceasefire: no circle, but no day either.
    unknown = await rows(client, "/v1/reports/due-dates?process=russia-ukraine&status=cannot_be_computed")
    reasons = {row["record"]: (row["reason"], row["trigger_record"], row["circle"]) for row in unknown}
    for record, trigger in (("ii-1", "iii-5"), ("iii-5", "ii-1")):
        expected_reason: object = ("trigger_without_day", f"demands/russian-memorandum-2025-06-02-{trigger}", [])
        assert reasons[f"demands/russian-memorandum-2025-06-02-{record}"] == expected_reason
    began = "/v1/reports/due-dates?process=russia-ukraine&on=2025-06-05&assume=demands/article-2025-06-02-1-1:start:2025-07-01"
    assert [
        (row["record"], row["due_max"], row["status"]) for row in await rows(client, began) if row["is_assumed"]
    ] == [("demands/article-2025-06-02-1-2", "2025-07-31", "pending")]
    autumn = await rows(client, "/v1/reports/due-dates?due_from=2025-11&due_to=2025-11-30&on=2025-11-25")
    assert ("proposals/us-28-point-plan-2025", "pending", ["nato", "poland"]) in [
        (row["record"], row["status"], row["owing"]) for row in autumn
    ]
    assert hostages["addressees"] == ["hamas"] and hostages["owing"] == []
    answer = await rows(client, "/v1/reports/due-dates?type=answer&on=2025-11-25")
    assert [(row["record"], row["status"], row["due_max"]) for row in answer] == [
        ("proposals/us-28-point-plan-2025", "pending", "2025-11-27")
    ]
    # The exchange was reported on 23 July: it happened on that day or earlier. An agreement is binding from a day on.
    for record, expected in (
        ("demands/russian-memorandum-2025-06-02-iii-3", ("met", None, 0, 44)),
        ("demands/final-agreement-2016-08-1", ("passed", None, None, None)),
    ):
        (row,) = (one for one in await rows(client, "/v1/reports/due-dates?on=2026-11-01") if one["record"] == record)
        assert (row["status"], row["days_late"], row["days_late_min"], row["days_late_max"]) == expected


@pytest.mark.parametrize("on", ["2025-11-28", "2025-12-23", "2025-12-24", "2026-02-01"])
async def test_a_requested_answer_is_overdue_as_long_as_it_is_missing(client: httpx.AsyncClient, on: str) -> None:
    missing = await rows(client, f"/v1/processes/russia-ukraine/unanswered?on={on}")
    waiting = {f"proposals/{row['proposal']}" for row in missing if row["answer_due"] and row["answer_due_max"] < on}
    overdue = await rows(client, f"/v1/reports/due-dates?process=russia-ukraine&type=answer&status=overdue&on={on}")
    assert {row["record"] for row in overdue} == waiting
    assert bool(waiting) == (on < "2025-12-24")


async def test_recorded_deadlines_are_those_in_force(client: httpx.AsyncClient) -> None:
    for day in ("2014-11-24", "2015-06-30", "2015-07-08", "2015-07-11", "2015-08-01"):
        recorded = await rows(client, f"/v1/reports/due-dates?type=deadline&process=iran-nuclear&on={day}")
        in_force = (await client.get(f"/v1/deadlines?process=iran-nuclear&in_force_on={day}")).json()["data"]
        assert {(row["record"], row["deadline"]) for row in recorded} == {
            (row["owner"], row["key"]) for row in in_force
        }
        assert {row["status"] for row in recorded} <= {"pending", "passed"}


TIMINGS: dict[str, tuple[dict[str, Any], Any]] = {
    "circle-a": ({"relation": "immediate", "trigger": {"demand": "circle-b", "edge": "start"}}, "circle"),
    "circle-b": ({"relation": "immediate", "trigger": {"demand": "circle-a", "edge": "start"}}, "circle"),
    "into-circle": ({"relation": "immediate", "trigger": {"demand": "circle-a", "edge": "start"}}, "circle"),
    "untold": ({"relation": "open"}, "open"),
    "no-trigger": ({"relation": "immediate"}, "no_trigger"),
    "words": ({"relation": "after_trigger", "trigger": {"text": "peace", "edge": "acceptance"}}, "trigger_without_day"),
    "month-end": (
        {"relation": "within_after_trigger", "duration_max": "P1M", "trigger": {"on": "2021-01-31"}},
        ("2021-02-28", "2021-02-28"),
    ),
    "hours": (
        {"relation": "within_after_trigger", "duration_max": "PT36H", "trigger": {"on": "2021-01-01"}},
        ("2021-01-02", "2021-01-03"),
    ),
    "at-least": (
        {"relation": "duration_from_trigger", "duration_min": "P10D", "trigger": {"on": "2021-01"}},
        ("2021-01-11", None),
    ),
    "for-ever": (
        {"relation": "within_after_trigger", "duration_max": "P999999Y999999M", "trigger": {"on": "2021-01-01"}},
        "no_duration",
    ),
    "after-at-least": (
        {"relation": "within_after_trigger", "duration_max": "P1D", "trigger": {"demand": "at-least", "edge": "start"}},
        ("2021-01-02", "2021-02-01"),
    ),
    "talk": (
        {"relation": "within_after_trigger", "duration_max": "P2D", "trigger": {"talk": "round-1", "edge": "completion"}},
        ("2020-03-04", "2020-03-04"),
    ),
    "tabling": ({"relation": "immediate", "trigger": {"proposal": "plan"}}, ("2020-03-01", "2020-03-01")),
    "adopted": (
        {"relation": "immediate", "trigger": {"proposal": "plan", "edge": "acceptance"}},
        ("2020-05-01", "2020-05-01"),
    ),
    "signed": (
        {"relation": "immediate", "trigger": {"agreement": "pact", "edge": "signature"}},
        ("2020-05-03", "2020-05-03"),
    ),
    "in-force": (
        {"relation": "duration_from_trigger", "duration_max": "P1Y", "trigger": {"agreement": "pact", "edge": "entry_into_force"}},
        ("2021-06-01", "2021-06-01"),
    ),
    "done": (
        {"relation": "within_after_trigger", "duration_max": "P5D", "trigger": {"demand": "plan-1"}},
        ("2020-04-06", "2020-04-06"),
    ),
    "twice": ({"relation": "repeats", "every": "P6M", "trigger": {"on": "2020-01-15"}}, ("2020-07-15", "2020-07-15")),
    "stated": (
        {"relation": "after_trigger", "trigger": {"text": "later"}, "resolved_on": {"date": "2020-09", "basis": "inferred"}},
        ("2020-09-01", "2020-09-30"),
    ),
}  # fmt: skip


async def test_made_up_timings_of_every_kind(world_client: httpx.AsyncClient) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "agreements": {
            "slug": "pact", "process": "alba-boria", "title": "Pact", "kind": "interim", "agreed_on": "2020-05-01",
            "in_force_on": "2020-06-01", "proposals": ["plan"], "parties": ["alba", "boria"],
            "signatures": [{"party": "alba", "on": "2020-05-02"}, {"party": "boria", "on": "2020-05-03"}],
        },
        "responses": {"demand": "plan-1", "responder": "boria", "stance": "implemented", "said_on": "2020-04-01"},
        "proposals": {
            "slug": "timings", "process": "alba-boria", "title": "Timings", "kind": "paper", "authors": ["alba"],
            "addressees": ["boria"], "tabled_on": "2020-07-01",
            "demands": [
                {"slug": slug, "text": slug, "addressees": ["boria"], "timing": timing} for slug, (timing, _) in TIMINGS.items()
            ],
        },
    }  # fmt: skip
    for collection, body in bodies.items():
        posted = await world_client.post(f"/v1/{collection}", json=body)
        assert posted.status_code == 201, posted.text
    # A trigger may name a demand by its former slug.
    assert (await world_client.patch("/v1/demands/at-least", json={"slug": "at-least-10"}, headers=PATCH)).is_success
    found = {row["record"].removeprefix("demands/"): row for row in await rows(world_client, "/v1/reports/due-dates")}
    for slug, (_, expected) in TIMINGS.items():
        row = found[{"at-least": "at-least-10"}.get(slug, slug)]
        got = row["reason"] or (row["due_min"], row["due_max"])
        assert got == expected, slug
    assert {tuple(sorted(row["circle"])) for row in found.values() if row["circle"]} == {("circle-a", "circle-b")}
    assert found["stated"]["basis"] == "inferred" and found["plan-2"]["reason"] == "trigger_without_day"
    # Boria accepts: what is over and not fulfilled is overdue; the ends of periods only pass.
    accepted = {"proposal": "timings", "responder": "boria", "stance": "accepted", "said_on": "2020-07-02"}
    assert (await world_client.post("/v1/responses", json=accepted)).status_code == 201
    words = {row["record"]: row["status"] for row in await rows(world_client, "/v1/reports/due-dates?on=2022")}
    assert (words["demands/month-end"], words["demands/in-force"], words["demands/at-least-10"]) == (
        "overdue", "passed", "pending"
    )  # fmt: skip
    # Late answers are late by a range of days if their day is uncertain; a report in time says that the deed was in time.
    late: dict[str, Any] = {
        **bodies["proposals"], "slug": "late-answer", "tabled_on": "2020-08-01", "answer_due": "2020-08-10/2020-08-12",
        "demands": [
            {"slug": f"late-{said}", "text": said, "addressees": ["boria"], "timing": {"relation": "by_date", "at": "2020-09-10"}}
            for said in ("05", "20")
        ],
    }  # fmt: skip
    said = [{"demand": f"late-{day}", "stance": "implemented", "said_on": f"2020-09-{day}"} for day in ("05", "20")]
    posts = [late, *({"responder": "boria", **one} for one in said)]
    posts.append(
        {"proposal": "late-answer", "responder": "boria", "stance": "accepted", "said_on": "2020-08-15/2020-08-16"}
    )
    for body in posts:
        address = "/v1/proposals" if body is late else "/v1/responses"
        posted = await world_client.post(address, json=body)
        assert posted.status_code == 201, posted.text
    got = {row["record"]: row for row in await rows(world_client, "/v1/reports/due-dates?on=2022")}
    assert {
        record: (got[record]["status"], *(got[record][f"days_late{end}"] for end in ("", "_min", "_max")))
        for record in ("proposals/late-answer", "demands/late-05", "demands/late-20")
    } == {
        "proposals/late-answer": ("met", None, 3, 6), "demands/late-05": ("met", 0, 0, 0), "demands/late-20": ("met", None, 0, 10)
    }  # fmt: skip


PATCH = {"Content-Type": "application/merge-patch+json"}


async def test_wrong_questions_are_refused_all_at_once(client: httpx.AsyncClient) -> None:
    got = await client.get(
        "/v1/reports/due-dates?process=x&due_from=2026&due_to=2025&assume=demands/nix:start:2025,sources/a:start:2025"
    )
    assert [error["parameter"] for error in got.json()["errors"]] == ["process", "assume", "assume", "due_from"]
    for wrong in ("demands/a:begin:2025", "demands/a:start:soon", "demands/a:start:2025/..", "a", ":::"):
        got = await client.get("/v1/reports/due-dates", params={"assume": wrong})
        assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "assume")
    for named, near in (
        ("article-2025-06-02-1-1:completion", "article-2025-06-02-1-1:start"),
        ("us-28-point-plan-2025-8:start", "demands/"),
    ):
        got = await client.get(f"/v1/reports/due-dates?process=russia-ukraine&assume=demands/{named}:2025-07-01")
        (error,) = got.json()["errors"]
        assert (got.status_code, named in error["message"], near in error["hint"]) == (422, True, True)
    assert not await rows(client, "/v1/reports/due-dates?known_by=1990&type=demand")
