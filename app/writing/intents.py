"""The input and the result of a write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.db.vocabulary import Action


class Mode(StrEnum):
    """Whether a body only creates a record, or creates or replaces it."""

    CREATE = "create"
    PUT = "put"


#: Row versions of one record.
Versions = frozenset[int]


def not_stored(given: Versions | None, stored: int) -> str | None:
    """The error text if versions are given and the stored version is not among them, else None."""
    if given is None or stored in given:
        return None
    return f"has version {stored}, not {' or '.join(map(str, sorted(given)))}"


@dataclass(frozen=True, slots=True)
class Intent:
    """One record to be written.

    - `body`: the JSON data as it was sent.
    - `address`: the key in the path of a PUT. Without an address, the record is identified by the slug in the body, or
      by a slug generated from the body.
    - `pointer`: the JSON Pointer of the body in a batch. The pointers of all its errors start with it.
    - `if_match`: row versions. The stored record must have one of them.
    - `is_renaming`: a slug other than the stored one renames the record.
    - `is_patch`: the body contains only changes. It is rejected if it turns out to refer to a stored record, because
      writing it would delete the fields that it omits.
    - `is_restoring`: the stored record is withdrawn and is restored.
    - `place`: the position in the owner's list, from 1.
    - `withdrawn`: the reason why a record of another Parley database is withdrawn. The record is imported as a
      tombstone, because other records mention it. The write is rejected if the record is in use here.
    - `may_be_duplicate`: create the record even if a stored record has the same name or external id.
    - `hidden`: for each list of nested records, the fields that a read of the outer record does not return. If the body
      omits such a field, the stored nested record keeps its value, so that a GET followed by a PUT loses nothing.
    """

    collection: str
    body: Any
    mode: Mode = Mode.CREATE
    address: str | None = None
    pointer: str = ""
    if_match: Versions | None = None
    is_renaming: bool = False
    is_patch: bool = False
    is_restoring: bool = False
    place: int = 0
    withdrawn: str | None = None
    may_be_duplicate: bool = False
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """The result for one record. `action` is None if nothing changed."""

    collection: str
    slug: str
    id: UUID
    action: Action | None
    row_version: int
    was: str | None = None
    """The former slug, if the record was renamed."""
    bodies: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
    """On a dry run that changes a stored record: its body as stored, and as it would be stored."""


@dataclass(frozen=True, slots=True)
class Holders:
    """The records of one collection that refer to withdrawn records: their number, and the first slugs."""

    collection: str
    count: int
    slugs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The result of a write. `records` are the records of the intents, in the same order; `others` are nested records
    and citations.

    `revision` is None if nothing changed, and on a dry run.
    """

    revision: int | None
    records: tuple[Written, ...]
    others: tuple[Written, ...] = ()
    holders: tuple[Holders, ...] = ()
    """On a dry run of a withdrawal: the records in use that would refer to a withdrawn record."""

    @property
    def record(self) -> Written:
        """The record of a write with a single intent."""
        return self.records[0]

    @property
    def has_changed(self) -> bool:
        return any(written.action for written in (*self.records, *self.others))
