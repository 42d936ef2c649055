"""Routes that list, create, change, rotate and revoke API keys. They need scope `admin`.

A response with a secret is never stored, so these routes reject an `Idempotency-Key`: the name of a key is unique, and
therefore a repeated POST creates no second key (tests/api_keys/test_routes.py).
"""

from datetime import timedelta
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ValidationError

from app.api_keys.schemas import (
    KeyChange,
    KeyEvent,
    KeyEventPage,
    KeyEventQuery,
    KeyList,
    KeyView,
    KeyWrite,
    RotateQuery,
    view_of,
)
from app.errors import ApiError, ProblemType, Violation, count_errors
from app.resources.admin_routes import LIST_PROBLEMS, NO_STORE, NOT_PUBLIC, ONE_PROBLEMS, Admin
from app.resources.idempotency import HEADER
from app.resources.state import writer_of
from app.resources.write_routes import json_of
from app.web.access import Principal, digest, new_api_key
from app.web.media_types import JSON, MERGE_PATCH
from app.web.problem_responses import problems
from app.web.route_docs import request_body
from app.web.validation import violations_of_body
from app.writing.admin_events import Actor, list_events
from app.writing.api_keys import change_key, create_key, find_named_key, list_keys, revoke_key, rotate_key

T = TypeVar("T", KeyWrite, KeyChange)

Name = Annotated[str, Path(description="Name or id of the key.", examples=["ines"], max_length=200)]
_BODY_PROBLEMS = {
    **LIST_PROBLEMS,
    **problems(ProblemType.MALFORMED, ProblemType.CONFLICT, ProblemType.TOO_LARGE, ProblemType.MEDIA_TYPE),
}

router = APIRouter(prefix="/v1/keys", tags=["keys"])


async def refuse_idempotency_key(request: Request, _: Admin) -> None:
    """Raise ApiError (422) if the request has an `Idempotency-Key`: its response contains a secret and is not stored."""
    if HEADER.lower() in request.headers:
        hint = "Omit the header. A repeated request creates no second key, because names are unique."
        violation = Violation(
            "Not accepted here: the response contains a secret, which is not stored", parameter=HEADER, hint=hint
        )
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])


def _actor(request: Request, editor: Principal) -> Actor:
    return Actor(editor.name, UUID(editor.key_id) if editor.key_id else None, request.state.request_id)


