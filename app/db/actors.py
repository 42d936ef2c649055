"""Tables of parties, people and places."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.db.base import Base, Record
from app.db.columns import DEFERRED, list_position, term, texts
from app.db.vocabulary import MandateRole, NameKind, PartyKind, PlaceKind, PointPrecision, SuccessionKind


class NameOf(Base):
    """A name of a party, person or place, with its language, kind and period of use."""

    __abstract__ = True
    __search__ = {"text": "A"}
    __spelt__ = "text"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    text: Mapped[str]
    lang: Mapped[str | None]
    kind: Mapped[NameKind | None] = term(NameKind)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[object, ...]:
        return (UniqueConstraint("owner_id", "text"),)


class PartyName(NameOf):
    __tablename__ = "party_name"
    __inside__ = "owner_id"
    __dated__ = ("valid_from", "valid_to")
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED))
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]


class PersonName(NameOf):
    __tablename__ = "person_name"
    __inside__ = "owner_id"
    __dated__ = ("valid_from", "valid_to")
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", **DEFERRED))
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]


class PlaceName(NameOf):
    __tablename__ = "place_name"
    __inside__ = "owner_id"
    __dated__ = ("valid_from", "valid_to")
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("place.id", **DEFERRED))
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]


class PartyMembership(Base):
    """A party's membership in a coalition or organization."""

    __tablename__ = "party_membership"
    __inside__ = "member_id"
    __table_args__ = (CheckConstraint("member_id <> coalition_id", name="not_of_itself"),)
    __dated__ = ("valid_from", "valid_to")

    member_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True)
    coalition_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True, index=True)
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]
    is_bound: Mapped[bool | None]

    party: Mapped["Party"] = relationship(foreign_keys=[coalition_id], viewonly=True)
    member: Mapped["Party"] = relationship(foreign_keys=[member_id], viewonly=True)


class PartyMandate(Base):
    """The mandate of a body (an electorate, an assembly, a parliament) to speak for a party."""

    __tablename__ = "party_mandate"
    __inside__ = "body_id"
    __table_args__ = (CheckConstraint("body_id <> party_id", name="not_for_itself"),)
    __dated__ = ("valid_from", "valid_to")

    body_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True, index=True)
    role: Mapped[MandateRole] = term(MandateRole)
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]

    party: Mapped["Party"] = relationship(foreign_keys=[party_id], viewonly=True)


class PartySuccession(Base):
    """A party that succeeded another one, as stated in the record of the predecessor."""

    __tablename__ = "party_succession"
    __inside__ = "predecessor_id"
    __table_args__ = (CheckConstraint("predecessor_id <> successor_id", name="not_of_itself"),)
    __dated__ = ("on",)

    predecessor_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True)
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("party.id", **DEFERRED), primary_key=True, index=True)
    position: Mapped[int] = list_position()
    kind: Mapped[SuccessionKind | None] = term(SuccessionKind)
    on: Mapped[str | None]
    note: Mapped[str | None]

    party: Mapped["Party"] = relationship(foreign_keys=[successor_id], viewonly=True)
    predecessor: Mapped["Party"] = relationship(foreign_keys=[predecessor_id], viewonly=True)


