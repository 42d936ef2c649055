"""Posts of people. A role of the material may be several posts, and may hold what is no post: that becomes a note."""

import re
from dataclasses import dataclass, field

from tests.material.book import Book, Dossier, Record, caveat, coded, slugify
from tests.material.fields import Fields

SAME_POST = {
    "Kremlin aide": "presidential-aide",
    "Head Russian negotiator": "head-of-delegation-2022-2025-february-2026",
    "Defense Minister of Ukraine": "defence-minister-may-july-2025",
    "Head of intelligence": None, "Envoy": None, "President": None, "Special envoy": None, "Foreign minister": None,
}  # fmt: skip
"""Posts that another file gives the same person in other words, and the key of the post where a source says so."""


@dataclass
class Split:
    """What a role says: posts of the person's party, posts of which no party is named, and what is no post."""

    posts: list[str] = field(default_factory=list)
    of_nobody: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


ROLES = {
    "Presidential aide; head of delegation 2022, 2025, February 2026": Split(
        ["Presidential aide", "Head of delegation 2022, 2025, February 2026"]
    ),
    "Special presidential representative; head of RDIF": Split(
        ["Special presidential representative"], ["Head of RDIF"]
    ),
    "Businessman; present in Istanbul 2022": Split(notes=["Businessman; present in Istanbul 2022."]),
    "Envoy; son-in-law of the president": Split(["Envoy"], notes=["Son-in-law of the president."]),
    "Brother and aide of the president": Split(["Aide of the president"], notes=["Brother of the president."]),
    "Head of the government delegation; former vice president": Split(
        ["Head of the government delegation"], ["Former vice president"]
    ),
    "Retired general, former army commander": Split(of_nobody=["Retired general", "Former army commander"]),
    "Retired general, former police director": Split(of_nobody=["Retired general", "Former police director"]),
    "Former minister and peace commissioner": Split(of_nobody=["Former minister and peace commissioner"]),
    "Former president of the business association ANDI": Split(
        of_nobody=["Former president of the business association ANDI"]
    ),
    "Head of the FARC delegation; second in command": Split(["Head of the FARC delegation", "Second in command"]),
    "Named negotiator, in prison in the United States; could not attend": Split(
        notes=["Named negotiator, in prison in the United States; could not attend."]
    ),
    "Foreign minister; head": Split(["Foreign minister"]),
    "High Representative / chair of the P5+1": Split(["High Representative"], ["Chair of the P5+1"]),
    "Named for the Board of Peace": Split(notes=["Named for the Board of Peace."]),
}
"""Roles that are more or less than one post of the person's party, in the material's words."""

TERMS = {
    " (May–July 2025)": {"valid_to": "2025-07"},
    " (from July 2025)": {"valid_from": "2025-07"},
    " (until late November 2025)": {"valid_to": "2025-11"},
    " until 20 January 2025": {"valid_to": "2025-01-20"},
}
"""Dates in a role's words. A year or months in brackets say when the material meets the person in the post, not since when."""

MET_UNTIL = re.compile(r"\(\w+–\w+ \d{4}\)$")


def convert_post(book: Book, dossier: Dossier, file: str, record: Record, role: Fields, *, is_new: bool) -> None:
    words, source = role.take("role"), role.take("source")
    if not is_new and words in SAME_POST:
        if source:
            pointer = f"/posts/{SAME_POST[words]}"
            assert pointer in {f"/posts/{post['key']}" for post in record["posts"]}, words
            says = {"pointer": pointer, "asserted_value": words, "called": "posts"}
            book.cite_from(dossier, "people", record["slug"], book.slug(file, "sources", source), **says)
        return
    split = ROLES.get(words) or Split([words])
    for title in split.posts:
        _add(record, title, record["party"], words)
    for title in split.of_nobody:
        _add(record, title, None, words)
    if not split.posts and not split.of_nobody:
        coded(record, "posts", words)
    record.setdefault("notes", []).extend(split.notes)
    for title in [*split.posts, *split.of_nobody] if source else []:
        pointer = f"/posts/{slugify(title, longest=60)}"
        book.cite_from(dossier, "people", record["slug"], book.slug(file, "sources", source), pointer=pointer)


def _add(record: Record, words: str, party: str | None, role: str) -> None:
    title, when = words, {}
    for ending in TERMS:
        if words.endswith(ending):
            title, when = words.removesuffix(ending), TERMS[ending]
    key = slugify(words, longest=60)
    assert key not in {post["key"] for post in record.get("posts", [])}, (record["slug"], words)
    record.setdefault("posts", []).append({"key": key, "title": title, "party": party} | when)
    if title != role:
        coded(record, f"/posts/{key}", role)
    if MET_UNTIL.search(role):
        caveat(record, f"/posts/{key}/valid_to", low=False, basis="inferred", text=role)
