"""Receipts of what was done at a client's request: so that the same request, sent again, is not done again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.idempotency import Receipt
from app.db.vocabulary import Action
from app.writing.constraint_errors import translated
from app.writing.intents import WriteResult, Written

#: Expired receipts that one new receipt takes away: more than one, so that they do not gather.
_SWEPT = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is to be done once: whose, under which key, the digest of what is asked, for how long."""

    key_id: UUID
    key: str
    request: bytes
    kept_for: timedelta


@dataclass(frozen=True, slots=True)
class Done:
    """What is known of a request that was done. `status` is None while its answer was not kept."""

    request: bytes
    result: WriteResult
    status: int | None
    headers: dict[str, str]
    body: bytes


class AlreadyDoneError(Exception):
    """Somebody was faster with the same request; nothing was written."""

    def __init__(self, done: Done) -> None:
        super().__init__("The request was done already.")
        self.done = done


async def fetch_done(connection: AsyncConnection, asked: Asked) -> Done | None:
    """The receipt of this key, whatever it was given for."""
    table = _table()
    statement = select(table).where(
        table.c.key_id == asked.key_id, table.c.key == asked.key, table.c.expires_at > func.now()
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None:
        return None
    records = tuple(_written(one) for one in row["outcome"])
    result = WriteResult(row["revision"], records)
    return Done(row["request"], result, row["status"], row["headers"] or {}, row["body"] or b"")


async def refuse_done(connection: AsyncConnection, asked: Asked | None) -> None:
    """Raises `AlreadyDoneError` where what is asked to be done once is done: looked for while others who would do it
    wait."""
    if asked is not None and (done := await fetch_done(connection, asked)):
        raise AlreadyDoneError(done)


async def find_done(engine: AsyncEngine, asked: Asked) -> Done | None:
    """The receipt of this key, outside of any write."""
    with translated():
        async with engine.connect() as connection:
            return await fetch_done(connection, asked)


async def give_receipt(connection: AsyncConnection, asked: Asked, at: datetime, result: WriteResult) -> None:
    """Note, in the transaction that does it, that the request is done."""
    table = _table()
    await connection.execute(_SWEEP)
    values: dict[str, Any] = {
        "key_id": asked.key_id, "key": asked.key, "request": asked.request, "revision": result.revision,
        "outcome": [_outcome(one) for one in result.records], "status": None, "headers": None, "body": None,
        "expires_at": at + asked.kept_for,
    }  # fmt: skip
    # Only an expired one can be in the way: a valid one was looked for while the head was held.
    await connection.execute(delete(table).where(table.c.key_id == asked.key_id, table.c.key == asked.key))
    await connection.execute(insert(table).values(values))


async def give_receipt_now(connection: AsyncConnection, asked: Asked, result: WriteResult) -> None:
    """The same for what is no revision, and has no instant of its own."""
    at = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    await give_receipt(connection, asked, at, result)


async def note_done(engine: AsyncEngine, asked: Asked, result: WriteResult) -> None:
    """Note that a request of several transactions is done."""
    with translated():
        async with engine.begin() as connection:
            await give_receipt_now(connection, asked, result)


async def keep_answer(engine: AsyncEngine, asked: Asked, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Keep the answer with the receipt, for whoever asks again."""
    table = _table()
    statement = update(table).where(
        table.c.key_id == asked.key_id, table.c.key == asked.key, table.c.request == asked.request
    )
    with translated():
        async with engine.begin() as connection:
            await connection.execute(statement.values(status=status, headers=dict(headers), body=body))


# SKIP LOCKED: several that sweep at once do not wait for each other.
_SWEEP = text(f"""
    DELETE FROM receipt WHERE (key_id, key) IN (
        SELECT key_id, key FROM receipt WHERE expires_at < now() ORDER BY expires_at LIMIT {_SWEPT} FOR UPDATE SKIP LOCKED
    )
""")  # noqa: S608 - a number of ours


def _outcome(one: Written) -> dict[str, Any]:
    return {
        "collection": one.collection, "slug": one.slug, "id": str(one.id), "action": one.action,
        "row_version": one.row_version,
    }  # fmt: skip


def _written(told: Mapping[str, Any]) -> Written:
    action = Action(told["action"]) if told["action"] else None
    return Written(told["collection"], told["slug"], UUID(told["id"]), action, told["row_version"])


def _table() -> Table:
    table = Receipt.__table__
    assert isinstance(table, Table)
    return table
