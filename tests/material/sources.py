"""Sources. The article of 2 June 2025 stands in two files and is one record, at home in the first dossier."""

import re

from tests.material.book import Book, Dossier, Record, caveat, coded, slugify
from tests.material.fields import Fields
from tests.material.slugs import SOURCES
from tests.material.words import SOURCE_KINDS

PUBLISHERS = {
    "The Moscow Times (inferred from the second address and the house style; not named in the text)": (
        "The Moscow Times",
        "inferred from the second address and the house style; not named in the text",
    ),
    "The Moscow Times (inferred)": ("The Moscow Times", "inferred"),
    "Interfax (via the article)": ("Interfax", None),
    "AFP (photographer Yasin Akgul)": ("AFP", None),
}
RELIABILITY = re.compile(r"^(partisan|blog|unreliable|secondary|unnamed_secondhand)\b(?:[:;] )?(.*)$")


def convert_sources(book: Book, dossier: Dossier, file: str, rows: list[Fields], unused: list[str]) -> None:
    for entry in rows:
        with entry as source:
            _source(book, dossier, file, source)
    # They support nothing and are kept.
    book.unused |= {book.slug(file, "sources", key) for key in unused}


def _source(book: Book, dossier: Dossier, file: str, source: Fields) -> None:
    key, title, published = source.take("id"), source.take("title"), source.take("date")
    publisher, note, kind = source.take("publisher"), source.take("note"), source.take("kind")
    publisher, doubt = PUBLISHERS.get(publisher, (publisher, None))
    slug = SOURCES.get(key) or slugify(publisher, published or "", title, longest=70)
    book.name(file, "sources", key, slug)
    book.publishers[file, key] = publisher
    # The fuller record of the article comes second: it fills the one that the first file made.
    record = book.find("sources", slug)
    first = record is None
    if record is None:
        record = {"slug": slug}
        book.add(dossier, "sources", record)
    record |= {"title": title, "kind": SOURCE_KINDS.get(kind) if kind else None, "url": source.take("url")}
    record |= {"publisher": publisher, "published": published}
    if kind and record["kind"] != kind:
        coded(record, "kind", kind)
    if key == "art":
        # The copy has no headline. Square brackets mark a title that the coder supplies.
        record["title"] = f"[Untitled news article: {title.split(': ', 1)[1]}]"
        coded(record, "title", book.say(file, title) or title)
        caveat(record, "title", basis="inferred", text="No headline in the copy; the title is the coder's.")
    if publisher == "AFP":
        record["authors"] = ["Yasin Akgul"]
    via = source.take("via")
    record["via"] = book.slug(file, "sources", via) if via else None
    _reliability(record, source.take("reliability"))
    if doubt:
        caveat(record, "publisher", low=False, basis="inferred", text=doubt)
    if source.take("date_confidence") and (first or key == "art"):
        _doubtful_date(record, from_address=key == "mt-related-1")
    if note := book.say(file, note):
        record.setdefault("notes", []).append(note)


def _doubtful_date(record: Record, *, from_address: bool) -> None:
    basis = "url" if from_address else "inferred"
    record["published_basis"] = basis
    if not any(row["field"] == "published" for row in record.get("caveats", [])):
        caveat(record, "published", basis=basis)


def _reliability(record: Record, words: str | None) -> None:
    if words and (match := RELIABILITY.match(words)):
        record["reliability"], record["reliability_note"] = match[1], match[2] or None
    else:
        record["reliability_note"] = words
