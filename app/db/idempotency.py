"""Table of idempotency keys and stored responses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class IdempotentWrite(Base):
    """A write that was executed with an `Idempotency-Key`, and its response.

    The row and the outcome are written in the transaction of the write. The response is added after the COMMIT. If the
    server is killed in between, the response is built again from the outcome.
    """

    __tablename__ = "receipt"
    # Idempotency keys are not part of the domain data. Rows expire, by default after a day.
    __is_versioned__ = False
    __table_args__ = (CheckConstraint("length(key) BETWEEN 1 AND 255", name="key"),)

    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    #: SHA-256 of method, URL and body: a key may be repeated only with the same request.
    request: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[list[Any]]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)
