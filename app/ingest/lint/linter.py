"""Applies the lint rules to the records of a batch."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from app.db.days import Day, day_from_ordinal
from app.domain.countries import FORMER_COUNTRIES
from app.ingest.data_sets import DataSet
from app.ingest.deduplication import NameNumbers
from app.ingest.items import Item, line_of
from app.ingest.lint.contradictions import EARLY_FORCE, IMPOSSIBLE_VOTE, LINK_OF_NO_STEP, NEEDLESS_DISCLOSURE
from app.ingest.lint.disclosures import EARLY_DISCLOSURE
from app.ingest.lint.former_codes import FORMER_CODE, only_former_code
from app.ingest.lint.names import EQUAL_NAME, fold, name_of
from app.ingest.lint.people import OUTSIDE_TALK, SHARED_POST, TWO_DELEGATIONS
from app.ingest.lint.places import OUTSIDE_COUNTRY
from app.ingest.lint.records import BEFORE_PROCESS, DUPLICATE_ID, UNKNOWN_CODE, start_ordinal
from app.ingest.lint.rule import Finding, NumberRule, RecordRule, RuleContext, TextRule
from app.ingest.lint.statements import (
    fetch_bearers,
    fetch_beginnings,
    fetch_countries,
    fetch_namesakes,
    fetch_schemes,
)
from app.ingest.lint.values import MOJIBAKE, SENTINEL, SENTINEL_NUMBER, UNKNOWN_CURRENCY
from app.ingest.report import LineWarning
from app.web.validation import escape_pointer
from app.writing.intents import Intent
from app.writing.slugs import outer_ids
from app.writing.writer import Writer

TEXT_RULES: tuple[TextRule, ...] = (SENTINEL, MOJIBAKE, UNKNOWN_CURRENCY)
NUMBER_RULES: tuple[NumberRule, ...] = (SENTINEL_NUMBER,)
RECORD_RULES: tuple[RecordRule, ...] = (
    BEFORE_PROCESS,
    EARLY_DISCLOSURE,
    NEEDLESS_DISCLOSURE,
    EARLY_FORCE,
    IMPOSSIBLE_VOTE,
    LINK_OF_NO_STEP,
    OUTSIDE_COUNTRY,
    DUPLICATE_ID,
    EQUAL_NAME,
    FORMER_CODE,
    SHARED_POST,
    TWO_DELEGATIONS,
    OUTSIDE_TALK,
    UNKNOWN_CODE,
)
RULES: tuple[TextRule | NumberRule | RecordRule, ...] = (*TEXT_RULES, *NUMBER_RULES, *RECORD_RULES)

#: Fields that quote the original data, where a text such as "unknown" is legitimate.
_QUOTED_FIELDS = frozenset({"coded_from", "unmapped"})
#: Maximum number of stored processes whose start is cached between batches.
_MOST_CACHED = 10_000


class Linter:
    """Finds suspicious values in a whole file, batch by batch.

    If the file comes from another data set, `data_set` declares the identifier schemes of the file. The external ids and
    names in such a file are not checked for duplicates here, because its records are identified later
    (`app.ingest.foreign`). `describe_line` says how messages refer to the line with a number."""

    def __init__(
        self, writer: Writer, data_set: DataSet | None = None, describe_line: Callable[[int], str] = "Line {}".format
    ) -> None:
        self.engine = writer.engine
        self._context = RuleContext(describe_line=describe_line)
        self._is_foreign = data_set is not None
        self._schemes = frozenset(data_set.schemes if data_set is not None else ())
        self._rules = tuple(rule for rule in RECORD_RULES if data_set is None or rule not in (DUPLICATE_ID, EQUAL_NAME))
        self._stored: dict[str, Day | None] = {}
        self._starts_in_file = NameNumbers()
        self._former_codes_in_file = NameNumbers()
        self._external_ids = NameNumbers()
        self._names = NameNumbers()

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
        context.former_codes = await self._former_codes(intents)
        context.owners = await fetch_bearers(self.engine, outer) if outer and not self._is_foreign else {}
        context.namesakes = {} if self._is_foreign else await self._namesakes(intents)
        if coded and not context.schemes:
            found = await fetch_schemes(self.engine)
            context.schemes = found | self._schemes if found else found

    async def _namesakes(self, intents: Sequence[Intent]) -> dict[tuple[str, str], list[str]]:
        named = [(one.collection, str(one.body.get("slug")), name) for one in intents if (name := name_of(one))]
        return await fetch_namesakes(self.engine, named) if named else {}

    async def _process_starts(self, intents: Sequence[Intent]) -> dict[str, Day]:
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
        return stored | {slug: day_from_ordinal(first) for slug, first in given.items() if first}

    async def _former_codes(self, intents: Sequence[Intent]) -> dict[str, str]:
        """Return the former country of each place that the talks refer to and that has only such countries, by slug.

        The file takes precedence over the database; -1 stands for a place of the file with other countries."""
        numbers = list(FORMER_COUNTRIES)
        for intent in intents:
            slug = intent.body.get("slug")
            if intent.collection == "places" and slug and (not intent.is_patch or "countries" in intent.body):
                code = only_former_code(intent.body.get("countries"))
                self._former_codes_in_file.put("places", str(slug), -1 if code is None else numbers.index(code))
        talks = [intent.body for intent in intents if intent.collection == "talks"]
        mentioned = {str(body["place"]) for body in talks if body.get("place")}
        given = {
            slug: number for slug in mentioned if (number := self._former_codes_in_file.get("places", slug)) is not None
        }
        found = {slug: numbers[number] for slug, number in given.items() if number >= 0}
        if others := mentioned - given.keys():
            stored = await fetch_countries(self.engine, others, numbers)
            found |= {slug: code for slug, codes in stored.items() if (code := only_former_code(codes)) is not None}
        return found

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

    def _repeated_names(self, intents: Sequence[Intent]) -> dict[str, int]:
        """Find names of these records that an earlier line has already used, for `RuleContext.earlier_names`."""
        found: dict[str, int] = {}
        for intent in intents:
            if (name := name_of(intent)) is not None:
                line = line_of(intent.pointer)
                before = self._names.put(intent.collection, fold(name), line)
                if before is not None and before != line:
                    found[intent.pointer] = before
        return found

    def _find_warnings(self, intents: Sequence[Intent], items: Mapping[str, Item]) -> list[LineWarning]:
        self._context.earlier_lines = {} if self._is_foreign else self._repeated(intents, items)
        self._context.earlier_names = {} if self._is_foreign else self._repeated_names(intents)
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
