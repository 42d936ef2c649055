"""The outermost middleware, in pure ASGI: applies to every request and every response.

Order: request id → URL check → OPTIONS and CORS → the application (HEAD as GET) → response headers → access log.
It rejects URLs that are too long (414), malformed (400) or contain invalid values (422), and writes sent by pages of
other origins (403). An exception that nothing else handles becomes a 500 that names only the request id. It is not a
`BaseHTTPMiddleware`, which costs a task and a queue for each request.
"""

import logging
import re
import time
import traceback
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.measurements import CURRENT_TIMES, RequestTimes
from app.errors import ApiError, ProblemType, quoted
from app.web.access_log import Answer, request_id_of, write_access_log
from app.web.address_check import check_address
from app.web.problem_responses import error_response, problem_response
from app.web.request_metrics import RequestMetrics
from app.web.routing import allowed_methods, route_of
from app.web.streaming import StreamCutError, end_connection

error_log = logging.getLogger("parley.error")

# JSON needs no resources at all; an HTML page sends its own policy (PAGE_CSP).
API_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: Response headers that pages of other origins may read, besides the headers that they may always read (Content-Type,
#: Cache-Control …).
EXPOSED_HEADERS = (
    "ETag, Link, Location, Content-Location, Content-Disposition, Accept-Ranges, Content-Range, Retry-After, Allow,"
    " Accept-Patch, Accept-Post,"
    " WWW-Authenticate, Deprecation, Sunset, Repr-Digest, X-Request-Id, Parley-Revision, Parley-Known-By, Parley-Known-To,"
    " Parley-Hidden-Undated, Parley-Release, Parley-Truncated, Idempotency-Replayed, RateLimit, RateLimit-Policy"
)
#: Request headers that pages of other origins may send.
_ALLOWED_HEADERS = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Range,"
    " Last-Event-ID, Range, Parley-Revision, X-API-Key, X-Request-Id"
)
#: Headers of every response, unless the application sends other values.
COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": API_CSP,
}
_READ_METHODS = ("GET", "HEAD", "OPTIONS")


class _HeadDoneError(OSError):
    """Raised in an application that is still streaming when the response to a HEAD is complete."""


