"""Parties and people. Who stands in several files is one record, at home in the dossier that is loaded first."""

import re

from tests.material.book import Book, Dossier, Record, coded, slugify
from tests.material.fields import Fields
from tests.material.posts import convert_post
from tests.material.slugs import PARTIES, PEOPLE
from tests.material.words import MEMBERS, PARTY_KINDS, PARTY_KINDS_BY_ID, ROLES_IN_BRACKETS, WIKIDATA

BRACKETS = re.compile(r"^(.*?) \(([^()]*)\)$")
NOT_STATES = {"european-union", "nato", "united-nations"}
OFFICIAL = {"Russian Federation"}
PARTY_ALIASES = {"P5P1": ("P5+1", ["E3+3", "E3/EU+3"])}
COMMON_HOME = ("P5P1", "WEST", "PRESS-MT")
"""Parties of other files that the first dossier needs: coalitions its states belong to, the article's publisher."""


def convert_parties(book: Book, dossier: Dossier, file: str, rows: list[Fields]) -> dict[str, str]:
    """The roles in the process that stand in brackets after the names, by slug."""
    roles = {}
    for entry in rows:
        with entry as party:
            slug, role = _party(book, dossier, file, party)
        if role:
            roles[slug] = role
    return roles


def _party(book: Book, dossier: Dossier, file: str, party: Fields) -> tuple[str, str | None]:
    key, name, words = party.take("id"), party.take("name"), party.take("type")
    aliases, note = party.some("aliases"), party.take("note")
    role, extra = None, None
    if match := BRACKETS.match(name):
        name, extra = match[1], match[2]
        role = ROLES_IN_BRACKETS.get(extra)
    if key in PARTY_ALIASES:
        name, aliases = PARTY_ALIASES[key]
    slug = book.name(file, "parties", key, PARTIES.get(key) or slugify(name))
    record = book.find("parties", slug)
    if record is None:
        kind = PARTY_KINDS_BY_ID.get(key, PARTY_KINDS[words])
        record = {"slug": slug, "name": name, "kind": kind}
        if kind == "state":
            record["countries"] = [key]
            record["external_ids"] = [{"scheme": "iso3166", "value": key}]
        if slug in WIKIDATA:
            number = WIKIDATA[slug]
            address = f"http://www.wikidata.org/entity/{number}"
            row = {"scheme": "wikidata", "value": number, "uri": address}
            record.setdefault("external_ids", []).append(row)
        if key == "CO-GOV":
            record["countries"] = ["CO"]
        book.add(dossier, "parties", record)
        if kind != words:
            coded(record, "kind", words)
    for alias in aliases:
        kind = "official" if alias in OFFICIAL else "alias"
        record.setdefault("names", []).append({"text": alias, "lang": "en", "kind": kind})
    if extra and not role and extra not in record["name"]:
        coded(record, "name", party.where and f"{name} ({extra})")
    if note:
        record.setdefault("notes", []).append(note)
    return slug, role


def convert_memberships(book: Book, files: dict[str, str]) -> None:
    """Code the members of every coalition, once all parties are there."""
    for coalition, members in MEMBERS.items():
        for key in members:
            slug = next(book.slug(file, "parties", key) for file in files if book.has(file, "parties", key))
            book.get("parties", slug).setdefault("member_of", []).append({"party": coalition})


#: Bodies that speak for a party: body, party, role, first and last day. The material has the electorate's vote of 2 October
#: 2016 as an answer that reversed the text which the government had signed; in November the text went to Congress "instead
#: of a second referendum", so the mandate is that vote's.
MANDATES = (("CO-VOTERS", "CO-GOV", "decides", "2016-10-02", "2016-10-02"),)


def convert_mandates(book: Book, files: dict[str, str]) -> None:
    """Say which bodies speak for which parties, once all parties are there."""

    def slug_of(key: str) -> str:
        return next(book.slug(file, "parties", key) for file in files if book.has(file, "parties", key))

    for body, party, role, first, last in MANDATES:
        record = book.get("parties", slug_of(body))
        record["speaks_for"] = [{"party": slug_of(party), "role": role, "valid_from": first, "valid_to": last}]
        record.setdefault("caveats", []).append(
            {
                "field": "speaks_for",
                "basis": "inferred",
                "text": "No source says in these words that the vote was the government's answer; it reversed the text"
                " that the government had signed.",
            }
        )


def _language(alias: str) -> dict[str, str]:
    if not re.search("[а-яА-ЯіїєґІЇЄҐ]", alias):
        return {}
    return {"lang": "uk" if re.search("[іїєґІЇЄҐ]", alias) or alias.startswith("Сергій") else "ru"}


def convert_people(book: Book, dossier: Dossier, file: str, rows: list[Fields]) -> None:
    for entry in rows:
        with entry as person:
            _person(book, dossier, file, person)


def _person(book: Book, dossier: Dossier, file: str, person: Fields) -> None:
    key, name, party = person.take("id"), person.take("name"), person.take("party")
    aliases, note = person.some("aliases"), person.take("note")
    others: list[str] = []
    if match := BRACKETS.match(name):
        # What stands in brackets is another name, not another spelling.
        name, others = match[1], match[2].split(", ")
    slug = book.name(file, "people", key, PEOPLE.get(key) or slugify(name))
    record = book.find("people", slug)
    is_new = record is None
    if record is None:
        record = {"slug": slug, "name": name, "party": book.slug(file, "parties", party) if party else None}
        book.add(dossier, "people", record)
    for alias in [*aliases, *others]:
        if match := BRACKETS.match(alias):
            alias, teller = match[1], match[2]
            record.setdefault("notes", []).append(f"{teller} has the name as {alias}.")
        if alias != record["name"]:
            row: Record = {"text": alias, "kind": "alias" if alias in others or match else "transliteration"}
            record.setdefault("names", []).append(row | _language(alias))
    if note:
        record.setdefault("notes", []).append(note)
    for entry in person.each("roles"):
        with entry as role:
            convert_post(book, dossier, file, record, role, is_new=is_new)
