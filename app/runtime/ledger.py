"""The ledger of a running process: where its PostgreSQL is, the schema on it, and the reader and writer over it."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.pool import open_pool
from app.db.session import make_engine
from app.errors import ApiError, ProblemType
from app.ingest.profiles.catalog import schemes_of_profiles
from app.postgres import embedded
from app.reading.as_of import PAST_PATH, Past
from app.reading.head_watcher import HeadWatcher
from app.reading.known_by import BOTH_PATH, KNOWN_PATH, Known
from app.reading.preparation import Bounds
from app.reading.reader import Reader
from app.resources.resource import Resource
from app.settings import Settings
from app.version import VERSION
from app.web.access import Principal
from app.web.validation import violations_of_body
from app.writing.api_keys import find_key
from app.writing.writer import Writer

MIGRATIONS = Path(__file__).parents[2] / "migrations"
#: Seconds for which a found key is believed without asking again; a revoked key works no longer than that.
KEY_SECONDS = 5.0

Progress = Callable[[str], None]


@dataclass
class Ledger:
    """What the routes answer from."""

    url: str
    reader: Reader
    writer: Writer
    engine: AsyncEngine
    pool: "asyncpg.Pool[asyncpg.Record]"
    watch: HeadWatcher
    #: What no other data set and no other version of the software has: its ETags are made with it.
    identity: bytes

    async def check(self) -> None:
        """Raises if the database does not answer."""
        async with self.pool.acquire() as connection:
            await connection.fetchval("SELECT revision FROM head")


class CachedKeyStore:
    """The keys of the ledger, asked for at most every few seconds each."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._known: dict[bytes, tuple[float, Principal]] = {}

    async def find(self, digest: bytes) -> Principal | None:
        now = time.monotonic()
        if (known := self._known.get(digest)) and known[0] > now:
            return known[1]
        self._known.pop(digest, None)
        key = await find_key(self.engine, digest)
        if key is None:
            return None
        principal = Principal(str(key.id), key.name, key.scopes)
        if len(self._known) > 1_000:
            self._known.clear()
        self._known[digest] = (now + KEY_SECONDS, principal)
        return principal


@asynccontextmanager
async def open_ledger(settings: Settings, collections: Iterable[Resource]) -> AsyncIterator[Ledger]:
    """Join or start the embedded server where no database is named; then reader and writer. Raises ApiError where
    the schema is not there or not this version's."""
    if settings.database_url:
        async with connect(settings.database_url, settings, collections) as ledger:
            yield ledger
        return
    handle = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        async with connect(handle.url, settings, collections) as ledger:
            yield ledger
    finally:
        await asyncio.to_thread(handle.close)


@asynccontextmanager
async def connect(url: str, settings: Settings, collections: Iterable[Resource]) -> AsyncIterator[Ledger]:
    """Reader and writer over the database at this address."""
    declared = list(collections)
    engine = make_engine(url, lock_timeout_ms=settings.lock_timeout_ms)
    try:
        await check_schema(engine)
        secret = await cursor_secret(engine, settings)
        size, timeout = settings.pool_size, settings.statement_timeout_ms
        less = max(1, size // 2)
        few = max(1, less // 2)
        opened = partial(_open, url, timeout)
        async with (
            await opened(size) as pool,
            await opened(less, PAST_PATH) as past,
            await opened(less, KNOWN_PATH) as known,
            await opened(few, BOTH_PATH) as both,
        ):
            read_spec = {collection.name: collection.read_spec for collection in declared}
            bounds = Bounds(
                depth=settings.include_depth_max,
                cost=settings.include_cost_max,
                # Half of the connections: pages must find one free, however slowly a stream is read.
                streams=less,
                slow_ms=settings.slow_ms,
            )
            reader = Reader(
                pool, read_spec, secret, bounds, Past(past, few), Known(known, both, few), schemes_of_profiles
            )
            watch = HeadWatcher(pool, settings.cache_staleness_ms / 1000)
            kinds = [collection.kind for collection in declared]
            writer = Writer(engine, kinds, violations_of_body, ended=watch.doubt)
            async with watch.listening(url):
                yield Ledger(url, reader, writer, engine, pool, watch, await identity(engine, secret))
    finally:
        await engine.dispose()


async def _open(url: str, timeout_ms: int, size: int, path: str | None = None) -> "asyncpg.Pool[asyncpg.Record]":
    return await open_pool(url, size=size, statement_timeout_ms=timeout_ms, generic_plans=True, path=path)


async def check_schema(engine: AsyncEngine) -> None:
    """Raises ApiError where the database's schema is not the one that this version of Parley is written for."""
    wanted = newest_schema()
    async with engine.connect() as connection:
        if (await connection.execute(text("SELECT to_regclass('alembic_version')"))).scalar_one() is None:
            found = None
        else:
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    if found != wanted:
        raise ApiError(
            ProblemType.UNAVAILABLE,
            f"The database's schema is '{found or 'empty'}', this version needs '{wanted}': run `parley migrate`.",
        )


@cache
def newest_schema() -> str | None:
    """The schema that this version is written for. Alembic runs every migration's file to tell it: a tenth of a second,
    which a start pays once, though it looks at the schema before and after migrating."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def cursor_secret(engine: AsyncEngine, settings: Settings) -> bytes:
    """The key that signs cursors: the setting's, or one that all servers of this database share."""
    if settings.cursor_secret:
        return settings.cursor_secret.get_secret_value().encode()
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO ledger_setting (name, value) VALUES ('cursor_secret', jsonb_build_object('hex', :made ::text))"
                " ON CONFLICT (name) DO NOTHING"
            ),
            {"made": secrets.token_hex(32)},
        )
        kept = await connection.execute(text("SELECT value->>'hex' FROM ledger_setting WHERE name = 'cursor_secret'"))
        return bytes.fromhex(kept.scalar_one())


async def identity(engine: AsyncEngine, secret: bytes) -> bytes:
    """What tells this data set from all others, together with the version of the software.

    A copy keeps the stored name of the ledger, but it is another database, or a database of another server. The secret
    keeps strangers from making tags that this server would take for its own."""
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
    """Bring the schema to this version; does nothing where it is there."""
    if progress:
        progress("Bringing the schema up to date")
    # Alembic's own command is synchronous and starts a loop of its own.
    await asyncio.to_thread(command.upgrade, migration_config(url), "head")
