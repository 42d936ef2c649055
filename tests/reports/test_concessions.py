"""`/v1/processes/{key}/concessions`: every step is computed a second time from the dossier files."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.reports.concession_steps import Step, link_steps
from app.reports.reciprocity import compare_moves
from app.reports.stances import IssueTree, Point, StanceTable, Text
from tests.conftest import Client
from tests.demands import oracle
from tests.guide import GUIDES
from tests.reports.bundled import RECORDS
from tests.reports.plain import SCORES, Plain

TODAY = date.today()
LINKS = {"withdraws": 2, "strikes_out": 2, "narrows": 1, "repeats": 0, "widens": -1}


async def read(client: httpx.AsyncClient, process: str, query: str = "") -> dict[str, Any]:
    got = await client.get(f"/v1/processes/{process}/concessions?{query}")
    assert got.status_code == 200, got.text
    return dict(got.json())


def answered(plain: Plain, process: str, on: date) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Party and thread → its statements in order."""
    world, found = plain.world, dict[tuple[str, str], list[dict[str, Any]]]()
    points = {point["slug"]: point for point in plain.points(process) if plain.first_day(point) <= on}
    inside = plain.processes_below(process)
    for row in world.responses.values():
        day, named = oracle.last_day(row.get("said_on")), row.get("scope_demands") or []
        if day is None or day > on or row.get("reply_to") or (row.get("scope") and not named):
            continue
        if row["stance"] in ("no_comment", "implemented", "implemented_in_part"):
            continue
        targets = named or ([row["demand"]] if row.get("demand") else [])
        for slug in targets:
            if slug in points and row["responder"] not in plain.owners(points[slug]):
                found.setdefault((row["responder"], f"demands/{slug}"), []).append(row)
        if not targets:
            proposal = row.get("proposal") or world.proposal_of_account(row["account"])
            rest = world.proposals[proposal]
            if rest["process"] in inside and row["responder"] not in rest.get("authors", ()):
                thread = f"proposals/{proposal}" + (f"#{row['part']}" if row.get("part") else "")
                found.setdefault((row["responder"], thread), []).append(row)
    return found


def expected_steps(plain: Plain, process: str, on: date) -> set[tuple[Any, ...]]:
    found: set[tuple[Any, ...]] = set()
    for (party, thread), rows in answered(plain, process, on).items():
        by_day: dict[date, dict[str, Any]] = {}
        for row in sorted(rows, key=lambda one: (one.get("position", 0), one["slug"])):
            by_day[oracle.last_day(row["said_on"]) or date.min] = row
        days = sorted(by_day)
        for n in range(1, len(days)):
            before, after = by_day[days[n - 1]], by_day[days[n]]
            pair = SCORES.get(before["stance"]), SCORES.get(after["stance"])
            size = None if None in pair else pair[1] - pair[0]  # type: ignore[operator]
            found.add((days[n].isoformat(), party, thread, before["slug"], after["slug"], size))
    points = {point["slug"]: point for point in plain.points(process) if plain.first_day(point) <= on}
    for later in points.values():
        for link in later["links"]:
            earlier = points.get(link["demand"])
            if earlier is None or earlier["proposal"] == later["proposal"]:
                continue
            day = plain.first_day(later)
            shared = set(later["claimants"]) & set(earlier["claimants"])
            if day <= plain.first_day(earlier) or (link["kind"] not in LINKS and link["kind"] != "amends"):
                continue
            if not shared and link["kind"] != "strikes_out":
                continue
            size = LINKS.get(link["kind"]) if shared else -1
            for party in shared or later["claimants"]:
                found.add((day.isoformat(), party, f"demands/{earlier['slug']}", earlier["slug"], later["slug"], size))
    return found


