"""The only way into the ledger: one record, a nested body or a whole dossier, in one transaction and one revision."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.vocabulary import Action
from app.faults import Fault, ProblemKind, Refused
from app.writing import building, circles, matching, settling, storing
from app.writing.ahead import Ahead, DoubtfulError, NotingConnection, now
from app.writing.batch import Batch, Draft, Known
from app.writing.bringing import Bringing
from app.writing.constraints import translated
from app.writing.current import bodies_of, merged
from app.writing.drafting import Drafting, Explain, plainly
from app.writing.existing import refuse_existing
from app.writing.intents import Intent, Mode, Versions, WriteResult
from app.writing.kinds import Kind
from app.writing.receipts import Asked, give_receipt, refuse_done
from app.writing.resolution import MOST, Key, look_up, refuse_withdrawn, refused, unknown

#: Bodies that are worked on before others have their turn: a millisecond or two. The batch before, which the database
#: is storing meanwhile, is among those who wait.
_AT_ONCE = 20

T = TypeVar("T")
#: Makes the intents of a write when its turn has come, on its connection: of patches to what is stored then.
Late = Callable[[AsyncConnection], Awaitable[Sequence[Intent]]]


async def _in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """The items; between them other requests are answered, or a dossier of thousands of records would stop them all."""
    for place, item in enumerate(items, 1):
        yield item
        if place % _AT_ONCE == 0:
            await asyncio.sleep(0)


class Writer:
    """Writes records. `kinds` in the order in which they depend on each other: owners before what they own.

    `ended` is called after every transaction, before anybody is told how it went: the head may have moved."""

    def __init__(
        self,
        engine: AsyncEngine,
        kinds: Iterable[Kind],
        explain: Explain = plainly,
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
        """Write records in one transaction. Raises `Refused` with all faults; then nothing is written.

        Records of the batch may mention each other in any order. `dry_run` does everything but the COMMIT. `bringing`
        is the dossier that they are.
        """
        drafting = Drafting(self.kinds, self.explain)
        drafting.bringing = bringing
        async for intent in _in_turns(intents):
            drafting.asked.append(drafting.read(intent))
        return await self.merge(drafting, editor=editor, message=message, key_id=key_id, dry_run=dry_run, asked=asked)

    def draft(self, intents: Iterable[Intent]) -> Drafting:
        """Read bodies, in memory alone: other writers need not wait for it, and a thread may do it."""
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
        """Write what was drafted, in one transaction. Raises `Refused` with all faults; then nothing is written.
        Drafts are used up by it: what is to be tried again is drafted again. `late` are intents that are made while
        nobody else writes, and are drafted then. `asked` is noted as done in the same transaction; raises
        `AlreadyDoneError` where it is done, and `DoubtfulError` where what was worked out does not hold any more."""
        async with self.transaction(editor, message, key_id, asked) as batch:
            if drafting.bringing is not None:
                batch.bringing = drafting.bringing
                matching.name_early(drafting.drafts)
                for intent in await batch.bringing.begin(batch, drafting.drafts):
                    drafting.asked.append(drafting.read(intent))
            if late is not None:
                async for intent in _in_turns(await late(batch.connection)):
                    drafting.asked.append(drafting.read(intent))
            if drafting.ahead is not None:
                batch = await drafting.ahead.taken_over(batch)
            else:
                await self._apply(batch, drafting)
            result = await self.finish(batch, drafting.asked, dry_run, asked)
            if drafting.finishing is not None and not dry_run:
                await drafting.finishing(batch)
            return result

    async def work_out(self, drafting: Drafting) -> None:
        """Do ahead what `merge` begins with, before its turn: without a lock, and only reading. Raises `DoubtfulError`
        where that cannot be done, or `Refused`; then it is drafted again, and merged without."""
        if any(draft.withdrawn is not None for draft in drafting.drafts):
            raise DoubtfulError("when it was withdrawn is told when its turn comes")
        with translated():
            connection = NotingConnection(self.engine)
            async with connection, connection.begin():
                ahead = Ahead(connection, self.kinds, *await now(connection))
                await self._apply(ahead, drafting)
        drafting.ahead = ahead

    async def foresee(self, drafting: Drafting, promised: Container[tuple[str, str]] = ()) -> Drafting:
        """Say in the drafts what `merge` would do, without a lock and without writing. Raises `Refused` with all faults.

        `promised` are (collection, key) of records that do not exist yet, but will. Drafts that mention one are taken
        out of `drafting`, checked by themselves, since nothing is known of that record's rows, and answered."""
        with translated():
            async with self.engine.connect() as connection, connection.begin():
                batch = Batch(connection, self.kinds, *await now(connection))
                leaning = drafting.set_aside(promised)
                await self._apply(batch, drafting)
                stored = await look_up(connection, {name for draft in leaning.drafts for name in draft.names()})
                for draft in leaning.drafts:
                    is_stored = any(stored.get(name) is not None for name in draft.names())
                    draft.action = Action.CHANGE if is_stored else Action.CREATE
                return leaning

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
        """Apply a merge patch (RFC 7396) to a record as it is inside the transaction. A new slug renames it."""
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
        """A write from its beginning, when nobody else writes, to its COMMIT. What the database refuses is `Refused`;
        raises `AlreadyDoneError` where what is `asked` to be done once is done."""
        try:
            with translated():
                async with self.engine.connect() as connection, connection.begin():
                    revision, at = await storing.begin(connection, editor=editor, message=message, key_id=key_id)
                    # While the head is held: of two that send the same at once, the second finds the first's.
                    await refuse_done(connection, asked)
                    await connection.execute(storing.CHECK_LATER)
                    yield Batch(connection, self.kinds, revision, at)
        finally:
            # Also where it failed: a COMMIT whose acknowledgement was lost has moved the head all the same.
            self.ended()

    async def known(self, batch: Batch, kind: Kind, key: str) -> Known:
        """The stored record of a key. Raises `Refused`: there is none, or more than one."""
        return await self.found(batch.connection, kind.collection, key)

    async def found(self, connection: AsyncConnection, collection: str, key: str) -> Known:
        """The same on any connection."""
        kind = self.kinds[collection]
        found = await look_up(connection, [(collection, key)])
        known = found.get((kind.collection, key))
        if several := found.ambiguous.get((kind.collection, key)):
            raise Refused(
                ProblemKind.CONFLICT,
                f"{key[:120]!r} stands for more than one {kind.singular}: {', '.join(several)}. Name it by its slug.",
            )
        if known is None:
            raise Refused(ProblemKind.NOT_FOUND, f"No {kind.singular} has the key {key[:120]!r}.")
        return known

    async def _apply(self, batch: Batch, drafting: Drafting) -> None:
        """From drafts to changes, in memory; only reads. Raises `Refused` with all faults that were found."""
        batch.drafts = drafting.drafts
        batch.faults.extend((ProblemKind.INVALID, fault) for fault in drafting.faults)
        matching.name_early(batch.drafts)
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
                # Their words hold no unresolved mention, or they are named when their collection's turn comes.
                continue
            _introduce(batch, draft)
        batch.known = {**found.former, **found.current, **drafting.aliases, **batch.known}
        # What is looked up for hints alone is not asked ahead, where it is not told.
        most = 0 if isinstance(batch, Ahead) else None if drafting.tells_all else MOST
        await unknown(batch, drafting.mentions, found, drafting.unread, most)
        await refuse_withdrawn(batch, drafting.mentions, drafting.restoring)
        for kind in self.kinds.values():
            await self._apply_kind(batch, kind)
        for kind in self.kinds.values():
            drafts = batch.of(kind.collection)
            if kind.check is not None and drafts:
                await kind.check(batch, drafts)
            await circles.refuse(batch, [draft for draft in drafts if draft.action is not None])
        refuse(batch)

    async def _apply_kind(self, batch: Batch, kind: Kind) -> None:
        drafts = batch.of(kind.collection)
        async for draft in _in_turns(drafts):
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
            _introduce(batch, draft)
        await settling.load(batch, drafts)
        if batch.bringing is not None:
            await batch.bringing.settle_rows(batch, drafts)
        if kind.prepare is not None:
            await kind.prepare(batch, drafts)
        await refuse_existing(batch, drafts)
        await _copy(batch, drafts)
        async for draft in _in_turns(batch.of(kind.collection)):
            settling.settle(batch, draft)

    async def finish(
        self, batch: Batch, drafts: Sequence[Draft | None], dry_run: bool, once: Asked | None = None
    ) -> WriteResult:
        """Store what was worked out, and say what became of the drafts that were asked for."""
        asked = [draft for draft in drafts if draft is not None]
        known = {id(draft) for draft in asked}
        others = [draft for draft in batch.drafts if id(draft) not in known]
        revision: int | None = None
        if any(draft.action for draft in batch.drafts):
            await storing.store(batch)
            revision = await storing.revision_of(batch)
            await batch.connection.execute(storing.CHECK_NOW)
        if dry_run:
            await batch.connection.rollback()
        elif batch.bringing is not None:
            await batch.bringing.note(batch)
        result = WriteResult(
            None if dry_run else revision,
            tuple(draft.written() for draft in asked),
            tuple(draft.written() for draft in others),
        )
        if once is not None and not dry_run:
            await give_receipt(batch.connection, once, batch.at, result)
        return result


