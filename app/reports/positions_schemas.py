"""Query parameters and rows of `/v1/reports/positions`."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from app.domain.keys import IssueKey, ProcessKey
from app.reports import descriptions
from app.reports.options import IssueName, PartyName, StanceOptions
from app.reports.slices import SliceKind
from app.resources.empty_answers import ReasonOfAnswer
from app.resources.report import PictureOptions


class PositionsQuery(StanceOptions, PictureOptions):
    """Query parameters of the table of positions."""

    process: ProcessKey = Field(description=descriptions.WITHIN_PROCESS, examples=["russia-ukraine"])
    issue: IssueKey | None = Field(None, description=descriptions.BELOW_ISSUE, examples=["EXTL.NEUTRALITY"])
    rows: Literal["party", "all"] = Field(
        "party",
        description="`party`: one row for each negotiating party of the process. `all`: for every party with a cell.",
        examples=["all"],
    )
    level: Literal["top", "leaf"] = Field(
        "top",
        description="The columns: the main categories of issues (`top`), or the issues that the points carry (`leaf`).",
        examples=["leaf"],
    )
    issues: Literal["all", "primary"] = Field(
        "all",
        description="`all`: a point counts once in each column of its issues. `primary`: only in the column of its primary issue,"
        " so that rows add up.",
        examples=["primary"],
    )
    slice: SliceKind = Field(
        SliceKind.NONE,
        description="The days of the positions: one day (`none`), or the last day of each talk, proposal, month or year.",
        examples=["year"],
    )


class SliceName(BaseModel):
    """A slice of time."""

    key: str = Field(
        description="The talk, the proposal, the month or the year; the day if `slice=none`.", examples=["2025-06"]
    )
    title: str | None = Field(
        description="The title of the talk or proposal; null = a day, month or year.", examples=[None]
    )
    on: date = Field(
        description="The last day of the slice, for which the positions are computed; of a talk or proposal with an uncertain date, its"
        " last possible day.",
        examples=["2025-06-30"],
    )


class PositionCounts(BaseModel):
    """The number of points by what the party does."""

    asks: int = Field(description="Its own points, except offers.", examples=[3])
    offers: int = Field(description="Its own offers and undertakings.", examples=[0])
    accepted: int = Field(description="Points of others that it accepts.", examples=[0])
    accepted_in_part: int = Field(description="Points that it accepts in part.", examples=[0])
    conditional: int = Field(description="Points that it accepts on conditions.", examples=[0])
    supported: int = Field(description="Points that it supports without being asked.", examples=[0])
    under_study: int = Field(description="Points that it is studying.", examples=[0])
    deferred: int = Field(description="Points to which it postponed the answer.", examples=[0])
    undetermined: int = Field(
        description="Points about which its answer to the whole text decides nothing.", examples=[0]
    )
    countered: int = Field(description="Points against which it proposes something else.", examples=[0])
    rejected: int = Field(description="Points that it rejects.", examples=[2])
    opposed: int = Field(description="Points that it opposes without being asked.", examples=[0])
    declared_moot: int = Field(description="Points that it declared moot.", examples=[0])
    no_comment: int = Field(description="Points about which it is reported to have said nothing.", examples=[0])
    unreviewed: int = Field(description="Points to which it gave an answer that `min_review` leaves out.", examples=[0])
    silent: int = Field(description="Points that it was asked about, without any answer.", examples=[1])


class AnsweredPoint(BaseModel):
    """A point of another party, and what this party said."""

    demand: str = Field(description=descriptions.DEMAND, examples=["russian-memorandum-2025-06-02-i-3"])
    word: str = Field(description=descriptions.WORD, examples=["rejected"])
    score: int | None = Field(description="The place on the scale; null = silent or off the scale.", examples=[-2])
    response: str | None = Field(description=descriptions.RESPONSE, examples=["ukraine-rejects"])
    agreement: str | None = Field(description=descriptions.AGREEMENT, examples=[None])


class MovedPoint(BaseModel):
    """A point about which the party said something else than in the slice before."""

    demand: str = Field(description=descriptions.DEMAND, examples=["russian-memorandum-2025-06-02-i-3"])
    before: str = Field(description="The word in the slice before.", examples=["under_study"])
    after: str = Field(description="The word in this slice.", examples=["rejected"])


class PartyPosition(BaseModel):
    """One cell: the position of a party on an issue in a slice."""

    slice: SliceName = Field(description=descriptions.SLICE)
    party: PartyName = Field(description=descriptions.ONE_PARTY)
    issue: IssueName | None = Field(description="The issue; null = points without an issue.")
    counts: PositionCounts = Field(description="The number of points by what the party does.")
    lowest: int | None = Field(
        description="The lowest place on the scale among its answers to points of others; null = see `reason`.",
        examples=[-2],
    )
    highest: int | None = Field(description="The highest place on the scale; null = see `reason`.", examples=[1])
    reason: str | None = Field(
        description="Why there is no range: `no_points_of_others`, or `silent` (no answer has a place on the scale); null = there"
        " is a range.",
        examples=[None],
    )
    is_firm: bool = Field(description="Whether a point of its own is a red line or a precondition.", examples=[False])
    own: list[str] = Field(
        description="The slugs of its own points: those of which it, a body that speaks for it or its coalition is a claimant.",
        examples=[["ukrainian-memorandum-2025-05-28-5a"]],
    )
    others: list[AnsweredPoint] = Field(description="The points of others that it answered or was asked about.")
    came: list[str] = Field(
        description="Points that are new since the slice before; empty in the first slice.",
        examples=[["russian-memorandum-2025-06-02-i-3"]],
    )
    went: list[str] = Field(
        description="Points that were superseded, withdrawn, settled, lapsed or ended since the slice before. They still count.",
        examples=[["putin-conditions-2024-06-14-2"]],
    )
    moved: list[MovedPoint] = Field(description="Points about which the party said something else in the slice before.")


class PositionsRest(ReasonOfAnswer):
    """What follows the cells."""

    process: str = Field(description=descriptions.PROCESS, examples=["russia-ukraine"])
    points: int = Field(description="The number of different points in the cells.", examples=[150])
    without_day: list[str] = Field(description=descriptions.WITHOUT_DAY, examples=[[]])
