"""What was sent to a webhook, over HTTP: the log, a trial, and a message once more."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.db.webhooks import DeliveryStatus
from app.errors import ApiError, ProblemType
from app.history.webhooks.courier import Courier
from app.history.webhooks.routes import LIST_PROBLEMS, NO_STORE, NOT_PUBLIC, ONE_PROBLEMS, Admin, Id
from app.history.webhooks.schemas import DeliveryPage, DeliveryView, delivery_of
from app.reading.query import Many
from app.resources.resource import writer_of
from app.web.problem_responses import problems
from app.writing.deliveries import lease_webhook
from app.writing.webhooks import find_delivery, find_webhook, list_deliveries, tell_couriers

deliveries = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


class DeliveryQuery(BaseModel):
    """Which deliveries."""

    model_config = ConfigDict(extra="forbid")

    status: Many[DeliveryStatus] | None = Field(None, description="Only these.", examples=[["pending"]])
    before: UUID | None = Field(
        None,
        description="Only those before this one: `next` of the last answer.",
        examples=["019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"],
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="How many at most.", examples=[50])


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
    """What was sent, the newest first: positions, attempts, what the receiver said, and when it is tried again. Old
    entries are swept away (`PARLEY_WEBHOOK_LOG_DAYS`, `PARLEY_WEBHOOK_LOG_MOST`)."""
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
    """Sends a message without changes (`type` is `ping`), once, and answers what the receiver said. Of a paused webhook,
    too."""
    engine, courier = writer_of(request).engine, _courier(request)
    made, _answer = await courier.ping(await find_webhook(engine, id))
    response.headers.update(NO_STORE)
    return delivery_of((await find_delivery(engine, id, made["id"]))[1])


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
    """Sends the same message under the same `webhook-id`, now, and answers what the receiver said. One that is pending is
    tried at once, not at its next time; what was taken before moves nothing."""
    engine, courier = writer_of(request).engine, _courier(request)
    hook, row = await find_delivery(engine, id, delivery)
    if row["status"] == DeliveryStatus.PENDING:
        lease = uuid4()
        if not await lease_webhook(engine, id, lease):
            raise ApiError(ProblemType.CONFLICT, "This webhook is delivered to just now.", headers={"Retry-After": "5"})
        await courier.deliver_next(await find_webhook(engine, id), lease)
        # Whoever waited for its next time waits no longer: what follows goes out at once.
        await tell_couriers(engine)
    else:
        await courier.send_again(hook, row)
    response.headers.update(NO_STORE)
    return delivery_of((await find_delivery(engine, id, delivery))[1])


def _courier(request: Request) -> Courier:
    found: Courier = request.app.state.courier
    return found
