"""iCalendar: what has a day is an all-day event; what has none is left out."""

from datetime import date, timedelta

import httpx
import pytest
from icalendar import Calendar, vGeo

from app.db.dates import parse_edtf
from app.reading.formats.calendar import EventDays, days_of


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-06-02", None, EventDays(date(2025, 6, 2), date(2025, 6, 2), None)),
        ("2025-06-02", "2025-06-03", EventDays(date(2025, 6, 2), date(2025, 6, 3), None)),
        ("2025-06-02~", None, EventDays(date(2025, 6, 2), date(2025, 6, 2), "Known only as 2025-06-02~.")),
        ("2018-01", None, EventDays(date(2018, 1, 1), date(2018, 1, 31), "Known only as 2018-01.")),
        ("2025-06-02", "..", EventDays(date(2025, 6, 2), date(2025, 6, 2), "Still going on.")),
        ("2025-06-02", "2026", EventDays(date(2025, 6, 2), date(2025, 6, 2), "The end is known only as 2026.")),
        ("2025-06-02", "2025-07", EventDays(date(2025, 6, 2), date(2025, 7, 31), "The end is known only as 2025-07.")),
        ("2018", None, None),
        ("2018-21", None, None),
        ("..", None, None),
        ("../2025-06-02", None, None),
        ("9999-12-31", None, None),
        (None, "2025-06-02", None),
    ],
)
def test_a_date_is_shown_if_it_is_known_to_the_month(
    start: str | None, end: str | None, expected: EventDays | None
) -> None:
    assert days_of(start, end) == expected


async def test_each_talk_with_a_day_is_an_event(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/talks?format=ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = Calendar.from_ical(answer.content)
    assert not calendar.errors
    assert calendar["X-WR-CALNAME"] == calendar["NAME"]
    events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
    talks = (await client.get("/v1/talks?limit=500")).json()["data"]
    shown = 0
    for talk in talks:
        event = events.get(f"talks/{talk['id']}@parley")
        assert (event is not None) == (days_of(talk["start"], talk["end"]) is not None)
        if event is None:
            continue
        shown += 1
        assert event.decoded("DTSTART") == parse_edtf(talk["start"]).earliest
        assert event.decoded("DTEND") > event.decoded("DTSTART")
        assert str(event["URL"]) == f"http://parley.test/v1/talks/{talk['slug']}"
        assert talk["title"] in str(event["SUMMARY"])
        assert event["STATUS"] == ("CANCELLED" if talk["status"] in ("cancelled", "postponed") else "CONFIRMED")
    assert shown > 10


async def test_a_talk_has_its_place_its_parties_and_its_deadlines(client: httpx.AsyncClient) -> None:
    calendar = Calendar.from_ical((await client.get("/v1/talks?format=ics")).content)
    (event,) = [one for one in calendar.walk("VEVENT") if str(one["URL"]).endswith("/talks/istanbul-2025-06-02")]
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(days=1)
    assert "Istanbul" in str(event["LOCATION"])
    assert "Russia" in str(event["DESCRIPTION"]) and "Ukraine" in str(event["DESCRIPTION"])
    point = event["GEO"]
    assert isinstance(point, vGeo) and round(point.latitude) == 41
    assert [one for one in calendar.walk("VEVENT") if str(one["SUMMARY"]).startswith("Deadline: ")]


@pytest.mark.parametrize(("name", "dated"), [("proposals", "tabled_on"), ("agreements", "agreed_on")])
async def test_proposals_and_agreements_have_calendars(client: httpx.AsyncClient, name: str, dated: str) -> None:
    calendar = Calendar.from_ical((await client.get(f"/v1/{name}?format=ics")).content)
    events = {str(event["UID"]) for event in calendar.walk("VEVENT")}
    rows = (await client.get(f"/v1/{name}?limit=500")).json()["data"]
    expected = {f"{name}/{row['id']}@parley" for row in rows if days_of(row[dated], None)}
    assert expected
    assert expected == {uid for uid in events if uid.count("/") == 1}


async def test_what_has_no_calendar_says_which_forms_there_are(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/people?format=ics")
    assert answer.status_code == 422
    assert "csv" in answer.json()["errors"][0]["hint"]
