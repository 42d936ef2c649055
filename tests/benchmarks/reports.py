"""Every report of a process of 10,000 points, compared with the list of 50 demands of the same process.

    python -m tests.benchmarks.reports [--url postgresql://…] [--rounds 5] [--only gaps,positions] [--clocks now]

The application runs in this process, without its response cache. List and report take turns, so that other load on the
machine affects both alike: the ratio is the median of the ratios of the rounds. The processor time (of this process and of
PostgreSQL's) is measured too where PostgreSQL runs on the same Linux machine: other load changes it little.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
from sqlalchemy import make_url

from app.ingest.garbage_collection import tune_garbage_collection
from app.main import create_app, serve_from
from app.reading.connections import Connections
from app.registry import RESOURCES
from app.runtime.ledger import connect
from app.settings import Settings
from tests.benchmarks.database import prepared, server
from tests.benchmarks.measuring import table

EXTENSION = Path(__file__).with_suffix(".sql")
#: The largest process of this many demands has about 10,000.
DEMANDS = 65_000
WANTED = 10.0
LIST = "/v1/demands?process={process}&limit=50"
#: All reports about a process. `{issue}`: its most frequent main category; `{leaf}`: its most frequent issue; `{party}`:
#: its first negotiating party; `{demand}`: a demand with many links.
REPORTS = {
    "positions": "/v1/reports/positions?process={process}",
    "positions by year": "/v1/reports/positions?process={process}&slice=year",
    "gaps": "/v1/processes/{process}/gaps",
    "evolution of an issue": "/v1/reports/evolution?process={process}&issue={leaf}&party={party}",
    "evolution of a category": "/v1/reports/evolution?process={process}&issue={issue}&party={party}",
    "network": "/v1/processes/{process}/network",
    "concessions": "/v1/processes/{process}/concessions",
    "counts": "/v1/reports/counts?of=demands&by=issue,claimant,state&process={process}&level=0",
    "unanswered": "/v1/processes/{process}/unanswered",
    "response-times": "/v1/reports/response-times?process={process}",
    "due-dates": "/v1/reports/due-dates?process={process}",
    "continuity": "/v1/processes/{process}/continuity",
    "silences": "/v1/processes/{process}/silences",
    "co-presence": "/v1/processes/{process}/co-presence",
    "timeline": "/v1/processes/{process}/timeline",
    "deadlines": "/v1/deadlines?process={process}",
    "conflicts": "/v1/reports/conflicts?process={process}",
    "sources": "/v1/reports/sources?process={process}",
    "lineage": "/v1/demands/{demand}/lineage",
}
#: The revision before the links, quantities, timings and agreements; a day when almost everything is known.
CLOCKS = {"now": "", "as_of": "as_of=1", "known_by": "known_by=2026-11-30"}
_PROCESS = "SELECT process_id FROM demand GROUP BY process_id ORDER BY count(*) DESC, process_id LIMIT 1"
_NAMES = f"""
WITH of AS MATERIALIZED (SELECT d.id, d.slug FROM demand d WHERE d.process_id = ({_PROCESS})),
leaf AS (SELECT i.issue_id AS id, count(*) AS points FROM of JOIN demand_issue i ON i.demand_id = of.id GROUP BY i.issue_id)
SELECT (SELECT slug FROM process WHERE id = ({_PROCESS})) AS process, (SELECT count(*) FROM of) AS points,
  (SELECT i.slug FROM leaf JOIN issue i USING (id) WHERE i.broader_id IS NOT NULL ORDER BY points DESC, i.slug LIMIT 1) AS leaf,
  (SELECT t.slug FROM leaf JOIN issue i USING (id) JOIN issue t ON t.id = coalesce(i.broader_id, i.id)
    GROUP BY t.slug ORDER BY sum(points) DESC, t.slug LIMIT 1) AS issue,
  (SELECT p.slug FROM process_party s JOIN party p ON p.id = s.party_id
    WHERE s.process_id = ({_PROCESS}) AND s.role = 'negotiating' ORDER BY s.position LIMIT 1) AS party,
  (SELECT of.slug FROM of JOIN demand_link l ON l.demand_id = of.id GROUP BY of.slug
    ORDER BY (SELECT count(*) FROM demand_link x JOIN of o ON o.id = x.target_id WHERE o.slug = of.slug) DESC, of.slug LIMIT 1)
    AS demand
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """One response: seconds of the clock and of processors, and its bytes."""

    seconds: float
    processor: float | None
    size: int
    status: int


