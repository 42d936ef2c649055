"""Durations of requests by method, route template and status, and the number of requests in progress."""

from app.db.measurements import Histogram

#: Other methods are counted as `_OTHER`, as OpenTelemetry's conventions say: a client can invent any number of them.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """What one application has measured since it started. `durations` has a bounded number of keys: paths that match no
    route have the empty template."""

    def __init__(self) -> None:
        #: By method, path template and status.
        self.durations: dict[tuple[str, str, int], Histogram] = {}
        self.active = 0

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. `route`: the path template of its route; empty if no route matched."""
        key = (method if method in _METHODS else "_OTHER", route, status)
        histogram = self.durations.get(key)
        if histogram is None:
            histogram = self.durations[key] = Histogram()
        histogram.add(seconds)
