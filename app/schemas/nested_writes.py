"""Write schemas of records nested in records of another package: the delegations of a talk, the demands of a proposal.

The domain packages do not import each other, so schemas that two of them use are declared here. The package of the
nested record adds the field for the owner (`DelegationWrite` = `DelegationInTalk` + `talk`).
"""

from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.db.vocabulary import (
    AttendanceMode,
    Confidence,
    DelegationCapacity,
    DelegationRole,
    DemandAct,
    Force,
    LinkKind,
    MemberFunction,
    Presence,
    TextStatus,
)
from app.domain.keys import DemandKey, IssueKey, PartyKey, PersonKey, PlaceKey, RecordKey, TalkKey
from app.domain.texts import Line, Prose, Slug, refusal
from app.domain.types import Count, EdtfDate
from app.errors import quoted
from app.schemas import descriptions
from app.schemas.descriptions import as_key
from app.schemas.members import keyed_members, one_head_per_day
from app.schemas.record_writes import NestedWrite, RecordWrite
from app.schemas.timing import TimingWrite
from app.schemas.validators import at_most_one, distinct, given, keyed, not_before
from app.schemas.values import QuantityWrite


class AttendanceWrite(NestedWrite):
    """The presence of a member at one sitting of a long talk."""

    key: Line | None = Field(
        None,
        description=f"{descriptions.ATTENDANCE_KEY} If omitted, it is made from the talk and the day.",
        examples=["day-2015-07-14"],
    )
    talk: TalkKey | None = Field(None, description=as_key(descriptions.ATTENDANCE_TALK), examples=[None])
    on: EdtfDate | None = Field(None, description=descriptions.ATTENDANCE_ON, examples=["2015-07-14"])
    presence: Presence | None = Field(None, description=descriptions.PRESENCE, examples=["present"])
    mode: AttendanceMode | None = Field(None, description=descriptions.MODE, examples=["in_person"])
    note: Prose | None = Field(None, description=descriptions.NOTE, examples=["named in a photo caption only"])

    @model_validator(mode="after")
    def _names_a_sitting(self) -> Self:
        if not given(self, ("talk", "on")):
            raise refusal("attendance", "The sitting is missing: give a `talk`, a day `on`, or both.")
        return self