class Asker:
    """Sends requests to the application in this process."""

    def __init__(self, client: httpx.AsyncClient, watcher: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._client, self._watcher = client, watcher

    async def take(self, address: str) -> Taken:
        before, began = await self._processor_time(), time.perf_counter()
        got = await self._client.get(address)
        seconds = time.perf_counter() - began
        after = await self._processor_time()
        spent = None if before is None or after is None else after - before
        return Taken(seconds, spent, len(got.content), got.status_code)

    async def _processor_time(self) -> float | None:
        """Seconds of this process and of the database's processes; None if PostgreSQL runs elsewhere."""
        pids = await self._watcher.fetchval(
            "SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        try:
            spent = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids or ())  # noqa: ASYNC240
        except OSError:
            return None
        return time.process_time() + spent / 1e9


async def with_rounds(database: str) -> str:
    """The address of a copy of the generated database with what reports read; made once and kept."""
    url = make_url(database)
    copy = f"{url.database}_reports"
    there = url.set(database=copy).render_as_string(hide_password=False)
    connection = await asyncpg.connect(url.set(database="postgres").render_as_string(hide_password=False))
    try:
        if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", copy):
            return there
        half = f"{copy}_half"
        await connection.execute(f'DROP DATABASE IF EXISTS "{half}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{half}" TEMPLATE "{url.database}"')
        inner = await asyncpg.connect(url.set(database=half).render_as_string(hide_password=False))
        async with inner.transaction():
            await inner.execute(EXTENSION.read_text())
        await inner.execute("VACUUM ANALYZE")
        await inner.close()
        await connection.execute(f'ALTER DATABASE "{half}" RENAME TO "{copy}"')
    finally:
        await connection.close()
    return there


@asynccontextmanager
async def asking(database: str) -> AsyncIterator[Asker]:
    """The application over this database."""
    settings = Settings(database_url=database, cache_bytes=0, pool_size=2)
    app = create_app(settings)
    watcher = await asyncpg.connect(database)
    async with connect(database, settings, RESOURCES) as ledger:
        serve_from(app, ledger)
        # As at the start of a server.
        tune_garbage_collection()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://parley") as client:
            yield Asker(client, watcher)
    await watcher.close()


@contextmanager
def counted() -> Iterator[list[str]]:
    """The reading statements that run meanwhile."""
    found: list[str] = []
    original = Connections.connection

    def log(record: asyncpg.connection.LoggedQuery) -> None:
        if record.query.lstrip().startswith(("SELECT", "WITH")) and "set_config" not in record.query:
            found.append(record.query)

    @asynccontextmanager
    async def logged(self: Connections) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        async with original(self) as connection:
            with connection.query_logger(log):
                yield connection

    Connections.connection = logged  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Connections.connection = original  # type: ignore[method-assign]


async def _row(asker: Asker, base: str, address: str, rounds: int) -> list[str]:
    """The cells of one report at one clock: time, ratios, statements and bytes."""
    with counted() as statements:
        first = await asker.take(address)
    if first.status != 200:
        return [f"**{first.status}** after {first.seconds:.1f} s", "", "", str(len(statements)), ""]
    await asker.take(base)
    pairs = [(await asker.take(base), await asker.take(address)) for _ in range(rounds)]
    wall = [report.seconds / of.seconds for of, report in pairs]
    spent = [report.processor / of.processor for of, report in pairs if report.processor and of.processor]
    milliseconds = statistics.median(report.seconds for _, report in pairs) * 1000
    ratio = statistics.median(wall)
    shown = f"{ratio:.1f} ×"
    return [
        f"{milliseconds:.0f} ms",
        shown if ratio <= WANTED else f"**{shown}**",
        f"{statistics.median(spent):.1f} ×" if spent else "",
        str(len(statements)),
        f"{first.size / 1000:,.0f}",
    ]


async def measure(database: str, only: Sequence[str], clocks: Sequence[str], rounds: int) -> None:
    """Print a table for each clock."""
    connection = await asyncpg.connect(database)
    names = dict(await connection.fetchrow(_NAMES))
    await connection.close()
    print(f"{names['points']:,} points; median of {rounds} rounds", flush=True)
    async with asking(database) as asker:
        for clock in clocks:
            rows = []
            base = _at(LIST.format(**names), CLOCKS[clock])
            await asker.take(base)
            for name, address in REPORTS.items():
                if not only or any(name.startswith(one) for one in only):
                    row = [name, *await _row(asker, base, _at(address.format(**names), CLOCKS[clock]), rounds)]
                    rows.append(row)
            table([f"{clock}", "time", "to the list of 50", "processor time", "statements", "kB"], rows)


def _at(address: str, clock: str) -> str:
    return address if not clock else f"{address}{'&' if '?' in address else '?'}{clock}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the reports of a large process.")
    parser.add_argument("--url", help="a PostgreSQL server; by default an embedded one")
    parser.add_argument("--demands", type=int, default=DEMANDS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=[], help="reports, by the begin of their names"
    )
    parser.add_argument("--clocks", type=lambda text: text.split(","), default=list(CLOCKS))
    options = parser.parse_args()
    with server(options.url) as address:
        database = asyncio.run(with_rounds(asyncio.run(prepared(address, options.demands))))
        asyncio.run(measure(database, options.only, options.clocks, options.rounds))


if __name__ == "__main__":
    main()
