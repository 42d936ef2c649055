"""Reports: computed reads that are no collection, each declared once.

A `Report` names its address, its query model, the schema of its rows and the function that reads them. `add_report`
makes the route: clocks, pages by cursor, JSON, CSV, NDJSON and Parquet, ETag and 304, `Link`, problems, documentation.
"""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field, create_model

from app.db.vocabulary import Scope
from app.reading.cursor import cursor_scope, decode_cursor, encode_cursor
from app.reading.formats import FORMATS, AnswerContext, Format, FormName
from app.reading.formats.sheet import RowBatch, compact, schema_columns
from app.reading.query import AsOfQuery, DetailQuery
from app.reading.reader import Reader
from app.reading.selection import ALL
from app.reading.single_records import MovedRecord, read_record
from app.resources.negotiation import choose_format, media_types_of
from app.resources.resource import READ_PROBLEMS, Key, reader_of
from app.web.access import Principal, require
from app.web.fast_routes import FastRouter
from app.web.read_response import JSON, address_of_request, answered, base_of, moved, next_page
from app.web.route_docs import sends

#: Formats that any table of rows has.
TABLES = {name: FORMATS[name] for name in ("csv", "ndjson", "parquet")}
#: Rows that are read at once where a table holds all of them.
_AT_ONCE = 500


class ReportOptions(BaseModel):
    """Parameters of every report. A query model of a report extends this and, for the clocks, PastQuery or MomentQuery."""

    format: FormName | None = Field(
        None, description="Format of the answer; without it `Accept` decides, and then JSON.", examples=["csv"]
    )
    bom: bool = Field(
        True,
        description="Whether CSV begins with a byte order mark (UTF-8), by which spreadsheets recognize the encoding;"
        " `bom=false` leaves it out. For CSV only.",
        examples=[False],
    )


class PageOptions(ReportOptions):
    """Parameters of a report that comes in pages. A subclass may declare `limit` with another default or maximum."""

    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="Rows per page.", examples=[50])
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Start of the page: `page.next` of the previous page.", examples=[None]
    )


class ReportPage(BaseModel):
    """Position of a page of a report."""

    limit: int = Field(description="Rows per page.", examples=[50])
    next: str | None = Field(description="Cursor of the next page; null = this is the last.", examples=[None])


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What the function of a report is given."""

    #: The reader of the requested snapshot, and of what was public on the requested day.
    reader: Reader
    query: Any
    #: Slug of the record whose report it is, or what the path says where the report finds the record itself; None = of none.
    key: str | None
    #: The other parameters of the path, by name.
    path: Mapping[str, str]
    #: Where the previous page ended, as the report said it; None = begin.
    after: Sequence[Any] | None
    limit: int | None
    http: Request


@dataclass(frozen=True, slots=True)
class ReportRows:
    """One page of a report, or all of it where it has no pages."""

    #: Rows as JSON values, by the names that the row's schema gives them.
    rows: Sequence[Mapping[str, Any]]
    revision: int
    at: datetime | None
    #: Where this page ended; None = nothing follows.
    next: Sequence[Any] | None = None
    #: The fields beside `data`.
    extra: Mapping[str, Any] = field(default_factory=dict)
    is_settled: bool | None = None
    #: Path parameters for the later pages of the same table: the number of a revision in place of `head`, which moves.
    pinned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The declaration of a report."""

    #: Name of the answer's schema, as in `SimilarDemands`; the operation is called `get…` or `list…` by `operation`.
    name: str
    operation: str
    #: Address below `/v1`, with `{key}` where the report is about one record.
    path: str
    tag: str
    summary: str
    #: What it answers, for the documentation: some sentences.
    about: str
    #: A true address, shown as an example.
    example: str
    query: type[ReportOptions]
    row: type[BaseModel]
    fetch: Callable[[ReportRequest], Awaitable[ReportRows]]
    #: The fields beside `data`, and after it.
    extra: type[BaseModel] | None = None
    #: Collection of the record that `{key}` names. It is answered as the record would be where it does not exist (404), was
    #: withdrawn (410) or has another slug (308).
    of: str | None = None
    #: False: one revision may have several answers, so that there is no ETag.
    is_tagged: bool = True
    #: Collections whose purge in a shared cache drops the answer.
    collections: tuple[str, ...] = ()
    #: The other parameters of the path: name → annotation.
    path_parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Description of the body's `data`.
    data: str = "The rows."

    @property
    def is_paged(self) -> bool:
        return issubclass(self.query, PageOptions)

    @property
    def answer(self) -> type[BaseModel]:
        """The schema of the JSON answer."""
        return _answer_of(self.name, self.row, self.extra, self.data, self.is_paged)


@cache
def _answer_of(
    name: str, row: type[BaseModel], extra: type[BaseModel] | None, data: str, is_paged: bool
) -> type[BaseModel]:
    """One schema for all reports of this name, such as the histories of all collections: schemas of one name that are not
    the same class get long names in the OpenAPI document, and clients lose them."""
    fields: dict[str, Any] = {"data": (list[row], Field(description=data))}  # type: ignore[valid-type]
    if is_paged:
        fields["page"] = (
            ReportPage,
            Field(description="Position of this page.", examples=[{"limit": 50, "next": None}]),
        )
    for field_name, info in extra.model_fields.items() if extra else ():
        fields[field_name] = (info.annotation, info)
    return create_model(name, __doc__=data, **fields)