class RequestMiddleware:
    """The outermost middleware of the application.

    `cors_origins`: origins whose pages may read and write; `*` allows pages of all origins to read. `reading_posts`: a
    regular expression for the paths at which a POST only reads. `public_url`: URL of this server as clients see it.
    `metrics`: where requests are counted. `server_timing`: whether responses have the header `Server-Timing`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_url_bytes: int = 8192,
        max_parameter_chars: int = 1000,
        cors_origins: Sequence[str] = ("*",),
        reading_posts: str = "(?!)",
        public_url: str | None = None,
        metrics: RequestMetrics | None = None,
        server_timing: bool = False,
    ) -> None:
        self.app = app
        self.metrics = metrics or RequestMetrics()
        self.server_timing = server_timing
        self.max_url_bytes = max_url_bytes
        self.max_parameter_chars = max_parameter_chars
        self.all_may_read = "*" in cors_origins
        self.named_origins = frozenset(cors_origins) - {"*"}
        self.public_host = urlsplit(public_url or "").netloc.lower()
        self.reading_posts = re.compile(reading_posts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(self, scope, send)
        self.metrics.active += 1
        token = CURRENT_TIMES.set(exchange.times)
        try:
            await self._handle(exchange, receive)
        except StreamCutError as error:
            # Only the end of the connection tells the client that the response is incomplete.
            end_connection(receive, at_once=False)
            error_log.warning("request=%s was cut: %s", exchange.request_id, error)
            _clear_frames(error)
        except Exception as error:
            if exchange.is_cut:
                _clear_frames(error)
                return
            error_log.exception("request=%s failed", exchange.request_id)
            if exchange.status:
                # The response has begun: only a broken connection can still tell the client that it is incomplete.
                raise
            detail = f"The server failed; nothing was written. Quote request {exchange.request_id} when you report it."
            await exchange.respond(problem_response(scope, ProblemType.INTERNAL, detail))
        finally:
            CURRENT_TIMES.reset(token)
            self.metrics.active -= 1
            exchange.end()

    async def _handle(self, exchange: "_Exchange", receive: Receive) -> None:
        scope = exchange.scope
        try:
            check_address(scope, self.max_url_bytes, self.max_parameter_chars)
        except ApiError as error:
            await exchange.respond(error_response(scope, error))
            return
        if scope["method"] == "OPTIONS" and (allowed := allowed_methods(scope)):
            await exchange.respond(_options_response(exchange, allowed))
            return
        if not exchange.is_read and not exchange.may_write:
            detail = (
                f"Pages of {quoted(exchange.origin, 60)} may not write here; nothing was written. The server's setting"
                " PARLEY_CORS_ORIGINS lists the origins whose pages may write."
            )
            await exchange.respond(problem_response(scope, ProblemType.CROSS_ORIGIN, detail))
            return
        scope["headers"] = _join_repeated(scope["headers"])
        if scope["method"] == "HEAD":
            exchange.routed = {**scope, "method": "GET"}
        await self.app(exchange.routed, receive, exchange.send)


def _options_response(exchange: "_Exchange", allowed: set[str]) -> Response:
    headers = {"Allow": ", ".join(sorted(allowed | {"OPTIONS"}))}
    if exchange.origin and exchange.is_preflight:
        methods = sorted(one for one in allowed | {"OPTIONS"} if exchange.may_write or one in exchange.read_methods)
        headers |= {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Max-Age": "86400",
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
        }
    return Response(status_code=204, headers=headers)


class _Exchange:
    """One request and its response as it is sent."""

    def __init__(self, middleware: RequestMiddleware, scope: Scope, send: Send) -> None:
        self.scope = scope
        #: The scope in which the route is noted.
        self.routed = scope
        self._send = send
        self._middleware = middleware
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        self.read_methods = (*_READ_METHODS, *(("POST",) if middleware.reading_posts.fullmatch(path) else ()))
        self._started = time.perf_counter()
        headers = Headers(scope=scope)
        self.request_id = request_id_of(headers.get("x-request-id", "").encode("latin-1"))
        self.times = RequestTimes(self.request_id)
        self.origin = headers.get("origin")
        self.is_read = scope["method"] in self.read_methods
        self.is_named = self.origin in middleware.named_origins
        self.may_write = self.origin is None or self.is_named or _is_same_origin(headers, middleware.public_host)
        self.is_preflight = "access-control-request-method" in headers
        self.is_head = scope["method"] == "HEAD"
        self.status = 0
        self.size = 0
        self.is_done = False
        self.is_cut = False
        scope.setdefault("state", {}).update(request_id=self.request_id, is_head=self.is_head)

    async def respond(self, response: Response) -> None:
        """Send a response that the middleware itself has made."""
        await response(self.scope, _receive_nothing, self.send)

    async def send(self, message: Message) -> None:
        """Send a message of the response: headers are added, and a HEAD gets no body."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message.setdefault("headers", [])
            self._add_headers(MutableHeaders(scope=message))
        elif message["type"] == "http.response.body":
            more = message.get("more_body", False)
            if self.is_head:
                await self._send_head(more)
                return
            self.size += len(message.get("body", b""))
            self.is_done = not more
        await self._send(message)

    async def _send_head(self, more: bool) -> None:
        if not self.is_done:
            self.is_done = True
            await self._send({"type": "http.response.body", "body": b""})
        if more:
            self.is_cut = True
            raise _HeadDoneError

    def _add_headers(self, headers: MutableHeaders) -> None:
        headers["X-Request-Id"] = self.request_id
        for name, value in COMMON_HEADERS.items():
            headers.setdefault(name, value)
        if self._middleware.server_timing:
            headers["Server-Timing"] = self._server_timing()
        # A page that may read may also read why its write was rejected.
        is_open = self._middleware.all_may_read and (self.is_read or not self.may_write)
        if self._middleware.named_origins and (not is_open or self.scope["method"] == "OPTIONS"):
            headers.add_vary_header("Origin")
        if is_open:
            headers["Access-Control-Allow-Origin"] = "*"
        elif self.is_named:
            headers["Access-Control-Allow-Origin"] = str(self.origin)
        else:
            return
        headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS

    def _server_timing(self) -> str:
        """The header `Server-Timing`: milliseconds until the response began."""
        total = time.perf_counter() - self._started
        parts = {"total": total, "db": self.times.database, "queue": self.times.queue}
        return ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in parts.items())

    def end(self) -> None:
        """Count and log the request."""
        seconds = time.perf_counter() - self._started
        answer = Answer(self.status or 499, self.size, seconds, route_of(self.routed), self.times)
        self._middleware.metrics.add(self.scope["method"], answer.route, answer.status, seconds)
        write_access_log(self.scope, answer, self.request_id)


def _is_same_origin(headers: Headers, public_host: str) -> bool:
    """Whether a browser sent the request for a page of this server.

    `Sec-Fetch-Site` says so, and no page can forge it, but browsers send it only to secure URLs. Without it, the host of
    `Origin` must be the `Host` of the request or the host of the public URL. The scheme is not compared, because behind
    a proxy that terminates TLS it differs."""
    if site := headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    host = headers.get("origin", "").partition("://")[2].lower()
    return bool(host) and host in (headers.get("host", "").lower(), public_host)


def _join_repeated(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Join the lines of a repeated header to one list (RFC 9110, 5.3). Otherwise one part of the code could read the
    first line and another the last (tests/web/test_caching.py::test_a_header_on_two_lines_is_one_list)."""
    lines = list(headers)
    if len({name for name, _ in lines}) == len(lines):
        return lines
    joined: dict[bytes, bytes] = {}
    for name, value in lines:
        joined[name] = joined[name] + (b"; " if name == b"cookie" else b", ") + value if name in joined else value
    return list(joined.items())


def _clear_frames(error: BaseException | None) -> None:
    """Clear the frames of a stream that was cut; otherwise its rows and connection stay in use until garbage
    collection."""
    waiting = [error]
    seen: set[int] = set()
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        traceback.clear_frames(error.__traceback__)
        waiting += [error.__context__, *(error.exceptions if isinstance(error, BaseExceptionGroup) else ())]


async def _receive_nothing() -> Message:
    return {"type": "http.disconnect"}
