"""Request and response schemas of API keys and administrative acts."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from app.db.admin_events import AdminAction
from app.db.vocabulary import Scope
from app.domain.api_keys import KeyName
from app.domain.texts import Prose, refusal
from app.domain.types import Instant, SentInstant, instant
from app.writing.api_keys import StoredKey

_ID = "019ab3f2-6c1e-7d04-8d3a-0c5b6f7e8a91"
_SECRET = "parley_Zm9yIHRoZSBkb2N1bWVudGF0aW9uIG9ubHksIG5vIGtleQ"  # noqa: S105 - no key
_CREATED, _EXPIRES = "2026-11-23T12:00:00+00:00", "2027-11-23T12:00:00+00:00"
_NAME = "Unique name of the key, such as the name of its user."
_NOTE = "What the key is for; null = none given."
_SCOPES = "Permissions of the key; `write` includes `read`, and `admin` includes both."
_EXPIRY = "When the key expires (UTC), a time in the future; null = it does not expire."


def _check_future(at: datetime) -> datetime:
    if at <= datetime.now(UTC):
        raise refusal(
            "expiry", f"{instant(at)} is not in the future; to end a key now, revoke it: DELETE /v1/keys/{{name}}."
        )
    return at


Expiry = Annotated[SentInstant, AfterValidator(_check_future)]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]


class KeyWrite(BaseModel):
    """A new API key."""

    model_config = ConfigDict(extra="forbid")

    name: KeyName = Field(description=_NAME, examples=["ines"])
    scopes: Scopes = Field(description=_SCOPES, examples=[["write"]])
    expires_at: Expiry | None = Field(None, description=_EXPIRY, examples=["2999-12-31T00:00:00Z"])
    note: Prose | None = Field(None, description=_NOTE, examples=["imports of the newsroom"])


class KeyChange(BaseModel):
    """Changes to an API key; omitted fields stay as they are. Name and scopes cannot be changed."""

    model_config = ConfigDict(extra="forbid")

    expires_at: Expiry | None = Field(None, description=_EXPIRY, examples=["2999-12-31T00:00:00Z"])
    note: Prose | None = Field(None, description=_NOTE, examples=["imports of the newsroom"])


class KeyView(BaseModel):
    """An API key. The secret is included only when it has just been generated."""

    id: UUID = Field(description="Id of the key, as in the access log.", examples=[_ID])
    name: str = Field(description=_NAME, examples=["ines"])
    scopes: list[Scope] = Field(description=_SCOPES, examples=[["write"]])
    note: str | None = Field(description=_NOTE, examples=["imports of the newsroom"])
    is_valid: bool = Field(description="Whether the key is accepted: not revoked and not expired.", examples=[True])
    created_at: Instant = Field(description="When the key was created (UTC).", examples=[_CREATED])
    expires_at: Instant | None = Field(
        description="When the key expires or expired (UTC); null = it does not expire.", examples=[_EXPIRES]
    )
    revoked_at: Instant | None = Field(
        description="When the key was revoked (UTC); null = it was not revoked.", examples=[None]
    )
    last_used_at: Instant | None = Field(
        description="When the key was last used (UTC), accurate to a minute; null = never. Responses from the cache are not"
        " counted.",
        examples=["2026-11-30T08:15:00+00:00"],
    )
    former_secret_until: Instant | None = Field(
        description="Until when the secret before the last rotation is also accepted (UTC); null = only one secret is"
        " valid.",
        examples=[None],
    )
    secret: str | None = Field(
        None,
        description="The secret if it has just been generated; null in every other response. It cannot be shown again.",
        examples=[_SECRET],
    )


class KeyList(BaseModel):
    """All API keys."""

    data: list[KeyView] = Field(description="The keys, including revoked and expired ones, oldest first.")


class KeyEvent(BaseModel):
    """An administrative act."""

    id: UUID = Field(description="Id of the act.", examples=[_ID])
    at: Instant = Field(description="When it happened (UTC).", examples=[_CREATED])
    action: AdminAction = Field(description="What was done.", examples=["create_key"])
    key: str = Field(description="Name of the API key to which it was done.", examples=["ines"])
    actor: str = Field(
        description="Name of the API key that acted; `command line` for a command on the server.",
        examples=["local-admin"],
    )
    actor_id: UUID | None = Field(
        description="Id of the API key that acted; null for a command on the server.", examples=[_ID]
    )
    request_id: str | None = Field(
        description="Id of the request, as in the access log; null for a command on the server.",
        examples=["8c1f5d2e9a7b4c3d5e6f000000000001"],
    )
    details: Annotated[
        dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True, "title": "Details"})
    ] = Field(
        description="The values that were set, such as `expires_at`; never a secret.",
        examples=[{"scopes": ["write"], "expires_at": None}],
    )


class KeyEventPage(BaseModel):
    """A page of administrative acts."""

    data: list[KeyEvent] = Field(description="The acts, newest first.")
    next: UUID | None = Field(
        description="Pass as `before` for the next page; null = this is the last page.", examples=[None]
    )


class KeyEventQuery(BaseModel):
    """Query parameters of the list of administrative acts."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="Only acts on the API key with this name or id.", examples=["ines"]
    )
    before: UUID | None = Field(
        None, description="Only acts before this one: pass `next` of the previous page.", examples=[_ID]
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="Maximum number of acts.", examples=[50])


class RotateQuery(BaseModel):
    """Query parameters of a rotation."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[float, Field(ge=0, le=720, allow_inf_nan=False)] = Field(
        0,
        description="Hours from now for which the secret before this one is also accepted, so that clients can switch; 0 ="
        " not at all.",
        examples=[24],
    )


def view_of(key: StoredKey, secret: str | None = None) -> KeyView:
    """The response for a stored key. `secret` is set only if it has just been generated."""
    now = datetime.now(UTC)
    is_valid = key.revoked_at is None and (key.expires_at is None or key.expires_at > now)
    has_two_secrets = is_valid and key.former_until is not None and key.former_until > now
    return KeyView(
        id=key.id,
        name=key.name,
        scopes=sorted(key.scopes),
        note=key.note,
        is_valid=is_valid,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        former_secret_until=key.former_until if has_two_secrets else None,
        secret=secret,
    )
