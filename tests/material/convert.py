"""Make the bundled dossiers of the material: `python -m tests.material.convert`."""

import csv
import json
from pathlib import Path

from tests.material import article
from tests.material.actors import COMMON_HOME, convert_mandates, convert_memberships, convert_parties, convert_people
from tests.material.agreements import make_agreements
from tests.material.article import FILE as ARTICLE_FILE
from tests.material.assessments import convert_assessments
from tests.material.book import Book, Dossier, Record, slugify
from tests.material.demands import Demands
from tests.material.disputes import add_disputes
from tests.material.fields import Fields, Raw
from tests.material.places import city, convert_places, regions
from tests.material.processes import PROCESSES, convert_process, take_parts
from tests.material.proposals import ARTICLE_ACCOUNT, convert_proposal
from tests.material.slugs import DEMANDS, FILES, PROPOSALS, TALKS
from tests.material.sources import convert_sources
from tests.material.talks import convert_talk

HERE = Path(__file__).parent
DOSSIERS = HERE.parents[1] / "app" / "ingest" / "dossiers"
ISSUES = HERE / "issues.csv"
LABELS = HERE / "issue_labels.csv"

ABOUT = {
    "russia-ukraine": "Rounds, memoranda and plans since February 2022, with the answers that are known.",
    "istanbul-2025-06-02": "What one news article says of the talks and of the Russian memorandum, as its own account.",
    "colombia-farc": "From the secret exploratory meeting to the revised agreement and its ratification.",
    "israel-hamas": "The agreement of January 2025, the 20-point plan and its first phase.",
    "iran-nuclear": "From Almaty to the Joint Comprehensive Plan of Action.",
}
NEEDS = {
    "russia-ukraine": ["issues"],
    "istanbul-2025-06-02": ["issues", "russia-ukraine"],
    "colombia-farc": ["issues"],
    "israel-hamas": ["issues", "russia-ukraine", "colombia-farc"],
    "iran-nuclear": ["issues", "russia-ukraine", "israel-hamas"],
}


def read(file: str) -> Raw:
    raw: Raw = json.loads((HERE / f"{file}.json").read_text(encoding="utf-8"))
    return raw


def convert(materials: dict[str, Raw] | None = None) -> dict[str, Record]:
    """The dossiers by slug, as they are written; UnknownKeyError where the material has a key nobody reads."""
    materials = materials or {file: read(file) for file in FILES}
    book = Book()
    issues = book.open(Dossier("issues", "Issues", "What is negotiated about: two levels.", []))
    for row in _issues():
        book.add(issues, "issues", row)
    for file, slug in FILES.items():
        _convert_file(book, file, slug, Fields(materials[file], file))
    convert_memberships(book, FILES)
    convert_mandates(book, FILES)
    take_parts(book)
    return {slug: dossier.body() for slug, dossier in book.dossiers.items()}


def _issues() -> list[Record]:
    with LABELS.open(encoding="utf-8", newline="") as rows:
        labels = {
            row.pop("code"): {lang: label for lang, label in row.items() if label} for row in csv.DictReader(rows)
        }
    with ISSUES.open(encoding="utf-8", newline="") as rows:
        return [
            {
                "slug": slugify(row["code"]),
                "code": row["code"],
                "label": row["label"],
                "labels": labels.get(row["code"], {}),
                "broader": row["code"].split(".")[0] if "." in row["code"] else None,
                "definition": row["definition"],
                "scope_note": row["scope_note"],
                "close_match": row["close_match"].split(),
            }
            for row in csv.DictReader(rows)
        ]


def _demand_slug(book: Book, file: str, demand: Raw) -> str:
    if file == ARTICLE_FILE:
        return f"article-2025-06-02-{slugify(demand['number'])}"
    ending = DEMANDS.get(demand["id"]) or slugify(demand["id"].split("-", 1)[1])
    return f"{book.slug(file, 'proposals', demand['proposal'])}-{ending}"


def _convert_file(book: Book, file: str, slug: str, material: Fields) -> None:
    with material as whole:
        assert whole.take("file") == file
        title = whole.take("title")
        is_article = file == ARTICLE_FILE
        dossier = book.open(Dossier(slug, title, ABOUT[slug], NEEDS[slug]))
        if is_article:
            dossier.title = "Russia's memorandum in Istanbul, 2 June 2025: the article's account"
        home = book.dossiers["russia-ukraine"]
        parties = [Fields(raw, f"{file}/parties/{raw['id']}") for raw in whole.some("parties")]
        own = [party for party in parties if party.where.rsplit("/", 1)[1] not in COMMON_HOME]
        roles = convert_parties(book, dossier, file, own)
        convert_parties(book, home, file, [party for party in parties if party not in own])
        sources = whole.each("sources")
        convert_sources(book, dossier, file, sources, whole.some("unused_sources"))
        convert_people(book, dossier, file, whole.each("people"))
        if file == next(iter(FILES)):
            city(book, dossier, "istanbul")
            regions(book, dossier)
        convert_places(book, dossier, file, whole.each("places"))
        for kind, table in (("talks", TALKS), ("proposals", PROPOSALS)):
            for key, name in table[file].items():
                book.name(file, kind, key, name)
        demands = _in_document_order(whole.some("demands"))
        for raw in demands:
            book.name(file, "demands", raw["id"], _demand_slug(book, file, raw))
        if is_article:
            article.cite_conflict(book, dossier, Fields(whole.take("conflict"), f"{file}/conflict"))
            article.keep_notes(book, whole.some("notes"))
            process = "russia-ukraine"
        else:
            process = PROCESSES[file].slug
            convert_process(book, dossier, file, whole, roles)
        _talks(book, dossier, file, process, whole.each("talks"))
        _proposals(book, dossier, file, process, whole.each("proposals"), demands)
        make_agreements(book, dossier)
        add_disputes(book, dossier, file)
        convert_assessments(book, dossier, file, whole.each("assessments"))
    if is_article:
        article.report(book, dossier)


def _in_document_order(demands: list[Raw]) -> list[Raw]:
    """The counter-proposal of the E3 is coded in another order than its numbers."""
    return sorted(demands, key=lambda raw: int(raw["number"]) if raw["proposal"] == "e3-cp" else 0)


def _talks(book: Book, dossier: Dossier, file: str, process: str, talks: list[Fields]) -> None:
    for entry in talks:
        with entry as talk:
            if file == ARTICLE_FILE and entry.peek("id") != "r2-plenary":
                article.cite_talk(book, dossier, talk)
            else:
                convert_talk(book, dossier, file, process, talk)


def _proposals(
    book: Book, dossier: Dossier, file: str, process: str, proposals: list[Fields], demands: list[Raw]
) -> None:
    parts: dict[str, dict[str, str]] = {}
    for entry in proposals:
        with entry as proposal:
            key = entry.peek("id")
            if file == ARTICLE_FILE:
                parts[key] = article.cite_proposal(book, dossier, proposal)
            else:
                parts[key] = convert_proposal(book, dossier, file, process, proposal)
    converter = Demands(book, dossier, file)
    account = ARTICLE_ACCOUNT if file == ARTICLE_FILE else None
    for raw in demands:
        with Fields(raw, f"{file}/demands/{raw['id']}") as demand:
            converter.convert(demand, account, parts[raw["proposal"]])


def write(dossier: Record) -> str:
    """The text of a dossier's file."""
    return json.dumps(dossier, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    DOSSIERS.mkdir(parents=True, exist_ok=True)
    for slug, dossier in convert().items():
        (DOSSIERS / f"{slug}.json").write_text(write(dossier), encoding="utf-8")


if __name__ == "__main__":
    main()
