"""The contents of imported dossiers. A new import of a dossier withdraws only records that the dossier itself contributed."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import boolean


class DossierContent(Base):
    """A record, or a row in a list of a record, that a dossier contains.

    The table describes files, not the domain: a dossier that repeats stored data makes no revision and changes no
    record. The table therefore has a history of its own (`since`, `until`). It has no foreign key. The id of a merged
    record redirects, so merging records, or undoing a merge, does not change this table.
    """

    __tablename__ = "dossier_content"
    __is_versioned__ = False
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
    #: The name of the list that contains the row; empty for the record itself.
    field: Mapped[str] = mapped_column(primary_key=True)
    #: The key of the row in the list, as a JSON list; empty for the record itself.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: The revision of the first import in which the dossier contained the record or row. If that import made no
    #: revision, this is the number of the next revision.
    since: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    #: The revision of the first import in which the dossier no longer contained the record or row; null if it still
    #: does.
    until: Mapped[int | None] = mapped_column(BigInteger)
    collection: Mapped[str]
    #: Whether a dossier created the record or row. A record or row that existed before is not withdrawn when a dossier
    #: omits it.
    is_own: Mapped[bool] = boolean(default=True)
