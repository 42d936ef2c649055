"""What the process measures about itself: histograms, and the times of the current request.

The objects that do the work count (places, pools, the cache, the sender of webhooks); `app.runtime.metrics` reads the
numbers when somebody asks for them. Nothing is locked, because all of it happens in one event loop.
"""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter

#: Upper bounds of the buckets, in seconds: those of OpenTelemetry's semantic conventions for HTTP servers.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


class Histogram:
    """Counts durations in seconds by `BOUNDS`."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        #: Number of durations in each bucket, not cumulative; the last bucket has no upper bound.
        self.counts = [0] * (len(BOUNDS) + 1)
        #: Sum of all durations.
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """For each bucket its upper bound as Prometheus writes it, and the number of durations up to this bound."""
        bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
        numbers: list[tuple[str, float]] = []
        up_to = 0
        for bound, count in zip(bounds, tuple(self.counts), strict=True):
            up_to += count
            numbers.append((bound, up_to))
        return numbers


@dataclass(slots=True)
class RequestTimes:
    """Where the time of a request went, in seconds."""

    request_id: str
    #: Waiting for a place of its class, and for a database connection.
    queue: float = 0.0
    #: Holding a connection for reading, and executing statements of writes.
    database: float = 0.0


#: The times of the request that the current task serves; None outside a request. Tasks that a request starts share them.
CURRENT_TIMES: ContextVar[RequestTimes | None] = ContextVar("request_times", default=None)


@contextmanager
def queue_time() -> Iterator[None]:
    """Add the time inside this context to the time that the current request has waited."""
    started = perf_counter()
    try:
        yield
    finally:
        if (times := CURRENT_TIMES.get()) is not None:
            times.queue += perf_counter() - started
