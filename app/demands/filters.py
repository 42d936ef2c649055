"""Query parameters of demands, and the sort orders and `missing=` conditions of demands, responses and assessments."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import DemandAct, Force, LinkKind, TextStatus
from app.db.vocabulary_derived import DemandState, Fulfilment
from app.db.vocabulary_values import TimingRelation
from app.demands import descriptions
from app.demands.predicates import (
    REFERENCE,
    account_variant,
    binds_third_party,
    has_timing_relation,
    in_account,
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
from app.domain.keys import IssueKey, PartyKey, PlaceKey, ProcessKey, ProposalKey, TalkKey
from app.domain.texts import Line
from app.domain.types import EdtfBound
from app.reading.filters import Built, Days, Equal, Flag, Option, Ranged, To
from app.reading.query import DetailQuery, ListQuery, Many
from app.reading.read_spec import Presence
from app.reading.state_day import StateOn
from app.schemas import descriptions as shared
from app.schemas.quantity_filters import QuantityMax, QuantityMin, QuantityUnit
from app.schemas.record_reads import RECORD_SORTS

_ANY_ROLE = ("demand_party", "party_id", ("claimant", "addressee", "beneficiary", "backer"))
_TABLED = Days(("sort_on",), ("proposal.tabled_on_max", "proposal.document_date_max"))
_WHILE_MEMBER = "A party is treated as a member if it may have been a member on the day the proposal was tabled or, if that day is unknown, on the date of the document."


def _in_role(role: str, members: bool = False) -> To:
    """The filter by a party with this role in the demand. With `members`, a coalition also stands for each of its members."""
    return To(
        "parties",
        "party_links.party_id",
        members=members,
        during=_TABLED if members else None,
        where=(("role", role),),
        newest=("demand_party", "party_id", (role,)),
    )


Inherited = Annotated[
    bool,
    Option(),
    Field(description="Whether an answer to a whole part or proposal counts for each demand in it.", examples=[False]),
]
"""Option for the state of demands, in lists and for a single demand."""


class DemandQuery(ListQuery):
    """Filters of demands. By default, only the reference account of each proposal is searched."""

    # A query starts from the first given filter that has an index in time order, so more selective filters come first.
    issue: Annotated[
        Many[IssueKey] | None,
        To("issues", "issues.issue_id", below=True, newest=("demand_issue", "issue_id", None)),
    ] = Field(
        None,
        description="An issue of the demand, main or other, including the issues below it; codes are case-insensitive.",
        examples=[["TERR"]],
    )
    primary: Annotated[
        Many[IssueKey] | None,
        To("issues", "issues.issue_id", below=True, where=(("is_primary", True),)),
    ] = Field(
        None,
        description="The main issue of the demand, including the issues below it; codes are case-insensitive.",
        examples=[["WDRW.TROOPS"]],
    )
    claimant: Annotated[
        Many[PartyKey] | None,
        _in_role("claimant"),
    ] = Field(None, description="A party that makes the demand.", examples=[["russia"]])
    claimant_members: Annotated[
        Many[PartyKey] | None,
        _in_role("claimant", members=True),
    ] = Field(
        None,
        alias="claimant.members",
        description=f"A coalition. Matches demands that the coalition or one of its members makes. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    addressee: Annotated[
        Many[PartyKey] | None,
        _in_role("addressee"),
    ] = Field(None, description="A party that would have to act.", examples=[["ukraine"]])
    addressee_members: Annotated[
        Many[PartyKey] | None,
        _in_role("addressee", members=True),
    ] = Field(
        None,
        alias="addressee.members",
        description=f"A coalition. Matches demands of which the coalition or one of its members is an addressee. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    beneficiary: Annotated[
        Many[PartyKey] | None, To("parties", "party_links.party_id", where=(("role", "beneficiary"),))
    ] = Field(None, description="A party that would benefit.", examples=[["uoc-mp"]])
    backer: Annotated[
        Many[PartyKey] | None,
        _in_role("backer"),
    ] = Field(None, description="A party that backs the demand without making it.", examples=[["norway"]])
    backer_members: Annotated[
        Many[PartyKey] | None,
        _in_role("backer", members=True),
    ] = Field(
        None,
        alias="backer.members",
        description=f"A coalition. Matches demands that the coalition or one of its members backs. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "party_links.party_id", newest=_ANY_ROLE)] = Field(
        None,
        description="A party that makes the demand, would have to act, would benefit or backs it.",
        examples=[["ukraine"]],
    )
    party_members: Annotated[
        Many[PartyKey] | None,
        To("parties", "party_links.party_id", members=True, during=_TABLED, newest=_ANY_ROLE),
    ] = Field(
        None,
        alias="party.members",
        description="A coalition. Matches demands of which the coalition or one of its members is a claimant, an addressee, a"
        f" beneficiary or a backer. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    party_all: Annotated[Many[PartyKey] | None, To("parties", "party_links.party_id", every=True)] = Field(
        None,
        alias="party.all",
        description="Parties that all have a role in the demand, whichever it is.",
        examples=[["russia", "ukraine"]],
    )
    is_third_party: Annotated[bool | None, Built(binds_third_party)] = Field(
        None,
        description="Whether an addressee neither makes the demand nor negotiates in the process.",
        examples=[True],
    )
    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", "process_id", below=True, newest=("demand", "process_id", None)),
    ] = Field(None, description=shared.PROCESS_OR_BELOW, examples=[["russia-ukraine"]])
    talk: Annotated[Many[TalkKey] | None, To("talks", "proposal.talk_id")] = Field(
        None, description="The talk at which the proposal was tabled.", examples=[["istanbul-2025-06-02"]]
    )
    proposal: Annotated[Many[ProposalKey] | None, To("proposals", "proposal_id")] = Field(
        None, description=descriptions.DEMAND_PROPOSAL, examples=[["russian-memorandum-2025-06-02"]]
    )
    account: Annotated[Line, Built(in_account, vary=account_variant, names=("account", "slug"))] = Field(
        REFERENCE,
        description="The account to read: `reference` for the reference account of each proposal, `all` for all accounts, or the slug of one account.",
        examples=["russian-memorandum-2025-06-02-article"],
    )
    part: Annotated[Many[Line] | None, Equal("part.key", names=("part", "key"))] = Field(
        None, description="The key of the section or option.", examples=[["option-1"]]
    )
    act: Annotated[Many[DemandAct] | None, Equal()] = Field(None, description=shared.ACT, examples=[["precondition"]])
    text_status: Annotated[Many[TextStatus] | None, Equal()] = Field(
        None, description=shared.TEXT_STATUS, examples=[["bracketed"]]
    )
    force: Annotated[Many[Force] | None, Equal()] = Field(None, description=shared.FORCE, examples=[["should"]])
    is_mutual: Annotated[bool | None, Flag()] = Field(
        None,
        description=shared.IS_MUTUAL,
        examples=[True],
    )
    # The ranges come first: their condition includes the unit, and only the first of these filters is looked up.
    quantity_min: QuantityMin = None
    quantity_max: QuantityMax = None
    quantity_unit: QuantityUnit = None
    place: Annotated[Many[PlaceKey] | None, To("places", "places.id", below=True)] = Field(
        None,
        description="A place where the demand applies, including all places inside it.",
        examples=[["donetsk-region"]],
    )
    relation: Annotated[Many[TimingRelation] | None, Built(has_timing_relation)] = Field(
        None, description="The kind of timing.", examples=[["within_after_trigger"]]
    )
    link: Annotated[Many[LinkKind] | None, Equal("links.kind")] = Field(
        None, description="A relation of this demand to another demand.", examples=[["repeats"]]
    )
    tabled_from: Annotated[EdtfBound | None, Ranged("proposal.tabled_on", "from")] = Field(
        None, description="Only records that may have been tabled on this day or later.", examples=["2025-01-01"]
    )
    tabled_to: Annotated[EdtfBound | None, Ranged("proposal.tabled_on", "to")] = Field(
        None, description="Only records that may have been tabled on this day or earlier.", examples=["2025-12-31"]
    )
    due_from: Annotated[EdtfBound | None, Ranged("due", "from")] = Field(
        None,
        description="Only demands that may be due on this day or later. The due date is `timing.resolved_on`, else"
        " `timing.at` if the relation is `by_date`; for demands without a due date use `missing=due`.",
        examples=["2025-01-01"],
    )
    due_to: Annotated[EdtfBound | None, Ranged("due", "to")] = Field(
        None,
        description="Only demands that may be due on this day or earlier, as in `due_from`.",
        examples=["2025-12-31"],
    )
    state: Annotated[Many[DemandState] | None, Built(has_state, vary_state, facet=state_word, lead=STATE_LEAD)] = Field(
        None, description="The state of the demand on the requested day.", examples=[["rejected"]]
    )
    fulfilment: Annotated[
        Many[Fulfilment] | None,
        Built(has_fulfilment, vary_fulfilment, facet=fulfilment_word, lead=FULFILMENT_LEAD),
    ] = Field(
        None, description="The extent to which the demand was fulfilled by the requested day.", examples=[["done"]]
    )
    is_closed: Annotated[bool | None, Built(has_closing, vary_flag, facet=closed_flag, lead=CLOSED_LEAD)] = Field(
        None,
        description="Whether the demand is closed on the requested day: superseded, withdrawn, lapsed, settled or ended, so that no answer is due any more.",
        examples=[False],
    )
    is_owed: Annotated[bool | None, Built(owes_answer, vary_flag, facet=owed_flag)] = Field(
        None,
        description="Whether an answer is still due on the requested day. `include=state` shows from which party.",
        examples=[True],
    )
    state_on: StateOn = None
    inherited: Inherited = True


class DemandDetailQuery(DetailQuery):
    """Query parameters of a single demand: the day of its state, and which answers count."""

    state_on: StateOn = None
    inherited: Inherited = True


SORTS: dict[str, dict[str, str]] = {
    "demands": {"tabled_on": "sort_on", "position": "position", "due": "due_min", **RECORD_SORTS},
    "responses": {"said_on": "sort_on", "position": "position", **RECORD_SORTS},
    "assessments": dict(RECORD_SORTS),
}
DEFAULT_SORT = {"demands": "-tabled_on", "responses": "-said_on", "assessments": "slug"}
SORT_WHERE = {"demands": (("proposal", "account"), "position")}
"""Lists filtered by proposal or account are sorted by position by default."""
ECHO = {"demands": ("account", "inherited", "state_on")}
PRESENCE: dict[str, Mapping[str, Presence]] = {
    "demands": {"due": lambda demand: demand.due_min.is_not(None)},
    "responses": {},
    "assessments": {},
}
