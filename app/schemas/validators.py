"""Checks of a body that need no database, shared by the write schemas.

Each stands in `Annotated[...]` beside the field that is at fault, so that the problem points at that field.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import AfterValidator, BaseModel, ValidationInfo

from app.db.dates import parse_edtf
from app.domain.types import refusal


def not_before(first: str) -> AfterValidator:
    """The date must not end before the one in the field `first` begins; overlapping ranges pass."""

    def check(value: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get(first)
        if value is not None and start is not None and parse_edtf(value).latest < parse_edtf(start).earliest:
            raise refusal("date", f"{value} lies before `{first}` ({start}); exchange or correct them.")
        return value

    return AfterValidator(check)


def not_itself() -> AfterValidator:
    """The record named must not be the record itself, as far as its own slug is given."""

    def check(value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and value == info.data.get("slug"):
            raise refusal("reference", f"{value!r} is this record itself; name another, or leave the field null.")
        return value

    return AfterValidator(check)


def distinct(*names: str) -> AfterValidator:
    """No two entries may agree in all of these fields; of a list of texts, no two may be equal."""

    def check(rows: list[Any] | None) -> list[Any] | None:
        seen: dict[tuple[Any, ...], int] = {}
        for position, row in enumerate(rows or (), 1):
            key = tuple(getattr(row, name) for name in names) if names else (row,)
            if key in seen:
                shown = ", ".join(f"{value!s}" for value in key if value is not None)
                raise refusal("list", f"Entries {seen[key]} and {position} are the same ({shown}); keep one of them.")
            seen[key] = position
        return rows

    return AfterValidator(check)


def at_most_one(test: Callable[[Any], bool], what: str) -> AfterValidator:
    """At most one entry of the list may pass `test`; `what` names such an entry in the refusal."""

    def check(rows: list[Any]) -> list[Any]:
        found = [str(position) for position, row in enumerate(rows, 1) if test(row)]
        if len(found) > 1:
            raise refusal("list", f"Entries {' and '.join(found)} are both {what}; there is at most one.")
        return rows

    return AfterValidator(check)


def keyed(words: Callable[[Any], Iterable[str | None]], fallback: str) -> AfterValidator:
    """Give each entry without a `key` one made of its words, and refuse equal keys.

    An entry keeps its identity by its key: a citation points at `/outcomes/<key>`. Keys that are made are
    numbered where they would collide (`agreement`, `agreement-2`), so entries that are to be cited had better
    be given theirs.
    """

    def check(rows: list[Any]) -> list[Any]:
        taken = [row.key for row in rows if row.key is not None]
        if repeated := next((key for key in taken if taken.count(key) > 1), None):
            raise refusal("list", f"The key {repeated!r} stands twice; give each entry a key of its own.")
        used = set(taken)
        for row in rows:
            if row.key is None:
                row.key = _free(key_of(*words(row)) or fallback, used)
                used.add(row.key)
        return rows

    return AfterValidator(check)


def key_of(*words: str | None) -> str:
    """Small letters, digits and hyphens of these words; empty where they hold no Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", " ".join(word for word in words if word))
    parts = re.findall("[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)).lower())
    return "-".join(parts)[:80].rstrip("-")


def _free(key: str, used: set[str]) -> str:
    number = 1
    candidate = key
    while candidate in used:
        number += 1
        candidate = f"{key}-{number}"
    return candidate


def given(body: BaseModel | dict[str, Any], names: Sequence[str]) -> list[str]:
    """Which of these fields hold something."""
    read = body.get if isinstance(body, dict) else lambda name: getattr(body, name)
    return [name for name in names if read(name) is not None]
