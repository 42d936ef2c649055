"""Tables of processes and talks."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, and_, literal_column
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.db.actors import Party, Place
from app.db.base import Base, Record
from app.db.columns import (
    DEFERRED,
    OrderedWithinDay,
    WithWrittenDates,
    by_date,
    indexed_both_ways,
    json_list,
    list_position,
    newest_first,
    rank_of,
    sort_instant,
    term,
    texts,
)
from app.db.instants import Timed
from app.db.outcomes import ProcessOutcome, TalkOutcome
from app.db.vocabulary import (
    DecisionRule,
    ProcessKind,
    ProcessRole,
    ProcessStatus,
    TalkFormat,
    TalkKind,
    TalkStatus,
    Visibility,
)
from app.db.vocabulary_values import QuantityBound


class ProcessParty(Base):
    """A party's role in a process. A party may have several roles."""

    __tablename__ = "process_party"
    __inside__ = "process_id"
    __ranked_by__ = "role"

    process_id: Mapped[UUID] = mapped_column(ForeignKey("process.id", **DEFERRED), primary_key=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True, index=True)
    role: Mapped[ProcessRole] = term(ProcessRole, primary_key=True)
    position: Mapped[int] = list_position()

    party: Mapped[Party] = relationship(viewonly=True)


class ConflictIdentifier(Base):
    """The identifier that another data set uses for a conflict that a process is about.

    A conflict is not a record but an entry in `process.conflicts`. A trigger derives these rows from the entries, so
    that filters can use an index, and schemes can be counted without reading every process. If several conflicts of a
    process have the same identifier, the first is used. There is no foreign key, because the same trigger deletes the
    rows of an erased process.
    """

    __tablename__ = "conflict_identifier"
    __is_derived__ = True
    __table_args__ = (
        Index("ix_conflict_identifier_scheme_value", "scheme", "value"),
        Index("ix_conflict_identifier_identifier", "identifier"),
    )

    process_id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    uri: Mapped[str | None]
    #: The name of the conflict.
    conflict: Mapped[str | None]
    #: `scheme:value`, as used by filters.
    identifier: Mapped[str | None] = mapped_column(Computed("scheme || ':' || value", persisted=True))


class Process(WithWrittenDates, Record):
    """A negotiation over years."""

    __tablename__ = "process"
    __collection__ = "processes"
    __below__ = "parent_id"
    __dated__ = ("started", "ended")
    __search__ = {"title": "A", "summary": "B"}
    __spelt__ = "title"
    __table_args__ = (
        CheckConstraint("parent_id <> id", name="not_in_itself"),
        CheckConstraint(
            "started_min IS NULL OR ended_max IS NULL OR started_min <= ended_max", name="start_before_end"
        ),
    )

    title: Mapped[str]
    summary: Mapped[str | None]
    kind: Mapped[ProcessKind] = term(ProcessKind)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("process.id", **DEFERRED), index=True)
    status: Mapped[ProcessStatus | None] = term(ProcessStatus)
    started: Mapped[str | None]
    ended: Mapped[str | None]
    conflicts: Mapped[list[Any]] = json_list()
    deadlines: Mapped[list[Any]] = json_list(is_indexed=True)

    parent: Mapped["Process | None"] = relationship(remote_side="Process.id", viewonly=True)
    parties: Mapped[list[ProcessParty]] = relationship(
        order_by=[rank_of(ProcessParty.role, ProcessRole), ProcessParty.position], viewonly=True
    )
    #: Only the negotiating parties, without hosts, mediators and guarantors.
    negotiating: Mapped[list[ProcessParty]] = relationship(
        primaryjoin=lambda: and_(
            Process.id == foreign(ProcessParty.process_id), ProcessParty.role == literal_column("'negotiating'")
        ),
        order_by=ProcessParty.position,
        viewonly=True,
    )
    conflict_identifiers: Mapped[list[ConflictIdentifier]] = relationship(
        primaryjoin=lambda: Process.id == foreign(ConflictIdentifier.process_id), viewonly=True
    )
    outcomes: Mapped[list[ProcessOutcome]] = relationship(
        order_by=[ProcessOutcome.position, ProcessOutcome.id], viewonly=True
    )
    talks: Mapped[list["Talk"]] = relationship(order_by=by_date("Talk"), viewonly=True)
    proposals: Mapped[list["Proposal"]] = relationship(order_by=by_date("Proposal"), viewonly=True)  # type: ignore[name-defined]  # noqa: F821
    agreements: Mapped[list["Agreement"]] = relationship(order_by=by_date("Agreement"), viewonly=True)  # type: ignore[name-defined]  # noqa: F821


