"""The first day on which each claim was public, for `known_by`.

Triggers derive the day from citations, sources and publications (migrations/versions, schema `known`). The days are in a
table of their own, because a new day is not a change of the record, and updating one small row is cheaper than updating a
demand with all its indexes.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class KnownDay(Base):
    """The first day on which a claim is known; `infinity` if no dated source makes it known.

    Records that are not claims (parties, places) have no row and are always known. Accounts and parts have rows too.
    There is no foreign key, because a trigger deletes the row together with its claim.
    """

    __tablename__ = "known_day"
    __is_derived__ = True
    __table_args__ = (
        # For pages of known records, newest first: records not yet known are skipped inside the index.
        Index(
            "ix_known_day_newest",
            "collection",
            text("sort_on DESC"),
            text("id DESC"),
            "known_on",
            postgresql_where=text("known_on < 'infinity'::date"),
        ),
        # The same with the claims that no dated source makes known: for pages of what a party could know (`known_to`).
        Index("ix_known_day_all", "collection", text("sort_on DESC"), text("id DESC"), "known_on"),
        # For counting the records that are hidden because no dated source makes them known.
        Index("ix_known_day_undated", "collection", "id", postgresql_where=text("known_on = 'infinity'::date")),
    )

    #: The id of the claim.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection: Mapped[str]
    #: A copy of the record's `sort_on`, or year 1 if the record has none.
    sort_on: Mapped[date]
    known_on: Mapped[date]
