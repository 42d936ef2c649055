"""Lint rules for values of one record that contradict each other, or that say nothing new."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.db.dates import parse_edtf
from app.db.vocabulary import DemandAct, LinkKind
from app.errors import quoted
from app.ingest.lint.rule import Finding, RecordRule, RuleContext
from app.writing.intents import Intent

#: The fields with the parties that know a record although `disclosed` does not name them.
_INSIDERS = {"proposals": ("authors", "addressees"), "agreements": ("parties",)}
_LINKS_OF_STEPS = (LinkKind.RETALIATES, LinkKind.RESPONDS_TO_STEP, LinkKind.FULFILS)


def _rows(body: Mapping[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = body.get(name)
    return ((place, row) for place, row in enumerate(rows if isinstance(rows, list) else ()) if isinstance(row, dict))


def _needless_disclosure(intent: Intent, _: RuleContext) -> Iterator[Finding]:
    insiders = {
        str(party): name
        for name in _INSIDERS.get(intent.collection, ())
        if isinstance(intent.body.get(name), list)
        for party in intent.body[name]
    }
    for place, row in _rows(intent.body, "disclosed") if insiders else ():
        if (name := insiders.get(str(row.get("to")))) is not None:
            yield Finding(
                f"The record is disclosed to {quoted(row['to'])}, which is in `{name}` and knows it anyway",
                "Remove the disclosure, or correct its party.",
                f"/disclosed/{place}/to",
            )


def _early_force(intent: Intent, _: RuleContext) -> Iterator[Finding]:
    agreed, in_force = intent.body.get("agreed_on"), intent.body.get("in_force_on")
    if intent.collection != "agreements" or not agreed or not in_force:
        return
    try:
        is_before = parse_edtf(str(in_force)).latest < parse_edtf(str(agreed)).earliest
    except ValueError:
        # A date is invalid, so the line will not be written.
        return
    if is_before:
        yield Finding(
            f"`in_force_on` ({quoted(in_force)}) is before `agreed_on` ({quoted(agreed)})",
            "Check both days. An agreement may apply retroactively.",
            "/in_force_on",
        )


def _impossible_vote(intent: Intent, _: RuleContext) -> Iterator[Finding]:
    votes = intent.body.get("votes")
    if not isinstance(votes, dict):
        return
    needed, entitled = votes.get("needed"), votes.get("entitled")
    if isinstance(needed, int) and isinstance(entitled, int) and needed > entitled:
        yield Finding(
            f"`needed` ({needed}) is more than `entitled` ({entitled}), so the vote could not be won",
            "Check both numbers.",
            "/votes/needed",
        )


def _link_of_no_step(intent: Intent, _: RuleContext) -> Iterator[Finding]:
    act = intent.body.get("act")
    if intent.collection != "demands" or act is None or act == DemandAct.STEP:
        return
    for place, row in _rows(intent.body, "links"):
        if row.get("kind") in _LINKS_OF_STEPS:
            yield Finding(
                f"The link {quoted(row['kind'])} is for steps, and the `act` of the demand is {quoted(act)}",
                "Use the act `step` for a measure that was taken, or another kind of link.",
                f"/links/{place}/kind",
            )


NEEDLESS_DISCLOSURE = RecordRule(
    "needless-disclosure",
    "A disclosure to an author, an addressee or a party of the record, which knows it anyway.",
    _needless_disclosure,
)
EARLY_FORCE = RecordRule("early-force", "An agreement that was certainly in force before it was agreed.", _early_force)
IMPOSSIBLE_VOTE = RecordRule(
    "impossible-vote", "A vote that needed more votes in favor than all members have.", _impossible_vote
)
LINK_OF_NO_STEP = RecordRule(
    "link-of-no-step",
    "A link `retaliates`, `responds_to_step` or `fulfils` of a demand whose act is not `step`.",
    _link_of_no_step,
)
