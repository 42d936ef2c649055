"""Leases, positions and the delivery log of webhooks: how the couriers of several processes share the work.

A courier leases a webhook for a few seconds and renews the lease while it waits for the receiver; it holds no connection
meanwhile. The webhook's position advances only after a delivery was accepted. If a courier is killed, its lease expires and
a delivery without a recorded success is sent again with the same id.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from app.db.history import Head
from app.db.webhooks import DeliveryStatus, PauseReason
from app.writing.constraint_errors import translated
from app.writing.webhooks import Row, delivery, is_before_head, webhook

#: Duration of a lease, in seconds.
LEASE = 10.0


def _seconds(number: float) -> TextClause:
    return text("make_interval(secs => :seconds)").bindparams(seconds=number)


_is_due = (
    webhook.c.is_active,
    is_before_head(webhook.c.revision, webhook.c.record_id),
    or_(webhook.c.leased_until.is_(None), webhook.c.leased_until < func.now()),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of sending a delivery once."""

    status_code: int | None
    error: str | None
    answer: str | None
    duration_ms: int

    @property
    def log_values(self) -> dict[str, object]:
        """The columns of the delivery log that record the attempt."""
        return {
            "attempts": delivery.c.attempts + 1, "attempted_at": func.now(), "status_code": self.status_code,
            "error": self.error, "answer": self.answer, "duration_ms": self.duration_ms,
        }  # fmt: skip


async def seconds_until_due(engine: AsyncEngine) -> float | None:
    """Seconds until the next delivery is due. Zero or less if one is due now; None if there is nothing to deliver."""
    at = func.greatest(webhook.c.next_at, func.coalesce(webhook.c.leased_until, webhook.c.next_at))
    first = select(func.extract("epoch", func.min(at) - func.now())).select_from(webhook).join(Head, text("true"))
    waiting = first.where(webhook.c.is_active, is_before_head(webhook.c.revision, webhook.c.record_id))
    with translated():
        async with engine.connect() as connection:
            found = (await connection.execute(waiting)).scalar_one()
    return None if found is None else float(found)


async def lease_due(engine: AsyncEngine, lease: UUID) -> Row | None:
    """Lease the webhook whose delivery became due first. Returns None if no delivery is due."""
    due = (
        select(webhook.c.id)
        .join(Head, text("true"))
        .where(*_is_due, webhook.c.next_at <= func.now())
        .order_by(webhook.c.next_at)
        .limit(1)
        .with_for_update(of=webhook, skip_locked=True)
    )
    taken = update(webhook).where(webhook.c.id == due.scalar_subquery())
    with translated():
        async with engine.begin() as connection:
            rows = await connection.execute(
                taken.values(lease=lease, leased_until=func.now() + _seconds(LEASE)).returning(*webhook.c)
            )
            return rows.mappings().one_or_none()


async def lease_webhook(engine: AsyncEngine, identifier: UUID, lease: UUID) -> bool:
    """Lease one webhook. Returns False if another courier holds the lease."""
    free = or_(webhook.c.leased_until.is_(None), webhook.c.leased_until < func.now())
    return await _update(
        engine, webhook.c.id == identifier, free, lease=lease, leased_until=func.now() + _seconds(LEASE)
    )


async def renew_lease(engine: AsyncEngine, identifier: UUID, lease: UUID) -> bool:
    """Extend a lease. Returns False if the lease was lost."""
    mine = (webhook.c.id == identifier, webhook.c.lease == lease)
    return await _update(engine, *mine, leased_until=func.now() + _seconds(LEASE))


async def end_lease(engine: AsyncEngine, identifier: UUID, lease: UUID) -> None:
    """Give up the lease."""
    await _update(engine, webhook.c.id == identifier, webhook.c.lease == lease, lease=None, leased_until=None)


async def _update(engine: AsyncEngine, *conditions: ColumnElement[bool], **values: object) -> bool:
    changed = update(webhook).where(*conditions).values(**values).returning(webhook.c.id)
    with translated():
        async with engine.begin() as connection:
            return (await connection.execute(changed)).one_or_none() is not None


async def find_pending(engine: AsyncEngine, identifier: UUID) -> Row | None:
    """The delivery that was created for a webhook and not accepted yet; None if there is none."""
    pending = select(delivery).where(delivery.c.webhook_id == identifier, delivery.c.status == DeliveryStatus.PENDING)
    with translated():
        async with engine.connect() as connection:
            return (await connection.execute(pending)).mappings().one_or_none()


