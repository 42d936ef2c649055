"""Compare the rows of a draft with the stored rows, list by list and by natural key, and record the changes."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from uuid_utils.compat import uuid7

from app.db.vocabulary import Action
from app.errors import quoted
from app.writing.batch import Batch, Draft, Row, Values
from app.writing.plan import Rows


async def load_rows(batch: Batch, drafts: Iterable[Draft]) -> None:
    """Read the stored rows that belong to the drafts' records, with one statement per table."""
    stored = [draft for draft in drafts if not draft.is_new]
    plans = {plan for draft in stored for plan in (PlanKey(rows) for rows in draft.plan.rows)}
    for key in sorted(plans, key=lambda item: item.plan.table.name):
        await _load(batch, key.plan, {draft.id for draft in stored})


class PlanKey:
    """Identifies lists that share a table (claimants and addressees), so that the table is read once."""

    def __init__(self, plan: Rows) -> None:
        self.plan = plan

    def __hash__(self) -> int:
        return hash((self.plan.table.name, self.plan.owner_column))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlanKey) and hash(self) == hash(other)


async def _load(batch: Batch, plan: Rows, owners: set[UUID]) -> None:
    table = batch.stored.setdefault(plan.table, {})
    rows = await batch.select(plan.table, plan.owner_column, owners - table.keys())
    for owner in owners:
        table.setdefault(owner, [])
    for row in rows:
        table[row[plan.owner_column]].append(row)
    for inner in plan.rows:
        if ids := {row["id"] for row in rows}:
            await _load(batch, inner, ids)


def settle(batch: Batch, draft: Draft) -> None:
    """Compare the draft with its stored record, and record the changes of the record and of its rows."""
    owner = {**draft.values, "id": draft.id}
    for plan in draft.plan.rows:
        rows = draft.rows.get(plan.name)
        if not rows and (rows is None or draft.found is None):
            # The body omits the list, or the list is empty and the record is new.
            continue
        if match_rows(batch, plan, draft.rows[plan.name], owner):
            draft.has_changed_rows = True
    if draft.found is None:
        draft.action = Action.CREATE
    elif draft.action is None and (draft.has_changed_rows or differs(draft.values, draft.found) or _is_renamed(draft)):
        draft.action = Action.CHANGE
    batch.add_pending(draft.plan.table, {**(draft.found or {}), **draft.values, "id": draft.id, "slug": draft.slug})


def _is_renamed(draft: Draft) -> bool:
    return draft.found is not None and draft.slug != draft.found["slug"]


def match_rows(batch: Batch, plan: Rows, rows: list[Row], owner: Values) -> bool:
    """Set the ids and owner columns of the rows and record their changes. Returns whether any row changes."""
    wanted = _distinct(batch, plan, rows, owner)
    of_owner = batch.stored.get(plan.table, {}).get(owner["id"])
    if not of_owner and not plan.has_id:
        # Rows without ids and without stored counterparts need no comparison. Most rows of an import are of this type.
        new_rows = [row.values for row in wanted.values()]
        batch.changes_of(plan.table).inserts += new_rows
        batch.pending.setdefault(plan.table, []).extend(new_rows)
        return bool(new_rows)
    stored = {
        natural_key(plan, row): row
        for row in of_owner or ()
        if all(row[name] == value for name, value in plan.constants.items())
    }
    _keep_positions(plan, wanted, stored)
    changes = batch.changes_of(plan.table)
    has_changed = False
    if plan.has_id:
        for key, row in wanted.items():
            row.values["id"] = stored[key]["id"] if key in stored else uuid7()
        _resolve_siblings(batch, plan, wanted.values())
    batch.replaced.setdefault(plan.table, {}).setdefault(plan.owner_column, set()).add(owner["id"])
    for key, row in wanted.items():
        was = stored.get(key)
        if was is None:
            changes.inserts.append(row.values)
            has_changed = True
        elif differs(row.values, was):
            changes.updates.append({**was, **row.values})
            has_changed = True
        batch.add_pending(plan.table, row.values if was is None else {**was, **row.values})
        for inner in plan.rows:
            if inner.name in row.below:
                has_changed |= match_rows(batch, inner, row.below[inner.name], row.values)
    for key, was in stored.items():
        if key not in wanted:
            _delete(batch, plan, was)
            has_changed = True
    return has_changed


