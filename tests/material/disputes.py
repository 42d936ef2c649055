"""Disagreements that the material tells in its notes: the other value as a citation that contradicts."""

from dataclasses import dataclass

from tests.material.book import Book, Dossier


@dataclass
class Dispute:
    """What the source (by the material's id) says of a field of a record, against the record's own value."""

    collection: str
    slug: str
    pointer: str
    source: str
    says: str


DISPUTES = {
    "russia_ukraine_2022_2026": [
        Dispute("talks", "gomel-2022-02-28", "/place", "taiwan", "just inside Ukraine"),
        Dispute("delegations", "gomel-2022-02-28-ukraine", "/members/oleksii-reznikov/function", "taiwan",
                "Mykhailo Podolyak as lead negotiator"),
        Dispute("proposals", "ukrainian-memorandum-2025-05-28", "/tabled_on", "up-0529", "2025-05-23"),
        Dispute("people", "viktor-shevtsov", "/name", "up-0514", "Vladimir Shevtsov"),
        Dispute("delegations", "abu-dhabi-2026-01-23-ukraine", "/members/kyrylo-budanov/post", "walaw",
                "head of military intelligence"),
        Dispute("talks", "istanbul-2022-03-29", "/start", "glostat", "consultations on 28–30 March 2022"),
        Dispute("talks", "istanbul-2025-06-02", "/outcomes/return-of-bodies-russia-hands-over-6-000/quantities",
                "orda", "6,000 for 6,000"),
        Dispute("agreements", "return-of-bodies-2025-06-02", "/quantities", "orda", "6,000 for 6,000"),
    ],
}  # fmt: skip


def add_disputes(book: Book, dossier: Dossier, file: str) -> None:
    for one in DISPUTES.get(file, []):
        source = book.slug(file, "sources", one.source)
        more = {"pointer": one.pointer, "verdict": "contradicts", "asserted_value": one.says}
        book.cite_from(dossier, one.collection, one.slug, source, **more)
