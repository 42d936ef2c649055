"""Ranges by due date and duration, sorts by values that may be unknown, and the filters that lead over other records: each
compared with the same question answered in Python over whole records."""

import json
import random
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.dates import parse_edtf, possible_days
from app.db.session import keep_dates
from app.reading.filters import Ranged
from app.reading.query import markers
from app.registry import RESOURCES

Records = list[dict[str, Any]]


async def whole(client: httpx.AsyncClient, name: str, query: str = "") -> Records:
    got = await client.get(f"/v1/{name}?format=ndjson&fields=*{query}")
    assert got.status_code == 200, got.text
    return [json.loads(line) for line in got.text.splitlines()]


async def slugs(client: httpx.AsyncClient, address: str) -> list[str]:
    got = await client.get(f"/v1/{address}&limit=500&fields=slug")
    assert got.status_code == 200, (address, got.text)
    assert got.json()["page"]["next"] is None
    return [row["slug"] for row in got.json()["data"]]


def _dates(chance: random.Random) -> list[str]:
    """Every kind of EDTF text of Level 0 and 1, and sets: days, months, years, seasons, unknown digits, qualified,
    intervals, before and after the year 1."""

    def single() -> str:
        after = ["1000", "1900", "2023", "2024", "9999", "199X", "20XX", "0000", "000X", "00XX"]
        before = ["-0001", "-0004", "-0043", "-4712", "-4713", "-004X", "-00XX", "-000X", "-47XX"]
        year = chance.choice([*after, *before])
        month = (
            chance.choice(["", "-01", "-02", "-11", "-12", "-21", "-22", "-23", "-24", "-XX"])
            if "X" not in year
            else ""
        )
        day = chance.choice(["", "-01", "-28", "-29", "-30", "-31", "-XX"]) if month else ""
        return year + month + day + chance.choice(["", "", "~", "?", "%"])

    def members() -> str:
        between = [chance.choice([single(), f"{single()}..{single()}"]) for _ in range(chance.randrange(3))]
        first, last = chance.choice([[], [], [f"..{single()}"]]), chance.choice([[], [], [f"{single()}.."]])
        return ",".join([*first, *between, *last])

    return [
        chance.choice([single(), f"{single()}/{single()}", f"{single()}/..", f"../{single()}", f"/{single()}", f"{single()}/"])
        for _ in range(900)
    ] + [
        chance.choice([f"[{members()}]", f"{{{members()}}}"]) for _ in range(900)
    ] + [".."]  # fmt: skip


async def test_a_date_has_the_same_days_in_sql_as_in_python(database_url: str) -> None:
    expected = {}
    for text in _dates(random.Random(7)):  # noqa: S311 - dates to try, no secrets
        try:
            span = parse_edtf(text)
        except ValueError:
            continue
        expected[text] = (span.earliest, span.latest, *(day and day.isoformat() for day in possible_days(text)))
    assert len(expected) > 400
    assert {kind for text in expected for kind in "[{/X~" if kind in text} == set("[{/X~")
    connection = await asyncpg.connect(database_url)
    await keep_dates(connection)
    try:
        found = await connection.fetch(
            "SELECT told, parley_edtf_day(told, false), parley_edtf_day(told, true), parley_possible_day(told, false),"
            " parley_possible_day(told, true) FROM unnest($1::text[]) AS told",
            list(expected),
        )
        assert {told: tuple(days) for told, *days in found} == expected
        for text in (
            "",
            "next spring",
            "2024-13",
            "-0000",
            "2024-02-31",
            "-9999",
            "[",
            "{}",
            "[..]",
            "[,]",
            "-47XX",
            "[2024",
        ):
            # No date, but no error either: whoever writes past the service must not break its indexes.
            await connection.fetchval("SELECT parley_edtf_day($1, true), parley_possible_day($1, true)", text)
    finally:
        await connection.close()


def first_day(text: str | None) -> int | None:
    return parse_edtf(text).earliest.toordinal() if text else None


def due(demand: dict[str, Any]) -> str | None:
    timing = demand["timing"] or {}
    stated = timing.get("at") if timing.get("relation") == "by_date" else None
    found: str | None = (timing.get("resolved_on") or {}).get("date") or stated
    return found


