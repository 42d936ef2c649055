"""People over time: heads by day, posts by interval, changing members, presence per sitting.

The world is made up: tests/material/any_negotiation/people.json."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.dates import parse_edtf
from app.db.periods import Period, shared_days
from tests.conftest import Client, Server, Templates, keyed

DOSSIER = json.loads((Path(__file__).parent.parent / "material/any_negotiation/people.json").read_text("utf-8"))
NORTHMARK, SUDRIA, VALDIA = "aldenburg-northmark", "aldenburg-sudria", "aldenburg-valdia"


@asynccontextmanager
async def loaded(server: Server, templates: Templates) -> AsyncIterator[Client]:
    async with keyed(server, templates.empty) as client:
        made = await client.post("/v1/dossiers", json=DOSSIER)
        assert made.status_code == 200, made.text
        yield client


@pytest.fixture
async def congress(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The made-up congress, for writing."""
    async with loaded(server, templates) as client:
        yield client


@pytest.fixture(scope="module")
async def still_congress(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The same, shared by the tests that write nothing."""
    async with loaded(server, templates) as client:
        yield client


async def read(client: httpx.AsyncClient, address: str) -> Any:
    got = await client.get(f"/v1/{address}")
    assert got.status_code == 200, got.text
    return got.json()


async def slugs(client: httpx.AsyncClient, address: str) -> set[str]:
    return {row["slug"] for row in (await read(client, address))["data"]}


def head(person: str, first: str | None = None, last: str | None = None) -> dict[str, Any]:
    return {"person": person, "function": "head", "valid_from": first, "valid_to": last}


async def set_members(
    client: httpx.AsyncClient, delegation: str, *members: dict[str, Any], dry_run: bool = False
) -> httpx.Response:
    address = f"/v1/delegations/{delegation}" + ("?dry_run=true" if dry_run else "")
    return await client.patch(address, json={"members": list(members)})


async def refusal(answer: httpx.Response, status: int = 422) -> dict[str, Any]:
    """The only error of a refused request."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    found: dict[str, Any] = error
    return found


# --- Heads


async def test_each_head_is_found_and_kept_in_order(still_congress: Client) -> None:
    members = (await read(still_congress, f"delegations/{NORTHMARK}"))["members"]
    assert [one["person"]["slug"] for one in members if one["function"] == "head"] == [
        "clara-holm", "peter-lund", "joan-frey",
    ]  # fmt: skip
    for person in ("clara-holm", "peter-lund", "joan-frey"):
        assert await slugs(still_congress, f"delegations?head={person}") == {NORTHMARK}
    assert await slugs(still_congress, "delegations?missing=head") == {VALDIA}
    facet = (await read(still_congress, "delegations?limit=0&facets=head"))["facets"]["head"]["values"]
    assert {one["value"]: one["count"] for one in facet} == {
        None: 1, "clara-holm": 1, "peter-lund": 1, "joan-frey": 1, "maria-sol": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "days"),
    [
        ((None, None), (None, None), "on all days"),
        ((None, None), ("1905-02-03", None), "from 1905-02-03 on"),
        ((None, "1905-02-15"), ("1905-02-03", None), "from 1905-02-03 to 1905-02-15"),
        ((None, "1905-02-03"), ("1905-02-03", None), "on 1905-02-03"),
        ((None, "1905-02"), (None, "1905-03"), "until 1905-02-01"),
        (("1905-01", "1905-03"), ("1905-02", "1905-02"), "on a day that is not known exactly"),
        ((None, "1905-02"), ("1905-02", None), None),
        ((None, "1905-02-02"), ("1905-02-03", None), None),
        (("1904-10", "1904-12"), ("1905-03-27", None), None),
        ((None, "1905-02?"), ("1905-02~", ".."), None),
    ],
)
async def test_only_heads_that_certainly_share_a_day_are_refused(
    still_congress: Client, one: tuple[str | None, str | None], other: tuple[str | None, str | None], days: str | None
) -> None:
    heads = head("clara-holm", *one), head("peter-lund", *other)
    answer = await set_members(still_congress, NORTHMARK, *heads, dry_run=True)
    if days is None:
        assert answer.status_code == 200, answer.text
        return
    error = await refusal(answer)
    assert error["pointer"] == "/members"
    assert f"entries 1 and 2 ('clara-holm' and 'peter-lund') are both its head {days}." in error["message"]
    assert "`valid_to` of the earlier head and `valid_from` of the later one" in error["message"]


def days_of(text: str) -> list[date]:
    span = parse_edtf(text)
    return [span.earliest + timedelta(n) for n in range((span.latest - span.earliest).days + 1)]


