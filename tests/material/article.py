"""What the article of 2 June 2025 says of records that are at home elsewhere: citations that point at them.

Only its own things become records of its dossier: the plenary meeting, its account's demands, its assessments.
The article names Ukraine's defence minister and does not say that he heads the delegation; another source does. Its
silence is a citation of the delegation with verdict `silent` at the member's function.
"""

from typing import Any

from tests.material.book import Book, Dossier, Record, attribution
from tests.material.demands import Responses
from tests.material.fields import Fields
from tests.material.proposals import ARTICLE_ACCOUNT, add_article_account
from tests.material.slugs import ARTICLE, MEMORANDUM, TALKS

REPORTS = {
    "1.1": "II.1 I.1b", "1.2": "III.5", "1.3": "II.1", "2.1": "II.2.2", "2.2": "II.2.2", "2.3": "II.2.3",
    "2.4": "II.2.3", "2.5": "II.2.3", "2.6": "II.2.5", "2.7": "II.2.7", "2.8": "II.2.9", "2.9": "II.2.4",
    "2.10": "II.2.1", "C1": "I.1a", "C2": "I.2a", "C3": "I.6b", "C4a": "I.8a", "C4b": "I.8b", "C5a": "I.12b",
    "C5b": "I.12a", "C6": "I.10", "C7": "I.5a", "C8a": "I.7a", "C8b": "I.7b", "C9": "I.4", "C10": "I.11",
}  # fmt: skip
"""Which points of the text each point of the article tells of."""

CONTRADICTS = {"2.8": ("II.2.9", "elections held within 100 days; in the text their date is announced within them")}
OUTCOME_OF_TEXT = {
    "Russian memorandum presented to the Ukrainian side": "Russia handed over",
    "New prisoner exchange agreed": "All-for-all exchange",
}
"""The article's outcomes that the other file tells, too, by the beginning of their text there."""

IDS = {
    "o1-withdraw": "1.1", "o1-distance": "1.3", "o2-movement": "2.10", "o1 demands": "1.3 demands", "o2 forbids":
    "2.10 forbids", "r2-heads": "the principals' meeting", "r2-plenary": "the plenary", "an as_of date": "a date",
    "date_tabled and date_published": "tabled_on and published_on", "in addressed_to": "among the addressees",
    "reciprocal = true": "is_mutual = true", "A reciprocal demand": "A mutual demand", "option =": "part =",
    "coded option": "coded part", "a child of r2": "a part of the talk", "days=30": "duration P30D",
}  # fmt: skip
"""The material's names in its notes, and ours."""


def said(book: Book, dossier: Dossier, collection: str, slug: str, source: str, value: Any = None, **more: Any) -> None:
    """One statement of the article (or of what it relays) on a record; `source` is the material's id."""
    more = attribution(source) | more
    book.cite_from(dossier, collection, slug, _source(book, source), asserted_value=value, **more)


FILE = "seed_istanbul_2025_06_02"


def _source(book: Book, key: str) -> str:
    return book.slug(FILE, "sources", key)


def cite_talk(book: Book, dossier: Dossier, talk: Fields) -> None:
    """A talk that the other file tells, too: each field that the article gives is a citation of it."""
    slug = book.slug(FILE, "talks", talk.take("id"))
    record = book.get("talks", slug)
    sources = talk.some("source_ids")
    basis = talk.take("claim_basis")
    # What rests on one unnamed source has its chain at each field.
    low = {"confidence": talk.take("confidence")} | (attribution("interfax-unnamed") if basis else {})
    for source in sources:
        said(book, dossier, "talks", slug, source, **low)
    for key, pointer in (("name", "/title"), ("outcome_summary", "/summary"), ("format", "/format")):
        more: Record = dict(low)
        if key == "format" and record["format"] == "mediated":
            more |= {"verdict": "contradicts", "note": "The article names no third party at the table."}
        said(book, dossier, "talks", slug, "art", talk.take(key), pointer=pointer, **more)
    _dates_and_place(book, dossier, record, talk, low)
    if number := talk.take("round"):
        note = talk.take("round_note")
        said(book, dossier, "talks", slug, "mt-related-1", number, pointer="/ordinal", note=note)
    if parent := talk.take("parent"):
        assert record["parent"] == book.slug(FILE, "talks", parent)
    if order := talk.take("order_in_parent"):
        said(book, dossier, "talks", slug, "art", order, pointer="/order_in_parent", **low)
    if minutes := talk.take("duration_minutes"):
        for source in ("art", "interfax-unnamed"):
            said(book, dossier, "talks", slug, source, minutes, pointer="/duration_minutes", note=basis, **low)
    # Neither is named, so the article says nothing of who hosted; the host's delegation gets its silence.
    assert not talk.some("hosts")
    assert not talk.some("mediators")
    for row in dossier_delegations(book, slug):
        if "host" in row["roles"]:
            note = "The article names neither host nor mediator."
            said(book, dossier, "delegations", row["slug"], "art", verdict="silent", note=note)
    for entry in talk.each("outcomes"):
        with entry as outcome:
            _outcome(book, dossier, slug, outcome)
    for entry in talk.each("delegations"):
        with entry as delegation:
            _delegation(book, dossier, slug, delegation)


