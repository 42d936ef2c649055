"""ETags: strong, made from the revision, the day, the URL of the request and the identity of the database.

    "v3.r57.261124-9f3a1c2b4d5e6f70-gzip"    (v3 = version of a single record, for `If-Match`; gzip = content coding)

The digits after the day are a keyed digest of the URL and `Accept`. Only a server of this database and this version of
Parley can make them, and it does so only for responses with status 200. An ETag that matches a request therefore proves
that this URL was answered at that revision, and 304 can be sent without running the statement.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

from starlette.types import Scope

#: Seconds before and after midnight (UTC) in which an ETag is valid for one second only. The states of demands are
#: derived for the day of the database server, whose clock may differ from this machine's.
MIDNIGHT_SECONDS = 5
_DAY = 86_400
_TAG = re.compile(
    r'(?:W/)?"((?:v[0-9]{1,9}\.)?r([0-9]{1,19})\.([0-9]{6}(?:t[0-9]{6})?)-([0-9a-f]{16}))(?:-(gzip|zstd))?"'
)


def today() -> str:
    """The current day (UTC) as written in ETags. Near midnight the second is added, so that the ETag matches no later
    response."""
    return _format_day(int(time.time()))


def day_ends() -> float:
    """When the result of `today` changes next, in seconds since 1970."""
    second = int(time.time())
    into = second % _DAY
    if MIDNIGHT_SECONDS <= into < _DAY - MIDNIGHT_SECONDS:
        return second - into + _DAY - MIDNIGHT_SECONDS
    return second + 1


@lru_cache(maxsize=4)
def _format_day(second: int) -> str:
    is_near_midnight = not MIDNIGHT_SECONDS <= second % _DAY < _DAY - MIDNIGHT_SECONDS
    return f"{datetime.fromtimestamp(second, UTC):{'%y%m%dt%H%M%S' if is_near_midnight else '%y%m%d'}}"


def representation_key(scope: Scope, headers: Mapping[bytes, bytes], path: bytes | None = None) -> tuple[bytes, ...]:
    """The parts of a request that select the representation, except for the content coding. `path` replaces the path and
    query of the request.

    The host and the scheme are included, because some formats contain absolute URLs."""
    if path is None:
        path, query = scope.get("raw_path") or scope["path"].encode(), scope.get("query_string", b"")
    else:
        query = b""
    accept = headers.get(b"accept", b"*/*")
    root = scope.get("root_path", "").encode()
    return path, query, accept, headers.get(b"host", b""), scope.get("scheme", "http").encode(), root


class Tags:
    """Makes and matches the ETags of one database; `identity`: bytes that are unique to the database."""

    def __init__(self, identity: bytes) -> None:
        self._key = blake2b(identity, digest_size=32).digest()

    def make(self, address: tuple[bytes, ...], revision: int, version: int | None = None) -> str:
        """The ETag, in quotes, of a response without content coding."""
        prefix = f"v{version}." if version is not None else ""
        return f'"{prefix}r{revision}.{today()}-{self._digest(address)}"'

    def match(self, sent: str, address: tuple[bytes, ...], coding: str) -> tuple[str, int] | None:
        """The first ETag in an `If-None-Match` that was made today for this URL, and its revision.

        An ETag without a coding matches requests for every coding: the content is the same, and small responses are not
        compressed."""
        day = today()
        for found in _TAG.finditer(sent):
            if found[3] == day and found[5] in (None, coding) and found[4] == self._digest(address):
                return found[0].removeprefix("W/"), int(found[2])
        return None

    def _digest(self, address: tuple[bytes, ...]) -> str:
        return blake2b(b"\0".join(address), key=self._key, digest_size=8).hexdigest()


def with_coding(tag: str, coding: str) -> str:
    """The ETag of the same response in this content coding."""
    return f'{tag[:-1]}-{coding}"'
