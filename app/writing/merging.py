"""Two records that are one: all that leads to the one leads to the other, which takes what it lacks; slug and id redirect.

Which tables that touches stands in no list: it is read from the foreign keys (`app.db.pointers`), and from the schemas
where a record is mentioned inside a JSON value. Everything is one revision, which `app.writing.undoing` can take back.
"""

from uuid import UUID

from sqlalchemy import text

from app.db.vocabulary import Action
from app.writing import joining
from app.writing.batch import Batch, Values
from app.writing.intents import Versions, WriteResult, Written
from app.writing.kinds import Kind
from app.writing.mentions import Mention
from app.writing.oneness import refuse_two
from app.writing.plan import plan_of
from app.writing.receipts import Asked, give_receipt
from app.writing.resolution import look_up, unknown
from app.writing.storing import CHECK_NOW
from app.writing.writer import Writer, refuse, refuse_merged


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
    asked: Asked | None = None,
) -> WriteResult:
    """Merge the record `key` into the record `into` of its collection. Raises `Refused` with all that speaks against it.

    `if_match` are the versions that the record that goes may have. The result's record is the one that stays."""
    async with writer.transaction(editor, message, key_id, asked) as batch:
        kind = writer.kinds[collection]
        lost = await writer.known(batch, kind, key)
        await refuse_merged(batch, kind, key, lost, "merge")
        found = await look_up(batch.connection, [(collection, into)])
        batch.known = {**found.former, **found.current}
        await unknown(batch, [Mention("/into", collection, into)], found, set())
        refuse(batch)
        kept = batch.known[(collection, into)]
        table = plan_of(kind.model, kind.schema).table
        rows = {row["id"]: row for row in await batch.select(table, "id", {lost.id, kept.id})}
        await refuse_two(batch, kind, rows[lost.id], rows[kept.id], if_match)
        refuse(batch)
        await joining.join(batch, kind, rows[lost.id], rows[kept.id])
        await batch.connection.execute(_NOTE, {"here": batch.revision, "ids": [lost.id, kept.id]})
        await batch.connection.execute(CHECK_NOW)
        result = await told(batch, kind, rows[kept.id], dry_run)
        if dry_run:
            await batch.connection.rollback()
        elif asked is not None:
            await give_receipt(batch.connection, asked, batch.at, result)
        return result


_NOTE = text("UPDATE revision_change SET action = 'merge' WHERE revision = :here AND record_id = ANY(:ids)")
_TOUCHED = text("SELECT collection, slug, record_id, action FROM revision_change WHERE revision = :here ORDER BY 1, 2")


async def told(batch: Batch, kind: Kind, record: Values, dry_run: bool) -> WriteResult:
    """What was done, with the record first that it is told of; on a dry run all others that were touched."""
    others = []
    if dry_run:
        for collection, slug, identifier, action in await batch.connection.execute(_TOUCHED, {"here": batch.revision}):
            if identifier != record["id"]:
                others.append(Written(collection, slug, identifier, Action(action), 0))
    version = int(record["row_version"]) + 1
    first = Written(kind.collection, record["slug"], record["id"], Action.MERGE, version)
    return WriteResult(None if dry_run else batch.revision, (first,), tuple(others))
