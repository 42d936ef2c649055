"""iCalendar (RFC 5545): the dated happenings of records, as all-day events.

A date is shown if it is known to the month at least: a day as that day, a vaguer one as an event over all days on which
it may have been, with a note that says so. What is known to the year only, or not at all, is left out: a calendar has
no place for it. An end that is unknown or still open makes an event of the first day alone, with a note.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from icalendar import Calendar, Event, vUri

from app.db.dates import parse_edtf
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import Batch

#: The widest range of days that is still shown: a month.
WIDEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Something that has a date, as a calendar shows it."""

    title: str
    start: str | None
    end: str | None = None
    #: Tells it from the record's other happenings; empty for the record itself.
    key: str = ""
    #: Paragraphs.
    text: tuple[str | None, ...] = ()
    #: CONFIRMED, TENTATIVE or CANCELLED.
    status: str = "CONFIRMED"
    location: str | None = None
    point: tuple[float, float] | None = None
    categories: tuple[str | None, ...] = ()


@runtime_checkable
class HasCalendarEvents(Protocol):
    """A schema whose rows have happenings; declared by a room as the form `ics` of a collection."""

    @staticmethod
    def calendar_events(row: Mapping[str, Any]) -> Iterator[CalendarEvent]: ...


@dataclass(frozen=True, slots=True)
class EventDays:
    """The days of an event, both included, and what is to be said of them."""

    first: date
    last: date
    note: str | None


def days_of(start: str | None, end: str | None) -> EventDays | None:
    """The days that an event covers; None where a calendar cannot show it."""
    if start is None:
        return None
    begins = parse_edtf(start)
    if begins.latest - begins.earliest >= WIDEST or begins.latest == date.max:
        return None
    notes: list[str] = []
    if begins.earliest != begins.latest or not start.replace("-", "").isdecimal():
        notes.append(f"Known only as {start}.")
    last = begins.latest
    if end == "..":
        notes.append("Still going on.")
    elif end is not None:
        ends = parse_edtf(end)
        if ends.latest == date.max or ends.latest - ends.earliest >= WIDEST:
            notes.append(f"The end is known only as {end}.")
        elif ends.latest > last:
            last = ends.latest
            if ends.earliest != ends.latest:
                notes.append(f"The end is known only as {end}.")
    return EventDays(begins.earliest, last, " ".join(notes) or None)


class CalendarWriter:
    def __init__(self, context: AnswerContext) -> None:
        schema: Any = context.schema
        assert isinstance(schema, HasCalendarEvents), f"{context.schema.__name__} has no happenings"
        self._sort_out = context
        self._events_of: Callable[[Mapping[str, Any]], Iterator[CalendarEvent]] = schema.calendar_events

    def head(self) -> bytes:
        context, calendar = self._sort_out, Calendar()
        calendar.add("PRODID", "-//Parley//Negotiation events//EN")
        calendar.add("VERSION", "2.0")
        calendar.add("CALSCALE", "GREGORIAN")
        calendar.add("NAME", context.title)
        calendar.add("X-WR-CALNAME", context.title)
        calendar.add("LAST-MODIFIED", context.at.astimezone(UTC))
        calendar.add("SOURCE", vUri(context.address), parameters={"VALUE": "URI"})
        calendar.add("REFRESH-INTERVAL", timedelta(hours=12), parameters={"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", "PT12H")
        whole: bytes = calendar.to_ical(sorted=False)
        return whole.removesuffix(b"END:VCALENDAR\r\n")

    def rows(self, batch: Batch) -> bytes:
        return b"".join(
            event.to_ical(sorted=False)
            for row in batch.rows
            for event_of_row in self._events_of(row)
            if (event := self._event(row, event_of_row))
        )

    def tail(self) -> bytes:
        return b"END:VCALENDAR\r\n"

    def _event(self, row: Mapping[str, Any], event_of_row: CalendarEvent) -> Event | None:
        days = days_of(event_of_row.start, event_of_row.end)
        if days is None or days.last == date.max:
            return None
        context, event = self._sort_out, Event()
        changed = datetime.fromisoformat(row["updated_at"]).astimezone(UTC)
        url = f"{context.base}/v1/{context.collection}/{row['slug']}"
        # By the id, which stays when a slug is changed.
        event.add("UID", f"{context.collection}/{row['id']}{f'/{event_of_row.key}' if event_of_row.key else ''}@parley")
        event.add("DTSTAMP", changed)
        event.add("LAST-MODIFIED", changed)
        event.add("DTSTART", days.first)
        event.add("DTEND", days.last + timedelta(days=1))
        event.add("SUMMARY", _clean(event_of_row.title))
        event.add("STATUS", event_of_row.status)
        # It is news, not an appointment of the reader's.
        event.add("TRANSP", "TRANSPARENT")
        event.add("DESCRIPTION", _clean("\n\n".join(part for part in (*event_of_row.text, days.note, url) if part)))
        event.add("URL", vUri(url), parameters={"VALUE": "URI"})
        if event_of_row.location:
            event.add("LOCATION", _clean(event_of_row.location))
        if event_of_row.point:
            lon, lat = event_of_row.point
            event.add("GEO", (lat, lon))
        if categories := [_clean(word) for word in event_of_row.categories if word]:
            event.add("CATEGORIES", categories)
        return event


def _clean(text: str) -> str:
    """Without the control characters that RFC 5545 forbids; all line breaks alike."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in text if sign in "\n\t" or (ord(sign) >= 32 and ord(sign) != 127))


ICS = Format(
    name="ics",
    media_type="text/calendar",
    suffix="ics",
    offer="event",
    about="iCalendar (RFC 5545), to subscribe to: all-day events. A date that is known to the month at least is shown,"
    " over all days on which it may have been, and the event says so; a vaguer one is left out.",
    make=CalendarWriter,
    takes_selection=False,
)
