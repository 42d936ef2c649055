"""Webhooks: who wants to be told of changes, how far they were told, and the log of what was sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, term
from app.db.term import Term


class PauseReason(Term):
    """Why nothing is sent to a webhook."""

    ASKED = "asked", "somebody paused it"
    GONE = "gone", "its receiver answered 410 Gone"
    FAILING = "failing", "its receiver failed for longer than the server tries"


class DeliveryStatus(Term):
    """How far a delivery is."""

    PENDING = "pending", "not taken yet: it is tried until it is, and what follows waits for it"
    DELIVERED = "delivered", "the receiver answered with a status from 200 to 299"
    DROPPED = "dropped", "given up, since the webhook was set to another position"
    PING = "ping", "a trial: sent once, whatever came of it"


class Webhook(Base):
    """An address to which changes are sent.

    Its secrets stand here as they are: who signs must know them. `lease` is the process that delivers just now, by a
    number of its own, and holds until `leased_until`; a process that was killed leaves it behind for seconds.
    """

    __tablename__ = "webhook"
    # It tells of receivers, not of negotiations.
    __is_kept__ = False
    __table_args__ = (
        CheckConstraint("is_active = (pause_reason IS NULL)", name="paused_with_reason"),
        CheckConstraint("(former_secret IS NULL) = (former_until IS NULL)", name="former_secret_ends"),
        CheckConstraint("batch BETWEEN 1 AND 500", name="batch"),
        Index("ix_webhook_next_at", "next_at", postgresql_where=text("is_active")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    description: Mapped[str | None]
    #: What is told; null = all.
    collections: Mapped[list[str] | None]
    actions: Mapped[list[str] | None]
    processes: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    #: Changes of one delivery at most.
    batch: Mapped[int] = mapped_column(server_default=text("50"))
    secret: Mapped[str]
    #: Signs too, until then: receivers change their secret in the meantime.
    former_secret: Mapped[str | None]
    former_until: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    pause_reason: Mapped[PauseReason | None] = term(PauseReason)
    #: All up to here was taken: a revision, and the last record of it.
    revision: Mapped[int] = mapped_column(BigInteger)
    record_id: Mapped[UUID]
    #: Failures one after the other, since when, and when it is tried again.
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    failing_since: Mapped[datetime | None]
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WebhookDelivery(Base):
    """What was sent, or is to be sent, to a webhook: the changes from a position to another. Old ones are swept away."""

    __tablename__ = "webhook_delivery"
    __is_kept__ = False
    __table_args__ = (
        # In order, and so one after the other.
        Index("uq_webhook_delivery_pending", "webhook_id", unique=True, postgresql_where=text("status = 'pending'")),
        Index("ix_webhook_delivery_webhook_id", "webhook_id", "id"),
        Index("ix_webhook_delivery_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    status: Mapped[DeliveryStatus] = term(DeliveryStatus)
    #: Positions, as the feed writes them, and how many changes lie between.
    after: Mapped[str]
    next: Mapped[str]
    change_count: Mapped[int]
    #: The message, packed: a repetition sends these bytes. Put together again it would be another, since what lies below
    #: a process, whether more follows and this program have changed meanwhile.
    body: Mapped[bytes] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    #: Of the last attempt.
    attempted_at: Mapped[datetime | None]
    status_code: Mapped[int | None]
    error: Mapped[str | None]
    answer: Mapped[str | None]
    duration_ms: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
