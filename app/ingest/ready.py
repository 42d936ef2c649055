"""Batches of an import before they are written: read, checked, laid over what is stored. Nothing is locked meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from app.faults import Fault, ProblemKind, Refused
from app.ingest.items import Block, CellFault, Item, line_of
from app.ingest.kept import settled
from app.ingest.lint import Linter
from app.ingest.order import ImportMode, OnError, Order
from app.ingest.report import LineWarning
from app.ingest.seen import Seen
from app.ingest.taking import is_shown, own_records, taking
from app.writing.ahead import DoubtfulError
from app.writing.drafting import Drafting
from app.writing.intents import Intent, Mode
from app.writing.patching import laid_over
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
    faulty: dict[int, list[Fault]] = field(default_factory=dict)
    warnings: list[LineWarning] = field(default_factory=list)
    end: Refused | None = None
    """Why the file goes no further."""

    def take_out(self, faults: Sequence[Fault]) -> bool:
        """Take the lines of these faults out of it; False where they name none."""
        standing = {intent.pointer for intent in self.intents}
        out: set[str] = set()
        for fault in faults:
            place = "/" + (fault.pointer or "").removeprefix("/").partition("/")[0]
            if place in standing:
                self.faulty.setdefault(line_of(place), []).append(placed(fault, self.items.get(place)))
                out.add(place)
        self.intents = [intent for intent in self.intents if intent.pointer not in out]
        return bool(out)


class Readying:
    """Makes the batches of one import ready. `shown` are the schemas in which records of each collection are read:
    exports come in them."""

    def __init__(self, writer: Writer, shown: Mapping[str, type[BaseModel]], order: Order) -> None:
        self.writer = writer
        self.shown = shown
        self.order = order
        self.seen = Seen()
        self.linter = Linter(writer, order.profile.schemes if order.profile else ())

    async def next(
        self, blocks: AsyncIterator[Block], read: Callable[[Block], list[Item]], last_line: int
    ) -> Batch | None:
        """The next batch, ready to be written, or one that says why there is none; None at the end of the file.
        `last_line` is the last one of which the import has told."""
        try:
            block = await anext(blocks, None)
        except Refused as refused:
            return Batch(last_line, end=refused)
        if block is None:
            return None
        batch = await asyncio.to_thread(self._read, block, read)
        try:
            batch.warnings += await _patiently(lambda: self.linter.look(batch.intents, batch.items))
            if self.order.mode is ImportMode.MERGE:
                await _patiently(lambda: self.lay_over(batch))
        except Refused as refused:
            batch.end = refused
        await asyncio.to_thread(self.draft, batch)
        if not self.order.dry_run:
            await self._work_out(batch)
        return batch

    async def _work_out(self, batch: Batch) -> None:
        """Work out ahead what the batch changes; where that cannot be, it is drafted again when its turn comes."""
        if batch.drafting is None or (batch.faulty and self.order.on_error is OnError.ABORT):
            return
        try:
            await self.writer.work_out(batch.drafting)
        except (DoubtfulError, Refused):
            batch.drafting = None

    def _read(self, block: Block, read: Callable[[Block], list[Item]]) -> Batch:
        batch = Batch(block.lines[-1].number)
        mode, is_patch = self._mode, self.order.mode is ImportMode.MERGE
        takes = {name: taking(kind.schema, self.shown[name]) for name, kind in self.writer.kinds.items()}
        for item in read(block):
            batch.warnings += item.warnings
            if item.faults:
                batch.faulty.setdefault(item.line, []).extend(item.faults)
            if item.body is None:
                continue
            body = self._without_shown(item, takes[item.collection](item.body), batch)
            intent = Intent(item.collection, body, mode, pointer=item.pointer, is_patch=is_patch)
            if fault := self._unnamed(intent) or (None if item.is_gathered else self.seen.again(intent, item.line)):
                batch.faulty.setdefault(item.line, []).append(fault)
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

    def _unnamed(self, intent: Intent) -> Fault | None:
        """Without a name of its own a record would be written anew each time that the file is sent."""
        body, kind = intent.body, self.writer.kinds[intent.collection]
        if body.get("slug") is not None or kind.identity:
            return None
        if body.get("external_ids") and self._mode is Mode.PUT:
            return None
        hint = "Give it a `slug`" + (", or an external id." if self._mode is Mode.PUT else ".")
        return Fault("Nothing tells the record from others, if the file is sent again", "/slug", hint=hint)

    async def lay_over(self, batch: Batch) -> None:
        """Lay the patches of the batch over what is stored; those that change nothing are counted, and go no further."""
        batch.sent = batch.sent or {intent.pointer: intent for intent in batch.intents}
        told: list[LineWarning] = []

        def as_patch(stored: Mapping[str, Any], intent: Intent) -> Mapping[str, Any]:
            item = batch.items.get(intent.pointer)
            patch: Mapping[str, Any] = intent.body
            if item is not None and item.is_gathered:
                patch, warnings = settled(stored, intent, item)
                told.extend(warnings)
            return patch

        batch.intents, same = await laid_over(self.writer.engine, self.writer.kinds, batch.intents, as_patch)
        # A batch may be laid over more than once; what is the same is told once.
        batch.warnings += [one for one in told if one not in batch.warnings]
        batch.unchanged += len(same)

    def draft(self, batch: Batch) -> None:
        """Draft what has the right shape; lines that have not are taken out here, before anything is locked."""
        while True:
            drafting = self.writer.draft(batch.intents)
            drafting.tells_all = True
            if not drafting.faults:
                batch.drafting = drafting
                return
            batch.take_out(drafting.faults)


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do what only reads, again where the database cannot do it now. Raises `Refused` where it cannot for long."""
    for pause in PAUSES:
        try:
            return await work()
        except Refused as refused:
            if refused.kind is not ProblemKind.UNAVAILABLE:
                raise
        await asyncio.sleep(pause)
    return await work()


def placed(fault: Fault, item: Item | None) -> Fault:
    """A fault whose pointer begins with the line, as one whose pointer begins with the record."""
    _, _, rest = (fault.pointer or "").removeprefix("/").partition("/")
    pointer = f"/{rest}" if rest else ""
    column = item.column(pointer) if item is not None else None
    if column is None:
        return Fault(fault.message, pointer, hint=fault.hint)
    return CellFault(fault.message, pointer, hint=fault.hint, column=column)
