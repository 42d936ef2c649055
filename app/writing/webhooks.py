"""Create, find, change and delete webhooks, and read their delivery logs. None of these writes makes a revision."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from app.db.alias import Expression
from app.db.history import HEAD_CHANNEL, Head
from app.db.tables import table_of
from app.db.vocabulary import Action
from app.db.webhooks import DeliveryStatus, PauseReason, Webhook, WebhookDelivery
from app.errors import ApiError, ProblemType, Violation, count_errors
from app.writing.constraint_errors import translated
from app.writing.idempotency import IdempotencyKey, check_not_completed, store_outcome_now
from app.writing.intents import WriteResult, Written

Row = Mapping[Any, Any]
#: The greatest possible record id. A position with this id comes after all changes of its revision.
WHOLE = UUID(int=2**128 - 1)
#: The maximum number of webhooks in one database. It is limited because every change is matched against each webhook.
MOST = 1_000
#: Default number of hours for which the former secret signs deliveries along with the new one.
OVERLAP_HOURS = 24.0


webhook, delivery = table_of(Webhook), table_of(WebhookDelivery)
#: Wakes the couriers of all servers, which listen on the channel for new revisions.
_NOTIFY = select(func.pg_notify(HEAD_CHANNEL, ""))
#: The advisory lock that serializes the creation of webhooks. The number is arbitrary, but no other lock uses it.
_LOCK = 23_05_02_08_15_15_11


async def tell_couriers(engine: AsyncEngine) -> None:
    """Make the couriers of all servers check for due deliveries, in case a webhook is due before they would wake up."""
    with translated():
        async with engine.begin() as connection:
            await connection.execute(_NOTIFY)


async def create_webhook(
    engine: AsyncEngine, values: Row, idempotency_key: IdempotencyKey | None = None
) -> WriteResult:
    """Store a webhook. If no `revision` is given, the webhook's position is the newest revision.

    Raises `ApiError` (409) if there are `MOST` webhooks, and `AlreadyDoneError` if the same request was already completed.
    """
    with translated():
        async with engine.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            await check_not_completed(connection, idempotency_key)
            if (await connection.execute(select(func.count()).select_from(webhook))).scalar_one() >= MOST:
                raise ApiError(ProblemType.CONFLICT, f"The limit of {MOST:,} webhooks is reached; delete one first.")
            head = select(Head.revision).scalar_subquery()
            row = {"id": uuid7(), "revision": head, "record_id": WHOLE, **values}
            await connection.execute(insert(webhook).values(row))
            result = WriteResult(None, (Written("webhooks", str(row["id"]), row["id"], Action.CREATE, 1),))
            if idempotency_key is not None:
                await store_outcome_now(connection, idempotency_key, result)
            await connection.execute(_NOTIFY)
            return result


_behind = Head.revision - webhook.c.revision
_SELECT = select(*webhook.c, _behind.label("revisions_behind")).select_from(webhook.join(table_of(Head), literal(True)))


async def list_webhooks(engine: AsyncEngine) -> list[Row]:
    """All webhooks, the oldest first."""
    with translated():
        async with engine.connect() as connection:
            return list((await connection.execute(_SELECT.order_by(webhook.c.id))).mappings())


async def find_webhook(engine: AsyncEngine, identifier: UUID) -> Row:
    """The webhook with this id. Raises `ApiError` (404) if there is none."""
    with translated():
        async with engine.connect() as connection:
            return await _one(connection, identifier)


async def _one(connection: AsyncConnection, identifier: UUID) -> Row:
    row = (await connection.execute(_SELECT.where(webhook.c.id == identifier))).mappings().one_or_none()
    if row is None:
        raise no_webhook(identifier)
    return row


def no_webhook(identifier: UUID) -> ApiError:
    """The error for an unknown webhook id."""
    return ApiError(ProblemType.NOT_FOUND, f"There is no webhook {identifier}.")


#: Column values that reset the failures and end the lease of a webhook. The next attempt is then due now, and a delivery in
#: progress cannot overwrite this change, because it has lost its lease.
_RESET = {"failures": 0, "failing_since": None, "next_at": func.now(), "lease": None, "leased_until": None}


async def revise_webhook(engine: AsyncEngine, identifier: UUID, values: Row, *, overlap_hours: float | None) -> Row:
    """Change a webhook.

    If `secret` is new, the former secret also signs deliveries for `overlap_hours`. If no new `secret` is given,
    `overlap_hours` changes how long the former secret still signs. A `revision` moves the webhook to another position
    and drops the pending delivery. Raises `ApiError` if the webhook does not exist, or if `overlap_hours` is sent alone
    and no former secret is valid.
    """
    changed = dict(values)
    with translated():
        async with engine.begin() as connection:
            held = select(webhook).where(webhook.c.id == identifier).with_for_update()
            row = (await connection.execute(held)).mappings().one_or_none()
            if row is None:
                raise no_webhook(identifier)
            if "secret" in changed and changed["secret"] != row["secret"]:
                changed |= _overlapping(row["secret"], OVERLAP_HOURS if overlap_hours is None else overlap_hours)
            elif overlap_hours is not None:
                _, *former = signing(row, datetime.now(UTC))
                if overlap_hours and not former:
                    raise _no_former_secret()
                changed |= _overlapping(row["former_secret"], overlap_hours)
            if "is_active" in changed:
                changed |= _activation(row, is_active=changed["is_active"])
            if "url" in changed:
                changed |= _RESET
            if "revision" in changed:
                changed |= _RESET
                pending = (delivery.c.webhook_id == identifier, delivery.c.status == DeliveryStatus.PENDING)
                await connection.execute(update(delivery).where(*pending).values(status=DeliveryStatus.DROPPED))
            if changed:
                await connection.execute(
                    update(webhook).where(webhook.c.id == identifier).values(**changed, updated_at=func.now())
                )
                await connection.execute(_NOTIFY)
            return await _one(connection, identifier)


def _activation(row: Row, *, is_active: bool) -> Row:
    if is_active:
        return {"pause_reason": None, **_RESET}
    return {"pause_reason": PauseReason.ASKED} if row["is_active"] else {}


def _overlapping(former: str, hours: float) -> Row:
    if not hours:
        return {"former_secret": None, "former_until": None}
    until = func.now() + text("make_interval(secs => :overlap)").bindparams(overlap=hours * 3600)
    return {"former_secret": former, "former_until": until}


def _no_former_secret() -> ApiError:
    hint = "Send `overlap_hours` with a new `secret`. Without a new secret, it changes how long the former secret stays valid."
    violation = Violation(
        "`overlap_hours` cannot be changed: no former secret is valid", pointer="/overlap_hours", hint=hint
    )
    return ApiError(ProblemType.INVALID, count_errors([violation]), [violation])


async def delete_webhook(engine: AsyncEngine, identifier: UUID) -> None:
    """Delete a webhook and its log. Raises `ApiError` (404) if there is none."""
    with translated():
        async with engine.begin() as connection:
            gone = delete(webhook).where(webhook.c.id == identifier).returning(webhook.c.id)
            if (await connection.execute(gone)).one_or_none() is None:
                raise no_webhook(identifier)


def signing(row: Row, now: datetime) -> list[str]:
    """The secrets that sign a delivery: the current one and, until it expires, the former one."""
    is_overlapping = row["former_until"] is not None and row["former_until"] > now
    return [row["secret"], *([row["former_secret"]] if is_overlapping else [])]


# --- The log

#: The columns that the log shows: all but the body of the message.
_LOG_COLUMNS = [column for column in delivery.c if column.name != "body"]


async def list_deliveries(
    engine: AsyncEngine, identifier: UUID, before: UUID | None, limit: int, statuses: list[str] | None
) -> list[Row]:
    """The newest deliveries of a webhook, or those before the delivery `before`, with the time of the webhook's next attempt.

    Raises `ApiError` (404) if the webhook does not exist.
    """
    found = (
        select(*_LOG_COLUMNS, webhook.c.next_at, webhook.c.is_active)
        .join(webhook, webhook.c.id == delivery.c.webhook_id)
        .where(delivery.c.webhook_id == identifier)
    )
    if before is not None:
        found = found.where(delivery.c.id < before)
    if statuses is not None:
        found = found.where(delivery.c.status.in_(statuses))
    with translated():
        async with engine.connect() as connection:
            await _one(connection, identifier)
            rows = await connection.execute(found.order_by(delivery.c.id.desc()).limit(limit))
            return list(rows.mappings())


async def find_delivery(engine: AsyncEngine, identifier: UUID, number: UUID) -> tuple[Row, Row]:
    """A webhook and one of its deliveries. Raises `ApiError` (404) if the delivery does not exist, or if the log no
    longer contains it.
    """
    with translated():
        async with engine.connect() as connection:
            hook = await _one(connection, identifier)
            found = select(*delivery.c, webhook.c.next_at, webhook.c.is_active).join(webhook)
            one = found.where(delivery.c.id == number, delivery.c.webhook_id == identifier)
            row = (await connection.execute(one)).mappings().one_or_none()
    if row is None:
        raise ApiError(
            ProblemType.NOT_FOUND, f"The webhook has no delivery {number}, or its log no longer contains it."
        )
    return hook, row


def is_before_head(revision: Expression, record: Expression) -> ColumnElement[bool]:
    """The condition that a position is before the newest revision."""
    return tuple_(revision, record) < tuple_(Head.revision, literal(WHOLE))
