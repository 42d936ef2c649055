"""Query parameters of demands and assessments; sort orders and `missing=` conditions, also of responses."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import AssessmentKind, DemandAct, LinkKind
from app.db.vocabulary_derived import DemandState, Fulfilment
from app.db.vocabulary_values import TimingRelation
from app.demands import descriptions
from app.demands.predicates import (
    REFERENCE,
    account_variant,
    binds_third_party,
    has_timing_relation,
    in_account,
    is_about,
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
from app.domain.keys import IssueKey, PartyKey, PersonKey, PlaceKey, ProcessKey, ProposalKey, RecordAddress, TalkKey
from app.domain.texts import Line
from app.domain.types import EdtfBound
from app.reading.filters import Built, Days, Equal, Flag, Option, Ranged, To
from app.reading.query import DetailQuery, ListQuery, Many
from app.reading.read_spec import Presence
from app.reading.state_day import StateOn
from app.schemas import descriptions as shared
from app.schemas.descriptions import as_filter
from app.schemas.record_reads import RECORD_SORTS

_CLAIMANT = ("demand_party", "party_id", ("claimant",))
_ADDRESSEE = ("demand_party", "party_id", ("addressee",))
_ANY_ROLE = ("demand_party", "party_id", ("claimant", "addressee", "beneficiary"))
_TABLED = Days(("sort_on",), ("proposal.tabled_on_max", "proposal.document_date_max"))
_WHILE_MEMBER = "A party counts as a member if it may have been one on the day the proposal was tabled or, if unknown, on the date of the document."

Inherited = Annotated[
    bool,
    Option(),
    Field(description="Whether answers to the whole part or proposal count for each of its demands.", examples=[False]),
]
"""Option for the state of demands, in lists and for a single demand."""


class DemandQuery(ListQuery):
    """Filters of demands. By default, only the reference account of each proposal is searched."""

    # The search is driven by the first given filter with an index in time order, so more selective filters come first.
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
        To("parties", "party_links.party_id", where=(("role", "claimant"),), newest=_CLAIMANT),
    ] = Field(None, description="A party that makes the demand.", examples=[["russia"]])
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
        description=f"A coalition. Matches demands that the coalition or one of its members makes. {_WHILE_MEMBER}",
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
        description=f"A coalition. Matches demands of which the coalition or one of its members is an addressee. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    beneficiary: Annotated[
        Many[PartyKey] | None, To("parties", "party_links.party_id", where=(("role", "beneficiary"),))
    ] = Field(None, description="A party that would benefit.", examples=[["uoc-mp"]])
    party: Annotated[Many[PartyKey] | None, To("parties", "party_links.party_id", newest=_ANY_ROLE)] = Field(
        None, description="A party that makes the demand, would have to act or would benefit.", examples=[["ukraine"]]
    )
    party_members: Annotated[
        Many[PartyKey] | None,
        To("parties", "party_links.party_id", members=True, during=_TABLED, newest=_ANY_ROLE),
    ] = Field(
        None,
        alias="party.members",
        description="A coalition. Matches demands of which the coalition or one of its members is a claimant, an addressee or a"
        f" beneficiary. {_WHILE_MEMBER}",
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
        description="The account to read: `reference` for the reference account of each proposal, `all` for all accounts, or the slug of one.",
        examples=["russian-memorandum-2025-06-02-article"],
    )
    part: Annotated[Many[Line] | None, Equal("part.key", names=("part", "key"))] = Field(
        None, description="The key of the section or option.", examples=[["option-1"]]
    )
    act: Annotated[Many[DemandAct] | None, Equal()] = Field(None, description=shared.ACT, examples=[["precondition"]])
    is_mutual: Annotated[bool | None, Flag()] = Field(
        None,
        description=shared.IS_MUTUAL,
        examples=[True],
    )
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
        " `timing.at` if the relation is `by_date`; for demands without one use `missing=due`.",
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


class AssessmentQuery(ListQuery):
    """Filters of assessments."""

    about: Annotated[Many[RecordAddress] | None, Built(is_about, addresses=True)] = Field(
        None,
        description="A record that the assessment is about, as `collection/key`.",
        examples=[["proposals/russian-memorandum-2025-06-02"]],
    )
    by: Annotated[Many[PartyKey] | None, To("parties", "by_id")] = Field(
        None, description=as_filter(descriptions.BY), examples=[["the-moscow-times"]]
    )
    said_by: Annotated[Many[PersonKey] | None, To("people", "said_by_id")] = Field(
        None, description=as_filter(descriptions.ASSESSMENT_SAID_BY), examples=[["dmitry-peskov"]]
    )
    kind: Annotated[Many[AssessmentKind] | None, Equal()] = Field(
        None, description=descriptions.KIND, examples=[["prediction"]]
    )
    said_from: Annotated[EdtfBound | None, Ranged("said_on", "from")] = Field(
        None, description=descriptions.SAID_FROM, examples=["2025-06-01"]
    )
    said_to: Annotated[EdtfBound | None, Ranged("said_on", "to")] = Field(
        None, description=descriptions.SAID_TO, examples=["2025-06-30"]
    )


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
