"""Databases for the tests, and the application over them.

With TEST_DATABASE_URL (any PostgreSQL ≥ 15 whose user may create databases) the tests make and drop databases of
their own there; without it, all workers share one embedded server that goes with the last of them. The first worker
makes two templates, an empty ledger and one with the bundled dossiers; a test's database is a clone of one of them.
"""

import asyncio
import contextlib
import gc
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

import asyncpg
import httpx
import pytest
from asyncpg.prepared_stmt import PreparedStatement
from fastapi import FastAPI
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache
from xdist.scheduler import WorkStealingScheduling

from app.db import session
from app.db.vocabulary import Scope
from app.ingest.dossiers import load_dossiers
from app.ingest.garbage_collection import tune_garbage_collection
from app.main import create_app, serve_from
from app.postgres import embedded
from app.reading import statement_cache
from app.registry import RESOURCES
from app.runtime.bootstrap import engine_at, writer_over
from app.runtime.ledger import connect, migrate
from app.runtime.state import ApplicationState
from app.settings import Settings
from app.web.access import digest, new_api_key
from app.writing.api_keys import create_key
from tests import world

#: Where Linux keeps files in memory, and the room that the databases of a run need there.
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # noqa: S108 - the folder that is made in it is closed to others
#: Any number: the workers that make the templates wait for each other with it.
TEMPLATES_LOCK = 20_05_19_20
#: A key that may do everything, in all templates: made once and not for each of their clones.
ADMIN_SECRET = "parley_" + "w" * 43


