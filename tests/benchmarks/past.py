"""`as_of` against the present: on a copy of the made-up ledger in which a fifth of the demands were changed."""

import asyncpg
from sqlalchemy import make_url

from tests.benchmarks.asked import Asked
from tests.benchmarks.load import Request
from tests.benchmarks.measuring import Goal, Plan, at_most, failed, loading, said, side_by_side, table
from tests.benchmarks.reads import PARLEY
from tests.benchmarks.servers import serve

#: Revisions that are made after the first, and the share of the demands that each of them changes.
REVISIONS, SHARE = 20, 0.02
WANTED = 5.0
#: Which demands a revision changes is drawn from their ids: the same in every run.
_CHANGE = """
UPDATE demand SET text = text || ' (revised)' WHERE abs(hashtext(id::text || $1::text)) % 1000 < $2
"""


async def with_history(database: str) -> str:
    """The address of a copy of the made-up ledger that has a history; made once and kept."""
    url = make_url(database)
    name, copy = str(url.database), f"{url.database}_past"
    there = url.set(database=copy).render_as_string(hide_password=False)
    connection = await asyncpg.connect(url.set(database="postgres").render_as_string(hide_password=False))
    try:
        if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", copy):
            return there
        half = f"{copy}_half"
        await connection.execute(f'DROP DATABASE IF EXISTS "{half}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{half}" TEMPLATE "{name}"')
        await _change(url.set(database=half).render_as_string(hide_password=False))
        await connection.execute(f'ALTER DATABASE "{half}" RENAME TO "{copy}"')
    finally:
        await connection.close()
    return there


async def _change(url: str) -> None:
    connection = await asyncpg.connect(url)
    for revision in range(REVISIONS):
        await connection.execute(_CHANGE, str(revision), int(SHARE * 1000))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def report_past(database: str, environment: dict[str, str], asked: Asked, plan: Plan) -> list[Goal]:
    """Each path and each filtered list at an early, a middle and the last revisions; the goal is the list's."""
    moments = {
        "the first": 1,
        "a middle one": 1 + REVISIONS // 2,
        "the last but one": REVISIONS,
        "the last": 1 + REVISIONS,
    }
    goals, rows = [], []
    with serve(PARLEY, "app.main:app", {**environment, "DATABASE_URL": database}) as parley:
        for what, path in {**asked.paths, **asked.filters}.items():
            sign = "&" if "?" in path else "?"
            measures = {"now": loading(Request(parley.url + path), plan.seconds)}
            for name, number in moments.items():
                measures[name] = loading(Request(f"{parley.url}{path}{sign}as_of={number}"), plan.seconds)
            took = side_by_side(measures, plan.rounds)
            now = took["now"]
            ratios = {name: now.rate / took[name].rate for name in moments if name in took}
            rows.append(
                [
                    what,
                    said(now),
                    *(said(took.get(n)) + (f": {ratios[n]:.1f} ×" if n in ratios else "") for n in moments),
                ]
            )
            if what == "list of 50 demands":
                for name in moments:
                    about = f"{what} as of {name} revision"
                    goals.append(at_most(about, ratios[name], WANTED) if name in ratios else failed(about, WANTED))
    table(["as of a revision (time against now)", "now", *moments], rows)
    return goals
