"""What all reports do where there is nothing or little to compute, where a record is gone, and where a name is wrong."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import httpx
import pytest

from app.deadlines.reports import DEADLINES
from app.registry import REPORTS as EVERY
from app.reports.reports import REPORTS as OF_PACKAGE
from app.resources.empty_answers import NoRows
from app.resources.evidence import EvidenceOptions
from app.resources.report import Report
from tests.conftest import Client, Server, Templates, keyed
from tests.guide import GUIDES
from tests.loops import nonempty
from tests.reports.bundled import report, rows

REPORTS = [*OF_PACKAGE, DEADLINES]

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


DATES = ["2020?", "202X", "../2021", "2020/..", "2020~"]


def worlds() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Process → collection → bodies."""
    two = [{"party": party, "role": "negotiating"} for party in ("alba", "boria")]

    def proposal(slug: str, demands: list[dict[str, Any]], **further: Any) -> dict[str, Any]:
        return {"slug": slug, "title": slug, "kind": "paper", "authors": ["alba"], "demands": demands, **further}

    def talk(slug: str, *parties: str, **further: Any) -> dict[str, Any]:
        delegations = [{"party": party, "roles": ["negotiating"]} for party in parties]
        return {"slug": slug, "title": slug, "kind": "round", "status": "held", "delegations": delegations, **further}

    no_dates = [{"slug": "no-dates-1", "text": "Peace", "issues": ["CEAS"], "timing": {"relation": "open"}}]
    uncertain = [
        proposal(
            f"uncertain-{n}", [{"slug": f"uncertain-{n}-1", "text": "Peace", "issues": ["CEAS"]}],
            addressees=["boria"], tabled_on=day, answer_due=day,
        )
        for n, day in enumerate(DATES)
    ]  # fmt: skip
    nobody: list[dict[str, Any]] = [
        {"slug": "nobody-1", "text": "Peace", "issues": ["CEAS"]},
        {"text": "Agenda", "act": "agenda_item"},
    ]
    taken_back = [{"slug": "left-1-1", "text": "Peace", "issues": ["CEAS"], "claimants": ["delta"]}]
    left = proposal("left-1", taken_back, authors=["delta"], tabled_on="2020-01-01", withdrawn_on="2020-01-03")
    circle: list[dict[str, Any]] = [
        {
            "slug": f"circle-{n}", "text": "x", "issues": ["CEAS"],
            "links": [{"kind": "repeats", "demand": f"circle-{(n + 1) % 3}"}],
            "timing": {"relation": "immediate", "trigger": {"demand": f"circle-{(n + 1) % 3}", "edge": "start"}},
        }
        for n in range(3)
    ]  # fmt: skip
    return {
        "empty": {},
        "no-dates": {
            "proposals": [proposal("no-dates-0", no_dates, addressees=["boria"])],
            "talks": [talk("no-day", "alba", "boria"), talk("no-day-2", "alba", "boria")],
            "responses": [{"demand": "no-dates-1", "responder": "boria", "stance": "accepted"}],
        },
        "uncertain": {
            "proposals": uncertain,
            "talks": [talk(f"some-day-{n}", "alba", "boria", start=day) for n, day in enumerate(DATES)],
            "responses": [
                {"demand": f"uncertain-{n}-1", "responder": "boria", "stance": stance, "said_on": day}
                for n, day in enumerate(DATES)
                for stance in ("under_study", "accepted")
            ],
        },
        "alone": {
            "process": [{"parties": two[:1]}],
            "proposals": [proposal("alone-1", [{"text": "Peace"}], tabled_on="2020-01-01")],
            "talks": [talk("alone-talk", "alba", start="2020-01-01"), talk("alone-talk-2", "alba", start="2020-02-01")],
        },
        "nobody": {"process": [{"parties": two}], "proposals": [proposal("to-nobody-1", nobody, tabled_on="2020-01-01")]},
        "left": {
            "proposals": [left, proposal("left-2", [{"text": "Go"}], addressees=["delta"], tabled_on="2020-01-01")],
            "responses": [{"proposal": "left-2", "responder": "delta", "stance": "rejected", "said_on": "2020-01-02"}],
            "talks": [talk("left-talk", "alba", "delta", start="2020-01-01")],
        },
        "circle": {"proposals": [proposal("circle-0-text", circle, addressees=["boria"], tabled_on="2020-01-01")]},
        "gone": {},
    }  # fmt: skip


