"""Lint rule for disclosures: a record cannot be shown before it existed."""

from collections.abc import Iterator

from app.db.dates import parse_edtf
from app.errors import quoted
from app.ingest.lint.rule import Finding, RecordRule, RuleContext
from app.writing.intents import Intent

#: For each collection with disclosures, the dates of which the earliest is the record's own first day.
_OWN_DAYS = {"proposals": ("document_date", "tabled_on"), "agreements": ("agreed_on", "announced_on")}


def _early_disclosure(intent: Intent, _: RuleContext) -> Iterator[Finding]:
    disclosed = intent.body.get("disclosed")
    if not isinstance(disclosed, list):
        return
    own = {name: str(day) for name in _OWN_DAYS.get(intent.collection, ()) if (day := intent.body.get(name))}
    try:
        first = min(own, key=lambda name: parse_edtf(own[name]).earliest, default=None)
        for place, row in enumerate(disclosed):
            day = row.get("on") if isinstance(row, dict) else None
            if first and day and parse_edtf(str(day)).latest < parse_edtf(own[first]).earliest:
                yield Finding(
                    f"The disclosure of {day} is before the record's own first day (`{first}` is {quoted(own[first])})",
                    "Check both days. If the paper existed earlier, code its `document_date`."
                    if intent.collection == "proposals"
                    else "Check both days.",
                    f"/disclosed/{place}/on",
                )
    except ValueError:
        # A date is invalid, so the line will not be written.
        return


EARLY_DISCLOSURE = RecordRule(
    "early-disclosure",
    "A proposal or an agreement that was shown before its own first possible day.",
    _early_disclosure,
)
