"""A room's declaration of a collection becomes its seven routes: list, read, batch-get, create, put, revise, withdraw.

A GET:  door → access → query model → reader: one statement → bytes, `Link`, `ETag`.
A POST: access → strict JSON → writer: references, all faults, COMMIT → the record as it is now, `Location`, `ETag`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse

from app.batch import add_batch
from app.db.vocabulary import Scope
from app.envelopes import Outcome, Page, Plan, WithdrawQuery, WriteQuery, named
from app.faults import Fault, ProblemKind, Refused
from app.forms import Formed, form_of, forms_of, listed, single
from app.once import Once, once
from app.reading.collections import Readable
from app.reading.forms.form import Form
from app.reading.forms.sheet import columns_of
from app.reading.names import is_known
from app.reading.query import DetailQuery, PastQuery, facets_of
from app.reading.reader import Found, Moved, Reader
from app.reading.selection import includable
from app.web.access import Principal, require
from app.web.answers import answered, moved, next_page
from app.web.body import read_json
from app.web.errors import problems
from app.web.lean import LeanRouter
from app.writing.intents import Intent, Mode, WriteResult, Written
from app.writing.kinds import Kind
from app.writing.receipts import Asked
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
    Path(description="Slug, id, or `scheme:value` of another data set.", examples=["wikidata:Q159"], max_length=700),
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


def make_router(collection: Collection) -> APIRouter:
    """The seven routes of a collection."""
    router = LeanRouter(f"/v1/{collection.name}", [collection.name])
    _add_reads(router, collection)
    add_batch(router, collection.readable, collection.noun)
    _add_writes(router, collection)
    return router


def _add_reads(router: APIRouter, collection: Collection) -> None:
    readable, noun = collection.readable, collection.noun
    title, name = noun.title().replace(" ", ""), collection.name
    query_model, detail_query = readable.query, readable.detail_query
    detail_model = readable.detail
    sorts = ", ".join(f"`{word}`" for word in readable.sorts)
    about = f"{collection.about}\n\nSort by {sorts}; default `{readable.default_sort}`."
    if branches := ", ".join(f"`{branch}`" for branch in includable(readable.summary)):
        about += f"\n\n`include=` adds {branches}, and below them what they include themselves."
    about += f"\n\n`facets=` counts by {', '.join(f'`{name}`' for name in facets_of(query_model))}."
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
            return _formed(request, name, await listed(request, reader, readable, query, form), reader)
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
            return _formed(request, name, await single(request, reader, readable, found.slug, query, form), reader)
        return _one(request, name, found, reader)


def _content(forms: Mapping[str, Form], readable: Readable) -> dict[str, Any]:
    """The other forms of an answer, for the documentation."""
    told = {form.media_type.partition(";")[0]: form.about for form in forms.values()}
    columns = ", ".join(f"`{name}`" for name, *_ in columns_of(readable.summary))
    told["text/csv"] += f" Columns: {columns}; `fields=` and `include=` choose others."
    return {kind: {"schema": {"type": "string", "description": about}} for kind, about in told.items()}


MOVED = {"description": "The record has another slug now; `Location` has its address."}


def _add_writes(router: APIRouter, collection: Collection) -> None:
    noun, name = collection.noun, collection.name
    title = noun.title().replace(" ", "")
    written = {"model": collection.readable.detail, "headers": REVISION}
    body = {"requestBody": _body(JSON, f"{title}Write")}

    @router.post(
        "",
        operation_id=f"create{title}",
        summary=f"Create a {noun}",
        description=f"Stores a new {noun} with all that stands inside it, in one transaction. Other records are named"
        " by slug, id or `scheme:value`. All faults of the body come in one answer.",
        status_code=201,
        responses={**WRITE_PROBLEMS, 201: written, 200: {"model": Plan, "description": "What a dry run would do."}},
        openapi_extra=body,
        response_class=HttpResponse,
    )
    async def create(
        request: Request,
        query: Annotated[WriteQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        once: Annotated[Once, Depends(once)],
    ) -> HttpResponse:
        body = await json_of(request)
        if query.dry_run:
            return await _write(request, [Intent(name, body, Mode.CREATE)], query, editor)

        async def write(asked: Asked | None) -> WriteResult:
            return await writer_of(request).write(
                [Intent(name, body, Mode.CREATE)], **by_whom(query, editor), asked=asked
            )

        return await once.answer(body, write, lambda result: told(request, result, query))

    @router.put(
        "/{key}",
        operation_id=f"put{title}",
        summary=f"Create or replace a {noun}",
        description=f"Makes the {noun} of this address be what the body says: a field that is left out has its default."
        " Records of their own that stand inside it (delegations, demands) and are not named stay as they are. Sent"
        " again, it changes nothing and makes no revision.",
        responses={**CHANGE_PROBLEMS, 200: written, 201: written},
        openapi_extra=body,
        response_class=HttpResponse,
    )
    async def put(
        request: Request,
        key: Key,
        query: Annotated[WriteQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    ) -> HttpResponse:
        body = await json_of(request)
        if request.headers.get("if-match", "").strip() == "*" and not await is_known(reader_of(request), name, key):
            raise Refused(ProblemKind.PRECONDITION, f"`If-Match: *` asks for a stored {noun}, and there is none.")
        if request.headers.get("if-none-match", "").strip() == "*":
            return await _write_new(request, name, key, body, query, editor)
        intent = Intent(name, body, Mode.PUT, address=key, if_match=if_match_of(request))
        return await _write(request, [intent], query, editor)

    @router.patch(
        "/{key}",
        operation_id=f"revise{title}",
        summary=f"Revise a {noun}",
        description="A merge patch (RFC 7396): what is named is replaced, null empties, the rest stays. Lists are"
        " replaced whole. `If-Match` with the record's `ETag` refuses a change to a version you have not seen.",
        responses={**CHANGE_PROBLEMS, 200: written},
        openapi_extra={"requestBody": _body(MERGE_PATCH, f"{title}Change", JSON)},
        response_class=HttpResponse,
    )
    async def revise(
        request: Request,
        key: Key,
        query: Annotated[WriteQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    ) -> HttpResponse:
        patch = await json_of(request, MERGE_PATCH)
        result = await writer_of(request).revise(
            name, key, patch, if_match=if_match_of(request), **by_whom(query, editor)
        )
        return await told(request, result, query)

    @router.delete(
        "/{key}",
        operation_id=f"withdraw{title}",
        summary=f"Withdraw a {noun}",
        description=f"Nothing is erased: the {noun} answers 410 from now on, with the reason.",
        status_code=204,
        responses={**CHANGE_PROBLEMS, 200: {"model": Plan, "description": "What a dry run would do."}},
        response_class=HttpResponse,
    )
    async def withdraw(
        request: Request,
        key: Key,
        query: Annotated[WithdrawQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    ) -> HttpResponse:
        result = await writer_of(request).withdraw(
            name, key, query.reason, if_match=if_match_of(request), **by_whom(query, editor)
        )
        if query.dry_run:
            return planned(result)
        return HttpResponse(status_code=204, headers={"Parley-Revision": str(result.revision)})


def _body(media_type: str, schema: str, *others: str) -> dict[str, Any]:
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for kind in (media_type, *others)}
    return {"required": True, "content": content}


async def json_of(request: Request, *also: str) -> dict[str, Any]:
    """The body of a write, strictly read. Raises `Refused` where it is no JSON object, or too large."""
    limit: int = request.app.state.max_body_bytes
    return await read_json(request, limit, accepted=(JSON, *also))


def by_whom(query: WriteQuery, editor: Principal) -> dict[str, Any]:
    """What the writer is told of a request besides what it writes."""
    return {"editor": editor.name, "key_id": editor.key_id, "message": query.message, "dry_run": query.dry_run}


async def _write(request: Request, intents: list[Intent], query: WriteQuery, editor: Principal) -> HttpResponse:
    result = await writer_of(request).write(intents, **by_whom(query, editor))
    return await told(request, result, query)


async def _write_new(
    request: Request, name: str, key: str, body: dict[str, Any], query: WriteQuery, editor: Principal
) -> HttpResponse:
    """A PUT that may create but not replace (`If-None-Match: *`)."""
    if await is_known(reader_of(request), name, key):
        raise Refused(ProblemKind.PRECONDITION, f"`If-None-Match: *` asks for a new record, and '{key}' is stored.")
    return await _write(request, [Intent(name, {**body, "slug": key}, Mode.CREATE)], query, editor)


async def told(request: Request, result: WriteResult, query: WriteQuery) -> HttpResponse:
    """The record as it stands after the COMMIT, read as any reader would read it."""
    if query.dry_run:
        return planned(result)
    record = result.record
    reader = reader_of(request)
    found = await reader.one(record.collection, record.slug, DetailQuery())
    assert isinstance(found, Found)
    response = _one(request, record.collection, found, reader)
    if record.action == "create":
        response.status_code = 201
        response.headers["Location"] = f"/v1/{record.collection}/{record.slug}"
    return response


def planned(result: WriteResult) -> HttpResponse:
    """The answer of a dry run."""

    def outcome(one: Written) -> Outcome:
        return Outcome(collection=one.collection, slug=one.slug, action=one.action)

    plan = Plan(dry_run=True, records=[outcome(one) for one in (*result.records, *result.others)])
    return HttpResponse(plan.model_dump_json(), 200, media_type=JSON)


# --- answers


def _one(request: Request, name: str, found: Found, reader: Reader) -> HttpResponse:
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


def _formed(request: Request, name: str, formed: Formed, reader: Reader) -> HttpResponse:
    file = f"{request.path_params.get('key', name)}.{formed.form.suffix}"
    return answered(
        request,
        formed.body,
        revision=formed.revision,
        at=formed.at,
        collections=[name],
        media_type=formed.form.media_type,
        headers={
            **next_page(request, formed.next),
            **reader.told(formed.hidden),
            "Content-Disposition": f'inline; filename="{_FILE.sub("-", file)}"',
        },
        is_settled=reader.is_settled,
    )


def if_match_of(request: Request) -> int | None:
    """The version that `If-Match` asks for. Raises `Refused` (412) where it is no tag of ours."""
    given = request.headers.get("if-match", "").strip()
    if given in ("", "*"):
        return None
    version = given.strip('"').partition(".")[0].removeprefix("v")
    if not version.isdecimal() or len(version) > 9:
        raise Refused(
            ProblemKind.PRECONDITION,
            "`If-Match` is no ETag of this server.",
            [Fault("Not an ETag of a record", parameter="If-Match", hint="Send the `ETag` that came with the record.")],
        )
    return int(version)
