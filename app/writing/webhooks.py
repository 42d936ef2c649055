"""Webhooks as they are stored: made, found, revised, deleted. No write here is a revision: they tell of receivers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, insert, literal, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from app.db.history import HEAD_CHANNEL, Head
from app.db.vocabulary import Action
from app.db.webhooks import DeliveryStatus, PauseReason, Webhook, WebhookDelivery
from app.errors import ApiError, ProblemType, Violation
from app.writing.constraint_errors import translated
from app.writing.idempotency import Asked, give_receipt_now, refuse_done
from app.writing.intents import WriteResult, Written

Row = Mapping[Any, Any]
#: No id of a record comes after it: all of a revision is known.
WHOLE = UUID(int=2**128 - 1)
#: Webhooks of one ledger at the most: each is told of every change.
MOST = 1_000
#: Hours for which the secret of before signs beside a new one, where nobody says how many.
OVERLAP_HOURS = 24.0


def _table(model: type[Any]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


webhook, delivery = _table(Webhook), _table(WebhookDelivery)
#: The couriers of all servers listen to news of the head; this is news to them, too.
_NEWS = select(func.pg_notify(HEAD_CHANNEL, ""))
#: Those that make webhooks wait for each other: any number, as long as it is nobody else's.
_LOCK = 23_05_02_08_15_15_11


async def tell_couriers(engine: AsyncEngine) -> None:
    """Let the couriers of all servers look what is due: a webhook may be so before the time for which they wait."""
    with translated():
        async with engine.begin() as connection:
            await connection.execute(_NEWS)


async def create_webhook(engine: AsyncEngine, values: Row, asked: Asked | None = None) -> WriteResult:
    """Store a webhook. Without a `revision` it begins after the newest. Raises `AlreadyDoneError` where what is asked to
    be done once is done."""
    with translated():
        async with engine.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            await refuse_done(connection, asked)
            if (await connection.execute(select(func.count()).select_from(webhook))).scalar_one() >= MOST:
                raise ApiError(ProblemType.CONFLICT, f"There are {MOST:,} webhooks; delete one first.")
            head = select(Head.revision).scalar_subquery()
            made = {"id": uuid7(), "revision": head, "record_id": WHOLE, **values}
            await connection.execute(insert(webhook).values(made))
            result = WriteResult(None, (Written("webhooks", str(made["id"]), made["id"], Action.CREATE, 1),))
            if asked is not None:
                await give_receipt_now(connection, asked, result)
            await connection.execute(_NEWS)
            return result


_behind = Head.revision - webhook.c.revision
_SHOWN = select(*webhook.c, _behind.label("revisions_behind")).select_from(webhook.join(_table(Head), literal(True)))


async def list_webhooks(engine: AsyncEngine) -> list[Row]:
    """All webhooks, the oldest first."""
    with translated():
        async with engine.connect() as connection:
            return list((await connection.execute(_SHOWN.order_by(webhook.c.id))).mappings())


async def find_webhook(engine: AsyncEngine, identifier: UUID) -> Row:
    """One webhook. Raises ApiError: there is none."""
    with translated():
        async with engine.connect() as connection:
            return await _one(connection, identifier)


async def _one(connection: AsyncConnection, identifier: UUID) -> Row:
    row = (await connection.execute(_SHOWN.where(webhook.c.id == identifier))).mappings().one_or_none()
    if row is None:
        raise no_webhook(identifier)
    return row


def no_webhook(identifier: UUID) -> ApiError:
    return ApiError(ProblemType.NOT_FOUND, f"There is no webhook {identifier}.")


#: What failed until now is no reason to wait; whoever delivers just now, perhaps elsewhere, has lost its lease, so that
#: what comes of it cannot undo this.
_AFRESH = {"failures": 0, "failing_since": None, "next_at": func.now(), "lease": None, "leased_until": None}


async def revise_webhook(engine: AsyncEngine, identifier: UUID, values: Row, *, overlap_hours: float | None) -> Row:
    """Change a webhook; a new `secret` lets the one of before sign too for some hours, which alone are those of the one
    that still does, and a `revision` sets it to another position: what was pending is dropped. Raises ApiError: there is
    none, or no secret of before."""
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
                    raise _no_former()
                changed |= _overlapping(row["former_secret"], overlap_hours)
            if "is_active" in changed:
                changed |= _switched(row, is_active=changed["is_active"])
            if "url" in changed:
                changed |= _AFRESH
            if "revision" in changed:
                changed |= _AFRESH
                pending = (delivery.c.webhook_id == identifier, delivery.c.status == DeliveryStatus.PENDING)
                await connection.execute(update(delivery).where(*pending).values(status=DeliveryStatus.DROPPED))
            if changed:
                await connection.execute(
                    update(webhook).where(webhook.c.id == identifier).values(**changed, updated_at=func.now())
                )
                await connection.execute(_NEWS)
            return await _one(connection, identifier)


def _switched(row: Row, *, is_active: bool) -> Row:
    if is_active:
        return {"pause_reason": None, **_AFRESH}
    return {"pause_reason": PauseReason.ASKED} if row["is_active"] else {}


def _overlapping(former: str, hours: float) -> Row:
    if not hours:
        return {"former_secret": None, "former_until": None}
    until = func.now() + text("make_interval(secs => :overlap)").bindparams(overlap=hours * 3600)
    return {"former_secret": former, "former_until": until}


def _no_former() -> ApiError:
    hint = "It goes with `secret`, and alone it changes for how long the one of before still signs."
    violation = Violation("No secret of before signs any more", pointer="/overlap_hours", hint=hint)
    return ApiError(ProblemType.INVALID, "1 validation error.", [violation])


async def delete_webhook(engine: AsyncEngine, identifier: UUID) -> None:
    """Delete a webhook and its log. Raises ApiError: there is none."""
    with translated():
        async with engine.begin() as connection:
            gone = delete(webhook).where(webhook.c.id == identifier).returning(webhook.c.id)
            if (await connection.execute(gone)).one_or_none() is None:
                raise no_webhook(identifier)


def signing(row: Row, now: datetime) -> list[str]:
    """The secrets that sign: the webhook's, and for a while the one of before."""
    is_overlapping = row["former_until"] is not None and row["former_until"] > now
    return [row["secret"], *([row["former_secret"]] if is_overlapping else [])]


# --- The log

#: What the log tells: not the messages themselves.
_TOLD = [column for column in delivery.c if column.name != "body"]


async def list_deliveries(
    engine: AsyncEngine, identifier: UUID, before: UUID | None, limit: int, statuses: list[str] | None
) -> list[Row]:
    """The newest deliveries of a webhook before one of them, each with when its webhook is tried again. Raises ApiError:
    there is no such webhook."""
    found = (
        select(*_TOLD, webhook.c.next_at, webhook.c.is_active)
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
    """A webhook and one of its deliveries. Raises ApiError: there is no such one, or its time in the log is over."""
    with translated():
        async with engine.connect() as connection:
            hook = await _one(connection, identifier)
            found = select(*delivery.c, webhook.c.next_at, webhook.c.is_active).join(webhook)
            one = found.where(delivery.c.id == number, delivery.c.webhook_id == identifier)
            row = (await connection.execute(one)).mappings().one_or_none()
    if row is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no delivery {number} of this webhook, or not any more.")
    return hook, row


def is_before_head(revision: Any, record: Any) -> Any:
    """Whether a position lies before the newest revision."""
    return tuple_(revision, record) < tuple_(Head.revision, literal(WHOLE))
