"""Webhooks and their deliveries as the API shows and takes them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from app.db.vocabulary import Action
from app.db.webhooks import DeliveryStatus, PauseReason
from app.domain.types import Instant, Line, ProcessKey, Prose, refusal
from app.history.change_routes import Changes
from app.history.changes import Position, PositionText
from app.history.webhooks.signatures import bytes_of
from app.writing.webhooks import OVERLAP_HOURS

#: In place of a secret: let the server make one.
NEW = "new"


def _is_secret(text: str) -> str:
    try:
        if text != NEW:
            bytes_of(text)
    except ValueError as violation:
        raise refusal("secret", f"{violation} `{NEW}` lets the server make one.") from None
    return text


Secret = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_is_secret)]
Batch = Annotated[StrictInt, Field(ge=1, le=500)]
Collections = Annotated[list[Line], Field(max_length=20)]
Actions = Annotated[list[Action], Field(max_length=10)]
Processes = Annotated[list[ProcessKey], Field(max_length=100)]
_ID = "019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"
_URL = "https://newsroom.example/parley"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the one of the Standard Webhooks specification
_ABOUT = {
    "url": "Where the changes are sent: an https address of the internet; the server's operator may allow others.",
    "description": "What it is for; null = nothing said.",
    "collections": "Only changes of records of these collections; null = of all.",
    "processes": "Only changes of what belongs to these negotiations or those below them, as `process=` of the feed; null"
    " = all.",
    "actions": "Only changes of these kinds; null = of all.",
    "batch": "How many changes one delivery holds at the most; 1 = each is sent by itself.",
}


class _Subscription(BaseModel):
    """Where changes are sent, and which."""

    model_config = ConfigDict(extra="forbid")

    url: Line = Field(description=_ABOUT["url"], examples=[_URL])
    description: Prose | None = Field(None, description=_ABOUT["description"], examples=["the newsroom's copy"])
    collections: Collections | None = Field(None, description=_ABOUT["collections"], examples=[["talks"]])
    processes: Processes | None = Field(None, description=_ABOUT["processes"], examples=[["russia-ukraine"]])
    actions: Actions | None = Field(None, description=_ABOUT["actions"], examples=[["create", "change"]])
    batch: Batch = Field(50, description=_ABOUT["batch"], examples=[50])


class WebhookWrite(_Subscription):
    """A new webhook."""

    secret: Secret = Field(
        NEW,
        description="What signs: `whsec_` and the base64 of 24 to 64 random bytes. `new`: the server makes one, and this"
        " answer shows it, once: not where an `Idempotency-Key` brings the answer again.",
        examples=[NEW],
    )
    after: PositionText | None = Field(
        None,
        description="It begins with what comes after this position of the feed; null = after the newest revision.",
        examples=["0"],
    )
    is_active: StrictBool = Field(True, description="false: nothing is sent until it is resumed.", examples=[True])


class WebhookChange(_Subscription):
    """What is to be otherwise: what is not named stays."""

    url: Line = Field("", description=_ABOUT["url"], examples=[_URL])
    secret: Secret = Field(
        NEW,
        description="Another secret, or `new`: the server makes it, and this answer shows it, once. For `overlap_hours`"
        " the one of before signs, too.",
        examples=[NEW],
    )
    overlap_hours: Annotated[float, Field(ge=0, le=168)] = Field(
        OVERLAP_HOURS,
        description="Hours from now for which the secret of before signs beside the new one; 0 = not at all. Without"
        " `secret`: for how long the one of before still signs.",
        examples=[24],
    )
    after: PositionText = Field(
        "0",
        description="Go on after this position of the feed: what is pending is dropped. A later one skips what lies"
        " between, an earlier one sends it again.",
        examples=["12"],
    )
    is_active: StrictBool = Field(
        True,
        description="false: pause; true: go on where it stood, at once, also where it waited after a failure.",
        examples=[False],
    )


class WebhookView(BaseModel):
    """A webhook, and how far it is."""

    id: UUID = Field(description="Its id.", examples=[_ID])
    url: str = Field(description=_ABOUT["url"], examples=[_URL])
    description: str | None = Field(description=_ABOUT["description"], examples=["the newsroom's copy"])
    collections: list[str] | None = Field(description=_ABOUT["collections"], examples=[["talks"]])
    processes: list[str] | None = Field(description=_ABOUT["processes"], examples=[["russia-ukraine"]])
    actions: list[Action] | None = Field(description=_ABOUT["actions"], examples=[["create", "change"]])
    batch: int = Field(description=_ABOUT["batch"], examples=[50])
    is_active: bool = Field(description="Whether changes are sent.", examples=[True])
    pause_reason: PauseReason | None = Field(description="Why not; null = they are.", examples=[None])
    after: str = Field(description="All up to this position of the feed was taken or passed over.", examples=["12"])
    revisions_behind: int = Field(description="How many revisions come after that by now.", examples=[0])
    failures: int = Field(description="Failed attempts one after the other; 0 = the last was taken.", examples=[0])
    failing_since: Instant | None = Field(description="Since when; null = it does not fail.", examples=[None])
    next_try_at: Instant | None = Field(
        description="When what failed is tried again; null = nothing failed, or it is paused.", examples=[None]
    )
    former_secret_until: Instant | None = Field(
        description="Until when the secret of before signs, too; null = only one signs.", examples=[None]
    )
    created_by: str = Field(description="Name of the key that made it.", examples=["local-admin"])
    created_at: Instant = Field(description="When it was made (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    updated_at: Instant = Field(
        description="When it was last changed by hand (UTC).", examples=["2026-11-23T12:00:00+00:00"]
    )
    secret: str | None = Field(
        None,
        description="The secret, where the server has just made it; null = it was shown, or you have it.",
        examples=[_SECRET],
    )


class Webhooks(BaseModel):
    """All webhooks."""

    data: list[WebhookView] = Field(description="The webhooks, the oldest first.")


class DeliveryView(BaseModel):
    """What was sent to a webhook, or is to be sent."""

    id: UUID = Field(description="Its id; the message's `webhook-id` is `msg_` and this.", examples=[_ID])
    status: DeliveryStatus = Field(description="How far it is.", examples=["delivered"])
    after: str = Field(description="It holds changes after this position of the feed…", examples=["11"])
    next: str = Field(description="… up to this one.", examples=["12"])
    change_count: int = Field(description="How many.", examples=[3])
    created_at: Instant = Field(description="When it was put together (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    attempts: int = Field(description="How often it was sent.", examples=[1])
    attempted_at: Instant | None = Field(
        description="When last (UTC); null = not yet, or that attempt still runs.",
        examples=["2026-11-23T12:00:01+00:00"],
    )
    status_code: int | None = Field(description="What the receiver answered then; null = nothing came.", examples=[204])
    error: str | None = Field(description="What went wrong; null = nothing.", examples=[None])
    answer: str | None = Field(
        description="The beginning of what the receiver said; null = nothing.", examples=["stored"]
    )
    duration_ms: int | None = Field(description="Milliseconds that it took.", examples=[87])
    next_try_at: Instant | None = Field(
        description="When it is tried again; null = not, or not before the webhook is resumed.", examples=[None]
    )


class DeliveryPage(BaseModel):
    """Some deliveries of a webhook."""

    data: list[DeliveryView] = Field(description="The deliveries, the newest first.")
    next: UUID | None = Field(
        description="Pass as `before` for those that follow; null = these are all.", examples=[None]
    )


class WebhookMessage(Changes):
    """What a receiver gets: a page of the feed of changes."""

    type: Literal["changes", "ping"] = Field(description="`ping`: a trial, without changes.", examples=["changes"])
    timestamp: Instant = Field(description="When it was put together (UTC).", examples=["2026-11-23T12:00:00+00:00"])


def view_of(row: Mapping[Any, Any], slugs: Mapping[UUID, str], secret: str | None = None) -> WebhookView:
    """A stored webhook as it is shown. `slugs`: of the processes that it names."""
    processes = row["processes"] and [slugs.get(one, str(one)) for one in row["processes"]]
    is_tried_again = row["is_active"] and row["failures"]
    return WebhookView.model_validate(
        {
            **{name: row[name] for name in WebhookView.model_fields if name in row},
            "processes": processes,
            "after": str(Position(row["revision"], row["record_id"])),
            "next_try_at": row["next_at"] if is_tried_again else None,
            "former_secret_until": row["former_until"],
            "secret": secret,
        }
    )


def delivery_of(row: Mapping[Any, Any]) -> DeliveryView:
    """An entry of the log as it is shown."""
    is_tried_again = row["status"] == DeliveryStatus.PENDING and row["is_active"]
    known = {name: row[name] for name in DeliveryView.model_fields if name in row}
    return DeliveryView.model_validate({**known, "next_try_at": row["next_at"] if is_tried_again else None})
