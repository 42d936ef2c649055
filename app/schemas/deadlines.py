"""Deadlines of processes, talks, proposals and agreements: write and read schemas, and the rules of a list of deadlines.

A deadline that was moved stays in the list; the deadline that took its place names it in `replaces`. The values are stored in a
JSON column of the owner, and `GET /v1/deadlines` reads those of all owners.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, model_validator

from app.db.dates import DatePrecision, parse_edtf
from app.db.instants import instant_of
from app.db.vocabulary import Confidence
from app.domain.keys import PartyKey
from app.domain.texts import Line, Prose, refusal
from app.domain.times import TimeOfDay, TimeZone
from app.domain.types import EdtfDate
from app.errors import quoted
from app.reading.date_bounds import Dated
from app.reading.formats.calendar import CalendarEvent
from app.schemas.validators import keyed
from app.schemas.values import Value

#: Examples of a list of deadlines in which one was moved, with only some of the fields.
DEADLINES_WRITTEN: Final[list[dict[str, Any]]] = [
    {"key": "first", "on": "2015-06-30", "set_by": "p5-plus-1", "note": "extended to 7 July"},
    {"key": "second", "on": "2015-07-07", "set_on": "2015-06-30", "replaces": "first"},
]


class DeadlineWrite(Value):
    """A deadline, who set it and when, and the deadline that it replaces."""

    key: Line | None = Field(
        default=None,
        description="The key that identifies the deadline within its owner. If omitted, it is generated from the day.",
        examples=["deadline-2015-06-30"],
    )
    on: EdtfDate = Field(description="The day of the deadline (EDTF).", examples=["2015-06-30"])
    time: TimeOfDay | None = Field(
        default=None,
        description="The time of day at which the deadline ends, `HH:MM` in `zone`; null = not stated.",
        examples=["23:59"],
    )
    zone: TimeZone | None = Field(
        default=None,
        description="The time zone of `time`: an IANA name, or an offset from UTC such as `+02:00`; null = no `time`.",
        examples=["Europe/Vienna", "+02:00"],
    )
    set_on: EdtfDate | None = Field(
        default=None,
        description="The day on which the deadline was set (EDTF); null = unknown.",
        examples=["2014-11-24"],
    )
    set_by: PartyKey | None = Field(
        default=None,
        description="The party that set the deadline: slug, id or `scheme:value`; null = unknown.",
        examples=["united-states"],
    )
    replaces: Line | None = Field(
        default=None,
        description="The key of the deadline in the same list that this deadline replaces; null = none.",
        examples=["deadline-2014-11-24"],
    )
    note: Prose | None = Field(
        default=None, description="A note on the deadline; null = none.", examples=["extended to 7 July"]
    )
    confidence: Confidence | None = Field(
        default=None, description="The confidence in the deadline; null = not assessed.", examples=["low"]
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.time is not None and self.zone is None:
            raise refusal("deadline", f"`time` ({self.time}) requires `zone`, such as Europe/Vienna or +02:00.")
        if self.zone is not None and self.time is None:
            raise refusal("deadline", f"`zone` ({self.zone}) requires `time`; give both or neither.")
        if self.time is not None and parse_edtf(self.on).precision != DatePrecision.DAY:
            raise refusal("deadline", f"`time` ({self.time}) requires a single day; `on` is {quoted(self.on)}.")
        if self.time is not None and self.zone is not None:
            try:
                instant_of(parse_edtf(self.on).earliest, self.time, self.zone)
            except ValueError as reason:
                raise refusal("deadline", f"`time`: {reason}.") from None
        if self.set_on is not None and parse_edtf(self.set_on).earliest > parse_edtf(self.on).latest:
            raise refusal(
                "deadline", f"`set_on` ({quoted(self.set_on)}) is after `on` ({quoted(self.on)}); swap or correct them."
            )
        return self


class Deadline(Dated, DeadlineWrite):
    """A deadline, who set it and when, and the deadline that it replaces."""

    key: str = Field(
        description="The key that identifies the deadline within its owner.", examples=["deadline-2015-06-30"]
    )


def _chained(rows: list[DeadlineWrite]) -> list[DeadlineWrite]:
    """Reject a deadline that replaces itself, an unknown deadline or a deadline that was set later, and reject
    cycles."""
    known = {str(row.key): row for row in rows}
    for position, row in enumerate(rows, 1):
        if row.replaces is None:
            continue
        place = f"Entry {position} ({quoted(row.key)})"
        before = known.get(row.replaces)
        if before is None:
            raise refusal(
                "deadline",
                f"{place} replaces {quoted(row.replaces)}, and no deadline has this key{_advice(row, known)}",
            )
        if before is row:
            raise refusal("deadline", f"{place} replaces itself; name the deadline that it moved, or use null.")
        if any(one is row for one in _replaced(before, known)):
            raise refusal(
                "deadline", f"{place} replaces {quoted(row.replaces)}, which replaces it in turn; correct one of them."
            )
        if row.set_on and before.set_on and parse_edtf(before.set_on).earliest > parse_edtf(row.set_on).latest:
            raise refusal(
                "deadline",
                f"{place} was set on {quoted(row.set_on)} and replaces {quoted(row.replaces)}, which was set later"
                f" ({quoted(before.set_on)}); correct a day, or swap them.",
            )
    return rows


def _advice(row: DeadlineWrite, known: Mapping[str, DeadlineWrite]) -> str:
    others = [key for key in known if key != row.key]
    return f"; the keys are {', '.join(others[:10])}." if others else "; the list has no other deadline."


def _replaced(row: DeadlineWrite, known: Mapping[str, DeadlineWrite]) -> Iterator[DeadlineWrite]:
    """Yield the deadline and the deadlines that it replaced, one after the other, each once."""
    seen: set[int] = set()
    following: DeadlineWrite | None = row
    while following is not None and id(following) not in seen:
        yield following
        seen.add(id(following))
        following = known.get(following.replaces or "")


# "deadline" before the day, because a key that consists only of digits (2025) would be treated as a position when it
# is cited.
Deadlines = Annotated[
    list[DeadlineWrite], keyed(lambda row: ["deadline", row.on], "deadline"), AfterValidator(_chained)
]
"""The deadlines of one owner."""


def instant_of_deadline(row: Mapping[str, Any]) -> datetime | None:
    """The instant of a deadline (UTC); None if it has no time, or a time that does not exist on its day."""
    if row.get("time") is None:
        return None
    try:
        return instant_of(parse_edtf(row["on"]).earliest, row["time"], row["zone"])
    except ValueError:
        return None


def deadline_events(
    title: str, deadlines: Sequence[Mapping[str, Any]], categories: Sequence[str | None]
) -> Iterator[CalendarEvent]:
    """The calendar events of the deadlines of a record."""
    moved = {row.get("replaces") for row in deadlines}
    for number, row in enumerate(deadlines, 1):
        time = f"Time: {row['time']} ({row['zone']})." if row.get("time") else None
        by = f"Set by: {row['set_by']}." if row.get("set_by") else None
        later = "Moved: another deadline replaces it." if row.get("key") in moved else None
        at = instant_of_deadline(row)
        yield CalendarEvent(
            f"Deadline: {title}",
            row["on"],
            start_at=at.isoformat() if at else None,
            key=f"deadline-{number}",
            text=(row.get("note"), time, by, later),
            categories=(*categories, "deadline"),
        )
