"""Imports: a file of records, taken in batches. Each batch is one transaction and one revision of the one writer.

While PostgreSQL works on one batch, the next is read and checked; the head is held only while a batch is merged, so that
other writers go on in between. What is written stays written, whatever happens to the rest: the same file sent again
finds it there, changes nothing, and goes on where it ended.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from app.db.vocabulary import Action
from app.faults import Fault, ProblemKind, Refused
from app.ingest.items import Block, CellFault, Item, line_of
from app.ingest.lint import Linter
from app.ingest.profiles.schema import Profile
from app.ingest.report import Ending, LineWarning, Progress, Summary
from app.ingest.seen import Seen
from app.ingest.taking import is_shown, own_records, taking
from app.ingest.tally import Tally
from app.lifeline import collect_rarely
from app.writing.batch import Draft
from app.writing.drafting import Drafting
from app.writing.intents import Intent, Mode, WriteResult
from app.writing.patching import laid_over
from app.writing.writer import Writer

T = TypeVar("T")
log = logging.getLogger("parley.error")
#: Batches that are made ready ahead: while the database works there is always one to read, and memory holds few.
AHEAD = 2
#: Seconds to wait before a batch is tried again that could not be written now.
PAUSES = (0.1, 0.2, 0.5, 1, 2, 5, 10)
#: How often a batch is tried without the lines that were found faulty before it is halved.
TRIES = 8


class ImportMode(StrEnum):
    """How a line stands to the record that is stored."""

    MERGE = "merge"
    REPLACE = "replace"
    CREATE = "create"


class OnError(StrEnum):
    """What a faulty line does to the others."""

    ABORT = "abort"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of an import, and by whom."""

    mode: ImportMode
    on_error: OnError
    dry_run: bool
    editor: str
    message: str | None = None
    key_id: UUID | None = None
    profile: Profile | None = None
    """The profile that reads the file; None = it is in a form of ours."""

    def __post_init__(self) -> None:
        """Raises `Refused`: what rows say of one record comes in pieces, which a profile can only merge."""
        if self.profile is not None and self.mode is not ImportMode.MERGE:
            fault = Fault("A profile only merges", parameter="mode", hint="Leave `mode` out.")
            raise Refused(ProblemKind.INVALID, f"`mode={self.mode}` does not go with a profile.", [fault])


@dataclass(slots=True)
class _Batch:
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


