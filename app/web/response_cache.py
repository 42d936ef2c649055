"""The response cache of one process: responses to public reads, with their ETags.

It contains only what everybody may read: responses to GET requests under `/v1/` without a key, if reading is public. A
cached response is sent as long as the head revision is known to be the revision that the response shows.
`app.web.caching` fills the cache; `app.web.cache_fast_path` and `app.web.caching` send from it.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Protocol

from starlette.types import Scope

from app.web.compression import negotiate_coding
from app.web.etags import day_ends, representation_key, today
from app.web.read_response import CachePolicy

RawHeaders = list[tuple[bytes, bytes]]
Key = tuple[bytes | str, ...]

#: Largest share of the cache that one response may occupy.
SHARE = 1 / 16
#: Maximum number of entries in the table of complete request heads.
RECENT = 512
#: Estimated bytes of an entry besides its body, headers and key.
_ENTRY_BYTES = 1_000


class HeadRevision(Protocol):
    """Knows the head revision (`app.reading.head_watcher.HeadWatcher`)."""

    def confirmed(self) -> int | None:
        """The head revision if it is known without a query; otherwise None."""
        ...

    async def read(self) -> int | None:
        """Read the head revision from the database, or return None if the database does not respond."""
        ...


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response with status 200. The body has the content coding that the headers declare."""

    revision: int
    #: The day (UTC) of the response, as `app.web.etags.today` writes it.
    day: str
    #: The ETag of the response, and the ETag of the same response without content coding.
    tags: tuple[bytes, ...]
    headers: RawHeaders
    body: bytes
    #: The headers of a 304 for this response.
    not_modified_headers: RawHeaders
    #: Path template of the route that made the response.
    route: str = ""
    #: Whether the response is about the past, so that neither writes nor later days change it.
    is_settled: bool = False

    def is_valid(self, revision: int | None) -> bool:
        """Whether the response is current at this head revision; None = the revision is unknown."""
        return self.is_settled or (self.revision == revision and self.day == today())

    @property
    def size(self) -> int:
        """Approximate size in bytes."""
        return _ENTRY_BYTES + len(self.body) + 2 * sum(len(name) + len(value) for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class CacheHit:
    """A response from the cache, ready to be sent."""

    status: int
    headers: RawHeaders
    body: bytes
    route: str = ""


@dataclass(frozen=True, slots=True)
class RecentHit:
    """The cached response to a complete request head, and how long it is valid."""

    key: Key
    revision: int | None
    until: float
    is_settled: bool
    hit: CacheHit

    def is_valid(self, revision: int | None) -> bool:
        """Whether the hit is current at this head revision; None = the revision is unknown."""
        return self.is_settled or (revision is not None and self.revision == revision and self.until > time())


class ResponseCache:
    """An LRU cache of at most `max_bytes`. Until `serve_from` sets a head watcher, the cache answers no request."""

    def __init__(self, max_bytes: int, *, is_public: bool) -> None:
        self.max_bytes = max_bytes
        self.is_public = is_public
        self.head: HeadRevision | None = None
        self.policy: CachePolicy | None = None
        self.bytes = 0
        #: Requests that the cache answered, and those of which it could have contained the response.
        self.hits = self.misses = 0
        self._responses: OrderedDict[Key, CachedResponse] = OrderedDict()
        # A second table may seem redundant. However, most requests on a busy server repeat an earlier request with all
        # its headers, and parsing these headers took longer than all other work for a cached response.
        self._recent: dict[Key, RecentHit] = {}

    def __len__(self) -> int:
        return len(self._responses)

    def serve_from(self, head: HeadRevision, policy: CachePolicy) -> None:
        """Empty the cache and use it for the database of this head watcher."""
        self._responses.clear()
        self._recent.clear()
        self.bytes = 0
        self.head, self.policy = head, policy

    def find_now(self, scope: Scope) -> CacheHit | None:
        """The cached response to this request, if it can be sent without waiting for the database."""
        if self.head is None or not self._responses:
            return None
        head, revision = _request_head(scope), self.head.confirmed()
        recent = self._recent.get(head)
        if recent is not None and recent.is_valid(revision):
            self._responses.move_to_end(recent.key)
            return recent.hit
        if scope["method"] not in ("GET", "HEAD") or (headers := unique_headers(scope)) is None:
            return None
        if b"parley-revision" in headers or not self.accepts(headers):
            return None
        key, until = cache_key(scope, headers), day_ends()
        is_settled = self.is_settled(key)
        if revision is None and not is_settled:
            return None
        hit = self.find(key, headers, revision)
        if hit is not None and b"x-request-id" not in headers:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent[head] = RecentHit(key, revision, until, is_settled, hit)
        return hit

    def accepts(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a request with these headers is a public read of a whole response."""
        return self.is_public and headers.keys().isdisjoint((b"authorization", b"x-api-key", b"range"))

    def __contains__(self, key: Key) -> bool:
        return key in self._responses

    def is_settled(self, key: Key) -> bool:
        """Whether the cached response with this key, if there is one, can never change."""
        return (response := self._responses.get(key)) is not None and response.is_settled

    def find(self, key: Key, headers: Mapping[bytes, bytes], revision: int | None) -> CacheHit | None:
        """The cached response with this key, or 304, if it is current at this head revision (None = unknown)."""
        response = self._responses.get(key)
        if response is None:
            return None
        if not response.is_valid(revision):
            self._drop(key)
            return None
        self._responses.move_to_end(key)
        sent_tags = headers.get(b"if-none-match")
        if sent_tags is not None:
            if sent_tags.strip() == b"*" or any(tag in sent_tags for tag in response.tags):
                return CacheHit(304, response.not_modified_headers, b"", response.route)
        elif b"if-modified-since" in headers:
            # Such requests are rare, so comparing dates is left to the application.
            return None
        return CacheHit(200, response.headers, response.body, response.route)

    def add(self, key: Key, response: CachedResponse) -> None:
        """Cache a response, and evict the least recently used responses if the cache is full."""
        size = response.size + len(repr(key))
        if size > self.max_bytes * SHARE:
            return
        self._drop(key)
        self._responses[key] = response
        self.bytes += size
        while self.bytes > self.max_bytes:
            self._drop(next(iter(self._responses)))

    def _drop(self, key: Key) -> None:
        if (response := self._responses.pop(key, None)) is not None:
            self.bytes -= response.size + len(repr(key))
            # Recent hits refer to responses as well, and would keep the dropped response in memory.
            self._recent.clear()


def _request_head(scope: Scope) -> Key:
    """The whole request except its body."""
    head: list[bytes | str] = [
        scope["method"],
        scope["scheme"],
        scope.get("root_path", ""),
        scope.get("raw_path") or scope["path"],
    ]
    head.append(scope.get("query_string", b""))
    for header in scope["headers"]:
        head += header
    return tuple(head)


def unique_headers(scope: Scope) -> dict[bytes, bytes] | None:
    """The headers by name; None if a header is repeated, since the cache does not interpret repeated headers."""
    headers = dict(scope["headers"])
    return headers if len(headers) == len(scope["headers"]) else None


def cache_key(scope: Scope, headers: Mapping[bytes, bytes]) -> Key:
    """The cache key: requests with the same key get the same bytes."""
    return (
        *representation_key(scope, headers),
        negotiate_coding(headers.get(b"accept-encoding", b"").decode("latin-1")),
    )


def address_in(key: Key) -> tuple[bytes, ...]:
    """The part of a key that identifies the representation, without its content coding."""
    return tuple(part for part in key if isinstance(part, bytes))