async def test_due_dates(client: httpx.AsyncClient) -> None:
    demands = await whole(client, "demands", "&account=all")
    dated = [demand for demand in demands if due(demand)]
    assert len(dated) > 10 and len({due(demand) for demand in dated}) > 5
    assert set(await slugs(client, "demands?account=all&has=due")) == {demand["slug"] for demand in dated}
    for bound in ("2014", "2024-12-31", "2025-03-02", "2025-08", "2026"):
        span = parse_edtf(bound)
        later = {one["slug"] for one in dated if parse_edtf(due(one) or "").latest >= span.earliest}
        earlier = {one["slug"] for one in dated if parse_edtf(due(one) or "").earliest <= span.latest}
        assert set(await slugs(client, f"demands?account=all&due_from={bound}")) == later, bound
        assert set(await slugs(client, f"demands?account=all&due_to={bound}")) == earlier, bound
        assert (
            set(await slugs(client, f"demands?account=all&due_from={bound}&due_to={bound}&sort=due")) == later & earlier
        )


async def test_a_deadline_that_the_text_names_is_a_due_date(world_client: httpx.AsyncClient) -> None:
    times = [{"relation": "by_date", "at": "2025-06-XX"}, {"relation": "from_date", "at": "2025-06-02"}]
    for slug, timing in zip(("deadline", "beginning"), times, strict=True):
        body = {"slug": slug, "proposal": "plan", "account": "plan-text", "text": slug, "timing": timing}
        made = await world_client.post("/v1/demands", json=body)
        assert made.status_code == 201, made.text
    assert await slugs(world_client, "demands?account=all&due_from=2025-06-30&due_to=2025-07-02") == ["deadline"]
    assert await slugs(world_client, "demands?account=all&due_from=2025-07&due_to=2025-08") == []


