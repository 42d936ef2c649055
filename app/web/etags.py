"""ETags: strong, made of the revision, the day, the request's address and the identity of the data set.

    "v3.r57.261124-9f3a1c2b4d5e6f70-gzip"    (of a record: v = its version, for `If-Match`; the coding comes last)

The digits after the day are a keyed digest of the address and `Accept`: only a server of this data set and this version
can make them, and it makes them for answers of status 200 alone. A tag that fits a request therefore proves that this
very address was answered at that revision, and 304 can be said without asking the database for the answer.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

from starlette.types import Scope

#: Seconds before and after midnight (UTC) in which tags hold for one second only: the states of demands are derived
#: for the database's day, and its clock may not be exactly that of this machine.
TURNING = 5
_DAY = 86_400
_TAG = re.compile(
    r'(?:W/)?"((?:v[0-9]{1,9}\.)?r([0-9]{1,19})\.([0-9]{6}(?:t[0-9]{6})?)-([0-9a-f]{16}))(?:-(gzip|zstd))?"'
)


def today() -> str:
    """The day (UTC) of an answer that is made now; near midnight the second, so that it fits no later answer."""
    return _word(int(time.time()))


def day_ends() -> float:
    """The instant (seconds since 1970) from which on `today` is another word than now."""
    second = int(time.time())
    into = second % _DAY
    if TURNING <= into < _DAY - TURNING:
        return second - into + _DAY - TURNING
    return second + 1


@lru_cache(maxsize=4)
def _word(second: int) -> str:
    is_turning = not TURNING <= second % _DAY < _DAY - TURNING
    return f"{datetime.fromtimestamp(second, UTC):{'%y%m%dt%H%M%S' if is_turning else '%y%m%d'}}"


def address_of(scope: Scope, headers: Mapping[bytes, bytes], path: bytes | None = None) -> tuple[bytes, ...]:
    """What decides which representation a GET is answered with, but for its coding; `path` = another than its own.

    Host and scheme belong to it, since some forms hold absolute addresses."""
    if path is None:
        where, query = scope.get("raw_path") or scope["path"].encode(), scope.get("query_string", b"")
    else:
        where, query = path, b""
    accept = headers.get(b"accept", b"*/*")
    root = scope.get("root_path", "").encode()
    return where, query, accept, headers.get(b"host", b""), scope.get("scheme", "http").encode(), root


class Tags:
    """Makes and reads the ETags of one data set; `identity` are the bytes that no other has."""

    def __init__(self, identity: bytes) -> None:
        self._key = blake2b(identity, digest_size=32).digest()

    def made(self, address: tuple[bytes, ...], revision: int, version: int | None = None) -> str:
        """The tag, in quotes, of the bytes as they are before any coding."""
        own = f"v{version}." if version is not None else ""
        return f'"{own}r{revision}.{today()}-{self._digest(address)}"'

    def fitting(self, given: str, address: tuple[bytes, ...], coding: str) -> tuple[str, int] | None:
        """The first tag of an `If-None-Match` that was made today for this address, and its revision.

        A tag without coding fits every request: it says that the content is the same, and small answers have none."""
        day = today()
        for found in _TAG.finditer(given):
            if found[3] == day and found[5] in (None, coding) and found[4] == self._digest(address):
                return found[0].removeprefix("W/"), int(found[2])
        return None

    def _digest(self, address: tuple[bytes, ...]) -> str:
        return blake2b(b"\0".join(address), key=self._key, digest_size=8).hexdigest()


def with_coding(tag: str, coding: str) -> str:
    """The tag of the same answer in this coding."""
    return f'{tag[:-1]}-{coding}"'
