"""Authentication and authorization: API keys with the scopes `read`, `write` and `admin`.

A key is 32 random bytes, and only its SHA-256 is stored. A slow hash (bcrypt, argon2) protects passwords chosen by people
by making each guess expensive. Nobody can guess 256 random bits, so a fast hash is as safe, and each request can find
its key by the digest in an index.
"""

import functools
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from app.db.vocabulary import Scope
from app.domain.api_keys import KeyRefusal
from app.domain.types import Instant
from app.errors import ApiError, ProblemType, quoted
from app.web.problem_responses import problems
from app.web.state import web_state
from app.web.streaming import KEY_CHECK

_PREFIX = "parley_"
_PATTERN = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}")
_REALM = 'Bearer realm="parley"'
#: Marks a POST that only reads, in its `openapi_extra`; removed from the finished OpenAPI document.
READS = "x-parley-reads"
#: Key of the request's state: the error of its `Parley-Revision`, for a client that may read.
REVISION_ERROR = "revision_error"
#: Attribute of the dependencies that `require` returns: the required scope.
ACCESS = "requires_scope"


#: The scopes that each scope includes.
_INCLUDED = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.WRITE: frozenset({Scope.READ, Scope.WRITE}),
    Scope.ADMIN: frozenset(Scope),
}


class ReadAccess(StrEnum):
    """Who may read: everybody, or only clients with an API key."""

    PUBLIC = "public"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Principal:
    """The sender of a request: an API key with its name and scopes, or `ANONYMOUS`, which has no `key_id`.

    `expires_at` is None if the key does not expire, `last_used_at` if it was not used before."""

    key_id: str | None
    name: str
    scopes: frozenset[Scope]
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.key_id is None

    def may(self, scope: Scope) -> bool:
        """Whether the scopes of this key include `scope`."""
        return any(scope in _INCLUDED[held] for held in self.scopes)


ANONYMOUS = Principal(None, "anonymous", frozenset())


class KeyStore(Protocol):
    """Finds API keys; the only thing that this module needs from the database."""

    async def find(self, digest: bytes) -> Principal | KeyRefusal:
        """The principal of the valid key with this digest, or why the key is rejected."""
        ...


def new_api_key() -> str:
    """A new key, which is shown to its owner once: `parley_` and 43 URL-safe characters (32 random bytes)."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """The digest under which a key is stored: 32 bytes of SHA-256. The docstring of this module says why no slow hash
    is used."""
    return hashlib.sha256(secret.encode()).digest()


def secret_of(request: Request) -> str | None:
    """Return the key in the request, or None. Raises `ApiError` (401) if the value does not look like a key."""
    authorization = request.headers.get("authorization")
    header = request.headers.get("x-api-key")
    bearer = None
    if authorization is not None:
        scheme, _, bearer = authorization.strip().partition(" ")
        bearer = bearer.strip()
        if scheme.lower() != "bearer" or not bearer:
            raise unauthorized("The header `Authorization` must be `Bearer parley_…`.", "invalid_request")
    if bearer is not None and header is not None and bearer != header.strip():
        raise unauthorized(
            "`Authorization` and `X-API-Key` contain different keys; send one of them.", "invalid_request"
        )
    secret = bearer if bearer is not None else header.strip() if header is not None else None
    if secret is not None and not _PATTERN.fullmatch(secret):
        raise unauthorized(
            "This is not an API key of Parley: keys are `parley_` followed by 43 characters.", "invalid_token"
        )
    return secret


async def identify(request: Request) -> Principal:
    """The sender of the request. An invalid key is rejected with 401 even where no key is needed, so that its owner notices."""
    secret = secret_of(request)
    principal = ANONYMOUS
    if secret is not None:
        found = await web_state(request).key_store.find(digest(secret))
        if isinstance(found, KeyRefusal):
            raise unauthorized(found.value, "invalid_token")
        principal = found
        setattr(request.state, KEY_CHECK, functools.partial(_is_valid, web_state(request).key_store, digest(secret)))
    request.state.principal = principal
    return principal


async def _is_valid(keys: KeyStore, key_digest: bytes) -> bool:
    return isinstance(await keys.find(key_digest), Principal)


_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="parley_…",
    description="`Authorization: Bearer parley_…`",
)
_header = APIKeyHeader(
    name="X-API-Key",
    auto_error=False,
    scheme_name="header",
    description="The same key in another header.",
)


@functools.cache
def require(scope: Scope) -> Callable[..., Awaitable[Principal]]:
    """A dependency that returns the principal if it has `scope`, and otherwise raises `ApiError` (401 or 403). Reading needs
    no key if `WebState.is_public`."""

    async def check_access(
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
        header: Annotated[str | None, Security(_header)],
    ) -> Principal:
        # The two parameters are only for the OpenAPI document; `identify` reads the headers more strictly.
        principal = await identify(request)
        if scope is Scope.READ and web_state(request).is_public:
            return principal
        if principal.may(scope):
            if (error := request.scope.get("state", {}).get(REVISION_ERROR)) is not None:
                raise error
            return principal
        if principal.is_anonymous:
            raise unauthorized(f"This request needs an API key with the scope `{scope}`; none was sent.")
        raise ApiError(
            ProblemType.FORBIDDEN,
            f"The API key {quoted(principal.name)} does not have the scope `{scope}`.",
            headers={"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{scope}"'},
        )

    setattr(check_access, ACCESS, scope)
    return check_access


def unauthorized(detail: str, error: str | None = None) -> ApiError:
    """The error (401) of a request without a valid API key. `error`: the code of RFC 6750 if a key was sent."""
    challenge = _REALM + (f', error="{error}"' if error else "")
    return ApiError(ProblemType.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


class Me(BaseModel):
    """Your API key as the server knows it."""

    name: str = Field(description="Name of the API key; `anonymous` if no key was sent.", examples=["newsroom"])
    scopes: list[Scope] = Field(description="Scopes of the key.", examples=[["write"]])
    may_read: bool = Field(description="Whether you may read records.", examples=[True])
    may_write: bool = Field(description="Whether you may write records.", examples=[True])
    created_at: Instant | None = Field(
        description="When the key was created (UTC); null = no key was sent.", examples=["2026-11-23T12:00:00+00:00"]
    )
    expires_at: Instant | None = Field(
        description="When the key expires (UTC); null = it does not expire, or no key was sent.",
        examples=["2027-11-23T12:00:00+00:00"],
    )
    last_used_at: Instant | None = Field(
        description="When the key was last used before this request (UTC), accurate to a minute; null = never, or no key was"
        " sent.",
        examples=["2026-11-30T08:15:00+00:00"],
    )


router = APIRouter(tags=["service"])


@router.get(
    "/v1/me",
    operation_id="getMe",
    summary="Get the permissions of your API key",
    responses=problems(ProblemType.UNAUTHORIZED),
    # A key is optional.
    openapi_extra={"security": [{}, {"bearer": []}, {"header": []}]},
)
async def me(request: Request, principal: Annotated[Principal, Depends(identify)]) -> Me:
    """Returns the name and the scopes of the API key, whether it may read and write, when it expires and when it was last
    used. Without a key, returns what everybody may do.

    Example: `GET /v1/me`"""
    return Me(
        name=principal.name,
        scopes=sorted(principal.scopes),
        may_read=web_state(request).is_public or principal.may(Scope.READ),
        may_write=principal.may(Scope.WRITE),
        created_at=principal.created_at,
        expires_at=principal.expires_at,
        last_used_at=principal.last_used_at,
    )
