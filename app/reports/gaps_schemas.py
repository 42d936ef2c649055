"""Query parameters and rows of the report of gaps."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from app.domain.keys import IssueKey, PartyKey
from app.reading.query import Many
from app.reports import descriptions
from app.reports.options import IssueName, StanceOptions
from app.resources.empty_answers import ReasonOfAnswer


class GapStatus(StrEnum):
    """How far the parties are from agreement on an issue."""

    UNSPOKEN = "unspoken"
    AGREED = "agreed"
    DECLARED_ZONE = "declared_zone"
    ONE_SIDED = "one_sided"
    ONE_OBJECTS = "one_objects"
    CONTESTED = "contested"
    UNSETTLED = "unsettled"


class GapsQuery(StanceOptions):
    """Query parameters of the gaps of a process."""

    issue: IssueKey | None = Field(None, description=descriptions.BELOW_ISSUE, examples=["EXTL.NEUTRALITY"])
    level: Literal["top", "leaf"] = Field(
        "leaf",
        description="One row for each primary issue (`leaf`), or for each main category (`top`).",
        examples=["top"],
    )
    parties: Many[PartyKey] | None = Field(
        None,
        description="Only the gap between these parties: their points, and their answers. With one party, only its own points are"
        " listed; they have no gap, because a party does not answer itself.",
        examples=[["russia", "ukraine"]],
    )


class GapAnswer(BaseModel):
    """What a party that is asked about a point said."""

    party: str = Field(description=descriptions.PARTY, examples=["ukraine"])
    word: str = Field(description=descriptions.WORD, examples=["rejected"])
    score: int | None = Field(description="The place on the scale; null = silent.", examples=[-2])
    response: str | None = Field(description=descriptions.RESPONSE, examples=["ukraine-rejects"])
    agreement: str | None = Field(description=descriptions.AGREEMENT, examples=[None])


class GapPoint(BaseModel):
    """A point on the table."""

    demand: str = Field(description=descriptions.DEMAND, examples=["russian-memorandum-2025-06-02-i-3"])
    claimants: list[str] = Field(description=descriptions.CLAIMANTS, examples=[["russia"]])
    low: float | None = Field(
        description="The gap of the point, from 0 to 1, with silence read as acceptance; null = see `reason`.",
        examples=[1.0],
    )
    high: float | None = Field(
        description="The gap of the point with silence read as rejection; null = see `reason`.", examples=[1.0]
    )
    reason: str | None = Field(
        description="Why the point has no gap: `nobody_asked`, or `declared_moot` by all; null = it has one.",
        examples=[None],
    )
    is_best: bool = Field(description="Whether no point of the issue has a smaller gap.", examples=[True])
    answers: list[GapAnswer] = Field(description="The answers that count, and who is silent.")


class Mover(BaseModel):
    """One of the smallest sets of moves that would bring the gap to 0.25 or less."""

    demand: str = Field(description=descriptions.DEMAND, examples=["russian-memorandum-2025-06-02-i-3"])
    parties: list[str] = Field(
        description="The slugs of the parties that would have to accept it at least in part or on conditions.",
        examples=[["ukraine"]],
    )


class StatedQuantity(BaseModel):
    """A quantity in a point on the table."""

    demand: str = Field(description=descriptions.DEMAND, examples=["us-28-point-plan-2025-6"])
    claimants: list[str] = Field(description=descriptions.CLAIMANTS, examples=[["united-states"]])
    low: float | None = Field(description="The least number; null = no lower end.", examples=[None])
    high: float | None = Field(description="The greatest number; null = no upper end.", examples=[600000])
    is_about: bool = Field(description="Whether the number is approximate.", examples=[False])


class ComparedQuantity(BaseModel):
    """Quantities of the same thing in points of different claimants."""

    unit: str | None = Field(description=descriptions.UNIT, examples=["person"])
    of: str | None = Field(
        description="The things that are counted; null = not stated.", examples=["military personnel"]
    )
    by: str | None = Field(description=descriptions.QUANTITY_BY, examples=["ukraine"])
    stated: list[StatedQuantity] = Field(description="The quantities.")
    common_low: float | None = Field(
        description="The least number in all ranges; null = no lower end, or the ranges have nothing in common.",
        examples=[None],
    )
    common_high: float | None = Field(
        description="The greatest number in all ranges; null = no upper end, or nothing in common.", examples=[600000]
    )
    distance: float = Field(
        description="The distance between the ranges; 0 = they have a number in common.", examples=[0.0]
    )


class IssueGap(BaseModel):
    """How far the parties are from agreement on an issue."""

    issue: IssueName | None = Field(description="The issue; null = points without a primary issue.")
    status: GapStatus = Field(description="How far the parties are from agreement.", examples=["contested"])
    low: float | None = Field(
        description="The smallest gap of a point on the table, with silence read as acceptance; null = see `reason`.",
        examples=[1.0],
    )
    high: float | None = Field(
        description="The same with silence read as rejection; null = see `reason`.", examples=[1.0]
    )
    reason: str | None = Field(
        description="Why there is no gap: `no_points_on_the_table`, `nobody_asked` or `declared_moot`; null = there is one.",
        examples=[None],
    )
    on_table: int = Field(description="The number of points on the table.", examples=[5])
    off_table: list[str] = Field(
        description="The slugs of points that are no longer on the table: superseded, withdrawn, lapsed, or replaced by a later"
        " point of the same claimant.",
        examples=[["putin-conditions-2024-06-14-2"]],
    )
    best: list[str] = Field(
        description="The slugs of the points with the smallest gap.", examples=[["russian-memorandum-2025-06-02-i-3"]]
    )
    objecting: list[str] = Field(
        description="The slugs of the parties that reject or counter one of the best points.", examples=[["ukraine"]]
    )
    move: list[Mover] = Field(
        description="The smallest sets of parties that would have to move, each on one point, for a gap of 0.25 or less; empty ="
        " nobody has to, or there is no gap."
    )
    widest_leaf: IssueName | None = Field(
        description="With `level=top`: the issue below with the largest gap; null = none, or `level=leaf`."
    )
    points: list[GapPoint] = Field(description="The points on the table.")
    quantities: list[ComparedQuantity] = Field(
        description="Quantities with the same unit, `of` and `by` in points of different claimants."
    )
    agreements: list[str] = Field(
        description="The slugs of the agreements in force that incorporate a point on the table.", examples=[[]]
    )
    agreements_on_issue: list[str] = Field(
        description="The slugs of other agreements in force on this issue; they do not change the status.",
        examples=[[]],
    )


class GapsRest(ReasonOfAnswer):
    """What follows the rows."""

    on: str = Field(description="The day of the positions.", examples=["2025-06-05"])
