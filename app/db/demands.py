"""Tables of demands (with their parties, issues, places and links) and of assessments."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.actors import Party, Person, Place
from app.db.base import Base, Entry, Record
from app.db.columns import (
    CASCADE,
    DEFERRED,
    WithQuantities,
    boolean,
    indexed_both_ways,
    json_list,
    list_position,
    term,
    texts,
)
from app.db.proposals import Account, Part, Proposal
from app.db.references import Issue
from app.db.talks import Process
from app.db.vocabulary import AssessmentKind, DemandAct, DemandPartyRole, Force, LinkKind, TextStatus

# The link rows store a copy of the demand's date. "Demands on this issue, newest first" then reads the top of one index
# instead of sorting all demands on the issue (682 responses per second instead of 22). The foreign key keeps the copy
# correct. tests/benchmarks measures both variants.
DATED_DEMAND: Any = (["demand_id", "sort_on"], ["demand.id", "demand.sort_on"])


class DemandParty(Base):
    """A party's role in a demand (claimant, addressee, beneficiary or backer): one row for each party and role."""

    __tablename__ = "demand_party"
    __inside__ = "demand_id"
    __table_args__ = (
        ForeignKeyConstraint(*DATED_DEMAND, **CASCADE),
        Index("ix_demand_party_newest", "party_id", "role", text("sort_on DESC"), text("demand_id DESC")),
    )

    demand_id: Mapped[UUID] = mapped_column(primary_key=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True)
    role: Mapped[DemandPartyRole] = term(DemandPartyRole, primary_key=True)
    sort_on: Mapped[date]
    position: Mapped[int] = list_position()

    party: Mapped[Party] = relationship(viewonly=True)


class DemandIssue(Base):
    """An issue that a demand is about; at most one is primary."""

    __tablename__ = "demand_issue"
    __inside__ = "demand_id"
    __table_args__ = (
        ForeignKeyConstraint(*DATED_DEMAND, **CASCADE),
        Index("ix_demand_issue_newest", "issue_id", text("sort_on DESC"), text("demand_id DESC")),
        Index(
            "uq_demand_issue_primary",
            "demand_id",
            unique=True,
            postgresql_where=text("is_primary"),
            info={"only": ("is_primary", True)},
        ),
    )

    demand_id: Mapped[UUID] = mapped_column(primary_key=True)
    issue_id: Mapped[UUID] = mapped_column(ForeignKey("issue.id", **DEFERRED), primary_key=True)
    is_primary: Mapped[bool] = boolean(False)
    sort_on: Mapped[date]
    position: Mapped[int] = list_position()

    issue: Mapped[Issue] = relationship(viewonly=True)


