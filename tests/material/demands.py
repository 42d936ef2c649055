"""Demands, the links between them, and the responses to them and to whole proposals."""

import csv
import re
from pathlib import Path
from typing import Any

from tests.material.book import Book, Dossier, Record, caveat, cite, cite_all, coded, slugify
from tests.material.fields import Fields
from tests.material.lineage import BASIS, LINEAGE
from tests.material.places import places_in
from tests.material.quantities import DEMANDS, PARAMETERS, from_numbers
from tests.material.timings import convert_timing
from tests.material.words import ACTS, ACTS_BY_NOTE, ADOPTED_TEXTS, DRAFTED_TEXTS, NOT_IN_THE_TEXT, STANCES

MAPPING = Path(__file__).with_name("issue_mapping.csv")
SETTLED = {"jc-7": "settles", "jc-8": "settles"}
"""`same_as` from the final text to the demand that it ends, not to one that it repeats."""

CHANGES = {"e3-1": "strikes_out", "e3-4": "narrows"}
"""What a point of a counter-proposal does to the one it changes, where it does not simply amend it."""

COUNTERS = {"rm-II-2-6": "um-9"}
"""Demands that a note calls the counter-proposal to another one."""

PUT_AGAINST = {
    ("um-1", "countered"): ["rm-III-2"],
    ("um-5a", "rejected"): ["rm-I-2a"],
    ("um-5b", "rejected"): ["rm-I-2a"],
    ("um-5c", "rejected"): ["rm-I-5a"],
    ("um-5d", "rejected"): ["rm-I-2b"],
    ("um-6a", "rejected"): ["rm-I-1a"],
    ("us28-3", "rejected"): ["e3-1"],
    ("us28-6", "countered"): ["e3-2"],
    ("us28-7", "countered"): ["e3-3"],
    ("us28-8", "countered"): ["e3-4"],
    ("us28-21", "countered"): ["e3-9"],
    ("emb-1", "countered"): ["jc-7"],
    ("emb-2", "countered"): ["jc-8"],
}
"""Listed demands that the text of a response names as its counter-position."""

SCOPES: dict[str, list[str]] = {
    "ceasefire and leaders' meeting": ["um-1", "um-8", "um-10"],
    "amendments by Kyiv and Europe": [],
}
PIECES = {("d15-2", "UA"): "Belarus as a guarantor", ("d15-2", "RU"): "Türkiye as a guarantor"}
"""Answers whose text says that they are about a piece of the demand: the words of the scope."""

COUNTER_PROPOSALS = {("us-28", "countered"): "e3-cp"}


NUMBERS_ARE_OURS = {"iran_nuclear_2013_2015": "Numbers of points are ours."}
NOT_SEEN = ("citation needed", "excerpt")
"""Words of a note that say that the text of the point was not seen, or not whole."""

RELAYED_BY = re.compile(r"^Announced by (\w+);")


def issue_codes() -> dict[tuple[str, str], tuple[str, list[str]]]:
    """File and demand → the material's word and our codes, the primary one first."""
    with MAPPING.open(encoding="utf-8", newline="") as rows:
        return {
            (row["file"], row["demand"]): (row["issue_word"], [row["primary"], *row["others"].split()])
            for row in csv.DictReader(rows)
        }


