"""What the bundled dossiers say has its support in the material, or a caveat. The rules share no code with the converter.

Of the converter they read only the tables of public names, which say which record an entry became.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.dossier_rows import ARTICLE_FILE, FILES, MATERIAL, Row, by_slug, every
from tests.loops import nonempty
from tests.material.slugs import PROPOSALS, TALKS

TOLD = [file for file in FILES if file != ARTICLE_FILE]
"""The article's file is told in citations of the others' records."""


@cache
def parties(file: str) -> dict[str, str]:
    """Slug by the material's id, found by name."""
    slugs = {row["name"]: row["slug"] for row in every("parties")}
    found = {}
    for row in MATERIAL[file]["parties"]:
        plain = re.sub(r" \([^()]*\)$", "", row["name"]).split(" / ")[0]
        found[row["id"]] = slugs.get(row["name"]) or slugs[plain]
    return found


def slugs_of(file: str, keys: list[str]) -> set[str]:
    return {parties(file)[key] for key in keys}


def named_in(file: str, text: str) -> set[str]:
    """The parties that a text calls by their name or by the material's short name for a state."""
    found = set()
    for row in MATERIAL[file]["parties"]:
        slug = parties(file)[row["id"]]
        words = [by_slug("parties")[slug]["name"], *([row["id"]] if row["id"] in ("US", "EU") else [])]
        if any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in words):
            found.add(slug)
    return found


def talks(file: str) -> dict[str, Row]:
    return {TALKS[file][row["id"]]: row for row in MATERIAL[file]["talks"]}


def proposals(file: str) -> dict[str, Row]:
    return {PROPOSALS[file][row["id"]]: row for row in MATERIAL[file]["proposals"]}


def told() -> Iterator[tuple[str, Row, Row, Row, list[Row]]]:
    """File, agreement, its talk and outcome, and the texts that it adopted, as the material has them."""
    for file in TOLD:
        for agreement in every("agreements", FILES[file]):
            outcomes = by_slug("talks")[agreement["talk"]]["outcomes"]
            text = next(row["text"] for row in outcomes if row.get("agreement") == agreement["slug"])
            talk = talks(file)[agreement["talk"]]
            outcome = next(row for row in talk["outcomes"] if row["text"] == text)
            yield file, agreement, talk, outcome, [proposals(file)[key] for key in agreement.get("proposals", [])]


def doubted(record: Row, field: str, **wanted: Any) -> bool:
    return any(row["field"] == field and wanted.items() <= row.items() for row in record.get("caveats", []))


# --- Agreements


def test_each_party_of_an_agreement_signed_it_sat_there_or_is_named() -> None:
    for file, agreement, talk, outcome, texts in nonempty(told()):
        sat = {row["party"] for row in talk["delegations"]} - set(talk["mediators"])
        put = {party for text in texts for party in text["tabled_by"]}
        agreed = {row["party"] for text in texts for row in text["responses"] if row["stance"] == "accepted"}
        known = slugs_of(file, [*outcome.get("signed_by", []), *put, *agreed])
        # Who sat at a meeting of mediators and guests is no party for that.
        known |= slugs_of(file, [*sat]) if "guests" not in talk["format"] else set()
        known |= named_in(file, f"{talk['format']}; {outcome['text']}")
        assert set(agreement.get("parties", [])) <= known, agreement["slug"]


def test_each_signature_is_told() -> None:
    signed = 0
    for file, agreement, _, outcome, _ in told():
        if outcome.get("signed_by"):
            known = slugs_of(file, outcome["signed_by"])
        else:
            ceremonies = [row for row in MATERIAL[file]["talks"] if row["format"] == "signing"]
            known = slugs_of(file, [team["party"] for row in ceremonies for team in row["delegations"]])
            days = {row["start"] for row in ceremonies}
            assert {row["on"] for row in agreement.get("signatures", [])} <= days, agreement["slug"]
        rows = agreement.get("signatures", [])
        assert {row["party"] for row in rows} <= known, agreement["slug"]
        heads = {
            member["person"]
            for team in every("delegations")
            if team["talk"] == agreement["talk"]
            for member in team.get("members", [])
            if member.get("function") == "head"
        }
        assert {row["person"] for row in rows if "person" in row} <= heads
        assert bool(rows) == (agreement.get("is_signed") is True), agreement["slug"]
        signed += bool(rows)
    assert signed == 3


