"""The route of a report: clocks, pages by cursor, formats, ETag and 304, `Link`, problems, documentation."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel

from app.db.vocabulary import Scope
from app.reading.cursor import cursor_scope, decode_cursor, encode_cursor
from app.reading.formats.sheet import compact, schema_columns
from app.reading.known_to import at_clocks
from app.reading.query import AsOfQuery, DetailQuery
from app.reading.single_records import MovedRecord, read_record
from app.resources.formatted_reports import FormattedReport, format_for_width
from app.resources.negotiation import choose_format, media_types_of
from app.resources.report import Report, ReportRequest, ReportRows
from app.resources.route_docs import READ_PROBLEMS, Key
from app.resources.state import reader_of
from app.web.access import Principal, require
from app.web.error_handlers import UNPAGED
from app.web.fast_routes import FastRouter
from app.web.media_types import JSON
from app.web.read_response import answered, moved, next_page
from app.web.route_docs import sends

#: Number of rows read at a time for a table that contains all rows.
_AT_ONCE = 500


def add_report(router: APIRouter, report: Report) -> None:
    """Add the route of a report."""

    async def endpoint(request: Request, query: BaseModel, _: Principal, **path: str) -> HttpResponse:
        return await _respond(report, request, query, path)

    setattr(endpoint, UNPAGED, not report.is_paged)
    # FastAPI reads the parameters from the signature, and path parameters differ from report to report.
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


def _signature(report: Report) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    path = {**({"key": Key} if "{key}" in report.path else {}), **report.path_parameters}
    annotations = {
        "request": Request,
        **path,
        "query": Annotated[report.parameters, Query()],
        "_": Annotated[Principal, Depends(require(Scope.READ))],
    }
    return inspect.Signature(
        [inspect.Parameter(name, kind, annotation=annotation) for name, annotation in annotations.items()],
        return_annotation=HttpResponse,
    )


def _responses(report: Report) -> dict[int | str, dict[str, object]]:
    columns = ", ".join(f"`{name}`" for name, *_ in schema_columns(report.row))
    tables = {
        "csv": f"A table. Columns: {columns}.",
        "ndjson": "One row of `data` per line.",
        "parquet": "The table of CSV with typed columns.",
    }
    content = {
        media_type: {"schema": {"type": "string", "description": tables.get(form.name, form.about)}}
        for media_type, form in media_types_of(report.formats).items()
    }
    headers = ["Parley-Revision"]
    headers += ["ETag"] if report.is_tagged else []
    headers += ["Link", "Parley-Truncated"] if report.is_paged else []
    responses: dict[int | str, dict[str, Any]] = {
        **READ_PROBLEMS,
        200: {"model": report.answer, "headers": sends(*headers), "content": content},
    }
    if report.of is not None:
        responses[308] = {"description": "The record has another slug now; `Location` has the URL of its report."}
    return responses


async def _respond(report: Report, request: Request, query: Any, path: dict[str, str]) -> HttpResponse:
    form = choose_format(request, report.formats, query.format, f"answers of /v1{report.path}")
    form = format_for_width(request, query, form)
    reader = await at_clocks(reader_of(request), query) if _has_clock(query) else reader_of(request)
    key = path.pop("key", None)
    if report.of is not None and key is not None:
        found = await read_record(reader, report.of, key, DetailQuery(fields=["slug"]))
        if isinstance(found, MovedRecord):
            return moved(request, "/v1" + report.path.replace("{key}", found.slug))
        key = found.slug
    about = _question(report, query, path, key)
    cursor = getattr(query, "cursor", None)
    after = decode_cursor(reader.secret, about, cursor) if cursor else None
    # Other formats than JSON contain all rows, unless the request sets `limit`.
    is_whole = form is not None and report.is_paged and "limit" not in query.model_fields_set
    limit = None if not report.is_paged else _AT_ONCE if is_whole else query.limit
    report_request = ReportRequest(reader, query, key, path, after, limit, request)
    page = await report.read(report_request)
    following = encode_cursor(reader.secret, about, list(page.next)) if page.next is not None and not is_whole else None
    headers = next_page(request, following)
    if form is None:
        body: Any = _json_of(report, page, query, following)
    else:
        headers["Content-Disposition"] = f'inline; filename="{report.operation}.{form.suffix}"'
        headers |= {"Parley-Truncated": "true"} if following else {}
        link = headers.get("Link")
        formatted = FormattedReport(report, report_request, page, form, is_whole=is_whole, following=link)
        body = await formatted.body() if form.offer else formatted.table()
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


def _has_clock(query: object) -> bool:
    return isinstance(query, AsOfQuery)


def _question(report: Report, query: BaseModel, path: Mapping[str, str], key: str | None) -> bytes:
    """What a cursor of this report is valid for: the report and its filters, but any page size and format."""
    values = query.model_dump(exclude={"cursor", "limit", "format", "bom", "width"}, exclude_none=True)
    return cursor_scope(report.operation, {**values, **path, "key": key}, ())


def _json_of(report: Report, page: ReportRows, query: Any, following: str | None) -> bytes:
    answer: dict[str, object] = {"data": page.rows}
    if report.is_paged:
        answer["page"] = {"limit": query.limit, "next": following}
    return compact({**answer, **page.extra}).encode()
