"""Imports: a file of records, written in batches. Each batch is one transaction and one revision.

While PostgreSQL works on one batch, the next batch is parsed and checked. The head is locked only while a batch is
merged, so that other writers can write in between. Batches that were written remain, whatever happens to the rest: when
the same file is imported again, its stored records are unchanged, and the import continues with the remaining records.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from itertools import islice

from pydantic import BaseModel

from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, Violation
from app.ingest.batch_preparation import BatchPreparer
from app.ingest.data_sets import DataSet
from app.ingest.files import BATCH
from app.ingest.garbage_collection import collect_rarely
from app.ingest.import_batch import ImportBatch, localize, record_pointer
from app.ingest.import_options import OnError, Order
from app.ingest.items import Block, ForeignSource, Item, RecordSource, line_of
from app.ingest.report import Ending, Progress, Summary
from app.ingest.retrying import PAUSES
from app.ingest.tally import Tally
from app.ingest.vanished_records import MissingRecords, find_missing, withdraw_missing
from app.writing.drafting import Drafting
from app.writing.intents import WriteResult
from app.writing.speculative import SpeculationError
from app.writing.writer import Late, Writer

log = logging.getLogger("parley.error")
#: Batches that are prepared in advance: enough to keep the database busy, few enough to limit memory.
QUEUE_SIZE = 1
#: How often a batch is tried again without its invalid lines, before it is split in half.
MAX_RETRIES = 8


class Import:
    """One import. The `read_schemas` of the collections make it possible to import exported records, too."""

    def __init__(
        self, writer: Writer, read_schemas: Mapping[str, type[BaseModel]], order: Order, data_set: DataSet | None = None
    ) -> None:
        self.writer = writer
        self.order = order
        self.preparer = BatchPreparer(writer, read_schemas, order, data_set)
        self.tally = Tally(dry_run=order.dry_run)
        self.before: dict[str, int] = {}
        """If the files of the data set are complete: the number of its records before this import, by collection."""

    async def run(self, blocks: AsyncIterator[Block], source: RecordSource) -> AsyncGenerator[Progress | Summary, None]:
        """Run the import. Yields progress after each batch, then the summary. Closing the generator ends it early."""
        if self.preparer.data_set is not None and self.preparer.data_set.is_complete:
            try:
                self.before = await self.preparer.counts()
            except ApiError as error:
                yield self.tally.interrupted(error)
                return
        queue: asyncio.Queue[ImportBatch | None] = asyncio.Queue(QUEUE_SIZE)
        reading = asyncio.ensure_future(self._prepare_batches(blocks, source.read, queue))
        try:
            with collect_rarely():
                while (batch := await queue.get()) is not None:
                    if batch.end is not None:
                        yield self.tally.interrupted(batch.end)
                        return
                    try:
                        revision = await self._process(batch)
                    except ApiError as error:
                        yield self.tally.interrupted(error)
                        return
                    self.tally.note(batch.last_line, batch.faulty, batch.warnings)
                    if batch.faulty and self.order.on_error is OnError.ABORT:
                        yield self.tally.summary(Ending.ABORTED)
                        return
                    yield Progress(**self.tally.counts.model_dump(), revision=revision)
                if isinstance(source, ForeignSource):
                    try:
                        async for revision in self._remove_missing(source):
                            yield Progress(**self.tally.counts.model_dump(), revision=revision)
                    except ApiError as error:
                        yield self.tally.interrupted(error)
                        return
                yield self.tally.summary(Ending.COMPLETE)
        finally:
            reading.cancel()

    # --- preparation of batches, while earlier batches are written

    async def _prepare_batches(
        self,
        blocks: AsyncIterator[Block],
        read: Callable[[Block], list[Item]],
        queue: "asyncio.Queue[ImportBatch | None]",
    ) -> None:
        batch: ImportBatch | None
        while True:
            try:
                batch = await self.preparer.next(blocks, read, self.tally.counts.lines)
            except Exception:
                # Nothing awaits this task: an unexpected exception must end the import instead of blocking it forever.
                log.exception("The next batch of an import could not be read")
                batch = ImportBatch(
                    self.tally.counts.lines, end=ApiError(ProblemType.INTERNAL, "The server failed to read the file.")
                )
            await queue.put(batch)
            if batch is None or batch.end is not None:
                return

    # --- records and values missing from a complete file

    async def _remove_missing(self, source: ForeignSource) -> AsyncIterator[int | None]:
        """Remove what the file no longer contains, after all rows were read. Yields the revisions of the removals."""
        data_set = self.preparer.data_set
        if data_set is None:
            return
        if self.tally.counts.faulty:
            self.tally.removal = (
                "Some lines were invalid, so it is not known which records the file lacks; nothing was withdrawn."
            )
            return
        preparer, missing = self.preparer, MissingRecords()
        if data_set.is_complete:
            present, unspoken = await asyncio.to_thread(preparer.record_keys, source)
            missing = await find_missing(self.writer, data_set, self.before, present, unspoken, source.silent())
            if too_many := missing.too_many(self.order.max_removed):
                self.tally.removal = (
                    f"The file lacks {', '.join(too_many)}, more than max_removed={self.order.max_removed:g} percent: it may"
                    " be truncated. Nothing was withdrawn; if the file is complete, send it with a greater `max_removed`."
                )
                return
        async for result, removed, kept in withdraw_missing(self.writer, self.order, data_set, missing):
            self.tally.note_removed(removed)
            if result is not None:
                self.tally.note_revision(result.revision)
                yield result.revision
            if kept:
                yield await self._process_final(await preparer.retraction(kept, self.tally.counts.lines))
        # After the withdrawals, because these clear the statements about missing records, which then support no values.
        every = source.whole()
        while items := list(islice(every, BATCH)):
            batch = await preparer.final(items, self.tally.counts.lines)
            yield await self._process_final(batch)

    async def _process_final(self, batch: ImportBatch) -> int | None:
        revision = await self._process(batch)
        self.tally.note(batch.last_line, batch.faulty, batch.warnings)
        return revision

    # --- writing

    async def _process(self, batch: ImportBatch) -> int | None:
        """Write the batch, or on a dry run check it, and count its lines. Return the revision."""
        if batch.faulty and self.order.on_error is OnError.ABORT:
            # Check the other lines, too, so that the response has all errors of the batch.
            await self._dry_run(batch)
            return None
        if self.order.dry_run:
            await self._dry_run(batch)
            self.tally.counts.unchanged += 0 if self._is_held_back(batch) or batch.is_final else batch.unchanged
            return None
        await self.preparer.refresh(batch)
        revision = await self._write(batch)
        self.tally.counts.unchanged += batch.unchanged if revision is not _HELD_BACK and not batch.is_final else 0
        return revision or None

    async def _write(self, batch: ImportBatch) -> int | None:
        """Write the valid records of the batch. With `on_error=abort`, an invalid line holds back the whole batch."""
        pauses, retries = iter(PAUSES), MAX_RETRIES
        late: Late | None = None
        while (batch.intents or batch.stated) and not self._is_held_back(batch):
            if batch.drafting is None and late is None:
                await asyncio.to_thread(self.preparer.draft, batch)
                continue
            drafting, batch.drafting = batch.drafting or self.preparer.empty_drafting(), None
            drafting.finishing = self.preparer.finishing(batch)
            try:
                result = await self._merge(drafting, late)
            except SpeculationError:
                continue
            except ApiError as error:
                if error.kind is ProblemType.UNAVAILABLE:
                    if (pause := next(pauses, None)) is None:
                        raise
                    await asyncio.sleep(pause)
                elif error.kind is ProblemType.PRECONDITION and batch.merged_at is not None and late is None:
                    # Another writer changed a record since it was read: merge again while the head is locked.
                    late = partial(self.preparer.batch_merger.merge, batch)
                elif retries and batch.reject_lines(error.violations):
                    retries -= 1
                elif not self._blame_single_line(batch, error):
                    if self.order.on_error is OnError.ABORT:
                        self._hold_back(batch, error)
                    else:
                        return await self._process_halves(batch, self._write)
                continue
            self._count(drafting, batch)
            self.tally.note_revision(result.revision)
            return result.revision
        return _HELD_BACK if self._is_held_back(batch) else None

    async def _merge(self, drafting: Drafting, late: Late | None) -> WriteResult:
        order = self.order
        return await self.writer.merge(
            drafting, editor=order.editor, message=order.message, key_id=order.key_id, late=late
        )

    def _is_held_back(self, batch: ImportBatch) -> bool:
        return bool(batch.faulty) and self.order.on_error is OnError.ABORT

    def _hold_back(self, batch: ImportBatch, error: ApiError) -> None:
        """Mark a batch as invalid if no line could be identified as the cause. Internal errors are raised."""
        if error.kind is ProblemType.INTERNAL:
            raise error
        hint = "Repeat the import with `on_error=skip` to find the line."
        violation = Violation("A line of this batch violates a constraint of the database", "", hint=hint)
        batch.faulty[line_of(batch.intents[0].pointer)] = [violation]

    def _blame_single_line(self, batch: ImportBatch, error: ApiError) -> bool:
        """Assign an error of the database to the batch's line, if the batch has only one line."""
        places = {record_pointer(intent.pointer) for intent in batch.intents}
        if len(places) > 1:
            return False
        place = places.pop()
        item = batch.items.get(place)
        violations = error.violations or (Violation(error.detail, ""),)
        batch.faulty.setdefault(line_of(place), []).extend(localize(violation, item) for violation in violations)
        batch.drop({place})
        return True

    async def _process_halves(
        self, batch: ImportBatch, process: Callable[[ImportBatch], Awaitable[int | None]]
    ) -> int | None:
        """Process a batch in halves, until a line that causes an error without a position is a batch of its own."""
        revision: int | None = None
        places = list(dict.fromkeys(record_pointer(intent.pointer) for intent in batch.intents))
        roots = set(places[: len(places) // 2])
        for is_first in (True, False):
            intents = [one for one in batch.intents if (record_pointer(one.pointer) in roots) is is_first]
            sent = {root: batch.sent[root] for one in intents if (root := record_pointer(one.pointer)) in batch.sent}
            half = ImportBatch(
                batch.last_line, intents, sent, batch.items, merged_at=batch.merged_at, faulty=batch.faulty
            )
            here = {record_pointer(intent.pointer) for intent in intents}
            half.stated = [one for one in batch.stated if record_pointer(one.pointer) in here]
            half.is_final = batch.is_final
            revision = await process(half) or revision
            batch.unchanged += half.unchanged
        return revision

    async def _dry_run(self, batch: ImportBatch) -> None:
        """Find the errors and counts that writing the batch would give, without writing."""
        retries, seen = MAX_RETRIES, self.preparer.deduplication
        while batch.intents:
            if batch.drafting is None:
                await asyncio.to_thread(self.preparer.draft, batch)
                continue
            drafting, batch.drafting = batch.drafting, None
            try:
                nested = await self.writer.predict_actions(drafting, seen, with_bodies=self.tally.lists_more_changes)
            except ApiError as error:
                if error.kind is ProblemType.UNAVAILABLE:
                    raise
                if retries and batch.reject_lines(error.violations):
                    retries -= 1
                elif not self._blame_single_line(batch, error):
                    await self._process_halves(batch, self._dry_run)
                    return
                continue
            if self.order.dry_run and not self._is_held_back(batch):
                for one in (drafting, nested):
                    self._count(one, batch)
                    self.tally.note_changes(one.drafts)
                    self.preparer.note_planned(one)
            return

    def _count(self, drafting: Drafting, batch: ImportBatch) -> None:
        touched = {record_pointer(draft.pointer) for draft in drafting.drafts if draft.action is not None}
        counted: set[str] = set()
        for draft in drafting.intent_drafts:
            # Nested records of a foreign file are drafts of their own, and are counted with their owner.
            if draft is None or (root := record_pointer(draft.pointer)) in counted:
                continue
            counted.add(root)
            action = draft.action if draft.pointer == root else None
            action = action or (Action.CHANGE if root in touched else None)
            if batch.is_final:
                # The line was counted when it was read.
                self.tally.counts.emptied += action is not None
                continue
            if action is Action.CREATE and self.preparer.is_planned(draft):
                action = Action.CHANGE
            self.tally.count(action)


#: Returned instead of a revision if the batch was held back.
_HELD_BACK = 0
