"""The connection of a process to its database: URL, pools, schema check and migration, reader and writer."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.pool import ReadPool, open_pool
from app.db.roles import grant_rights
from app.db.session import make_engine
from app.errors import ApiError, ProblemType, quoted
from app.ingest.profiles.catalog import schemes_of_profiles
from app.postgres import embedded
from app.reading.as_of import SNAPSHOT_PATH, SnapshotSessions
from app.reading.head_watcher import HeadWatcher
from app.reading.known_by import (
    BOTH_PATH,
    BOTH_TO_PATH,
    KNOWN_BY_PATH,
    KNOWN_TO_PATH,
    KnownByPools,
    KnownBySessions,
)
from app.reading.preparation import CostLimits
from app.reading.reader import Reader
from app.resources.resource import Resource
from app.runtime.api_keys import ApiKeyCache
from app.runtime.key_use import KeyUseRecorder
from app.runtime.roles import provide_roles
from app.settings import Settings
from app.version import VERSION
from app.web.validation import violations_of_body
from app.writing.api_keys import find_key, record_uses
from app.writing.writer import Writer

MIGRATIONS = Path(__file__).parents[2] / "migrations"

Progress = Callable[[str], None]

#: Seconds after which a check opens a new connection again, and seconds within which the server must accept it.
_CONNECT_SECONDS = 2.0


@dataclass
class Ledger:
    """Everything that routes need to read and write the database."""

    url: str
    reader: Reader
    writer: Writer
    engine: AsyncEngine
    pool: ReadPool
    #: Connections of the head watcher and of `check`, which no request uses.
    watch_pool: ReadPool
    watch: HeadWatcher
    keys: ApiKeyCache
    #: Bytes that are unique to this database and this version of Parley. They are part of every ETag.
    identity: bytes
    #: One check at a time, so that many checks leave a connection to the head watcher.
    _checking: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: Time (`time.monotonic`) at which the last new connection of `check` was opened.
    _connected: float = float("-inf")

    async def check(self) -> None:
        """Raise an exception if the database does not respond or accepts no new connections. A server that is shutting down
        may serve its open connections as long as they stay open."""
        async with self._checking:
            async with self.watch_pool.acquire() as connection:
                await connection.fetchval("SELECT revision FROM head")
            if time.monotonic() - self._connected >= _CONNECT_SECONDS:
                new = await asyncpg.connect(self.url, timeout=_CONNECT_SECONDS)
                new.terminate()
                self._connected = time.monotonic()


@asynccontextmanager
async def open_ledger(settings: Settings, collections: Iterable[Resource]) -> AsyncIterator[Ledger]:
    """Open the configured database or, if there is none, connect to the embedded server or start it. Raises ApiError if
    the schema is missing or belongs to another version."""
    if settings.database_url:
        async with connect(settings.database_url, settings, collections, settings.database_reader_url) as ledger:
            yield ledger
        return
    handle = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        writer, reader = await provide_roles(handle.url)
        async with connect(writer, settings, collections, reader) as ledger:
            yield ledger
    finally:
        await asyncio.to_thread(handle.close)


@asynccontextmanager
async def connect(
    url: str, settings: Settings, collections: Iterable[Resource], reader_url: str | None = None
) -> AsyncIterator[Ledger]:
    """Open pools, reader and writer for the database at this URL. Reads use `reader_url`, the same database as a role with
    fewer rights; None = the same role."""
    declared = list(collections)
    engine = make_engine(url, lock_timeout_ms=settings.lock_timeout_ms)
    key_engine = make_engine(
        url, pool_size=2, statement_timeout_ms=5_000, application_name="parley keys", tests_connections=True
    )
    uses = KeyUseRecorder(partial(record_uses, key_engine))
    try:
        await check_schema(engine)
        secret = await cursor_secret(engine, settings)
        size, timeout = settings.pool_size, settings.statement_timeout_ms
        half = max(1, size // 2)
        quarter = max(1, half // 2)
        opened = partial(_open, reader_url or url, timeout, settings.pool_wait_ms / 1000)
        async with (
            await opened(2) as watch_pool,
            await opened(size) as pool,
            await opened(half, SNAPSHOT_PATH) as past,
            await opened(half, KNOWN_BY_PATH) as known,
            await opened(quarter, BOTH_PATH) as both,
            await opened(quarter, KNOWN_TO_PATH) as known_to,
            await opened(quarter, BOTH_TO_PATH) as both_to,
        ):
            read_spec = {collection.name: collection.read_spec for collection in declared}
            bounds = CostLimits(
                depth=settings.include_depth_max,
                cost=settings.include_cost_max,
                # Streams use at most half of the connections, so that slow clients leave some for other requests.
                streams=half,
                slow_ms=settings.slow_ms,
            )
            reader = Reader(
                pool,
                read_spec,
                secret,
                bounds,
                SnapshotSessions(past, quarter),
                KnownBySessions(KnownByPools(known, both), KnownByPools(known_to, both_to), quarter),
                schemes_of_profiles,
            )
            watch = HeadWatcher(watch_pool, settings.cache_staleness_ms / 1000)
            kinds = [collection.kind for collection in declared]
            writer = Writer(engine, kinds, violations_of_body, ended=watch.invalidate)
            async with watch.listening(url):
                keys = ApiKeyCache(partial(find_key, key_engine), uses.note)
                yield Ledger(url, reader, writer, engine, pool, watch_pool, watch, keys, await identity(engine, secret))
    finally:
        await uses.aclose()
        await key_engine.dispose()
        await engine.dispose()


async def _open(url: str, timeout_ms: int, wait_seconds: float, size: int, path: str | None = None) -> ReadPool:
    return await open_pool(
        url, size=size, statement_timeout_ms=timeout_ms, generic_plans=True, path=path, wait_seconds=wait_seconds
    )


async def check_schema(engine: AsyncEngine) -> None:
    """Raise ApiError if the schema of the database is not the one that this version needs."""
    needed = newest_schema()
    async with engine.connect() as connection:
        if (await connection.execute(text("SELECT to_regclass('alembic_version')"))).scalar_one() is None:
            found = None
        else:
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    if found != needed:
        raise ApiError(
            ProblemType.UNAVAILABLE,
            f"The schema of the database is {quoted(found or 'empty')}, but this version needs {quoted(needed)}. Run `parley"
            f" migrate`.",
        )


@cache
def newest_schema() -> str | None:
    """The schema revision that this version needs.

    To find it, Alembic imports every migration, which takes a tenth of a second. The result is cached, because a start
    checks the schema both before and after migrating.
    """
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def cursor_secret(engine: AsyncEngine, settings: Settings) -> bytes:
    """The key that signs cursors.

    If the settings have none, it is generated and stored in the database, so that all servers of the database share it.
    """
    if settings.cursor_secret:
        return settings.cursor_secret.get_secret_value().encode()
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO ledger_setting (name, value) VALUES ('cursor_secret', jsonb_build_object('hex', :made"
                " ::text)) ON CONFLICT (name) DO NOTHING"
            ),
            {"made": secrets.token_hex(32)},
        )
        stored = await connection.execute(text("SELECT value->>'hex' FROM ledger_setting WHERE name = 'cursor_secret'"))
        return bytes.fromhex(stored.scalar_one())


async def identity(engine: AsyncEngine, secret: bytes) -> bytes:
    """Bytes that identify this database and the version of Parley.

    The stored id alone is not enough: a copy of the database has the same id, but a different OID or a different
    PostgreSQL server. The secret prevents others from forging ETags that this server would accept."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO ledger_setting (name, value)"
                " VALUES ('ledger', jsonb_build_object('id', gen_random_uuid())) ON CONFLICT (name) DO NOTHING"
            )
        )
        found = await connection.execute(
            text(
                "SELECT value->>'id', (SELECT oid FROM pg_database WHERE datname = current_database()),"
                " (SELECT system_identifier FROM pg_control_system()) FROM ledger_setting WHERE name = 'ledger'"
            )
        )
        return repr((*map(str, found.one()), secret, VERSION)).encode()


def migration_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


async def migrate(url: str, progress: Progress | None = None) -> None:
    """Migrate the schema to this version. Does nothing if the schema is current."""
    if progress:
        progress("Migrating the schema")
    # Alembic's command is synchronous and starts its own event loop.
    await asyncio.to_thread(command.upgrade, migration_config(url), "head")
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await grant_rights(connection)
    finally:
        await engine.dispose()
