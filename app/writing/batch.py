"""The state of one write: its drafts, the records that they mention, the rows to be written, and the errors found."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Table, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from app.db.vocabulary import Action
from app.errors import ProblemType, Violation, quoted
from app.writing.intents import Mode, Versions, Written
from app.writing.plan import NestedRecords, RecordPlan, Rows
from app.writing.write_spec import WriteSpec

Values = dict[str, Any]
#: A connection in a transaction, for modules that only pass it on.
Connection = AsyncConnection
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """The record that a key refers to."""

    id: UUID
    slug: str


@dataclass(slots=True)
class Row:
    """One row in a list of a record: a name, a member, a link. `below` contains the row's own lists (an account's
    parts).
    """

    plan: Rows
    values: Values
    pointer: str
    below: dict[str, list["Row"]] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A record as it will be written. `found` is the stored row; `rows` contains only the lists that are replaced."""

    kind: WriteSpec
    plan: RecordPlan
    body: Any
    """The valid body, an instance of `plan.schema`: Any, because only the collection's package knows the schema."""
    pointer: str
    mode: Mode
    slug: str | None
    address: str | None = None
    if_match: Versions | None = None
    owner: "Draft | None" = None
    nested: NestedRecords | None = None
    place: int = 0
    """The position in the owner's list, from 1."""
    is_slug_given: bool = False
    """Whether the slug was sent rather than generated."""
    is_patch: bool = False
    """If true, fields that the body omits must keep their stored values."""
    is_renaming: bool = False
    """Whether the body may change the slug. The former slug then becomes an alias."""
    withdrawn: str | None = None
    """The reason for the withdrawal, if the record is to be stored as withdrawn."""
    is_restoring: bool = False
    """Whether the stored record is withdrawn and is restored by this write."""
    may_be_duplicate: bool = False
    """Whether the record is created even if a stored record has the same name or external id."""
    hidden: frozenset[str] = frozenset()
    """Fields that keep their stored values if the body omits them."""
    id: UUID = field(default_factory=uuid7)
    found: Values | None = None
    values: Values = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    known: Known | None = None
    """The `Known` that mentions of this record in the batch resolve to; None until it has a slug."""
    action: Action | None = None
    has_changed_rows: bool = False
    bodies: tuple[Values, Values] | None = None
    """On a dry run: the body as stored, and as it would be stored."""

    @property
    def is_new(self) -> bool:
        """Whether no stored record was found."""
        return self.found is None

    @property
    def name(self) -> str:
        """The record's name in messages, such as `party 'russia'`."""
        return f"{self.kind.singular} {quoted(self.slug)}"

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield the keys in the body by which other bodies may mention the record, as (collection, key)."""
        collection = self.kind.collection
        if self.slug is not None:
            yield collection, self.slug
        for name in self.external_id_keys:
            yield collection, name
        for field_name in self.kind.also_named:
            yield collection, str(getattr(self.body, field_name))

    @property
    def external_id_keys(self) -> list[str]:
        """The external ids as they are written in mentions (`scheme:value`)."""
        return [f"{outer.scheme}:{outer.value}" for outer in getattr(self.body, "external_ids", ())]

    def words(self, *fields: str) -> str:
        """The values of these fields, joined by spaces, for a generated slug."""
        texts = (getattr(self.body, field) for field in fields)
        return " ".join(str(text) for text in texts if text is not None)

    def written(self) -> Written:
        """The result of the write for this record."""
        version = 1 if self.found is None else int(self.found["row_version"]) + (1 if self.action else 0)
        slug = self.slug or ""
        was = str(self.found["slug"]) if self.found is not None and self.found["slug"] != slug else None
        return Written(self.kind.collection, slug, self.id, self.action, version, was, self.bodies)


@dataclass(slots=True)
class RowChanges:
    """The changes of one table."""

    inserts: list[Values] = field(default_factory=list)
    updates: list[Values] = field(default_factory=list)
    deletes: list[Values] = field(default_factory=list)


#: A row of a draft that another body states, and the stored row with the same key.
StatedRow = tuple[Draft, Row, Values | None]


class DossierState(Protocol):
    """The attributes and methods of `DossierContents` (`app.writing.dossier_contents`) that a batch uses."""

    dossier: str

    async def adjust_lists(self, batch: "Batch", drafts: Sequence[Draft]) -> None:
        """Adjust the lists of the drafts before they are compared with the stored rows."""

    async def left_out(self, batch: "Batch", table: Table, sent: Collection[UUID]) -> list[Values]:
        """The citations to be withdrawn: only this dossier contributed them, and it no longer contains them."""
        ...

    async def note_rows(self, batch: "Batch", rows: "Sequence[StatedRow]") -> None:
        """Note rows that other records of the dossier state for the drafts."""

    async def store(self, batch: "Batch") -> None:
        """Store what the dossier contains now."""


class Batch:
    """The state of one write. The `prepare` and `check` functions of the write specs read and change it."""

    def __init__(self, connection: AsyncConnection, kinds: dict[str, WriteSpec], revision: int, at: datetime) -> None:
        self.connection = connection
        self.kinds = kinds
        self.revision = revision
        self.at = at
        self.drafts: list[Draft] = []
        self.known: dict[tuple[str, str], Known] = {}
        self.violations: list[tuple[ProblemType, Violation]] = []
        self.changes: dict[Table, RowChanges] = {}
        self.stored: dict[Table, dict[UUID, list[Values]]] = {}
        """The stored rows in the lists of the records being written, by table and owner id."""
        self.pending: dict[Table, list[Values]] = {}
        """Rows as they will be after this write."""
        self.replaced: dict[Table, dict[str, set[UUID]]] = {}
        """The owners whose stored rows are replaced, by table and owner column."""
        self.renamed: list[tuple[Draft, str]] = []
        """Renamed drafts, with their former slugs."""
        self.dossier_contents: DossierState | None = None
        """The dossier that is being written; None for any other write."""
        self._sorted = (0, 0)
        self._by_collection: dict[str, list[Draft]] = {}
        self._read: dict[tuple[str, str], dict[Any, list[Values]]] = {}

    def violation(
        self, message: str, pointer: str, hint: str | None = None, kind: ProblemType = ProblemType.INVALID
    ) -> None:
        """Add an error. The write is rejected with all errors together."""
        self.violations.append((kind, Violation(message, pointer=pointer, hint=hint)))

    def violation_at(self, parameter: str, message: str, hint: str | None = None) -> None:
        """Add an error about a path parameter."""
        self.violations.append((ProblemType.INVALID, Violation(message, parameter=parameter, hint=hint)))

    def conflict(self, message: str, pointer: str, hint: str | None = None) -> None:
        """Add an error of the problem type CONFLICT (409)."""
        self.violation(message, pointer, hint, ProblemType.CONFLICT)

    def first_rows(self, rows: Iterable[T], most: int) -> Iterator[T]:
        """Yield the first `most` rows. If there are more, add an error that says so."""
        for place, row in enumerate(rows):
            if place == most:
                self.conflict(f"There are more such conflicts; only the first {most} are reported", "")
                return
            yield row

    def of(self, collection: str) -> list[Draft]:
        """The drafts of a collection, grouped once because this is called several times per collection."""
        if self._sorted != (id(self.drafts), len(self.drafts)):
            self._sorted = (id(self.drafts), len(self.drafts))
            self._by_collection = {}
            for draft in self.drafts:
                self._by_collection.setdefault(draft.kind.collection, []).append(draft)
        return list(self._by_collection.get(collection, ()))

    def known_as(self, collection: str, key: str) -> Known | None:
        """The record that a key refers to. Issue codes are case-insensitive."""
        known = self.known.get((collection, key))
        if known is None and collection == "issues":
            known = self.known.get((collection, key.upper()))
        return known

    def id_of(self, collection: str, key: str) -> UUID | None:
        """The id of the record that a key refers to."""
        known = self.known.get((collection, key)) or self.known_as(collection, key)
        return known.id if known is not None else None

    def slug_of(self, collection: str, key: str) -> str:
        """The slug of the record that a key refers to. An unknown key, already reported, is returned unchanged."""
        known = self.known_as(collection, key)
        return known.slug if known is not None else key

    def changes_of(self, table: Table) -> RowChanges:
        """The changes of a table. Callers add to them."""
        found = self.changes.get(table)
        if found is None:
            found = self.changes[table] = RowChanges()
        return found

    def add_pending(self, table: Table, values: Values) -> None:
        """Record a row as it will be after this write."""
        self.pending.setdefault(table, []).append(values)

    async def rows(self, table: Table, column: str, wanted: Iterable[object]) -> list[Values]:
        """The rows of `table` whose `column` is among `wanted`, as they will be after this write."""
        wanted = {value for value in wanted if value is not None}
        pending = self.pending.get(table, [])
        new = [row for row in pending if row[column] in wanted]
        stored_values = wanted - {draft.id for draft in self.drafts if draft.found is None}
        if not stored_values:
            return new
        ids = {row["id"] for row in pending if "id" in row}
        replaced = self.replaced.get(table, {})
        stored = [
            row
            for row in await self.select(table, column, stored_values)
            if row.get("id") not in ids and not any(row[name] in owners for name, owners in replaced.items())
        ]
        return stored + new

    async def select(self, table: Table, column: str, wanted: Iterable[object]) -> list[Values]:
        """The stored rows of `table` whose `column` is among `wanted`, cached because no other write runs meanwhile."""
        read = self._read.setdefault((table.name, column), {})
        wanted = set(wanted)
        if missing := wanted - read.keys():
            read.update({value: [] for value in missing})
            for row in await select_rows(self.connection, table, column, missing):
                read[row[column]].append(row)
        return [row for value in wanted for row in read[value]]

    async def greatest(self, table: Table, value: str, column: str, wanted: Iterable[object]) -> dict[Any, Any]:
        """The greatest stored `value` for each of the `wanted` values of `column`."""
        place = table.c[column]
        statement = select(place, func.max(table.c[value])).where(
            place == any_(bindparam("wanted", type_=ARRAY(place.type)))
        )
        result = await self.connection.execute(statement.group_by(place), {"wanted": list(wanted)})
        return {row[0]: row[1] for row in result}


async def select_rows(connection: AsyncConnection, table: Table, column: str, wanted: Iterable[object]) -> list[Values]:
    """The rows of `table` whose `column` is among `wanted`, without generated columns."""
    place = table.c[column]
    statement = select(*(c for c in table.columns if c.computed is None)).where(
        place == any_(bindparam("wanted", type_=ARRAY(place.type)))
    )
    result = await connection.execute(statement, {"wanted": list(wanted)})
    return [dict(row) for row in result.mappings()]


def grouped(rows: Iterable[Values], column: str) -> dict[Any, list[Values]]:
    """The rows grouped by the value of a column."""
    found: dict[Any, list[Values]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def by(rows: Sequence[Values], column: str) -> dict[Any, Values]:
    """The rows in a dict, keyed by the value of a unique column."""
    return {row[column]: row for row in rows}
