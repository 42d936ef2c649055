"""Parley beside its peers, in one run, on the same made-up ledger.

    python -m tests.benchmarks.run [--demands 500000] [--url postgresql://…] [--peers all] [--growth]

Prints Markdown. Ends with 1 only where answers differ: a goal that is missed is a finding, not a fault.
"""

import argparse
import asyncio
import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from app.settings import Settings
from tests.benchmarks.answers import check
from tests.benchmarks.asked import choose
from tests.benchmarks.database import prepared, server, settle
from tests.benchmarks.exports import report_exports
from tests.benchmarks.growth import report_growth
from tests.benchmarks.ingest import report_ingest
from tests.benchmarks.load import CONNECTIONS, WRK
from tests.benchmarks.measuring import Goal, Plan, table
from tests.benchmarks.past import report_past, with_history
from tests.benchmarks.peers import NAMES, start
from tests.benchmarks.reads import PARLEY, report_facets, report_filters, report_hot, report_paths, report_search
from tests.benchmarks.releases import report_releases
from tests.benchmarks.servers import serve

#: The setting that turns Parley's own cache off: what is called uncached must reach PostgreSQL each time.
UNCACHED = {"PARLEY_CACHE_BYTES": "0"} if "cache_bytes" in Settings.model_fields else {}
SIZES = [10_000, 500_000, 5_000_000]
PARTS = ("paths", "filters", "search", "facets", "exports", "hot", "past", "ingest", "releases")


async def _version(url: str) -> str:
    connection = await asyncpg.connect(url)
    found: str = await connection.fetchval("SELECT split_part(current_setting('server_version'), ' ', 1)")
    await connection.close()
    return found


def _told(demands: int, version: str, plan: Plan) -> None:
    tool = Path(WRK).name if WRK else "a Python client of this folder (wrk is not installed; it costs more)"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(
        f"\n{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores, {memory:.0f} GiB, PostgreSQL {version};"
        f" {demands:,} demands; load by {tool}, {CONNECTIONS} connections; one process a server; median of"
        f" {plan.rounds} × {plan.seconds:g} s.\n",
        flush=True,
    )


def _measured(options: argparse.Namespace, server_url: str, plan: Plan) -> list[Goal] | None:
    """All tables; None where answers differ."""
    database = asyncio.run(prepared(server_url, options.demands))
    asyncio.run(settle(database))
    asked = asyncio.run(choose(database))
    _told(options.demands, asyncio.run(_version(database)), plan)
    goals: list[Goal] = []
    here = {"DATABASE_URL": database}
    with ExitStack() as stack:
        parley = stack.enter_context(serve(PARLEY, "app.main:app", {**here, **UNCACHED}))
        with ExitStack() as others:
            peers = start(others, options.peers, database)
            if different := check(parley, peers, asked.paths.values(), asked.filters.values()):
                print("The answers differ; nothing was measured.\n" + "\n".join(different), file=sys.stderr)
                return None
            if "paths" in options.parts:
                goals += report_paths(parley, peers, asked, database, plan)
        for name, report in (("filters", report_filters), ("search", report_search), ("facets", report_facets)):
            if name in options.parts:
                goals += report(parley, asked, plan)
        if "exports" in options.parts:
            goals += report_exports(parley, database, options.demands, plan)
    if "hot" in options.parts:
        if UNCACHED:
            with serve(PARLEY, "app.main:app", here) as parley:
                goals += report_hot(parley, asked, plan)
        else:
            print("hot answer: there is no cache yet\n")
    if "ingest" in options.parts:
        goals += report_ingest(server_url, database, options.demands, UNCACHED)
    if "releases" in options.parts:
        goals += report_releases(server_url, database, UNCACHED)
    if "past" in options.parts:
        goals += report_past(asyncio.run(with_history(database)), UNCACHED, asked, plan)
    return goals


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    parser.add_argument("--demands", type=int, default=500_000, help="how many demands to make")
    parser.add_argument("--url", help="a PostgreSQL server to make the database on; left out: an embedded one")
    parser.add_argument("--seconds", type=float, default=5, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, of which the median counts")
    parser.add_argument("--peers", default="all", help=f"all, none, or some of {','.join(NAMES)}")
    parser.add_argument("--only", default=",".join(PARTS), help="parts of the run, separated by commas")
    parser.add_argument(
        "--growth",
        nargs="?",
        const=",".join(map(str, SIZES)),
        help="measure nothing but growth, over ledgers of these sizes (10000,500000,5000000)",
    )
    options = parser.parse_args()
    options.peers = {"all": list(NAMES), "none": []}.get(options.peers, options.peers.split(","))
    options.parts = options.only.split(",")
    if unknown := ({*options.peers} - {*NAMES}) | ({*options.parts} - {*PARTS}):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join((*NAMES, *PARTS))}")
    plan = Plan(options.seconds, options.rounds)
    with server(options.url) as server_url:
        if options.growth:
            sizes = sorted(int(size) for size in options.growth.split(","))
            _told(sizes[-1], asyncio.run(_version(server_url)), plan)
            goals: list[Goal] | None = report_growth(server_url, sizes, plan, UNCACHED)
        else:
            goals = _measured(options, server_url, plan)
    if goals is None:
        return 1
    rows = [[goal.what, goal.measured, goal.wanted, "met" if goal.is_met else "**missed**"] for goal in goals]
    if rows:
        table(["goal", "measured", "wanted", ""], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