def test_the_day_of_an_agreement_is_told_or_doubted() -> None:
    for _, agreement, talk, outcome, texts in nonempty(told()):
        day = agreement["agreed_on"]
        days = {outcome.get("date"), *(text["date_tabled"] for text in texts)}
        days |= {talk["start"]} if talk["start"] == talk["end"] else set()
        if day not in days:
            assert doubted(agreement, "agreed_on"), agreement["slug"]
            assert talk["start"] <= day.split("/")[0] <= talk["end"], agreement["slug"]
        if "day citation needed" in outcome.get("note", ""):
            assert doubted(agreement, "agreed_on", confidence="low"), agreement["slug"]
            outcomes = {row["text"]: row["key"] for row in by_slug("talks")[agreement["talk"]]["outcomes"]}
            assert doubted(by_slug("talks")[agreement["talk"]], f"/outcomes/{outcomes[outcome['text']]}/on")


def test_what_speaks_against_an_agreement_stands_there() -> None:
    for _, agreement, _, outcome, texts in nonempty(told()):
        reserved = [
            row for text in texts for row in text["responses"] if re.search("[Ss]ubject to|still to come", row["text"])
        ]
        if reserved or outcome["type"] == "agreement_in_principle":
            assert doubted(agreement, "status"), agreement["slug"]
        if outcome.get("conflicting_framing"):
            assert doubted(agreement, "quantities"), agreement["slug"]
            assert any(row.get("verdict") == "contradicts" for row in agreement["citations"])


# --- Who sat where


@pytest.mark.parametrize("file", TOLD)
def test_who_sat_is_listed_with_a_team_and_a_doubt_of_it_is_kept(file: str) -> None:
    for team in nonempty(every("delegations", FILES[file])):
        talk = talks(file)[team["talk"]]
        listed = {parties(file)[row["party"]]: row for row in talk["delegations"]}
        assert team.get("is_seated", True) == (team["party"] in listed), team["slug"]
        source = listed.get(team["party"], {})
        if "scheduled" in source.get("note", ""):
            assert doubted(team, "is_seated", confidence="low")
            assert team["confidence"] == "low"
        notes = {row["name"]: row.get("note") for row in source.get("members", [])}
        implied = sum(note == "presence implied" for note in notes.values())
        presence = [row["presence"] for row in team.get("members", []) if "presence" in row]
        assert presence.count("implied") == implied
        assert set(presence) <= {"implied", "announced"}, "nobody is reported as present by name"
        days = {row["id"]: row["date"] for row in MATERIAL[file]["sources"]}
        beforehand = [days[key] and days[key] < talk["start"] for key in source.get("source_ids", [])]
        if "announced" in presence:
            assert all(beforehand) or re.match("Decree|Announced", source["note"]), team["slug"]


@pytest.mark.parametrize("file", TOLD)
def test_each_role_in_a_talk_is_told(file: str) -> None:
    for team in nonempty(every("delegations", FILES[file])):
        talk = talks(file)[team["talk"]]
        told_of = {
            "mediator": slugs_of(file, talk["mediators"]),
            "host": slugs_of(file, talk["hosts"]),
            "observer": slugs_of(file, talk.get("observers", [])),
        }
        for role in set(team["roles"]) & set(told_of):
            assert team["party"] in told_of[role], team["slug"]
        if "negotiating" in team["roles"]:
            assert team.get("is_seated", True), team["slug"]
            assert not re.search("signing|consultation|announcement|guests", talk["format"]), team["slug"]
        if "guarantor" in team["roles"]:
            assert "guarantors" in f"{talk['format']} {talk['outcome_summary']}", team["slug"]


