"""Reports: computed reads that are not collections. Each report is declared once.

A `Report` declares the path, the query model, the schema of the rows and the function that reads the rows.
`app.resources.report_routes` builds the route.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field, WithJsonSchema, create_model

from app.errors import ApiError
from app.pictures.picture import NARROWEST, WIDEST, WIDTH, Picture
from app.reading.formats import FORMATS, JSON, FormName
from app.reading.formats.format import Format
from app.reading.formats.graphml import GraphSpec
from app.reading.known_by import day_of
from app.reading.reader import Reader
from app.resources.empty_answers import Causes, NoRows
from app.resources.evidence import RecordsOf, with_evidence

#: Formats that are available for any table of rows.
TABLES = {name: FORMATS[name] for name in ("csv", "ndjson", "parquet")}


class ReportOptions(BaseModel):
    """Parameters of every report. The query model of a report extends this class and, if the report has clocks,
    `AsOfQuery` or `ClockQuery`."""

    format: Annotated[FormName, WithJsonSchema({"type": "string", "enum": [JSON, *TABLES]})] | None = Field(
        None,
        description="Format of the answer. Without `format`, the `Accept` header decides; the default is JSON.",
        examples=["csv"],
    )
    bom: bool = Field(
        True,
        # The same text as in lists, so that the OpenAPI document contains it once.
        description="Whether CSV begins with a UTF-8 byte order mark, from which spreadsheets detect the encoding. Only for"
        " CSV.",
        examples=[False],
    )


class PictureOptions(BaseModel):
    """The parameter of reports that have a picture."""

    width: Annotated[int, Field(ge=NARROWEST, le=WIDEST)] = Field(
        WIDTH,
        description="Width in pixels for which the picture is laid out: 390 for phones, 1280 for large screens. Only for"
        " `format=svg`, which is the default if `width` is given.",
        examples=[WIDTH],
    )


class PageOptions(ReportOptions):
    """Parameters of a paginated report. A subclass may declare `limit` with another default or maximum."""

    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="Rows per page.", examples=[50])
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Start of the page: `page.next` of the previous page.", examples=[None]
    )


class ReportPage(BaseModel):
    """Position of a page of a report."""

    limit: int = Field(description="Rows per page.", examples=[50])
    next: str | None = Field(description="Cursor of the next page; null = this is the last page.", examples=[None])


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """The argument of the function that reads a report."""

    #: The reader at the requested `as_of` and `known_by`.
    reader: Reader
    query: Any
    #: Slug of the record that the report is about. If the report finds the record itself, the key as given in the path;
    #: None = the path has no key.
    key: str | None
    #: The other parameters of the path, by name.
    path: Mapping[str, str]
    #: Where the previous page ended: its `ReportRows.next`; None = read the first page.
    after: Sequence[Any] | None
    limit: int | None
    http: Request


@dataclass(frozen=True, slots=True)
class ReportRows:
    """One page of a report, or the whole report if it is not paginated."""

    #: The rows as JSON objects with the field names of the row schema.
    rows: Sequence[Mapping[str, Any]]
    revision: int
    at: datetime | None
    #: Where this page ended; None = this is the last page.
    next: Sequence[Any] | None = None
    #: The fields of the answer besides `data`.
    extra: Mapping[str, Any] = field(default_factory=dict)
    is_settled: bool | None = None
    #: Path parameters for the following pages of a table. For example, a revision number replaces `head`, whose meaning
    #: may change between two pages.
    pinned: Mapping[str, str] = field(default_factory=dict)


#: Parameters that do not select rows, or whose effect `Causes` knows.
_NO_FILTERS = frozenset(
    {
        "process",
        "on",
        "as_of",
        "known_by",
        "known_to",
        "format",
        "bom",
        "limit",
        "cursor",
        "include",
        "level",
        "slice",
        "issues",
    }
)
#: Parameters that choose the time that a report is about.
_TIMES = ("as_of", "known_by", "known_to", "on")


@dataclass(frozen=True)
class Report:
    """The declaration of a report."""

    #: Name of the answer's schema, such as `SimilarDemands`. `operation` is the operation id, such as
    #: `listSimilarDemands`.
    name: str
    operation: str
    #: URL path below `/v1`, with `{key}` if the report is about one record.
    path: str
    tag: str
    summary: str
    #: A description for the documentation, a few sentences long.
    about: str
    #: A working URL, shown as an example.
    example: str
    query: type[ReportOptions]
    row: type[BaseModel]
    fetch: Callable[[ReportRequest], Awaitable[ReportRows]]
    #: A model of the fields that follow `data` in the answer.
    extra: type[BaseModel] | None = None
    #: Collection of the record that `{key}` identifies. If the record does not exist (404), was withdrawn (410) or has
    #: another slug (308), the report responds as a read of the record would.
    of: str | None = None
    #: Whether the answer has an ETag. False if the answer may change without a new revision.
    is_tagged: bool = True
    #: Collections in the answer's `Surrogate-Key`. Purging one of them removes the answer from a shared cache.
    collections: tuple[str, ...] = ()
    #: The other parameters of the path: name → annotation.
    path_parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Description of the body's `data`.
    data: str = "The rows."
    #: Finds the records behind a row, whose citations `include=evidence` adds. None = the report has no such parameter, or
    #: adds the citations itself.
    records: RecordsOf | None = None
    #: Why an answer may have no rows. If it is given, `extra` extends `ReasonOfAnswer`.
    causes: Causes | None = None
    #: The title of calendars, feeds and pictures, such as `Timeline`. Reports without these formats need none.
    title: str | None = None
    #: Formats by what a row offers: `event` (iCalendar) and `news` (Atom, JSON Feed, RSS), each with a schema that makes the
    #: events or entries. The rows name their records in `record`.
    offers: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    #: How the report is a graph (GraphML); None = it is none.
    graph: GraphSpec | None = None
    #: The picture of the report (SVG); None = it has none.
    picture: Picture | None = None

    @property
    def is_paged(self) -> bool:
        return issubclass(self.query, PageOptions)

    async def read(self, request: ReportRequest) -> ReportRows:
        """Read a page of the rows, with their citations if they are requested, and with the reason if there are none."""
        page = await self.fetch(request)
        if self.records is not None:
            records = [[*self.records(row)] for row in page.rows]
            has_evidence = request.query.has_evidence
            rows = await with_evidence(request.reader, page.rows, records, has_evidence=has_evidence)
            page = replace(page, rows=rows)
        if self.causes is not None:
            is_empty = not page.rows and request.after is None
            reason = await self._reason(self.causes, request, page.extra.get("reason")) if is_empty else None
            page = replace(page, extra={**page.extra, "reason": reason})
        return page

    async def _reason(self, causes: Causes, request: ReportRequest, own: str | None) -> str:
        """Why there are no rows. `own`: the reason that the report itself found."""
        query = request.query
        if getattr(query, "min_review", None) is not None:
            # The reports count records with another review status as if they did not exist.
            whole = replace(request, query=query.model_copy(update={"min_review": None}))
            page = await self.fetch(whole)
            return NoRows.NO_MATCH if page.rows else await self._reason(causes, whole, page.extra.get("reason"))
        sent = getattr(query, "process", None)
        processes = (
            [request.key] if self.of == "processes" and request.key else [sent] if isinstance(sent, str) else sent
        )
        on = getattr(query, "on", None)
        has_filter = any(getattr(query, name) is not None for name in query.model_fields_set - _NO_FILTERS)
        found = own or await causes.find(request.reader, processes, day_of(on) if on else None, has_filter=has_filter)
        cleared = {name: None for name in _TIMES if getattr(query, name, None) is not None}
        if not cleared:
            return found
        reader = request.reader.without_known_by().at_head()
        later = replace(request, reader=reader, query=query.model_copy(update=cleared))
        if await self._has_rows(later):
            return NoRows.TOO_EARLY
        is_gone = found in causes.tested and found != await causes.find(reader, processes, None, has_filter=has_filter)
        return NoRows.TOO_EARLY if is_gone else found

    async def _has_rows(self, request: ReportRequest) -> bool:
        try:
            return bool((await self.fetch(request)).rows)
        except ApiError:
            # A record that the query names was withdrawn since.
            return False

    @property
    def formats(self) -> dict[str, Format]:
        """The formats besides JSON."""
        offers = {*self.offers, *(["graph"] if self.graph else ()), *(["picture"] if self.picture else ())}
        return TABLES | {name: form for name, form in FORMATS.items() if form.offer in offers}

    @property
    def parameters(self) -> type[ReportOptions]:
        """The query model, whose `format` names the formats of this report in the documentation."""
        return _parameters_of(self.query, (JSON, *self.formats))

    @property
    def answer(self) -> type[BaseModel]:
        """The schema of the JSON answer."""
        return _answer_of(self.name, self.row, self.extra, self.data, self.is_paged)


@cache
def _parameters_of(query: type[ReportOptions], formats: tuple[str, ...]) -> type[ReportOptions]:
    declared = ReportOptions.model_fields["format"]
    if len(formats) == len(TABLES) + 1:
        return query
    listed = Annotated[FormName, WithJsonSchema({"type": "string", "enum": list(formats)})] | None
    info = Field(None, description=declared.description, examples=declared.examples)
    return create_model(
        query.__name__, __base__=query, __doc__=query.__doc__, __module__=query.__module__, format=(listed, info)
    )


@cache
def _answer_of(
    name: str, row: type[BaseModel], extra: type[BaseModel] | None, data: str, is_paged: bool
) -> type[BaseModel]:
    """One schema for all reports with this name, such as the histories of all collections. If several classes had the
    same name, the OpenAPI document would give them long names, and generated clients would lose the short name."""
    fields: dict[str, Any] = {"data": (list[row], Field(description=data))}  # type: ignore[valid-type]
    if is_paged:
        fields["page"] = (
            ReportPage,
            Field(description="Position of this page.", examples=[{"limit": 50, "next": None}]),
        )
    for field_name, info in extra.model_fields.items() if extra else ():
        fields[field_name] = (info.annotation, info)
    return create_model(name, __doc__=data, **fields)


def as_rows(models: Iterable[BaseModel]) -> list[dict[str, object]]:
    """Convert models of the row schema to rows of a report."""
    return [model.model_dump(mode="json", by_alias=True) for model in models]
