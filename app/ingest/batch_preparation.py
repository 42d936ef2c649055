"""Prepares the batches of an import before they are written: parsed, checked, merged with stored records. No locks are held."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, Violation
from app.ingest.data_sets import DataSet
from app.ingest.deduplication import DeduplicationSet
from app.ingest.foreign_records import ForeignMerger, ForeignRecord, split_nested
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.items import Block, CellViolation, ForeignSource, Item, line_of
from app.ingest.lint import Linter
from app.ingest.report import LineWarning
from app.resources.round_trip import body_maker, is_shown, own_records
from app.writing import data_set_statements
from app.writing.batch import Batch as WriterBatch
from app.writing.batch import Connection, Draft
from app.writing.constraint_errors import translated
from app.writing.data_set_statements import Named, Stated
from app.writing.drafting import Drafting, Finishing
from app.writing.intents import Intent, Mode
from app.writing.patching import Laid, laid_over
from app.writing.plan import plan_of
from app.writing.speculative import DoubtfulError, now
from app.writing.writer import Writer

T = TypeVar("T")
#: Seconds between attempts if the database is temporarily unavailable.
PAUSES = (0.1, 0.2, 0.5, 1, 2, 5, 10)


@dataclass(slots=True)
class ImportBatch:
    """A block during the import: what to write, and the errors and warnings found so far."""

    last_line: int
    intents: list[Intent] = field(default_factory=list)
    sent: dict[str, Intent] = field(default_factory=dict)
    """The intents as they are in the file, by pointer."""
    items: dict[str, Item] = field(default_factory=dict)
    """The items of the file, by the same pointers."""
    drafting: Drafting | None = None
    unchanged: int = 0
    merged_at: int | None = None
    """The newest revision when the records were merged with stored ones; None = not merged."""
    faulty: dict[int, list[Violation]] = field(default_factory=dict)
    warnings: list[LineWarning] = field(default_factory=list)
    end: ApiError | None = None
    """Why the import cannot continue after this batch."""
    stated: list[Stated] = field(default_factory=list)
    """For a foreign file: the statements to store."""
    retracted: dict[str, str] = field(default_factory=dict)
    """Keys of records that the data set no longer states, by the pointers of their empty intents."""
    is_final: bool = False
    """Whether all rows of the file were read, so that values missing from its records are removed."""

    def reject_lines(self, violations: Sequence[Violation]) -> bool:
        """Remove the lines with these errors from the batch. Returns False if the errors belong to no line."""
        places = {root_of(intent.pointer) for intent in self.intents}
        rejected: set[str] = set()
        for violation in violations:
            place = root_of(violation.pointer or "")
            if place in places:
                self.faulty.setdefault(line_of(place), []).append(localize(violation, self.items.get(place)))
                rejected.add(place)
        self.drop(rejected)
        return bool(rejected)

    def drop(self, pointers: Collection[str]) -> None:
        """Remove these records from the batch."""
        self.intents = [intent for intent in self.intents if root_of(intent.pointer) not in pointers]
        self.stated = [one for one in self.stated if root_of(one.pointer) not in pointers]
        for pointer in pointers:
            self.sent.pop(pointer, None)


class BatchPreparer:
    """Prepares the batches of one import. `read_schemas` are those of each collection, since exported records are
    accepted, too."""

    def __init__(
        self, writer: Writer, read_schemas: Mapping[str, type[BaseModel]], order: Order, data_set: DataSet | None
    ) -> None:
        self.writer = writer
        self.read_schemas = read_schemas
        self.order = order
        self.deduplication = DeduplicationSet(writer.kinds)
        # Statements are only stored for `merge`: records that `create` and `replace` write belong to the editor.
        self.data_set = data_set if order.mode is ImportMode.MERGE else None
        self.linter = Linter(writer, self.data_set)
        self.merger = (
            ForeignMerger(writer.kinds, self.data_set, dry_run=order.dry_run) if self.data_set is not None else None
        )

    async def next(
        self, blocks: AsyncIterator[Block], read: Callable[[Block], list[Item]], last_line: int
    ) -> ImportBatch | None:
        """Return the next batch, ready to be written; None at the end of the file.

        If the file cannot be read further, the batch has an `end`. `last_line` is the last line that was reported.
        """
        try:
            block = await anext(blocks, None)
        except ApiError as refused:
            return ImportBatch(last_line, end=refused)
        if block is None:
            return None
        batch = await asyncio.to_thread(self._read, block, read)
        try:
            batch.warnings += await _retry_unavailable(lambda: self.linter.look(batch.intents, batch.items))
            if self.order.mode is ImportMode.MERGE:
                await _retry_unavailable(lambda: self._merge_stored(batch))
        except ApiError as refused:
            batch.end = refused
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

        return await _retry_unavailable(count)

    def record_keys(self, source: ForeignSource) -> tuple[set[Named], set[Named]]:
        """Return the keys of the records in the file, and of lists of nested records that the file cannot contain.

        The first are (collection, key), the second (collection of the nested records, key of the owner).
        """
        seen: set[Named] = set(self.merger.rekeyed) if self.merger is not None else set()
        unspoken: set[Named] = set()
        for item in source.whole():
            for one in split_nested(self.writer.kinds, self._intent(item), item):
                seen.add(one.named)
                if one.nested is None:
                    kind = self.writer.kinds[item.collection]
                    nested = plan_of(kind.model, kind.schema).nested
                    unspoken |= {(each.collection, one.key) for each in nested if each.name in item.unspoken}
        return seen, unspoken

    async def final(self, items: Sequence[Item], last_line: int) -> ImportBatch:
        """Prepare a batch that removes from stored records the values that the file no longer contains."""
        batch = ImportBatch(last_line, is_final=True, items={item.pointer: item for item in items})
        batch.intents = [self._intent(item) for item in items]
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
        await _retry_unavailable(lambda: self._merge_stored(batch))
        await asyncio.to_thread(self.draft, batch)
        return batch

    def _intent(self, item: Item) -> Intent:
        kind = self.writer.kinds[item.collection]
        body = body_maker(kind.schema, self.read_schemas[item.collection])(item.body or {})
        return Intent(item.collection, body, Mode.PUT, pointer=item.pointer, is_patch=True)

    async def _speculate(self, batch: ImportBatch) -> None:
        """Compute the changes of the batch before its turn. If that is not possible, it is drafted again at its turn."""
        if batch.drafting is None or (batch.faulty and self.order.on_error is OnError.ABORT):
            return
        try:
            await self.writer.work_out(batch.drafting)
        except (DoubtfulError, ApiError):
            batch.drafting = None

    def _read(self, block: Block, read: Callable[[Block], list[Item]]) -> ImportBatch:
        batch = ImportBatch(block.lines[-1].number)
        mode, is_patch = self._mode, self.order.mode is ImportMode.MERGE
        body_makers = {
            name: body_maker(kind.schema, self.read_schemas[name]) for name, kind in self.writer.kinds.items()
        }
        for item in read(block):
            batch.warnings += item.warnings
            if item.violations:
                batch.faulty.setdefault(item.line, []).extend(item.violations)
            if item.body is None:
                continue
            body = self._without_nested(item, body_makers[item.collection](item.body), batch)
            intent = Intent(item.collection, body, mode, pointer=item.pointer, is_patch=is_patch)
            if violation := self._check_identifiable(intent) or (
                None if item.is_gathered else self.deduplication.add(intent)
            ):
                batch.faulty.setdefault(item.line, []).append(violation)
            else:
                batch.intents.append(intent)
                batch.items[item.pointer] = item
        return batch

    def _without_nested(self, item: Item, body: dict[str, Any], batch: ImportBatch) -> dict[str, Any]:
        """Return the body without records that an export with `include` nests in it: they have lines of their own."""
        kind = self.writer.kinds[item.collection]
        nested = [name for name in own_records(kind.schema) if is_shown(body.get(name))]
        for name in nested:
            message = f"The {name} nested here are separate records and are not imported with this one"
            hint = f"Export and import them as lines of `{name}`, or omit `include={name}` from the export."
            batch.warnings.append(
                LineWarning(line=item.line, pointer=f"/{name}", message=message, hint=hint, rule="shown-inside")
            )
        return {name: value for name, value in body.items() if name not in nested} if nested else body

    @property
    def _mode(self) -> Mode:
        return Mode.CREATE if self.order.mode is ImportMode.CREATE else Mode.PUT

    def _check_identifiable(self, intent: Intent) -> Violation | None:
        """Return an error if the record has no identifier: it would be created again each time the file is imported."""
        body, kind = intent.body, self.writer.kinds[intent.collection]
        if body.get("slug") is not None or kind.identity:
            return None
        if body.get("external_ids") and self._mode is Mode.PUT:
            return None
        hint = "Add a `slug`" + (", or an external id." if self._mode is Mode.PUT else ".")
        return Violation("The record has no identifier, so a second import would create it again", "/slug", hint=hint)

    @property
    def _is_foreign(self) -> bool:
        return self.data_set is not None

    async def _merge_stored(self, batch: ImportBatch, unless: int | None = None) -> None:
        """Merge the batch with stored records, unless `unless` is still the newest revision."""
        with translated():
            async with self.writer.engine.connect() as connection, connection.begin():
                if unless is None or (await now(connection))[0] != unless:
                    await self.merge_stored(batch, connection)

    async def merge_stored(self, batch: ImportBatch, connection: Connection) -> Sequence[Intent]:
        """Merge the batch with stored records, and return the intents that change something. The others are counted.

        A second call starts again from the records of the file, without the lines that were rejected since.
        """
        if batch.merged_at is None:
            batch.sent = {intent.pointer: intent for intent in batch.intents}
        if self.merger is not None:
            await self._merge_foreign(batch, self.merger, connection)
            return batch.intents
        merged = await laid_over(connection, self.writer.kinds, batch.sent.values())
        batch.intents, batch.unchanged, batch.merged_at = merged.changed, len(merged.same), merged.revision
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
                else split_nested(self.writer.kinds, intent, batch.items.get(intent.pointer))
            )
        ]
        if batch.is_final:
            records = merger.unsettled(records)
        merged = await merger.merge(connection, records, is_final=batch.is_final or merger.data_set.has_whole_entries)
        # A batch may be merged more than once, but each of its warnings is reported once.
        batch.warnings += [one for one in merged.warnings if one not in batch.warnings]
        batch.intents, batch.stated, batch.merged_at = merged.changed, merged.stated, merged.revision
        batch.unchanged = len(batch.sent) - len({root_of(intent.pointer) for intent in merged.changed})
        batch.drafting = None

    def _reject_duplicates(self, batch: ImportBatch, merged: Laid) -> None:
        """Reject lines for a stored record that an earlier line of the file identified by another name."""
        rejected: set[str] = set()
        for pointer, record in merged.meant.items():
            if (before := self.deduplication.claim(record, pointer)) is not None:
                violation = Violation(f"{before} is for the same record", "", hint="Keep one line for each record.")
                batch.faulty.setdefault(line_of(pointer), []).append(violation)
                rejected.add(pointer)
        batch.drop(rejected)
        batch.unchanged = sum(intent.pointer not in rejected for intent in merged.same)

    async def refresh(self, batch: ImportBatch) -> None:
        """Merge the batch again if stored records may have changed: an earlier batch of the same foreign file may have
        written a record that several rows describe."""
        if batch.merged_at is not None and self._is_foreign:
            await _retry_unavailable(lambda: self._merge_stored(batch, unless=batch.merged_at))

    def is_planned(self, draft: Draft) -> bool:
        """Return whether an earlier line of a foreign file would create the record, since several may describe one."""
        return self._is_foreign and (draft.kind.collection, draft.slug) in self.deduplication

    def note_planned(self, drafting: Drafting) -> None:
        """Note the records that a real run would have created: later lines may mention them."""
        for draft in drafting.drafts:
            if draft.action is Action.CREATE:
                for collection, key in draft.names():
                    self.deduplication.note_planned(collection, key)

    def empty_drafting(self) -> Drafting:
        """Return a drafting without bodies: they are read when the batch has its turn."""
        return self._drafted(())

    def _drafted(self, intents: Sequence[Intent]) -> Drafting:
        drafting = self.writer.draft(intents)
        drafting.tells_all = True
        drafting.meant = None if self._is_foreign else self.deduplication.claim
        if self.merger is not None:
            drafting.aliases, drafting.restoring = self.merger.aliases, self.merger.restoring
        return drafting

    def finishing(self, batch: ImportBatch) -> Finishing | None:
        """Return the function that stores the statements of a foreign file after the records of the batch are written."""
        data_set = self.data_set
        if data_set is None:
            return None

        async def finish(written: WriterBatch) -> None:
            made = {draft.pointer: draft.id for draft in written.drafts if draft.pointer}
            stated = [
                one if one.record_id is not None else replace(one, record_id=made.get(one.pointer))
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


async def _retry_unavailable(work: Callable[[], Awaitable[T]]) -> T:
    """Run a read-only operation, and retry it while the database is unavailable. Raises `ApiError` after the last retry."""
    for pause in PAUSES:
        try:
            return await work()
        except ApiError as refused:
            if refused.kind is not ProblemType.UNAVAILABLE:
                raise
        await asyncio.sleep(pause)
    return await work()


def root_of(pointer: str) -> str:
    """Return the pointer of the record of the file that contains this position."""
    return "/" + pointer.removeprefix("/").partition("/")[0]


def localize(violation: Violation, item: Item | None) -> Violation:
    """Return an error whose pointer begins with the line as one whose pointer begins with the record."""
    _, _, rest = (violation.pointer or "").removeprefix("/").partition("/")
    pointer = f"/{rest}" if rest else ""
    column = item.column(pointer) if item is not None else None
    if column is None:
        return Violation(violation.message, pointer, hint=violation.hint)
    return CellViolation(violation.message, pointer, hint=violation.hint, column=column)
