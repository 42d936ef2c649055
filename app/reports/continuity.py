"""The report on continuity: who stayed, joined and left between consecutive talks."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.db.vocabulary import TalkKind
from app.domain.keys import PartyKey, TalkKey
from app.domain.types import EdtfText
from app.pictures.continuity import CONTINUITY_PICTURE
from app.reading.date_bounds import Dated
from app.reading.query import ClockQuery, Many
from app.reading.record_parameters import RecordParameters
from app.reports import descriptions
from app.reports.continuity_statements import CONTINUITY
from app.reports.descriptions import DayOfReport, OnDay
from app.reports.statement import fetch_report, last_day, process_ids
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import EvidenceOptions, cited
from app.resources.report import PageOptions, PictureOptions, Report, ReportRequest, ReportRows

#: Which talks are compared: those of one kind, or all.
Series = StrEnum("Series", {"ALL": "all", **{kind.name: kind.value for kind in TalkKind}})  # type: ignore[misc]


class NoJaccard(StrEnum):
    """Why there is no single Jaccard index."""

    SIZE_UNKNOWN = "size_unknown"
    NOBODY_NAMED = "nobody_named"
    INCOMPLETE = "incomplete"


class SittingsQuery(ClockQuery, EvidenceOptions, PageOptions):
    """Query parameters of the reports about sittings."""

    on: OnDay = None
    announced: bool = Field(
        False,
        description="Whether to count members that were only announced. Members reported as absent never count.",
        examples=[True],
    )


class ContinuityQuery(SittingsQuery, PictureOptions):
    """Query parameters of the report on continuity."""

    series: Series | None = Field(
        None,
        description="Compare only talks of this kind; `all` compares talks of all kinds with one another. By default, each kind is"
        " a series of its own.",
        examples=["round"],
    )
    party: Many[PartyKey] | None = Field(
        None,
        description="Only talks at which all of these parties are seated, and only their rows.",
        examples=[["russia"]],
    )
    talk: Many[TalkKey] | None = Field(
        None,
        description="Only these talks, each compared with the one before it in this selection.",
        examples=[["istanbul-2025-05-16", "istanbul-2025-06-02"]],
    )


class PostChange(BaseModel):
    """A member whose post is described differently at the later talk."""

    person: str = Field(description="The slug of the person.", examples=["rustem-umerov"])
    before: str = Field(description="The post at the earlier talk.", examples=["Defence minister"])
    after: str = Field(
        description="The post at the later talk.", examples=["Secretary of the National Security and Defence Council"]
    )


class Replacement(BaseModel):
    """A member that joined with the post that another person had before."""

    left: str = Field(description="The slug of the person that had the post last.", examples=["andrii-yermak"])
    at: str = Field(
        description="The slug of the talk at which that person had the post.", examples=["geneva-2025-11-23"]
    )
    joined: str = Field(description="The slug of the person that has the post now.", examples=["kyrylo-budanov"])
    post: str = Field(description="The post, in the same words.", examples=["Head of the President's Office"])
    basis: Literal["computed"] = Field(
        description="`computed`: concluded from equal words, not stated by a source.", examples=["computed"]
    )


class ContinuityRow(Dated):
    """A delegation compared with the party's delegation at the talk before."""

    process: str = Field(description=descriptions.PROCESS, examples=["russia-ukraine"])
    series: Series = Field(description="The kind of the compared talks, or `all`.", examples=["round"])
    party: str = Field(description=descriptions.PARTY, examples=["ukraine"])
    name: str = Field(description=descriptions.PARTY_NAME, examples=["Ukraine"])
    earlier: str = Field(description="The slug of the earlier talk.", examples=["istanbul-2025-05-16"])
    earlier_start: EdtfText = Field(description="The start of the earlier talk (EDTF).", examples=["2025-05-16"])
    later: str = Field(description="The slug of the later talk.", examples=["istanbul-2025-06-02"])
    later_start: EdtfText = Field(description="The start of the later talk (EDTF).", examples=["2025-06-02"])
    days: int = Field(
        description="Days from the last possible day of the earlier talk to the first possible day of the later one; 0 = they may"
        " overlap.",
        examples=[17],
    )
    earlier_delegation: str = Field(
        description="The slug of the delegation to the earlier talk.", examples=["istanbul-2025-05-16-ukraine"]
    )
    later_delegation: str = Field(
        description="The slug of the delegation to the later talk.", examples=["istanbul-2025-06-02-ukraine"]
    )
    earlier_named: int = Field(
        description="The number of members that are named at the earlier talk, without experts.", examples=[12]
    )
    earlier_experts: int = Field(description="The number of experts that are named at the earlier talk.", examples=[0])
    earlier_size: int | None = Field(
        description="The reported size at the earlier talk; null = unknown.", examples=[12]
    )
    later_named: int = Field(
        description="The number of members that are named at the later talk, without experts.", examples=[13]
    )
    later_experts: int = Field(description="The number of experts that are named at the later talk.", examples=[0])
    later_size: int | None = Field(description="The reported size at the later talk; null = unknown.", examples=[14])
    kept: list[str] = Field(description="Slugs of the people named at both talks.", examples=[["rustem-umerov"]])
    joined: list[str] = Field(
        description="Slugs of the people named only at the later talk.",
        examples=[["yevhenii-ostrianskyi", "yurii-kovbasa"]],
    )
    joined_is_certain: bool = Field(
        description="Whether the list of the earlier talk is complete, so that `joined` is certain.", examples=[True]
    )
    left: list[str] = Field(
        description="Slugs of the people named only at the earlier talk.", examples=[["oleksii-malovatskyi"]]
    )
    left_is_certain: bool = Field(
        description="Whether the list of the later talk is complete, so that `left` is certain.", examples=[False]
    )
    implied: list[str] = Field(
        description="Slugs of the people whose presence at either talk is implied, not stated.", examples=[[]]
    )
    uncertain: list[str] = Field(
        description="Slugs of the people whose listing at either talk has the confidence `low`.", examples=[[]]
    )
    earlier_head: str | None = Field(
        description="The head at the earlier talk; null = unknown.", examples=["rustem-umerov"]
    )
    later_head: str | None = Field(
        description="The head at the later talk; null = unknown.", examples=["rustem-umerov"]
    )
    is_head_changed: bool | None = Field(
        description="Whether the head is another person; null = one of the two is unknown.", examples=[False]
    )
    posts: list[PostChange] = Field(description="Members whose post changed.", examples=[[]])
    replaced: list[Replacement] = Field(
        description="Members that joined with the post that one person of an earlier talk had, who is not at the later talk.",
        examples=[[]],
    )
    jaccard: float | None = Field(
        description="People at both talks divided by people at either; null = see `jaccard_reason`.", examples=[None]
    )
    jaccard_low: float | None = Field(
        description="The lower bound, if no unnamed member is somebody named at the other talk; null = a size is unknown.",
        examples=[0.733333],
    )
    jaccard_high: float | None = Field(
        description="The upper bound, if as many of them as possible are; null = a size is unknown.",
        examples=[0.857143],
    )
    jaccard_reason: NoJaccard | None = Field(
        description="Why there is no single value: a size is unknown, both delegations are empty, or a list is incomplete; null ="
        " there is one.",
        examples=["incomplete"],
    )


