"""What is asked of the writer, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.db.vocabulary import Action


class Mode(StrEnum):
    """How a body stands to what is stored."""

    CREATE = "create"
    PUT = "put"


#: Row versions of one record.
Versions = frozenset[int]


def not_stored(given: Versions | None, stored: int) -> str | None:
    """What is wrong where the stored version is none of those that were given; None where that is right."""
    if given is None or stored in given:
        return None
    return f"has version {stored}, not {' or '.join(map(str, sorted(given)))}"


@dataclass(frozen=True, slots=True)
class Intent:
    """One record to be written.

    `body` is JSON data as it was sent. `address` is the key in the path of a PUT; without it the body's slug, or
    the one made from its words, says which record is meant. `pointer` is put before the pointers of all faults:
    the place of the body in a batch. `if_match` are the row versions of which one must be the stored one. With
    `is_renaming` a slug other than the stored one renames the record. `withdrawn` is why a record is out of use that
    comes from another ledger, where others still mention it: it is stored as a tombstone; one in use here is no such.
    With `is_patch` the body says what changes, and must not replace a stored record that it turns out to mean.
    `is_restoring`: the stored record was withdrawn, and is in use again. `place`: its place in its owner's list, from 1.
    `may_be_duplicate`: it is created even where a stored record has its name or an external id of it.
    `hidden`: by the name of a list of nested records, the fields that a read of this record does not show of them. Where the
    body leaves them out, a stored nested record keeps its values: a record that is read and put back loses nothing.
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
    """What became of one record; `action` is None where nothing changed."""

    collection: str
    slug: str
    id: UUID
    action: Action | None
    row_version: int
    was: str | None = None
    """The former slug, where it was renamed."""


@dataclass(frozen=True, slots=True)
class Holders:
    """Records of a collection that refer to what is withdrawn: how many, and the first slugs."""

    collection: str
    count: int
    slugs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """`records`: those of the intents, in their order; `others`: nested records and citations written with them.

    `revision` is None when nothing changed, and on a dry run.
    """

    revision: int | None
    records: tuple[Written, ...]
    others: tuple[Written, ...] = ()
    holders: tuple[Holders, ...] = ()
    """On a dry run of a withdrawal: what goes on referring to the records that are withdrawn."""

    @property
    def record(self) -> Written:
        """The one record of a single write."""
        return self.records[0]

    @property
    def has_changed(self) -> bool:
        return any(written.action for written in (*self.records, *self.others))
