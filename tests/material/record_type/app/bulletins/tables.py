"""The table of bulletins."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.actors import Party
from app.db.base import Record
from app.db.columns import DEFERRED, indexed_both_ways
from app.db.talks import Process


class Bulletin(Record):
    """A short notice about the course of a process."""

    __tablename__ = "bulletin"
    __collection__ = "bulletins"
    __dated__ = ("issued_on",)
    __search__ = {"title": "A", "text": "B"}
    __spelt__ = "title"
    __table_args__ = indexed_both_ways("ix_bulletin_issued_on", "issued_on_min", "date")

    title: Mapped[str]
    text: Mapped[str | None]
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process.id", **DEFERRED), index=True)
    issuer_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    issued_on: Mapped[str | None]

    process: Mapped[Process] = relationship(viewonly=True)
    issuer: Mapped[Party | None] = relationship(viewonly=True)
