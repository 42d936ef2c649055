"""Query parameters of responses."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import Stance
from app.demands import descriptions
from app.demands.predicates import has_target_kind, reports_votes, votes_variant
from app.domain.keys import DemandKey, PartyKey, PersonKey, ProcessKey, ProposalKey, SourceKey, TalkKey
from app.domain.texts import Line
from app.domain.types import EdtfBound
from app.reading.filters import Built, Days, Equal, Flag, Ranged, To
from app.reading.query import ListQuery, Many
from app.schemas import descriptions as shared
from app.schemas.descriptions import as_filter

_SAID = Days(("sort_on",), ("said_on_max",))


class ResponseTarget(StrEnum):
    """The kind of target of a response: the whole proposal, a part of it, or one demand."""

    PROPOSAL = "proposal"
    PART = "part"
    DEMAND = "demand"


class ResponseQuery(ListQuery):
    """Filters of responses."""

    responder: Annotated[
        Many[PartyKey] | None, To("parties", "responder_id", newest=("response", "responder_id", None))
    ] = Field(None, description=as_filter(shared.RESPONDER), examples=[["ukraine"]])
    responder_members: Annotated[
        Many[PartyKey] | None,
        To("parties", "responder_id", members=True, during=_SAID, newest=("response", "responder_id", None)),
    ] = Field(
        None,
        alias="responder.members",
        description="A coalition. Matches responses of the coalition or of one of its members. A party is treated as a member if it"
        " may have been one on the day of the response.",
        examples=[["p5-plus-1"]],
    )
    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", "process_id", below=True, newest=("response", "process_id", None)),
    ] = Field(None, description=shared.PROCESS_OR_BELOW, examples=[["russia-ukraine"]])
    proposal: Annotated[Many[ProposalKey] | None, To("proposals", "proposal_id")] = Field(
        None,
        description="A proposal: responses to it, to its parts and to its demands.",
        examples=[["russian-memorandum-2025-06-02"]],
    )
    target: Annotated[Many[ResponseTarget] | None, Built(has_target_kind)] = Field(
        None,
        description="The kind of target: the whole proposal, a part or a demand.",
        examples=[["proposal"]],
    )
    demand: Annotated[Many[DemandKey] | None, To("demands", "demand_id")] = Field(
        None, description=as_filter(descriptions.RESPONSE_DEMAND), examples=[["article-2025-06-02-1-1"]]
    )
    part: Annotated[Many[Line] | None, Equal("part.key", names=("part", "key"))] = Field(
        None, description=as_filter(descriptions.PART), examples=[["option-1"]]
    )
    stance: Annotated[Many[Stance] | None, Equal()] = Field(
        None, description=descriptions.RESPONSE_STANCE, examples=[["rejected", "opposed"]]
    )
    said_by: Annotated[Many[PersonKey] | None, To("people", "said_by_id")] = Field(
        None, description=as_filter(descriptions.RESPONSE_SAID_BY), examples=[["volodymyr-zelensky"]]
    )
    said_from: Annotated[EdtfBound | None, Ranged("said_on", "from")] = Field(
        None, description=descriptions.SAID_FROM, examples=["2025-06-02"]
    )
    said_to: Annotated[EdtfBound | None, Ranged("said_on", "to")] = Field(
        None, description=descriptions.SAID_TO, examples=["2025-06-30"]
    )
    talk: Annotated[Many[TalkKey] | None, To("talks", "talk_id")] = Field(
        None, description=as_filter(descriptions.TALK), examples=[["istanbul-2025-07-23"]]
    )
    publisher: Annotated[
        Many[Line] | None,
        Equal("citations.source.publisher", names=("source", "publisher"), looked_up=True),
    ] = Field(None, description="The publisher of a source cited for the response.", examples=[["The Moscow Times"]])
    relayed_by: Annotated[
        Many[PartyKey] | None,
        To("parties", ("citations.attribution.party_id", "citations.attribution.person.party_id"), looked_up=True),
    ] = Field(
        None,
        description="A party that relayed the response: the attribution of a citation names the party or one of its people.",
        examples=[["ukraine"]],
    )
    relayed_by_person: Annotated[
        Many[PersonKey] | None, To("people", "citations.attribution.person_id", looked_up=True)
    ] = Field(
        None,
        description="A person who relayed the response: the attribution of a citation names the person.",
        examples=[["rustem-umerov"]],
    )
    is_implied: Annotated[bool | None, Flag()] = Field(None, description=descriptions.IS_IMPLIED, examples=[False])
    has_votes: Annotated[bool | None, Built(reports_votes, vary=votes_variant)] = Field(
        None, description="Whether the vote of the body that answered is reported.", examples=[False]
    )
    voter: Annotated[Many[PartyKey] | None, To("parties", "voters.party_id", looked_up=True)] = Field(
        None, description="A party whose vote is in the roll of a vote.", examples=[["null"]]
    )
    source: Annotated[Many[SourceKey] | None, To("sources", "citations.source_id", looked_up=True)] = Field(
        None, description="A source cited for the response.", examples=[["moscow-times-2025-06-02-memorandum"]]
    )
    statement: Annotated[Many[Line] | None, Equal()] = Field(
        None,
        description="The key of the statement that the response belongs to.",
        examples=[["ukraine-2025-06-04-zmist-2025-06-04-memorandum-an-ultimatum-zelensky"]],
    )
