"""The data folder of the embedded PostgreSQL. It is accessible only to its owner.

<data folder>/        mode 0700, owned by the user
    postgres/         the cluster; created completely, by a rename, or not at all
    socket/           the server's socket (or the folder in `socket-path`, if the path is too long)
    password          mode 0600; a second protection besides the mode of the folder
    server.log        the log of the server; a log that became too large is moved to `server.log.1`
    stop-request      exists while `parley db stop` stops the server, so that its watcher does not restart it
    *.lock            locks for starting, using and watching the server: see `app.postgres.embedded`
"""

import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

NAME = "parley"
SOCKET_FILE = ".s.PGSQL.5432"
# sun_path has 104 bytes on macOS and 108 on Linux, including the final NUL.
SOCKET_PATH_LIMIT = 103
# libpq and SQLAlchemy would split a path with a comma or a colon; other unusual characters are not worth the risk.
PLAIN_PATH = re.compile(r"[\w./@+~ -]+", re.ASCII)


class EmbeddedError(RuntimeError):
    """The embedded server cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One data folder. Create it with `at`, which ensures that no other user can access the folder."""

    root: Path

    @classmethod
    def at(cls, data_dir: Path) -> Self:
        """Return the data folder at `data_dir`, created if missing. Raises EmbeddedError if others can access it."""
        root = data_dir.expanduser().absolute()
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o700, exist_ok=True)
        root = root.resolve()
        folder = cls(root)
        facts = root.stat()
        if facts.st_uid != os.geteuid():
            raise EmbeddedError(
                f"The data folder {root} belongs to user {facts.st_uid}, but Parley runs as user {os.geteuid()}. "
                "Set `PARLEY_DATA_DIR` to a folder of that user."
            )
        if stat.S_IMODE(facts.st_mode) & 0o077:
            # Do not change the mode of a folder that has another purpose (/tmp, a home directory).
            if not folder.start_lock.exists() and any(root.iterdir()):
                raise EmbeddedError(
                    f"The folder {root} is accessible to other users and contains files that are not Parley's. "
                    "Set `PARLEY_DATA_DIR` to a new folder for Parley alone."
                )
            root.chmod(0o700)
            if stat.S_IMODE(root.stat().st_mode) & 0o077:
                raise EmbeddedError(
                    f"The data folder {root} is accessible to other users of this machine, and its file system "
                    "does not support changing that. Set `PARLEY_DATA_DIR` to a folder on another file system."
                )
        return folder

    @property
    def pgdata(self) -> Path:
        return self.root / "postgres"

    @property
    def log(self) -> Path:
        return self.root / "server.log"

    @property
    def start_lock(self) -> Path:
        return self.root / "start.lock"

    @property
    def users_lock(self) -> Path:
        return self.root / "users.lock"

    @property
    def watch_lock(self) -> Path:
        return self.root / "watch.lock"

    @property
    def stop_request(self) -> Path:
        return self.root / "stop-request"

    @property
    def exists(self) -> bool:
        return (self.pgdata / "PG_VERSION").exists()

    @property
    def socket_dir(self) -> Path:
        """The folder of the server's socket: in the data folder, or the one stored in `socket-path`."""
        path_file = self.root / "socket-path"
        return Path(path_file.read_text()) if path_file.exists() else self.root / "socket"

    @property
    def url(self) -> str:
        """The URL of the database for asyncpg and libpq, including the password."""
        try:
            password = (self.root / "password").read_text()
        except FileNotFoundError:
            raise EmbeddedError(f"The file {self.root / 'password'} is missing; restore it from a backup.") from None
        return f"postgresql://{NAME}:{password}@/{NAME}?host={quote(str(self.socket_dir))}"

    def prepare_socket(self) -> None:
        """Create the folder of the socket: in the data folder, or a private temporary folder if that path is unsuitable."""
        path_file = self.root / "socket-path"
        place = self.root / "socket"
        fits = len(os.fsencode(place / SOCKET_FILE)) <= SOCKET_PATH_LIMIT and PLAIN_PATH.fullmatch(str(place))
        if fits:
            path_file.unlink(missing_ok=True)
        elif path_file.exists() and _is_private(self.socket_dir.parent):
            place = self.socket_dir
        else:
            # The outer folder denies access to other users; the server may own only the inner folder (see
            # `app.postgres.unprivileged`).
            base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
            if len(os.fsencode(base)) > SOCKET_PATH_LIMIT - 40 or not PLAIN_PATH.fullmatch(base):
                base = "/tmp"  # noqa: S108 - mkdtemp makes a private folder there
            place = Path(tempfile.mkdtemp(prefix="parley-", dir=base)) / "s"
            path_file.write_text(str(place))
        place.mkdir(mode=0o700, exist_ok=True)


def _is_private(folder: Path) -> bool:
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o077
