"""Reports in formats other than JSON: tables row by row, and calendars, feeds, graphs and pictures.

Tables are streamed. The other formats are made before the response begins: a calendar says how many rows it omits, a graph has its
nodes first, and a picture that would be too large is an error.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from fastapi import Request

from app.db.dates import parse_edtf
from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.pictures.no_rows import reason_words
from app.pictures.phrases import count_of, day_words
from app.pictures.picture import PictureInput
from app.reading.formats import FORMATS
from app.reading.formats.calendar import HasCalendarEvents, is_shown
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.graphml import write_graph
from app.reading.formats.news import shorten_text
from app.reading.formats.sheet import RowBatch
from app.reading.query import clock_values
from app.reading.record_stamps import RecordStamp, read_stamps
from app.reading.selection import ALL
from app.resources.negotiation import takes_anything
from app.resources.report import PictureOptions, Report, ReportRequest, ReportRows
from app.web.read_response import address_of_request, base_of

Row = dict[str, Any]


def format_for_width(request: Request, query: object, form: Format | None) -> Format | None:
    """The format of the answer, given `width`: a request that has `width` but no format gets the picture. Raises ApiError
    (422) if `width` is given for another format."""
    if not isinstance(query, PictureOptions) or "width" not in query.model_fields_set:
        return form
    if form is None and "format" not in query.model_fields_set and takes_anything(request):
        return FORMATS["svg"]
    if form is None or form.name != "svg":
        message = f"`width` is not supported by the format {quoted(form.name if form else 'json')}"
        violation = Violation(message, parameter="width", hint="Remove it, or use format=svg.")
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
    return form


@dataclass(frozen=True, slots=True)
class FormattedReport:
    """The answer of a report in one format."""

    report: Report
    request: ReportRequest
    page: ReportRows
    form: Format
    #: Whether the answer contains the rows of all following pages.
    is_whole: bool
    #: The `Link` header with the next page; None = this is the last page.
    following: str | None

    async def table(self) -> AsyncGenerator[bytes]:
        """The rows as a table, page by page."""
        writer = self.form.make(self._context())
        yield writer.head()
        async for rows in self._pages():
            yield writer.rows(RowBatch(rows=rows))
        yield writer.tail()

    async def body(self) -> bytes:
        """The whole answer in a format that needs all rows. Raises ApiError (422) if a picture would be too large."""
        rows: list[Row] = []
        async for more in self._pages():
            rows += more
            self._check_size(rows)
        match self.form.offer:
            case "picture":
                context = self._context(write_whole=await self._picture())
            case "graph":
                context = self._context(write_whole=self._graph)
            case offer:
                rows = await self._stamped(rows)
                schema = self.report.offers[str(offer)]
                about = _omitted(schema, rows, self.page.extra) if offer == "event" else None
                context = self._context(schema=schema, about=about, title=await self._list_title())
        writer = self.form.make(context)
        return b"".join((writer.head(), writer.rows(RowBatch(rows=rows)), writer.tail()))

    async def _pages(self) -> AsyncIterator[list[Row]]:
        page = self.page
        yield [dict(row) for row in page.rows]
        request = replace(self.request, path={**self.request.path, **page.pinned})
        while self.is_whole and page.next is not None:
            page = await self.report.read(replace(request, after=page.next))
            yield [dict(row) for row in page.rows]

    def _context(self, **further: Any) -> AnswerContext:
        request = self.request.http
        following = self.following and base_of(request) + self.following.partition(">")[0].removeprefix("<")
        context = AnswerContext(
            collection=self.report.operation,
            title=self.report.summary,
            schema=self.report.row,
            selection=ALL,
            address=address_of_request(request),
            base=base_of(request),
            following=following or None,
            revision=self.page.revision,
            at=self.page.at or datetime.now(UTC),
            has_bom=self.request.query.bom,
        )
        return replace(context, **further)

    async def _list_title(self) -> str:
        """The title of a calendar or feed: the report, its subject and the filters."""
        subject = self._subject()
        names = await self._names([subject] if subject else [])
        given = self.request.http.query_params.multi_items()
        filters = "; ".join(
            f"{name} {value}" for name, value in given if name not in ("format", "cursor", "limit", "width")
        )
        title = ": ".join(("Parley", *filter(None, (names.get(subject or ""), self.report.title))))
        return title + (f" ({filters})" if filters else "")

    async def _stamped(self, rows: Sequence[Row]) -> list[Row]:
        """The rows with the id, collection, slug and last change of their records. A record that was withdrawn after the rows
        were read is left out."""
        stamps = await read_stamps(self.request.reader, (row["record"] for row in rows))
        return [{**row, **_identity(row["record"], stamp)} for row in rows if (stamp := stamps.get(row["record"]))]

    def _graph(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        assert self.report.graph is not None
        about = f"{self.report.summary}. {address_of_request(self.request.http)} Revision {self.page.revision}."
        return write_graph(self.report.graph, self.report.row, rows, self.page.extra, about)

    def _check_size(self, rows: Sequence[Row]) -> None:
        picture = self.report.picture
        if self.form.offer != "picture" or picture is None:
            return
        if picture.count(rows, self.page.extra) > picture.most:
            message = f"A picture shows at most {picture.most} entries, and the answer has more"
            violation = Violation(message, parameter="format", hint=picture.narrow_by)
            raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])

    async def _picture(self) -> Callable[[Sequence[Mapping[str, Any]]], bytes]:
        """The function that draws the picture. The names are read for the first page and the other fields."""
        picture, request = self.report.picture, self.request
        assert picture is not None
        subject = self._subject()
        mentioned = picture.mentions(self.page.rows, self.page.extra)
        names = await self._names([*mentioned, *([subject] if subject else ())])

        def draw(rows: Sequence[Mapping[str, Any]]) -> bytes:
            source = PictureInput(
                rows=rows,
                extra=self.page.extra,
                names=names,
                subject=" · ".join(
                    filter(None, (self.report.title, shorten_text(names.get(subject or "", request.key or ""))))
                ),
                record=subject,
                options=request.query.model_dump(),
                address=address_of_request(request.http),
                revision=self.page.revision,
                at=self.page.at,
                clocks=_clocks(request.query),
                width=request.query.width,
                prefix=self.report.operation,
                is_truncated=self.following is not None,
            )
            return picture.draw(source).encode()

        return draw

    async def _names(self, addresses: Sequence[str]) -> dict[str, str]:
        stamps = await read_stamps(self.request.reader, addresses)
        return {address: stamp.name for address, stamp in stamps.items() if stamp.name}

    def _subject(self) -> str | None:
        """The record that the answer is about, as `collection/slug`."""
        if self.report.of and self.request.key:
            return f"{self.report.of}/{self.request.key}"
        process = self.page.extra.get("process")
        return f"processes/{process}" if process else None


def _identity(address: str, stamp: RecordStamp) -> Row:
    collection, _, slug = address.partition("/")
    return {"id": stamp.id, "collection": collection, "slug": slug, "updated_at": stamp.updated_at.isoformat()}


def _omitted(schema: Any, rows: Sequence[Row], extra: Mapping[str, Any]) -> str:
    """How many rows the calendar omits, or why there are none, in words."""
    if not rows:
        return f"No rows. {reason_words(extra)}"
    assert isinstance(schema, HasCalendarEvents)
    omitted = sum(not any(map(is_shown, schema.calendar_events(row))) for row in rows)
    reason = "because their day is unknown or uncertain by more than a month"
    return f"{count_of(len(rows), 'row')}; {omitted} of them omitted" + (f", {reason}." if omitted else ".")


def _clocks(query: Any) -> list[str]:
    """The clocks and the day of the request, in words."""
    clocks = clock_values(query)
    as_of = clocks["as_of"]
    words = [
        ("as of revision" if as_of and as_of.isdecimal() else "as of", as_of),
        ("known by", clocks["known_by"]),
        ("known to", clocks["known_to"]),
    ]
    words.append(("on", getattr(query, "on", None)))
    return [f"{word} {_in_words(str(value))}" for word, value in words if value is not None]


def _in_words(value: str) -> str:
    """A day in words; anything else, such as a revision or a month, as it was written."""
    try:
        span = parse_edtf(value)
    except ValueError:
        return value
    is_day = span.precision == "day" and isinstance(span.earliest, date)
    return day_words(span.earliest) if is_day and isinstance(span.earliest, date) else value
