"""The database of the benchmarks: made once, kept for the next run."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from platformdirs import user_cache_path
from sqlalchemy import make_url

from app.db.vocabulary import Scope
from app.postgres import embedded
from app.runtime.bootstrap import engine_at
from app.runtime.ledger import MIGRATIONS, migrate
from app.web.access import digest, new_api_key
from app.writing.api_keys import create_key
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
            return address(server_url, name)
        print(f"Making the database {name}; this happens once.", flush=True)
        # Under another name until it is whole: a run that is broken off leaves nothing that could be measured.
        half = f"{name}_half"
        await connection.execute(f'DROP DATABASE IF EXISTS "{half}" WITH (FORCE)')
        await connection.execute(f"CREATE DATABASE \"{half}\" TEMPLATE template0 ENCODING 'UTF8'")
        await migrate(address(server_url, half))
        await generate(address(server_url, half), demands)
        await connection.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
    finally:
        await connection.close()
    return address(server_url, name)


async def settle(url: str) -> None:
    """Fresh statistics and a written-out cache, so that no background work of the last run is measured."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def copied(server_url: str, name: str, template: str) -> str:
    """The address of a new copy of a database, for what writes in it."""
    await drop(server_url, name)
    connection = await asyncpg.connect(server_url)
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    await connection.close()
    return address(server_url, name)


async def drop(server_url: str, name: str) -> None:
    """Remove a database, whoever uses it."""
    connection = await asyncpg.connect(server_url)
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.close()


async def key_of(url: str, scope: Scope) -> str:
    """The secret of a new key."""
    secret = new_api_key()
    async with engine_at(url) as engine:
        await create_key(engine, "benchmark", [scope], digest(secret))
    return secret


def address(server_url: str, database: str) -> str:
    """The address of a database of the server."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)
