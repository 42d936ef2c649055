"""The agreement of coders: published examples, the definitions by pairs, and codings as records carry them."""

import csv
import io
import json
from collections import Counter
from fractions import Fraction
from itertools import permutations
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.agreement_coefficients import count_pairs, interval_alpha, kappa, nominal_alpha, ordinal_alpha
from tests.reports.bundled import report, rows

#: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers, twelve units.
OBSERVERS = {
    "ann": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "bob": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "cid": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "dan": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}
UNITS = [[value for value in column if value is not None] for column in zip(*OBSERVERS.values(), strict=True)]
#: The same, section A (two observers, binary) and section B (two observers, five values).
BINARY = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))
LETTERS = list(zip("aabbdcccedda", "babbbccceddd", strict=True))


def table(counts: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [pair for pair, number in counts.items() for _ in range(number)]


def test_alpha_of_published_examples() -> None:
    assert round(nominal_alpha(UNITS) or 0, 3) == 0.743
    assert round(ordinal_alpha(UNITS) or 0, 3) == 0.815
    assert round(interval_alpha(UNITS) or 0, 3) == 0.849
    assert round(nominal_alpha(BINARY) or 0, 3) == 0.095
    assert round(nominal_alpha(LETTERS) or 0, 3) == 0.692


def test_kappa_of_published_examples() -> None:
    # Fleiss, "Statistical Methods for Rates and Proportions" (1981), table 13.1: psychosis, neurosis, organic disorder.
    diagnoses = {
        ("p", "p"): 75,
        ("p", "n"): 1,
        ("p", "o"): 4,
        ("n", "p"): 5,
        ("n", "n"): 4,
        ("n", "o"): 1,
        ("o", "o"): 10,
    }
    assert round(kappa(table(diagnoses)) or 0, 3) == 0.676
    assert round(kappa(table({("y", "y"): 20, ("y", "n"): 5, ("n", "y"): 10, ("n", "n"): 15})) or 0, 3) == 0.4


def by_pairs(units: list[list[int]], scale: str) -> Fraction | None:
    """Alpha by its definition: the table of coincidences, and the distance of each pair of values."""
    coincidences: dict[tuple[int, int], Fraction] = {}
    for unit in units:
        for pair in permutations(unit, 2):
            coincidences[pair] = coincidences.get(pair, Fraction(0)) + Fraction(1, len(unit) - 1)
    counts = Counter(value for unit in units if len(unit) > 1 for value in unit)
    number = counts.total()

    def distance(one: int, other: int) -> Fraction:
        if scale == "nominal":
            return Fraction(one != other)
        if scale == "interval":
            return Fraction((one - other) ** 2)
        low, high = sorted((one, other))
        between = sum(counts[value] for value in counts if low <= value <= high)
        return (between - Fraction(counts[low] + counts[high], 2)) ** 2 if low != high else Fraction(0)

    expected = sum(counts[one] * counts[other] * distance(one, other) for one in counts for other in counts)
    if not expected:
        return None
    observed = sum(count * distance(*pair) for pair, count in coincidences.items())
    return 1 - (number - 1) * observed / expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.integers(-3, 4), max_size=5), max_size=8))
def test_coefficients_agree_with_their_definitions(units: list[list[int]]) -> None:
    wanted: Fraction | None
    for scale, coefficient in (("nominal", nominal_alpha), ("interval", interval_alpha), ("ordinal", ordinal_alpha)):
        found, wanted = coefficient(units), by_pairs(units, scale)
        assert (found is None) == (wanted is None), scale
        assert found is None or wanted is None or found == pytest.approx(float(wanted), abs=1e-9), scale
    pairs, agreeing = count_pairs(units)
    assert pairs == sum(len(list(permutations(unit, 2))) for unit in units) / 2
    assert agreeing == sum(one == other for unit in units for one, other in permutations(unit, 2)) / 2
    both = [(unit[0], unit[1]) for unit in units if len(unit) > 1]
    chance = Fraction(sum(sum(a == c for a, _ in both) * sum(b == c for _, b in both) for c in range(-3, 5)))
    share = Fraction(sum(a == b for a, b in both))
    number = len(both)
    wanted = None if chance == number**2 else (share / number - chance / number**2) / (1 - chance / number**2)
    assert kappa(both) == (None if wanted is None else pytest.approx(float(wanted), abs=1e-9))


