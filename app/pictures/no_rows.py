"""Words for the reasons why a report has no rows, for pictures and calendars. The guide `reports` explains the same reasons."""

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "too_early": "Nothing was recorded yet on this day or at this revision; there is something later.",
    "no_records": "The process has no talks, proposals, responses, agreements or deadlines.",
    "no_proposals": "Nothing was tabled.",
    "no_points": "The process has no points on this day.",
    "nobody_addressed": "No party was asked to answer.",
    "no_negotiating_parties": "The process names no negotiating parties; rows=all shows the others.",
    "no_talks": "No talk took place, or the day of none is known.",
    "one_party": "Only one party sat at the talks.",
    "no_second_talk": "No party has delegations at two talks that can be compared.",
    "not_together": "No two people or parties sat together.",
    "silent": "There are points, and the party neither made one nor answered one.",
    "no_second_statement": "No party made a second statement on the same thread.",
    "no_common_points": "No two parties have a side on the same point.",
    "nothing_missing": "Everyone who was asked has answered, or the wait has ended.",
    "nothing_due": "No demand has a timing, no proposal requests an answer, and no deadline is recorded.",
    "no_deadlines": "No deadline is recorded.",
    "no_conflicts": "No source contradicts a record.",
    "no_citations": "No record is cited.",
    "no_codings": "No coder coded a record.",
    "no_links": "No link leads to the demand or from it.",
    "nothing_similar": "No other demand shares words with this one.",
    "no_match": "Nothing matches the filters of the request.",
}


def reason_words(extra: Mapping[str, Any]) -> str:
    """The reason in words. `extra`: the fields of the answer besides its rows."""
    return _WORDS[str(extra.get("reason") or "no_match")]
