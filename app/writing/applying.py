"""Turns the drafts of a batch into changes: matches them with stored records, fills their columns, and checks them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

from app.db.vocabulary import Action
from app.errors import ProblemType
from app.writing import building, cycles, matching, other_sides, row_changes
from app.writing.batch import Batch, Draft, Known
from app.writing.batch_errors import raise_errors
from app.writing.coded_values import check_codings
from app.writing.drafting import Drafting
from app.writing.duplicate_check import report_stored_duplicates
from app.writing.resolution import Key, look_up
from app.writing.speculative import SpeculativeBatch
from app.writing.unknown_mentions import MOST_UNKNOWN, report_unknown, report_withdrawn
from app.writing.write_spec import WriteSpec

T = TypeVar("T")
#: How many bodies are processed before control returns to the event loop. Processing that many takes a millisecond or
#: two. If all were processed at once, other requests would have to wait, and so would the storing of an import's
#: previous batch.
_BODIES_PER_TURN = 20


async def yielding(items: Iterable[T]) -> AsyncIterator[T]:
    """Yield the items, and let other tasks run in between, because a dossier may have thousands of records."""
    for place, item in enumerate(items, 1):
        yield item
        if place % _BODIES_PER_TURN == 0:
            await asyncio.sleep(0)


async def apply_drafts(batch: Batch, drafting: Drafting) -> None:
    """Turn drafts into changes in memory, without writing to the database. Raises `ApiError` with all errors."""
    batch.drafts = drafting.drafts
    batch.violations.extend((ProblemType.INVALID, violation) for violation in drafting.violations)
    matching.generate_early_slugs(batch.drafts)
    keys: set[Key] = {mention[1:] for mention in drafting.mentions}
    for draft in batch.drafts:
        keys.update((draft.kind.collection, name) for name in matching.keys_of(draft))
    found = await look_up(batch.connection, keys)
    await matching.match_drafts(batch, found)
    matching.report_repeated_bodies(batch)
    if drafting.claim_record is not None:
        matching.report_shared_records(batch, drafting.claim_record)
    for draft in batch.drafts:
        if draft.slug is None:
            # The slug is generated later, when the drafts of its collection are processed.
            continue
        _register(batch, draft)
    batch.known = {**found.former, **found.current, **drafting.aliases, **batch.known}
    # A speculative batch reports no errors, so it needs no queries for hints.
    most = 0 if isinstance(batch, SpeculativeBatch) else None if drafting.reports_all_mentions else MOST_UNKNOWN
    await report_unknown(batch, drafting.mentions, found, drafting.invalid_keys, most)
    await report_withdrawn(batch, drafting.mentions, drafting.restoring)
    for kind in batch.kinds.values():
        await _apply_kind(batch, kind)
    for kind in batch.kinds.values():
        drafts = batch.of(kind.collection)
        check_codings(batch, drafts)
        if kind.check is not None and drafts:
            await kind.check(batch, drafts)
        changed = [draft for draft in drafts if draft.action is not None]
        cycles.report_self_references(batch, changed)
        await cycles.report_cycles(batch, changed)
    raise_errors(batch)


async def _apply_kind(batch: Batch, kind: WriteSpec) -> None:
    drafts = batch.of(kind.collection)
    async for draft in yielding(drafts):
        building.fill(batch, draft)
        building.keep_hidden(draft)
        if draft.withdrawn is not None:
            since = draft.found["withdrawn_at"] if draft.found is not None else None
            draft.values.update(withdrawn_at=since or batch.at, withdrawn_reason=draft.withdrawn)
        elif draft.is_restoring:
            draft.values.update(withdrawn_at=None, withdrawn_reason=None)
            draft.action = Action.RESTORE
        if kind.complete is not None:
            kind.complete(batch, draft)
    await matching.match_by_identity(batch, drafts)
    for draft in drafts:
        building.keep_hidden(draft)
    await matching.name(batch, drafts)
    for draft in drafts:
        _register(batch, draft)
    await row_changes.load_rows(batch, drafts)
    if batch.dossier_contents is not None:
        await batch.dossier_contents.adjust_lists(batch, drafts)
    await other_sides.add_other_sides(batch, kind, drafts)
    if kind.prepare is not None:
        await kind.prepare(batch, drafts)
    await report_stored_duplicates(batch, drafts)
    await _copy(batch, drafts)
    async for draft in yielding(batch.of(kind.collection)):
        row_changes.settle(batch, draft)


def _register(batch: Batch, draft: Draft) -> None:
    """Let mentions in the batch resolve to the draft by its slug, id, external ids and the fields in `also_named`."""
    if draft.slug is None:
        return
    collection, known = draft.kind.collection, draft.known
    if known is not None and known.slug == draft.slug and known.id == draft.id:
        return
    known = draft.known = Known(draft.id, draft.slug)
    batch.known[(collection, draft.slug)] = known
    if not draft.is_new:
        # Nobody can know the id of a new record yet.
        batch.known[(collection, str(draft.id))] = known
    for name in draft.external_id_keys:
        batch.known.setdefault((collection, name), known)
    for field in draft.kind.also_named:
        value = str(getattr(draft.body, field))
        batch.known[(collection, value)] = known


async def _copy(batch: Batch, drafts: list[Draft]) -> None:
    """Fill the columns that composite foreign keys copy from a mentioned row, such as the `sort_on` of a proposal."""
    for column, table, pairs in drafts[0].plan.copies if drafts else ():
        lacking = [
            draft for draft in drafts
            if draft.values.get(column) is not None and any(here not in draft.values for here, _ in pairs)
        ]  # fmt: skip
        rows = {row["id"]: row for row in await batch.rows(table, "id", {draft.values[column] for draft in lacking})}
        for draft in lacking:
            if row := rows.get(draft.values[column]):
                draft.values.update({here: row[there] for here, there in pairs if here not in draft.values})
