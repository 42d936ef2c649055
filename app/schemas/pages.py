"""Response envelopes (pages, facets, counts, plans) and the query parameters that all writes accept."""

from datetime import date
from inspect import getdoc
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.domain.texts import Line, Prose
from app.schemas import descriptions
from app.schemas.differences import DifferenceView

T = TypeVar("T")


class Count(BaseModel):
    value: int = Field(description="The number of matching records.", examples=[257])
    is_: str = Field(
        alias="is",
        description="Whether the count is `exact`, or `at_least` for 10,000 matches or more.",
        examples=["exact"],
    )


class Bucket(BaseModel):
    """A value of a facet."""

    value: str | int | bool | None = Field(
        description="The value, as the filter accepts it. null = no value; filter by `null` to find these records.",
        examples=["ukraine"],
    )
    label: str | None = Field(
        None,
        description="The name of the record that the value refers to; null = the value refers to no record.",
        examples=["Ukraine"],
    )
    level: int | None = Field(
        None,
        description="The depth in the hierarchy of places, issues, processes or talks; 0 = top level.",
        examples=[0],
    )
    parent: str | None = Field(None, description="The value directly above this one; null = none.", examples=["turkey"])
    count: int = Field(description="The number of records with this value.", examples=[12])


class Facet(BaseModel):
    """The number of matching records for each value of one filter."""

    values: list[Bucket] = Field(
        description="Up to 200 values, most frequent first. A place, issue or process includes everything below it, as in"
        " the filter."
    )
    more: bool = Field(False, description="Whether there are more values than listed.", examples=[False])
    of: int = Field(description="The number of records that were counted.", examples=[257])
    is_: str = Field(
        alias="is",
        description="Whether the counts are `exact`, or `at_least` for more than 50,000 matches.",
        examples=["exact"],
    )


class PageInfo(BaseModel):
    """Size of the page, cursor of the next page, and count."""

    limit: int = Field(description="The maximum number of records on a page.", examples=[50])
    next: str | None = Field(description="The cursor of the next page; null = this is the last page.", examples=[None])
    count: Count | None = Field(description="The number of matching records; null = not requested.", examples=[None])


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    model_config = ConfigDict(extra="allow")

    data: list[T] = Field(description="The records, in the requested order.")
    page: PageInfo = Field(description="The page size, the cursor of the next page, and the count.")
    facets: dict[str, Facet] | None = Field(
        None,
        description="The counts requested with `facets=`.",
        examples=[{"year": {"values": [{"value": 2025, "count": 12}], "more": False, "of": 12, "is": "exact"}}],
    )
    known_by: date | None = Field(
        None, description="The requested `known_by` day; omitted if the request has none.", examples=["2025-06-03"]
    )
    known_to: str | None = Field(
        None,
        description="The slug of the party of `known_to`; omitted if the request has none.",
        examples=["russia"],
    )
    hidden_undated: Count | None = Field(
        None,
        description="With `known_by`: the number of matching records that are hidden on every day, because no dated source makes"
        " them known. With `known_to`, what the party could know is not counted. The count stops at 1,000.",
        examples=[{"value": 3, "is": "exact"}],
    )


def named(envelope: type[BaseModel], of: type[BaseModel]) -> type[BaseModel]:
    """Return a subclass of the envelope with a readable schema name: `DemandPage` instead of `Page_DemandSummary_`,
    for generated clients."""
    name = f"{of.__name__.removesuffix('Summary')}{envelope.__name__.partition('[')[0]}"
    return create_model(name, __base__=envelope, __doc__=getdoc(envelope))


class PartialRecord(BaseModel):
    """The fields requested with `fields=`, each as in the whole record."""

    model_config = ConfigDict(extra="allow")


class PartialPage(Page[PartialRecord]):
    """One page of a list, with the fields requested with `fields=`."""


class WriteQuery(BaseModel):
    """The query parameters of every write."""

    model_config = ConfigDict(extra="forbid")

    message: Line | None = Field(
        None, description="The reason for the change, stored with the revision.", examples=["coded from the article"]
    )
    dry_run: bool = Field(
        False,
        description="Check everything, write nothing, and return the plan (`application/vnd.parley.plan+json`).",
        examples=[True],
    )


class CreateQuery(WriteQuery):
    allow_duplicate: bool = Field(
        False,
        description="Create the record even if a stored record has the same name or external id. Otherwise a body without"
        " a slug is rejected with 409, which names the stored record.",
        examples=[True],
    )


class WithdrawQuery(WriteQuery):
    reason: Prose = Field(
        description="The reason for withdrawing the record, returned with every later 410 response.",
        examples=["coded twice"],
    )


class Outcome(BaseModel):
    """What a write would do with one record."""

    collection: str = Field(description=descriptions.COLLECTION, examples=["talks"])
    slug: str = Field(description=descriptions.OUTCOME_SLUG, examples=["istanbul-2025-06-02"])
    action: str | None = Field(
        description="The action: create, change, withdraw, merge or restore; null = no change.", examples=["create"]
    )
    changes: list[DifferenceView] | None = Field(
        None,
        description="For a changed record: the values that would change, in the record as `PUT` accepts it. null = not compared:"
        " the record would be created or withdrawn, or changed by a merge or an undo, or is not among the first 1,000"
        " changed records.",
        examples=[[{"op": "replace", "pointer": "/ordinal", "from": None, "to": 2}]],
    )


class Referring(BaseModel):
    """Records of one collection that refer to the records to be withdrawn."""

    collection: str = Field(description="The collection of the records.", examples=["demands"])
    count: int = Field(description="The number of records.", examples=[12])
    slugs: list[str] = Field(
        description="The slugs of the first five records.", examples=[["russian-memorandum-2025-06-02-i-2a"]]
    )


class Plan(BaseModel):
    """The plan of a write, returned by a dry run."""

    dry_run: bool = Field(description="Always true; nothing was written.", examples=[True])
    records: list[Outcome] = Field(description="The record itself, followed by the records written with it.")
    referring: list[Referring] = Field(
        default_factory=list,
        description="For a withdrawal: records that refer to the withdrawn ones and stay in use. They do not prevent the"
        " withdrawal; new records cannot refer to a withdrawn one.",
        examples=[[]],
    )
