"""Processes: the negotiation of a file, its conflict, and who takes which part in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.db.vocabulary import ProcessRole
from tests.material.book import Book, Dossier, Record, caveat, cite, coded
from tests.material.fields import Fields
from tests.material.words import ROLES_IN_BRACKETS


@dataclass
class Known:
    """What the material says of a process as a whole, in our words."""

    slug: str
    title: str
    kind: str
    started: str
    ended: str | None
    status: str | None
    doubts: dict[str, str]
    """What the dates and the status rest on: none of them is a field of the material."""


PROCESSES = {
    "russia_ukraine_2022_2026": Known(
        "russia-ukraine", "Russia–Ukraine settlement", "peace", "2022-02-28", None, "ongoing",
        {"started": "the first round", "status": "the last meeting found is of 26 February 2026"},
    ),
    "colombia_farc_2012_2016": Known(
        "colombia-farc", "Colombia–FARC-EP peace talks", "peace", "2012-02-23", "2016-11-30", "concluded",
        {"started": "the exploratory meeting", "ended": "the ratification", "status": "the ratification"},
    ),
    "israel_hamas_2025": Known(
        "israel-hamas", "Israel–Hamas negotiations", "ceasefire", "2025-01", None, None,
        {"started": "coded from January to October 2025; the first talk that is coded"},
    ),
    "iran_nuclear_2013_2015": Known(
        "iran-nuclear", "Iran nuclear negotiations", "nuclear", "2013", None, None,
        {"started": "coded from 2013 to 2015; the first round that is coded"},
    ),
}  # fmt: skip

SUMMARIES = {
    "russia-ukraine": "Talks to end the war between Russia and Ukraine, direct and mediated, from February 2022 on.",
    "colombia-farc": "Talks between the government of Colombia and the FARC-EP, from 2012 to 2016.",
    "israel-hamas": "Mediated talks on the war in Gaza, coded from January to October 2025.",
    "iran-nuclear": "Talks of Iran with the E3/EU+3 (P5+1) on its nuclear programme, coded from 2013 to 2015.",
}


def convert_process(book: Book, dossier: Dossier, file: str, whole: Fields, roles: dict[str, str]) -> None:
    known = PROCESSES[file]
    record: Record = {"slug": known.slug, "title": known.title, "summary": SUMMARIES[known.slug]}
    record |= {"kind": known.kind, "status": known.status, "started": known.started, "ended": known.ended}
    with Fields(whole.take("conflict"), f"{file}/conflict") as conflict:
        conflict.take("id")
        record["conflicts"] = [{"name": conflict.take("name"), "started": conflict.take("start")}]
        _cite_conflict(book, file, record, conflict.some("source_ids"))
    record["notes"] = [book.say(file, note) for note in whole.some("notes")]
    for name, text in known.doubts.items():
        caveat(record, name, low=False, basis="inferred", text=text)
    record["parties"] = [{"party": party, "role": role} for party, role in roles.items()]
    for party, role in roles.items():
        coded(record, f"/parties/{party}/{role}", f"{book.get('parties', party)['name']} ({IN_BRACKETS[role]})")
    book.add(dossier, "processes", record)
    book.parties_of[known.slug] = [book.slug(file, "parties", key) for key in book.keys(file, "parties")]


def _cite_conflict(book: Book, file: str, record: Record, sources: list[str]) -> None:
    """The material names one source for a conflict that it also lists as supporting nothing: a note, no citation."""
    for key in sources:
        source = book.slug(file, "sources", key)
        if source in book.unused:
            note = f"Named for the conflict ({record['conflicts'][0]['name']}) and listed as supporting nothing."
            book.get("sources", source).setdefault("notes", []).append(note)
        else:
            cite(record, source, "/conflicts")


IN_BRACKETS = {role: words for words, role in ROLES_IN_BRACKETS.items()}
SEATED_AS = {role: role for role in ("negotiating", "mediator", "host", "observer", "guarantor")}
IN_WORDS = {("colombia-farc", "united-nations"): ("mediator", "Opened with UN mediators present")}
"""Roles of parties without a delegation that a talk's summary tells."""


def take_parts(book: Book) -> None:
    """The roles of the parties in a process are those of their delegations; the others are mentioned. Within a role the
    parties stand in the order of the material's own list."""
    for dossier in book.dossiers.values():
        for record in dossier.records["processes"].values():
            found: dict[tuple[str, str], None] = {(row["party"], row["role"]): None for row in record["parties"]}
            found |= dict.fromkeys(_seated(book, record["slug"]))
            found |= dict.fromkeys(_in_words(record))
            found |= dict.fromkeys(_authors(book, record, {party for party, _ in found}))
            with_role = {party for party, _ in found}
            for party in book.parties_of[record["slug"]]:
                if party not in with_role:
                    found[party, "mentioned"] = None
            listed = [*dict.fromkeys([*book.parties_of[record["slug"]], *(party for party, _ in found)])]
            ranks = list(ProcessRole)
            ordered = sorted(found, key=lambda row: (ranks.index(ProcessRole(row[1])), listed.index(row[0])))
            record["parties"] = [{"party": party, "role": role} for party, role in ordered]


def _seated(book: Book, process: str) -> Iterator[tuple[str, str]]:
    for dossier in book.dossiers.values():
        for row in dossier.records["delegations"].values():
            is_doubted = any(doubt["field"] == "is_seated" for doubt in row.get("caveats", []))
            if book.get("talks", row["talk"])["process"] == process and not is_doubted:
                yield from ((row["party"], SEATED_AS[role]) for role in row["roles"] if role in SEATED_AS)


def _in_words(record: Record) -> Iterator[tuple[str, str]]:
    for (process, party), (role, words) in IN_WORDS.items():
        if process == record["slug"]:
            coded(record, f"/parties/{party}/{role}", words)
            yield party, role


def _authors(book: Book, record: Record, with_role: set[str]) -> Iterator[tuple[str, str]]:
    """A coalition without a negotiating delegation that puts texts forward: what it rests on stands in a caveat."""
    texts: dict[str, str] = {}
    for dossier in book.dossiers.values():
        for row in dossier.records["proposals"].values():
            if row["process"] == record["slug"]:
                for party in row["authors"]:
                    texts.setdefault(party, row["title"])
    for party, title in texts.items():
        if party not in with_role:
            field = f"/parties/{party}/negotiating"
            caveat(record, field, low=False, basis="inferred", text=f"puts texts forward: {title}")
            yield party, "negotiating"
