"""The same questions to ledgers of several sizes: what grows with the ledger, and what does not."""

import asyncio
from contextlib import ExitStack

from tests.benchmarks.asked import LIST, choose
from tests.benchmarks.database import prepared, settle
from tests.benchmarks.load import Request
from tests.benchmarks.measuring import Goal, Plan, at_most, failed, fetch, loading, side_by_side, table
from tests.benchmarks.servers import serve

GROWN = 2.0


def report_growth(server_url: str, sizes: list[int], plan: Plan, uncached: dict[str, str]) -> list[Goal]:
    """p50 of list, detail, one filter and search at each size, all servers at once and in turns."""
    with ExitStack() as stack:
        measures, missing = {}, set()
        for size in sizes:
            database = asyncio.run(prepared(server_url, size))
            asyncio.run(settle(database))
            asked = asyncio.run(choose(database))
            parley = stack.enter_context(serve("Parley", "app.main:app", {"DATABASE_URL": database, **uncached}))
            paths = {
                **asked.paths,
                **{f"list filtered by {name}": path for name, path in asked.filters.items()},
                "list of 20 demands": f"{LIST}?limit=20",
                **{f"search: {name}": f"/v1/search?limit=20&q={words.replace(' ', '%20').replace(chr(34), '%22')}"
                   for name, words in asked.searches.items()},
            }  # fmt: skip
            for name, path in paths.items():
                if fetch(parley.url + path)[0] in (404, 406, 422):
                    missing.add(name)
                else:
                    measures[name, size] = loading(Request(parley.url + path), plan.seconds)
        keys = {f"{size}/{name}": (name, size) for name, size in measures}
        took = side_by_side({key: measures[pair] for key, pair in keys.items()}, plan.rounds)
    p50 = {keys[key]: one.p50 for key, one in took.items()}
    names = [name for name in dict.fromkeys(name for name, _ in measures) if name not in missing]
    first, last = min(sizes), max(sizes)
    grown = {name: p50[name, last] / p50[name, first] for name in names if {(name, first), (name, last)} <= p50.keys()}
    rows = []
    for name in names:
        times = [f"{p50[name, size]:.1f}" if (name, size) in p50 else "not in time" for size in sizes]
        rows.append([name, *times, f"{grown[name]:.2f} ×" if name in grown else ""])
    table(["p50 in ms by number of demands", *(f"{size:,}" for size in sizes), "growth"], rows)
    for name in sorted(missing):
        print(f"{name}: not there yet\n")
    whats = {name: f"growth {first:,} → {last:,}: {name}" for name in names}
    return [at_most(whats[n], grown[n], GROWN) if n in grown else failed(whats[n], GROWN) for n in names]
