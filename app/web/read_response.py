"""Responses that were read from the database: their caching headers, and 304 if the client has the response already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request
from fastapi import Response as HttpResponse
from starlette.datastructures import URL

from app.web.etags import Tags, representation_key
from app.web.media_types import JSON
from app.web.state import web_state
from app.web.streaming import Chunks, Streamed

#: Request headers that the bytes of a response depend on. `Parley-Revision` is included, because a client that
#: requires a revision must not get an older response from a shared cache.
VARY = "Accept, Accept-Encoding, Parley-Revision"
_KEY_VARY = f"{VARY}, Authorization, X-API-Key"
#: `Cache-Control` of responses about a past revision. These responses may be cached for at most a day, because a new
#: version of Parley may represent the same data differently.
_SETTLED = "max-age=86400, immutable"


def base_of(request: Request) -> str:
    """The URL of this server as clients see it, without a trailing slash."""
    return (web_state(request).public_url or str(request.base_url)).rstrip("/")


def address_of_request(request: Request) -> str:
    """The URL of this request as clients see it."""
    return base_of(request) + request.url.path + (f"?{request.url.query}" if request.url.query else "")


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """The caching headers of the responses of one application.

    `tags` makes the ETags. `shared_seconds`: how long a shared cache (a CDN) may answer without revalidation;
    `stale_seconds`: how long it may then use the old response while it revalidates."""

    tags: Tags
    is_public: bool = True
    shared_seconds: int = 0
    stale_seconds: int = 0

    def headers(self, *, has_key: bool, is_settled: bool = False) -> dict[str, str]:
        """`Cache-Control` and `Vary` of a read. `has_key`: the request has an API key; `is_settled`: the response can
        never change."""
        if has_key or not self.is_public:
            return {"Cache-Control": f"private, {_SETTLED if is_settled else 'no-cache'}", "Vary": _KEY_VARY}
        if is_settled:
            return {"Cache-Control": f"public, {_SETTLED}", "Vary": VARY}
        control = "public, no-cache"
        if self.shared_seconds:
            control = f"public, max-age=0, s-maxage={self.shared_seconds}"
            control += f", stale-while-revalidate={self.stale_seconds}" if self.stale_seconds else ""
        return {"Cache-Control": control, "Vary": VARY}


def next_page(request: Request, cursor: str | int | None, parameter: str = "cursor") -> dict[str, str]:
    """The `Link` header with the next page (RFC 8288); empty on the last page."""
    if not cursor:
        return {}
    url = URL(scope=request.scope).include_query_params(**{parameter: cursor})
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}


def moved(request: Request, path: str) -> HttpResponse:
    """A redirect to the current path of the record, with the same query."""
    location = path + (f"?{request.url.query}" if request.url.query else "")
    return HttpResponse(status_code=308, headers={"Location": location})


def answered(
    request: Request,
    body: bytes | Chunks,
    *,
    revision: int,
    at: datetime | None,
    collections: Iterable[str],
    version: int | None = None,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
    is_tagged: bool = True,
    is_settled: bool = False,
) -> HttpResponse:
    """A response with its caching headers; 304 if the client has it already.

    `revision`: the revision that the statement saw, committed `at`; `collections`: for `Surrogate-Key`; `version`: the
    version of a single record; `is_tagged`: whether equal revisions give equal bytes; `is_settled`: whether the response is
    about the past and can never change. The response to a write has the ETag of a GET of its `Content-Location`."""
    policy = web_state(request).cache_policy
    is_read = request.method in ("GET", "HEAD")
    sent = request.headers
    fields = {
        **policy.headers(has_key="authorization" in sent or "x-api-key" in sent, is_settled=is_settled),
        "Parley-Revision": str(revision),
        "Surrogate-Key": " ".join(("parley", *collections)),
        **(headers or {}),
    }
    if not is_tagged:
        return _respond(body, 200, fields, media_type)
    path = None if is_read else fields.get("Content-Location", "").encode()
    address = representation_key(request.scope, dict(request.scope["headers"]), path)
    fields["ETag"] = policy.tags.make(address, revision, version)
    if not is_read:
        fields["Cache-Control"] = "no-store"
    elif at is not None and (modified := _last_modified(at)):
        fields["Last-Modified"] = format_datetime(modified, usegmt=True)
    coding = request.scope.get("state", {}).get("coding", "")
    status = 200
    if is_read and (tag := _matching_tag(request, policy.tags, address, revision, coding, fields)):
        status, fields["ETag"] = 304, tag
    return _respond(body, status, fields, media_type)


def _respond(body: bytes | Chunks, status: int, headers: Mapping[str, str], media_type: str) -> HttpResponse:
    if not isinstance(body, bytes):
        return Streamed(body, status, headers, media_type if status == 200 else None)
    return HttpResponse(body, 200, headers, media_type) if status == 200 else HttpResponse(None, 304, headers)


def _last_modified(at: datetime) -> datetime | None:
    """Return when the response last changed: at the revision, or at the start of the current day if that is later,
    because states are derived for a day.

    Returns None for the first two seconds after that time, in which another revision could have the same time."""
    now = datetime.now(UTC)
    modified = max(at.astimezone(UTC), now.replace(hour=0, minute=0, second=0)).replace(microsecond=0)
    return modified if now - modified > timedelta(seconds=2) else None


def _matching_tag(
    request: Request, tags: Tags, address: tuple[bytes, ...], revision: int, coding: str, fields: Mapping[str, str]
) -> str | None:
    """The ETag for a 304, if the client has this response."""
    if lines := request.headers.getlist("if-none-match"):
        sent_tags = ", ".join(lines)
        if sent_tags.strip() == "*":
            return fields["ETag"]
        match = tags.match(sent_tags, address, coding)
        return match[0] if match and match[1] == revision else None
    since = request.headers.get("if-modified-since")
    if since is None or "Last-Modified" not in fields:
        return None
    try:
        known = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return None
    is_same = known.tzinfo is not None and known >= parsedate_to_datetime(fields["Last-Modified"])
    return fields["ETag"] if is_same else None
