"""Record and list administrative acts. An act and its record are one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from app.db.admin_events import AdminAction, AdminEvent
from app.db.history import ApiKey
from app.writing.constraint_errors import translated


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an API key, with the id of its HTTP request, or a command on the server, without ids."""

    name: str
    key_id: UUID | None = None
    request_id: str | None = None


COMMAND_LINE = Actor("command line")


async def record_event(
    connection: AsyncConnection, action: AdminAction, key_id: UUID, actor: Actor, details: Mapping[str, object]
) -> None:
    """Record an act in the transaction of the act. `details` must be JSON data without secrets."""
    row = {
        "id": uuid7(),
        "action": action,
        "key_id": key_id,
        "actor": actor.name,
        "actor_id": actor.key_id,
        "request_id": actor.request_id,
        "details": dict(details),
    }
    await connection.execute(insert(AdminEvent).values(row))


async def list_events(
    engine: AsyncEngine, limit: int, before: UUID | None = None, key_id: UUID | None = None
) -> list[Mapping[Any, Any]]:
    """The newest acts, or those before the act `before`; with `key_id` only those on this API key."""
    found = select(
        AdminEvent.id,
        AdminEvent.at,
        AdminEvent.action,
        ApiKey.name.label("key"),
        AdminEvent.actor,
        AdminEvent.actor_id,
        AdminEvent.request_id,
        AdminEvent.details,
    ).join(ApiKey, ApiKey.id == AdminEvent.key_id)
    if before is not None:
        found = found.where(AdminEvent.id < before)
    if key_id is not None:
        found = found.where(AdminEvent.key_id == key_id)
    with translated():
        async with engine.connect() as connection:
            rows = await connection.execute(found.order_by(AdminEvent.id.desc()).limit(limit))
            return list(rows.mappings())
