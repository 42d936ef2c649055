"""The watcher: a small detached process that is the parent of the embedded server and outlives the process that starts
it.

    python -m app.postgres.watcher DATA_FOLDER [--fast]

It starts the server, writes `ready` or an error message to stdout and closes stdout. It restarts the server when it ends,
whether it crashed or somebody stopped it with PostgreSQL's own tools; only `app.postgres.embedded.stop` keeps it stopped. It
stops the server when no process holds `users.lock` any more. It imports only the standard library to save memory, because
it runs as long as the server.
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

# Seconds to wait before restarting the server, by the number of recent ends. The wait grows because the cause, such
# as a full disk, may persist for a while.
RESTART_DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
CRASH_WINDOW = 120.0
# Seconds within which the workers of a killed server must have ended.
CRASH_TIMEOUT = 20.0
# Seconds between two looks at the server, and seconds that it may wait for its clients when it shuts down.
POLL_SECONDS = 0.25
SMART_SECONDS = 1.0


def main(data_dir: Path, *, durable: bool) -> None:
    """Watch the server of `data_dir` until it is stopped."""
    _detach()
    cluster = Cluster.at(data_dir)
    watch = os.open(cluster.watch_lock, os.O_RDWR)
    if not try_lock(watch):
        _reply("Another watcher already uses the data folder.")
        return
    # Left over from a stop whose watcher had been killed.
    cluster.stop_request.unlink(missing_ok=True)
    try:
        # The starting process holds start.lock until it gets our answer. A server may already be running: it keeps
        # running if its watcher is killed.
        server = None if cluster.is_ready() else _launch(cluster, durable=durable)
    except (EmbeddedError, OSError) as error:
        _reply(str(error))
        return

    stopping = threading.Event()

    def stop_on_signal(number: int, frame: object) -> None:
        # The machine shuts down, or somebody stops the watcher: stop the server first.
        stopping.set()
        if server is not None:
            server.send_signal(signal.SIGINT)
        else:
            cluster.stop_server()

    signal.signal(signal.SIGTERM, stop_on_signal)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _reply("ready")
    threading.Thread(target=_stop_when_unused, args=(cluster,), daemon=True).start()

    crashes: list[float] = []
    while True:
        _wait_for_end(cluster, server)
        if stopping.is_set() or _should_stay_stopped(cluster):
            return
        server = None
        while server is None:
            crashes = [at for at in crashes if time.monotonic() - at < CRASH_WINDOW] + [time.monotonic()]
            pause = RESTART_DELAYS[min(len(crashes), len(RESTART_DELAYS)) - 1]
            _log(f"PostgreSQL is not running; restarting it in {pause:g} seconds.")
            if stopping.wait(pause) or not cluster.start_lock.exists():
                return
            try:
                with locked(cluster.start_lock):
                    server = _launch(cluster, durable=durable)
            except (EmbeddedError, OSError) as error:
                _log(str(error))


def _launch(cluster: Cluster, *, durable: bool) -> subprocess.Popen[bytes]:
    deadline = time.monotonic() + CRASH_TIMEOUT
    while True:
        server = cluster.launch(durable=durable)
        try:
            cluster.wait_ready(server)
        except EmbeddedError as error:
            server.kill()
            server.wait()
            # The workers of a killed server need a moment to end, and PostgreSQL does not wait for them.
            if "shared memory block" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return server


def _wait_for_end(cluster: Cluster, server: subprocess.Popen[bytes] | None) -> None:
    stopping_since = None
    # The server is not a child of this process if another watcher started it and was killed. Then poll the pid.
    while server.poll() is None if server is not None else cluster.running_pid() is not None:
        pid = cluster.stopping_pid()
        if pid is None:
            stopping_since = None
        elif stopping_since is None:
            stopping_since = time.monotonic()
        elif time.monotonic() - stopping_since >= SMART_SECONDS:
            # SIGTERM requests a smart shutdown, which refuses new connections and waits until the clients have left. The
            # pools of Parley never leave. SIGINT ends their connections; a shutdown that is already fast ignores it.
            _log("PostgreSQL is shutting down; ending its connections.")
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            stopping_since = time.monotonic() + CRASH_TIMEOUT
        time.sleep(POLL_SECONDS)


def _should_stay_stopped(cluster: Cluster) -> bool:
    """Whether Parley itself stopped the server, nobody uses it, or its data is gone."""
    if cluster.stop_request.exists():
        cluster.stop_request.unlink(missing_ok=True)
        return True
    return not cluster.start_lock.exists() or nobody_uses(cluster)


def _stop_when_unused(cluster: Cluster) -> None:
    """Wait until no process uses the server, then stop the server and this process."""
    while True:
        try:
            users = os.open(cluster.users_lock, os.O_RDWR)
            fcntl.flock(users, fcntl.LOCK_EX)
            # Release this lock before taking start.lock: a starting process takes the two locks in the opposite order.
            os.close(users)
            with locked(cluster.start_lock):
                if nobody_uses(cluster):
                    cluster.stop_server()
                    os._exit(0)
        except FileNotFoundError:
            # The data folder was deleted; PostgreSQL notices within a minute and shuts down.
            return
        except EmbeddedError as error:
            _log(str(error))
            os._exit(1)


def _detach() -> None:
    """Detach from the session and parent of the starting process, so that Ctrl-C there does not end the watcher."""
    if os.fork():
        os._exit(0)
    os.setsid()


def _reply(text: str) -> None:
    """Send a message to the starting process, which reads stdout until it is closed. Can be called once."""
    sys.stdout.write(text)
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _log(text: str) -> None:
    """Write a message to stderr, which is the server's log. Errors, such as a full disk, are ignored."""
    with suppress(OSError):
        sys.stderr.write(f"parley: {text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), durable="--fast" not in sys.argv[2:])
