"""The metrics: they count what happened, name nothing that a client can invent, and are those of dashboard and alerts."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.db.measurements import BOUNDS, Histogram
from app.errors import ApiError
from app.web.fastapi_internals import route_paths
from app.web.request_classes import RequestClass
from tests.conftest import ADMIN_SECRET, Client, application, bearer
from tests.loops import nonempty

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]
DURATIONS = "http_server_request_duration_seconds"


@pytest.fixture(scope="module")
async def watched(loaded_url: str) -> AsyncIterator[Client]:
    """An application of its own, whose counters begin at zero."""
    async with application(loaded_url, cache_bytes=1_000_000, cache_staleness_ms=60_000, server_timing=True) as client:
        yield client


async def scrape(client: Client) -> tuple[Series, str]:
    response = await client.get("/metrics", headers=bearer(ADMIN_SECRET))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = text_string_to_metric_families(response.text)
    samples = [sample for family in families for sample in family.samples]
    series = {(one.name, frozenset(one.labels.items())): one.value for one in samples}
    assert len(series) == len(samples)
    return series, response.text


def value(series: Series, name: str, **labels: str) -> float:
    return series[(name, frozenset(labels.items()))]


def counted(series: Series) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for (name, labels), number in series.items():
        if name == f"{DURATIONS}_count":
            by = dict(labels)
            found[by["http_request_method"], by["http_route"], by["http_response_status_code"]] = int(number)
    return found


async def test_requests_are_counted_by_route_and_never_by_path(watched: Client) -> None:
    before = counted((await scrape(watched))[0])
    await watched.get("/v1/issues?limit=2")
    cached = await watched.get("/v1/issues?limit=2")
    assert "server-timing" not in cached.headers
    await watched.head("/v1/issues/no-such-issue")
    await watched.get("/v1/issues?limit=canary")
    await watched.get("/canary/path")
    await watched.request("CANARY", "/v1/issues")
    await watched.get("/v1/issues/x", headers={"X-API-Key": "parley_" + "c" * 43})
    series, text = await scrape(watched)
    assert counted(series) - before == Counter(
        {
            ("GET", "/v1/issues", "200"): 2,
            ("HEAD", "/v1/issues/{key}", "404"): 1,
            ("GET", "/v1/issues", "422"): 1,
            ("GET", "", "404"): 1,
            ("_OTHER", "/v1/issues", "405"): 1,
            ("GET", "/v1/issues/{key}", "401"): 1,
            ("GET", "/metrics", "200"): 1,  # the first scrape
        }
    )
    assert value(series, "parley_cache_requests_total", result="hit") == 1
    head = int(cached.headers["parley-revision"])
    assert value(series, "parley_head_revision") == head and value(series, "parley_database_up") == 1
    assert value(series, "http_server_active_requests") == 1  # this one
    templates = {route.template for route in route_paths(watched.app)} | {""}
    assert {route for _, route, _ in counted(series)} <= templates
    for secret in ("canary", "CANARY", ADMIN_SECRET, "no-such-issue", "parley_ccc", "127.0.0.1"):
        assert secret not in text


async def test_places_pools_and_webhooks_are_counted(watched: Client) -> None:
    places = watched.state.request_places[RequestClass.SEARCH]
    async with places.held("a"), watched.state.reader.connection():
        for _ in range(places.most - 1):
            await places.take("b")
        places.waiting, waiting = 0, places.waiting
        with pytest.raises(ApiError):
            await places.take("c")
        places.waiting = waiting
        busy = await watched.get("/v1/parties?q=a")  # waits, until the next line gives its place back
        assert busy.status_code == 503
        series, _ = await scrape(watched)
        for _ in range(places.most - 1):
            places.give_back("b")
    assert value(series, "parley_requests_rejected_total", **{"class": "search"}) == 2
    assert value(series, "parley_requests_in_progress", **{"class": "search"}) == places.most
    assert value(series, "parley_requests_queued", **{"class": "search"}) == 0
    pool = {"db_client_connection_pool_name": "reader"}
    assert value(series, "db_client_connection_count", db_client_connection_state="used", **pool) == 1
    assert value(series, "db_client_connection_max", **pool) == 4
    assert counted(series)["GET", "/v1/parties", "503"] == 1


async def test_server_timing_says_where_the_time_went(watched: Client, client: Client) -> None:
    response = await watched.get("/v1/processes?limit=3&fields=title")
    found = {
        name: float(number) for name, number in re.findall(r"(\w+);dur=([\d.]+)", response.headers["server-timing"])
    }
    assert list(found) == ["total", "db", "queue"]
    assert 0 < found["db"] <= found["total"]
    assert "server-timing" not in (await client.get("/v1/processes?limit=1")).headers


def test_a_histogram_counts_each_duration_once() -> None:
    durations = [0.0, 0.005, 0.0051, 0.3, 10.0, 11.0]
    histogram = Histogram()
    for one in durations:
        histogram.add(one)
    wanted = [(str(bound), sum(one <= bound for one in durations)) for bound in BOUNDS]
    assert histogram.cumulative() == [*wanted, ("+Inf", len(durations))]
    assert histogram.total == sum(durations)


def names_in(expression: str) -> set[str]:
    """The metrics in a PromQL expression: words that are no function, label, duration or number."""
    bare = re.sub(r'\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b(?:by|without)\s*\([^)]*\)', " ", expression)
    return {word for word in re.findall(r"\b[a-z_]+\b(?!\s*\()", bare) if word not in {"and", "or", "by"}}


def expressions(dashboard: str, alerts: str) -> Iterator[str]:
    for panel in nonempty(json.loads(dashboard)["panels"]):
        for target in nonempty(panel["targets"]):
            yield target["expr"]
    for group in nonempty(yaml.safe_load(alerts)["groups"]):
        for rule in nonempty(group["rules"]):
            assert rule["annotations"]["summary"].endswith(".")
            yield rule["expr"]


async def test_dashboard_and_alerts_use_metrics_and_labels_that_exist(watched: Client) -> None:
    await watched.get("/v1/issues")
    series, _ = await scrape(watched)
    labels = {label for _, pairs in series for label, _ in pairs} | {"le", "instance", "job"}
    files = [await file_of(watched, name) for name in ("parley-dashboard.json", "parley-alerts.yaml")]
    seen = set()
    for expression in expressions(*files):
        names = names_in(expression)
        assert names and names <= {name for name, _ in series} | {"up"}, expression
        seen |= names
        for group in re.findall(r"\bby\s*\(([^)]*)\)", expression):
            assert {one.strip() for one in group.split(",")} <= labels, expression
        assert set(re.findall(r"([a-z_]+)(?:=~|!=|=)\"", expression)) <= labels, expression
    assert len(seen) > 15


async def file_of(client: Client, name: str) -> str:
    response: httpx.Response = await client.get(f"/guide/files/{name}")
    assert response.status_code == 200
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    return response.text
