"""A database that commands can work on: the one that is named, or the embedded one, which is made ready.

The embedded server migrates itself, since nobody else looks after it. A database that somebody named is migrated when
they say so (`parley migrate`): they may want a backup first.
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
from app.web.access import digest, new_secret
from app.web.validation import violations_of_body
from app.writing.api_keys import create_key, find_key
from app.writing.writer import Writer

ADMIN_KEY = "admin-key"
ADMIN_NAME = "local-admin"


def silent(_: str) -> None:
    """A progress that says nothing."""


@contextmanager
def reach(settings: Settings, progress: Progress = silent) -> Iterator[str]:
    """The address of the database; meanwhile the embedded server runs, if that is the one that is used."""
    if settings.database_url:
        yield settings.database_url
        return
    with embedded.start(settings.data_dir, progress=progress) as handle:
        yield handle.url


@asynccontextmanager
async def engine_at(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine over the database at this address, closed in the end."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


async def make_ready(url: str, settings: Settings, progress: Progress = silent) -> None:
    """Bring the embedded server's schema up to date; raise `ApiError` where a named database's schema is not."""
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
    """The writer of all collections, which explains faults as the API does."""
    return Writer(engine, WRITE_SPECS, violations_of_body)


async def ensure_admin_key(engine: AsyncEngine, data_dir: Path) -> tuple[Path, bool]:
    """See to it that the file `admin-key` of the data folder (0600) holds a key that may do everything.

    Answers the file, and whether its key is valid: one that was revoked stays so. A file that was deleted is made
    anew, with another key.
    """
    path = data_dir / ADMIN_KEY
    is_new = not path.exists()
    if is_new:
        _write_once(path, new_secret())
    known = digest(path.read_text().strip())
    # The file comes first: whoever is killed between the two finds it at the next start, and its key is stored then.
    for number in count(1):
        if await find_key(engine, known) is not None:
            return path, True
        try:
            await create_key(engine, ADMIN_NAME if number == 1 else f"{ADMIN_NAME}-{number}", [Scope.ADMIN], known)
        except ApiError as refused:
            if refused.kind is not ProblemType.CONFLICT:
                raise
            if not is_new:
                return path, False
    raise AssertionError("unreachable")


def _write_once(path: Path, secret: str) -> None:
    """Write the secret to `path`, unless another process was first; the file appears whole."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{secret}\n")
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