async def note_pending(engine: AsyncEngine, identifier: UUID, lease: UUID, values: Row) -> Row | None:
    """Store a delivery in the log before it is sent, so that every retry sends the same content.

    Returns None if the lease was lost. The webhook's position may then have changed, and the delivery could skip
    changes.
    """
    held = select(webhook.c.id).where(webhook.c.id == identifier, webhook.c.lease == lease).with_for_update()
    with translated():
        async with engine.begin() as connection:
            if (await connection.execute(held)).one_or_none() is None:
                return None
            return await _insert(connection, identifier, DeliveryStatus.PENDING, values)


async def note_ping(engine: AsyncEngine, identifier: UUID, values: Row) -> Row:
    """Store a test delivery (ping) in the log."""
    with translated():
        async with engine.begin() as connection:
            return await _insert(connection, identifier, DeliveryStatus.PING, values)


async def _insert(connection: AsyncConnection, identifier: UUID, status: DeliveryStatus, values: Row) -> Row:
    statement = (
        insert(delivery).values(id=uuid7(), webhook_id=identifier, status=status, **values).returning(*delivery.c)
    )
    return (await connection.execute(statement)).mappings().one()


async def note_attempt(engine: AsyncEngine, number: UUID, attempt: Attempt) -> None:
    """Record an attempt that does not move the position: a ping, or a repetition of an accepted delivery."""
    with translated():
        async with engine.begin() as connection:
            await connection.execute(update(delivery).where(delivery.c.id == number).values(**attempt.log_values))


async def advance(
    engine: AsyncEngine, identifier: UUID, lease: UUID, revision: int, record: UUID, taken: tuple[UUID, Attempt] | None
) -> bool:
    """Move a webhook's position past an accepted delivery, or past changes to which the webhook does not subscribe, and
    end the lease.

    Returns False if the lease was lost. Then only the attempt is recorded in the log.
    """
    with translated():
        async with engine.begin() as connection:
            moved = (
                update(webhook)
                .where(webhook.c.id == identifier, webhook.c.lease == lease)
                .values(
                    revision=revision, record_id=record, failures=0, failing_since=None, next_at=func.now(),
                    lease=None, leased_until=None,
                )
                .returning(webhook.c.id)
            )  # fmt: skip
            is_moved = (await connection.execute(moved)).one_or_none() is not None
            if taken is not None:
                number, attempt = taken
                status = {"status": DeliveryStatus.DELIVERED} if is_moved else {}
                await connection.execute(
                    update(delivery).where(delivery.c.id == number).values(**attempt.log_values, **status)
                )
            return is_moved


async def fail(
    engine: AsyncEngine,
    row: Row,
    lease: UUID,
    number: UUID | None,
    attempt: Attempt,
    *,
    pause: float,
    give_up_hours: float,
) -> PauseReason | None:
    """Record a failed attempt and schedule the next one in `pause` seconds. `number` is the delivery; None if it failed
    before there was one.

    Pauses the webhook, and returns the reason, if the receiver answered 410 Gone or has failed for `give_up_hours`.
    """
    with translated():
        async with engine.begin() as connection:
            if number is not None:
                await connection.execute(update(delivery).where(delivery.c.id == number).values(**attempt.log_values))
            reason = PauseReason.GONE if attempt.status_code == 410 else None
            if reason is None and await _has_failed_too_long(connection, row["failing_since"], give_up_hours):
                reason = PauseReason.FAILING
            await connection.execute(
                update(webhook)
                .where(webhook.c.id == row["id"], webhook.c.lease == lease)
                .values(
                    failures=webhook.c.failures + 1,
                    failing_since=func.coalesce(webhook.c.failing_since, func.now()),
                    next_at=func.now() + _seconds(pause),
                    lease=None,
                    leased_until=None,
                    # A webhook that was paused by hand in the meantime stays paused.
                    is_active=webhook.c.is_active if reason is None else False,
                    pause_reason=func.coalesce(webhook.c.pause_reason, reason),
                )
            )
            return reason


async def _has_failed_too_long(connection: AsyncConnection, since: datetime | None, hours: float) -> bool:
    if since is None:
        return False
    now: datetime = (await connection.execute(select(func.now()))).scalar_one()
    return (now - since).total_seconds() > hours * 3600


async def sweep(engine: AsyncEngine, *, days: float, most: int) -> None:
    """Delete log entries older than `days` days, and all but the newest `most` of each webhook. Pending deliveries
    stay.
    """
    is_done = delivery.c.status != DeliveryStatus.PENDING
    numbered = select(
        delivery.c.id, func.row_number().over(partition_by=delivery.c.webhook_id, order_by=delivery.c.id.desc())
    ).subquery("numbered")
    too_many = select(numbered.c[0]).where(numbered.c[1] > most)
    old = delivery.c.created_at < func.now() - _seconds(days * 86_400)
    with translated():
        async with engine.begin() as connection:
            await connection.execute(delete(delivery).where(is_done, or_(old, delivery.c.id.in_(too_many))))
