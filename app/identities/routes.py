"""From an identifier to the records that bear it, whatever collection they are in; and which identifiers there are."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field

from app.collection import reader_at
from app.db.vocabulary import Scope
from app.faults import Fault, ProblemKind, Refused, nearest
from app.identities.queries import COUNTED, resolve, schemes
from app.reading.dates import Dated, days_beside
from app.reading.query import Many, PastQuery
from app.reading.reader import Reader
from app.scalars import EdtfText, Instant, Line
from app.web.access import Principal, require
from app.web.answers import answered
from app.web.errors import problems
from app.web.openapi import TAGGED
from app.web.routing import count_of

router = APIRouter(prefix="/v1", tags=["identities"])


class ResolveQuery(PastQuery):
    """One way to name records: `scheme` with `value`, or `slug`, or `id`."""

    scheme: Line | None = Field(
        None, description="The other data set; `/v1/schemes` lists those in use.", examples=["wikidata"]
    )
    value: Many[Line] | None = Field(
        None, description="Identifiers in that data set, up to 100.", examples=[["Q159", "Q212"]]
    )
    slug: Many[Line] | None = Field(
        None, description="Slugs, also former ones, in any collection, up to 100.", examples=[["russia-ukraine"]]
    )
    id: Many[UUID] | None = Field(
        None, description="Ids, up to 100.", examples=[["01972f3e-8a00-7000-8000-000000000001"]]
    )


class Gone(BaseModel):
    """That a record was withdrawn."""

    at: Instant = Field(description="When (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    reason: str = Field(description="Why.", examples=["coded twice"])


class Resolved(Dated):
    """A record that bears the identifier."""

    asked: str = Field(description="The value, slug or id that was asked for.", examples=["Q159"])
    collection: str = Field(description="Collection of the record.", examples=["parties"])
    id: UUID = Field(description="Its id.", examples=["01972f3e-8a00-7000-8000-000000000001"])
    slug: str = Field(description="Its slug of today.", examples=["russia"])
    title: str | None = Field(description="Its title, name, label or text; null = it has none.", examples=["Russia"])
    url: str = Field(description="Its address at this server.", examples=["/v1/parties/russia"])
    is_former_slug: bool = Field(
        description="Whether it was asked for by a slug that it once had, or by slug or id of a record merged into it.",
        examples=[False],
    )
    scheme: str | None = Field(description="The other data set; null = asked for by slug or id.", examples=["wikidata"])
    uri: str | None = Field(
        description="Address of the identifier; null = none known.", examples=["http://www.wikidata.org/entity/Q159"]
    )
    conflict: str | None = Field(
        description="What the conflict is called that the identifier stands for, which the process is about; empty = it has"
        " no name. null = the identifier is the record's own.",
        examples=["Russia–Ukraine war"],
    )
    valid_from: EdtfText | None = Field(description="From when it is valid (EDTF); null = always.", examples=["1991"])
    valid_to: EdtfText | None = Field(description="Until when it is valid (EDTF); null = still.", examples=["2024"])
    withdrawn: Gone | None = Field(
        description="When and why the record was withdrawn; null = it stands.",
        examples=[{"at": "2026-11-23T12:00:00+00:00", "reason": "coded twice"}],
    )


class Resolution(BaseModel):
    """The records that were named."""

    data: list[Resolved] = Field(description="The records, in the order of the values; empty = no record bears them.")
    missing: list[str] = Field(description="The values that no record bears.", examples=[["Q1"]])


class Scheme(BaseModel):
    """Another data set, as records here name it."""

    scheme: str = Field(description="Its name in `scheme:value`.", examples=["wikidata"])
    count: int = Field(
        description="How many identifiers of it there are, a record or process each; counting stops there.",
        examples=[25],
    )
    is_exact: bool = Field(description=f"False: there are more than {COUNTED:,}.", examples=[True])
    example: str = Field(description="One of its identifiers.", examples=["Q159"])
    example_uri: str | None = Field(
        description="Address of that identifier; null = none known.", examples=["http://www.wikidata.org/entity/Q159"]
    )


class Schemes(BaseModel):
    """The other data sets whose identifiers records here bear."""

    data: list[Scheme] = Field(description="The schemes, in the order of their names; 500 at most.")


Read = Annotated[Principal, Depends(require(Scope.READ))]


@router.get(
    "/resolve",
    operation_id="resolve",
    summary="Find records by an identifier",
    responses={**problems(ProblemKind.INVALID, ProblemKind.UNAVAILABLE), 200: {"model": Resolution, "headers": TAGGED}},
    response_class=HttpResponse,
)
async def resolve_(request: Request, query: Annotated[ResolveQuery, Query()], _: Read) -> HttpResponse:
    """Finds the records of all collections by an identifier of another data set, by a slug (current or former), or by an id.
    Withdrawn records are included and marked; values that no record has are listed in `missing`.

    The identifier of a conflict finds the processes that are about it. A `scheme` that no record uses is refused, with the
    nearest one that is used.

    Example: `GET /v1/resolve?scheme=wikidata&value=Q159,Q212`
    """
    by, values = _asked(query)
    reader = await reader_at(request, query)
    rows = await resolve(reader, by, values, query.scheme)
    found = [_resolved(row, reader) for row in rows if row["record_id"] is not None]
    if by == "value" and not found:
        await _refuse_unknown(reader, query.scheme or "")
    named = {one.asked for one in found}
    resolution = Resolution(data=found, missing=[value for value in values if value not in named])
    return _sent(request, rows, resolution, reader)


@router.get(
    "/schemes",
    operation_id="listSchemes",
    summary="List the schemes of identifiers",
    responses={
        **problems(ProblemKind.UNAUTHORIZED, ProblemKind.INVALID, ProblemKind.UNAVAILABLE),
        200: {"model": Schemes, "headers": TAGGED},
    },
    response_class=HttpResponse,
)
async def schemes_(request: Request, query: Annotated[PastQuery, Query()], _: Read) -> HttpResponse:
    """The other data sets whose identifiers records here bear, or the conflicts of processes, with an example each."""
    reader = await reader_at(request, query)
    rows = await schemes(reader)
    return _sent(request, rows, Schemes(data=[_scheme(row) for row in rows if row["scheme"] is not None]), reader)


def _asked(query: ResolveQuery) -> tuple[str, list[str]]:
    given = {name: getattr(query, name) for name in ("value", "slug", "id") if getattr(query, name)}
    faults: list[Fault] = []
    if query.scheme and not query.value:
        faults.append(Fault("`scheme` needs a `value`.", parameter="value", hint="As in scheme=wikidata&value=Q159."))
    if query.value and not query.scheme:
        faults.append(Fault("`value` needs a `scheme`.", parameter="scheme", hint="/v1/schemes lists those in use."))
    if not given and not faults:
        faults.append(Fault("Nothing is asked for.", parameter="scheme", hint="Send scheme and value, slug, or id."))
    faults += [
        Fault("One way to name records at a time.", parameter=name, hint=f"Ask for `{next(iter(given))}` alone.")
        for name in [*given][1:]
    ]
    if faults:
        raise Refused(ProblemKind.INVALID, count_of(faults), faults)
    by, values = next(iter(given.items()))
    return by, list(dict.fromkeys(str(value) for value in values))


def _resolved(row: Any, reader: Reader) -> Resolved:
    then = reader.clocks(row["revision"])
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
        **days_beside("valid_from", row["valid_from"]),
        **days_beside("valid_to", row["valid_to"]),
        withdrawn=Gone(at=row["at"], reason=row["reason"]) if row["at"] else None,
    )


def _scheme(row: Any) -> Scheme:
    return Scheme(
        scheme=row["scheme"],
        count=min(row["count"], COUNTED),
        is_exact=row["count"] <= COUNTED,
        example=row["value"],
        example_uri=row["uri"],
    )


async def _refuse_unknown(reader: Any, scheme: str) -> None:
    """Refuse a scheme that no record uses: a slip of the hand would otherwise look like an answer."""
    known = [row["scheme"] for row in await schemes(reader) if row["scheme"] is not None]
    if scheme in known:
        return
    near = nearest(scheme, known)
    hint = f"Did you mean '{near}'?" if near else f"In use: {', '.join(known[:20]) or 'none yet'}."
    fault = Fault(f"No record has an identifier of the scheme '{scheme[:100]}'.", parameter="scheme", hint=hint)
    raise Refused(ProblemKind.INVALID, "The scheme is not known here.", [fault])


def _sent(request: Request, rows: list[Any], answer: BaseModel, reader: Reader) -> HttpResponse:
    # Any record may bear the identifier tomorrow, so that the answer belongs to no collection.
    seen = rows[0]
    body = answer.model_dump_json().encode()
    return answered(
        request,
        body,
        revision=seen["revision"],
        at=seen["revised_at"],
        collections=(),
        is_settled=reader.is_settled,
    )