def _dates_and_place(book: Book, dossier: Dossier, record: Record, talk: Fields, low: Record) -> None:
    slug = record["slug"]
    assert talk.take("date_precision") == "day"
    note = talk.take("date_note")
    if weekday := talk.take("weekday"):
        basis = talk.take("year_confidence")
        note = f"The article says {weekday}, the caption June 2; the year is {basis}."
    for name in ("start", "end"):
        said(book, dossier, "talks", slug, "art", talk.take(name), pointer=f"/{name}", note=note, **low)
    place = book.slug(FILE, "places", talk.take("place"))
    words = ["No venue is named.", *([note] if note and "place" in note else [])]
    more: Record = {"pointer": "/place", "note": " ".join(words)} | low
    if record["place"] != place:
        # The record has the venue; the article names the town.
        more["verdict"] = "silent"
    said(book, dossier, "talks", slug, "art", book.get("places", place)["name"], **more)


def dossier_delegations(book: Book, talk: str) -> list[Record]:
    home = next(d for d in book.dossiers.values() if talk in d.records["talks"])
    return [row for row in home.records["delegations"].values() if row["talk"] == talk]


def _outcome(book: Book, dossier: Dossier, slug: str, outcome: Fields) -> None:
    text, kind, confidence = outcome.take("text"), outcome.take("type"), outcome.take("confidence")
    note, outcomes = outcome.take("note"), book.get("talks", slug)["outcomes"]
    if text in OUTCOME_OF_TEXT:
        key = next(row["key"] for row in outcomes if row["text"].startswith(OUTCOME_OF_TEXT[text]))
    else:
        key = "no-ceasefire-in-sight"
        outcomes.append({"key": key, "kind": kind, "text": text, "confidence": confidence})
    more = {"pointer": f"/outcomes/{key}", "note": note, "confidence": confidence}
    for source in outcome.some("source_ids"):
        said(book, dossier, "talks", slug, source, text, **more)


def _delegation(book: Book, dossier: Dossier, talk: str, delegation: Fields) -> None:
    party, head = book.slug(FILE, "parties", delegation.take("party")), delegation.take("head")
    slug = f"{talk}-{party}"
    record = book.get("delegations", slug)
    assert delegation.take("size") is None
    note = delegation.take("note")
    sources = delegation.some("source_ids")
    for source in sources:
        said(book, dossier, "delegations", slug, source, note=note if source == "art" else None)
    for entry in delegation.each("members"):
        with entry as member:
            person = book.slug(FILE, "people", key := member.take("name"))
            (seat,) = (row for row in record["members"] if row["person"] == person)
            at = f"/members/{person}"
            said(book, dossier, "delegations", slug, sources[0], member.take("role"), pointer=f"{at}/post")
        if key == head:
            assert seat["function"] == "head"
            source = "afp-photo" if "afp-photo" in sources else sources[0]
            said(book, dossier, "delegations", slug, source, "head", pointer=f"{at}/function")
        elif seat["function"] == "head":
            silence = "The article names him and does not say that he heads the delegation; it names no head."
            said(book, dossier, "delegations", slug, "art", pointer=f"{at}/function", verdict="silent", note=silence)


