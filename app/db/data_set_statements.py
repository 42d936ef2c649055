"""The last statement of each data set about each record, so that a later file changes only the values of its own data
set.

An import compares the new statement with the stored one. Unchanged values are left alone, even if the record has been
edited since. Changed values are applied if the record still has the previous value of the data set.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import boolean


class DataSetStatement(Base):
    """The last statement of one data set about one record.

    Statements describe files and are not part of the domain data, so importing the same file again makes no revision.
    The table has no foreign key. The id of a merged record redirects (`slug_alias`), so merging records, or undoing a
    merge, changes no statement.
    """

    __tablename__ = "data_set_statement"
    __is_versioned__ = False
    __table_args__ = (
        Index("ix_data_set_statement_record_id", "record_id"),
        Index("ix_data_set_statement_data_set", "data_set"),
        # For prefix searches, which find out whether a data set identifies its records by a scheme.
        Index("ix_data_set_statement_identifier", "identifier", postgresql_ops={"identifier": "text_pattern_ops"}),
    )

    #: Profiles with the same prefix may describe the same records, under the same keys.
    prefix: Mapped[str] = mapped_column(primary_key=True)
    collection: Mapped[str] = mapped_column(primary_key=True)
    #: The slug that the profile generates for the record. For a nested record, the owner's key and a slash precede the
    #: slug.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: The name of the profile.
    data_set: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    #: The external id that identifies the record in the data set, as `scheme:value`.
    identifier: Mapped[str | None]
    #: The body that the profile generated for the record, from the last file that contained the record.
    body: Mapped[dict[str, Any] | None]
    #: Whether the newest file contains the record.
    is_stated: Mapped[bool] = boolean(default=True)
    #: The fields of `body` that were not applied, because the record had been edited, with the values applied before.
    untaken: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True), server_default=text("'{}'"))
    #: Whether the import withdrew the record, because the file no longer contained it. A later file that contains the
    #: record restores it.
    has_withdrawn: Mapped[bool] = boolean(default=False)
    #: The revision and time of the data set's first statement about the record; an earlier data set takes precedence.
    first_since: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    #: The revision that last changed the statement or, if the import made no revision, the next revision.
    since: Mapped[int] = mapped_column(BigInteger)