def _keep_positions(
    plan: Rows, wanted: Mapping[tuple[object, ...], Row], stored: Mapping[tuple[object, ...], Values]
) -> None:
    """Reuse the stored positions if they give the same order as the list. A merge leaves gaps in the numbers; lists that
    differ only in these numbers are equal."""
    if not plan.has_position or wanted.keys() != stored.keys():
        return
    if all(row.values["position"] == stored[key]["position"] for key, row in wanted.items()):
        return
    sent = [natural_key(plan, values) for values in plan.in_order(row.values for row in wanted.values())]
    if sent == [natural_key(plan, values) for values in plan.in_order(stored.values())]:
        for key, row in wanted.items():
            row.values["position"] = stored[key]["position"]


def _distinct(batch: Batch, plan: Rows, rows: list[Row], owner: Values) -> dict[tuple[object, ...], Row]:
    """The rows by key, with their owner's columns. Adds an error for each row that occurs twice."""
    wanted: dict[tuple[object, ...], Row] = {}
    owners = {here: owner.get(there) for here, there in plan.owner}
    for row in rows:
        row.values.update(owners)
        if wanted.setdefault(natural_key(plan, row.values), row) is not row and plan.link is None:
            batch.violation("This entry occurs twice in the list", row.pointer, "Remove one of the two.")
    return wanted


def _delete(batch: Batch, plan: Rows, row: Values) -> None:
    for inner in plan.rows:
        for below in batch.stored.get(inner.table, {}).get(row["id"], []):
            _delete(batch, inner, below)
    batch.changes_of(plan.table).deletes.append(primary_key(plan.table, row))


def _resolve_siblings(batch: Batch, plan: Rows, rows: Iterable[Row]) -> None:
    """Replace the key of another row of the same list by the id of that row."""
    if plan.sibling is None:
        return
    column = f"{plan.sibling}_id"
    rows = list(rows)
    ids = {row.values["key"]: row.values["id"] for row in rows}
    for row in rows:
        key = row.values[column]
        if key is not None and key not in ids:
            known = ", ".join(sorted(ids)) or "none"
            batch.violation(
                f"No {plan.table.name} in this list has the key {quoted(key)}",
                f"{row.pointer}/{plan.sibling}",
                f"Keys in this list: {known}.",
            )
        row.values[column] = ids.get(key)


def primary_key(table: Table, row: Mapping[str, object]) -> Values:
    """The primary key columns of a row, with their values."""
    return {column.name: row[column.name] for column in table.primary_key.columns}


def natural_key(plan: Rows, row: Mapping[str, object]) -> tuple[Any, ...]:
    """The natural key of a row among the rows of its owner."""
    return tuple([row[name] for name in plan.key])


def differs(values: Mapping[str, object], stored: Mapping[str, object]) -> bool:
    """Whether any of the values differs from the stored value of the same name."""
    # The plain comparison comes first, because it is fast: values that are equal in Python are nearly always equal in
    # JSON too.
    for name, value in values.items():
        if (
            name in stored
            and ((other := stored[name]) != value or _may_differ_in_json(value, other))
            and not _equal_in_json(value, other)
        ):
            return True
    return False


def _may_differ_in_json(one: object, other: object) -> bool:
    """Whether two values that are equal in Python may differ in JSON, as `True` and `1` do, also inside lists and objects."""
    return isinstance(one, bool) is not isinstance(other, bool) or isinstance(one, dict | list)


def _equal_in_json(one: object, other: object) -> bool:
    # `True == 1` in Python, but `true` and `1` are different JSON values.
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal_in_json(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal_in_json, one, other))
    return bool(one == other)
