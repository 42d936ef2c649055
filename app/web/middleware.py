"""The outermost door, in pure ASGI: what holds for every request and every answer.

In order: request id → the address → OPTIONS and CORS → the application (HEAD as GET) → headers → log.
Refused here: addresses too long (414), unreadable (400) or with bad values (422), and writes for pages of other origins
(403). What nobody caught becomes
a 500 that says only which request it was. Not `BaseHTTPMiddleware`: that costs a task and a queue a request.
"""

import itertools
import json
import logging
import re
import secrets
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ApiError, ProblemType
from app.web.address_check import check_address
from app.web.problem_responses import address, problem_response
from app.web.response_cache import ResponseCache
from app.web.routing import allowed_methods
from app.web.validation_messages import shorten

access_log = logging.getLogger("parley.access")
error_log = logging.getLogger("parley.error")

# JSON needs nothing at all; a page that needs more sends a policy of its own (PAGE_CSP).
API_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: Headers of responses that pages of other origins may read, beside those that they always may (Content-Type, Cache-Control …).
EXPOSED = (
    "ETag, Link, Location, Content-Location, Content-Disposition, Accept-Ranges, Content-Range, Retry-After, Allow,"
    " Accept-Patch, Accept-Post,"
    " WWW-Authenticate, Deprecation, Sunset, Repr-Digest, X-Request-Id, Parley-Revision, Parley-Known-By,"
    " Parley-Hidden-Undated, Parley-Release, Parley-Truncated, Idempotency-Replayed, RateLimit, RateLimit-Policy"
)
#: Headers of requests that pages of other origins may send.
_SENT_HEADERS = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Range,"
    " Last-Event-ID, Range, Parley-Revision, X-API-Key, X-Request-Id"
)
_STANDING = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": API_CSP,
}
_EXPOSING = (b"access-control-expose-headers", EXPOSED.encode())
_READS = ("GET", "HEAD", "OPTIONS")
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{8,128}")
_PROCESS, _REQUESTS = secrets.token_hex(10), itertools.count(1)
_BARE = re.compile(r"[A-Za-z0-9_.:/%,*~+-]+")


class _HeadDoneError(OSError):
    """Raised into an application that still streams, once a HEAD has all that it asked for."""


