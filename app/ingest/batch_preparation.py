"""Batches of an import before they are written: read, checked, laid over what is stored. Nothing is locked meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, Violation
from app.ingest.data_sets import DataSet
from app.ingest.deduplication import Seen
from app.ingest.foreign_records import Foreign, Laying, apart
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
#: Seconds to wait before a batch is tried again that could not be written now.
PAUSES = (0.1, 0.2, 0.5, 1, 2, 5, 10)


@dataclass(slots=True)
class Batch:
    """A block on its way: what is to be written of it, and what was found."""

    last_line: int
    intents: list[Intent] = field(default_factory=list)
    sent: dict[str, Intent] = field(default_factory=dict)
    """The intents as the file gave them, by their pointers."""
    items: dict[str, Item] = field(default_factory=dict)
    """What the file gave, by the same pointers."""
    drafting: Drafting | None = None
    unchanged: int = 0
    laid_at: int | None = None
    """The newest revision when its patches were laid over what was stored; None where it has none."""
    faulty: dict[int, list[Violation]] = field(default_factory=dict)
    warnings: list[LineWarning] = field(default_factory=list)
    end: ApiError | None = None
    """Why the file goes no further."""
    stated: list[Stated] = field(default_factory=list)
    """Of a foreign file: what it says of records, to be remembered."""
    retracted: dict[str, str] = field(default_factory=dict)
    """Keys of records of which the data set says nothing more, by the pointers of their empty intents."""
    is_final: bool = False
    """Whether all rows of the file were read: what its records no longer say is taken out."""

    def take_out(self, violations: Sequence[Violation]) -> bool:
        """Take the lines of these faults out of it; False where they name none."""
        standing = {root_of(intent.pointer) for intent in self.intents}
        out: set[str] = set()
        for violation in violations:
            place = root_of(violation.pointer or "")
            if place in standing:
                self.faulty.setdefault(line_of(place), []).append(placed(violation, self.items.get(place)))
                out.add(place)
        self.leave_out(out)
        return bool(out)

    def leave_out(self, pointers: Collection[str]) -> None:
        """Go on without these records of the file."""
        self.intents = [intent for intent in self.intents if root_of(intent.pointer) not in pointers]
        self.stated = [one for one in self.stated if root_of(one.pointer) not in pointers]
        for pointer in pointers:
            self.sent.pop(pointer, None)


class Readying:
    """Makes the batches of one import ready. `shown` are the schemas in which records of each collection are read:
    exports come in them."""

    def __init__(
        self, writer: Writer, shown: Mapping[str, type[BaseModel]], order: Order, data_set: DataSet | None
    ) -> None:
        self.writer = writer
        self.shown = shown
        self.order = order
        self.seen = Seen(writer.kinds)
        # Bodies that create or replace are records of whoever sends them.
        self.data_set = data_set if order.mode is ImportMode.MERGE else None
        self.linter = Linter(writer, self.data_set)
        self.laying = Laying(writer.kinds, self.data_set, dry_run=order.dry_run) if self.data_set is not None else None

    async def next(
        self, blocks: AsyncIterator[Block], read: Callable[[Block], list[Item]], last_line: int
    ) -> Batch | None:
        """The next batch, ready to be written, or one that says why there is none; None at the end of the file.
        `last_line` is the last one of which the import has told."""
        try:
            block = await anext(blocks, None)
        except ApiError as refused:
            return Batch(last_line, end=refused)
        if block is None:
            return None
        batch = await asyncio.to_thread(self._read, block, read)
        try:
            batch.warnings += await _patiently(lambda: self.linter.look(batch.intents, batch.items))
            if self.order.mode is ImportMode.MERGE:
                await _patiently(lambda: self._lay_over(batch))
        except ApiError as refused:
            batch.end = refused
        await asyncio.to_thread(self.draft, batch)
        if not self.order.dry_run:
            await self._work_out(batch)
        return batch

    # --- after the last row of a foreign file

    async def counts(self) -> dict[str, int]:
        """How many records the data set has at present, by collection."""
        name = self.data_set.name if self.data_set is not None else ""

        async def count() -> dict[str, int]:
            with translated():
                async with self.writer.engine.connect() as connection, connection.begin():
                    return await data_set_statements.counts(connection, name)

        return await _patiently(count)

    def named(self, source: ForeignSource) -> tuple[set[Named], set[Named]]:
        """The records that the file has, by (collection, key), and of which it cannot say what is nested in them, by
        (collection of the nested, key of the owner)."""
        seen: set[Named] = set(self.laying.rekeyed) if self.laying is not None else set()
        unspoken: set[Named] = set()
        for item in source.whole():
            for one in apart(self.writer.kinds, self._intent(item), item):
                seen.add(one.named)
                if one.nested is None:
                    kind = self.writer.kinds[item.collection]
                    nested = plan_of(kind.model, kind.schema).nested
                    unspoken |= {(each.collection, one.key) for each in nested if each.name in item.unspoken}
        return seen, unspoken

    async def final(self, items: Sequence[Item], last_line: int) -> Batch:
        """A batch that takes out of stored records what the file no longer says of them."""
        batch = Batch(last_line, is_final=True, items={item.pointer: item for item in items})
        batch.intents = [self._intent(item) for item in items]
        return await self._final(batch)

    async def retraction(self, records: Sequence[Named], last_line: int) -> Batch:
        """A batch that takes out of stored records all that only the data set said of them."""
        batch = Batch(last_line, is_final=True)
        for place, (collection, key) in enumerate(records):
            intent = Intent(collection, {}, Mode.PUT, pointer=f"/{last_line}.r{place}", is_patch=True)
            batch.intents.append(intent)
            batch.retracted[intent.pointer] = key
        return await self._final(batch)

    async def _final(self, batch: Batch) -> Batch:
        await _patiently(lambda: self._lay_over(batch))
        await asyncio.to_thread(self.draft, batch)
        return batch

    def _intent(self, item: Item) -> Intent:
        kind = self.writer.kinds[item.collection]
        body = body_maker(kind.schema, self.shown[item.collection])(item.body or {})
        return Intent(item.collection, body, Mode.PUT, pointer=item.pointer, is_patch=True)

    async def _work_out(self, batch: Batch) -> None:
        """Work out ahead what the batch changes; where that cannot be, it is drafted again when its turn comes."""
        if batch.drafting is None or (batch.faulty and self.order.on_error is OnError.ABORT):
            return
        try:
            await self.writer.work_out(batch.drafting)
        except (DoubtfulError, ApiError):
            batch.drafting = None

    def _read(self, block: Block, read: Callable[[Block], list[Item]]) -> Batch:
        batch = Batch(block.lines[-1].number)
        mode, is_patch = self._mode, self.order.mode is ImportMode.MERGE
        takes = {name: body_maker(kind.schema, self.shown[name]) for name, kind in self.writer.kinds.items()}
        for item in read(block):
            batch.warnings += item.warnings
            if item.violations:
                batch.faulty.setdefault(item.line, []).extend(item.violations)
            if item.body is None:
                continue
            body = self._without_shown(item, takes[item.collection](item.body), batch)
            intent = Intent(item.collection, body, mode, pointer=item.pointer, is_patch=is_patch)
            if violation := self._unnamed(intent) or (None if item.is_gathered else self.seen.again(intent)):
                batch.faulty.setdefault(item.line, []).append(violation)
            else:
                batch.intents.append(intent)
                batch.items[item.pointer] = item
        return batch

    def _without_shown(self, item: Item, body: dict[str, Any], batch: Batch) -> dict[str, Any]:
        """The body without the records that an export shows inside it: they are lines of their own collections."""
        kind = self.writer.kinds[item.collection]
        shown = [name for name in own_records(kind.schema) if is_shown(body.get(name))]
        for name in shown:
            message = f"The {name} shown here are records of their own; they are not taken with this one"
            hint = f"Export and send them as lines of `{name}`, or leave `include={name}` out."
            batch.warnings.append(
                LineWarning(line=item.line, pointer=f"/{name}", message=message, hint=hint, rule="shown-inside")
            )
        return {name: value for name, value in body.items() if name not in shown} if shown else body

    @property
    def _mode(self) -> Mode:
        return Mode.CREATE if self.order.mode is ImportMode.CREATE else Mode.PUT

    def _unnamed(self, intent: Intent) -> Violation | None:
        """Without a name of its own a record would be written anew each time that the file is sent."""
        body, kind = intent.body, self.writer.kinds[intent.collection]
        if body.get("slug") is not None or kind.identity:
            return None
        if body.get("external_ids") and self._mode is Mode.PUT:
            return None
        hint = "Give it a `slug`" + (", or an external id." if self._mode is Mode.PUT else ".")
        return Violation("Nothing tells the record from others, if the file is sent again", "/slug", hint=hint)

    @property
    def _is_foreign(self) -> bool:
        return self.data_set is not None

    async def _lay_over(self, batch: Batch, unless: int | None = None) -> None:
        """Lay the bodies over what is stored now; nothing is done where the newest revision is still `unless`."""
        with translated():
            async with self.writer.engine.connect() as connection, connection.begin():
                if unless is None or (await now(connection))[0] != unless:
                    await self.lay_over(batch, connection)

    async def lay_over(self, batch: Batch, connection: Connection) -> Sequence[Intent]:
        """Lay the bodies of the batch over what is stored; those that change nothing are counted, and go no further.
        Done once more, it begins with what the file gave, without the lines that were found faulty. Answers the others."""
        if batch.laid_at is None:
            batch.sent = {intent.pointer: intent for intent in batch.intents}
        if self.laying is not None:
            await self._lay_foreign(batch, self.laying, connection)
            return batch.intents
        laid = await laid_over(connection, self.writer.kinds, batch.sent.values())
        batch.intents, batch.unchanged, batch.laid_at = laid.changed, len(laid.same), laid.revision
        batch.drafting = None
        self._refuse_meant(batch, laid)
        return batch.intents

    async def _lay_foreign(self, batch: Batch, laying: Laying, connection: Connection) -> None:
        records = [
            one
            for intent in batch.sent.values()
            for one in (
                [Foreign(intent, batch.retracted[intent.pointer], None)]
                if intent.pointer in batch.retracted
                else apart(self.writer.kinds, intent, batch.items.get(intent.pointer))
            )
        ]
        if batch.is_final:
            records = laying.unsettled(records)
        laid = await laying.lay(connection, records, is_final=batch.is_final or laying.data_set.has_whole_entries)
        # A batch may be laid over more than once; the same warning is reported once.
        batch.warnings += [one for one in laid.warnings if one not in batch.warnings]
        batch.intents, batch.stated, batch.laid_at = laid.changed, laid.stated, laid.revision
        batch.unchanged = len(batch.sent) - len({root_of(intent.pointer) for intent in laid.changed})
        batch.drafting = None

    def _refuse_meant(self, batch: Batch, laid: Laid) -> None:
        """Take out the lines that mean a record which another line has meant by another of its names."""
        out: set[str] = set()
        for pointer, record in laid.meant.items():
            if (before := self.seen.meant(record, pointer)) is not None:
                violation = Violation(f"{before} means the same record", "", hint="Keep one line of each record.")
                batch.faulty.setdefault(line_of(pointer), []).append(violation)
                out.add(pointer)
        batch.leave_out(out)
        batch.unchanged = sum(intent.pointer not in out for intent in laid.same)

    async def freshen(self, batch: Batch) -> None:
        """Lay the patches over what is stored once more, where that may have changed: several rows of a foreign file may
        tell of one record, and a batch before this one has written it since."""
        if batch.laid_at is not None and self._is_foreign:
            await _patiently(lambda: self._lay_over(batch, unless=batch.laid_at))

    def is_promised(self, draft: Draft) -> bool:
        """Whether a line before this one would make the record: of a foreign file several may tell of one."""
        return self._is_foreign and (draft.kind.collection, draft.slug) in self.seen

    def promise(self, drafting: Drafting) -> None:
        """Remember the records that writing would make: what comes later may mention them."""
        for draft in drafting.drafts:
            if draft.action is Action.CREATE:
                for collection, key in draft.names():
                    self.seen.promise(collection, key)

    def undrafted(self) -> Drafting:
        """What takes bodies that are read only when their turn has come."""
        return self._drafted(())

    def _drafted(self, intents: Sequence[Intent]) -> Drafting:
        drafting = self.writer.draft(intents)
        drafting.tells_all = True
        drafting.meant = None if self._is_foreign else self.seen.meant
        if self.laying is not None:
            drafting.aliases, drafting.restoring = self.laying.aliases, self.laying.restoring
        return drafting

    def finishing(self, batch: Batch) -> Finishing | None:
        """What writes the statements of a foreign file, once the records of the batch are written."""
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

    def draft(self, batch: Batch) -> None:
        """Draft what has the right shape; lines that have not are taken out here, before anything is locked."""
        while True:
            drafting = self._drafted(batch.intents)
            if not drafting.violations:
                batch.drafting = drafting
                return
            batch.take_out(drafting.violations)


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do what only reads, again where the database cannot do it now. Raises `ApiError` where it cannot for long."""
    for pause in PAUSES:
        try:
            return await work()
        except ApiError as refused:
            if refused.kind is not ProblemType.UNAVAILABLE:
                raise
        await asyncio.sleep(pause)
    return await work()


def root_of(pointer: str) -> str:
    """The pointer of the record of the file in which this place is."""
    return "/" + pointer.removeprefix("/").partition("/")[0]


def placed(violation: Violation, item: Item | None) -> Violation:
    """A fault whose pointer begins with the line, as one whose pointer begins with the record."""
    _, _, rest = (violation.pointer or "").removeprefix("/").partition("/")
    pointer = f"/{rest}" if rest else ""
    column = item.column(pointer) if item is not None else None
    if column is None:
        return Violation(violation.message, pointer, hint=violation.hint)
    return CellViolation(violation.message, pointer, hint=violation.hint, column=column)
