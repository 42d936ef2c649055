"""Read schemas of parties, people, places and delegations."""

from typing import Annotated, ClassVar

from pydantic import Field

from app.db.actors import Party, Person, Place
from app.db.base import Record
from app.db.delegations import Delegation
from app.db.vocabulary import (
    AttendanceMode,
    DelegationCapacity,
    DelegationRole,
    MemberFunction,
    PartyKind,
    PlaceKind,
    PointPrecision,
    Presence,
)
from app.db.vocabulary_derived import PostBasis
from app.delegations import descriptions
from app.delegations.party_views import (
    NAMES,
    CoalitionMemberView,
    MandateView,
    MembershipView,
    NameView,
    PredecessorView,
    SuccessionView,
)
from app.delegations.statements import posts_held_json
from app.domain.types import EdtfText
from app.reading.markers import Computed, From, Included, OnRequest
from app.schemas import descriptions as shared
from app.schemas.examples import BLOC, ISTANBUL, MEMBER, PROCESS, RUSSIA, TALK, UKRAINE, UMEROV
from app.schemas.nested_reads import Branch, MemberView
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import PartyRef, PersonRef, PlaceRef, ProcessRef, RecordMention, TalkRef


class PartySummary(RecordTail, RecordSummary):
    """An actor, independent of any talk, as shown in lists."""

    model: ClassVar[type[Record]] = Party
    linked_as = ("Party", "schema:Organization", "prov:Agent")

    name: str = Field(description=shared.DISPLAY_NAME, examples=["Russia"])
    kind: PartyKind = Field(description=descriptions.PARTY_KIND, examples=["state"])
    countries: list[str] = Field(description=descriptions.PARTY_COUNTRIES, examples=[["RU"]])
    delegations: Annotated[Branch, Included("delegations", by="party")] = Field(
        default_factory=list,
        description="The delegations of the party; only with `include=delegations`.",
        examples=[[{"slug": "istanbul-2025-06-02-russia", "talk": TALK}]],
    )


class PartyDetail(RecordDetail, PartySummary):
    """An actor, independent of any talk."""

    summary: str | None = Field(
        description=shared.DELEGATION_SUMMARY,
        examples=["Named only in the article's assessment."],
    )
    names: list[NameView] = Field(
        description=descriptions.NAMES,
        examples=[
            [
                {
                    "text": "Russian Federation",
                    "lang": "en",
                    "kind": "official",
                    "valid_from": None,
                    "valid_to": None,
                }
            ]
        ],
    )
    member_of: list[MembershipView] = Field(
        description=descriptions.MEMBER_OF,
        examples=[[{"party": BLOC, "valid_from": "2006-06"}]],
    )
    members: list[CoalitionMemberView] = Field(
        description=f"{descriptions.MEMBERS} The same memberships are shown in `member_of` of the members.",
        examples=[[{"party": RUSSIA, "valid_from": "2006-06", "valid_to": None}]],
    )
    speaks_for: list[MandateView] = Field(
        description=descriptions.SPEAKS_FOR,
        examples=[
            [
                {
                    "party": {"slug": "colombia-government", "name": "Government of Colombia", "kind": "government"},
                    "role": "approves",
                    "valid_from": "2016-10-02",
                    "valid_to": "2016-10-02",
                }
            ]
        ],
    )
    splinter_of: PartyRef | None = Field(
        description=descriptions.SPLINTER_OF,
        examples=[{"slug": "farc-ep", "name": "FARC-EP", "kind": "armed_group"}],
    )
    successor_of: PartyRef | None = Field(
        description=descriptions.SUCCESSOR_OF,
        examples=[{"slug": "soviet-union", "name": "Soviet Union", "kind": "state"}],
    )
    successors: list[PartyRef] = Field(
        description="The parties whose `successor_of` names this one.", examples=[[RUSSIA]]
    )
    succeeded_by: list[SuccessionView] = Field(
        description=descriptions.SUCCEEDED_BY,
        examples=[[{"party": RUSSIA, "kind": "continues", "on": "1991-12-26", "note": None}]],
    )
    predecessors: list[PredecessorView] = Field(
        description="The parties whose `succeeded_by` names this one, by date.",
        examples=[
            [
                {
                    "party": {"slug": "soviet-union", "name": "Soviet Union", "kind": "state"},
                    "kind": "continues",
                    "on": "1991-12-26",
                    "note": None,
                }
            ]
        ],
    )


class PersonSummary(RecordTail, RecordSummary):
    """A person, as shown in lists."""

    model: ClassVar[type[Record]] = Person
    linked_as = ("Person", "schema:Person", "prov:Person")

    name: str = Field(description=shared.DISPLAY_NAME, examples=["Rustem Umerov"])
    party: PartyRef | None = Field(description=descriptions.PERSON_PARTY, examples=[UKRAINE])


class PostView(RecordMention):
    """A post that a person held."""

    key: str = Field(description=descriptions.KEY, examples=["defence-minister"])
    title: str = Field(description=descriptions.TITLE, examples=["Defence Minister of Ukraine"])
    party: PartyRef | None = Field(description=descriptions.POST_PARTY, examples=[UKRAINE])
    valid_from: EdtfText | None = Field(description=descriptions.VALID_FROM, examples=["2023-09-06"])
    valid_to: EdtfText | None = Field(description=descriptions.POST_VALID_TO, examples=["2025-07-17"])


