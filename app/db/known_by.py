"""Since when the public could know a claim: `known_by`, the second clock.

The database keeps it (migrations/versions, schema `known`): a day follows from citations, sources and publications, and
triggers keep it true, whoever writes. A table and no column of the records: a day that becomes known is no change of
the record that it speaks of, and a write of one costs a row of a few bytes instead of a demand with all its indexes.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class KnownDay(Base):
    """The first day on which a claim is known, `infinity` where nothing dated makes it known.

    What is no claim (a party, a place) has no row and is always known. Accounts and parts have rows too. No foreign key:
    a row goes with its claim, by a trigger, and is never a reason to keep one.
    """

    __tablename__ = "known_day"
    __is_derived__ = True
    __table_args__ = (
        # A page of what is known, newest first: what is not yet known is passed over inside the index.
        Index(
            "ix_known_day_newest",
            "collection",
            text("sort_on DESC"),
            text("id DESC"),
            "known_on",
            postgresql_where=text("known_on < 'infinity'::date"),
        ),
        # How many the undated hide.
        Index("ix_known_day_undated", "collection", "id", postgresql_where=text("known_on = 'infinity'::date")),
    )

    #: The claim's own id.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection: Mapped[str]
    #: A copy of the record's, year 1 where it has none.
    sort_on: Mapped[date]
    known_on: Mapped[date]
