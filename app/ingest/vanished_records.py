"""Finds the records of a data set that are missing from its newest file, after all rows have been read, and withdraws
them.

A record is withdrawn if no other data set states it and no other record in use refers to it. Otherwise it is kept, without
the values that only this data set stated. If too many records are missing, the file is considered truncated, and nothing is
withdrawn.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from app.db.pointers import pointers_at
from app.ingest.data_sets import DataSet
from app.ingest.foreign.record import mentions_in
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

#: Beginning of the reason for withdrawals that an import makes.
MISSING_REASON = "no longer in the data set"
#: Records that one transaction withdraws. Other writers wait for the transaction.
CHUNK_SIZE = 100


@dataclass(slots=True)
class MissingRecords:
    """Records that a data set stated before and that its newest file lacks."""

    records: dict[Named, UUID] = field(default_factory=dict)
    nested: dict[Named, UUID] = field(default_factory=dict)
    """Missing records that are nested in records of the file."""
    below: dict[Named, UUID] = field(default_factory=dict)
    """Missing records that are nested in other missing records."""
    kept: set[UUID] = field(default_factory=set)
    """Records that are kept."""
    total: dict[str, int] = field(default_factory=dict)
    """Number of records that the data set had before, by collection."""

    @property
    def to_withdraw(self) -> set[UUID]:
        """The ids of all records that are to be withdrawn."""
        return {*self.records.values(), *self.nested.values(), *self.below.values()} - self.kept

    def shares(self) -> Iterator[tuple[str, int, int]]:
        """Yield (collection, number of missing records, number of records before) for each collection with missing records."""
        counts: dict[str, int] = {}
        for collection, _ in self.records:
            counts[collection] = counts.get(collection, 0) + 1
        yield from ((name, number, self.total[name]) for name, number in sorted(counts.items()))

    def too_many(self, most_percent: float) -> list[str]:
        """Describe the collections that lack more than this percentage of their records, such as '310 of 1959 agreements'."""
        return [
            f"{number} of {total} {name}"
            for name, number, total in self.shares()
            if number * 100 > most_percent * total
        ]


async def find_missing(
    writer: Writer,
    data_set: DataSet,
    before: Mapping[str, int],
    present: set[Named],
    unspoken: set[Named],
    silent: frozenset[str],
) -> MissingRecords:
    """Find the records that the data set stated before and that the file lacks.

    `before` is the number of records that the data set had before this file, by collection; `present` lists the records
    in the file. Records that the file cannot contain do not count as missing. These are the records in the `unspoken`
    lists of nested records, given as (collection, key of the owner), and the records in the `silent` collections.
    """
    found = MissingRecords(total=dict(before))
    owners = {key for _, key in present}
    async with writer.engine.connect() as connection, connection.begin():
        async for collection, key, record in data_set_statements.of_data_set(connection, data_set.name):
            owner = key.rpartition("/")[0]
            if collection in silent or (collection, key) in present or (owner and (collection, owner) in unspoken):
                continue
            if not owner:
                found.records[collection, key] = record
            elif owner in owners:
                found.nested[collection, key] = record
            else:
                found.below[collection, key] = record
    return found


async def withdraw_missing(
    writer: Writer, order: Order, data_set: DataSet, missing: MissingRecords
) -> AsyncIterator[tuple[WriteResult | None, list[Removed], list[Named]]]:
    """Withdraw missing records in several transactions. A dry run writes nothing.

    Yields for each transaction its result, what happened to the records, and the keys of records that are kept.
    """
    missing_ids = {**missing.records, **missing.nested}
    # Withdraw nested records before their owners.
    for kind in reversed(list(writer.kinds.values())):
        of_kind = ((named, record) for named, record in missing_ids.items() if named[0] == kind.collection)
        while chunk := dict(islice(of_kind, CHUNK_SIZE)):
            yield await _withdraw_chunk(writer, order, data_set, kind, chunk, missing)


async def _withdraw_chunk(
    writer: Writer,
    order: Order,
    data_set: DataSet,
    kind: WriteSpec,
    chunk: Mapping[Named, UUID],
    missing: MissingRecords,
) -> tuple[WriteResult | None, list[Removed], list[Named]]:
    reason = f"{MISSING_REASON} {data_set.title}"
    async with writer.transaction(order.editor, order.message, order.key_id) as batch:
        table = plan_of(kind.model, kind.schema).table
        rows = {row["id"]: row for row in await batch.select(table, "id", chunk.values())}
        in_use = {record: row for record, row in rows.items() if row["withdrawn_at"] is None}
        reasons = await _reasons_to_keep(batch, data_set, kind, in_use, missing)
        missing.kept |= reasons.keys()
        withdrawable = [row for record, row in in_use.items() if record not in reasons]
        result: WriteResult | None = None
        drafts = await withdraw_rows(batch, kind, withdrawable, reason)
        withdrawn = {draft.id for draft in batch.drafts}
        if drafts:
            result = await writer.finish(batch, drafts, order.dry_run)
        if not order.dry_run:
            await _clear_statements(batch, data_set, chunk, withdrawn, reasons)
        removed = [
            Removed(
                collection=name,
                slug=str(rows[record]["slug"]),
                key=key,
                how=_outcome(record, reasons, withdrawn),
                why=reasons.get(record),
            )
            for (name, key), record in chunk.items()
            if record in in_use
        ]
        return result, removed, [named for named, record in chunk.items() if record in reasons]


def _outcome(record: UUID, reasons: Mapping[UUID, str], withdrawn: set[UUID]) -> RemovedHow:
    return RemovedHow.KEPT if record in reasons and record not in withdrawn else RemovedHow.WITHDRAWN


async def _clear_statements(
    batch: Batch, data_set: DataSet, chunk: Mapping[Named, UUID], withdrawn: set[UUID], reasons: Mapping[UUID, str]
) -> None:
    """Store that the data set no longer states the withdrawn records, including records that were withdrawn with their
    owners."""
    cleared: dict[Named, Stated] = {}
    below = await data_set_statements.by_records(batch.connection, withdrawn)
    for stated in below.values():
        for one in stated:
            if one.data_set == data_set.name:
                cleared[one.named] = Stated(one.collection, one.key, one.record_id, "", one.identifier, None, True)
    for (collection, key), record in chunk.items():
        # The statements of kept records are cleared later, together with the values that only they support.
        if record not in withdrawn and record not in reasons:
            cleared.setdefault((collection, key), Stated(collection, key, record, "", None, None))
    await data_set_statements.write(
        batch.connection, data_set.prefix, data_set.name, batch.revision, list(cleared.values())
    )


async def _reasons_to_keep(
    batch: Batch,
    data_set: DataSet,
    kind: WriteSpec,
    rows: Mapping[UUID, Mapping[str, object]],
    missing: MissingRecords,
) -> dict[UUID, str]:
    """Return why some of the records cannot be withdrawn, by id."""
    ids = list(rows)
    reasons: dict[UUID, str] = {}
    if not ids:
        return reasons
    missing_ids = {**missing.records, **missing.nested, **missing.below}
    for record, stated in (await data_set_statements.by_records(batch.connection, ids)).items():
        for one in stated:
            if one.body is not None and (one.data_set != data_set.name or one.named not in missing_ids):
                reasons.setdefault(record, f"{one.data_set} also states it")
    for record in (await batch.connection.execute(BROUGHT_BY_DOSSIERS, {"ids": ids})).scalars():
        reasons.setdefault(record, "a dossier also contains it")
    remaining_ids = missing.to_withdraw
    for pointer in pointers_at(plan_of(kind.model, kind.schema).table):
        if (statement := referring(pointer)) is None:
            continue
        parameters = {"ids": [one for one in ids if one not in reasons], "going": list(remaining_ids)}
        pairs = [(record, holder) for record, holder in await batch.connection.execute(statement, parameters)]
        if not pointer.is_of_records:
            pairs = await _remaining_references(batch, data_set, kind.collection, pairs, missing_ids)
        for record, _ in pairs:
            reasons.setdefault(record, f"another record refers to it ({pointer.table.name.replace('_', ' ')})")
    return reasons


async def _remaining_references(
    batch: Batch,
    data_set: DataSet,
    collection: str,
    pairs: Sequence[tuple[UUID, UUID]],
    missing_ids: Mapping[Named, UUID],
) -> list[tuple[UUID, UUID]]:
    """Return the (record, holder) pairs of references that will remain after the import. References that the file lacks
    are removed from its records only after this check."""
    dropped_mentions, lasting_mentions = dict[UUID, set[UUID | None]](), dict[UUID, set[UUID]]()
    for holder, stated in (await data_set_statements.by_records(batch.connection, {one for _, one in pairs})).items():
        own_mentions, other_mentions = (
            dropped_mentions.setdefault(holder, set()),
            lasting_mentions.setdefault(holder, set()),
        )
        for one in stated:
            mentions = mentions_in(batch.kinds[one.collection], one.body or {})
            if one.data_set == data_set.name:
                own_mentions |= {missing_ids.get(mention) for mention in mentions}
            else:
                found = await look_up(batch.connection, [one for one in mentions if one[0] == collection])
                other_mentions |= {known.id for known in (*found.current.values(), *found.former.values())}
    return [
        (record, holder)
        for record, holder in pairs
        if record not in dropped_mentions.get(holder, ()) or record in lasting_mentions.get(holder, ())
    ]
