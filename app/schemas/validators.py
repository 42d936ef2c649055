"""Validators that need no database, shared by the write schemas.

Each validator is used in `Annotated[...]` on the field that it checks, so that the error points at that field.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import AfterValidator, BaseModel, ValidationInfo

from app.db.dates import parse_edtf
from app.domain.texts import refusal
from app.errors import quoted


def not_before(first: str) -> AfterValidator:
    """Reject a date whose last possible day is before the first possible day of the field `first`."""

    def check(value: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get(first)
        if value is not None and start is not None and parse_edtf(value).latest < parse_edtf(start).earliest:
            raise refusal(
                "date", f"The date {quoted(value)} is before `{first}` ({quoted(start)}); swap or correct them."
            )
        return value

    return AfterValidator(check)


def not_itself() -> AfterValidator:
    """Reject a reference from the record to itself. Only slugs are compared, so the body must have its own slug."""

    def check(value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and value == info.data.get("slug"):
            raise refusal("reference", f"{quoted(value)} is this record itself; name another record, or use null.")
        return value

    return AfterValidator(check)


def distinct(*names: str, advice: str = "") -> AfterValidator:
    """Reject lists in which two entries have equal values in all of these fields. If no fields are given, reject equal
    entries. `advice` is added to the message."""

    def check(rows: list[Any] | None) -> list[Any] | None:
        seen: dict[tuple[object, ...], int] = {}
        for position, row in enumerate(rows or (), 1):
            key = tuple(getattr(row, name) for name in names) if names else (row,)
            if key in seen:
                shown = ", ".join(f"{value!s}" for value in key if value is not None)
                raise refusal(
                    "list",
                    f"Entries {seen[key]} and {position} are duplicates ({quoted(shown)}); remove one of them.{advice}",
                )
            seen[key] = position
        return rows

    return AfterValidator(check)


def at_most_one(test: Callable[[Any], bool], what: str) -> AfterValidator:
    """Reject lists in which more than one entry passes `test`; `what` describes such an entry in the message."""

    def check(rows: list[Any]) -> list[Any]:
        found = [str(position) for position, row in enumerate(rows, 1) if test(row)]
        if len(found) > 1:
            raise refusal("list", f"Entries {' and '.join(found)} are both {what}; only one may be.")
        return rows

    return AfterValidator(check)


def keyed(words: Callable[[Any], Iterable[str | None]], fallback: str) -> AfterValidator:
    """Make a `key` from `words` for each entry that has none, and reject duplicate keys.

    The key identifies an entry: a citation refers to `/outcomes/<key>`. Generated keys that would collide are numbered
    (`agreement`, `agreement-2`), so give explicit keys to entries that will be cited.
    """

    def check(rows: list[Any]) -> list[Any]:
        taken = [row.key for row in rows if row.key is not None]
        if repeated := next((key for key in taken if taken.count(key) > 1), None):
            raise refusal("list", f"The key {quoted(repeated)} is used twice; give each entry a unique key.")
        used = set(taken)
        for row in rows:
            if row.key is None:
                row.key = free_key(hyphenated(*words(row)) or fallback, used)
                used.add(row.key)
        return rows

    return AfterValidator(check)


def hyphenated(*words: str | None) -> str:
    """Return the words as lowercase letters, digits and hyphens, or an empty string if they have no Latin letter or
    digit."""
    plain = unicodedata.normalize("NFKD", " ".join(word for word in words if word))
    parts = re.findall("[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)).lower())
    return "-".join(parts)[:80].rstrip("-")


def free_key(key: str, used: set[str]) -> str:
    """Return the key, with a number if it is used already."""
    number = 1
    candidate = key
    while candidate in used:
        number += 1
        candidate = f"{key}-{number}"
    return candidate


def given(body: BaseModel | dict[str, Any], names: Sequence[str]) -> list[str]:
    """Return the names of those fields that are not null."""
    read = body.get if isinstance(body, dict) else lambda name: getattr(body, name)
    return [name for name in names if read(name) is not None]
