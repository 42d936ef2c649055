"""Tables of proposals, with their accounts, parts and relations."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.actors import Party
from app.db.base import Base, Record
from app.db.columns import (
    DEFERRED,
    OrderedWithinDay,
    WithWrittenDates,
    by_date,
    json_list,
    list_position,
    newest_first,
    sort_instant,
    term,
    texts,
)
from app.db.disclosures import Disclosure
from app.db.instants import Timed
from app.db.talks import Process, Talk
from app.db.vocabulary import AccountKind, PartKind, ProposalKind, RelationKind, Visibility


class ProposalAuthor(Base):
    __tablename__ = "proposal_author"
    __inside__ = "proposal_id"
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposal.id", **DEFERRED), primary_key=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class ProposalAddressee(Base):
    __tablename__ = "proposal_addressee"
    __inside__ = "proposal_id"
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposal.id", **DEFERRED), primary_key=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class ProposalDisclosure(Disclosure):
    __tablename__ = "proposal_disclosure"
    __inside__ = "proposal_id"
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposal.id", **DEFERRED))


class ProposalRelation(Base):
    """A relation of a proposal to another proposal or to an agreement."""

    __tablename__ = "proposal_relation"
    __inside__ = "proposal_id"
    __table_args__ = (
        CheckConstraint("num_nonnulls(target_id, agreement_id) = 1", name="one_target"),
        CheckConstraint("target_id <> proposal_id", name="not_to_itself"),
        UniqueConstraint("proposal_id", "kind", "target_id", "agreement_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposal.id", **DEFERRED))
    kind: Mapped[RelationKind] = term(RelationKind)
    target_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposal.id", **DEFERRED), index=True)
    agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement.id", **DEFERRED), index=True)
    note: Mapped[str | None]

    owner: Mapped["Proposal"] = relationship(foreign_keys=[proposal_id], viewonly=True)
    proposal: Mapped["Proposal | None"] = relationship(foreign_keys=[target_id], viewonly=True)
    agreement: Mapped["Agreement | None"] = relationship(viewonly=True)  # type: ignore[name-defined]  # noqa: F821


class Part(Base):
    """A section or option in an account. Parts form a tree. Options in the same `alternative_group` exclude each other."""

    __tablename__ = "part"
    __inside__ = "proposal_id"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        UniqueConstraint("id", "account_id"),
        UniqueConstraint("id", "proposal_id"),
        ForeignKeyConstraint(["account_id", "proposal_id"], ["account.id", "account.proposal_id"], **DEFERRED),
        ForeignKeyConstraint(["parent_id", "account_id"], ["part.id", "part.account_id"], **DEFERRED),
        CheckConstraint("parent_id <> id", name="not_in_itself"),
        CheckConstraint("alternative_group IS NULL OR kind = 'option'", name="options_exclude"),
        CheckConstraint("points_reported >= 0", name="points"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    proposal_id: Mapped[UUID]
    parent_id: Mapped[UUID | None] = mapped_column(index=True)
    key: Mapped[str]
    position: Mapped[int]
    kind: Mapped[PartKind] = term(PartKind)
    label: Mapped[str | None]
    title: Mapped[str | None]
    summary: Mapped[str | None]
    points_reported: Mapped[int | None]
    alternative_group: Mapped[str | None]

    parent: Mapped["Part | None"] = relationship(
        primaryjoin="foreign(Part.parent_id) == remote(Part.id)", viewonly=True
    )
    account: Mapped["Account"] = relationship(primaryjoin="foreign(Part.account_id) == Account.id", viewonly=True)


class Account(Base):
    """One account of a proposal: its text, a press report and so on. Each proposal has exactly one reference account."""

    __tablename__ = "account"
    __inside__ = "proposal_id"
    __table_args__ = (
        UniqueConstraint("slug"),
        UniqueConstraint("id", "proposal_id"),
        UniqueConstraint("id", "proposal_id", "is_reference"),
        Index(
            "uq_account_reference",
            "proposal_id",
            unique=True,
            postgresql_where=text("is_reference"),
            info={"only": ("is_reference", True)},
        ),
        CheckConstraint("points_reported >= 0", name="points"),
        CheckConstraint("brackets >= 0", name="brackets"),
        CheckConstraint("options >= 0", name="options"),
        CheckConstraint("pages >= 0", name="pages"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
    )
    __dated__ = ("published_on",)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposal.id", **DEFERRED), index=True)
    slug: Mapped[str]
    title: Mapped[str | None]
    kind: Mapped[AccountKind] = term(AccountKind)
    position: Mapped[int]
    told_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    languages: Mapped[list[str]] = texts()
    published_on: Mapped[str | None]
    points_reported: Mapped[int | None]
    brackets: Mapped[int | None]
    options: Mapped[int | None]
    pages: Mapped[int | None]
    is_complete: Mapped[bool | None]
    is_reference: Mapped[bool]
    note: Mapped[str | None]

    proposal: Mapped["Proposal"] = relationship(viewonly=True)
    told_by: Mapped[Party | None] = relationship(viewonly=True)
    parts: Mapped[list[Part]] = relationship(
        primaryjoin="foreign(Part.account_id) == Account.id", order_by=[Part.position, Part.id], viewonly=True
    )
    demands: Mapped[list["Demand"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        primaryjoin="and_(foreign(Demand.account_id) == Account.id, Demand.withdrawn_at == None)",
        order_by="Demand.position, Demand.id",
        viewonly=True,
    )


class Proposal(OrderedWithinDay, WithWrittenDates, Record):
    """The act of putting something forward, with its authors, addressees and dates."""

    __tablename__ = "proposal"
    __collection__ = "proposals"
    __is_claim__ = True
    __dated__ = ("document_date", "tabled_on", "published_on", "answer_due", "withdrawn_on", "lapsed_on")
    __sorted_by__ = ("tabled_on", "document_date")
    __timed__ = (Timed("tabled_on", "tabled_time", "tabled_zone", "tabled_at"),)
    __kind_chains__ = {"relations": "supersedes"}
    __search__ = {"title": "A", "summary": "B"}
    __spelt__ = "title"
    __table_args__ = (
        UniqueConstraint("id", "process_id", "sort_on"),
        UniqueConstraint("id", "process_id"),
        CheckConstraint("sort_on = coalesce(tabled_on_min, document_date_min, DATE '0001-01-01')", name="sort_on"),
        Index("ix_proposal_sort_on", *newest_first("tabled_at")),
        Index("ix_proposal_process", "process_id", *newest_first("tabled_at")),
        # For filters by members of coalitions: the proposals whose day is uncertain (`app.reading.index_pages`).
        Index(
            "ix_proposal_uncertain",
            "sort_on",
            postgresql_where=text("coalesce(tabled_on_max, document_date_max) > sort_on"),
        ),
    )

    process_id: Mapped[UUID] = mapped_column(ForeignKey("process.id", **DEFERRED))
    talk_id: Mapped[UUID | None] = mapped_column(ForeignKey("talk.id", **DEFERRED), index=True)
    title: Mapped[str]
    summary: Mapped[str | None]
    kind: Mapped[ProposalKind] = term(ProposalKind)
    visibility: Mapped[Visibility | None] = term(Visibility)
    document_date: Mapped[str | None]
    tabled_on: Mapped[str | None]
    published_on: Mapped[str | None]
    published_by: Mapped[str | None]
    languages: Mapped[list[str]] = texts()
    duration: Mapped[str | None]
    is_renewable: Mapped[bool | None]
    answer_due: Mapped[str | None]
    deadlines: Mapped[list[Any]] = json_list(is_indexed=True)
    withdrawn_on: Mapped[str | None]
    lapsed_on: Mapped[str | None]
    #: The first day of `tabled_on`, else of `document_date`, else year 1. Never null, so that a cursor needs only one
    #: row comparison.
    sort_on: Mapped[date]
    sort_at = sort_instant("tabled_at")

    process: Mapped[Process] = relationship(viewonly=True)
    talk: Mapped[Talk | None] = relationship(viewonly=True)
    authors: Mapped[list[Party]] = relationship(
        secondary="proposal_author", order_by=ProposalAuthor.position, viewonly=True
    )
    addressees: Mapped[list[Party]] = relationship(
        secondary="proposal_addressee", order_by=ProposalAddressee.position, viewonly=True
    )
    disclosed: Mapped[list[ProposalDisclosure]] = relationship(
        order_by=[ProposalDisclosure.position, ProposalDisclosure.id], viewonly=True
    )
    relations: Mapped[list[ProposalRelation]] = relationship(
        foreign_keys=[ProposalRelation.proposal_id],
        order_by=[ProposalRelation.kind, ProposalRelation.id],
        viewonly=True,
    )
    related_from: Mapped[list[ProposalRelation]] = relationship(
        foreign_keys=[ProposalRelation.target_id],
        order_by=[ProposalRelation.kind, ProposalRelation.proposal_id],
        viewonly=True,
        info={"said_by": "owner"},
    )
    accounts: Mapped[list[Account]] = relationship(order_by=[Account.position, Account.id], viewonly=True)
    parts: Mapped[list[Part]] = relationship(
        primaryjoin="Proposal.id == foreign(Account.proposal_id)",
        secondary="account",
        secondaryjoin="and_(Account.id == foreign(Part.account_id), Account.is_reference)",
        order_by=[Part.position, Part.id],
        viewonly=True,
    )
    demands: Mapped[list["Demand"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        primaryjoin="and_(foreign(Demand.proposal_id) == Proposal.id, Demand.is_reference,"
        " Demand.withdrawn_at == None)",
        order_by="Demand.position, Demand.id",
        viewonly=True,
    )
    responses: Mapped[list["Response"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        primaryjoin="and_(foreign(Response.proposal_id) == Proposal.id, Response.withdrawn_at == None)",
        order_by="Response.sort_on, Response.sort_at, Response.position, Response.id",
        viewonly=True,
    )
    agreements: Mapped[list["Agreement"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        secondary="agreement_proposal",
        order_by=by_date("Agreement"),
        viewonly=True,
    )
