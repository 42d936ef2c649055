"""Conflicts and track records: a second computation over the citations of the dossiers, and the questions."""

from datetime import date
from statistics import median
from typing import Any

import httpx
import pytest

from tests.demands.oracle import first_day, last_day
from tests.dossier_rows import SHIPPED, citations
from tests.reports.bundled import RECORDS, WORLD, rows

SOURCES = {row["slug"]: row for row in RECORDS["sources"]}
CITATIONS = [row for row in citations(*SHIPPED) if row.get("verdict", "supports") != "silent"]
Claim = dict[str, Any]


def overlap(one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other:
        return True
    return one.startswith(other + "/") or other.startswith(one + "/")


def event_day(target: str) -> date | None:
    collection, slug = target.split("/")
    if collection == "demands":
        return first_day(WORLD.tabling(WORLD.demands[slug]["proposal"]))
    if collection == "proposals":
        return first_day(WORLD.tabling(slug))
    row = next((row for row in RECORDS.get(collection, ()) if row["slug"] == slug), {})
    if collection == "delegations":
        return event_day(f"talks/{row['talk']}")
    names = {"talks": ["start"], "responses": ["said_on"], "agreements": ["agreed_on", "announced_on"]}.get(
        collection, []
    )
    return first_day(next((row[name] for name in names if row.get(name)), None))


def claims(by: str) -> list[Claim]:
    found = []
    for row in CITATIONS:
        source = SOURCES[row["source"]]
        who = source.get("publisher") if by == "publisher" else f"sources/{row['source']}"
        if who is not None:
            found.append(
                {
                    "who": who, "target": row["target"], "field": row.get("field"), "value": row.get("asserted_value"),
                    "against": row.get("verdict") == "contradicts", "source": row["source"],
                    "first": first_day(source.get("published")), "last": last_day(source.get("published")),
                }
            )  # fmt: skip
    return found


def later(claim: Claim, every: list[Claim]) -> tuple[bool, bool, bool]:
    supported = contradicted = disputed = False
    for other in every:
        if (
            other["who"] == claim["who"]
            or other["target"] != claim["target"]
            or not overlap(claim["field"], other["field"])
        ):
            continue
        if claim["last"] is None or other["first"] is None or other["first"] <= claim["last"]:
            continue
        same_field = claim["field"] == other["field"]
        if claim["against"] and other["against"]:
            supported |= same_field and claim["value"] == other["value"]
            contradicted |= same_field and claim["value"] != other["value"]
        elif not claim["against"] and not other["against"]:
            supported = True
        elif (claim["field"] is None) == (other["field"] is None):
            contradicted = True
        else:
            disputed = True
    return supported, contradicted, disputed


@pytest.mark.parametrize("by", ["publisher", "source"])
async def test_track_records_are_what_a_second_computation_finds(client: httpx.AsyncClient, by: str) -> None:
    every = claims(by)
    of_target: dict[str, list[Claim]] = {}
    for claim in every:
        of_target.setdefault(claim["target"], []).append(claim)
    expected: dict[str, Any] = {}
    for who in {claim["who"] for claim in every}:
        own = [claim for claim in every if claim["who"] == who]
        fates = [later(claim, of_target[claim["target"]]) for claim in own]
        targets = {claim["target"] for claim in own if not claim["against"]}
        alone = [
            target for target in targets if {each["who"] for each in of_target[target] if not each["against"]} == {who}
        ]
        days = [
            (claim["first"] - event_day(claim["target"])).days
            for claim in own
            if claim["first"] and event_day(claim["target"])
        ]
        expected[who] = (
            len(own), sum(claim["against"] for claim in own), *(sum(each) for each in zip(*fates, strict=True)),
            len(targets), len(alone), len(days), median(days) if days else None,
        )  # fmt: skip
    got = {}
    for row in await rows(client, f"/v1/reports/sources?by={by}"):
        assert row["sole_source_share"] == (round(row["sole_source"] / row["records"], 6) if row["records"] else None)
        got[row["who"]] = (
            row["claims"], row["contradicting"], row["later_supported"], row["later_contradicted"],
            row["later_contradicted_in_part"], row["records"], row["sole_source"], row["dated"], row["median_days"],
        )  # fmt: skip
    assert {who: row for who, row in expected.items() if got.get(who) != row} == {} and len(got) == len(expected)


async def test_conflicts_are_the_contradicted_fields(client: httpx.AsyncClient) -> None:
    found = await rows(client, "/v1/reports/conflicts?kind=field")
    contradicting: dict[tuple[str, str | None], list[Any]] = {}
    for row in CITATIONS:
        if row.get("verdict") == "contradicts":
            contradicting.setdefault((row["target"], row.get("field")), []).append(row["asserted_value"])
    assert {
        (row["record"], row["field"]): len(row["values"]) for row in found if row["supporting"] + row["silent"] == 0
    } == {
        place: len(values)
        for place, values in contradicting.items()
        if not [c for c in CITATIONS if (c["target"], c.get("field")) == place and c.get("verdict") != "contradicts"]
    }
    for row in found:
        values = [each["value"] for each in row["values"] if each["verdict"] == "contradicts"]
        assert sorted(map(str, values)) == sorted(map(str, contradicting[row["record"], row["field"]]))
        whole = {
            c["source"]
            for c in CITATIONS
            if c["target"] == row["record"] and not c.get("field") and c.get("verdict") != "contradicts"
        }
        assert row["supporting_record"] == len(whole)


async def test_questions_that_have_one_address(client: httpx.AsyncClient) -> None:
    found = {
        (row["record"], row["field"]): row for row in await rows(client, "/v1/reports/conflicts?process=russia-ukraine")
    }
    duration = found["talks/istanbul-2025-07-23", "/duration_minutes"]
    assert (duration["resolved"], duration["values"][0]["value"], duration["values"][0]["publisher"]) == (
        40,
        210,
        "KÜRE",
    )
    assert duration["why"] == ["about 18:00 to 21:30, three and a half hours; may count the preliminary meetings"]
    assert found["talks/gomel-2022-02-28", "/place"]["resolved"] == "gomel-region"
    post = found["delegations/abu-dhabi-2026-01-23-ukraine", "/members/kyrylo-budanov/post"]
    assert post["resolved"] == "Head of the President's Office"
    telling = [row for row in found.values() if row["kind"] == "telling"]
    assert [row["other"] for row in telling] == ["demands/russian-memorandum-2025-06-02-ii-2-9"]
    assert len(await rows(client, "/v1/reports/conflicts?publisher=K%C3%9CRE")) == 2
    contradicted = {row["who"]: row for row in await rows(client, "/v1/reports/sources?contradicted=true")}
    # Others supported the whole talk after Republic World had given another start of it.
    assert contradicted["Republic World"]["later_contradicted_in_part"] == 1
    assert contradicted["TASS"]["later_contradicted"] == 1 and "KÜRE" in contradicted
    quoted = await rows(client, "/v1/reports/sources?by=attribution&process=russia-ukraine")
    assert {"parties/interfax", "people/rustem-umerov"} <= {row["who"] for row in quoted}


async def test_nothing_known_is_no_row(client: httpx.AsyncClient) -> None:
    for name in ("conflicts", "sources"):
        assert not await rows(client, f"/v1/reports/{name}?known_by=1990")
        got = await client.get(f"/v1/reports/{name}?process=atlantis")
        assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "process")
    known = await rows(client, "/v1/reports/conflicts?known_by=2025-06-03")
    assert known and not [row for row in known for each in row["values"] if (each["published"] or "") > "2025-06-03"]
