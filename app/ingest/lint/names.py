"""Lint rule for names: two records of one collection with the same name may be the same party, person or place."""

import unicodedata
from collections.abc import Iterator

from app.errors import quoted
from app.ingest.lint.rule import Finding, RecordRule, RuleContext
from app.writing.intents import Intent

#: Collections whose records are identified by their names.
NAMED = ("parties", "people", "places")


def name_of(intent: Intent) -> str | None:
    """Return the name of a party, person or place; None for other records and for a body without a name."""
    name = intent.body.get("name")
    return name if intent.collection in NAMED and isinstance(name, str) and name.strip() else None


def fold(name: str) -> str:
    """Return a name in lowercase and without accents, as the database compares names."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())


def _equal_name(intent: Intent, context: RuleContext) -> Iterator[Finding]:
    name, slug = name_of(intent), intent.body.get("slug")
    # A record without a slug is identified by its name, or is rejected if the name is in use.
    if name is None or not slug:
        return
    hint = "If it is the same record, use one slug. Otherwise describe the difference, for example in `summary`."
    if (earlier := context.earlier_names.get(intent.pointer)) is not None:
        yield Finding(f"{context.describe_line(earlier)} has the name {quoted(name)} too", hint, "/name")
        return
    others = [other for other in context.namesakes.get((intent.collection, name), ()) if other != slug]
    if others:
        bearers = " and ".join(map(quoted, others))
        verb = "has" if len(others) == 1 else "have"
        yield Finding(f"{bearers} {verb} the name {quoted(name)} too", hint, "/name")


EQUAL_NAME = RecordRule(
    "equal-name",
    "A party, person or place that has the same name as another one, in the file or in the database. Case and accents are"
    " ignored.",
    _equal_name,
)
