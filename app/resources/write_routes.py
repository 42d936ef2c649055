"""The routes by which a collection is written: create, put, revise, withdraw; and what other writes share with them.

A POST: access → strict JSON → writer: references, all faults, COMMIT → the record as it is now, `Location`, `ETag`.
"""

import re
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, Violation
from app.reading.query import DetailQuery
from app.reading.record_keys import record_exists
from app.reading.single_records import FoundRecord, read_record
from app.resources.idempotency import IdempotentRequest, Tell, Write, run_once
from app.resources.resource import (
    JSON,
    MERGE_PATCH,
    VERSION_PROBLEMS,
    WRITE_PROBLEMS,
    Key,
    Resource,
    answer_of,
    reader_of,
    writer_of,
)
from app.resources.round_trip import hidden_fields, make_body
from app.schemas.pages import CreateQuery, Outcome, Plan, Referring, WithdrawQuery, WriteQuery
from app.web.access import Principal, require
from app.web.json_body import read_json
from app.web.route_docs import PLAN_JSON, PLANNED, WRITTEN, body_of, or_plan
from app.writing.idempotency import Asked
from app.writing.intents import Intent, Mode, WriteResult, Written
from app.writing.withdrawing import withdraw as withdraw_record

#: A tag (RFC 9110, 8.8.3), a weak one with its mark; and a list of tags.
_TAG = re.compile(r'(?:W/)?"[^"]*"')
_TAG_LIST = re.compile(rf"[ ,]*{_TAG.pattern}(?: *, *(?:{_TAG.pattern})?)* *")
#: The ETag of a record, whole or the version alone (`"v3"`).
_RECORD_TAG = re.compile(r'"v([0-9]{1,9})(?:\.[A-Za-z0-9.-]+)?"')


