"""What changed from one state of a record to another: nested rows by their keys, never by their positions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.web.validation import pointer

Kind = Literal["add", "remove", "replace", "reorder"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is there now, is gone, or is another; `reorder`: rows changed places, told by their keys."""

    op: Kind
    path: tuple[str, ...]
    was: Any = None
    becomes: Any = None

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"op": self.op, "pointer": pointer(*self.path), "from": self.was, "to": self.becomes}


#: Fields that tell a row from the others of its list.
NAMING = ("key", "slug", "code")


def differences(
    was: Any, becomes: Any, path: tuple[str, ...] = (), naming: Sequence[str] = NAMING
) -> Iterator[Difference]:
    """What leads from one value to the other, in the order of the fields. A row is told from others by the first field
    of `naming` that it has."""
    if isinstance(was, Mapping) and isinstance(becomes, Mapping):
        yield from _fields(was, becomes, path, naming)
        return
    if isinstance(was, list) and isinstance(becomes, list):
        there, here = _keyed(was, naming), _keyed(becomes, naming)
        if there is not None and here is not None:
            yield from _fields(there, here, path, naming)
            kept, now = [key for key in there if key in here], [key for key in here if key in there]
            if kept != now:
                yield Difference("reorder", path, kept, now)
            return
    # In Python `True == 1`, in JSON they are two values.
    if was != becomes or isinstance(was, bool) is not isinstance(becomes, bool):
        yield Difference("replace", path, was, becomes)


def _fields(
    was: Mapping[str, Any], becomes: Mapping[str, Any], path: tuple[str, ...], naming: Sequence[str]
) -> Iterator[Difference]:
    for name in dict.fromkeys((*was, *becomes)):
        if name not in becomes:
            yield Difference("remove", (*path, name), was[name])
        elif name not in was:
            yield Difference("add", (*path, name), None, becomes[name])
        else:
            yield from differences(was[name], becomes[name], (*path, name), naming)


def _keyed(rows: Sequence[Any], naming: Sequence[str]) -> dict[str, Any] | None:
    """The rows by what tells them apart; None where something else than rows is in the list, or two are alike."""
    found: dict[str, Any] = {}
    for row in rows:
        key = _key(row, naming)
        if key is None or found.setdefault(key, row) is not row:
            return None
    return found


def _key(row: Any, naming: Sequence[str]) -> str | None:
    """The key of a row: its own, else that of the record which it mentions first (a member's person)."""
    if not isinstance(row, Mapping):
        return None
    for name in naming:
        if isinstance(row.get(name), str):
            return str(row[name])
    if "scheme" in row and "value" in row:
        return f"{row['scheme']}:{row['value']}"
    mentioned = (_key(value, naming) for value in row.values() if isinstance(value, Mapping))
    return next(mentioned, None)
