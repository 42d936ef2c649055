"""Cache of API keys, so that neither valid nor made-up keys cost the connections that writes and reads need.

Anybody can send any number of keys that do not exist, and each must be looked up once. So look-ups have connections of
their own, unknown keys are cached too, and they have a bounded queue. Keys that were valid a moment ago do not wait in
this queue.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from app.domain.api_keys import KeyRefusal
from app.errors import ApiError, ProblemType
from app.web.access import Principal
from app.writing.api_keys import ValidKey

T = TypeVar("T")

#: Seconds for which a key is cached. A revoked key and a replaced secret still work for at most this time, and a key that
#: was sent before it was created does not work yet. A key that expires is not cached beyond its expiry.
KEY_SECONDS = 5.0
#: Maximum number of cached keys of each kind, and of look-ups that wait.
_VALID_MAX, _REFUSED_MAX, _WAITING_MAX = 1_000, 10_000, 100


@dataclass
class _Lane:
    """One look-up at a time, and a bounded number that wait."""

    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    waiting: int = 0


class ApiKeyCache:
    """Finds API keys; each key is looked up at most once in `KEY_SECONDS`. `find_key` reads a key from the database; there
    are at most two calls at a time. `note_use` is called with the id of each valid key that was found."""

    def __init__(
        self,
        find_key: Callable[[bytes], Awaitable[ValidKey | KeyRefusal]],
        note_use: Callable[[UUID], None] = lambda _: None,
    ) -> None:
        self._find_key = find_key
        self._note_use = note_use
        #: Until when a key need not be looked up again. Valid keys stay here afterwards: their look-up has its own lane.
        self._valid: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._refused: OrderedDict[bytes, tuple[float, KeyRefusal]] = OrderedDict()
        self._running: dict[bytes, asyncio.Task[Principal | KeyRefusal]] = {}
        self._renewing, self._first = _Lane(), _Lane()

    async def find(self, digest: bytes) -> Principal | KeyRefusal:
        """The principal of the key, or why the key is rejected. Raises ApiError (503) if too many keys are being
        looked up."""
        found = await self._find(digest)
        if isinstance(found, Principal) and found.key_id is not None:
            self._note_use(UUID(found.key_id))
        return found

    async def _find(self, digest: bytes) -> Principal | KeyRefusal:
        now = time.monotonic()
        if (cached := self._valid.get(digest)) and cached[0] > now:
            return cached[1]
        if (refused := self._refused.get(digest)) and refused[0] > now:
            return refused[1]
        if (running := self._running.get(digest)) is None:
            lane = self._first if cached is None else self._renewing
            if lane.waiting >= _WAITING_MAX:
                raise ApiError(
                    ProblemType.UNAVAILABLE, "Too many API keys are being checked.", headers={"Retry-After": "1"}
                )
            lane.waiting += 1
            running = self._running[digest] = asyncio.create_task(self._look_up(digest, lane))
        # A client that leaves does not cancel the look-up, because others may wait for it.
        return await asyncio.shield(running)

    async def _look_up(self, digest: bytes, lane: _Lane) -> Principal | KeyRefusal:
        try:
            async with lane.turn:
                # Read before the look-up, so that a key is not cached beyond its expiry.
                now = time.monotonic()
                found = await self._find_key(digest)
        finally:
            lane.waiting -= 1
            del self._running[digest]
        if isinstance(found, KeyRefusal):
            self._valid.pop(digest, None)
            _keep(self._refused, digest, (now + KEY_SECONDS, found), _REFUSED_MAX)
            return found
        key, seconds = found.key, KEY_SECONDS
        if found.valid_seconds is not None:
            seconds = min(seconds, found.valid_seconds)
        principal = Principal(str(key.id), key.name, key.scopes, key.created_at, key.expires_at, key.last_used_at)
        _keep(self._valid, digest, (now + seconds, principal), _VALID_MAX)
        return principal


def _keep(cached: OrderedDict[bytes, T], digest: bytes, value: T, most: int) -> None:
    cached[digest] = value
    cached.move_to_end(digest)
    if len(cached) > most:
        cached.popitem(last=False)
