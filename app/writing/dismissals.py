"""Store, find and delete dismissals: statements that two records are not duplicates. None of these writes makes a
revision.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from app.db.dismissals import DuplicateDismissal
from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, quoted
from app.writing.batch import Batch, Known
from app.writing.batch_errors import raise_errors
from app.writing.constraint_errors import translated
from app.writing.idempotency import IdempotencyKey, check_not_completed, store_outcome_now
from app.writing.intents import WriteResult, Written
from app.writing.mentions import Mention
from app.writing.resolution import look_up
from app.writing.speculative import now
from app.writing.unknown_mentions import report_unknown, report_withdrawn
from app.writing.writer import Writer

Row = Mapping[Any, Any]


def _table() -> Table:
    table = DuplicateDismissal.__table__
    assert isinstance(table, Table)
    return table


dismissal = _table()


async def dismiss_pair(
    writer: Writer,
    collection: str,
    left: str,
    right: str,
    *,
    editor: str,
    message: str | None = None,
    dry_run: bool = False,
    idempotency_key: IdempotencyKey | None = None,
) -> WriteResult:
    """Store that two records are not duplicates. An existing dismissal stays. Raises `ApiError` with all errors."""
    with translated():
        async with writer.engine.connect() as connection, connection.begin():
            await check_not_completed(connection, idempotency_key)
            one, other = sorted(
                (await _resolve_pair(connection, writer, collection, left, right)), key=lambda known: known.id
            )
            values = {
                "id": uuid7(), "collection": collection, "left_id": one.id, "right_id": other.id, "message": message,
                "dismissed_by": editor,
            }  # fmt: skip
            statement = insert(dismissal).values(values).on_conflict_do_nothing().returning(dismissal.c.id)
            identifier = (await connection.execute(statement)).scalar_one_or_none()
            is_new = identifier is not None
            if identifier is None:
                same = (dismissal.c.left_id == one.id) & (dismissal.c.right_id == other.id)
                identifier = (await connection.execute(select(dismissal.c.id).where(same))).scalar_one()
            if dry_run:
                await connection.rollback()
                return WriteResult(None, ())
            action = Action.CREATE if is_new else None
            result = WriteResult(None, (Written("duplicates/dismissals", str(identifier), identifier, action, 1),))
            if idempotency_key is not None:
                await store_outcome_now(connection, idempotency_key, result)
            return result


async def two_records(writer: Writer, collection: str, left: str, right: str) -> tuple[Known, Known]:
    """The two records that the keys refer to.

    Raises `ApiError` if a record does not exist or is withdrawn, if both keys refer to one record, or if the pair was
    dismissed.
    """
    with translated():
        async with writer.engine.connect() as connection:
            found = await _resolve_pair(connection, writer, collection, left, right)
            one, other = sorted(known.id for known in found)
            same = (dismissal.c.left_id == one) & (dismissal.c.right_id == other)
            row = (await connection.execute(select(dismissal).where(same))).mappings().one_or_none()
    if row is not None:
        raise ApiError(
            ProblemType.CONFLICT,
            f"{row['dismissed_by']} stated on {row['dismissed_at']:%Y-%m-%d} that {quoted(found[0].slug)} and {quoted(found[1].slug)} are"
            f" not the same. To revoke this, send DELETE /v1/duplicates/dismissals/{row['id']}.",
        )
    return found


async def _resolve_pair(
    connection: AsyncConnection, writer: Writer, collection: str, left: str, right: str
) -> tuple[Known, Known]:
    batch = Batch(connection, writer.kinds, *await now(connection))
    mentions = [Mention("/left", collection, left), Mention("/right", collection, right)]
    found = await look_up(connection, [mention[1:] for mention in mentions])
    batch.known = {**found.former, **found.current}
    await report_unknown(batch, mentions, found, set())
    await report_withdrawn(batch, mentions)
    raise_errors(batch)
    one, other = batch.known[(collection, left)], batch.known[(collection, right)]
    if one.id == other.id:
        batch.conflict(
            f"Both keys refer to {quoted(one.slug)}",
            "/right",
            "Name two different records. Merged records count as one.",
        )
    raise_errors(batch)
    return one, other


async def take_back_dismissal(engine: AsyncEngine, identifier: UUID) -> None:
    """Delete the dismissal with this id. Raises `ApiError` (404) if there is none."""
    with translated():
        async with engine.begin() as connection:
            gone = delete(dismissal).where(dismissal.c.id == identifier).returning(dismissal.c.id)
            if (await connection.execute(gone)).scalar_one_or_none() is None:
                raise _not_found(identifier)


def _not_found(identifier: UUID) -> ApiError:
    return ApiError(ProblemType.NOT_FOUND, f"There is no dismissal {identifier}.")
