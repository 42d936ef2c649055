"""Dismissed duplicates: pairs of records that an editor declared not to be the same."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class DuplicateDismissal(Base):
    """A pair of records that are not duplicates, with the editor, the time and the reason.

    A dismissal is not part of the domain data and makes no revision. The table has no foreign keys. If one of the two
    records is merged into another record, `slug_alias` redirects to the other record, and the dismissal applies to that
    record. If the merge is undone, the dismissal again applies to the original pair.
    """

    __tablename__ = "duplicate_dismissal"
    __is_versioned__ = False
    __table_args__ = (
        UniqueConstraint("left_id", "right_id"),
        CheckConstraint("left_id < right_id", name="order"),
        Index("ix_duplicate_dismissal_collection", "collection", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection: Mapped[str]
    #: The older and the newer record; ids (UUIDv7) are in chronological order.
    left_id: Mapped[UUID]
    right_id: Mapped[UUID]
    message: Mapped[str | None]
    dismissed_by: Mapped[str]
    dismissed_at: Mapped[datetime] = mapped_column(server_default=func.now())
