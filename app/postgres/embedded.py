"""Runs the embedded PostgreSQL server: the first process that needs it starts it, and the last one stops it.

The processes coordinate with three file locks in the data folder. The kernel releases the locks of a process that ends
for any reason, so nothing has to be cleaned up after a `kill -9`:

- `users.lock`, shared: held by every process that uses the server.
- `start.lock`, exclusive: held while the server is started, joined or stopped. A process must hold it before it takes
  one of the other two.
- `watch.lock`, exclusive: held by the watcher (`app.postgres.watcher`), a small process that is the parent of the server.
  It stops the server after the last user has gone, and restarts it when it ends before.

Not supported: Windows, a data folder that other users can open, and data of another major version of PostgreSQL.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from app.postgres.cluster import Cluster
from app.postgres.folder import EmbeddedError

if sys.platform != "win32":
    import fcntl

__all__ = ["EmbeddedError", "EmbeddedHandle", "EmbeddedServer", "ServerStatus", "start", "status", "stop"]

START_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server: its data folder, and the URL of its database for asyncpg, libpq and, with the scheme
    `postgresql+asyncpg`, SQLAlchemy. The URL contains the password."""

    data_dir: Path
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The status of a server: its process id (None = stopped), and whether a Parley process uses it."""

    pid: int | None
    in_use: bool

    @property
    def is_running(self) -> bool:
        return self.pid is not None


class EmbeddedHandle:
    """One user's handle on the running server. Closing the last handle stops the server."""

    def __init__(self, cluster: Cluster, users: int, *, was_created: bool) -> None:
        self.server = EmbeddedServer(cluster.root, cluster.url)
        self.was_created = was_created
        self._cluster = cluster
        self._users: int | None = users

    @property
    def url(self) -> str:
        return self.server.url

    def close(self) -> None:
        """Release the server.

        Closing the last handle stops the server and waits for its end. Closing a handle twice is allowed.
        """
        users, self._users = self._users, None
        if users is None:
            return
        if not self._cluster.start_lock.exists():
            os.close(users)
            return
        with locked(self._cluster.start_lock):
            os.close(users)
            if nobody_uses(self._cluster):
                self._cluster.stop_server()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _discard_message(message: str) -> None:
    """Default for `progress`: discard the message."""


def start(
    data_dir: Path, *, durable: bool = True, progress: Callable[[str], None] = _discard_message
) -> EmbeddedHandle:
    """Join the server of `data_dir`; start it if it is stopped, and create it if there is none.

    Blocks until the server accepts connections. `progress` is called with a message before each step that takes time.
    `durable=False` is for tests: it is faster, but a crash of the machine may lose data; it has no effect on a running
    server. Raises EmbeddedError, whose message says what to do.
    """
    if sys.platform == "win32":
        raise EmbeddedError(
            "The embedded PostgreSQL needs Linux or macOS. Set `DATABASE_URL` to a PostgreSQL server, version 15 or later."
        )
    cluster = Cluster.at(data_dir)
    # Lock files are created only here, so that nothing recreates one in a folder that is being deleted.
    for lock in (cluster.start_lock, cluster.users_lock, cluster.watch_lock):
        lock.touch(mode=0o600)
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        with locked(cluster.start_lock, on_wait=lambda: progress("Waiting for another Parley process.")):
            users = _lock_file(cluster.users_lock, fcntl.LOCK_SH)
            try:
                was_created = not cluster.exists
                if was_created:
                    progress("First start: creating the database.")
                    cluster.create(durable=durable)
                if not is_free(cluster.watch_lock):
                    if cluster.is_ready():
                        return EmbeddedHandle(cluster, users, was_created=was_created)
                    # The watcher is stopping, or restarting its server after a crash. Release the locks for it.
                else:
                    if not cluster.is_ready():
                        cluster.check_version()
                        progress("Starting PostgreSQL.")
                    _start_watcher(cluster, durable=durable)
                    return EmbeddedHandle(cluster, users, was_created=was_created)
            except BaseException:
                os.close(users)
                raise
            os.close(users)
        if time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL did not start within {START_TIMEOUT:.0f} seconds; see {cluster.log}.")
        time.sleep(0.02)


def status(data_dir: Path) -> ServerStatus:
    """Return the status of the server of `data_dir`. Changes nothing, and creates no folder."""
    root = data_dir.expanduser().absolute()
    if not (root / "postgres").exists():
        return ServerStatus(pid=None, in_use=False)
    cluster = Cluster.at(root)
    return ServerStatus(pid=cluster.running_pid(), in_use=not nobody_uses(cluster))


def stop(data_dir: Path) -> bool:
    """Stop the server of `data_dir` now, even if processes use it. Returns False if it was not running."""
    if not status(data_dir).is_running:
        return False
    cluster = Cluster.at(data_dir)
    with locked(cluster.start_lock):
        # The watcher restarts a server that ends without this file.
        cluster.stop_request.touch(mode=0o600)
        return cluster.stop_server()


@contextmanager
def locked(path: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock exclusively. `on_wait` is called once if another process holds the lock."""
    handle = os.open(path, os.O_RDWR)
    try:
        if not try_lock(handle):
            if on_wait is not None:
                on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def try_lock(handle: int) -> bool:
    """Take the exclusive lock of an open file without waiting. Returns False if another process holds the lock."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(path: Path) -> bool:
    """Whether no process currently holds the lock, shared or exclusive."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        return try_lock(handle)
    finally:
        os.close(handle)


def nobody_uses(cluster: Cluster) -> bool:
    """Whether no process uses the server. While the caller holds `start.lock`, no new user can join."""
    # The watcher holds the lock for an instant when it wakes up; do not mistake it for a user.
    for _ in range(5):
        if is_free(cluster.users_lock):
            return True
        time.sleep(0.003)
    return False


def _lock_file(path: Path, kind: int) -> int:
    handle = os.open(path, os.O_RDWR)
    fcntl.flock(handle, kind)
    return handle


def _start_watcher(cluster: Cluster, *, durable: bool) -> None:
    """Start the watcher, which starts the server, and return when the server is ready."""
    # -P: the watcher runs in "/", where a folder called "app" must not be imported instead of this package.
    command = [sys.executable, "-P", "-m", "app.postgres.watcher", str(cluster.root)]
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    with open(cluster.log, "ab") as log:
        watcher = subprocess.Popen(  # noqa: S603 - our own interpreter and our own paths
            command if durable else [*command, "--fast"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd="/",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    with watcher:
        answer = watcher.stdout.read().decode() if watcher.stdout else ""
    if answer != "ready":
        raise EmbeddedError(answer or f"The watcher of PostgreSQL ended without a message; see {cluster.log}.")