class DemandPlace(Base):
    __tablename__ = "demand_place"
    __inside__ = "demand_id"
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("demand.id", **DEFERRED), primary_key=True)
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class DemandDependency(Base):
    """A dependency: the demand applies only together with another demand, or after it."""

    __tablename__ = "demand_dependency"
    __inside__ = "demand_id"
    __table_args__ = (CheckConstraint("demand_id <> depends_on_id", name="not_on_itself"),)
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("demand.id", **DEFERRED), primary_key=True)
    depends_on_id: Mapped[UUID] = mapped_column(ForeignKey("demand.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class DemandLink(Base):
    """A relation of a demand to another demand, such as `repeats`."""

    __tablename__ = "demand_link"
    __inside__ = "demand_id"
    __table_args__ = (CheckConstraint("demand_id <> target_id", name="not_to_itself"),)
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("demand.id", **DEFERRED), primary_key=True)
    target_id: Mapped[UUID] = mapped_column(ForeignKey("demand.id", **DEFERRED), primary_key=True, index=True)
    kind: Mapped[LinkKind] = term(LinkKind, primary_key=True)
    note: Mapped[str | None]

    demand: Mapped["Demand"] = relationship(foreign_keys=[target_id], viewonly=True)
    source: Mapped["Demand"] = relationship(foreign_keys=[demand_id], viewonly=True)


def _parties_in_role(role: DemandPartyRole) -> Any:
    return relationship(
        Party,
        secondary="demand_party",
        primaryjoin=f"and_(Demand.id == DemandParty.demand_id, DemandParty.role == '{role}')",
        secondaryjoin="Party.id == DemandParty.party_id",
        order_by=DemandParty.position,
        viewonly=True,
        info={"constants": {"role": str(role)}},
    )


def _due(demand: Any, is_last: str) -> ColumnElement[date]:
    # The expression must be the same as in the indexes `ix_demand_due_…`; otherwise PostgreSQL does not use them.
    return func.parley_edtf_day(func.parley_due(demand.timing), literal_column(is_last), type_=Date)


class Demand(WithQuantities, Record):
    """One point in an account of a proposal: who demands what of whom."""

    __tablename__ = "demand"
    __collection__ = "demands"
    __is_claim__ = True
    __chains__ = ("depends_on",)
    __search__ = {"title": "A", "text": "B", "quote": "C", "summary": "D"}
    __table_args__ = (
        UniqueConstraint("id", "sort_on"),
        UniqueConstraint("id", "proposal_id"),
        ForeignKeyConstraint(
            ["proposal_id", "process_id", "sort_on"],
            ["proposal.id", "proposal.process_id", "proposal.sort_on"],
            **CASCADE,
        ),
        ForeignKeyConstraint(
            ["account_id", "proposal_id", "is_reference"],
            ["account.id", "account.proposal_id", "account.is_reference"],
            **CASCADE,
        ),
        ForeignKeyConstraint(["part_id", "account_id"], ["part.id", "part.account_id"], **DEFERRED),
        Index("ix_demand_newest", text("sort_on DESC"), text("id DESC")),
        Index("ix_demand_process", "process_id", text("sort_on DESC"), text("id DESC")),
        Index("ix_demand_proposal", "proposal_id", "position", "id"),
        Index("ix_demand_account", "account_id", "position", "id"),
        # For the filters `due_from` and `due_to`: the few demands with a due date, in the default order of lists.
        Index(
            "ix_demand_dated",
            text("sort_on DESC"),
            text("id DESC"),
            postgresql_where=text("parley_due(timing) IS NOT NULL"),
        ),
        Index(
            "ix_demand_quantity_units",
            text("parley_quantity_units(quantities)"),
            postgresql_using="gin",
        ),
        Index(
            "ix_demand_quantity_ranges",
            text("parley_quantity_ranges(quantities)"),
            postgresql_using="gist",
            postgresql_where=text("quantities <> '[]'"),
        ),
        *indexed_both_ways("ix_demand_due", "parley_edtf_day(parley_due(timing), false)", "date"),
    )

    process_id: Mapped[UUID] = mapped_column(ForeignKey("process.id", **DEFERRED))
    proposal_id: Mapped[UUID]
    account_id: Mapped[UUID]
    part_id: Mapped[UUID | None] = mapped_column(index=True)
    position: Mapped[int]
    number: Mapped[str | None]
    title: Mapped[str | None]
    summary: Mapped[str | None]
    text: Mapped[str]
    quote: Mapped[str | None]
    act: Mapped[DemandAct] = term(DemandAct, server_default="demand")
    text_status: Mapped[TextStatus | None] = term(TextStatus)
    force: Mapped[Force | None] = term(Force)
    is_mutual: Mapped[bool] = boolean(False)
    exception: Mapped[str | None]
    timing: Mapped[dict[str, Any] | None]
    quantities: Mapped[list[Any]] = json_list()
    unmapped: Mapped[list[str]] = texts()
    event_codes: Mapped[list[str]] = texts()
    #: Copies of columns of the account and the proposal. The foreign keys above keep the copies correct.
    is_reference: Mapped[bool]
    sort_on: Mapped[date]

    @hybrid_property
    def due_min(self) -> ColumnElement[date]:
        """The first possible due day, as an SQL expression. The due date is `timing.resolved_on`, or else `timing.at`
        if the relation is `by_date`. Null if there is no due date.
        """
        return _due(self, "false")

    @hybrid_property
    def due_max(self) -> ColumnElement[date]:
        """The last possible due day, as an SQL expression."""
        return _due(self, "true")

    process: Mapped[Process] = relationship(viewonly=True)
    proposal: Mapped[Proposal] = relationship(primaryjoin="foreign(Demand.proposal_id) == Proposal.id", viewonly=True)
    account: Mapped[Account] = relationship(primaryjoin="foreign(Demand.account_id) == Account.id", viewonly=True)
    part: Mapped[Part | None] = relationship(primaryjoin="foreign(Demand.part_id) == Part.id", viewonly=True)
    party_links: Mapped[list[DemandParty]] = relationship(
        primaryjoin="Demand.id == foreign(DemandParty.demand_id)",
        order_by=[DemandParty.role, DemandParty.position],
        viewonly=True,
    )
    claimants: Mapped[list[Party]] = _parties_in_role(DemandPartyRole.CLAIMANT)
    addressees: Mapped[list[Party]] = _parties_in_role(DemandPartyRole.ADDRESSEE)
    beneficiaries: Mapped[list[Party]] = _parties_in_role(DemandPartyRole.BENEFICIARY)
    backers: Mapped[list[Party]] = _parties_in_role(DemandPartyRole.BACKER)
    issues: Mapped[list[DemandIssue]] = relationship(
        primaryjoin="Demand.id == foreign(DemandIssue.demand_id)",
        order_by=DemandIssue.position,
        viewonly=True,
    )
    places: Mapped[list[Place]] = relationship(secondary="demand_place", order_by=DemandPlace.position, viewonly=True)
    depends_on: Mapped[list["Demand"]] = relationship(
        secondary="demand_dependency",
        primaryjoin="Demand.id == DemandDependency.demand_id",
        secondaryjoin="Demand.id == DemandDependency.depends_on_id",
        order_by=DemandDependency.position,
        viewonly=True,
    )
    links: Mapped[list[DemandLink]] = relationship(
        foreign_keys=[DemandLink.demand_id], order_by=[DemandLink.kind, DemandLink.target_id], viewonly=True
    )
    linked_from: Mapped[list[DemandLink]] = relationship(
        foreign_keys=[DemandLink.target_id],
        order_by=[DemandLink.kind, DemandLink.demand_id],
        viewonly=True,
        info={"said_by": "source"},
    )
    responses: Mapped[list["Response"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        primaryjoin="foreign(Response.demand_id) == Demand.id",
        order_by="Response.sort_on, Response.position, Response.id",
        viewonly=True,
    )


class AssessmentSubject(Base):
    __tablename__ = "assessment_subject"
    __inside__ = "assessment_id"
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id", **DEFERRED), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("entry.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class Assessment(Record):
    """A forecast or characterization by a publisher or party. An assessment is never treated as a response."""

    __tablename__ = "assessment"
    __collection__ = "assessments"
    __is_claim__ = True
    __dated__ = ("said_on",)
    __search__ = {"title": "A", "text": "B", "summary": "D"}

    kind: Mapped[AssessmentKind] = term(AssessmentKind)
    title: Mapped[str | None]
    summary: Mapped[str | None]
    text: Mapped[str]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    said_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", **DEFERRED), index=True)
    said_on: Mapped[str | None]

    by: Mapped[Party | None] = relationship(viewonly=True)
    said_by: Mapped[Person | None] = relationship(viewonly=True)
    about: Mapped[list[Entry]] = relationship(
        secondary="assessment_subject", order_by=AssessmentSubject.position, viewonly=True
    )