async def test_durations(client: httpx.AsyncClient) -> None:
    talks = await whole(client, "talks")
    known = sorted({talk["duration_minutes"] for talk in talks if talk["duration_minutes"]})
    assert len(known) > 3
    for minutes in (0, known[0], known[len(known) // 2], known[-1] + 1):
        later = {one["slug"] for one in talks if one["duration_minutes"] and one["duration_minutes"] >= minutes}
        earlier = {one["slug"] for one in talks if one["duration_minutes"] and one["duration_minutes"] <= minutes}
        assert set(await slugs(client, f"talks?duration_minutes_from={minutes}")) == later
        assert set(await slugs(client, f"talks?duration_minutes_to={minutes}")) == earlier
    for wrong in ("-1", "1.5", "an hour", str(2**31)):
        got = await client.get("/v1/talks", params={"duration_minutes_from": wrong})
        assert [error["parameter"] for error in got.json()["errors"]] == ["duration_minutes_from"], wrong


@pytest.mark.parametrize(
    ("name", "sort", "value"),
    [
        ("demands", "due", lambda one: first_day(due(one))),
        ("talks", "duration_minutes", lambda one: one["duration_minutes"]),
        ("sources", "published", lambda one: first_day(one["published"])),
    ],
)
@pytest.mark.parametrize("size", [7, 500])
async def test_what_is_unknown_comes_last_and_pages_lose_nothing(
    client: httpx.AsyncClient, name: str, sort: str, value: Callable[[Any], int | None], size: int
) -> None:
    records = await whole(client, name)
    known = [one for one in records if value(one) is not None]
    unknown = [one for one in records if value(one) is None]
    assert known and unknown
    for sign in ("", "-"):
        back = bool(sign)
        expected = sorted(known, key=lambda one: (value(one), one["id"]), reverse=back)
        expected += sorted(unknown, key=lambda one: str(one["id"]), reverse=back)
        assert await paged(client, f"{name}?sort={sign}{sort}&limit={size}") == [one["slug"] for one in expected], sign
        # Up and down in one order: a page's end is then compared name by name.
        expected = sorted(records, key=lambda one: str(one["slug"]), reverse=not back)
        groups = sorted({number for one in known if (number := value(one)) is not None}, reverse=back)
        expected = [one for group in [*groups, None] for one in expected if value(one) == group]
        mixed = f"{name}?sort={sign}{sort},{'' if back else '-'}slug&limit={size}"
        assert await paged(client, mixed) == [one["slug"] for one in expected], sign


async def paged(client: httpx.AsyncClient, address: str) -> list[str]:
    """The slugs of all pages, one after the other."""
    seen: list[str] = []
    cursor = ""
    while True:
        got = await client.get(f"/v1/{address}&fields=slug{cursor}")
        assert got.status_code == 200, got.text
        seen += [row["slug"] for row in got.json()["data"]]
        if got.json()["page"]["next"] is None:
            return seen
        cursor = f"&cursor={got.json()['page']['next']}"


async def test_filters_that_lead_over_other_records(client: httpx.AsyncClient) -> None:
    sources = {one["slug"]: one for one in await whole(client, "sources")}
    citations = await whole(client, "citations")
    publishers = {one["publisher"] for one in sources.values() if one["publisher"]}
    for publisher in sorted(publishers)[::5]:
        expected = {one["slug"] for one in citations if sources[one["source"]["slug"]]["publisher"] == publisher}
        lines = (await client.get("/v1/citations", params={"publisher": publisher, "format": "ndjson"})).text
        assert {json.loads(line)["slug"] for line in lines.splitlines()} == expected
        page = (await client.get("/v1/citations", params={"publisher": publisher, "limit": "500"})).json()
        assert {row["slug"] for row in page["data"]} <= expected and len(page["data"]) == min(len(expected), 500)

    above = {one["code"]: one["broader"] and one["broader"]["code"] for one in await whole(client, "issues")}

    def lies_in(code: str | None, issue: str) -> bool:
        return code is not None and (code == issue or lies_in(above[code], issue))

    proposals = {one["slug"]: one for one in await whole(client, "proposals")}
    demands = await whole(client, "demands")
    for issue in ("TERR", "CEAS", "DETN", "CEAS.TRUCE"):
        expected = {
            proposals[one["proposal"]["slug"]]["talk"]["slug"]
            for one in demands
            if proposals[one["proposal"]["slug"]]["talk"] and any(lies_in(its["code"], issue) for its in one["issues"])
        }
        assert set(await slugs(client, f"talks?issue={issue}")) == expected
    assert await slugs(client, "talks?issue=CEAS")

    inside = {one["slug"]: one["part_of"] and one["part_of"]["slug"] for one in await whole(client, "places")}

    def is_within(slug: str | None, place: str) -> bool:
        return slug is not None and (slug == place or is_within(inside[slug], place))

    talks = {one["slug"]: one for one in await whole(client, "talks")}
    agreements = await whole(client, "agreements")
    for place in ("istanbul", "turkey", "havana", "geneva"):
        if place in inside:
            expected = {
                one["slug"]
                for one in agreements
                if one["talk"] and (where := talks[one["talk"]["slug"]]["place"]) and is_within(where["slug"], place)
            }
            assert set(await slugs(client, f"agreements?place={place}")) == expected, place
    assert await slugs(client, "agreements?place=istanbul")


async def test_the_basis_of_a_caveat(client: httpx.AsyncClient) -> None:
    found = 0
    for name in ("demands", "talks", "people", "proposals"):
        records = await whole(client, name)
        for basis in ("inferred", "url"):
            expected = {one["slug"] for one in records if any(its.get("basis") == basis for its in one["caveats"])}
            got = await client.get(f"/v1/{name}?caveat_basis={basis}&limit=0&count=exact&facets=caveat_basis")
            assert got.json()["page"]["count"]["value"] == len(expected)
            counted = {one["value"]: one["count"] for one in got.json()["facets"]["caveat_basis"]["values"]}
            assert counted.get(basis, 0) == len(expected)
            found += len(expected)
    assert found


async def test_ranges_end_on_days_and_find_what_is_open(world_client: httpx.AsyncClient) -> None:
    """Each range of each list: an open end is refused. A date `..` lies after every day; a record without one is in no range."""
    for collection in RESOURCES:
        fields = collection.read_spec.query.model_fields
        ranges = [name for name, _ in markers(collection.read_spec.query, (Ranged,))]
        for name in ranges:
            assert "`..`" in str(fields[name].description)
            for text in ("..", "2020/..", "../2020"):
                refused = await world_client.get(f"/v1/{collection.name}", params={name: text})
                assert refused.status_code == 422, (name, text)
                (error,) = refused.json()["errors"]
                assert error["parameter"] == name and "open end" in error["message"]
    for slug, start in (("open", {"start": ".."}), ("undated", {})):
        body = {"slug": slug, "process": "alba-boria", "title": slug, "kind": "round", **start}
        assert (await world_client.post("/v1/talks", json=body)).status_code == 201
    for query, is_found in (
        ("start_from=1900", True),
        ("start_from=9998", True),
        ("start_to=9998", False),
        ("start_from=2020&start_to=2020-06", False),
    ):
        found = await slugs(world_client, f"talks?{query}")
        assert ("open" in found) == is_found and "undated" not in found, query