def add_report(router: APIRouter, report: Report) -> None:
    """Add the route of a report."""

    async def endpoint(request: Request, query: BaseModel, _: Principal, **path: str) -> HttpResponse:
        return await _respond(report, request, query, path)

    # FastAPI reads the parameters from the signature: those of the path differ from report to report.
    endpoint.__signature__ = _signature(report)  # type: ignore[attr-defined]
    router.get(
        report.path,
        operation_id=report.operation,
        summary=report.summary,
        description=f"{report.about}\n\nExample: `GET {report.example}`",
        tags=[report.tag],
        responses=_responses(report),
        response_class=HttpResponse,
        name=report.operation,
    )(endpoint)


def make_reports(reports: Iterable[Report]) -> APIRouter:
    """The routes of these reports."""
    router = FastRouter("/v1", [])
    for report in reports:
        add_report(router, report)
    return router


def as_rows(models: Iterable[BaseModel]) -> list[dict[str, Any]]:
    """Rows of a report from models of its row."""
    return [model.model_dump(mode="json", by_alias=True) for model in models]


def _signature(report: Report) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    path = {**({"key": Key} if "{key}" in report.path else {}), **report.path_parameters}
    annotations = {
        "request": Request,
        **path,
        "query": Annotated[report.query, Query()],
        "_": Annotated[Principal, Depends(require(Scope.READ))],
    }
    return inspect.Signature(
        [inspect.Parameter(name, kind, annotation=annotation) for name, annotation in annotations.items()],
        return_annotation=HttpResponse,
    )


def _responses(report: Report) -> dict[int | str, dict[str, Any]]:
    columns = ", ".join(f"`{name}`" for name, *_ in schema_columns(report.row))
    tables = {
        "csv": f"A table. Columns: {columns}.",
        "ndjson": "One row of `data` per line.",
        "parquet": "The table of CSV with typed columns.",
    }
    content = {
        media_type: {"schema": {"type": "string", "description": tables[form.name]}}
        for media_type, form in media_types_of(TABLES).items()
    }
    headers = ["Parley-Revision"]
    headers += ["ETag"] if report.is_tagged else []
    headers += ["Link", "Parley-Truncated"] if report.is_paged else []
    responses: dict[int | str, dict[str, Any]] = {
        **READ_PROBLEMS,
        200: {"model": report.answer, "headers": sends(*headers), "content": content},
    }
    if report.of is not None:
        responses[308] = {"description": "The record has another slug now; `Location` has the address of its report."}
    return responses


async def _respond(report: Report, request: Request, query: Any, path: dict[str, str]) -> HttpResponse:
    form = choose_format(request, TABLES, query.format, f"answers of /v1{report.path}")
    reader = (
        await reader_of(request).at(query.as_of, getattr(query, "known_by", None))
        if _has_clock(query)
        else reader_of(request)
    )
    key = path.pop("key", None)
    if report.of is not None and key is not None:
        found = await read_record(reader, report.of, key, DetailQuery(fields=["slug"]))
        if isinstance(found, MovedRecord):
            return moved(request, "/v1" + report.path.replace("{key}", found.slug))
        key = found.slug
    about = _question(report, query, path, key)
    cursor = getattr(query, "cursor", None)
    after = decode_cursor(reader.secret, about, cursor) if cursor else None
    # A table holds all rows, unless it is asked for some.
    is_whole = form is not None and report.is_paged and "limit" not in query.model_fields_set
    limit = None if not report.is_paged else _AT_ONCE if is_whole else query.limit
    report_request = ReportRequest(reader, query, key, path, after, limit, request)
    page = await report.fetch(report_request)
    following = encode_cursor(reader.secret, about, list(page.next)) if page.next is not None and not is_whole else None
    headers = next_page(request, following)
    if form is None:
        body: Any = _json_of(report, page, query, following)
    else:
        headers["Content-Disposition"] = f'inline; filename="{report.operation}.{form.suffix}"'
        headers |= {"Parley-Truncated": "true"} if following else {}
        body = _table(report, report_request, page, form, whole=is_whole)
    return answered(
        request,
        body,
        revision=page.revision,
        at=page.at,
        collections=report.collections,
        media_type=JSON if form is None else form.media_type,
        headers=headers,
        is_tagged=report.is_tagged,
        is_settled=reader.is_settled if page.is_settled is None else page.is_settled,
    )


def _has_clock(query: Any) -> bool:
    return isinstance(query, AsOfQuery)


def _question(report: Report, query: BaseModel, path: Mapping[str, str], key: str | None) -> bytes:
    """What a cursor of this report belongs to: the report and its filters, not the size or the format of a page."""
    values = query.model_dump(exclude={"cursor", "limit", "format", "bom"}, exclude_none=True)
    return cursor_scope(report.operation, {**values, **path, "key": key}, ())


def _json_of(report: Report, page: ReportRows, query: Any, following: str | None) -> bytes:
    answer: dict[str, Any] = {"data": page.rows}
    if report.is_paged:
        answer["page"] = {"limit": query.limit, "next": following}
    return compact({**answer, **page.extra}).encode()


async def _table(
    report: Report, report_request: ReportRequest, page: ReportRows, form: Format, *, whole: bool
) -> AsyncGenerator[bytes]:
    """The rows as a table; `whole`: also those of all pages that follow."""
    writer = form.make(
        AnswerContext(
            collection=report.operation,
            title=report.summary,
            schema=report.row,
            selection=ALL,
            address=address_of_request(report_request.http),
            base=base_of(report_request.http),
            following=None,
            revision=page.revision,
            at=page.at or datetime.now(UTC),
            has_bom=report_request.query.bom,
        )
    )
    yield writer.head()
    yield writer.rows(RowBatch(rows=[dict(row) for row in page.rows]))
    report_request = replace(report_request, path={**report_request.path, **page.pinned})
    while whole and page.next is not None:
        page = await report.fetch(replace(report_request, after=page.next))
        yield writer.rows(RowBatch(rows=[dict(row) for row in page.rows]))
    yield writer.tail()
