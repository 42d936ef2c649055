"""Implementation of `parley serve`: prepares the database, prints the URLs, serves until a signal, and cleans up.

The port is bound first, so that a port in use is reported immediately and not after a minute of loading. Then the
database is prepared, and only then are requests accepted.
"""

import asyncio
import errno
import logging
import logging.config
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.errors import ApiError, ProblemType, quoted
from app.ingest.dossiers import load_dossiers
from app.runtime.bootstrap import engine_at, ensure_admin_key, ensure_schema, provide_database, writer_over
from app.runtime.console import CommandError, Steps, print_line
from app.runtime.ledger import Progress
from app.runtime.logs import log_config
from app.settings import Settings
from app.version import VERSION
from app.web.connection_limits import ConnectionLimits, ConnectionTable, allowed_by_open_files
from app.web.http_protocol import BoundedHttpProtocol

log = logging.getLogger("parley.error")

SHUTDOWN_SECONDS = 10
#: Seconds for which a connection without a request stays open.
KEEP_ALIVE_SECONDS = 5
#: Seconds after which a worker that does not respond is replaced. The time includes the start of the worker. On a
#: busy machine the imports take longer than uvicorn's default of 5 seconds, so workers would be killed again and again.
WORKER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Result of the preparation: the file of the local admin key, and whether that key is valid."""

    key_file: Path | None = None
    is_key_valid: bool = True


def serve(settings: Settings, *, empty: bool = False) -> None:
    """Serve until SIGINT or SIGTERM. `empty`: do not load dossiers. Raises the error that prevents the start."""
    with _handle_signals(), _bound_port(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        print_line(f"Parley {VERSION}")
        with Steps() as steps, provide_database(settings, steps) as url:
            try:
                prepared = asyncio.run(_prepare(url, settings, steps, empty=empty))
                steps.done()
                _run(settings, listener, _StartupNotice(settings, host, port, prepared))
            finally:
                # Ignore further signals: a second Ctrl-C would interrupt the shutdown of the database server.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print_line("Stopped.")


async def _prepare(url: str, settings: Settings, progress: Progress, *, empty: bool) -> _Prepared:
    try:
        await ensure_schema(url, settings, progress)
    except ApiError as error:
        detail = error.detail
        if "'empty'" in detail:
            detail = "The database is empty: run `parley migrate`, and `parley load` for the bundled dossiers."
        raise ApiError(ProblemType.UNAVAILABLE, detail) from None
    if settings.database_url:
        return _Prepared()
    async with engine_at(url) as engine:
        if not empty:
            await load_dossiers(writer_over(engine), progress, only_new=True)
        return _Prepared(*await ensure_admin_key(engine, settings.data_dir))


# --- the server


def _run(settings: Settings, listener: socket.socket, notice: "_StartupNotice") -> None:
    config = uvicorn.Config(
        "app.main:app",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        # uvicorn declares a class, and calls what it gets.
        http=partial(BoundedHttpProtocol, table=ConnectionTable(_connection_limits(settings))),  # type: ignore[arg-type]
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        lifespan="on",
        access_log=False,  # The application writes its own log, with API key, request id and time.
        log_config=log_config(settings.log_level, settings.log_format),
        log_level="debug" if settings.log_level == "debug" else "warning",
        server_header=False,
        # The address of a client decides how many places it may occupy. Without this, uvicorn believes its own variable.
        forwarded_allow_ips=list(settings.trusted_proxies),
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
        raise CommandError("The server did not start. See the messages above.")


def _connection_limits(settings: Settings) -> ConnectionLimits:
    allowed = allowed_by_open_files(settings.connections_max)
    if allowed < settings.connections_max:
        log.warning(
            "the limit of open files (ulimit -n) allows %d connections in each worker, not the %d of"
            " PARLEY_CONNECTIONS_MAX",
            allowed,
            settings.connections_max,
        )
    return ConnectionLimits(
        head_bytes=settings.max_head_bytes,
        header_lines=settings.max_headers,
        head_seconds=settings.head_timeout_seconds,
        # Whoever reads the body ends a slow one with a problem. This limit is for bodies that nobody awaits.
        body_seconds=max(settings.body_timeout_seconds, settings.import_idle_seconds) + 5,
        write_seconds=settings.send_seconds,
        connections=allowed,
        per_address=settings.connections_per_address,
        proxies=settings.trusted_proxies,
    )


class _StartupNotice(threading.Thread):
    """Waits until the server accepts connections, then prints its URLs. Works for one worker and for several."""

    def __init__(self, settings: Settings, host: str, port: int, prepared: _Prepared) -> None:
        super().__init__(daemon=True)
        self._settings, self._prepared = settings, prepared
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
        self._address = (reachable, port)
        shown = f"[{reachable}]" if ":" in reachable else reachable
        self._base = settings.public_url or f"http://{shown}:{port}"
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(0.05):
            try:
                socket.create_connection(self._address, timeout=1).close()
            except OSError:
                continue
            self._print_urls()
            return

    def stop(self) -> None:
        """Stop waiting."""
        self._stopped.set()
        self.join(2)

    def _print_urls(self) -> None:
        base, prepared = self._base, self._prepared
        print_line(f"API        {base}/v1/processes")
        print_line(f"Docs       {base}/docs")
        if prepared.key_file is not None and prepared.is_key_valid:
            print_line(f"Admin key  -H \"Authorization: Bearer $(cat '{prepared.key_file}')\"")
        elif prepared.key_file is not None:
            print_line(
                f"Admin key  the one in {prepared.key_file} is not valid any more; delete the file to get a new one"
            )
        if not self._settings.database_url:
            print_line(f"Data       {self._settings.data_dir}")
        print_line("Press Ctrl-C to stop.")


@contextmanager
def _bound_port(host: str, port: int) -> Iterator[socket.socket]:
    """Bind the port without listening yet: connections are refused until the server is ready."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise CommandError(f"{quoted(host)} is not an address of this machine. Change --host.") from None
    with socket.socket(family, kind, proto) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"Port {port} is in use. Choose another with --port (0 = any free port)."
            elif error.errno in (errno.EACCES, errno.EPERM):
                reason = f"This user is not allowed to use port {port}. Choose another with --port."
            else:
                reason = f"Cannot listen on {host}:{port}: {error.strerror}."
            raise CommandError(reason) from None
        listener.set_inheritable(True)
        yield listener


@contextmanager
def _handle_signals() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C; both end the server normally."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, signal.default_int_handler)
