"""`account`, `min_review` and `inherited` mean the same in all reports: each is compared with what remains of the dossiers."""

from datetime import date
from typing import Any

import httpx
import pytest

from tests.conftest import Client
from tests.demands import oracle
from tests.reports.bundled import RECORDS, WORLD, report, rows
from tests.reports.plain import Plain
from tests.world import answer

ARTICLE = "russian-memorandum-2025-06-02-article"


#: The reports that derive answers and closings at the clocks, for points that are alike together.
DERIVING = (
    "/v1/reports/positions?process={process}&level=leaf&rows=all",
    "/v1/processes/{process}/gaps?",
    "/v1/processes/{process}/concessions?rows=all",
    "/v1/processes/{process}/network?rows=all",
    "/v1/processes/{process}/unanswered?ended=true",
    "/v1/reports/response-times?process={process}",
    "/v1/reports/response-times/units?process={process}",
)


async def same_at_clock(client: httpx.AsyncClient, process: str, parameters: str, *further: str) -> None:
    """Check that what is derived as of the newest revision is what is stored."""
    head = (await report(client, "/v1/revisions?limit=1"))["head"]
    found = []
    for template in (*DERIVING, *further):
        address = f"{template.format(process=process)}&{parameters}"
        newest = (await report(client, address))["data"]
        assert (await report(client, f"{address}&as_of={head}"))["data"] == newest, address
        found += newest
    assert found


@pytest.mark.parametrize("account", ["all", "russian-memorandum-2025-06-02-article"])
async def test_accounts_at_the_clocks(client: httpx.AsyncClient, account: str) -> None:
    evolution = "/v1/reports/evolution?process={process}&issue=EXTL"
    await same_at_clock(client, "russia-ukraine", f"account={account}&on=2025-06-05", evolution)


async def test_an_account_is_read_alone_or_beside_the_others(client: httpx.AsyncClient, plain: Plain) -> None:
    """The words on the points of the press report are those of the rules of states."""
    day = date(2025, 6, 5)
    of_article = {slug: row for slug, row in WORLD.demands.items() if row["account"] == ARTICLE}
    expected = {}
    for slug, row in of_article.items():
        if row["act"] not in ("not_demanded", "agenda_item"):
            expected[slug] = plain.words(row, day)
    address = f"/v1/reports/positions?process=russia-ukraine&on={day}&rows=all&issues=primary&level=leaf"
    found: dict[str, dict[str, str]] = {slug: {} for slug in expected}
    own = set()
    for row in await rows(client, f"{address}&account={ARTICLE}"):
        own |= set(row["own"])
        for one in row["others"]:
            found[one["demand"]][row["party"]["slug"]] = one["word"]
    assert own == expected.keys()
    assert found == {
        slug: {party: word for party, word in words.items() if party not in plain.owners(of_article[slug])}
        for slug, words in expected.items()
    }
    both = {slug for row in await rows(client, f"{address}&account=all") for slug in row["own"]}
    plain_points = {slug for row in await rows(client, address) for slug in row["own"]}
    assert expected.keys() <= both and plain_points < both
    units = await rows(client, f"/v1/reports/response-times/units?account={ARTICLE}&on={day}")
    assert {row["proposal"] for row in units} == {"russian-memorandum-2025-06-02"}
    due = await rows(client, f"/v1/reports/due-dates?account={ARTICLE}&type=demand")
    assert {row["record"] for row in due} == {
        f"demands/{slug}" for slug, row in of_article.items() if row.get("timing")
    }


@pytest.mark.parametrize("process", ["russia-ukraine", "iran-nuclear"])
async def test_without_inheritance_only_answers_to_points_count(
    client: httpx.AsyncClient, plain: Plain, process: str
) -> None:
    day = date(2025, 12, 1)
    for row in await rows(client, f"/v1/processes/{process}/gaps?on={day}&inherited=false"):
        for point in row["points"]:
            words = plain.words(WORLD.demands[point["demand"]], day, False)
            for said in point["answers"]:
                word = words[said["party"]]
                assert said["word"] == ("silent" if word in ("supported", "opposed") else word)
    steps = (await report(client, f"/v1/processes/{process}/concessions?inherited=false"))["data"]
    every = (await report(client, f"/v1/processes/{process}/concessions"))["data"]
    assert steps == [row for row in every if row["thread"].startswith("demands/")]
    to_points = {
        f"responses/{row['slug']}" for row in RECORDS["responses"] if row.get("demand") or row.get("scope_demands")
    }
    units = await rows(client, f"/v1/reports/response-times/units?process={process}&inherited=false&status=answered")
    assert {row["answer"] for row in units} <= to_points
    assert units


