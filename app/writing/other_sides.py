"""Write the lists that are marked with `OtherSide`, such as `members` of a coalition.

Each entry becomes a row in a list of the record that it mentions, because only that list is stored. If the mentioned
record has no draft in the batch, it gets one, so that all rules of writing apply to it and its history shows the change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel, create_model

from app.errors import quoted
from app.writing import building, row_changes
from app.writing.additions import stored_rows
from app.writing.batch import Batch, Draft, Row, StatedRow, Values
from app.writing.intents import Mode
from app.writing.markers import OtherSide
from app.writing.plan import Rows, plan_of
from app.writing.write_spec import WriteSpec


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of such a list: the draft that has the list, and the row for the record with the id `target`."""

    draft: Draft
    target: UUID
    row: Row
    plan: Rows


@dataclass(slots=True)
class Targets:
    """The drafts of the mentioned records, and the pointers of the entries that were added to their lists."""

    drafts: dict[UUID, Draft]
    added: set[tuple[UUID, str]] = field(default_factory=set)
    stated: list[StatedRow] = field(default_factory=list)


async def add_other_sides(batch: Batch, kind: WriteSpec, drafts: Sequence[Draft]) -> None:
    """Add the entries of all lists of these drafts, which are of one collection, to the records that they mention."""
    for name, of in _other_sides(kind.schema):
        plan = next(rows for rows in plan_of(kind.model, kind.schema).rows if rows.name == of)
        entries = [entry for draft in drafts for entry in _entries(batch, draft, name, plan)]
        if not entries:
            continue
        targets = Targets({draft.id: draft for draft in drafts})
        await _add_drafts(batch, kind, of, entries, targets)
        for entry in entries:
            _add(batch, entry, targets)
        if batch.dossier_contents is not None:
            await batch.dossier_contents.note_rows(batch, targets.stated)


@lru_cache(maxsize=64)
def _other_sides(schema: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """The marked fields of a schema, each with the name of the stored list."""
    return tuple(
        (name, marker.of)
        for name, info in schema.model_fields.items()
        for marker in info.metadata
        if isinstance(marker, OtherSide)
    )


def _entries(batch: Batch, draft: Draft, name: str, plan: Rows) -> list[Entry]:
    items = getattr(draft.body, name, ())
    (column,) = plan.key
    entries = []
    for row in building.rows_of(batch, plan, items, f"{draft.pointer}/{name}"):
        # The entry mentions the record that gets the row; the row refers to the record that has the list.
        target = row.values[column]
        row.values[column] = draft.id
        if target is not None:
            entries.append(Entry(draft, target, row, plan))
    return entries


async def _add_drafts(batch: Batch, kind: WriteSpec, of: str, entries: list[Entry], targets: Targets) -> None:
    """Add drafts for the mentioned records that have none, with their stored rows."""
    pointers = {entry.target: entry.row.pointer for entry in entries if entry.target not in targets.drafts}
    plan = plan_of(kind.model, _schema_of_list(kind.schema, of))
    new = [
        Draft(kind, plan, plan.schema(), pointers[row["id"]], Mode.PUT, row["slug"], id=row["id"], found=row)
        for row in await batch.select(plan.table, "id", pointers)
    ]
    await row_changes.load_rows(batch, new)
    batch.drafts += new
    targets.drafts.update({draft.id: draft for draft in new})


@lru_cache(maxsize=64)
def _schema_of_list(schema: type[BaseModel], name: str) -> type[BaseModel]:
    """The schema of a body that contains only this list."""
    info = schema.model_fields[name]
    fields: Any = {name: (info.annotation, info)}
    model: type[BaseModel] = create_model(f"{schema.__name__}Only", **fields)
    return model


def _add(batch: Batch, entry: Entry, targets: Targets) -> None:
    target, plan, row = targets.drafts[entry.target], entry.plan, entry.row
    stored = stored_rows(batch, plan, target.id)
    if plan.name not in target.rows:
        target.rows[plan.name] = [Row(plan, dict(one), f"{target.pointer}/{plan.name}") for one in stored]
    rows = target.rows[plan.name]
    key = row_changes.natural_key(plan, row.values)
    was = next((one for one in stored if row_changes.natural_key(plan, one) == key), None)
    place = next((n for n, one in enumerate(rows) if row_changes.natural_key(plan, one.values) == key), None)
    if place is None:
        rows.append(row)
    elif (target.id, rows[place].pointer) in targets.added:
        batch.violation("This entry occurs twice in the list", row.pointer, "Remove one of the two.")
    elif _is_contradicted(target, plan, rows[place], row, was):
        batch.violation(
            f"{quoted(target.slug)} in {quoted(entry.draft.slug)} has other values here than at {rows[place].pointer}",
            row.pointer,
            "Send the entry only once, or with the same values in both places.",
        )
    else:
        rows[place] = row
    targets.added.add((target.id, row.pointer))
    targets.stated.append((target, row, was))


def _is_contradicted(target: Draft, plan: Rows, other: Row, row: Row, was: Values | None) -> bool:
    """Whether the body of the mentioned record states other values. Rows that it only repeats, as a merged patch does, state
    nothing."""
    # Patches in a file are merged onto the stored records before, and are then written only if these did not change.
    is_patch = target.is_patch or target.if_match is not None
    is_repeated = is_patch or target.pointer.startswith("/additions/")
    is_sent = other.pointer.startswith(f"{target.pointer}/{plan.name}/")
    if not is_sent or (is_repeated and was is not None and not row_changes.differs(other.values, was)):
        return False
    return row_changes.differs(row.values, other.values)
