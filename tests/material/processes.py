"""Processes: the negotiation of a file, its conflict, and who takes which part in it."""

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
    doubted: str
    doubt: str


PROCESSES = {
    "russia_ukraine_2022_2026": Known(
        "russia-ukraine", "Russia–Ukraine settlement", "peace", "2022-02-28", None, "ongoing",
        "status", "the last meeting found is of 26 February 2026",
    ),
    "colombia_farc_2012_2016": Known(
        "colombia-farc", "Colombia–FARC-EP peace talks", "peace", "2012-02-23", "2016-11-30", "concluded",
        "started", "from the exploratory meeting to the ratification",
    ),
    "israel_hamas_2025": Known(
        "israel-hamas", "Israel–Hamas negotiations", "ceasefire", "2025-01", None, None,
        "ended", "coded from January to October 2025",
    ),
    "iran_nuclear_2013_2015": Known(
        "iran-nuclear", "Iran nuclear negotiations", "nuclear", "2013", "2015-07-14", "concluded",
        "started", "coded from 2013 to 2015; the first rounds were earlier",
    ),
}  # fmt: skip

SUMMARIES = {
    "russia-ukraine": "Talks to end the war between Russia and Ukraine, direct and mediated, from February 2022 on.",
    "colombia-farc": "Talks between the government of Colombia and the FARC-EP, from 2012 to 2016.",
    "israel-hamas": "Mediated talks on the war in Gaza, from January to October 2025.",
    "iran-nuclear": "Talks of Iran with the E3/EU+3 (P5+1) on its nuclear programme, from 2013 to 2015.",
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
    caveat(record, known.doubted, low=False, basis="inferred", text=known.doubt)
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
SEATED_AS = {"negotiating": "negotiating", "mediator": "mediator", "host": "host", "observer": "observer"}


def take_parts(book: Book) -> None:
    """The roles of the parties in a process are those of their delegations; the others are mentioned. Within a role the
    parties stand in the order of the material's own list."""
    for dossier in book.dossiers.values():
        for record in dossier.records["processes"].values():
            found: dict[tuple[str, str], None] = {(row["party"], row["role"]): None for row in record["parties"]}
            for other in book.dossiers.values():
                for row in other.records["delegations"].values():
                    if book.get("talks", row["talk"])["process"] == record["slug"]:
                        found |= {(row["party"], SEATED_AS[role]): None for role in row["roles"] if role in SEATED_AS}
            for other in book.dossiers.values():
                for row in other.records["proposals"].values():
                    # A coalition has no delegation of its own, and puts texts forward.
                    if row["process"] == record["slug"]:
                        roles = {party for party, _ in found}
                        found |= {(party, "negotiating"): None for party in row["authors"] if party not in roles}
            with_role = {party for party, _ in found}
            for party in book.parties_of[record["slug"]]:
                if party not in with_role:
                    found[party, "mentioned"] = None
            listed = [*dict.fromkeys([*book.parties_of[record["slug"]], *(party for party, _ in found)])]
            ranks = list(ProcessRole)
            ordered = sorted(found, key=lambda row: (ranks.index(ProcessRole(row[1])), listed.index(row[0])))
            record["parties"] = [{"party": party, "role": role} for party, role in ordered]
