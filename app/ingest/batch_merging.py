"""Merges the records of a batch with stored records. Records of a foreign file are merged as statements of the data
set, all other records as patches."""

from collections.abc import Mapping, Sequence

from app.errors import Violation
from app.ingest.deduplication import DeduplicationSet
from app.ingest.foreign.merger import ForeignMerger
from app.ingest.foreign.record import ForeignRecord, split_nested
from app.ingest.import_batch import ImportBatch, record_pointer
from app.ingest.items import line_of
from app.writing.batch import Connection
from app.writing.intents import Intent
from app.writing.patching import MergedPatches, merge_patches
from app.writing.write_spec import WriteSpec


class BatchMerger:
    """Merges the batches of one import. `merger` is only given for a file of another data set."""

    def __init__(
        self, kinds: Mapping[str, WriteSpec], deduplication: DeduplicationSet, merger: ForeignMerger | None
    ) -> None:
        self.kinds = kinds
        self.deduplication = deduplication
        self.merger = merger

    async def merge(self, batch: ImportBatch, connection: Connection) -> Sequence[Intent]:
        """Merge the batch with stored records, and return the intents that change something. All other intents are only
        counted.

        A second call starts again from the records of the file, without the lines that have been rejected since the
        first call.
        """
        if batch.merged_at is None:
            batch.sent = {intent.pointer: intent for intent in batch.intents}
        if self.merger is not None:
            await self._merge_foreign(batch, self.merger, connection)
            return batch.intents
        merged = await merge_patches(connection, self.kinds, batch.sent.values())
        batch.intents, batch.unchanged, batch.merged_at = merged.changed, len(merged.unchanged), merged.revision
        batch.drafting = None
        self._reject_duplicates(batch, merged)
        return batch.intents

    async def _merge_foreign(self, batch: ImportBatch, merger: ForeignMerger, connection: Connection) -> None:
        records = [
            one
            for intent in batch.sent.values()
            for one in (
                [ForeignRecord(intent, batch.retracted[intent.pointer], None)]
                if intent.pointer in batch.retracted
                else split_nested(self.kinds, intent, batch.items.get(intent.pointer))
            )
        ]
        if batch.is_final:
            records = merger.unsettled(records)
        merged = await merger.merge(connection, records, is_final=batch.is_final or merger.data_set.has_whole_entries)
        # A batch may be merged more than once, but each of its warnings is reported once.
        batch.warnings += [one for one in merged.warnings if one not in batch.warnings]
        batch.intents, batch.stated, batch.merged_at = merged.changed, merged.stated, merged.revision
        batch.unchanged = len(batch.sent) - len({record_pointer(intent.pointer) for intent in merged.changed})
        batch.drafting = None

    def _reject_duplicates(self, batch: ImportBatch, merged: MergedPatches) -> None:
        """Reject a line if an earlier line of the file refers to the same stored record by another name."""
        rejected: set[str] = set()
        for pointer, record in merged.record_ids.items():
            if (before := self.deduplication.claim(record, pointer)) is not None:
                violation = Violation(f"{before} is for the same record", "", hint="Keep one line for each record.")
                batch.faulty.setdefault(line_of(pointer), []).append(violation)
                rejected.add(pointer)
        batch.drop(rejected)
        batch.unchanged = sum(intent.pointer not in rejected for intent in merged.unchanged)
