"""`/v1/reports/positions`: every cell is computed a second time from the dossier files."""

from collections import Counter
from datetime import date
from typing import Any

import httpx
import pytest

from tests.reports.plain import SCORES, Plain

TODAY = date.today().isoformat()
PROCESSES = {
    "russia-ukraine": ["2022-04-16", "2025-06-03", "2025-06-05", TODAY],
    "colombia-farc": ["2012-08-26", "2016-10-02"],
    "iran-nuclear": ["2013-11-24", "2015-07-14"],
    "israel-hamas": ["2025-10-04", TODAY],
}


async def read(client: httpx.AsyncClient, query: str, status: int = 200) -> dict[str, Any]:
    got = await client.get(f"/v1/reports/positions?{query}")
    assert got.status_code == status, got.text
    return dict(got.json())


def expected_cells(
    plain: Plain, process: str, day: date, *, inherited: bool = True, level: str = "top", issues: str = "all"
) -> dict[tuple[str, str | None], dict[str, Any]]:
    found: dict[tuple[str, str | None], dict[str, Any]] = {}
    for point in plain.points(process):
        if plain.first_day(point) > day:
            continue
        primary = plain.primary(point)
        codes = plain.codes(point) if issues == "all" else [primary] if primary else []
        columns: set[str | None] = {plain.chain(code)[-1] if level == "top" else code for code in codes}
        columns = columns or {None}
        words, owners = plain.words(point, day, inherited), plain.owners(point)
        for party in owners | words.keys():
            for column in columns:
                cell = found.setdefault((party, column), {"own": set(), "others": {}, "counts": Counter()})
                if party in owners:
                    cell["own"].add(point["slug"])
                    cell["counts"]["offers" if point["act"] in ("offer", "undertaking") else "asks"] += 1
                else:
                    cell["others"][point["slug"]] = words[party]
                    cell["counts"][words[party]] += 1
    return found


def cells_of(answer: dict[str, Any]) -> dict[tuple[str, str | None], dict[str, Any]]:
    return {
        (row["party"]["slug"], row["issue"] and row["issue"]["code"]): {
            "own": set(row["own"]),
            "others": {one["demand"]: one["word"] for one in row["others"]},
            "counts": Counter({word: n for word, n in row["counts"].items() if n}),
        }
        for row in answer["data"]
    }


@pytest.mark.parametrize(("process", "day"), [(process, day) for process, days in PROCESSES.items() for day in days])
async def test_each_cell_is_what_the_files_say(client: httpx.AsyncClient, plain: Plain, process: str, day: str) -> None:
    for options in (
        {}, {"level": "leaf"}, {"issues": "primary", "level": "leaf"}, {"inherited": False}
    ):  # fmt: skip
        query = "&".join(f"{name}={str(value).lower()}" for name, value in options.items())
        answer = await read(client, f"process={process}&on={day}&rows=all&{query}")
        expected = expected_cells(plain, process, date.fromisoformat(day), **options)
        assert cells_of(answer) == expected, options
        for row in answer["data"]:
            scores = [SCORES[one["word"]] for one in row["others"] if one["word"] in SCORES]
            assert [row["lowest"], row["highest"]] == ([min(scores), max(scores)] if scores else [None, None])
            assert (row["reason"] is None) == bool(scores)
        assert answer["points"] == len({slug for cell in expected.values() for slug in [*cell["own"], *cell["others"]]})
    rows = await read(client, f"process={process}&on={day}")
    shown = {row["party"]["slug"] for row in rows["data"]}
    assert shown == {party for party, _ in expected} & set(plain.negotiators(process))


