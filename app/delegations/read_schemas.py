"""Read schemas of parties, people, places and delegations."""

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
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import PartyRef, PlaceRef, ProcessRef, RecordMention, TalkRef


class NameView(RecordMention):
    """A name, with its language, kind and period of use."""

    text: str = Field(description="The name.", examples=["Рустем Умєров"])
    lang: str | None = Field(description="The language (BCP 47); null = not stated.", examples=["uk"])
    kind: NameKind | None = Field(description="The kind of name; null = not stated.", examples=["alias"])
    valid_from: EdtfText | None = Field(
        description="The first day on which the name was used (EDTF); null = always.", examples=["1991-08-24"]
    )
    valid_to: EdtfText | None = Field(
        description="The last day on which the name was used (EDTF); null = still in use.", examples=["2022-06-02"]
    )


_NAMES = [[{"text": "Рустем Умєров", "lang": "uk", "kind": "alias", "valid_from": None, "valid_to": None}]]


class MembershipView(RecordMention):
    """A party's membership in a coalition or organization."""

    party: PartyRef = Field(
        description="The coalition.", examples=[{"slug": "p5-plus-1", "name": "P5+1", "kind": "coalition"}]
    )
    valid_from: EdtfText | None = Field(
        description="The first day of validity (EDTF); null = always valid.", examples=["2006-06"]
    )
    valid_to: EdtfText | None = Field(
        description="The last day of validity (EDTF); null = still valid.", examples=["2018-05-08"]
    )


class MandateView(RecordMention):
    """A mandate of a body, such as a parliament, to speak for a party."""

    party: PartyRef = Field(
        description="The party that the body speaks for.",
        examples=[{"slug": "colombia-government", "name": "Government of Colombia", "kind": "government"}],
    )
    role: MandateRole = Field(
        description="Whether the body decides for the party or approves what the party accepted.", examples=["approves"]
    )
    valid_from: EdtfText | None = Field(description="The first day (EDTF); null = unknown.", examples=["2016-10-02"])
    valid_to: EdtfText | None = Field(description="The last day (EDTF); null = unknown.", examples=["2016-10-02"])


class PartySummary(RecordTail, RecordSummary):
    """An actor, independent of any talk, as lists show it."""

    model: ClassVar[type[Record]] = Party
    linked_as = ("Party", "schema:Organization", "prov:Agent")

    name: str = Field(description="The display name.", examples=["Russia"])
    kind: PartyKind = Field(description="The kind of actor.", examples=["state"])
    countries: list[str] = Field(description="The countries of the party (ISO 3166-1).", examples=[["RU"]])
    delegations: Annotated[Branch, Included("delegations", by="party")] = Field(
        default_factory=list,
        description="The delegations of the party; only with `include=delegations`.",
        examples=[[{"slug": "istanbul-2025-06-02-russia", "talk": TALK}]],
    )


class PartyDetail(RecordDetail, PartySummary):
    """An actor, independent of any talk."""

    summary: str | None = Field(
        description="A short description; null = none.",
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
        description="The coalitions and organizations to which the party belongs.",
        examples=[[{"party": {"slug": "p5-plus-1", "name": "P5+1", "kind": "coalition"}, "valid_from": "2006-06"}]],
    )
    members: list[PartyRef] = Field(description="The members of the coalition or organization.", examples=[[RUSSIA]])
    speaks_for: list[MandateView] = Field(
        description="The parties that this one speaks for, as an electorate or a parliament does: its answers count as theirs.",
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
        description="The party that this one split from; null = none.",
        examples=[{"slug": "farc-ep", "name": "FARC-EP", "kind": "armed_group"}],
    )
    successor_of: PartyRef | None = Field(
        description="The party that this one succeeded; null = none.",
        examples=[{"slug": "soviet-union", "name": "Soviet Union", "kind": "state"}],
    )


class PersonSummary(RecordTail, RecordSummary):
    """A person, as lists show it."""

    model: ClassVar[type[Record]] = Person
    linked_as = ("Person", "schema:Person", "prov:Person")

    name: str = Field(description="The display name.", examples=["Rustem Umerov"])
    party: PartyRef | None = Field(
        description="The party to which the person mainly belongs; null = not stated.", examples=[UKRAINE]
    )


class PostView(RecordMention):
    """A post that a person held."""

    key: str = Field(
        description="The key that identifies the post among those of the person.", examples=["defence-minister"]
    )
    title: str = Field(description="The title of the post.", examples=["Defence Minister of Ukraine"])
    party: PartyRef | None = Field(
        description="The party for which the post is held; null = not stated.", examples=[UKRAINE]
    )
    valid_from: EdtfText | None = Field(description="The first day (EDTF); null = unknown.", examples=["2023-09-06"])
    valid_to: EdtfText | None = Field(
        description="The last day (EDTF); `..` = still held, null = unknown.", examples=["2025-07-17"]
    )


