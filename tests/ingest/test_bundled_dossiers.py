"""The bundled dossiers: what the converter makes, whole, within the schemas, and with the known totals."""

import copy
import re
from collections import Counter
from typing import Any

import pytest
from pydantic import BaseModel

from app.delegations.write_schemas import DelegationWrite, PartyWrite, PersonWrite, PlaceWrite
from app.demands.write_schemas import AssessmentWrite, DemandWrite, ResponseWrite
from app.proposals.agreement_write_schemas import AgreementWrite
from app.proposals.write_schemas import ProposalWrite
from app.references.write_schemas import CitationWrite, IssueWrite, SourceWrite
from app.talks.write_schemas import ProcessWrite, TalkWrite
from tests.benchmarks.words import PHRASES
from tests.dossier_rows import (
    DOSSIERS,
    FILES,
    MATERIAL,
    SHIPPED,
    article_points,
    by_slug,
    citations,
    every,
    needed,
    references,
)
from tests.loops import nonempty
from tests.material.convert import convert, write
from tests.material.fields import UnknownKeyError

SCHEMAS: dict[str, type[BaseModel]] = {
    "issues": IssueWrite,
    "processes": ProcessWrite,
    "parties": PartyWrite,
    "people": PersonWrite,
    "places": PlaceWrite,
    "sources": SourceWrite,
    "talks": TalkWrite,
    "delegations": DelegationWrite,
    "proposals": ProposalWrite,
    "demands": DemandWrite,
    "agreements": AgreementWrite,
    "responses": ResponseWrite,
    "assessments": AssessmentWrite,
    "citations": CitationWrite,
}


# --- The files themselves


#: Labels that French or Spanish spells as English does.
COGNATES = {
    ("PROC.AGENDA", "es"), ("PROC.FORMAT", "fr"), ("CEAS.VIOLATIONS", "fr"), ("SECT.POLICE", "fr"), ("SECT.MINES", "fr"),
    ("TERR.UNIFICATION", "fr"), ("TERR.CAPITAL", "es"), ("GOVN.CONSTITUTION", "fr"), ("GOVN.CORRUPTION", "fr"),
    ("CULT.RELIGION", "fr"), ("POWR.QUOTA", "fr"), ("POWR.VETO", "fr"), ("POWR.VETO", "es"), ("GRPS.DIASPORA", "fr"), ("ECON.RECONSTRUCTION", "fr"),
    ("ECON.SANCTIONS", "fr"), ("EXTL.ALLIANCE", "fr"), ("EXTL.MISSILES", "fr"),
}  # fmt: skip
#: What a label in the language is written with: ru and uk share a script, but not these letters.
LETTERS = {
    "fr": r"[A-Za-zÀ-ÿœ’,() -]+",
    "es": r"[A-Za-záéíóúüñÁÉÍÓÚÑ, -]+",
    "ru": r"[А-Яа-яЁё, -]+",
    "uk": r"[А-ЩЬЮЯҐЄІЇа-щьюяґєії’, -]+",
    "ar": r"[\u0621-\u064a، ]+",
}


def test_every_issue_has_a_label_in_each_language() -> None:
    """In the letters of the language, unlike the English one but for cognates, and no two alike under one issue."""
    issues = SHIPPED["issues"]["records"]["issues"]
    same = set()
    siblings: Counter[tuple[str | None, str, str]] = Counter()
    for issue in issues:
        assert set(issue["labels"]) == set(LETTERS), issue["code"]
        for lang, label in issue["labels"].items():
            assert re.fullmatch(LETTERS[lang], label), (issue["code"], lang, label)
            siblings[issue.get("broader"), lang, label.casefold()] += 1
            if label.casefold() == issue["label"].casefold():
                same.add((issue["code"], lang))
    assert same == COGNATES
    assert len(issues) == 309 and set(siblings.values()) == {1}


def test_every_code_in_a_scope_note_is_an_issue() -> None:
    issues = {row["code"]: row.get("scope_note") or "" for row in SHIPPED["issues"]["records"]["issues"]}
    for code, note in nonempty(issues.items()):
        named = re.findall(r"[A-Z][A-Z0-9_]{3,}(?:[.][A-Z0-9_]+)?", note)
        assert set(named) <= set(issues) - {code}, code


def test_the_benchmarks_have_phrases_for_every_category() -> None:
    """Without them, a made-up demand about an issue of that category would be left out."""
    assert set(PHRASES) == {row["code"] for row in every("issues") if "broader" not in row}


