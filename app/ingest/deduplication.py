"""What a file has named already, in sixteen bytes a name: a million of them must not fill the memory."""

from array import array
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from app.errors import Violation
from app.ingest.items import line_of
from app.writing.intents import Intent
from app.writing.plan import plan_of
from app.writing.slugs import outer_ids
from app.writing.write_spec import WriteSpec

_SMALLEST = 1 << 12


class Names:
    """Names of several kinds, and a number for each; the first that a name is given stays.

    An open table of hashes. Two of a million names have the same 63 bits once in ten million files."""

    def __init__(self) -> None:
        self._size = 0
        self._names = array("q", bytes(8 * _SMALLEST))
        self._numbers = array("q", bytes(8 * _SMALLEST))

    def put(self, kind: str, name: str, number: int) -> int | None:
        """Give a name its number; answers the one that it has already."""
        return self._put(_hash(kind, name), number)

    def get(self, kind: str, name: str) -> int | None:
        """The number of a name; None where it was never put."""
        place = self._place(_hash(kind, name))
        return self._numbers[place] if self._names[place] else None

    def _place(self, name: int) -> int:
        """Where the name stands, or would."""
        names, mask = self._names, len(self._names) - 1
        place = name & mask
        while names[place] not in (0, name):
            place = (place + 1) & mask
        return place

    def _put(self, name: int, number: int) -> int | None:
        place = self._place(name)
        if self._names[place]:
            return self._numbers[place]
        self._names[place], self._numbers[place] = name, number
        self._size += 1
        if self._size * 5 > len(self._names) * 3:
            self._grow()
        return None

    def _grow(self) -> None:
        names, numbers = self._names, self._numbers
        self._size = 0
        self._names = array("q", bytes(16 * len(names)))
        self._numbers = array("q", bytes(16 * len(names)))
        for name, number in zip(names, numbers, strict=True):
            if name:
                self._put(name, number)


class Seen:
    """The names of a file's records, and the stored records that they mean; on a dry run also the names that writing
    would make."""

    def __init__(self, kinds: Mapping[str, WriteSpec]) -> None:
        self._kinds = kinds
        self._names = Names()
        # Of its own: names are read in a thread, while the loop finds what was meant.
        self._records = Names()
        self._promised: set[int] = set()

    def again(self, intent: Intent) -> Violation | None:
        """Remember the record, and those that stand inside it; a fault where a line before this one has told one of them.

        Two records may bear one external id, which the linter finds odd; but a line that has nothing else for a name
        means the record that bears it."""
        line, collection, body, names = line_of(intent.pointer), intent.collection, intent.body, self._names
        slug = body.get("slug")
        if isinstance(slug, str) and (before := names.put(collection, slug, line)) is not None:
            return _twice(before, slug, "/slug")
        alone = f"{collection}, by no other name"
        for place, scheme, value in outer_ids(body):
            name = f"{scheme}:{value}"
            before = names.get(alone if isinstance(slug, str) else collection, name)
            if before is not None:
                return _twice(before, name, f"/external_ids/{place}")
            names.put(collection, name, line)
            if not isinstance(slug, str):
                names.put(alone, name, line)
        for below, name, pointer in self._inside(collection, body):
            if (before := names.put(below, name, line)) not in (None, line):
                return _twice(before, name, pointer)
        return None

    def meant(self, record: UUID, pointer: str) -> str | None:
        """Remember that the line at `pointer` means a stored record; the line that has meant it before, if another has."""
        line = line_of(pointer)
        before = self._records.put("", record.hex, line)
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
        self._promised.add(_hash(collection, key))

    def __contains__(self, key: object) -> bool:
        """Whether the record of a (collection, key) was promised; codes of issues in any case."""
        if not isinstance(key, tuple) or len(key) != 2:
            return False
        collection, name = key
        is_there = _hash(collection, name) in self._promised
        return is_there or (collection == "issues" and _hash(collection, name.upper()) in self._promised)


def _twice(line: int | None, name: str, pointer: str) -> Violation:
    return Violation(f"Line {line} has the same name, {name[:120]!r}", pointer, hint="Keep one line of each record.")


def _hash(kind: str, name: str) -> int:
    # Zero marks an empty place.
    return hash((kind, name)) & 0x7FFF_FFFF_FFFF_FFFF or 1
