"""Store, find, change, rotate and revoke API keys. Only digests of the secrets are stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Interval, case, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from app.db.admin_events import AdminAction
from app.db.history import ApiKey
from app.db.vocabulary import Scope
from app.domain.api_keys import KeyRefusal
from app.domain.texts import is_storable
from app.domain.types import instant
from app.errors import ApiError, ProblemType, quoted
from app.writing.admin_events import COMMAND_LINE, Actor, record_event
from app.writing.constraint_errors import translated

#: Seconds between two updates of the last use of a key.
USE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A stored API key. `revoked_at` is None unless the key was revoked; `expires_at` is None if it does not expire.
    `former_until` is the end of the secret before the last rotation, which may be past."""

    id: UUID
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    note: str | None = None
    former_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ValidKey:
    """A key with a secret that is valid now. `valid_seconds` is the time until the secret ends; None = it does not
    end by itself."""

    key: StoredKey
    valid_seconds: float | None = None


_COLUMNS = (
    ApiKey.id,
    ApiKey.name,
    ApiKey.scopes,
    ApiKey.created_at,
    ApiKey.revoked_at,
    ApiKey.expires_at,
    ApiKey.last_used_at,
    ApiKey.note,
    ApiKey.former_until,
)


async def create_key(
    engine: AsyncEngine,
    name: str,
    scopes: Sequence[Scope],
    digest: bytes,
    *,
    expires_at: datetime | None = None,
    note: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> StoredKey:
    """Store a key. Raises `ApiError` (409) if another key, valid or revoked, already has the name."""
    stored = [str(scope) for scope in scopes]
    statement = (
        insert(ApiKey)
        .values(id=uuid7(), name=name, scopes=stored, digest=digest, expires_at=expires_at, note=note)
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(*_COLUMNS)
    )
    with translated():
        async with engine.begin() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is not None:
                details = {"scopes": stored, "expires_at": expires_at and instant(expires_at)}
                await record_event(connection, AdminAction.CREATE_KEY, row.id, actor, details)
    if row is None:
        raise ApiError(
            ProblemType.CONFLICT, f"A key named {quoted(name)} already exists or was revoked; choose another name."
        )
    return _stored(row)


async def find_key(engine: AsyncEngine, digest: bytes) -> ValidKey | KeyRefusal:
    """The valid key with this digest, or why there is none."""
    until = case((ApiKey.digest == digest, ApiKey.expires_at), else_=func.least(ApiKey.expires_at, ApiKey.former_until))
    # The database computes the rest of the time, because its clock decides, whatever the clock of this machine says.
    statement = select(
        *_COLUMNS,
        func.extract("epoch", until - func.now()).label("seconds"),
        func.coalesce(ApiKey.expires_at <= func.now(), False).label("has_expired"),
    ).where(or_(ApiKey.digest == digest, ApiKey.former_digest == digest), ApiKey.revoked_at.is_(None))
    with translated():
        async with engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return KeyRefusal.UNKNOWN
    if row.has_expired:
        return KeyRefusal.EXPIRED
    if row.seconds is not None and row.seconds <= 0:
        return KeyRefusal.REPLACED
    return ValidKey(_stored(row), None if row.seconds is None else float(row.seconds))


async def list_keys(engine: AsyncEngine) -> list[StoredKey]:
    """All keys, including revoked and expired ones, oldest first."""
    statement = select(*_COLUMNS).order_by(ApiKey.created_at, ApiKey.id)
    with translated():
        async with engine.connect() as connection:
            return [_stored(row) for row in await connection.execute(statement)]


async def find_named_key(engine: AsyncEngine, name: str) -> StoredKey:
    """The key with this name or id. Raises `ApiError` (404) if there is none."""
    with translated():
        async with engine.connect() as connection:
            return await _named(connection, name)


async def change_key(
    engine: AsyncEngine, name: str, values: Mapping[str, Any], *, actor: Actor = COMMAND_LINE
) -> StoredKey:
    """Set `expires_at` or `note` of a key. Raises `ApiError` (404, 409) if there is no such key or it was revoked."""
    with translated():
        async with engine.begin() as connection:
            key = await _unrevoked(connection, name)
            changed = {one: value for one, value in values.items() if getattr(key, one) != value}
            if not changed:
                return key
            details = {one: instant(value) if isinstance(value, datetime) else value for one, value in changed.items()}
            await record_event(connection, AdminAction.CHANGE_KEY, key.id, actor, details)
            return await _update(connection, key, changed)


async def rotate_key(
    engine: AsyncEngine, name: str, digest: bytes, *, overlap: timedelta = timedelta(), actor: Actor = COMMAND_LINE
) -> StoredKey:
    """Replace the secret of a key. The secret before it stays valid for `overlap`.

    Raises `ApiError`: 404 if there is no such key; 409 if it was revoked or has expired, or if there is an `overlap`
    and the secret before the current one is still valid, because a key has at most two valid secrets.
    """
    with translated():
        async with engine.begin() as connection:
            key = await _unrevoked(connection, name)
            now = (await connection.execute(select(func.now()))).scalar_one()
            if key.expires_at is not None and key.expires_at <= now:
                raise _conflict(f"The key {quoted(key.name)} has expired; set another `expires_at` first.")
            if overlap and key.former_until is not None and key.former_until > now:
                raise _conflict(
                    f"The key {quoted(key.name)} already has two valid secrets, until {instant(key.former_until)}."
                    " Rotate it later, or without an overlap, which ends both."
                )
            until = now + overlap
            details = {"former_secret_until": instant(until)}
            await record_event(connection, AdminAction.ROTATE_KEY, key.id, actor, details)
            return await _update(
                connection, key, {"former_digest": ApiKey.digest, "former_until": until, "digest": digest}
            )


async def revoke_key(engine: AsyncEngine, name: str, *, actor: Actor = COMMAND_LINE) -> bool:
    """Revoke a key permanently. Returns False if it was already revoked, or if there is no such key."""
    statement = update(ApiKey).where(ApiKey.name == name, ApiKey.revoked_at.is_(None)).values(revoked_at=func.now())
    with translated():
        async with engine.begin() as connection:
            key_id = (await connection.execute(statement.returning(ApiKey.id))).scalar_one_or_none()
            if key_id is None:
                return False
            await record_event(connection, AdminAction.REVOKE_KEY, key_id, actor, {})
            return True


async def record_uses(engine: AsyncEngine, key_ids: Collection[UUID]) -> None:
    """Set the last use of these keys to now. Skips keys whose last use another process has just set, and keys that are
    being changed, so that this never waits for a lock."""
    due = or_(
        ApiKey.last_used_at.is_(None),
        ApiKey.last_used_at <= func.now() - literal(timedelta(seconds=USE_SECONDS), Interval),
    )
    free = select(ApiKey.id).where(ApiKey.id.in_(key_ids), due).with_for_update(skip_locked=True)
    with translated():
        async with engine.begin() as connection:
            await connection.execute(update(ApiKey).where(ApiKey.id.in_(free)).values(last_used_at=func.now()))


async def _named(connection: AsyncConnection, name: str, *, is_locked: bool = False) -> StoredKey:
    by_name: ColumnElement[bool] = ApiKey.name == name
    try:
        matches = or_(by_name, ApiKey.id == UUID(name))
    except ValueError:
        matches = by_name
    # Names of old keys may look like ids; a name wins.
    found = select(*_COLUMNS).where(matches).order_by(by_name.desc()).limit(1)
    if is_locked:
        found = found.with_for_update()
    row = (await connection.execute(found)).one_or_none() if is_storable(name) else None
    if row is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no API key named {quoted(name, 60)}.")
    return _stored(row)


async def _unrevoked(connection: AsyncConnection, name: str) -> StoredKey:
    key = await _named(connection, name, is_locked=True)
    if key.revoked_at is not None:
        raise _conflict(f"The key {quoted(key.name)} was revoked and cannot be changed; create another.")
    return key


async def _update(connection: AsyncConnection, key: StoredKey, values: Mapping[str, Any]) -> StoredKey:
    changed = update(ApiKey).where(ApiKey.id == key.id).values(values).returning(*_COLUMNS)
    return _stored((await connection.execute(changed)).one())


def _conflict(detail: str) -> ApiError:
    return ApiError(ProblemType.CONFLICT, detail)


def _stored(row: Any) -> StoredKey:
    values = {column.key: getattr(row, column.key) for column in _COLUMNS}
    return StoredKey(**{**values, "scopes": frozenset(map(Scope, row.scopes))})
