"""Due dates as events of a calendar and as entries of feeds."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from app.reading.formats.calendar import CalendarEvent
from app.reading.formats.news import FeedEntry, shorten_text

_WORDS = {
    "cannot_be_computed": "Due day unknown",
    "pending": "Due",
    "met": "Met",
    "overdue": "Overdue",
    "passed": "Due day passed",
}
_MEANINGS = {"start": " (begins)", "end": " (ends)"}


def _key(row: Mapping[str, Any]) -> str:
    """As in the calendars of proposals, where the event of a requested answer has the same UID."""
    return {"answer": "answer-due", "demand": "due"}.get(row["type"]) or str(row["deadline"])


def _due(row: Mapping[str, Any]) -> str | None:
    """The due day (EDTF); an interval if it is uncertain, with an open end if it has none."""
    if row["due_min"] is None or row["due_min"] == row["due_max"]:
        return None if row["due_min"] is None else str(row["due_min"])
    return f"{row['due_min']}/{row['due_max'] or '..'}"


def _facts(row: Mapping[str, Any]) -> str:
    due = f"Due: {_due(row)}{_MEANINGS.get(row['meaning'], '')}." if row["due_min"] else f"No due day: {row['reason']}."
    parts = [due]
    parts += ["This day depends on an assumption."] if row["is_assumed"] else []
    parts += [f"Status: {row['status'].replace('_', ' ')}."]
    parts += [f"Addressees: {', '.join(row['addressees'])}."] if row["addressees"] else []
    parts += [f"Still to answer: {', '.join(row['owing'])}."] if row["owing"] else []
    parts += [f"Counted from: {row['trigger_text']}."] if row["trigger_text"] else []
    return " ".join(parts)


class DueDateEvents(BaseModel):
    """A due date as an event of a calendar, and as an entry of a feed."""

    @staticmethod
    def calendar_events(row: Mapping[str, Any]) -> Iterator[CalendarEvent]:
        is_open = row["due_min"] is not None and row["due_max"] is None
        yield CalendarEvent(
            shorten_text(f"{_WORDS[row['status']]}: {row['title']}"),
            # What is due on a day or later is shown on the first day, with the note that it has no last day.
            row["due_min"] if is_open else _due(row),
            key=_key(row),
            text=(row["title"], _facts(row), "The due day may be later; no last day is known." if is_open else None),
            status="TENTATIVE" if row["is_assumed"] else "CONFIRMED",
            categories=(row["type"], row["status"], row["process"]),
        )

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        """A new status is a new entry, so that a subscriber sees that a day has passed."""
        return FeedEntry(
            shorten_text(f"{_WORDS[row['status']]}: {row['title']}"),
            text=_facts(row),
            # The due day is no day of publication: feed readers hide entries with a day to come.
            on=None,
            categories=(row["type"], row["status"], row["process"]),
            key=f"{_key(row)} {row['status']}",
        )
