"""Query parameters, sort orders and `missing=` conditions of parties, people, places and delegations."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import DelegationCapacity, DelegationRole, PartyKind, PlaceKind
from app.delegations import descriptions
from app.delegations.predicates import (
    has_any_party_post,
    has_any_person_post,
    has_head,
    has_party_post,
    has_person_post,
    held_party_post_on,
    held_post_on,
    is_in_box,
    was_present_on,
)
from app.domain.countries import FORMER_NAMES
from app.domain.keys import PartyKey, PersonKey, PlaceKey, ProcessKey, TalkKey
from app.domain.texts import Line
from app.domain.types import CountryCode
from app.reading.bounding_box import Box
from app.reading.filter_day import FilterDay
from app.reading.filters import Built, Days, Equal, Flag, Overlaps, To
from app.reading.query import ListQuery, Many
from app.reading.read_spec import Presence
from app.schemas import descriptions as shared
from app.schemas.country_filters import CountrySuccessionOfParty, CountrySuccessionOfPerson, CountrySuccessionOfPlace
from app.schemas.descriptions import as_filter
from app.schemas.record_reads import RECORD_SORTS

#: The days of the talk, as in `app.talks.filters`.
_TALK = Days(("talk.start_min",), ("talk.end_max", "talk.start_max"))


#: The filter `post_on`, in parties and in people.
_POST_ON = (
    "A day on which somebody may have held a post, with `post=` one of these posts (for a month or a year: its last day). A"
    " post without dates may have been held on any day"
)


class PartyQuery(ListQuery):
    """Filters of parties."""

    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", ("process_roles.process_id", "delegations.talk.process_id"), below=True),
    ] = Field(
        None,
        description="A negotiation process in which the party has a role or a delegation, including the processes below it.",
        examples=[["russia-ukraine"]],
    )
    talk: Annotated[Many[TalkKey] | None, To("talks", "delegations.talk_id")] = Field(
        None, description="A talk in which the party took part, seated or not.", examples=[["istanbul-2025-06-02"]]
    )
    talk_all: Annotated[Many[TalkKey] | None, To("talks", "delegations.talk_id", every=True)] = Field(
        None,
        alias="talk.all",
        description="Talks in all of which the party took part.",
        examples=[["istanbul-2025-05-16", "istanbul-2025-06-02"]],
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "id")] = Field(
        None, description="The party.", examples=[["russia", "ukraine"]]
    )
    party_members: Annotated[Many[PartyKey] | None, To("parties", "id", members=True)] = Field(
        None,
        alias="party.members",
        description="A coalition. Matches the coalition and all parties that were ever members of the coalition.",
        examples=[["p5-plus-1"]],
    )
    post: Annotated[Many[Line] | None, Built(has_party_post, has_value=has_any_party_post)] = Field(
        None,
        description="Text contained in the title of a post that someone holds for the party (case-insensitive); `null` matches parties without a post.",
        examples=[["defence minister"]],
    )
    post_on: Annotated[FilterDay | None, Built(held_party_post_on)] = Field(
        None, description=f"{_POST_ON} for the party.", examples=["2025-06-02"]
    )
    member_of: Annotated[Many[PartyKey] | None, To("parties", "member_of.coalition_id")] = Field(
        None, description="A coalition or organization to which the party belongs.", examples=[["p5-plus-1"]]
    )
    kind: Annotated[Many[PartyKind] | None, Equal()] = Field(
        None, description=descriptions.PARTY_KIND, examples=[["state"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("countries", labels=FORMER_NAMES)] = Field(
        None, description="A country of the party (ISO 3166), present or former.", examples=[["RU"]]
    )
    country_succession: CountrySuccessionOfParty = None


class PersonQuery(ListQuery):
    """Filters of people."""

    process: Annotated[Many[ProcessKey] | None, To("processes", "seats.delegation.talk.process_id", below=True)] = (
        Field(
            None,
            description="A negotiation process in which the person sat in a delegation, including the processes below it.",
            examples=[["russia-ukraine"]],
        )
    )
    talk: Annotated[Many[TalkKey] | None, To("talks", "seats.delegation.talk_id")] = Field(
        None, description="A talk at which the person is named.", examples=[["istanbul-2025-06-02"]]
    )
    attended: Annotated[
        Many[TalkKey] | None,
        To("talks", ("attended.delegation.talk_id", "seats.attended.talk_id", "seats.attended.delegation.talk_id")),
    ] = Field(
        None,
        description="A talk, or a sitting of a longer talk, at which the person was present: as a member of a delegation to it, or"
        " according to the attendance of a member at this sitting. A member who was present at one sitting attended the longer"
        " talk, even if its delegation lists the member as absent. People who are absent or only announced are not found.",
        examples=[["istanbul-2025-06-02"]],
    )
    present_on: Annotated[FilterDay | None, Built(was_present_on)] = Field(
        None,
        description="A day on which the person may have been present in a delegation, by the days in the delegation or of the talk"
        " (for a month or a year: its last day). The attendance at a sitting on this day is more exact than the entry of the member.",
        examples=["2025-06-02"],
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
        description="A party to which the person belongs, or for which the person held a post or sat in a delegation.",
        examples=[["ukraine"]],
    )
    party_members: Annotated[
        Many[PartyKey] | None,
        To("parties", ("party_id", "posts.party_id", "seats.delegation.party_id"), members=True),
    ] = Field(
        None,
        alias="party.members",
        description="A coalition. Matches the people that `party` finds for the coalition or for any party that was ever a member of it.",
        examples=[["p5-plus-1"]],
    )
    post: Annotated[Many[Line] | None, Built(has_person_post, has_value=has_any_person_post)] = Field(
        None,
        description="Text contained in the title of a post (case-insensitive); `null` matches people without a known post.",
        examples=[["defence minister"]],
    )
    post_on: Annotated[FilterDay | None, Built(held_post_on)] = Field(
        None, description=f"{_POST_ON}.", examples=["2025-06-02"]
    )
    member_of: Annotated[Many[PartyKey] | None, To("parties", "party.member_of.coalition_id")] = Field(
        None, description="A coalition to which the person's party belongs.", examples=[["p5-plus-1"]]
    )
    kind: Annotated[Many[PartyKind] | None, Equal("party.kind")] = Field(
        None, description="The kind of actor of the person's party.", examples=[["armed_group"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("party.countries", labels=FORMER_NAMES)] = Field(
        None, description="A country of the person's party (ISO 3166), present or former.", examples=[["UA"]]
    )
    country_succession: CountrySuccessionOfPerson = None


class PlaceQuery(ListQuery):
    """Filters of places."""

    kind: Annotated[Many[PlaceKind] | None, Equal()] = Field(
        None, description=descriptions.PLACE_KIND, examples=[["city"]]
    )
    part_of: Annotated[Many[PlaceKey] | None, To("places", "part_of_id", below=True)] = Field(
        None, description="A place that contains this one, at any depth.", examples=[["istanbul"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("countries", labels=FORMER_NAMES)] = Field(
        None, description="A country of the place (ISO 3166), present or former.", examples=[["TR"]]
    )
    country_succession: CountrySuccessionOfPlace = None
    bbox: Annotated[Box | None, Built(is_in_box)] = Field(
        None,
        description="A bounding box that contains the point of the place: west, south, east, north.",
        examples=["26,36,45,42"],
    )


class DelegationQuery(ListQuery):
    """Filters of delegations."""

    talk: Annotated[Many[TalkKey] | None, To("talks", "talk_id")] = Field(
        None, description=descriptions.TALK, examples=[["istanbul-2025-06-02"]]
    )
    process: Annotated[Many[ProcessKey] | None, To("processes", "talk.process_id", below=True)] = Field(
        None, description=shared.PROCESS_OR_BELOW, examples=[["russia-ukraine"]]
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "party_id")] = Field(
        None, description=shared.PARTY, examples=[["russia"]]
    )
    party_members: Annotated[Many[PartyKey] | None, To("parties", "party_id", members=True, during=_TALK)] = Field(
        None,
        alias="party.members",
        description="A coalition. Matches the delegations of the coalition and of its members. A party is treated as a member if it"
        " may have been one on a day of the talk.",
        examples=[["p5-plus-1"]],
    )
    bloc: Annotated[Many[PartyKey] | None, To("parties", "bloc_id")] = Field(
        None, description="The coalition through which the party attended.", examples=[["p5-plus-1"]]
    )
    role: Annotated[Many[DelegationRole] | None, Overlaps("roles")] = Field(
        None, description="A role of the delegation.", examples=[["mediator"]]
    )
    is_seated: Annotated[bool | None, Flag()] = Field(None, description=as_filter(shared.IS_SEATED), examples=[True])
    capacity: Annotated[Many[DelegationCapacity] | None, Equal()] = Field(
        None, description=as_filter(shared.CAPACITY), examples=[["personal"]]
    )
    person: Annotated[Many[PersonKey] | None, To("people", "members.person_id")] = Field(
        None, description="A person named as a member of the delegation.", examples=[["rustem-umerov"]]
    )
    person_all: Annotated[Many[PersonKey] | None, To("people", "members.person_id", every=True)] = Field(
        None,
        alias="person.all",
        description="People who are all named as members of the delegation.",
        examples=[["abbas-araghchi", "mohammad-javad-zarif"]],
    )
    head: Annotated[Many[PersonKey] | None, To("people", "members.person_id", where=(("function", "head"),))] = Field(
        None, description="The head of the delegation.", examples=[["vladimir-medinsky"]]
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
