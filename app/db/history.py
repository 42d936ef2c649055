"""Tables of revisions, API keys and internal settings.

Every write is one revision. The database numbers revisions in the order of their commits (migrations/versions,
`history.begin` and `history.number`); the writer supplies only the editor and the message. These tables are not
versioned themselves.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import DEFERRED, term, terms
from app.db.vocabulary import Action, Scope

#: NOTIFY channel on which a write announces the new head revision to other processes.
HEAD_CHANNEL = "parley_head"


class Head(Base):
    """The head revision: a single row. Writers lock the row first, and the statement of every read includes it.

    A sequence would number revisions in the order in which they begin, not in the order in which they commit. The lock
    makes the two orders equal, because a writer commits before the next writer can lock the row.
    """

    __tablename__ = "head"
    __is_versioned__ = False
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: The transaction that made this revision. All further writes of this transaction belong to the same revision.
    xact: Mapped[int | None] = mapped_column(BigInteger)


class Revision(Base):
    """One write, comparable to a commit in Git."""

    __tablename__ = "revision"
    __is_versioned__ = False
    __table_args__ = (Index("ix_revision_at", "at"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    editor: Mapped[str]
    message: Mapped[str | None]
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_key.id", **DEFERRED), index=True)


class RevisionChange(Base):
    """A record that a revision changed, with the action. Triggers write the rows, which remain if the record is erased."""

    __tablename__ = "revision_change"
    __is_versioned__ = False

    revision: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    collection: Mapped[str]
    slug: Mapped[str]
    action: Mapped[Action] = term(Action)


class ApiKey(Base):
    """An API key. Only digests of its secrets are stored; a secret is shown once."""

    __tablename__ = "api_key"
    __is_versioned__ = False
    __table_args__ = (CheckConstraint("(former_digest IS NULL) = (former_until IS NULL)", name="former_secret_ends"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = terms(Scope)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
    #: The time from which the key is rejected; null = it does not expire.
    expires_at: Mapped[datetime | None]
    #: The last request with the key, accurate to a minute.
    last_used_at: Mapped[datetime | None]
    note: Mapped[str | None]
    #: The secret before the last rotation, which is accepted until `former_until`. It stays stored afterwards, so that a
    #: client that still uses it is told that it was replaced.
    former_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    former_until: Mapped[datetime | None]


class LedgerSetting(Base):
    """An internal setting of the database, such as the secret of cursors or the list of loaded dossiers."""

    __tablename__ = "ledger_setting"
    __is_versioned__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
