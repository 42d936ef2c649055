"""Tables of agreements, with their parties, issues and signatures."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.actors import Party, Person
from app.db.base import Base, Record
from app.db.columns import (
    DEFERRED,
    OrderedWithinDay,
    WithQuantities,
    WithWrittenDates,
    json_list,
    list_position,
    newest_first,
    sort_instant,
    term,
)
from app.db.disclosures import Disclosure
from app.db.instants import Timed
from app.db.outcomes import ProcessOutcome, TalkOutcome
from app.db.proposals import Proposal, ProposalRelation
from app.db.references import Issue
from app.db.talks import Process, Talk
from app.db.vocabulary import (
    AgreementForm,
    AgreementKind,
    AgreementStatus,
    SignatureAct,
    SignatureCapacity,
    Visibility,
)


class AgreementProposal(Base):
    __tablename__ = "agreement_proposal"
    __inside__ = "agreement_id"
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id", **DEFERRED), primary_key=True)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposal.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class AgreementParty(Base):
    __tablename__ = "agreement_party"
    __inside__ = "agreement_id"
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id", **DEFERRED), primary_key=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()


class AgreementIssue(Base):
    """An issue that an agreement covers, with an intensity from 0 (named) to 3 (settled in detail), or null if not
    graded.
    """

    __tablename__ = "agreement_issue"
    __inside__ = "agreement_id"
    __table_args__ = (CheckConstraint("intensity BETWEEN 0 AND 3", name="intensity"),)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id", **DEFERRED), primary_key=True)
    issue_id: Mapped[UUID] = mapped_column(ForeignKey("issue.id", **DEFERRED), primary_key=True, index=True)
    intensity: Mapped[int | None]
    position: Mapped[int] = list_position()

    issue: Mapped[Issue] = relationship(viewonly=True)


class AgreementSignature(Base):
    """A signature, or another act by which a party takes part in the agreement: ratification, accession, withdrawal.

    By a party, by a person, or by a person for a party. A party has a row for each of its acts.
    """

    __tablename__ = "agreement_signature"
    __inside__ = "agreement_id"
    __table_args__ = (
        UniqueConstraint("agreement_id", "key"),
        CheckConstraint("num_nonnulls(party_id, person_id) >= 1", name="by_someone"),
        CheckConstraint("share BETWEEN 0 AND 100", name="share"),
    )
    __dated__ = ("on",)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id", **DEFERRED))
    key: Mapped[str]
    position: Mapped[int]
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", **DEFERRED), index=True)
    capacity: Mapped[SignatureCapacity | None] = term(SignatureCapacity)
    act: Mapped[SignatureAct | None] = term(SignatureAct)
    on: Mapped[str | None]
    share: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    note: Mapped[str | None]

    party: Mapped[Party | None] = relationship(viewonly=True)
    person: Mapped[Person | None] = relationship(viewonly=True)


class AgreementDisclosure(Disclosure):
    __tablename__ = "agreement_disclosure"
    __inside__ = "agreement_id"
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id", **DEFERRED))


class Agreement(OrderedWithinDay, WithQuantities, WithWrittenDates, Record):
    """An agreement, written or oral. The provisions of an agreement are the demands in the proposals that the agreement
    adopted.
    """

    __tablename__ = "agreement"
    __collection__ = "agreements"
    __is_claim__ = True
    __dated__ = ("agreed_on", "announced_on", "in_force_on", "until")
    __sorted_by__ = ("agreed_on", "announced_on")
    __timed__ = (
        Timed("agreed_on", "agreed_time", "agreed_zone", "agreed_at"),
        Timed("in_force_on", "in_force_time", "in_force_zone", "in_force_at"),
    )
    __search__ = {"title": "A", "summary": "B"}
    __spelt__ = "title"
    __table_args__ = (
        CheckConstraint("sort_on = coalesce(agreed_on_min, announced_on_min, DATE '0001-01-01')", name="sort_on"),
        Index("ix_agreement_sort_on", *newest_first("agreed_at")),
    )

    process_id: Mapped[UUID] = mapped_column(ForeignKey("process.id", **DEFERRED), index=True)
    talk_id: Mapped[UUID | None] = mapped_column(ForeignKey("talk.id", **DEFERRED), index=True)
    title: Mapped[str]
    summary: Mapped[str | None]
    kind: Mapped[AgreementKind] = term(AgreementKind)
    form: Mapped[AgreementForm | None] = term(AgreementForm)
    visibility: Mapped[Visibility | None] = term(Visibility)
    is_signed: Mapped[bool | None]
    agreed_on: Mapped[str | None]
    announced_on: Mapped[str | None]
    in_force_on: Mapped[str | None]
    #: The last day of validity.
    until: Mapped[str | None]
    entry_into_force: Mapped[dict[str, Any] | None]
    status: Mapped[AgreementStatus | None] = term(AgreementStatus)
    quantities: Mapped[list[Any]] = json_list()
    deadlines: Mapped[list[Any]] = json_list(is_indexed=True)
    sort_on: Mapped[date]
    sort_at = sort_instant("agreed_at")

    process: Mapped[Process] = relationship(viewonly=True)
    talk: Mapped[Talk | None] = relationship(viewonly=True)
    proposals: Mapped[list[Proposal]] = relationship(
        secondary="agreement_proposal", order_by=AgreementProposal.position, viewonly=True
    )
    parties: Mapped[list[Party]] = relationship(
        secondary="agreement_party", order_by=AgreementParty.position, viewonly=True
    )
    issues: Mapped[list[AgreementIssue]] = relationship(order_by=AgreementIssue.position, viewonly=True)
    signatures: Mapped[list[AgreementSignature]] = relationship(
        order_by=[AgreementSignature.position, AgreementSignature.id], viewonly=True
    )
    disclosed: Mapped[list[AgreementDisclosure]] = relationship(
        order_by=[AgreementDisclosure.position, AgreementDisclosure.id], viewonly=True
    )
    related_from: Mapped[list[ProposalRelation]] = relationship(
        order_by=[ProposalRelation.kind, ProposalRelation.proposal_id],
        viewonly=True,
        info={"said_by": "owner"},
    )
    #: Outcomes of talks that refer to this agreement.
    outcomes: Mapped[list[TalkOutcome]] = relationship(
        order_by=[TalkOutcome.on_min, TalkOutcome.talk_id, TalkOutcome.position],  # type: ignore[attr-defined]
        viewonly=True,
        info={"said_by": "talk"},
    )
    #: Outcomes of processes that refer to this agreement.
    process_outcomes: Mapped[list[ProcessOutcome]] = relationship(
        order_by=[ProcessOutcome.on_min, ProcessOutcome.process_id, ProcessOutcome.position],  # type: ignore[attr-defined]
        viewonly=True,
        info={"said_by": "process"},
    )
