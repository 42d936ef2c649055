"""Proposals with their accounts, sections and options."""

from tests.material.book import Book, Dossier, Record, caveat, cite, cite_all, coded
from tests.material.demands import Responses
from tests.material.fields import Fields
from tests.material.slugs import ARTICLE, MEMORANDUM
from tests.material.words import ACCOUNT_KINDS, POINTS_SAID, PROPOSAL_TYPES, SEEN_IN_PART

ARTICLE_ACCOUNT = f"{MEMORANDUM}-article"
GROUPS = {MEMORANDUM: "ceasefire", "us-ukrainian-20-point-plan-2025": "donbas"}
"""Names of the groups of options that exclude each other."""

OPTIONS_IN = {MEMORANDUM: "section-ii"}
"""The section to which the options of a proposal belong."""

LANGUAGES = {MEMORANDUM: (["ru"], "babel-0604"), "ukrainian-memorandum-2025-05-28": (["uk", "en"], None)}
"""From "Russian only (babel-0604)" and from a note."""

ADDRESSEES = {MEMORANDUM: ["UA"], "ukrainian-memorandum-2025-05-28": ["RU"]}
ARISES_FROM = {"r1: agreement that each side puts its vision of a ceasefire in writing": "written-visions-2025-05-16"}
"""The material names an outcome; the outcome is an agreement."""

TWO_TEXTS = {
    "lausanne-parameters-2015": [
        {"title": "List of parameters published by the United States", "told_by": "united-states"},
        {"suffix": "joint-statement", "title": "Joint statement", "kind": "version"},
    ]
}
"""Proposals of which two texts are told, the first being the reference."""


NAMED_TEXT = {"istanbul-communique-2022", "us-28-point-plan-2025"}
"""Excerpts whose accounts were named as if they were the text: slugs never change."""


def reference_account(proposal: str) -> str:
    suffix = "text" if ACCOUNT_KINDS.get(proposal) == "text" or proposal in NAMED_TEXT else "points"
    return f"{proposal}-{suffix}"


def convert_proposal(book: Book, dossier: Dossier, file: str, process: str, proposal: Fields) -> dict[str, str]:
    """Returns where its demands stand: option label (or the beginning of a demand's id) → key of the part."""
    key = proposal.take("id")
    record: Record = {"slug": book.slug(file, "proposals", key), "process": process}
    slug, talk, words = record["slug"], proposal.take("talk"), proposal.take("type")
    record["talk"] = book.slug(file, "talks", talk) if talk else None
    record["title"], record["kind"] = proposal.take("title"), PROPOSAL_TYPES[words]
    coded(record, "kind", words)
    record["authors"] = [book.slug(file, "parties", party) for party in proposal.some("tabled_by")]
    record["addressees"] = [book.slug(file, "parties", party) for party in ADDRESSEES.get(slug, [])]
    record["document_date"] = proposal.take("document_date")
    record["tabled_on"] = proposal.take("date_tabled")
    record["published_on"] = proposal.take("date_published")
    # The precision stands in the date itself: 2013-06, 2015.
    assert proposal.take("date_precision") in (None, "month", "year"), key
    account: Record = {"slug": reference_account(slug), "kind": ACCOUNT_KINDS.get(slug, "report")}
    account["is_reference"] = True
    record["accounts"] = [account]
    _dates(book, file, record, proposal)
    _terms(book, file, record, proposal)
    record["relations"] = _relations(book, file, proposal)
    record["confidence"] = proposal.take("confidence")
    for name in ("tabled_note", "note"):
        if note := book.say(file, proposal.take(name)):
            record.setdefault("notes", []).append(note)
            if name == "tabled_note":
                # Who wrote the communiqué is told in two ways.
                caveat(record, "authors", low=False, text=note)
    cite_all(book, file, record, proposal.some("source_ids"))
    parts = _parts(book, file, record, account, proposal)
    _counted(book, file, record, account, proposal)
    _other_texts(record, account)
    book.add(dossier, "proposals", record)
    responses = Responses(book, dossier, file)
    for response in proposal.each("responses"):
        with response as row:
            responses.convert(row, {"proposal": slug}, key)
    return parts


def _dates(book: Book, file: str, record: Record, proposal: Fields) -> None:
    if proposal.take("date_confidence"):
        caveat(record, "tabled_on")
    if proposal.take("date_published_confidence"):
        caveat(record, "published_on")
    if source := proposal.take("document_date_source"):
        cite(record, book.slug(file, "sources", source), "/document_date")


