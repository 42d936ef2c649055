"""By what demands, responses and assessments are found."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import AssessmentKind, DemandAct, LinkKind, Stance
from app.db.vocabulary_derived import DemandState, Fulfilment
from app.db.vocabulary_values import TimingRelation
from app.demands.predicates import (
    REFERENCE,
    account_asked,
    answering,
    binds_third_party,
    speaking_about,
    timed,
    told_in,
)
from app.demands.state import (
    CLOSED_LEAD,
    FULFILMENT_LEAD,
    STATE_LEAD,
    closed_flag,
    fulfilment_word,
    has_closing,
    has_fulfilment,
    has_state,
    owed_flag,
    owes_answer,
    state_word,
    vary_flag,
    vary_fulfilment,
    vary_state,
)
from app.domain.types import (
    DemandKey,
    EdtfBound,
    IssueKey,
    Line,
    PartyKey,
    PersonKey,
    PlaceKey,
    ProcessKey,
    ProposalKey,
    RecordAddress,
    SourceKey,
    TalkKey,
)
from app.reading.filters import Built, Days, Equal, Flag, Option, Ranged, To
from app.reading.known_by import KnownBy
from app.reading.query import DetailQuery, ListQuery, Many
from app.reading.read_spec import Presence
from app.schemas.record import RECORD_SORTS

_CLAIMANT = ("demand_party", "party_id", ("claimant",))
_ADDRESSEE = ("demand_party", "party_id", ("addressee",))
_ANY_ROLE = ("demand_party", "party_id", ("claimant", "addressee", "beneficiary"))
_TABLED = Days(("sort_on",), ("proposal.tabled_on_max", "proposal.document_date_max"))
_WHILE_MEMBER = "A party counts where it may have been a member on the day its proposal was tabled or, where that is unknown, dated."
_SAID = Days(("sort_on",), ("said_on_max",))

StateOn = Annotated[
    KnownBy | None,
    Option(),
    Field(
        description="The day for which the state is derived; of a month or a year its last day. Left out: today, with"
        " `known_by` that day.",
        examples=["2025-06-03"],
    ),
]
Inherited = Annotated[
    bool, Option(), Field(description="Whether answers to the whole part or proposal count for it.", examples=[False])
]
"""What the state of a demand is asked for, in lists and of a single one."""


class DemandQuery(ListQuery):
    """Filters of demands. Where no account is asked for, each proposal's reference account is read."""

    # The first of those given that has an index in the order of time leads the search: the rarer stand first.
    issue: Annotated[
        Many[IssueKey] | None,
        To("issues", "issues.issue_id", below=True, newest=("demand_issue", "issue_id", None)),
    ] = Field(
        None,
        description="An issue, main or other, with all below it; a code in any case.",
        examples=[["TERR"]],
    )
    primary: Annotated[
        Many[IssueKey] | None,
        To("issues", "issues.issue_id", below=True, where=(("is_primary", True),)),
    ] = Field(None, description="The main issue, with all below it; a code in any case.", examples=[["WDRW.TROOPS"]])
    claimant: Annotated[
        Many[PartyKey] | None,
        To("parties", "party_links.party_id", where=(("role", "claimant"),), newest=_CLAIMANT),
    ] = Field(None, description="A party that makes it.", examples=[["russia"]])
    claimant_members: Annotated[
        Many[PartyKey] | None,
        To(
            "parties",
            "party_links.party_id",
            members=True,
            during=_TABLED,
            where=(("role", "claimant"),),
            newest=_CLAIMANT,
        ),
    ] = Field(
        None,
        alias="claimant.members",
        description=f"A coalition: it or one of its members makes it. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    addressee: Annotated[
        Many[PartyKey] | None,
        To("parties", "party_links.party_id", where=(("role", "addressee"),), newest=_ADDRESSEE),
    ] = Field(None, description="A party that would have to act.", examples=[["ukraine"]])
    addressee_members: Annotated[
        Many[PartyKey] | None,
        To(
            "parties",
            "party_links.party_id",
            members=True,
            during=_TABLED,
            where=(("role", "addressee"),),
            newest=_ADDRESSEE,
        ),
    ] = Field(
        None,
        alias="addressee.members",
        description=f"A coalition: it or one of its members would have to act. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    beneficiary: Annotated[
        Many[PartyKey] | None, To("parties", "party_links.party_id", where=(("role", "beneficiary"),))
    ] = Field(None, description="A party that would gain by it.", examples=[["uoc-mp"]])
    party: Annotated[Many[PartyKey] | None, To("parties", "party_links.party_id", newest=_ANY_ROLE)] = Field(
        None, description="A party that makes it, would have to act or would gain.", examples=[["ukraine"]]
    )
    party_members: Annotated[
        Many[PartyKey] | None,
        To("parties", "party_links.party_id", members=True, during=_TABLED, newest=_ANY_ROLE),
    ] = Field(
        None,
        alias="party.members",
        description=f"A coalition: it or one of its members makes it, would have to act or would gain. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    party_all: Annotated[Many[PartyKey] | None, To("parties", "party_links.party_id", every=True)] = Field(
        None,
        alias="party.all",
        description="Parties that are all tied to it, in whatever role.",
        examples=[["russia", "ukraine"]],
    )
    is_third_party: Annotated[bool | None, Built(binds_third_party)] = Field(
        None,
        description="Whether someone would have to act who neither makes it nor negotiates in the process.",
        examples=[True],
    )
    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", "process_id", below=True, newest=("demand", "process_id", None)),
    ] = Field(None, description="The negotiation, with those below it.", examples=[["russia-ukraine"]])
    talk: Annotated[Many[TalkKey] | None, To("talks", "proposal.talk_id")] = Field(
        None, description="The talk at which its proposal was tabled.", examples=[["istanbul-2025-06-02"]]
    )
    proposal: Annotated[Many[ProposalKey] | None, To("proposals", "proposal_id")] = Field(
        None, description="The proposal in which it is made.", examples=[["russian-memorandum-2025-06-02"]]
    )
    account: Annotated[Line, Built(told_in, vary=account_asked, names=("account", "slug"))] = Field(
        REFERENCE,
        description="`reference`: each proposal's reference account; `all`: all; else the slug of one.",
        examples=["russian-memorandum-2025-06-02-article"],
    )
    part: Annotated[Many[Line] | None, Equal("part.key", names=("part", "key"))] = Field(
        None, description="Key of the section or option in its account.", examples=[["option-1"]]
    )
    act: Annotated[Many[DemandAct] | None, Equal()] = Field(
        None, description="What kind of point it is.", examples=[["precondition"]]
    )
    is_mutual: Annotated[bool | None, Flag()] = Field(
        None, description="Whether the same obligation binds at least two parties.", examples=[True]
    )
    place: Annotated[Many[PlaceKey] | None, To("places", "places.id", below=True)] = Field(
        None, description="Where it applies, with all places inside.", examples=[["donetsk-region"]]
    )
    relation: Annotated[Many[TimingRelation] | None, Built(timed)] = Field(
        None, description="How it is tied to time.", examples=[["within_after_trigger"]]
    )
    link: Annotated[Many[LinkKind] | None, Equal("links.kind")] = Field(
        None, description="What it does to some other demand.", examples=[["repeats"]]
    )
    tabled_from: Annotated[EdtfBound | None, Ranged("proposal.tabled_on", "from")] = Field(
        None, description="Tabled on this day or later, as far as the date allows.", examples=["2025-01-01"]
    )
    tabled_to: Annotated[EdtfBound | None, Ranged("proposal.tabled_on", "to")] = Field(
        None, description="Tabled on this day or earlier, as far as the date allows.", examples=["2025-12-31"]
    )
    due_from: Annotated[EdtfBound | None, Ranged("due", "from")] = Field(
        None,
        description="Due on this day or later, as far as the date allows. The due date is `timing.resolved_on`, else `timing.at`"
        " of a `by_date`; demands without either are not found (`missing=due`).",
        examples=["2025-01-01"],
    )
    due_to: Annotated[EdtfBound | None, Ranged("due", "to")] = Field(
        None,
        description="Due on this day or earlier, as far as the date allows; as in `due_from`.",
        examples=["2025-12-31"],
    )
    state: Annotated[Many[DemandState] | None, Built(has_state, vary_state, facet=state_word, lead=STATE_LEAD)] = Field(
        None, description="How the answers to it stand on the day asked for.", examples=[["rejected"]]
    )
    fulfilment: Annotated[
        Many[Fulfilment] | None,
        Built(has_fulfilment, vary_fulfilment, facet=fulfilment_word, lead=FULFILMENT_LEAD),
    ] = Field(None, description="How far it was carried out by the day asked for.", examples=[["done"]])
    is_closed: Annotated[bool | None, Built(has_closing, vary_flag, facet=closed_flag, lead=CLOSED_LEAD)] = Field(
        None,
        description="Whether nobody owes an answer any more on the day asked for: superseded, withdrawn, settled …",
        examples=[False],
    )
    is_owed: Annotated[bool | None, Built(owes_answer, vary_flag, facet=owed_flag)] = Field(
        None,
        description="Whether a party that is asked still owes an answer on the day asked for; `include=state` names it.",
        examples=[True],
    )
    state_on: StateOn = None
    inherited: Inherited = True


