"""iCalendar (RFC 5545): the dates of records as all-day events, or at their time of day (UTC) if it is known.

A date is shown if it is known at least to the month. A date less precise than a day becomes an event over all possible
days, with a note. Dates that are known only to the year, or not at all, are omitted. If the end is unknown or still
open, the event covers only the first day, with a note. An event at a time of day has an end only if the time of its end
is known too; if only the day of the end is known and it is a later day, the event is an all-day event.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from icalendar import Calendar, Event, vUri

from app.db.dates import parse_edtf
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import RowBatch

#: The widest range of possible days that is shown: a month.
WIDEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event with a date."""

    title: str
    start: str | None
    end: str | None = None
    #: The instants of `start` and `end` (ISO 8601); None = unknown.
    start_at: str | None = None
    end_at: str | None = None
    #: Makes the event's UID unique if a record has several events; an empty string for the event of the record itself.
    key: str = ""
    #: Paragraphs of the description.
    text: tuple[str | None, ...] = ()
    #: CONFIRMED, TENTATIVE or CANCELLED.
    status: str = "CONFIRMED"
    location: str | None = None
    point: tuple[float, float] | None = None
    categories: tuple[str | None, ...] = ()


@runtime_checkable
class HasCalendarEvents(Protocol):
    """A schema whose rows have calendar events; a resource declares it as its offer `event`."""

    @staticmethod
    def calendar_events(row: Mapping[str, object]) -> Iterator[CalendarEvent]: ...


@dataclass(frozen=True, slots=True)
class EventDays:
    """The first and last day of an event, and a note about them."""

    first: date
    last: date
    note: str | None


def days_of(start: str | None, end: str | None) -> EventDays | None:
    """The days of an event from two EDTF dates; None if a calendar cannot show the event."""
    if start is None:
        return None
    begins = parse_edtf(start)
    if not isinstance(begins.earliest, date) or not isinstance(begins.latest, date):
        # iCalendar has no years before 1.
        return None
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
        if not isinstance(ends.latest, date) or ends.latest == date.max or ends.latest - ends.earliest >= WIDEST:
            notes.append(f"The end is known only as {end}.")
        elif ends.latest > last:
            last = ends.latest
            if ends.earliest != ends.latest:
                notes.append(f"The end is known only as {end}.")
    return EventDays(begins.earliest, last, " ".join(notes) or None)


def is_shown(event: CalendarEvent) -> bool:
    """Whether a calendar can show the event."""
    days = days_of(event.start, event.end)
    return days is not None and days.last != date.max


class CalendarWriter:
    """Writes the calendar properties, then the events of each row."""

    def __init__(self, context: AnswerContext) -> None:
        schema: Any = context.schema
        assert isinstance(schema, HasCalendarEvents), f"{context.schema.__name__} has no calendar events"
        self._sort_out = context
        self._events_of: Callable[[Mapping[str, Any]], Iterator[CalendarEvent]] = schema.calendar_events

    def head(self) -> bytes:
        context, calendar = self._sort_out, Calendar()
        calendar.add("PRODID", "-//Parley//Negotiation events//EN")
        calendar.add("VERSION", "2.0")
        calendar.add("CALSCALE", "GREGORIAN")
        calendar.add("NAME", context.title)
        calendar.add("X-WR-CALNAME", context.title)
        if context.about:
            calendar.add("DESCRIPTION", context.about)
            calendar.add("X-WR-CALDESC", context.about)
        calendar.add("LAST-MODIFIED", context.at.astimezone(UTC))
        calendar.add("SOURCE", vUri(context.address), parameters={"VALUE": "URI"})
        calendar.add("REFRESH-INTERVAL", timedelta(hours=12), parameters={"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", "PT12H")
        whole: bytes = calendar.to_ical(sorted=False)
        return whole.removesuffix(b"END:VCALENDAR\r\n")

    def rows(self, batch: RowBatch) -> bytes:
        return b"".join(
            event.to_ical(sorted=False)
            for row in batch.rows
            for declared in self._events_of(row)
            if (event := self._event(row, declared))
        )

    def tail(self) -> bytes:
        return b"END:VCALENDAR\r\n"

    def _event(self, row: Mapping[str, Any], declared: CalendarEvent) -> Event | None:
        days = days_of(declared.start, declared.end)
        if days is None or days.last == date.max:
            return None
        context, event = self._sort_out, Event()
        changed = datetime.fromisoformat(row["updated_at"]).astimezone(UTC)
        url, collection = context.record_url(row), context.collection_of(row)
        # The UID is made from the id of the record, because the id never changes.
        event.add("UID", f"{collection}/{row['id']}{f'/{declared.key}' if declared.key else ''}@parley")
        event.add("DTSTAMP", changed)
        event.add("LAST-MODIFIED", changed)
        _add_days(event, declared, days)
        event.add("SUMMARY", _clean(declared.title))
        event.add("STATUS", declared.status)
        # The event does not make the subscriber busy.
        event.add("TRANSP", "TRANSPARENT")
        event.add("DESCRIPTION", _clean("\n\n".join(part for part in (*declared.text, days.note, url) if part)))
        event.add("URL", vUri(url), parameters={"VALUE": "URI"})
        if declared.location:
            event.add("LOCATION", _clean(declared.location))
        if declared.point:
            lon, lat = declared.point
            event.add("GEO", (lat, lon))
        if categories := [_clean(word) for word in declared.categories if word]:
            event.add("CATEGORIES", categories)
        return event


def _add_days(event: Event, declared: CalendarEvent, days: EventDays) -> None:
    """Add the beginning and the end: instants if they are known, and days otherwise."""
    if declared.start_at is None or (declared.end_at is None and days.last > days.first):
        event.add("DTSTART", days.first)
        event.add("DTEND", days.last + timedelta(days=1))
        return
    event.add("DTSTART", datetime.fromisoformat(declared.start_at).astimezone(UTC))
    if declared.end_at is not None:
        event.add("DTEND", datetime.fromisoformat(declared.end_at).astimezone(UTC))


def _clean(text: str) -> str:
    """Return the text without control characters that RFC 5545 forbids, and with normalized line breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in text if sign in "\n\t" or (ord(sign) >= 32 and ord(sign) != 127))


ICS = Format(
    name="ics",
    media_type="text/calendar",
    suffix="ics",
    offer="event",
    about="iCalendar (RFC 5545) with all-day events, or events at the time of day if it is known, for subscriptions. A date that is known only to the month covers all"
    " possible days, with a note; less precise dates are omitted.",
    make=CalendarWriter,
    takes_selection=False,
)
