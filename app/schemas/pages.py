"""What stands around the records of an answer, and what every write takes: for the routes and the documentation."""

from datetime import date
from inspect import getdoc
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.domain.types import Line, Prose

T = TypeVar("T")


class Count(BaseModel):
    value: int = Field(description="How many records match.", examples=[257])
    is_: str = Field(alias="is", description="`exact`, or `at_least` from 10,000 on.", examples=["exact"])


class Bucket(BaseModel):
    """A value of a facet."""

    value: str | int | bool | None = Field(
        description="The value, which the filter takes; null = they have none, which the filter takes as `null`.",
        examples=["ukraine"],
    )
    label: str | None = Field(
        None, description="What the record is called that the value names; null = it names none.", examples=["Ukraine"]
    )
    level: int | None = Field(
        None,
        description="Of a place, an issue, a process, a talk: how many others it lies in; 0 = in none.",
        examples=[0],
    )
    parent: str | None = Field(
        None, description="The value in which it lies directly; null = in none.", examples=["turkey"]
    )
    count: int = Field(description="How many of the counted records have it.", examples=[12])


class Facet(BaseModel):
    """How the records that match fall under the values of one filter."""

    values: list[Bucket] = Field(
        description="The values, the most frequent first; 200 at the most. A place, an issue, a process counts what lies"
        " below it, as the filter does."
    )
    more: bool = Field(False, description="Whether there are more values than those listed.", examples=[False])
    of: int = Field(description="How many records were counted.", examples=[257])
    is_: str = Field(alias="is", description="`exact`, or `at_least` where more than 50,000 match.", examples=["exact"])


class PageInfo(BaseModel):
    """Size of the page, cursor of the next one, and count."""

    limit: int = Field(description="How many records a page holds.", examples=[50])
    next: str | None = Field(description="Cursor of the next page; null = this is the last.", examples=[None])
    count: Count | None = Field(description="How many records match; null = not asked for.", examples=[None])


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    model_config = ConfigDict(extra="allow")

    data: list[T] = Field(description="The records, in the order asked for.")
    page: PageInfo = Field(description="Where this page stands.")
    facets: dict[str, Facet] | None = Field(
        None,
        description="The counts that `facets=` asked for.",
        examples=[{"year": {"values": [{"value": 2025, "count": 12}], "more": False, "of": 12, "is": "exact"}}],
    )
    known_by: date | None = Field(
        None, description="The day whose knowledge was asked for; left out where none was.", examples=["2025-06-03"]
    )
    hidden_undated: Count | None = Field(
        None,
        description="With `known_by`: how many records that match are hidden whatever the day, because nothing with a date"
        " makes them known; counted up to 1,000.",
        examples=[{"value": 3, "is": "exact"}],
    )


def named(envelope: type[BaseModel], of: type[BaseModel]) -> type[BaseModel]:
    """The envelope under a name of its own, `DemandPage`: clients made from the documentation would else have to say
    `Page_DemandSummary_`."""
    name = f"{of.__name__.removesuffix('Summary')}{envelope.__name__.partition('[')[0]}"
    return create_model(name, __base__=envelope, __doc__=getdoc(envelope))


class PartialRecord(BaseModel):
    """The fields that `fields=` asked for, each as in the whole record."""

    model_config = ConfigDict(extra="allow")


class PartialPage(Page[PartialRecord]):
    """One page of a list, of each record the fields that `fields=` asked for."""


class WriteQuery(BaseModel):
    """What every write takes."""

    model_config = ConfigDict(extra="forbid")

    message: Line | None = Field(
        None, description="Why you write this; kept with the revision.", examples=["coded from the article"]
    )
    dry_run: bool = Field(
        False,
        description="Check everything and answer with the plan (`application/vnd.parley.plan+json`); write nothing.",
        examples=[True],
    )


class CreateQuery(WriteQuery):
    allow_duplicate: bool = Field(
        False,
        description="Create the record even if a stored one has its name or one of its external ids. Without it, such a"
        " record that has no slug is refused with 409, which names the stored one.",
        examples=[True],
    )


class WithdrawQuery(WriteQuery):
    reason: Prose = Field(description="Why the record is withdrawn; its tombstone says so.", examples=["coded twice"])


class Outcome(BaseModel):
    """What a dry run says of one record."""

    collection: str = Field(description="Its collection.", examples=["talks"])
    slug: str = Field(description="Its slug.", examples=["istanbul-2025-06-02"])
    action: str | None = Field(
        description="create, change, withdraw, merge or restore; null = as it was.", examples=["create"]
    )


class Referring(BaseModel):
    """Records of one collection that refer to what is to be withdrawn."""

    collection: str = Field(description="Their collection.", examples=["demands"])
    count: int = Field(description="How many they are.", examples=[12])
    slugs: list[str] = Field(description="The first five of them.", examples=[["russian-memorandum-2025-06-02-i-2a"]])


class Plan(BaseModel):
    """What a write would do."""

    dry_run: bool = Field(description="Always true: nothing was written.", examples=[True])
    records: list[Outcome] = Field(description="The record itself, then those written with it.")
    referring: list[Referring] = Field(
        default_factory=list,
        description="A warning before a withdrawal: the records that are not withdrawn with it and would go on referring to"
        " it. They do not prevent it, and new ones cannot refer to it.",
        examples=[[]],
    )
