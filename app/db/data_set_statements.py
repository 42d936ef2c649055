"""What each data set says of each record: the last statement of its files, by which a later file changes only its own.

An import compares the new statement with this one. What did not change is left alone, whatever happened to the record
since; what did change is applied where the record still says what the data set said before.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, truth


class DataSetStatement(Base):
    """The last statement of one data set about one record.

    It records what files say, which is not part of the domain: a file that repeats itself makes no revision. It has no
    foreign key: the id of a merged record redirects (`slug_alias`), so that merges and their undoing need no change here.
    """

    __tablename__ = "data_set_statement"
    __is_kept__ = False
    __table_args__ = (
        Index("ix_data_set_statement_record_id", "record_id"),
        Index("ix_data_set_statement_data_set", "data_set"),
        # By the beginning of an identifier: does any data set identify its records by this scheme?
        Index("ix_data_set_statement_identifier", "identifier", postgresql_ops={"identifier": "text_pattern_ops"}),
    )

    #: Profiles with the same prefix may describe the same records, under the same keys.
    prefix: Mapped[str] = mapped_column(primary_key=True)
    collection: Mapped[str] = mapped_column(primary_key=True)
    #: The slug that the profile makes for the record; of a record nested in another, the owner's key and a slash first.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: The name of the profile.
    data_set: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    #: The external id that identifies the record in the data set, as `scheme:value`.
    identifier: Mapped[str | None]
    #: The body of the record as the profile made it, from the last file that had the record.
    body: Mapped[dict[str, Any] | None]
    #: Whether the newest file has the record.
    is_stated: Mapped[bool] = truth(default=True)
    #: Fields of `body` that the record does not take, since somebody else said otherwise: what it took of them before.
    untaken: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True), server_default=text("'{}'"))
    #: Whether the record was withdrawn because the file no longer had it: it is restored if a later file has it again.
    has_withdrawn: Mapped[bool] = truth(default=False)
    #: The revision in which the data set first spoke of the record, and when: of two data sets the earlier goes first.
    first_since: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    #: The revision in which the statement was last changed, or the next one if it changed nothing else.
    since: Mapped[int] = mapped_column(BigInteger)
