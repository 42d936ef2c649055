"""Which dossier brings what: the ledger's own memory, by which a dossier withdraws no more than it brought itself."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, truth


class DossierContent(Base):
    """A record, or a row of a list of a record, that a dossier brings.

    It records what files say, which is not part of the domain: a dossier that repeats what is stored makes no revision
    and changes no record. So this table keeps its own history (`since`, `until`). It has no foreign key: the id of a
    merged record redirects, so that merges and their undoing need no change here.
    """

    __tablename__ = "dossier_content"
    __is_kept__ = False
    __table_args__ = (
        Index(
            "uq_dossier_content_now",
            "dossier",
            "record_id",
            "field",
            "key",
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_dossier_content_record_id", "record_id"),
        CheckConstraint("until > since", name="until_after_since"),
        CheckConstraint("(field = '') = (key = '')", name="key_of_a_row"),
    )

    dossier: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The list of the record that has the row; empty = the record itself.
    field: Mapped[str] = mapped_column(primary_key=True)
    #: The key of the row in that list, as a JSON list; empty = the record itself.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: The revision that the dossier made when it first brought it, or would have made.
    since: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    #: The one since which the dossier does not bring it; null = it does.
    until: Mapped[int | None] = mapped_column(BigInteger)
    collection: Mapped[str]
    #: Whether it is in the ledger because dossiers bring it. What was there before stays when they leave it out.
    is_own: Mapped[bool] = truth(default=True)