async def refuse_merged(batch: Batch, kind: Kind, key: str, known: Known, verb: str) -> None:
    """Refuse a key that was another record's until it was merged into this one: who writes to a double means the double,
    never the record that stays. A record's own former slug goes on leading to it."""
    if not kind.is_mergeable or ":" in key or key.lower() in (known.slug, str(known.id)):
        return
    bore = text("SELECT EXISTS (SELECT FROM history.entry WHERE id = :id AND slug = :slug)")
    if not (await batch.connection.execute(bore, {"id": known.id, "slug": key.lower()})).scalar_one():
        batch.conflict(
            f"The {kind.singular} {key[:120]!r} was merged into {known.slug!r}",
            "",
            f"To {verb} the record that stayed, name {known.slug!r}; to have both again, undo the merge.",
        )
        refuse(batch)


def _introduce(batch: Batch, draft: Draft) -> None:
    """Let mentions in the batch lead to the draft: by slug, id, external id, and the kind's other names."""
    if draft.slug is None:
        return
    collection, known = draft.kind.collection, draft.known
    if known is not None and known.slug == draft.slug and known.id == draft.id:
        return
    known = draft.known = Known(draft.id, draft.slug)
    batch.known[(collection, draft.slug)] = known
    if not draft.is_new:
        # The id of a new one nobody knows yet.
        batch.known[(collection, str(draft.id))] = known
    for name in draft.outer_names:
        batch.known.setdefault((collection, name), known)
    for field in draft.kind.also_named:
        value = str(getattr(draft.body, field))
        batch.known[(collection, value)] = known


async def _copy(batch: Batch, drafts: list[Draft]) -> None:
    """Fill the columns that repeat those of a mentioned row (`sort_on` of the proposal), from the foreign keys."""
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
    """Raise `Refused` with all faults of the batch, if there are any."""
    if batch.faults:
        kind, faults = refused(batch.faults)
        raise Refused(kind, _detail(faults), faults)


def _detail(faults: Sequence[Fault]) -> str:
    return (
        f"{faults[0].message.rstrip('.')}."
        if len(faults) == 1
        else f"{len(faults)} faults were found; nothing was written."
    )
