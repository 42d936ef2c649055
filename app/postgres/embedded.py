"""PostgreSQL as Parley's own server: started by the first process that needs it, stopped with the last.

Three locks in the data folder carry the whole agreement. The kernel lets go of a lock when its holder dies,
however it dies, so nothing has to be cleaned up after a `kill -9`:

- `users.lock`, shared: held by every process that uses the server.
- `start.lock`, exclusive: held for the moments in which the server is started, joined or stopped. Whoever
  wants to change the other two facts takes it first.
- `watch.lock`, exclusive: held by the watcher (`embedded_watch`), a small process that is the server's
  parent. It waits for the last user to go and then stops the server, and starts it again after a crash.

Refused here: Windows, a data folder that others can open, another major version of PostgreSQL.
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

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A server that can be used: its data folder, and the address of its database for asyncpg, libpq and,
    with `postgresql+asyncpg`, SQLAlchemy. The address holds the password."""

    data_dir: Path
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What `status` found: its process id (None = stopped), and whether a process of Parley uses it."""

    pid: int | None
    in_use: bool

    @property
    def is_running(self) -> bool:
        return self.pid is not None


class EmbeddedHandle:
    """A share in the running server. Close it when done: the last one to close stops the server."""

    def __init__(self, cluster: Cluster, users: int, *, was_created: bool) -> None:
        self.server = EmbeddedServer(cluster.root, cluster.url)
        self.was_created = was_created
        self._cluster = cluster
        self._users: int | None = users

    @property
    def url(self) -> str:
        return self.server.url

    def close(self) -> None:
        """Give the share back; if it was the last, return when the server has stopped. May be repeated."""
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


def _silent(message: str) -> None:
    """The default for `progress`: say nothing."""


def start(data_dir: Path, *, durable: bool = True, progress: Callable[[str], None] = _silent) -> EmbeddedHandle:
    """Join the server of `data_dir`; start it if it stands still, make it if there is none yet.

    Blocks until the server takes connections. `progress` hears one sentence for each thing that takes time.
    `durable=False` is for tests: faster, and a crash of the machine may cost the data; a server that runs
    already stays as it is. Raises EmbeddedError, whose message says what to do.
    """
    if sys.platform == "win32":
        raise EmbeddedError("The embedded PostgreSQL needs Linux or macOS. Set DATABASE_URL to a PostgreSQL ≥ 15.")
    cluster = Cluster.at(data_dir)
    # Only here: nothing that happens later may bring a lock back into a folder that is being deleted.
    for lock in (cluster.start_lock, cluster.users_lock, cluster.watch_lock):
        lock.touch(mode=0o600)
    deadline = time.monotonic() + PATIENCE
    while True:
        with locked(cluster.start_lock, waits=lambda: progress("Waiting for another process of Parley.")):
            users = _take(cluster.users_lock, fcntl.LOCK_SH)
            try:
                was_created = not cluster.exists
                if was_created:
                    progress("First start: making the database.")
                    cluster.create(durable=durable)
                if not is_free(cluster.watch_lock):
                    if cluster.is_ready():
                        return EmbeddedHandle(cluster, users, was_created=was_created)
                    # The watcher is ending, or bringing its server back after a crash. Let it have the locks.
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
            raise EmbeddedError(f"PostgreSQL did not come up within {PATIENCE:.0f} seconds; see {cluster.log}.")
        time.sleep(0.02)


def status(data_dir: Path) -> ServerStatus:
    """Whether the server of `data_dir` runs and is in use. Changes nothing, and makes no folder."""
    root = data_dir.expanduser().absolute()
    if not (root / "postgres").exists():
        return ServerStatus(pid=None, in_use=False)
    cluster = Cluster.at(root)
    return ServerStatus(pid=cluster.running_pid(), in_use=not nobody_uses(cluster))


def stop(data_dir: Path) -> bool:
    """Stop the server of `data_dir` at once, also under its users, who lose it. False if none ran."""
    if not status(data_dir).is_running:
        return False
    cluster = Cluster.at(data_dir)
    with locked(cluster.start_lock):
        return cluster.stop_server()


@contextmanager
def locked(path: Path, *, waits: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock exclusively; `waits` is called once if another process has it."""
    handle = os.open(path, os.O_RDWR)
    try:
        if not try_lock(handle):
            if waits is not None:
                waits()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def try_lock(handle: int) -> bool:
    """Take the lock of an open file exclusively, if that can be had without waiting."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(path: Path) -> bool:
    """Whether no process holds the lock, shared or exclusively, at this moment."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        return try_lock(handle)
    finally:
        os.close(handle)


def nobody_uses(cluster: Cluster) -> bool:
    """Whether the last user has gone. A caller that holds `start.lock` knows that none comes meanwhile."""
    # The watcher, when it wakes, holds the lock for an instant; that must not pass for a user.
    for _ in range(5):
        if is_free(cluster.users_lock):
            return True
        time.sleep(0.003)
    return False


def _take(path: Path, kind: int) -> int:
    handle = os.open(path, os.O_RDWR)
    fcntl.flock(handle, kind)
    return handle


def _start_watcher(cluster: Cluster, *, durable: bool) -> None:
    """Start the watcher, and with it the server, and return when the server is ready."""
    # -P: the watcher stands in "/", and a folder of that name there must not pass for our package.
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
        raise EmbeddedError(answer or f"The watcher of PostgreSQL ended without a word; see {cluster.log}.")
