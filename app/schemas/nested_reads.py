"""Read schemas of nested rows that several packages show: more than a mention, less than a whole record."""

from typing import Any

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
from app.schemas.examples import MEDINSKY, MEMBER, RUSSIA
from app.schemas.refs import PartyRef, PersonRef, RecordMention

Branch = list[Any]
"""Records that `include=` adds, as summaries."""


class MemberView(RecordMention):
    """A person's seat in a delegation."""

    person: PersonRef = Field(description="The person.", examples=[MEDINSKY])
    function: MemberFunction | None = Field(
        description="The person's function in the delegation; null = not stated.", examples=["head"]
    )
    post: str | None = Field(
        description="The post that the person held at that time; null = not stated.", examples=["Kremlin aide"]
    )
    presence: Presence | None = Field(
        description="Whether the person attended; null = not stated.", examples=["present"]
    )
    mode: AttendanceMode | None = Field(
        description="Whether the person attended in person or remotely; null = not stated.", examples=["in_person"]
    )
    valid_from: EdtfText | None = Field(
        description="The first day in the delegation (EDTF); null = from the beginning.", examples=["2014-05-25"]
    )
    valid_to: EdtfText | None = Field(
        description="The last day in the delegation (EDTF); null = to the end.", examples=["2015-10"]
    )
    confidence: Confidence | None = Field(
        description="The confidence in the membership; null = not assessed.", examples=["low"]
    )
    note: str | None = Field(description="A note; null = none.", examples=["named in a photo caption only"])


class DelegationView(RecordMention):
    """A party's delegation to a talk, with its named members."""

    belongs_to = "delegations"

    slug: str = Field(description="The slug of the delegation.", examples=["istanbul-2025-06-02-russia"])
    party: PartyRef = Field(description="The party that the delegation represents.", examples=[RUSSIA])
    roles: list[DelegationRole] = Field(
        description="The roles of the delegation; empty = not stated.", examples=[["negotiating"]]
    )
    is_seated: bool = Field(
        description="Whether the delegation sat at the table; false = it only hosted, mediated or observed.",
        examples=[True],
    )
    capacity: DelegationCapacity | None = Field(
        description="The capacity in which the delegation attended; null = not stated.", examples=["official"]
    )
    size: int | None = Field(
        description="The reported number of people, which may differ from the number of named members; null = unknown.",
        examples=[14],
    )
    members: list[MemberView] = Field(description="The named members, in order.", examples=[[MEMBER]])
