"""An import of all demands over HTTP, against PostgreSQL's own COPY of the same rows, links included, in one run; and how
long others wait for it with their writes."""

import asyncio
import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy import make_url

from app.db.session import keep_dates
from app.db.tables import metadata
from app.db.vocabulary import Scope
from tests.benchmarks.database import copied, drop, key_of
from tests.benchmarks.exports import Memory
from tests.benchmarks.measuring import Goal, at_least, at_most, table
from tests.benchmarks.servers import serve

BODIES = Path(__file__).with_name("ingest.sql")
#: In the order in which they depend on each other.
TABLES = ("entry", "demand", "demand_party", "demand_issue", "demand_place")
SHARE = 0.5
#: What the server may take in all, in MiB.
MOST_MEMORY = 300.0
#: Seconds that another's write may wait for an import at the most. After two it would be refused.
MOST_WAIT = 1.0
#: Demands of the import beside which others write: enough for some hundred writes.
_BESIDE = 50_000
_CHUNK = 262_144


def report_ingest(server_url: str, database: str, demands: int, environment: dict[str, str]) -> list[Goal]:
    """Print the table of imports; tell whether they kept half the pace of COPY, and how much memory they took."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as loop:
        bodies, files = Path(folder) / "demands.ndjson", Path(folder)
        loop.run(_write_bodies(database, bodies))
        bare = loop.run(copied(server_url, "parley_bench_bare", make_url(database).database or ""))
        loop.run(_empty(bare))
        try:
            ours, theirs = (
                loop.run(copied(server_url, name, "parley_bench_bare"))
                for name in ("parley_bench_parley", "parley_bench_copy")
            )
            key = loop.run(key_of(ours, Scope.WRITE))
            with serve("Parley", "app.main:app", {**environment, "DATABASE_URL": ours}) as parley:
                with Memory(parley.pid) as memory:
                    first = _send(parley.url, bodies, key, demands, "created")
                again = _send(parley.url, bodies, key, demands, "unchanged")
            raw = loop.run(_copy(ours, theirs, files))
            beside = loop.run(copied(server_url, "parley_bench_beside", "parley_bench_bare"))
            key = loop.run(key_of(beside, Scope.WRITE))
            with serve("Parley", "app.main:app", {**environment, "DATABASE_URL": beside}) as parley:
                alone, meanwhile = _writes_of_others(parley.url, _first(bodies, _BESIDE), key)
        finally:
            for name in ("parley_bench_parley", "parley_bench_copy", "parley_bench_beside", "parley_bench_bare"):
                loop.run(drop(server_url, name))
    pace = {"import, NDJSON over HTTP": first, "the same import again": again, "COPY of the same rows": raw}
    table(
        ["", "demands a second", "of COPY", "server memory"],
        [
            [name, f"{demands / took:,.0f}", f"{raw / took:.2f}", f"{memory.most:.0f} MiB" if took is first else ""]
            for name, took in pace.items()
        ],
    )
    table(
        ["one write after the other, a record each", "writes", "median", "slowest"],
        [
            [name, str(len(took)), f"{statistics.median(took) * 1000:.0f} ms", f"{max(took) * 1000:.0f} ms"]
            for name, took in (("alone", alone), ("while a file is imported", meanwhile))
        ],
    )
    is_flat = memory.most <= MOST_MEMORY
    return [
        at_least(f"import of {demands:,} demands against COPY", raw / first, SHARE, ""),
        at_least("the same import again against the first", first / again, 1.0, ""),
        Goal("memory of the server during the import", f"{memory.most:.0f} MiB", f"≤ {MOST_MEMORY:.0f} MiB", is_flat),
        at_most("slowest write of others during an import", max(meanwhile), MOST_WAIT, " s"),
    ]


async def _write_bodies(database: str, file: Path) -> None:
    connection = await asyncpg.connect(database)
    with file.open("w", encoding="utf-8") as out:
        async with connection.transaction():
            async for row in connection.cursor(BODIES.read_text(), prefetch=5_000):
                out.write(row[0].replace("\n", " ") + "\n")
    await connection.close()


async def _empty(database: str) -> None:
    """Take out the demands and what hangs on them, as if they had never been there."""
    connection = await asyncpg.connect(database)
    await connection.execute("""
        SET session_replication_role = replica; SET work_mem = '256MB';
        TRUNCATE demand CASCADE;
        TRUNCATE demand_span, demand_answer;
        CREATE TEMP TABLE gone AS SELECT id FROM entry WHERE collection IN ('demands', 'responses');
        INSERT INTO gone SELECT c.id FROM citation c JOIN gone ON gone.id = c.target_id;
        ANALYZE gone;
        DELETE FROM citation USING gone WHERE citation.id = gone.id;
        DELETE FROM entry USING gone WHERE entry.id = gone.id;
        TRUNCATE revision_change
    """)
    await connection.execute("VACUUM FULL entry")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


@contextmanager
def _sent(url: str, file: Path, key: str) -> Iterator[http.client.HTTPResponse]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=3_600)
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/x-ndjson",
        "Accept": "application/json",
        "Content-Length": str(file.stat().st_size),
    }
    with file.open("rb") as body:
        connection.request("POST", "/v1/imports", body=body, headers=headers)
        yield connection.getresponse()
    connection.close()


def _send(url: str, file: Path, key: str, demands: int, wanted: str) -> float:
    """Seconds of an import, of which every demand must come out as `wanted`."""
    began = time.perf_counter()
    with _sent(url, file, key) as response:
        summary = json.loads(response.read())
    took = time.perf_counter() - began
    if summary.get(wanted) != demands:
        raise RuntimeError(f"the import did not go well: {json.dumps(summary)[:2000]}")
    return took


def _first(bodies: Path, lines: int) -> Path:
    part = bodies.with_name("beside.ndjson")
    with bodies.open("rb") as whole, part.open("wb") as out:
        out.writelines(islice(whole, lines))
    return part


def _writes_of_others(url: str, file: Path, key: str) -> tuple[list[float], list[float]]:
    """Seconds of single writes: of some that are alone, and of those made while the file is imported."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/merge-patch+json"}

    def write(number: int) -> float:
        began = time.perf_counter()
        connection.request("PATCH", "/v1/parties/party-1", json.dumps({"notes": [f"note {number}"]}), headers)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"a write beside the import was refused: {body.decode()[:500]}")
        return time.perf_counter() - began

    with file.open("rb") as lines:
        demands = sum(1 for _ in lines)
    alone = [write(number) for number in range(50)]
    meanwhile: list[float] = []
    importing = threading.Thread(target=_send, args=(url, file, key, demands, "created"))
    importing.start()
    while importing.is_alive():
        meanwhile.append(write(len(alone) + len(meanwhile)))
        # Like somebody who writes now and then, and not like one who keeps the ledger from the file.
        time.sleep(0.02)
    connection.close()
    return alone, meanwhile


async def _copy(source: str, target: str, folder: Path) -> float:
    """Seconds that COPY takes for the rows which the import made, into a ledger without them."""
    read = await asyncpg.connect(source)
    for name in TABLES:
        columns = _columns(name)
        rows = "WHERE collection = 'demands'" if name == "entry" else ""
        query = f"SELECT {', '.join(columns)} FROM {name} {rows}"
        await read.copy_from_query(query, output=str(folder / name), format="binary")
    await read.close()
    write = await asyncpg.connect(target)
    await keep_dates(write)
    began = time.perf_counter()
    async with write.transaction():
        for name in TABLES:
            bare = [column.strip('"') for column in _columns(name)]
            await write.copy_to_table(name, source=str(folder / name), columns=bare, format="binary")
    took = time.perf_counter() - began
    await write.close()
    return took


def _columns(name: str) -> list[str]:
    """What a writer gives: the database computes some columns itself, and says of which revision a row is."""
    columns = metadata.tables[name].columns
    return [f'"{column.name}"' for column in columns if column.computed is None and column.name != "rev_from"]
