"""The rows of the timeline as events of a calendar and as entries of feeds."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from app.reading.formats.calendar import CalendarEvent
from app.reading.formats.news import FeedEntry, shorten_text

_STATUS = {"announced": "TENTATIVE", "postponed": "CANCELLED", "cancelled": "CANCELLED"}
_VERBS = {"proposal": "Proposal", "response": "Response", "assessment": "Assessment", "deadline": "Deadline"}


def _title(row: Mapping[str, Any]) -> str:
    words = row["title"] or row["text"] or _untitled(row)
    if row["type"] == "response" and row["text"] and not row["title"]:
        words = f"{_said(row)}: {words}"
    verb = _VERBS.get(row["type"])
    if row["status"] in ("postponed", "cancelled"):
        verb = row["status"].capitalize()
    return shorten_text(f"{verb}: {words}" if verb else words)


def _untitled(row: Mapping[str, Any]) -> str:
    """Words for a row without title and text, such as a response: who said what about which record."""
    said = _said(row)
    about = row["about"] and row["about"].partition("/")[2]
    return f"{said or row['record'].partition('/')[2]}{f' ({about})' if about else ''}"


def _said(row: Mapping[str, Any]) -> str:
    return ": ".join(filter(None, (", ".join(row["parties"]), str(row["kind"] or "").replace("_", " "))))


def _key(row: Mapping[str, Any]) -> str:
    """As in the calendars of proposals, where this event has the same UID."""
    return str(row["deadline"] or "").replace("answer_due", "answer-due")


def _facts(row: Mapping[str, Any]) -> str:
    until = f" to {row['until']}" if row["until"] not in (None, row["date"]) else ""
    date = f"{row['date'] or 'Date unknown'}{until}"
    return "; ".join(filter(None, (date, row["kind"], row["status"], ", ".join(row["parties"]))))


class TimelineEvents(BaseModel):
    """A row of the timeline as an event of a calendar, and as an entry of a feed."""

    @staticmethod
    def calendar_events(row: Mapping[str, Any]) -> Iterator[CalendarEvent]:
        yield CalendarEvent(
            _title(row),
            row["date"],
            row["until"],
            key=_key(row),
            text=(row["text"], _facts(row), f"About: {row['about']}." if row["about"] else None),
            status=_STATUS.get(row["status"], "CONFIRMED"),
            categories=(row["type"], row["kind"], row["process"]),
        )

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        return FeedEntry(
            _title(row),
            text=" — ".join(filter(None, (_facts(row), row["about"] and f"About: {row['about']}", row["text"]))),
            on=row["date"],
            categories=(row["type"], row["kind"], row["process"]),
            key=_key(row),
        )
