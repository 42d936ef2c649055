"""Tables of webhooks and their deliveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import term
from app.db.term import Term


class PauseReason(Term):
    """The reason why a webhook is paused."""

    ASKED = "asked", "somebody paused the webhook"
    GONE = "gone", "the receiver answered 410 Gone"
    FAILING = "failing", "the receiver failed for longer than the server retries"


class DeliveryStatus(Term):
    """The status of a delivery."""

    PENDING = "pending", "not delivered yet: it is retried, and later deliveries wait for it"
    DELIVERED = "delivered", "the receiver answered with a status from 200 to 299"
    DROPPED = "dropped", "abandoned, because the webhook was set to another position"
    PING = "ping", "a test delivery, sent once and not retried"


class Webhook(Base):
    """A URL to which changes are sent.

    The secrets of a webhook are stored in plain text, because signing needs them. `lease` identifies the delivery in
    progress and is valid until `leased_until`. The lease of a killed process expires within seconds.
    """

    __tablename__ = "webhook"
    # Not part of the domain data.
    __is_versioned__ = False
    __table_args__ = (
        CheckConstraint("is_active = (pause_reason IS NULL)", name="paused_with_reason"),
        CheckConstraint("(former_secret IS NULL) = (former_until IS NULL)", name="former_secret_ends"),
        CheckConstraint("batch BETWEEN 1 AND 500", name="batch"),
        Index("ix_webhook_next_at", "next_at", postgresql_where=text("is_active")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    description: Mapped[str | None]
    #: Filters for the changes to send. Null means all changes.
    collections: Mapped[list[str] | None]
    actions: Mapped[list[str] | None]
    processes: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    #: Maximum number of changes in one delivery.
    batch: Mapped[int] = mapped_column(server_default=text("50"))
    secret: Mapped[str]
    #: The previous secret, which also signs until `former_until`, so that receivers can switch to the new one.
    former_secret: Mapped[str | None]
    former_until: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    pause_reason: Mapped[PauseReason | None] = term(PauseReason)
    #: The position up to which all changes were delivered: a revision, and the last record in it.
    revision: Mapped[int] = mapped_column(BigInteger)
    record_id: Mapped[UUID]
    #: The number of consecutive failures, the time of the first failure, and the time of the next attempt.
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    failing_since: Mapped[datetime | None]
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WebhookDelivery(Base):
    """A delivery to a webhook: the changes between two positions. Old deliveries are deleted."""

    __tablename__ = "webhook_delivery"
    __is_versioned__ = False
    __table_args__ = (
        # Deliveries are sent in order, so at most one is pending.
        Index("uq_webhook_delivery_pending", "webhook_id", unique=True, postgresql_where=text("status = 'pending'")),
        Index("ix_webhook_delivery_webhook_id", "webhook_id", "id"),
        Index("ix_webhook_delivery_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    status: Mapped[DeliveryStatus] = term(DeliveryStatus)
    #: The positions in the change feed before and after the delivery, and the number of changes.
    after: Mapped[str]
    next: Mapped[str]
    change_count: Mapped[int]
    #: The compressed message. Retries send the same bytes. A message that was built again could differ, because the
    #: data or the program may have changed.
    body: Mapped[bytes] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    #: The result of the last attempt.
    attempted_at: Mapped[datetime | None]
    status_code: Mapped[int | None]
    error: Mapped[str | None]
    answer: Mapped[str | None]
    duration_ms: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
