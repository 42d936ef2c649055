"""Which changes a follower wants, and whether there is what it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.errors import Violation, nearest
from app.reading.reader import Reader
from app.reading.unknown_keys import leads_to, nearest_slug


@dataclass(frozen=True, slots=True)
class Wanted:
    """Changes of records of some collections, with some actions, that belong to some processes; None = all."""

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
    ) -> "Wanted":
        """What some lists say; None, and an empty one, = all."""
        return cls(
            tuple(collections or ()) or None,
            tuple(map(str, actions or ())) or None,
            tuple(UUID(str(one)) for one in processes or ()) or None,
        )


#: A follower of everything.
ALL = Wanted()


async def find_processes(reader: Reader, keys: Iterable[str], **place: str) -> tuple[list[UUID], list[Violation]]:
    """The ids of the processes with these keys, withdrawn ones too, and a fault at a place for each that is none."""
    found, violations = [], []
    for number, key in enumerate(keys):
        if ids := await leads_to(reader, "processes", key):
            found.append(ids[0])
        else:
            near = await nearest_slug(reader, "processes", key)
            hint = f"Did you mean '{near}'?" if near else None
            message = f"There is nothing in processes that is called '{key[:100]}'"
            violations.append(Violation(message, **_numbered(place, number), hint=hint))
    return found, violations


def unknown_collections(reader: Reader, names: Iterable[str], **place: str) -> list[Violation]:
    """A fault at a place for each name of a collection that there is not."""
    violations = []
    for number, name in enumerate(names):
        if name not in reader.collections:
            near = nearest(name, reader.collections)
            hint = f"Did you mean '{near}'?" if near else f"There are: {', '.join(reader.collections)}."
            message = f"There is no collection '{name[:100]}'"
            violations.append(Violation(message, **_numbered(place, number), hint=hint))
    return violations


def _numbered(place: dict[str, str], number: int) -> dict[str, Any]:
    """A pointer leads to one entry of a list; a parameter has a name alone."""
    return {name: f"{value}/{number}" if name == "pointer" else value for name, value in place.items()}
