"""The bundled dossiers against the material, file by file. The counting here shares no code with the converter."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.dossier_rows import ARTICLE_FILE, FILES, MATERIAL, SHIPPED, citations, every
from tests.loops import nonempty


@pytest.mark.parametrize("file", FILES)
def test_what_a_file_counts_its_dossier_counts(file: str) -> None:
    material, name = MATERIAL[file], FILES[file]
    shared = {"talks": 2, "delegations": 4, "proposals": 1} if file == ARTICLE_FILE else {}
    for collection in ("talks", "proposals", "demands", "assessments"):
        assert len(every(collection, name)) == len(material[collection]) - shared.get(collection, 0), collection
    seated = [row for row in every("delegations", name) if row.get("is_seated", True)]
    assert len(seated) == sum(len(talk["delegations"]) for talk in material["talks"]) - shared.get("delegations", 0)
    answered = [*material["proposals"], *material["demands"]]
    answers = [answer for row in answered for answer in row.get("responses", [])]
    assert len(every("responses", name)) == len(answers)
    assert Counter(row["said_on"] for row in every("responses", name)) == Counter(a["date"] for a in answers)
    timed = [row for row in material["demands"] if row["timing"]]
    assert sum("timing" in row for row in every("demands", name)) == len(timed)
    assert sum(len(row.get("depends_on", [])) for row in every("demands", name)) == sum(
        len(row.get("depends_on", [])) for row in material["demands"]
    )


@pytest.mark.parametrize("file", FILES)
def test_each_text_of_a_file_arrives(file: str) -> None:
    """Every sentence of the material stands somewhere in the dossiers, whatever became of its entry."""
    everything = "\n".join(_texts(SHIPPED))
    missing = [text for text in _sentences(MATERIAL[file]) if text not in everything]
    assert missing == []


REWORDED = (
    "(insidewales)", "(taiwan)", "(glostat", "(up-0529)", "(cnews)", "(katc", "(straits)",
    "(konkors-ua)", "(babel-0604)", "walaw still", "lexology-bad", "(mashregh)", "eaw-0627",
    "date_confidence", '"implied": true', "whole_proposal", "conflicting_reports", "seed_istanbul",
    "seed file", "in the seed.", "ru-memo", "o1-", "o2-", "r2-heads", "(ru-memo II.2.6)", "date_tabled",
    "as_of date", "reciprocal", "addressed_to", "option =", "coded option", "same_as links", "kind = agenda_item",
    "(P5P1)", "kept in hours as well as days",
)  # fmt: skip
"""Marks of the passages whose wording changes, because they speak of the material's own ids and keys."""

WORDS_OF_LISTS = {"id", "type", "issue", "stance", "relation", "option", "label", "status", "file", "date_precision"}