@dataclass(frozen=True)
class Server:
    """The PostgreSQL that all workers of this run use; `prefix` begins the names of its databases."""

    url: str = field(repr=False)
    prefix: str
    #: How a template is copied: of a server that must keep its data, each file would wait for the disk.
    strategy: str = "WAL_LOG"
    #: The connection of this worker that makes and drops databases, once there is one. To open one takes about as long
    #: as either.
    _kept: list["asyncpg.Connection[asyncpg.Record]"] = field(default_factory=list, repr=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def database(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        connection = await asyncpg.connect(self.url)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def kept_connection(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        async with self._turn:
            if not self._kept or self._kept[0].is_closed():
                self._kept[:] = [await asyncpg.connect(self.url)]
            yield self._kept[0]

    async def aclose(self) -> None:
        for connection in self._kept:
            await connection.close()

    async def clone(self, template: str) -> str:
        """A new database like `template`; answers its name."""
        name = f"{self.prefix}_{uuid4().hex[:12]}"
        async with self.kept_connection() as connection:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY {self.strategy}')
        return name

    @asynccontextmanager
    async def cloned(self, template: str) -> AsyncIterator[str]:
        """The address of a database like `template`, dropped in the end."""
        name = await self.clone(template)
        try:
            yield self.database(name)
        finally:
            await self.drop(name)

    async def drop(self, *names: str) -> None:
        async with self.kept_connection() as connection:
            for name in names:
                await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def pytest_collection_finish() -> None:
    """Schemas, tables and tests stay to the end: the garbage collector need not look through them again and again."""
    gc.enable()
    tune_garbage_collection()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each worker gets a half of the suite, and takes from the other what is left in the end: the tests of a module stay
    together, and so do the databases and the compiled statements that they share."""
    return WorkStealingScheduling(config, log)


@dataclass(frozen=True)
class Templates:
    empty: str
    loaded: str
    world: str


@pytest.fixture(autouse=True, scope="session")
def bare_settings() -> Iterator[None]:
    """What the person who runs the tests has set for a Parley of their own must not reach them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name == "DATABASE_URL" or name.startswith("PARLEY_")]:
            patch.delenv(name)
        # A run asks more kinds of questions than a server meets: no statement is compiled twice.
        patch.setattr(statement_cache, "MAX_STATEMENTS", 20_000)
        _share_compiled_statements(patch)
        yield


def _share_compiled_statements(patch: pytest.MonkeyPatch) -> None:
    """Let all engines of a worker use the statements that one of them has compiled: a run opens an engine for each
    database, and compiled the same few hundred statements of the writer for each.

    SQLAlchemy keeps compiled statements by engine and dialect. All dialects of these tests are the same class, configured
    by `make_engine`, for one server."""
    compiled: LRUCache[Any, Any] = LRUCache(20_000)
    types = WeakKeyDictionary[Any, Any]()

    def create(*args: Any, **options: Any) -> AsyncEngine:
        engine = create_async_engine(*args, **options)
        engine.sync_engine._compiled_cache = compiled
        engine.dialect._type_memos = types
        return engine

    patch.setattr(session, "create_async_engine", create)
    patch.setattr(PGDialect_asyncpg, "__eq__", lambda dialect, other: type(dialect) is type(other))
    patch.setattr(PGDialect_asyncpg, "__hash__", lambda dialect: hash(type(dialect)))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for all workers of this run, closed to other users."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
async def server(shared_folder: Path, testrun_uid: str) -> AsyncIterator[Server]:
    prefix = f"parley_test_{testrun_uid[:12]}"
    if url := os.environ.get("TEST_DATABASE_URL"):
        async with aclosing(Server(url, prefix)) as server:
            yield server
        return
    data_dir = cluster_folder(shared_folder, prefix)
    with embedded.start(data_dir, durable=False) as handle:
        async with aclosing(Server(handle.url, prefix, "FILE_COPY")) as server:
            yield server
    if not embedded.status(data_dir).is_running:
        # pytest keeps the folders of its last runs; a whole cluster in each would fill the disk.
        with contextlib.suppress(FileNotFoundError):  # another worker was first
            shutil.rmtree(data_dir.rename(data_dir.with_name(f"{data_dir.name}-gone-{uuid4().hex}")))


def cluster_folder(shared_folder: Path, name: str) -> Path:
    """Where the embedded server of this run keeps its files: in memory where there is room, since a database for each
    test is more than a disk likes to write."""
    for left in MEMORY.glob("parley_test_*"):  # by runs that were killed
        if left.stat().st_uid == os.getuid() and (left / "postgres").exists():
            found = embedded.status(left)
            if not found.is_running and not found.in_use:
                shutil.rmtree(left, ignore_errors=True)
    chosen = shared_folder / "postgres"
    with contextlib.suppress(FileExistsError):  # the first worker's choice is all workers'
        if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
            chosen.symlink_to(MEMORY / name)
        else:
            chosen.mkdir()
    return chosen.resolve()


@pytest.fixture(scope="session")
async def templates(server: Server, shared_folder: Path) -> AsyncIterator[Templates]:
    """The two templates, made by the first worker and dropped by the last."""
    found = Templates(*(f"{server.prefix}_{name}" for name in ("empty", "loaded", "world")))
    users = shared_folder / "template-users"
    users.mkdir(exist_ok=True)
    mine = users / uuid4().hex
    await _make_templates(server, found, mine)
    yield found
    await _leave_templates(server, found, mine)


async def _make_templates(server: Server, templates: Templates, mine: Path) -> None:
    async with server.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", TEMPLATES_LOCK)
        mine.touch()  # noqa: ASYNC240 - nothing else runs on this loop
        known = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        if templates.world in known:
            return
        await server.drop(templates.empty)
        await connection.execute(f'CREATE DATABASE "{templates.empty}"')
        await migrate(server.database(templates.empty))
        async with engine_at(server.database(templates.empty)) as engine:
            headers = await key_for(engine, Scope.ADMIN, secret=ADMIN_SECRET)
        # Only a whole template gets its name: a run that was killed leaves none that is half loaded.
        building = f"{templates.loaded}_building"
        await server.drop(building)
        await connection.execute(f'CREATE DATABASE "{building}" TEMPLATE "{templates.empty}"')
        async with engine_at(server.database(building)) as engine:
            await load_dossiers(writer_over(engine))
            async with engine.begin() as inside:
                await inside.exec_driver_sql("ANALYZE")
        await server.drop(templates.loaded)
        await connection.execute(f'ALTER DATABASE "{building}" RENAME TO "{templates.loaded}"')
        await connection.execute(f'CREATE DATABASE "{building}" TEMPLATE "{templates.empty}"')
        async with application(server.database(building)) as client:
            client.headers.update(headers)
            await world.build(client)
        await connection.execute(f'ALTER DATABASE "{building}" RENAME TO "{templates.world}"')


async def _leave_templates(server: Server, templates: Templates, mine: Path) -> None:
    async with server.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", TEMPLATES_LOCK)
        mine.unlink()  # noqa: ASYNC240
        if not any(mine.parent.iterdir()):
            await server.drop(templates.world, templates.loaded, templates.empty)


# --- databases


@pytest.fixture
async def bare_database_url(server: Server) -> AsyncIterator[str]:
    """A database in which nothing is, not even the schema."""
    async with server.cloned("template0") as url:
        yield url


@pytest.fixture
async def database_url(server: Server, templates: Templates) -> AsyncIterator[str]:
    """A database of the test's own: the schema, no records."""
    async with server.cloned(templates.empty) as url:
        yield url


@pytest.fixture(scope="session")
async def loaded_url(server: Server, templates: Templates) -> AsyncIterator[str]:
    """The bundled dossiers, for reading: all tests of a worker share it."""
    name = await server.clone(templates.loaded)
    yield server.database(name)
    await server.drop(name)


@pytest.fixture
async def own_loaded_url(server: Server, templates: Templates) -> AsyncIterator[str]:
    """The bundled dossiers in a database of the test's own, for writing."""
    async with server.cloned(templates.loaded) as url:
        yield url


# --- the application


class Client(httpx.AsyncClient):
    """A client to an application in this process."""

    def __init__(self, app: FastAPI) -> None:
        # What is nobody's fault but the server's becomes a 500 that the test sees, as a user would.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        super().__init__(transport=transport, base_url="http://parley.test")
        self.app = app

    @property
    def state(self) -> ApplicationState:
        """The state of the application."""
        state: object = self.app.state
        assert isinstance(state, ApplicationState)
        return state


Opened = Callable[..., AbstractAsyncContextManager[Client]]


#: Applications with the usual settings that no test uses now. What FastAPI works out of a route at its first request is
#: most of what a test of a few requests costs; what a test sees of an application is the ledger that it is given.
_IDLE: list[FastAPI] = []


@asynccontextmanager
async def application(url: str, **settings: Any) -> AsyncIterator[Client]:
    """A client to an application of its own over the database at this address; settings may be given by name."""
    chosen = Settings(database_url=url, **{"pool_size": 4, "cache_bytes": 0, **settings})
    app = _IDLE.pop() if _IDLE and not settings else create_app(chosen)
    async with connect(url, chosen, RESOURCES) as ledger:
        serve_from(app, ledger)
        async with Client(app) as client:
            yield client
    if not settings:
        _IDLE.append(app)


@asynccontextmanager
async def serving_as(writer: str, reader: str) -> AsyncIterator[Client]:
    """A client, with a key that may do everything, to an application that writes and reads as these two roles."""
    chosen = Settings(database_url=writer, database_reader_url=reader, pool_size=4)
    app = create_app(chosen)
    async with connect(writer, chosen, RESOURCES, reader) as ledger:
        serve_from(app, ledger)
        async with Client(app) as client:
            client.headers["Authorization"] = f"Bearer {ADMIN_SECRET}"
            yield client


@pytest.fixture
def open_client() -> Opened:
    """Opens a client to an application over the database of an address."""
    return application


@pytest.fixture(scope="session")
async def client(loaded_url: str) -> AsyncIterator[Client]:
    """The application over the bundled dossiers, for reading."""
    async with application(loaded_url) as client:
        yield client


@pytest.fixture
async def empty_client(database_url: str) -> AsyncIterator[Client]:
    """The application over an empty ledger of the test's own, for writing."""
    async with application(database_url) as client:
        yield client


@pytest.fixture
async def own_client(own_loaded_url: str) -> AsyncIterator[Client]:
    """The application over the bundled dossiers in a database of the test's own, for writing."""
    async with application(own_loaded_url) as client:
        yield client


@asynccontextmanager
async def keyed(server: Server, template: str) -> AsyncIterator[Client]:
    """The application over a clone of the template; the client has a key that may do everything."""
    async with server.cloned(template) as url, application(url) as client:
        client.headers.update(bearer(ADMIN_SECRET))
        yield client


@pytest.fixture
async def world_client(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The application over the small world of `tests.world`, in a database of the test's own, with a key to write."""
    async with keyed(server, templates.world) as client:
        yield client


@pytest.fixture(scope="module")
async def still_world_client(server: Server, templates: Templates) -> AsyncIterator[Client]:
    """The same, shared by the tests of a module that write nothing, since they are refused."""
    async with keyed(server, templates.world) as client:
        yield client


async def key_for(engine: AsyncEngine, *scopes: Scope, secret: str | None = None) -> dict[str, str]:
    """The headers of a new key with these scopes."""
    secret = secret or new_api_key()
    await create_key(engine, f"test-{uuid4().hex[:8]}", list(scopes), digest(secret))
    return bearer(secret)


def bearer(secret: str) -> dict[str, str]:
    """The headers of the key with this secret."""
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def admin() -> dict[str, str]:
    """Headers of a key that may do everything with the ledger of `empty_client`."""
    return bearer(ADMIN_SECRET)


@pytest.fixture
def own_admin() -> dict[str, str]:
    """Headers of a key that may do everything with the ledger of `own_client`."""
    return bearer(ADMIN_SECRET)


# --- what is sent to the database


class Statements(list[str]):
    """The SQL of every statement that was sent, in order; BEGIN, COMMIT and the like are not counted, nor are the LISTEN
    of the watcher and the last use of a key, which come at their own time."""


_ASIDE = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET ", "SHOW ", "DISCARD", "RESET", "LISTEN",
          "UPDATE API_KEY SET LAST_USED_AT")  # fmt: skip


@pytest.fixture
def statements() -> Iterator[Statements]:
    """All statements that the test sends through the driver, whichever pool or engine they come from."""
    found = Statements()

    def note(query: str) -> None:
        if not query.lstrip().upper().startswith(_ASIDE):
            found.append(query)

    with _watching(note):
        yield found


@contextmanager
def _watching(note: Callable[[str], None]) -> Iterator[None]:
    """Call `note` with the text of all that passes the driver's doors.

    asyncpg's own query loggers do not hear of prepared statements, and those are what SQLAlchemy sends.
    """
    do_execute = asyncpg.Connection._do_execute
    script = asyncpg.Connection.execute
    prepared = PreparedStatement._PreparedStatement__do_execute

    async def noted_execute(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        note(query if isinstance(query, str) else query.query)
        return await do_execute(self, query, *args, **options)

    async def noted_script(self: Any, query: str, *args: Any, **options: Any) -> Any:
        if not args:
            note(query)
        return await script(self, query, *args, **options)

    async def noted_prepared(self: Any, executor: Any) -> Any:
        note(self._query)
        return await prepared(self, executor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncpg.Connection, "_do_execute", noted_execute)
        patch.setattr(asyncpg.Connection, "execute", noted_script)
        patch.setattr(PreparedStatement, "_PreparedStatement__do_execute", noted_prepared)
        yield
