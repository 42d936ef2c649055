"""Merge a duplicate record into another record of its collection.

Every reference to the duplicate is changed to the remaining record. Empty fields of the remaining record are filled
from the duplicate. The duplicate's slug and id become redirects. The tables to change are not listed here: they are
derived from the foreign keys (`app.db.pointers`) and, for mentions inside JSON values, from the schemas. A merge is one
revision, which `app.writing.undoing` can undo.
"""

from uuid import UUID

from sqlalchemy import text

from app.db.vocabulary import Action
from app.writing import merge_steps
from app.writing.batch import Batch, Values
from app.writing.batch_errors import check_not_merged, raise_errors
from app.writing.idempotency import IdempotencyKey, store_outcome
from app.writing.intents import Versions, WriteResult, Written
from app.writing.mentions import Mention
from app.writing.merge_checks import check_merge
from app.writing.plan import plan_of
from app.writing.resolution import look_up
from app.writing.storing import CHECK_NOW
from app.writing.unknown_mentions import report_unknown
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer


async def merge_duplicate(
    writer: Writer,
    collection: str,
    key: str,
    into: str,
    *,
    editor: str,
    message: str | None = None,
    key_id: UUID | None = None,
    if_match: Versions | None = None,
    dry_run: bool = False,
    idempotency_key: IdempotencyKey | None = None,
) -> WriteResult:
    """Merge the record `key` into the record `into` of its collection. Raises `ApiError` with every reason against the
    merge.

    `if_match` are the versions that the duplicate may have. The record in the result is the remaining one."""
    async with writer.transaction(editor, message, key_id, idempotency_key) as batch:
        kind = writer.kinds[collection]
        duplicate = await writer.known(batch, kind, key)
        await check_not_merged(batch, kind, key, duplicate, "merge")
        found = await look_up(batch.connection, [(collection, into)])
        batch.known = {**found.former, **found.current}
        await report_unknown(batch, [Mention("/into", collection, into)], found, set())
        raise_errors(batch)
        target = batch.known[(collection, into)]
        table = plan_of(kind.model, kind.schema).table
        rows = {row["id"]: row for row in await batch.select(table, "id", {duplicate.id, target.id})}
        await check_merge(batch, kind, rows[duplicate.id], rows[target.id], if_match)
        raise_errors(batch)
        await merge_steps.join(batch, kind, rows[duplicate.id], rows[target.id])
        await batch.connection.execute(_SET_ACTION, {"here": batch.revision, "ids": [duplicate.id, target.id]})
        await batch.connection.execute(CHECK_NOW)
        result = await merge_result(batch, kind, rows[target.id], dry_run)
        if dry_run:
            await batch.connection.rollback()
        elif idempotency_key is not None:
            await store_outcome(batch.connection, idempotency_key, batch.at, result)
        return result


_SET_ACTION = text("UPDATE revision_change SET action = 'merge' WHERE revision = :here AND record_id = ANY(:ids)")
_CHANGED_RECORDS = text(
    "SELECT collection, slug, record_id, action FROM revision_change WHERE revision = :here ORDER BY 1, 2"
)


async def merge_result(batch: Batch, kind: WriteSpec, record: Values, dry_run: bool) -> WriteResult:
    """The result of a merge into `record`; a dry run also lists the other records that were changed."""
    others = []
    if dry_run:
        for collection, slug, identifier, action in await batch.connection.execute(
            _CHANGED_RECORDS, {"here": batch.revision}
        ):
            if identifier != record["id"]:
                others.append(Written(collection, slug, identifier, Action(action), 0))
    version = int(record["row_version"]) + 1
    first = Written(kind.collection, record["slug"], record["id"], Action.MERGE, version)
    return WriteResult(None if dry_run else batch.revision, (first,), tuple(others))
