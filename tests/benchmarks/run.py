"""Parley against the usual FastAPI + SQLAlchemy way, side by side in one run, on the same made-up demands.

    python -m tests.benchmarks.run [--demands 500000] [--url postgresql://…] [--seconds 5] [--rounds 3]

Prints Markdown. Ends with 1 only where two answers differ: a goal that is missed is a finding, not a fault.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.database import prepared, server, settle
from tests.benchmarks.load import CONNECTIONS, WRK, Measured, load, load_sql, median, pgbench
from tests.benchmarks.servers import Served, serve
from tests.benchmarks.statements import statement_of

PARLEY, ORM, JOINED = "Parley", "ORM, selectin", "ORM, joined"
POSTGRES, RAW = "PostgreSQL alone", "raw ASGI"
Measure = Callable[[], Measured]

LIST = "/v1/demands"
#: Each filter by what it asks for. `top1` has ten issues below it and takes about a quarter of all demands.
FILTERS = {
    "an issue (leaf)": f"{LIST}?issue=top1-i19",
    "an issue, with the ten below it": f"{LIST}?issue=top1",
    "a party": f"{LIST}?party=party-7",
    "party and issue (leaf)": f"{LIST}?party=party-7&issue=top1-i19",
    "party and issue, with those below": f"{LIST}?party=party-7&issue=top1",
    "the busiest party and a leaf": f"{LIST}?party=party-1&issue=top1-i199",
    "a rare party and the top issue": f"{LIST}?party=party-390&issue=top1",
}
FILTER_GOAL = 3.0


def paths(demands: int) -> dict[str, tuple[str, float]]:
    """What is asked, and how many times faster than the ORM way it must be."""
    return {
        "list of 50 demands": (LIST, 10.0),
        "one demand": (f"{LIST}/demand-{demands // 3}", 15.0),
        "one talk": (f"/v1/talks/talk-{demands // 75}", 15.0),
    }


# --- the same answers


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Where two answers differ. A cursor is each one's own; an instant may be written in two ways."""
    if at.endswith("/page/next"):
        ours, theirs = ours is None, theirs is None
    elif at.endswith("_at") and isinstance(ours, str) and isinstance(theirs, str):
        ours, theirs = datetime.fromisoformat(ours), datetime.fromisoformat(theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            if name in ours and name in theirs:
                yield from differences(ours[name], theirs[name], f"{at}/{name}")
            else:
                yield f"{at}/{name}: only {'Parley' if name in ours else 'the ORM way'} sends it"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{at}/{place}")
    elif ours != theirs:
        yield f"{at}: {json.dumps(ours, default=str)[:200]} is not {json.dumps(theirs, default=str)[:200]}"


def check(parley: Served, others: Iterable[Served], asked: Iterable[str]) -> list[str]:
    """Every difference between Parley's answers and the others', the first of each answer."""
    found = []
    for path in asked:
        ours = json.loads(_fetch(parley.url + path))
        if path == LIST and not ours["data"]:
            found.append(f"{path}: Parley finds nothing; nothing would be compared")
        for other in others:
            first = next(differences(ours, json.loads(_fetch(other.url + path))), None)
            if first:
                found.append(f"{path} ({other.name}): {first}")
    return found


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own servers
        body: bytes = answer.read()
    return body


# --- measuring


def side_by_side(measures: Mapping[str, Measure], rounds: int) -> dict[str, Measured]:
    """A B A B …: what else happens on the machine falls on all alike. The median of the rounds."""
    taken: dict[str, list[Measured]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: median(several) for name, several in taken.items()}


def _loading(url: str, seconds: float) -> Measure:
    load(url, 1)  # warm-up: statements prepared, caches filled
    return lambda: load(url, seconds)


def _row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def _said(measured: Measured | None) -> str:
    return f"{measured.rate:,.0f}/s ({measured.p50:.1f} ms)" if measured else "not measured"


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "**missed**"


def report_paths(demands: int, servers: Mapping[str, Served], database: str, seconds: float, rounds: int) -> None:
    """The table of Parley against the ORM way, with PostgreSQL and a bare ASGI application as limits."""
    binary = pgbench()
    _row("path", PARLEY, ORM, "ratio", "goal", "", JOINED, "ratio", POSTGRES, "share", RAW)
    _row(*["---"] * 11)
    for name, (path, goal) in paths(demands).items():
        with _raw(servers[PARLEY], path) as raw:
            measures = {one.name: _loading(one.url + path, seconds) for one in (*servers.values(), raw)}
            if binary:
                sql, values = statement_of(path)
                measures[POSTGRES] = lambda b=binary, s=sql, v=values: load_sql(b, database, s, v, seconds)  # type: ignore[misc]
            took = side_by_side(measures, rounds)
        parley = took[PARLEY]
        ratio, joined = parley.rate / took[ORM].rate, parley.rate / took[JOINED].rate
        limit = took.get(POSTGRES)
        share = f"{parley.rate / limit.rate:.2f}" if limit else ""
        said = [_said(took.get(who)) for who in (PARLEY, ORM, JOINED, POSTGRES, RAW)]
        verdict = (f"≥ {goal:.0f} ×", _verdict(ratio >= goal))
        _row(name, *said[:2], f"{ratio:.1f} ×", *verdict, said[2], f"{joined:.1f} ×", said[3], share, said[4])


def report_filters(parley: Served, seconds: float, rounds: int) -> None:
    """The table of the filtered lists against the unfiltered one."""
    asked = {"nothing": LIST, **FILTERS}
    took = side_by_side({name: _loading(parley.url + path, seconds) for name, path in asked.items()}, rounds)
    _row("list filtered by", PARLEY, "time against unfiltered", "goal", "")
    _row(*["---"] * 5)
    for name, measured in took.items():
        slower = took["nothing"].rate / measured.rate
        goal = ("", "") if name == "nothing" else (f"≤ {FILTER_GOAL:.0f} ×", _verdict(slower <= FILTER_GOAL))
        _row(name, _said(measured), f"{slower:.2f} ×", *goal)


@contextmanager
def _raw(parley: Served, path: str) -> Iterator[Served]:
    """A bare server of the very bytes that Parley answers."""
    with tempfile.NamedTemporaryFile() as body:
        body.write(_fetch(parley.url + path))
        body.flush()
        with serve(RAW, "tests.benchmarks.raw:app", {"PARLEY_BENCH_BODY": body.name}) as raw:
            yield raw


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    parser.add_argument("--demands", type=int, default=500_000, help="how many demands to make")
    parser.add_argument("--url", help="a PostgreSQL server to make the database on; left out: an embedded one")
    parser.add_argument("--seconds", type=float, default=5, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, of which the median counts")
    options = parser.parse_args()
    with ExitStack() as stack:
        database = asyncio.run(prepared(stack.enter_context(server(options.url)), options.demands))
        asyncio.run(settle(database))
        here = {"DATABASE_URL": database}
        parley = stack.enter_context(serve(PARLEY, "app.main:app", here))
        orm = stack.enter_context(serve(ORM, "tests.benchmarks.orm_way:app", here))
        joined = stack.enter_context(
            serve(JOINED, "tests.benchmarks.orm_way:app", {**here, "PARLEY_BENCH_LOADERS": "joined"})
        )
        compared = [path for path, _ in paths(options.demands).values()]
        if different := check(parley, [orm, joined], [*compared, *FILTERS.values()]):
            print("The answers differ; nothing was measured.\n" + "\n".join(different), file=sys.stderr)
            return 1
        tool = Path(WRK).name if WRK else "a Python client of this folder (wrk is not installed; it costs more)"
        print(
            f"\n{options.demands:,} demands; load by {tool}, {CONNECTIONS} connections; one process a server; median of"
            f" {options.rounds} × {options.seconds:g} s; answers a second, in brackets the median time of one.\n"
        )
        servers = {one.name: one for one in (parley, orm, joined)}
        report_paths(options.demands, servers, database, options.seconds, options.rounds)
        print()
        report_filters(parley, options.seconds, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
