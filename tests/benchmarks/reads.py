"""What is measured of reading: each function prints its table and tells which goals were met."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.benchmarks.asked import LIST, Asked
from tests.benchmarks.load import Request, load_sql, pgbench
from tests.benchmarks.measuring import (
    Goal,
    Measure,
    Plan,
    at_least,
    at_most,
    failed,
    fetch,
    loading,
    said,
    side_by_side,
    table,
)
from tests.benchmarks.peers import Peer
from tests.benchmarks.servers import Served, serve
from tests.benchmarks.statements import statement_of

#: Parley asked for no more than the peers' fields: against those written by hand it is this that counts.
FEWER = "Parley, their fields"
PARLEY, POSTGRES, RAW = "Parley", "PostgreSQL alone", "raw ASGI"

_OURS = (PARLEY, FEWER)

#: Path → peer → how many times as fast Parley must be.
WANTED = {
    "list of 50 demands": {"ORM, selectin": 10.0, "Datasette": 2.0, "PostGraphile": 3.0, POSTGRES: 0.35},
    "one demand, with its state": {"ORM, selectin": 12.0, "Datasette": 4.0},
    "one talk": {"ORM, selectin": 12.0, "Datasette": 4.0},
}
FILTERED, FOUND, HOT, UNCHANGED = 3.0, 3.0, 0.7, 0.8


def report_paths(parley: Served, peers: list[Peer], asked: Asked, database: str, plan: Plan) -> list[Goal]:
    """Answers that no cache has, of Parley and of all peers; PostgreSQL alone is their limit."""
    binary, goals, rows = pgbench(), [], []
    names = [PARLEY, *(peer.name for peer in peers), *([POSTGRES] if binary else [])]
    fewer = [peer.name for peer in peers if not peer.name.startswith("ORM")]
    if fewer:
        names.insert(names.index(fewer[0]), FEWER)
    for what, path in asked.paths.items():
        measures: dict[str, Measure] = {PARLEY: loading(Request(parley.url + path), plan.seconds)}
        if fewer:
            measures[FEWER] = loading(Request(parley.url + asked.fewer[what]), plan.seconds)
        for peer in peers:
            request = Request(peer.served.url + peer.address(path), body=peer.body(path) if peer.body else None)
            measures[peer.name] = loading(request, plan.seconds)
        if binary:
            sql, values = statement_of(path)
            measures[POSTGRES] = partial(load_sql, binary, database, sql, values, plan.seconds)
        took = side_by_side(measures, plan.rounds)
        ratios = {
            n: took[FEWER if n in fewer else PARLEY].rate / took[n].rate for n in names if n in took and n not in _OURS
        }
        rows.append([what, *(said(took.get(n)) + (f": {ratios[n]:.2f} ×" if n in ratios else "") for n in names)])
        for name, wanted in WANTED[what].items():
            if name in ratios:
                goals.append(at_least(f"{what}: Parley against {name}", ratios[name], wanted))
    table(["answers a second (median time): Parley's ratio", *names], rows)
    return goals


def report_filters(parley: Served, asked: Asked, plan: Plan) -> list[Goal]:
    """Filtered lists against the unfiltered one."""
    paths = {"nothing": LIST, **asked.filters}
    took = side_by_side({n: loading(Request(parley.url + p), plan.seconds) for n, p in paths.items()}, plan.rounds)
    slower = {name: took["nothing"].rate / one.rate for name, one in took.items()}
    table(
        ["list of 50 filtered by", PARLEY, "time against unfiltered"],
        [[name, said(one), f"{slower[name]:.2f} ×"] for name, one in took.items()],
    )
    return [
        at_most(f"list filtered by {name}", slower[name], FILTERED)
        if name in slower
        else failed(f"list filtered by {name}", FILTERED)
        for name in asked.filters
    ]


def report_search(parley: Served, asked: Asked, plan: Plan) -> list[Goal]:
    """The 20 best with snippets, against the list of 20; over all collections and over demands alone."""
    paths = {"list of 20 demands": f"{LIST}?limit=20"}
    for where, address in (
        ("everything", "/v1/search?limit=20&q="),
        ("demands", "/v1/search?limit=20&type=demands&q="),
    ):
        for name, words in asked.searches.items():
            paths[f"{where}: {name} (`{words}`)"] = address + words.replace(" ", "%20").replace('"', "%22")
    there = {name: path for name, path in paths.items() if _is_there(parley, path, name)}
    took = side_by_side({n: loading(Request(parley.url + p), plan.seconds) for n, p in there.items()}, plan.rounds)
    base = took["list of 20 demands"].p50
    rows = [[name, said(one), f"{one.p50 / base:.2f} ×", _hits(parley, there[name])] for name, one in took.items()]
    table(["search, 20 best with snippets", PARLEY, "p50 against the list of 20", "found"], rows)
    return [
        at_most(f"search {n}, p50", took[n].p50 / base, FOUND) if n in took else failed(f"search {n}, p50", FOUND)
        for n in there
        if n != "list of 20 demands"
    ]


def report_facets(parley: Served, asked: Asked, plan: Plan) -> list[Goal]:
    """Counts beside a list: no goal is set, the time is told."""
    narrow = asked.filters["a party and a leaf"]
    paths = {"list without facets": narrow}
    paths["counts by issue and party, of a party and a leaf"] = f"{narrow}&facets=issue,party"
    paths["counts by issue and party, of a party"] = f"{asked.filters['a party']}&facets=issue,party"
    paths["counts by issue and party, of all demands"] = f"{LIST}?facets=issue,party"
    there = {name: path for name, path in paths.items() if _is_there(parley, path, name)}
    took = side_by_side({n: loading(Request(parley.url + p), plan.seconds) for n, p in there.items()}, plan.rounds)
    table(["facets", PARLEY], [[name, said(one)] for name, one in took.items()])
    return []


def report_hot(parley: Served, asked: Asked, plan: Plan) -> list[Goal]:
    """The same request again, nothing written in between, against a bare application that sends the same bytes: the same
    headers and the same body. Beside it one that sends the body alone."""
    goals, rows = [], []
    for what, path in asked.paths.items():
        url = parley.url + path
        # Asked twice: the second answer is what the cache keeps.
        fetch(url)
        _, headers, body = fetch(url)
        rows.append([f"{what}, {len(body):,} bytes", *_beside_raw(Request(url), body, 200, headers, plan)])
        goals.append(at_least(f"hot {what} against raw ASGI", float(rows[-1][3]), HOT, ""))
        tag = {"If-None-Match": headers["etag"]}
        status, headers, _ = fetch(url, tag)
        assert status == 304, path
        rows.append([f"{what}, unchanged: 304", *_beside_raw(Request(url, (*tag.items(),)), b"", 304, headers, plan)])
        goals.append(at_least(f"304 of {what} against a raw one", float(rows[-1][3]), UNCHANGED, ""))
    table(["hot answer", PARLEY, f"{RAW}, same headers", "share", f"{RAW}, no headers", "share"], rows)
    return goals


def _beside_raw(request: Request, body: bytes, status: int, headers: dict[str, str], plan: Plan) -> list[str]:
    """Parley's rate, and for each raw application its rate and Parley's share of it."""
    own = {"content-type", "content-length", "date", "server", "connection"}
    alike = {name: value for name, value in headers.items() if name.lower() not in own}
    with _raw(body, status, alike) as same, _raw(body, status, {}) as bare:
        took = side_by_side(
            {
                PARLEY: loading(request, plan.seconds),
                "same": loading(Request(same.url), plan.seconds),
                "bare": loading(Request(bare.url), plan.seconds),
            },
            plan.rounds,
        )
    told = [said(took[PARLEY])]
    for name in ("same", "bare"):
        told += [said(took[name]), f"{took[PARLEY].rate / took[name].rate:.2f}"]
    return told


@contextmanager
def _raw(body: bytes, status: int, headers: dict[str, str]) -> Iterator[Served]:
    """A bare server of these very bytes."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        environment = {
            "PARLEY_BENCH_BODY": file.name,
            "PARLEY_BENCH_STATUS": str(status),
            "PARLEY_BENCH_HEADERS": json.dumps(headers),
        }
        with serve(RAW, "tests.benchmarks.raw:app", environment) as raw:
            yield raw


def _is_there(parley: Served, path: str, name: str) -> bool:
    """Whether the path is answered; what is not there yet, or takes too long, is told and not measured."""
    status, _, body = fetch(parley.url + path)
    if status == 200:
        return True
    why = "not there yet" if status in (404, 406, 422) else f"not measured, it answers {status}"
    print(f"{name}: {why} (`{path}`: {_detail(body)})\n", flush=True)
    return False


def _detail(body: bytes) -> str:
    try:
        problem = json.loads(body)
        violations = [violation["message"] for violation in problem.get("errors", ())]
        return "; ".join(violations) or str(problem.get("detail"))
    except (ValueError, KeyError, AttributeError):
        return body[:100].decode(errors="replace")


def _hits(parley: Served, path: str) -> str:
    answer = json.loads(fetch(parley.url + path)[2])
    return str(len(answer["data"])) if "data" in answer else ""
