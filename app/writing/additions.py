"""Rows that a dossier adds to records of other dossiers, and rows that stay when a dossier rewrites its own records.

An addition is written as the stored body of the record with the added rows in its lists, so that all rules of writing apply
to it. A row is identified by its natural key in the database: a post by its key, a name by its text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.db.base import Entry
from app.db.references import Issue
from app.db.tables import table_of
from app.errors import quoted
from app.writing.batch import Batch, Draft, Row, Values
from app.writing.intents import Intent, Mode
from app.writing.mentions import Mention, node_of, rewritten, walk
from app.writing.plan import Rows, plan_of
from app.writing.resolution import Found, look_up
from app.writing.row_changes import differs, natural_key
from app.writing.stored_bodies import Select, bodies_of
from app.writing.write_spec import WriteSpec

#: The codes of issues, by id.
Codes = Mapping[UUID, str]
ISSUES, CITATIONS = "issues", "citations"


@dataclass(frozen=True, slots=True)
class Addition:
    """The rows that a dossier adds to one record, grouped by list name."""

    collection: str
    slug: str
    rows: Mapping[str, Sequence[Any]]
    pointer: str


@dataclass(frozen=True, slots=True)
class AddedRow:
    """One row of an addition that is being written. `is_own` is true if the row is stored because of this dossier."""

    draft: Draft
    field: str
    row: Row
    is_own: bool

    @property
    def key(self) -> str:
        """The natural key of the row, in the format of `key_text`."""
        return key_text(natural_key(self.row.plan, self.row.values))


@dataclass
class Additions:
    """The state of writing the additions of one dossier."""

    several: Sequence[Addition] = ()
    """The additions as the dossier lists them."""
    places: dict[str, list[int | None]] = field(default_factory=dict)
    """For each merged list, by pointer: the index that each row has in the addition, or None for a stored row.
    """
    pointers: set[str] = field(default_factory=set)
    """The pointers of the drafts that are additions."""
    sent: list[AddedRow] = field(default_factory=list)
    """The added rows."""
    marks: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """The indexes of rows that the dossier declares as additions to its own records, by record pointer and list name.
    """

    def mark(self, draft: Draft) -> None:
        """Collect the rows that the dossier declares as additions to the draft, which is one of its own records."""
        for name, places in self.marks.get(draft.pointer, {}).items():
            rows = draft.rows.get(name, [])
            self.sent += [AddedRow(draft, name, rows[place], True) for place in places if place < len(rows)]

    async def intents(self, batch: Batch, emptied: Mapping[UUID, str]) -> list[Intent]:
        """Return the additions as intents with complete bodies. `emptied` lists the records that the dossier no longer
        adds to, with their collections.
        """
        found = await look_up(batch.connection, {place[1:] for one in self.several for place in _mentions(batch, one)})
        codes = await _codes(batch, found)
        by_collection: dict[str, list[tuple[UUID, Addition]]] = {}
        for addition in self.several:
            if (known := _record_id(batch, found, addition)) is not None:
                by_collection.setdefault(addition.collection, []).append((known, addition))
        for record, collection in emptied.items():
            nothing = Addition(collection, "", {}, f"/additions/{collection}/{record}")
            by_collection.setdefault(collection, []).append((record, nothing))
        intents: list[Intent] = []
        for collection, several in by_collection.items():
            kind = batch.kinds[collection]
            ids = [record for record, _ in several]
            rows = {row["id"]: row for row in await batch.select(plan_of(kind.model, kind.schema).table, "id", ids)}
            several = [(record, one) for record, one in several if one.slug or rows[record]["withdrawn_at"] is None]
            bodies = await bodies_of(batch.select, batch.kinds, kind, [record for record, _ in several])
            for (record, addition), body in zip(several, bodies, strict=True):
                self.pointers.add(addition.pointer)
                whole = self._merged(kind, body, addition, found, codes)
                intents.append(Intent(collection, whole, Mode.PUT, str(record), pointer=addition.pointer))
        return intents

    def _merged(self, kind: WriteSpec, stored: Values, addition: Addition, found: Found, codes: Codes) -> Values:
        body = dict(stored)
        for plan in plan_of(kind.model, kind.schema).rows:
            if not (given := addition.rows.get(plan.name)):
                continue
            named = _normalized(kind, plan, given, found, codes)
            places = {_identity(plan, row): place for place, row in enumerate(named)}
            rows: list[object] = []
            came_from: list[int | None] = []
            for row in body.get(plan.name) or ():
                place = places.pop(_identity(plan, row), None)
                rows.append(row if place is None else named[place])
                came_from.append(place)
            rows += [named[place] for place in places.values()]
            body[plan.name] = rows
            self.places[f"{addition.pointer}/{plan.name}"] = [*came_from, *places.values()]
        return body

    def settle(self, batch: Batch, draft: Draft, mine: "Keys", others: "Keys") -> None:
        """Remove the rows that only this dossier contributed and that it no longer contains.

        `mine` are the keys of the rows that are stored because of this dossier, `others` the keys of the rows that
        other dossiers contain. Adds a conflict for each added row if the record already has a row with the same key and
        different content.
        """
        for plan in draft.plan.rows:
            if plan.name not in draft.rows:
                continue
            places = self.places.get(f"{draft.pointer}/{plan.name}", [None] * len(draft.rows[plan.name]))
            if len(places) != len(draft.rows[plan.name]):
                # A key in the list is unknown, and the write is rejected because of it.
                continue
            stored = {natural_key(plan, row): row for row in stored_rows(batch, plan, draft.id)}
            own, kept = mine.get((draft.id, plan.name), set()), others.get((draft.id, plan.name), set())
            rows = []
            for row, place in zip(draft.rows[plan.name], places, strict=True):
                key = key_text(natural_key(plan, row.values))
                is_own = key in own and key not in kept
                if place is None and is_own:
                    continue
                rows.append(row)
                if place is None:
                    continue
                was = stored.get(natural_key(plan, row.values))
                self.sent.append(AddedRow(draft, plan.name, row, was is None or key in own))
                if was is not None and not is_own:
                    check_content(batch, draft, row, was)
            _number(plan, rows)
            draft.rows[plan.name] = rows

    def placed(self, pointer: str | None) -> str | None:
        """Translate a pointer into a merged body to a pointer into the dossier."""
        for place, rows in self.places.items():
            if pointer is not None and pointer.startswith(f"{place}/"):
                index, _, rest = pointer.removeprefix(f"{place}/").partition("/")
                came_from = rows[int(index)] if index.isdecimal() and int(index) < len(rows) else None
                return place if came_from is None else f"{place}/{came_from}" + (f"/{rest}" if rest else "")
        return pointer


#: One item of a dossier: (record id, list name, row key). List name and row key are empty for the record itself.
Place = tuple[UUID, str, str]
#: The keys of rows, by (record id, list name).
Keys = Mapping[tuple[UUID, str], set[str]]


def keep(batch: Batch, draft: Draft, others: Keys) -> tuple[list[Place], list[Place]]:
    """Keep the rows that other dossiers add to a record when its own dossier rewrites the lists.

    Returns two lists: the rows that were kept, and the rows of other dossiers that the rewritten record also contains.
    """
    kept: list[Place] = []
    stated: list[Place] = []
    for plan in draft.plan.rows:
        added = others.get((draft.id, plan.name))
        if not added or plan.name not in draft.rows:
            continue
        given = {key_text(natural_key(plan, row.values)) for row in draft.rows[plan.name]}
        more = [
            Row(plan, dict(row), f"{draft.pointer}/{plan.name}")
            for row in sorted(stored_rows(batch, plan, draft.id), key=lambda row: row.get("position", 0))
            if key_text(natural_key(plan, row)) in added - given
        ]
        draft.rows[plan.name] = [*draft.rows[plan.name], *more]
        _number(plan, draft.rows[plan.name])
        kept += [(draft.id, plan.name, key_text(natural_key(plan, row.values))) for row in more]
        stated += [(draft.id, plan.name, key) for key in sorted(added & given)]
    return kept, stated


def key_text(key: Iterable[object]) -> str:
    """The key of a row as it is stored in `dossier_content`."""
    return json.dumps([None if part is None else str(part) for part in key], ensure_ascii=False)


def stored_rows(batch: Batch, plan: Rows, owner: UUID) -> list[Values]:
    """The stored rows in one list of a record."""
    rows = batch.stored.get(plan.table, {}).get(owner, [])
    return [row for row in rows if all(row[name] == value for name, value in plan.constants.items())]


def _number(plan: Rows, rows: Sequence[Row]) -> None:
    if plan.has_position and (plan.item is None or "position" not in plan.item.model_fields):
        for place, row in enumerate(rows, 1):
            row.values["position"] = place


def _mentions(batch: Batch, addition: Addition) -> list[Mention]:
    schema = batch.kinds[addition.collection].schema
    inside = walk(node_of(schema), dict(addition.rows), addition.pointer)
    return [Mention(addition.pointer, addition.collection, addition.slug), *inside]


def _record_id(batch: Batch, found: Found, addition: Addition) -> UUID | None:
    """The id of the record that an addition belongs to. Adds an error if the record does not exist."""
    place, pointer = (addition.collection, addition.slug), f"{addition.pointer}/slug"
    if (known := found.current.get(place)) is not None:
        return known.id
    singular = batch.kinds[addition.collection].singular
    if (former := found.former.get(place)) is not None:
        hint = f"Use {quoted(former.slug)}."
        batch.conflict(f"{quoted(addition.slug)} is the former slug of {quoted(former.slug)}", pointer, hint)
    else:
        hint = f"Send the dossier that contains it first, or add the {singular} to /records/{addition.collection}."
        batch.violation(f"No {singular} has the slug {quoted(addition.slug)}", pointer, hint)
    return None


async def _codes(batch: Batch, found: Found) -> Codes:
    """The codes of the mentioned issues. Bodies refer to issues by code."""
    kind = batch.kinds[ISSUES]
    ids = {known.id for place, known in (*found.current.items(), *found.former.items()) if place[0] == ISSUES}
    return {row["id"]: row["code"] for row in await batch.select(plan_of(kind.model, kind.schema).table, "id", ids)}


def _normalized(kind: WriteSpec, plan: Rows, rows: Sequence[object], found: Found, codes: Codes) -> list[Any]:
    """The rows with normalized references: each key that was sent is replaced by the slug or code that `bodies_of`
    returns.
    """

    def slug_of(collection: str, key: str) -> str:
        known = found.get((collection, key))
        return codes.get(known.id, known.slug) if known is not None else key

    node = node_of(kind.schema).fields.get(plan.name)
    named: list[object] = rewritten(node, list(rows), slug_of)
    return named


def _identity(plan: Rows, row: object) -> object:
    """The natural key of a row in a request body."""
    if plan.link is not None or not isinstance(row, Mapping):
        return row
    return tuple(row.get(scalar.name) for scalar in plan.scalars if scalar.column in plan.key)


def check_content(batch: Batch, draft: Draft, row: Row, was: Values) -> None:
    """Add a conflict if an added row differs from the stored row with the same key."""
    content = {name: value for name, value in row.values.items() if name != "position"}
    if differs(content, was) or any(row.below.values()):
        hint = "An addition cannot change existing rows. Omit the row, or give it another key."
        batch.conflict(f"The {draft.name} already has a row with this key and different content", row.pointer, hint)
    row.below = {}


# --- export


async def added_rows(
    select: Select, kind: WriteSpec, bodies: Mapping[UUID, Values], keys: Keys
) -> dict[UUID, dict[str, list[object]]]:
    """The rows with these keys, taken from the bodies, by record and list name."""
    found: dict[UUID, dict[str, list[Any]]] = {}
    for plan in plan_of(kind.model, kind.schema).rows:
        owners = [record for record in bodies if (record, plan.name) in keys]
        rows = await select(plan.table, plan.owner_column, owners) if owners else []
        rows = [row for row in rows if key_text(natural_key(plan, row)) in keys[(row[plan.owner_column], plan.name)]]
        keys_of_rows = await _natural_keys(select, plan, rows)
        for record in owners:
            wanted = {keys_of_rows[place] for place, row in enumerate(rows) if row[plan.owner_column] == record}
            if added := [row for row in bodies[record].get(plan.name, ()) if _identity(plan, row) in wanted]:
                found.setdefault(record, {})[plan.name] = added
    return found


async def _natural_keys(select: Select, plan: Rows, rows: Sequence[Values]) -> list[Any]:
    """The natural keys of stored rows, with slugs and codes instead of ids, as in request bodies."""
    scalars = [plan.link] if plan.link is not None else [one for one in plan.scalars if one.column in plan.key]
    ids = {row[one.column] for one in scalars if one.collection is not None for row in rows} - {None}
    names = {one["id"]: one["slug"] for one in await select(table_of(Entry), "id", ids)} if ids else {}
    if any(one.collection == ISSUES for one in scalars):
        names |= {one["id"]: one["code"] for one in await select(table_of(Issue), "id", ids)}
    found = [tuple(names.get(row[one.column], row[one.column]) for one in scalars) for row in rows]
    return [one[0] for one in found] if plan.link is not None else found
