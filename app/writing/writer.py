"""Write records to the database: one record, a nested body or a whole dossier, in one transaction and one revision.

All changes of records go through this module.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, Violation, count_errors
from app.writing import building, cycles, matching, row_changes, storing
from app.writing.batch import Batch, Draft, Known
from app.writing.constraint_errors import translated
from app.writing.dossier_contents import Bringing
from app.writing.drafting import Drafting, Explain, pydantic_violations
from app.writing.duplicate_check import refuse_existing
from app.writing.idempotency import Asked, give_receipt, refuse_done
from app.writing.intents import Intent, Mode, Versions, WriteResult
from app.writing.resolution import MOST, Key, combined_errors, look_up, refuse_withdrawn, report_unknown
from app.writing.speculative import DoubtfulError, RecordingConnection, SpeculativeBatch, now
from app.writing.stored_bodies import bodies_of, merged
from app.writing.write_spec import WriteSpec

#: Bodies that are processed before control returns to the event loop, which takes a millisecond or two. Otherwise other
#: requests, and the previous batch of an import that the database is storing, would have to wait.
_BODIES_PER_TURN = 20

T = TypeVar("T")
#: Creates the intents of a write under the write lock, on its connection: patches that are merged onto the records stored
#: at that time.
Late = Callable[[AsyncConnection], Awaitable[Sequence[Intent]]]


async def _yielding(items: Iterable[T]) -> AsyncIterator[T]:
    """Yield the items, and control to other tasks in between: a dossier may have thousands of records."""
    for place, item in enumerate(items, 1):
        yield item
        if place % _BODIES_PER_TURN == 0:
            await asyncio.sleep(0)


class Writer:
    """Writes records. `kinds` are ordered by dependency: owners before the records that they own.

    `ended` is called after every transaction, before the result is returned, because the newest revision may have changed.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        kinds: Iterable[WriteSpec],
        explain: Explain = pydantic_violations,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self.engine = engine
        self.kinds = {kind.collection: kind for kind in kinds}
        self.explain = explain
        self.ended = ended

    async def write(
        self,
        intents: Sequence[Intent],
        *,
        editor: str,
        message: str | None = None,
        key_id: UUID | None = None,
        dry_run: bool = False,
        asked: Asked | None = None,
        bringing: Bringing | None = None,
    ) -> WriteResult:
        """Write records in one transaction. Raises `ApiError` with all errors; then nothing is written.

        Records of the batch may mention each other in any order. `dry_run` does everything except the COMMIT. `bringing`
        is the dossier that the records belong to, if any.
        """
        drafting = Drafting(self.kinds, self.explain)
        drafting.bringing = bringing
        async for intent in _yielding(intents):
            drafting.asked.append(drafting.read(intent))
        return await self.merge(drafting, editor=editor, message=message, key_id=key_id, dry_run=dry_run, asked=asked)

    def draft(self, intents: Iterable[Intent]) -> Drafting:
        """Validate bodies in memory, without a lock or a connection. May be called from a thread."""
        drafting = Drafting(self.kinds, self.explain)
        for intent in intents:
            drafting.asked.append(drafting.read(intent))
        return drafting

    async def merge(
        self,
        drafting: Drafting,
        *,
        editor: str,
        message: str | None = None,
        key_id: UUID | None = None,
        dry_run: bool = False,
        asked: Asked | None = None,
        late: Late | None = None,
    ) -> WriteResult:
        """Write drafts in one transaction. Raises `ApiError` with all errors; then nothing is written.

        Drafts cannot be reused: to try again, draft the bodies again. `late` creates further intents under the write lock.
        `asked` is the request's idempotency key, which is stored in the same transaction. Raises `AlreadyDoneError` if that
        request was already completed, and `DoubtfulError` if the speculative batch is no longer valid.
        """
        async with self.transaction(editor, message, key_id, asked) as batch:
            if drafting.bringing is not None:
                batch.bringing = drafting.bringing
                matching.generate_early_slugs(drafting.drafts)
                for intent in await batch.bringing.begin(batch, drafting.drafts):
                    drafting.asked.append(drafting.read(intent))
            if late is not None:
                async for intent in _yielding(await late(batch.connection)):
                    drafting.asked.append(drafting.read(intent))
            if drafting.ahead is not None:
                batch = await drafting.ahead.take_over(batch)
            else:
                await self._apply(batch, drafting)
            result = await self.finish(batch, drafting.asked, dry_run, asked)
            if drafting.finishing is not None and not dry_run:
                await drafting.finishing(batch)
            return result

    async def work_out(self, drafting: Drafting) -> None:
        """Prepare a speculative batch for `merge`, without a lock and without writing.

        Raises `DoubtfulError` or `ApiError` if that is impossible. Then draft the bodies again and merge them without it.
        """
        if any(draft.withdrawn is not None for draft in drafting.drafts):
            raise DoubtfulError("The time of a withdrawal is only known under the write lock.")
        with translated():
            connection = RecordingConnection(self.engine)
            async with connection, connection.begin():
                ahead = SpeculativeBatch(connection, self.kinds, *await now(connection))
                await self._apply(ahead, drafting)
        drafting.ahead = ahead

    async def foresee(self, drafting: Drafting, promised: Container[tuple[str, str]] = ()) -> Drafting:
        """Compute the action of each draft as `merge` would, without a lock and without writing (a dry run).

        Raises `ApiError` with all errors.

        `promised` are (collection, key) of records that do not exist yet, but will. Drafts that mention one of them are
        split off and returned. Only whether they exist is checked, because the rows of the promised records are unknown.
        """
        with translated():
            async with self.engine.connect() as connection, connection.begin():
                batch = Batch(connection, self.kinds, *await now(connection))
                dependent = drafting.split_off(promised)
                await self._apply(batch, drafting)
                stored = await look_up(connection, {name for draft in dependent.drafts for name in draft.names()})
                for draft in dependent.drafts:
                    is_stored = any(stored.get(name) is not None for name in draft.names())
                    draft.action = Action.CHANGE if is_stored else Action.CREATE
                return dependent

    async def revise(
        self,
        collection: str,
        key: str,
        patch: Mapping[str, Any],
        *,
        editor: str,
        message: str | None = None,
        key_id: UUID | None = None,
        if_match: Versions | None = None,
        dry_run: bool = False,
        asked: Asked | None = None,
        hidden: Mapping[str, frozenset[str]] | None = None,
    ) -> WriteResult:
        """Apply a merge patch (RFC 7396) to a record, which is read inside the transaction. A new slug renames it."""
        async with self.transaction(editor, message, key_id, asked) as batch:
            kind = self.kinds[collection]
            known = await self.known(batch, kind, key)
            await refuse_merged(batch, kind, key, known, "change")
            (body,) = await bodies_of(batch.select, self.kinds, kind, [known.id])
            intent = Intent(
                collection,
                merged(body, patch),
                Mode.PUT,
                str(known.id),
                if_match=if_match,
                is_renaming=True,
                hidden=hidden or {},
            )
            drafting = self.draft([intent])
            await self._apply(batch, drafting)
            return await self.finish(batch, drafting.asked, dry_run, asked)

    @asynccontextmanager
    async def transaction(
        self, editor: str, message: str | None, key_id: UUID | None, asked: Asked | None = None
    ) -> AsyncIterator[Batch]:
        """The transaction of one write, from taking the write lock to the COMMIT. Database errors are raised as `ApiError`.

        Raises `AlreadyDoneError` if the request `asked` was already completed.
        """
        try:
            with translated():
                async with self.engine.connect() as connection, connection.begin():
                    revision, at = await storing.begin(connection, editor=editor, message=message, key_id=key_id)
                    # Under the write lock: of two equal requests at the same time, the second finds the result of the first.
                    await refuse_done(connection, asked)
                    await connection.execute(storing.CHECK_LATER)
                    yield Batch(connection, self.kinds, revision, at)
        finally:
            # Also after an error: a COMMIT whose acknowledgement was lost has still made a revision.
            self.ended()

    async def known(self, batch: Batch, kind: WriteSpec, key: str) -> Known:
        """The stored record of a key. Raises `ApiError` if there is none, or more than one."""
        return await self.found(batch.connection, kind.collection, key)

    async def found(self, connection: AsyncConnection, collection: str, key: str) -> Known:
        """`known` on any connection."""
        kind = self.kinds[collection]
        found = await look_up(connection, [(collection, key)])
        known = found.get((kind.collection, key))
        if several := found.ambiguous.get((kind.collection, key)):
            raise ApiError(
                ProblemType.CONFLICT,
                f"{key[:120]!r} matches more than one {kind.singular}: {', '.join(several)}. Use the slug of the one you mean.",
            )
        if known is None:
            raise ApiError(ProblemType.NOT_FOUND, f"No {kind.singular} has the key {key[:120]!r}.")
        return known

    async def _apply(self, batch: Batch, drafting: Drafting) -> None:
        """Turn drafts into changes, in memory and with SELECTs only. Raises `ApiError` with all errors."""
        batch.drafts = drafting.drafts
        batch.violations.extend((ProblemType.INVALID, violation) for violation in drafting.violations)
        matching.generate_early_slugs(batch.drafts)
        keys: set[Key] = {mention[1:] for mention in drafting.mentions}
        for draft in batch.drafts:
            keys.update((draft.kind.collection, name) for name in matching.keys_of(draft))
        found = await look_up(batch.connection, keys)
        await matching.find(batch, found)
        matching.refuse_repeated(batch)
        if drafting.meant is not None:
            matching.refuse_meant(batch, drafting.meant)
        for draft in batch.drafts:
            if draft.slug is None:
                # The slug is generated later, when the drafts of its collection are processed.
                continue
            _register(batch, draft)
        batch.known = {**found.former, **found.current, **drafting.aliases, **batch.known}
        # A speculative batch reports no errors, so it needs no queries for hints.
        most = 0 if isinstance(batch, SpeculativeBatch) else None if drafting.tells_all else MOST
        await report_unknown(batch, drafting.mentions, found, drafting.invalid_keys, most)
        await refuse_withdrawn(batch, drafting.mentions, drafting.restoring)
        for kind in self.kinds.values():
            await self._apply_kind(batch, kind)
        for kind in self.kinds.values():
            drafts = batch.of(kind.collection)
            if kind.check is not None and drafts:
                await kind.check(batch, drafts)
            await cycles.refuse(batch, [draft for draft in drafts if draft.action is not None])
        refuse(batch)

    async def _apply_kind(self, batch: Batch, kind: WriteSpec) -> None:
        drafts = batch.of(kind.collection)
        async for draft in _yielding(drafts):
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
        await matching.identify(batch, drafts)
        for draft in drafts:
            building.keep_hidden(draft)
        await matching.name(batch, drafts)
        for draft in drafts:
            _register(batch, draft)
        await row_changes.load(batch, drafts)
        if batch.bringing is not None:
            await batch.bringing.adjust_lists(batch, drafts)
        if kind.prepare is not None:
            await kind.prepare(batch, drafts)
        await refuse_existing(batch, drafts)
        await _copy(batch, drafts)
        async for draft in _yielding(batch.of(kind.collection)):
            row_changes.settle(batch, draft)

    async def finish(
        self, batch: Batch, drafts: Sequence[Draft | None], dry_run: bool, request: Asked | None = None
    ) -> WriteResult:
        """Store the changes, and return the results of `drafts` and of the other records that were written."""
        of_intents = [draft for draft in drafts if draft is not None]
        known = {id(draft) for draft in of_intents}
        others = [draft for draft in batch.drafts if id(draft) not in known]
        revision: int | None = None
        if any(draft.action for draft in batch.drafts):
            await storing.store(batch)
            revision = await storing.revision_of(batch)
            await batch.connection.execute(storing.CHECK_NOW)
        if dry_run:
            await batch.connection.rollback()
        elif batch.bringing is not None:
            await batch.bringing.store(batch)
        result = WriteResult(
            None if dry_run else revision,
            tuple(draft.written() for draft in of_intents),
            tuple(draft.written() for draft in others),
        )
        if request is not None and not dry_run:
            await give_receipt(batch.connection, request, batch.at, result)
        return result


