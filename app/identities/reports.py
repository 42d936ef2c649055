"""Reports that find records in all collections by an identifier, and list the identifier schemes."""

from uuid import UUID

from pydantic import BaseModel, Field

from app.domain.texts import Line
from app.domain.types import EdtfText, Instant
from app.errors import ApiError, ProblemType, Violation, count_errors, nearest, quoted
from app.identities.statements import COUNTED, resolve_values, schemes
from app.reading.connections import Row
from app.reading.date_bounds import Dated, days_of_date
from app.reading.query import ClockQuery, Many
from app.reading.reader import Reader
from app.resources.report import Report, ReportOptions, ReportRequest, ReportRows, as_rows


class ResolveQuery(ClockQuery, ReportOptions):
    """Query parameters: `scheme` with `value`, or `slug`, or `id`."""

    scheme: Line | None = Field(
        None,
        description="Scheme of the external ids in `value`; `/v1/schemes` lists the schemes in use.",
        examples=["wikidata"],
    )
    value: Many[Line] | None = Field(
        None, description="External ids in this scheme, up to 100.", examples=[["Q159", "Q212"]]
    )
    slug: Many[Line] | None = Field(
        None, description="Slugs in any collection, current or former, up to 100.", examples=[["russia-ukraine"]]
    )
    id: Many[UUID] | None = Field(
        None, description="Ids of records, up to 100.", examples=[["01972f3e-8a00-7000-8000-000000000001"]]
    )


