"""What every list takes, and how the text of a query string becomes values.

A collection's query model extends `ListQuery` with filters; each declares by a marker (`reading.filters`) what it
does. Values are split, counted and checked here, in one place: a scalar given twice is a fault and not "the last
one wins", an unknown parameter gets the nearest valid name.
"""

from copy import copy
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from app.db.vocabulary import Confidence, Review
from app.db.vocabulary_values import CaveatBasis
from app.domain.types import Lang, Line, RecordKey
from app.reading.as_of import AsOf
from app.reading.derived_filters import excluding, with_null
from app.reading.filters import Built, Equal, Flag, Listed, Overlaps, Ranged, To
from app.reading.formats import FormName
from app.reading.known_by import KnownBy

T = TypeVar("T")


def split(value: Any) -> Any:
    """`a,b` and `a&x=b` mean the same; order and repetition mean nothing."""
    if not isinstance(value, list):
        return value
    words = [word.strip() for entry in value for word in str(entry).split(",")]
    return list(dict.fromkeys(word for word in words if word))


def _digits(value: Any) -> Any:
    """Pydantic would take `1_0` and `5.0` for whole numbers."""
    if isinstance(value, str) and not value.removeprefix("-").isdecimal():
        raise PydanticCustomError("int_parsing", "not a whole number")
    return value


def _check_year(instant: datetime) -> datetime:
    """Within a day of the first and the last year an instant of another zone has no date in UTC."""
    if not 1 < instant.year < 9999:
        raise ValueError("Ask for an instant between the years 2 and 9998")
    return instant


#: Several values of one parameter: repeated or separated by commas, any of them.
Many = Annotated[list[T], BeforeValidator(split), Field(min_length=1, max_length=100)]


Minutes = Annotated[int, BeforeValidator(_digits), Field(ge=0, lt=2**31)]
"""A number of minutes, as a 32-bit column holds it."""


class CountMode(StrEnum):
    NONE = "none"
    ESTIMATED = "estimated"
    EXACT = "exact"


class AsOfQuery(BaseModel):
    """What reads of what was done take. What was known on a day is no state that writes lead to: told of some of them, a
    copy would lack what became known by another (tests/history/test_known_by.py)."""

    model_config = ConfigDict(extra="forbid")

    as_of: AsOf | None = Field(
        None,
        description="Answer as the database did then: a revision's number, or an instant (ISO 8601, UTC if it names no"
        " zone; a day alone means its beginning), which means the newest revision at or before it; or a release"
        " (`2026.1`).",
        examples=["6"],
    )


class ClockQuery(AsOfQuery):
    """What every read of records takes."""

    known_by: KnownBy | None = Field(
        None,
        description="Answer with what the public could know on this day (a month or a year: on its last day). A claim is"
        " known from the first day on which a source that supports it was public, or its proposal was published; undated"
        " sources make nothing known. What is not known is absent everywhere. Parties, people, places, processes and issues are"
        " no claims and always there, with all that they hold (names, posts, memberships).",
        examples=["2026-12-31"],
    )


def clocks(query: ClockQuery) -> dict[str, str | None]:
    """What the two clocks are asked, where it belongs to the question."""
    return {"as_of": query.as_of, "known_by": query.known_by}


#: What says which format an answer has, and how; not for answers that are always JSON.
FORMAT_PARAMETERS = ("format", "rows", "bom")


class DetailQuery(ClockQuery):
    """What every single record takes."""

    format: FormName | None = Field(
        None, description="Format of the answer; without it `Accept` decides, and then JSON.", examples=["csv"]
    )
    rows: Line | None = Field(
        None,
        description="A long table in place of the records: a row for each entry of one of their lists, with the record's"
        " keys first. A record without entries has no row. As CSV, or `format=ndjson` or `parquet`; the collection's text says which"
        " lists there are.",
        examples=["citation"],
    )
    bom: bool = Field(
        True,
        description="Whether CSV begins with a byte order mark (UTF-8), by which spreadsheets know the encoding;"
        " `bom=false` leaves it out. For CSV alone.",
        examples=[False],
    )

    include: Many[Line] | None = Field(
        None, description="Branches to add, dotted for deeper ones.", examples=[["proposals.demands"]]
    )
    fields: Many[Line] | None = Field(
        None,
        description="Only these fields, dotted for nested ones. The answer is `application/vnd.parley.partial+json`.",
        examples=[["slug", "title"]],
    )


