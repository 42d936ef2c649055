"""Merges the records of one batch into stored records, after each record was matched with a stored record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from uuid import UUID

from app.errors import quoted
from app.ingest.data_sets import DataSet
from app.ingest.foreign import ownership
from app.ingest.foreign.aliases import Aliases
from app.ingest.foreign.claims import claims_about
from app.ingest.foreign.merge_state import MergeState, PreviousStatement
from app.ingest.foreign.ownership import Body, StatementPatch
from app.ingest.foreign.record import ForeignRecord, identifying_fields, mentions_in
from app.ingest.foreign.record_warnings import MergeResult, RecordWarnings, difference_warning, warning_about
from app.ingest.foreign.stated_records import Matches
from app.ingest.foreign.stored_records import StoredRecord, read_stored
from app.writing import data_set_statements
from app.writing.batch import Batch
from app.writing.data_set_statements import Named, Stated, Statement
from app.writing.intents import Versions
from app.writing.resolution import Found, Key, look_up
from app.writing.stored_bodies import merged


@dataclass(slots=True)
class BatchMerge:
    """Merges the changed records of one batch, and adds the resulting changes to `result`."""

    batch: Batch
    data_set: DataSet
    aliases: Aliases
    state: MergeState
    warnings: RecordWarnings
    matches: Matches
    found: Found
    result: MergeResult
    is_final: bool
    """Whether all rows of the file were read, so that values that the file no longer states are removed."""
    statements_about: dict[UUID, list[Statement]] = field(default_factory=dict)
    stored: dict[UUID, StoredRecord] = field(default_factory=dict)
    fresh: dict[Named, Body] = field(default_factory=dict)
    """What the file states, for the records that were processed."""
    again: list[ForeignRecord] = field(default_factory=list)
    """Records that are processed again after all others."""
    changed_at: dict[UUID, int] = field(default_factory=dict)
    """The position in `result.changed` of each stored record."""
    created: dict[tuple[Any, ...], str] = field(default_factory=dict)
    """The pointers of new records, by the values that identify each record."""
    skipped: set[str] = field(default_factory=set)
    """The pointers of records that are not applied because they, or their owners, were withdrawn."""

    async def merge(self, records: Sequence[ForeignRecord]) -> None:
        """Merge the records.

        Several rows may describe one stored record. A row whose values differ is processed again after all others,
        because a later row may no longer state the stored value.
        """
        ids = self.matches.ids_of(records)
        self.statements_about = await data_set_statements.by_records(self.batch.connection, ids)
        await self._look_up_statements()
        record_ids = self.matches.record_ids
        self.stored = await read_stored(
            self.batch,
            {(one.intent.collection, record_ids[one.named]) for one in records if one.named in record_ids},
        )
        for record in chain(records, self.again):
            self._merge(record)

    async def _look_up_statements(self) -> None:
        """Add the records that the statements mention to `found`, with their current slugs."""
        keys: set[Key] = set()
        for one in chain.from_iterable(self.statements_about.values()):
            keys |= mentions_in(self.batch.kinds[one.collection], one.last or {})
        found = self.found
        more = await look_up(self.batch.connection, keys - found.current.keys() - found.former.keys())
        more.current = {**more.current, **found.current}
        more.former = {**more.former, **found.former}
        more.ambiguous = {**more.ambiguous, **found.ambiguous}
        self.found = more

    def _merge(self, record: ForeignRecord) -> None:
        intent, known = record.intent, self.matches.record_ids.get(record.named)
        is_again = record.named in self.fresh
        previous = self.state.previous(record, self.matches.own_statements.get(record.named))
        kind = self.batch.kinds[intent.collection]
        body = dict(intent.body) if self.is_final else ownership.union(previous.body, intent.body, kind)
        self.fresh[record.named] = body
        identifier = next(iter(record.identifiers), None)
        stating = Stated(intent.collection, record.key, known, intent.pointer, identifier, body or None)
        if record.nested is not None and intent.pointer.rsplit("/", 2)[0] in self.skipped:
            # The owner of this nested record was withdrawn.
            self.skipped.add(intent.pointer)
        elif known is None or (stored := self._stored_record(known)) is None:
            self._create(record, stating)
        elif stored.withdrawn is not None and not self._is_back(known, stored) and intent.collection != "citations":
            self._skip_withdrawn(record, stored)
        else:
            self._update(record, known, stored, previous, stating, is_again=is_again)

    def _stored_record(self, known: UUID) -> StoredRecord | None:
        stored = self.stored.get(known)
        # A dry run writes nothing, so the body that earlier batches have merged replaces the stored body.
        return stored and stored._replace(body=self.state.bodies.get(known, stored.body))

    def _is_back(self, known: UUID, stored: StoredRecord) -> bool:
        """Return whether a withdrawn record is restored. Only records that the import of a data set has withdrawn are
        restored."""
        return stored.withdrawn is not None and any(one.has_withdrawn for one in self.statements_about.get(known, ()))

    def _create(self, record: ForeignRecord, stating: Stated) -> None:
        kind = self.batch.kinds[record.intent.collection]
        body = self.aliases.resolve(kind, record.intent.body, self.found)
        if record.nested is not None:
            # Two rows may describe the same stored record. A nested record that both rows contain is created once.
            names = (record.nested.owner, *identifying_fields(kind, record.nested.owner))
            place = (record.intent.collection, *(str(body.get(name)) for name in names), body.get("slug"))
            first = self.created.setdefault(place, record.intent.pointer)
            if first != record.intent.pointer and kind.identity:
                self._add_statement(record, replace(stating, pointer=first))
                return
        self.result.changed.append(replace(record.intent, body=body))
        self._add_statement(record, stating)

    def _skip_withdrawn(self, record: ForeignRecord, stored: StoredRecord) -> None:
        """Warn about a record that an editor withdrew. The statement is not stored either, until the record is in use
        again."""
        message = f"{quoted(stored.body['slug'])} was withdrawn: {stored.withdrawn}; the row is not applied"
        hint = "Undo the withdrawal to apply the row."
        self.warnings.add(self.result, record, warning_about(record, "withdrawn", message, hint, ""))
        self.skipped.add(record.intent.pointer)

    def _update(
        self,
        record: ForeignRecord,
        known: UUID,
        stored: StoredRecord,
        previous: PreviousStatement,
        stating: Stated,
        *,
        is_again: bool,
    ) -> None:
        change = self._change_of(record, known, stored.body, previous)
        if change.differences and not is_again and len(self.statements_about.get(known, ())) > 1:
            self.again.append(record)
            return
        for one in change.differences:
            self.warnings.add(self.result, record, difference_warning(record, stored.body, one))
        still_untaken = {
            name: value
            for name, value in previous.untaken.items()
            if name not in record.intent.body and not self.is_final
        }
        untaken = {**still_untaken, **{one.field: one.previous for one in change.differences}}
        self._add_statement(record, replace(stating, untaken=untaken))
        self._write(record, known, stored, merged(stored.body, change.patch))

    def _change_of(
        self, record: ForeignRecord, known: UUID, stored: Body, previous: PreviousStatement
    ) -> StatementPatch:
        """Return the changes that the file makes to the stored body."""
        kind, item = self.batch.kinds[record.intent.collection], record.item
        statement = self.matches.own_statements.get(record.named)
        claims = claims_about(
            record, self._current_statements(known), self.data_set, kind, statement, previous,
            lambda body: self.aliases.resolve(kind, body, self.found),
        )  # fmt: skip
        new = ownership.normalized(kind, self.aliases.resolve(kind, record.intent.body, self.found))
        unspoken = item.unspoken if item is not None and record.nested is None else frozenset()
        dropped = set(claims.old or ()) - unspoken if self.is_final else set()
        return ownership.change(kind, stored, new, claims, item.keeps if item is not None else {}, dropped=dropped)

    def _current_statements(self, known: UUID) -> Iterable[Statement]:
        """Return the statements about a record, with the statements of this data set replaced by what the file states."""
        return [
            replace(one, body=dict(self.fresh[one.named]))
            if one.data_set == self.data_set.name and one.named in self.fresh
            else one
            for one in self.statements_about.get(known, ())
        ]

    def _write(self, record: ForeignRecord, known: UUID, stored: StoredRecord, body: dict[str, Any]) -> None:
        """Note that a record is to be written, if it has changed or is restored."""
        is_back = self._is_back(known, stored)
        has_returned = self.state.is_dry_run and known in self.state.restoring
        if body == stored.body and (has_returned or not is_back):
            return
        if is_back:
            self.state.restoring.add(known)
        if self.state.is_dry_run:
            self.state.bodies[known] = body
        self.stored[known] = stored._replace(body=body)
        changed = self.result.changed
        if known in self.changed_at:
            # Two records of the file match the same stored record. The second record is merged into the result of the
            # first.
            changed[self.changed_at[known]] = replace(changed[self.changed_at[known]], body=body)
            return
        self.changed_at[known] = len(changed)
        changed.append(
            replace(
                record.intent,
                body=body,
                address=str(known),
                if_match=Versions({stored.version}),
                is_patch=False,
                is_restoring=is_back,
            )
        )

    def _add_statement(self, record: ForeignRecord, stated: Stated) -> None:
        self.result.stated.append(stated)
        self.state.note_statement(record, stated)