class RequestMiddleware:
    """The outermost middleware of the application.

    `cors_origins`: origins whose pages may read and write; `*` lets pages of all origins read. `reading_posts`: the paths
    whose POST only reads (a regular expression). `public_url`: the address of this server before a proxy."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_url_bytes: int = 8192,
        max_parameter_chars: int = 1000,
        cors_origins: Sequence[str] = ("*",),
        reading_posts: str = "(?!)",
        public_url: str | None = None,
    ) -> None:
        self.app = app
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
        visit = _Visit(self, scope, send)
        try:
            await self._answer(visit, receive)
        except Exception as error:
            if visit.is_cut:
                _let_go(error)
                return
            error_log.exception("request=%s failed", visit.request_id)
            if visit.status:
                # Half an answer is out: only a broken connection can still say that it is not whole.
                raise
            told = f"Quote request {visit.request_id} when you report it."
            detail = f"The server failed; nothing was written. {told}"
            await visit.respond(problem_response(scope, ProblemType.INTERNAL, detail))
        finally:
            visit.write_log()

    async def _answer(self, visit: "_Visit", receive: Receive) -> None:
        scope = visit.scope
        try:
            check_address(scope, self.max_url_bytes, self.max_parameter_chars)
        except ApiError as refused:
            problem = problem_response(scope, refused.kind, refused.detail, refused.violations, refused.headers)
            await visit.respond(problem)
            return
        if scope["method"] == "OPTIONS" and (allowed := allowed_methods(scope)):
            headers = {"Allow": ", ".join(sorted(allowed | {"OPTIONS"}))}
            if visit.origin and visit.asks_preflight:
                methods = sorted(allowed | {"OPTIONS"}) if visit.may_write else visit.open_methods
                headers |= {
                    "Access-Control-Allow-Methods": ", ".join(methods),
                    "Access-Control-Max-Age": "86400",
                    "Access-Control-Allow-Headers": _SENT_HEADERS,
                }
            await visit.respond(Response(status_code=204, headers=headers))
            return
        if not visit.is_read and not visit.may_write:
            detail = (
                f"Pages of {shorten(visit.origin)} may not write here; nothing was written. The setting"
                " PARLEY_CORS_ORIGINS of the server names the origins whose pages may."
            )
            await visit.respond(problem_response(scope, ProblemType.CROSS_ORIGIN, detail))
            return
        scope["headers"] = _joined(scope["headers"])
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await self.app(inner, receive, visit.send)


class CacheFastPath:
    """The way of a kept answer, past the whole application: what `Door` does to an answer was done when it was kept.

    Only where pages of all origins may read, or of none: the others get headers of their own."""

    def __init__(self, kept: ResponseCache, cors_origins: Sequence[str]) -> None:
        self._kept = kept if "*" in cors_origins or not cors_origins else None
        self._standing = [(name.lower().encode(), value.encode()) for name, value in _STANDING.items()]
        if cors_origins:
            self._standing += [(b"access-control-allow-origin", b"*"), _EXPOSING]

    async def __call__(self, scope: Scope, send: Send) -> bool:
        """Answer the request, if what is kept allows it; says whether it did."""
        if self._kept is None or (hit := self._kept.now(scope)) is None:
            return False
        started = time.perf_counter()
        request_id = _request_id(next((value for name, value in scope["headers"] if name == b"x-request-id"), b""))
        headers = [*hit.headers, *self._standing, (b"x-request-id", request_id.encode())]
        body = b"" if scope["method"] == "HEAD" else hit.body
        await send({"type": "http.response.start", "status": hit.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        _write_log(scope, hit.status, len(body), started, request_id)
        return True


class _Visit:
    """One request on its way through the door, and what is known of its answer."""

    def __init__(self, door: RequestMiddleware, scope: Scope, send: Send) -> None:
        self.scope = scope
        self._send = send
        self._door = door
        posts = (
            ("POST",) if door.reading_posts.fullmatch(scope["path"].removeprefix(scope.get("root_path", ""))) else ()
        )
        self.open_methods = (*_READS, *posts)
        self._started = time.perf_counter()
        headers = Headers(scope=scope)
        self.request_id = _request_id(headers.get("x-request-id", "").encode("latin-1"))
        self.origin = headers.get("origin")
        self.is_read = scope["method"] in self.open_methods
        self.is_named = self.origin in door.named_origins
        self.may_write = self.origin is None or self.is_named or _is_same_origin(headers, door.public_host)
        self.asks_preflight = "access-control-request-method" in headers
        self.is_head = scope["method"] == "HEAD"
        self.status = 0
        self.size = 0
        self.is_done = False
        self.is_cut = False
        scope.setdefault("state", {}).update(request_id=self.request_id, is_head=self.is_head)

    async def respond(self, response: Response) -> None:
        """Send an answer that was made here and not by the application."""
        await response(self.scope, _nothing, self.send)

    async def send(self, message: Message) -> None:
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
        for name, value in _STANDING.items():
            headers.setdefault(name, value)
        # A page may read why it was refused wherever it may read at all.
        is_open = self._door.all_may_read and (self.is_read or not self.may_write)
        if self._door.named_origins and (not is_open or self.scope["method"] == "OPTIONS"):
            headers.add_vary_header("Origin")
        if is_open:
            headers["Access-Control-Allow-Origin"] = "*"
        elif self.is_named:
            headers["Access-Control-Allow-Origin"] = str(self.origin)
        else:
            return
        headers["Access-Control-Expose-Headers"] = EXPOSED

    def write_log(self) -> None:
        _write_log(self.scope, self.status or 499, self.size, self._started, self.request_id)


def _is_same_origin(headers: Headers, public_host: str) -> bool:
    """Whether a browser sent the request for a page of this very server.

    `Sec-Fetch-Site` says so, which no page can set. Browsers send it to secure addresses only; elsewhere the host of the
    origin must be the one that was asked, or that of the public address. The scheme is not compared: a proxy that ends
    TLS asks with another."""
    if site := headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    host = headers.get("origin", "").partition("://")[2].lower()
    return bool(host) and host in (headers.get("host", "").lower(), public_host)


def _request_id(given: bytes) -> str:
    """The client's own, where it is a sane one. Otherwise the next of this process: it needs to be unlike all others,
    and not unguessable, and randomness for each request cost an eighth of a kept answer."""
    return given.decode() if _SANE_ID.fullmatch(given) else f"{_PROCESS}{next(_REQUESTS):012x}"


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """A header that stands on several lines is one list (RFC 9110, 5.3): nobody may read the first line, and another
    the last (tests/web/test_caching.py::test_a_header_on_two_lines_is_one_list)."""
    lines = list(headers)
    if len({name for name, _ in lines}) == len(lines):
        return lines
    joined: dict[bytes, bytes] = {}
    for name, value in lines:
        joined[name] = joined[name] + (b"; " if name == b"cookie" else b", ") + value if name in joined else value
    return list(joined.items())


def _write_log(scope: Scope, status: int, size: int, started: float, request_id: str) -> None:
    if not access_log.isEnabledFor(logging.INFO):
        return
    client = scope.get("client")
    principal = scope.get("state", {}).get("principal")
    access_log.info(
        log_line(
            {
                "method": scope["method"],
                "path": address(scope),
                "query": scope.get("query_string", b"").decode("latin-1"),
                "status": status,
                "bytes": size,
                "ms": f"{(time.perf_counter() - started) * 1000:.1f}",
                "key": getattr(principal, "key_id", None) or "-",
                "client": client[0] if client else "-",
                "request": request_id,
            }
        )
    )


def log_line(fields: Mapping[str, object]) -> str:
    """`key=value` pairs; a value with blanks, quotes or control characters stands as a JSON string."""
    said = ((key, str(value)) for key, value in fields.items())
    return " ".join(f"{key}={value if _BARE.fullmatch(value) else json.dumps(value)}" for key, value in said)


def _let_go(error: BaseException | None) -> None:
    """Empty the frames of a stream that was cut, or its rows and connection would wait for the collector."""
    waiting = [error]
    seen: set[int] = set()
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        traceback.clear_frames(error.__traceback__)
        waiting += [error.__context__, *(error.exceptions if isinstance(error, BaseExceptionGroup) else ())]


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