@pytest.mark.parametrize("file", TOLD)
def test_each_part_in_a_process_is_told(file: str) -> None:
    (process,) = every("processes", FILES[file])
    seated: dict[str, set[str]] = {}
    for team in every("delegations"):
        if by_slug("talks")[team["talk"]]["process"] == process["slug"] and not doubted(team, "is_seated"):
            seated.setdefault(team["party"], set()).update(team["roles"])
    brackets = {parties(file)[row["id"]]: row["name"] for row in MATERIAL[file]["parties"]}
    summaries = " ".join(row["outcome_summary"] for row in MATERIAL[file]["talks"])
    for row in nonempty(process["parties"]):
        party, role = row["party"], row["role"]
        if role == "mentioned" or role in seated.get(party, ()) or f"({role})" in brackets[party]:
            continue
        if role == "mediator":
            assert process["coded_from"][f"/parties/{party}/mediator"] in summaries
        else:
            assert role == "negotiating"
            assert party in slugs_of(file, [key for text in MATERIAL[file]["proposals"] for key in text["tabled_by"]])
            assert doubted(process, f"/parties/{party}/negotiating"), party
    for field in {"started", "ended", "status"} & set(process):
        assert doubted(process, field), "no field of the material has it"


# --- People


def test_each_post_stands_in_a_role_of_the_person() -> None:
    names = {name: row["slug"] for row in every("people") for name in [row["name"], *map(_text, row.get("names", []))]}
    roles: dict[str, list[str]] = {}
    for material in MATERIAL.values():
        for row in material["people"]:
            slug = names[re.sub(r" \([^()]*\)$", "", row["name"])]
            roles.setdefault(slug, []).extend(role["role"] for role in row["roles"])
    for person in nonempty(every("people")):
        for post in person.get("posts", []):
            words = [role for role in roles[person["slug"]] if post["title"].casefold() in role.casefold()]
            assert words, (person["slug"], post["title"])
            assert post.get("party") in (None, person.get("party"))
            assert not (post.get("party") and re.search("[Ff]ormer", post["title"])), post["title"]
            if "valid_from" in post:
                assert any("from " in role for role in words), post
            if "valid_to" in post:
                assert any(re.search("until |–", role) for role in words), post


def _text(row: Row) -> str:
    return str(row["text"])


# --- Demands and responses


def test_no_order_is_given_to_the_answers_of_one_day() -> None:
    answers = [
        answer
        for material in MATERIAL.values()
        for row in [*material["proposals"], *material["demands"]]
        for answer in row["responses"]
    ]
    assert not {"order", "position"} & {key for answer in answers for key in answer}
    assert [row["slug"] for row in every("responses") if "position" in row] == []


@pytest.mark.parametrize("file", TOLD)
def test_a_text_that_nobody_saw_is_never_certain(file: str) -> None:
    unseen = {row["text"] for row in MATERIAL[file]["demands"] if re.search("citation needed|excerpt", _note(row))}
    for row in nonempty(every("demands", FILES[file])):
        if row["text"] in unseen:
            assert doubted(row, "text", confidence="low"), row["slug"]
            assert {citation["confidence"] for citation in row["citations"]} == {"low"}, row["slug"]


def _note(row: Row) -> str:
    return str(row.get("note") or "")


@pytest.mark.parametrize("file", TOLD)
def test_an_act_other_than_a_demand_is_told(file: str) -> None:
    kinds = {text["type"] for text in MATERIAL[file]["proposals"]}
    found = {(row["text"], row.get("number")): row for row in every("demands", FILES[file])}
    for row in nonempty(MATERIAL[file]["demands"]):
        demand = found[row["text"], row["number"] if row["number"] != "?" else None]
        act, words = demand.get("act", "demand"), f"{_note(row)} {row['text']}".casefold()
        if act == "provision":
            assert row.get("kind") in ("agreed_term", "conditional_provision") or demand["coded_from"]["act"] in kinds
        elif act in ("undertaking", "offer"):
            assert row["demanded_by"] == row["addressed_to"] or act in words, row["id"]
        elif act == "agenda_item":
            assert row["kind"] == act
        if row["demanded_by"] == row["addressed_to"]:
            assert act != "demand", f"{row['id']}: nobody asks itself"


def test_a_number_has_a_bound_only_where_a_word_says_so() -> None:
    rows = [
        *every("demands"),
        *every("agreements"),
        *(outcome for talk in every("talks") for outcome in talk.get("outcomes", [])),
    ]
    bounds = {quantity.get("bound") for row in rows for quantity in row.get("quantities", [])}
    assert "exact" not in bounds
