"""Which records a file has named already, in sixteen bytes a name: a million of them must not fill the memory."""

from array import array
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from app.faults import Fault
from app.ingest.items import line_of
from app.writing.intents import Intent
from app.writing.kinds import Kind
from app.writing.plan import plan_of

_SMALLEST = 1 << 12


class Lines:
    """The line of each of many names. Two of a million names have the same 63 bits once in ten million files."""

    def __init__(self) -> None:
        self._size = 0
        self._names = array("q", bytes(8 * _SMALLEST))
        self._lines = array("q", bytes(8 * _SMALLEST))

    def get(self, *name: str) -> int | None:
        """The line of a name, if it has one."""
        return self._lines[place] if self._names[place := self._place(_hash(name))] else None

    def put(self, line: int, *name: str) -> int | None:
        """Give a name its line; answers the one that it has already, and keeps that."""
        return self._put(_hash(name), line)

    def _place(self, name: int) -> int:
        """Where a name stands in the open table, or would stand."""
        names, mask = self._names, len(self._names) - 1
        place = name & mask
        while names[place] not in (0, name):
            place = (place + 1) & mask
        return place

    def _put(self, name: int, line: int) -> int | None:
        place = self._place(name)
        if self._names[place]:
            return self._lines[place]
        self._names[place], self._lines[place] = name, line
        self._size += 1
        if self._size * 5 > len(self._names) * 3:
            self._grow()
        return None

    def _grow(self) -> None:
        names, lines = self._names, self._lines
        self._size = 0
        self._names = array("q", bytes(16 * len(names)))
        self._lines = array("q", bytes(16 * len(names)))
        for name, line in zip(names, lines, strict=True):
            if name:
                self._put(name, line)


class Seen:
    """The names of a file's records, and the stored records that they mean; on a dry run also the names that writing
    would make."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        self._names = Lines()
        # Of its own: names are read in a thread, while the loop finds what was meant.
        self._records = Lines()
        self._promised: set[int] = set()

    def again(self, intent: Intent) -> Fault | None:
        """Remember the record, and those that stand inside it; a fault where a line before this one has told one of them.

        Two records may bear one external id, which the linter finds odd; but a line that has nothing else for a name
        means the record that bears it."""
        line, collection, body, names = line_of(intent.pointer), intent.collection, intent.body, self._names
        slug = body.get("slug")
        if isinstance(slug, str) and (before := names.put(line, collection, slug)) is not None:
            return _twice(before, slug, "/slug")
        for place, name in _outer(body):
            alone = (collection, name, "alone")
            before = names.get(*alone) if isinstance(slug, str) else names.get(collection, name)
            if before is not None:
                return _twice(before, name, f"/external_ids/{place}")
            names.put(line, collection, name)
            if not isinstance(slug, str):
                names.put(line, *alone)
        for below, name, pointer in self._inside(collection, body):
            if (before := names.put(line, below, name)) not in (None, line):
                return _twice(before, name, pointer)
        return None

    def meant(self, record: UUID, pointer: str) -> str | None:
        """Remember that the line at `pointer` means a stored record; the line that has meant it before, if another has."""
        line = line_of(pointer)
        before = self._records.put(line, record.hex)
        return None if before in (None, line) else f"Line {before}"

    def _inside(self, collection: str, body: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        """The records inside a body that say their slug: collection, slug, pointer to it."""
        kind = self._kinds[collection]
        # Citations are told with their records, and may be told once more by themselves.
        for nested in (one for one in plan_of(kind.model, kind.schema).nested if one.collection != "citations"):
            items = body.get(nested.name)
            for place, item in enumerate(items if isinstance(items, list) else ()):
                if not isinstance(item, dict):
                    continue
                here = f"/{nested.name}/{place}"
                if isinstance(slug := item.get("slug"), str):
                    yield nested.collection, slug, f"{here}/slug"
                for below, name, pointer in self._inside(nested.collection, item):
                    yield below, name, here + pointer

    def promise(self, collection: str, key: str) -> None:
        """Remember that a record would be there to which this key leads."""
        self._promised.add(_hash((collection, key)))

    def __contains__(self, key: object) -> bool:
        """Whether the record of a (collection, key) was promised; codes of issues in any case."""
        if not isinstance(key, tuple) or len(key) != 2:
            return False
        collection, name = key
        is_there = _hash((collection, name)) in self._promised
        return is_there or (collection == "issues" and _hash((collection, name.upper())) in self._promised)


def _twice(line: int | None, name: str, pointer: str) -> Fault:
    return Fault(f"Line {line} has the same name, {name[:120]!r}", pointer, hint="Keep one line of each record.")


def _hash(name: tuple[str, ...]) -> int:
    # Zero marks an empty place.
    return hash(name) & 0x7FFF_FFFF_FFFF_FFFF or 1


def _outer(body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The external ids of a body, each with its place."""
    given = body.get("external_ids")
    for place, one in enumerate(given if isinstance(given, list) else ()):
        if isinstance(one, dict):
            yield place, f"{one.get('scheme')}:{one.get('value')}"
