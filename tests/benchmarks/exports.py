"""Whole collections: rows a second against PostgreSQL's own COPY of the same select, and the server's memory."""

import http.client
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from app.db.pool import SESSION
from app.postgres.cluster import program
from app.postgres.embedded import EmbeddedError
from tests.benchmarks.asked import LIST
from tests.benchmarks.measuring import Goal, Plan, at_least, fetch, middle, table
from tests.benchmarks.servers import Served
from tests.benchmarks.statements import statement_of, written_out

FORMS = ("csv", "ndjson", "parquet")
SHARE = 0.5
#: By how much the server may grow while it sends all demands and be called flat, in MiB.
FLAT = 64.0


def report_exports(parley: Served, database: str, demands: int, plan: Plan) -> list[Goal]:
    """Print the table of exports; tell whether each kept half the pace of COPY, and flat memory."""
    formats = [form for form in FORMS if _has(parley, form)]
    psql = _psql()
    takes: dict[str, Callable[[], float]] = {form: partial(download, parley, form) for form in formats}
    if psql:
        takes["COPY"] = partial(_copy, psql, database)
    took: dict[str, list[float]] = {name: [] for name in takes}
    grown: dict[str, list[float]] = {name: [] for name in formats}
    for form in formats:
        download(parley, form, f"{LIST}?limit=500&format={form}")  # imports and pools are not the export's memory
    # An export is long already; two rounds tell as much as its noise allows.
    for _ in range(min(plan.rounds, 2)):
        for name, take in takes.items():
            with Memory(parley.pid) as memory:
                took[name].append(take())
            if name in grown:
                grown[name].append(memory.grown)
    pace = {name: demands / middle(times) for name, times in took.items()}
    rows: list[list[str]] = []
    goals: list[Goal] = []
    for name, rate in pace.items():
        share = f"{rate / pace['COPY']:.2f}" if "COPY" in pace else ""
        growth = f"+{max(grown[name]):.0f} MiB" if name in grown else ""
        rows.append([name, f"{rate:,.0f} rows/s", share, growth])
        if name in grown:
            if share:
                goals.append(
                    at_least(f"export of {demands:,} demands as {name} against COPY", rate / pace["COPY"], SHARE, "")
                )
            most = max(grown[name])
            goals.append(
                Goal(f"memory during the export as {name}", f"+{most:.0f} MiB", f"≤ +{FLAT:.0f} MiB", most <= FLAT)
            )
    if rows:
        table([f"all {demands:,} demands, nested", "pace", "share of COPY", "server's memory"], rows)
    return goals


def _has(parley: Served, form: str) -> bool:
    status = fetch(f"{parley.url}{LIST}?limit=1&format={form}")[0]
    if status != 200:
        print(f"export as {form}: {'not there yet' if status in (404, 406, 422) else 'not measured'} ({status})\n")
    return status == 200


def download(parley: Served, form: str, path: str | None = None) -> float:
    """Seconds until the last byte, read and thrown away."""
    parts = urlsplit(parley.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=600)
    began = time.perf_counter()
    connection.request("GET", path or f"{LIST}?format={form}")
    answer = connection.getresponse()
    buffer = bytearray(1 << 18)
    while answer.readinto(buffer):
        pass
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"the export as {form} answers {answer.status}")
    return time.perf_counter() - began


def _copy(psql: str, database: str) -> float:
    """Seconds that PostgreSQL takes to write the same rows, each a JSON object."""
    sql = written_out(*statement_of(LIST, is_stream=True))
    settings = " ".join(f"-c {name}={SESSION[name]}" for name in ("timezone", "jit", "random_page_cost"))
    began = time.perf_counter()
    subprocess.run(
        [psql, "-X", "-q", database, "-c", f"COPY ({sql}) TO STDOUT"],
        stdout=subprocess.DEVNULL,
        check=True,
        env={**os.environ, "PGOPTIONS": settings},
    )
    return time.perf_counter() - began


def _psql() -> str | None:
    if found := shutil.which("psql"):
        return found
    try:
        return str(program("psql"))
    except EmbeddedError:
        return None


class Memory:
    """The server's resident memory at its most, and by how much it grows, in MiB, while the block runs."""

    def __init__(self, pid: int) -> None:
        self.status = Path(f"/proc/{pid}/status")
        self.done = threading.Event()
        self.grown = 0.0
        self.most = 0.0

    def __enter__(self) -> "Memory":
        self.before = self._resident()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.done.wait(0.05):
            resident = self._resident()
            self.grown, self.most = max(self.grown, resident - self.before), max(self.most, resident)

    def _resident(self) -> float:
        if not self.status.exists():  # no Linux
            return 0.0
        line = next(line for line in self.status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024
