"""Check that the `field` of a citation addresses something that exists in the cited record."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

from pydantic import BaseModel
from rapidfuzz import process
from sqlalchemy import inspect

from app.db.base import Entry
from app.errors import quoted
from app.writing.batch import Batch, Draft, Values, grouped
from app.writing.plan import NestedRecords, Rows, Scalar, item_of, plan_of
from app.writing.withdrawing import Nothing
from app.writing.write_spec import WriteSpec

_ENTRY = Entry.metadata.tables["entry"]
_MOST_KEYS = 10
#: The columns that may contain the key of a row or nested record, besides the slugs of the records that identify it.
_KEYS = ("key", "slug")
#: A citation, the id of the row or record that the next step addresses something in, and the steps.
_Step = tuple[Draft, UUID, tuple[str, ...]]


async def check_fields(batch: Batch, drafts: list[Draft]) -> None:
    """Check the `field` of each new citation, and of each citation whose `field` changes.

    Nested records are addressed by key, because positions change. An entry may be removed after it was cited, so the
    `field` of a stored citation may name an entry that no longer exists. Such a citation can be sent back unchanged, and
    its export can be imported: a new citation with both `slug` and `key`, as exports contain it, is not checked.
    """
    steps: dict[tuple[str, str], list[_Step]] = {}
    for draft in drafts:
        field = draft.values.get("field")
        if not field or draft.action is None or draft.plan.schema is Nothing:
            continue
        target = _target(batch, draft)
        if target is None:
            continue
        first, *rest = field.strip("/").split("/")
        known = sorted({*target.schema.model_fields, *inspect(target.model).relationships.keys()})
        if first not in known:
            _report_field(batch, draft, first, known, f"The {target.singular}", "")
        elif any(step.isdecimal() for step in rest):
            hint = "Use the key of the nested record, such as /members/rustem-umerov/post."
            batch.violation("Nested records are addressed by key, not by position", f"{draft.pointer}/field", hint)
        elif rest and draft.values.get("target_id") and not _may_be_old(draft):
            steps.setdefault((target.collection, first), []).append(
                (draft, draft.values["target_id"], tuple(map(_unescaped, rest)))
            )
    for (collection, first), group in steps.items():
        await _check_below(batch, batch.kinds[collection], first, group)


def _target(batch: Batch, draft: Draft) -> WriteSpec | None:
    if draft.owner is not None:
        return draft.owner.kind
    return batch.kinds.get(str(draft.body.target).partition("/")[0])


def _may_be_old(draft: Draft) -> bool:
    if draft.found is None:
        return draft.body.key is not None and draft.is_slug_given
    return bool(draft.found["field"] == draft.values["field"])


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


async def _check_below(batch: Batch, kind: WriteSpec, first: str, steps: list[_Step]) -> None:
    """Check the steps below one field of the records of one collection."""
    plan = plan_of(kind.model, kind.schema)
    rows = next((rows for rows in plan.rows if rows.name == first), None)
    nested = next((nested for nested in plan.nested if nested.name == first and first != "citations"), None)
    if rows is not None:
        await _check_rows(batch, rows, steps, f"/{first}")
    elif nested is not None:
        await _check_nested(batch, nested, steps)
    elif (scalar := plan.scalar(first)) is not None and scalar.is_json:
        await _check_json(batch, kind, scalar, steps)


async def _check_rows(batch: Batch, plan: Rows, steps: list[_Step], path: str) -> None:
    """Check the keys of rows, the names of their fields, and the lists below them."""
    rows = await batch.rows(plan.table, plan.owner_column, {owner for _, owner, _ in steps})
    rows = [row for row in rows if all(row[name] == value for name, value in plan.constants.items())]
    slugs = await _slugs(batch, rows, [name for name in plan.key if name.endswith("_id")])
    own = [name for name in _KEYS if name in plan.table.columns]
    if not own and not all(name.endswith("_id") or name == "role" for name in plan.key):
        # Names and identifiers have no key that a pointer could use.
        return
    by_owner = grouped(rows, plan.owner_column)
    below: dict[str, list[_Step]] = {}
    for draft, owner, (key, *rest) in steps:
        keyed = _by_key(by_owner.get(owner, ()), own, [name for name in plan.key if name.endswith("_id")], slugs)
        if not _has_key(batch, draft, key, keyed, path) or not rest or plan.item is None:
            continue
        if rest[0] not in plan.item.model_fields:
            _report_field(
                batch, draft, rest[0], list(plan.item.model_fields), f"An entry of `{plan.name}`", f"{path}/{key}"
            )
        elif len(rest) > 1 and any(rest[0] == inner.name for inner in plan.rows):
            below.setdefault(rest[0], []).append((draft, keyed[key]["id"], tuple(rest[1:])))
    for inner in plan.rows:
        if inner.name in below:
            await _check_rows(batch, inner, below[inner.name], f"{path}/…/{inner.name}")


async def _check_nested(batch: Batch, nested: NestedRecords, steps: list[_Step]) -> None:
    """Check the keys of nested records (a delegation: its party; a demand: its slug), and the names of their fields."""
    kind = batch.kinds[nested.collection]
    table = plan_of(kind.model, kind.schema).table
    rows = await batch.rows(table, nested.owner_column, {owner for _, owner, _ in steps})
    columns = [name for name in kind.identity if name.endswith("_id") and name != nested.owner_column]
    slugs = await _slugs(batch, rows, columns)
    by_owner = grouped(rows, nested.owner_column)
    for draft, owner, (key, *rest) in steps:
        keyed = _by_key(by_owner.get(owner, ()), ["slug"], columns, slugs)
        if _has_key(batch, draft, key, keyed, f"/{nested.name}") and rest and rest[0] not in kind.schema.model_fields:
            _report_field(
                batch, draft, rest[0], list(kind.schema.model_fields), f"A {kind.singular}", f"/{nested.name}/{key}"
            )


async def _check_json(batch: Batch, kind: WriteSpec, scalar: Scalar, steps: list[_Step]) -> None:
    """Check a JSON column: the keys of a list and the fields of its entries, or the fields of an object."""
    annotation = kind.schema.model_fields[scalar.name].annotation
    item = item_of(annotation)
    if item is None:
        fields = [name for model in _models(annotation) for name in model.model_fields]
        for draft, _, (name, *_) in steps:
            if fields and name not in fields:
                _report_field(batch, draft, name, fields, f"`{scalar.name}`", f"/{scalar.name}")
        return
    fields = [name for model in _models(item) for name in model.model_fields]
    if "key" not in fields:
        return
    rows = await batch.rows(plan_of(kind.model, kind.schema).table, "id", {owner for _, owner, _ in steps})
    by_id = {row["id"]: row for row in rows}
    for draft, owner, (key, *rest) in steps:
        entries = by_id.get(owner, {}).get(scalar.column) or ()
        keyed = {str(entry.get("key")): entry for entry in entries}
        if _has_key(batch, draft, key, keyed, f"/{scalar.name}") and rest and rest[0] not in fields:
            _report_field(batch, draft, rest[0], fields, f"An entry of `{scalar.name}`", f"/{scalar.name}/{key}")


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for arm in get_args(annotation) for model in _models(arm)]


async def _slugs(batch: Batch, rows: Sequence[Values], columns: Sequence[str]) -> dict[UUID, str]:
    """The slugs of the records that these columns refer to."""
    ids = {row[name] for row in rows for name in columns if row[name] is not None}
    found = {draft.id: draft.slug for draft in batch.drafts if draft.slug is not None and draft.id in ids}
    if missing := ids - found.keys():
        found.update({row["id"]: row["slug"] for row in await batch.select(_ENTRY, "id", missing)})
    return found


def _by_key(
    rows: Iterable[Values], own: Sequence[str], columns: Sequence[str], slugs: Mapping[UUID, str]
) -> dict[str, Values]:
    """The rows by their keys. The slug of the record that a row mentions is a key as well (a member: the person)."""
    found: dict[str, Values] = {}
    for row in rows:
        keys = [row[name] for name in own] + [slugs.get(row[name]) for name in columns]
        for key in keys:
            if key is not None:
                found.setdefault(str(key), row)
    return found


def _has_key(batch: Batch, draft: Draft, key: str, keyed: Mapping[str, Any], path: str) -> bool:
    """Whether an entry has this key. If none has, add an error that lists the keys, the nearest first."""
    if key in keyed:
        return True
    near = [word for word, *_ in process.extract(key, list(keyed), limit=_MOST_KEYS)]
    more = f" and {len(keyed) - len(near)} more" if len(keyed) > len(near) else ""
    fields = ", ".join(quoted(f"{path}/{_escaped(word)}") for word in near)
    hint = f"The entries, the nearest first: {fields}{more}." if near else "The list is empty."
    batch.violation(
        f"No entry of `{path.rpartition('/')[2]}` has the key {quoted(key)}", f"{draft.pointer}/field", hint
    )
    return False


def _report_field(batch: Batch, draft: Draft, name: str, known: Sequence[str], what: str, path: str) -> None:
    near = process.extractOne(name, known, score_cutoff=60)
    hint = f"Did you mean '{path}/{near[0]}'?" if near else f"Fields: {', '.join(known)}."
    batch.violation(f"{what} has no field {quoted(name)}", f"{draft.pointer}/field", hint)
