"""Merges the records of a file of another data set into stored records, batch by batch."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from app.ingest.data_sets import DataSet
from app.ingest.foreign.aliases import Aliases
from app.ingest.foreign.external_id_checks import ExternalIdChecks
from app.ingest.foreign.matching import RecordMatcher
from app.ingest.foreign.merge_state import MergeState
from app.ingest.foreign.merging import BatchMerge
from app.ingest.foreign.record import ForeignRecord, mentions_in
from app.ingest.foreign.record_warnings import MergeResult, RecordWarnings
from app.ingest.foreign.stated_records import match_stated
from app.writing.batch import Batch, Connection
from app.writing.data_set_statements import Named
from app.writing.resolution import Key, look_up
from app.writing.slugs import outer_ids
from app.writing.speculative import now
from app.writing.write_spec import WriteSpec


class ForeignMerger:
    """Merges the records of one file. `data_set` is the data set of the file."""

    def __init__(self, kinds: Mapping[str, WriteSpec], data_set: DataSet, *, dry_run: bool) -> None:
        self.kinds = dict(kinds)
        self.data_set = data_set
        self.aliases = Aliases()
        self.warnings = RecordWarnings()
        self.state = MergeState(is_dry_run=dry_run)
        self.matcher = RecordMatcher(data_set, self.aliases, self.warnings)
        self.id_checks = ExternalIdChecks(self.aliases)

    async def merge(
        self, connection: Connection, records: Sequence[ForeignRecord], *, is_final: bool = False
    ) -> MergeResult:
        """Return what the records change.

        `is_final` means that all rows of the file were read. Values that the file no longer states are then removed
        from stored records.
        """
        batch = Batch(connection, self.kinds, *await now(connection))
        result = MergeResult(batch.revision)
        matches = await match_stated(connection, self.data_set, records)
        changed = [one for one in records if not self.state.settle(one, matches.own_statements.get(one.named))]
        await self.aliases.note_stated(connection, records, matches.record_ids)
        found = await look_up(connection, self._keys(records, changed, matches.record_ids))
        await self.matcher.match(batch, matches.without(records), found, matches, result)
        await self.id_checks.check(connection, records, found, result)
        if changed:
            merge = BatchMerge(
                batch, self.data_set, self.aliases, self.state, self.warnings, matches, found, result, is_final
            )
            await merge.merge(changed)
        return result

    def unsettled(self, records: Iterable[ForeignRecord]) -> list[ForeignRecord]:
        """Return the records that may need more work after all rows of the file have been read."""
        return [one for one in records if one.named not in self.state.settled]

    def _keys(
        self,
        records: Iterable[ForeignRecord],
        changed: Iterable[ForeignRecord],
        record_ids: Mapping[Named, UUID],
    ) -> set[Key]:
        """Return the external ids, slugs and mentions that must be looked up."""
        keys: set[Key] = set()
        for record in records:
            if record.named in self.id_checks.checked and record.named in record_ids:
                continue
            collection, body = record.intent.collection, record.intent.body
            keys |= {(collection, f"{scheme}:{value}") for _, scheme, value in outer_ids(body)}
        for record in changed:
            collection = record.intent.collection
            if isinstance(slug := record.intent.body.get("slug"), str):
                keys.add((collection, slug))
            keys |= mentions_in(self.kinds[collection], record.intent.body)
        return keys
