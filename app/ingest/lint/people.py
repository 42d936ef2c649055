"""Lint rules for people over time: two holders of one post, a person in two delegations, sittings outside their talk."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.db.dates import parse_edtf
from app.db.days import Day
from app.db.periods import Period
from app.errors import quoted
from app.ingest.lint.rule import Finding, RecordRule, RuleContext
from app.writing.intents import Intent

#: Maximum number of posts and of seats in one file that are compared with later ones.
_MOST_COMPARED = 100_000


def _shared_post(intent: Intent, context: RuleContext) -> Iterator[Finding]:
    if intent.collection != "people":
        return
    person = str(intent.body.get("slug") or intent.body.get("name"))
    for place, post in enumerate(_objects(intent.body.get("posts"))):
        if not isinstance(post.get("title"), str) or (period := _period_of_post(post)) is None:
            continue
        named = (" ".join(post["title"].casefold().split()), str(post.get("party")))
        holders = context.post_holders.setdefault(named, {}) if len(context.post_holders) < _MOST_COMPARED else {}
        for other, held in holders.items():
            if other != person and held.certainly_overlaps(period):
                hint = "Both are stored. Check the dates, and cite the sources if they differ."
                yield Finding(
                    f"{quoted(other)} holds the post {quoted(post['title'])} at the same time", hint, f"/posts/{place}"
                )
                break
        holders.setdefault(person, period)


def _two_delegations(intent: Intent, context: RuleContext) -> Iterator[Finding]:
    if intent.collection == "talks":
        talk, places = intent.body.get("slug"), list(enumerate(_objects(intent.body.get("delegations"))))
        nested = [(f"/delegations/{place}", one) for place, one in places]
    elif intent.collection == "delegations":
        talk, nested = intent.body.get("talk"), [("", intent.body)]
    else:
        return
    for pointer, delegation in nested:
        party = str(delegation.get("party"))
        for place, member in enumerate(_objects(delegation.get("members"))):
            if not isinstance(member.get("person"), str) or (period := _period(member)) is None:
                continue
            seat = (str(talk or intent.pointer), member["person"])
            seats = context.seats.setdefault(seat, {}) if len(context.seats) < _MOST_COMPARED else {}
            for other, sat in seats.items():
                if other != party and sat.certainly_overlaps(period):
                    message = (
                        f"{quoted(member['person'])} is also in the delegation of {quoted(other)} at the same time"
                    )
                    hint = "Check the party, or give the days in each delegation."
                    yield Finding(message, hint, f"{pointer}/members/{place}/person")
                    break
            seats.setdefault(party, period)


def _outside_talk(intent: Intent, _: RuleContext) -> Iterator[Finding]:
    if intent.collection != "talks":
        return
    start, end = _day(intent.body.get("start"), "first"), _day(intent.body.get("end"), "last")
    for place, delegation in enumerate(_objects(intent.body.get("delegations"))):
        for number, member in enumerate(_objects(delegation.get("members"))):
            for sitting, entry in enumerate(_objects(member.get("attendance"))):
                first, last = _day(entry.get("on"), "first"), _day(entry.get("on"), "last")
                if (start and last and last < start) or (end and first and first > end):
                    yield Finding(
                        f"{entry['on']} is outside the days of the talk",
                        "Check the day, and the `start` and `end` of the talk.",
                        f"/delegations/{place}/members/{number}/attendance/{sitting}/on",
                    )


def _objects(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list. Other values are reported elsewhere."""
    return [one if isinstance(one, dict) else {} for one in value] if isinstance(value, list) else []


def _day(text: object, side: str) -> Day | None:
    if not isinstance(text, str):
        return None
    try:
        span = parse_edtf(text)
    except ValueError:
        return None
    return span.earliest if side == "first" else span.latest


def _period(row: Mapping[str, Any]) -> Period | None:
    """The period of an entry in a delegation; None if a date is invalid."""
    dates = [row.get("valid_from"), row.get("valid_to")]
    if any(text is not None and _day(text, "first") is None for text in dates):
        return None
    return Period.of_texts(*dates)


def _period_of_post(post: Mapping[str, Any]) -> Period | None:
    """The days on which a post was certainly held, from the last possible first day to the first possible last day. A post
    without a first or last day is not compared, because that day is unknown."""
    return _period(post) if post.get("valid_from") and post.get("valid_to") else None


SHARED_POST = RecordRule(
    "shared-post", "Two people of the file who certainly hold one post of a party on the same day.", _shared_post
)
TWO_DELEGATIONS = RecordRule(
    "two-delegations", "A person in two delegations to one talk of the file on the same day.", _two_delegations
)
OUTSIDE_TALK = RecordRule(
    "outside-talk", "The attendance at a sitting on a day outside the days of the talk.", _outside_talk
)
