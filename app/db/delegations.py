"""Tables of delegations, their members, and the attendance of members."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.db.actors import Party, Person
from app.db.base import Base, Record
from app.db.columns import DEFERRED, boolean, term, terms
from app.db.talks import Talk
from app.db.vocabulary import (
    AttendanceMode,
    Confidence,
    DelegationCapacity,
    DelegationRole,
    MemberFunction,
    Presence,
)

#: The values of `presence` of somebody who is not reported as present.
NOT_PRESENT = (Presence.ANNOUNCED, Presence.ABSENT)


def may_be_present(presence: Any) -> ColumnElement[bool]:
    """Whether a member is neither reported as absent nor only announced. One operator for each value, because these
    conditions of a relationship are combined with AND."""
    return and_(*(presence.is_distinct_from(literal_column(f"'{word}'")) for word in NOT_PRESENT))


class Attendance(Base):
    """The presence of a member of a delegation at one sitting of a long talk: a talk below it, a day, or both."""

    __tablename__ = "attendance"
    __inside__ = "delegation_id"
    __table_args__ = (
        UniqueConstraint("member_id", "key"),
        ForeignKeyConstraint(
            ["member_id", "delegation_id"], ["delegation_member.id", "delegation_member.delegation_id"], **DEFERRED
        ),
        CheckConstraint('num_nonnulls(talk_id, "on") > 0', name="of_a_sitting"),
    )
    __dated__ = ("on",)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    delegation_id: Mapped[UUID] = mapped_column(index=True)
    key: Mapped[str]
    position: Mapped[int]
    talk_id: Mapped[UUID | None] = mapped_column(ForeignKey("talk.id", **DEFERRED), index=True)
    on: Mapped[str | None]
    presence: Mapped[Presence | None] = term(Presence)
    mode: Mapped[AttendanceMode | None] = term(AttendanceMode)
    note: Mapped[str | None]

    talk: Mapped[Talk | None] = relationship(viewonly=True)
    delegation: Mapped["Delegation"] = relationship(
        primaryjoin="foreign(Attendance.delegation_id) == Delegation.id", viewonly=True
    )


class DelegationMember(Base):
    """A person's seat in a delegation, with the post held at that time."""

    __tablename__ = "delegation_member"
    __inside__ = "delegation_id"
    __same_if__ = ("valid_from", "valid_to")
    __table_args__ = (
        UniqueConstraint("delegation_id", "person_id", "key", postgresql_nulls_not_distinct=True),
        UniqueConstraint("id", "delegation_id"),
        # Triggers of the database reject two heads of a delegation on one day, and a person who heads two delegations
        # of a talk on one day (`parley_check_heads` in the migrations).
        Index(
            "ix_delegation_member_head",
            "delegation_id",
            postgresql_where=text("function = 'head'"),
            info={"only": ("function", "head")},
        ),
    )
    __dated__ = ("valid_from", "valid_to")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    delegation_id: Mapped[UUID] = mapped_column(ForeignKey("delegation.id", **DEFERRED))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", **DEFERRED), index=True)
    #: Distinguishes several entries of one person. Null for the first one, which the person identifies.
    key: Mapped[str | None]
    position: Mapped[int]
    function: Mapped[MemberFunction | None] = term(MemberFunction)
    post: Mapped[str | None]
    presence: Mapped[Presence | None] = term(Presence)
    mode: Mapped[AttendanceMode | None] = term(AttendanceMode)
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]
    confidence: Mapped[Confidence | None] = term(Confidence)
    note: Mapped[str | None]

    person: Mapped[Person] = relationship(viewonly=True)
    delegation: Mapped["Delegation"] = relationship(viewonly=True)
    attendance: Mapped[list[Attendance]] = relationship(
        primaryjoin="foreign(Attendance.member_id) == DelegationMember.id",
        order_by=[Attendance.position, Attendance.id],
        viewonly=True,
    )
    #: The sittings from which the member is not reported as absent.
    attended: Mapped[list[Attendance]] = relationship(
        primaryjoin=lambda: and_(
            foreign(Attendance.member_id) == DelegationMember.id, may_be_present(Attendance.presence)
        ),
        info={"said_by": "delegation"},
        viewonly=True,
    )


class Delegation(Record):
    """A party's delegation to a talk. The delegation is seated, or it only hosts, mediates or observes."""

    __tablename__ = "delegation"
    __collection__ = "delegations"
    __belongs_through__ = "talk_id"
    __is_claim__ = True
    __search__ = {"title": "A", "summary": "B"}
    __table_args__ = (
        UniqueConstraint("talk_id", "party_id"),
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("bloc_id <> party_id", name="bloc_is_another_party"),
        Index("ix_delegation_party", "party_id", "talk_id"),
    )

    talk_id: Mapped[UUID] = mapped_column(ForeignKey("talk.id", **DEFERRED))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED))
    bloc_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    title: Mapped[str | None]
    summary: Mapped[str | None]
    roles: Mapped[list[str]] = terms(DelegationRole)
    is_seated: Mapped[bool] = boolean(True)
    capacity: Mapped[DelegationCapacity | None] = term(DelegationCapacity)
    size: Mapped[int | None]

    talk: Mapped[Talk] = relationship(viewonly=True)
    party: Mapped[Party] = relationship(foreign_keys=[party_id], viewonly=True)
    bloc: Mapped[Party | None] = relationship(foreign_keys=[bloc_id], viewonly=True)
    members: Mapped[list[DelegationMember]] = relationship(
        order_by=[DelegationMember.position, DelegationMember.id], viewonly=True
    )
