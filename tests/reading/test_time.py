"""Times of day and years before the common era: instants, the order of lists and cursors, formats, and what is refused."""

import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pyarrow
import pyarrow.parquet
import pytest

from app.db.dates import parse_edtf
from app.db.days import day_from_ordinal
from app.db.instants import instant_of
from tests.conftest import Server, Templates
from tests.ingest.test_dossier_export import carried, empty_ledger

MADE_UP = Path(__file__).parents[1] / "material" / "any_negotiation" / "time.json"
PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture(scope="module")
async def made_up(server: Server, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    """A ledger with the made-up dossier, and a key to write."""
    async with empty_ledger(server, templates) as client:
        got = await client.post(
            "/v1/dossiers", content=MADE_UP.read_bytes(), headers={"Content-Type": "application/json"}
        )
        assert got.status_code == 200, got.text
        yield client


async def read(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    got = await client.get(f"/v1/{address}")
    assert got.status_code == 200, got.text
    return dict(got.json())


async def errors(client: httpx.AsyncClient, address: str, **fields: Any) -> dict[str, str]:
    got = await client.patch(f"/v1/{address}", content=json.dumps(fields), headers=PATCH)
    assert got.status_code == 422, got.text
    return {error["pointer"]: error["message"] for error in got.json()["errors"]}


async def test_an_exit_at_an_hour_is_an_instant(made_up: httpx.AsyncClient) -> None:
    row = await read(made_up, "agreements/marland-exit-hours")
    assert (row["in_force_time"], row["in_force_zone"], row["in_force_at"], row["agreed_at"]) == (
        "23:00",
        "Europe/London",
        "2020-01-31T23:00:00+00:00",
        None,
    )
    there = datetime.fromisoformat(row["in_force_at"]).astimezone(ZoneInfo("Europe/Brussels"))
    assert there.isoformat() == "2020-02-01T00:00:00+01:00"


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_a_day_is_listed_as_it_happened_on_pages_of_any_size(made_up: httpx.AsyncClient, limit: int) -> None:
    lists = (
        ("talks?process=marland-hours&sort=start",
         ["night-unknown-1", "night-unknown-2", "night-morning", "night-half", "night-evening"]),
        ("talks?process=river-peace&sort=start",
         ["river-before", "river-either", "river-meeting", "river-both", "river-year-0", "river-later"]),
        ("proposals?process=rail-strike&sort=tabled_on", ["strike-offer-1", "strike-offer-2", "strike-offer-3"]),
        ("responses?responder=rail-union&sort=said_on", ["strike-afternoon", "strike-evening"]),
        ("responses?responder.members=rail-union&sort=said_on", ["strike-afternoon", "strike-evening"]),
        ("agreements?sort=agreed_on", ["river-oath", "river-truce-1700", "marland-exit-hours", "strike-end"]),
    )  # fmt: skip
    for address, expected in lists:
        name, _, sort = address.partition("sort=")
        for query, order in ((address, expected), (f"{name}sort=-{sort}", expected[::-1])):
            found: list[str] = []
            cursor = ""
            while True:
                page = await read(made_up, f"{query}&fields=slug&limit={limit}{cursor}")
                found += [row["slug"] for row in page["data"]]
                if page["page"]["next"] is None:
                    break
                cursor = f"&cursor={page['page']['next']}"
            assert found == order, query


async def test_nested_lists_and_snapshots_have_the_same_order(made_up: httpx.AsyncClient) -> None:
    process = await read(made_up, "processes/marland-hours?include=talks&fields=talks.slug")
    expected = ["night-unknown-1", "night-unknown-2", "night-morning", "night-half", "night-evening"]
    assert [talk["slug"] for talk in process["talks"]] == expected
    past = await read(made_up, "talks?process=marland-hours&sort=start&fields=slug&as_of=1")
    assert [talk["slug"] for talk in past["data"]] == expected


async def test_a_position_that_the_query_names_replaces_the_order_of_the_day(made_up: httpx.AsyncClient) -> None:
    got = await read(made_up, "responses?responder=rail-union&sort=-said_on,position&fields=slug")
    assert {row["slug"] for row in got["data"]} == {"strike-afternoon", "strike-evening"}


async def test_a_calendar_shows_the_hour(made_up: httpx.AsyncClient) -> None:
    calendar = (await made_up.get("/v1/talks?format=ics")).text
    evening = next(part for part in calendar.split("BEGIN:VEVENT") if "Evening session" in part)
    assert "DTSTART:20200130T170000Z\r\nDTEND:20200131T001530Z" in evening
    unknown = next(part for part in calendar.split("BEGIN:VEVENT") if "First meeting" in part)
    assert "DTSTART;VALUE=DATE:20200130\r\nDTEND;VALUE=DATE:20200131" in unknown
    exits = (await made_up.get("/v1/agreements?format=ics")).text
    assert "DTSTART:20200131T230000Z" in exits


async def test_a_dossier_carries_the_hours(made_up: httpx.AsyncClient, server: Server, templates: Templates) -> None:
    async with empty_ledger(server, templates) as there:
        assert b"1700-02-29" in await carried(made_up, there, "river-peace")
        dossier = json.loads(await carried(made_up, there, "marland-hours"))
    talks = {talk["slug"]: talk for talk in dossier["records"]["talks"]}
    assert (talks["night-evening"]["end_time"], talks["night-evening"]["zone"]) == ("01:15:30", "Europe/Brussels")
    assert talks["night-unknown-2"]["order_in_day"] == 2


async def test_a_julian_day_is_kept_beside_the_gregorian_day(made_up: httpx.AsyncClient) -> None:
    row = await read(made_up, "agreements/river-truce-1700")
    assert (row["agreed_on"], row["in_force_on"]) == ("1700-03-11", None)
    assert row["dates_as_written"] == [
        {"field": "agreed_on", "text": "1700-02-29", "calendar": "julian", "computed": "1700-03-11"},
        {"field": "in_force_on", "text": "Lady Day in the year 1700", "calendar": "julian"},
    ]
    table = await made_up.get("/v1/agreements?rows=date_as_written&format=csv")
    assert "agreed_on,1700-02-29,julian,1700-03-11" in table.text
    for text, field, reason in (
        ("1700-02-29", "1700-02-28", "is 1700-03-11 in the Gregorian calendar, but `agreed_on` is '1700-02-28'"),
        ("1701-02-29", None, "'1701-02-29' is not a Julian day: there is no day 29 in 1701-02 of the Julian calendar"),
    ):
        written = [{"field": "agreed_on", "text": text, "calendar": "julian"}]
        got = await errors(made_up, "agreements/river-truce-1700", agreed_on=field, dates_as_written=written)
        assert reason in got["/dates_as_written"]
    got = await errors(made_up, "talks/night-morning", dates_as_written=[{"field": "title", "text": "once"}])
    assert "'title' is not a date of this record" in got["/dates_as_written"]


async def test_what_is_refused_names_the_field_and_the_way_out(made_up: httpx.AsyncClient) -> None:
    agreement, talk = "agreements/strike-end", "talks/night-morning"
    # Hours without a zone: both are reported at once.
    found = await errors(made_up, agreement, agreed_zone=None, in_force_on="2021-04-01", in_force_time="23:00")
    assert found == {
        "/agreed_zone": "`agreed_time` (03:30) requires `agreed_zone`, such as Europe/London or +01:00.",
        "/in_force_zone": "`in_force_time` (23:00) requires `in_force_zone`, such as Europe/London or +01:00.",
    }
    for fields, pointer, message in (
        ({"start_time": None}, "/zone", "`zone` (Europe/London) requires `start_time` or `end_time`; give both or neither."),
        ({"start": "2020-01"}, "/start_time", "requires a single day of the year 1 or later in `start`, such as 2020-01-31; `start` is '2020-01'"),
        ({"start": None}, "/start_time", "`start` is `null`"),
        ({"start": "-0043-03-15"}, "/start_time", "`start` is '-0043-03-15'"),
        ({"start": "[2020-01-30,2020-01-31]"}, "/start_time", "`start` is '[2020-01-30,2020-01-31]'"),
        ({"start_time": "25:00"}, "/start_time", "'25:00' is not a time of day"),
        ({"zone": "London"}, "/zone", "'London' is not a time zone"),
        ({"zone": "localtime"}, "/zone", "'localtime' is not a time zone"),
        ({"start": "2020-03-29", "start_time": "01:30"}, "/zone",
         "`start_time`: 01:30 does not exist on 2020-03-29 in 'Europe/London', where clocks were set forward"),
        ({"end": "2020-01-30", "end_time": "06:00"}, "/zone", "`end` (2020-01-30 06:00) is before `start` (2020-01-30 06:30)"),
        ({"start": "0001-01-01", "start_time": "00:10", "zone": "+14:00"}, "/zone", "outside the years 1 to 9999"),
    ):  # fmt: skip
        got = await errors(made_up, talk, **fields)
        assert list(got) == [pointer], (fields, got)
        assert message in got[pointer]


async def test_a_merge_copies_a_time_only_with_its_day(made_up: httpx.AsyncClient) -> None:
    noon = {"agreed_time": "12:00", "agreed_zone": "UTC"}
    for slug, fields in (
        ("noon-2", {"agreed_on": "2019-02-02", **noon}),
        ("same-day", {"agreed_on": "2019-02-02"}),
        ("noon-5", {"agreed_on": "2019-02-05", **noon}),
        ("other-day", {"agreed_on": "2019-02-03"}),
    ):
        body = {"slug": slug, "process": "marland-hours", "title": slug, "kind": "other", **fields}
        assert (await made_up.post("/v1/agreements", json=body)).status_code == 201
    for duplicate, into, expected in (
        ("noon-2", "same-day", "2019-02-02T12:00:00+00:00"),
        ("noon-5", "other-day", None),
    ):
        got = await made_up.post(f"/v1/agreements/{duplicate}/merge", json={"into": into})
        assert got.status_code == 200, got.text
        row = await read(made_up, f"agreements/{into}")
        assert (row["agreed_at"], row["agreed_time"] and "12:00") == (expected, expected and "12:00")


async def test_no_read_fails_before_the_year_1_and_all_write_iso_8601(made_up: httpx.AsyncClient) -> None:
    for name in ("talks", "proposals", "demands", "responses", "agreements", "sources", "processes", "deadlines"):
        formats = (
            ["json", "csv", "parquet"]
            if name == "deadlines"
            else ["json", "csv", "ndjson", "jsonld", "parquet", "rss", "atom"]
        )
        for form in formats:
            got = await made_up.get(
                f"/v1/{name}?format={form}{'' if name == 'deadlines' else '&fields=*' * (form not in ('rss', 'atom'))}"
            )
            assert got.status_code == 200, (name, form, got.text)
            assert b" BC" not in got.content and (form != "json" or b'"-04' in got.content), (name, form)
    for address in (
        "search?q=toll", "demands/river-plan-1/similar", "processes/river-peace?include=talks,proposals,agreements", "changes",
        "talks/river-meeting/history", "talks?format=ics&process=river-peace", "agreements?format=ics&process=river-peace",
        "sources?format=csljson", "sources?format=bibtex", "sources?format=ris", "talks?known_by=2025", "deadlines?limit=1",
    ):  # fmt: skip
        got = await made_up.get(f"/v1/{address}")
        assert got.status_code == 200 and b" BC" not in got.content, (address, got.text)
    events = await made_up.get("/v1/talks?format=ics&process=river-peace")
    assert "BEGIN:VEVENT" not in events.text
    table = pyarrow.parquet.read_table(io.BytesIO((await made_up.get("/v1/talks?format=parquet")).content))
    days = table.column("start_min").cast(pyarrow.int32()).to_pylist()
    for slug, number in zip(table.column("slug").to_pylist(), days, strict=True):
        if slug == "river-meeting":
            assert day_from_ordinal(number + date(1970, 1, 1).toordinal()).isoformat() == "-0420-03-15"


async def test_derived_days_before_the_year_1(made_up: httpx.AsyncClient) -> None:
    standing = (await read(made_up, "agreements/river-oath"))["standing"]
    assert (standing["rule_met_on"], standing["computed_in_force_on"], standing["in_force_on_max"]) == (
        "-0420-04-12", "-0420-05-12", "-0420-05-12",
    )  # fmt: skip
    state = (await read(made_up, "demands/river-plan-1"))["state"]
    assert (state["word"], state["answers"][0]["said_on_min"], state["closed"]["on"]) == (
        "accepted", "-0420-03-20", "-0419-01-01",
    )  # fmt: skip
    years = (await read(made_up, "talks?process=river-peace&facets=year&limit=0"))["facets"]["year"]["values"]
    assert {one["value"] for one in years} == {None, -421, -420, -1, 0, 3}
    for of, found in (("talks", {None, "-421", "-420", "-1", "0", "3"}), ("agreements", None)):
        cells = (await read(made_up, f"reports/counts?of={of}&by=year&process=river-peace"))["data"]
        assert found in (None, {cell["first"]["value"] for cell in cells}) and cells
        for cell in (one for one in cells if one["first"]["value"] is not None):
            listed = (await read(made_up, f"{cell['url'].removeprefix('/v1/')}&count=exact"))["page"]["count"]["value"]
            assert listed >= cell["count"] > 0, cell
    members = await read(made_up, "demands?claimant.members=river-league&fields=slug")
    assert [row["slug"] for row in members["data"]] == ["river-plan-1"]
    deadlines = (await read(made_up, "deadlines?process=river-peace"))["data"]
    assert [(row["on_min"], row["counts_from"]) for row in deadlines] == [
        ("-0425-08-01", "-0425-12-31"), ("-0424-01-01", "-0425-12-31"),
    ]  # fmt: skip


async def test_ranges_before_the_year_1_find_what_may_lie_in_them(made_up: httpx.AsyncClient) -> None:
    """Compared with the ranges that the texts say."""
    talks = (await read(made_up, "talks?limit=100&fields=slug,start"))["data"]
    for first, last in (
        ("-0500", "-0431"), ("-0430", "-0421"), ("-0420-03", "-0420-03"), ("-0419", "-0002"), ("0000", "0002"), ("0004", "2025")
    ):  # fmt: skip
        low, high = parse_edtf(first).earliest, parse_edtf(last).latest
        expected = {
            row["slug"]
            for row in talks
            if parse_edtf(row["start"]).earliest <= high and parse_edtf(row["start"]).latest >= low
        }
        got = await read(made_up, f"talks?start_from={first}&start_to={last}&limit=100&fields=slug")
        assert expected and {row["slug"] for row in got["data"]} == expected, (first, last)
    for query, reason in (
        ("talks?start_from=-4713", "years are -4712 to 9999"),
        ("talks?start_from=[1814,1815]", "is a set of dates and cannot begin or end a range"),
        ("talks?known_by=-0400", "Years are 0001 to 9999"),
        ("demands?state_on=0000", "Years are 0001 to 9999"),
    ):
        refused = await made_up.get(f"/v1/{query}")
        assert refused.status_code == 422 and reason in refused.text


def test_an_instant_is_the_first_minute_that_shows_the_time() -> None:
    """Compared with a search through all minutes of UTC around the day."""
    for zone in ("Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"):
        for day in (datetime(2011, 12, 29), datetime(2020, 3, 29), datetime(2020, 10, 25), datetime(2021, 4, 4)):
            shown: dict[str, datetime] = {}
            minute = day.replace(tzinfo=UTC) - timedelta(hours=15)
            for _ in range(60 * 54):
                local = minute.astimezone(ZoneInfo(zone))
                if local.date() == day.date():
                    shown.setdefault(f"{local:%H:%M}", minute)
                minute += timedelta(minutes=1)
            for clock in (f"{hour:02}:{part:02}" for hour in range(24) for part in (0, 15, 30, 59)):
                if clock in shown:
                    assert instant_of(day.date(), clock, zone) == shown[clock], (zone, day, clock)
                else:
                    with pytest.raises(ValueError, match="does not exist"):
                        instant_of(day.date(), clock, zone)


async def test_reports_before_the_year_1(made_up: httpx.AsyncClient) -> None:
    issue = {"code": "TOLL", "slug": "toll", "label": "Tolls", "definition": "Tolls of boats"}
    assert (await made_up.post("/v1/issues", json=issue)).status_code == 201
    patch = {"Content-Type": "application/merge-patch+json"}
    patched = await made_up.patch("/v1/demands/river-plan-1", json={"issues": ["TOLL"]}, headers=patch)
    assert patched.status_code == 200, patched.text
    steps = (await read(made_up, "reports/evolution?process=river-peace&issue=TOLL"))["data"]
    assert [(step["kind"], step["on"], step["on_min"], step["on_max"]) for step in steps] == [
        ("text", "-0420-03-15", "-0420-03-15", "-0420-03-15"), ("answer", "-0420-03-20", "-0420-03-20", "-0420-03-20"),
        ("closed", "-0419-01-01", None, "-0419-01-01"),
    ]  # fmt: skip
    for report in (
        "positions",
        "positions?slice=proposal",
        "positions?slice=year",
        "due-dates",
        "response-times",
        "conflicts",
    ):
        separator = "&" if "?" in report else "?"
        assert "data" in await read(made_up, f"reports/{report}{separator}process=river-peace")
    for report in (
        "unanswered?ended=true",
        "silences",
        "continuity?series=all",
        "co-presence",
        "timeline",
        "gaps",
        "concessions",
        "network",
    ):
        assert "data" in await read(made_up, f"processes/river-peace/{report}")
