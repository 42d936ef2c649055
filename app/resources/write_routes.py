"""The write routes of a resource (create, put, revise, withdraw), and helpers for other routes that write.

A POST passes through: access check → strict JSON parser → writer (resolve references, collect all errors, COMMIT) →
response with the stored record, `Location` and `ETag`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, Violation, quoted
from app.reading.query import DetailQuery
from app.reading.record_keys import record_exists
from app.reading.single_records import FoundRecord, read_record
from app.resources.differences import planned_changes
from app.resources.idempotency import IdempotentRequest, MakeResponse, Write, run_once
from app.resources.read_routes import answer_of
from app.resources.resource import Resource
from app.resources.round_trip import hidden_fields, make_body
from app.resources.route_docs import VERSION_PROBLEMS, WRITE_PROBLEMS, Key
from app.resources.routes import Route
from app.resources.state import reader_of, server_state, writer_of
from app.schemas.pages import CreateQuery, Outcome, Plan, Referring, WithdrawQuery, WriteQuery
from app.web.access import Principal, require
from app.web.json_body import read_json
from app.web.media_types import JSON, MERGE_PATCH, PLAN_JSON
from app.web.route_docs import PLANNED, WRITTEN, or_plan, request_body
from app.writing.idempotency import IdempotencyKey
from app.writing.intents import Intent, Mode, WriteResult, Written
from app.writing.withdrawing import withdraw as withdraw_record

#: An ETag (RFC 9110, 8.8.3), which may be weak, and a list of ETags.
_TAG = re.compile(r'(?:W/)?"[^"]*"')
_TAG_LIST = re.compile(rf"[ ,]*{_TAG.pattern}(?: *, *(?:{_TAG.pattern})?)* *")
#: The ETag of a record: the whole tag, or only the version (`"v3"`).
_RECORD_TAG = re.compile(r'"v([0-9]{1,9})(?:\.[A-Za-z0-9.-]+)?"')


def write_routes(resource: Resource) -> tuple[Route, ...]:
    """Return the routes that create, put, revise and withdraw a record."""
    noun, title, a_noun = resource.noun, resource.title, resource.a_noun
    endpoints = WriteEndpoints(resource)
    written = {"model": resource.read_spec.detail, "headers": WRITTEN}
    body = request_body(f"{title}Write", JSON)
    return (
        Route(
            "POST",
            "",
            f"create{title}",
            endpoints.create,
            summary=f"Create {a_noun}",
            description=f"Stores a new {noun} with all nested records, in one transaction. Refer to other records by slug, id or"
            " `scheme:value`; all errors of the body are reported in one response.",
            status=201,
            responses={**WRITE_PROBLEMS, 201: written, 200: PLANNED},
            body=body,
        ),
        Route(
            "PUT",
            "/{key}",
            f"put{title}",
            endpoints.put,
            summary=f"Create or replace {a_noun}",
            description=f"Replaces the {noun} at this URL, or creates it: omitted fields get their default, and nested records"
            " that the body does not contain (delegations, demands) are unchanged. Sending the same body again changes nothing"
            " and makes no revision.",
            responses={**VERSION_PROBLEMS, 200: or_plan(written), 201: written},
            body=body,
        ),
        Route(
            "PATCH",
            "/{key}",
            f"revise{title}",
            endpoints.revise,
            summary=f"Revise {a_noun}",
            description="Applies a merge patch (RFC 7396), sent as `application/json` or `application/merge-patch+json`: fields"
            " in the body are replaced, lists as a whole, and `null` clears a field. Send the record's `ETag` in `If-Match` to"
            " avoid overwriting a version you have not seen.",
            responses={**VERSION_PROBLEMS, 200: or_plan(written)},
            body=request_body(f"{title}Change", JSON),
        ),
        Route(
            "DELETE",
            "/{key}",
            f"withdraw{title}",
            endpoints.withdraw,
            summary=f"Withdraw {a_noun}",
            description=f"Withdraws the {noun}: its URL returns 410 with the reason, and nothing is erased. `POST"
            " /v1/revisions/{number}/undo` restores it.",
            status=204,
            responses={**VERSION_PROBLEMS, 200: PLANNED},
        ),
    )


class WriteEndpoints:
    """The endpoints of the write routes of one resource."""

    def __init__(self, resource: Resource) -> None:
        self._name, self._noun = resource.name, resource.noun
        self._schemas = resource.kind.schema, resource.read_spec.detail

    async def create(
        self,
        request: Request,
        query: Annotated[CreateQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        """Store a new record."""
        body = await json_of(request)
        intent = Intent(self._name, make_body(*self._schemas, body, is_new=True), Mode.CREATE)
        intent = replace(intent, may_be_duplicate=query.allow_duplicate)
        write = partial(writer_of(request).write, [intent], **write_options(query, editor))
        return await answer_once(request, query, run_once, body, write)

    async def put(
        self,
        request: Request,
        key: Key,
        query: Annotated[WriteQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        """Create the record, or replace it."""
        body = await json_of(request)

        async def write(*, idempotency_key: IdempotencyKey | None) -> WriteResult:
            intent = await _put_intent(
                request, self._name, self._noun, key, make_body(*self._schemas, body, is_new=False)
            )
            intent = replace(intent, hidden=hidden_fields(*self._schemas))
            return await writer_of(request).write(
                [intent], **write_options(query, editor), idempotency_key=idempotency_key
            )

        return await answer_once(request, query, run_once, body, write)

    async def revise(
        self,
        request: Request,
        key: Key,
        query: Annotated[WriteQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        """Apply a merge patch to the record."""
        patch = await json_of(request, MERGE_PATCH)
        await _reject_existing(request, self._name, self._noun, key)
        hidden = hidden_fields(*self._schemas)
        by = {**write_options(query, editor), "if_match": if_match_of(request), "hidden": hidden}
        write = partial(
            writer_of(request).revise, self._name, key, make_body(*self._schemas, patch, is_new=False), **by
        )
        return await answer_once(request, query, run_once, patch, write)

    async def withdraw(
        self,
        request: Request,
        key: Key,
        query: Annotated[WithdrawQuery, Query()],
        editor: Annotated[Principal, Depends(require(Scope.WRITE))],
        run_once: Annotated[IdempotentRequest, Depends(run_once)],
    ) -> HttpResponse:
        """Withdraw the record."""
        await _reject_existing(request, self._name, self._noun, key)
        by = {**write_options(query, editor), "if_match": if_match_of(request)}
        write = partial(withdraw_record, writer_of(request), self._name, key, query.reason, **by)
        return await answer_once(request, query, run_once, b"", write, _withdrawn_response)


async def json_of(request: Request, *also: str) -> dict[str, object]:
    """Parse the body of a write strictly. Raises ApiError if it is not a JSON object, or is too large."""
    limit = server_state(request).max_body_bytes
    return await read_json(request, limit, accepted=(JSON, *also))


def write_options(query: WriteQuery, editor: Principal) -> dict[str, Any]:
    """Return the arguments of the writer that describe the request: editor, key, message, dry run."""
    return {"editor": editor.name, "key_id": editor.key_id, "message": query.message, "dry_run": query.dry_run}


async def answer_once(
    request: Request,
    query: WriteQuery,
    run_once: IdempotentRequest,
    body: object,
    write: Write,
    make_response: MakeResponse | None = None,
) -> HttpResponse:
    """Write once for each `Idempotency-Key`. Return the stored record, or the response that `make_response` builds from
    the result. A dry run writes nothing, so it ignores the key."""
    if query.dry_run:
        return planned(await write(idempotency_key=None))
    return await run_once.answer(body, write, make_response or (lambda result: record_response(request, result)))


async def _reject_existing(request: Request, name: str, noun: str, key: str) -> None:
    """Raise ApiError (412) if `If-None-Match: *` was sent and the record exists."""
    if request.headers.get("if-none-match", "").strip() == "*" and await record_exists(reader_of(request), name, key):
        raise ApiError(
            ProblemType.PRECONDITION, f"`If-None-Match: *` requires a new {noun}, and {quoted(key)} already exists."
        )


async def _put_intent(request: Request, name: str, noun: str, key: str, body: Mapping[str, object]) -> Intent:
    """Return the intent of a PUT: create or replace; only create with `If-None-Match: *`; only replace with `If-Match: *`.
    Raises ApiError (412) if the precondition fails."""
    must_be = request.headers.get("if-match", "").strip() == "*"
    must_not_be = request.headers.get("if-none-match", "").strip() == "*"
    await _reject_existing(request, name, noun, key)
    if must_be and not await record_exists(reader_of(request), name, key):
        raise ApiError(
            ProblemType.PRECONDITION,
            f"`If-Match: *` requires an existing {noun}, and {quoted(key)} does not exist.",
        )
    if must_not_be:
        return Intent(name, {**body, "slug": key}, Mode.CREATE)
    return Intent(name, body, Mode.PUT, address=key, if_match=if_match_of(request))


async def _withdrawn_response(result: WriteResult) -> HttpResponse:
    return HttpResponse(status_code=204, headers={"Parley-Revision": str(result.revision)})


async def record_response(request: Request, result: WriteResult) -> HttpResponse:
    """Return the response with the record as read after the COMMIT."""
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
    """Return the response of a dry run."""

    def outcome(written: Written) -> Outcome:
        changes = planned_changes(written.bodies)
        return Outcome(collection=written.collection, slug=written.slug, action=written.action, changes=changes)

    plan = Plan(
        dry_run=True,
        records=[outcome(written) for written in (*result.records, *result.others)],
        referring=[
            Referring(collection=holder.collection, count=holder.count, slugs=list(holder.slugs))
            for holder in result.holders
        ],
    )
    return HttpResponse(plan.model_dump_json(by_alias=True), 200, media_type=PLAN_JSON)


def if_match_of(request: Request) -> frozenset[int] | None:
    """Return the versions that satisfy `If-Match`; None = any version. The comparison is strong (RFC 9110, 8.8.3.2): a
    weak ETag, or the ETag of anything but a single record, matches no version. Raises ApiError (412) if none of the
    ETags can match."""
    given = ", ".join(request.headers.getlist("if-match")).strip()
    if given in ("", "*"):
        return None
    tags = _TAG.findall(given) if _TAG_LIST.fullmatch(given) else []
    versions = frozenset(int(match[1]) for tag in tags if (match := _RECORD_TAG.fullmatch(tag)))
    if not versions:
        raise ApiError(
            ProblemType.PRECONDITION,
            f"`If-Match` has no ETag of a record; got {quoted(given, 100)}.",
            [
                Violation(
                    "Not the ETag of a record",
                    parameter="If-Match",
                    hint='Send the `ETag` of the record, including its quotes, such as "v3.r57.261124-9f3a1c2b4d5e6f70";'
                    " separate several by commas.",
                )
            ],
        )
    return versions