class DemandDetailQuery(DetailQuery):
    """What a single demand takes: the day of its state, and which answers count."""

    state_on: StateOn = None
    inherited: Inherited = True


class ResponseTarget(StrEnum):
    """What a response answers: the whole proposal, a part of it, or one demand."""

    PROPOSAL = "proposal"
    PART = "part"
    DEMAND = "demand"


class ResponseQuery(ListQuery):
    """Filters of responses."""

    responder: Annotated[
        Many[PartyKey] | None, To("parties", "responder_id", newest=("response", "responder_id", None))
    ] = Field(None, description="Who answered.", examples=[["ukraine"]])
    responder_members: Annotated[
        Many[PartyKey] | None,
        To("parties", "responder_id", members=True, during=_SAID, newest=("response", "responder_id", None)),
    ] = Field(
        None,
        alias="responder.members",
        description="A coalition: it or one of its members answered. A party counts where it may have been a member on"
        " the day of the response.",
        examples=[["p5-plus-1"]],
    )
    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", "process_id", below=True, newest=("response", "process_id", None)),
    ] = Field(None, description="The negotiation, with those below it.", examples=[["russia-ukraine"]])
    proposal: Annotated[Many[ProposalKey] | None, To("proposals", "proposal_id")] = Field(
        None,
        description="The proposal: answers to it, to its parts and to its demands.",
        examples=[["russian-memorandum-2025-06-02"]],
    )
    target: Annotated[Many[ResponseTarget] | None, Built(answering)] = Field(
        None,
        description="What is answered: the whole proposal, a part, or a demand.",
        examples=[["proposal"]],
    )
    demand: Annotated[Many[DemandKey] | None, To("demands", "demand_id")] = Field(
        None, description="The demand answered.", examples=[["article-2025-06-02-1-1"]]
    )
    part: Annotated[Many[Line] | None, Equal("part.key", names=("part", "key"))] = Field(
        None, description="Key of the part answered.", examples=[["option-1"]]
    )
    stance: Annotated[Many[Stance] | None, Equal()] = Field(
        None, description="The answer.", examples=[["rejected", "opposed"]]
    )
    said_by: Annotated[Many[PersonKey] | None, To("people", "said_by_id")] = Field(
        None, description="The person who spoke.", examples=[["volodymyr-zelensky"]]
    )
    said_from: Annotated[EdtfBound | None, Ranged("said_on", "from")] = Field(
        None, description="Said on this day or later, as far as the date allows.", examples=["2025-06-02"]
    )
    said_to: Annotated[EdtfBound | None, Ranged("said_on", "to")] = Field(
        None, description="Said on this day or earlier, as far as the date allows.", examples=["2025-06-30"]
    )
    talk: Annotated[Many[TalkKey] | None, To("talks", "talk_id")] = Field(
        None, description="The talk at which it was said.", examples=[["istanbul-2025-07-23"]]
    )
    publisher: Annotated[
        Many[Line] | None,
        Equal("citations.source.publisher", names=("source", "publisher"), looked_up=True),
    ] = Field(None, description="The publisher of a source that is cited for it.", examples=[["The Moscow Times"]])
    relayed_by: Annotated[
        Many[PartyKey] | None,
        To("parties", ("citations.attribution.party_id", "citations.attribution.person.party_id"), looked_up=True),
    ] = Field(
        None,
        description="A party that relayed it: the attribution of a citation names the party or one of its people.",
        examples=[["ukraine"]],
    )
    relayed_by_person: Annotated[
        Many[PersonKey] | None, To("people", "citations.attribution.person_id", looked_up=True)
    ] = Field(
        None,
        description="A person who relayed it: the attribution of a citation names the person.",
        examples=[["rustem-umerov"]],
    )
    is_implied: Annotated[bool | None, Flag()] = Field(
        None, description="Whether it was concluded from the context, not spoken.", examples=[False]
    )
    source: Annotated[Many[SourceKey] | None, To("sources", "citations.source_id", looked_up=True)] = Field(
        None, description="A source that is cited for it.", examples=[["moscow-times-2025-06-02-memorandum"]]
    )
    statement: Annotated[Many[Line] | None, Equal()] = Field(
        None,
        description="The key of the statement of which it is a part.",
        examples=[["ukraine-2025-06-04-zmist-2025-06-04-memorandum-an-ultimatum-zelensky"]],
    )


