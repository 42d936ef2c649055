"""The states of demands as the database keeps them, so that they can be filtered, counted and read without deriving each.

The functions of the schema `state` (migrations/versions/2026-11-30_demand_states.py and 2026-11-30_answers_of_demands.py)
derive them; triggers keep these tables equal to what they derive, whoever writes, and `parley db check` compares them.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class DemandSpan(Base):
    """A span of days in which a demand has one derived value: its state, its fulfilment, how it is closed, or that an answer
    is owed although others answered.

    A demand without a row for a day is not tabled yet (state), not carried out (fulfilment), not closed (closed); where it
    is `open` or `no_comment`, an answer is owed without a row that says so.
    `applies` tells for which questions the span holds, one bit each: inherited answers and only dated ones (1),
    inherited and undated ones (2), answers to the point and only dated ones (4), to the point and undated ones (8).
    No foreign key: the rows of a demand that is erased go by a trigger.
    """

    __tablename__ = "demand_span"
    __is_derived__ = True
    __table_args__ = (
        CheckConstraint("aspect IN ('state', 'owed', 'fulfilment', 'closed')", name="aspect"),
        CheckConstraint("applies BETWEEN 1 AND 15", name="applies"),
        # A page of demands with this value, newest first, is the top of this index.
        Index("ix_demand_span_newest", "aspect", "value", text("sort_on DESC"), text("demand_id DESC")),
    )

    demand_id: Mapped[UUID] = mapped_column(primary_key=True)
    aspect: Mapped[str] = mapped_column(primary_key=True)
    applies: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    #: The first day of the span, and the first day after it (`infinity` while it lasts).
    from_on: Mapped[date] = mapped_column(primary_key=True)
    until_on: Mapped[date]
    value: Mapped[str]
    #: A copy of the demand's.
    sort_on: Mapped[date]


class DemandAnswer(Base):
    """A span of days in which one answer of a party to a demand counts, or the party is asked and has given none.

    `applies` as in `DemandSpan`. Only the present reads it, through `counted_answers`; in a session of the past or of what
    was known that function applies the rules, so no history is kept. No foreign keys: the rows follow what they are made of.
    """

    __tablename__ = "demand_answer"
    __is_kept__ = False
    __is_derived__ = True
    __table_args__ = (
        PrimaryKeyConstraint("demand_id", "party_id", "from_on", "applies"),
        CheckConstraint("applies BETWEEN 1 AND 15", name="applies"),
    )

    demand_id: Mapped[UUID]
    party_id: Mapped[UUID]
    applies: Mapped[int] = mapped_column(SmallInteger)
    #: The first day of the span, and the first day after it (`infinity` while it lasts).
    from_on: Mapped[date]
    until_on: Mapped[date]
    #: The party is a respondent: without an answer it owes one.
    may_owe: Mapped[bool]
    #: What the answer was given to: 0 the point, 1 its part, 2 the part around that, ..., 1000 the whole proposal.
    level: Mapped[int]
    #: What it counts as, and what was said; null without an answer.
    counted_as: Mapped[str | None]
    stance: Mapped[str | None]
    #: As the response or agreement has it.
    said_on: Mapped[str | None]
    is_implied: Mapped[bool | None]
    response_id: Mapped[UUID | None]
    agreement_id: Mapped[UUID | None]
    #: Who gave the answer: the party, a body that speaks for it, or its coalition.
    speaker_id: Mapped[UUID | None]
