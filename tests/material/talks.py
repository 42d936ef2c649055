"""Talks with their outcomes and delegations."""

from dataclasses import dataclass
from itertools import pairwise

from tests.material.book import Book, Dossier, Record, caveat, cite, cite_all, coded, slugify
from tests.material.fields import Fields, Raw
from tests.material.quantities import OUTCOMES as NUMBERS_IN_WORDS
from tests.material.quantities import from_numbers
from tests.material.words import DURATION_BOUNDS, OUTCOMES, SERIES, TALK_FORMATS

JOINED = ", from 8 October"
ASSERTED_MINUTES = {"about 18:00 to 21:30, three and a half hours": 210}
DURATION_IN_SUMMARY = {"istanbul-2025-07-23": "about 40 minutes"}
CHAIRED = {"almaty-2013-02-26", "almaty-2013-04-05", "geneva-2013-11-20"}
"""Where the post of the European Union's head of delegation is "Chair"."""

COMPUTED = {
    "berlin-2025-12-14": "sum of two sessions: over five hours and about two",
    "geneva-2026-02-17": "sum of two sessions: about six hours and about two",
}
PLACES = {"havana-exploratory-2012": "havana"}
"""The material's place names the town and, in brackets, the venue of the table; of a secret meeting only the town."""

NO_NEGOTIATION = ("consultation", "signing", "announcement")
"""Words of a format that say of those who sit there something else than that they negotiate."""

NEGOTIATE_IN = {"US–Ukraine with European leaders": {"US", "UA"}}
"""Who negotiates, where the format tells it from who else sits there."""

UN_MEDIATORS = "UN mediators present"


@dataclass
class OnTalk:
    """What the readers of one talk share."""

    book: Book
    dossier: Dossier
    file: str
    key: str
    record: Record

    def say(self, text: str | None) -> str | None:
        return self.book.say(self.file, text)


def convert_talk(book: Book, dossier: Dossier, file: str, process: str, talk: Fields) -> None:
    key = talk.take("id")
    record: Record = {"slug": book.slug(file, "talks", key), "process": process}
    on = OnTalk(book, dossier, file, key, record)
    parent, place = talk.take("parent"), talk.take("place")
    record["parent"] = book.slug(file, "talks", parent) if parent else None
    record["order_in_parent"], record["ordinal"] = talk.take("order_in_parent"), talk.take("round")
    record["title"] = talk.take("name")
    record["summary"] = on.say(talk.take("outcome_summary"))
    words = talk.take("format")
    record["kind"], record["format"] = TALK_FORMATS[words]
    if record["format"] == "direct" and talk.peek("mediators") and "mediators" not in words:
        # Where the mediators meet among themselves nobody mediates.
        record["format"] = "mediated"
    if record["slug"] in SERIES:
        record["kind"] = "series"
    coded(record, "kind", words)
    coded(record, "format", words)
    _dates(record, talk)
    _duration(record, talk)
    record["place"] = PLACES.get(record["slug"]) or (book.slug(file, "places", place) if place else None)
    record["status"] = "held"
    if "secret" in words:
        record["visibility"] = "secret"
    record["deadlines"] = _deadlines(record, talk.some("deadlines"))
    record["confidence"] = talk.take("confidence")
    _doubts(on, talk)
    cite_all(book, file, record, talk.some("source_ids"))
    book.add(dossier, "talks", record)
    record["outcomes"] = [_outcome(on, outcome) for outcome in talk.each("outcomes")]
    _around(on, talk, words)
    _conflicting(on, talk)


def _deadlines(record: Record, days: list[str]) -> list[Record]:
    """The deadlines of one deal, each of which took the place of the one before; when they were set is not said."""
    rows: list[Record] = [{"key": f"deadline-{day}", "on": day} for day in days]
    for before, row in pairwise(rows):
        row["replaces"] = before["key"]
        text = "the material lists the deadlines that passed, in their order"
        caveat(record, f"/deadlines/{row['key']}/replaces", low=False, basis="inferred", text=text)
    return rows


def _dates(record: Record, talk: Fields) -> None:
    precision = talk.take("date_precision")
    for name in ("start", "end"):
        day = talk.take(name)
        record[name] = f"{day}~" if day and precision == "approximate" else day
        if day and precision == "approximate":
            coded(record, name, precision)


