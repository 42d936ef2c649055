"""Runs the rules over a batch."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.ingest.data_sets import DataSet
from app.ingest.deduplication import Names
from app.ingest.items import Item, line_of
from app.ingest.lint.places import OUTSIDE_COUNTRY
from app.ingest.lint.records import BEFORE_PROCESS, DUPLICATE_ID, UNKNOWN_CODE, beginning
from app.ingest.lint.rule import Context, NumberRule, Odd, RecordRule, TextRule
from app.ingest.lint.values import MOJIBAKE, SENTINEL, SENTINEL_NUMBER
from app.ingest.report import LineWarning
from app.ingest.statements import fetch_bearers, fetch_beginnings, fetch_schemes
from app.web.validation import escape_pointer
from app.writing.intents import Intent
from app.writing.slugs import outer_ids
from app.writing.writer import Writer

TEXT_RULES: tuple[TextRule, ...] = (SENTINEL, MOJIBAKE)
NUMBER_RULES: tuple[NumberRule, ...] = (SENTINEL_NUMBER,)
RECORD_RULES: tuple[RecordRule, ...] = (BEFORE_PROCESS, OUTSIDE_COUNTRY, DUPLICATE_ID, UNKNOWN_CODE)
RULES: tuple[TextRule | NumberRule | RecordRule, ...] = (*TEXT_RULES, *NUMBER_RULES, *RECORD_RULES)

#: Fields that hold words of the material as they stand there: "unknown" is what it said.
_WORDS_OF_OTHERS = frozenset({"coded_from", "unmapped"})
#: Stored processes whose beginning is remembered from one batch to the next.
_MOST_KEPT = 10_000


class Linter:
    """Warns of what is odd. One of them looks at a whole file, batch by batch. A file of another `data_set` brings its
    own schemes; which of its external ids lead elsewhere is known once its records are identified (`app.ingest.foreign_records`).
    """

    def __init__(self, writer: Writer, data_set: DataSet | None = None) -> None:
        self.engine = writer.engine
        self._context = Context()
        self._is_foreign = data_set is not None
        self._schemes = frozenset(data_set.schemes if data_set is not None else ())
        self._rules = tuple(rule for rule in RECORD_RULES if data_set is None or rule is not DUPLICATE_ID)
        self._stored: dict[str, date | None] = {}
        self._begun = Names()
        self._outer = Names()

    async def look(self, intents: Sequence[Intent], items: Mapping[str, Item] | None = None) -> list[LineWarning]:
        """The warnings about these records, line by line. `items` are what the file gave, by the intents' pointers."""
        await self._learn(intents)
        return await asyncio.to_thread(self._look, intents, items or {})

    async def _learn(self, intents: Sequence[Intent]) -> None:
        context = self._context
        outer = {
            (intent.collection, scheme, value) for intent in intents for _, scheme, value in outer_ids(intent.body)
        }
        coded = outer or any(intent.body.get("event_codes") for intent in intents)
        context.began = await self._beginnings(intents)
        context.bearers = await fetch_bearers(self.engine, outer) if outer and not self._is_foreign else {}
        if coded and not context.schemes:
            found = await fetch_schemes(self.engine)
            context.schemes = found | self._schemes if found else found

    async def _beginnings(self, intents: Sequence[Intent]) -> dict[str, date]:
        """The first days of the processes that these records mention: as the file has them, which nobody may have written
        yet, else as they are stored."""
        for intent in intents:
            slug = intent.body.get("slug")
            if intent.collection == "processes" and slug and (first := beginning(intent)) is not None:
                self._begun.put("processes", str(slug), first)
        mentioned = {str(intent.body["process"]) for intent in intents if intent.body.get("process")}
        given = {slug: first for slug in mentioned if (first := self._begun.get("processes", slug)) is not None}
        others = mentioned - given.keys()
        if len(self._stored) > _MOST_KEPT:
            self._stored.clear()
        if new := others - self._stored.keys():
            self._stored |= dict.fromkeys(new) | await fetch_beginnings(self.engine, new)
        stored = {slug: day for slug in others if (day := self._stored[slug]) is not None}
        return stored | {slug: date.fromordinal(first) for slug, first in given.items() if first}

    def _repeated(self, intents: Sequence[Intent], items: Mapping[str, Item]) -> dict[tuple[str, str], int]:
        """The lines that gave external ids of these records to others before, as `Context.given` has them."""
        found: dict[tuple[str, str], int] = {}
        for intent in intents:
            for _, scheme, value in outer_ids(intent.body):
                item, outer = items.get(intent.pointer), f"{scheme}:{value}"
                # A record that a profile gathers comes again in a later batch, when its rows have more to say of it.
                line = (item and item.first_line) or line_of(intent.pointer)
                before = self._outer.put(intent.collection, outer, line)
                if before is not None and before != line:
                    found[intent.pointer, outer] = before
        return found

    def _look(self, intents: Sequence[Intent], items: Mapping[str, Item]) -> list[LineWarning]:
        self._context.given = {} if self._is_foreign else self._repeated(intents, items)
        found: list[LineWarning] = []
        for intent in intents:
            line = line_of(intent.pointer)
            for name, odd in self._odd(intent):
                told = {"message": odd.message, "hint": odd.hint, "pointer": odd.pointer}
                item = items.get(intent.pointer)
                column = item.column(odd.pointer) if item is not None else None
                found.append(LineWarning(line=line, column=column, rule=name, **told))
        return found

    def _odd(self, intent: Intent) -> Iterator[tuple[str, Odd]]:
        for pointer, field, value in _values(intent.body) if _may_be_odd(intent.body) else ():
            if isinstance(value, str):
                for text_rule in TEXT_RULES:
                    if odd := text_rule.look(field, value):
                        yield text_rule.name, Odd(odd.message, odd.hint, pointer())
            else:
                for number_rule in NUMBER_RULES:
                    if odd := number_rule.look(field, value):
                        yield number_rule.name, Odd(odd.message, odd.hint, pointer())
        for rule in self._rules:
            for odd in rule.look(intent, self._context):
                yield rule.name, odd


def _may_be_odd(body: dict[str, Any]) -> bool:
    """Whether a rule about values has anything to say, wherever it be: nearly always it has not."""
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
                if number_rule.look("", value):
                    return True
    lines = "\n".join(texts)
    return any(rule.hint.search(lines) for rule in TEXT_RULES)


def _values(body: Any) -> Iterator[tuple[Any, str, Any]]:
    """All texts and numbers of a body: (what makes the pointer, the name of the field, the value).

    Pointers are made where something is found alone; nearly nothing is."""
    waiting: list[tuple[tuple[Any, ...], str, Any]] = [
        ((name,), name, value) for name, value in body.items() if name not in _WORDS_OF_OTHERS
    ]
    while waiting:
        path, field, value = waiting.pop()
        if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield (lambda path=path: "".join(f"/{escape_pointer(step)}" for step in path)), field, value
        elif isinstance(value, dict):
            waiting.extend(((*path, name), name, item) for name, item in value.items())
        elif isinstance(value, list):
            waiting.extend(((*path, place), field, item) for place, item in enumerate(value))
