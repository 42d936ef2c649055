"""By what processes and talks are found."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import (
    DelegationRole,
    OutcomeKind,
    ProcessKind,
    ProcessRole,
    ProcessStatus,
    TalkFormat,
    TalkKind,
    TalkStatus,
    Visibility,
)
from app.domain.types import (
    CountryCode,
    EdtfBound,
    Identifier,
    IssueKey,
    PartyKey,
    PersonKey,
    PlaceKey,
    ProcessKey,
    TalkKey,
)
from app.reading.bounding_box import Box
from app.reading.filters import Between, Built, Days, Equal, Overlaps, Ranged, To
from app.reading.formats import FormName
from app.reading.query import ListQuery, Many, Minutes
from app.reading.read_spec import Presence
from app.schemas.record import RECORD_SORTS
from app.talks.predicates import placed_in

_PROCESS = Days(("started_min",), ("ended_max",))
#: A talk whose end is unknown is taken to be over on the day on which it began; one that goes on ends with `..`.
_TALK = Days(("start_min",), ("end_max", "start_max"))


class ProcessQuery(ListQuery):
    """Filters of processes."""

    kind: Annotated[Many[ProcessKind] | None, Equal()] = Field(
        None, description="What it is for.", examples=[["peace"]]
    )
    status: Annotated[Many[ProcessStatus] | None, Equal()] = Field(
        None, description="How it stands.", examples=[["ongoing"]]
    )
    parent: Annotated[Many[ProcessKey] | None, To("processes", "parent_id")] = Field(
        None, description="The process of which it is directly a part.", examples=[["russia-ukraine"]]
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "parties.party_id")] = Field(
        None, description="A party that has a role in it.", examples=[["russia"]]
    )
    party_members: Annotated[
        Many[PartyKey] | None, To("parties", "parties.party_id", members=True, during=_PROCESS)
    ] = Field(
        None,
        alias="party.members",
        description="A coalition: it or one of its members has a role in it. A party counts where it may have been a member"
        " at some time of the process.",
        examples=[["p5-plus-1"]],
    )
    party_all: Annotated[Many[PartyKey] | None, To("parties", "parties.party_id", every=True)] = Field(
        None,
        alias="party.all",
        description="Parties that all have a role in it.",
        examples=[["russia", "ukraine"]],
    )
    role: Annotated[Many[ProcessRole] | None, Equal("parties.role")] = Field(
        None, description="A role that some party has in it.", examples=[["guarantor"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("negotiating.party.countries", looked_up=True)] = Field(
        None,
        description="A country (ISO 3166-1) of a party that negotiates in it, as that party's own `countries` say. Hosts,"
        " mediators and guarantors do not count, nor do the members of a coalition or the places of its talks.",
        examples=[["CO"]],
    )
    conflict: Annotated[
        Many[Identifier] | None, Equal("conflict_identifiers.identifier", schemes="conflict_identifier", looked_up=True)
    ] = Field(
        None,
        description="An identifier of a conflict that it is about, as `scheme:value`. `external_id` asks for those of the"
        " process itself. `null`: none is known.",
        examples=[["null"]],
    )
    started_from: Annotated[EdtfBound | None, Ranged("started", "from")] = Field(
        None, description="Begun on this day or later, as far as the date allows.", examples=["2022-01-01"]
    )
    started_to: Annotated[EdtfBound | None, Ranged("started", "to")] = Field(
        None, description="Begun on this day or earlier, as far as the date allows.", examples=["2022-12-31"]
    )


class TalkQuery(ListQuery):
    """Filters of talks."""

    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", "process_id", below=True, newest=("talk", "process_id", None)),
    ] = Field(None, description="The negotiation, with those below it.", examples=[["russia-ukraine"]])
    place: Annotated[Many[PlaceKey] | None, To("places", "place_id", below=True)] = Field(
        None, description="Where, with all places inside.", examples=[["istanbul"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("place.countries", looked_up=True)] = Field(
        None,
        description="A country (ISO 3166-1) where it was held, as the `countries` of its place say; not one of those that"
        " took part.",
        examples=[["TR"]],
    )
    bbox: Annotated[Box | None, Built(placed_in)] = Field(
        None,
        description="The place's point lies in this box: west, south, east, north.",
        examples=["26,36,45,42"],
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "delegations.party_id", where=(("is_seated", True),))] = (
        Field(None, description="A party that sat there.", examples=[["ukraine"]])
    )
    party_members: Annotated[
        Many[PartyKey] | None,
        To("parties", "delegations.party_id", members=True, during=_TALK, where=(("is_seated", True),)),
    ] = Field(
        None,
        alias="party.members",
        description="A coalition: it or one of its members sat there. A party counts where it may have been a member on a"
        " day of the talk.",
        examples=[["p5-plus-1"]],
    )
    party_all: Annotated[
        Many[PartyKey] | None,
        To("parties", "delegations.party_id", every=True, where=(("is_seated", True),)),
    ] = Field(None, alias="party.all", description="Parties that all sat there.", examples=[["russia", "ukraine"]])
    role: Annotated[Many[DelegationRole] | None, Overlaps("delegations.roles")] = Field(
        None, description="A role that some delegation had there, seated or not.", examples=[["mediator"]]
    )
    person: Annotated[Many[PersonKey] | None, To("people", "delegations.members.person_id")] = Field(
        None, description="A person named in a delegation.", examples=[["rustem-umerov"]]
    )
    person_all: Annotated[Many[PersonKey] | None, To("people", "delegations.members.person_id", every=True)] = Field(
        None,
        alias="person.all",
        description="People who are all named in delegations.",
        examples=[["rustem-umerov", "vladimir-medinsky"]],
    )
    parent: Annotated[Many[TalkKey] | None, To("talks", "parent_id")] = Field(
        None, description="The talk of which it is directly a part.", examples=[["istanbul-2025-06-02"]]
    )
    kind: Annotated[Many[TalkKind] | None, Equal()] = Field(
        None, description="What kind of talk it is.", examples=[["round", "principals"]]
    )
    # Both are called so: how the parties spoke, in every source, and the form of an answer, in every API.
    format: Annotated[Many[TalkFormat | FormName] | None, Equal()] = Field(  # type: ignore[assignment]
        None,
        description="How the parties spoke with each other; or the form of the answer; or both: `direct,csv`.",
        examples=[["direct"]],
    )
    status: Annotated[Many[TalkStatus] | None, Equal()] = Field(
        None, description="Whether it took place.", examples=[["held"]]
    )
    visibility: Annotated[Many[Visibility] | None, Equal()] = Field(
        None, description="What the public knew of it.", examples=[["secret"]]
    )
    outcome: Annotated[Many[OutcomeKind] | None, Equal("outcomes.kind")] = Field(
        None, description="A kind of outcome that it had.", examples=[["no_agreement"]]
    )
    start_from: Annotated[EdtfBound | None, Ranged("start", "from")] = Field(
        None, description="Begun on this day or later, as far as the date allows.", examples=["2025-01-01"]
    )
    start_to: Annotated[EdtfBound | None, Ranged("start", "to")] = Field(
        None, description="Begun on this day or earlier, as far as the date allows.", examples=["2025-12-31"]
    )
    duration_minutes_from: Annotated[Minutes | None, Between("duration_minutes", "from")] = Field(
        None,
        description="It lasted so many minutes or more, as reported; `duration_bound` says how the number is meant.",
        examples=[60],
    )
    duration_minutes_to: Annotated[Minutes | None, Between("duration_minutes", "to")] = Field(
        None, description="It lasted so many minutes or fewer, as reported.", examples=[180]
    )
    issue: Annotated[
        Many[IssueKey] | None, To("issues", "proposals.demands.issues.issue_id", below=True, looked_up=True)
    ] = Field(
        None,
        description="An issue of a demand in a proposal that was tabled there (reference accounts), with all below it; a code"
        " in any case.",
        examples=[["TERR"]],
    )
    ordinal: Annotated[Many[Annotated[int, Field(ge=-(2**31), lt=2**31)]] | None, Equal()] = Field(
        None, description="Its number as sources give it.", examples=[[2]]
    )


SORTS: dict[str, dict[str, str]] = {
    "processes": {"title": "title", **RECORD_SORTS},
    "talks": {"start": "sort_on", "title": "title", "duration_minutes": "duration_minutes", **RECORD_SORTS},
}
DEFAULT_SORT = {"processes": "slug", "talks": "-start"}
PRESENCE: dict[str, Mapping[str, Presence]] = {"processes": {}, "talks": {}}
