"""Reports about sources: where they disagree, and what became of the claims of each publisher."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.db.vocabulary import Verdict
from app.domain.texts import Line
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.reading.query import ClockQuery, Many
from app.reading.record_parameters import RecordParameters
from app.reports import descriptions
from app.reports.conflicts_statements import conflicts, track_records
from app.reports.descriptions import Processes
from app.reports.statement import fetch_report
from app.resources.empty_answers import Causes, NoRows, ReasonOfAnswer
from app.resources.evidence import EvidenceOptions, cited
from app.resources.report import PageOptions, Report, ReportRequest, ReportRows

ConflictKind = StrEnum("ConflictKind", {"FIELD": "field", "TELLING": "telling"})


class ConflictsQuery(ClockQuery, EvidenceOptions, PageOptions):
    """Query parameters of the report on conflicts."""

    process: Processes = None
    kind: Many[ConflictKind] | None = Field(None, description="Only conflicts of these kinds.", examples=[["field"]])
    publisher: Many[Line] | None = Field(
        None,
        description="Only conflicts in which a source of one of these publishers contradicts the record.",
        examples=[["KÜRE"]],
    )


class StatedValue(Dated):
    """What one source says of the field."""

    verdict: Verdict = Field(
        description="Whether the source supports or contradicts the record.", examples=["contradicts"]
    )
    value: Any | None = Field(
        description="What the source says; null = not recorded, of a supporting source: the value of the record.",
        examples=[210],
    )
    source: str | None = Field(
        description="The slug of the source; null = a telling.",
        examples=["kure-2025-07-24-istanbul-negotiations-encyclopaedia-entry"],
    )
    publisher: str | None = Field(description="The publisher of the source; null = unknown.", examples=["KÜRE"])
    published: EdtfText | None = Field(
        description="When the source was published (EDTF); null = unknown.", examples=["2025-07-24"]
    )
    citation: str | None = Field(
        description="The key of the citation within the record; null = a telling.",
        examples=["kure-2025-07-24-istanbul-negotiations-encyclopaedia-entry:duration_minutes:contradicts"],
    )


class SourceConflict(BaseModel):
    """A field about which sources disagree, or a point that two accounts tell differently."""

    kind: ConflictKind = Field(
        description="`field`: a source contradicts a field of a record; `telling`: a demand contradicts a demand of another account"
        " of the same proposal.",
        examples=["field"],
    )
    record: str = Field(description=descriptions.RECORD, examples=["talks/istanbul-2025-07-23"])
    field: str | None = Field(
        description="The field as a JSON Pointer; null = the whole record.", examples=["/duration_minutes"]
    )
    other: str | None = Field(
        description="The other telling, as `collection/slug`; null = kind `field`.", examples=[None]
    )
    process: str | None = Field(
        description="The slug of the process; null = the record belongs to none.", examples=["russia-ukraine"]
    )
    resolved: Any | None = Field(
        description="The value of the record, which the coders decided on; null = unknown, or the field is a list of records.",
        examples=[40],
    )
    values: list[StatedValue] = Field(
        description="What the sources say of this field: contradicting, silent and supporting ones, each by publication.",
        examples=[[]],
    )
    supporting: int = Field(description="The number of sources that support this very field.", examples=[0])
    supporting_record: int = Field(
        description="The number of sources that support the record as a whole; whether they name the field is not recorded.",
        examples=[4],
    )
    contradicting: int = Field(description="The number of sources that contradict the field.", examples=[1])
    silent: int = Field(description="The number of sources that are silent on the field.", examples=[0])
    why: list[str] = Field(
        description="The notes of the coders on these citations. They are quoted, not judged.",
        examples=[["about 18:00 to 21:30, three and a half hours; may count the preliminary meetings"]],
    )


async def _conflicts(request: ReportRequest) -> ReportRows:
    query = request.query
    records = RecordParameters(request.reader)
    processes = await records.find("process", query.process, "processes")
    records.raise_errors()
    kinds = query.kind and [str(kind) for kind in query.kind]
    return await fetch_report(request, conflicts(), processes, kinds, query.publisher)


class TrackRecordsQuery(ClockQuery, EvidenceOptions, PageOptions):
    """Query parameters of the track records."""

    process: Processes = None
    by: Literal["publisher", "source", "attribution"] = Field(
        "publisher",
        description="Whose claims are counted together: those of a publisher, of a source, or of a person, party or document that a source"
        " attributes them to.",
        examples=["publisher"],
    )
    contradicted: bool = Field(
        False, description="Only those that were later contradicted, at least in part.", examples=[True]
    )


class TrackRecord(BaseModel):
    """What became of the claims of a publisher, a source, or somebody whom sources quote."""

    who: str = Field(
        description="The publisher; with `by=source` the source, and with `by=attribution` the record or the words of the attribution.",
        examples=["Orda.kz"],
    )
    sources: int = Field(description="The number of sources.", examples=[1])
    claims: int = Field(
        description="The number of claims: citations that support or contradict a record or one of its fields.",
        examples=[9],
    )
    contradicting: int = Field(description="The number of claims that contradict the record.", examples=[2])
    later_supported: int = Field(
        description="The number of claims that another publisher made too, in a source published later.", examples=[3]
    )
    later_contradicted: int = Field(
        description="The number of claims about a field (or about a whole record) that another publisher contradicted, in a source published"
        " later.",
        examples=[1],
    )
    later_contradicted_in_part: int = Field(
        description="The number of claims about a whole record of which another publisher later contradicted a field, and of contradictions"
        " after which another publisher supported the whole record.",
        examples=[1],
    )
    undated: int = Field(
        description="The number of claims in sources without a date, which nothing can be later than.", examples=[0]
    )
    records: int = Field(description="The number of records that the claims support.", examples=[5])
    sole_source: int = Field(description="The number of these records that nobody else supports.", examples=[2])
    sole_source_share: float | None = Field(
        description="`sole_source` divided by `records`; null = no record is supported.", examples=[0.4]
    )
    dated: int = Field(description="The number of claims in dated sources about records with a day.", examples=[9])
    median_days: float | None = Field(
        description="The median time from the first possible day of the event to the publication in days; negative = announced before;"
        " null = no dated claims.",
        examples=[1],
    )
    contradicted_on: list[str] = Field(
        description="The claims that were later contradicted, also in part, as `collection/slug#field`.",
        examples=[["talks/istanbul-2025-06-02#/outcomes/return-of-bodies-russia-hands-over-6-000/quantities"]],
    )
    contradicting_on: list[str] = Field(
        description="The claims that contradict the record, as `collection/slug#field`.",
        examples=[["agreements/return-of-bodies-2025-06-02#/quantities"]],
    )


async def _track_records(request: ReportRequest) -> ReportRows:
    query = request.query
    records = RecordParameters(request.reader)
    processes = await records.find("process", query.process, "processes")
    records.raise_errors()
    return await fetch_report(request, track_records(query.by), processes, query.contradicted)


def _contradicted(row: Mapping[str, Any]) -> list[str]:
    """The records of the claims that were contradicted, and of those that contradict."""
    return [claim.partition("#")[0] for claim in (*row["contradicted_on"], *row["contradicting_on"])]


_USED = ("citations", "sources", "processes", "talks", "delegations", "proposals", "demands", "responses", "agreements")

REPORTS = (
    Report(
        name="Conflicts",
        operation="listConflicts",
        path="/reports/conflicts",
        tag="citations",
        summary="List the fields on which sources disagree",
        about="Lists each field that a source contradicts, with what every source says, the value of the record, and the notes of the"
        " coders; and the points that two accounts of a proposal tell differently.",
        example="/v1/reports/conflicts?process=russia-ukraine&limit=3",
        query=ConflictsQuery,
        row=cited(SourceConflict),
        fetch=_conflicts,
        extra=ReasonOfAnswer,
        records=lambda row: [row["record"], *([row["other"]] if row["other"] else [])],
        causes=Causes((), NoRows.NO_CONFLICTS),
        collections=_USED,
        data="The conflicts, by record and field.",
    ),
    Report(
        name="TrackRecords",
        operation="listTrackRecords",
        path="/reports/sources",
        tag="sources",
        summary="Count what became of publishers' claims",
        about="Counts the claims of each publisher: how many were later supported or contradicted by others, for how many records it is"
        " the only source, and how soon after the event it reported.",
        example="/v1/reports/sources?process=russia-ukraine&contradicted=true&limit=3",
        query=TrackRecordsQuery,
        row=cited(TrackRecord),
        fetch=_track_records,
        extra=ReasonOfAnswer,
        records=_contradicted,
        causes=Causes((), NoRows.NO_CITATIONS),
        collections=_USED,
        data="The publishers, those with the most claims first.",
    ),
)
