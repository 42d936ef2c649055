"""`/v1/processes/{key}/network`: every edge is computed a second time from the dossier files."""

from datetime import date
from typing import Any

import httpx
import pytest

from tests.reports.bundled import RECORDS
from tests.reports.plain import SCORES, Plain

TODAY = date.today().isoformat()


async def read(client: httpx.AsyncClient, process: str, query: str) -> dict[str, Any]:
    got = await client.get(f"/v1/processes/{process}/network?{query}")
    assert got.status_code == 200, got.text
    return dict(got.json())


def expected_edges(plain: Plain, process: str, day: date, issue: str | None) -> dict[tuple[str, str], dict[str, Any]]:
    sides: dict[str, dict[str, bool]] = {}
    for point in plain.points(process):
        if plain.first_day(point) > day:
            continue
        if issue and not any(issue in plain.chain(code) for code in plain.codes(point)):
            continue
        for party, word in plain.words(point, day).items():
            if SCORES.get(word):
                sides.setdefault(party, {})[point["slug"]] = SCORES[word] > 0
        for party in plain.owners(point):
            sides.setdefault(party, {})[point["slug"]] = True
    found = {}
    for source in sides:
        for target in sides:
            common = sides[source].keys() & sides[target].keys()
            if source < target and common:
                same = {slug for slug in common if sides[source][slug] == sides[target][slug]}
                mean = (len(sides[source]) + len(sides[target])) / 2
                found[source, target] = {
                    "both_for": {slug for slug in same if sides[source][slug]},
                    "both_against": {slug for slug in same if not sides[source][slug]},
                    "differing": common - same,
                    "weight": pytest.approx((len(same) - len(common - same)) / mean, abs=1e-6),
                    "activities": (len(sides[source]), len(sides[target])),
                }
    return found


@pytest.mark.parametrize(
    ("process", "day", "issue"),
    [
        ("russia-ukraine", "2025-06-05", None),
        ("russia-ukraine", TODAY, None),
        ("russia-ukraine", TODAY, "EXTL"),
        ("colombia-farc", "2016-10-03", None),
        ("iran-nuclear", "2015-04-02", None),
        ("israel-hamas", TODAY, None),
    ],
)
async def test_each_edge_is_what_the_files_say(
    client: httpx.AsyncClient, plain: Plain, process: str, day: str, issue: str | None
) -> None:
    answer = await read(client, process, f"on={day}" + (f"&issue={issue}" if issue else ""))
    is_membership = {(row["source"], row["target"]): row["is_membership"] for row in answer["data"]}
    in_files = {(party["slug"], entry["party"]) for party in RECORDS["parties"] for entry in party.get("member_of", ())}
    found = {
        (row["source"], row["target"]): {
            **{name: set(row[name]) for name in ("both_for", "both_against", "differing")},
            "weight": row["weight"],
            "activities": (row["source_activity"], row["target_activity"]),
        }
        for row in answer["data"]
    }
    assert found == expected_edges(plain, process, date.fromisoformat(day), issue)
    assert {pair for pair in found if is_membership[pair]} == {
        pair for pair in found if pair in in_files or pair[::-1] in in_files
    }
    assert len(found) >= 1 and all(-1 <= row["weight"] <= 1 for row in answer["data"])
    for row in answer["data"]:
        assert (row["agree"], row["differ"]) == (len(row["both_for"]) + len(row["both_against"]), len(row["differing"]))
    assert {party for pair in found for party in pair} <= {party["slug"] for party in answer["parties"]}


async def test_each_year_of_a_network_is_the_network_of_its_last_day(client: httpx.AsyncClient) -> None:
    rows = (await read(client, "russia-ukraine", "slice=year&rows=party&on=2025-06-05"))["data"]
    years = {row["slice"]["key"]: row["slice"]["on"] for row in rows}
    assert list(years) == sorted(years) and years["2025"] == "2025-06-05"
    for year, day in years.items():
        alone = (await read(client, "russia-ukraine", f"rows=party&on={day}"))["data"]
        assert [{**row, "slice": None} for row in rows if row["slice"]["key"] == year] == [
            {**row, "slice": None} for row in alone
        ]


async def test_no_edges_have_a_reason(client: httpx.AsyncClient) -> None:
    empty = await read(client, "russia-ukraine", "known_by=1900-01-01")
    assert (empty["data"], empty["parties"], empty["reason"]) == ([], [], "too_early")
    assert (await client.get("/v1/processes/russia-ukrain/network")).status_code == 404
