"""Quantities: the values from which they are counted, their periods and units, and how demands are found by them."""

import random
from collections.abc import Iterable
from typing import Any

import pytest

from tests.conftest import Client
from tests.demands.test_drafts import conference as conference
from tests.demands.test_drafts import own_conference as own_conference
from tests.demands.test_drafts import refused, slugs
from tests.reading.test_rare import way as way

INFINITY = float("inf")


async def test_a_quantity_has_a_baseline_a_period_and_says_whether_it_is_a_total(conference: Client) -> None:
    (quantity,) = (await conference.get("/v1/demands/harbour-1")).json()["quantities"]
    assert quantity == {
        "min": 40, "max": 70, "unit": "percent", "of": "cut of emissions", "baseline": "below 2010",
        "period": "2021/2030", "period_min": "2021-01-01", "period_max": "2030-12-31",
    }  # fmt: skip
    total, part = (await conference.get("/v1/demands/harbour-2a")).json()["quantities"]
    assert (total["is_total"], part["is_total"]) == (True, False)
    # A baseline that is sent as a number is a text from then on; an open period has no last day.
    (quantity,) = (await conference.get("/v1/demands/harbour-second-1")).json()["quantities"]
    assert (quantity["baseline"], quantity["period_max"]) == ("2010", None)


async def test_a_record_with_quantities_can_be_sent_back(own_conference: Client) -> None:
    for slug in ("harbour-1", "harbour-2a", "harbour-second-1"):
        read = await own_conference.get(f"/v1/demands/{slug}")
        sent = await own_conference.put(
            f"/v1/demands/{slug}", json=read.json(), headers={"If-Match": read.headers["etag"]}
        )
        assert (sent.status_code, sent.headers.get("etag")) == (200, read.headers["etag"]), sent.text


@pytest.mark.parametrize(
    ("quantity", "pointer"),
    [
        ({"value": 1, "baseline": True}, "/quantities/0/baseline"),
        ({"value": 1, "baseline": ""}, "/quantities/0/baseline"),
        ({"value": 1, "period": "2030/2021"}, "/quantities/0/period"),
        ({"value": 1, "period": "next year"}, "/quantities/0/period"),
        ({"value": 1, "is_total": "yes"}, "/quantities/0/is_total"),
        ({"baseline": "below 2010", "period": "2021/2030"}, "/quantities/0"),
    ],
)
async def test_what_a_quantity_cannot_be_is_named(conference: Client, quantity: dict[str, Any], pointer: str) -> None:
    body = {"proposal": "harbour-draft-2", "text": "X", "quantities": [quantity]}
    assert [at for at, _ in await refused(conference, "POST", "demands", body)] == [pointer]


async def test_demands_are_found_by_their_units(conference: Client) -> None:
    assert await slugs(conference, "quantity.unit=USD") == ["harbour-2a", "harbour-3"]
    assert await slugs(conference, "quantity.unit=EUR,tonne") == ["harbour-2b"]
    assert await slugs(conference, "quantity.unit.none=percent") == ["harbour-2b", "harbour-3", "harbour-4"]
    assert await slugs(conference, "missing=quantity.unit") == ["harbour-4"]
    facet = (await conference.get("/v1/demands?limit=0&facets=quantity.unit")).json()["facets"]["quantity.unit"]
    assert {row["value"]: row["count"] for row in facet["values"]} == {
        "percent": 3, "USD": 2, "EUR": 1, "tonne": 1, None: 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("quantity_min=71", ["harbour-2a", "harbour-2b"]),  # at least 100 USD, at most 900 tonnes
        ("quantity_min=901", ["harbour-2a"]),
        ("quantity_max=25", ["harbour-2b"]),
        ("quantity_max=19.5&quantity.unit=EUR", []),
        ("quantity_min=45&quantity_max=45&quantity.unit=percent", ["harbour-1", "harbour-second-1"]),
        # Only the other quantity of the demand, in another unit, is in this range.
        ("quantity_max=40&quantity.unit=USD", []),
        ("quantity_max=40&quantity.unit=percent", ["harbour-1", "harbour-2a"]),
    ],
)
async def test_demands_are_found_by_their_numbers(conference: Client, query: str, expected: list[str]) -> None:
    assert await slugs(conference, query) == expected


async def test_a_range_that_is_none_is_named(conference: Client) -> None:
    for query in ("quantity_min=many", "quantity_max=1e99", "quantity_min=NaN", "quantity_min=5&quantity_max=4"):
        got = await conference.get(f"/v1/demands?{query}")
        assert got.status_code == 422, query
        assert got.json()["errors"][0]["parameter"] == query.partition("=")[0]


