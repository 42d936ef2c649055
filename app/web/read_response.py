"""The headers of an answer that was read from the ledger, and 304 where the client has it already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request
from fastapi import Response as HttpResponse
from starlette.datastructures import URL

from app.web.etags import Tags, address_of
from app.web.streaming import Chunks, Streamed

JSON = "application/json"
#: What the bytes of an answer depend on beside its address. `Parley-Revision`: who names a revision must not get an
#: older answer out of a cache between.
VARY = "Accept, Accept-Encoding, Parley-Revision"
_KEY_VARY = f"{VARY}, Authorization, X-API-Key"
#: Of what was at some revision: a day, since a new version of the software may say the same in another way.
_LONG = "max-age=86400, immutable"


def base_of(request: Request) -> str:
    """The address under which users reach this server, without a slash at its end."""
    public: str | None = getattr(request.app.state, "public_url", None)
    return (public or str(request.base_url)).rstrip("/")


@dataclass(frozen=True, slots=True)
class Marks:
    """What marks the answers of one application: whose tags they bear, and how long other caches may keep them.

    `shared_seconds`: for which caches between (a CDN) may answer without asking; `stale_seconds`: for which they may
    go on with an old answer while they ask."""

    tags: Tags
    is_public: bool = True
    shared_seconds: int = 0
    stale_seconds: int = 0

    def standing(self, *, has_key: bool, is_settled: bool = False) -> dict[str, str]:
        """`Cache-Control` and `Vary`, the same for all answers to the public and for all to holders of keys.
        `is_settled`: the answer cannot change any more."""
        if has_key or not self.is_public:
            return {"Cache-Control": f"private, {_LONG if is_settled else 'no-cache'}", "Vary": _KEY_VARY}
        if is_settled:
            return {"Cache-Control": f"public, {_LONG}", "Vary": VARY}
        control = "public, no-cache"
        if self.shared_seconds:
            control = f"public, max-age=0, s-maxage={self.shared_seconds}"
            control += f", stale-while-revalidate={self.stale_seconds}" if self.stale_seconds else ""
        return {"Cache-Control": control, "Vary": VARY}


def next_page(request: Request, cursor: str | int | None, parameter: str = "cursor") -> dict[str, str]:
    """The header that leads to the next page (RFC 8288); none where this is the last."""
    if not cursor:
        return {}
    following = URL(scope=request.scope).include_query_params(**{parameter: cursor})
    return {"Link": f'<{following.path}?{following.query}>; rel="next"'}


def moved(request: Request, path: str) -> HttpResponse:
    """The same question at the address that the record has now."""
    there = path + (f"?{request.url.query}" if request.url.query else "")
    return HttpResponse(status_code=308, headers={"Location": there})


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
    """The answer with what a cache must know of it. `revision`: what its statement saw, written `at`; `version`: the
    record's own; `is_tagged`: whether the same revision always makes the same bytes; `is_settled`: the answer is of the
    past and the same for ever. The answer to a write bears the tag that a GET of its `Content-Location` would bear."""
    marks: Marks = request.app.state.marks
    is_read = request.method in ("GET", "HEAD")
    sent = request.headers
    told = {
        **marks.standing(has_key="authorization" in sent or "x-api-key" in sent, is_settled=is_settled),
        "Parley-Revision": str(revision),
        "Surrogate-Key": " ".join(("parley", *collections)),
        **(headers or {}),
    }
    if not is_tagged:
        return _sent(body, 200, told, media_type)
    place = None if is_read else told.get("Content-Location", "").encode()
    address = address_of(request.scope, dict(request.scope["headers"]), place)
    told["ETag"] = marks.tags.made(address, revision, version)
    if not is_read:
        told["Cache-Control"] = "no-store"
    elif at is not None and (modified := _modified(at)):
        told["Last-Modified"] = format_datetime(modified, usegmt=True)
    coding = request.scope.get("state", {}).get("coding", "")
    status = 200
    if is_read and (tag := _unchanged(request, marks.tags, address, revision, coding, told)):
        status, told["ETag"] = 304, tag
    return _sent(body, status, told, media_type)


def _sent(body: bytes | Chunks, status: int, headers: Mapping[str, str], media_type: str) -> HttpResponse:
    if not isinstance(body, bytes):
        return Streamed(body, status, headers, media_type if status == 200 else None)
    return HttpResponse(body, 200, headers, media_type) if status == 200 else HttpResponse(None, 304, headers)


def _modified(at: datetime) -> datetime | None:
    """When the answers last changed: with the revision, or when the day began, of which states are told.

    None while its second still runs: a second revision in it would bear the same time."""
    now = datetime.now(UTC)
    modified = max(at.astimezone(UTC), now.replace(hour=0, minute=0, second=0)).replace(microsecond=0)
    return modified if now - modified > timedelta(seconds=2) else None


def _unchanged(
    request: Request, tags: Tags, address: tuple[bytes, ...], revision: int, coding: str, told: Mapping[str, str]
) -> str | None:
    """The tag of the answer that the client has, if it is this one."""
    if lines := request.headers.getlist("if-none-match"):
        given = ", ".join(lines)
        if given.strip() == "*":
            return told["ETag"]
        found = tags.fitting(given, address, coding)
        return found[0] if found and found[1] == revision else None
    since = request.headers.get("if-modified-since")
    if since is None or "Last-Modified" not in told:
        return None
    try:
        known = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return None
    is_same = known.tzinfo is not None and known >= parsedate_to_datetime(told["Last-Modified"])
    return told["ETag"] if is_same else None