def _duration(record: Record, talk: Fields) -> None:
    minutes, words = talk.take("duration_minutes"), talk.take("duration_approx")
    record["duration_minutes"] = minutes
    words = words or DURATION_IN_SUMMARY.get(record["slug"])
    if words:
        record["duration_bound"] = DURATION_BOUNDS.get(words, "about")
        coded(record, "duration_bound", words)
    if words and not record["duration_bound"]:
        caveat(record, "duration_minutes", low=False, text=words)
    note, low = talk.take("duration_note"), talk.take("duration_confidence")
    computed = COMPUTED.get(record["slug"])
    if note or low or computed:
        caveat(record, "duration_minutes", low=bool(low), basis="computed" if computed else None, text=note or computed)


def _doubts(on: OnTalk, talk: Fields) -> None:
    """Notes and confidences of single fields become caveats; what speaks of the whole becomes a note."""
    record = on.record
    for name, field in (("date", "start"), ("start", "start"), ("round", "ordinal"), ("place", "place")):
        note, low = on.say(talk.take(f"{name}_note")), talk.take(f"{name}_confidence")
        fields = ["start", "end"] if name == "date" and record["end"] else [field]
        for doubted in fields if note or low else []:
            caveat(record, doubted, low=bool(low), text=note)
    if talk.take("outcome_confidence"):
        caveat(record, "outcomes")
    if basis := talk.take("claim_basis"):
        caveat(record, "duration_minutes", basis="unnamed_source", text=basis)
    if parallel := talk.take("parallel"):
        record.setdefault("notes", []).append(parallel)
    if note := on.say(talk.take("note")):
        record.setdefault("notes", []).append(note)
    if UN_MEDIATORS in (record["summary"] or ""):
        record.setdefault("notes", []).append("Of the United Nations no delegation is listed, and no one by name.")


DAY_NOT_SEEN = "day citation needed"


def _outcome(on: OnTalk, outcome: Fields) -> Record:
    with outcome as row:
        kind, text, party = row.take("type"), row.take("text"), row.take("party")
        signed_by = row.some("signed_by")
        key = slugify(text, longest=48)
        numbers = from_numbers(row.take("numbers")) or NUMBERS_IN_WORDS.get((on.key, text), [])
        result: Record = {"key": key, "kind": OUTCOMES.get(kind, kind), "on": row.take("date")}
        result["party"] = on.book.slug(on.file, "parties", party) if party else None
        result |= {"text": text, "quantities": numbers, "confidence": row.take("confidence")}
        result["note"] = on.say(row.take("note"))
        if row.take("conflicting_framing"):
            result["note"] = "The two sides frame it differently."
            caveat(on.record, f"/outcomes/{key}/text", low=False, text=text)
            caveat(on.record, f"/outcomes/{key}/quantities", low=False, text=text)
        if DAY_NOT_SEEN in (result["note"] or ""):
            caveat(on.record, f"/outcomes/{key}/on", text=result["note"])
        if signed_by:
            names = ", ".join(on.book.slug(on.file, "parties", party) for party in signed_by)
            coded(on.record, f"/outcomes/{key}/signed_by", names)
        if result["kind"] != kind:
            coded(on.record, f"/outcomes/{key}/kind", kind)
        cite_all(on.book, on.file, on.record, row.some("source_ids"), f"/outcomes/{key}")
    return result


def _around(on: OnTalk, talk: Fields, words: str) -> None:
    """The delegations: those with a team, then those that only hosted, mediated or observed."""
    roles: dict[str, list[str]] = {}
    for name, role in (("mediators", "mediator"), ("hosts", "host"), ("observers", "observer")):
        for party in talk.some(name):
            roles.setdefault(party, []).append(role)
    sources = on.record.get("citations", [])
    seated = set()
    for entry in talk.each("delegations"):
        with entry as delegation:
            party = delegation.take("party")
            seated.add(party)
            record = _delegation(on, party, delegation)
            record["roles"] = _roles(on, party, roles.get(party, []), words, is_seated=True)
            if "other" in record["roles"]:
                coded(record, "roles", words)
    for party, given in roles.items():
        if party in seated:
            continue
        record = _empty_delegation(on, party)
        record |= {"roles": _roles(on, party, given, words, is_seated=False), "is_seated": False}
        for row in sources:
            if "field" not in row:
                cite(record, row["source"], note=SOURCES_OF_TALK)
        on.book.add(on.dossier, "delegations", record)


SOURCES_OF_TALK = "A source of the talk; the material names none for who hosted, mediated or observed."


