"""Merges the rows of a file that describe the same record.

The first value of a field wins, later rows fill fields that are still null, and lists in the rule's `gathers` are appended to. A
conflicting value is reported as a warning with both values (`differs`).

A list in `gathers` is complete only after the last row. Records with such a list are therefore held back until the end
of the file, so that no batch overwrites what an earlier batch wrote. The records of all later rules are held back, too,
because they may refer to these records.

All records stay in memory until the end of the file, so memory grows with the number of distinct records, not of rows.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any

from app.errors import quoted
from app.ingest.further_names import with_names
from app.ingest.items import Item
from app.ingest.profiles.fields import Fields
from app.ingest.profiles.row_report import RowReport
from app.ingest.profiles.rule_schema import Rule

#: Returns the fields of a rule's body for which the file has no column.
Unspoken = Callable[[Rule], frozenset[str]]


@dataclass(slots=True)
class _Record:
    body: dict[str, Any]
    line: int
    keeps: Mapping[str, str | None]
    rule: Rule
    reported: set[tuple[str, str]] = field(default_factory=set)
    columns: dict[str, str] = field(default_factory=dict)
    """The source columns of entries in `gathers` lists, by JSON Pointer."""


class RowMerger:
    """The records of a file. `take` returns the records that are new or changed since the last call."""

    def __init__(self, fields: Fields, rules: Sequence[Rule] = ()) -> None:
        self._fields = fields
        first = next((place for place, rule in enumerate(rules) if rule.gathers), len(rules))
        self._waits = {id(rule): place for place, rule in enumerate(rules[first:])}
        """The rules whose records are held back until the last row: `id(rule)` → position among these rules."""
        self._waiting: dict[tuple[str, str], int] = {}
        self._is_sorted = False
        self._records: dict[tuple[str, str], _Record] = {}
        self._new: dict[tuple[str, str], tuple[int, Mapping[str, str]]] = {}

    def line_of(self, collection: str, body: Mapping[str, object]) -> int | None:
        """Return the first line that described the record; None if no line has described it yet."""
        record = self._records.get((collection, str(body["slug"])))
        return record.line if record is not None else None

    def add(self, rule: Rule, body: dict[str, Any], columns: Mapping[str, str], report: RowReport) -> None:
        """Merge the body that a row produced into its record; a conflict with an earlier row becomes a warning."""
        key = (rule.collection, str(body["slug"]))
        record, place = self._records.get(key), self._waits.get(id(rule))
        if record is None:
            self._records[key] = record = _Record(body, report.line, rule.keeps, rule)
            record.columns |= _below(columns, rule.gathers)
            self._new[key] = (report.line, columns)
            if place is not None:
                self._waiting[key] = place
            return
        if place is None:
            # A rule whose records are not held back produced the record, too, and other records of the same row may
            # refer to it.
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
                has_more |= self._append(record, key, name, value, columns, report)
            elif record.body[name] != value:
                self._warn_of_conflict(record, key, name, value, columns, report)
                if (names := record.keeps.get(name)) is not None:
                    all_names = with_names(record.body, name, names, [{"text": value}])
                    has_more |= all_names != record.body.get(names)
                    record.body[names] = all_names
        if has_more:
            line, known = self._new.get(key, (report.line, {}))
            self._new[key] = (line, {**columns, **known, **record.columns})

    def _append(
        self,
        record: _Record,
        key: tuple[str, str],
        name: str,
        entries: list[Any],
        columns: Mapping[str, str],
        report: RowReport,
    ) -> bool:
        """Append the entries that a list lacks, and merge entries with the same key. Return whether the list
        changed."""
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
                # Copy the list: a body that `take` returned before must not change.
                record.body[name] = ours = [*ours, entry]
                has_more = True
                continue
            merged, others = _merged(ours[same], entry)
            for inner, (own, other) in others.items():
                pointer = f"{at}/{inner}"
                message = (
                    f"`{inner}` of entry {same + 1} of `{name}` of {quoted(key[1])} is {_short(other)} here, but {_short(own)}"
                    " in an earlier row"
                )
                header = columns.get(pointer) or columns.get(at)
                report.warn("differs", header, message, "The first value is used.", f"/{name}/{same}/{inner}")
            if merged != ours[same]:
                record.body[name] = ours = [*ours[:same], merged, *ours[same + 1 :]]
                has_more = True
        return has_more

    def _warn_of_conflict(
        self,
        record: _Record,
        key: tuple[str, str],
        name: str,
        value: object,
        columns: Mapping[str, str],
        report: RowReport,
    ) -> None:
        sign = (name, json.dumps(value, sort_keys=True, ensure_ascii=False))
        if sign in record.reported:
            return
        record.reported.add(sign)
        inner = (header for pointer, header in columns.items() if pointer.startswith(f"/{name}/"))
        header = columns.get(f"/{name}") or next(inner, None)
        names = record.keeps.get(name)
        hint = "The first value is used" + (f"; this one is added to `{names}`" if names is not None else "")
        message = f"`{name}` of {quoted(key[1])} is {_short(value)} here, but {_short(record.body[name])} in line {record.line}"
        report.warn("differs", header, message, f"{hint}. Are these two different records?", f"/{name}")

    def whole(self, unspoken: Unspoken) -> Iterator[Item]:
        """Yield all records of the file. Call this method after the last row, when all records are complete."""
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
        """Whether records are held back until the last row."""
        return bool(self._waiting)

    def take(self, unspoken: Unspoken) -> list[Item]:
        """Return the records that are new or changed and not held back, in the order of their first appearance."""
        return self._items([key for key in self._new if key not in self._waiting], unspoken)

    def take_waiting(self, most: int, unspoken: Unspoken) -> list[Item]:
        """Return up to `most` records that were held back, ordered by rule, because later rules refer to earlier
        rules."""
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
    """Return the source columns of these fields and of everything nested in them."""
    return {pointer: header for pointer, header in columns.items() if pointer[1:].partition("/")[0] in names}


def _same_entry(entries: Sequence[object], entry: object, names: tuple[str, ...]) -> int | None:
    """Return the index of the entry with the same key; None if there is none, or the given entry's key is incomplete."""
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


def _merged(own: dict[str, Any], other: dict[str, Any]) -> tuple[dict[str, object], dict[str, tuple[object, object]]]:
    """Merge another entry into a copy of `own`. Return the merged entry with the conflicting values, as (own, other) by
    field."""
    merged, differing = dict(own), dict[str, tuple[Any, Any]]()
    for name, value in other.items():
        if name not in merged:
            merged[name] = value
        elif isinstance(merged[name], list) and isinstance(value, list):
            merged[name] = [*merged[name], *(one for one in value if one not in merged[name])]
        elif merged[name] != value:
            differing[name] = (merged[name], value)
    return merged, differing


def _short(value: object) -> str:
    is_nested = isinstance(value, list | dict)
    return quoted(json.dumps(value, ensure_ascii=False) if is_nested else value, 60)
