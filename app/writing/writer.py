"""Write records to the database: one record, a nested body or a whole dossier, in one transaction and one revision.

All changes of records go through this module.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, quoted
from app.writing import matching, storing
from app.writing.applying import apply_drafts, yielding
from app.writing.batch import Batch, Draft, Known
from app.writing.batch_errors import check_not_merged
from app.writing.constraint_errors import translated
from app.writing.dossier_contents import DossierContents
from app.writing.drafting import Drafting
from app.writing.idempotency import IdempotencyKey, check_not_completed, store_outcome
from app.writing.intents import Intent, Mode, Versions, WriteResult
from app.writing.invalid_values import Explain, pydantic_violations
from app.writing.planned_changes import compare_bodies
from app.writing.resolution import look_up
from app.writing.speculative import RecordingConnection, SpeculationError, SpeculativeBatch, now
from app.writing.stored_bodies import bodies_of, patched
from app.writing.write_spec import WriteSpec

#: Creates intents on the connection of a write that has the write lock: patches, merged onto the records stored at that
#: time.
Late = Callable[[AsyncConnection], Awaitable[Sequence[Intent]]]


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
        idempotency_key: IdempotencyKey | None = None,
        dossier_contents: DossierContents | None = None,
    ) -> WriteResult:
        """Write records in one transaction. Raises `ApiError` with all errors; then nothing is written.

        Records of the batch may mention each other in any order. `dry_run` does everything except the COMMIT. `dossier_contents`
        is the dossier that the records belong to, if any.
        """
        drafting = Drafting(self.kinds, self.explain)
        drafting.dossier_contents = dossier_contents
        async for intent in yielding(intents):
            drafting.intent_drafts.append(drafting.read(intent))
        return await self.merge(
            drafting, editor=editor, message=message, key_id=key_id, dry_run=dry_run, idempotency_key=idempotency_key
        )

    def draft(self, intents: Iterable[Intent]) -> Drafting:
        """Validate bodies in memory, without a lock or a connection. May be called from a thread."""
        drafting = Drafting(self.kinds, self.explain)
        for intent in intents:
            drafting.intent_drafts.append(drafting.read(intent))
        return drafting

    async def merge(
        self,
        drafting: Drafting,
        *,
        editor: str,
        message: str | None = None,
        key_id: UUID | None = None,
        dry_run: bool = False,
        idempotency_key: IdempotencyKey | None = None,
        late: Late | None = None,
    ) -> WriteResult:
        """Write drafts in one transaction. Raises `ApiError` with all errors; then nothing is written.

        Drafts cannot be reused: to try again, draft the bodies again. `late` creates further intents under the write lock.
        `idempotency_key` is stored in the same transaction. Raises `AlreadyDoneError` if that
        request was already completed, and `SpeculationError` if the speculative batch is no longer valid.
        """
        async with self.transaction(editor, message, key_id, idempotency_key) as batch:
            if drafting.dossier_contents is not None:
                batch.dossier_contents = drafting.dossier_contents
                matching.generate_early_slugs(drafting.drafts)
                for intent in await drafting.dossier_contents.begin(batch, drafting.drafts):
                    drafting.intent_drafts.append(drafting.read(intent))
            if late is not None:
                async for intent in yielding(await late(batch.connection)):
                    drafting.intent_drafts.append(drafting.read(intent))
            if drafting.speculative_batch is not None:
                batch = await drafting.speculative_batch.take_over(batch)
            else:
                await apply_drafts(batch, drafting)
            result = await self.finish(batch, drafting.intent_drafts, dry_run, idempotency_key)
            if drafting.finishing is not None and not dry_run:
                await drafting.finishing(batch)
            return result

    async def prepare_speculatively(self, drafting: Drafting) -> None:
        """Prepare a speculative batch for `merge`, without a lock and without writing.

        Raises `SpeculationError` or `ApiError` if that is impossible. Then draft the bodies again, and call `merge`
        without a speculative batch.
        """
        if any(draft.withdrawn is not None for draft in drafting.drafts):
            raise SpeculationError("The time of a withdrawal is only known under the write lock.")
        with translated():
            connection = RecordingConnection(self.engine)
            async with connection, connection.begin():
                batch = SpeculativeBatch(connection, self.kinds, *await now(connection))
                await apply_drafts(batch, drafting)
        drafting.speculative_batch = batch

    async def predict_actions(
        self, drafting: Drafting, promised: Container[tuple[str, str]] = (), *, with_bodies: bool = False
    ) -> Drafting:
        """Compute the action of each draft as `merge` would, without a lock and without writing (a dry run).
        `with_bodies` also sets the `bodies` of the drafts that change a stored record.

        Raises `ApiError` with all errors.

        `promised` are (collection, key) of records that do not exist yet, but will exist. Drafts that mention one of
        them are split off and returned. Only the existence of these drafts' records is checked, because the rows of the
        promised records are unknown.
        """
        with translated():
            async with self.engine.connect() as connection, connection.begin():
                batch = Batch(connection, self.kinds, *await now(connection))
                dependent = drafting.split_off(promised)
                await apply_drafts(batch, drafting)
                if with_bodies:
                    await compare_bodies(batch)
                stored = await look_up(connection, {name for draft in dependent.drafts for name in draft.names()})
                for draft in dependent.drafts:
                    is_stored = any(stored.get(name) is not None for name in draft.names())
                    draft.action = Action.CHANGE if is_stored else Action.CREATE
                return dependent

    async def revise(
        self,
        collection: str,
        key: str,
        patch: Mapping[str, object],
        *,
        editor: str,
        message: str | None = None,
        key_id: UUID | None = None,
        if_match: Versions | None = None,
        dry_run: bool = False,
        idempotency_key: IdempotencyKey | None = None,
        hidden: Mapping[str, frozenset[str]] | None = None,
    ) -> WriteResult:
        """Apply a merge patch (RFC 7396) to a record, which is read inside the transaction. A new slug renames it."""
        async with self.transaction(editor, message, key_id, idempotency_key) as batch:
            kind = self.kinds[collection]
            known = await self.known(batch, kind, key)
            await check_not_merged(batch, kind, key, known, "change")
            (body,) = await bodies_of(batch.select, self.kinds, kind, [known.id])
            intent = Intent(
                collection,
                patched(kind.schema, body, patch),
                Mode.PUT,
                str(known.id),
                if_match=if_match,
                is_renaming=True,
                hidden=hidden or {},
            )
            drafting = self.draft([intent])
            await apply_drafts(batch, drafting)
            return await self.finish(batch, drafting.intent_drafts, dry_run, idempotency_key)

    @asynccontextmanager
    async def transaction(
        self, editor: str, message: str | None, key_id: UUID | None, idempotency_key: IdempotencyKey | None = None
    ) -> AsyncIterator[Batch]:
        """The transaction of one write, from acquiring the write lock to the COMMIT. Database errors are raised as
        `ApiError`.

        Raises `AlreadyDoneError` if the request with `idempotency_key` was already completed.
        """
        try:
            with translated():
                async with self.engine.connect() as connection, connection.begin():
                    revision, at = await storing.begin(connection, editor=editor, message=message, key_id=key_id)
                    # This is checked under the write lock, so that of two equal concurrent requests, the second finds
                    # the result of the first.
                    await check_not_completed(connection, idempotency_key)
                    await connection.execute(storing.CHECK_LATER)
                    yield Batch(connection, self.kinds, revision, at)
        finally:
            # This call is also needed after an error: a COMMIT whose acknowledgement was lost may have made a revision.
            self.ended()

    async def known(self, batch: Batch, kind: WriteSpec, key: str) -> Known:
        """The stored record that a key refers to. Raises `ApiError` if there is none, or more than one."""
        return await self.found(batch.connection, kind.collection, key)

    async def found(self, connection: AsyncConnection, collection: str, key: str) -> Known:
        """Do the same as `known`, on any connection."""
        kind = self.kinds[collection]
        found = await look_up(connection, [(collection, key)])
        known = found.get((kind.collection, key))
        if several := found.ambiguous.get((kind.collection, key)):
            raise ApiError(
                ProblemType.CONFLICT,
                f"{quoted(key, 120)} matches more than one {kind.singular}: {', '.join(several)}. Use the slug of the one you mean.",
            )
        if known is None:
            raise ApiError(ProblemType.NOT_FOUND, f"No {kind.singular} has the key {quoted(key, 120)}.")
        return known

    async def finish(
        self, batch: Batch, drafts: Sequence[Draft | None], dry_run: bool, request: IdempotencyKey | None = None
    ) -> WriteResult:
        """Store the changes, and return the results of `drafts` and of the other records that were written."""
        of_intents = [draft for draft in drafts if draft is not None]
        known = {id(draft) for draft in of_intents}
        others = [draft for draft in batch.drafts if id(draft) not in known]
        revision: int | None = None
        if dry_run:
            await compare_bodies(batch)
        if any(draft.action for draft in batch.drafts):
            await storing.store(batch)
            revision = await storing.revision_of(batch)
            await batch.connection.execute(storing.CHECK_NOW)
        if dry_run:
            await batch.connection.rollback()
        elif batch.dossier_contents is not None:
            await batch.dossier_contents.store(batch)
        result = WriteResult(
            None if dry_run else revision,
            tuple(draft.written() for draft in of_intents),
            tuple(draft.written() for draft in others),
        )
        if request is not None and not dry_run:
            await store_outcome(batch.connection, request, batch.at, result)
        return result
