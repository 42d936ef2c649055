"""Reports: computed reads that are no collection, each declared once.

A `Report` names its address, its query model, the schema of its rows and the function that reads them. `app.resources.report_routes`
makes its route.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field, create_model

from app.reading.formats import FormName
from app.reading.reader import Reader


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


def as_rows(models: Iterable[BaseModel]) -> list[dict[str, object]]:
    """Rows of a report from models of its row."""
    return [model.model_dump(mode="json", by_alias=True) for model in models]
