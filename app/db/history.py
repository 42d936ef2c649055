"""Revisions: one for each write, numbered in the order of their commits; keys; settings of the ledger itself.

The database numbers them (migrations/versions, `history.begin` and `history.number`): a writer only says who writes
and why. What is no part of the domain has no history itself.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import DEFERRED, Base, term, terms
from app.db.vocabulary import Action, Scope

#: Channel on which a write tells other processes that the head has moved (NOTIFY).
HEAD_CHANNEL = "parley_head"


class Head(Base):
    """The one row that writers lock first and that every answer reads in its own statement.

    A sequence would number revisions in the order in which they began, not in which they were committed; this row
    does both: the writer that holds it commits before the next one can read it.
    """

    __tablename__ = "head"
    __is_kept__ = False
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: The transaction that made this revision: whatever else it writes belongs to it too.
    xact: Mapped[int | None] = mapped_column(BigInteger)


class Revision(Base):
    """One write, like a commit."""

    __tablename__ = "revision"
    __is_kept__ = False
    __table_args__ = (Index("ix_revision_at", "at"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    editor: Mapped[str]
    message: Mapped[str | None]
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_key.id", **DEFERRED), index=True)


class RevisionChange(Base):
    """A record that the revision touched, and how: noted by the database. Stays when a record is erased by hand."""

    __tablename__ = "revision_change"
    __is_kept__ = False

    revision: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    collection: Mapped[str]
    slug: Mapped[str]
    action: Mapped[Action] = term(Action)


class ApiKey(Base):
    """A key to the API. Only its digest is stored; the secret is shown once."""

    __tablename__ = "api_key"
    __is_kept__ = False

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = terms(Scope)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]


class LedgerSetting(Base):
    """What the ledger must remember of itself: the cursors' secret, which dossiers were loaded."""

    __tablename__ = "ledger_setting"
    __is_kept__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