class Demands:
    """The demands of one file."""

    def __init__(self, book: Book, dossier: Dossier, file: str) -> None:
        self.book, self.dossier, self.file = book, dossier, file
        self.codes = issue_codes()
        self.positions: dict[str, int] = {}

    def slug(self, key: str) -> str:
        return self.book.slug(self.file, "demands", key)

    def parties(self, keys: list[str]) -> list[str]:
        return [self.book.slug(self.file, "parties", key) for key in keys]

    def convert(self, demand: Fields, account: str | None, parts: dict[str, str]) -> None:
        """`account` is null for the reference; `parts` leads from the material's id or option to a part's key."""
        key, proposal, option = demand.take("id"), demand.take("proposal"), demand.take("option")
        owner = self.book.slug(self.file, "proposals", proposal)
        self.positions[proposal] = position = self.positions.get(proposal, 0) + 1
        record: Record = {"slug": self.slug(key), "proposal": owner, "account": account}
        record["part"] = parts.get(option) if option else next((parts[p] for p in parts if key.startswith(p)), None)
        record |= {"position": position, "number": demand.take("number"), "text": demand.take("text")}
        if record["number"] == "?":
            coded(record, "number", "?")
            record["number"] = None
        word, (primary, *others) = self.codes[self.file, key]
        assert word == demand.take("issue"), key
        record["claimants"] = self.parties(demand.some("demanded_by"))
        record["addressees"] = self.parties(demand.some("addressed_to"))
        self._act(record, key, demand.take("kind"), others)
        if beneficiary := demand.take("beneficiary"):
            record["beneficiaries"] = self.parties([beneficiary])
        record["is_mutual"] = demand.take("reciprocal") or None
        record["exception"] = demand.take("exception")
        record["issues"] = [{"issue": primary, "is_primary": True}, *({"issue": code} for code in others)]
        coded(record, "issues", word)
        record["places"] = [self.book.slug(self.file, "places", place) for place in demand.some("places")]
        record["places"] = record["places"] or places_in(self.file, key, record["text"])
        record["timing"], words = convert_timing(self.book, self.file, key, demand.take("timing"))
        if words:
            coded(record, "timing", words)
        record["depends_on"] = [self.slug(other) for other in demand.some("depends_on")]
        record["links"] = self._links(key, demand)
        if key in LINEAGE:
            caveat(record, "links", low=False, basis="inferred", text=BASIS)
        record["quantities"] = self._quantities(key, demand)
        record["confidence"] = demand.take("confidence")
        unseen = self._doubts(record, demand)
        more = {"confidence": "low", "note": unseen} if unseen else {}
        cite_all(self.book, self.file, record, demand.some("source_ids"), **more)
        for value in demand.each("conflicting_values"):
            with value as row:
                source = self.book.slug(self.file, "sources", row.take("source"))
                more = {"verdict": "contradicts", "asserted_value": row.take("value")}
                cite(record, source, "/quantities", **more)
        self.book.add(self.dossier, "demands", record)
        responses = Responses(self.book, self.dossier, self.file)
        for response in demand.each("responses"):
            with response as row:
                responses.convert(row, {"demand": record["slug"]}, key)

    def _act(self, record: Record, key: str, kind: str | None, others: list[str]) -> None:
        if key in ACTS_BY_NOTE:
            record["act"] = ACTS_BY_NOTE[key]
        elif kind:
            record["act"] = ACTS[kind]
            if record["act"] != kind:
                coded(record, "act", kind)
        elif words := self._text_of(record, key):
            record["act"] = "provision"
            coded(record, "act", words)
        elif record["claimants"] == record["addressees"]:
            record["act"] = "undertaking"
        elif "PROC.PRECONDITION" in others:
            record["act"] = "precondition"

    def _text_of(self, record: Record, key: str) -> str | None:
        """The material's word for the adopted or drafted text that the point is a provision of."""
        proposal = self.book.get("proposals", record["proposal"])
        words: str = proposal["coded_from"]["kind"]
        is_in_draft = words in DRAFTED_TEXTS and set(record["claimants"]) >= set(proposal["authors"])
        is_in_text = words in ADOPTED_TEXTS and key not in NOT_IN_THE_TEXT
        return words if is_in_draft or is_in_text else None

    def _links(self, key: str, demand: Fields) -> list[Record]:
        note = demand.take("same_as_note")
        links = [
            {"kind": SETTLED.get(key, "repeats"), "demand": self.slug(other), "note": note}
            for other in demand.some("same_as")
        ]
        if changed := demand.take("changes"):
            links.append({"kind": CHANGES.get(key, "amends"), "demand": self.slug(changed)})
        if key in COUNTERS:
            links.append({"kind": "counters", "demand": self.slug(COUNTERS[key])})
        links += [
            {"kind": kind, "demand": self.slug(earlier), "note": words} for kind, earlier, words in LINEAGE.get(key, ())
        ]
        return links

    def _quantities(self, key: str, demand: Fields) -> list[dict[str, Any]]:
        found = from_numbers(demand.take("numbers"))
        if parameter := demand.take("parameter"):
            found.append(PARAMETERS[parameter])
        return found or DEMANDS.get(key, [])

    def _doubts(self, record: Record, demand: Fields) -> str | None:
        """Returns the note that says so where nobody saw the text of the demand."""
        if demand.take("addressee_confidence"):
            caveat(record, "addressees")
        is_doubted = bool(demand.take("number_confidence"))
        if is_doubted or self.file in NUMBERS_ARE_OURS:
            caveat(record, "number", low=is_doubted, text=NUMBERS_ARE_OURS.get(self.file))
        note = self.book.say(self.file, demand.take("note"))
        if not note:
            return None
        record["notes"] = [note]
        if not any(words in note for words in NOT_SEEN):
            return None
        caveat(record, "text", text=note)
        return note


