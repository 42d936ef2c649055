"""Computes the differences between two states of a record. Nested rows are matched by key, never by position."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.schemas.differences import DifferenceView
from app.web.validation import pointer

Kind = Literal["add", "remove", "replace", "reorder"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that was added, removed or replaced, or rows whose order changed (`reorder`; the two values are lists
    of keys)."""

    op: Kind
    path: tuple[str, ...]
    was: Any = None
    becomes: Any = None

    def to_dict(self) -> dict[str, object]:
        """Return the difference as JSON data."""
        return {"op": self.op, "pointer": pointer(*self.path), "from": self.was, "to": self.becomes}


#: Fields that identify a row within its list, in a response.
NAMING = ("key", "slug", "code")
#: Fields that identify a nested row in a write body: the row's key, the record that the row refers to, or else the
#: row's text.
NAMING_IN_BODIES = (
    *NAMING,
    "person",
    "party",
    "issue",
    "place",
    "proposal",
    "demand",
    "talk",
    "source",
    "text",
    "name",
    "title",
)


def differences(
    was: object, becomes: object, path: tuple[str, ...] = (), naming: Sequence[str] = NAMING
) -> Iterator[Difference]:
    """Yield the differences from `was` to `becomes`, in the order of the fields. A row is identified by the first field of
    `naming` that it has."""
    if isinstance(was, Mapping) and isinstance(becomes, Mapping):
        yield from _fields(was, becomes, path, naming)
        return
    if isinstance(was, list) and isinstance(becomes, list):
        old_rows, new_rows = _keyed(was, naming), _keyed(becomes, naming)
        if old_rows is not None and new_rows is not None:
            yield from _fields(old_rows, new_rows, path, naming)
            old_order, new_order = (
                [key for key in old_rows if key in new_rows],
                [key for key in new_rows if key in old_rows],
            )
            if old_order != new_order:
                yield Difference("reorder", path, old_order, new_order)
            return
    # In Python `True == 1`; in JSON they are different values.
    if was != becomes or isinstance(was, bool) is not isinstance(becomes, bool):
        yield Difference("replace", path, was, becomes)


def _fields(
    was: Mapping[str, object], becomes: Mapping[str, object], path: tuple[str, ...], naming: Sequence[str]
) -> Iterator[Difference]:
    for name in dict.fromkeys((*was, *becomes)):
        if name not in becomes:
            yield Difference("remove", (*path, name), was[name])
        elif name not in was:
            yield Difference("add", (*path, name), None, becomes[name])
        else:
            yield from differences(was[name], becomes[name], (*path, name), naming)


def _keyed(rows: Sequence[object], naming: Sequence[str]) -> dict[str, object] | None:
    """Return the rows by key; None if an entry has no key, or if two entries have the same key."""
    found: dict[str, Any] = {}
    for row in rows:
        key = _key(row, naming)
        if key is None or found.setdefault(key, row) is not row:
            return None
    return found


def _key(row: object, naming: Sequence[str]) -> str | None:
    """Return the key of a row: its own key, or else the key of the first record that it mentions. For a member, this is
    the person."""
    if not isinstance(row, Mapping):
        return None
    for name in naming:
        if isinstance(row.get(name), str):
            return str(row[name])
    if "scheme" in row and "value" in row:
        return f"{row['scheme']}:{row['value']}"
    mentioned = (_key(value, naming) for value in row.values() if isinstance(value, Mapping))
    return next(mentioned, None)


def planned_changes(bodies: tuple[Mapping[str, Any], Mapping[str, Any]] | None) -> list[DifferenceView] | None:
    """Return the differences that a dry run reports for a record; None if the record was not compared."""
    if bodies is None:
        return None
    found = differences(*bodies, naming=NAMING_IN_BODIES)
    return [DifferenceView.model_validate(one.to_dict()) for one in found]
