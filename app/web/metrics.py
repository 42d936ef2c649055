"""`/metrics` for Prometheus: who may read it, and the response.

It is not in the OpenAPI document: it is no part of the API, its format is not JSON, and a setting may switch it off.
"""

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType
from app.web.access import Principal, identify, unauthorized

MetricsAccess = Literal["off", "local", "key", "public"]
#: Headers that proxies and browsers add. A request with one of them does not come directly from a program on this machine,
#: although the connection of a proxy does.
_INDIRECT = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
    "via",
    "origin",
    "referer",
    "sec-fetch-site",
)


def make_metrics_router(
    access: MetricsAccess, prepare: Callable[[], Awaitable[object]], render: Callable[[], bytes], media_type: str
) -> APIRouter:
    """The route of `/metrics`; none if `access` is `off`. `prepare` is awaited first; `render` makes the text in a thread,
    because it takes some milliseconds."""
    router = APIRouter(include_in_schema=False)
    if access == "off":
        return router

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        _check(access, await identify(request), is_local=is_local(request))
        await prepare()
        body = await asyncio.to_thread(render)
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    return router


def _check(access: MetricsAccess, principal: Principal, *, is_local: bool) -> None:
    if access == "public" or principal.may(Scope.ADMIN) or (access == "local" and is_local):
        return
    detail = (
        "`/metrics` needs an API key with the scope `admin`. The server's setting PARLEY_METRICS says who may read it."
    )
    if principal.is_anonymous:
        raise unauthorized(detail)
    raise ApiError(ProblemType.FORBIDDEN, detail)


def is_local(request: Request) -> bool:
    """Whether a program on this machine sent the request directly: not through a proxy, and not for a page of another
    origin in a browser. The name in `Host` must be local too, since the owner of a domain can let its name point to this
    machine (DNS rebinding)."""
    if request.client is None or any(name in request.headers for name in _INDIRECT):
        return False
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    return _is_loopback(request.client.host) and (host == "localhost" or _is_loopback(host or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
