"""Bodies that stand inside bodies of another room: a talk's delegations, a proposal's demands.

Rooms never import one another; what is written in two of them is declared here, and the room whose record
it is adds the owner (`DelegationWrite` = `DelegationInTalk` + `talk`).
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, ValidationInfo

from app.db.vocabulary import (
    AttendanceMode,
    Confidence,
    DelegationCapacity,
    DelegationRole,
    DemandAct,
    LinkKind,
    MemberFunction,
    Presence,
)
from app.domain.types import Count, IssueKey, PersonKey, PlaceKey, RecordKey, Slug, refusal
from app.schemas.record import Part, RecordWrite
from app.schemas.validators import at_most_one, distinct, not_before
from app.schemas.values import DemandKey, EdtfDate, Line, PartyKey, Prose, Quantity, TimingWrite


class MemberWrite(Part):
    """A person's seat in a delegation."""

    person: PersonKey = Field(description="Who: slug, id or `scheme:value`.", examples=["vladimir-medinsky"])
    function: MemberFunction | None = Field(
        None, description="What the person is in the delegation; null = not said.", examples=["head"]
    )
    post: Line | None = Field(
        None, description="The post held at that time; null = not said.", examples=["Kremlin aide"]
    )
    presence: Presence | None = Field(
        None, description="Whether the person was there; null = not said.", examples=["present"]
    )
    mode: AttendanceMode | None = Field(
        None, description="In the room or from afar; null = not said.", examples=["in_person"]
    )
    valid_from: EdtfDate | None = Field(
        None, description="From when in the delegation (EDTF); null = all the time.", examples=["2014-05-25"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="Until when in the delegation (EDTF); null = to the end.", examples=["2015-10"]
    )
    confidence: Confidence | None = Field(
        None, description="How sure the membership is; null = nobody judged.", examples=["low"]
    )
    note: Prose | None = Field(None, description="Note; null = none.", examples=["named in a photo caption only"])


class DelegationInTalk(RecordWrite):
    """A party's part in the talk in whose body it stands."""

    party: PartyKey = Field(
        description="Whose delegation it is: slug, id or `scheme:value`. One delegation a party and talk.",
        examples=["russia"],
    )
    title: Line | None = Field(
        None, description="A title, where it has one of its own.", examples=["Russian delegation in Istanbul"]
    )
    summary: Prose | None = Field(
        None, description="What is to be said of it; null = nothing.", examples=["Only the head is named."]
    )
    roles: Annotated[list[DelegationRole], distinct()] = Field(
        default_factory=list, description="What it did there; empty = not said.", examples=[["negotiating"]]
    )
    is_seated: StrictBool = Field(
        True,
        description="Whether it sat at the table; false: it only hosted or mediated, no team is reported.",
        examples=[True],
    )
    capacity: DelegationCapacity | None = Field(
        None, description="In which capacity it came; null = not said.", examples=["official"]
    )
    size: Count | None = Field(
        None,
        description="Number of people as reported, even where fewer or more are named; null = unknown.",
        examples=[14],
    )
    members: Annotated[
        list[MemberWrite],
        distinct("person"),
        at_most_one(lambda member: member.function is MemberFunction.HEAD, "its head"),
    ] = Field(
        default_factory=list,
        description="The people named, in order; at most one is the head, and no known head is normal.",
        examples=[[{"person": "vladimir-medinsky", "function": "head", "post": "Kremlin aide"}]],
    )


class IssueLinkWrite(Part):
    """An issue that a demand is about."""

    issue: IssueKey = Field(description="The issue: its code (any case), slug or id.", examples=["TERR.LINE"])
    is_primary: StrictBool = Field(False, description="Whether it is the main one; at most one is.", examples=[True])


def _issues(value: Any) -> Any:
    """`["WDRW.TROOPS", "TERR"]` is short for objects, the first being primary unless another is marked."""
    if not isinstance(value, list):
        return value
    marked = any(isinstance(entry, dict) and entry.get("is_primary") for entry in value)
    return [
        {"issue": entry, "is_primary": position == 0 and not marked} if isinstance(entry, str) else entry
        for position, entry in enumerate(value)
    ]


class LinkWrite(Part):
    """How a demand stands to another one."""

    kind: LinkKind = Field(description="What it does to the other.", examples=["repeats"])
    demand: DemandKey = Field(
        description="The other demand: slug, id or `scheme:value`.", examples=["istanbul-communique-2022-1"]
    )
    note: Prose | None = Field(None, description="Note; null = none.", examples=["with a shorter term"])


def _mutual(value: bool, info: ValidationInfo) -> bool:
    claimants, addressees = info.data.get("claimants"), info.data.get("addressees")
    if value and claimants is not None and addressees is not None and len({*claimants, *addressees}) < 2:
        raise refusal(
            "mutual",
            "A mutual demand binds two parties at least; name them as claimants or addressees, or say false.",
        )
    return value


class DemandInProposal(RecordWrite):
    """One point of the proposal in whose body it stands."""

    account: Slug | None = Field(
        None,
        description="The telling in which it stands (slug of an account); null = the reference account.",
        examples=["russian-memorandum-2025-06-02-article"],
    )
    part: Line | None = Field(
        None,
        description="Key of the section or option in that account; null = tied to none.",
        examples=["option-1"],
    )
    position: Count | None = Field(
        None, description="Place in the document's order; null = after the last.", examples=[10]
    )
    number: Line | None = Field(None, description="Number as printed, not unique; null = none.", examples=["2.10"])
    title: Line | None = Field(
        None, description="A short title; null = none.", examples=["Withdrawal from four regions"]
    )
    summary: Prose | None = Field(
        None, description="Summary; null = none.", examples=["The four regions are to be left entirely."]
    )
    text: Prose = Field(
        description="What is demanded.",
        examples=["Ukraine withdraws completely from Donetsk, Luhansk, Zaporizhzhia and Kherson regions"],
    )
    quote: Prose | None = Field(
        None, description="The document's own words; null = not seen.", examples=["complete withdrawal"]
    )
    act: DemandAct = Field(DemandAct.DEMAND, description="What kind of point it is.", examples=["demand"])
    claimants: Annotated[list[PartyKey] | None, distinct()] = Field(
        None,
        description="Who makes it; null or left out: the proposal's authors.",
        examples=[["russia"]],
    )
    addressees: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list,
        description="Who would have to act; of an offer or undertaking the claimant itself.",
        examples=[["ukraine"]],
    )
    beneficiaries: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list, description="Who would gain by it.", examples=[["uoc-mp"]]
    )
    is_mutual: Annotated[StrictBool, AfterValidator(_mutual)] = Field(
        False,
        description="Whether the same obligation binds at least two of the claimants and addressees.",
        examples=[False],
    )
    exception: Prose | None = Field(
        None, description="What is excepted; null = nothing.", examples=["except for withdrawal purposes"]
    )
    issues: Annotated[
        list[IssueLinkWrite],
        BeforeValidator(_issues, json_schema_input_type=list[IssueLinkWrite | RecordKey]),
        distinct("issue"),
        at_most_one(lambda link: link.is_primary, "primary"),
    ] = Field(
        default_factory=list,
        description="What it is about. A plain text stands for an issue; standing first, it is primary "
        "where no other is marked.",
        examples=[[{"issue": "WDRW.TROOPS", "is_primary": True}], ["WDRW.TROOPS", "TERR"]],
    )
    places: Annotated[list[PlaceKey], distinct()] = Field(
        default_factory=list, description="Where it applies.", examples=[["donetsk-region", "kherson-region"]]
    )
    timing: TimingWrite | None = Field(
        None,
        description="When it is to be fulfilled; null = not said.",
        examples=[
            {
                "relation": "within_after_trigger",
                "duration_max": "P100D",
                "trigger": {"text": "lifting of martial law"},
            }
        ],
    )
    depends_on: Annotated[list[DemandKey], distinct()] = Field(
        default_factory=list,
        description="Demands without which it does not apply; never into an excluded alternative.",
        examples=[["article-2025-06-02-1-1"]],
    )
    links: Annotated[list[LinkWrite], distinct("kind", "demand")] = Field(
        default_factory=list,
        description="Its lineage: how it stands to other demands.",
        examples=[[{"kind": "repeats", "demand": "istanbul-communique-2022-1"}]],
    )
    quantities: list[Quantity] = Field(
        default_factory=list,
        description="Numbers that are asked for.",
        examples=[[{"value": 30, "bound": "exact", "unit": "day", "of": "ceasefire"}]],
    )
    unmapped: list[Prose] = Field(
        default_factory=list,
        description="Codes of the material that no issue stands for, in their words.",
        examples=[["sabotage"]],
    )
    event_codes: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description="Codes of event ontologies, as `scheme:code`.",
        examples=[["cameo:1054", "plover:REQUEST"]],
    )
