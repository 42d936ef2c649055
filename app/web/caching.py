"""Middleware that answers requests from the response cache, or with 304 if the ETag in the request is current.

If the head revision is not known, it is read first; this takes much less time than a response. In doubt, the request
is passed to the application.

`Parley-Revision: n` in a request requires a response of revision n or later. A client that wrote through another server
sends the revision of its write, and is then sure to see the write.
"""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ApiError, ProblemType, Violation
from app.web.access import REVISION_ERROR
from app.web.access_log import REQUEST_CLASS
from app.web.etags import today
from app.web.problem_responses import error_response
from app.web.response_cache import (
    SHARE,
    CachedResponse,
    CacheHit,
    HeadRevision,
    Key,
    RawHeaders,
    ResponseCache,
    address_in,
    cache_key,
    unique_headers,
)
from app.web.routing import ROUTE, find_template, route_of

#: Headers that a 304 response repeats from the 200 response (RFC 9110, 15.4.5), including Parley's own headers.
_REPEATED = frozenset(
    {b"etag", b"cache-control", b"vary", b"content-location", b"last-modified", b"parley-revision", b"surrogate-key"}
)


class CachingMiddleware:
    """Answers from the cache or with 304; otherwise calls the application and caches its response."""

    def __init__(self, app: ASGIApp, cache: ResponseCache) -> None:
        self.app = app
        self.cache = cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cache = self.cache
        is_read = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/v1/")
        if not is_read or cache.head is None or (headers := unique_headers(scope)) is None:
            await self.app(scope, receive, send)
            return
        confirmed = cache.head.confirmed()
        if (required := headers.get(b"parley-revision")) is not None:
            try:
                confirmed = await _require_revision(required, cache.head)
            except ApiError as error:
                if cache.is_public:
                    await error_response(scope, error)(scope, receive, send)
                    return
                # Only a client that may read learns the newest revision: `app.web.access` raises the error.
                scope.setdefault("state", {})[REVISION_ERROR] = error
        if not cache.accepts(headers):
            await self.app(scope, receive, send)
            return
        key = cache_key(scope, headers)
        if hit := await self._find(headers, key, confirmed):
            cache.hits += 1
            scope.setdefault("state", {}).update({ROUTE: hit.route or find_template(scope), REQUEST_CLASS: "cached"})
            await send({"type": "http.response.start", "status": hit.status, "headers": list(hit.headers)})
            await send({"type": "http.response.body", "body": hit.body})
            return
        cache.misses += 1
        is_head = scope.get("state", {}).get("is_head", False)
        is_cached = bool(cache.max_bytes) and not is_head
        await self.app(scope, receive, _Recorder(cache, key, scope, send) if is_cached else send)

    async def _find(self, headers: Mapping[bytes, bytes], key: Key, confirmed: int | None) -> CacheHit | None:
        cache = self.cache
        assert cache.head is not None
        assert cache.policy is not None
        sent_tags = headers.get(b"if-none-match", b"").decode("latin-1")
        coding = str(key[-1])
        match = cache.policy.tags.match(sent_tags, address_in(key), coding) if sent_tags else None
        if match is None and key not in cache:
            return None
        is_settled = cache.is_settled(key)
        revision = confirmed if confirmed is not None or is_settled else await cache.head.read()
        if revision is None and not is_settled:
            return None
        if hit := cache.find(key, headers, revision):
            return hit
        if match is None or match[1] != revision:
            return None
        fields = {"ETag": match[0], "Parley-Revision": str(revision), **cache.policy.headers(has_key=False)}
        return CacheHit(304, Response(status_code=304, headers=fields).raw_headers, b"")


async def _require_revision(required: bytes, head: HeadRevision) -> int | None:
    """The head revision, after checking that it is `required` or later. Raises `ApiError` if `required` is not a number
    or if there is no such revision."""
    if not required.isdigit() or len(required) > 18:
        violation = Violation(
            "`Parley-Revision` is not a number",
            parameter="Parley-Revision",
            hint="Send the `Parley-Revision` of a response.",
        )
        raise ApiError(ProblemType.INVALID, "The header `Parley-Revision` is not valid.", [violation])
    confirmed = head.confirmed()
    if confirmed is not None and confirmed >= int(required):
        return confirmed
    newest = await head.read()
    if newest is not None and newest < int(required):
        violation = Violation(
            f"Revision {int(required)} does not exist",
            parameter="Parley-Revision",
            hint=f"The newest revision is {newest}.",
        )
        raise ApiError(ProblemType.INVALID, "The revision in `Parley-Revision` does not exist.", [violation])
    return newest


class _Recorder:
    """A `send` that passes a response on and adds it to the cache when it is complete, unless it is too large."""

    def __init__(self, cache: ResponseCache, key: Key, scope: Scope, send: Send) -> None:
        self._cache, self._key, self._scope, self._send = cache, key, scope, send
        self._day = today()
        self._headers: RawHeaders | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # The list is copied, because the outer middleware later adds headers to it that belong to this request only.
            self._headers = list(message["headers"]) if message["status"] == 200 and _is_cacheable(message) else None
        elif message["type"] == "http.response.body" and self._headers is not None:
            self._parts.append(message.get("body", b""))
            self._size += len(self._parts[-1])
            if self._size > self._cache.max_bytes * SHARE:
                self._headers = None
                self._parts.clear()
            elif not message.get("more_body", False):
                self._add(self._headers)
        await self._send(message)

    def _add(self, headers: RawHeaders) -> None:
        by_name = dict(headers)
        body = b"".join(self._parts)
        if b"content-length" not in by_name:
            headers = [*headers, (b"content-length", str(len(body)).encode())]
        repeated = [(name, value) for name, value in headers if name in _REPEATED]
        tag, coding = by_name[b"etag"], by_name.get(b"content-encoding")
        tags = (tag, tag.removesuffix(b"-" + coding + b'"') + b'"') if coding else (tag,)
        is_settled = b"immutable" in by_name[b"cache-control"]
        revision = int(by_name[b"parley-revision"])
        route = route_of(self._scope)
        self._cache.add(
            self._key, CachedResponse(revision, self._day, tags, headers, body, repeated, route, is_settled)
        )


def _is_cacheable(start: Message) -> bool:
    """Whether a response may be cached. The headers decide, so that streams that may last for hours are not
    recorded."""
    headers = dict(start["headers"])
    is_public = headers.get(b"cache-control", b"").startswith(b"public")
    return is_public and b"etag" in headers and b"parley-revision" in headers
