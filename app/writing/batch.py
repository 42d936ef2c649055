"""One write in the making: its drafts, what they mention, the rows that they will be, the faults found on the way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Table, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from app.db.vocabulary import Action
from app.faults import Fault, ProblemKind
from app.writing.intents import Mode, Versions, Written
from app.writing.kinds import Kind
from app.writing.plan import NestedRecords, RecordPlan, Rows

if TYPE_CHECKING:
    from app.writing.bringing import Bringing

Values = dict[str, Any]
#: A connection in a transaction, for those who only hand it on.
Connection = AsyncConnection
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """A record that a mention leads to."""

    id: UUID
    slug: str


@dataclass(slots=True)
class Row:
    """A row inside a record: a name, a member, a link. `below` holds rows of its own (an account's parts)."""

    plan: Rows
    values: Values
    pointer: str
    below: dict[str, list["Row"]] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A record as it is to be. `found` is its stored row; `rows` holds only the lists that are to be replaced."""

    kind: Kind
    plan: RecordPlan
    body: Any
    """The valid body, of the schema of `plan`; Any, because each room knows the type of its own."""
    pointer: str
    mode: Mode
    slug: str | None
    address: str | None = None
    if_match: Versions | None = None
    owner: "Draft | None" = None
    nested: NestedRecords | None = None
    place: int = 0
    """Place in the owner's list, from 1."""
    is_slug_given: bool = False
    is_patch: bool = False
    """What it leaves out must stay as it is stored."""
    is_renaming: bool = False
    """The body's slug may differ from the stored one, which then becomes an alias."""
    withdrawn: str | None = None
    """Why the record is to be stored as one that is out of use already."""
    is_restoring: bool = False
    """Whether the stored record was withdrawn, and is to be in use again."""
    may_be_duplicate: bool = False
    """Whether it is created even where a stored record has its name or an external id of it."""
    hidden: frozenset[str] = frozenset()
    """Fields that keep their stored values where the body leaves them out."""
    id: UUID = field(default_factory=uuid7)
    found: Values | None = None
    values: Values = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    known: Known | None = None
    """As what mentions in the batch lead to it."""
    action: Action | None = None
    has_changed_rows: bool = False

    @property
    def is_new(self) -> bool:
        return self.found is None

    @property
    def name(self) -> str:
        """`party 'russia'`: how a sentence speaks of it."""
        return f"{self.kind.singular} {self.slug!r}"

    def names(self) -> Iterator[tuple[str, str]]:
        """By what other bodies may mention it, as far as its own tells: (collection, key)."""
        collection = self.kind.collection
        if self.slug is not None:
            yield collection, self.slug
        for name in self.outer_names:
            yield collection, name
        for field_name in self.kind.also_named:
            yield collection, str(getattr(self.body, field_name))

    @property
    def outer_names(self) -> list[str]:
        """Its external ids, as mentions have them."""
        return [f"{outer.scheme}:{outer.value}" for outer in getattr(self.body, "external_ids", ())]

    def words(self, *fields: str) -> str:
        """The texts of these fields, one after the other: what a slug is made of."""
        texts = (getattr(self.body, field) for field in fields)
        return " ".join(str(text) for text in texts if text is not None)

    def written(self) -> Written:
        version = 1 if self.found is None else int(self.found["row_version"]) + (1 if self.action else 0)
        slug = self.slug or ""
        was = str(self.found["slug"]) if self.found is not None and self.found["slug"] != slug else None
        return Written(self.kind.collection, slug, self.id, self.action, version, was)


@dataclass(slots=True)
class Changes:
    """The rows of one table that are to be written."""

    inserts: list[Values] = field(default_factory=list)
    updates: list[Values] = field(default_factory=list)
    deletes: list[Values] = field(default_factory=list)


class Batch:
    """Everything that one write knows. Preparations and checks of the rooms work on it."""

    def __init__(self, connection: AsyncConnection, kinds: dict[str, Kind], revision: int, at: datetime) -> None:
        self.connection = connection
        self.kinds = kinds
        self.revision = revision
        self.at = at
        self.drafts: list[Draft] = []
        self.known: dict[tuple[str, str], Known] = {}
        self.faults: list[tuple[ProblemKind, Fault]] = []
        self.changes: dict[Table, Changes] = {}
        self.stored: dict[Table, dict[UUID, list[Values]]] = {}
        """Rows of other tables as they are, by the id of their owner, of the records that are written."""
        self.pending: dict[Table, list[Values]] = {}
        self.replaced: dict[Table, dict[str, set[UUID]]] = {}
        self.renamed: list[tuple[Draft, str]] = []
        self.bringing: Bringing | None = None
        """The dossier that is written; None where it is none."""
        self._sorted = (0, 0)
        self._by_collection: dict[str, list[Draft]] = {}
        self._read: dict[tuple[str, str], dict[Any, list[Values]]] = {}

    def fault(
        self, message: str, pointer: str, hint: str | None = None, kind: ProblemKind = ProblemKind.INVALID
    ) -> None:
        """Note that something is wrong; the write is refused with all faults together."""
        self.faults.append((kind, Fault(message, pointer=pointer, hint=hint)))

    def fault_at(self, parameter: str, message: str, hint: str | None = None) -> None:
        """The same of a parameter of the path."""
        self.faults.append((ProblemKind.INVALID, Fault(message, parameter=parameter, hint=hint)))

    def conflict(self, message: str, pointer: str, hint: str | None = None) -> None:
        self.fault(message, pointer, hint, ProblemKind.CONFLICT)

    def some(self, rows: Iterable[T], most: int) -> Iterator[T]:
        """The first rows that speak against a write; that there are more is told after them, not passed over."""
        for place, row in enumerate(rows):
            if place == most:
                self.conflict(f"There are more like these {most}", "")
                return
            yield row

    def of(self, collection: str) -> list[Draft]:
        """The drafts of a collection. Asked for each of them, several times, so that they are sorted once."""
        if self._sorted != (id(self.drafts), len(self.drafts)):
            self._sorted = (id(self.drafts), len(self.drafts))
            self._by_collection = {}
            for draft in self.drafts:
                self._by_collection.setdefault(draft.kind.collection, []).append(draft)
        return list(self._by_collection.get(collection, ()))

    def known_as(self, collection: str, key: str) -> Known | None:
        """The record that a key leads to; codes of issues in any case."""
        known = self.known.get((collection, key))
        if known is None and collection == "issues":
            known = self.known.get((collection, key.upper()))
        return known

    def id_of(self, collection: str, key: str) -> UUID | None:
        known = self.known.get((collection, key)) or self.known_as(collection, key)
        return known.id if known is not None else None

    def slug_of(self, collection: str, key: str) -> str:
        """The slug of a mentioned record; the key itself where it leads nowhere (that is a fault already)."""
        known = self.known_as(collection, key)
        return known.slug if known is not None else key

    def changes_of(self, table: Table) -> Changes:
        found = self.changes.get(table)
        if found is None:
            found = self.changes[table] = Changes()
        return found

    def will_be(self, table: Table, values: Values) -> None:
        """Note a row as it will be after this write."""
        self.pending.setdefault(table, []).append(values)

    async def rows(self, table: Table, column: str, wanted: Iterable[Any]) -> list[Values]:
        """The rows of `table` whose `column` is among `wanted`, as they will be after this write."""
        wanted = {value for value in wanted if value is not None}
        made = self.pending.get(table, [])
        new = [row for row in made if row[column] in wanted]
        asked = wanted - {draft.id for draft in self.drafts if draft.found is None}
        if not asked:
            return new
        ids = {row["id"] for row in made if "id" in row}
        gone = self.replaced.get(table, {})
        kept = [
            row
            for row in await self.select(table, column, asked)
            if row.get("id") not in ids and not any(row[name] in owners for name, owners in gone.items())
        ]
        return kept + new

    async def select(self, table: Table, column: str, wanted: Iterable[Any]) -> list[Values]:
        """The stored rows of `table` whose `column` is among `wanted`; read once, nothing is written meanwhile."""
        read = self._read.setdefault((table.name, column), {})
        wanted = set(wanted)
        if missing := wanted - read.keys():
            read.update({value: [] for value in missing})
            for row in await select_rows(self.connection, table, column, missing):
                read[row[column]].append(row)
        return [row for value in wanted for row in read[value]]

    async def greatest(self, table: Table, value: str, column: str, wanted: Iterable[Any]) -> dict[Any, Any]:
        """The greatest stored `value` for each of the `wanted` values of `column`."""
        place = table.c[column]
        statement = select(place, func.max(table.c[value])).where(
            place == any_(bindparam("wanted", type_=ARRAY(place.type)))
        )
        result = await self.connection.execute(statement.group_by(place), {"wanted": list(wanted)})
        return {row[0]: row[1] for row in result}


async def select_rows(connection: AsyncConnection, table: Table, column: str, wanted: Iterable[Any]) -> list[Values]:
    """The rows of `table` whose `column` is among `wanted`, without what PostgreSQL makes of their columns."""
    place = table.c[column]
    statement = select(*(c for c in table.columns if c.computed is None)).where(
        place == any_(bindparam("wanted", type_=ARRAY(place.type)))
    )
    result = await connection.execute(statement, {"wanted": list(wanted)})
    return [dict(row) for row in result.mappings()]


def grouped(rows: Iterable[Values], column: str) -> dict[Any, list[Values]]:
    """The rows by the value of a column that several may share."""
    found: dict[Any, list[Values]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def by(rows: Sequence[Values], column: str) -> dict[Any, Values]:
    """The rows by the value of a column that tells them apart."""
    return {row[column]: row for row in rows}
