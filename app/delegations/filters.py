"""By what parties, people, places and delegations are found."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import DelegationCapacity, DelegationRole, PartyKind, PlaceKind
from app.delegations.predicates import gave_any_post, gave_post, has_head, held_any_post, held_post, lying_in
from app.domain.types import CountryCode, Line, PartyKey, PersonKey, PlaceKey, ProcessKey, TalkKey
from app.reading.bounding_box import Box
from app.reading.filters import Built, Days, Equal, Flag, Overlaps, To
from app.reading.query import ListQuery, Many
from app.reading.read_spec import Presence
from app.schemas.record import RECORD_SORTS

#: As of the talk itself (`app.talks.filters`).
_TALK = Days(("talk.start_min",), ("talk.end_max", "talk.start_max"))


class PartyQuery(ListQuery):
    """Filters of parties."""

    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", ("process_roles.process_id", "delegations.talk.process_id"), below=True),
    ] = Field(
        None,
        description="A negotiation, with those below it, in which it has a role or a delegation.",
        examples=[["russia-ukraine"]],
    )
    talk: Annotated[Many[TalkKey] | None, To("talks", "delegations.talk_id")] = Field(
        None, description="A talk in which it had a part, seated or not.", examples=[["istanbul-2025-06-02"]]
    )
    talk_all: Annotated[Many[TalkKey] | None, To("talks", "delegations.talk_id", every=True)] = Field(
        None,
        alias="talk.all",
        description="Talks in all of which it had a part.",
        examples=[["istanbul-2025-05-16", "istanbul-2025-06-02"]],
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "id")] = Field(
        None, description="The party itself.", examples=[["russia", "ukraine"]]
    )
    party_members: Annotated[Many[PartyKey] | None, To("parties", "id", members=True)] = Field(
        None,
        alias="party.members",
        description="A coalition and all that ever were its members.",
        examples=[["p5-plus-1"]],
    )
    post: Annotated[Many[Line] | None, Built(gave_post, has_value=gave_any_post)] = Field(
        None,
        description="Words that stand in the title of a post held for it, in any case; `null`: parties for which nobody held one.",
        examples=[["defence minister"]],
    )
    member_of: Annotated[Many[PartyKey] | None, To("parties", "member_of.coalition_id")] = Field(
        None, description="A coalition or organisation to which it belongs.", examples=[["p5-plus-1"]]
    )
    kind: Annotated[Many[PartyKind] | None, Equal()] = Field(
        None, description="What kind of actor it is.", examples=[["state"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("countries")] = Field(
        None, description="A country it belongs to (ISO 3166-1).", examples=[["RU"]]
    )


class PersonQuery(ListQuery):
    """Filters of people."""

    process: Annotated[Many[ProcessKey] | None, To("processes", "seats.delegation.talk.process_id", below=True)] = (
        Field(
            None,
            description="A negotiation, with those below it, in which the person sat in a delegation.",
            examples=[["russia-ukraine"]],
        )
    )
    talk: Annotated[Many[TalkKey] | None, To("talks", "seats.delegation.talk_id")] = Field(
        None, description="A talk at which the person is named.", examples=[["istanbul-2025-06-02"]]
    )
    talk_all: Annotated[Many[TalkKey] | None, To("talks", "seats.delegation.talk_id", every=True)] = Field(
        None,
        alias="talk.all",
        description="Talks at all of which the person is named.",
        examples=[["istanbul-2025-05-16", "istanbul-2025-06-02"]],
    )
    party: Annotated[
        Many[PartyKey] | None, To("parties", ("party_id", "posts.party_id", "seats.delegation.party_id"))
    ] = Field(
        None,
        description="A party to which the person belongs, or for which they held a post or sat.",
        examples=[["ukraine"]],
    )
    party_members: Annotated[
        Many[PartyKey] | None,
        To("parties", ("party_id", "posts.party_id", "seats.delegation.party_id"), members=True),
    ] = Field(
        None,
        alias="party.members",
        description="A coalition: the person belongs to it or to a party that ever was its member.",
        examples=[["p5-plus-1"]],
    )
    post: Annotated[Many[Line] | None, Built(held_post, has_value=held_any_post)] = Field(
        None,
        description="Words that stand in the title of a post, in any case; `null`: people of whom no post is known.",
        examples=[["defence minister"]],
    )
    member_of: Annotated[Many[PartyKey] | None, To("parties", "party.member_of.coalition_id")] = Field(
        None, description="A coalition to which the person's party belongs.", examples=[["p5-plus-1"]]
    )
    kind: Annotated[Many[PartyKind] | None, Equal("party.kind")] = Field(
        None, description="What kind of actor the person's party is.", examples=[["armed_group"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("party.countries")] = Field(
        None, description="A country of the person's party (ISO 3166-1).", examples=[["UA"]]
    )


class PlaceQuery(ListQuery):
    """Filters of places."""

    kind: Annotated[Many[PlaceKind] | None, Equal()] = Field(
        None, description="What kind of place it is.", examples=[["city"]]
    )
    part_of: Annotated[Many[PlaceKey] | None, To("places", "part_of_id", below=True)] = Field(
        None, description="A place inside which it lies, at any depth.", examples=[["istanbul"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("countries")] = Field(
        None, description="A country it lies in (ISO 3166-1).", examples=[["TR"]]
    )
    bbox: Annotated[Box | None, Built(lying_in)] = Field(
        None, description="Its point lies in this box: west, south, east, north.", examples=["26,36,45,42"]
    )


class DelegationQuery(ListQuery):
    """Filters of delegations."""

    talk: Annotated[Many[TalkKey] | None, To("talks", "talk_id")] = Field(
        None, description="The talk.", examples=[["istanbul-2025-06-02"]]
    )
    process: Annotated[Many[ProcessKey] | None, To("processes", "talk.process_id", below=True)] = Field(
        None, description="The negotiation, with those below it.", examples=[["russia-ukraine"]]
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "party_id")] = Field(
        None, description="Whose delegation it is.", examples=[["russia"]]
    )
    party_members: Annotated[Many[PartyKey] | None, To("parties", "party_id", members=True, during=_TALK)] = Field(
        None,
        alias="party.members",
        description="A coalition: its delegations and those of its members. A party counts where it may have been a member"
        " on a day of the talk.",
        examples=[["p5-plus-1"]],
    )
    role: Annotated[Many[DelegationRole] | None, Overlaps("roles")] = Field(
        None, description="What it did there.", examples=[["mediator"]]
    )
    is_seated: Annotated[bool | None, Flag()] = Field(None, description="Whether it sat at the table.", examples=[True])
    capacity: Annotated[Many[DelegationCapacity] | None, Equal()] = Field(
        None, description="In which capacity it came.", examples=[["personal"]]
    )
    person: Annotated[Many[PersonKey] | None, To("people", "members.person_id")] = Field(
        None, description="A person named in it.", examples=[["rustem-umerov"]]
    )
    person_all: Annotated[Many[PersonKey] | None, To("people", "members.person_id", every=True)] = Field(
        None,
        alias="person.all",
        description="People who are all named in it.",
        examples=[["abbas-araghchi", "mohammad-javad-zarif"]],
    )
    head: Annotated[Many[PersonKey] | None, To("people", "members.person_id", where=(("function", "head"),))] = Field(
        None, description="The person who leads it.", examples=[["vladimir-medinsky"]]
    )


SORTS: dict[str, dict[str, str]] = {
    "parties": {"name": "name", **RECORD_SORTS},
    "people": {"name": "name", **RECORD_SORTS},
    "places": {"name": "name", **RECORD_SORTS},
    "delegations": dict(RECORD_SORTS),
}
DEFAULT_SORT = {"parties": "name", "people": "name", "places": "name", "delegations": "slug"}
PRESENCE: dict[str, Mapping[str, Presence]] = {
    "parties": {},
    "people": {},
    "places": {"point": "lon"},
    "delegations": {"head": has_head},
}
