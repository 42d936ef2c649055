"""What a file has named already, in sixteen bytes a name: a million of them must not fill the memory."""

from array import array

from app.faults import Fault
from app.writing.intents import Intent

_SMALLEST = 1 << 12


class Names:
    """Names of several kinds, and a number for each; the first that a name is given stays.

    An open table of hashes. Two of a million names have the same 63 bits once in ten million files."""

    def __init__(self) -> None:
        self._size = 0
        self._names = array("q", bytes(8 * _SMALLEST))
        self._numbers = array("q", bytes(8 * _SMALLEST))

    def put(self, kind: str, name: str, number: int) -> int | None:
        """Store a name; answers the number that it had already."""
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


class Seen(Names):
    """The names of a file's records, and the line of each; on a dry run also the slugs that writing would make."""

    def __init__(self) -> None:
        super().__init__()
        self._promised: set[int] = set()

    def again(self, intent: Intent, line: int) -> Fault | None:
        """Remember the record; a fault where a line before this one has its name."""
        body = intent.body
        name, place = body.get("slug"), "/slug"
        if name is None:
            outer = body.get("external_ids")
            first = outer[0] if isinstance(outer, list) and outer else None
            name = f"{first.get('scheme')}:{first.get('value')}" if isinstance(first, dict) else None
            place = "/external_ids/0"
        if not isinstance(name, str):
            return None
        if (before := self._put(_hash(intent.collection, name), line)) is None:
            return None
        return Fault(f"Line {before} has the same name, {name[:120]!r}", place, hint="Keep one line of each record.")

    def promise(self, collection: str, slug: str) -> None:
        """Remember that a record of this slug would be there."""
        self._promised.add(_hash(collection, slug))

    def __contains__(self, key: object) -> bool:
        """Whether the record of a (collection, key) was promised."""
        return isinstance(key, tuple) and len(key) == 2 and _hash(*key) in self._promised


def _hash(collection: str, name: str) -> int:
    # Zero marks an empty place.
    return hash((collection, name)) & 0x7FFF_FFFF_FFFF_FFFF or 1
