"""What several rows say of one record, joined: the first word stands, later rows fill what is unknown, and to the lists
that the rule `gathers` they add.

A list to which rows add is whole only after the last row: such records, and those that the rules behind theirs make, since
they may mention them, wait for it. Else each batch would write over what the one before has written.

A row that says something else is told, with both words; the file is not mended here. Records are remembered to the end of
the file, so that a foreign file takes memory by its different records, not by its rows.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any

from app.ingest.further_names import with_names
from app.ingest.items import Item
from app.ingest.profiles.fields import Fields
from app.ingest.profiles.schema import Rule
from app.ingest.profiles.values import Making

#: The fields of a rule's body of which the file has no column.
Unspoken = Callable[[Rule], frozenset[str]]


@dataclass(slots=True)
class _Record:
    body: dict[str, Any]
    line: int
    keeps: Mapping[str, str | None]
    rule: Rule
    told: set[tuple[str, str]] = field(default_factory=set)
    columns: dict[str, str] = field(default_factory=dict)
    """From which columns the entries of gathered lists came, by JSON Pointer."""


class Gathering:
    """The records of a file. `take` gives those of which the rows since the last call said something new."""

    def __init__(self, fields: Fields, rules: Sequence[Rule] = ()) -> None:
        self._fields = fields
        first = next((place for place, rule in enumerate(rules) if rule.gathers), len(rules))
        self._waits = {id(rule): place for place, rule in enumerate(rules[first:])}
        """The rules whose records wait for the last row, by their order."""
        self._waiting: dict[tuple[str, str], int] = {}
        self._is_sorted = False
        self._records: dict[tuple[str, str], _Record] = {}
        self._new: dict[tuple[str, str], tuple[int, Mapping[str, str]]] = {}

    def line_of(self, collection: str, body: Mapping[str, Any]) -> int | None:
        """The line that named the record first; None where none did."""
        record = self._records.get((collection, str(body["slug"])))
        return record.line if record is not None else None

    def add(self, rule: Rule, body: dict[str, Any], columns: Mapping[str, str], making: Making) -> None:
        """Add what a row says of a record; what an earlier row said otherwise becomes a warning."""
        key = (rule.collection, str(body["slug"]))
        record, place = self._records.get(key), self._waits.get(id(rule))
        if record is None:
            self._records[key] = record = _Record(body, making.line, rule.keeps, rule)
            record.columns |= _below(columns, rule.gathers)
            self._new[key] = (making.line, columns)
            if place is not None:
                self._waiting[key] = place
            return
        if place is None:
            # What a rule that does not wait has made, too, others of its row may mention.
            self._waiting.pop(key, None)
        elif rule.gathers:
            self._waiting.setdefault(key, place)
        has_more = False
        for name, value in body.items():
            if name not in record.body:
                record.body[name] = value
                record.columns |= _below(columns, [one for one in rule.gathers if one == name])
                has_more = True
            elif name in rule.gathers and isinstance(value, list) and isinstance(record.body[name], list):
                has_more |= self._append(record, key, name, value, columns, making)
            elif record.body[name] != value:
                self._tell(record, key, name, value, columns, making)
                if (names := record.keeps.get(name)) is not None:
                    borne = with_names(record.body, name, names, [{"text": value}])
                    has_more |= borne != record.body.get(names)
                    record.body[names] = borne
        if has_more:
            line, known = self._new.get(key, (making.line, {}))
            self._new[key] = (line, {**columns, **known, **record.columns})

    def _append(
        self,
        record: _Record,
        key: tuple[str, str],
        name: str,
        entries: list[Any],
        columns: Mapping[str, str],
        making: Making,
    ) -> bool:
        """Add to a list the entries that it has not; answers whether there were any, or more was said of one."""
        ours: list[Any] = record.body[name]
        known = self._fields.entry_key(key[0], name)
        has_more = False
        for place, entry in enumerate(entries):
            at = f"/{name}/{place}"
            if entry in ours:
                continue
            same = _same_entry(ours, entry, known)
            if same is None:
                record.columns |= {
                    f"/{name}/{len(ours)}{pointer.removeprefix(at)}": header
                    for pointer, header in columns.items()
                    if f"{pointer}/".startswith(f"{at}/")
                }
                # A list of its own: the body that was given out before must not grow.
                record.body[name] = ours = [*ours, entry]
                has_more = True
                continue
            merged, others = _merged(ours[same], entry)
            for inner, (own, other) in others.items():
                pointer = f"{at}/{inner}"
                message = f"`{inner}` of entry {same + 1} of `{name}` of {key[1]!r} is {_short(other)} here, and {_short(own)} before"
                header = columns.get(pointer) or columns.get(at)
                making.warn("differs", header, message, "The first is kept.", f"/{name}/{same}/{inner}")
            if merged != ours[same]:
                record.body[name] = ours = [*ours[:same], merged, *ours[same + 1 :]]
                has_more = True
        return has_more

    def _tell(
        self,
        record: _Record,
        key: tuple[str, str],
        name: str,
        value: Any,
        columns: Mapping[str, str],
        making: Making,
    ) -> None:
        sign = (name, json.dumps(value, sort_keys=True, ensure_ascii=False))
        if sign in record.told:
            return
        record.told.add(sign)
        inner = (header for pointer, header in columns.items() if pointer.startswith(f"/{name}/"))
        header = columns.get(f"/{name}") or next(inner, None)
        names = record.keeps.get(name)
        hint = "The first is kept" + (f"; this one is among its `{names}`" if names is not None else "")
        message = (
            f"`{name}` of {key[1]!r} is {_short(value)} here, and {_short(record.body[name])} in line {record.line}"
        )
        making.warn("differs", header, message, f"{hint}. Are these two records?", f"/{name}")

    def whole(self, unspoken: Unspoken) -> Iterator[Item]:
        """All records of the file, complete, once all of its rows were read."""
        parts: dict[int, int] = {}
        for (collection, _), record in self._records.items():
            part = parts[record.line] = parts.get(record.line, 0) + 1
            yield self._item(record, collection, record.line, part, {}, unspoken)

    def _item(
        self,
        record: _Record,
        collection: str,
        line: int,
        part: int,
        columns: Mapping[str, str],
        unspoken: Unspoken,
    ) -> Item:
        return Item(
            line, collection, dict(record.body), part=part, columns=columns, first_line=record.line, keeps=record.keeps,
            identified_by=tuple(record.rule.identified_by), unspoken=unspoken(record.rule),
        )  # fmt: skip

    @property
    def is_waiting(self) -> bool:
        """Whether there are records that wait for the last row."""
        return bool(self._waiting)

    def take(self, unspoken: Unspoken) -> list[Item]:
        """The records that are new, or of which more is known, without those that wait; in the order in which they were
        named first."""
        return self._items([key for key in self._new if key not in self._waiting], unspoken)

    def take_waiting(self, most: int, unspoken: Unspoken) -> list[Item]:
        """Some of the records that have waited: in the order of their rules, since later rules mention earlier ones."""
        if not self._is_sorted:
            self._waiting = dict(sorted(self._waiting.items(), key=itemgetter(1)))
            self._is_sorted = True
        keys = list(islice(self._waiting, most))
        for key in keys:
            del self._waiting[key]
        return self._items([key for key in keys if key in self._new], unspoken)

    def _items(self, keys: Sequence[tuple[str, str]], unspoken: Unspoken) -> list[Item]:
        parts: dict[int, int] = {}
        items: list[Item] = []
        for collection, slug in keys:
            line, columns = self._new.pop((collection, slug))
            part = parts[line] = parts.get(line, 0) + 1
            items.append(self._item(self._records[collection, slug], collection, line, part, columns, unspoken))
        return items


def _below(columns: Mapping[str, str], names: list[str]) -> dict[str, str]:
    """The columns of these fields, and of all below them."""
    return {pointer: header for pointer, header in columns.items() if pointer[1:].partition("/")[0] in names}


def _same_entry(entries: list[Any], entry: Any, names: tuple[str, ...]) -> int | None:
    """The place of the entry that has the same key; None where none has, or the entry says not all of its key."""
    if not names or not isinstance(entry, dict) or any(entry.get(name) is None for name in names):
        return None
    return next(
        (
            place
            for place, one in enumerate(entries)
            if isinstance(one, dict) and all(one.get(name) == entry[name] for name in names)
        ),
        None,
    )


def _merged(own: dict[str, Any], other: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
    """An entry with what another says besides; and what the other says otherwise, as (own, other) by field."""
    merged, differing = dict(own), dict[str, tuple[Any, Any]]()
    for name, value in other.items():
        if name not in merged:
            merged[name] = value
        elif isinstance(merged[name], list) and isinstance(value, list):
            merged[name] = [*merged[name], *(one for one in value if one not in merged[name])]
        elif merged[name] != value:
            differing[name] = (merged[name], value)
    return merged, differing


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return repr(text if len(text) <= 60 else f"{text[:59]}…")
