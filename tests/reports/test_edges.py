"""What all reports about a process do where there is nothing to compute, and where the process is gone."""

from typing import Any

import httpx
import pytest

from app.reports.reports import REPORTS
from tests.reports.bundled import report, rows

OF_PROCESSES = [one for one in REPORTS if one.of == "processes"]
#: Parameters that a report cannot do without.
NEEDED = {"/reports/counts": "&of=demands&by=act", "/reports/evolution": "&issue=CEAS"}
#: The comparison of texts is about proposals and has no process.
OTHERS = [one for one in REPORTS if one.of is None and "process" in one.query.model_fields]


async def test_empty_and_withdrawn_processes(world_client: httpx.AsyncClient) -> None:
    empty = {"slug": "nothing-yet", "title": "Nothing yet", "kind": "peace"}
    gone = {**empty, "slug": "gone"}
    for body in (empty, gone):
        assert (await world_client.post("/v1/processes", json=body)).status_code == 201
    assert (await world_client.delete("/v1/processes/gone?reason=twice")).is_success
    patch = {"slug": "still-nothing"}
    headers = {"Content-Type": "application/merge-patch+json"}
    assert (await world_client.patch("/v1/processes/nothing-yet", json=patch, headers=headers)).is_success
    for one in OF_PROCESSES:
        address = "/v1" + one.path
        assert not await rows(world_client, address.replace("{key}", "still-nothing")), one.path
        for slug, expected in (("gone", 410), ("nothing-yet", 308), ("nobody", 404)):
            got = await world_client.get(address.replace("{key}", slug))
            assert got.status_code == expected, (one.path, slug)
        csv = await world_client.get(address.replace("{key}", "still-nothing"), params={"format": "csv"})
        assert csv.status_code == 200 and len(csv.text.splitlines()) == 1
    for one in OTHERS:
        found = await rows(world_client, f"/v1{one.path}?process=still-nothing{NEEDED.get(one.path, '')}")
        assert [row for row in found if row.get("party", "x") is not None] == [], one.path


async def test_one_party_nobody_addressed_and_no_dates(world_client: httpx.AsyncClient) -> None:
    alone: dict[str, Any] = {
        "slug": "alone",
        "title": "Alone",
        "kind": "peace",
        "parties": [{"party": "alba", "role": "negotiating"}],
    }
    assert (await world_client.post("/v1/processes", json=alone)).status_code == 201
    proposals = [
        {"slug": "to-nobody", "title": "To nobody", "tabled_on": "2020-01-01", "demands": [{"text": "Peace"}]},
        {
            "slug": "undated",
            "title": "Undated",
            "addressees": ["boria"],
            "demands": [{"slug": "undated-1", "text": "Peace"}],
        },
        {
            "slug": "about",
            "title": "About",
            "tabled_on": "2020-01~",
            "addressees": ["boria"],
            "demands": [{"text": "Peace"}],
        },
    ]
    for body in proposals:
        whole = {**body, "process": "alone", "kind": "paper", "authors": ["alba"]}
        posted = await world_client.post("/v1/proposals", json=whole)
        assert posted.status_code == 201, posted.text
    talk = {
        "slug": "undated-talk",
        "process": "alone",
        "title": "Some day",
        "delegations": [{"party": "alba", "roles": ["negotiating"]}],
    }
    assert (await world_client.post("/v1/talks", json=talk)).status_code == 201
    found = await rows(world_client, "/v1/processes/alone/unanswered?on=2020-02-10")
    assert [(row["proposal"], row["days"]) for row in found] == [("undated", None), ("about", 10)]
    [everyone, _] = await rows(world_client, "/v1/reports/response-times?process=alone&on=2020-02-10")
    assert (everyone["units"], everyone["undated"], everyone["without_day"], everyone["median_reason"]) == (
        1, 1, ["undated/boria"], "not_reached"
    )  # fmt: skip
    # An undated answer counts today, but nobody knows how long it took.
    body = {"demand": "undated-1", "responder": "boria", "stance": "accepted"}
    assert (await world_client.post("/v1/responses", json=body)).status_code == 201
    assert [row["proposal"] for row in await rows(world_client, "/v1/processes/alone/unanswered")] == ["about"]
    [everyone, _] = await rows(world_client, "/v1/reports/response-times?process=alone")
    assert (everyone["units"], everyone["answered"], everyone["undated"]) == (1, 0, 1)
    timeline = await rows(world_client, "/v1/processes/alone/timeline")
    assert [row["record"] for row in timeline if row["date"] is None][-1].startswith("responses/")
    assert not await rows(world_client, "/v1/processes/alone/silences")
    assert not await rows(world_client, "/v1/processes/alone/continuity")


@pytest.mark.parametrize("one", REPORTS, ids=lambda one: one.operation)
async def test_before_everything_there_is_nothing(client: httpx.AsyncClient, one: Any) -> None:
    separator = "&" if "?" in one.example else "?"
    got = await client.get(f"{one.example}{separator}as_of=1")
    assert got.status_code == 404, got.text
    got = await client.get(f"{one.example}{separator}colour=red")
    assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "colour")


async def test_pages_end_and_follow_each_other(client: httpx.AsyncClient) -> None:
    first = await report(client, "/v1/processes/russia-ukraine/timeline?limit=100")
    second = await report(client, f"/v1/processes/russia-ukraine/timeline?limit=100&cursor={first['page']['next']}")
    whole = await rows(client, "/v1/processes/russia-ukraine/timeline")
    assert first["data"] + second["data"] == whole and second["page"]["next"] is None
