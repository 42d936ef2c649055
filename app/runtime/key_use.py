"""Records when API keys were last used, in the background: no request waits for it."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from uuid import UUID

from app.writing.api_keys import USE_SECONDS

log = logging.getLogger("parley.error")

#: Maximum number of keys whose last record is remembered. The database checks the time too.
_REMEMBERED_MAX = 10_000


class KeyUseRecorder:
    """Records each key at most once in `USE_SECONDS`. `record` writes the ids of keys that are used now."""

    def __init__(self, record: Callable[[Collection[UUID]], Awaitable[None]]) -> None:
        self._record = record
        #: By key: the monotonic time of its last record.
        self._recorded: OrderedDict[UUID, float] = OrderedDict()
        self._pending: set[UUID] = set()
        self._task: asyncio.Task[None] | None = None

    def note(self, key_id: UUID) -> None:
        """Note that a key is used now. Returns immediately."""
        now = time.monotonic()
        last = self._recorded.get(key_id)
        if last is not None and now - last < USE_SECONDS:
            return
        self._recorded[key_id] = now
        self._recorded.move_to_end(key_id)
        if len(self._recorded) > _REMEMBERED_MAX:
            self._recorded.popitem(last=False)
        self._pending.add(key_id)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self._pending:
            used, self._pending = self._pending, set()
            try:
                await self._record(used)
            except Exception as error:
                # The next use after `USE_SECONDS` is recorded again. A database that cannot write still serves reads.
                log.warning("the last use of %d API keys was not recorded: %s", len(used), type(error).__name__)

    async def aclose(self) -> None:
        """Wait until everything noted is recorded, for at most a second."""
        if self._task is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._task, 1)
