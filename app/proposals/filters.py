"""Query parameters, sort orders and `missing=` conditions of proposals and agreements."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.db.vocabulary import (
    AgreementForm,
    AgreementKind,
    AgreementStatus,
    ProposalKind,
    RelationKind,
    SignatureAct,
    SignatureCapacity,
    Visibility,
)
from app.db.vocabulary_derived import AgreementStanding
from app.domain.countries import FORMER_NAMES
from app.domain.keys import IssueKey, PartyKey, PersonKey, PlaceKey, ProcessKey, ProposalKey, TalkKey
from app.domain.texts import Slug
from app.domain.types import CountryCode, EdtfBound
from app.proposals import descriptions
from app.proposals.state import has_standing, standing_word
from app.reading.filters import Built, Days, Equal, Flag, Overlaps, Ranged, To
from app.reading.query import DetailQuery, ListQuery, Many
from app.reading.read_spec import Presence
from app.reading.state_day import StateOn
from app.schemas import descriptions as shared
from app.schemas.country_filters import CountrySuccessionOfNegotiatorsInProcess
from app.schemas.descriptions import as_filter
from app.schemas.quantity_filters import QuantityMax, QuantityMin, QuantityUnit
from app.schemas.record_reads import RECORD_SORTS

_TABLED = Days(("sort_on",), ("tabled_on_max", "document_date_max"))
_AGREED = Days(("sort_on",), ("agreed_on_max", "announced_on_max"))
_WHILE_MEMBER = "A party is treated as a member if it may have been a member on the day the proposal was tabled or, if that day is unknown, on the date of the document."


class ProposalQuery(ListQuery):
    """Filters of proposals."""

    process: Annotated[
        Many[ProcessKey] | None,
        To("processes", "process_id", below=True, newest=("proposal", "process_id", None)),
    ] = Field(None, description=shared.PROCESS_OR_BELOW, examples=[["russia-ukraine"]])
    talk: Annotated[Many[TalkKey] | None, To("talks", "talk_id")] = Field(
        None, description=as_filter(descriptions.PROPOSAL_TALK), examples=[["istanbul-2025-06-02"]]
    )
    author: Annotated[Many[PartyKey] | None, To("parties", "authors.id")] = Field(
        None, description="A party that made the proposal.", examples=[["russia"]]
    )
    author_members: Annotated[Many[PartyKey] | None, To("parties", "authors.id", members=True, during=_TABLED)] = Field(
        None,
        alias="author.members",
        description=f"A coalition. Matches proposals that the coalition or one of its members made. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    addressee: Annotated[Many[PartyKey] | None, To("parties", "addressees.id")] = Field(
        None, description="A party to which the proposal was made.", examples=[["ukraine"]]
    )
    addressee_members: Annotated[
        Many[PartyKey] | None, To("parties", "addressees.id", members=True, during=_TABLED)
    ] = Field(
        None,
        alias="addressee.members",
        description=f"A coalition. Matches proposals made to the coalition or to one of its members. {_WHILE_MEMBER}",
        examples=[["p5-plus-1"]],
    )
    kind: Annotated[Many[ProposalKind] | None, Equal()] = Field(
        None, description=descriptions.PROPOSAL_KIND, examples=[["memorandum"]]
    )
    visibility: Annotated[Many[Visibility] | None, Equal()] = Field(
        None, description=as_filter(descriptions.VISIBILITY), examples=[["public"]]
    )
    disclosed_to: Annotated[Many[PartyKey] | None, To("parties", "disclosed.to_id")] = Field(
        None, description="A party to which the proposal was shown (`disclosed`).", examples=[["ukraine"]]
    )
    relation: Annotated[Many[RelationKind] | None, Equal("relations.kind")] = Field(
        None, description="A relation of the proposal to another proposal or an agreement.", examples=[["responds_to"]]
    )
    account: Annotated[Many[Slug] | None, Equal("accounts.slug", names=("account", "slug"))] = Field(
        None, description="An account of the proposal, by its slug.", examples=[["russian-memorandum-2025-06-02-text"]]
    )
    tabled_from: Annotated[EdtfBound | None, Ranged("tabled_on", "from")] = Field(
        None, description="Only records that may have been tabled on this day or later.", examples=["2025-01-01"]
    )
    tabled_to: Annotated[EdtfBound | None, Ranged("tabled_on", "to")] = Field(
        None, description="Only records that may have been tabled on this day or earlier.", examples=["2025-12-31"]
    )
    published_from: Annotated[EdtfBound | None, Ranged("published_on", "from")] = Field(
        None,
        description="Only records that may have been published on this day or later.",
        examples=["2024-06-01"],
    )
    published_to: Annotated[EdtfBound | None, Ranged("published_on", "to")] = Field(
        None,
        description="Only records that may have been published on this day or earlier.",
        examples=["2024-06-30"],
    )


class AgreementQuery(ListQuery):
    """Filters of agreements."""

    process: Annotated[Many[ProcessKey] | None, To("processes", "process_id", below=True)] = Field(
        None, description=shared.PROCESS_OR_BELOW, examples=[["colombia-farc"]]
    )
    country: Annotated[
        Many[CountryCode] | None, Overlaps("process.negotiating.party.countries", looked_up=True, labels=FORMER_NAMES)
    ] = Field(
        None,
        description="A country (ISO 3166) of a party that negotiates in the agreement's process, as in the `country` filter of"
        " processes; not the place of signature.",
        examples=[["CO"]],
    )
    country_succession: CountrySuccessionOfNegotiatorsInProcess = None
    talk: Annotated[Many[TalkKey] | None, To("talks", "talk_id")] = Field(
        None, description=as_filter(descriptions.AGREEMENT_TALK), examples=[["istanbul-2025-06-02"]]
    )
    place: Annotated[Many[PlaceKey] | None, To("places", "talk.place_id", below=True)] = Field(
        None,
        description="The place of the talk at which the agreement was reached, including all places inside it.",
        examples=[["istanbul"]],
    )
    proposal: Annotated[Many[ProposalKey] | None, To("proposals", "proposals.id")] = Field(
        None, description="A proposal that the agreement adopted.", examples=[["joint-plan-of-action-2013"]]
    )
    kind: Annotated[Many[AgreementKind] | None, Equal()] = Field(
        None, description=descriptions.AGREEMENT_KIND, examples=[["prisoner_exchange"]]
    )
    form: Annotated[Many[AgreementForm] | None, Equal()] = Field(
        None, description=as_filter(descriptions.FORM), examples=[["signed"]]
    )
    visibility: Annotated[Many[Visibility] | None, Equal()] = Field(
        None, description=as_filter(descriptions.VISIBILITY), examples=[["public"]]
    )
    disclosed_to: Annotated[Many[PartyKey] | None, To("parties", "disclosed.to_id")] = Field(
        None, description="A party to which the agreement was shown (`disclosed`).", examples=[["ukraine"]]
    )
    is_signed: Annotated[bool | None, Flag(is_nullable=True)] = Field(
        None,
        description="Whether the agreement was signed; `null` matches agreements for which this is unknown.",
        examples=[True],
    )
    # The ranges first: their condition includes the unit, and the first of these filters is the one that is looked up.
    quantity_min: QuantityMin = None
    quantity_max: QuantityMax = None
    quantity_unit: QuantityUnit = None
    status: Annotated[Many[AgreementStatus] | None, Equal()] = Field(
        None, description=as_filter(descriptions.STATUS), examples=[["in_force"]]
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "parties.id")] = Field(
        None, description="A party to the agreement.", examples=[["russia"]]
    )
    party_members: Annotated[Many[PartyKey] | None, To("parties", "parties.id", members=True, during=_AGREED)] = Field(
        None,
        alias="party.members",
        description="A coalition. Matches agreements to which the coalition or one of its members is a party. A party is"
        " treated as a member if it may have been a member on the day of the agreement or, if that day is unknown, on the"
        " day of its announcement.",
        examples=[["p5-plus-1"]],
    )
    party_all: Annotated[Many[PartyKey] | None, To("parties", "parties.id", every=True)] = Field(
        None,
        alias="party.all",
        description="Parties that are all parties to the agreement.",
        examples=[["russia", "ukraine"]],
    )
    signatory: Annotated[Many[PartyKey] | None, To("parties", "signatures.party_id")] = Field(
        None,
        description="A party with a signature or another act (`act`); a signatory need not be a party to the agreement.",
        examples=[["farc-ep"]],
    )
    person: Annotated[Many[PersonKey] | None, To("people", "signatures.person_id")] = Field(
        None, description="A person who signed the agreement.", examples=[["rodrigo-londono"]]
    )
    person_all: Annotated[Many[PersonKey] | None, To("people", "signatures.person_id", every=True)] = Field(
        None,
        alias="person.all",
        description="People who all signed the agreement.",
        examples=[["juan-manuel-santos", "rodrigo-londono"]],
    )
    act: Annotated[Many[SignatureAct] | None, Equal("signatures.act")] = Field(
        None, description="An act by which someone took part in the agreement.", examples=[["ratified"]]
    )
    capacity: Annotated[Many[SignatureCapacity] | None, Equal("signatures.capacity")] = Field(
        None, description="A capacity in which someone signed the agreement.", examples=[["guarantor"]]
    )
    issue: Annotated[Many[IssueKey] | None, To("issues", "issues.issue_id", below=True)] = Field(
        None,
        description="An issue that the agreement covers, including the issues below it; codes are case-insensitive.",
        examples=[["DETN"]],
    )
    agreed_from: Annotated[EdtfBound | None, Ranged("agreed_on", "from")] = Field(
        None, description="Only records that may have been agreed on this day or later.", examples=["2025-01-01"]
    )
    agreed_to: Annotated[EdtfBound | None, Ranged("agreed_on", "to")] = Field(
        None, description="Only records that may have been agreed on this day or earlier.", examples=["2025-12-31"]
    )
    until_from: Annotated[EdtfBound | None, Ranged("until", "from")] = Field(
        None,
        description="Only agreements whose last day of validity may be this day or later; agreements without a"
        " last day do not match.",
        examples=["2014-07-20"],
    )
    until_to: Annotated[EdtfBound | None, Ranged("until", "to")] = Field(
        None,
        description="Only agreements whose last day of validity may be this day or earlier.",
        examples=["2014-11-24"],
    )
    standing: Annotated[Many[AgreementStanding] | None, Built(has_standing, facet=standing_word)] = Field(
        None,
        description="How far the agreement had come on the requested day; `include=standing` shows the parties.",
        examples=[["partly_ratified"]],
    )
    state_on: StateOn = None


class AgreementDetailQuery(DetailQuery):
    """Query parameters of a single agreement: the day of its standing."""

    state_on: StateOn = None


SORTS: dict[str, dict[str, str]] = {
    "proposals": {"tabled_on": "sort_on", "title": "title", **RECORD_SORTS},
    "agreements": {"agreed_on": "sort_on", "title": "title", **RECORD_SORTS},
}
DEFAULT_SORT = {"proposals": "-tabled_on", "agreements": "-agreed_on"}
PRESENCE: dict[str, Mapping[str, Presence]] = {"proposals": {}, "agreements": {}}
