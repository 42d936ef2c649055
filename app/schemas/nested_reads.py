"""Read schemas of nested rows that several packages show: more than a mention, less than a whole record."""

from typing import Annotated, Any

from pydantic import Field

from app.db.vocabulary import (
    AttendanceMode,
    Confidence,
    DelegationCapacity,
    DelegationRole,
    MemberFunction,
    Presence,
)
from app.domain.types import EdtfText
from app.reading.markers import AsJson
from app.schemas import descriptions
from app.schemas.examples import BLOC, MEDINSKY, MEMBER, RUSSIA
from app.schemas.refs import PartyRef, PersonRef, RecordMention, TalkRef

Branch = list[Any]
"""Records that `include=` adds, as summaries."""


class AttendanceView(RecordMention):
    """The presence of a member at one sitting of a long talk."""

    key: str = Field(description=descriptions.ATTENDANCE_KEY, examples=["day-2015-07-14"])
    talk: TalkRef | None = Field(description=descriptions.ATTENDANCE_TALK, examples=[None])
    on: EdtfText | None = Field(description=descriptions.ATTENDANCE_ON, examples=["2015-07-14"])
    presence: Presence | None = Field(description=descriptions.PRESENCE, examples=["present"])
    mode: AttendanceMode | None = Field(description=descriptions.MODE, examples=["in_person"])
    note: str | None = Field(description=descriptions.NOTE, examples=["named in a photo caption only"])


class MemberView(RecordMention):
    """A person's seat in a delegation."""

    person: PersonRef = Field(description=descriptions.PERSON, examples=[MEDINSKY])
    key: str | None = Field(description=descriptions.MEMBER_KEY, examples=[None])
    function: MemberFunction | None = Field(description=descriptions.FUNCTION, examples=["head"])
    post: str | None = Field(description=descriptions.POST, examples=["Kremlin aide"])
    presence: Presence | None = Field(description=descriptions.PRESENCE, examples=["present"])
    mode: AttendanceMode | None = Field(description=descriptions.MODE, examples=["in_person"])
    valid_from: EdtfText | None = Field(description=descriptions.MEMBER_VALID_FROM, examples=["2014-05-25"])
    valid_to: EdtfText | None = Field(description=descriptions.MEMBER_VALID_TO, examples=["2015-10"])
    confidence: Confidence | None = Field(description=descriptions.MEMBER_CONFIDENCE, examples=["low"])
    note: str | None = Field(description=descriptions.NOTE, examples=["named in a photo caption only"])
    attendance: Annotated[list[AttendanceView], AsJson()] = Field(description=descriptions.ATTENDANCE, examples=[[]])


class DelegationView(RecordMention):
    """A party's delegation to a talk, with its named members."""

    belongs_to = "delegations"

    slug: str = Field(description=descriptions.SLUG, examples=["istanbul-2025-06-02-russia"])
    party: PartyRef = Field(description=descriptions.PARTY, examples=[RUSSIA])
    bloc: PartyRef | None = Field(description=descriptions.BLOC, examples=[BLOC])
    roles: list[DelegationRole] = Field(description=descriptions.ROLES, examples=[["negotiating"]])
    is_seated: bool = Field(
        description=descriptions.IS_SEATED,
        examples=[True],
    )
    capacity: DelegationCapacity | None = Field(description=descriptions.CAPACITY, examples=["official"])
    size: int | None = Field(
        description=descriptions.SIZE,
        examples=[14],
    )
    members: list[MemberView] = Field(description=descriptions.MEMBERS, examples=[[MEMBER]])
