"""The metrics of one worker for Prometheus: reads what the objects of the application have counted.

Names and buckets follow OpenTelemetry's semantic conventions as Prometheus writes them; what they do not cover begins with
`parley_`. Labels have a bounded number of values: route templates, never paths, and no names of keys or records. Each worker
answers for itself: decision 43 in app/DECISIONS.md says why.
"""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy.pool import QueuePool

from app.db.pool import ReadPool
from app.history.followers import Followers
from app.history.webhooks.courier import Courier
from app.runtime.state import ApplicationState
from app.version import VERSION
from app.web.places import Places

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_POOL_NAME, _POOL_STATE = "db_client_connection_pool_name", "db_client_connection_state"


class Metrics:
    """The metrics of an application. `prepare` reads the newest revision; `render` makes the text."""

    def __init__(self, state: ApplicationState) -> None:
        self._state = state
        self._head: int | None = None
        self._registry = CollectorRegistry()
        self._registry.register(_Collected(self._collect))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    async def prepare(self) -> None:
        """Read the newest revision, over a connection that no other request uses."""
        self._head = await self._state.head_watcher.read()

    def render(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _collect(self) -> Iterator[Metric]:
        version = GaugeMetricFamily("parley_info", "Always 1; the label is the version.", labels=["version"])
        version.add_metric([VERSION], 1)
        yield version
        yield from self._requests()
        yield from _places(self._all_places())
        yield from self._pools()
        yield from self._cache()
        yield from self._head_revision()
        yield from self._webhooks()

    def _requests(self) -> Iterator[Metric]:
        durations = HistogramMetricFamily(
            "http_server_request_duration_seconds",
            "Seconds until a response was sent, by method, route template and status.",
            labels=["http_request_method", "http_route", "http_response_status_code"],
        )
        for (method, route, status), histogram in list(self._state.request_metrics.durations.items()):
            durations.add_metric([method, route, str(status)], histogram.cumulative(), histogram.total)
        yield durations
        yield _gauge("http_server_active_requests", "Requests in progress.", self._state.request_metrics.active)

    def _all_places(self) -> dict[str, Places]:
        state = self._state
        return {
            **{str(request_class): places for request_class, places in state.request_places.items()},
            "import": state.import_places,
            "follower": state.part(Followers).places,
            "dossier_export": state.export_places,
            "comparison": state.comparison_places,
        }

    def _pools(self) -> Iterator[Metric]:
        count = GaugeMetricFamily(
            "db_client_connection_count", "Open database connections.", labels=[_POOL_NAME, _POOL_STATE]
        )
        most = GaugeMetricFamily("db_client_connection_max", "Largest number of connections.", labels=[_POOL_NAME])
        waits = HistogramMetricFamily(
            "db_client_connection_wait_time_seconds", "Seconds that callers waited for one.", labels=[_POOL_NAME]
        )
        timeouts = CounterMetricFamily(
            "db_client_connection_timeouts", "Callers that got none in time.", labels=[_POOL_NAME]
        )
        for name, pool in self._read_pools().items():
            count.add_metric([name, "idle"], pool.idle)
            count.add_metric([name, "used"], pool.used)
            most.add_metric([name], pool.size_max)
            waits.add_metric([name], pool.waits.cumulative(), pool.waits.total)
            timeouts.add_metric([name], pool.timeouts)
        writer = self._state.writer.engine.pool
        assert isinstance(writer, QueuePool)
        count.add_metric(["writer", "idle"], writer.checkedin())
        count.add_metric(["writer", "used"], writer.checkedout())
        most.add_metric(["writer"], 2 * writer.size())  # `make_engine` allows as many again as the pool keeps.
        yield from (count, most, waits, timeouts)

    def _read_pools(self) -> dict[str, ReadPool]:
        connections = self._state.reader.connections
        pools = {"reader": connections.pool, "head": self._state.head_watcher.pool}
        if connections.snapshots is not None:
            pools["as_of"] = connections.snapshots.pool
        if (sessions := connections.known_by_sessions) is not None:
            pools |= {
                "known_by": sessions.public.now,
                "known_by_as_of": sessions.public.then,
                "known_to": sessions.party.now,
                "known_to_as_of": sessions.party.then,
            }
        return pools

    def _cache(self) -> Iterator[Metric]:
        cache = self._state.response_cache
        requests = CounterMetricFamily("parley_cache_requests", "Cacheable reads, by result.", labels=["result"])
        requests.add_metric(["hit"], cache.hits)
        requests.add_metric(["miss"], cache.misses)
        yield requests
        yield _gauge("parley_cache_responses", "Responses in the cache.", len(cache))
        yield _gauge("parley_cache_size_bytes", "Size of the cache.", cache.bytes)

    def _head_revision(self) -> Iterator[Metric]:
        yield _gauge("parley_database_up", "Whether the database answered (1) or not (0).", int(self._head is not None))
        if self._head is not None:
            yield _gauge("parley_head_revision", "Newest revision.", self._head)

    def _webhooks(self) -> Iterator[Metric]:
        sender = self._state.part(Courier).sender
        attempts = CounterMetricFamily(
            "parley_webhook_deliveries", "Attempts to deliver to a webhook, by result.", labels=["result"]
        )
        attempts.add_metric(["accepted"], sender.accepted)
        attempts.add_metric(["failed"], sender.failed)
        yield attempts


class _Collected(Collector):
    """What Prometheus' library calls to collect."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()

    def describe(self) -> Iterable[Metric]:
        """Nothing: the registry then does not collect when it is made, before there is a database."""
        return ()


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _places(places: dict[str, Places]) -> Iterator[Metric]:
    running = GaugeMetricFamily("parley_requests_in_progress", "Requests that have a place.", labels=["class"])
    queued = GaugeMetricFamily("parley_requests_queued", "Requests that wait for a place.", labels=["class"])
    most = GaugeMetricFamily("parley_request_places", "Number of places.", labels=["class"])
    rejected = CounterMetricFamily("parley_requests_rejected", "Requests that got no place (503).", labels=["class"])
    for name, one in places.items():
        running.add_metric([name], one.in_progress)
        queued.add_metric([name], one.queued)
        most.add_metric([name], one.most)
        rejected.add_metric([name], one.rejected)
    yield from (running, queued, most, rejected)