class ListQuery(DetailQuery):
    """What every list takes, whatever it lists."""

    id: Annotated[Many[RecordKey] | None, Equal("slug")] = Field(
        None, description="These records: slugs or ids, up to 100.", examples=[["istanbul-2025-06-02"]]
    )
    q: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None,
        description="Words that the record's text holds, in any of their forms; a party, person or place also by a part"
        " of a name. Quotes make a phrase, `OR` stands between alternatives, `-` excludes, `memorand*` is the beginning"
        " of a word. Up to 32 words.",
        examples=["ceasefire"],
    )
    lang: Annotated[Many[Lang] | None, Equal()] = Field(
        None, description="Language of the record's own words (BCP 47).", examples=[["en"]]
    )
    external_id: Many[Line] | None = Field(
        None, description="Identifier in another data set, as `scheme:value`.", examples=[["wikidata:Q159"]]
    )
    review: Annotated[Many[Review] | None, Equal()] = Field(
        None, description="How far the coding was checked.", examples=[["draft"]]
    )
    confidence: Annotated[Many[Confidence] | None, Equal()] = Field(
        None, description="How sure the coding is.", examples=[["low"]]
    )
    caveat_basis: Annotated[Many[CaveatBasis] | None, Listed("caveats", "basis")] = Field(
        None,
        description="Records with a doubt about a field whose value rests on this (`caveats.basis`).",
        examples=[["inferred"]],
    )
    has: Many[Line] | None = Field(
        None, description="Only records that have all of these fields or relations.", examples=[["citations"]]
    )
    missing: Many[Line] | None = Field(
        None, description="Only records that lack all of these fields or relations.", examples=[["caveats"]]
    )
    updated_since: Annotated[AwareDatetime, AfterValidator(_check_year)] | None = Field(
        None,
        description="Changed at or after this instant (RFC 3339, with its zone).",
        examples=["2026-01-01T00:00:00Z"],
    )
    sort: Many[Line] | None = Field(
        None,
        description="Order, by up to three names; `-` before a name reverses it.",
        examples=[["-updated_at"]],
    )
    limit: Annotated[int, BeforeValidator(_digits), Field(ge=0, le=500)] = Field(
        50,
        description="How many records a page holds. 0: no records, only `count` and `facets` (JSON only).",
        examples=[50],
    )
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Where the last page ended: `page.next` of its answer.", examples=[None]
    )
    facets: Many[Line] | None = Field(
        None,
        description="Filters whose values are counted over all records that match; `year` counts by year.",
        examples=[["review"]],
    )
    count: CountMode = Field(
        CountMode.NONE,
        description="Whether to count all records that match: not at all, roughly from 10,000 on, or exactly.",
        examples=["exact"],
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Add to each filter what is derived of it: the value `null`, and `<name>.none`."""
        super().__pydantic_init_subclass__(**kwargs)
        countable = {name for name, marker in _facets(cls) if not isinstance(marker, Flag) or marker.is_nullable}
        countable |= {name for name, marker in markers(cls, (Built,)) if marker.has_value}
        fields: dict[str, Any] = {}
        for name, info in cls.__pydantic_fields__.items():
            fields[name] = with_null(name, info) if name in countable else _describe_open_dates(info)
            none = excluding(name, fields[name])
            if none is not None and f"{name}_none" not in cls.__pydantic_fields__:
                fields[f"{name}_none"] = none
        cls.__pydantic_fields__.clear()
        cls.__pydantic_fields__.update(fields)
        cls.model_rebuild(force=True)


#: What a range does with dates that are no day, by its end.
_OPEN = {
    "from": " A date that is still open (`..`) lies after every day and is found; a record without a date is not.",
    "to": " A date that is still open (`..`) lies after every day and is not found; nor is a record without a date.",
}


def _describe_open_dates(info: FieldInfo) -> FieldInfo:
    """The field of a range by date, which says what it does with dates that are open."""
    marker = next((entry for entry in info.metadata if isinstance(entry, Ranged)), None)
    if marker is None or str(info.description).endswith(_OPEN[marker.bound]):
        return info
    field = copy(info)
    field.description = f"{info.description}{_OPEN[marker.bound]}"
    field._attributes_set = {**info._attributes_set, "description": field.description}
    return field


@cache
def markers(model: type[BaseModel], kinds: tuple[type, ...]) -> tuple[tuple[str, Any], ...]:
    """The fields of a query model that carry a marker of one of these kinds; every request asks for them."""
    return tuple(
        (name, entry)
        for name, field in model.model_fields.items()
        for entry in field.metadata
        if isinstance(entry, kinds)
    )


@cache
def facets_of(query: type[BaseModel]) -> dict[str, Any]:
    """Public name → marker: every filter that has one value (or none, or several) for a record, and `year`."""
    found: dict[str, Any] = {}
    for _, marker in markers(query, (Ranged,)):
        if marker.bound == "from":
            found.setdefault("year", marker)
    return {query.model_fields[name].alias or name: marker for name, marker in _facets(query)} | found


def _facets(query: type[BaseModel]) -> list[tuple[str, Any]]:
    """The filters that `facets=` counts: name of the field, and marker, which names its column."""
    found: list[tuple[str, Any]] = []
    for name, info in query.__pydantic_fields__.items():
        for marker in info.metadata:
            match marker:
                case To(path=str(), every=False, members=False, is_none=False) | Listed(is_none=False):
                    found.append((name, marker))
                case Equal(is_none=False) | Flag() | Overlaps(every=False, is_none=False) if name != "id":
                    found.append((name, replace(marker, column=marker.column or name)))
                case Built(facet=facet, is_none=False) if facet is not None:
                    found.append((name, marker))
    return found
