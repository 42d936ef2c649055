"""The timeline: every dated record of the dossiers once, in one order."""

from datetime import date
from typing import Any

import httpx
import pytest

from tests.demands.oracle import first_day, last_day
from tests.reports.bundled import RECORDS, WORLD, report, rows

RANKS = ["deadline", "talk", "proposal", "response", "agreement", "assessment"]


def about(address: str) -> str | None:
    """The process of a record."""
    collection, slug = address.split("/")
    if collection == "processes":
        return slug
    if collection == "demands":
        return str(WORLD.proposals[WORLD.demands[slug]["proposal"]]["process"])
    found = next((row for row in RECORDS.get(collection, ()) if row["slug"] == slug), {})
    return found.get("process")


def events(process: str) -> list[tuple[str, str, str | None, str | None, str | None]]:
    """Type, record, key of the deadline, date and end of each row."""
    found: list[tuple[str, str, str | None, str | None, str | None]] = []
    for talk in (row for row in RECORDS["talks"] if row["process"] == process):
        found.append(("talk", f"talks/{talk['slug']}", None, talk.get("start"), talk.get("end")))
    for row in (row for row in WORLD.proposals.values() if row["process"] == process):
        address = f"proposals/{row['slug']}"
        found.append(("proposal", address, None, row.get("tabled_on") or row.get("document_date"), None))
        if row.get("answer_due"):
            found.append(("deadline", address, "answer_due", row["answer_due"], None))
    for row in RECORDS["responses"]:
        proposal = row.get("proposal") or (
            WORLD.demands[row["demand"]]["proposal"] if row.get("demand") else WORLD.proposal_of_account(row["account"])
        )
        if WORLD.proposals[proposal]["process"] == process:
            found.append(("response", f"responses/{row['slug']}", None, row.get("said_on"), None))
    for row in (row for row in RECORDS["agreements"] if row["process"] == process):
        found.append(
            ("agreement", f"agreements/{row['slug']}", None, row.get("agreed_on") or row.get("announced_on"), None)
        )
    for row in RECORDS["assessments"]:
        processes = [about(address) for address in row["about"]]
        if process in processes:
            found.append(("assessment", f"assessments/{row['slug']}", None, row.get("said_on"), None))
    for collection in ("processes", "talks", "proposals", "agreements"):
        for row in RECORDS[collection]:
            for number, each in enumerate(row.get("deadlines", ())):
                if (row["slug"] if collection == "processes" else row["process"]) == process:
                    key = each.get("key") or f"deadline-{each['on']}"
                    assert number < 20
                    found.append(("deadline", f"{collection}/{row['slug']}", key, each["on"], None))
    return found


def place(row: dict[str, Any]) -> tuple[Any, ...]:
    first, last = first_day(row["date"]), last_day(row["date"])
    return (first is None, first or date.min, last or date.max, RANKS.index(row["type"]))


@pytest.mark.parametrize("process", sorted(WORLD.processes))
async def test_every_record_is_in_the_timeline_once_and_in_order(client: httpx.AsyncClient, process: str) -> None:
    found = await rows(client, f"/v1/processes/{process}/timeline")
    got = [(row["type"], row["record"], row["deadline"], row["date"], row["until"]) for row in found]
    assert sorted(map(str, got)) == sorted(map(str, events(process)))
    assert found == sorted(found, key=place)


async def test_a_month_is_one_question(client: httpx.AsyncClient) -> None:
    address = "/v1/processes/russia-ukraine/timeline?on_from=2026-02&on_to=2026-02"
    assert [(row["date"], row["record"]) for row in await rows(client, address)] == [
        ("2026-02-04", "talks/abu-dhabi-2026-02-04"),
        ("2026-02-04/2026-02-05", "agreements/prisoner-exchange-2026-02-05"),
        ("2026-02-04/2026-02-05", "agreements/us-russia-military-dialogue-2026-02"),
        ("2026-02-17", "talks/geneva-2026-02-17"),
        ("2026-02-26", "talks/geneva-2026-02-26"),
    ]
    days = [date(2025, 6, 1), date(2025, 6, 10)]
    address = f"/v1/processes/russia-ukraine/timeline?on_from={days[0]}&on_to={days[1]}"
    expected = {
        record
        for _, record, _, start, end in events("russia-ukraine")
        if start and (first_day(start) or date.min) <= days[1] and (last_day(end or start) or date.max) >= days[0]
    }
    assert {row["record"] for row in await rows(client, address)} == expected
    of_russia = await rows(client, f"{address}&party=russia&type=response,talk")
    assert {row["type"] for row in of_russia} == {"response", "talk"} and all(
        "russia" in row["parties"] for row in of_russia
    )


async def test_what_was_not_known_is_not_in_it(client: httpx.AsyncClient) -> None:
    assert not await rows(client, "/v1/processes/russia-ukraine/timeline?known_by=1990")
    known = await rows(client, "/v1/processes/russia-ukraine/timeline?known_by=2025-06-03&on_from=2025-06-02")
    assert not [row for row in known if row["type"] == "response" and row["date"] == "2025-06-04"]


async def test_wrong_questions_are_refused_all_at_once(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/processes/atlantis/timeline")).status_code == 404
    got = await client.get("/v1/processes/russia-ukraine/timeline?party=rusia&on_from=2026&on_to=2025")
    assert [error["parameter"] for error in got.json()["errors"]] == ["party", "on_from"]
    got = await client.get("/v1/processes/russia-ukraine/timeline?type=talks")
    assert got.status_code == 422 and "talk" in got.json()["errors"][0]["hint"]
    assert (await report(client, "/v1/processes/russia-ukraine/timeline?limit=1"))["page"]["next"]