def test_the_shipped_dossiers_are_what_the_converter_makes() -> None:
    made = convert()
    assert set(made) == set(SHIPPED) == {"issues", *FILES.values()}
    for slug, dossier in made.items():
        assert (DOSSIERS / f"{slug}.json").read_text(encoding="utf-8") == write(dossier), slug


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("conflict",),
        ("parties", 0),
        ("people", 0),
        ("people", 0, "roles", 0),
        ("places", 0),
        ("talks", 0),
        ("talks", 0, "delegations", 0),
        ("talks", 0, "delegations", 0, "members", 0),
        ("talks", 0, "outcomes", 0),
        ("proposals", 0),
        ("proposals", 0, "responses", 0),
        ("demands", 1),
        ("demands", 4, "timing"),
        ("demands", 9, "responses", 0),
        ("sources", 0),
        ("assessments", 0),
    ],
)
def test_a_key_that_nobody_reads_stops_the_conversion(path: tuple[str | int, ...]) -> None:
    materials = copy.deepcopy(MATERIAL)
    entry: Any = materials["russia_ukraine_2022_2026"]
    for step in path:
        entry = entry[step]
    entry["brand_new"] = "a value"
    with pytest.raises(UnknownKeyError, match="brand_new"):
        convert(materials)


def test_each_record_passes_the_schema_of_its_collection() -> None:
    for name, dossier in SHIPPED.items():
        assert dossier["format"] == "parley-dossier/1"
        assert dossier["slug"] == name
        for collection, rows in dossier["records"].items():
            for row in rows:
                SCHEMAS[collection].model_validate(row)


def test_each_reference_leads_to_a_record_of_this_dossier_or_of_one_that_it_needs() -> None:
    accounts = {account["slug"]: row["slug"] for row in every("proposals") for account in row["accounts"]}
    parts = {
        (account["slug"], part["key"])
        for row in every("proposals")
        for account in row["accounts"]
        for part in account.get("parts", [])
    }
    assert all(list(references(dossier["records"])) for name, dossier in SHIPPED.items() if name != "issues")
    for name, dossier in SHIPPED.items():
        within = needed(name)
        known = {collection: {row["slug"] for row in every(collection, *within)} for collection in SCHEMAS} | {
            "codes": {row["code"] for row in every("issues")}
        }
        for part in ("records", "additions"):
            for collection, key in references(dossier.get(part, {})):
                assert key in known[collection], f"{name}: {collection}/{key}"
        for collection, rows in dossier.get("additions", {}).items():
            assert {row["slug"] for row in rows} <= known[collection]
        for row in dossier["records"].get("demands", []):
            account = row.get("account")
            assert account is None or accounts[account] == row["proposal"]
            owner = next(r for r in every("proposals") if r["slug"] == row["proposal"])
            reference = next(a["slug"] for a in owner["accounts"] if a.get("is_reference"))
            assert "part" not in row or (account or reference, row["part"]) in parts, row["slug"]


# --- After merging


def test_the_totals_after_merging() -> None:
    totals = {name: len(every(name)) for name in SCHEMAS}
    seated = sum(row.get("is_seated", True) for row in every("delegations"))
    assert (totals["talks"], seated, totals["delegations"] - seated) == (42, 120, 32)
    assert (totals["proposals"], totals["demands"], totals["responses"]) == (32, 257, 135)
    assert totals["demands"] - len(article_points()) == 231
    assert len({row["statement"] for row in every("responses")}) == 91
    assert (totals["people"], totals["parties"], totals["sources"]) == (105, 47, 244)
    assert (totals["issues"], sum("broader" not in row for row in every("issues"))) == (309, 21)
    for name in SCHEMAS:
        slugs = [row["slug"] for row in every(name)]
        assert len(slugs) == len(set(slugs)), name


def test_three_sources_support_nothing_and_are_kept() -> None:
    cited = {row["source"] for row in citations()} | {row.get("via") for row in every("sources")}
    assert len([row for row in every("sources") if row["slug"] not in cited]) == 3


def test_every_named_coalition_has_its_members() -> None:
    members: dict[str, set[str]] = {}
    for row in every("parties"):
        for membership in row.get("member_of", []):
            members.setdefault(membership["party"], set()).add(row["slug"])
    assert members["p5-plus-1"] == {"china", "france", "germany", "russia", "united-kingdom", "united-states"}
    assert members["e3"] == {"france", "germany", "united-kingdom"}
    assert set(members) == {row["slug"] for row in every("parties") if row["kind"] == "coalition"}


def test_each_demand_has_one_primary_issue_of_the_mapping() -> None:
    codes = by_slug("issues")
    for row in every("demands"):
        assert [link["issue"] for link in row["issues"] if link.get("is_primary")] == [row["issues"][0]["issue"]]
        assert row["coded_from"]["issues"]
    used = {link["issue"] for row in every("demands") for link in row["issues"]}
    assert used <= {row["code"] for row in codes.values()}


# --- The article


