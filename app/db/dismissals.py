"""Pairs of records that somebody said are not the same, so that nobody is asked again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class DuplicateDismissal(Base):
    """Two records that are two, whatever they have in common: who said so, when and why.

    It is no part of the domain and makes no revision. No foreign keys: where one of the two is merged into another record,
    what was said holds for that one, to which `slug_alias` leads; and a merge that is taken back finds all as it was.
    """

    __tablename__ = "duplicate_dismissal"
    __is_kept__ = False
    __table_args__ = (
        UniqueConstraint("left_id", "right_id"),
        CheckConstraint("left_id < right_id", name="order"),
        Index("ix_duplicate_dismissal_collection", "collection", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection: Mapped[str]
    #: The older record, and the newer one: ids are in the order of time.
    left_id: Mapped[UUID]
    right_id: Mapped[UUID]
    message: Mapped[str | None]
    dismissed_by: Mapped[str]
    dismissed_at: Mapped[datetime] = mapped_column(server_default=func.now())
