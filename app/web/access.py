"""Who asks, and what that key may do: API keys with the scopes `read`, `write` and `admin`.

A key is 32 random bytes and stored only as its SHA-256. A slow hash (bcrypt, argon2) protects secrets that
people think up, by making each guess expensive; nobody guesses 256 random bits, so the fast hash is as safe
and lets the key be found by its digest with one look into an index, on every request.
"""

import functools
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType
from app.web.problem_responses import problems

_PREFIX = "parley_"
_SHAPE = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}")
_REALM = 'Bearer realm="parley"'
#: Marks a POST that only reads, in its `openapi_extra`; the finished document does not show it.
READS = "x-parley-reads"
#: Attribute of the dependencies that `require` makes.
ACCESS = "requires_scope"


_HOLDS = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.WRITE: frozenset({Scope.READ, Scope.WRITE}),
    Scope.ADMIN: frozenset(Scope),
}


class ReadAccess(StrEnum):
    """Who may read: everyone, or only those with a key."""

    PUBLIC = "public"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who sent the request: a key with its name and scopes, or nobody known (`ANONYMOUS`, without key_id)."""

    key_id: str | None
    name: str
    scopes: frozenset[Scope]

    @property
    def is_anonymous(self) -> bool:
        return self.key_id is None

    def may(self, scope: Scope) -> bool:
        """Whether the scopes of this key cover `scope`."""
        return any(scope in _HOLDS[held] for held in self.scopes)


ANONYMOUS = Principal(None, "anonymous", frozenset())


class KeyStore(Protocol):
    """Where keys are kept; the only thing that access asks of the ledger."""

    async def find(self, digest: bytes) -> Principal | None:
        """The principal of the valid key with this digest; None when unknown, expired or revoked."""
        ...


def new_secret() -> str:
    """A new key, as shown to its owner once: `parley_` and 43 url-safe characters (32 random bytes)."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a key: 32 bytes of SHA-256 (why not a slow hash: see the module)."""
    return hashlib.sha256(secret.encode()).digest()


def secret_of(request: Request) -> str | None:
    """The key that the request carries; None without one. Raises `ApiError` (401) when it cannot be one."""
    authorization = request.headers.get("authorization")
    header = request.headers.get("x-api-key")
    bearer = None
    if authorization is not None:
        scheme, _, bearer = authorization.strip().partition(" ")
        bearer = bearer.strip()
        if scheme.lower() != "bearer" or not bearer:
            raise _unauthorized("Authorization must be `Bearer parley_…`.", "invalid_request")
    if bearer is not None and header is not None and bearer != header.strip():
        raise _unauthorized("Authorization and X-API-Key carry different keys; send one.", "invalid_request")
    secret = bearer if bearer is not None else header.strip() if header is not None else None
    if secret is not None and not _SHAPE.fullmatch(secret):
        raise _unauthorized("That is not a key of Parley: keys begin with parley_.", "invalid_token")
    return secret


async def identify(request: Request) -> Principal:
    """Who sent the request. A key that is not valid is 401 even where none is needed: tell its owner."""
    secret = secret_of(request)
    principal: Principal | None = ANONYMOUS
    if secret is not None:
        store: KeyStore = request.app.state.key_store
        principal = await store.find(digest(secret))
        if principal is None:
            raise _unauthorized("This key is unknown, expired or revoked.", "invalid_token")
    assert principal is not None
    request.state.principal = principal
    return principal


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
    description="The same key in a header of its own.",
)


@functools.cache
def require(scope: Scope) -> Callable[..., Awaitable[Principal]]:
    """A dependency that answers the principal if it may do `scope`, and refuses with 401 or 403 otherwise.

    `app.state.key_store` holds the `KeyStore`; `app.state.read_access` may be "key" (default: "public").
    """

    async def permitted(
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
        header: Annotated[str | None, Security(_header)],
    ) -> Principal:
        # Both schemes stand here for the OpenAPI document; the headers are read more strictly by `identify`.
        principal = await identify(request)
        if scope is Scope.READ and getattr(request.app.state, "read_access", "public") == ReadAccess.PUBLIC:
            return principal
        if principal.may(scope):
            return principal
        if principal.is_anonymous:
            raise _unauthorized(f"This needs a key with the scope `{scope}`; none was sent.")
        raise ApiError(
            ProblemType.FORBIDDEN,
            f"The key “{principal.name}” lacks the scope `{scope}`.",
            headers={"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{scope}"'},
        )

    setattr(permitted, ACCESS, scope)
    return permitted


def _unauthorized(detail: str, error: str | None = None) -> ApiError:
    challenge = _REALM + (f', error="{error}"' if error else "")
    return ApiError(ProblemType.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


class Me(BaseModel):
    """Who the server takes you for."""

    name: str = Field(description="Name of the key; `anonymous` without one.", examples=["newsroom"])
    scopes: list[Scope] = Field(description="What it was given.", examples=[["write"]])
    may_read: bool = Field(description="Whether it may read.", examples=[True])
    may_write: bool = Field(description="Whether it may write.", examples=[True])


router = APIRouter(tags=["service"])


@router.get(
    "/v1/me",
    operation_id="getMe",
    summary="Read what the key may do",
    responses=problems(ProblemType.UNAUTHORIZED),
    # Anybody may ask; a key may be sent.
    openapi_extra={"security": [{}, {"bearer": []}, {"header": []}]},
)
async def me(request: Request, principal: Annotated[Principal, Depends(identify)]) -> Me:
    """Says which key was sent and what it may do; without a key, what everybody may do."""
    is_public = getattr(request.app.state, "read_access", "public") == ReadAccess.PUBLIC
    return Me(
        name=principal.name,
        scopes=sorted(principal.scopes),
        may_read=is_public or principal.may(Scope.READ),
        may_write=principal.may(Scope.WRITE),
    )