@pytest.mark.parametrize("process", ["russia-ukraine", "colombia-farc", "iran-nuclear", "israel-hamas"])
@pytest.mark.parametrize("on", [None, "2025-06-05"])
async def test_each_step_is_what_the_files_say(
    client: httpx.AsyncClient, plain: Plain, process: str, on: str | None
) -> None:
    answer = await read(client, process, f"on={on}" if on else "")
    found = {
        (
            row["on"], row["party"], row["thread"] + (f"#{row['part']}" if row["part"] else ""),
            row["before_record"].partition("/")[2], row["after_record"].partition("/")[2], row["size"],
        )
        for row in answer["data"]
    }  # fmt: skip
    assert found == expected_steps(plain, process, date.fromisoformat(on) if on else TODAY)
    for row in answer["data"]:
        later, world = row["after_record"].partition("/")[2], plain.world
        text = (
            world.responses[later]["said_on"]
            if row["kind"] == "answer"
            else world.tabling(world.demands[later]["proposal"])
        )
        assert (row["on_min"], row["on_max"]) == (str(oracle.first_day(text)), str(oracle.last_day(text)))
    for total in answer["totals"]:
        own = [row for row in answer["data"] if row["party"] == total["party"]["slug"]]
        numbers = {
            word: len({row["statement"] for row in own if row["direction"] == word})
            for word in ("soft", "hard", "none", "unordered")
        }
        assert numbers == {
            "soft": total["n_plus"], "hard": total["n_minus"], "none": total["n_zero"], "unordered": total["n_unordered"],
        }  # fmt: skip
        moved = numbers["soft"] + numbers["hard"]
        expected = (numbers["hard"] - numbers["soft"]) / moved if moved else None
        assert total["hardness"] == (None if expected is None else pytest.approx(expected, abs=1e-6))
        assert total["sum_plus"] + total["sum_minus"] == sum(row["size"] or 0 for row in own)


def expected_rounds(plain: Plain, process: str, on: date, parties: set[str]) -> list[tuple[str, date]]:
    """Each talk at which both parties sat, and its first possible day."""
    found = []
    for talk in RECORDS["talks"]:
        last, first = oracle.last_day(talk.get("start")), oracle.first_day(talk.get("start"))
        if talk["process"] not in plain.processes_below(process) or talk.get("parent") or not first or not last:
            continue
        seated = {
            row["party"]
            for row in plain.world.delegations
            if row["talk"] == talk["slug"] and row.get("is_seated", True) and "negotiating" in row["roles"]
        }
        if last <= on and talk.get("status") not in ("announced", "postponed", "cancelled") and parties <= seated:
            found.append((talk["slug"], first))
    return sorted(found, key=lambda one: one[1])


@pytest.mark.parametrize(
    ("process", "on"), [("russia-ukraine", "2025-08-01"), ("russia-ukraine", ""), ("iran-nuclear", "")]
)
async def test_reciprocity_pairs_are_those_of_a_second_computation(
    client: httpx.AsyncClient, plain: Plain, process: str, on: str
) -> None:
    answer = await read(client, process, f"on={on}" if on else "")
    day = date.fromisoformat(on) if on else TODAY
    assert bool(answer["reciprocity"]) == (process == "russia-ukraine")
    for row in answer["reciprocity"]:
        rounds = expected_rounds(plain, process, day, {row["party"], row["other"]})
        days = sorted({first for _, first in rounds})
        assert [talk for one in row["rounds"] for talk in one["talks"]] == [slug for slug, _ in rounds]
        nets: list[tuple[int, int]] = []
        for n, first in enumerate(days):
            end = days[n + 1] if n + 1 < len(days) else date.max
            nets.append(tuple(  # type: ignore[arg-type]
                sum(
                    len({step["statement"] for step in answer["data"] if step["party"] == party
                         and first <= date.fromisoformat(step["on"]) < end and step["direction"] == word}) * sign
                    for word, sign in (("soft", 1), ("hard", -1))
                )
                for party in (row["party"], row["other"])
            ))  # fmt: skip
        assert [(one["own"], one["others"]) for one in row["rounds"]] == nets
        assert [(one["difference"], one["response"]) for one in row["pairs"]] == [
            (nets[n][1] - nets[n][0], nets[n + 1][0]) for n in range(len(nets) - 1)
        ]


def test_reciprocity_of_three_rounds_on_paper() -> None:
    """In round 1 Boria softens twice and Alba hardens once; in round 2 Alba softens once. In round 3 nobody moves."""

    def step(party: str, day: int, size: float) -> Step:
        key = f"{party}-{day}"
        on = date(2020, 1, day)
        return Step(party, on, on, on, "answer", "demands/x", None, "", "", "", "", size, False, key)

    talks = [{"slug": f"t{day}", "on": date(2020, 1, day), "parties": ["alba", "boria"]} for day in (1, 10, 20)]
    steps = [step("boria", 2, 1), step("boria", 3, 2), step("alba", 9, -2), step("alba", 10, 1)]
    alba, boria = compare_moves(steps, talks, date(2020, 2, 1), None)
    assert [(one["own"], one["others"]) for one in alba["rounds"]] == [(-1, 2), (1, 0), (0, 0)]
    assert [(one["difference"], one["response"]) for one in alba["pairs"]] == [(3, 1), (-1, 0)]
    assert [(one["difference"], one["response"]) for one in boria["pairs"]] == [(-3, 0), (1, 0)]
    assert compare_moves(steps, talks[:2], date(2020, 2, 1), None) == []
    assert compare_moves([], talks, date(2020, 2, 1), None) == []


