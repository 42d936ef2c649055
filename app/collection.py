"""A room's declaration of a collection, and the routes by which it is read (`app.writes` has the others).

A GET: door → access → query model → reader: one statement → bytes, `Link`, `ETag`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.envelopes import Page, named
from app.faults import ProblemKind
from app.forms import Formed, form_of, forms_of, listed, single
from app.reading.collections import Readable
from app.reading.forms.form import Form
from app.reading.forms.sheet import columns_of
from app.reading.query import PastQuery, facets_of
from app.reading.reader import Found, Moved, Reader
from app.reading.selection import includable
from app.scalars import LONGEST_KEY
from app.web.access import Principal, require
from app.web.answers import answered, moved, next_page
from app.web.errors import problems
from app.web.ranges import in_parts, measured
from app.writing.kinds import Kind
from app.writing.writer import Writer

T = TypeVar("T")
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
#: What may not stand in the name of a file that a browser keeps.
_FILE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Collection:
    """A collection as its room declares it: how it is read, how it is written, what the documentation says."""

    readable: Readable
    kind: Kind
    #: One record in words, as in "a talk": for summaries and operation ids.
    noun: str
    #: What the list answers, for the documentation: a sentence.
    about: str
    #: A true query string, shown as an example.
    example: str = ""

    @property
    def name(self) -> str:
        return self.readable.name


Key = Annotated[
    str,
    Path(
        description="Slug, id, or `scheme:value` of another data set.",
        examples=["wikidata:Q159"],
        max_length=LONGEST_KEY,
    ),
]


def reader_of(request: Request) -> Reader:
    found: Reader = request.app.state.reader
    return found


async def reader_at(request: Request, query: PastQuery) -> Reader:
    """The reader of the moment and of the day's knowledge that are asked for. Raises Refused where there was no revision."""
    return await reader_of(request).at(query.as_of, query.known_by)


def writer_of(request: Request) -> Writer:
    found: Writer = request.app.state.writer
    return found


READ_PROBLEMS = problems(ProblemKind.NOT_ACCEPTABLE, ProblemKind.INVALID, ProblemKind.UNAVAILABLE)
ONE_PROBLEMS = problems(
    ProblemKind.NOT_FOUND,
    ProblemKind.NOT_ACCEPTABLE,
    ProblemKind.GONE,
    ProblemKind.INVALID,
    ProblemKind.UNAVAILABLE,
)
WRITE_PROBLEMS = problems(
    ProblemKind.MALFORMED,
    ProblemKind.UNAUTHORIZED,
    ProblemKind.FORBIDDEN,
    ProblemKind.CONFLICT,
    ProblemKind.TOO_LARGE,
    ProblemKind.MEDIA_TYPE,
    ProblemKind.INVALID,
    ProblemKind.UNAVAILABLE,
)
CHANGE_PROBLEMS = {
    **WRITE_PROBLEMS,
    **problems(ProblemKind.NOT_FOUND, ProblemKind.GONE, ProblemKind.PRECONDITION),
}
REVISION = {
    "Parley-Revision": {"description": "Number of the revision that the answer saw.", "schema": {"type": "integer"}}
}


