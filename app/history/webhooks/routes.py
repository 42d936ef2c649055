"""Webhooks over HTTP: made, shown, changed, deleted. For administrators: each lets the server send requests."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.errors import ProblemType
from app.history.webhooks.bodies import changed_webhook, new_webhook
from app.history.webhooks.schemas import Webhooks, WebhookView, view_of
from app.reading.unknown_keys import slugs_of
from app.resources.idempotency import REPLAYED, IdempotentRequest, run_once
from app.resources.resource import CHANGE_PROBLEMS, JSON, WRITE_PROBLEMS, reader_of, writer_of
from app.web.access import READS, Principal, require
from app.web.problem_responses import problems
from app.web.route_docs import body_of
from app.writing.intents import WriteResult
from app.writing.webhooks import Row, create_webhook, delete_webhook, find_webhook, list_webhooks, revise_webhook

Admin = Annotated[Principal, Depends(require(Scope.ADMIN))]
Id = Annotated[UUID, Path(description="Its id.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])]
#: A GET that needs a key wherever reads are public.
NOT_PUBLIC = {READS: False}
#: What every answer says: nobody keeps it.
NO_STORE = {"Cache-Control": "no-store"}
LIST_PROBLEMS = problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN, ProblemType.INVALID, ProblemType.UNAVAILABLE)
ONE_PROBLEMS = {**LIST_PROBLEMS, **problems(ProblemType.NOT_FOUND)}

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


async def _shown(request: Request, rows: list[Row], secret: str | None = None) -> list[WebhookView]:
    named = {one for row in rows for one in row["processes"] or ()}
    slugs = await slugs_of(reader_of(request), named) if named else {}
    return [view_of(row, slugs, secret) for row in rows]


async def _told(request: Request, row: Row, secret: str | None, status: int = 200) -> HttpResponse:
    (view,) = await _shown(request, [row], secret)
    return HttpResponse(view.model_dump_json(), status, NO_STORE, JSON)


_EXAMPLE = {"url": "https://newsroom.example/parley", "collections": ["talks", "demands"]}


@router.post(
    "",
    operation_id="createWebhook",
    summary="Create a webhook",
    description="Changes of the ledger are sent to its address, in order, as pages of `/v1/changes`, signed as Standard"
    " Webhooks (https://www.standardwebhooks.com) has it: `webhook-id`, `webhook-timestamp`, `webhook-signature`. What is"
    " not answered by 2xx is tried again, with growing pauses, for two days; then, and after 410, the webhook is paused,"
    " and goes on where it stood when it is resumed. A message may come twice, under the same id; none is left out."
    "\n\nIt needs the scope `admin`. A secret that the server makes is shown in this answer alone, and not where an"
    " `Idempotency-Key` brings it again: where it was lost, `PATCH` makes another.",
    status_code=201,
    responses={**WRITE_PROBLEMS, 201: {"model": WebhookView}},
    openapi_extra={"requestBody": body_of("WebhookWrite", JSON, example=_EXAMPLE)},
    response_class=HttpResponse,
)
async def create(
    request: Request, editor: Admin, run_once: Annotated[IdempotentRequest, Depends(run_once)]
) -> HttpResponse:
    """Make one."""
    body, values, secret = await new_webhook(request)
    write = partial(create_webhook, writer_of(request).engine, {**values, "created_by": editor.name})

    async def tell(result: WriteResult) -> HttpResponse:
        row = await find_webhook(writer_of(request).engine, result.record.id)
        response = await _told(request, row, None, 201)
        response.headers["Location"] = f"/v1/webhooks/{row['id']}"
        return response

    answer = await run_once.answer(body, write, tell)
    if secret is None or REPLAYED in answer.headers:
        return answer
    # Put in here, after the answer was kept for repetitions: a receipt is no place for a secret.
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
    """All webhooks, the oldest first, each with how far it is."""
    response.headers.update(NO_STORE)
    return Webhooks(data=await _shown(request, await list_webhooks(writer_of(request).engine)))


@router.get(
    "/{id}",
    operation_id="getWebhook",
    summary="Read a webhook",
    responses={**ONE_PROBLEMS, 200: {"model": WebhookView}},
    openapi_extra=NOT_PUBLIC,
    response_class=HttpResponse,
)
async def get(request: Request, id: Id, _: Admin) -> HttpResponse:
    """A webhook, and how far it is. Its secret is never shown again."""
    return await _told(request, await find_webhook(writer_of(request).engine, id), None)


@router.patch(
    "/{id}",
    operation_id="reviseWebhook",
    summary="Revise, pause or resume a webhook",
    description="A merge patch (RFC 7396). `is_active` pauses and resumes; `secret` changes the secret, and for"
    " `overlap_hours` both sign, so that no message is refused while the receiver learns the new one; `after` sets it to"
    " another position.",
    responses={**CHANGE_PROBLEMS, 200: {"model": WebhookView}},
    openapi_extra={"requestBody": body_of("WebhookChange", JSON, example={"is_active": False})},
    response_class=HttpResponse,
)
async def revise(request: Request, id: Id, _: Admin) -> HttpResponse:
    """Change it."""
    values, overlap, secret = await changed_webhook(request)
    row = await revise_webhook(writer_of(request).engine, id, values, overlap_hours=overlap)
    return await _told(request, row, secret)


@router.delete(
    "/{id}",
    operation_id="deleteWebhook",
    summary="Delete a webhook",
    status_code=204,
    responses=ONE_PROBLEMS,
)
async def remove(request: Request, id: Id, _: Admin) -> None:
    """Deletes it and its log: nothing is sent any more, and nobody can say what was."""
    await delete_webhook(writer_of(request).engine, id)