class MemberWrite(NestedWrite):
    """A person's seat in a delegation."""

    person: PersonKey = Field(description=as_key(descriptions.PERSON), examples=["vladimir-medinsky"])
    key: Line | None = Field(
        None,
        description=f"{descriptions.MEMBER_KEY} If omitted, further entries of a person get the slug and a number.",
        examples=["vladimir-medinsky-2"],
    )
    function: MemberFunction | None = Field(None, description=descriptions.FUNCTION, examples=["head"])
    post: Line | None = Field(None, description=descriptions.POST, examples=["Kremlin aide"])
    presence: Presence | None = Field(None, description=descriptions.PRESENCE, examples=["present"])
    mode: AttendanceMode | None = Field(
        None,
        description=descriptions.MODE,
        examples=["in_person"],
    )
    valid_from: EdtfDate | None = Field(None, description=descriptions.MEMBER_VALID_FROM, examples=["2014-05-25"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description=descriptions.MEMBER_VALID_TO, examples=["2015-10"]
    )
    confidence: Confidence | None = Field(None, description=descriptions.MEMBER_CONFIDENCE, examples=["low"])
    note: Prose | None = Field(None, description=descriptions.NOTE, examples=["named in a photo caption only"])
    attendance: Annotated[
        list[AttendanceWrite],
        distinct("talk", "on"),
        keyed(lambda sitting: [sitting.talk or "day", sitting.on], "sitting"),
    ] = Field(
        default_factory=list,
        description=descriptions.ATTENDANCE,
        examples=[[{"on": "2015-07-14", "presence": "present"}]],
    )


class DelegationInTalk(RecordWrite):
    """A party's delegation, written inside the body of its talk."""

    party: PartyKey = Field(
        description=f"{as_key(descriptions.PARTY)} A party has one delegation per talk.",
        examples=["russia"],
    )
    bloc: PartyKey | None = Field(None, description=as_key(descriptions.BLOC), examples=["p5-plus-1"])
    title: Line | None = Field(
        None, description=descriptions.DELEGATION_TITLE, examples=["Russian delegation in Istanbul"]
    )
    summary: Prose | None = Field(
        None, description=descriptions.DELEGATION_SUMMARY, examples=["Only the head is named."]
    )
    roles: Annotated[list[DelegationRole], distinct()] = Field(
        default_factory=list, description=descriptions.ROLES, examples=[["negotiating"]]
    )
    is_seated: StrictBool = Field(
        True,
        description=descriptions.IS_SEATED,
        examples=[True],
    )
    capacity: DelegationCapacity | None = Field(None, description=descriptions.CAPACITY, examples=["official"])
    size: Count | None = Field(
        None,
        description=descriptions.SIZE,
        examples=[14],
    )
    members: Annotated[
        list[MemberWrite],
        AfterValidator(keyed_members),
        AfterValidator(one_head_per_day),
    ] = Field(
        default_factory=list,
        description=f"{descriptions.MEMBERS} On any day, at most one is the head; often none is known.",
        examples=[[{"person": "vladimir-medinsky", "function": "head", "post": "Kremlin aide"}]],
    )

    @field_validator("bloc")
    @classmethod
    def _is_another_party(cls, bloc: str | None, info: ValidationInfo) -> str | None:
        if bloc is not None and bloc == info.data.get("party"):
            raise refusal("reference", f"{quoted(bloc)} is the party itself; name its coalition, or use null.")
        return bloc


class IssueLinkWrite(NestedWrite):
    """An issue that a demand is about."""

    issue: IssueKey = Field(description=descriptions.ISSUE, examples=["TERR.LINE"])
    is_primary: StrictBool = Field(False, description=descriptions.IS_PRIMARY, examples=[True])


def _issues(value: object) -> object:
    """Expand plain strings (`["WDRW.TROOPS", "TERR"]`) to objects. The first is primary unless another is marked."""
    if not isinstance(value, list):
        return value
    marked = any(isinstance(entry, dict) and entry.get("is_primary") for entry in value)
    return [
        {"issue": entry, "is_primary": position == 0 and not marked} if isinstance(entry, str) else entry
        for position, entry in enumerate(value)
    ]


class LinkWrite(NestedWrite):
    """A relation of a demand to another demand."""

    kind: LinkKind = Field(description="The kind of relation.", examples=["repeats"])
    demand: DemandKey = Field(
        description="The other demand: slug, id or `scheme:value`.", examples=["istanbul-communique-2022-1"]
    )
    note: Prose | None = Field(None, description=descriptions.NOTE, examples=["with a shorter term"])


def _mutual(value: bool, info: ValidationInfo) -> bool:
    claimants, addressees = info.data.get("claimants"), info.data.get("addressees")
    if value and claimants is not None and addressees is not None and len({*claimants, *addressees}) < 2:
        raise refusal(
            "mutual",
            "A mutual demand binds at least two parties; name them as claimants or addressees, or use false.",
        )
    return value


class DemandInProposal(RecordWrite):
    """A demand, written inside the body of its proposal."""

    account: Slug | None = Field(
        None,
        description="The account that contains the demand, by its slug; null = the reference account.",
        examples=["russian-memorandum-2025-06-02-article"],
    )
    part: Line | None = Field(
        None,
        description="The key of the section or option of the account that contains the demand; null = none.",
        examples=["option-1"],
    )
    position: Count | None = Field(
        None, description="The position of the demand in the document; null = after the last.", examples=[10]
    )
    number: Line | None = Field(None, description=descriptions.NUMBER, examples=["2.10"])
    title: Line | None = Field(None, description=descriptions.SHORT_TITLE, examples=["Withdrawal from four regions"])
    summary: Prose | None = Field(
        None, description=descriptions.SUMMARY, examples=["The four regions are to be left entirely."]
    )
    text: Prose = Field(
        description=descriptions.DEMAND_TEXT,
        examples=["Ukraine withdraws completely from Donetsk, Luhansk, Zaporizhzhia and Kherson regions"],
    )
    quote: Prose | None = Field(None, description=descriptions.DEMAND_QUOTE, examples=["complete withdrawal"])
    act: DemandAct = Field(
        DemandAct.DEMAND,
        description=descriptions.ACT,
        examples=["demand"],
    )
    text_status: TextStatus | None = Field(None, description=descriptions.TEXT_STATUS, examples=["bracketed"])
    force: Force | None = Field(None, description=descriptions.FORCE, examples=["should"])
    claimants: Annotated[list[PartyKey] | None, distinct()] = Field(
        None,
        description="The parties that make the demand; null or omitted = the authors of the proposal.",
        examples=[["russia"]],
    )
    addressees: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list,
        description="The parties that would have to act; for an offer or undertaking, the claimants themselves.",
        examples=[["ukraine"]],
    )
    beneficiaries: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list, description=descriptions.BENEFICIARIES, examples=[["uoc-mp"]]
    )
    backers: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list, description=descriptions.BACKERS, examples=[["norway"]]
    )
    is_mutual: Annotated[StrictBool, AfterValidator(_mutual)] = Field(
        False,
        description=descriptions.IS_MUTUAL,
        examples=[False],
    )
    exception: Prose | None = Field(
        None, description=descriptions.EXCEPTION, examples=["except for withdrawal purposes"]
    )
    issues: Annotated[
        list[IssueLinkWrite],
        BeforeValidator(_issues, json_schema_input_type=list[IssueLinkWrite | RecordKey]),
        distinct("issue"),
        at_most_one(lambda link: link.is_primary, "primary"),
    ] = Field(
        default_factory=list,
        description="The issues of the demand. A plain string is short for an object with this `issue`; "
        "the first entry is primary unless another entry is marked.",
        examples=[[{"issue": "WDRW.TROOPS", "is_primary": True}], ["WDRW.TROOPS", "TERR"]],
    )
    places: Annotated[list[PlaceKey], distinct()] = Field(
        default_factory=list,
        description=descriptions.PLACES,
        examples=[["donetsk-region", "kherson-region"]],
    )
    timing: TimingWrite | None = Field(
        None,
        description=descriptions.TIMING,
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
        description="The demands that this one depends on. They must not belong to a mutually exclusive option.",
        examples=[["article-2025-06-02-1-1"]],
    )
    links: Annotated[list[LinkWrite], distinct("kind", "demand")] = Field(
        default_factory=list,
        description=descriptions.LINKS,
        examples=[[{"kind": "repeats", "demand": "istanbul-communique-2022-1"}]],
    )
    quantities: list[QuantityWrite] = Field(
        default_factory=list,
        description=descriptions.QUANTITIES,
        examples=[[{"value": 30, "bound": "exact", "unit": "day", "of": "ceasefire"}]],
    )
    unmapped: list[Prose] = Field(
        default_factory=list,
        description=descriptions.UNMAPPED,
        examples=[["sabotage"]],
    )
    event_codes: Annotated[list[Line], distinct()] = Field(
        default_factory=list,
        description=descriptions.EVENT_CODES,
        examples=[["cameo:1054", "plover:REQUEST"]],
    )