async def test_records_below_the_review_status_are_not_read(world_client: Client) -> None:
    """Boria rejects point 1 (reviewed) and accepts point 3 (draft). Only these two points are reviewed."""

    async def review(address: str, word: str) -> None:
        got = await world_client.patch(
            f"/v1/{address}", json={"review": word}, headers={"Content-Type": "application/merge-patch+json"}
        )
        assert got.is_success, got.text

    rejected = await answer(world_client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-05")
    await answer(world_client, demand="plan-3", responder="boria", stance="accepted", said_on="2020-03-06")
    for record in ("demands/plan-1", "demands/plan-3", f"responses/{rejected}"):
        await review(record, "reviewed")
    address = "/v1/reports/positions?process=alba-boria&level=leaf&rows=all&min_review=reviewed"
    words = {one["demand"]: one["word"] for row in await rows(world_client, address) for one in row["others"]}
    assert words == {"plan-1": "rejected", "plan-3": "unreviewed"}
    gaps = {
        point["demand"]: (point["low"], point["high"])
        for row in await rows(world_client, "/v1/processes/alba-boria/gaps?min_review=reviewed")
        for point in row["points"]
    }
    assert gaps == {"plan-1": (1, 1), "plan-3": (0, 1)}
    await same_at_clock(world_client, "alba-boria", "min_review=reviewed")
    [unit] = await rows(world_client, "/v1/reports/response-times/units?min_review=reviewed")
    assert (unit["party"], unit["answer"]) == ("boria", f"responses/{rejected}")
    listed = await rows(world_client, "/v1/processes/alba-boria/timeline?min_review=reviewed")
    assert [row["record"] for row in listed] == [f"responses/{rejected}"]
    counted = await report(world_client, "/v1/reports/counts?of=demands&by=act&min_review=reviewed")
    assert counted["records"]["matching"] == 2 and counted["data"][0]["url"].count("review=reviewed,adjudicated") == 1
    got = await world_client.get("/v1/reports/counts?of=demands&by=act&min_review=reviewed&review=draft")
    assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "min_review")
    # Without the reviewed answer, the party is listed as owing one, with both answers beside.
    await review(f"responses/{rejected}", "draft")
    missing = await rows(world_client, "/v1/processes/alba-boria/unanswered?min_review=reviewed&on=2020-04-01")
    assert [(row["party"], len(row["beside"])) for row in missing] == [("boria", 2)]


async def test_a_year_that_is_null_leads_to_its_records(world_client: Client) -> None:
    """A date with an open start has no year: the list behind the null cell has it too."""
    for slug, start in (("open", "../2021"), ("unknown", None), ("known", "2021")):
        body: dict[str, Any] = {"slug": slug, "process": "alba-boria", "title": slug, "kind": "round", "start": start}
        assert (await world_client.post("/v1/talks", json=body)).status_code == 201
    cells = await rows(world_client, "/v1/reports/counts?of=talks&by=year&process=alba-boria")
    found = {cell["first"]["value"]: cell for cell in cells}
    assert found[None]["count"] == 2
    listed = (await world_client.get(found[None]["url"])).json()["data"]
    assert {row["slug"] for row in listed} == {"open", "unknown"}


async def test_the_timeline_of_an_issue(client: httpx.AsyncClient) -> None:
    """Against the dossiers: every proposal with a demand on detainees, answers to these demands, and agreements on them."""

    def is_on(row: dict[str, Any]) -> bool:
        codes = [one["issue"] if isinstance(one, dict) else one for one in row.get("issues", ())]
        return any(code == "DETN" or code.startswith("DETN.") for code in codes)

    demands = {slug for slug, row in WORLD.demands.items() if is_on(row)}
    proposals = {WORLD.demands[slug]["proposal"] for slug in demands}
    agreements = {
        row["slug"] for row in RECORDS["agreements"] if is_on(row) or proposals & set(row.get("proposals", ()))
    }
    responses = set()
    for row in RECORDS["responses"]:
        named = {row.get("demand"), *(row.get("scope_demands") or ())} - {None}
        if named & demands or (
            not named
            and not row.get("part")
            and (row.get("proposal") or WORLD.proposal_of_account(row["account"])) in proposals
        ):
            responses.add(row["slug"])
    talks = {row.get("talk") for row in (*WORLD.proposals.values(), *WORLD.agreements.values())
             if row["slug"] in proposals | agreements} - {None}  # fmt: skip
    expected = {"proposal": proposals, "agreement": agreements, "response": responses, "talk": talks}
    found: dict[str, set[str]] = {}
    for process in WORLD.processes:
        for row in await rows(client, f"/v1/processes/{process}/timeline?issue=DETN"):
            found.setdefault(row["type"], set()).add(row["record"].partition("/")[2])
    parts = {row["slug"] for row in RECORDS["responses"] if row.get("part")}
    assert {kind: slugs - parts for kind, slugs in found.items() if kind in expected} == expected


async def test_is_new_depends_on_no_filter_and_uncounted_answers_are_listed(
    client: httpx.AsyncClient, plain: Plain
) -> None:
    words: dict[str, set[bool]] = {}
    for query in (
        "issue=EXTL",
        "issue=EXTL.NEUTRALITY",
        "issue=EXTL&party=russia",
        "issue=EXTL.NEUTRALITY&party=russia",
    ):
        body = await report(client, f"/v1/reports/evolution?process=russia-ukraine&{query}")
        for row in body["data"]:
            for point in row["points"]:
                words.setdefault(point["demand"], set()).add(point["is_new"])
    assert words and all(len(found) == 1 for found in words.values())
    assert words["draft-treaty-2022-04-15-1"] == {False}
    # Each answer to a whole proposal on the issue counts for one of its points on some day, or is listed.
    body = await report(client, "/v1/reports/evolution?process=russia-ukraine&issue=EXTL.NEUTRALITY")
    points = [one for one in plain.points("russia-ukraine") if "EXTL.NEUTRALITY" in plain.codes(one)]
    proposals = {one["proposal"] for one in points}
    of_proposals = [row for row in RECORDS["responses"] if row.get("proposal") in proposals]
    days = {oracle.last_day(row.get("said_on")) or plain.today for row in of_proposals} | {plain.today}
    counted = {
        said["response"]
        for point in points
        for day in days
        if plain.first_day(point) <= day <= plain.today
        for said in oracle.state(WORLD, point["slug"], day)["answers"]
    }
    to_whole = {
        row["slug"] for row in of_proposals if not (row.get("part") or row.get("scope_demands") or row.get("reply_to"))
    }
    listed = {row["response"] for row in body["not_counted"]}
    assert listed & to_whole == to_whole - counted and listed & to_whole and to_whole & counted
