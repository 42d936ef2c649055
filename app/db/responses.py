"""Tables of responses to proposals, to their parts and to their demands."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.db.actors import Party, Person
from app.db.base import Base, Record
from app.db.columns import (
    CASCADE,
    DEFERRED,
    WithWrittenDates,
    boolean,
    list_position,
    newest_first,
    sort_instant,
    term,
    texts,
)
from app.db.demands import Demand
from app.db.instants import Timed
from app.db.proposals import Part, Proposal
from app.db.talks import Process, Talk
from app.db.vocabulary import Stance

#: The columns of an index in the order of lists.
_NEWEST = newest_first("said_at", "position")


class ResponseScopeDemand(Base):
    __tablename__ = "response_scope_demand"
    __inside__ = "response_id"
    response_id: Mapped[UUID] = mapped_column(ForeignKey("response.id", **DEFERRED), primary_key=True)
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("demand.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class ResponseCounter(Base):
    """A counter-demand made in a response."""

    __tablename__ = "response_counter"
    __inside__ = "response_id"
    response_id: Mapped[UUID] = mapped_column(ForeignKey("response.id", **DEFERRED), primary_key=True)
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("demand.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class ResponseVoter(Base):
    """A party in the roll of a vote.

    A vote is not a record but the JSON value `response.votes`. A trigger derives these rows from its roll, so that filters
    can use an index. There are no foreign keys: the same trigger deletes the rows of a response, and a merge of parties
    changes the roll itself.
    """

    __tablename__ = "response_voter"
    __is_derived__ = True
    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    party_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)

    party: Mapped[Party] = relationship(primaryjoin=lambda: foreign(ResponseVoter.party_id) == Party.id, viewonly=True)


class Response(WithWrittenDates, Record):
    """The answer of one party to exactly one demand, part or whole proposal.

    `proposal_id` is always set; `demand_id` or `part_id` narrows the target. One index lookup therefore finds all
    responses to a proposal and to everything in it, and foreign keys guarantee that the demand belongs to the proposal.
    """

    __tablename__ = "response"
    __collection__ = "responses"
    __is_claim__ = True
    __dated__ = ("said_on",)
    __sorted_by__ = ("said_on",)
    __timed__ = (Timed("said_on", "said_time", "said_zone", "said_at"),)
    __within_day__ = ("sort_at", "position")
    __search__ = {"title": "A", "text": "B", "scope": "C", "summary": "D"}
    __table_args__ = (
        CheckConstraint("num_nonnulls(demand_id, part_id) <= 1", name="one_target"),
        CheckConstraint("reply_to_id <> id", name="not_to_itself"),
        CheckConstraint("sort_on = coalesce(said_on_min, DATE '0001-01-01')", name="sort_on"),
        ForeignKeyConstraint(["proposal_id", "process_id"], ["proposal.id", "proposal.process_id"], **CASCADE),
        ForeignKeyConstraint(["demand_id", "proposal_id"], ["demand.id", "demand.proposal_id"], **DEFERRED),
        ForeignKeyConstraint(["part_id", "proposal_id"], ["part.id", "part.proposal_id"], **DEFERRED),
        Index("ix_response_newest", *_NEWEST),
        Index("ix_response_process", "process_id", *_NEWEST),
        Index("ix_response_proposal", "proposal_id", *_NEWEST),
        Index("ix_response_demand", "demand_id", *_NEWEST),
        # The index contains only responses to a whole proposal or part, which count for each demand in the proposal or
        # part.
        Index("ix_response_whole", "proposal_id", postgresql_where=text("demand_id IS NULL")),
        Index("ix_response_responder", "responder_id", *_NEWEST),
        # The few responses with votes, in the default order of lists: for `has_votes`.
        Index("ix_response_votes", *_NEWEST, postgresql_where=text("votes IS NOT NULL")),
        # The index contains only responses whose day is uncertain. Filters by members of a coalition read these
        # responses separately (`app.reading.index_pages`).
        Index("ix_response_uncertain", "sort_on", postgresql_where=text("said_on_max > sort_on")),
    )

    process_id: Mapped[UUID]
    proposal_id: Mapped[UUID]
    demand_id: Mapped[UUID | None]
    part_id: Mapped[UUID | None] = mapped_column(index=True)
    responder_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED))
    title: Mapped[str | None]
    summary: Mapped[str | None]
    stance: Mapped[Stance] = term(Stance)
    said_on: Mapped[str | None]
    #: Position among the responses of the same day.
    position: Mapped[int] = mapped_column(server_default=text("0"))
    talk_id: Mapped[UUID | None] = mapped_column(ForeignKey("talk.id", **DEFERRED), index=True)
    text: Mapped[str | None]
    said_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", **DEFERRED), index=True)
    scope: Mapped[str | None]
    reply_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("response.id", **DEFERRED), index=True)
    counter_proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposal.id", **DEFERRED), index=True)
    statement: Mapped[str | None] = mapped_column(index=True)
    is_implied: Mapped[bool] = boolean(False)
    votes: Mapped[dict[str, Any] | None]
    event_codes: Mapped[list[str]] = texts()
    sort_on: Mapped[date]
    sort_at = sort_instant("said_at")

    process: Mapped[Process] = relationship(primaryjoin="foreign(Response.process_id) == Process.id", viewonly=True)
    proposal: Mapped[Proposal] = relationship(primaryjoin="foreign(Response.proposal_id) == Proposal.id", viewonly=True)
    demand: Mapped[Demand | None] = relationship(primaryjoin="foreign(Response.demand_id) == Demand.id", viewonly=True)
    part: Mapped[Part | None] = relationship(primaryjoin="foreign(Response.part_id) == Part.id", viewonly=True)
    responder: Mapped[Party] = relationship(viewonly=True)
    talk: Mapped[Talk | None] = relationship(viewonly=True)
    said_by: Mapped[Person | None] = relationship(viewonly=True)
    scope_demands: Mapped[list[Demand]] = relationship(
        secondary="response_scope_demand", order_by=ResponseScopeDemand.position, viewonly=True
    )
    counters: Mapped[list[Demand]] = relationship(
        secondary="response_counter", order_by=ResponseCounter.position, viewonly=True
    )
    voters: Mapped[list[ResponseVoter]] = relationship(
        primaryjoin=lambda: Response.id == foreign(ResponseVoter.response_id), viewonly=True
    )
    reply_to: Mapped["Response | None"] = relationship(remote_side="Response.id", viewonly=True)
    counter_proposal: Mapped[Proposal | None] = relationship(foreign_keys=[counter_proposal_id], viewonly=True)
