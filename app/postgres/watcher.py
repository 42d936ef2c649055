"""The watcher: a small detached process, parent of the embedded server, that outlives who started it.

    python -m app.postgres.watcher DATA_FOLDER [--fast]

It starts the server, says `ready` (or what went wrong) on stdout and closes it, starts the server anew when
it crashes, and stops it when nobody holds `users.lock` any more. It loads the standard library only: it
stays in memory as long as the server does.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from app.postgres.cluster import Cluster
from app.postgres.embedded import locked, nobody_uses, try_lock
from app.postgres.folder import EmbeddedError

# Seconds to wait before a server is started again, by how often it has fallen of late: what made it fall (a full disk)
# may take a while to pass, and its users wait for it meanwhile.
PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
FALLS_REMEMBERED = 120.0
# Seconds in which the workers of a killed server have to be gone.
CRASH_PATIENCE = 20.0


def main(data_dir: Path, *, durable: bool) -> None:
    """Watch the server of `data_dir` until it has been stopped."""
    _detach()
    cluster = Cluster.at(data_dir)
    watch = os.open(cluster.watch_lock, os.O_RDWR)
    if not try_lock(watch):
        _answer("Another watcher holds the data folder.")
        return
    try:
        # The starter holds start.lock for us until we answer. A server whose watcher was killed is kept.
        server = None if cluster.is_ready() else _launch(cluster, durable=durable)
    except (EmbeddedError, OSError) as error:
        _answer(str(error))
        return

    leaving = threading.Event()

    def stop_on_signal(number: int, frame: object) -> None:
        # The machine goes down, or somebody ends us: the server has to come first.
        leaving.set()
        if server is not None:
            server.send_signal(signal.SIGINT)
        else:
            cluster.stop_server()

    signal.signal(signal.SIGTERM, stop_on_signal)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _answer("ready")
    threading.Thread(target=_stop_when_left, args=(cluster,), daemon=True).start()

    falls: list[float] = []
    while not _ended_in_peace(cluster, server):
        server = None
        while server is None:
            falls = [at for at in falls if time.monotonic() - at < FALLS_REMEMBERED] + [time.monotonic()]
            pause = PAUSES[min(len(falls), len(PAUSES)) - 1]
            _note(f"PostgreSQL does not run; starting it again in {pause:g} seconds.")
            if leaving.wait(pause) or not cluster.start_lock.exists():
                return
            try:
                with locked(cluster.start_lock):
                    server = _launch(cluster, durable=durable)
            except (EmbeddedError, OSError) as error:
                _note(str(error))


def _launch(cluster: Cluster, *, durable: bool) -> subprocess.Popen[bytes]:
    deadline = time.monotonic() + CRASH_PATIENCE
    while True:
        server = cluster.launch(durable=durable)
        try:
            cluster.wait_ready(server)
        except EmbeddedError as error:
            server.kill()
            server.wait()
            # The workers of a server that was killed need a moment to notice, and PostgreSQL waits for none.
            if "shared memory block" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return server


def _ended_in_peace(cluster: Cluster, server: subprocess.Popen[bytes] | None) -> bool:
    """Wait for the server to end; True if it was told to, False if it crashed."""
    if server is not None:
        return server.wait() == 0
    # Not our child (its own watcher was killed): it can only be looked at from time to time.
    while cluster.running_pid() is not None:
        time.sleep(0.5)
    return not (cluster.pgdata / "postmaster.pid").exists()


def _stop_when_left(cluster: Cluster) -> None:
    """Wait until the last user has gone, by whatever death, then stop the server and with it this process."""
    while True:
        try:
            users = os.open(cluster.users_lock, os.O_RDWR)
            fcntl.flock(users, fcntl.LOCK_EX)
            # Let go before taking start.lock: a newcomer takes the two in the other order.
            os.close(users)
            with locked(cluster.start_lock):
                if nobody_uses(cluster):
                    cluster.stop_server()
                    os._exit(0)
        except FileNotFoundError:
            # Somebody deleted the data folder; PostgreSQL finds out within a minute and ends by itself.
            return
        except EmbeddedError as error:
            _note(str(error))
            os._exit(1)


def _detach() -> None:
    """Leave the starter's session and become nobody's child, so that no Ctrl-C and no zombie concerns us."""
    if os.fork():
        os._exit(0)
    os.setsid()


def _answer(text: str) -> None:
    """Tell the starter, once; it reads until stdout is closed."""
    sys.stdout.write(text)
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _note(text: str) -> None:
    """Write to the server's log, where stderr leads; where the disk is full, nothing can be said."""
    with suppress(OSError):
        sys.stderr.write(f"parley: {text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), durable="--fast" not in sys.argv[2:])