def test_the_article_has_its_own_account_of_26_points() -> None:
    points = article_points()
    assert Counter(row.get("part") for row in points) == {"option-1": 3, "option-2": 10, None: 13}
    assert [row["position"] for row in points] == list(range(1, 27))
    mutual = {row["number"] for row in points if row.get("is_mutual")}
    assert mutual == {"1.2", "2.7", "C4a", "C4b", "C5b", "C6"}
    third = {row["number"] for row in points if set(row["addressees"]) - {"russia", "ukraine"}}
    assert third == {"2.3", "2.4", "2.5", "2.9", "C1"}
    accounts = by_slug("proposals")["russian-memorandum-2025-06-02"]["accounts"]
    assert [account.get("is_reference") for account in accounts] == [True, None]


def test_the_clocks_of_the_article_start_where_it_says() -> None:
    points = {row["number"]: row for row in article_points()}
    ceasefire, elections = points["1.2"]["timing"], points["2.8"]["timing"]
    assert ceasefire["relation"] == "duration_from_trigger"
    assert ceasefire["duration_max"] == "P30D"
    assert (ceasefire["trigger"]["demand"], ceasefire["trigger"]["edge"]) == ("article-2025-06-02-1-1", "start")
    assert elections["relation"] == "within_after_trigger"
    assert elections["duration_max"] == "P100D"
    assert "demand" not in elections["trigger"]


def test_the_articles_points_report_those_of_the_text() -> None:
    prefix = "russian-memorandum-2025-06-02-"
    links = {(row["number"], link["kind"]): 0 for row in article_points() for link in row["links"]}
    assert Counter(kind for _, kind in links) == {"reports": 26, "contradicts": 1}
    told = {link["demand"] for row in article_points() for link in row["links"] if link["kind"] == "reports"}
    text = {row["slug"] for row in every("demands") if row["slug"].startswith(prefix)}
    assert (len(text), len(text - told)) == (39, 16)
    first = next(row for row in article_points() if row["number"] == "1.1")
    assert [link["demand"] for link in first["links"]] == [f"{prefix}ii-1", f"{prefix}i-1b"]


def test_what_the_article_says_of_shared_records_is_cited() -> None:
    article = "moscow-times-2025-06-02-memorandum"
    said = {(row["target"], row.get("field"), row["source"]): row for row in citations("istanbul-2025-06-02")}
    team = "delegations/istanbul-2025-06-02-ukraine"
    silence = said[team, "/members/rustem-umerov/function", article]
    assert silence["verdict"] == "silent"
    (head,) = (
        m for m in by_slug("delegations")["istanbul-2025-06-02-ukraine"]["members"] if m.get("function") == "head"
    )
    assert head["person"] == "rustem-umerov"
    principals = by_slug("talks")["istanbul-2025-06-02-principals"]
    assert (principals["duration_minutes"], principals["order_in_parent"]) == (150, 1)
    hours = said["talks/istanbul-2025-06-02-principals", "/duration_minutes", article]
    chain = [{"text": "unnamed source familiar with the talks"}, {"text": "Interfax", "party": "interfax"}]
    assert hours["attribution"] == chain
    assert (hours["asserted_value"], hours["confidence"]) == (150, "low")
    outcomes = {row["key"] for row in by_slug("talks")["istanbul-2025-06-02"]["outcomes"]}
    told = {field.split("/")[2] for _, field, _ in said if field and field.startswith("/outcomes/")}
    assert len(told) == 3
    assert told <= outcomes


def test_ukraines_silence_is_one_answer_to_the_whole_memorandum() -> None:
    (answer,) = every("responses", "istanbul-2025-06-02")
    assert (answer["stance"], answer["said_on"]) == ("no_comment", "2025-06-02")
    assert answer["proposal"] == "russian-memorandum-2025-06-02"
    assert not {"demand", "part", "scope"} & set(answer)


# --- Agreements


def test_what_was_agreed_is_an_agreement_that_the_outcome_names() -> None:
    named = {o["agreement"] for talk in every("talks") for o in talk.get("outcomes", []) if "agreement" in o}
    assert named - set(by_slug("agreements")) == set()
    agreed = [
        outcome
        for talk in every("talks")
        for outcome in talk.get("outcomes", [])
        if outcome["kind"] in ("agreement", "partial_agreement", "agreement_in_principle", "extension", "signature")
    ]
    assert all("agreement" in outcome for outcome in agreed)
    signed = by_slug("agreements")["sharm-el-sheikh-document-2025"]
    assert {row["party"] for row in signed["signatures"]} & set(signed.get("parties", [])) == set()
    assert {row["capacity"] for row in signed["signatures"]} == {"guarantor"}
    assert by_slug("agreements")["final-agreement-2016-08"]["status"] == "rejected"