async def _continuity(request: ReportRequest) -> ReportRows:
    query = request.query
    records = RecordParameters(request.reader)
    parties = await records.find("party", query.party, "parties")
    talks = await records.find("talk", query.talk, "talks")
    records.raise_errors()
    distinct = None if parties is None else list(dict.fromkeys(parties))
    values = (await process_ids(request), last_day(query.on), query.announced, query.series, distinct, talks)
    return await fetch_report(request, CONTINUITY, *values)


def _compared(row: Mapping[str, Any]) -> list[str]:
    """The two talks and the two delegations."""
    talks = [f"talks/{row[name]}" for name in ("earlier", "later")]
    return [*talks, *(f"delegations/{row[name]}" for name in ("earlier_delegation", "later_delegation"))]


USED = ("processes", "talks", "delegations", "parties", "people")

REPORTS = (
    Report(
        name="ContinuityRows",
        operation="listContinuity",
        path="/processes/{key}/continuity",
        tag="processes",
        summary="Compare the delegations of consecutive talks",
        about="Compares each delegation with the party's delegation at the talk before: who stayed, joined and left, new heads and"
        " posts, and how similar the two delegations are.",
        example="/v1/processes/russia-ukraine/continuity?series=round&limit=3",
        query=ContinuityQuery,
        row=cited(ContinuityRow),
        fetch=_continuity,
        extra=DayOfReport,
        records=_compared,
        causes=Causes((NoRows.NO_TALKS, NoRows.NO_SECOND_TALK), NoRows.NO_SECOND_TALK),
        of="processes",
        collections=USED,
        title="Continuity of delegations",
        picture=CONTINUITY_PICTURE,
        data="The comparisons, by the start of the later talk, then by party.",
    ),
)