# --- codings as records carry them


async def take(client: httpx.AsyncClient, lines: list[dict[str, Any]]) -> None:
    got = await client.post(
        "/v1/imports", content="\n".join(map(json.dumps, lines)), headers={"Content-Type": "application/x-ndjson"}
    )
    assert got.status_code == 200 and json.loads(got.text.splitlines()[-1])["faulty"] == 0, got.text


def talk(number: int) -> dict[str, Any]:
    codings = [
        {"coder": coder, "field": "/duration_minutes", "value": values[number], "coded_on": "2026-11"}
        for coder, values in OBSERVERS.items()
        if values[number] is not None
    ]
    body = {"collection": "talks", "slug": f"t-{number}", "process": "alba-boria", "title": f"Talk {number}"}
    return {**body, "start": f"2021-01-{number + 1:02}", "codings": codings}


async def test_the_report_reproduces_the_published_example(world_client: httpx.AsyncClient) -> None:
    await take(world_client, [talk(number) for number in range(12)])
    (row,) = await rows(world_client, "/v1/reports/coder-agreement?field=/duration_minutes")
    assert (row["collection"], row["coders"]) == ("talks", ["ann", "bob", "cid", "dan"])
    # One value of the example cannot be paired: bob alone coded the last unit.
    assert (row["codings"], row["points"], row["doubly_coded"], row["coded_once"]) == (41, 12, 11, ["talks/t-11"])
    shown = {name: round(row[name], 3) for name in ("alpha", "alpha_ordinal", "alpha_interval")}
    assert shown == {"alpha": 0.743, "alpha_ordinal": 0.815, "alpha_interval": 0.849}
    assert (row["kappa"], row["kappa_reason"]) == (None, "not_two_coders")
    pairs = sum(len(unit) * (len(unit) - 1) // 2 for unit in UNITS)
    agreeing = sum(one == other for unit in UNITS for one, other in permutations(unit, 2)) // 2
    assert (row["pairs"], row["agreeing_pairs"], row["agreement"]) == (pairs, agreeing, round(agreeing / pairs, 6))
    assert row["unanimous"] == 8 and len(row["records"]) == 11
    assert sum(one["count"] for one in row["disagreements"]) == pairs - agreeing
    # Two coders of the four.
    (two,) = await rows(
        world_client, "/v1/reports/coder-agreement?field=/duration_minutes&coder=ann,bob&process=alba-boria"
    )
    both = [(a, b) for a, b in zip(OBSERVERS["ann"], OBSERVERS["bob"], strict=True) if a is not None and b is not None]
    assert (two["doubly_coded"], two["kappa"]) == (len(both), round(kappa(both) or 0, 6))
    (difference,) = two["disagreements"]
    assert difference == {
        "first": {"coder": "ann", "value": 1}, "second": {"coder": "bob", "value": 2}, "count": 1, "records": ["talks/t-5"],
    }  # fmt: skip
    assert await rows(world_client, "/v1/reports/coder-agreement?collection=parties") == []
    for form in ("csv", "ndjson", "parquet"):
        got = await world_client.get(f"/v1/reports/coder-agreement?format={form}&bom=false")
        assert got.status_code == 200
        if form == "csv":
            (line,) = csv.DictReader(io.StringIO(got.text))
            assert (line["field"], line["alpha"]) == ("/duration_minutes", str(row["alpha"]))


async def test_ordered_lists_and_coefficients_without_a_value(world_client: httpx.AsyncClient) -> None:
    public = {"published_on": "2020-03-02"}
    assert (await world_client.patch("/v1/proposals/plan", json=public)).is_success
    answers = [
        ("plan-1", "rejected"),
        ("plan-2", "accepted_in_part"),
        ("plan-5", "no_comment"),
        ("plan-3", "countered"),
    ]
    coded = [
        ("rejected", "rejected"),
        ("conditional", "accepted_in_part"),
        ("no_comment", "rejected"),
        ("countered", None),
    ]
    for (demand, stance), values in zip(answers, coded, strict=True):
        codings = [
            {"coder": coder, "field": "/stance", "value": value}
            for coder, value in zip(("anna", "ben"), values, strict=True)
            if value
        ]
        body = {
            "slug": f"to-{demand}",
            "demand": demand,
            "responder": "boria",
            "stance": stance,
            "said_on": "2020-03-05",
        }
        posted = await world_client.post(
            "/v1/responses", json={**body, "codings": codings, "citations": [{"source": "herald"}]}
        )
        assert posted.status_code == 201, posted.text
    (row,) = await rows(world_client, "/v1/reports/coder-agreement")
    assert (row["codings"], row["points"], row["doubly_coded"], row["pairs"], row["agreeing_pairs"]) == (7, 4, 3, 3, 1)
    # conditional and accepted_in_part have one place on the scale; no_comment has none, so plan-5 is left out.
    assert (row["off_scale"], row["alpha_ordinal"], row["alpha_ordinal_reason"]) == (1, 1.0, None)
    assert (row["alpha_interval"], row["alpha_interval_reason"]) == (None, "not_numbers")
    # 2 of 3 pairs differ; anna: rejected, conditional, no_comment; ben: rejected twice, accepted_in_part.
    assert (row["kappa"], row["alpha"]) == (round((1 / 3 - 2 / 9) / (1 - 2 / 9), 6), round(1 - 5 * 4 / (36 - 12), 6))
    one_coder = await rows(world_client, "/v1/reports/coder-agreement?coder=anna")
    unknown = await world_client.get("/v1/reports/coder-agreement?coder=anna,zoe")
    assert (unknown.status_code, [error["parameter"] for error in unknown.json()["errors"]]) == (422, ["coder"])
    reasons = [one_coder[0][f"{name}_reason"] for name in ("kappa", "alpha", "alpha_ordinal")]
    assert (one_coder[0]["agreement"], reasons) == (None, ["no_point_coded_twice"] * 3)
    # The clocks: the answers became public with the newspaper of 5 March, and the revision before them has none.
    assert await rows(world_client, "/v1/reports/coder-agreement?known_by=2020-03-04") == []
    assert len(await rows(world_client, "/v1/reports/coder-agreement?known_by=2020-03-05")) == 1
    head = (await report(world_client, "/v1/revisions?limit=1"))["head"]
    (before,) = await rows(world_client, f"/v1/reports/coder-agreement?as_of={head - 1}")
    assert before["points"] == 3
    await world_client.delete("/v1/responses/to-plan-1?reason=twice")
    (after,) = await rows(world_client, "/v1/reports/coder-agreement?process=alba-boria")
    assert (after["points"], after["agreement"]) == (3, 0.0)
    same = {"codings": [{"coder": coder, "field": "/status", "value": "held"} for coder in ("anna", "ben")]}
    assert (await world_client.patch("/v1/talks/round-1", json=same)).is_success
    (held,) = await rows(world_client, "/v1/reports/coder-agreement?field=/status")
    assert (held["agreement"], held["alpha"], held["alpha_reason"], held["kappa_reason"]) == (
        1.0, None, "one_value_only", "one_value_only",
    )  # fmt: skip
    assert held["alpha_ordinal_reason"] == "not_ordered"


async def test_invalid_filters_are_explained(still_world_client: httpx.AsyncClient) -> None:
    for query, parameter in (
        ("field=/stanc", "field"),
        ("collection=talk", "collection"),
        ("process=nowhere", "process"),
    ):
        got = await still_world_client.get(f"/v1/reports/coder-agreement?{query}")
        (error,) = got.json()["errors"]
        assert (got.status_code, error["parameter"]) == (422, parameter) and error["hint"], query