class AssessmentQuery(ListQuery):
    """Filters of assessments."""

    about: Annotated[Many[RecordAddress] | None, Built(speaking_about, addresses=True)] = Field(
        None,
        description="A record it is about, as `collection/key`.",
        examples=[["proposals/russian-memorandum-2025-06-02"]],
    )
    by: Annotated[Many[PartyKey] | None, To("parties", "by_id")] = Field(
        None, description="The party or publisher that says so.", examples=[["the-moscow-times"]]
    )
    said_by: Annotated[Many[PersonKey] | None, To("people", "said_by_id")] = Field(
        None, description="The person who says so.", examples=[["dmitry-peskov"]]
    )
    kind: Annotated[Many[AssessmentKind] | None, Equal()] = Field(
        None, description="What kind of statement it is.", examples=[["prediction"]]
    )
    said_from: Annotated[EdtfBound | None, Ranged("said_on", "from")] = Field(
        None, description="Said on this day or later, as far as the date allows.", examples=["2025-06-01"]
    )
    said_to: Annotated[EdtfBound | None, Ranged("said_on", "to")] = Field(
        None, description="Said on this day or earlier, as far as the date allows.", examples=["2025-06-30"]
    )


SORTS: dict[str, dict[str, str]] = {
    "demands": {"tabled_on": "sort_on", "position": "position", "due": "due_min", **RECORD_SORTS},
    "responses": {"said_on": "sort_on", "position": "position", **RECORD_SORTS},
    "assessments": dict(RECORD_SORTS),
}
DEFAULT_SORT = {"demands": "-tabled_on", "responses": "-said_on", "assessments": "slug"}
SORT_WHERE = {"demands": (("proposal", "account"), "position")}
"""Inside one proposal its own order is meant."""
ECHO = {"demands": ("account", "inherited", "state_on")}
PRESENCE: dict[str, Mapping[str, Presence]] = {
    "demands": {"due": lambda demand: demand.due_min.is_not(None)},
    "responses": {},
    "assessments": {},
}
