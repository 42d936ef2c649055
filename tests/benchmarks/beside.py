"""A cheap read beside expensive ones: the time of a single record while 200 other clients search with facets.

    python -m tests.benchmarks.beside http://127.0.0.1:8000

measures a server that is running, over whatever data it has. The expensive clients are in a process of their own. They ask
again after `Retry-After`, or at once with `--impatient`; every other one leaves after half a second with `--abandon`.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import re
import time
from collections import Counter
from multiprocessing.queues import Queue
from urllib.parse import urlsplit

#: What the 200 clients ask for: seconds of work in a large database. Each asks for another length of the page, so that no
#: response can come from the cache.
EXPENSIVE = "/v1/demands?facets=issue,year,state,claimant&count=exact&limit={number}"
CHEAP = "/v1/demands?fields=slug&limit=500"
GOAL_MS = 250.0
_SHORTEST, _LEAVES_AFTER = 0.05, 0.5


def percentile(times: list[float], share: float) -> float:
    """In milliseconds."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)] * 1000


def find_slugs(url: str) -> list[str]:
    """The records that are read."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
    connection.request("GET", CHEAP)
    return [row["slug"] for row in json.loads(connection.getresponse().read())["data"]]


def measure_cheap(url: str, slugs: list[str], seconds: float) -> tuple[list[float], list[float]]:
    """The times of single records that one client reads one after the other, over one connection, and of `/healthz`
    after each tenth."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
    times: list[float] = []
    health: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.perf_counter()
        # The response cache answers no request for a range.
        connection.request(
            "GET",
            f"/v1/demands/{slugs[len(times) % len(slugs)]}",
            headers={"X-Request-Id": "cheap", "Range": "bytes=0-"},
        )
        response = connection.getresponse()
        response.read()
        if response.status not in (200, 206):
            raise RuntimeError(f"a cheap read was answered with {response.status}")
        times.append(time.perf_counter() - started)
        if len(times) % 10 == 1:
            started = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            health.append(time.perf_counter() - started)
    return times, health


async def _expensive_client(url: str, number: int, counts: Counter[str], *, impatient: bool, abandon: bool) -> None:
    parts = urlsplit(url)
    request = (
        f"GET {EXPENSIVE.format(number=number)} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
    )
    while True:
        pause = _SHORTEST
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(request)
                limit = _LEAVES_AFTER if abandon and number % 2 else 300.0
                async with asyncio.timeout(limit):
                    head = await reader.readuntil(b"\r\n\r\n")
                counts[head.split(b" ", 2)[1].decode()] += 1
                if (found := re.search(rb"(?i)retry-after: (\d+)", head)) and not impatient:
                    pause = float(found[1])
                await reader.read()
            finally:
                writer.close()
        except TimeoutError:
            counts["left"] += 1
        except (OSError, asyncio.IncompleteReadError):
            counts["cut"] += 1
        await asyncio.sleep(pause)


def _load(
    url: str, clients: int, seconds: float, impatient: bool, abandon: bool, told: "Queue[dict[str, int]]"
) -> None:
    async def run() -> None:
        counts: Counter[str] = Counter()
        tasks = [
            asyncio.create_task(_expensive_client(url, n, counts, impatient=impatient, abandon=abandon))
            for n in range(clients)
        ]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        told.put(dict(counts))

    asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="address of a running server")
    parser.add_argument("--clients", type=int, default=200, help="clients with expensive requests")
    parser.add_argument("--seconds", type=float, default=15, help="length of one measurement")
    parser.add_argument("--impatient", action="store_true", help="the clients ignore `Retry-After`")
    parser.add_argument("--abandon", action="store_true", help="every other client leaves after half a second")
    options = parser.parse_args()
    slugs = find_slugs(options.url)
    alone, healthy_alone = measure_cheap(options.url, slugs, min(options.seconds, 5))
    told: Queue[dict[str, int]] = multiprocessing.Queue()
    load = multiprocessing.Process(
        target=_load,
        args=(options.url, options.clients, options.seconds + 3, options.impatient, options.abandon, told),
    )
    load.start()
    time.sleep(2)
    beside, healthy = measure_cheap(options.url, slugs, options.seconds)
    counts = told.get(timeout=60)
    load.join()
    print("| | number | p50 ms | p99 ms | slowest ms |\n|---|--:|--:|--:|--:|")
    for name, times in (
        ("single records alone", alone),
        ("`/healthz` alone", healthy_alone),
        (f"single records beside {options.clients} expensive requests", beside),
        ("`/healthz` beside them", healthy),
    ):
        print(
            f"| {name} | {len(times)} | {percentile(times, 0.5):.1f} | {percentile(times, 0.99):.1f} |"
            f" {max(times) * 1000:.0f} |"
        )
    print(f"\nResponses to the expensive requests: {counts}")
    verdict = "met" if percentile(beside, 0.99) <= GOAL_MS else "**missed**"
    print(f"Goal, p99 of at most {GOAL_MS:.0f} ms: {verdict}")


if __name__ == "__main__":
    main()
