"""Answers that are kept, and 304 without asking for the answer: pure ASGI, before anything is routed.

Only for what everybody may read: GET under /v1/ without a key where reading is public. An answer is sent again as long
as the head is known to be the revision that its statement saw; when that is not known, the head is read first, which
costs a small part of the answer. What is not sure is asked of the database.

`Parley-Revision: n` in a request asks for an answer of revision n or later: whoever wrote at another server sends back
the number of that write and sees it.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Protocol

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ApiError, ProblemType, Violation
from app.web.compression import negotiated
from app.web.etags import address_of, day_ends, today
from app.web.problem_responses import problem_response
from app.web.read_response import Marks

RawHeaders = list[tuple[bytes, bytes]]
Key = tuple[bytes | str, ...]

#: Part of the memory that one answer may take.
SHARE = 1 / 16
#: Requests that are known again by their whole head.
RECENT = 512
#: Bytes that an entry takes beside its body, headers and key.
_OWN = 1_000
#: What a 304 says of the headers of its 200 (RFC 9110, 15.4.5), and ours.
_REPEATED = frozenset(
    {b"etag", b"cache-control", b"vary", b"content-location", b"last-modified", b"parley-revision", b"surrogate-key"}
)


class Head(Protocol):
    """What is known of the newest revision."""

    def confirmed(self) -> int | None:
        """The newest revision, where that is sure enough; None where it would have to be asked for."""
        ...

    async def read(self) -> int | None:
        """The newest revision, asked for now; None where nobody answers."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A kept answer of status 200, its body in the coding that the headers name."""

    revision: int
    day: str
    #: Its own tag, and that of the same answer without a coding, which says as much.
    tags: tuple[bytes, ...]
    headers: RawHeaders
    body: bytes
    unchanged: RawHeaders
    #: It is of the past: no write and no day ends it.
    is_settled: bool = False

    def holds(self, revision: int | None) -> bool:
        """Whether it is still true while the head is at `revision`; None = that is not known."""
        return self.is_settled or (self.revision == revision and self.day == today())

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return _OWN + len(self.body) + 2 * sum(len(name) + len(value) for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class Hit:
    """What is sent without asking the application."""

    status: int
    headers: RawHeaders
    body: bytes


@dataclass(frozen=True, slots=True)
class Recent:
    """What a request with this very head was answered with, and for how long that holds."""

    key: Key
    revision: int | None
    until: float
    is_settled: bool
    hit: Hit

    def holds(self, revision: int | None) -> bool:
        """Whether it is still true while the head is at `revision`; None = that is not known."""
        return self.is_settled or (revision is not None and self.revision == revision and self.until > time())


class ResponseCache:
    """The kept answers of one process, the most recently used `max_bytes` of them."""

    def __init__(self, max_bytes: int, *, is_public: bool) -> None:
        self.max_bytes = max_bytes
        self.is_public = is_public
        self.head: Head | None = None
        self.marks: Marks | None = None
        self.bytes = 0
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        # On the surface a second table might seem one too many. However, most requests of a busy hour are the same to
        # the last header, and reading their headers anew took longer than all the rest of a kept answer.
        self._recent: dict[Key, Recent] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def serve_from(self, head: Head, marks: Marks) -> None:
        """Begin with a ledger; what was kept of another is of no use."""
        self._answers.clear()
        self._recent.clear()
        self.bytes = 0
        self.head, self.marks = head, marks

    def now(self, scope: Scope) -> Hit | None:
        """The kept answer to this request, if it can be sent at once."""
        if self.head is None or not self._answers:
            return None
        head, revision = _head_of(scope), self.head.confirmed()
        recent = self._recent.get(head)
        if recent is not None and recent.holds(revision):
            self._answers.move_to_end(recent.key)
            return recent.hit
        if scope["method"] not in ("GET", "HEAD") or (headers := headers_of(scope)) is None:
            return None
        if b"parley-revision" in headers or not self.is_open(headers):
            return None
        key, until = key_of(scope, headers), day_ends()
        is_settled = self.is_settled(key)
        if revision is None and not is_settled:
            return None
        hit = self.find(key, headers, revision)
        if hit is not None and b"x-request-id" not in headers:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent[head] = Recent(key, revision, until, is_settled, hit)
        return hit

    def is_open(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the request may read without any further check, and asks for all of an answer."""
        return self.is_public and headers.keys().isdisjoint((b"authorization", b"x-api-key", b"range"))

    def holds(self, key: Key) -> bool:
        return key in self._answers

    def is_settled(self, key: Key) -> bool:
        """Whether there is an answer that no write can end."""
        return (answer := self._answers.get(key)) is not None and answer.is_settled

    def find(self, key: Key, headers: Mapping[bytes, bytes], revision: int | None) -> Hit | None:
        """What to send to a request with this key while the head is at `revision`; None = not known."""
        answer = self._answers.get(key)
        if answer is None:
            return None
        if not answer.holds(revision):
            self._drop(key)
            return None
        self._answers.move_to_end(key)
        given = headers.get(b"if-none-match")
        if given is not None:
            if given.strip() == b"*" or any(tag in given for tag in answer.tags):
                return Hit(304, answer.unchanged, b"")
        elif b"if-modified-since" in headers:
            # Rare, and the application compares dates itself.
            return None
        return Hit(200, answer.headers, answer.body)

    def keep(self, key: Key, answer: Answer) -> None:
        """Keep an answer; those that were not asked for the longest make room."""
        size = answer.size + len(repr(key))
        if size > self.max_bytes * SHARE:
            return
        self._drop(key)
        self._answers[key] = answer
        self.bytes += size
        while self.bytes > self.max_bytes:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: Key) -> None:
        if (answer := self._answers.pop(key, None)) is not None:
            self.bytes -= answer.size + len(repr(key))
            # They hold answers too: what was dropped must not stay in memory by them.
            self._recent.clear()


def _head_of(scope: Scope) -> Key:
    """All that a request says, but for its body."""
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


def headers_of(scope: Scope) -> dict[bytes, bytes] | None:
    """The headers by name; None where one stands twice: which of them is meant is for the application to say."""
    headers = dict(scope["headers"])
    return headers if len(headers) == len(scope["headers"]) else None


def key_of(scope: Scope, headers: Mapping[bytes, bytes]) -> Key:
    """What two requests have in common that get the same bytes."""
    return (*address_of(scope, headers), negotiated(headers.get(b"accept-encoding", b"").decode("latin-1")))


class Caching:
    """Answers from what is kept, or with 304; else asks the application and keeps its answer."""

    def __init__(self, app: ASGIApp, kept: ResponseCache) -> None:
        self.app = app
        self.kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = self.kept
        is_read = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/v1/")
        if not is_read or kept.head is None or (headers := headers_of(scope)) is None:
            await self.app(scope, receive, send)
            return
        confirmed = kept.head.confirmed()
        if (wanted := headers.get(b"parley-revision")) is not None:
            try:
                confirmed = await _at_least(wanted, kept.head)
            except ApiError as refused:
                problem = problem_response(scope, refused.kind, refused.detail, refused.violations, refused.headers)
                await problem(scope, receive, send)
                return
        if not kept.is_open(headers):
            await self.app(scope, receive, send)
            return
        key = key_of(scope, headers)
        if hit := await self._hit(scope, headers, key, confirmed):
            await send({"type": "http.response.start", "status": hit.status, "headers": list(hit.headers)})
            await send({"type": "http.response.body", "body": hit.body})
            return
        is_head = scope.get("state", {}).get("is_head", False)
        keeping = bool(kept.max_bytes) and not is_head
        await self.app(scope, receive, _Keeper(kept, key, send) if keeping else send)

    async def _hit(self, scope: Scope, headers: Mapping[bytes, bytes], key: Key, confirmed: int | None) -> Hit | None:
        kept = self.kept
        assert kept.head is not None
        assert kept.marks is not None
        given = headers.get(b"if-none-match", b"").decode("latin-1")
        coding = str(key[-1])
        known = kept.marks.tags.fitting(given, key_address(key), coding) if given else None
        if known is None and not kept.holds(key):
            return None
        is_settled = kept.is_settled(key)
        revision = confirmed if confirmed is not None or is_settled else await kept.head.read()
        if revision is None and not is_settled:
            return None
        if hit := kept.find(key, headers, revision):
            return hit
        if known is None or known[1] != revision:
            return None
        told = {"ETag": known[0], "Parley-Revision": str(revision), **kept.marks.standing(has_key=False)}
        return Hit(304, Response(status_code=304, headers=told).raw_headers, b"")


def key_address(key: Key) -> tuple[bytes, ...]:
    """The address in a key."""
    return tuple(part for part in key if isinstance(part, bytes))


async def _at_least(wanted: bytes, head: Head) -> int | None:
    """The head's revision where it is `wanted` or later. Raises ApiError: no number, or no such revision."""
    if not wanted.isdigit() or len(wanted) > 18:
        violation = Violation("Not a number", None, "Parley-Revision", "Send back the `Parley-Revision` of an answer.")
        raise ApiError(ProblemType.INVALID, "The header `Parley-Revision` is not valid.", [violation])
    confirmed = head.confirmed()
    if confirmed is not None and confirmed >= int(wanted):
        return confirmed
    newest = await head.read()
    if newest is not None and newest < int(wanted):
        violation = Violation(
            f"There is no revision {int(wanted)}", None, "Parley-Revision", f"The newest is {newest}."
        )
        raise ApiError(ProblemType.INVALID, "The revision that the request asks for does not exist.", [violation])
    return newest


class _Keeper:
    """The `send` of an answer that may be kept; a long one passes by."""

    def __init__(self, kept: ResponseCache, key: Key, send: Send) -> None:
        self._kept, self._key, self._send = kept, key, send
        self._day = today()
        self._headers: RawHeaders | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # A copy: the door adds to the list what belongs to this one visit.
            self._headers = list(message["headers"]) if message["status"] == 200 and _may_stay(message) else None
        elif message["type"] == "http.response.body" and self._headers is not None:
            self._parts.append(message.get("body", b""))
            self._size += len(self._parts[-1])
            if self._size > self._kept.max_bytes * SHARE:
                self._headers = None
                self._parts.clear()
            elif not message.get("more_body", False):
                self._keep(self._headers)
        await self._send(message)

    def _keep(self, headers: RawHeaders) -> None:
        told = dict(headers)
        body = b"".join(self._parts)
        if b"content-length" not in told:
            headers = [*headers, (b"content-length", str(len(body)).encode())]
        unchanged = [(name, value) for name, value in headers if name in _REPEATED]
        tag, coding = told[b"etag"], told.get(b"content-encoding")
        tags = (tag, tag.removesuffix(b"-" + coding + b'"') + b'"') if coding else (tag,)
        is_settled = b"immutable" in told[b"cache-control"]
        answer = Answer(int(told[b"parley-revision"]), self._day, tags, headers, body, unchanged, is_settled)
        self._kept.keep(self._key, answer)


def _may_stay(start: Message) -> bool:
    """Whether an answer may be kept, by its headers: of others not even the first bytes are, for a stream may last."""
    told = dict(start["headers"])
    is_public = told.get(b"cache-control", b"").startswith(b"public")
    return is_public and b"etag" in told and b"parley-revision" in told
