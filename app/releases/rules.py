"""Making a release: a row, its files, their pieces, in one transaction, so that there is a whole release or none."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from app.db.releases import Release, ReleaseChunk, ReleaseFile
from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType, Violation
from app.releases.chunks import Packing
from app.releases.schemas import FileForm
from app.writing.constraint_errors import translated
from app.writing.idempotency import Asked, give_receipt_now, refuse_done
from app.writing.intents import WriteResult, Written

#: Any number, as long as it is nobody else's: "release" as letters' places.
_LOCK = 18_05_12_05_01_19_05


class Making:
    """A release that is being made; its files are added one after the other."""

    def __init__(self, connection: AsyncConnection, identifier: UUID, name: str) -> None:
        self._connection = connection
        self.id = identifier
        self.name = name

    async def new_file(self) -> int:
        """The id of a file whose pieces may be added."""
        return int((await self._connection.execute(select(func.nextval("release_file_id_seq")))).scalar_one())

    async def add_pieces(self, file: int, number: int, pieces: Sequence[bytes]) -> int:
        """Store the next pieces of a file, from this number on; answers the number of the next."""
        # One at a time: a batch of long files would hold all of them twice.
        for piece in pieces:
            await self._connection.execute(insert(ReleaseChunk).values(file_id=file, number=number, data=piece))
            number += 1
        return number

    async def end_file(self, file: int, collection: str, form: FileForm, rows: int, packing: Packing) -> None:
        """The file is whole."""
        values = {
            "id": file, "release_id": self.id, "collection": collection, "format": str(form), "rows": rows,
            "size": packing.size, "sha256": packing.sha256, "crc32": packing.crc32, "is_packed": packing.is_packed,
            "stored_size": packing.stored_size,
        }  # fmt: skip
        await self._connection.execute(insert(ReleaseFile).values(values))

    def result(self, revision: int) -> WriteResult:
        """What was done, as receipts keep it."""
        return WriteResult(revision, (Written("releases", self.name, self.id, Action.CREATE, 0),))


@asynccontextmanager
async def making(engine: AsyncEngine, values: Mapping[str, Any], asked: Asked | None) -> AsyncIterator[Making]:
    """Begin a release with these columns; it is there once the block has ended well. Raises `ApiError` where the name
    is taken or another release is being made, `AlreadyDoneError` where the request was done."""
    with translated():
        async with engine.begin() as connection:
            # Minutes, of a large ledger; it locks nothing that others write.
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            if not await connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
                busy = "A release is being made; come back when it is there."
                raise ApiError(ProblemType.UNAVAILABLE, busy, headers={"Retry-After": "30"})
            await refuse_done(connection, asked)
            await _refuse_taken(connection, str(values["name"]))
            made = Making(connection, uuid7(), str(values["name"]))
            await connection.execute(insert(Release).values(id=made.id, **values))
            yield made
            if asked is not None:
                await give_receipt_now(connection, asked, made.result(int(values["revision"])))


async def check_free(engine: AsyncEngine, name: str) -> None:
    """Raises `ApiError` (409) where a release has this name."""
    with translated():
        async with engine.connect() as connection:
            await _refuse_taken(connection, name)


async def _refuse_taken(connection: AsyncConnection, name: str) -> None:
    if await connection.scalar(select(Release.id).where(Release.name == name)):
        latest = await connection.scalar(select(Release.name).order_by(Release.made_at.desc()).limit(1))
        violation = Violation("This name is taken for ever", "/name", hint=f"The latest release is {latest}.")
        raise ApiError(ProblemType.CONFLICT, f"There is a release {name}.", [violation])


async def revise_release(engine: AsyncEngine, name: str, values: Mapping[str, Any]) -> bool:
    """Change what may be changed of a release; False where there is none of this name."""
    with translated():
        async with engine.begin() as connection:
            if not values:
                return await connection.scalar(select(Release.id).where(Release.name == name)) is not None
            done = await connection.execute(update(Release).where(Release.name == name).values(**values))
            return bool(done.rowcount)
