"""Parses the batches of an import, checks them, and merges them with stored records before they are written. No locks
are held meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel

from app.db.vocabulary import Action
from app.errors import ApiError
from app.ingest.batch_merging import BatchMerger
from app.ingest.block_reading import BlockReader
from app.ingest.data_sets import DataSet
from app.ingest.deduplication import DeduplicationSet
from app.ingest.foreign.merger import ForeignMerger
from app.ingest.foreign.record import split_nested
from app.ingest.import_batch import ImportBatch
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.items import Block, ForeignSource, Item
from app.ingest.lint import Linter
from app.ingest.retrying import retry_unavailable
from app.writing import data_set_statements
from app.writing.batch import Batch as WriterBatch
from app.writing.batch import Draft
from app.writing.constraint_errors import translated
from app.writing.data_set_statements import Named
from app.writing.drafting import Drafting, Finishing
from app.writing.intents import Intent, Mode
from app.writing.plan import plan_of
from app.writing.speculative import SpeculationError, now
from app.writing.writer import Writer


class BatchPreparer:
    """Prepares the batches of one import."""

    def __init__(
        self, writer: Writer, read_schemas: Mapping[str, type[BaseModel]], order: Order, data_set: DataSet | None
    ) -> None:
        self.writer = writer
        self.order = order
        self.deduplication = DeduplicationSet(writer.kinds)
        self.reader = BlockReader(writer.kinds, read_schemas, order.mode, self.deduplication)
        # Only `merge` stores which values the data set states. Records that `create` and `replace` write belong to the
        # editor, not to a data set.
        self.data_set = data_set if order.mode is ImportMode.MERGE else None
        self.linter = Linter(writer, self.data_set)
        self.merger = (
            ForeignMerger(writer.kinds, self.data_set, dry_run=order.dry_run) if self.data_set is not None else None
        )
        self.batch_merger = BatchMerger(writer.kinds, self.deduplication, self.merger)

    async def next(
        self, blocks: AsyncIterator[Block], read: Callable[[Block], list[Item]], last_line: int
    ) -> ImportBatch | None:
        """Return the next batch, ready to be written; None at the end of the file.

        If the rest of the file cannot be read, the batch has an `end`. `last_line` is the number of the last line that
        was
        reported.
        """
        try:
            block = await anext(blocks, None)
        except ApiError as error:
            return ImportBatch(last_line, end=error)
        if block is None:
            return None
        batch = await asyncio.to_thread(self.reader.read, block, read)
        try:
            batch.warnings += await retry_unavailable(lambda: self.linter.look(batch.intents, batch.items))
            if self.order.mode is ImportMode.MERGE:
                await retry_unavailable(lambda: self._merge_stored(batch))
        except ApiError as error:
            batch.end = error
        await asyncio.to_thread(self.draft, batch)
        if not self.order.dry_run:
            await self._speculate(batch)
        return batch

    # --- after the last row of a foreign file

    async def counts(self) -> dict[str, int]:
        """Return how many records the data set has at present, by collection."""
        name = self.data_set.name if self.data_set is not None else ""

        async def count() -> dict[str, int]:
            with translated():
                async with self.writer.engine.connect() as connection, connection.begin():
                    return await data_set_statements.counts(connection, name)

        return await retry_unavailable(count)

    def record_keys(self, source: ForeignSource) -> tuple[set[Named], set[Named]]:
        """Return the records in the file, and the lists of nested records that the file cannot contain.

        A record is given as (collection, key), a list as (collection of the nested records, key of the owner).
        """
        seen: set[Named] = set(self.merger.matcher.rekeyed) if self.merger is not None else set()
        unspoken: set[Named] = set()
        for item in source.whole():
            for one in split_nested(self.writer.kinds, self.reader.intent_of(item), item):
                seen.add(one.named)
                if one.nested is None:
                    kind = self.writer.kinds[item.collection]
                    nested = plan_of(kind.model, kind.schema).nested
                    unspoken |= {(each.collection, one.key) for each in nested if each.name in item.unspoken}
        return seen, unspoken

    async def final(self, items: Sequence[Item], last_line: int) -> ImportBatch:
        """Prepare a batch that removes from stored records the values that the file no longer contains."""
        batch = ImportBatch(last_line, is_final=True, items={item.pointer: item for item in items})
        batch.intents = [self.reader.intent_of(item) for item in items]
        return await self._final(batch)

    async def retraction(self, records: Sequence[Named], last_line: int) -> ImportBatch:
        """Prepare a batch that removes from stored records all values that only this data set stated."""
        batch = ImportBatch(last_line, is_final=True)
        for place, (collection, key) in enumerate(records):
            intent = Intent(collection, {}, Mode.PUT, pointer=f"/{last_line}.r{place}", is_patch=True)
            batch.intents.append(intent)
            batch.retracted[intent.pointer] = key
        return await self._final(batch)

    async def _final(self, batch: ImportBatch) -> ImportBatch:
        await retry_unavailable(lambda: self._merge_stored(batch))
        await asyncio.to_thread(self.draft, batch)
        return batch

    async def _speculate(self, batch: ImportBatch) -> None:
        """Compute the changes of the batch before its turn. If that is not possible, the batch is drafted again at its turn."""
        if batch.drafting is None or (batch.faulty and self.order.on_error is OnError.ABORT):
            return
        try:
            await self.writer.prepare_speculatively(batch.drafting)
        except (SpeculationError, ApiError):
            batch.drafting = None

    @property
    def _is_foreign(self) -> bool:
        return self.data_set is not None

    async def _merge_stored(self, batch: ImportBatch, unless: int | None = None) -> None:
        """Merge the batch with stored records, unless the newest revision is still `unless`."""
        with translated():
            async with self.writer.engine.connect() as connection, connection.begin():
                if unless is None or (await now(connection))[0] != unless:
                    await self.batch_merger.merge(batch, connection)

    async def refresh(self, batch: ImportBatch) -> None:
        """Merge the batch again if stored records may have changed. An earlier batch of the same foreign file may have
        written a record that several rows describe.
        """
        if batch.merged_at is not None and self._is_foreign:
            await retry_unavailable(lambda: self._merge_stored(batch, unless=batch.merged_at))

    def is_planned(self, draft: Draft) -> bool:
        """Return whether an earlier line of a foreign file would create the record. Several lines of such a file may
        describe the same record."""
        return self._is_foreign and (draft.kind.collection, draft.slug) in self.deduplication

    def note_planned(self, drafting: Drafting) -> None:
        """Note the records that a real run would have created, because later lines may refer to these records."""
        for draft in drafting.drafts:
            if draft.action is Action.CREATE:
                for collection, key in draft.names():
                    self.deduplication.note_planned(collection, key)

    def empty_drafting(self) -> Drafting:
        """Return a drafting without bodies. The bodies are read when the batch has its turn."""
        return self._drafted(())

    def _drafted(self, intents: Sequence[Intent]) -> Drafting:
        drafting = self.writer.draft(intents)
        drafting.reports_all_mentions = True
        drafting.claim_record = None if self._is_foreign else self.deduplication.claim
        if self.merger is not None:
            drafting.aliases, drafting.restoring = self.merger.aliases.by_key, self.merger.state.restoring
        return drafting

    def finishing(self, batch: ImportBatch) -> Finishing | None:
        """Return the function that stores the statements of a foreign file after the records of the batch are written."""
        data_set = self.data_set
        if data_set is None:
            return None

        async def finish(written: WriterBatch) -> None:
            record_ids = {draft.pointer: draft.id for draft in written.drafts if draft.pointer}
            stated = [
                one if one.record_id is not None else replace(one, record_id=record_ids.get(one.pointer))
                for one in batch.stated
            ]
            known = [one for one in stated if one.record_id is not None]
            await data_set_statements.write(written.connection, data_set.prefix, data_set.name, written.revision, known)

        return finish

    def draft(self, batch: ImportBatch) -> None:
        """Draft the bodies. Lines that do not match the schema are rejected here, before any lock is taken."""
        while True:
            drafting = self._drafted(batch.intents)
            if not drafting.violations:
                batch.drafting = drafting
                return
            batch.reject_lines(drafting.violations)