def _roles(on: OnTalk, party: str, given: list[str], words: str, *, is_seated: bool) -> list[str]:
    iran, colombia = on.file.startswith("iran"), on.file.startswith("colombia")
    found = list(given)
    is_both = (iran and party == "EU") or (party == "US" and "trilateral" in words)
    if is_seated and ("mediator" not in given or is_both) and _negotiates(party, words):
        found.insert(0, "negotiating")
    if iran and party == "EU":
        found.append("coordinator")
    if party in ("CU", "NO") and "guarantors" in words:
        found.append("guarantor")
    if colombia and "observer" in given:
        found.append("accompanying")
    if "presiding" in words and party == "TR":
        found.append("chair")
    if iran and party == "EU" and on.record["slug"] in CHAIRED:
        found.append("chair")
    if "guests" in words:
        found = [role for role in found if role != "negotiating"]
        found.append("guarantor" if given else "guest")
    return found or ["other"]


def _negotiates(party: str, words: str) -> bool:
    if any(word in words for word in NO_NEGOTIATION):
        return False
    return party in NEGOTIATE_IN.get(words, {party})


def _empty_delegation(on: OnTalk, party: str) -> Record:
    slug = on.book.slug(on.file, "parties", party)
    return {"slug": f"{on.record['slug']}-{slug}", "talk": on.record["slug"], "party": slug, "roles": []}


def _delegation(on: OnTalk, party: str, delegation: Fields) -> Record:
    record = _empty_delegation(on, party)
    head, size = delegation.take("head"), delegation.take("size")
    record |= {"size": size, "confidence": delegation.take("confidence")}
    cite_all(on.book, on.file, record, delegation.some("source_ids"))
    record["members"] = [_member(on, record, member, head) for member in delegation.each("members")]
    if head and not any(row["function"] == "head" for row in record["members"]):
        person = on.book.slug(on.file, "people", head)
        record["members"].insert(0, {"person": person, "function": "head"})
    if source := delegation.take("size_source"):
        cite(record, on.book.slug(on.file, "sources", source), "/size")
    if delegation.take("size_confidence"):
        caveat(record, "size")
    if delegation.take("head_confidence"):
        caveat(record, f"/members/{on.book.slug(on.file, 'people', head)}/function", text="sources differ on the head")
    if note := on.say(delegation.take("note")):
        record["notes"] = [note]
    if note == "scheduled to arrive":
        record["confidence"] = "low"
        caveat(record, "is_seated", text=note)
    _announced(on, record, note or "")
    return on.book.add(on.dossier, "delegations", record)


def _announced(on: OnTalk, record: Record, note: str) -> None:
    """A line-up known from a decree or from sources older than the talk: who of it came is not said, but for the head."""
    days = [on.book.get("sources", row["source"])["published"] for row in record["citations"]]
    start = on.record["start"]
    if note.startswith(("Announced", "Decree")) or all(day and len(day) == len(start) and day < start for day in days):
        for member in record["members"]:
            if member["function"] != "head":
                member["presence"] = "announced"


def _member(on: OnTalk, delegation: Record, member: Fields, head: str | None) -> Record:
    with member as row:
        key, post, status = row.take("name"), row.take("role"), row.take("status")
        person = on.book.slug(on.file, "people", key)
        function = "head" if key == head else status or "member"
        result: Record = {"person": person, "function": function}
        if post.endswith(JOINED):
            post, result["valid_from"] = post.removesuffix(JOINED), "2025-10-08"
        note = on.say(row.take("note"))
        if post == "Later":
            post, note = None, "Joined later."
        result["post"] = post
        if note == "presence implied":
            result["presence"] = "implied"
        result |= {"confidence": row.take("confidence"), "note": note}
        if source := row.take("source"):
            cite(delegation, on.book.slug(on.file, "sources", source), f"/members/{person}")
    return result


CONFLICTS = {"start": "/start", "duration": "/duration_minutes", "outcomes": "/outcomes", "delegations": "/delegations"}


def _conflicting(on: OnTalk, talk: Fields) -> None:
    """Another source's value stands beside ours, as a citation that contradicts."""
    for report in talk.each("conflicting_reports"):
        with report as row:
            value, note = row.take("value"), on.say(row.take("note"))
            asserted = ASSERTED_MINUTES.get(value, value)
            if asserted != value:
                note = f"{value}; {note}" if note else value
            more: Raw = {"verdict": "contradicts", "asserted_value": asserted, "note": note}
            more["confidence"] = row.take("confidence")
            pointer = CONFLICTS[row.take("field")]
            for source in row.some("source_ids"):
                cite(on.record, on.book.slug(on.file, "sources", source), pointer, **more)
