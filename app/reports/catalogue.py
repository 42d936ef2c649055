"""`/v1/reports`: all reports of this server with their parameters and columns, derived from their declarations."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from app.db.history import Head
from app.reading.formats import JSON
from app.reading.formats.sheet import schema_columns
from app.resources.report import Report, ReportOptions, ReportRequest, ReportRows, as_rows
from app.web.validation import field_names


class CatalogueQuery(ReportOptions):
    """Query parameters of the list of reports."""

    model_config = ConfigDict(extra="forbid")


class ReportParameter(BaseModel):
    """A query parameter of a report."""

    name: str = Field(description="The name of the parameter.", examples=["on"])
    is_required: bool = Field(description="Whether each request must have it.", examples=[False])
    description: str = Field(description="What the parameter does.", examples=["The day of the positions."])


class ReportColumn(BaseModel):
    """A column of the table of a report."""

    name: str = Field(description="The name of the column in CSV and Parquet.", examples=["count"])
    type: str = Field(description="The type of its values.", examples=["integer"])
    description: str = Field(description="What the column means.", examples=["The number of records."])


class DescribedReport(BaseModel):
    """A report, as its declaration describes it."""

    path: str = Field(description="URL path of the report.", examples=["/v1/reports/counts"])
    operation: str = Field(description="Its `operationId` in the OpenAPI document.", examples=["countRecords"])
    summary: str = Field(description="What the report does.", examples=["Count records by up to three facets"])
    definition: str = Field(description="How it is computed.", examples=["Cross-tabulation: the number of records …"])
    example: str = Field(description="A request that works on the bundled data.", examples=["/v1/deadlines"])
    formats: list[str] = Field(
        description="The values of `format=`, JSON first.", examples=[["json", "csv", "ndjson", "parquet", "svg"]]
    )
    is_paged: bool = Field(description="Whether its answers have pages.", examples=[False])
    parameters: list[ReportParameter] = Field(description="Its query parameters.")
    columns: list[ReportColumn] = Field(description="The columns of its table.")


def catalogue_of(reports: Sequence[Report]) -> Report:
    """The report that lists these reports and itself."""

    async def fetch(request: ReportRequest) -> ReportRows:
        async with request.reader.connection() as connection:
            head = await connection.fetchrow(f"SELECT revision, at FROM {Head.__tablename__}")  # noqa: S608 - a constant
        return ReportRows(as_rows(_described([*reports, catalogue])), head["revision"], head["at"])

    catalogue = Report(
        name="Reports",
        operation="listReports",
        path="/reports",
        tag="reports",
        summary="List all reports",
        about="Lists every report of this server, wherever its path is: what it computes, its parameters, its columns, and a"
        " request that works on the bundled data.",
        example="/v1/reports",
        query=CatalogueQuery,
        row=DescribedReport,
        fetch=fetch,
        data="The reports, ordered by path.",
    )
    return catalogue


def _described(reports: Iterable[Report]) -> list[DescribedReport]:
    return [
        DescribedReport(
            path=f"/v1{report.path}",
            operation=report.operation,
            summary=report.summary,
            definition=report.about,
            example=report.example,
            formats=[JSON, *report.formats],
            is_paged=report.is_paged,
            parameters=[
                ReportParameter(name=name, is_required=info.is_required(), description=info.description or "")
                for name, info in field_names(report.query).items()
            ],
            columns=[
                ReportColumn(name=name, type=kind, description=about)
                for name, kind, about in schema_columns(report.row)
            ],
        )
        for report in sorted(reports, key=lambda one: one.path)
    ]
