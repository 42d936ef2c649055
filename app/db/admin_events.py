"""Table of administrative acts: who created, changed, rotated and revoked API keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import term
from app.db.term import Term


class AdminAction(Term):
    """An administrative act."""

    CREATE_KEY = "create_key", "an API key was created"
    CHANGE_KEY = "change_key", "the expiry or the note of an API key was changed"
    ROTATE_KEY = "rotate_key", "an API key got a new secret"
    REVOKE_KEY = "revoke_key", "an API key was revoked"


class AdminEvent(Base):
    """One administrative act. The role of the server can add rows, but cannot change or delete them
    (`app.db.roles`)."""

    __tablename__ = "admin_event"
    # Not part of the domain data.
    __is_versioned__ = False
    __table_args__ = (Index("ix_admin_event_key_id", "key_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    action: Mapped[AdminAction] = term(AdminAction)
    #: The API key that was created, changed, rotated or revoked.
    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id"))
    #: Who acted: the name of an API key and its id, or the command line, without an id.
    actor: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_key.id"), index=True)
    #: Id of the HTTP request, as in the access log.
    request_id: Mapped[str | None]
    #: What was set, never a secret or its digest.
    details: Mapped[dict[str, Any]]