class Gone(BaseModel):
    """The withdrawal of a record."""

    at: Instant = Field(description="Time of the withdrawal (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    reason: str = Field(description="Reason for the withdrawal.", examples=["coded twice"])


class Resolved(Dated):
    """A record to which a requested identifier refers."""

    asked: str = Field(description="The requested value, slug or id.", examples=["Q159"])
    collection: str = Field(description="Collection of the record.", examples=["parties"])
    id: UUID = Field(description="Id of the record.", examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description="Current slug of the record.", examples=["russia"])
    title: str | None = Field(
        description="Title, name, label or text of the record; null = it has none.", examples=["Russia"]
    )
    url: str = Field(description="URL path of the record on this server.", examples=["/v1/parties/russia"])
    is_former_slug: bool = Field(
        description="Whether the request used a former slug, or the slug or id of a record merged into this one.",
        examples=[False],
    )
    scheme: str | None = Field(
        description="Scheme of the external id; null = the request used a slug or id.", examples=["wikidata"]
    )
    uri: str | None = Field(
        description="URI of the external id; null = none known.", examples=["http://www.wikidata.org/entity/Q159"]
    )
    conflict: str | None = Field(
        description="Name of the conflict that the identifier belongs to, if the record is a process about this"
        " conflict; empty = the conflict has no name; null = the identifier belongs to the record itself.",
        examples=["Russia–Ukraine war"],
    )
    valid_from: EdtfText | None = Field(
        description="Start of the identifier's validity (EDTF); null = no start given.", examples=["1991"]
    )
    valid_to: EdtfText | None = Field(
        description="End of the identifier's validity (EDTF); null = still valid.", examples=["2024"]
    )
    withdrawn: Gone | None = Field(
        description="Time and reason of the record's withdrawal; null = the record is not withdrawn.",
        examples=[{"at": "2026-11-23T12:00:00+00:00", "reason": "coded twice"}],
    )


class ResolutionRest(BaseModel):
    """The response fields other than the records."""

    missing: list[str] = Field(description="The requested values that match no record.", examples=[["Q1"]])


class SchemesQuery(ClockQuery, ReportOptions):
    """Query parameters of the list of schemes."""


class Scheme(BaseModel):
    """A scheme of external ids. It names the data set that assigns the ids."""

    scheme: str = Field(description="Name of the scheme, as in `scheme:value`.", examples=["wikidata"])
    count: int = Field(
        description=f"Number of identifiers in this scheme, up to {COUNTED:,}.",
        examples=[25],
    )
    is_exact: bool = Field(
        description=f"Whether `count` is exact; false = there are more than {COUNTED:,}.", examples=[True]
    )
    example: str = Field(description="An identifier in this scheme.", examples=["Q159"])
    example_uri: str | None = Field(
        description="URI of the example; null = none known.", examples=["http://www.wikidata.org/entity/Q159"]
    )


async def _resolve(request: ReportRequest) -> ReportRows:
    by, values = _validated(request.query)
    scheme = request.query.scheme
    rows = await resolve_values(request.reader, by, values, scheme)
    found = [_resolved(row, request.reader) for row in rows if row["record_id"] is not None]
    if by == "value" and not found:
        await _reject_unknown_scheme(request.reader, scheme or "")
    named = {one.asked for one in found}
    missing = [value for value in values if value not in named]
    return ReportRows(as_rows(found), rows[0]["revision"], rows[0]["revised_at"], extra={"missing": missing})


async def _schemes(request: ReportRequest) -> ReportRows:
    rows = await schemes(request.reader)
    found = [_scheme(row) for row in rows if row["scheme"] is not None]
    return ReportRows(as_rows(found), rows[0]["revision"], rows[0]["revised_at"])


# The reports below name no collections, because a write to any collection can change their responses.
RESOLVE = Report(
    name="Resolution",
    operation="resolve",
    path="/resolve",
    tag="identities",
    summary="Find records by an identifier",
    about="Finds records in all collections by an external id, a slug (current or former), or an id. Withdrawn records are included"
    " and marked; values that match no record are listed in `missing`.\n\nFor an identifier of a conflict, the"
    " processes about this conflict are returned. A `scheme` that no record uses is rejected, with the most similar"
    " scheme as a hint.",
    example="/v1/resolve?scheme=wikidata&value=Q159,Q212",
    query=ResolveQuery,
    row=Resolved,
    fetch=_resolve,
    extra=ResolutionRest,
    data="The records, in the order of the requested values; empty = no record matches.",
)

SCHEMES = Report(
    name="Schemes",
    operation="listSchemes",
    path="/schemes",
    tag="identities",
    summary="List the schemes of identifiers",
    about="Lists the schemes of the external ids of records, and of the conflicts that processes are about. Each"
    " scheme has a count and an example.",
    example="/v1/schemes",
    query=SchemesQuery,
    row=Scheme,
    fetch=_schemes,
    data="The schemes, sorted by name; at most 500.",
)

REPORTS = (RESOLVE, SCHEMES)


def _validated(query: ResolveQuery) -> tuple[str, list[str]]:
    """Return the identifier parameter of the request, and its values without duplicates. Raises `ApiError` unless the
    request has exactly one such parameter."""
    given = {name: getattr(query, name) for name in ("value", "slug", "id") if getattr(query, name)}
    violations: list[Violation] = []
    if query.scheme and not query.value:
        hint = "Send both, as in scheme=wikidata&value=Q159."
        violations.append(Violation("`value` is required with `scheme`.", parameter="value", hint=hint))
    if query.value and not query.scheme:
        hint = "`/v1/schemes` lists the schemes in use."
        violations.append(Violation("`scheme` is required with `value`.", parameter="scheme", hint=hint))
    if not given and not violations:
        hint = "Send `scheme` and `value`, or `slug`, or `id`."
        violations.append(Violation("An identifier is required.", parameter="scheme", hint=hint))
    first = next(iter(given), "")
    violations += [
        Violation(f"`{name}` cannot be combined with `{first}`.", parameter=name, hint="Send one request for each.")
        for name in [*given][1:]
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    by, values = next(iter(given.items()))
    return by, list(dict.fromkeys(str(value) for value in values))


def _resolved(row: Row, reader: Reader) -> Resolved:
    then = reader.query_string(row["revision"])
    return Resolved(
        asked=row["value"],
        collection=row["collection"],
        id=row["record_id"],
        slug=row["slug"],
        title=row["title"],
        url=f"/v1/{row['collection']}/{row['slug']}{then}",
        is_former_slug=row["is_former"],
        scheme=row["scheme"],
        uri=row["uri"],
        conflict=row["conflict"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        **days_of_date("valid_from", row["valid_from"]),
        **days_of_date("valid_to", row["valid_to"]),
        withdrawn=Gone(at=row["at"], reason=row["reason"]) if row["at"] else None,
    )


def _scheme(row: Row) -> Scheme:
    return Scheme(
        scheme=row["scheme"],
        count=min(row["count"], COUNTED),
        is_exact=row["count"] <= COUNTED,
        example=row["value"],
        example_uri=row["uri"],
    )


async def _reject_unknown_scheme(reader: Reader, scheme: str) -> None:
    """Raise `ApiError` if no record uses the scheme, because an empty result would hide a typing error."""
    known = [row["scheme"] for row in await schemes(reader) if row["scheme"] is not None]
    if scheme in known:
        return
    near = nearest(scheme, known)
    hint = f"Did you mean {quoted(near)}?" if near else f"Schemes in use: {', '.join(known[:20]) or 'none yet'}."
    violation = Violation(
        f"No record has an identifier in the scheme {quoted(scheme, 100)}.", parameter="scheme", hint=hint
    )
    raise ApiError(ProblemType.INVALID, "Unknown scheme.", [violation])
