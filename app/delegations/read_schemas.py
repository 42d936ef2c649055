"""What is read of parties, people, places and delegations."""

from typing import Annotated, ClassVar

from pydantic import Field

from app.db.actors import Party, Person, Place
from app.db.base import Record
from app.db.talks import Delegation
from app.db.vocabulary import (
    AttendanceMode,
    DelegationCapacity,
    DelegationRole,
    MandateRole,
    MemberFunction,
    NameKind,
    PartyKind,
    PlaceKind,
    PointPrecision,
    Presence,
)
from app.domain.types import EdtfText
from app.reading.markers import From, Included
from app.schemas.examples import ISTANBUL, MEMBER, PROCESS, RUSSIA, TALK, UKRAINE
from app.schemas.nested_reads import Branch, MemberView
from app.schemas.record import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import Mention, PartyRef, PlaceRef, ProcessRef, TalkRef


class NameView(Mention):
    """A name: in a language, of a kind, for a time."""

    text: str = Field(description="The name.", examples=["Рустем Умєров"])
    lang: str | None = Field(description="Its language (BCP 47); null = not said.", examples=["uk"])
    kind: NameKind | None = Field(description="What kind of name it is; null = not said.", examples=["alias"])
    valid_from: EdtfText | None = Field(
        description="From when it was used (EDTF); null = always.", examples=["1991-08-24"]
    )
    valid_to: EdtfText | None = Field(
        description="Until when it was used (EDTF); null = still.", examples=["2022-06-02"]
    )


_NAMES = [[{"text": "Рустем Умєров", "lang": "uk", "kind": "alias", "valid_from": None, "valid_to": None}]]


class MembershipView(Mention):
    """A party's place in a coalition or organisation."""

    party: PartyRef = Field(
        description="The coalition.", examples=[{"slug": "p5-plus-1", "name": "P5+1", "kind": "coalition"}]
    )
    valid_from: EdtfText | None = Field(description="From when (EDTF); null = always.", examples=["2006-06"])
    valid_to: EdtfText | None = Field(description="Until when (EDTF); null = still.", examples=["2018-05-08"])


class MandateView(Mention):
    """A party for which a body speaks."""

    party: PartyRef = Field(
        description="The party whose answer it gives.",
        examples=[{"slug": "colombia-government", "name": "Government of Colombia", "kind": "government"}],
    )
    role: MandateRole = Field(
        description="Whether it decides for the party or approves what the party accepted.", examples=["approves"]
    )
    valid_from: EdtfText | None = Field(description="From when (EDTF); null = unknown.", examples=["2016-10-02"])
    valid_to: EdtfText | None = Field(description="Until when (EDTF); null = unknown.", examples=["2016-10-02"])


class PartySummary(RecordTail, RecordSummary):
    """An actor beyond any one talk, as lists show it."""

    model: ClassVar[type[Record]] = Party
    linked_as = ("Party", "schema:Organization", "prov:Agent")

    name: str = Field(description="The name by which it is shown.", examples=["Russia"])
    kind: PartyKind = Field(description="What kind of actor it is.", examples=["state"])
    countries: list[str] = Field(description="Countries it belongs to (ISO 3166-1).", examples=[["RU"]])
    delegations: Annotated[Branch, Included("delegations", by="party")] = Field(
        default_factory=list,
        description="Its delegations; comes with `include=delegations`.",
        examples=[[{"slug": "istanbul-2025-06-02-russia", "talk": TALK}]],
    )


class PartyDetail(RecordDetail, PartySummary):
    """An actor beyond any one talk."""

    summary: str | None = Field(
        description="Who it is, in short; null = not written.",
        examples=["Named only in the article's assessment."],
    )
    names: list[NameView] = Field(
        description="Other names, in order.",
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
        description="Coalitions and organisations it belongs to.",
        examples=[[{"party": {"slug": "p5-plus-1", "name": "P5+1", "kind": "coalition"}, "valid_from": "2006-06"}]],
    )
    members: list[PartyRef] = Field(description="The parties that belong to it.", examples=[[RUSSIA]])
    speaks_for: list[MandateView] = Field(
        description="Parties for which it speaks, as an electorate or a parliament does: its answers count as theirs.",
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
        description="The party it broke away from; null = none.",
        examples=[{"slug": "farc-ep", "name": "FARC-EP", "kind": "armed_group"}],
    )
    successor_of: PartyRef | None = Field(
        description="The party whose place it took; null = none.",
        examples=[{"slug": "soviet-union", "name": "Soviet Union", "kind": "state"}],
    )


class PersonSummary(RecordTail, RecordSummary):
    """A human being, as lists show it."""

    model: ClassVar[type[Record]] = Person
    linked_as = ("Person", "schema:Person", "prov:Person")

    name: str = Field(description="The name by which the person is shown.", examples=["Rustem Umerov"])
    party: PartyRef | None = Field(
        description="The party to which the person mainly belongs; null = not said.", examples=[UKRAINE]
    )


