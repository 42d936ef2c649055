"""Routes of a webhook's deliveries: list them, send a test message, and send a delivery again."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.db.webhooks import DeliveryStatus
from app.errors import ApiError, ProblemType
from app.history.webhooks.courier import Courier
from app.history.webhooks.routes import Id
from app.history.webhooks.schemas import DeliveryPage, DeliveryView, delivery_of
from app.reading.query import Many
from app.resources.admin_routes import LIST_PROBLEMS, NO_STORE, NOT_PUBLIC, ONE_PROBLEMS, Admin
from app.resources.state import server_state, writer_of
from app.web.problem_responses import problems
from app.writing.deliveries import lease_webhook
from app.writing.webhooks import find_delivery, find_webhook, list_deliveries, tell_couriers

deliveries = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


class DeliveryQuery(BaseModel):
    """Query parameters of the list of deliveries."""

    model_config = ConfigDict(extra="forbid")

    status: Many[DeliveryStatus] | None = Field(
        None, description="Only deliveries with these statuses.", examples=[["pending"]]
    )
    before: UUID | None = Field(
        None,
        description="Only deliveries older than this one: pass `next` of the previous page.",
        examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"],
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="Maximum number of deliveries.", examples=[50])


@deliveries.get(
    "/{id}/deliveries",
    operation_id="listDeliveries",
    summary="List the deliveries of a webhook",
    responses=ONE_PROBLEMS,
    openapi_extra=NOT_PUBLIC,
)
async def log(
    request: Request, id: Id, query: Annotated[DeliveryQuery, Query()], _: Admin, response: HttpResponse
) -> DeliveryPage:
    """Returns the deliveries, newest first: positions, attempts, the receiver's response and the time of the next
    attempt. Old deliveries are deleted (settings `PARLEY_WEBHOOK_LOG_DAYS` and `PARLEY_WEBHOOK_LOG_MOST`). Example:
    `GET /v1/webhooks/{id}/deliveries?status=pending`"""
    statuses = [str(one) for one in query.status] if query.status else None
    rows = await list_deliveries(writer_of(request).engine, id, query.before, query.limit + 1, statuses)
    shown = [delivery_of(row) for row in rows[: query.limit]]
    response.headers.update(NO_STORE)
    return DeliveryPage(data=shown, next=shown[-1].id if len(rows) > query.limit else None)


@deliveries.post(
    "/{id}/ping",
    operation_id="pingWebhook",
    summary="Test a webhook",
    responses={**LIST_PROBLEMS, **problems(ProblemType.NOT_FOUND)},
)
async def ping(request: Request, id: Id, _: Admin, response: HttpResponse) -> DeliveryView:
    """Sends one message without changes (`type` is `ping`) and returns the receiver's response. Paused webhooks can be
    tested too.
    """
    engine, courier = writer_of(request).engine, _courier(request)
    delivery, _answer = await courier.ping(await find_webhook(engine, id))
    response.headers.update(NO_STORE)
    return delivery_of((await find_delivery(engine, id, delivery["id"]))[1])


@deliveries.post(
    "/{id}/deliveries/{delivery}/redeliver",
    operation_id="redeliver",
    summary="Send a delivery again",
    responses={**ONE_PROBLEMS, **problems(ProblemType.CONFLICT)},
)
async def redeliver(
    request: Request,
    id: Id,
    delivery: Annotated[
        UUID, Path(description="Id of the delivery.", examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"])
    ],
    _: Admin,
    response: HttpResponse,
) -> DeliveryView:
    """Sends the same message with the same `webhook-id` immediately and returns the receiver's response. A pending
    delivery does not wait for its next attempt. Repeating an accepted delivery does not change the webhook's position.
    """
    engine, courier = writer_of(request).engine, _courier(request)
    webhook, row = await find_delivery(engine, id, delivery)
    if row["status"] == DeliveryStatus.PENDING:
        lease = uuid4()
        if not await lease_webhook(engine, id, lease):
            detail = "A delivery to this webhook is in progress. Try again in 5 seconds."
            raise ApiError(ProblemType.CONFLICT, detail, headers={"Retry-After": "5"})
        await courier.deliver_next(await find_webhook(engine, id), lease)
        # Wake the couriers, so that the next delivery is sent immediately.
        await tell_couriers(engine)
    else:
        await courier.send_again(webhook, row)
    response.headers.update(NO_STORE)
    return delivery_of((await find_delivery(engine, id, delivery))[1])


def _courier(request: Request) -> Courier:
    return server_state(request).part(Courier)
