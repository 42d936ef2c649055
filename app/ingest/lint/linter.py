"""Applies the lint rules to the records of a batch."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.ingest.data_sets import DataSet
from app.ingest.deduplication import NameNumbers
from app.ingest.items import Item, line_of
from app.ingest.lint.people import OUTSIDE_TALK, SHARED_POST, TWO_DELEGATIONS
from app.ingest.lint.places import OUTSIDE_COUNTRY
from app.ingest.lint.records import BEFORE_PROCESS, DUPLICATE_ID, UNKNOWN_CODE, start_ordinal
from app.ingest.lint.rule import Finding, NumberRule, RecordRule, RuleContext, TextRule
from app.ingest.lint.values import MOJIBAKE, SENTINEL, SENTINEL_NUMBER, UNKNOWN_CURRENCY
from app.ingest.report import LineWarning
from app.ingest.statements import fetch_bearers, fetch_beginnings, fetch_schemes
from app.web.validation import escape_pointer
from app.writing.intents import Intent
from app.writing.slugs import outer_ids
from app.writing.writer import Writer

TEXT_RULES: tuple[TextRule, ...] = (SENTINEL, MOJIBAKE, UNKNOWN_CURRENCY)
NUMBER_RULES: tuple[NumberRule, ...] = (SENTINEL_NUMBER,)
RECORD_RULES: tuple[RecordRule, ...] = (
    BEFORE_PROCESS, OUTSIDE_COUNTRY, DUPLICATE_ID, UNKNOWN_CODE, SHARED_POST, TWO_DELEGATIONS, OUTSIDE_TALK,
)  # fmt: skip
RULES: tuple[TextRule | NumberRule | RecordRule, ...] = (*TEXT_RULES, *NUMBER_RULES, *RECORD_RULES)

#: Fields that quote the original data, where a text such as "unknown" is legitimate.
_QUOTED_FIELDS = frozenset({"coded_from", "unmapped"})
#: Maximum number of stored processes whose start is cached between batches.
_MOST_CACHED = 10_000


class Linter:
    """Finds suspicious values in a whole file, batch by batch.

    If the file comes from another data set, `data_set` declares the identifier schemes of the file. The external ids in
    such a file are not checked for duplicates here, because its records are identified later (`app.ingest.foreign`)."""

    def __init__(self, writer: Writer, data_set: DataSet | None = None) -> None:
        self.engine = writer.engine
        self._context = RuleContext()
        self._is_foreign = data_set is not None
        self._schemes = frozenset(data_set.schemes if data_set is not None else ())
        self._rules = tuple(rule for rule in RECORD_RULES if data_set is None or rule is not DUPLICATE_ID)
        self._stored: dict[str, date | None] = {}
        self._starts_in_file = NameNumbers()
        self._external_ids = NameNumbers()

    async def look(self, intents: Sequence[Intent], items: Mapping[str, Item] | None = None) -> list[LineWarning]:
        """Return the warnings about these records. `items` maps the JSON Pointer of each intent to its line in the file."""
        await self._load_context(intents)
        return await asyncio.to_thread(self._find_warnings, intents, items or {})

    async def _load_context(self, intents: Sequence[Intent]) -> None:
        context = self._context
        outer = {
            (intent.collection, scheme, value) for intent in intents for _, scheme, value in outer_ids(intent.body)
        }
        coded = outer or any(intent.body.get("event_codes") for intent in intents)
        context.process_starts = await self._process_starts(intents)
        context.owners = await fetch_bearers(self.engine, outer) if outer and not self._is_foreign else {}
        if coded and not context.schemes:
            found = await fetch_schemes(self.engine)
            context.schemes = found | self._schemes if found else found

    async def _process_starts(self, intents: Sequence[Intent]) -> dict[str, date]:
        """Return the first possible day of each process that these records refer to, by slug.

        The file takes precedence over the database, since its processes may not be written yet."""
        for intent in intents:
            slug = intent.body.get("slug")
            if intent.collection == "processes" and slug and (first := start_ordinal(intent)) is not None:
                self._starts_in_file.put("processes", str(slug), first)
        mentioned = {str(intent.body["process"]) for intent in intents if intent.body.get("process")}
        given = {
            slug: first for slug in mentioned if (first := self._starts_in_file.get("processes", slug)) is not None
        }
        others = mentioned - given.keys()
        if len(self._stored) > _MOST_CACHED:
            self._stored.clear()
        if new := others - self._stored.keys():
            self._stored |= dict.fromkeys(new) | await fetch_beginnings(self.engine, new)
        stored = {slug: day for slug in others if (day := self._stored[slug]) is not None}
        return stored | {slug: date.fromordinal(first) for slug, first in given.items() if first}

    def _repeated(self, intents: Sequence[Intent], items: Mapping[str, Item]) -> dict[tuple[str, str], int]:
        """Find external ids of these records that an earlier line has already used, for `RuleContext.earlier_lines`."""
        found: dict[tuple[str, str], int] = {}
        for intent in intents:
            for _, scheme, value in outer_ids(intent.body):
                item, outer = items.get(intent.pointer), f"{scheme}:{value}"
                # A record that a profile merges from several rows can occur in several batches.
                line = (item and item.first_line) or line_of(intent.pointer)
                before = self._external_ids.put(intent.collection, outer, line)
                if before is not None and before != line:
                    found[intent.pointer, outer] = before
        return found

    def _find_warnings(self, intents: Sequence[Intent], items: Mapping[str, Item]) -> list[LineWarning]:
        self._context.earlier_lines = {} if self._is_foreign else self._repeated(intents, items)
        found: list[LineWarning] = []
        for intent in intents:
            line = line_of(intent.pointer)
            for name, finding in self._findings(intent):
                item = items.get(intent.pointer)
                column = item.column(finding.pointer) if item is not None else None
                found.append(
                    LineWarning(
                        line=line,
                        column=column,
                        rule=name,
                        message=finding.message,
                        hint=finding.hint,
                        pointer=finding.pointer,
                    )
                )
        return found

    def _findings(self, intent: Intent) -> Iterator[tuple[str, Finding]]:
        for pointer, field, value in _values(intent.body) if _may_match(intent.body) else ():
            if isinstance(value, str):
                for text_rule in TEXT_RULES:
                    if finding := text_rule.check(field, value):
                        yield text_rule.name, Finding(finding.message, finding.hint, pointer())
            else:
                for number_rule in NUMBER_RULES:
                    if finding := number_rule.check(field, value):
                        yield number_rule.name, Finding(finding.message, finding.hint, pointer())
        for rule in self._rules:
            for finding in rule.check(intent, self._context):
                yield rule.name, finding


def _may_match(body: Mapping[str, object]) -> bool:
    """Return whether a text or number rule may match any value. This test is quick, and for nearly all records the
    answer is no."""
    waiting = list(body.values())
    texts: list[str] = []
    for value in waiting:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
        elif value and isinstance(value, int | float):
            for number_rule in NUMBER_RULES:
                if number_rule.check("", value):
                    return True
    lines = "\n".join(texts)
    return any(rule.prefilter.search(lines) for rule in TEXT_RULES)


def _values(body: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield all texts and numbers of a body as (function that builds the pointer, name of the field, value).

    The pointer is built on demand because hardly any value needs a pointer."""
    waiting: list[tuple[tuple[object, ...], str, object]] = [
        ((name,), name, value) for name, value in body.items() if name not in _QUOTED_FIELDS
    ]
    while waiting:
        path, field, value = waiting.pop()
        if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield (lambda path=path: "".join(f"/{escape_pointer(step)}" for step in path)), field, value
        elif isinstance(value, dict):
            waiting.extend(((*path, name), name, item) for name, item in value.items())
        elif isinstance(value, list):
            waiting.extend(((*path, place), field, item) for place, item in enumerate(value))