class Import:
    """One import. `shown` are the schemas in which records of each collection are read: exports come in them."""

    def __init__(self, writer: Writer, shown: Mapping[str, type[BaseModel]], order: Order) -> None:
        self.writer = writer
        self.shown = shown
        self.order = order
        self.seen = Seen()
        self.linter = Linter(writer, order.profile.schemes if order.profile else ())
        self.tally = Tally(dry_run=order.dry_run)

    async def run(
        self, blocks: AsyncIterator[Block], read: Callable[[Block], list[Item]]
    ) -> AsyncGenerator[Progress | Summary, None]:
        """Progress after each batch, and in the end the summary. Closing it before the end lets go of the rest."""
        coming: asyncio.Queue[_Batch | None] = asyncio.Queue(AHEAD)
        reading = asyncio.ensure_future(self._read_ahead(blocks, read, coming))
        try:
            with collect_rarely():
                while (batch := await coming.get()) is not None:
                    if batch.end is not None:
                        yield self.tally.broken_off(batch.end)
                        return
                    try:
                        revision = await self._take(batch)
                    except Refused as refused:
                        yield self.tally.broken_off(refused)
                        return
                    self.tally.note(batch.last_line, batch.faulty, batch.warnings)
                    if batch.faulty and self.order.on_error is OnError.ABORT:
                        yield self.tally.summary(Ending.ABORTED)
                        return
                    yield Progress(**self.tally.counts.model_dump(), revision=revision)
                yield self.tally.summary(Ending.COMPLETE)
        finally:
            reading.cancel()

    # --- batches are made ready, while those before them are written

    async def _read_ahead(
        self,
        blocks: AsyncIterator[Block],
        read: Callable[[Block], list[Item]],
        coming: "asyncio.Queue[_Batch | None]",
    ) -> None:
        batch: _Batch | None
        while True:
            try:
                batch = await self._next(blocks, read)
            except Exception:
                # Nobody waits for this task: what was not foreseen must end the import, and not let it wait for ever.
                log.exception("an import could not be read")
                batch = _Batch(self.tally.counts.lines, end=Refused(ProblemKind.INTERNAL, "The server failed."))
            await coming.put(batch)
            if batch is None or batch.end is not None:
                return

    async def _next(self, blocks: AsyncIterator[Block], read: Callable[[Block], list[Item]]) -> "_Batch | None":
        try:
            block = await anext(blocks, None)
        except Refused as refused:
            return _Batch(self.tally.counts.lines, end=refused)
        if block is None:
            return None
        batch = await asyncio.to_thread(self._read, block, read)
        try:
            batch.warnings += await _patiently(lambda: self.linter.look(batch.intents, batch.items))
            if self.order.mode is ImportMode.MERGE:
                await _patiently(lambda: self._lay_over(batch))
        except Refused as refused:
            batch.end = refused
        await asyncio.to_thread(self._draft, batch)
        return batch

    def _read(self, block: Block, read: Callable[[Block], list[Item]]) -> _Batch:
        batch = _Batch(block.lines[-1].number)
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

    def _without_shown(self, item: Item, body: dict[str, Any], batch: _Batch) -> dict[str, Any]:
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

    async def _lay_over(self, batch: _Batch) -> None:
        batch.sent = batch.sent or {intent.pointer: intent for intent in batch.intents}
        batch.intents, same = await laid_over(self.writer.engine, self.writer.kinds, batch.intents)
        batch.unchanged += len(same)

    def _draft(self, batch: _Batch) -> None:
        """Draft what has the right shape; lines that have not are taken out here, before anything is locked."""
        while True:
            drafting = self.writer.draft(batch.intents)
            drafting.tells_all = True
            if not drafting.faults:
                batch.drafting = drafting
                return
            self._take_out(batch, drafting.faults)

    def _take_out(self, batch: _Batch, faults: list[Fault]) -> bool:
        """Take the lines of these faults out of the batch; False where they name none."""
        standing = {intent.pointer for intent in batch.intents}
        out: set[str] = set()
        for fault in faults:
            place = "/" + (fault.pointer or "").removeprefix("/").partition("/")[0]
            if place in standing:
                batch.faulty.setdefault(line_of(place), []).append(_placed(fault, batch.items.get(place)))
                out.add(place)
        batch.intents = [intent for intent in batch.intents if intent.pointer not in out]
        return bool(out)

    # --- a batch is written

    async def _take(self, batch: _Batch) -> int | None:
        """Write the batch, or foresee what would be; answers its revision. Counts what became of its lines."""
        if batch.faulty and self.order.on_error is OnError.ABORT:
            # The others are looked at, so that all faults of the batch come in one answer.
            await self._foresee(batch)
            return None
        if self.order.dry_run:
            await self._foresee(batch)
            self.tally.counts.unchanged += batch.unchanged
            return None
        revision = await self._write(batch, TRIES)
        self.tally.counts.unchanged += batch.unchanged if revision is not _NOTHING else 0
        return revision or None

    async def _write(self, batch: _Batch, tries: int) -> int | None:
        """Write what is right of the batch. With `abort` a faulty line keeps back the whole batch."""
        pauses = iter(PAUSES)
        revision: int | None = None
        while batch.intents:
            if batch.drafting is None:
                await asyncio.to_thread(self._draft, batch)
                if self._is_kept_back(batch):
                    return _NOTHING
                continue
            drafting, batch.drafting = batch.drafting, None
            try:
                result = await self.writer.merge(
                    drafting, editor=self.order.editor, message=self.order.message, key_id=self.order.key_id
                )
            except Refused as refused:
                if refused.kind is ProblemKind.UNAVAILABLE:
                    pause = next(pauses, None)
                    if pause is None:
                        raise
                    await asyncio.sleep(pause)
                elif refused.kind is ProblemKind.PRECONDITION and (pause := next(pauses, None)) is not None:
                    # Somebody changed a record since it was read: the patches are laid over it anew.
                    batch.intents = [batch.sent[intent.pointer] for intent in batch.intents]
                    await self._lay_over(batch)
                elif tries and self._take_out(batch, list(refused.faults)):
                    tries -= 1
                elif len(batch.intents) == 1:
                    told = refused.faults or (Fault(refused.detail, ""),)
                    place = batch.intents[0].pointer
                    item = batch.items.get(place)
                    batch.faulty.setdefault(line_of(place), []).extend(_placed(fault, item) for fault in told)
                    batch.intents = []
                else:
                    return await self._write_halves(batch)
                if self._is_kept_back(batch):
                    return _NOTHING
                continue
            self._count(drafting, result)
            revision = result.revision
            break
        self.tally.note_revision(revision)
        return revision

    def _is_kept_back(self, batch: _Batch) -> bool:
        return bool(batch.faulty) and self.order.on_error is OnError.ABORT

    async def _write_halves(self, batch: _Batch) -> int | None:
        """What the database refuses it lays at no line's door: the batch is halved until the line is alone."""
        if self.order.on_error is OnError.ABORT:
            line = line_of(batch.intents[0].pointer)
            hint = "Send it with on_error=skip to learn which."
            batch.faulty[line] = [Fault("A line of this batch breaks a rule of the ledger", "", hint=hint)]
            return _NOTHING
        middle = len(batch.intents) // 2
        revision: int | None = None
        for intents in (batch.intents[:middle], batch.intents[middle:]):
            half = _Batch(batch.last_line, intents, batch.sent, batch.items, faulty=batch.faulty)
            revision = await self._write(half, TRIES) or revision
        return revision

    async def _foresee(self, batch: _Batch) -> None:
        """The faults and the counts that writing would give, without writing."""
        for _ in range(TRIES):
            if not batch.intents:
                return
            if batch.drafting is None:
                await asyncio.to_thread(self._draft, batch)
                continue
            drafting, batch.drafting = batch.drafting, None
            try:
                result = await self.writer.foresee(drafting, self.seen)
            except Refused as refused:
                if refused.kind is ProblemKind.UNAVAILABLE or not self._take_out(batch, list(refused.faults)):
                    raise
                continue
            if self.order.dry_run:
                for record in result.records:
                    action = record.action
                    if action is Action.CREATE and (record.collection, record.slug) in self.seen:
                        # A batch before this one would have created it.
                        action = Action.CHANGE
                    elif action is Action.CREATE:
                        self.seen.promise(record.collection, record.slug)
                    self.tally.count(action)
            return

    def _count(self, drafting: Drafting, result: WriteResult) -> None:
        touched = {id(_root(draft)) for draft in drafting.drafts if draft.action is not None}
        for draft in drafting.asked:
            if draft is not None:
                changed = Action.CHANGE if id(draft) in touched else None
                self.tally.count(draft.action or changed)


#: No revision, because the batch was kept back.
_NOTHING = 0


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


def _root(draft: Draft) -> Draft:
    while draft.owner is not None:
        draft = draft.owner
    return draft


def _placed(fault: Fault, item: Item | None) -> Fault:
    """A fault whose pointer begins with the line, as one whose pointer begins with the record."""
    _, _, rest = (fault.pointer or "").removeprefix("/").partition("/")
    pointer = f"/{rest}" if rest else ""
    column = item.column(pointer) if item is not None else None
    if column is None:
        return Fault(fault.message, pointer, hint=fault.hint)
    return CellFault(fault.message, pointer, hint=fault.hint, column=column)
