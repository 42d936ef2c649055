"""The parameters that all reads have in common, and how the text of a query string becomes values.

The query model of a collection extends `ListQuery` with filters, which are declared by markers (`app.reading.filters`).
Values are split and checked here, in one place: sending a single-valued parameter twice is an error, and the error
message for an unknown parameter suggests the most similar name.
"""

from copy import copy
from dataclasses import replace
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from app.db.vocabulary import Confidence, Review
from app.db.vocabulary_values import CaveatBasis
from app.domain.keys import PartyKey, RecordKey
from app.domain.texts import Line
from app.domain.types import Lang, SentInstant
from app.reading.as_of import AsOf
from app.reading.derived_filters import excluding, through_blocs, with_null
from app.reading.filters import Built, Equal, Filter, Flag, Listed, Overlaps, Ranged, To
from app.reading.formats import FormName
from app.reading.known_by import KnownBy

T = TypeVar("T")


def split(value: object) -> Any:
    """Split at commas: `x=a,b` and `x=a&x=b` are equivalent. Repeated values are removed."""
    if not isinstance(value, list):
        return value
    words = [word.strip() for entry in value for word in str(entry).split(",")]
    return list(dict.fromkeys(word for word in words if word))


def _digits(value: object) -> object:
    """Reject `1_0` and `5.0`, which Pydantic would accept as whole numbers."""
    if isinstance(value, str) and not value.removeprefix("-").isdecimal():
        raise PydanticCustomError("int_parsing", "not a whole number")
    return value


#: Several values of one parameter, separated by commas or given by repeating the parameter.
Many = Annotated[list[T], BeforeValidator(split), Field(min_length=1, max_length=100)]


Minutes = Annotated[int, BeforeValidator(_digits), Field(ge=0, lt=2**31)]
"""A number of minutes that fits into a 32-bit column."""


class CountMode(StrEnum):
    NONE = "none"
    ESTIMATED = "estimated"
    EXACT = "exact"


class AsOfQuery(BaseModel):
    """Parameters for reading the change history. There is no `known_by`: the records that were public on a day are not
    the result of a sequence of changes, so a copy made from part of the changes would be incomplete
    (tests/history/test_known_by.py)."""

    model_config = ConfigDict(extra="forbid")

    as_of: AsOf | None = Field(
        None,
        description="Read a former state of the database: a revision number, the name of a release (`2026.1`), or an instant."
        " An instant (ISO 8601; UTC if it has no time zone; a day means its beginning) stands for the newest revision at or"
        " before it.",
        examples=["6"],
    )


class ClockQuery(AsOfQuery):
    """Parameters of every read of records."""

    known_by: KnownBy | None = Field(
        None,
        description="Return only what the public could know on this day (for a month or a year: on its last day). A claim is"
        " known from the day on which its proposal or the first source that supports it was published; undated sources do"
        " not count. Claims that were not known are omitted everywhere. Parties, people, places, processes and issues are"
        " not claims: they are always returned, with their names, posts and memberships.",
        examples=["2026-12-31"],
    )
    known_to: PartyKey | None = Field(
        None,
        description="Return what this party could know on the day of `known_by` (without `known_by`: today): all that was"
        " public, and the proposals that it made, received, was shown or answered, with their demands and responses, its"
        " talks and its agreements. What is returned is what the party could know, not what it did know.",
        examples=["russia"],
    )


def clock_values(query: ClockQuery) -> dict[str, str | None]:
    """The values of the parameters `as_of`, `known_by` and `known_to`."""
    return {"as_of": query.as_of, "known_by": query.known_by, "known_to": query.known_to}


#: The parameters for formats. Operations that return only JSON do not accept them.
FORMAT_PARAMETERS = ("format", "rows", "bom")


class DetailQuery(ClockQuery):
    """Parameters of every read of a single record."""

    format: FormName | None = Field(
        None,
        description="Format of the answer. Without `format`, the `Accept` header decides; the default is JSON.",
        examples=["csv"],
    )
    rows: Line | None = Field(
        None,
        description="Return a long table: one row for each entry of a list in the records, with the keys of the record"
        " first. A record without entries has no row. The format is CSV, NDJSON or Parquet. Each collection accepts the names"
        " of its own lists.",
        examples=["citation"],
    )
    bom: bool = Field(
        True,
        description="Whether CSV begins with a UTF-8 byte order mark, from which spreadsheets detect the encoding. Only for"
        " CSV.",
        examples=[False],
    )

    include: Many[Line] | None = Field(
        None, description="Related records to include; use dots for deeper levels.", examples=[["proposals.demands"]]
    )
    fields: Many[Line] | None = Field(
        None,
        description="Return only these fields; use dots for nested fields. The media type is `application/vnd.parley.partial+json`.",
        examples=[["slug", "title"]],
    )