async def test_ukraine_and_russia_in_the_summer_of_2025(client: httpx.AsyncClient) -> None:
    answer = await read(client, "russia-ukraine", "parties=russia,ukraine&on=2025-08-01&include=evidence")
    steps = [
        (row["on"], row["party"], row["before"], row["after"], row["size"], row["from_interim"])
        for row in answer["data"]
    ]
    assert ("2025-06-04", "ukraine", "under_study", "rejected", -2, True) in steps
    assert ("2025-07-23", "russia", "rejected", "conditional", 3, False) in steps
    # Russia widened three points (Crimea; foreign troops; weapons) and softened and hardened one answer each; Ukraine hardened
    # one answer and widened the length of the ceasefire.
    assert {one["party"]["slug"]: one["hardness"] for one in answer["totals"]} == {"russia": 0.6, "ukraine": 1}
    assert all(row["citations"] for row in answer["data"])
    # The rejection of 4 June was not yet known on 3 June.
    known = (await read(client, "russia-ukraine", "known_by=2025-06-03&parties=ukraine"))["data"]
    assert {row["kind"] for row in known} == {"link"}


async def test_the_guide_has_the_rounds_of_russia_and_ukraine(client: httpx.AsyncClient) -> None:
    """Every round in which one of them moved, and Russia's next pair, stand in the guide's table."""
    russia = (await read(client, "russia-ukraine", "parties=russia,ukraine"))["reciprocity"][0]
    moved = [bool(one["own"] or one["others"]) for one in russia["rounds"]]
    table = [
        f"| {one['first_on']} | {one['own']} | {one['others']} | {pair['difference']} | {pair['response']} |"
        for one, pair, is_moved, was_moved in zip(russia["rounds"][1:], russia["pairs"], moved[1:], moved, strict=False)
        if is_moved or was_moved
    ]
    assert (russia["party"], len(russia["rounds"]), sum(moved), len(table)) == ("russia", 12, 2, 3)
    assert "\n".join(table).replace("| -", "| −") in (GUIDES / "reports.md").read_text("utf-8")


async def test_a_process_without_second_statements_has_a_reason(world_client: Client) -> None:
    assert (await read(world_client, "alba-boria"))["reason"] == "no_second_statement"
    assert (await read(world_client, "alba-boria", "known_by=1900-01-01"))["reason"] == "too_early"
    assert (await world_client.get("/v1/processes/boria-alba/concessions")).status_code == 404
    got = await world_client.get("/v1/processes/alba-boria/concessions?inherit=false")
    assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "inherit")


def test_a_quantity_orders_an_amendment() -> None:
    """Alba wants 100, Boria 20: from 100 to 60, Alba gives up half of the distance."""

    def point(slug: str, claimant: str, day: int, value: float) -> Point:
        return Point(
            id=UUID(int=day), slug=slug, act="demand", sort_on=date(2020, 1, day), proposal=slug,
            text=Text(title="", tabled=None, last_on=None, talk=None, talk_title=None, talk_last_on=None), primary="ECON",
            quantities=[{"value": value, "unit": "USD"}], claimants={claimant}, owners={claimant},
        )  # fmt: skip

    def size(*points: Point) -> float | None:
        table = StanceTable(1, None, TODAY, list(points), {}, [], IssueTree({}, {}))  # type: ignore[arg-type]
        (step,) = link_steps(table, [{"slug": "new", "kind": "amends", "target": "old"}])
        return step.size

    old, new, other = point("old", "alba", 1, 100), point("new", "alba", 3, 60), point("other", "boria", 2, 20)
    assert size(old, other, new) == 0.5
    assert size(old, other, point("new", "alba", 3, 120)) == -0.25
    assert size(old, new) is None
    assert size(old, point("other", "boria", 2, 100), new) is None
