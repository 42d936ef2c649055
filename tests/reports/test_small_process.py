"""Each report of one made-up process, small enough for every number to be checked on paper.

North and South, in January 2021:

    10  round 1   North (nia, head, and noah) and South (sam)
        north-1   North: a-1 a truce of 100 days; a-2 South withdraws
    12  south-1   South: b-1 a truce of 20 days
    13            South rejects a-2
    15            South accepts a-1 on conditions
    18            North accepts b-1
    20  round 2   North (nia, head, and nora) and South (sam)
        north-2   North: c-1 a truce of 60 days, which amends a-1
    25            South accepts a-2 in part

The Gazette of 11 January reports round 1 and a-1; the Herald of 14 January says that the round began on the 9th.
Gaps, lineage, due dates and deadlines have small worlds in their own tests.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Client, Server, Templates, keyed
from tests.reports.bundled import report, rows

ON = "on=2021-02-01"
HERE = "/v1/processes/shores"


def _seats(*north: str) -> list[dict[str, Any]]:
    heads = {"nia": "head"}
    members = [{"person": one, "function": heads.get(one, "member")} for one in north]
    return [
        {"party": "north", "roles": ["negotiating"], "size": 2, "members": members},
        {"party": "south", "roles": ["negotiating"], "size": 1, "members": [{"person": "sam"}]},
    ]


def _round(number: int, day: str, *north: str) -> dict[str, Any]:
    return {
        "slug": f"shores-{number}", "process": "shores", "title": f"Round {number}", "kind": "round", "ordinal": number,
        "status": "held", "start": day, "end": day, "delegations": _seats(*north),
    }  # fmt: skip


def _truce(slug: str, days: int, **rest: Any) -> dict[str, Any]:
    quantity = {"value": days, "unit": "day", "of": "truce"}
    return {
        "slug": slug,
        "text": f"A truce of {days} days",
        "issues": ["CEAS.TRUCE"],
        "quantities": [quantity],
        **rest,
    }


def _text(slug: str, author: str, other: str, day: str, *demands: dict[str, Any]) -> dict[str, Any]:
    return {
        "slug": slug, "process": "shores", "title": slug, "kind": "paper", "authors": [author], "addressees": [other],
        "tabled_on": day, "demands": list(demands),
    }  # fmt: skip


def _said(slug: str, by: str, demand: str, stance: str, day: str) -> dict[str, Any]:
    return {"slug": slug, "responder": by, "demand": demand, "stance": stance, "said_on": day}


_FIRST = _round(1, "2021-01-10", "nia", "noah") | {
    "citations": [
        {"source": "shore-gazette"},
        {"source": "shore-herald", "verdict": "contradicts", "field": "/start", "asserted_value": "2021-01-09"},
    ]
}
_OLD = _truce("a-1", 100, citations=[{"source": "shore-gazette"}])
_WITHDRAWAL = {"slug": "a-2", "text": "South withdraws", "issues": ["WDRW.TROOPS"]}
_NEW = _truce("c-1", 60, links=[{"demand": "a-1", "kind": "amends"}])
BODIES: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("parties", {"slug": name.lower(), "name": name, "kind": "state"}) for name in ("North", "South")),
    *(("people", {"slug": name.lower(), "name": name}) for name in ("Nia", "Noah", "Nora", "Sam")),
    ("sources", {"slug": "shore-gazette", "title": "Talks", "publisher": "Gazette", "published": "2021-01-11"}),
    ("sources", {"slug": "shore-herald", "title": "Earlier", "publisher": "Herald", "published": "2021-01-14"}),
    ("processes", {"slug": "shores", "title": "Shores", "kind": "peace", "parties": [
        {"party": "north", "role": "negotiating"}, {"party": "south", "role": "negotiating"}]}),
    ("talks", _FIRST),
    ("talks", _round(2, "2021-01-20", "nia", "nora")),
    ("proposals", _text("north-1", "north", "south", "2021-01-10", _OLD, _WITHDRAWAL)),
    ("proposals", _text("south-1", "south", "north", "2021-01-12", _truce("b-1", 20))),
    ("proposals", _text("north-2", "north", "south", "2021-01-20", _NEW)),
    ("responses", _said("r-13", "south", "a-2", "rejected", "2021-01-13")),
    ("responses", _said("r-15", "south", "a-1", "conditional", "2021-01-15")),
    ("responses", _said("r-18", "north", "b-1", "accepted", "2021-01-18")),
    ("responses", _said("r-25", "south", "a-2", "accepted_in_part", "2021-01-25")),
)  # fmt: skip


@pytest.fixture(scope="module")
async def shores(server: Server, templates: Templates) -> AsyncIterator[Client]:
    async with keyed(server, templates.world) as client:
        for collection, body in BODIES:
            posted = await client.post(f"/v1/{collection}", json=body)
            assert posted.status_code == 201, posted.text
        yield client


async def test_positions(shores: Client) -> None:
    found = await rows(shores, f"/v1/reports/positions?process=shores&{ON}")
    cells = {(row["party"]["slug"], row["issue"]["code"]): row for row in found}
    seen = {
        key: (row["own"], [(o["demand"], o["score"]) for o in row["others"]], row["lowest"], row["highest"])
        for key, row in cells.items()
    }
    # On the scale: accepted 2, conditional and accepted in part 1, silent none.
    assert seen == {
        ("north", "CEAS"): (["a-1", "c-1"], [("b-1", 2)], 2, 2),
        ("north", "WDRW"): (["a-2"], [], None, None),
        ("south", "CEAS"): (["b-1"], [("a-1", 1), ("c-1", None)], 1, 1),
        ("south", "WDRW"): ([], [("a-2", 1)], 1, 1),
    }
    counts = {word: number for word, number in cells["south", "CEAS"]["counts"].items() if number}
    assert counts == {"asks": 1, "conditional": 1, "silent": 1}


async def test_evolution(shores: Client) -> None:
    found = await rows(shores, f"/v1/reports/evolution?process=shores&issue=CEAS.TRUCE&party=north&{ON}")
    first, answer, second = found
    assert [(row["on"], row["kind"]) for row in found] == [
        ("2021-01-10", "text"), ("2021-01-18", "answer"), ("2021-01-20", "text")
    ]  # fmt: skip
    assert [(p["demand"], p["is_new"], p["quantities"][0]["value"]) for p in first["points"]] == [("a-1", True, 100)]
    assert [(a["demand"], a["before"], a["after"]) for a in answer["answers"]] == [("b-1", None, "accepted")]
    assert [(p["demand"], p["is_new"], p["quantities"][0]["value"]) for p in second["points"]] == [("c-1", False, 60)]
    assert second["moved"] == [{"demand": "c-1", "former": "a-1", "by": "amends"}]
    # The later text of the same claimant on the same issue takes a-1 off the table.
    assert second["gone"] == ["a-1"]


async def test_network(shores: Client) -> None:
    # Both are for a-1, a-2 and b-1; only North has a side on c-1: 2 × 3 / (4 + 3) = 0.857143.
    [edge] = await rows(shores, f"{HERE}/network?{ON}")
    assert (edge["both_for"], edge["differing"], edge["weight"]) == (["a-1", "a-2", "b-1"], [], 0.857143)
    assert (edge["source_activity"], edge["target_activity"]) == (4, 3)
    # On the 14th, South has rejected a-2, and the others are unanswered: North has a-1, a-2, South a-2, b-1; 2 × (0 − 1) / 4.
    [edge] = await rows(shores, f"{HERE}/network?on=2021-01-14")
    assert (edge["both_for"], edge["differing"], edge["weight"]) == ([], ["a-2"], -0.5)


async def test_concessions(shores: Client) -> None:
    found = await report(shores, f"{HERE}/concessions?{ON}")
    # North: |100 − 20| = 80 days from South's 20 before, |60 − 20| = 40 after: (80 − 40) / 80 = 0.5.
    # South: from rejected (−2) to accepted in part (1): 3.
    assert [(row["on"], row["party"], row["thread"], row["size"], row["direction"]) for row in found["data"]] == [
        ("2021-01-20", "north", "demands/a-1", 0.5, "soft"),
        ("2021-01-25", "south", "demands/a-2", 3, "soft"),
    ]
    # H = (0 − 1) / (0 + 1) for both.
    totals = [
        (of["party"]["slug"], of["n_plus"], of["sum_plus"], of["n_minus"], of["hardness"]) for of in found["totals"]
    ]
    assert totals == [("north", 1, 0.5, 0, -1), ("south", 1, 3, 0, -1)]


async def test_answers_in_time(shores: Client) -> None:
    # North-1 waits from the 10th to the 13th: 3 days; south-1 from the 12th to the 18th: 6; north-2 since the 20th: 12 + .
    [missing] = await rows(shores, f"{HERE}/unanswered?{ON}")
    assert (missing["proposal"], missing["party"], missing["days"]) == ("north-2", "south", 12)
    everyone, north, south = await rows(shores, f"/v1/reports/response-times?process=shores&{ON}")
    # S(3) = 1 − 1/3 = 2/3, S(6) = 2/3 × (1 − 1/2) = 1/3; half are answered after 6 days, and nobody was observed for 30.
    assert (everyone["units"], everyone["answered"], everyone["censored"], everyone["median"]) == (3, 2, 1, 6)
    assert (everyone["after_1"]["waiting"], everyone["after_7"]["waiting"]) == (1, 0.333333)
    assert (everyone["after_30"]["waiting"], everyone["after_30"]["reason"]) == (None, "not_observed")
    assert (north["party"], north["units"], north["median"]) == ("north", 1, 6)
    # Of the two units of South, one is answered after 3 days, so that half are unanswered.
    assert (south["party"], south["units"], south["median"]) == ("south", 2, 3)


async def test_sittings(shores: Client) -> None:
    north, south = await rows(shores, f"{HERE}/continuity?{ON}")
    # Of three people, one stayed; both lists are complete, since the sizes are known. Of one, one stayed.
    assert (north["party"], north["days"], north["kept"], north["joined"], north["left"], north["jaccard"]) == (
        "north", 10, ["nia"], ["nora"], ["noah"], 0.333333
    )  # fmt: skip
    assert (south["party"], south["kept"], south["joined"], south["left"], south["jaccard"]) == (
        "south",
        ["sam"],
        [],
        [],
        1,
    )
    # From the 10th to the 20th, and from there to 1 February.
    [silence] = await rows(shores, f"{HERE}/silences?{ON}")
    assert (silence["party"], silence["other"], silence["sittings"]) == ("north", "south", 2)
    assert (silence["longest_days"], silence["median_days"], silence["since_last"]) == (10, 10, 12)
    # Nia was at both rounds, Noah at one: together once, 1 / (2 + 1 − 1) = 0.5. Noah and Nora never met.
    people = {(row["one"], row["other"]): row for row in await rows(shores, f"{HERE}/co-presence?of=people&{ON}")}
    assert {pair: (row["together"], row["jaccard"]) for pair, row in people.items()} == {
        ("nia", "noah"): (1, 0.5), ("nia", "nora"): (1, 0.5), ("nia", "sam"): (2, 1),
        ("noah", "sam"): (1, 0.5), ("nora", "sam"): (1, 0.5),
    }  # fmt: skip


async def test_timeline(shores: Client) -> None:
    found = await rows(shores, f"{HERE}/timeline")
    assert [(row["date"], row["record"]) for row in found] == [
        ("2021-01-10", "talks/shores-1"), ("2021-01-10", "proposals/north-1"), ("2021-01-12", "proposals/south-1"),
        ("2021-01-13", "responses/r-13"), ("2021-01-15", "responses/r-15"), ("2021-01-18", "responses/r-18"),
        ("2021-01-20", "talks/shores-2"), ("2021-01-20", "proposals/north-2"), ("2021-01-25", "responses/r-25"),
    ]  # fmt: skip


async def test_counts(shores: Client) -> None:
    found = await report(shores, "/v1/reports/counts?of=demands&by=issue,claimant&process=shores&level=0")
    assert [(row["first"]["value"], row["second"]["value"], row["count"]) for row in found["data"]] == [
        ("CEAS", "north", 2), ("CEAS", "south", 1), ("WDRW", "north", 1)
    ]  # fmt: skip
    assert found["records"] == {"matching": 4, "in_cells": 4, "is_exact": True}


async def test_conflicts_and_track_records(shores: Client) -> None:
    [conflict] = await rows(shores, "/v1/reports/conflicts?process=shores")
    assert (conflict["record"], conflict["field"], conflict["resolved"]) == ("talks/shores-1", "/start", "2021-01-10")
    # The Gazette supports the whole talk, nobody its start; the Herald contradicts it.
    assert (conflict["supporting_record"], conflict["supporting"], conflict["contradicting"]) == (1, 0, 1)
    gazette, herald = await rows(shores, "/v1/reports/sources?process=shores")
    # The Gazette: two records that nobody else supports, both of the day before; a field of one was contradicted later.
    assert (gazette["who"], gazette["claims"], gazette["records"], gazette["sole_source_share"]) == ("Gazette", 2, 2, 1)
    assert (gazette["median_days"], gazette["later_contradicted"], gazette["later_contradicted_in_part"]) == (1, 0, 1)
    # The Herald: four days after the 10th, and no record that it supports.
    assert (herald["who"], herald["claims"], herald["contradicting"], herald["records"]) == ("Herald", 1, 1, 0)
    assert (herald["median_days"], herald["sole_source_share"]) == (4, None)
