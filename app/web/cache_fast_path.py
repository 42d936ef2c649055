"""Sends cached responses without calling the rest of the application."""

import time
from collections.abc import Sequence

from starlette.types import Scope, Send

from app.web.access_log import Answer, request_id_of, write_access_log
from app.web.middleware import COMMON_HEADERS, EXPOSED_HEADERS
from app.web.request_metrics import RequestMetrics
from app.web.response_cache import ResponseCache


class CacheFastPath:
    """Sends a cached response, and adds the headers that `RequestMiddleware` adds to other responses.

    It is used only if CORS allows all origins or none. Otherwise the CORS headers depend on the request."""

    def __init__(self, cache: ResponseCache, cors_origins: Sequence[str], metrics: RequestMetrics) -> None:
        self._metrics = metrics
        self._cache = cache if "*" in cors_origins or not cors_origins else None
        self._headers = [(name.lower().encode(), value.encode()) for name, value in COMMON_HEADERS.items()]
        if cors_origins:
            self._headers += [
                (b"access-control-allow-origin", b"*"),
                (b"access-control-expose-headers", EXPOSED_HEADERS.encode()),
            ]

    async def __call__(self, scope: Scope, send: Send) -> bool:
        """Send the cached response to the request, if there is one. Returns whether it was sent."""
        if self._cache is None or (hit := self._cache.find_now(scope)) is None:
            return False
        started = time.perf_counter()
        request_id = request_id_of(next((value for name, value in scope["headers"] if name == b"x-request-id"), b""))
        headers = [*hit.headers, *self._headers, (b"x-request-id", request_id.encode())]
        body = b"" if scope["method"] == "HEAD" else hit.body
        await send({"type": "http.response.start", "status": hit.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        answer = Answer(hit.status, len(body), time.perf_counter() - started, hit.route)
        self._cache.hits += 1
        self._metrics.add(scope["method"], hit.route, hit.status, answer.seconds)
        write_access_log(scope, answer, request_id)
        return True