@pytest.fixture(scope="module")
async def edges(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The small world, and processes at the edge of what can be computed. The process `gone` and the party `omnia` are
    withdrawn."""
    async with keyed(server, templates.world) as client:
        assert (
            await client.post("/v1/parties", json={"slug": "omnia", "name": "Omnia", "kind": "state"})
        ).status_code == 201
        for slug, bodies in worlds().items():
            process = {"slug": slug, "title": slug, "kind": "peace", **(bodies.get("process") or [{}])[0]}
            assert (await client.post("/v1/processes", json=process)).status_code == 201
            for collection in ("proposals", "talks", "responses"):
                for body in bodies.get(collection, ()):
                    whole = body if collection == "responses" else {"process": slug, **body}
                    posted = await client.post(f"/v1/{collection}", json=whole)
                    assert posted.status_code == 201, (slug, posted.text)
        for record in ("processes/gone", "parties/omnia"):
            gone = await client.delete(f"/v1/{record}?reason=twice")
            assert gone.is_success, gone.text
        yield client


#: A report that a world cannot be asked about without further parameters, and these parameters.
KEYS = {"demands": {"circle": "circle-1", "no-dates": "no-dates-1", "uncertain": "uncertain-1-1", "nobody": "nobody-1"}}


def address(one: Report, world: str) -> tuple[str, dict[str, str]] | None:
    """The path and the parameters of a report about a world; None = the report needs something else."""
    query = dict(pair.split("=") for pair in NEEDED.get(one.path, "").split("&") if pair)
    needed = {name for name, info in one.query.model_fields.items() if info.is_required()} - query.keys()
    if needed - {"process"}:
        return None
    query |= {"process": world} if "process" in one.query.model_fields or one.path == "/reports/counts" else {}
    key = world if one.of == "processes" else KEYS.get(one.of or "", {}).get(world)
    return None if one.of and key is None else ("/v1" + one.path.replace("{key}", key or ""), query)


VARIANTS: list[dict[str, str]] = [
    {},
    {"known_by": "1000"},
    {"on": "1000", "include": "evidence"},
    {"inherited": "false", "account": "all", "min_review": "draft"},
    {"min_review": "adjudicated"},
]


@pytest.mark.parametrize("world", [name for name in worlds() if name != "gone"])
async def test_no_world_makes_a_report_fail(edges: Client, world: str) -> None:
    """Each answer matches its schema, has as many rows as its table, and a reason exactly if there are none."""
    asked = [(one, *found) for one in REPORTS if (found := address(one, world))]
    for (one, path, query), variant in nonempty(product(asked, VARIANTS)):
        where = (one.path, world, variant)
        sent = {**query, **{name: value for name, value in variant.items() if name in one.query.model_fields}}
        got = await edges.get(path, params=sent)
        if "known_by" in variant and one.of == "demands":
            assert got.status_code == 404, where
            continue
        assert got.status_code == 200, (where, got.text)
        body = got.json()
        one.answer.model_validate(body)
        assert (body["reason"] is None) == bool(body["data"]), where
        table = await edges.get(path, params={**sent, "format": "ndjson"})
        assert len(table.text.splitlines()) == len(body["data"]), where


REASONS = {
    ("empty", "/processes/{key}/timeline"): "no_records",
    ("empty", "/processes/{key}/unanswered"): "no_proposals",
    ("empty", "/processes/{key}/continuity"): "no_talks",
    ("empty", "/processes/{key}/silences"): "no_talks",
    ("empty", "/processes/{key}/gaps"): "no_points",
    ("empty", "/reports/positions"): "no_negotiating_parties",
    ("empty", "/reports/due-dates"): "nothing_due",
    ("empty", "/deadlines"): "no_deadlines",
    ("empty", "/reports/conflicts"): "no_conflicts",
    ("empty", "/reports/sources"): "no_citations",
    ("empty", "/reports/coder-agreement"): "no_codings",
    ("empty", "/reports/counts"): "no_match",
    ("no-dates", "/processes/{key}/continuity"): "no_talks",
    ("alone", "/processes/{key}/silences"): "one_party",
    ("alone", "/processes/{key}/co-presence"): "not_together",
    ("alone", "/processes/{key}/unanswered"): "nobody_addressed",
    ("nobody", "/processes/{key}/unanswered"): "nobody_addressed",
    ("nobody", "/reports/response-times/units"): "nobody_addressed",
    ("nobody", "/processes/{key}/network"): "no_common_points",
    ("circle", "/processes/{key}/concessions"): "no_second_statement",
    ("left", "/processes/{key}/continuity"): "no_second_talk",
}


async def test_an_empty_answer_says_why(edges: Client) -> None:
    by_path = {one.path: one for one in REPORTS}
    found: set[str] = set()
    for (world, name), reason in REASONS.items():
        path, query = address(by_path[name], world) or ("", {})
        body = (await edges.get(path, params=query)).json()
        assert (body["data"], body["reason"]) == ([], reason), (world, name)
        found.add(reason)
    # What happened later, or was known later, is another reason than that nothing happened.
    for path in ("unanswered?known_by=1000", "unanswered?on=1000", "timeline?known_by=1000"):
        assert (await report(edges, f"/v1/processes/uncertain/{path}"))["reason"] == "too_early", path
    assert (await report(edges, "/v1/processes/alba-boria/gaps?on=1000"))["reason"] == "too_early"
    assert (await report(edges, "/v1/processes/uncertain/timeline?type=assessment"))["reason"] == "no_match"
    assert (await report(edges, "/v1/processes/uncertain/unanswered"))["reason"] == "nothing_missing"
    lonely = await report(edges, "/v1/demands/nobody-1/lineage")
    assert (lonely["data"], lonely["reason"], len(lonely["nodes"])) == ([], "no_links", 1)
    # Links of kinds that are not followed are no reason to say that there are none.
    other = await report(edges, "/v1/demands/circle-1/lineage?kind=counters")
    assert (other["data"], other["reason"]) == ([], "no_match")
    assert (await report(edges, "/v1/demands/nobody-1/lineage?kind=counters"))["reason"] == "no_links"
    # So are records with another review status.
    for on in ("", "&on=2020-06"):
        body = await report(edges, f"/v1/processes/uncertain/gaps?min_review=adjudicated{on}")
        assert (body["data"], body["reason"]) == ([], "no_match"), on
    assert (await report(edges, "/v1/processes/empty/gaps?min_review=adjudicated"))["reason"] == "no_points"
    found |= {"too_early", "nothing_missing", "no_links", "silent", "nothing_similar"}
    assert found == {str(word) for word in NoRows}


async def test_a_circle_of_dependencies_is_reported(edges: Client) -> None:
    due = await rows(edges, "/v1/reports/due-dates?process=circle")
    assert [(row["status"], row["reason"], sorted(row["circle"])) for row in due] == [
        ("cannot_be_computed", "circle", ["circle-0", "circle-1", "circle-2"])
    ] * 3
    lineage = await report(edges, "/v1/demands/circle-1/lineage?limit=2")
    assert (len(lineage["data"]), len(lineage["circles"]), len(lineage["nodes"])) == (2, 1, 3)
    following = await report(edges, f"/v1/demands/circle-1/lineage?limit=2&cursor={lineage['page']['next']}")
    assert (len(following["data"]), following["page"]["next"]) == (1, None)
    assert {row["origin"] for row in (*lineage["data"], *following["data"])} == {
        f"demands/circle-{n}" for n in range(3)
    }


async def test_each_report_says_why_it_has_no_rows(client: httpx.AsyncClient) -> None:
    """Lists of what is stored, which the guide names, are the only ones that do not."""
    silent = {one.path for one in EVERY if one.causes is None}
    assert {path for path in silent if not path.endswith("/{key}/history")} == {
        "/resolve", "/schemes", "/revisions", "/releases/{older}..{newer}", "/reports",
    }  # fmt: skip
    assert all("reason" in one.answer.model_fields for one in EVERY if one.causes is not None)
    similar = await report(client, "/v1/demands/us-28-point-plan-2025-8/similar?issue=DETN")
    assert (similar["data"], similar["reason"]) == ([], "no_match")
    table = (GUIDES / "reports.md").read_text("utf-8")
    assert all(f"\n| `{word}` | " in table for word in NoRows)


async def test_a_party_that_takes_no_part_has_no_gap(edges: Client) -> None:
    for clock in ("", "&known_by=1000", "&on=2019"):
        got = await edges.get(f"/v1/processes/nobody/gaps?parties=alba,delta{clock}")
        (error,) = got.json()["errors"]
        assert (got.status_code, error["parameter"], "'delta'" in error["message"]) == (422, "parties", True)
    (alone,) = (await report(edges, "/v1/processes/uncertain/gaps?parties=alba"))["data"]
    assert (alone["status"], alone["reason"]) == ("one_sided", "nobody_asked")


async def test_a_name_like_no_other_has_no_suggestion(edges: Client) -> None:
    for address, name in (("gaps?account=qqq", "qqq"), ("gaps?account=plan-tex", None)):
        (error,) = (await edges.get(f"/v1/processes/alba-boria/{address}")).json()["errors"]
        assert ("hint" in error) == (name is None)


#: Parameters that name records → a key that nearly exists, and the nearest one that does.
NAMES = {
    "process": "alba-bori",
    "party": "albo",
    "parties": "albo",
    "issue": "CEAS.TRUC",
    "account": "plan-tex",
    "talk": "round-9",
}


@pytest.mark.parametrize("one", REPORTS, ids=lambda one: one.operation)
async def test_wrong_names_have_one_status_everywhere(edges: Client, one: Report) -> None:
    """A name that never existed is an error of the query, a withdrawn record is gone, an unknown record of the path is not
    found."""
    path, query = address(one, "circle") or (None, {})
    if path is None:
        return
    parameters = one.query.model_fields
    for name, wrong in NAMES.items():
        if name in parameters:
            got = await edges.get(path, params={**query, name: wrong})
            (error,) = got.json()["errors"]
            assert (got.status_code, error["parameter"]) == (422, name), (one.path, got.text)
            assert wrong in error["message"] and error["hint"], (one.path, error)
    for name, gone in (("process", "gone"), ("party", "omnia"), ("parties", "omnia")):
        if name in parameters:
            got = await edges.get(path, params={**query, name: gone})
            (error,) = got.json()["errors"]
            assert (got.status_code, error["parameter"]) == (410, name), (one.path, got.text)
            assert "withdrawn" in error["message"]
    if one.of == "processes":
        assert (await edges.get(f"/v1{one.path.replace('{key}', 'gone')}")).status_code == 410
    if one.of:
        assert (await edges.get(f"/v1{one.path.replace('{key}', 'nothing')}")).status_code == 404
    if not one.is_paged:
        for name in ("limit", "cursor"):
            got = await edges.get(path, params={**query, name: "5"})
            (error,) = got.json()["errors"]
            assert (got.status_code, error["parameter"], error["message"]) == (422, name, "This report is not paged")


@pytest.mark.parametrize("one", REPORTS, ids=lambda one: one.operation)
async def test_evidence_has_the_citations_of_the_records_of_a_row(client: httpx.AsyncClient, one: Report) -> None:
    assert issubclass(one.query, EvidenceOptions) == ("citations" in one.row.model_fields)
    assert one.causes is not None and "reason" in one.answer.model_fields
    if not issubclass(one.query, EvidenceOptions):
        return
    separator = "&" if "?" in one.example else "?"
    plain = await report(client, one.example)
    cited = await report(client, f"{one.example}{separator}include=evidence")
    assert [{**row, "citations": None} for row in cited["data"]] == plain["data"]
    assert any(row["citations"] for row in cited["data"]), one.path
    for row in cited["data"] if one.records else ():
        records = set(one.records(row))
        assert {found["record"] for found in row["citations"]} <= records
        for found in row["citations"][:1]:
            got = await client.get(f"/v1/citations/{found['citation']}?fields=slug")
            assert got.status_code == 200


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


async def test_points_before_the_year_1(world_client: httpx.AsyncClient) -> None:
    old = {
        "slug": "old", "process": "alba-boria", "title": "Old", "kind": "paper", "authors": ["alba"], "addressees": ["boria"],
        "tabled_on": "-0043-03-15", "demands": [{"slug": "old-1", "text": "Peace", "issues": ["CEAS"]}],
    }  # fmt: skip
    assert (await world_client.post("/v1/proposals", json=old)).status_code == 201
    text, *_ = await rows(world_client, "/v1/reports/evolution?process=alba-boria&issue=CEAS&party=alba")
    assert (text["on"], [one["demand"] for one in text["points"]]) == ("-0043-03-15", ["old-1"])


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
