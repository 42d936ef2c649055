"""Imports: a file of records, taken in batches. Each batch is one transaction and one revision of the one writer.

While PostgreSQL works on one batch, the next is read and checked; the head is held only while a batch is merged, so that
other writers go on in between. What is written stays written, whatever happens to the rest: the same file sent again
finds it there, changes nothing, and goes on where it ended.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from itertools import islice

from pydantic import BaseModel

from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, Violation
from app.ingest.batch_preparation import PAUSES, Batch, Readying, placed, root_of
from app.ingest.data_sets import DataSet
from app.ingest.files import BATCH
from app.ingest.garbage_collection import collect_rarely
from app.ingest.import_options import OnError, Order
from app.ingest.items import Block, ForeignSource, Item, Source, line_of
from app.ingest.report import Ending, Progress, Summary
from app.ingest.tally import Tally
from app.ingest.vanished_records import Vanished, find, withdraw
from app.writing.drafting import Drafting
from app.writing.intents import WriteResult
from app.writing.speculative import DoubtfulError
from app.writing.writer import Late, Writer

log = logging.getLogger("parley.error")
#: Batches that are made ready ahead: while the database works there is always one to read, and memory holds few.
AHEAD = 1
#: How often a batch is tried without the lines that were found faulty before it is halved.
TRIES = 8


class Import:
    """One import. `shown` are the schemas in which records of each collection are read: exports come in them."""

    def __init__(
        self, writer: Writer, shown: Mapping[str, type[BaseModel]], order: Order, data_set: DataSet | None = None
    ) -> None:
        self.writer = writer
        self.order = order
        self.readying = Readying(writer, shown, order, data_set)
        self.tally = Tally(dry_run=order.dry_run)
        self.before: dict[str, int] = {}
        """How many records a data set of complete files had before this one, by collection."""

    async def run(self, blocks: AsyncIterator[Block], source: Source) -> AsyncGenerator[Progress | Summary, None]:
        """Progress after each batch, and in the end the summary. Closing it before the end lets go of the rest."""
        if self.readying.data_set is not None and self.readying.data_set.is_complete:
            try:
                self.before = await self.readying.counts()
            except ApiError as refused:
                yield self.tally.broken_off(refused)
                return
        coming: asyncio.Queue[Batch | None] = asyncio.Queue(AHEAD)
        reading = asyncio.ensure_future(self._read_ahead(blocks, source.read, coming))
        try:
            with collect_rarely():
                while (batch := await coming.get()) is not None:
                    if batch.end is not None:
                        yield self.tally.broken_off(batch.end)
                        return
                    try:
                        revision = await self._take(batch)
                    except ApiError as refused:
                        yield self.tally.broken_off(refused)
                        return
                    self.tally.note(batch.last_line, batch.faulty, batch.warnings)
                    if batch.faulty and self.order.on_error is OnError.ABORT:
                        yield self.tally.summary(Ending.ABORTED)
                        return
                    yield Progress(**self.tally.counts.model_dump(), revision=revision)
                if isinstance(source, ForeignSource):
                    try:
                        async for revision in self._end(source):
                            yield Progress(**self.tally.counts.model_dump(), revision=revision)
                    except ApiError as refused:
                        yield self.tally.broken_off(refused)
                        return
                yield self.tally.summary(Ending.COMPLETE)
        finally:
            reading.cancel()

    # --- batches are made ready, while those before them are written

    async def _read_ahead(
        self,
        blocks: AsyncIterator[Block],
        read: Callable[[Block], list[Item]],
        coming: "asyncio.Queue[Batch | None]",
    ) -> None:
        batch: Batch | None
        while True:
            try:
                batch = await self.readying.next(blocks, read, self.tally.counts.lines)
            except Exception:
                # Nobody waits for this task: what was not foreseen must end the import, and not let it wait for ever.
                log.exception("an import could not be read")
                batch = Batch(self.tally.counts.lines, end=ApiError(ProblemType.INTERNAL, "The server failed."))
            await coming.put(batch)
            if batch is None or batch.end is not None:
                return

    # --- what a complete file no longer says

    async def _end(self, source: ForeignSource) -> AsyncIterator[int | None]:
        """Take out what the file no longer says, once all of its rows were read; the revisions of what that changed."""
        data_set = self.readying.data_set
        if data_set is None:
            return
        if self.tally.counts.faulty:
            self.tally.removal = (
                "Some lines could not be taken: what the file lacks is not known, and nothing was withdrawn."
            )
            return
        readying, vanished = self.readying, Vanished()
        if data_set.is_complete:
            seen, unspoken = await asyncio.to_thread(readying.named, source)
            vanished = await find(self.writer, data_set, self.before, seen, unspoken, source.silent())
            if too_many := vanished.too_many(self.order.max_removed):
                self.tally.removal = (
                    f"The file lacks {', '.join(too_many)}, more than max_removed={self.order.max_removed:g} percent: it may"
                    " be truncated. Nothing was withdrawn; send it with a greater max_removed if it is complete."
                )
                return
        async for result, removed, kept in withdraw(self.writer, self.order, data_set, vanished):
            self.tally.note_removed(removed)
            if result is not None:
                self.tally.note_revision(result.revision)
                yield result.revision
            if kept:
                yield await self._take_final(await readying.retraction(kept, self.tally.counts.lines))
        # After that nobody says any more what those records said first.
        every = source.whole()
        while items := list(islice(every, BATCH)):
            batch = await readying.final(items, self.tally.counts.lines)
            yield await self._take_final(batch)

    async def _take_final(self, batch: Batch) -> int | None:
        revision = await self._take(batch)
        self.tally.note(batch.last_line, batch.faulty, batch.warnings)
        return revision

    # --- a batch is written

    async def _take(self, batch: Batch) -> int | None:
        """Write the batch, or foresee what would be; answers its revision. Counts what became of its lines."""
        if batch.faulty and self.order.on_error is OnError.ABORT:
            # The others are looked at, so that all faults of the batch come in one answer.
            await self._foresee(batch)
            return None
        if self.order.dry_run:
            await self._foresee(batch)
            self.tally.counts.unchanged += 0 if self._is_kept_back(batch) or batch.is_final else batch.unchanged
            return None
        await self.readying.freshen(batch)
        revision = await self._write(batch)
        self.tally.counts.unchanged += batch.unchanged if revision is not _NOTHING and not batch.is_final else 0
        return revision or None

    async def _write(self, batch: Batch) -> int | None:
        """Write what is right of the batch. With `abort` a faulty line keeps back the whole batch."""
        pauses, tries = iter(PAUSES), TRIES
        late: Late | None = None
        while (batch.intents or batch.stated) and not self._is_kept_back(batch):
            if batch.drafting is None and late is None:
                await asyncio.to_thread(self.readying.draft, batch)
                continue
            drafting, batch.drafting = batch.drafting or self.readying.undrafted(), None
            drafting.finishing = self.readying.finishing(batch)
            try:
                result = await self._merge(drafting, late)
            except DoubtfulError:
                continue
            except ApiError as refused:
                if refused.kind is ProblemType.UNAVAILABLE:
                    if (pause := next(pauses, None)) is None:
                        raise
                    await asyncio.sleep(pause)
                elif refused.kind is ProblemType.PRECONDITION and batch.laid_at is not None and late is None:
                    # Somebody changed a record since it was read: the patches are laid over it while nobody else writes.
                    late = partial(self.readying.lay_over, batch)
                elif tries and batch.take_out(refused.violations):
                    tries -= 1
                elif not self._is_laid_at_a_line(batch, refused):
                    if self.order.on_error is OnError.ABORT:
                        self._keep_back(batch, refused)
                    else:
                        return await self._in_halves(batch, self._write)
                continue
            self._count(drafting, batch)
            self.tally.note_revision(result.revision)
            return result.revision
        return _NOTHING if self._is_kept_back(batch) else None

    async def _merge(self, drafting: Drafting, late: Late | None) -> WriteResult:
        order = self.order
        return await self.writer.merge(
            drafting, editor=order.editor, message=order.message, key_id=order.key_id, late=late
        )

    def _is_kept_back(self, batch: Batch) -> bool:
        return bool(batch.faulty) and self.order.on_error is OnError.ABORT

    def _keep_back(self, batch: Batch, refused: ApiError) -> None:
        """Let a batch be faulty of which no line is known to be. Raises what is not even known to be the file's fault."""
        if refused.kind is ProblemType.INTERNAL:
            raise refused
        hint = "Send it with on_error=skip to learn which."
        violation = Violation("A line of this batch breaks a rule of the ledger", "", hint=hint)
        batch.faulty[line_of(batch.intents[0].pointer)] = [violation]

    def _is_laid_at_a_line(self, batch: Batch, refused: ApiError) -> bool:
        """Lay what the database refuses at the door of the batch's line, if it has but one."""
        places = {root_of(intent.pointer) for intent in batch.intents}
        if len(places) > 1:
            return False
        place = places.pop()
        item = batch.items.get(place)
        told = refused.violations or (Violation(refused.detail, ""),)
        batch.faulty.setdefault(line_of(place), []).extend(placed(violation, item) for violation in told)
        batch.leave_out({place})
        return True

    async def _in_halves(self, batch: Batch, take: Callable[[Batch], Awaitable[int | None]]) -> int | None:
        """What is refused at no line's place is one line's fault all the same: the batch is halved until it is alone."""
        revision: int | None = None
        places = list(dict.fromkeys(root_of(intent.pointer) for intent in batch.intents))
        roots = set(places[: len(places) // 2])
        for is_first in (True, False):
            intents = [one for one in batch.intents if (root_of(one.pointer) in roots) is is_first]
            sent = {root: batch.sent[root] for one in intents if (root := root_of(one.pointer)) in batch.sent}
            half = Batch(batch.last_line, intents, sent, batch.items, laid_at=batch.laid_at, faulty=batch.faulty)
            here = {root_of(intent.pointer) for intent in intents}
            half.stated = [one for one in batch.stated if root_of(one.pointer) in here]
            half.is_final = batch.is_final
            revision = await take(half) or revision
            batch.unchanged += half.unchanged
        return revision

    async def _foresee(self, batch: Batch) -> None:
        """The faults and the counts that writing would give, without writing."""
        tries = TRIES
        while batch.intents:
            if batch.drafting is None:
                await asyncio.to_thread(self.readying.draft, batch)
                continue
            drafting, batch.drafting = batch.drafting, None
            try:
                leaning = await self.writer.foresee(drafting, self.readying.seen)
            except ApiError as refused:
                if refused.kind is ProblemType.UNAVAILABLE:
                    raise
                if tries and batch.take_out(refused.violations):
                    tries -= 1
                elif not self._is_laid_at_a_line(batch, refused):
                    await self._in_halves(batch, self._foresee)
                    return
                continue
            if self.order.dry_run and not self._is_kept_back(batch):
                for one in (drafting, leaning):
                    self._count(one, batch)
                    self.readying.promise(one)
            return

    def _count(self, drafting: Drafting, batch: Batch) -> None:
        touched = {root_of(draft.pointer) for draft in drafting.drafts if draft.action is not None}
        counted: set[str] = set()
        for draft in drafting.asked:
            # A foreign file's nested records are drafts of their own: they count with the record that they are in.
            if draft is None or (root := root_of(draft.pointer)) in counted:
                continue
            counted.add(root)
            action = draft.action if draft.pointer == root else None
            action = action or (Action.CHANGE if root in touched else None)
            if batch.is_final:
                # Its line was counted when it was read.
                self.tally.counts.emptied += action is not None
                continue
            if action is Action.CREATE and self.readying.is_promised(draft):
                action = Action.CHANGE
            self.tally.count(action)


#: No revision, because the batch was kept back.
_NOTHING = 0
