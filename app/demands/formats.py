"""Demands, responses and assessments as feeds."""

from collections.abc import Mapping
from typing import Any, Final

from app.demands.read_schemas import AssessmentSummary, DemandSummary
from app.demands.response_read_schemas import ResponseSummary
from app.reading.formats.news import FeedEntry, shorten_text

#: The verb for each stance, as in "Ukraine rejected: Russian memorandum of 2 June 2025".
VERBS: Final = {
    "accepted": "accepted",
    "accepted_in_part": "accepted in part",
    "conditional": "set conditions",
    "countered": "countered",
    "rejected": "rejected",
    "deferred": "deferred",
    "under_study": "is studying",
    "declared_moot": "declared moot",
    "supported": "supported",
    "opposed": "opposed",
    "no_comment": "has not commented",
    "implemented": "carried out",
    "implemented_in_part": "carried out in part",
}


def _names(parties: list[dict[str, Any]]) -> str:
    return ", ".join(party["name"] for party in parties)


class DemandAsNews(DemandSummary):
    """A demand as an entry of a feed."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        claimants, addressees = _names(row["claimants"]), _names(row["addressees"])
        place = f"{row['proposal']['title']}, {row['number']}" if row["number"] else row["proposal"]["title"]
        act = row["act"].replace("_", " ")
        about = f"{act[0].upper()}{act[1:]}, {place}"
        return FeedEntry(
            shorten_text(f"{claimants}: {row['title'] or row['text']}" if claimants else row["title"] or row["text"]),
            text=f"{row['text']}\n\n{about}{f', to {addressees}' if addressees else ''}.",
            on=row["tabled_on"],
            authors=tuple(party["name"] for party in row["claimants"]),
            categories=(row["process"]["title"], *(issue["code"] for issue in row["issues"])),
        )


class ResponseAsNews(ResponseSummary):
    """A response as an entry of a feed."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        who, proposal, part, demand = row["responder"]["name"], row["proposal"]["title"], row["part"], row["demand"]
        target = proposal
        if demand:
            number = f" ({demand['number']})" if demand["number"] else ""
            target = f"{demand['text']}{number}"
        elif part:
            target = f"{part['title'] or part['label'] or part['key']} of {proposal}"
        said = f"Said by {row['said_by']['name']}." if row["said_by"] else None
        scope = f"It concerns: {row['scope']}." if row["scope"] else None
        to = f"To: {proposal}." if target != proposal else None
        return FeedEntry(
            shorten_text(f"{who} {VERBS[row['stance']]}: {target}"),
            text="\n\n".join(part for part in (row["text"], scope, said, to) if part) or None,
            on=row["said_on"],
            authors=(row["said_by"]["name"] if row["said_by"] else who,),
            categories=(row["process"]["title"], row["stance"]),
        )


class AssessmentAsNews(AssessmentSummary):
    """An assessment as an entry of a feed."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        speaker = (row["said_by"] or row["by"] or {}).get("name")
        return FeedEntry(
            shorten_text(f"{speaker}: {row['text']}" if speaker else row["text"]),
            text=row["text"],
            on=row["said_on"],
            authors=(speaker,),
            categories=(row["kind"],),
        )


DEMAND_OFFERS = {"news": DemandAsNews}
RESPONSE_OFFERS = {"news": ResponseAsNews}
ASSESSMENT_OFFERS = {"news": AssessmentAsNews}