def add_reads(router: APIRouter, collection: Collection) -> None:
    """The routes that list records and read one."""
    readable, noun = collection.readable, collection.noun
    title, name = noun.title().replace(" ", ""), collection.name
    query_model, detail_query = readable.query, readable.detail_query
    detail_model = readable.detail
    sorts = ", ".join(f"`{word}`" for word in readable.sorts)
    about = f"{collection.about}\n\nSort by {sorts}; default `{readable.default_sort}`."
    if branches := ", ".join(f"`{branch}`" for branch in includable(readable.summary)):
        about += f"\n\n`include=` adds {branches}, and below them what they include themselves."
    about += f"\n\n`facets=` counts by {', '.join(f'`{name}`' for name in facets_of(query_model))}."
    if rows := ", ".join(f"`{name}`" for name in readable.rows):
        about += f"\n\n`rows=` with `format=csv`, `ndjson` or `parquet` gives a row for each {rows}."
    forms = forms_of(readable)
    about += "\n\n`format=` or `Accept`: `json`, " + ", ".join(f"`{name}`" for name in forms) + "."
    if collection.example:
        about += f"\n\nFor example: `GET /v1/{name}?{collection.example}`"

    @router.get(
        "",
        operation_id=f"list{name.title()}",
        summary=f"List {name}",
        description=about,
        responses={
            **READ_PROBLEMS,
            200: {
                "model": named(Page[readable.summary], readable.summary),  # type: ignore[name-defined]
                "headers": REVISION,
                "content": _content(forms, readable),
            },
        },
        response_class=HttpResponse,
    )
    async def list_(
        request: Request,
        query: Annotated[query_model, Query()],  # type: ignore[valid-type]
        _: Annotated[Principal, Depends(require(Scope.READ))],
    ) -> HttpResponse:
        form = form_of(request, readable, query)
        reader = await reader_at(request, query)
        if form:
            return await _formed(request, name, await listed(request, reader, readable, query, form), reader)
        answer = await reader.page(name, query)
        return answered(
            request,
            answer.body,
            revision=answer.revision,
            at=answer.at,
            collections=[name],
            headers={**next_page(request, answer.next), **reader.told(answer.hidden)},
            is_settled=reader.is_settled,
        )

    @router.get(
        "/{key}",
        operation_id=f"get{title}",
        summary=f"Read one {noun}",
        description=f"One {noun}, whole: by slug, by id, or by `scheme:value` of another data set.",
        responses={
            **ONE_PROBLEMS,
            200: {"model": detail_model, "headers": REVISION, "content": _content(forms, readable)},
            308: MOVED,
        },
        response_class=HttpResponse,
    )
    async def get(
        request: Request,
        key: Key,
        query: Annotated[detail_query, Query()],  # type: ignore[valid-type]
        _: Annotated[Principal, Depends(require(Scope.READ))],
    ) -> HttpResponse:
        form = form_of(request, readable, query)
        reader = await reader_at(request, query)
        found = await reader.one(name, key, query if form is None else detail_query(fields=["slug"]))
        if isinstance(found, Moved):
            return moved(request, f"/v1/{name}/{found.slug}")
        if form:
            return await _formed(
                request, name, await single(request, reader, readable, found.slug, query, form), reader
            )
        return answer_of(request, name, found, reader)


def _content(forms: Mapping[str, Form], readable: Readable) -> dict[str, Any]:
    """The other forms of an answer, for the documentation."""
    told = {form.media_type.partition(";")[0]: form.about for form in forms.values()}
    columns = ", ".join(f"`{name}`" for name, *_ in columns_of(readable.summary))
    told["text/csv"] += f" Columns: {columns}; `fields=` and `include=` choose others."
    return {kind: {"schema": {"type": "string", "description": about}} for kind, about in told.items()}


MOVED = {"description": "The record has another slug now; `Location` has its address."}


# --- answers


def answer_of(request: Request, name: str, found: Found, reader: Reader) -> HttpResponse:
    """One record as an answer, with its tags."""
    then = reader.clocks(found.revision)
    return answered(
        request,
        found.body,
        revision=found.revision,
        at=found.at,
        collections=[name],
        version=found.row_version,
        headers={"Content-Location": f"/v1/{name}/{found.slug}{then}"},
        is_settled=reader.is_settled,
    )


async def _formed(request: Request, name: str, formed: Formed, reader: Reader) -> HttpResponse:
    rows = f"-{formed.rows}" if formed.rows else ""
    file = f"{request.path_params.get('key', name)}{rows}.{formed.form.suffix}"
    body = await measured(request, formed.body)
    answer = answered(
        request,
        body,
        revision=formed.revision,
        at=formed.at,
        collections=[name],
        media_type=formed.form.media_type,
        headers={
            **next_page(request, formed.next),
            **({"Parley-Truncated": "true"} if formed.next else {}),
            **reader.told(formed.hidden),
            "Content-Disposition": f'inline; filename="{_FILE.sub("-", file)}"',
        },
        is_settled=reader.is_settled,
    )
    return in_parts(request, body, answer)
