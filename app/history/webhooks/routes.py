"""Routes that create, read, revise and delete webhooks. They need scope `admin`, because a webhook makes the server
send requests.
"""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Response as HttpResponse

from app.history.webhooks.bodies import changed_webhook, new_webhook
from app.history.webhooks.schemas import Webhooks, WebhookView, view_of
from app.reading.record_keys import fetch_slugs
from app.resources.admin_routes import LIST_PROBLEMS, NO_STORE, NOT_PUBLIC, ONE_PROBLEMS, Admin
from app.resources.idempotency import REPLAYED, IdempotentRequest, run_once
from app.resources.route_docs import CHANGE_PROBLEMS, WRITE_PROBLEMS
from app.resources.state import reader_of, writer_of
from app.web.media_types import JSON
from app.web.route_docs import request_body
from app.writing.intents import WriteResult
from app.writing.webhooks import Row, create_webhook, delete_webhook, find_webhook, list_webhooks, revise_webhook

Id = Annotated[UUID, Path(description="Id of the webhook.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])]

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


async def _views(request: Request, rows: list[Row], secret: str | None = None) -> list[WebhookView]:
    named = {one for row in rows for one in row["processes"] or ()}
    slugs = await fetch_slugs(reader_of(request), named) if named else {}
    return [view_of(row, slugs, secret) for row in rows]


async def _response(request: Request, row: Row, secret: str | None, status: int = 200) -> HttpResponse:
    (view,) = await _views(request, [row], secret)
    return HttpResponse(view.model_dump_json(), status, NO_STORE, JSON)


_EXAMPLE = {"url": "https://newsroom.example/parley", "collections": ["talks", "demands"]}


@router.post(
    "",
    operation_id="createWebhook",
    summary="Create a webhook",
    description="Sends changes to a URL, in order, as pages of `/v1/changes`. Requires scope `admin`. Messages are signed"
    " according to Standard Webhooks (https://www.standardwebhooks.com), in the headers `webhook-id`,"
    " `webhook-timestamp` and `webhook-signature`."
    "\n\nA delivery without a 2xx response is repeated with growing pauses, by default for two days. Then, or after 410,"
    " the webhook is paused; it continues at the same position when you resume it. A message may arrive twice, with"
    " the same id, but none is skipped."
    "\n\nA generated secret is shown only in this response, not when the response is repeated for an `Idempotency-Key`. If you"
    " lose it, use `PATCH` to generate another.",
    status_code=201,
    responses={**WRITE_PROBLEMS, 201: {"model": WebhookView}},
    openapi_extra={"requestBody": request_body("WebhookWrite", JSON, example=_EXAMPLE)},
    response_class=HttpResponse,
)
async def create(
    request: Request, editor: Admin, run_once: Annotated[IdempotentRequest, Depends(run_once)]
) -> HttpResponse:
    """Create a webhook."""
    body, values, secret = await new_webhook(request)
    write = partial(create_webhook, writer_of(request).engine, {**values, "created_by": editor.name})

    async def respond(result: WriteResult) -> HttpResponse:
        row = await find_webhook(writer_of(request).engine, result.record.id)
        response = await _response(request, row, None, 201)
        response.headers["Location"] = f"/v1/webhooks/{row['id']}"
        return response

    answer = await run_once.answer(body, write, respond)
    if secret is None or REPLAYED in answer.headers:
        return answer
    # Add the secret only here: the response stored for the idempotency key must not contain it.
    view = WebhookView.model_validate_json(bytes(answer.body)).model_copy(update={"secret": secret})
    headers = {**NO_STORE, "Location": answer.headers["Location"]}
    return HttpResponse(view.model_dump_json(), answer.status_code, headers, JSON)


@router.get(
    "",
    operation_id="listWebhooks",
    summary="List webhooks",
    responses=LIST_PROBLEMS,
    openapi_extra=NOT_PUBLIC,
)
async def list_(request: Request, _: Admin, response: HttpResponse) -> Webhooks:
    """Returns all webhooks, oldest first, each with its position in the feed. Example: `GET /v1/webhooks`"""
    response.headers.update(NO_STORE)
    return Webhooks(data=await _views(request, await list_webhooks(writer_of(request).engine)))


@router.get(
    "/{id}",
    operation_id="getWebhook",
    summary="Read a webhook",
    responses={**ONE_PROBLEMS, 200: {"model": WebhookView}},
    openapi_extra=NOT_PUBLIC,
    response_class=HttpResponse,
)
async def get(request: Request, id: Id, _: Admin) -> HttpResponse:
    """Returns a webhook with its position in the feed and its failures. The secret is never included."""
    return await _response(request, await find_webhook(writer_of(request).engine, id), None)


@router.patch(
    "/{id}",
    operation_id="reviseWebhook",
    summary="Revise, pause or resume a webhook",
    description="Applies a JSON merge patch (RFC 7396). `is_active` pauses or resumes the webhook, and `after` moves it"
    " to another position. `secret` replaces the secret: messages are signed with both secrets for `overlap_hours`, so that"
    " the receiver can switch without rejecting any message.",
    responses={**CHANGE_PROBLEMS, 200: {"model": WebhookView}},
    openapi_extra={"requestBody": request_body("WebhookChange", JSON, example={"is_active": False})},
    response_class=HttpResponse,
)
async def revise(request: Request, id: Id, _: Admin) -> HttpResponse:
    """Revise, pause or resume a webhook."""
    values, overlap, secret = await changed_webhook(request)
    row = await revise_webhook(writer_of(request).engine, id, values, overlap_hours=overlap)
    return await _response(request, row, secret)


@router.delete(
    "/{id}",
    operation_id="deleteWebhook",
    summary="Delete a webhook",
    status_code=204,
    responses=ONE_PROBLEMS,
)
async def remove(request: Request, id: Id, _: Admin) -> None:
    """Deletes a webhook and its log of deliveries. Nothing more is sent, and the log cannot be recovered."""
    await delete_webhook(writer_of(request).engine, id)
