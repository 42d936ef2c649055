"""Derived tables with the states of demands, so that lists can filter, count and read states without deriving each
state.

Functions in the schema `state` derive the rows (migrations/versions/2026-11-30_demand_states.py and
2026-11-30_answers_of_demands.py). Triggers keep the tables up to date, and `parley db check` verifies them.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class DemandSpan(Base):
    """A period in which a derived value of a demand is constant.

    The aspects are `state`, `fulfilment`, `closed` and `owed` (an answer is due although others have answered). If a day
    has no row, the demand was not yet tabled (`state`), not fulfilled (`fulfilment`) or not closed (`closed`). While the
    state is `open` or `no_comment`, an answer is due even if there is no `owed` row.

    `applies` is a bit mask of the variants for which the period is valid: with inherited answers, dated answers only
    (1); with inherited answers, undated answers too (2); without inherited answers, dated answers only (4); without
    inherited answers, undated answers too (8). There is no foreign key, because a trigger deletes the rows of an erased
    demand.
    """

    __tablename__ = "demand_span"
    __is_derived__ = True
    __table_args__ = (
        CheckConstraint("aspect IN ('state', 'owed', 'fulfilment', 'closed')", name="aspect"),
        CheckConstraint("applies BETWEEN 1 AND 15", name="applies"),
        # For pages of demands with a given value, newest first.
        Index("ix_demand_span_newest", "aspect", "value", text("sort_on DESC"), text("demand_id DESC")),
    )

    demand_id: Mapped[UUID] = mapped_column(primary_key=True)
    aspect: Mapped[str] = mapped_column(primary_key=True)
    applies: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    #: The first day of the period, and the first day after it (`infinity` if it has no end).
    from_on: Mapped[date] = mapped_column(primary_key=True)
    until_on: Mapped[date]
    value: Mapped[str]
    #: A copy of the demand's `sort_on`.
    sort_on: Mapped[date]


class DemandAnswer(Base):
    """A period in which one answer of a party to a demand is used to derive the state, or in which the party owes an
    answer.

    `applies` has the same meaning as in `DemandSpan`. Only reads of the current state use the table, through the
    function `counted_answers`. With `as_of` or `known_by`, this function derives the answers instead, so the table is
    not versioned. There are no foreign keys, because triggers keep the rows up to date.
    """

    __tablename__ = "demand_answer"
    __is_versioned__ = False
    __is_derived__ = True
    __table_args__ = (
        PrimaryKeyConstraint("demand_id", "party_id", "from_on", "applies"),
        CheckConstraint("applies BETWEEN 1 AND 15", name="applies"),
    )

    demand_id: Mapped[UUID]
    party_id: Mapped[UUID]
    applies: Mapped[int] = mapped_column(SmallInteger)
    #: The first day of the period, and the first day after it (`infinity` if it has no end).
    from_on: Mapped[date]
    until_on: Mapped[date]
    #: Whether the party is a respondent. A respondent owes an answer until it has given one.
    may_owe: Mapped[bool]
    #: The target of the answer: 0 = the demand, 1 = its part, 2 = the part above that, ..., 1000 = the whole proposal.
    level: Mapped[int]
    #: The value that the answer counts as, and the stance taken; both are null if there is no answer.
    counted_as: Mapped[str | None]
    stance: Mapped[str | None]
    #: The date of the response or agreement.
    said_on: Mapped[str | None]
    is_implied: Mapped[bool | None]
    response_id: Mapped[UUID | None]
    agreement_id: Mapped[UUID | None]
    #: The party that gave the answer: the party itself, a body that speaks for it, or its coalition.
    speaker_id: Mapped[UUID | None]