class SeatView(RecordMention):
    """A seat in a delegation, as shown in the record of the person."""

    talk: Annotated[TalkRef, From("delegation.talk")] = Field(description="The talk.", examples=[TALK])
    party: Annotated[PartyRef, From("delegation.party")] = Field(
        description="The party for which the person sat.", examples=[UKRAINE]
    )
    function: MemberFunction | None = Field(
        description="The person's function in the delegation; null = not stated.", examples=["head"]
    )
    post: str | None = Field(
        description="The post that the person held at that time; null = not stated.", examples=["Defense Minister"]
    )
    presence: Presence | None = Field(
        description="Whether the person attended; null = not stated.", examples=["present"]
    )
    mode: AttendanceMode | None = Field(
        description="Whether the person attended in person or remotely; null = not stated.", examples=["in_person"]
    )


class PersonDetail(RecordDetail, PersonSummary):
    """A person, with all spellings of the name."""

    summary: str | None = Field(
        description="A short description; null = none.", examples=["Head of Ukraine's team in 2025."]
    )
    names: list[NameView] = Field(description="Other spellings and names, in order.", examples=_NAMES)
    posts: list[PostView] = Field(
        description="The posts that the person held, in order. No source dates a post, so `known_by` shows all of them, also later"
        " ones; `valid_from` and `valid_to` say when each was held.",
        examples=[[{"key": "defence-minister", "title": "Defence Minister of Ukraine", "party": UKRAINE}]],
    )
    seats: list[SeatView] = Field(
        description="The person's seats in delegations.",
        examples=[[{"talk": TALK, "party": UKRAINE, "function": "head"}]],
    )


class PlaceSummary(RecordTail, RecordSummary):
    """A venue, city, region or area, as lists show it."""

    model: ClassVar[type[Record]] = Place
    linked_as = ("Place", "schema:Place", "prov:Location")

    name: str = Field(description="The display name.", examples=["Istanbul"])
    kind: PlaceKind = Field(description="The kind of place.", examples=["city"])
    part_of: PlaceRef | None = Field(
        description="The place that contains this one; null = none stored.",
        examples=[{"slug": "turkiye", "name": "Türkiye"}],
    )
    countries: list[str] = Field(description="The countries of the place (ISO 3166-1).", examples=[["TR"]])
    lon: float | None = Field(description="The longitude in degrees east (WGS 84); null = unknown.", examples=[28.9784])
    lat: float | None = Field(description="The latitude in degrees north (WGS 84); null = unknown.", examples=[41.0082])
    precision: PointPrecision | None = Field(
        description="The precision of the point; null = not stated.", examples=["city"]
    )


class PlaceDetail(RecordDetail, PlaceSummary):
    """A venue, city, region or area."""

    summary: str | None = Field(
        description="A short description; null = none.",
        examples=["No venue is named in the article."],
    )
    names: list[NameView] = Field(
        description="Other names, in order.",
        examples=[[{"text": "İstanbul", "lang": "tr", "kind": "official", "valid_from": None, "valid_to": None}]],
    )
    contains: list[PlaceRef] = Field(description="The places directly inside this one.", examples=[[ISTANBUL]])


class DelegationSummary(RecordTail, RecordSummary):
    """A party's delegation to a talk, as lists show it."""

    model: ClassVar[type[Record]] = Delegation
    linked_as = ("Delegation", "prov:Association")

    talk: TalkRef = Field(description="The talk.", examples=[TALK])
    process: Annotated[ProcessRef, From("talk.process")] = Field(
        description="The process that the talk belongs to.", examples=[PROCESS]
    )
    party: PartyRef = Field(description="The party that the delegation represents.", examples=[RUSSIA])
    roles: list[DelegationRole] = Field(
        description="The roles of the delegation; empty = not stated.", examples=[["negotiating"]]
    )
    is_seated: bool = Field(
        description="Whether the delegation sat at the table; false = it only hosted, mediated or observed.",
        examples=[True],
    )
    capacity: DelegationCapacity | None = Field(
        description="The capacity in which the delegation attended; null = not stated.", examples=["official"]
    )
    size: int | None = Field(
        description="The reported number of people, which may differ from the number of named members; null = unknown.",
        examples=[14],
    )
    members: list[MemberView] = Field(description="The named members, in order.", examples=[[MEMBER]])


class DelegationDetail(RecordDetail, DelegationSummary):
    """A party's delegation to a talk: seated, or only hosting, mediating or observing."""

    title: str | None = Field(description="The title; null = none.", examples=["Russian delegation in Istanbul"])
    summary: str | None = Field(description="A short description; null = none.", examples=["Only the head is named."])
