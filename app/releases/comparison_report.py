"""The report that compares two releases, or any two states of the database."""

import json
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from app.domain.texts import Line
from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.reading.as_of import AsOf, Snapshot
from app.reading.query import Many
from app.reading.reader import Reader
from app.reading.unknown_names import unknown_collections
from app.releases.comparison import START, Comparison
from app.releases.statements import fetch_newest
from app.resources.report import PageOptions, Report, ReportRequest, ReportRows
from app.resources.state import server_state, writer_of
from app.schemas.differences import DifferenceView
from app.web.places import address_of

_HEAD = "head"
_AS_OF: TypeAdapter[str] = TypeAdapter(AsOf)


class CompareQuery(PageOptions):
    """Query parameters of a comparison."""

    model_config = ConfigDict(extra="forbid")

    collection: Many[Line] | None = Field(
        None, description="Only records of these collections.", examples=[["talks", "demands"]]
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(
        50,
        description="Maximum number of records to compare for a page, from those that were written between the two"
        " states. Records that are equal in both states are left out of the page.",
        examples=[50],
    )


class Side(BaseModel):
    """One of the two states."""

    asked: str = Field(description="The state as given in the path.", examples=["2026.1"])
    revision: int = Field(description="Number of the revision at this state.", examples=[6])


class RecordChange(BaseModel):
    """A record that differs between the two states."""

    change: Literal["added", "changed", "withdrawn", "merged"] = Field(
        description="What happened to the record.", examples=["changed"]
    )
    collection: str = Field(description="Collection of the record.", examples=["delegations"])
    id: str = Field(
        description="Id of the record, which never changes.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"]
    )
    slug: str = Field(description="Slug in the newer state.", examples=["istanbul-2025-06-02-ukraine"])
    former_slug: str | None = Field(
        description="Slug in the older state if it differs; null = unchanged.", examples=[None]
    )
    changes: list[DifferenceView] = Field(
        description="For a changed record: the values that differ. Empty otherwise.",
        examples=[[{"op": "replace", "pointer": "/size", "from": 1, "to": 3}]],
    )
    record: dict[str, JsonValue] | None = Field(
        description="For an added record: its content as `PUT` accepts it. Null otherwise.", examples=[None]
    )
    into: str | None = Field(
        description="For a merged record: slug of the record it was merged into. Null otherwise.", examples=[None]
    )
    reason: str | None = Field(
        description="For a withdrawn record: why it was withdrawn; null = not given.", examples=[None]
    )


class Counts(BaseModel):
    """Number of records of a collection, by what happened to the records."""

    added: int = Field(description="Records added.", examples=[3])
    withdrawn: int = Field(description="Records withdrawn or erased.", examples=[1])
    merged: int = Field(description="Records merged into another.", examples=[0])
    touched: int = Field(
        description="Records that exist in both states and were written in between; some of them may be equal.",
        examples=[12],
    )


class CompareRest(BaseModel):
    """The fields of the response besides the records."""

    older: Side = Field(description="The older state.", examples=[{"asked": "2026.1", "revision": 6}])
    newer: Side = Field(description="The newer state.", examples=[{"asked": "2026.2", "revision": 9}])
    counts: dict[str, Counts] | None = Field(
        description="Counts by collection; collections without changes are omitted. Null after the first page.",
        examples=[{"demands": {"added": 3, "withdrawn": 1, "merged": 0, "touched": 12}}],
    )


_SIDE = "Name of a release, number of a revision, instant, or `head` for the newest revision."


def _side_parameter(example: str) -> object:
    return Annotated[str, Path(description=_SIDE, examples=[example], max_length=60)]


async def _compare(request: ReportRequest) -> ReportRows:
    older, newer = request.path["older"], request.path["newer"]
    query, collections = request.query, request.query.collection
    assert request.limit is not None
    was, becomes = await _sides(request.reader, older, newer, collections)
    comparison = Comparison(writer_of(request.http), was, becomes, collections)
    is_first = request.after is None
    async with server_state(request.http).comparison_places.held(address_of(request.http.scope)):
        # A table cannot contain counts.
        counts = await comparison.counts() if is_first and query.format in (None, "json") else None
        page = await comparison.page(START if request.after is None else UUID(request.after[0]), request.limit)
    extra = {
        "older": {"asked": older, "revision": was.revision},
        "newer": {"asked": newer, "revision": becomes.revision},
        "counts": counts and {name: one for name, one in counts.items() if any(one.values())},
    }
    return ReportRows(
        [json.loads(json.dumps(one, default=str)) for one in page.changes],
        becomes.revision,
        becomes.at,
        [str(page.next)] if page.next else None,
        extra,
        is_settled=was.is_settled and becomes.is_settled,
        pinned={"older": str(was.revision), "newer": str(becomes.revision)},
    )


COMPARISON = Report(
    name="ComparedView",
    operation="compareReleases",
    path="/releases/{older}..{newer}",
    tag="releases",
    summary="Compare two releases",
    about="Returns the records that were added, withdrawn, merged or changed from the older state to the newer one, with"
    " each changed value.\n\nOnly the two states are compared: a change that was reverted in between does not appear. Records are"
    " compared as `PUT` accepts them, so a renamed party appears once, as a party, and not in each demand that mentions it."
    " `counts` is part of the first page only; `format=ndjson` and `format=csv` send all records at once.",
    example="/v1/releases/1..head",
    query=CompareQuery,
    row=RecordChange,
    fetch=_compare,
    extra=CompareRest,
    collections=("releases",),
    path_parameters={"older": _side_parameter("2026.1"), "newer": _side_parameter("head")},
    data="The records that differ, ordered by id.",
)

REPORTS = (COMPARISON,)


async def _sides(reader: Reader, older: str, newer: str, collections: list[str] | None) -> tuple[Snapshot, Snapshot]:
    """Resolve the two states to revisions. Raises ApiError with all errors in the states and in the names of
    collections.
    """
    found: list[Snapshot] = []
    violations = unknown_collections(reader, collections or (), parameter="collection")
    for parameter, given in (("older", older), ("newer", newer)):
        try:
            found.append(await _side(reader, given))
        except ValidationError as error:
            hint = f"{error.errors()[0]['msg']} `head` is the newest revision."
            violations.append(
                Violation(f"{quoted(given, 60)} is not a state of the data", parameter=parameter, hint=hint)
            )
        except ApiError as api_error:
            violations += [Violation(one.message, parameter=parameter, hint=one.hint) for one in api_error.violations]
            if not api_error.violations:
                raise
    if len(found) == 2 and found[0].revision > found[1].revision:
        hint = f"Swap the two: `/v1/releases/{newer}..{older}`."
        violations.append(Violation(f"{quoted(older)} is later than {quoted(newer)}", parameter="older", hint=hint))
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    return found[0], found[1]


async def _side(reader: Reader, given: str) -> Snapshot:
    if given == _HEAD:
        return await fetch_newest(reader)
    moment = (await reader.at(_AS_OF.validate_python(given))).snapshot
    assert moment is not None
    return moment
