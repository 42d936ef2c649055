"""Reject a new record if a stored record has the same external id or name.

The check applies to new records without a slug (POST, and imports with `mode=create`). A client that sends a slug or
`allow_duplicate=true` thereby confirms that the new record is a different one, and the request is not rejected. A PUT,
or an import with `mode=replace` or `merge`, writes to the stored record that has the external id
(`app.writing.matching`).
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, func, inspect, or_, select

from app.db.alias import AnySelect
from app.db.references import ExternalId
from app.errors import Candidate, ProblemType, Violation, quoted
from app.writing.batch import Batch, Draft
from app.writing.intents import Mode

#: Maximum number of stored records that are reported as possible duplicates of one new record.
MOST = 5
HINT = (
    "If it is the same record, change the stored one (PATCH or PUT). Otherwise repeat the request with"
    " `allow_duplicate=true`, or add a `slug`."
)


async def report_stored_duplicates(batch: Batch, drafts: Sequence[Draft]) -> None:
    """Add a conflict for each new record without a slug that probably duplicates a stored record."""
    for draft in drafts:
        if not draft.is_new or draft.mode is not Mode.CREATE or draft.owner is not None:
            continue
        if draft.is_slug_given or draft.may_be_duplicate:
            continue
        reported: set[str] = set()
        async for field, why, row in _stored_duplicates(batch, draft):
            if row.slug not in reported and len(reported) < MOST:
                reported.add(row.slug)
                candidate = Candidate(row.slug, row.name, f"/v1/{draft.kind.collection}/{row.slug}", why)
                message = f"The {draft.kind.singular} {quoted(row.slug)} has {why}"
                violation = Violation(message, f"{draft.pointer}/{field}", hint=HINT, candidate=candidate)
                batch.violations.append((ProblemType.CONFLICT, violation))


async def _stored_duplicates(batch: Batch, draft: Draft) -> AsyncIterator[tuple[str, str, Any]]:
    """The stored records that the draft may duplicate: (field, reason, row with slug and name)."""
    table = draft.plan.table
    for outer in getattr(draft.body, "external_ids", ()):
        bearer = select(ExternalId.record_id).where(
            ExternalId.scheme == bindparam("scheme"), ExternalId.value == bindparam("value")
        )
        statement = _records(table, table.c.id.in_(bearer))
        for row in await batch.connection.execute(statement, {"scheme": outer.scheme, "value": outer.value}):
            yield "external_ids", f"the same external id {outer.scheme}:{outer.value}", row
    for columns in draft.kind.same_in:
        values = {column: draft.values.get(column) for column in columns}
        if values[columns[0]] is None:
            continue
        statement = _records(table, *(_equals(draft, column, values[column]) for column in columns))
        fields = [column.removesuffix("_id") for column in columns if values[column] is not None]
        known = {f"value_{column}": value for column, value in values.items() if value is not None}
        for row in await batch.connection.execute(statement, known):
            yield fields[0], f"the same {' and '.join(fields)}", row


def _records(table: Table, *conditions: ColumnElement[bool]) -> AnySelect:
    names = [table.c[column] for column in ("name", "title", "text", "slug") if column in table.c]
    return (
        select(table.c.slug, func.coalesce(*names).label("name"))
        .where(table.c.withdrawn_at.is_(None), *conditions)
        .order_by(table.c.id)
        .limit(MOST)
    )


def _equals(draft: Draft, column: str, value: object) -> ColumnElement[bool]:
    """The condition that a stored record has this value. Names ignore case and accents and include alternative names."""
    table, model = draft.plan.table, draft.plan.model
    if value is None:
        return table.c[column].is_(None)
    value_sent = bindparam(f"value_{column}", type_=table.c[column].type)
    if column != model.__spelt__:
        return table.c[column] == value_sent
    folded = func.parley_folded(value_sent)
    names = inspect(model).relationships.get("names")
    if names is None:
        return table.c.folded == folded
    other = names.mapper.local_table
    assert isinstance(other, Table)
    return or_(table.c.folded == folded, table.c.id.in_(select(other.c.owner_id).where(other.c.folded == folded)))