class Responses:
    """The responses of one file. One party's answers of one day in one source are one statement."""

    def __init__(self, book: Book, dossier: Dossier, file: str) -> None:
        self.book, self.dossier, self.file = book, dossier, file
        # Another dossier may tell of the same party's answers of the same day.
        self.prefix = "article-on-" if dossier.slug == "istanbul-2025-06-02" else ""

    def convert(self, row: Fields, target: Record, key: str) -> None:
        """`target` names the demand or proposal answered; `key` is the material's id of it."""
        party, source, day = row.take("party"), row.take("source"), row.take("date")
        stance, text = row.take("stance"), row.take("text") or None
        responder = self.book.slug(self.file, "parties", party)
        source_slug = self.book.slug(self.file, "sources", source)
        stem = f"{self.prefix}{next(iter(target.values()))}-{responder}-{day}"
        same_day = [r for r in self.dossier.records["responses"] if r == stem or r.startswith(stem + "-")]
        record: Record = {"slug": f"{stem}-{len(same_day) + 1}" if same_day else stem} | target
        record |= {"responder": responder, "stance": STANCES.get(stance, stance), "said_on": day}
        if row.take("partial"):
            record["stance"] = "implemented_in_part"
            coded(record, "stance", f"{stance}, partial")
        elif record["stance"] != stance:
            coded(record, "stance", stance)
        record["text"] = text
        self._scope(record, PIECES.get((key, party)) or row.take("scope"))
        record["counters"] = [
            self.book.slug(self.file, "demands", other) for other in PUT_AGAINST.get((key, stance), [])
        ]
        if (key, stance) in COUNTER_PROPOSALS:
            record["counter_proposal"] = self.book.slug(self.file, "proposals", COUNTER_PROPOSALS[key, stance])
        record["statement"] = f"{responder}-{day}-{source_slug}"
        record["is_implied"] = row.take("implied") or None
        record["confidence"] = row.take("confidence")
        if record["is_implied"]:
            caveat(record, "stance", basis="inferred")
        if row.take("date_confidence"):
            caveat(record, "said_on")
        if silent_until := row.take("as_of"):
            assert silent_until == day, record["slug"]
        # The precision stands in the date itself: 2013-07.
        assert row.take("date_precision") in (None, "month"), record["slug"]
        self._told_by(record, text, source_slug, row.take("basis"))
        self.book.add(self.dossier, "responses", record)

    def _scope(self, record: Record, scope: str | None) -> None:
        if scope == "whole_proposal":
            coded(record, "scope", scope)
        elif scope:
            record["scope"] = scope
            record["scope_demands"] = [self.book.slug(self.file, "demands", key) for key in SCOPES.get(scope, ())]

    def _told_by(self, record: Record, text: str | None, source: str, basis: str | None) -> None:
        """A person of the responder's is the speaker; one of another party's is the first who tells of it."""
        chain = [{"text": basis}] if basis else []
        if basis:
            caveat(record, "stance", basis="unnamed_source", text=basis)
        if person := self.book.person_named_in(self.file, text):
            if self.book.get("people", person)["party"] == record["responder"]:
                record["said_by"] = person
            else:
                chain.append({"text": self.book.get("people", person)["name"], "person": person})
        if relayed := RELAYED_BY.match(text or ""):
            relay = self.book.get("parties", slugify(relayed[1]))
            chain.append({"text": relay["name"], "party": relay["slug"]})
        cite(record, source, attribution=chain)
