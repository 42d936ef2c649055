"""What a newer file of a data set no longer has: found once all rows were read, and withdrawn.

A record is withdrawn if the data set alone speaks of it and nothing else in use refers to it. Otherwise it stays, and
loses what only the data set said. A file that lacks too much is taken for a truncated one: then nothing is withdrawn.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from app.db.pointers import pointers_at
from app.ingest.data_sets import DataSet
from app.ingest.foreign_records import VANISHED, mentions_in
from app.ingest.import_options import Order
from app.ingest.report import Removed, RemovedHow
from app.writing import data_set_statements
from app.writing.batch import Batch
from app.writing.data_set_statements import Named, Stated
from app.writing.intents import WriteResult
from app.writing.plan import plan_of
from app.writing.referrers import BROUGHT_BY_DOSSIERS, referring
from app.writing.resolution import look_up
from app.writing.withdrawing import withdraw_rows
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer

#: Records that are withdrawn in one transaction: as long as one lasts, nobody else writes.
AT_ONCE = 100


@dataclass(slots=True)
class Vanished:
    """What a data set said before and its newest file does not say."""

    records: dict[Named, UUID] = field(default_factory=dict)
    nested: dict[Named, UUID] = field(default_factory=dict)
    """Records nested in others that the file still has."""
    below: dict[Named, UUID] = field(default_factory=dict)
    """Records nested in those that the file does not have."""
    kept: set[UUID] = field(default_factory=set)
    """Those that turned out to stay."""
    total: dict[str, int] = field(default_factory=dict)
    """How many records the data set had, by collection."""

    @property
    def ids(self) -> set[UUID]:
        """All that are to go."""
        return {*self.records.values(), *self.nested.values(), *self.below.values()} - self.kept

    def shares(self) -> Iterator[tuple[str, int, int]]:
        """(collection, records that the file lacks, records before), of each collection that lacks any."""
        lacking: dict[str, int] = {}
        for collection, _ in self.records:
            lacking[collection] = lacking.get(collection, 0) + 1
        yield from ((name, number, self.total[name]) for name, number in sorted(lacking.items()))

    def too_many(self, most_percent: float) -> list[str]:
        """The collections of which the file lacks more than so many in a hundred, in words."""
        return [
            f"{number} of {total} {name}"
            for name, number, total in self.shares()
            if number * 100 > most_percent * total
        ]


async def find(
    writer: Writer,
    data_set: DataSet,
    before: Mapping[str, int],
    seen: set[Named],
    unspoken: set[Named],
    silent: frozenset[str],
) -> Vanished:
    """What the data set said before, apart from what it says now (`seen`) and what this file cannot say: nested records of
    the `unspoken` lists (collection, key of the owner), and records of `silent` collections. `before`: how many records it
    had before the file, by collection."""
    found = Vanished(total=dict(before))
    owners = {key for _, key in seen}
    async with writer.engine.connect() as connection, connection.begin():
        async for collection, key, record in data_set_statements.of_data_set(connection, data_set.name):
            owner = key.rpartition("/")[0]
            if collection in silent or (collection, key) in seen or (owner and (collection, owner) in unspoken):
                continue
            if not owner:
                found.records[collection, key] = record
            elif owner in owners:
                found.nested[collection, key] = record
            else:
                found.below[collection, key] = record
    return found


async def withdraw(
    writer: Writer, order: Order, data_set: DataSet, vanished: Vanished
) -> AsyncIterator[tuple[WriteResult | None, list[Removed], list[Named]]]:
    """Withdraw what vanished, transaction by transaction: what each did, what became of the records, and those that stay
    and lose only what the data set said. On a dry run nothing is written."""
    gone = {**vanished.records, **vanished.nested}
    # What a record holds goes before it.
    for kind in reversed(list(writer.kinds.values())):
        several = ((named, record) for named, record in gone.items() if named[0] == kind.collection)
        while chunk := dict(islice(several, AT_ONCE)):
            yield await _withdraw(writer, order, data_set, kind, chunk, vanished)


async def _withdraw(
    writer: Writer, order: Order, data_set: DataSet, kind: WriteSpec, chunk: Mapping[Named, UUID], vanished: Vanished
) -> tuple[WriteResult | None, list[Removed], list[Named]]:
    reason = f"{VANISHED} {data_set.title}"
    async with writer.transaction(order.editor, order.message, order.key_id) as batch:
        table = plan_of(kind.model, kind.schema).table
        rows = {row["id"]: row for row in await batch.select(table, "id", chunk.values())}
        in_use = {record: row for record, row in rows.items() if row["withdrawn_at"] is None}
        why = await _kept(batch, data_set, kind, in_use, vanished)
        vanished.kept |= why.keys()
        going = [row for record, row in in_use.items() if record not in why]
        result: WriteResult | None = None
        drafts = await withdraw_rows(batch, kind, going, reason)
        withdrawn = {draft.id for draft in batch.drafts}
        if drafts:
            result = await writer.finish(batch, drafts, order.dry_run)
        if not order.dry_run:
            await _forget(batch, data_set, chunk, withdrawn, why)
        told = [
            Removed(
                collection=name,
                slug=str(rows[record]["slug"]),
                key=key,
                how=_how(record, why, withdrawn),
                why=why.get(record),
            )
            for (name, key), record in chunk.items()
            if record in in_use
        ]
        return result, told, [named for named, record in chunk.items() if record in why]


def _how(record: UUID, why: Mapping[UUID, str], withdrawn: set[UUID]) -> RemovedHow:
    return RemovedHow.KEPT if record in why and record not in withdrawn else RemovedHow.WITHDRAWN


async def _forget(
    batch: Batch, data_set: DataSet, chunk: Mapping[Named, UUID], withdrawn: set[UUID], why: Mapping[UUID, str]
) -> None:
    """Note that the data set says nothing more of what was withdrawn, nor of what went with it."""
    told: dict[Named, Stated] = {}
    below = await data_set_statements.by_records(batch.connection, withdrawn)
    for several in below.values():
        for one in several:
            if one.data_set == data_set.name:
                told[one.named] = Stated(one.collection, one.key, one.record_id, "", one.identifier, None, True)
    for (collection, key), record in chunk.items():
        # Those that stay lose first what the data set said of them.
        if record not in withdrawn and record not in why:
            told.setdefault((collection, key), Stated(collection, key, record, "", None, None))
    await data_set_statements.write(
        batch.connection, data_set.prefix, data_set.name, batch.revision, list(told.values())
    )


async def _kept(
    batch: Batch,
    data_set: DataSet,
    kind: WriteSpec,
    rows: Mapping[UUID, Mapping[str, object]],
    vanished: Vanished,
) -> dict[UUID, str]:
    """Why some of the records cannot be withdrawn."""
    ids = list(rows)
    why: dict[UUID, str] = {}
    if not ids:
        return why
    gone = {**vanished.records, **vanished.nested, **vanished.below}
    for record, several in (await data_set_statements.by_records(batch.connection, ids)).items():
        for one in several:
            if one.body is not None and (one.data_set != data_set.name or one.named not in gone):
                why.setdefault(record, f"{one.data_set} has it too")
    for record in (await batch.connection.execute(BROUGHT_BY_DOSSIERS, {"ids": ids})).scalars():
        why.setdefault(record, "a dossier has it too")
    going = vanished.ids
    for pointer in pointers_at(plan_of(kind.model, kind.schema).table):
        if (statement := referring(pointer)) is None:
            continue
        asked = {"ids": [one for one in ids if one not in why], "going": list(going)}
        pairs = [(record, holder) for record, holder in await batch.connection.execute(statement, asked)]
        if not pointer.is_of_records:
            pairs = await _lasting(batch, data_set, kind.collection, pairs, gone)
        for record, _ in pairs:
            why.setdefault(record, f"another record refers to it ({pointer.table.name.replace('_', ' ')})")
    return why


async def _lasting(
    batch: Batch, data_set: DataSet, collection: str, pairs: Sequence[tuple[UUID, UUID]], gone: Mapping[Named, UUID]
) -> list[tuple[UUID, UUID]]:
    """Of (record, holder) those that the file leaves: its records lose what it no longer says after this."""
    going, staying = dict[UUID, set[UUID | None]](), dict[UUID, set[UUID]]()
    for holder, several in (await data_set_statements.by_records(batch.connection, {one for _, one in pairs})).items():
        mine, others = going.setdefault(holder, set()), staying.setdefault(holder, set())
        for one in several:
            mentions = mentions_in(batch.kinds[one.collection], one.body or {})
            if one.data_set == data_set.name:
                mine |= {gone.get(mention) for mention in mentions}
            else:
                found = await look_up(batch.connection, [one for one in mentions if one[0] == collection])
                others |= {known.id for known in (*found.current.values(), *found.former.values())}
    return [
        (record, holder)
        for record, holder in pairs
        if record not in going.get(holder, ()) or record in staying.get(holder, ())
    ]
