"""Withdraw a record and the records that belong to it. A tombstone with the reason remains."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table

from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, Violation, quoted
from app.writing import matching, row_changes
from app.writing.batch import Batch, Draft
from app.writing.batch_errors import check_not_merged, raise_errors
from app.writing.idempotency import IdempotencyKey
from app.writing.intents import Mode, Versions, WriteResult
from app.writing.plan import plan_of
from app.writing.referrers import holders_of
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer


class Nothing(BaseModel):
    """The empty schema for writes without a body, such as withdrawals."""


async def withdraw(
    writer: Writer,
    collection: str,
    key: str,
    reason: str,
    *,
    editor: str,
    message: str | None = None,
    key_id: UUID | None = None,
    if_match: Versions | None = None,
    dry_run: bool = False,
    idempotency_key: IdempotencyKey | None = None,
) -> WriteResult:
    """Withdraw a record and the records that belong to it. A tombstone with the reason remains.

    Raises `ApiError` if the reason is empty, or if the record contains records that must be withdrawn or moved first.
    """
    if not reason.strip():
        raise ApiError(
            ProblemType.INVALID, "`reason` must not be empty.", [Violation("`reason` must not be empty", "/reason")]
        )
    async with writer.transaction(editor, message, key_id, idempotency_key) as batch:
        kind = writer.kinds[collection]
        known = await writer.known(batch, kind, key)
        await check_not_merged(batch, kind, key, known, "withdraw")
        (row,) = await batch.select(plan_of(kind.model, kind.schema).table, "id", [known.id])
        draft = _withdrawn(batch, kind, row, reason)
        draft.if_match = if_match
        matching.accept(batch, draft, row)
        raise_errors(batch)
        await _check_contents(batch, kind, row)
        await _withdraw_inside(batch, kind, [row])
        for item in batch.drafts:
            row_changes.settle(batch, item)
        going: dict[Table, list[UUID]] = {}
        for item in batch.drafts if dry_run else ():
            going.setdefault(item.plan.table, []).append(item.id)
        holders = await holders_of(batch.connection, going)
        return replace(await writer.finish(batch, [draft], dry_run, idempotency_key), holders=holders)


def withdrawal(batch: Batch, kind: WriteSpec, row: dict[str, Any], reason: str) -> Draft:
    """The draft that withdraws a stored record."""
    draft = Draft(kind, plan_of(kind.model, Nothing), Nothing(), "", Mode.PUT, row["slug"], id=row["id"], found=row)
    draft.values = {"withdrawn_at": batch.at, "withdrawn_reason": reason}
    draft.action = Action.WITHDRAW
    return draft


def _withdrawn(batch: Batch, kind: WriteSpec, row: dict[str, Any], reason: str) -> Draft:
    draft = withdrawal(batch, kind, row, reason)
    batch.drafts.append(draft)
    return draft


async def withdraw_rows(batch: Batch, kind: WriteSpec, rows: Sequence[dict[str, Any]], reason: str) -> list[Draft]:
    """Withdraw stored records and the records that belong to them. No record in use may refer to these records."""
    drafts = [_withdrawn(batch, kind, row, reason) for row in rows]
    await _withdraw_inside(batch, kind, rows)
    for item in batch.drafts:
        row_changes.settle(batch, item)
    return drafts


async def _check_contents(batch: Batch, kind: WriteSpec, row: Mapping[str, object]) -> None:
    for collection, column in kind.holds:
        inner = batch.kinds[collection]
        rows = await batch.select(plan_of(inner.model, inner.schema).table, column, [row["id"]])
        if slugs := sorted(below["slug"] for below in rows if below["withdrawn_at"] is None):
            batch.conflict(
                f"The {kind.singular} {quoted(row['slug'])} still has {len(slugs)} {collection} ({', '.join(slugs[:5])})",
                "",
                "Withdraw or move them first.",
            )
    raise_errors(batch)


async def _withdraw_inside(batch: Batch, kind: WriteSpec, rows: Sequence[Mapping[str, object]]) -> None:
    """Withdraw the records that belong to `rows`, level by level, because a proposal may have thousands of demands."""
    nested = [(inner.collection, inner.owner_column) for inner in plan_of(kind.model, kind.schema).nested]
    owners = {row["id"]: row["slug"] for row in rows}
    for collection, column in (*nested, *kind.inside):
        inner = batch.kinds[collection]
        known = {draft.id for draft in batch.drafts}
        found = await batch.select(plan_of(inner.model, inner.schema).table, column, owners)
        below = [row for row in found if row["withdrawn_at"] is None and row["id"] not in known]
        for row in below:
            _withdrawn(batch, inner, row, f"withdrawn with its {kind.singular} {quoted(owners[row[column]])}")
        if below:
            await _withdraw_inside(batch, inner, below)