def _terms(book: Book, file: str, record: Record, proposal: Fields) -> None:
    """Languages, duration, the day by which an answer was asked for."""
    if words := proposal.take("language"):
        coded(record, "languages", book.say(file, words) or words)
    languages, source = LANGUAGES.get(record["slug"], ([], None))
    record["languages"] = languages
    if source:
        cite(record, book.slug(file, "sources", source), "/languages")
    if duration := proposal.take("duration"):
        with Fields(duration, f"{record['slug']}/duration") as row:
            record["duration"] = f"P{row.take('months')}M"
            record["is_renewable"] = row.take("renewable")
            cite(record, book.slug(file, "sources", row.take("source")), "/duration")
    if deadline := proposal.take("deadline_set"):
        with Fields(deadline, f"{record['slug']}/deadline_set") as row:
            record["answer_due"] = row.take("date")
            day, party = record["answer_due"], book.slug(file, "parties", row.take("by"))
            record["deadlines"] = [{"key": f"deadline-{day}", "on": day, "set_by": party}]
            source = book.slug(file, "sources", row.take("source"))
            for field in ("/answer_due", f"/deadlines/deadline-{day}"):
                cite(record, source, field)


def _relations(book: Book, file: str, proposal: Fields) -> list[Record]:
    relations: list[Record] = [
        {"kind": kind, "proposal": book.slug(file, "proposals", other)}
        for kind in ("supersedes", "responds_to")
        if (other := proposal.take(kind))
    ]
    if words := proposal.take("arises_from"):
        note = "Agreed at round 1: each side puts its vision of a ceasefire in writing."
        relations.append({"kind": "arises_from", "agreement": ARISES_FROM[words], "note": note})
    return relations


TEN_POINTS = "Ten points"


def _parts(book: Book, file: str, record: Record, account: Record, proposal: Fields) -> dict[str, str]:
    slug, rows, parts = record["slug"], [], {}
    options = proposal.each("options")
    for section in proposal.each("sections"):
        with section as row:
            label = row.take("n")
            part: Record = {"key": f"section-{label.lower()}", "kind": "section", "label": label}
            part |= {"title": row.take("title"), "points_reported": row.take("points")}
            if count := row.take("options"):
                assert count == len(options), slug
                part["summary"] = f"{count} options"
            if row.take("confidence"):
                pointer = f"/accounts/{account['slug']}/parts/{part['key']}/points_reported"
                caveat(record, pointer, basis="computed")
            rows.append(part)
            parts[f"rm-{label}-"] = part["key"]
    for option in options:
        with option as row:
            label = row.take("label")
            part = {"key": f"option-{label.lower()}", "kind": "option", "parent": OPTIONS_IN.get(slug)}
            part |= {"label": label, "title": row.take("title"), "summary": row.take("summary")}
            part["alternative_group"] = GROUPS[slug]
            if (row_words := part["summary"] or "").startswith(TEN_POINTS):
                part["points_reported"] = 10
                coded(record, f"/accounts/{account['slug']}/parts/{part['key']}/points_reported", row_words)
            pointer = f"/accounts/{account['slug']}/parts/{part['key']}"
            cite_all(book, file, record, row.some("source_ids"), pointer)
            rows.append(part)
            parts[label] = part["key"]
    account["parts"] = sorted(rows, key=lambda part: _document_order(part["key"]))
    return parts


def _document_order(key: str) -> int:
    order = ["section-i", "section-ii", "option-1", "option-2", "section-iii", "option-a", "option-b"]
    return order.index(key)


def _counted(book: Book, file: str, record: Record, account: Record, proposal: Fields) -> None:
    account["points_reported"] = proposal.take("total_points") or POINTS_SAID.get(record["slug"])
    if record["slug"] in SEEN_IN_PART:
        account["is_complete"] = False
    if source := proposal.take("total_points_source"):
        pointer = f"/accounts/{account['slug']}/points_reported"
        cite(record, book.slug(file, "sources", source), pointer, asserted_value=account["points_reported"])


def _other_texts(record: Record, account: Record) -> None:
    for position, text in enumerate(TWO_TEXTS.get(record["slug"], [])):
        row = dict(text)
        if position == 0:
            account |= row
        else:
            record["accounts"].append({"slug": f"{record['slug']}-{row.pop('suffix')}"} | row)


def add_article_account(book: Book) -> Record:
    """The article's telling of the memorandum: an account of the proposal that is at home in the first dossier."""
    record = book.get("proposals", MEMORANDUM)
    # The copy has neither title nor day of publication: what is inferred of them stands at the source.
    account: Record = {"slug": ARTICLE_ACCOUNT, "title": "The article's account", "kind": "report"}
    account |= {"told_by": "the-moscow-times", "languages": ["en"]}
    record["accounts"].append(account)
    (doubt,) = (row for row in book.get("sources", ARTICLE)["caveats"] if row["field"] == "publisher")
    caveat(record, f"/accounts/{ARTICLE_ACCOUNT}/told_by", low=False, basis="inferred", text=doubt["text"])
    return account
