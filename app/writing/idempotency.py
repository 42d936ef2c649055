"""Idempotency keys: the result of a request is stored, so that a repeated request is answered and not executed again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.idempotency import IdempotentWrite
from app.db.vocabulary import Action
from app.writing.constraint_errors import translated
from app.writing.intents import WriteResult, Written

#: How many expired idempotency keys are deleted when a new one is stored. More than one, so that they do not
#: accumulate.
_DELETED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A request with an idempotency key: the client's API key, the idempotency key, the digest of the request, and how long
    the result is stored."""

    key_id: UUID
    key: str
    request: bytes
    kept_for: timedelta


@dataclass(frozen=True, slots=True)
class StoredResult:
    """The stored result of a completed request. `status` is None until the response itself is stored."""

    request: bytes
    result: WriteResult
    status: int | None
    headers: dict[str, str]
    body: bytes


class AlreadyDoneError(Exception):
    """Raised if the same request was already completed. Nothing is written."""

    def __init__(self, done: StoredResult) -> None:
        super().__init__("The request was already completed.")
        self.done = done


async def fetch_stored_result(connection: AsyncConnection, idempotency_key: IdempotencyKey) -> StoredResult | None:
    """The result stored under this idempotency key, even if it belongs to a different request; None if there is none."""
    table = _table()
    statement = select(table).where(
        table.c.key_id == idempotency_key.key_id, table.c.key == idempotency_key.key, table.c.expires_at > func.now()
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None:
        return None
    records = tuple(_written(written) for written in row["outcome"])
    result = WriteResult(row["revision"], records)
    return StoredResult(row["request"], result, row["status"], row["headers"] or {}, row["body"] or b"")


async def check_not_completed(connection: AsyncConnection, idempotency_key: IdempotencyKey | None) -> None:
    """Raise `AlreadyDoneError` if the request was already completed. Call this under the lock that serializes such requests."""
    if idempotency_key is not None and (done := await fetch_stored_result(connection, idempotency_key)):
        raise AlreadyDoneError(done)


async def find_stored_result(engine: AsyncEngine, idempotency_key: IdempotencyKey) -> StoredResult | None:
    """Do the same as `fetch_stored_result`, outside of a write."""
    with translated():
        async with engine.connect() as connection:
            return await fetch_stored_result(connection, idempotency_key)


async def store_outcome(
    connection: AsyncConnection, idempotency_key: IdempotencyKey, at: datetime, result: WriteResult
) -> None:
    """Store the result of the request, in the transaction that executes it."""
    table = _table()
    await connection.execute(_DELETE_EXPIRED)
    values: dict[str, Any] = {
        "key_id": idempotency_key.key_id, "key": idempotency_key.key, "request": idempotency_key.request, "revision": result.revision,
        "outcome": [_outcome(written) for written in result.records], "status": None, "headers": None, "body": None,
        "expires_at": at + idempotency_key.kept_for,
    }  # fmt: skip
    # Only an expired row can exist: `check_not_completed` looked for a valid one under the same lock.
    await connection.execute(
        delete(table).where(table.c.key_id == idempotency_key.key_id, table.c.key == idempotency_key.key)
    )
    await connection.execute(insert(table).values(values))


async def store_outcome_now(connection: AsyncConnection, idempotency_key: IdempotencyKey, result: WriteResult) -> None:
    """Call `store_outcome` for a request that makes no revision and therefore has no timestamp of its own."""
    at = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    await store_outcome(connection, idempotency_key, at, result)


async def store_outcome_alone(engine: AsyncEngine, idempotency_key: IdempotencyKey, result: WriteResult) -> None:
    """Store the result of a request that took several transactions, in a transaction of its own."""
    with translated():
        async with engine.begin() as connection:
            await store_outcome_now(connection, idempotency_key, result)


async def store_response(
    engine: AsyncEngine, idempotency_key: IdempotencyKey, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    """Store the HTTP response with the result, to be sent again if the request is repeated."""
    table = _table()
    statement = update(table).where(
        table.c.key_id == idempotency_key.key_id,
        table.c.key == idempotency_key.key,
        table.c.request == idempotency_key.request,
    )
    with translated():
        async with engine.begin() as connection:
            await connection.execute(statement.values(status=status, headers=dict(headers), body=body))


# SKIP LOCKED: concurrent sweeps do not wait for each other.
_DELETE_EXPIRED = text(f"""
    DELETE FROM {IdempotentWrite.__tablename__} WHERE (key_id, key) IN (
        SELECT key_id, key FROM {IdempotentWrite.__tablename__} WHERE expires_at < now() ORDER BY expires_at LIMIT {_DELETED_AT_ONCE} FOR UPDATE SKIP LOCKED
    )
""")  # noqa: S608 - constants


def _outcome(written: Written) -> dict[str, object]:
    return {
        "collection": written.collection, "slug": written.slug, "id": str(written.id), "action": written.action,
        "row_version": written.row_version,
    }  # fmt: skip


def _written(stored: Mapping[str, Any]) -> Written:
    action = Action(stored["action"]) if stored["action"] else None
    return Written(stored["collection"], stored["slug"], UUID(stored["id"]), action, stored["row_version"])


def _table() -> Table:
    table = IdempotentWrite.__table__
    assert isinstance(table, Table)
    return table
