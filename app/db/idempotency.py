"""What was answered to a request that must not be done twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Receipt(Base):
    """A POST that was done, by the key that the client gave it (`Idempotency-Key`).

    The row is written in the transaction of what was done, with what came of it; the answer itself is made after the
    COMMIT and follows. Whoever is killed in between leaves a receipt from which the answer is made anew.
    """

    __tablename__ = "receipt"
    # It tells of requests, not of negotiations, and goes after a day.
    __is_kept__ = False
    __table_args__ = (CheckConstraint("length(key) BETWEEN 1 AND 255", name="key"),)

    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    #: SHA-256 of method, address and body: what the same key may be sent with again.
    request: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[list[Any]]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)
