"""Places: a bounded number of requests at the same time, with a bounded queue, and a share for each client address."""

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Scope

from app.errors import ApiError, ProblemType
from app.web.connection_limits import network_of


def address_of(scope: Scope) -> str:
    """The address of the client as the server sees it; of IPv6, its /64 network; empty if there is none.

    The server replaces the address of a trusted proxy by the one in `X-Forwarded-For` before the application runs
    (`Settings.trusted_proxies`). A client that is no such proxy cannot choose its address."""
    client = scope.get("client")
    return network_of(client[0]) if client else ""


#: Number of requests that ended last from which the speed of a queue is estimated.
_MEASURED = 32


class Places:
    """`most` places, and a queue of `waiting` requests that wait at most `seconds`.

    One address may occupy at most `per_address` places and entries of the queue together; None = no limit. `noun` names
    the requests in the error message: `Too many searches are running.`"""

    def __init__(
        self, noun: str, most: int, *, waiting: int = 0, seconds: float = 1.0, per_address: int | None = None
    ) -> None:
        self.noun = noun
        self.most = most
        self.waiting = waiting
        self.seconds = seconds
        self.per_address = per_address
        self._free = asyncio.Semaphore(most)
        self._taken = 0
        self._of_address: Counter[str] = Counter()
        #: Number of requests that got no place.
        self.rejected = 0
        #: When requests last ended while others waited; empty as soon as nobody waits.
        self._ends: deque[float] = deque(maxlen=_MEASURED)

    @property
    def in_progress(self) -> int:
        """Number of requests that have a place."""
        return min(self._taken, self.most)

    @property
    def queued(self) -> int:
        """Number of requests that wait for a place."""
        return self._taken - self.in_progress

    @property
    def are_taken(self) -> bool:
        """Whether a further request would have to wait."""
        return self._free.locked()

    async def take(self, address: str) -> None:
        """Take a place, which `give_back` must return. Raises ApiError (503) if there is none in time."""
        if self.per_address is not None and self._of_address[address] >= self.per_address:
            raise self._full(f"Too many {self.noun} from your address are running.")
        if self._free.locked() and self._taken >= self.most + self.waiting:
            raise self._full(f"Too many {self.noun} are running.")
        self._taken += 1
        self._of_address[address] += 1
        try:
            # Not `wait_for`, which in Python 3.11 may lose the cancellation of a request whose client left.
            async with asyncio.timeout(self.seconds):
                await self._free.acquire()
        except BaseException as error:
            self._forget(address)
            if isinstance(error, TimeoutError):
                raise self._full(f"Too many {self.noun} are running.") from None
            raise

    def give_back(self, address: str) -> None:
        """Return the place of a request from this address."""
        if self._taken > self.most:
            self._ends.append(time.monotonic())
        else:
            self._ends.clear()
        self._free.release()
        self._forget(address)

    @asynccontextmanager
    async def held(self, address: str) -> AsyncIterator[None]:
        """Hold a place inside this context. Raises ApiError (503) if there is none in time."""
        await self.take(address)
        try:
            yield
        finally:
            self.give_back(address)

    def _forget(self, address: str) -> None:
        self._taken -= 1
        self._of_address[address] -= 1
        if self._of_address[address] <= 0:
            del self._of_address[address]

    def _full(self, reason: str) -> ApiError:
        self.rejected += 1
        return ApiError(
            ProblemType.UNAVAILABLE,
            f"{reason} Try again after the time in `Retry-After`.",
            headers={"Retry-After": str(max(1, min(math.ceil(self.seconds), self._seconds_until_empty())))},
        )

    def _seconds_until_empty(self) -> int:
        """The time until the queue is empty, if requests end as fast as they did; `seconds` if too few have ended."""
        if len(self._ends) < 2:
            return math.ceil(self.seconds)
        pause = (time.monotonic() - self._ends[0]) / (len(self._ends) - 1)
        return math.ceil(pause * max(1, self._taken - self.most))