def cite_proposal(book: Book, dossier: Dossier, proposal: Fields) -> dict[str, str]:
    """The memorandum as the article tells it: an account with two options, and the answer that it reports."""
    key = proposal.take("id")
    assert book.slug(FILE, "proposals", key) == MEMORANDUM
    record, account = book.get("proposals", MEMORANDUM), add_article_account(book)
    assert record["talk"] == book.slug(FILE, "talks", proposal.take("talk"))
    assert record["authors"] == [book.slug(FILE, "parties", party) for party in proposal.some("tabled_by")]
    for source in proposal.some("source_ids"):
        said(book, dossier, "proposals", MEMORANDUM, source)
    for name, pointer in (("title", "/title"), ("type", "/kind"), ("date_tabled", "/tabled_on")):
        said(book, dossier, "proposals", MEMORANDUM, "art", proposal.take(name), pointer=pointer)
    assert proposal.take("date_published") is None
    note = proposal.take("date_published_note")
    said(book, dossier, "proposals", MEMORANDUM, "art", pointer="/published_on", verdict="silent", note=note)
    publisher = book.get("sources", _source(book, proposal.take("published_by")))["publisher"]
    said(book, dossier, "proposals", MEMORANDUM, "art", publisher, pointer="/published_by")
    record["published_by"] = publisher
    relation = proposal.take("option_relation")
    account["note"] = relation[0].upper() + relation[1:] + "."
    assert proposal.take("supersedes") is None
    assert proposal.take("responds_to") is None
    parts = {}
    for entry in proposal.each("options"):
        with entry as option:
            label = option.take("label")
            part = {"key": f"option-{label}", "kind": "option", "label": label, "title": option.take("title")}
            part |= {"summary": option.take("summary"), "alternative_group": "frameworks"}
            pointer = f"/accounts/{ARTICLE_ACCOUNT}/parts/{part['key']}"
            for source in option.some("source_ids"):
                said(book, dossier, "proposals", MEMORANDUM, source, pointer=pointer)
        account.setdefault("parts", []).append(part)
        parts[label] = part["key"]
    responses = Responses(book, dossier, FILE)
    for response in proposal.each("responses"):
        with response as row:
            responses.convert(row, {"proposal": MEMORANDUM}, key)
    return parts


def report(book: Book, dossier: Dossier) -> None:
    """Link the article's points to those of the text, and say of which sizes the article is silent."""
    text = {row["slug"]: row for row in book.dossiers["russia-ukraine"].records["demands"].values()}
    for point in dossier.records["demands"].values():
        for number in REPORTS[point["number"]].split():
            point["links"].append({"kind": "reports", "demand": _point(text, number)})
        if point["number"] in CONTRADICTS:
            number, note = CONTRADICTS[point["number"]]
            point["links"].append({"kind": "contradicts", "demand": _point(text, number), "note": note})
    account = next(row for row in book.get("proposals", MEMORANDUM)["accounts"] if row["slug"] == ARTICLE_ACCOUNT)
    # Sixteen points of the text are not told.
    account["is_complete"] = False
    for talk in TALKS[FILE].values():
        for team in dossier_delegations(book, talk):
            if team.get("size"):
                more: Record = {
                    "pointer": "/size",
                    "verdict": "silent",
                    "note": "The article gives no number of members.",
                }
                said(book, dossier, "delegations", team["slug"], "art", **more)


def _point(text: dict[str, Record], number: str) -> str:
    slug = f"{MEMORANDUM}-{number.lower().replace('.', '-')}"
    assert slug in text, slug
    return slug


def keep_notes(book: Book, notes: list[str]) -> None:
    """The coders' notes on the article stay with the article's own record."""
    record = book.get("sources", ARTICLE)
    for note in notes:
        for words, instead in IDS.items():
            note = note.replace(words, instead)
        record.setdefault("notes", []).append(note)


def cite_conflict(book: Book, dossier: Dossier, conflict: Fields) -> None:
    """What the article says of the war, and that it gives no date of its start."""
    with conflict as row:
        row.take("id")
        name, text = row.take("name"), row.take("text")
        for source in row.some("source_ids"):
            more: Record = {"pointer": "/conflicts", "note": text}
            said(book, dossier, "processes", "russia-ukraine", source, name, **more)
            more |= {"verdict": "silent", "note": "Silent on the start of the war only."}
            said(book, dossier, "processes", "russia-ukraine", source, **more)
