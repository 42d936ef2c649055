"""People over time: heads by day, posts by interval, changing members, presence per sitting.

The world is made up: tests/material/any_negotiation/people.json."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import date
from itertools import product
from typing import Any

import asyncpg
import httpx
import pytest
from alembic import command

from app.db.dates import parse_edtf
from app.db.days import Day
from app.db.periods import Period, shared_days
from app.runtime.ledger import migration_config
from tests import made_up
from tests.conftest import Client, Server, Templates, keyed
from tests.made_up import read, slugs

DOSSIER = made_up.dossier("people")
NORTHMARK, SUDRIA, VALDIA = "aldenburg-northmark", "aldenburg-sudria", "aldenburg-valdia"
CLOSING = "aldenburg-closing-valdia"


@pytest.fixture
async def congress(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The made-up congress, for writing."""
    async with made_up.loaded(server, templates, DOSSIER) as client:
        yield client


@pytest.fixture(scope="module")
async def still_congress(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The same, shared by the tests that write nothing."""
    async with made_up.loaded(server, templates, DOSSIER) as client:
        yield client


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
    assert await slugs(still_congress, "delegations?missing=head") == {VALDIA, CLOSING}
    facet = (await read(still_congress, "delegations?limit=0&facets=head"))["facets"]["head"]["values"]
    assert {one["value"]: one["count"] for one in facet} == {
        None: 2, "clara-holm": 1, "peter-lund": 1, "joan-frey": 1, "maria-sol": 1,
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
    return [date.fromordinal(n) for n in range(span.earliest.toordinal(), span.latest.toordinal() + 1)]


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


def bounds(first: str | None, last: str | None) -> list[Day | None]:
    spans = [parse_edtf(text) if text else None for text in (first, last)]
    return [day for span in spans for day in ((span.earliest, span.latest) if span else (None, None))]


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
    assert "change the `function` in one of them" in error["hint"]
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


# --- Changing members


async def members_of(client: httpx.AsyncClient, delegation: str, **query: Any) -> list[tuple[Any, ...]]:
    got = await client.get(f"/v1/delegations/{delegation}", params=query)
    assert got.status_code == 200, got.text
    members = got.json()["members"]
    return [(one["person"]["slug"], one["key"], one["function"], one["valid_from"]) for one in members]


async def test_a_person_has_an_entry_for_each_function_and_period(congress: Client) -> None:
    before = [
        ("clara-holm", None, "head", None),
        ("peter-lund", None, "expert", None),
        ("peter-lund", "peter-lund-2", "head", "1905-02"),
        ("joan-frey", None, "head", "1905-03-27"),
    ]
    assert await members_of(congress, NORTHMARK) == before
    seats = (await read(congress, "people/peter-lund"))["seats"]
    assert [(seat["function"], seat["valid_to"]) for seat in seats] == [("expert", "1905-02"), ("head", "1905-03-26")]
    facet = (await read(congress, "delegations?limit=0&facets=person"))["facets"]["person"]["values"]
    assert next(one["count"] for one in facet if one["value"] == "peter-lund") == 1
    again = await congress.post("/v1/dossiers", json=DOSSIER)
    assert again.json()["revision"] is None, again.text
    clara = DOSSIER["records"]["talks"][0]["delegations"][0]["members"][0]
    back: list[dict[str, Any]] = [
        clara,
        {"person": "peter-lund", "function": "expert", "valid_to": "1904-12"},
        {"person": "peter-lund", "function": "expert", "valid_from": "1905-05", "key": "second-stay"},
        {**head("peter-lund", "1905-02", "1905-03-26"), "key": "peter-lund-2", "post": "Envoy"},
    ]
    changed = await set_members(congress, NORTHMARK, *back)
    assert changed.status_code == 200, changed.text
    history = (await read(congress, f"delegations/{NORTHMARK}/history"))["data"][0]["changes"]
    assert [one["pointer"] for one in history if one["op"] != "reorder"] == [
        "/members/peter-lund/valid_to", "/members/peter-lund-2/post", "/members/joan-frey", "/members/second-stay",
    ]  # fmt: skip
    revision = int(changed.headers["parley-revision"])
    assert await members_of(congress, NORTHMARK, as_of=revision - 1) == before
    exported = (await congress.get("/v1/processes/aldenburg-congress-process/dossier")).json()
    assert (await congress.post("/v1/dossiers", json=exported)).json()["revision"] is None


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{}, {}], "Entries 1 and 2 are duplicates ('emil-kask'): both apply on all days"),
        ([{"valid_to": "1905-02"}, {"valid_from": "1905-01-05"}], "both apply from 1905-01-05 to 1905-02-01"),
        ([{}, {"function": "expert", "key": "emil-kask"}], "The key 'emil-kask' is used twice or is the slug"),
        ([{"key": "a"}, {"function": "expert", "key": "a"}], "The key 'a' is used twice"),
        ([{"valid_to": "1905-02"}, {"valid_from": "1905-02"}], None),
        ([{"function": "expert"}, {"function": "signatory"}], None),
    ],
)
async def test_entries_of_a_person_differ(
    still_congress: Client, entries: list[dict[str, Any]], message: str | None
) -> None:
    members = [{"person": "emil-kask", **entry} for entry in entries]
    answer = await set_members(still_congress, VALDIA, *members, dry_run=True)
    if message is None:
        assert answer.status_code == 200, answer.text
    else:
        error = await refusal(answer)
        assert (error["pointer"], message in error["message"]) == ("/members", True), error


async def test_a_merge_keeps_both_stays_and_its_undoing_gives_them_back(congress: Client) -> None:
    made = await congress.post("/v1/people", json={"slug": "emile-kask", "name": "Emile Kask"})
    assert made.status_code == 201, made.text
    members = [
        {"person": "emil-kask", "valid_to": "1904-12"},
        {"person": "emile-kask", "valid_from": "1905-02", "function": "expert"},
    ]
    cited = {"source": "aldenburg-gazette", "field": "/members/emile-kask/function"}
    address = f"/v1/delegations/{VALDIA}"
    changed = await congress.patch(address, json={"members": members, "citations": [cited]})
    assert changed.status_code == 200, changed.text
    before = await read(congress, f"delegations/{VALDIA}?include=citations")
    merged = await congress.post("/v1/people/emile-kask/merge", json={"into": "emil-kask"})
    assert merged.status_code == 200, merged.text
    assert await members_of(congress, VALDIA) == [
        ("emil-kask", None, None, None), ("emil-kask", "emile-kask", "expert", "1905-02"),
    ]  # fmt: skip
    after = await read(congress, f"delegations/{VALDIA}?include=citations")
    assert [one["field"] for one in after["citations"]] == ["/members/emile-kask/function"]
    undone = await congress.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo")
    assert undone.status_code == 201, undone.text
    restored = await read(congress, f"delegations/{VALDIA}?include=citations")
    assert (restored["members"], restored["citations"]) == (before["members"], before["citations"])


# --- Posts


async def test_holders_of_a_post_are_found_by_day(still_congress: Client) -> None:
    for address, expected in {
        "people?post=foreign secretary&post_on=1904-12-01": {"clara-holm"},
        "people?post=foreign secretary&post_on=1906-03": {"clara-holm", "peter-lund"},
        "people?post=foreign secretary&post_on=1907": {"peter-lund"},
        "people?post_on=1901": {"peter-lund"},
        "people?post=foreign secretary&post_on=1901": set(),
        "people?post=chancellor&post_on=1905-01-01": {"maria-sol"},
        "people?post=chancellor&post_on=1906-01-01": set(),
        "parties?post=ambassador&post_on=1905-03": {"northmark"},
        "parties?post=ambassador&post_on=1905-04-01": set(),
        "parties?post_on=1930": {"northmark"},
    }.items():
        assert await slugs(still_congress, address) == expected, address
    for day, reason in (
        ("1905-13", "'1905-13' is not a day: there is no month 13."),
        ("1905-06-31", "'1905-06-31' is not a day: there is no day 31 in 1905-06."),
        ("1905-06-05T12:00", "'1905-06-05T12:00' is neither a day (2025-06-03) nor a month"),
        ("..", "neither a day"),
    ):
        error = await refusal(await still_congress.get(f"/v1/people?post_on={day}"))
        assert (error["parameter"], reason in error["message"]) == ("post_on", True)


async def test_a_post_is_stated_or_follows_from_the_posts_of_the_person(congress: Client) -> None:
    async def held(delegation: str) -> list[tuple[str, str, str | None, str]]:
        found = (await read(congress, f"delegations/{delegation}?include=posts_held"))["posts_held"]
        return [(one["member_key"], one["title"], one["key"], one["basis"]) for one in found]

    secretary, ambassador = "Foreign Secretary of Northmark", "Ambassador in Aldenburg"
    assert await held(NORTHMARK) == [
        ("clara-holm", secretary, "foreign-secretary-of-northmark", "held"),
        ("peter-lund", ambassador, "ambassador-in-aldenburg", "held"),
        ("peter-lund-2", ambassador, "ambassador-in-aldenburg", "held"),
    ]
    assert await held(SUDRIA) == [("maria-sol", "Chancellor", None, "stated")]
    table = (await congress.get("/v1/delegations?rows=post_held&format=csv&bom=false")).text.splitlines()
    assert table[0].endswith("slug,entry,post_held.person.slug,post_held.person.name,post_held.member_key,post_held.title,post_held.key,"
                             "post_held.party.slug,post_held.party.name,post_held.party.kind,post_held.basis")  # fmt: skip
    assert len(table) == 5
    chance = random.Random(6)  # noqa: S311
    dates = [None, "1904-09", "1904-12-05", "1905-03", "1905-06-09", "1905-06-10", "1904-09-17", "1904-08"]
    for _ in range(12):
        posts: list[dict[str, Any]] = []
        while len(posts) < 4:
            first, last = chance.choice(dates), chance.choice(dates)
            if first is None or last is None or parse_edtf(first).earliest <= parse_edtf(last).latest:
                posts.append({"key": f"p{len(posts)}", "title": "Envoy", "valid_from": first, "valid_to": last})
        changed = await congress.patch("/v1/people/emil-kask", json={"posts": posts})
        assert changed.status_code == 200, changed.text
        first, last = chance.choice([(None, None), ("1904-12", None), ("1904-12-01", "1905-03-03")])
        await set_members(congress, VALDIA, {"person": "emil-kask", "valid_from": first, "valid_to": last})
        expected = [(post["key"], basis) for post in posts if (basis := basis_of(post, first, last))]
        assert [(key, basis) for _, _, key, basis in await held(VALDIA)] == expected, (posts, first, last)


def basis_of(post: dict[str, Any], first: str | None, last: str | None) -> str | None:
    """By brute force: whether the post was held on a day in the delegation for all or for some of the unknown days."""
    starts, ends = days_of(first or "1904-09-18"), days_of(last or "1905-06-09")
    limits = [post[name] for name in ("valid_from", "valid_to") if post[name]]
    unknown = [date(1, 1, 1), *days_of("1904-09-18/1905-06-09")[::9], date(1999, 1, 1)]
    unknown += [day for text in limits for day in (days_of(text)[0], days_of(text)[-1])]
    held = {
        a <= d and c <= b
        for a, b in product(*(days_of(post[name]) if post[name] else unknown for name in ("valid_from", "valid_to")))
        for c, d in product((starts[0], starts[-1]), (ends[0], ends[-1]))
        if a <= b and c <= d
    }
    return "held" if held == {True} else "possible" if True in held else None


# --- Presence


async def test_people_are_found_by_the_sittings_that_they_attended(still_congress: Client) -> None:
    for address, expected in {
        "people?attended=aldenburg-opening": {"clara-holm"},
        "people?attended=aldenburg-closing": {"emil-kask"},
        "people?attended=aldenburg-congress": {"clara-holm", "peter-lund", "joan-frey", "maria-sol", "emil-kask"},
        "people?attended.none=aldenburg-opening,aldenburg-closing": {"peter-lund", "joan-frey", "maria-sol"},
        "people?present_on=1904-12-23": {"clara-holm", "peter-lund", "maria-sol", "emil-kask"},
        "people?present_on=1904-12-24": {"peter-lund", "maria-sol", "emil-kask"},
        "people?present_on=1905-01-15": {"clara-holm", "peter-lund", "maria-sol", "emil-kask"},
        "people?present_on=1905-06-09": {"joan-frey", "emil-kask"},
        "people?present_on=1905-06-10": set(),
    }.items():
        assert await slugs(still_congress, address) == expected, address
    table = (await still_congress.get("/v1/delegations?rows=attendance&format=csv&bom=false")).text.splitlines()
    columns = table[0].split(",")
    rows = [dict(zip(columns, row.split(","), strict=True)) for row in table[1:]]
    assert [
        (row["member.person.slug"], row["attendance.key"], row["attendance.on"], row["attendance.presence"]) for row in rows
    ] == [
        ("clara-holm", "aldenburg-opening", "", "present"), ("clara-holm", "day-1904-12-24", "1904-12-24", "absent"),
        ("maria-sol", "aldenburg-closing", "", "absent"), ("maria-sol", "day-1905-01", "1905-01", "absent"),
    ]  # fmt: skip
    known = await read(still_congress, f"delegations/{NORTHMARK}?known_by=1905-06-10")
    assert [one["key"] for one in known["members"][0]["attendance"]] == ["day-1904-12-24"]


@pytest.mark.parametrize(
    ("attendance", "pointer", "message"),
    [
        ([{}], "/members/0/attendance/0", "The sitting is missing"),
        ([{"on": "1904-13-01"}], "/members/0/attendance/0/on", "is not a date"),
        (
            [{"on": "1904-12-24", "presence": "ill"}],
            "/members/0/attendance/0/presence",
            "'ill' is not an allowed value",
        ),
        ([{"talk": "aldenburg-dinner"}], "/members/0/attendance/0/talk", "aldenburg-dinner"),
        ([{"talk": "aldenburg-congress"}], "/members/0/attendance/0/talk", "is not below the talk of the delegation"),
        ([{"on": "1904-12-24"}, {"on": "1904-12-24"}], "/members/0/attendance", "Entries 1 and 2 are duplicates"),
    ],
)
async def test_attendance_that_cannot_be_is_refused(
    still_congress: Client, attendance: list[dict[str, Any]], pointer: str, message: str
) -> None:
    member = {"person": "emil-kask", "attendance": attendance}
    error = await refusal(await set_members(still_congress, VALDIA, member, dry_run=True))
    assert (error["pointer"], message in error["message"]) == (pointer, True), error


async def test_attendance_has_a_history_and_survives_merges(congress: Client) -> None:
    opened = {"talk": "aldenburg-opening", "mode": "remote"}
    made = await congress.post("/v1/people", json={"slug": "emile-kask", "name": "Emile Kask"})
    assert made.status_code == 201, made.text
    members: list[dict[str, Any]] = [
        {"person": "emil-kask"},
        {"person": "emile-kask", "attendance": [opened, {"on": "1905-01-07"}]},
    ]
    changed = await set_members(congress, VALDIA, *members)
    assert changed.status_code == 200, changed.text
    revision = int(changed.headers["parley-revision"])
    assert await slugs(congress, "people?attended=aldenburg-opening") == {"clara-holm", "emile-kask"}
    assert await slugs(congress, f"people?attended=aldenburg-opening&as_of={revision - 1}") == {"clara-holm"}
    merged = await congress.post("/v1/people/emile-kask/merge", json={"into": "emil-kask"})
    assert merged.status_code == 200, merged.text
    members = (await read(congress, f"delegations/{VALDIA}"))["members"]
    assert [(one["person"]["slug"], len(one["attendance"])) for one in members] == [("emil-kask", 2)]
    assert await slugs(congress, "people?attended=aldenburg-opening") == {"clara-holm", "emil-kask"}
    undone = await congress.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo")
    assert undone.status_code == 201, undone.text
    assert await slugs(congress, "people?attended=aldenburg-opening") == {"clara-holm", "emile-kask"}
    one, other = {"person": "emil-kask", "attendance": [opened]}, {"person": "emile-kask", "attendance": [opened]}
    assert (await set_members(congress, VALDIA, one, other)).status_code == 200
    error = await refusal(await congress.post("/v1/people/emile-kask/merge", json={"into": "emil-kask"}), 409)
    assert error["message"].startswith(f"Both have entries in the delegation '{VALDIA}' with the same function")
    assert (await set_members(congress, VALDIA, {"person": "emil-kask"}, other)).status_code == 200
    history = (await read(congress, f"delegations/{VALDIA}/history"))["data"][0]["changes"]
    assert [(one["op"], one["pointer"]) for one in history] == [
        ("remove", "/members/emil-kask/attendance/aldenburg-opening")
    ]
    # Who is listed as absent but came to one sitting attended the congress.
    for attendance, expected in (([opened], True), ([{**opened, "presence": "absent"}], False)):
        absent = {"person": "emil-kask", "presence": "absent", "attendance": attendance}
        assert (await set_members(congress, VALDIA, absent)).status_code == 200
        assert ("emil-kask" in await slugs(congress, "people?attended=aldenburg-congress")) is expected


# --- Databases from before


async def test_members_of_before_keep_their_rows_and_their_dossiers(server: Server, templates: Templates) -> None:
    delegation = {"party": "alba", "members": [{"person": "ana", "function": "head", "valid_to": "1905-02"}]}
    first = {
        "format": "parley-dossier/1", "slug": "first", "title": "First",
        "records": {
            "parties": [{"slug": "alba", "name": "Alba", "kind": "state"}],
            "people": [{"slug": "ana", "name": "Ana"}, {"slug": "bela", "name": "Bela"}],
            "processes": [{"slug": "p", "title": "P", "kind": "peace"}],
            "talks": [{"slug": "t", "process": "p", "title": "T", "delegations": [delegation]}],
        },
    }  # fmt: skip
    members = {"delegations": [{"slug": "t-alba", "members": [{"person": "bela", "function": "expert"}]}]}
    second = {"format": "parley-dossier/1", "slug": "second", "title": "Second", "records": {}, "additions": members}
    keys = "SELECT array_agg(key ORDER BY key) FROM dossier_content WHERE field = 'members'"
    async with keyed(server, templates.empty) as client:
        url = str(client.state.ledger.url)
        for dossier in (first, second):
            answer = await client.post("/v1/dossiers", json=dossier)
            assert answer.status_code == 200, answer.text
        before = (await client.get("/v1/delegations/t-alba")).json()["members"]
        config = migration_config(url)
        connection = await asyncpg.connect(url)
        try:
            now = await connection.fetchval(keys)
            await asyncio.to_thread(command.downgrade, config, "several_approvals")
            bela = await connection.fetchval("SELECT id FROM person WHERE slug = 'bela'")
            assert await connection.fetchval(keys) == [json.dumps([str(bela)])]
            await asyncio.to_thread(command.upgrade, config, "head")
            assert await connection.fetchval(keys) == now == [json.dumps([str(bela), None])]
        finally:
            await connection.close()
        assert (await client.get("/v1/delegations/t-alba")).json()["members"] == before
        for dossier in (first, second):
            again = await client.post("/v1/dossiers", json=dossier)
            assert (again.status_code, again.json()["revision"]) == (200, None), again.text
        second["additions"] = {}
        assert (await client.post("/v1/dossiers", json=second)).status_code == 200
        assert [one[0] for one in await members_of(client, "t-alba")] == ["ana"]
        twice = await set_members(client, "t-alba", {"person": "ana"}, {"person": "ana", "function": "expert"})
        assert twice.status_code == 200, twice.text
        with pytest.raises(RuntimeError, match="A person occurs twice in a delegation"):
            await asyncio.to_thread(command.downgrade, config, "several_approvals")