def _read(body: dict[str, object], model: type[T]) -> T:
    """The validated body. Raises ApiError with all errors."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        violations = violations_of_body(error, model, body)
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations) from None


def _response(view: BaseModel, status: int = 200) -> HttpResponse:
    return HttpResponse(view.model_dump_json(), status, NO_STORE, JSON)


@router.get("", operation_id="listKeys", summary="List API keys", responses=LIST_PROBLEMS, openapi_extra=NOT_PUBLIC)
async def list_(request: Request, _: Admin, response: HttpResponse) -> KeyList:
    """Returns all API keys, including revoked and expired ones, oldest first, without their secrets. Example:
    `GET /v1/keys`"""
    response.headers.update(NO_STORE)
    return KeyList(data=[view_of(key) for key in await list_keys(writer_of(request).engine)])


_EXAMPLE = {"name": "ines", "scopes": ["write"], "expires_at": "2999-12-31T00:00:00Z"}


@router.post(
    "",
    operation_id="createKey",
    summary="Create an API key",
    description="Creates an API key and returns its secret, which cannot be shown again. Requires scope `admin`. A name can be"
    " used only once, also after the key was revoked. The header `Idempotency-Key` is rejected, because the response is not"
    " stored.",
    status_code=201,
    responses={**_BODY_PROBLEMS, 201: {"model": KeyView}},
    openapi_extra={"requestBody": request_body("KeyWrite", JSON, example=_EXAMPLE)},
    response_class=HttpResponse,
    dependencies=[Depends(refuse_idempotency_key)],
)
async def create(request: Request, editor: Admin) -> HttpResponse:
    """Create an API key."""
    sent = _read(await json_of(request), KeyWrite)
    secret = new_api_key()
    key = await create_key(
        writer_of(request).engine,
        sent.name,
        sorted(set(sent.scopes)),
        digest(secret),
        expires_at=sent.expires_at,
        note=sent.note,
        actor=_actor(request, editor),
    )
    response = _response(view_of(key, secret), 201)
    response.headers["Location"] = f"/v1/keys/{key.id}"
    return response


@router.get(
    "/events",
    operation_id="listKeyEvents",
    summary="List administrative acts",
    responses=ONE_PROBLEMS,
    openapi_extra=NOT_PUBLIC,
)
async def events(
    request: Request, query: Annotated[KeyEventQuery, Query()], _: Admin, response: HttpResponse
) -> KeyEventPage:
    """Returns who created, changed, rotated and revoked API keys, newest first, over HTTP and by commands. Rejected attempts
    are in the access log. Example: `GET /v1/keys/events?key=ines`"""
    engine = writer_of(request).engine
    key_id = (await find_named_key(engine, query.key)).id if query.key is not None else None
    rows = await list_events(engine, query.limit + 1, query.before, key_id)
    shown = [KeyEvent.model_validate(dict(row)) for row in rows[: query.limit]]
    response.headers.update(NO_STORE)
    return KeyEventPage(data=shown, next=shown[-1].id if len(rows) > query.limit else None)


@router.get(
    "/{name}",
    operation_id="getKey",
    summary="Read an API key",
    responses={**ONE_PROBLEMS, 200: {"model": KeyView}},
    openapi_extra=NOT_PUBLIC,
    response_class=HttpResponse,
)
async def get(request: Request, name: Name, _: Admin) -> HttpResponse:
    """Returns an API key: scopes, expiry and last use. The secret is never included."""
    return _response(view_of(await find_named_key(writer_of(request).engine, name)))


@router.patch(
    "/{name}",
    operation_id="reviseKey",
    summary="Change the expiry or the note of an API key",
    description="Applies a JSON merge patch (RFC 7396) to `expires_at` and `note`. Scopes cannot be changed: create another key."
    " An expired key becomes valid again, within seconds, if it gets another `expires_at`.",
    responses={**ONE_PROBLEMS, **_BODY_PROBLEMS, 200: {"model": KeyView}},
    openapi_extra={"requestBody": request_body("KeyChange", JSON, example={"expires_at": None})},
    response_class=HttpResponse,
)
async def revise(request: Request, name: Name, editor: Admin) -> HttpResponse:
    """Change the expiry or the note of an API key."""
    sent = _read(await json_of(request, MERGE_PATCH), KeyChange)
    values = {one: getattr(sent, one) for one in sent.model_fields_set}
    key = await change_key(writer_of(request).engine, name, values, actor=_actor(request, editor))
    return _response(view_of(key))


@router.post(
    "/{name}/rotate",
    operation_id="rotateKey",
    summary="Replace the secret of an API key",
    description="Generates another secret for the same key and returns it; it cannot be shown again. The secret before it ends"
    " within seconds, or after `overlap_hours`. A key has at most two valid secrets: while there are two, a rotation with"
    " `overlap_hours` gets 409. The header `Idempotency-Key` is rejected, because the response is not stored.",
    responses={**ONE_PROBLEMS, **problems(ProblemType.CONFLICT), 200: {"model": KeyView}},
    response_class=HttpResponse,
    dependencies=[Depends(refuse_idempotency_key)],
)
async def rotate(request: Request, name: Name, query: Annotated[RotateQuery, Query()], editor: Admin) -> HttpResponse:
    """Replace the secret of an API key."""
    secret = new_api_key()
    overlap = timedelta(hours=query.overlap_hours)
    engine = writer_of(request).engine
    key = await rotate_key(engine, name, digest(secret), overlap=overlap, actor=_actor(request, editor))
    return _response(view_of(key, secret))


@router.delete(
    "/{name}",
    operation_id="revokeKey",
    summary="Revoke an API key",
    status_code=204,
    responses=ONE_PROBLEMS,
)
async def revoke(request: Request, name: Name, editor: Admin) -> None:
    """Revokes an API key permanently: it is rejected within seconds, and its streams end. The key stays in the list, and
    its name cannot be used again. Revoking it again changes nothing."""
    engine = writer_of(request).engine
    key = await find_named_key(engine, name)
    await revoke_key(engine, key.name, actor=_actor(request, editor))
