"""Nested forms that several rooms show: more than a mention, less than a record."""

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
from app.schemas.refs import Mention, PartyRef, PersonRef

Branch = list[Any]
"""Records that `include=` adds, in the summary form of their collection."""


class MemberView(Mention):
    """A person's seat in a delegation."""

    person: PersonRef = Field(description="Who.", examples=[MEDINSKY])
    function: MemberFunction | None = Field(
        description="What the person is in the delegation; null = not said.", examples=["head"]
    )
    post: str | None = Field(description="The post held at that time; null = not said.", examples=["Kremlin aide"])
    presence: Presence | None = Field(
        description="Whether the person was there; null = not said.", examples=["present"]
    )
    mode: AttendanceMode | None = Field(
        description="In the room or from afar; null = not said.", examples=["in_person"]
    )
    valid_from: EdtfText | None = Field(
        description="From when in the delegation (EDTF); null = all the time.", examples=["2014-05-25"]
    )
    valid_to: EdtfText | None = Field(
        description="Until when in the delegation (EDTF); null = to the end.", examples=["2015-10"]
    )
    confidence: Confidence | None = Field(
        description="How sure the membership is; null = nobody judged.", examples=["low"]
    )
    note: str | None = Field(description="Note; null = none.", examples=["named in a photo caption only"])


class DelegationView(Mention):
    """A party's part in a talk, with all who are named."""

    belongs_to = "delegations"

    slug: str = Field(description="Slug of the delegation.", examples=["istanbul-2025-06-02-russia"])
    party: PartyRef = Field(description="Whose delegation it is.", examples=[RUSSIA])
    roles: list[DelegationRole] = Field(description="What it did there; empty = not said.", examples=[["negotiating"]])
    is_seated: bool = Field(
        description="Whether it sat at the table; false: it only hosted or mediated.", examples=[True]
    )
    capacity: DelegationCapacity | None = Field(
        description="In which capacity it came; null = not said.", examples=["official"]
    )
    size: int | None = Field(
        description="Number of people as reported, even where fewer or more are named; null = unknown.",
        examples=[14],
    )
    members: list[MemberView] = Field(description="The people named, in order.", examples=[[MEMBER]])
