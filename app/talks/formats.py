"""Talks and processes in other formats: GeoJSON, calendars and feeds."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.db.vocabulary import PointPrecision
from app.reading.formats.calendar import CalendarEvent
from app.reading.formats.news import FeedEntry
from app.reading.markers import From
from app.schemas import descriptions as shared
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadline, deadline_events
from app.schemas.descriptions import as_instant
from app.schemas.refs import PartyRef, ProcessRef, RecordMention
from app.talks import descriptions
from app.talks.read_schemas import OutcomeView, ProcessSummary, TalkSummary

_CALENDAR_STATUS = {"announced": "TENTATIVE", "postponed": "CANCELLED", "cancelled": "CANCELLED"}


class TalkOnMap(TalkSummary):
    """A talk with the coordinates of its place."""

    lon: Annotated[float | None, From("place.lon")] = Field(
        description="The longitude of the place in degrees east (WGS 84); null = unknown.", examples=[28.9784]
    )
    lat: Annotated[float | None, From("place.lat")] = Field(
        description="The latitude of the place in degrees north (WGS 84); null = unknown.", examples=[41.0082]
    )
    precision: Annotated[PointPrecision | None, From("place.precision")] = Field(
        description="The precision of the point; null = not stated.", examples=["city"]
    )


class Venue(RecordMention):
    """The place of a talk, as shown in calendars."""

    name: str = Field(description="The name.", examples=["Istanbul"])
    lon: float | None = Field(description="The longitude in degrees east (WGS 84); null = unknown.", examples=[28.9784])
    lat: float | None = Field(description="The latitude in degrees north (WGS 84); null = unknown.", examples=[41.0082])


class Seat(RecordMention):
    """A party's delegation to a talk, as shown in calendars."""

    party: PartyRef = Field(
        description=descriptions.PARTY, examples=[{"slug": "russia", "name": "Russia", "kind": "state"}]
    )
    is_seated: bool = Field(description="Whether the delegation sat at the table.", examples=[True])


class TalkInCalendar(BaseModel):
    """Calendar events of a talk: the talk itself, and its deadlines."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description=shared.ID, examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description=shared.SLUG, examples=["istanbul-2025-06-02"])
    title: str = Field(description=descriptions.TITLE, examples=["Istanbul talks of 2 June 2025"])
    summary: str | None = Field(description=descriptions.SUMMARY, examples=["Russia handed over a memorandum."])
    kind: str | None = Field(description=descriptions.TALK_KIND, examples=["round"])
    process: ProcessRef = Field(
        description="The process that the talk belongs to.", examples=[{"slug": "russia-ukraine"}]
    )
    start: str | None = Field(description=shared.START, examples=["2025-06-02"])
    end: str | None = Field(description=descriptions.END, examples=["2025-06-02"])
    start_at: str | None = Field(description=as_instant("start"), examples=["1953-07-27T01:00:00+00:00"])
    end_at: str | None = Field(description=as_instant("end"), examples=["1998-04-10T16:36:00+00:00"])
    status: str | None = Field(description=descriptions.TALK_STATUS, examples=["held"])
    place: Venue | None = Field(description=descriptions.PLACE, examples=[{"name": "Istanbul"}])
    delegations: list[Seat] = Field(description=descriptions.DELEGATIONS, examples=[[{"is_seated": True}]])
    deadlines: list[Deadline] = Field(
        description=descriptions.DEADLINES, examples=[[{"on": "2015-06-30", "set_by": "p5-plus-1"}]]
    )
    updated_at: str = Field(description="The time of the last change (UTC).", examples=["2026-11-23T12:00:00+00:00"])

    @staticmethod
    def calendar_events(row: Mapping[str, Any]) -> Iterator[CalendarEvent]:
        place, status = row["place"] or {}, row["status"]
        seated = ", ".join(seat["party"]["name"] for seat in row["delegations"] if seat["is_seated"])
        known = place.get("lon") is not None and place.get("lat") is not None
        categories = (row["process"]["title"], row["kind"])
        yield CalendarEvent(
            f"{status.capitalize()}: {row['title']}" if status in ("postponed", "cancelled") else row["title"],
            row["start"],
            row["end"],
            start_at=row["start_at"],
            end_at=row["end_at"],
            text=(row["summary"], f"At the table: {seated}." if seated else None),
            status=_CALENDAR_STATUS.get(status, "CONFIRMED"),
            location=place.get("name"),
            point=(place["lon"], place["lat"]) if known else None,
            categories=categories,
        )
        yield from deadline_events(row["title"], row["deadlines"], categories)


class ProcessInCalendar(ProcessSummary):
    """Calendar events of a process: its outcomes without a talk, and its deadlines."""

    outcomes: list[OutcomeView] = Field(
        description=descriptions.PROCESS_OUTCOMES, examples=[[{"key": "vote", "kind": "vote", "on": "2019-01-15"}]]
    )
    deadlines: list[Deadline] = Field(description=descriptions.PROCESS_DEADLINES, examples=[DEADLINES_WRITTEN])

    @staticmethod
    def calendar_events(row: Mapping[str, Any]) -> Iterator[CalendarEvent]:
        categories = (row["title"], row["kind"])
        for outcome in row["outcomes"]:
            yield CalendarEvent(
                outcome["text"],
                outcome["on"],
                key=f"outcome-{outcome['key']}",
                text=(row["title"], f"By {outcome['party']['name']}." if outcome["party"] else None, outcome["note"]),
                categories=(*categories, outcome["kind"]),
            )
        yield from deadline_events(row["title"], row["deadlines"], categories)


class TalkAsNews(TalkSummary):
    """A talk as an entry of a feed."""

    summary: str | None = Field(description=descriptions.SUMMARY, examples=["Russia handed over a memorandum."])

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        place = row["place"]["name"] if row["place"] else None
        facts = "; ".join(part for part in (row["start"], place, row["status"]) if part)
        return FeedEntry(
            row["title"],
            text=" — ".join(part for part in (facts, row["summary"]) if part) or None,
            on=row["start"],
            categories=(row["process"]["title"], row["kind"]),
        )


class ProcessAsNews(ProcessSummary):
    """A process as an entry of a feed."""

    summary: str | None = Field(description=shared.SUMMARY, examples=["Talks to end the war since 2022."])

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        return FeedEntry(row["title"], text=row["summary"], categories=(row["kind"], row["status"]))


PROCESS_OFFERS: dict[str, type[BaseModel]] = {"event": ProcessInCalendar, "news": ProcessAsNews}
TALK_OFFERS: dict[str, type[BaseModel]] = {
    "point": TalkOnMap,
    "event": TalkInCalendar,
    "news": TalkAsNews,
}
