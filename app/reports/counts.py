"""Cross-tabulation: the number of records for each combination of the values of one, two or three facets."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain.texts import Line
from app.errors import ApiError, ProblemType, Violation, allowed_hint, count_errors, quoted
from app.reading.facets import COUNTED
from app.reading.preparation import prepare_list
from app.reading.query import ClockQuery, ListQuery, Many, facets_of
from app.reading.unknown_names import fetch_checked_row, unknown_collections
from app.reports.counted_lists import CellAddresses, filters_in, read_filters
from app.reports.counts_statements import MAX_CELLS, at_level, has_levels, select_counts
from app.reports.points import ReviewOptions
from app.resources.empty_answers import Causes, ReasonOfAnswer
from app.resources.report import Report, ReportOptions, ReportRequest, ReportRows


class CountsQuery(ClockQuery, ReviewOptions, ReportOptions):
    """Query parameters of a cross-tabulation, besides the filters of the counted list."""

    # The filters depend on `of`: they are checked against the query model of that list.
    model_config = ConfigDict(extra="ignore")

    of: Line = Field(
        description="The collection whose records are counted. All filters of its list are parameters of this request too,"
        " with the same names and values; the filter `by` of assessments is the exception.",
        examples=["demands"],
    )
    by: Annotated[Many[Line], Field(max_length=3)] = Field(
        description="One, two or three facets of the collection: what `facets=` of its list accepts.",
        examples=[["issue", "claimant", "state"]],
    )
    level: Annotated[int, Field(ge=0, le=9)] | None = Field(
        None,
        description="For facets with a hierarchy (issues, places, processes): count only values at this level; 0 = the top. By"
        " default a record is counted at every level, for its own value and for all values above it.",
        examples=[0],
    )


class CellValue(BaseModel):
    """The value of one facet in a cell."""

    facet: str = Field(description="The facet.", examples=["issue"])
    value: str | None = Field(
        description="The value, as the filter takes it; null = the records without a value.", examples=["TERR"]
    )
    label: str | None = Field(
        description="The label of the record that the value names; null = the value names no record.",
        examples=["Territory, borders and status"],
    )
    level: int | None = Field(
        description="The level in the hierarchy, 0 = the top; null = the facet has no hierarchy.", examples=[0]
    )
    parent: str | None = Field(description="The value above it; null = none.", examples=[None])


class CountCell(BaseModel):
    """One cell of a cross-tabulation. Combinations without records have no cell."""

    first: CellValue = Field(description="The value of the first facet.")
    second: CellValue | None = Field(description="The value of the second facet; null = one facet was requested.")
    third: CellValue | None = Field(
        description="The value of the third facet; null = fewer were requested.", examples=[None]
    )
    count: int = Field(
        description="The number of records. A record with several values is in several cells.", examples=[12]
    )
    url: str | None = Field(
        description="URL path of the list of these records. null = no list has exactly these records, because the request"
        " filters by other values of the same facet. For `year`, the list may have more records: it also finds uncertain dates"
        " that begin in an earlier year.",
        examples=["/v1/demands?process=russia-ukraine&issue=TERR&claimant=russia"],
    )


class CountedRecords(BaseModel):
    """How many different records the table counts."""

    matching: int = Field(description="The number of records that match the filters.", examples=[189])
    in_cells: int = Field(
        description="The number of different records in the cells. With `level=`, records without a value at the level are in no"
        " cell.",
        examples=[189],
    )
    is_exact: bool = Field(
        description=f"Whether all matching records were counted; false = only {COUNTED:,} of them.", examples=[True]
    )


class CountsRest(ReasonOfAnswer):
    """What follows the cells."""

    of: str = Field(description="The counted collection.", examples=["demands"])
    by: list[str] = Field(description="The facets, in the order of the columns.", examples=[["issue", "claimant"]])
    records: CountedRecords = Field(description="How many different records the table counts.")


async def _counts(request: ReportRequest) -> ReportRows:
    reader, query = request.reader, request.query
    if violations := unknown_collections(reader, [query.of], parameter="of"):
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    collection = reader.collections[query.of]
    sent = filters_in(request.http.query_params, list(CountsQuery.model_fields))
    reviews = {} if query.reviews is None else {"review": [",".join(query.reviews)]}
    filters = read_filters(collection.query, reviews | sent, query.of)
    violations = [*_violations(query, collection.query, sent), *(filters if isinstance(filters, list) else ())]
    if violations or isinstance(filters, list):
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    chosen = filters.model_copy(update={"facets": query.by, "known_by": query.known_by, "as_of": query.as_of})
    prepared = prepare_list(collection, chosen, reader.summary, reader.secret, reader.bounds, limit=0)
    if query.level is not None:
        prepared = at_level(prepared, query.level)
    row = await fetch_checked_row(reader, prepared, select_counts, chosen)
    values = [
        {value["value"]: value for value in json.loads(row[f"values_{number}"])} for number in range(len(query.by))
    ]
    cells = json.loads(row["cells"])
    if len(cells) > MAX_CELLS:
        hint = "Request fewer facets, add a filter, or limit a hierarchy with `level=0`."
        violation = Violation(f"The table has more than {MAX_CELLS:,} cells.", parameter="by", hint=hint)
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
    parents = {name: {v: found["parent"] for v, found in of.items()} for name, of in zip(query.by, values, strict=True)}
    clock = {"as_of": row["revision"] if reader.snapshot else None, "known_by": reader.known_by}
    addresses = CellAddresses(query.of, collection.query, reviews | sent, clock, parents)
    counted = {"matching": row["found"], "in_cells": row["in_cells"], "is_exact": row["is_exact"]}
    return ReportRows(
        [_row(query.by, values, cell, addresses) for cell in cells],
        row["revision"],
        row["revised_at"],
        extra={"of": query.of, "by": query.by, "records": counted},
    )


def _violations(query: CountsQuery, model: type[ListQuery], sent: Mapping[str, object]) -> list[Violation]:
    known = facets_of(model)
    found = [
        Violation(
            f"{query.of} cannot be counted by {quoted(name)}.",
            parameter="by",
            hint=allowed_hint(name, sorted(known), f"Facets of {query.of}"),
        )
        for name in query.by
        if name not in known
    ]
    if query.min_review is not None and "review" in sent:
        hint = "Send one of the two parameters."
        found.append(Violation("`review` and `min_review` exclude each other.", parameter="min_review", hint=hint))
    if query.level is not None and not any(has_levels(known[name]) for name in query.by if name in known):
        layered = ", ".join(name for name, marker in known.items() if has_levels(marker)) or "none"
        hint = f"Omit `level`. Facets of {query.of} with levels: {layered}."
        found.append(Violation("No facet in `by` has levels.", parameter="level", hint=hint))
    return found


def _row(
    facets: list[str], values: list[dict[str | None, Any]], cell: list[Any], addresses: CellAddresses
) -> Mapping[str, Any]:
    *keys, count = cell
    shown: list[dict[str, Any] | None] = [
        {"facet": facet, **of[key]} for facet, of, key in zip(facets, values, keys, strict=True)
    ]
    first, second, third = [*shown, None, None][:3]
    url = addresses.url(dict(zip(facets, keys, strict=True)))
    return {"first": first, "second": second, "third": third, "count": count, "url": url}


COUNTS = Report(
    name="RecordCounts",
    operation="countRecords",
    path="/reports/counts",
    tag="reports",
    summary="Count records by up to three facets",
    about="Cross-tabulation: the number of records for each combination of values, each with the URL of the list of these"
    " records. `of=` names the collection, `by=` its facets; every filter of its list is a parameter too.",
    example="/v1/reports/counts?of=demands&by=issue,claimant,state&process=russia-ukraine&level=0",
    query=CountsQuery,
    row=CountCell,
    fetch=_counts,
    extra=CountsRest,
    causes=Causes(()),
    collections=(
        "demands",
        "responses",
        "talks",
        "proposals",
        "agreements",
        "delegations",
        "assessments",
        "parties",
        "people",
        "places",
        "processes",
        "issues",
        "sources",
        "citations",
    ),
    data="The cells, ordered by their values.",
)
