"""Sets of the names in a file. They need sixteen bytes per name, so that a file with a million names does not exhaust
memory."""

from array import array
from collections.abc import Iterator, Mapping
from uuid import UUID

from app.errors import Violation, quoted
from app.ingest.items import line_of
from app.writing.intents import Intent
from app.writing.plan import plan_of
from app.writing.slugs import outer_ids
from app.writing.write_spec import WriteSpec

_SMALLEST = 1 << 12


class NameNumbers:
    """A map from (kind, name) to a number. If a name is added again, its first number is kept.

    A hash table with open addressing that stores 63-bit hashes instead of names. For a million names, a collision is
    expected in one of ten million files.
    """

    def __init__(self) -> None:
        self._size = 0
        self._names = array("q", bytes(8 * _SMALLEST))
        self._numbers = array("q", bytes(8 * _SMALLEST))

    def put(self, kind: str, name: str, number: int) -> int | None:
        """Set the number of a name, unless the name already has a number. Return the earlier number, or None if there
        was none.
        """
        return self._put(_hash(kind, name), number)

    def get(self, kind: str, name: str) -> int | None:
        """Return the number of a name; None if the name has no number."""
        place = self._place(_hash(kind, name))
        return self._numbers[place] if self._names[place] else None

    def _place(self, name: int) -> int:
        """Return the slot of the name, or the free slot for the name."""
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


class DeduplicationSet:
    """The names of the records in a file, and the stored records that these names identify. On a dry run, the set also
    includes the names of records that a real run would have created."""

    def __init__(self, kinds: Mapping[str, WriteSpec]) -> None:
        self._kinds = kinds
        self._names = NameNumbers()
        # A separate set, because names are added in a thread while the event loop adds stored records.
        self._claimed = NameNumbers()
        self._planned: set[int] = set()

    def add(self, intent: Intent) -> Violation | None:
        """Add the names of the record and of the records nested in it. Return an error if an earlier line has one of
        these names.

        Two records may have the same external id; the linter then warns. But if a line has no slug, its external ids
        identify the record, so no other line may have the same external ids.
        """
        line, collection, body, names = line_of(intent.pointer), intent.collection, intent.body, self._names
        slug = body.get("slug")
        if isinstance(slug, str) and (before := names.put(collection, slug, line)) is not None:
            return _duplicate(before, slug, "/slug")
        only_name = f"{collection}, by no other name"
        for index, scheme, value in outer_ids(body):
            name = f"{scheme}:{value}"
            before = names.get(only_name if isinstance(slug, str) else collection, name)
            if before is not None:
                return _duplicate(before, name, f"/external_ids/{index}")
            names.put(collection, name, line)
            if not isinstance(slug, str):
                names.put(only_name, name, line)
        for nested_collection, name, pointer in self._nested_slugs(collection, body):
            if (before := names.put(nested_collection, name, line)) not in (None, line):
                return _duplicate(before, name, pointer)
        return None

    def claim(self, record: UUID, pointer: str) -> str | None:
        """Note that the line at `pointer` refers to this stored record. If an earlier line refers to the same record,
        return that line."""
        line = line_of(pointer)
        before = self._claimed.put("", record.hex, line)
        return None if before in (None, line) else f"Line {before}"

    def _nested_slugs(self, collection: str, body: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
        """Yield (collection, slug, pointer) of the nested records that have a slug."""
        kind = self._kinds[collection]
        # Citations are excluded: a file may contain a citation both in its record and as a separate line.
        for nested in (one for one in plan_of(kind.model, kind.schema).nested if one.collection != "citations"):
            items = body.get(nested.name)
            for index, item in enumerate(items if isinstance(items, list) else ()):
                if not isinstance(item, dict):
                    continue
                prefix = f"/{nested.name}/{index}"
                if isinstance(slug := item.get("slug"), str):
                    yield nested.collection, slug, f"{prefix}/slug"
                for nested_collection, name, pointer in self._nested_slugs(nested.collection, item):
                    yield nested_collection, name, prefix + pointer

    def note_planned(self, collection: str, key: str) -> None:
        """Note that a record with this key would have been created."""
        self._planned.add(_hash(collection, key))

    def __contains__(self, key: object) -> bool:
        """Return whether a record with this (collection, key) would have been created. Codes of issues are compared
        without regard to case."""
        if not isinstance(key, tuple) or len(key) != 2:
            return False
        collection, name = key
        is_planned = _hash(collection, name) in self._planned
        return is_planned or (collection == "issues" and _hash(collection, name.upper()) in self._planned)


def _duplicate(line: int | None, name: str, pointer: str) -> Violation:
    return Violation(
        f"Line {line} has the same name, {quoted(name, 120)}", pointer, hint="Keep one line for each record."
    )


def _hash(kind: str, name: str) -> int:
    # Zero marks a free slot.
    return hash((kind, name)) & 0x7FFF_FFFF_FFFF_FFFF or 1
