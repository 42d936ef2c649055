"""Proposals and agreements in other formats: calendars and feeds."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from app.domain.types import EdtfText, Instant
from app.proposals import descriptions
from app.proposals.agreement_read_schemas import AgreementSummary
from app.proposals.read_schemas import ProposalSummary
from app.reading.formats.calendar import CalendarEvent
from app.reading.formats.news import FeedEntry
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadline, deadline_events
from app.schemas.descriptions import as_instant

_DEADLINES = Field(description="The deadlines.", examples=[DEADLINES_WRITTEN])
_SUMMARY = Field(description="A summary; null = none.", examples=["Two frameworks for a ceasefire."])


def _names(parties: list[dict[str, Any]]) -> str:
    return ", ".join(party["name"] for party in parties)


class ProposalInCalendar(ProposalSummary):
    """Calendar events of a proposal: the day it was tabled, the day by which an answer was requested, and its deadlines."""

    summary: str | None = _SUMMARY
    tabled_at: Instant | None = Field(description=as_instant("tabled_on"), examples=["1939-09-03T08:00:00+00:00"])
    answer_due: EdtfText | None = Field(description=descriptions.ANSWER_DUE, examples=["2025-06-09"])
    deadlines: list[Deadline] = _DEADLINES

    @staticmethod
    def calendar_events(row: Mapping[str, Any]) -> Iterator[CalendarEvent]:
        sides = f"By {_names(row['authors']) or 'nobody named'}, to {_names(row['addressees']) or 'nobody named'}."
        categories = (row["process"]["title"], row["kind"])
        yield CalendarEvent(
            f"Tabled: {row['title']}",
            row["tabled_on"],
            start_at=row["tabled_at"],
            text=(row["summary"], sides),
            categories=categories,
        )
        yield CalendarEvent(
            f"Answer due: {row['title']}",
            row["answer_due"],
            key="answer-due",
            text=(sides,),
            categories=(*categories, "deadline"),
        )
        yield from deadline_events(row["title"], row["deadlines"], categories)


class AgreementInCalendar(AgreementSummary):
    """Calendar events of an agreement: the day it was reached, the day it entered into force, its last day and deadlines."""

    summary: str | None = _SUMMARY
    agreed_at: Instant | None = Field(description=as_instant("agreed_on"), examples=["1998-04-10T16:36:00+00:00"])
    in_force_at: Instant | None = Field(description=as_instant("in_force_on"), examples=["2020-01-31T23:00:00+00:00"])
    deadlines: list[Deadline] = _DEADLINES

    @staticmethod
    def calendar_events(row: Mapping[str, Any]) -> Iterator[CalendarEvent]:
        between = f"Between {_names(row['parties'])}." if row["parties"] else None
        categories = (row["process"]["title"], row["kind"])
        yield CalendarEvent(
            f"Agreed: {row['title']}",
            row["agreed_on"],
            start_at=row["agreed_at"],
            text=(row["summary"], between),
            categories=categories,
        )
        yield CalendarEvent(
            f"In force: {row['title']}",
            row["in_force_on"],
            start_at=row["in_force_at"],
            key="in-force",
            text=(between,),
            categories=categories,
        )
        yield CalendarEvent(
            f"Last day: {row['title']}",
            row["until"],
            key="until",
            text=(between,),
            categories=(*categories, "deadline"),
        )
        yield from deadline_events(row["title"], row["deadlines"], categories)


class ProposalAsNews(ProposalSummary):
    """A proposal as an entry of a feed."""

    summary: str | None = _SUMMARY

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        authors = _names(row["authors"])
        return FeedEntry(
            f"{authors}: {row['title']}" if authors else row["title"],
            text=row["summary"],
            on=row["tabled_on"] or row["published_on"],
            authors=tuple(party["name"] for party in row["authors"]),
            categories=(row["process"]["title"], row["kind"]),
        )


class AgreementAsNews(AgreementSummary):
    """An agreement as an entry of a feed."""

    summary: str | None = _SUMMARY

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        return FeedEntry(
            row["title"],
            text=row["summary"],
            on=row["agreed_on"] or row["announced_on"],
            authors=tuple(party["name"] for party in row["parties"]),
            categories=(row["process"]["title"], row["kind"], row["status"]),
        )


PROPOSAL_OFFERS: dict[str, type[BaseModel]] = {
    "event": ProposalInCalendar,
    "news": ProposalAsNews,
}
AGREEMENT_OFFERS: dict[str, type[BaseModel]] = {
    "event": AgreementInCalendar,
    "news": AgreementAsNews,
}
