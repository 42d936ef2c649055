"""What the coders read from the material beyond its own words: links between texts, what agreements took up, triggers.

The rules compare the coded records with the words of the two texts; they share no code with the converter.
"""

import re
from collections import Counter

from tests.dossier_rows import MATERIAL, Row, by_slug, every
from tests.loops import nonempty

#: Words that say nothing about the subject of a demand.
COMMON = {"ukrai", "russi", "their", "other", "those", "which", "about", "first", "under", "until"}
TOLD = {row["same_as_note"] for file in MATERIAL.values() for row in file["demands"] if "same_as_note" in row}


#: Links between texts without a word in common.
ALIKE = {
    # NATO is an alliance.
    ("putin-conditions-2024-06-14-2", "draft-treaty-2022-04-15-1"),
    # Recovery, reconstruction.
    ("us-ukrainian-20-point-plan-2025-8", "us-28-point-plan-2025-12"),
    # "Those territories" are named in I.1a, Donetsk among them.
    ("russian-demand-on-donbas-2026-1", "russian-memorandum-2025-06-02-i-1b"),
}


def coded() -> list[tuple[Row, Row, Row]]:
    """The later demand, the link, and the earlier demand, of the links that a coder made."""
    demands = by_slug("demands")
    return [
        (row, link, demands[link["demand"]])
        for row in every("demands")
        for link in row.get("links", [])
        if link["kind"] not in ("reports", "contradicts") and link.get("note") and link["note"] not in TOLD
    ]


def stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[^\W\d_]{5,}|\d[\d,]*", text.casefold())} - COMMON


def test_each_coded_link_says_what_the_two_texts_have_in_common() -> None:
    proposals = by_slug("proposals")
    for later, link, earlier in nonempty(coded()):
        where = (later["slug"], link["demand"])
        days = proposals[later["proposal"]]["tabled_on"], proposals[earlier["proposal"]]["tabled_on"]
        assert days[0] > days[1], where
        doubts = [row for row in later["caveats"] if row["field"] == "links"]
        assert [row["basis"] for row in doubts] == ["inferred"], where
        shared = stems(later["text"]) & stems(earlier["text"])
        assert bool(shared) != (where in ALIKE), (where, later["text"], earlier["text"])
        # A number of the note is in one of the texts, or is a year or a number of their list.
        for number in re.findall(r"\d[\d,.]*\d", link["note"]):
            texts = f"{later['text']} {earlier['text']} {days}"
            assert number.rstrip(".,") in texts or number in ("2022", "28", "20", "12"), (where, number)
        same_party = set(later["claimants"]) & set(earlier["claimants"])
        assert same_party or where == ("us-ukrainian-20-point-plan-2025-4", "e3-counter-proposal-2025-2"), where


def test_the_kinds_of_the_coded_links() -> None:
    """No link says that a party softened (`narrows`, `withdraws`): of none of the texts is that much known."""
    assert Counter(link["kind"] for _, link, _ in coded()) == {"amends": 32, "repeats": 10, "widens": 5}
    widened = {(later["slug"], link["demand"]) for later, link, _ in coded() if link["kind"] == "widens"}
    assert widened == {
        # One region, five regions.
        ("russian-oral-demands-2025-05-16-4", "draft-treaty-2022-04-15-4"),
        # Troops; formations, bases, infrastructure and activity.
        ("russian-memorandum-2025-06-02-i-2b", "russian-oral-demands-2025-05-16-1"),
        # On its soil; acceptance, transit or stationing.
        ("russian-memorandum-2025-06-02-i-4", "russian-oral-demands-2025-05-16-1"),
        # 30 days; at least 30 days.
        ("ukrainian-memorandum-2025-05-28-8", "ukrainian-proposals-2025-05-16-1"),
        # Eligible; by a fixed date.
        ("us-ukrainian-20-point-plan-2025-7", "us-28-point-plan-2025-11"),
    }


def test_what_agreements_took_up_was_answered_so() -> None:
    """The outcome names the agreement and the demand; a party answered the demand in the days of the talk."""
    found = {}
    for talk in every("talks"):
        for outcome in talk.get("outcomes", []):
            if "agreement" in outcome and "demand" in outcome:
                agreement = by_slug("agreements")[outcome["agreement"]]
                answers = {
                    row["stance"]
                    for row in every("responses")
                    if row.get("demand") == outcome["demand"] and row["said_on"] == agreement["agreed_on"]
                }
                found[outcome["demand"]] = (outcome["agreement"], answers)
    assert found == {
        "russian-memorandum-2025-06-02-iii-3": ("return-of-bodies-2025-06-02", {"accepted"}),
        "ukrainian-memorandum-2025-05-28-2b": ("prisoner-exchange-2025-06-02", {"accepted_in_part"}),
        "ukrainian-memorandum-2025-05-28-2c": ("prisoner-exchange-2025-07-23", {"accepted_in_part"}),
        "farc-bilateral-ceasefire-2012-1": ("bilateral-ceasefire-2016", {"accepted"}),
    }


def test_by_day_n_is_n_minus_one_days() -> None:
    counted = [row for row in every("demands") if re.search(r"\bday \d", row["text"])]
    assert [(row["slug"], row["timing"]["duration_max"]) for row in counted] == [("gaza-agreement-2025-01-7", "P15D")]


def test_a_trigger_in_words_only_names_no_record() -> None:
    """The triggers that are left in words, each looked at: no record of the database is the event."""
    words = {
        row["timing"]["trigger"]["text"]
        for row in every("demands")
        if "trigger" in row.get("timing", {})
        and not {"demand", "agreement", "proposal", "talk"} & set(row["timing"]["trigger"])
    }
    assert words == {
        "2014 electoral calendar", "2015-07-20", "IAEA verification of key steps", "agreement",
        "agreement (trigger not defined in the text)", "approval by the Israeli government",
        "armed attack on Ukraine (consultations)", "calendar deadline", "immediately",
        "immediately (on taking effect of the package; start not defined)",
        'immediately, if "immediate" also governs demobilisation', "implementation day", "request for access",
        "start not stated in the press summaries", "step 1", "step 2", "step 3; Medinsky on 2 June: next week",
        "verification by experts",
        # Of the final text on Iran's programme: not necessarily the day of the agreement.
        "adoption",
        # In the account of an article that lists no such demand.
        "lifting of martial law in Ukraine",
    }  # fmt: skip