async def test_slices_end_on_their_last_days_and_tell_what_changed(client: httpx.AsyncClient, plain: Plain) -> None:
    """How Russia's and Ukraine's positions on neutrality stood after each proposal."""
    answer = await read(client, "process=russia-ukraine&issue=EXTL.NEUTRALITY&level=leaf&slice=proposal&on=2025-06-05")
    russia = [row for row in answer["data"] if row["party"]["slug"] == "russia"]
    assert [(row["slice"]["key"], row["slice"]["on"], len(row["own"]), row["came"]) for row in russia][-1] == (
        "russian-memorandum-2025-06-02", "2025-06-02", 6,
        ["russian-memorandum-2025-06-02-i-2a", "russian-memorandum-2025-06-02-i-2b", "russian-memorandum-2025-06-02-i-3"],
    )  # fmt: skip
    for row in answer["data"]:
        words = expected_cells(plain, "russia-ukraine", date.fromisoformat(row["slice"]["on"]), level="leaf")
        cell = words[row["party"]["slug"], "EXTL.NEUTRALITY"]
        assert (set(row["own"]), {one["demand"]: one["word"] for one in row["others"]}) == (cell["own"], cell["others"])
    for kind in ("talk", "month", "year"):
        sliced = await read(client, f"process=russia-ukraine&slice={kind}&on=2025-06-05")
        days = [row["slice"]["on"] for row in sliced["data"]]
        assert days == sorted(days) and max(days) <= "2025-06-05"
        last = sliced["data"][-1]["slice"]
        assert last["key"] == {"talk": "istanbul-2025-06-02", "month": "2025-06", "year": "2025"}[kind]


async def test_what_was_not_yet_known_does_not_count(client: httpx.AsyncClient) -> None:
    """On 3 June 2025, Ukraine was studying the memorandum; on 5 June its rejection of the day before was known."""
    question = "process=russia-ukraine&issue=GOVN.MARTIAL_LAW&level=leaf"
    words = {}
    for day in ("2025-06-03", "2025-06-05"):
        for clock in (f"on={day}", f"known_by={day}"):
            rows = (await read(client, f"{question}&{clock}"))["data"]
            words[clock] = {
                one["demand"]: one["word"] for row in rows if row["party"]["slug"] == "ukraine" for one in row["others"]
            }
    demand = "russian-memorandum-2025-06-02-ii-2-8"
    assert {clock: found[demand] for clock, found in words.items()} == {
        "on=2025-06-03": "under_study", "known_by=2025-06-03": "under_study",
        "on=2025-06-05": "rejected", "known_by=2025-06-05": "rejected",
    }  # fmt: skip


async def test_evidence_is_the_citations_of_the_records_in_the_cell(client: httpx.AsyncClient) -> None:
    question = "process=russia-ukraine&issue=EXTL.NEUTRALITY&level=leaf&on=2025-06-05"
    assert {row["citations"] for row in (await read(client, question))["data"]} == {None}
    for row in (await read(client, f"{question}&include=evidence"))["data"]:
        cited = {one["record"] for one in row["citations"]}
        assert cited <= {
            *(f"demands/{slug}" for slug in row["own"]),
            *(f"demands/{one['demand']}" for one in row["others"]),
            *(f"responses/{one['response']}" for one in row["others"] if one["response"]),
        }
        assert cited


async def test_empty_answers_have_a_reason_and_errors_a_parameter(client: httpx.AsyncClient) -> None:
    for clock in ("known_by=1900-01-01", "on=1900"):
        empty = await read(client, f"process=russia-ukraine&{clock}")
        assert (empty["data"], empty["points"], empty["reason"]) == ([], 0, "too_early")
    for query, parameter in (
        ("process=russia-ukrain", "process"),
        ("process=russia-ukraine&issue=EXTL.NEUTRAL", "issue"),
        ("process=russia-ukraine&on=2025-13", "on"),
        ("process=russia-ukraine&slice=week", "slice"),
        ("process=russia-ukraine&include=sources", "include"),
        ("process=russia-ukraine&levels=top", "levels"),
        ("on=2025", "process"),
    ):
        got = await read(client, query, 422)
        assert [error["parameter"] for error in got["errors"]] == [parameter], got
