"""The columns of disclosures, which say to whom a proposal or an agreement was shown."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.db.actors import Party
from app.db.base import Base
from app.db.columns import DEFERRED
from app.db.references import Source


class Disclosure(Base):
    """The showing of a record to a party. A party to which it was shown twice has two rows. `__inside__` names the column
    that refers to the record."""

    __abstract__ = True
    __inside__: ClassVar[str]
    __dated__ = ("on",)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
    position: Mapped[int]
    to_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    on: Mapped[str | None]
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("source.id", **DEFERRED), index=True)
    note: Mapped[str | None]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[object, ...]:
        return (UniqueConstraint(cls.__inside__, "key"),)

    @declared_attr
    def to(cls) -> Mapped[Party]:
        return relationship(viewonly=True)

    @declared_attr
    def source(cls) -> Mapped[Source | None]:
        return relationship(viewonly=True)