class SeatView(RecordMention):
    """A seat in a delegation, as shown in the record of the person."""

    talk: Annotated[TalkRef, From("delegation.talk")] = Field(description=descriptions.TALK, examples=[TALK])
    party: Annotated[PartyRef, From("delegation.party")] = Field(
        description="The party for which the person sat.", examples=[UKRAINE]
    )
    function: MemberFunction | None = Field(description=shared.FUNCTION, examples=["head"])
    post: str | None = Field(description=shared.POST, examples=["Defense Minister"])
    presence: Presence | None = Field(description=shared.PRESENCE, examples=["present"])
    mode: AttendanceMode | None = Field(description=shared.MODE, examples=["in_person"])
    valid_from: EdtfText | None = Field(description=shared.MEMBER_VALID_FROM, examples=["2014-05-25"])
    valid_to: EdtfText | None = Field(description=shared.MEMBER_VALID_TO, examples=["2015-10"])


class PersonDetail(RecordDetail, PersonSummary):
    """A person, with all spellings of the name."""

    summary: str | None = Field(description=shared.DELEGATION_SUMMARY, examples=["Head of Ukraine's team in 2025."])
    names: list[NameView] = Field(description=descriptions.PERSON_NAMES, examples=NAMES)
    posts: list[PostView] = Field(
        description=f"{descriptions.POSTS} Posts have no dated sources, so `known_by` shows all posts, also later ones. `valid_from` and `valid_to` say when each post was held.",
        examples=[[{"key": "defence-minister", "title": "Defence Minister of Ukraine", "party": UKRAINE}]],
    )
    seats: list[SeatView] = Field(
        description="The person's seats in delegations.",
        examples=[[{"talk": TALK, "party": UKRAINE, "function": "head"}]],
    )


class PlaceSummary(RecordTail, RecordSummary):
    """A venue, city, region or area, as shown in lists."""

    model: ClassVar[type[Record]] = Place
    linked_as = ("Place", "schema:Place", "prov:Location")

    name: str = Field(description=shared.DISPLAY_NAME, examples=["Istanbul"])
    kind: PlaceKind = Field(description=descriptions.PLACE_KIND, examples=["city"])
    part_of: PlaceRef | None = Field(
        description=descriptions.PART_OF,
        examples=[{"slug": "turkiye", "name": "Türkiye"}],
    )
    countries: list[str] = Field(description=descriptions.PLACE_COUNTRIES, examples=[["TR"]])
    lon: float | None = Field(description=descriptions.LON, examples=[28.9784])
    lat: float | None = Field(description=descriptions.LAT, examples=[41.0082])
    precision: PointPrecision | None = Field(description=descriptions.PRECISION, examples=["city"])


class PlaceDetail(RecordDetail, PlaceSummary):
    """A venue, city, region or area."""

    summary: str | None = Field(
        description=shared.DELEGATION_SUMMARY,
        examples=["No venue is named in the article."],
    )
    names: list[NameView] = Field(
        description=descriptions.NAMES,
        examples=[[{"text": "İstanbul", "lang": "tr", "kind": "official", "valid_from": None, "valid_to": None}]],
    )
    contains: list[PlaceRef] = Field(description="The places directly inside this one.", examples=[[ISTANBUL]])


class PostHeldView(RecordMention):
    """A post that a member held while being in the delegation."""

    person: PersonRef = Field(description=shared.PERSON, examples=[UMEROV])
    member_key: str = Field(
        description="The key of the entry in `members`, which for the first entry of a person is the slug.",
        examples=["rustem-umerov"],
    )
    title: str = Field(description=descriptions.TITLE, examples=["Defence Minister of Ukraine"])
    key: str | None = Field(
        description="The key of the post in the record of the person; null = stated by the delegation.",
        examples=["defence-minister-of-ukraine"],
    )
    party: PartyRef | None = Field(description=descriptions.POST_PARTY, examples=[UKRAINE])
    basis: PostBasis = Field(description="Where the post comes from, and how certain it is.", examples=["held"])


class DelegationSummary(RecordTail, RecordSummary):
    """A party's delegation to a talk, as shown in lists."""

    model: ClassVar[type[Record]] = Delegation
    linked_as = ("Delegation", "prov:Association")

    talk: TalkRef = Field(description=descriptions.TALK, examples=[TALK])
    process: Annotated[ProcessRef, From("talk.process")] = Field(
        description="The process that the talk belongs to.", examples=[PROCESS]
    )
    party: PartyRef = Field(description=shared.PARTY, examples=[RUSSIA])
    bloc: PartyRef | None = Field(description=shared.BLOC, examples=[BLOC])
    roles: list[DelegationRole] = Field(description=shared.ROLES, examples=[["negotiating"]])
    is_seated: bool = Field(
        description=shared.IS_SEATED,
        examples=[True],
    )
    capacity: DelegationCapacity | None = Field(description=shared.CAPACITY, examples=["official"])
    size: int | None = Field(
        description=shared.SIZE,
        examples=[14],
    )
    members: list[MemberView] = Field(description="The named members, in order.", examples=[[MEMBER]])
    posts_held: Annotated[list[PostHeldView], OnRequest(), Computed(posts_held_json)] = Field(
        default_factory=list,
        description="The posts of the members at that time: the post that the delegation states, or else the posts in the record of"
        " the person whose period overlaps the person's days in the delegation; only with `include=posts_held`.",
        examples=[
            [
                {
                    "person": UMEROV,
                    "member_key": "rustem-umerov",
                    "title": "Defence Minister of Ukraine",
                    "key": "defence-minister-of-ukraine",
                    "party": UKRAINE,
                    "basis": "held",
                }
            ]
        ],
    )


class DelegationDetail(RecordDetail, DelegationSummary):
    """A party's delegation to a talk: seated, or only hosting, mediating or observing."""

    title: str | None = Field(description="The title; null = none.", examples=["Russian delegation in Istanbul"])
    summary: str | None = Field(description=shared.DELEGATION_SUMMARY, examples=["Only the head is named."])
