"""The database of the benchmarks: made once, kept for the next run."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from platformdirs import user_cache_path
from sqlalchemy import make_url

from app.db import embedded
from app.ledger import MIGRATIONS, migrate
from tests.benchmarks.generate import SOURCES, generate


@contextmanager
def server(url: str | None) -> Iterator[str]:
    """The address of a PostgreSQL server: the given one's, or that of an embedded one in the user's cache folder."""
    if url:
        yield url
        return
    with embedded.start(user_cache_path("parley-benchmarks", appauthor=False), progress=print) as running:
        yield running.url


def name_of(demands: int) -> str:
    """A name that changes with the schema and the generator, so that an old database is never measured."""
    digest = hashlib.sha256()
    for file in (*SOURCES, *sorted(MIGRATIONS.glob("versions/*.py"))):
        digest.update(file.read_bytes())
    return f"parley_bench_{demands}_{digest.hexdigest()[:8]}"


async def prepared(server_url: str, demands: int) -> str:
    """The address of the database with that many demands; made now where it is not there."""
    name = name_of(demands)
    connection = await asyncpg.connect(server_url)
    try:
        if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            return _address(server_url, name)
        print(f"Making the database {name}; this happens once.", flush=True)
        # Under another name until it is whole: a run that is broken off leaves nothing that could be measured.
        half = f"{name}_half"
        await connection.execute(f'DROP DATABASE IF EXISTS "{half}" WITH (FORCE)')
        await connection.execute(f"CREATE DATABASE \"{half}\" TEMPLATE template0 ENCODING 'UTF8'")
        await migrate(_address(server_url, half))
        await generate(_address(server_url, half), demands)
        await connection.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
    finally:
        await connection.close()
    return _address(server_url, name)


async def settle(url: str) -> None:
    """Fresh statistics and a written-out cache, so that no background work of the last run is measured."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _address(server_url: str, database: str) -> str:
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)
