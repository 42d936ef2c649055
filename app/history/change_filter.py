"""The filter of the change feed, and checks of the collections and processes named in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.errors import Violation, quoted
from app.reading.reader import Reader
from app.reading.record_keys import find_nearest_slug, find_record_ids
from app.reading.unknown_names import numbered_place


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Selects changes by collection, action and process. None means all."""

    collections: tuple[str, ...] | None = None
    actions: tuple[str, ...] | None = None
    processes: tuple[UUID, ...] | None = None

    @property
    def is_all(self) -> bool:
        return self == ALL

    @classmethod
    def of(
        cls,
        collections: Iterable[str] | None = None,
        actions: Iterable[str] | None = None,
        processes: Iterable[UUID | str] | None = None,
    ) -> "ChangeFilter":
        """Build a filter from lists. None or an empty list selects everything."""
        return cls(
            tuple(collections or ()) or None,
            tuple(map(str, actions or ())) or None,
            tuple(UUID(str(one)) for one in processes or ()) or None,
        )


#: The filter that matches every change.
ALL = ChangeFilter()


async def find_processes(reader: Reader, keys: Iterable[str], **place: str) -> tuple[list[UUID], list[Violation]]:
    """The ids of the processes with these keys, including withdrawn processes, and a violation for each unknown key.
    `place` is the `pointer` or `parameter` of the violation.
    """
    found, violations = [], []
    for number, key in enumerate(keys):
        if ids := await find_record_ids(reader, "processes", key):
            found.append(ids[0])
        else:
            near = await find_nearest_slug(reader, "processes", key)
            hint = f"Did you mean {quoted(near)}?" if near else None
            message = f"No process has the key {quoted(key, 100)}"
            violations.append(Violation(message, **numbered_place(place, number), hint=hint))
    return found, violations