def add_writes(router: APIRouter, collection: Resource) -> None:
    """The routes that create, put, revise and withdraw a record."""
    noun, name, title, a_noun = collection.noun, collection.name, collection.title, collection.a_noun
    written = {"model": collection.read_spec.detail, "headers": WRITTEN}
    body = {"requestBody": body_of(f"{title}Write", JSON)}
    schemas = collection.kind.schema, collection.read_spec.detail

    def body_of_read(value: dict[str, Any], *, is_new: bool = False) -> dict[str, Any]:
        return make_body(*schemas, value, is_new=is_new)

    @router.post(
        "",
        operation_id=f"create{title}",
        summary=f"Create {a_noun}",
        description=f"Stores a new {noun} with everything written inside it, in one transaction. Other records are named"
        " by slug, id or `scheme:value`; all errors of the body come in one answer.",
        status_code=201,
        responses={**WRITE_PROBLEMS, 201: written, 200: PLANNED},
        openapi_extra=body,
        response_class=HttpResponse,
    )
    async def create(
        request: Request,
        query: Annotated[CreateQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        body = await json_of(request)
        intent = Intent(name, body_of_read(body, is_new=True), Mode.CREATE)
        intent = replace(intent, may_be_duplicate=query.allow_duplicate)
        write = partial(writer_of(request).write, [intent], **by_whom(query, editor))
        return await answer_once(request, query, run_once, body, write)

    @router.put(
        "/{key}",
        operation_id=f"put{title}",
        summary=f"Create or replace {a_noun}",
        description=f"Replaces the {noun} at this address, or creates it: a field that you leave out gets its default, while"
        " records inside it that the body does not name (delegations, demands) stay as they are. Sent again, the same body"
        " changes nothing and makes no revision.",
        responses={**VERSION_PROBLEMS, 200: or_plan(written), 201: written},
        openapi_extra=body,
        response_class=HttpResponse,
    )
    async def put(
        request: Request,
        key: Key,
        query: Annotated[WriteQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        body = await json_of(request)

        async def write(*, asked: Asked | None) -> WriteResult:
            intent = await _putting(request, name, noun, key, body_of_read(body))
            intent = replace(intent, hidden=hidden_fields(*schemas))
            return await writer_of(request).write([intent], **by_whom(query, editor), asked=asked)

        return await answer_once(request, query, run_once, body, write)

    @router.patch(
        "/{key}",
        operation_id=f"revise{title}",
        summary=f"Revise {a_noun}",
        description="Takes a merge patch (RFC 7396; `application/merge-patch+json` is accepted, too): fields that you send are replaced, lists as a whole, `null` empties a"
        " field, and the rest stays. `If-Match` with the record's `ETag` refuses to overwrite a version you have not seen.",
        responses={**VERSION_PROBLEMS, 200: or_plan(written)},
        openapi_extra={"requestBody": body_of(f"{title}Change", JSON)},
        response_class=HttpResponse,
    )
    async def revise(
        request: Request,
        key: Key,
        query: Annotated[WriteQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        patch = await json_of(request, MERGE_PATCH)
        by = {**by_whom(query, editor), "if_match": if_match_of(request), "hidden": hidden_fields(*schemas)}
        write = partial(writer_of(request).revise, name, key, body_of_read(patch), **by)
        return await answer_once(request, query, run_once, patch, write)

    @router.delete(
        "/{key}",
        operation_id=f"withdraw{title}",
        summary=f"Withdraw {a_noun}",
        description=f"The {noun} answers 410 from now on, with the reason; nothing is erased. `POST"
        " /v1/revisions/{number}/undo` brings it back.",
        status_code=204,
        responses={**VERSION_PROBLEMS, 200: PLANNED},
        response_class=HttpResponse,
    )
    async def withdraw(
        request: Request,
        key: Key,
        query: Annotated[WithdrawQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        by = {**by_whom(query, editor), "if_match": if_match_of(request)}
        write = partial(withdraw_record, writer_of(request), name, key, query.reason, **by)
        return await answer_once(request, query, run_once, b"", write, _withdrawn)


async def json_of(request: Request, *also: str) -> dict[str, Any]:
    """The body of a write, strictly read. Raises `ApiError` where it is no JSON object, or too large."""
    limit: int = request.app.state.max_body_bytes
    return await read_json(request, limit, accepted=(JSON, *also))


def by_whom(query: WriteQuery, editor: Principal) -> dict[str, Any]:
    """What the writer is told of a request besides what it writes."""
    return {"editor": editor.name, "key_id": editor.key_id, "message": query.message, "dry_run": query.dry_run}


async def answer_once(
    request: Request, query: WriteQuery, run_once: IdempotentRequest, body: Any, write: Write, tell: Tell | None = None
) -> HttpResponse:
    """Write, once for each `Idempotency-Key`, and tell: the record as it is then, or what `tell` makes of the result.
    A dry run does nothing that could be done twice."""
    if query.dry_run:
        return planned(await write(asked=None))
    return await run_once.answer(body, write, tell or (lambda result: told(request, result)))


async def _putting(request: Request, name: str, noun: str, key: str, body: dict[str, Any]) -> Intent:
    """What a PUT asks for: to replace, or to create what must not be there (`If-None-Match: *`), or to replace what must
    be there (`If-Match: *`). Raises `ApiError` where that does not hold."""
    must_be = request.headers.get("if-match", "").strip() == "*"
    must_not_be = request.headers.get("if-none-match", "").strip() == "*"
    if must_be or must_not_be:
        is_there = await record_exists(reader_of(request), name, key)
        if must_be and not is_there:
            raise ApiError(ProblemType.PRECONDITION, f"`If-Match: *` asks for a stored {noun}, and there is none.")
        if must_not_be and is_there:
            raise ApiError(
                ProblemType.PRECONDITION, f"`If-None-Match: *` asks for a new record, and '{key}' is stored."
            )
    if must_not_be:
        return Intent(name, {**body, "slug": key}, Mode.CREATE)
    return Intent(name, body, Mode.PUT, address=key, if_match=if_match_of(request))


async def _withdrawn(result: WriteResult) -> HttpResponse:
    return HttpResponse(status_code=204, headers={"Parley-Revision": str(result.revision)})


async def told(request: Request, result: WriteResult) -> HttpResponse:
    """The record as it stands after the COMMIT, read as any reader would read it."""
    record = result.record
    reader = reader_of(request)
    found = await read_record(reader, record.collection, record.slug, DetailQuery())
    assert isinstance(found, FoundRecord)
    response = answer_of(request, record.collection, found, reader)
    if record.action == "create":
        response.status_code = 201
        response.headers["Location"] = f"/v1/{record.collection}/{record.slug}"
    return response


def planned(result: WriteResult) -> HttpResponse:
    """The answer of a dry run."""

    def outcome(one: Written) -> Outcome:
        return Outcome(collection=one.collection, slug=one.slug, action=one.action)

    plan = Plan(
        dry_run=True,
        records=[outcome(one) for one in (*result.records, *result.others)],
        referring=[
            Referring(collection=one.collection, count=one.count, slugs=list(one.slugs)) for one in result.holders
        ],
    )
    return HttpResponse(plan.model_dump_json(), 200, media_type=PLAN_JSON)


def if_match_of(request: Request) -> frozenset[int] | None:
    """The versions of the record for which `If-Match` lets the write go on; None = any. Its tags are compared strongly
    (RFC 9110, 8.8.3.2): a weak one, or one of another making, fits none. Raises `ApiError` (412) where none can fit."""
    given = ", ".join(request.headers.getlist("if-match")).strip()
    if given in ("", "*"):
        return None
    tags = _TAG.findall(given) if _TAG_LIST.fullmatch(given) else []
    versions = frozenset(int(one[1]) for tag in tags if (one := _RECORD_TAG.fullmatch(tag)))
    if not versions:
        raise ApiError(
            ProblemType.PRECONDITION,
            "`If-Match` names no ETag of one record.",
            [
                Violation(
                    "No ETag of one record",
                    parameter="If-Match",
                    hint='Send the `ETag` that came with the record, in its quotes, as in "v3.r57.261124-9f3a1c2b4d5e6f70";'
                    " several are separated by commas.",
                )
            ],
        )
    return versions
