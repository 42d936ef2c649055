"""Query parameters, sort orders and `missing=` conditions of processes and talks."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import (
    DecisionRule,
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
from app.domain.countries import FORMER_NAMES
from app.domain.keys import Identifier, IssueKey, PartyKey, PersonKey, PlaceKey, ProcessKey, TalkKey
from app.domain.types import CountryCode, EdtfBound
from app.reading.bounding_box import Box
from app.reading.filters import Between, Built, Days, Equal, Overlaps, Ranged, To
from app.reading.formats import FormName
from app.reading.query import ListQuery, Many, Minutes
from app.reading.read_spec import Presence
from app.schemas import descriptions as shared
from app.schemas.country_filters import CountrySuccessionOfNegotiators, CountrySuccessionOfVenue
from app.schemas.descriptions import as_filter
from app.schemas.quantity_filters import OutcomeQuantityMax, OutcomeQuantityMin, OutcomeQuantityUnit
from app.schemas.record_reads import RECORD_SORTS
from app.talks import descriptions
from app.talks.predicates import is_in_box

_PROCESS = Days(("started_min",), ("ended_max",))
#: A talk without an end date is assumed to end on the day it began. A talk that is still going on has the end date
#: `..`.
_TALK = Days(("start_min",), ("end_max", "start_max"))


class ProcessQuery(ListQuery):
    """Filters of processes."""

    kind: Annotated[Many[ProcessKind] | None, Equal()] = Field(
        None, description=descriptions.PROCESS_KIND, examples=[["peace"]]
    )
    status: Annotated[Many[ProcessStatus] | None, Equal()] = Field(
        None, description=as_filter(descriptions.PROCESS_STATUS), examples=[["ongoing"]]
    )
    parent: Annotated[Many[ProcessKey] | None, To("processes", "parent_id")] = Field(
        None, description="The process directly above this one.", examples=[["russia-ukraine"]]
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "parties.party_id")] = Field(
        None, description="A party that has a role in the process.", examples=[["russia"]]
    )
    party_members: Annotated[
        Many[PartyKey] | None, To("parties", "parties.party_id", members=True, during=_PROCESS)
    ] = Field(
        None,
        alias="party.members",
        description="A coalition. Matches processes in which the coalition or one of its members has a role. A party is"
        " treated as a member if it may have been a member at some time during the process.",
        examples=[["p5-plus-1"]],
    )
    party_all: Annotated[Many[PartyKey] | None, To("parties", "parties.party_id", every=True)] = Field(
        None,
        alias="party.all",
        description="Parties that all have a role in the process.",
        examples=[["russia", "ukraine"]],
    )
    role: Annotated[Many[ProcessRole] | None, Equal("parties.role")] = Field(
        None, description="A role that some party has in the process.", examples=[["guarantor"]]
    )
    country: Annotated[
        Many[CountryCode] | None, Overlaps("negotiating.party.countries", looked_up=True, labels=FORMER_NAMES)
    ] = Field(
        None,
        description="A country (ISO 3166) in the `countries` of a negotiating party. Hosts, mediators, guarantors, members"
        " of coalitions and the places of talks are not considered.",
        examples=[["CO"]],
    )
    country_succession: CountrySuccessionOfNegotiators = None
    conflict: Annotated[
        Many[Identifier] | None, Equal("conflict_identifiers.identifier", schemes="conflict_identifier", looked_up=True)
    ] = Field(
        None,
        description="An external id, as `scheme:value`, of a conflict that the process is about; `null` matches processes"
        " without one. For external ids of the process itself use `external_id`.",
        examples=[["null"]],
    )
    outcome: Annotated[Many[OutcomeKind] | None, Equal("outcomes.kind", looked_up=True)] = Field(
        None,
        description="A kind of outcome of the process itself, that is, of what happened without a talk. For the outcomes of"
        " its talks use `/v1/talks?outcome=`.",
        examples=[["null"]],
    )
    quantity_min: OutcomeQuantityMin = None
    quantity_max: OutcomeQuantityMax = None
    quantity_unit: OutcomeQuantityUnit = None
    started_from: Annotated[EdtfBound | None, Ranged("started", "from")] = Field(
        None, description="Only records that may have begun on this day or later.", examples=["2022-01-01"]
    )
    started_to: Annotated[EdtfBound | None, Ranged("started", "to")] = Field(
        None, description="Only records that may have begun on this day or earlier.", examples=["2022-12-31"]
    )


class TalkQuery(ListQuery):
    """Filters of talks."""

    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", "process_id", below=True, newest=("talk", "process_id", None)),
    ] = Field(None, description=shared.PROCESS_OR_BELOW, examples=[["russia-ukraine"]])
    place: Annotated[Many[PlaceKey] | None, To("places", "place_id", below=True)] = Field(
        None, description="The place of the talk, including all places inside it.", examples=[["istanbul"]]
    )
    country: Annotated[Many[CountryCode] | None, Overlaps("place.countries", looked_up=True, labels=FORMER_NAMES)] = (
        Field(
            None,
            description="A country (ISO 3166) in the `countries` of the talk's place. The countries of the parties are not"
            " considered.",
            examples=[["TR"]],
        )
    )
    country_succession: CountrySuccessionOfVenue = None
    bbox: Annotated[Box | None, Built(is_in_box)] = Field(
        None,
        description="A bounding box that contains the point of the talk's place: west, south, east, north.",
        examples=["26,36,45,42"],
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "delegations.party_id", where=(("is_seated", True),))] = (
        Field(None, description="A party that sat at the table.", examples=[["ukraine"]])
    )
    party_members: Annotated[
        Many[PartyKey] | None,
        To("parties", "delegations.party_id", members=True, during=_TALK, where=(("is_seated", True),)),
    ] = Field(
        None,
        alias="party.members",
        description="A coalition. Matches talks at which the coalition or one of its members sat at the table. A party is"
        " treated as a member if it may have been a member on a day of the talk.",
        examples=[["p5-plus-1"]],
    )
    party_all: Annotated[
        Many[PartyKey] | None,
        To("parties", "delegations.party_id", every=True, where=(("is_seated", True),)),
    ] = Field(
        None, alias="party.all", description="Parties that all sat at the table.", examples=[["russia", "ukraine"]]
    )
    bloc: Annotated[
        Many[PartyKey] | None,
        To("parties", "delegations.bloc_id", where=(("is_seated", True),), looked_up=True),
    ] = Field(None, description="A coalition through which a party sat at the table.", examples=[["p5-plus-1"]])
    role: Annotated[Many[DelegationRole] | None, Overlaps("delegations.roles")] = Field(
        None, description="A role of some delegation at the talk, seated or not.", examples=[["mediator"]]
    )
    person: Annotated[Many[PersonKey] | None, To("people", "delegations.members.person_id")] = Field(
        None, description="A person named as a member of a delegation.", examples=[["rustem-umerov"]]
    )
    person_all: Annotated[Many[PersonKey] | None, To("people", "delegations.members.person_id", every=True)] = Field(
        None,
        alias="person.all",
        description="People who are all named as members of delegations.",
        examples=[["rustem-umerov", "vladimir-medinsky"]],
    )
    parent: Annotated[Many[TalkKey] | None, To("talks", "parent_id")] = Field(
        None, description="The talk directly above this one.", examples=[["istanbul-2025-06-02"]]
    )
    kind: Annotated[Many[TalkKind] | None, Equal()] = Field(
        None, description=as_filter(descriptions.TALK_KIND), examples=[["round", "principals"]]
    )
    # `format` has two meanings here, because it is the usual name both for the format of a talk and for the format of a response.
    format: Annotated[Many[TalkFormat | FormName] | None, Equal()] = Field(  # type: ignore[assignment]
        None,
        description="The format of the talk (`direct`), the format of the response (`csv`), or both: `direct,csv`.",
        examples=[["direct"]],
    )
    status: Annotated[Many[TalkStatus] | None, Equal()] = Field(
        None, description=as_filter(descriptions.TALK_STATUS), examples=[["held"]]
    )
    visibility: Annotated[Many[Visibility] | None, Equal()] = Field(
        None, description=as_filter(descriptions.VISIBILITY), examples=[["secret"]]
    )
    decision_rule: Annotated[Many[DecisionRule] | None, Equal()] = Field(
        None,
        description="The rule by which the talk decides; `null` matches talks for which none is stated.",
        examples=[["null"]],
    )
    outcome: Annotated[Many[OutcomeKind] | None, Equal("outcomes.kind")] = Field(
        None, description="A kind of outcome of the talk.", examples=[["no_agreement"]]
    )
    quantity_min: OutcomeQuantityMin = None
    quantity_max: OutcomeQuantityMax = None
    quantity_unit: OutcomeQuantityUnit = None
    start_from: Annotated[EdtfBound | None, Ranged("start", "from")] = Field(
        None, description="Only records that may have begun on this day or later.", examples=["2025-01-01"]
    )
    start_to: Annotated[EdtfBound | None, Ranged("start", "to")] = Field(
        None, description="Only records that may have begun on this day or earlier.", examples=["2025-12-31"]
    )
    duration_minutes_from: Annotated[Minutes | None, Between("duration_minutes", "from")] = Field(
        None,
        description="The minimum duration in minutes, as reported; see also `duration_bound`.",
        examples=[60],
    )
    duration_minutes_to: Annotated[Minutes | None, Between("duration_minutes", "to")] = Field(
        None, description="The maximum duration in minutes, as reported.", examples=[180]
    )
    issue: Annotated[
        Many[IssueKey] | None, To("issues", "proposals.demands.issues.issue_id", below=True, looked_up=True)
    ] = Field(
        None,
        description="An issue of a demand in a proposal tabled at the talk (reference accounts), including the issues below"
        " it; codes are case-insensitive.",
        examples=[["TERR"]],
    )
    ordinal: Annotated[Many[Annotated[int, Field(ge=-(2**31), lt=2**31)]] | None, Equal()] = Field(
        None, description="The number of the talk according to sources.", examples=[[2]]
    )


SORTS: dict[str, dict[str, str]] = {
    "processes": {"title": "title", **RECORD_SORTS},
    "talks": {"start": "sort_on", "title": "title", "duration_minutes": "duration_minutes", **RECORD_SORTS},
}
DEFAULT_SORT = {"processes": "slug", "talks": "-start"}
PRESENCE: dict[str, Mapping[str, Presence]] = {"processes": {}, "talks": {}}