class Party(Record):
    """An actor, independent of any talk."""

    __tablename__ = "party"
    __collection__ = "parties"
    __chains__ = ("member_of", "speaks_for")
    __search__ = {"name": "A", "summary": "B"}
    __spelt__ = "name"
    __table_args__ = (
        CheckConstraint("splinter_of_id <> id AND successor_of_id <> id", name="not_from_itself"),
        Index("ix_party_countries", "countries", postgresql_using="gin"),
    )

    name: Mapped[str]
    kind: Mapped[PartyKind] = term(PartyKind)
    summary: Mapped[str | None]
    countries: Mapped[list[str]] = texts()
    splinter_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    successor_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)

    names: Mapped[list[PartyName]] = relationship(order_by=[PartyName.position, PartyName.id], viewonly=True)
    member_of: Mapped[list[PartyMembership]] = relationship(
        foreign_keys=[PartyMembership.member_id], order_by=PartyMembership.coalition_id, viewonly=True
    )
    speaks_for: Mapped[list[PartyMandate]] = relationship(
        foreign_keys=[PartyMandate.body_id], order_by=PartyMandate.party_id, viewonly=True
    )
    members: Mapped[list[PartyMembership]] = relationship(
        foreign_keys=[PartyMembership.coalition_id],
        order_by=PartyMembership.member_id,
        viewonly=True,
        info={"said_by": "member"},
    )
    delegations: Mapped[list["Delegation"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        foreign_keys="Delegation.party_id", order_by="Delegation.id", viewonly=True
    )
    process_roles: Mapped[list["ProcessParty"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        order_by="ProcessParty.process_id, ProcessParty.role", viewonly=True
    )
    splinter_of: Mapped["Party | None"] = relationship(
        foreign_keys=[splinter_of_id], remote_side="Party.id", viewonly=True
    )
    successor_of: Mapped["Party | None"] = relationship(
        foreign_keys=[successor_of_id], remote_side="Party.id", viewonly=True
    )
    #: Parties whose `successor_of` names this party.
    successors: Mapped[list["Party"]] = relationship(
        foreign_keys=[successor_of_id], order_by="Party.slug", viewonly=True
    )
    succeeded_by: Mapped[list[PartySuccession]] = relationship(
        foreign_keys=[PartySuccession.predecessor_id],
        order_by=[PartySuccession.position, PartySuccession.successor_id],
        viewonly=True,
    )
    #: Parties whose `succeeded_by` names this party.
    predecessors: Mapped[list[PartySuccession]] = relationship(
        foreign_keys=[PartySuccession.successor_id],
        order_by=[PartySuccession.on_min, PartySuccession.predecessor_id],  # type: ignore[attr-defined]
        viewonly=True,
        info={"said_by": "predecessor"},
    )


class PersonPost(Base):
    """A post that a person held during a period."""

    __tablename__ = "person_post"
    __inside__ = "person_id"
    __table_args__ = (UniqueConstraint("person_id", "key"),)
    __dated__ = ("valid_from", "valid_to")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", **DEFERRED))
    key: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]

    party: Mapped[Party | None] = relationship(viewonly=True)


class Person(Record):
    """A person, with all spellings of the name."""

    __tablename__ = "person"
    __collection__ = "people"
    __search__ = {"name": "A", "summary": "B"}
    __spelt__ = "name"

    name: Mapped[str]
    summary: Mapped[str | None]
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)

    party: Mapped[Party | None] = relationship(viewonly=True)
    names: Mapped[list[PersonName]] = relationship(order_by=[PersonName.position, PersonName.id], viewonly=True)
    posts: Mapped[list[PersonPost]] = relationship(order_by=[PersonPost.position, PersonPost.id], viewonly=True)
    seats: Mapped[list["DelegationMember"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        order_by="DelegationMember.id", viewonly=True
    )
    #: The seats in delegations from which the person is not reported as absent.
    attended: Mapped[list["DelegationMember"]] = relationship(  # type: ignore[name-defined]  # noqa: F821
        primaryjoin="and_(Person.id == foreign(DelegationMember.person_id),"
        " DelegationMember.presence.is_distinct_from(literal_column(\"'absent'\")),"
        " DelegationMember.presence.is_distinct_from(literal_column(\"'announced'\")))",
        viewonly=True,
    )


class Place(Record):
    """A venue, city, region or area. Places form a tree through `part_of`."""

    __tablename__ = "place"
    __collection__ = "places"
    __below__ = "part_of_id"
    __together__ = (("lon", "lat", "precision"),)
    __search__ = {"name": "A", "summary": "B"}
    __spelt__ = "name"
    __table_args__ = (
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="coordinates"),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="whole_point"),
        CheckConstraint("kind <> 'virtual' OR lon IS NULL", name="virtual_has_no_point"),
        CheckConstraint("part_of_id <> id", name="not_in_itself"),
        Index("ix_place_point", "lon", "lat"),
        Index("ix_place_countries", "countries", postgresql_using="gin"),
    )

    name: Mapped[str]
    kind: Mapped[PlaceKind] = term(PlaceKind)
    summary: Mapped[str | None]
    part_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("place.id", **DEFERRED), index=True)
    countries: Mapped[list[str]] = texts()
    lon: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    lat: Mapped[Decimal | None] = mapped_column(Numeric(8, 6))
    precision: Mapped[PointPrecision | None] = term(PointPrecision)

    part_of: Mapped["Place | None"] = relationship(remote_side="Place.id", viewonly=True)
    contains: Mapped[list["Place"]] = relationship(order_by="Place.slug", viewonly=True)
    names: Mapped[list[PlaceName]] = relationship(order_by=[PlaceName.position, PlaceName.id], viewonly=True)


__all__ = [
    "Party",
    "PartyMandate",
    "PartyMembership",
    "PartyName",
    "PartySuccession",
    "Person",
    "PersonName",
    "PersonPost",
    "Place",
    "PlaceName",
]