async def refuse_merged(batch: Batch, kind: WriteSpec, key: str, known: Known, verb: str) -> None:
    """Reject a key of a record that was merged into this one: a write to the duplicate must not change the remaining record.

    A former slug of the record itself is accepted.
    """
    if not kind.is_mergeable or ":" in key or key.lower() in (known.slug, str(known.id)):
        return
    had_slug = text("SELECT EXISTS (SELECT FROM history.entry WHERE id = :id AND slug = :slug)")
    if not (await batch.connection.execute(had_slug, {"id": known.id, "slug": key.lower()})).scalar_one():
        batch.conflict(
            f"The {kind.singular} {key[:120]!r} was merged into {known.slug!r}",
            "",
            f"To {verb} the remaining record, use {known.slug!r}. To restore both records, undo the merge.",
        )
        refuse(batch)


def _register(batch: Batch, draft: Draft) -> None:
    """Make the draft known to mentions in the batch: by slug, id, external ids and the fields of `also_named`."""
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
    """Fill the columns that repeat columns of a mentioned row (`sort_on` of the proposal), as the foreign keys declare."""
    for column, table, pairs in drafts[0].plan.copies if drafts else ():
        lacking = [
            draft for draft in drafts
            if draft.values.get(column) is not None and any(here not in draft.values for here, _ in pairs)
        ]  # fmt: skip
        rows = {row["id"]: row for row in await batch.rows(table, "id", {draft.values[column] for draft in lacking})}
        for draft in lacking:
            if row := rows.get(draft.values[column]):
                draft.values.update({here: row[there] for here, there in pairs if here not in draft.values})


def refuse(batch: Batch) -> None:
    """Raise `ApiError` with all errors of the batch, if there are any."""
    if batch.violations:
        kind, violations = combined_errors(batch.violations)
        raise ApiError(kind, _detail(violations), violations)


def _detail(violations: Sequence[Violation]) -> str:
    return (
        f"{violations[0].message.rstrip('.')}."
        if len(violations) == 1
        else f"{count_errors(violations).removesuffix('.')}; nothing was written."
    )