class ListQuery(DetailQuery):
    """Parameters of every list."""

    id: Annotated[Many[RecordKey] | None, Equal("slug")] = Field(
        None, description="Only these records, by slug or id; up to 100.", examples=[["istanbul-2025-06-02"]]
    )
    q: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None,
        description="Full-text search: words in any grammatical form; for parties, people and places also parts of names."
        " Quotes make a phrase, `OR` separates alternatives, `-` excludes, `memorand*` matches beginnings of words."
        " Up to 32 words.",
        examples=["ceasefire"],
    )
    lang: Annotated[Many[Lang] | None, Equal()] = Field(
        None, description="Language of the texts in the record (BCP 47).", examples=[["en"]]
    )
    external_id: Many[Line] | None = Field(
        None, description="Identifier in another data set, as `scheme:value`.", examples=[["wikidata:Q159"]]
    )
    review: Annotated[Many[Review] | None, Equal()] = Field(
        None, description="Review status of the coding.", examples=[["draft"]]
    )
    confidence: Annotated[Many[Confidence] | None, Equal()] = Field(
        None, description="Confidence in the coding.", examples=[["low"]]
    )
    caveat_basis: Annotated[Many[CaveatBasis] | None, Listed("caveats", "basis")] = Field(
        None,
        description="Only records with a caveat that gives this basis for the value of a field (`caveats.basis`).",
        examples=[["inferred"]],
    )
    has: Many[Line] | None = Field(
        None, description="Only records with a value for each of these fields or relations.", examples=[["citations"]]
    )
    missing: Many[Line] | None = Field(
        None, description="Only records without a value for any of these fields or relations.", examples=[["caveats"]]
    )
    updated_since: SentInstant | None = Field(
        None,
        description="Only records that changed at or after this instant (RFC 3339 with a time zone).",
        examples=["2026-01-01T00:00:00Z"],
    )
    sort: Many[Line] | None = Field(
        None,
        description="Sort order: up to three names; `-` before a name sorts in descending order.",
        examples=[["-updated_at"]],
    )
    limit: Annotated[int, BeforeValidator(_digits), Field(ge=0, le=500)] = Field(
        50,
        description="Number of records per page. 0 = no records, only `count` and `facets` (JSON only).",
        examples=[50],
    )
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Start of the page: `page.next` of the previous page.", examples=[None]
    )
    facets: Many[Line] | None = Field(
        None,
        description="Filters for which to count the matching records per value; `year` counts per year.",
        examples=[["review"]],
    )
    count: CountMode = Field(
        CountMode.NONE,
        description="Whether to count all matching records: not at all (`none`), up to 10,000 (`estimated`), or `exact`.",
        examples=["exact"],
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Add the derived filters: the value `null`, `<name>.none` and `<name>.blocs`."""
        super().__pydantic_init_subclass__(**kwargs)
        countable = {name for name, marker in _facets(cls) if not isinstance(marker, Flag) or marker.is_nullable}
        countable |= {name for name, marker in markers(cls, (Built,)) if marker.has_value}
        fields: dict[str, Any] = {}
        for name, info in cls.__pydantic_fields__.items():
            fields[name] = with_null(name, info) if name in countable else _describe_open_dates(info)
            none = excluding(name, fields[name])
            if none is not None and f"{name}_none" not in cls.__pydantic_fields__:
                fields[f"{name}_none"] = none
            if (upward := through_blocs(name, info)) is not None:
                fields.setdefault(*upward)
        cls.__pydantic_fields__.clear()
        cls.__pydantic_fields__.update(fields)
        cls.model_rebuild(force=True)


#: How a range treats open and missing dates.
_OPEN = {
    "from": " An open date (`..`) is after every day, so it matches; a record without a date does not.",
    "to": " An open date (`..`) is after every day, so it does not match; nor does a record without a date.",
}


def _describe_open_dates(info: FieldInfo) -> FieldInfo:
    """The field of a date range, with a description of how open dates are treated."""
    marker = next((entry for entry in info.metadata if isinstance(entry, Ranged)), None)
    if marker is None or str(info.description).endswith(_OPEN[marker.bound]):
        return info
    field = copy(info)
    field.description = f"{info.description}{_OPEN[marker.bound]}"
    field._attributes_set = {**info._attributes_set, "description": field.description}
    return field


@cache
def markers(model: type[BaseModel], kinds: tuple[type, ...]) -> tuple[tuple[str, Any], ...]:
    """The fields of a query model with a marker of one of these classes. The result is cached, because every request
    needs it."""
    return tuple(
        (name, entry)
        for name, field in model.model_fields.items()
        for entry in field.metadata
        if isinstance(entry, kinds)
    )


@cache
def facets_of(query: type[BaseModel]) -> dict[str, Filter]:
    """Parameter → marker of all filters that `facets=` can count, and `year`."""
    found: dict[str, Filter] = {}
    for _, marker in markers(query, (Ranged,)):
        if marker.bound == "from":
            found.setdefault("year", marker)
    return {query.model_fields[name].alias or name: marker for name, marker in _facets(query)} | found


def _facets(query: type[BaseModel]) -> list[tuple[str, Filter]]:
    """The fields of filters that `facets=` can count, with a marker whose column is set."""
    found: list[tuple[str, Filter]] = []
    for name, info in query.__pydantic_fields__.items():
        for marker in info.metadata:
            match marker:
                case To(path=str(), every=False, members=False, blocs=False, is_none=False) | Listed(is_none=False):
                    found.append((name, marker))
                case Equal(is_none=False) | Flag() | Overlaps(every=False, is_none=False) if name != "id":
                    found.append((name, replace(marker, column=marker.column or name)))
                case Built(facet=facet, is_none=False) if facet is not None:
                    found.append((name, marker))
    return found
