"""A release of the whole ledger, its download, and what has changed since, against the live exports in the same run."""

import asyncio
import http.client
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import asyncpg
from sqlalchemy import make_url

from app.db.vocabulary import Scope
from app.registry import RESOURCES
from tests.benchmarks.database import copied, drop, key_of
from tests.benchmarks.exports import FORMS, Memory, download
from tests.benchmarks.measuring import Goal, at_most, table
from tests.benchmarks.reads import PARLEY
from tests.benchmarks.servers import Served, serve

COPY = "parley_bench_released"
ORDER = {"name": "2026.1", "licence": "CC0-1.0", "creators": [{"name": "Benchmark"}]}
#: Demands that are changed after the release.
CHANGED = 1_000
#: How much of the time of the live exports they may take: making of all, a bundle and comparing of those in its form.
MAKING, BUNDLE, COMPARING = 2.0, 0.5, 0.25
#: What the server may take in all while it makes one, in MiB.
MOST_MEMORY = 300.0


def report_releases(server_url: str, database: str, environment: dict[str, str]) -> list[Goal]:
    """Print the table of releases; tell what each step took of the time that exports take, and how much memory."""
    with asyncio.Runner() as loop:
        url = loop.run(copied(server_url, COPY, make_url(database).database or ""))
        try:
            key = loop.run(key_of(url, Scope.ADMIN))
            with serve(PARLEY, "app.main:app", {**environment, "DATABASE_URL": url}) as parley:
                live = {form: _export(parley, form) for form in FORMS}
                with Memory(parley.pid) as memory:
                    making = _timed(lambda: _make(parley, key))
                bundles = {
                    form: download(parley, form, f"/v1/releases/2026.1/bundle.zip?format={form}") for form in FORMS
                }
                loop.run(_change(url))
                comparing = _timed(lambda: _compare(parley))
        finally:
            loop.run(drop(server_url, COPY))
    whole = sum(live.values())
    rows = [[f"live export of everything as {form}", took, ""] for form, took in live.items()]
    rows.append(["a release: all of these files", making, f"{making / whole:.2f}"])
    rows += [[f"its bundle, {form}", took, f"{took / live[form]:.2f}"] for form, took in bundles.items()]
    rows.append([f"comparing it with now, {CHANGED:,} changed", comparing, f"{comparing / live['ndjson']:.2f}"])
    table(["", "seconds", "of live exports"], [[str(what), f"{took:.1f}", str(of)] for what, took, of in rows])
    return [
        at_most("making a release against live exports of the same", making / whole, MAKING),
        Goal(
            "memory of the server meanwhile", f"{memory.most:.0f} MiB", f"≤ {MOST_MEMORY:.0f} MiB",
            memory.most <= MOST_MEMORY,
        ),
        at_most("downloading its CSV against live exports", bundles["csv"] / live["csv"], BUNDLE),
        at_most(f"comparing, {CHANGED:,} changed, against an export", comparing / live["ndjson"], COMPARING),
    ]  # fmt: skip


def _timed(done: Callable[[], None]) -> float:
    began = time.perf_counter()
    done()
    return time.perf_counter() - began


def _export(parley: Served, form: str) -> float:
    """Seconds of the exports of all collections in a form."""
    return sum(
        download(parley, form, f"/v1/{one.name}?{urlencode({**one.read_spec.everything, 'format': form})}")
        for one in RESOURCES
    )


def _make(parley: Served, key: str) -> None:
    parts = urlsplit(parley.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=7_200)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/releases", json.dumps(ORDER), headers)
    answer = connection.getresponse()
    told = answer.read()
    if answer.status != 201:
        raise RuntimeError(f"the release was not made: {told[:2000].decode()}")
    connection.close()


def _compare(parley: Served) -> None:
    parts = urlsplit(parley.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=600)
    connection.request("GET", "/v1/releases/2026.1..head?format=ndjson")
    found = connection.getresponse().read().count(b"\n")
    connection.close()
    if found != CHANGED:
        raise RuntimeError(f"{found} changes were found, and not {CHANGED}")


async def _change(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "UPDATE demand SET text = text || ' (revised)'"
        f" WHERE id IN (SELECT id FROM demand ORDER BY hashtext(id::text) LIMIT {CHANGED})"
    )
    await connection.close()
