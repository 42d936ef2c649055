"""Writes a release in one transaction (the row, the files and their chunks), so that a release is either complete or
absent.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from app.db.releases import Release, ReleaseChunk, ReleaseFile
from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, Violation, quoted
from app.releases.chunks import Packing
from app.releases.schemas import FileForm
from app.writing.constraint_errors import translated
from app.writing.idempotency import IdempotencyKey, check_not_completed, store_outcome_now
from app.writing.intents import WriteResult, Written

#: Key of the advisory lock. Any number that no other lock uses would do; this number is "release" in alphabet
#: positions.
_LOCK = 18_05_12_05_01_19_05


class ReleaseBuilder:
    """Adds files to a release inside its transaction, one after the other."""

    def __init__(self, connection: AsyncConnection, identifier: UUID, name: str) -> None:
        self._connection = connection
        self.id = identifier
        self.name = name

    async def new_file(self) -> int:
        """Reserve the id of a new file."""
        return int((await self._connection.execute(select(func.nextval("release_file_id_seq")))).scalar_one())

    async def add_chunks(self, file: int, number: int, chunks: Sequence[bytes]) -> int:
        """Store chunks of a file, numbered from `number` on. Returns the number of the next chunk."""
        # One statement per chunk, because `executemany` would keep every chunk in memory twice.
        for chunk in chunks:
            await self._connection.execute(insert(ReleaseChunk).values(file_id=file, number=number, data=chunk))
            number += 1
        return number

    async def add_file(self, file: int, collection: str, form: FileForm, rows: int, packing: Packing) -> None:
        """Store the row of a complete file."""
        values = {
            "id": file, "release_id": self.id, "collection": collection, "format": str(form), "rows": rows,
            "size": packing.size, "sha256": packing.sha256, "crc32": packing.crc32, "is_packed": packing.is_packed,
            "stored_size": packing.stored_size,
        }  # fmt: skip
        await self._connection.execute(insert(ReleaseFile).values(values))

    def result(self, revision: int) -> WriteResult:
        """The result of the write, which is stored under the idempotency key."""
        return WriteResult(revision, (Written("releases", self.name, self.id, Action.CREATE, 0),))


@asynccontextmanager
async def begin_release(
    engine: AsyncEngine, values: Mapping[str, Any], idempotency_key: IdempotencyKey | None
) -> AsyncIterator[ReleaseBuilder]:
    """Insert a release with these column values; it is committed when the block ends without an exception. Raises
    ApiError if the name is taken or another release is in progress, and AlreadyDoneError if the idempotency key was
    used before.
    """
    with translated():
        async with engine.begin() as connection:
            # The transaction can take minutes on a large database. It holds no locks that block other writes.
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            if not await connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
                busy = "Another release is in progress. Try again after it has finished."
                raise ApiError(ProblemType.UNAVAILABLE, busy, headers={"Retry-After": "30"})
            await check_not_completed(connection, idempotency_key)
            await _check_name(connection, str(values["name"]))
            builder = ReleaseBuilder(connection, uuid7(), str(values["name"]))
            await connection.execute(insert(Release).values(id=builder.id, **values))
            yield builder
            if idempotency_key is not None:
                await store_outcome_now(connection, idempotency_key, builder.result(int(values["revision"])))


async def check_free(engine: AsyncEngine, name: str) -> None:
    """Raises ApiError (409) if a release has this name."""
    with translated():
        async with engine.connect() as connection:
            await _check_name(connection, name)


async def _check_name(connection: AsyncConnection, name: str) -> None:
    if await connection.scalar(select(Release.id).where(Release.name == name)):
        latest = await connection.scalar(select(Release.name).order_by(Release.made_at.desc()).limit(1))
        hint = f"The latest release is {quoted(latest)}; choose another name."
        violation = Violation("The name of a release cannot be used again", "/name", hint=hint)
        raise ApiError(ProblemType.CONFLICT, f"Release {quoted(name)} already exists.", [violation])


async def revise_release(engine: AsyncEngine, name: str, values: Mapping[str, object]) -> bool:
    """Update the DOI or note of a release. Returns False if no release has this name."""
    with translated():
        async with engine.begin() as connection:
            if not values:
                return await connection.scalar(select(Release.id).where(Release.name == name)) is not None
            done = await connection.execute(update(Release).where(Release.name == name).values(**values))
            return bool(done.rowcount)
