"""Prepares the database for a command: the configured one, or the embedded server, which is started if necessary.

The embedded server is migrated automatically. A configured database is migrated only by `parley migrate`, because its
administrator may want a backup first.
"""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.session import make_engine
from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType
from app.postgres import embedded
from app.registry import WRITE_SPECS
from app.runtime.ledger import Progress, check_schema, migrate
from app.settings import Settings
from app.web.access import digest, new_api_key
from app.web.validation import violations_of_body
from app.writing.api_keys import ValidKey, create_key, find_key
from app.writing.writer import Writer

ADMIN_KEY = "admin-key"
ADMIN_NAME = "local-admin"


def no_progress(_: str) -> None:
    """A progress callback that does nothing."""


@contextmanager
def provide_database(settings: Settings, progress: Progress = no_progress) -> Iterator[str]:
    """Yield the URL of the database.

    If no database is configured, the embedded server runs while the context is open.
    """
    if settings.database_url:
        yield settings.database_url
        return
    with embedded.start(settings.data_dir, progress=progress) as handle:
        yield handle.url


@asynccontextmanager
async def engine_at(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine for this database URL; disposed when the context ends."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


async def ensure_schema(url: str, settings: Settings, progress: Progress = no_progress) -> None:
    """Migrate the database of the embedded server if its schema is outdated.

    Raises ApiError if the schema of a configured database is outdated.
    """
    async with engine_at(url) as engine:
        try:
            await check_schema(engine)
        except ApiError:
            if settings.database_url:
                raise
        else:
            return
    await migrate(url, progress)


def writer_over(engine: AsyncEngine) -> Writer:
    """A writer for all collections that reports violations as the API does."""
    return Writer(engine, WRITE_SPECS, violations_of_body)


async def ensure_admin_key(engine: AsyncEngine, data_dir: Path) -> tuple[Path, bool]:
    """Make sure that the file `admin-key` in the data folder (mode 0600) contains a key with scope `admin`.

    Returns the path of the file and whether its key is valid; a revoked or expired key stays invalid. If the file was deleted,
    it is created again with a new key.
    """
    path = data_dir / ADMIN_KEY
    is_new = not path.exists()
    if is_new:
        _write_once(path, new_api_key())
    known = digest(path.read_text().strip())
    # The file is written before the key is stored: if the process is killed in between, the next start stores the key.
    for number in count(1):
        if isinstance(await find_key(engine, known), ValidKey):
            return path, True
        try:
            await create_key(engine, ADMIN_NAME if number == 1 else f"{ADMIN_NAME}-{number}", [Scope.ADMIN], known)
        except ApiError as error:
            if error.kind is not ProblemType.CONFLICT:
                raise
            if not is_new:
                return path, False
    raise AssertionError("unreachable")


def _write_once(path: Path, secret: str) -> None:
    """Write the secret to `path` atomically, unless another process already did."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{secret}\n")
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
