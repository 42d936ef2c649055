"""`parley serve`: make the ledger ready, say where it is, serve until told to stop, and leave nothing behind.

The order matters to whoever starts it: the port is taken first, since a port in use should not be found out after a
minute of loading; the database comes second; requests are taken last.
"""

import asyncio
import errno
import logging
import logging.config
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.errors import ApiError, ProblemType
from app.ingest.dossiers import load
from app.runtime.bootstrap import engine_at, ensure_admin_key, make_ready, reach, writer_over
from app.runtime.console import Steps, say
from app.runtime.ledger import Progress
from app.settings import Settings
from app.version import VERSION

SHUTDOWN_SECONDS = 10
#: A worker that does not answer for so long is killed and another started. Its own start counts, and uvicorn's 5 are less
#: than the imports take on a busy machine: it would be killed in the middle of them for ever.
WORKER_SECONDS = 60


class CannotServeError(RuntimeError):
    """The server cannot start, or ended by itself; the message says why."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What the preparation found: the file of the local admin key, and whether that key is valid."""

    key_file: Path | None = None
    is_key_valid: bool = True


def serve(settings: Settings, *, empty: bool = False) -> None:
    """Serve until SIGINT or SIGTERM. `empty`: load no dossiers. Raises what keeps it from starting."""
    with _stopping_by_signal(), _listening(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        say(f"Parley {VERSION}")
        with Steps() as steps, reach(settings, steps) as url:
            try:
                prepared = asyncio.run(_prepare(url, settings, steps, empty=empty))
                steps.done()
                _run(settings, listener, _Notice(settings, host, port, prepared))
            finally:
                # From here on only the server's own end is waited for; a second Ctrl-C would leave it half done.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("Stopped.")


async def _prepare(url: str, settings: Settings, progress: Progress, *, empty: bool) -> _Prepared:
    try:
        await make_ready(url, settings, progress)
    except ApiError as refused:
        detail = refused.detail
        if "'empty'" in detail:
            detail = "The database is empty: run `parley migrate`, and `parley load` for the bundled dossiers."
        raise ApiError(ProblemType.UNAVAILABLE, detail) from None
    if settings.database_url:
        return _Prepared()
    async with engine_at(url) as engine:
        if not empty:
            await load(writer_over(engine), progress, only_new=True)
        return _Prepared(*await ensure_admin_key(engine, settings.data_dir))


# --- the server


def _run(settings: Settings, listener: socket.socket, notice: "_Notice") -> None:
    config = uvicorn.Config(
        "app.main:app",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        lifespan="on",
        access_log=False,  # The application writes its own, with what uvicorn cannot know: key, request id, time.
        log_config=log_config(settings.log_level),
        log_level="debug" if settings.log_level == "debug" else "warning",
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_worker_healthcheck=WORKER_SECONDS,
    )
    notice.start()
    has_failed = False
    try:
        if settings.workers > 1:
            supervisor = Multiprocess(config, sockets=[listener])
            supervisor.run()
            has_failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
        else:
            uvicorn.Server(config).run(sockets=[listener])
    except SystemExit:
        has_failed = True
    finally:
        notice.stop()
    if has_failed:
        raise CannotServeError("The server did not start; the lines above say why.")


def log_config(level: str) -> dict[str, Any]:
    """One line a message on stderr: the time (UTC), the level, who speaks, what."""
    name = level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "app.runtime.serving.UtcFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                "datefmt": "%Y-%m-%dT%H:%M:%SZ",
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"parley": {"level": name}, "uvicorn": {"level": name if name != "INFO" else "WARNING"}},
    }


class UtcFormatter(logging.Formatter):
    """Times in UTC, as everywhere in Parley."""

    @staticmethod
    def converter(seconds: float | None) -> time.struct_time:
        """The moment as it is written."""
        return time.gmtime(seconds)


class _Notice(threading.Thread):
    """Waits until the server takes connections, then says where. The same for one worker and for many."""

    def __init__(self, settings: Settings, host: str, port: int, prepared: _Prepared) -> None:
        super().__init__(daemon=True)
        self._settings, self._prepared = settings, prepared
        nearest = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
        self._address = (nearest, port)
        shown = f"[{nearest}]" if ":" in nearest else nearest
        self._base = settings.public_url or f"http://{shown}:{port}"
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(0.05):
            try:
                socket.create_connection(self._address, timeout=1).close()
            except OSError:
                continue
            self._tell()
            return

    def stop(self) -> None:
        """End the wait, if it still goes on."""
        self._stopped.set()
        self.join(2)

    def _tell(self) -> None:
        base, prepared = self._base, self._prepared
        say(f"API        {base}/v1/processes")
        say(f"Docs       {base}/docs")
        if prepared.key_file is not None and prepared.is_key_valid:
            say(f"Admin key  -H \"Authorization: Bearer $(cat '{prepared.key_file}')\"")
        elif prepared.key_file is not None:
            say(f"Admin key  the one in {prepared.key_file} was revoked; delete the file for a new one")
        if not self._settings.database_url:
            say(f"Data       {self._settings.data_dir}")
        say("Ctrl-C stops it.")


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The port, taken but not yet listened to: a client is refused until the server can answer."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise CannotServeError(f"{host!r} is no address of this machine; see --host.") from None
    with socket.socket(family, kind, proto) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"Port {port} is in use. Take another with --port (0 = any free one)."
            elif error.errno in (errno.EACCES, errno.EPERM):
                reason = f"Port {port} may not be used by this user. Take another with --port."
            else:
                reason = f"Cannot listen on {host}:{port}: {error.strerror}."
            raise CannotServeError(reason) from None
        listener.set_inheritable(True)
        yield listener


@contextmanager
def _stopping_by_signal() -> Iterator[None]:
    """SIGTERM works like Ctrl-C, at every moment from here on, and both are a good end."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, signal.default_int_handler)
