"""Tables of outcomes: of talks, and of processes for what happened without a talk."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, and_, func, text
from sqlalchemy.orm import Mapped, declared_attr, foreign, mapped_column, relationship, remote

from app.db.actors import Party
from app.db.base import Base
from app.db.columns import DEFERRED, WithQuantities, json_list, term
from app.db.references import Citation
from app.db.vocabulary import Confidence, OutcomeKind


class Outcome(WithQuantities, Base):
    """An outcome, with the records that it refers to. `__inside__` is the column with its talk or process."""

    __abstract__ = True
    __inside__: ClassVar[str]

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
    position: Mapped[int]
    kind: Mapped[OutcomeKind] = term(OutcomeKind, index=True)
    on: Mapped[str | None]
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    text: Mapped[str]
    quantities: Mapped[list[Any]] = json_list()
    agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement.id", **DEFERRED), index=True)
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposal.id", **DEFERRED), index=True)
    demand_id: Mapped[UUID | None] = mapped_column(ForeignKey("demand.id", **DEFERRED), index=True)
    confidence: Mapped[Confidence | None] = term(Confidence)
    note: Mapped[str | None]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[object, ...]:
        units, ranges = text("parley_quantity_units(quantities)"), text("parley_quantity_ranges(quantities)")
        has_any = text("quantities <> '[]'")
        return (
            UniqueConstraint(cls.__inside__, "key"),
            Index(f"ix_{cls.__tablename__}_quantity_units", units, postgresql_using="gin"),
            Index(f"ix_{cls.__tablename__}_quantity_ranges", ranges, postgresql_using="gist", postgresql_where=has_any),
        )

    @declared_attr
    def party(cls) -> Mapped[Party | None]:
        return relationship(viewonly=True)

    @declared_attr
    def agreement(cls) -> Mapped["Agreement | None"]:  # type: ignore[name-defined]  # noqa: F821
        return relationship("Agreement", viewonly=True)

    @declared_attr
    def proposal(cls) -> Mapped["Proposal | None"]:  # type: ignore[name-defined]  # noqa: F821
        return relationship("Proposal", viewonly=True)

    @declared_attr
    def demand(cls) -> Mapped["Demand | None"]:  # type: ignore[name-defined]  # noqa: F821
        return relationship("Demand", viewonly=True)

    @declared_attr
    def citations(cls) -> Mapped[list[Citation]]:
        """The citations of the talk or process for this outcome or one of its fields. Their `field` begins with
        `/outcomes/<key>`, where the key is escaped as in a JSON Pointer."""
        outcome: Any = cls
        return relationship(
            primaryjoin=lambda: and_(
                getattr(outcome, cls.__inside__) == remote(foreign(Citation.target_id)),
                func.starts_with(
                    Citation.field.concat("/"),
                    func.concat("/outcomes/", func.replace(func.replace(outcome.key, "~", "~0"), "/", "~1"), "/"),
                ),
            ),
            order_by=[Citation.field, Citation.id],
            viewonly=True,
        )


class TalkOutcome(Outcome):
    """An outcome of a talk, or a step that one party took at the talk."""

    __tablename__ = "talk_outcome"
    __inside__ = "talk_id"
    __dated__ = ("on",)

    talk_id: Mapped[UUID] = mapped_column(ForeignKey("talk.id", **DEFERRED))
    talk: Mapped["Talk"] = relationship(viewonly=True)  # type: ignore[name-defined]  # noqa: F821


class ProcessOutcome(Outcome):
    """What happened in a process without a talk: a unilateral step, a release, a vote, a signature by mail."""

    __tablename__ = "process_outcome"
    __inside__ = "process_id"
    __dated__ = ("on",)

    process_id: Mapped[UUID] = mapped_column(ForeignKey("process.id", **DEFERRED))
    process: Mapped["Process"] = relationship(viewonly=True)  # type: ignore[name-defined]  # noqa: F821