async def test_a_number_with_too_many_digits_gets_a_hint(conference: Client) -> None:
    (error,) = (await conference.get("/v1/demands?quantity_min=1e400")).json()["errors"]
    assert (error["message"], error["hint"]) == (
        "'1e400' has more than 30 digits", "Send a number of at most 30 digits, such as 900."
    )  # fmt: skip


def allowed(quantity: dict[str, Any]) -> tuple[float, float] | None:
    """The numbers that a quantity allows, as the guide words it."""
    low, high, value = (quantity.get(name) for name in ("min", "max", "value"))
    if low is None and high is None and value is None:
        return None
    if value is None or (low is not None and high is not None):
        return -INFINITY if low is None else low, INFINITY if high is None else high
    bound = quantity.get("bound")
    return (-INFINITY if bound == "at_most" else value), (INFINITY if bound == "at_least" else value)


def fits(quantities: Iterable[dict[str, Any]], units: list[str], least: float, most: float) -> bool:
    spans = [allowed(one) for one in quantities if not units or one.get("unit") in units]
    return any(span is not None and span[0] <= most and span[1] >= least for span in spans)


def any_quantity(dice: random.Random) -> dict[str, Any]:
    low, value, high = sorted(dice.choice([dice.randint(-5, 30), dice.randint(0, 300) / 10]) for _ in range(3))
    kinds: list[dict[str, Any]] = [
        {"value": value}, {"value": value, "bound": "at_least"}, {"value": value, "bound": "at_most"},
        {"value": value, "bound": "about"}, {"min": low, "max": high}, {"min": low}, {"max": high}, {"text": "some"},
        {"value": value, "min": low}, {"value": value, "max": high, "bound": "at_least"},
        {"value": value, "min": low, "max": high},
    ]  # fmt: skip
    return {**dice.choice(kinds), **dice.choice([{}, {"unit": "percent"}, {"unit": "USD"}, {"unit": "km"}])}


async def test_the_filters_find_what_a_search_through_all_quantities_finds(own_conference: Client, way: str) -> None:
    dice = random.Random(16)  # noqa: S311 - made-up quantities
    points = {f"any-{place}": [any_quantity(dice) for _ in range(dice.randint(0, 3))] for place in range(120)}
    body: dict[str, Any] = {
        "slug": "any", "title": "Any", "process": "harbour-climate", "kind": "paper",
        "demands": [{"slug": slug, "text": "X", "quantities": quantities} for slug, quantities in points.items()],
    }  # fmt: skip
    made = await own_conference.post("/v1/proposals", json=body)
    assert made.status_code == 201, made.text
    then = made.headers["parley-revision"]
    found_any = 0
    for turn in range(60):
        units = dice.sample(["percent", "USD", "km"], dice.choice([0, 0, 1, 2]))
        low, high = sorted((dice.randint(-6, 31), dice.randint(-6, 31)))
        least, most = dice.choice([(low, high), (low, INFINITY), (-INFINITY, high)])
        query = [f"quantity.unit={','.join(units)}"] if units else []
        query += [f"quantity_min={least}"] if least > -INFINITY else []
        query += [f"quantity_max={most}"] if most < INFINITY else []
        asked = f"proposal=any&limit=200&{'&'.join(query)}" + (f"&as_of={then}" if turn % 6 == 0 else "")
        expected = sorted(slug for slug, quantities in points.items() if fits(quantities, units, least, most))
        assert sorted(await slugs(own_conference, asked)) == expected, (way, asked)
        counted = (await own_conference.get(f"/v1/demands?{asked}&count=exact")).json()["page"]["count"]["value"]
        assert counted == len(expected), (way, asked)
        found_any += bool(expected)
    assert found_any > 40


async def test_agreements_are_found_by_their_quantities(own_conference: Client) -> None:
    body = {
        "slug": "harbour-pact", "title": "Harbour pact", "process": "harbour-climate", "kind": "other",
        "quantities": [{"value": 5, "unit": "EUR"}],
    }  # fmt: skip
    made = await own_conference.post("/v1/agreements", json=body)
    assert made.status_code == 201, made.text
    for query, expected in (("quantity.unit=EUR", ["harbour-pact"]), ("quantity.unit=EUR&quantity_min=6", [])):
        assert await slugs(own_conference, query, "agreements") == expected