class Talk(OrderedWithinDay, WithWrittenDates, Record):
    """A meeting or a series of meetings. Talks form a tree."""

    __tablename__ = "talk"
    __collection__ = "talks"
    __is_claim__ = True
    __below__ = "parent_id"
    __dated__ = ("start", "end")
    __sorted_by__ = ("start",)
    __timed__ = (Timed("start", "start_time", "zone", "start_at"), Timed("end", "end_time", "zone", "end_at"))
    __search__ = {"title": "A", "summary": "B"}
    __spelt__ = "title"
    __table_args__ = (
        CheckConstraint("parent_id <> id", name="not_in_itself"),
        CheckConstraint("start_min IS NULL OR end_max IS NULL OR start_min <= end_max", name="start_before_end"),
        CheckConstraint("duration_minutes > 0", name="duration"),
        CheckConstraint("duration_bound IS NULL OR duration_minutes IS NOT NULL", name="bound_of_a_duration"),
        CheckConstraint("sort_on = coalesce(start_min, DATE '0001-01-01')", name="sort_on"),
        Index("ix_talk_sort_on", *newest_first("start_at")),
        Index("ix_talk_process", "process_id", *newest_first("start_at")),
        *indexed_both_ways("ix_talk_duration", "duration_minutes", "integer"),
    )

    process_id: Mapped[UUID] = mapped_column(ForeignKey("process.id", **DEFERRED))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("talk.id", **DEFERRED), index=True)
    order_in_parent: Mapped[int | None]
    ordinal: Mapped[int | None]
    title: Mapped[str]
    summary: Mapped[str | None]
    kind: Mapped[TalkKind | None] = term(TalkKind)
    format: Mapped[TalkFormat | None] = term(TalkFormat)
    start: Mapped[str | None]
    end: Mapped[str | None]
    #: The first possible day, or year 1 if unknown. Never null, so that a cursor needs only one row comparison.
    sort_on: Mapped[date]
    sort_at = sort_instant("start_at")
    duration_minutes: Mapped[int | None]
    duration_bound: Mapped[QuantityBound | None] = term(QuantityBound)
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("place.id", **DEFERRED), index=True)
    status: Mapped[TalkStatus | None] = term(TalkStatus)
    visibility: Mapped[Visibility | None] = term(Visibility)
    decision_rule: Mapped[DecisionRule | None] = term(DecisionRule)
    deadlines: Mapped[list[Any]] = json_list(is_indexed=True)
    event_codes: Mapped[list[str]] = texts()

    process: Mapped[Process] = relationship(viewonly=True)
    parent: Mapped["Talk | None"] = relationship(remote_side="Talk.id", viewonly=True)
    # By `start_min`, so that undated talks come last.
    children: Mapped[list["Talk"]] = relationship(
        order_by=by_date("Talk", "order_in_parent", "start_min"), viewonly=True
    )
    place: Mapped[Place | None] = relationship(viewonly=True)
    outcomes: Mapped[list[TalkOutcome]] = relationship(order_by=[TalkOutcome.position, TalkOutcome.id], viewonly=True)
    delegations: Mapped[list["Delegation"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        order_by="Delegation.is_seated.desc(), Delegation.id", viewonly=True
    )
    proposals: Mapped[list["Proposal"]] = relationship(order_by=by_date("Proposal"), viewonly=True)  # type: ignore[name-defined]  # noqa: F821
    agreements: Mapped[list["Agreement"]] = relationship(order_by=by_date("Agreement"), viewonly=True)  # type: ignore[name-defined]  # noqa: F821
