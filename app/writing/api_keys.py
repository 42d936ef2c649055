"""Store, find and revoke API keys. Only digests of the secrets are stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from app.db.history import ApiKey
from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, quoted
from app.writing.constraint_errors import translated


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A stored API key. `revoked_at` is None while the key is valid."""

    id: UUID
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None


async def create_key(engine: AsyncEngine, name: str, scopes: Sequence[Scope], digest: bytes) -> StoredKey:
    """Store a key. Raises `ApiError` (409) if another key, valid or revoked, already has the name."""
    statement = (
        insert(ApiKey)
        .values(id=uuid7(), name=name, scopes=[str(scope) for scope in scopes], digest=digest)
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.created_at, ApiKey.revoked_at)
    )
    with translated():
        async with engine.begin() as connection:
            row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise ApiError(
            ProblemType.CONFLICT, f"A key named {quoted(name)} already exists or was revoked; choose another name."
        )
    return _stored(*row)


async def find_key(engine: AsyncEngine, digest: bytes) -> StoredKey | None:
    """The valid key with this digest, or None."""
    statement = select(ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.created_at, ApiKey.revoked_at).where(
        ApiKey.digest == digest, ApiKey.revoked_at.is_(None)
    )
    with translated():
        async with engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
    return _stored(*row) if row is not None else None


async def list_keys(engine: AsyncEngine) -> list[StoredKey]:
    """All keys, including revoked ones, oldest first."""
    statement = select(ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.created_at, ApiKey.revoked_at)
    async with engine.connect() as connection:
        return [_stored(*row) for row in await connection.execute(statement.order_by(ApiKey.created_at, ApiKey.id))]


async def revoke_key(engine: AsyncEngine, name: str) -> bool:
    """Revoke a key permanently. Returns False if no valid key has the name."""
    statement = update(ApiKey).where(ApiKey.name == name, ApiKey.revoked_at.is_(None)).values(revoked_at=func.now())
    with translated():
        async with engine.begin() as connection:
            return (await connection.execute(statement.returning(ApiKey.id))).one_or_none() is not None


def _stored(
    identifier: UUID, name: str, scopes: Sequence[str], created_at: datetime, revoked_at: datetime | None
) -> StoredKey:
    return StoredKey(identifier, name, frozenset(map(Scope, scopes)), created_at, revoked_at)
