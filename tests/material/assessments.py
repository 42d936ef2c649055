"""Assessments: forecasts and characterisations, never responses."""

from tests.material.book import Book, Dossier, Record, cite_all, coded
from tests.material.fields import Fields
from tests.material.words import ASSESSMENTS

SLUGS = {
    "as1": "moscow-times-maximalist-demands",
    "as2": "moscow-times-long-standing-demands",
    "as3": "moscow-times-likely-non-starters",
    "as4": "interfax-source-important-step",
    "as5": "moscow-times-no-explicit-surrender-in-option-2",
    "as6": "moscow-times-partly-occupied-regions",
    "as-mfa-0529": "ukraine-expects-ultimatums-2025-05-29",
    "as-peskov": "peskov-drafts-diametrically-opposed-2025-07-23",
    "as-kyslytsia": "zelensky-document-kept-back-2025-06-04",
    "as-ushakov": "ushakov-wording-not-discussed-2025-12-02",
}


def convert_assessments(book: Book, dossier: Dossier, file: str, rows: list[Fields]) -> None:
    for entry in rows:
        with entry as row:
            record: Record = {"slug": SLUGS[row.take("id")]}
            words, text = row.take("kind"), row.take("text")
            record |= {"kind": ASSESSMENTS.get(words, words), "text": text}
            if record["kind"] != words:
                coded(record, "kind", words)
            record["about"] = [_address(book, file, key) for key in row.take("about").split(",")]
            record["by"] = book.slug(file, "parties", row.take("by"))
            person = book.person_named_in(file, text)
            if person and book.get("people", person)["party"] == record["by"]:
                record["said_by"] = person
            record["said_on"], record["confidence"] = row.take("date"), row.take("confidence")
            if note := row.take("note"):
                record["notes"] = [note]
            cite_all(book, file, record, row.some("source_ids"))
            book.add(dossier, "assessments", record)


def _address(book: Book, file: str, key: str) -> str:
    for collection in ("proposals", "talks", "places", "demands", "parties"):
        if book.has(file, collection, key):
            return f"{collection}/{book.slug(file, collection, key)}"
    raise KeyError(key)