def certainly_overlap(one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
    """The rule by brute force: whether the periods share a day whatever the unknown days are."""

    def possible(first: str | None, last: str | None) -> list[tuple[date, date]]:
        starts = [date(1900, 1, 1)] if first is None else days_of(first)
        ends = [date(1909, 1, 1)] if last is None else days_of(last)
        return [(start, end) for start, end in product(starts, ends) if start <= end]

    return all(a <= d and c <= b for (a, b), (c, d) in product(possible(*one), possible(*other)))


async def test_python_and_the_database_agree_with_brute_force(still_congress: Client) -> None:
    chance = random.Random(5)  # noqa: S311
    dates = [None, "1905-02-03", "1905-02-04", "1905-02", "1905-03", "1905-03-01", "1905-02-03/1905-02-05"]
    periods: list[tuple[str | None, str | None]] = []
    while len(periods) < 14:
        first, last = chance.choice(dates), chance.choice(dates)
        if first is None or last is None or parse_edtf(first).earliest <= parse_edtf(last).latest:
            periods.append((first, last))
    pairs = list(product(periods, periods))
    expected = [certainly_overlap(one, other) for one, other in pairs]
    assert {True, False} <= set(expected)
    in_python = [(Period.of_texts(*one), Period.of_texts(*other)) for one, other in pairs]
    assert [one.certainly_overlaps(other) for one, other in in_python] == expected
    assert all(shared_days(*both) for both in in_python)
    connection = await asyncpg.connect(str(still_congress.state.ledger.url))
    try:
        rows = [[*bounds(*one), *bounds(*other)] for one, other in pairs]
        found = await connection.fetch(_OVERLAPS, json.dumps(rows, default=str))
        assert [row[0] for row in found] == expected
    finally:
        await connection.close()


def bounds(first: str | None, last: str | None) -> list[date | None]:
    spans = [parse_edtf(text) if text else None for text in (first, last)]
    return [day for span in spans for day in (span and span.earliest, span and span.latest)]


_OVERLAPS = """
SELECT parley_certainly_overlap(
    jsonb_populate_record(NULL::delegation_member, jsonb_build_object(
        'valid_from_min', r -> 0, 'valid_from_max', r -> 1, 'valid_to_min', r -> 2, 'valid_to_max', r -> 3)),
    jsonb_populate_record(NULL::delegation_member, jsonb_build_object(
        'valid_from_min', r -> 4, 'valid_from_max', r -> 5, 'valid_to_min', r -> 6, 'valid_to_max', r -> 7))
) FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS each(r, place) ORDER BY place
"""


async def test_a_head_on_two_sides_is_refused(still_congress: Client) -> None:
    answer = await set_members(still_congress, VALDIA, {"person": "emil-kask"}, head("maria-sol"), dry_run=True)
    error = await refusal(answer)
    assert error["pointer"] == "/members/1"
    assert error["message"] == (
        "The person 'maria-sol' would head two delegations of the talk on all days:"
        " 'aldenburg-valdia' and 'aldenburg-sudria'"
    )
    assert "give one of the two another `function`" in error["hint"]
    for other in (
        {"person": "maria-sol"}, head("joan-frey", None, "1905-03-26"), head("clara-holm", "1905-02"),
    ):  # fmt: skip
        answer = await set_members(still_congress, VALDIA, other, dry_run=True)
        assert answer.status_code == 200, answer.text
    both = [{"party": party, "members": [head("emil-kask")]} for party in ("northmark", "sudria")]
    talk = {"process": "aldenburg-congress-process", "title": "Dinner", "start": "1904-09-19", "delegations": both}
    error = await refusal(await still_congress.post("/v1/talks?dry_run=true", json=talk))
    assert error["pointer"] == "/delegations/1/members/0"
    assert "'dinner-sudria' and 'dinner-northmark'" in error["message"], error


async def test_the_database_refuses_what_a_merge_or_an_undo_would_store(congress: Client) -> None:
    made = await congress.post("/v1/people", json={"slug": "marya-sol", "name": "Marya Sol"})
    assert made.status_code == 201, made.text
    assert (await set_members(congress, VALDIA, head("marya-sol"))).status_code == 200
    error = await refusal(await congress.post("/v1/people/marya-sol/merge", json={"into": "maria-sol"}), 409)
    assert error["message"] == (
        "The merged person would head two delegations of a talk on one day: 'aldenburg-valdia' and 'aldenburg-sudria'"
    )
    withdrawn = await congress.delete(f"/v1/delegations/{SUDRIA}?reason=coded twice")
    assert withdrawn.status_code == 204, withdrawn.text
    assert (await set_members(congress, VALDIA, head("maria-sol"))).status_code == 200
    undone = await congress.post(f"/v1/revisions/{withdrawn.headers['parley-revision']}/undo")
    assert undone.status_code == 409, undone.text
    assert "A person can head only one delegation of a talk on any day" in undone.text
    connection = await asyncpg.connect(str(congress.state.ledger.url))
    try:
        for statement, constraint in (
            ("UPDATE delegation_member SET valid_to = NULL, valid_to_min = NULL, valid_to_max = NULL,"
             " valid_to_precision = NULL WHERE function = 'head'", "one_head_per_day"),
            ("UPDATE delegation SET withdrawn_at = NULL, withdrawn_reason = NULL", "head_of_one_side"),
        ):  # fmt: skip
            with pytest.raises(asyncpg.ExclusionViolationError) as caught:
                await connection.execute(statement)
            assert caught.value.constraint_name == constraint
    finally:
        await connection.close()