class PostView(Mention):
    """A post that a person held."""

    key: str = Field(description="Tells it from the person's other posts.", examples=["defence-minister"])
    title: str = Field(description="The post.", examples=["Defence Minister of Ukraine"])
    party: PartyRef | None = Field(description="The party for which it is held; null = not said.", examples=[UKRAINE])
    valid_from: EdtfText | None = Field(description="From when (EDTF); null = unknown.", examples=["2023-09-06"])
    valid_to: EdtfText | None = Field(
        description="Until when (EDTF); `..` = still, null = unknown.", examples=["2025-07-17"]
    )


class SeatView(Mention):
    """A person's seat in a delegation, seen from the person."""

    talk: Annotated[TalkRef, From("delegation.talk")] = Field(description="The talk.", examples=[TALK])
    party: Annotated[PartyRef, From("delegation.party")] = Field(
        description="For whom the person sat.", examples=[UKRAINE]
    )
    function: MemberFunction | None = Field(
        description="What the person was in the delegation; null = not said.", examples=["head"]
    )
    post: str | None = Field(description="The post held at that time; null = not said.", examples=["Defense Minister"])
    presence: Presence | None = Field(
        description="Whether the person was there; null = not said.", examples=["present"]
    )
    mode: AttendanceMode | None = Field(
        description="In the room or from afar; null = not said.", examples=["in_person"]
    )


class PersonDetail(RecordDetail, PersonSummary):
    """A human being; spellings of one name are names of one person."""

    summary: str | None = Field(
        description="Who it is, in short; null = not written.", examples=["Head of Ukraine's team in 2025."]
    )
    names: list[NameView] = Field(description="Other spellings and names, in order.", examples=_NAMES)
    posts: list[PostView] = Field(
        description="Posts held, in order. A person is no claim, and no source dates a post: `known_by` shows all of them, later"
        " ones too; `valid_from` and `valid_to` say when each was held.",
        examples=[[{"key": "defence-minister", "title": "Defence Minister of Ukraine", "party": UKRAINE}]],
    )
    seats: list[SeatView] = Field(
        description="Seats in delegations.", examples=[[{"talk": TALK, "party": UKRAINE, "function": "head"}]]
    )


class PlaceSummary(RecordTail, RecordSummary):
    """A venue, city, region or area, as lists show it."""

    model: ClassVar[type[Record]] = Place
    linked_as = ("Place", "schema:Place", "prov:Location")

    name: str = Field(description="The name by which it is shown.", examples=["Istanbul"])
    kind: PlaceKind = Field(description="What kind of place it is.", examples=["city"])
    part_of: PlaceRef | None = Field(
        description="The place that contains it; null = none stored.",
        examples=[{"slug": "turkiye", "name": "Türkiye"}],
    )
    countries: list[str] = Field(description="Countries it lies in (ISO 3166-1).", examples=[["TR"]])
    lon: float | None = Field(description="Longitude in degrees east (WGS 84); null = unknown.", examples=[28.9784])
    lat: float | None = Field(description="Latitude in degrees north (WGS 84); null = unknown.", examples=[41.0082])
    precision: PointPrecision | None = Field(
        description="How exactly the point is known; null = not said.", examples=["city"]
    )


class PlaceDetail(RecordDetail, PlaceSummary):
    """A venue, city, region or area."""

    summary: str | None = Field(
        description="What is to be said of it; null = nothing.",
        examples=["No venue is named in the article."],
    )
    names: list[NameView] = Field(
        description="Other names, in order.",
        examples=[[{"text": "İstanbul", "lang": "tr", "kind": "official", "valid_from": None, "valid_to": None}]],
    )
    contains: list[PlaceRef] = Field(description="The places that lie directly in it.", examples=[[ISTANBUL]])


class DelegationSummary(RecordTail, RecordSummary):
    """A party's part in one talk, as lists show it."""

    model: ClassVar[type[Record]] = Delegation
    linked_as = ("Delegation", "prov:Association")

    talk: TalkRef = Field(description="The talk.", examples=[TALK])
    process: Annotated[ProcessRef, From("talk.process")] = Field(
        description="The negotiation to which the talk belongs.", examples=[PROCESS]
    )
    party: PartyRef = Field(description="Whose delegation it is.", examples=[RUSSIA])
    roles: list[DelegationRole] = Field(description="What it did there; empty = not said.", examples=[["negotiating"]])
    is_seated: bool = Field(
        description="Whether it sat at the table; false: it only hosted or mediated.", examples=[True]
    )
    capacity: DelegationCapacity | None = Field(
        description="In which capacity it came; null = not said.", examples=["official"]
    )
    size: int | None = Field(
        description="Number of people as reported, even where fewer or more are named; null = unknown.",
        examples=[14],
    )
    members: list[MemberView] = Field(description="The people named, in order.", examples=[[MEMBER]])


class DelegationDetail(RecordDetail, DelegationSummary):
    """A party's part in one talk: seated, or only hosting, mediating, observing."""

    title: str | None = Field(
        description="A title; null = none of its own.", examples=["Russian delegation in Istanbul"]
    )
    summary: str | None = Field(
        description="What is to be said of it; null = nothing.", examples=["Only the head is named."]
    )