def _sentences(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _sentences(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _sentences(inner, key)
    elif isinstance(value, str) and len(value) > 24 and key not in WORDS_OF_LISTS:
        text = value.split(" (")[0] if key in ("name", "role", "publisher", "aliases") else value
        text = text.removesuffix(", from 8 October")
        if not any(mark in text for mark in REWORDED) and not text.startswith(NOT_KEPT):
            yield text.split(": Russia presents")[0] if "untitled copy" not in text else "Russia presents"


NOT_KEPT = (
    "Seed article:",
    "Seed news article",
    "donetsk,luhansk",
    "unreliable: names",
    "r1: agreement that",
    "alternatives (exactly one",
    "President until 20 January",
    "seed_istanbul_2025_06_02",
)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("file", FILES)
def test_members_functions_and_outcomes_arrive(file: str) -> None:
    material, name = MATERIAL[file], FILES[file]
    if file == ARTICLE_FILE:
        return  # its two shared talks are citations: test_what_the_article_says_of_shared_records_is_cited
    teams = [team for talk in material["talks"] for team in talk["delegations"]]
    rows = every("delegations", name)
    heads = sum(team["head"] is not None for team in teams)
    assert sum(m.get("function") == "head" for row in rows for m in row.get("members", [])) == heads
    unlisted = sum(team["head"] not in [None, *(m["name"] for m in team["members"])] for team in teams)
    assert sum(len(row.get("members", [])) for row in rows) == sum(len(t["members"]) for t in teams) + unlisted
    assert sorted(row["size"] for row in rows if "size" in row) == sorted(t["size"] for t in teams if t["size"])
    outcomes = [outcome for talk in material["talks"] for outcome in talk.get("outcomes", [])]
    shipped = [outcome for talk in every("talks", name) for outcome in talk.get("outcomes", [])]
    of_article = 1 if name == "russia-ukraine" else 0
    assert len(shipped) == len(outcomes) + of_article
    with_numbers = {outcome["text"] for outcome in outcomes if "numbers" in outcome}
    assert all(outcome["quantities"] for outcome in shipped if outcome["text"] in with_numbers)
    without_team = sum(
        len(
            {*talk["hosts"], *talk["mediators"], *talk.get("observers", [])} - {t["party"] for t in talk["delegations"]}
        )
        for talk in material["talks"]
    )
    assert sum(row.get("is_seated") is False for row in rows) == without_team
    assert all(row["roles"] for row in rows)


@pytest.mark.parametrize("file", FILES)
def test_options_links_and_conflicting_values_arrive(file: str) -> None:
    material, name = MATERIAL[file], FILES[file]
    options = sum(len(row["options"]) for row in material["proposals"])
    accounts = [account for row in every("proposals") for account in row["accounts"]]
    if file == ARTICLE_FILE:
        accounts = [a for a in accounts if a["slug"].endswith("-article")]
    else:
        own = {row["slug"] for row in every("proposals", name)}
        accounts = [
            a for a in accounts if not a["slug"].endswith("-article") and any(a["slug"].startswith(s) for s in own)
        ]
    parts = [part for account in accounts for part in account.get("parts", [])]
    assert sum(part["kind"] == "option" for part in parts) == options
    assert all(part.get("alternative_group") for part in parts if part["kind"] == "option")
    assert sum(part["kind"] == "section" for part in parts) == sum(
        len(r.get("sections", [])) for r in material["proposals"]
    )
    told = {row["same_as_note"] for row in material["demands"] if "same_as_note" in row}
    # A link whose note the material does not have is a coder's: tests/ingest/test_coded_links.py.
    links = Counter(
        link["kind"]
        for row in every("demands", name)
        for link in row.get("links", [])
        if "note" not in link or link["note"] in told
    )
    lineage = links["repeats"] + links["settles"] + links["amends"] + links["narrows"] + links["strikes_out"]
    assert lineage == sum(len(row.get("same_as", [])) + ("changes" in row) for row in material["demands"])
    conflicting = sum(
        len(report["source_ids"]) for talk in material["talks"] for report in talk.get("conflicting_reports", [])
    ) + sum(len(row.get("conflicting_values", [])) for row in material["demands"])
    contradicting = [row for row in citations(name) if row.get("verdict") == "contradicts"]
    assert len(contradicting) >= conflicting
    assert all("asserted_value" in row for row in contradicting)


@pytest.mark.parametrize("file", FILES)
def test_doubts_arrive_as_confidence_or_caveats(file: str) -> None:
    material, name = MATERIAL[file], FILES[file]
    doubted = sum(1 for key in _keys(material) if key.endswith("_confidence") and key != "year_confidence")
    shipped = sum(len(row.get("caveats", [])) for rows in SHIPPED[name]["records"].values() for row in rows)
    if file == ARTICLE_FILE:
        doubted -= 1  # the date of the article itself, which is at home in the other dossier
    assert shipped >= doubted
    low = sum(1 for key in _keys(material) if key == "confidence")
    marks = json.dumps(SHIPPED[name]).count('"confidence": "low"')
    assert marks >= low


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


@pytest.mark.parametrize("file", FILES)
def test_each_source_that_supports_something_is_cited(file: str) -> None:
    by_address = {(row.get("url"), row["title"]): row["slug"] for row in every("sources")}
    cited = {row["source"] for row in citations()}
    for source in nonempty(MATERIAL[file]["sources"]):
        title = "[Untitled news article: Russia presents a memorandum with two frameworks in Istanbul]"
        slug = by_address.get((source["url"], source["title"])) or by_address[source["url"], title]
        assert (slug in cited) == (source["id"] not in MATERIAL[file]["unused_sources"]), source["id"]


def test_each_citation_tells_itself_from_the_targets_others() -> None:
    keys = Counter(
        (row["target"], row.get("key") or (row["source"], row.get("field"), row.get("verdict"))) for row in citations()
    )
    assert [key for key, count in keys.items() if count > 1] == []
