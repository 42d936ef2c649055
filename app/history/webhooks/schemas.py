"""Request and response schemas of webhooks and their deliveries."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from app.db.vocabulary import Action
from app.db.webhooks import DeliveryStatus, PauseReason
from app.domain.keys import ProcessKey
from app.domain.texts import Line, Prose, refusal
from app.domain.types import Instant
from app.errors import quoted
from app.history import descriptions
from app.history.change_routes import Changes
from app.history.changes import Position, PositionText
from app.history.webhooks.signatures import decode_secret
from app.writing.webhooks import OVERLAP_HOURS

#: The value of `secret` that makes the server generate a secret.
NEW = "new"


def _check_secret(text: str) -> str:
    try:
        if text != NEW:
            decode_secret(text)
    except ValueError as error:
        raise refusal("secret", f"{error} Use {quoted(NEW)} to let the server generate one.") from None
    return text


Secret = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_secret)]
Batch = Annotated[StrictInt, Field(ge=1, le=500)]
Collections = Annotated[list[Line], Field(max_length=20)]
Actions = Annotated[list[Action], Field(max_length=10)]
Processes = Annotated[list[ProcessKey], Field(max_length=100)]
_ID = "019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"
_URL = "https://newsroom.example/parley"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the example in the Standard Webhooks specification
_DESCRIPTIONS = {
    "url": "URL to which changes are sent. It must be an https URL of a public address, unless the operator of the server allows others.",
    "description": "Purpose of the webhook; null = none given.",
    "collections": "Only changes of records of these collections; null = all.",
    "processes": "Only changes of records that belong to these negotiations or to negotiations below them, as with the"
    " parameter `process` of `/v1/changes`; null = all.",
    "actions": "Only changes with these actions; null = all.",
    "batch": "Maximum number of changes in one delivery; 1 = each change is sent separately.",
}


class _Subscription(BaseModel):
    """Fields common to creating and revising a webhook."""

    model_config = ConfigDict(extra="forbid")

    url: Line = Field(description=_DESCRIPTIONS["url"], examples=[_URL])
    description: Prose | None = Field(None, description=_DESCRIPTIONS["description"], examples=["the newsroom's copy"])
    collections: Collections | None = Field(None, description=_DESCRIPTIONS["collections"], examples=[["talks"]])
    processes: Processes | None = Field(None, description=_DESCRIPTIONS["processes"], examples=[["russia-ukraine"]])
    actions: Actions | None = Field(None, description=_DESCRIPTIONS["actions"], examples=[["create", "change"]])
    batch: Batch = Field(50, description=_DESCRIPTIONS["batch"], examples=[50])


class WebhookWrite(_Subscription):
    """A new webhook."""

    secret: Secret = Field(
        NEW,
        description="Secret that signs the messages: `whsec_` followed by the base64 of 24 to 64 random bytes. With"
        " `new` the server generates one and shows it only in this response, not when the response is repeated"
        " for an `Idempotency-Key`.",
        examples=[NEW],
    )
    after: PositionText | None = Field(
        None,
        description="Start with the changes after this position of the feed; null = after the newest revision.",
        examples=["0"],
    )
    is_active: StrictBool = Field(
        True, description="Whether changes are sent; false = create the webhook paused.", examples=[True]
    )


class WebhookChange(_Subscription):
    """Changes to a webhook; omitted fields stay as they are."""

    url: Line = Field("", description=_DESCRIPTIONS["url"], examples=[_URL])
    secret: Secret = Field(
        NEW,
        description="A new secret, or `new` to let the server generate one and show it only in this response. The"
        " former secret also signs for `overlap_hours`.",
        examples=[NEW],
    )
    overlap_hours: Annotated[float, Field(ge=0, le=168)] = Field(
        OVERLAP_HOURS,
        description="Hours from now for which messages are also signed with the former secret; 0 = not at all. If"
        " `secret` is omitted, this changes how long the former secret is still used.",
        examples=[24],
    )
    after: PositionText = Field(
        "0",
        description="Continue after this position of the feed; a pending delivery is dropped. A later position skips"
        " the changes in between, and an earlier position sends them again.",
        examples=["12"],
    )
    is_active: StrictBool = Field(
        True,
        description="false = pause; true = resume at the same position immediately, even if the next attempt was due"
        " later.",
        examples=[False],
    )


class WebhookView(BaseModel):
    """A webhook with its position in the feed."""

    id: UUID = Field(description="Id of the webhook.", examples=[_ID])
    url: str = Field(description=_DESCRIPTIONS["url"], examples=[_URL])
    description: str | None = Field(description=_DESCRIPTIONS["description"], examples=["the newsroom's copy"])
    collections: list[str] | None = Field(description=_DESCRIPTIONS["collections"], examples=[["talks"]])
    processes: list[str] | None = Field(description=_DESCRIPTIONS["processes"], examples=[["russia-ukraine"]])
    actions: list[Action] | None = Field(description=_DESCRIPTIONS["actions"], examples=[["create", "change"]])
    batch: int = Field(description=_DESCRIPTIONS["batch"], examples=[50])
    is_active: bool = Field(description="Whether changes are sent.", examples=[True])
    pause_reason: PauseReason | None = Field(
        description="Why the webhook is paused; null = it is active.", examples=[None]
    )
    after: str = Field(
        description="Position of the feed up to which all changes were accepted or skipped.", examples=["12"]
    )
    revisions_behind: int = Field(description="Number of revisions after that position.", examples=[0])
    failures: int = Field(description="Consecutive failed attempts; 0 = the last attempt succeeded.", examples=[0])
    failing_since: Instant | None = Field(
        description="Time of the first of these failures (UTC); null = no failures.", examples=[None]
    )
    next_try_at: Instant | None = Field(
        description="Time of the next attempt after a failure (UTC); null = no failure, or the webhook is paused.",
        examples=[None],
    )
    former_secret_until: Instant | None = Field(
        description="Time until which messages are also signed with the former secret (UTC); null = only one secret is used.",
        examples=[None],
    )
    created_by: str = Field(description="Name of the API key that created the webhook.", examples=["local-admin"])
    created_at: Instant = Field(description=descriptions.CREATED_AT, examples=["2026-11-23T12:00:00+00:00"])
    updated_at: Instant = Field(
        description="Time of the last revision through the API (UTC).", examples=["2026-11-23T12:00:00+00:00"]
    )
    secret: str | None = Field(
        None,
        description="The secret if the server has just generated it; null in every other response.",
        examples=[_SECRET],
    )


class Webhooks(BaseModel):
    """All webhooks."""

    data: list[WebhookView] = Field(description="The webhooks, oldest first.")


class DeliveryView(BaseModel):
    """A message that was sent, or will be sent, to a webhook."""

    id: UUID = Field(description="Id of the delivery; `webhook-id` of the message is `msg_` + this id.", examples=[_ID])
    status: DeliveryStatus = Field(description="State of the delivery.", examples=["delivered"])
    after: str = Field(
        description="The delivery contains the changes after this position of the feed.", examples=["11"]
    )
    next: str = Field(description="The delivery contains the changes up to this position of the feed.", examples=["12"])
    change_count: int = Field(description="Number of changes in the delivery.", examples=[3])
    created_at: Instant = Field(description=descriptions.CREATED_AT, examples=["2026-11-23T12:00:00+00:00"])
    attempts: int = Field(description="Number of attempts so far.", examples=[1])
    attempted_at: Instant | None = Field(
        description="Time of the last attempt (UTC); null = no attempt yet, or the attempt is still running.",
        examples=["2026-11-23T12:00:01+00:00"],
    )
    status_code: int | None = Field(
        description="HTTP status of the receiver's last response; null = no response.", examples=[204]
    )
    error: str | None = Field(description="Why the last attempt failed; null = it succeeded.", examples=[None])
    answer: str | None = Field(
        description="Start of the body of the receiver's last response; null = empty.", examples=["stored"]
    )
    duration_ms: int | None = Field(
        description="Duration of the last attempt in milliseconds; null = there was none.", examples=[87]
    )
    next_try_at: Instant | None = Field(
        description="Time of the next attempt (UTC); null = none is planned, or the webhook is paused.", examples=[None]
    )


class DeliveryPage(BaseModel):
    """A page of deliveries of a webhook."""

    data: list[DeliveryView] = Field(description="The deliveries, newest first.")
    next: UUID | None = Field(
        description="Pass as `before` for the next page; null = this is the last page.", examples=[None]
    )


class WebhookMessage(Changes):
    """Body of a message to a receiver: a page of the change feed."""

    type: Literal["changes", "ping"] = Field(description="`ping` = a test without changes.", examples=["changes"])
    timestamp: Instant = Field(
        description="When the message was created (UTC).", examples=["2026-11-23T12:00:00+00:00"]
    )


def view_of(row: Mapping[Any, Any], slugs: Mapping[UUID, str], secret: str | None = None) -> WebhookView:
    """The response for a stored webhook. `slugs` maps the ids of the webhook's processes to their slugs."""
    processes = row["processes"] and [slugs.get(one, str(one)) for one in row["processes"]]
    is_retried = row["is_active"] and row["failures"]
    return WebhookView.model_validate(
        {
            **{name: row[name] for name in WebhookView.model_fields if name in row},
            "processes": processes,
            "after": str(Position(row["revision"], row["record_id"])),
            "next_try_at": row["next_at"] if is_retried else None,
            "former_secret_until": row["former_until"],
            "secret": secret,
        }
    )


def delivery_of(row: Mapping[Any, object]) -> DeliveryView:
    """The response for a stored delivery."""
    is_retried = row["status"] == DeliveryStatus.PENDING and row["is_active"]
    known = {name: row[name] for name in DeliveryView.model_fields if name in row}
    return DeliveryView.model_validate({**known, "next_try_at": row["next_at"] if is_retried else None})
